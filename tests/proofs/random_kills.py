"""Two gateways under traffic, killed or frozen at random moments: nothing is lost, nothing doubled, all is taken over.

Webhooks come at a steady pace, owners connect, scan and disconnect all the time; about every second one of the two
processes gets SIGKILL, or SIGSTOP for a while, after which it wakes up and finds that others do its work.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial

import httpx

from tests.proofs._forked import ForkedGateway
from tests.proofs._proof import Proof, Proving, main
from tests.proofs._stream import Stream
from tests.proofs._town import Town, running_town
from tests.support.waiting import until

WEBHOOKS_PER_S = 40.0
BUSY_SALONS = 40
OWNERS = 3
TAKEN_OVER_S = 30.0
PAUSE_S = (3.0, 40.0)
PAUSED_SHARE = 0.04
END_S = 90.0

_HELD = """
    SELECT (SELECT count(*) FROM webhook_inbox WHERE claimed_by LIKE $1 AND state = 'pending')
         + (SELECT count(*) FROM partner_calls WHERE claimed_by LIKE $1 AND state = 'waiting')
         + (SELECT count(*) FROM whatsapp_sessions WHERE lease_owner LIKE $1) AS held
"""


class Owners:
    """People who connect their salons, scan, get bookings, and disconnect again; they press again when it breaks."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self.salons: list[int] = []
        self.cycles = 0
        self._is_last_round = False

    def finish(self) -> None:
        """Let everybody come to the end of what they are at."""
        self._is_last_round = True

    async def live(self) -> None:
        """One owner's days."""
        while not self._is_last_round:
            salon_id = self._town.new_salon()
            self.salons.append(salon_id)
            await self._patiently(partial(self._connects, salon_id), f"{salon_id} scans")
            await self._patiently(partial(self._town.is_active, salon_id), f"{salon_id} is active")
            self._town.sandbox.market.emit(salon_id, repeat=2)
            self._town.sandbox.market.disconnect(salon_id)
            await self._patiently(partial(self._town.is_gone, salon_id), f"{salon_id} is gone")
            self.cycles += 1

    async def _connects(self, salon_id: int) -> bool:
        if (await self._town.states(salon_id))["whatsapp"] in ("linking", "connected"):
            return True
        if (await self._town.states(salon_id))["theirs"] == "active":
            return True
        token = await self._town.enter(salon_id)
        if token is None or (await self._town.ask("qr", token)).status_code != 200:
            return False
        return await self._town.phone(salon_id, "scan")

    async def _patiently(self, deed: Callable[[], Awaitable[object]], what: str) -> None:
        async def once() -> object:
            try:
                return await deed()
            except httpx.TransportError:
                return False

        await until(once, timeout_s=END_S, every_s=0.15, what=what)


class Killer:
    """Kills and freezes two gateways in turn and watches how soon their work is taken over."""

    def __init__(self, proving: Proving, town: Town, gateways: tuple[ForkedGateway, ForkedGateway]) -> None:
        self._proving = proving
        self._town = town
        self._gateways = gateways
        self._chance: random.Random = proving.chance
        self.taken_over_s: list[float] = []
        self.pauses = 0

    async def strike(self) -> None:
        """Wait a moment of chance and strike one of the two."""
        await asyncio.sleep(self._chance.uniform(0.2, 2.0))
        victim = self._chance.choice(self._gateways)
        if self._chance.random() < PAUSED_SHARE:
            await self._freeze(victim)
        else:
            await self._kill(victim)

    async def _kill(self, victim: ForkedGateway) -> None:
        pid = victim.pid
        victim.kill()
        watching = asyncio.create_task(self._is_taken_over(pid))
        await victim.start(self._town.http)
        await watching
        self._proving.ran("R7")

    async def _freeze(self, victim: ForkedGateway) -> None:
        """A frozen process keeps its connections, so only its leases' end frees what it holds."""
        victim.signal(signal.SIGSTOP)
        await asyncio.sleep(self._chance.uniform(*PAUSE_S))
        victim.signal(signal.SIGCONT)
        self.pauses += 1

    async def _is_taken_over(self, pid: int) -> None:
        began = time.monotonic()
        try:
            await until(partial(self._holds_nothing, pid), timeout_s=TAKEN_OVER_S, every_s=0.1, what="")
        except AssertionError:
            self._proving.broke("R7", f"process {pid}: its claims were not freed within {TAKEN_OVER_S:.0f} s")
        self.taken_over_s.append(time.monotonic() - began)

    async def _holds_nothing(self, pid: int) -> bool:
        return bool((await self._town.rows(_HELD, f"%:{pid}:%"))[0]["held"] == 0)


async def work(proving: Proving) -> None:
    """Strike `proving.runs` times."""
    proving.expect(proving.runs)
    async with running_town(proving.databases, proving.folder / "town", RECONCILE_EVERY_S="20") as town:
        second = town.another_gateway()
        await town.gateway.start(town.http)
        await second.start(town.http)
        await _strike_under_traffic(proving, town, second)


async def _strike_under_traffic(proving: Proving, town: Town, second: ForkedGateway) -> None:
    doors = (town.gateway, second)
    chance = random.Random(proving.seed + 1)
    salons = [town.new_salon() for _ in range(BUSY_SALONS)]
    stream, ended = Stream(salons, lambda: chance.choice(doors).url, WEBHOOKS_PER_S), asyncio.Event()
    owners, killer = Owners(town), Killer(proving, town, doors)
    living = [asyncio.create_task(owners.live(), name="owner") for _ in range(OWNERS)]
    streaming = asyncio.create_task(stream.run(ended), name="stream")
    try:
        for _ in range(proving.runs):
            await killer.strike()
            proving.ran("R1")
            proving.step(f"{owners.cycles} installs, {len(stream.accepted):,} webhooks")
            _nobody_gave_up(living)
        owners.finish()
        await asyncio.gather(*living)
    except AssertionError as error:
        proving.lost("R1", str(error))
    finally:
        ended.set()
        for task in living:
            task.cancel()
        await asyncio.gather(*living, streaming, return_exceptions=True)
    await _compare(proving, town, stream, owners)
    times = sorted(killer.taken_over_s) or [0.0]
    proving.figure(
        "R7", "taken over after", f"{times[len(times) // 2]:.1f} s (median), {times[-1]:.1f} s (most)"
    )
    proving.figure("R1", "webhooks answered 200", f"{len(stream.accepted):,}")
    proving.figure("R1", "installs from connect to disconnect", f"{owners.cycles:,}")
    proving.figure("R1", "of the strikes, pauses of 3–40 s", str(killer.pauses))


def _nobody_gave_up(living: list[asyncio.Task[None]]) -> None:
    for task in living:
        if task.done():
            task.result()


async def _compare(proving: Proving, town: Town, stream: Stream, owners: Owners) -> None:
    """Everything that was answered 200 is in the inbox once and done, and both sides agree about every salon."""
    with contextlib.suppress(AssertionError):
        await until(partial(_nothing_waits, town), timeout_s=END_S, what="the inbox is done")
    for row in await town.rows("SELECT id, salon_id, state, error FROM webhook_inbox WHERE state <> 'done'"):
        proving.lost("R1", f"webhook {row['id']} of {row['salon_id']} is {row['state']}: {row['error']}")
    kept = Counter(await stream.kept(town.connection))
    for number in set(stream.accepted) - set(kept):
        proving.lost("R1", f"webhook {number} was answered 200 and is not kept")
    for number in (number for number, times in kept.items() if times > 1):
        proving.doubled("R1", f"webhook {number} is kept {kept[number]} times")
    for salon_id in owners.salons:
        for activations, api_keys in town.effects(salon_id):
            if max(activations, api_keys) > 1:
                proving.doubled("R1", f"{salon_id}: {activations} activations with {api_keys} keys")


async def _nothing_waits(town: Town) -> bool:
    return not await town.rows("SELECT id FROM webhook_inbox WHERE state = 'pending' LIMIT 1")


PROOF = Proof("random_kills", ("R1", "R7"), work, runs=1000, short=3)

if __name__ == "__main__":
    sys.exit(main(PROOF))
