"""SIGKILL at every named point of a webhook, an activation and a pairing; what was begun must end by itself.

Each run: a salon nothing has happened to, the gateway killed at the point while it works for that salon, started
again, and then nobody helps. The run is lost when the salon does not stand where YCLIENTS says within a minute, with
everything that was answered 200 in the inbox; it is double when YCLIENTS saw a second activation or a second api_key.
Several gateways, each with a database and a sandbox of its own, are killed side by side.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import sys
import time
from collections.abc import Awaitable, Callable, Sequence

import httpx

from tests.proofs._crash_points import BREAKS, POINTS, number_of
from tests.proofs._proof import Proof, Proving, main
from tests.proofs._town import Town, running_town
from tests.support.waiting import until

LANES = 8
WITHIN_S = 60.0
REACHED_WITHIN_S = 15.0
"""How long a point may take to be reached: an activation waits for its place in the partner's budget."""

GOAL = "R1"


class Lane:
    """One gateway that is killed again and again."""

    def __init__(self, proving: Proving, town: Town, chance: random.Random) -> None:
        self._proving = proving
        self._town = town
        self._chance = chance
        self.healed_after_s: list[float] = []

    async def run(self, point: str) -> None:
        """Kill once at a point and see that everything ends right."""
        town, salon_id = self._town, self._town.new_salon()
        if not town.gateway.is_running:
            await town.gateway.start(town.http)
        victim = _VICTIMS[point[0]](self, salon_id, point)
        has_died = await victim
        self._proving.ran(GOAL)
        if not self._proving.holds(GOAL, has_died, f"{point}: never reached ({salon_id})"):
            return
        await town.gateway.start(town.http)
        started = time.monotonic()
        await self._goes_on(point, salon_id)
        await self._ends_right(point, salon_id)
        self.healed_after_s.append(time.monotonic() - started)
        await self._leaves(point, salon_id)

    async def while_armed(self, point: str, deed: Callable[[], Awaitable[object]]) -> bool:
        """Do something with the point armed; whether the gateway died of it."""
        town = self._town
        town.gateway.armed.value = number_of(point)
        doing = asyncio.create_task(_whatever_comes(deed))
        has_died = await town.gateway.has_died(REACHED_WITHIN_S)
        town.gateway.armed.value = 0
        doing.cancel()
        await asyncio.gather(doing, return_exceptions=True)
        return has_died

    async def of_a_webhook(self, salon_id: int, point: str) -> bool:
        """An installed salon is disconnected at YCLIENTS, at times with bookings on the way as well."""
        await self._town.install(salon_id)
        bookings = self._chance.choice((0, 0, 2))

        async def disconnect() -> None:
            if bookings:
                self._town.sandbox.market.emit(salon_id, repeat=bookings)
            self._town.sandbox.market.disconnect(salon_id)

        return await self.while_armed(point, disconnect)

    async def of_an_activation(self, salon_id: int, point: str) -> bool:
        """The owner scans."""
        token = await self._town.enter(salon_id)
        assert token is not None
        await self._town.ask("qr", token)
        return await self.while_armed(point, lambda: self._town.phone(salon_id, "scan"))

    async def of_a_pairing(self, salon_id: int, point: str) -> bool:
        """The owner enters, asks for a QR or a code, and links."""
        if point == "P1":
            return await self.while_armed(point, lambda: self._town.enter(salon_id))
        token = await self._town.enter(salon_id)
        assert token is not None
        if point in ("P2", "P3"):
            return await self.while_armed(point, lambda: self._town.ask("qr", token))
        await self._town.ask("qr", token)
        if point == "P4":
            return await self.while_armed(point, lambda: self._ask_code(token))
        return await self.while_armed(point, lambda: self._town.phone(salon_id, "scan"))

    async def _goes_on(self, point: str, salon_id: int) -> None:
        """The owner whose page or code was lost asks again; whose phone had linked does nothing at all."""
        if point not in ("P1", "P2", "P3", "P4"):
            return
        token = await _patiently(lambda: self._town.enter(salon_id))
        by_code = point == "P4"

        async def links() -> bool:
            asked = await (self._ask_code(token) if by_code else self._town.ask("qr", token))
            return asked.status_code == 200 and await self._town.phone(
                salon_id, "enter-code" if by_code else "scan"
            )

        await _patiently(links)

    async def _leaves(self, point: str, salon_id: int) -> None:
        """An active salon is disconnected again: else every later start would have its phone to reconnect too."""
        if point.startswith("W"):
            return
        self._town.sandbox.market.disconnect(salon_id)
        try:
            await until(lambda: self._town.is_gone(salon_id), timeout_s=WITHIN_S, what="")
        except AssertionError:
            self._proving.lost(GOAL, f"{point}: {salon_id} left, and is {await self._town.states(salon_id)}")

    async def _ask_code(self, token: str) -> httpx.Response:
        return await self._town.ask("pairing-code", token, phone="+79990000001")

    async def _ends_right(self, point: str, salon_id: int) -> None:
        town = self._town
        is_over = town.is_gone if point.startswith("W") else town.is_active
        try:
            await until(lambda: is_over(salon_id), timeout_s=WITHIN_S, what="")
        except AssertionError:
            self._proving.lost(GOAL, f"{point}: {salon_id} stands at {await town.states(salon_id)}")
        accepted, kept = town.accepted(salon_id), await town.kept(salon_id)
        if accepted > kept:
            self._proving.lost(GOAL, f"{point}: {salon_id}: {accepted} answered 200, {kept} kept")
        for activations, api_keys in town.effects(salon_id):
            if activations != 1 or api_keys != 1:
                told = f"{point}: {salon_id}: {activations} activations with {api_keys} keys"
                (self._proving.doubled if max(activations, api_keys) > 1 else self._proving.lost)(GOAL, told)


_VICTIMS: dict[str, Callable[[Lane, int, str], Awaitable[bool]]] = {
    "W": Lane.of_a_webhook, "A": Lane.of_an_activation, "P": Lane.of_a_pairing,
}  # fmt: skip


async def _whatever_comes(deed: Callable[[], Awaitable[object]]) -> None:
    with contextlib.suppress(httpx.TransportError):  # the gateway died with the request in hand
        await deed()


async def _patiently(deed: Callable[[], Awaitable[object]]) -> str:
    async def once() -> object:
        try:
            return await deed()
        except httpx.TransportError:
            return None

    return str(await until(once, timeout_s=WITHIN_S, every_s=0.1, what="the owner's next try"))


async def work(proving: Proving, broken: str | None = None) -> None:
    """Kill `proving.runs` times at each point."""
    await work_at(proving, list(POINTS), broken)


async def work_at(proving: Proving, points: Sequence[str], broken: str | None = None) -> None:
    """Kill `proving.runs` times at each of these points, in an order of chance."""
    waiting = [point for point in points for _ in range(proving.runs)]
    proving.chance.shuffle(waiting)
    proving.expect(len(waiting))
    lanes = min(LANES, len(waiting))
    healed = await asyncio.gather(*(_lane(proving, number, waiting, broken) for number in range(lanes)))
    times = sorted(time_s for lane in healed for time_s in lane)
    proving.figure(GOAL, "points", str(len(points)))
    if times:
        proving.figure(
            GOAL, "right again after", f"{times[len(times) // 2]:.1f} s (median), {times[-1]:.1f} s (most)"
        )


async def _lane(proving: Proving, number: int, waiting: list[str], broken: str | None) -> list[float]:
    folder = proving.folder / f"lane-{number}"
    async with running_town(proving.databases, folder, broken=broken, RECONCILE_EVERY_S="30") as town:
        lane = Lane(proving, town, random.Random(proving.seed * 1000 + number))
        while waiting:
            point = waiting.pop()
            await lane.run(point)
            proving.step(point)
        return lane.healed_after_s


PROOF = Proof("kill", (GOAL,), work, runs=200, short=1)


def broken_proof(how: str) -> Proof:
    """Return the same proof on a gateway that is broken on purpose: it must fail."""
    return Proof("kill", (GOAL,), lambda proving: work(proving, how), runs=PROOF.runs, short=PROOF.short)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--break", dest="broken", choices=BREAKS, default=None)
    options, rest = parser.parse_known_args()
    sys.exit(main(broken_proof(options.broken) if options.broken else PROOF, rest))
