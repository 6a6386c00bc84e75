"""A webhook with a wrong PARTNER_TOKEN is an alarm on every console within ten seconds, and a thousand are one alarm.

The gateway is a process of its own. A console waits on its admin socket while the webhook is posted; what is measured
is the time from the post until the change is told, and until the alarm is in the list the console reads then. Each
run begins without an alarm: on a new database, or after the alarm of the run before has settled.
"""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from desktop.services.client import Credentials, GatewayClient
from desktop.services.clock import SystemClock
from gateway.bootstrap_admin import build_tokens
from gateway.clock import SystemClock as GatewayClock
from shared import admin_wire as wire
from shared import protocol
from shared.vocabulary import AlarmKind, StaffRole
from tests.proofs._proof import Proof, Proving, main
from tests.support.harness import APPLICATION_ID, SALON
from tests.support.processes import JWT_SECRET, Town, running_town
from tests.support.waiting import until

WITHIN_S = 10.0
AT_ONCE = 20
CROWD, SHORT_CROWD = 1000, 100
SHORT = 2
WAYS = ("wrong token", "no proof", "wrong signature", "wrong key")
"""How a webhook may be refused; a run takes one of them, the first the wrong token."""


@dataclass(slots=True)
class Ear:
    """Hears what a console hears."""

    told: list[tuple[float, wire.Change]] = field(default_factory=list)

    def welcomed(self, welcome: wire.Welcome, *, is_anew: bool) -> None:
        """It is in."""

    def changed(self, changes: wire.Changes) -> None:
        """Keep the changes of alarms with the moment they came."""
        now = time.monotonic()
        self.told += [(now, change) for change in changes.changes if change.kind == "alarm"]

    def must_resync(self, resync: wire.Resync) -> None:
        """Does not happen with so few changes."""
        raise AssertionError("the console was told to read everything anew")

    def saw_session(self, view: wire.SessionView) -> None:
        """Not of interest."""

    def lost(self, trouble: object) -> None:
        """Not of interest."""

    def waits(self, trouble: object, seconds: float) -> None:
        """Not of interest."""

    def refused(self, trouble: object) -> None:
        """The console must get in."""
        raise AssertionError(f"the console was refused: {trouble}")


@dataclass(slots=True)
class Delays:
    """How long each alarm took, in seconds."""

    told: list[float] = field(default_factory=list)
    listed: list[float] = field(default_factory=list)


async def work(proving: Proving) -> None:
    """Post a webhook that is refused, wait for its alarm; in the end post a thousand at once."""
    proving.expect(proving.runs + 1)
    delays = Delays()
    url = await proving.databases.fresh()
    async with running_town(proving.folder, DATABASE_URL=url) as town:
        await town.gateway.start()
        clock = GatewayClock()
        tokens = build_tokens(town.harness.gateway.storage, JWT_SECRET, clock)
        token = (await tokens.add("Prover", StaffRole.VIEWER)).token
        ear = Ear()
        client = GatewayClient(SystemClock(), ear)
        await client.connect(Credentials(town.gateway.url, token))
        try:
            for number in range(proving.runs):
                how = WAYS[0] if number == 0 else proving.chance.choice(WAYS)
                await _alarmed(proving, town, client, ear, how, delays)
                proving.step(how)
                await _forgotten(town)
            crowd = CROWD if proving.runs > SHORT else SHORT_CROWD
            await _crowd(proving, town, client, crowd)
            proving.step(f"{crowd} at once")
        finally:
            await client.close()
            await town.gateway.stop()
    _tell(proving, delays)


async def _alarmed(
    proving: Proving, town: Town, client: GatewayClient, ear: Ear, how: str, delays: Delays
) -> None:
    ear.told.clear()
    proving.ran("B9")
    began = time.monotonic()
    status = await _post(town, how)
    proving.holds("B9", status == 401, f"a webhook with {how} was answered with {status}")
    try:

        async def heard() -> bool:
            return bool(ear.told)

        await until(heard, what="the change", timeout_s=2 * WITHIN_S, every_s=0.01)
    except AssertionError:
        proving.broke("B9", f"{how}: no console was told within {2 * WITHIN_S:.0f} s")
        return
    told_s = ear.told[0][0] - began
    rows = await _open(client)
    listed_s = time.monotonic() - began
    proving.holds("B9", len(rows) == 1, f"{how}: {len(rows)} alarms instead of one")
    proving.holds("B9", listed_s <= WITHIN_S, f"{how}: the alarm came after {listed_s:.1f} s")
    delays.told.append(told_s)
    delays.listed.append(listed_s)


async def _crowd(proving: Proving, town: Town, client: GatewayClient, crowd: int) -> None:
    """Post many at once: one alarm, and every one of them is refused."""
    proving.ran("B9")
    gate = asyncio.Semaphore(AT_ONCE)

    async def one() -> int:
        async with gate:
            return await _post(town, WAYS[0])

    statuses = await asyncio.gather(*(one() for _ in range(crowd)))
    proving.holds("B9", set(statuses) == {401}, f"answers {sorted(set(statuses))}")

    async def alarmed() -> bool:
        return bool(await _open(client))

    await until(alarmed, what="the alarm", timeout_s=WITHIN_S)
    rows = await town.harness.rows("SELECT count(*) AS n FROM alarms WHERE settled_at IS NULL")
    raised = await town.harness.rows(
        "SELECT count(*) AS n FROM marketplace_events e WHERE type = 'alarm_raised' AND EXISTS ("
        "SELECT 1 FROM alarms a WHERE a.id = (e.data ->> 'alarm_id')::bigint)"
    )
    found = (rows[0]["n"], raised[0]["n"])
    proving.holds("B9", found == (1, 1), f"{crowd} webhooks: {found[0]} open alarms, raised {found[1]} times")
    proving.figure("B9", f"alarms for {crowd:,} webhooks at once", str(found[0]))


async def _post(town: Town, how: str) -> int:
    body: dict[str, Any] = {"salon_id": SALON, "application_id": APPLICATION_ID, "event": "payment"}
    path, headers = "/webhook/yclients", {}
    if how == "wrong token":
        body["partner_token"] = "a-token-of-somebody-else"
    elif how == "wrong signature":
        headers["X-YClients-Signature"] = "0" * 64
    elif how == "wrong key":
        path += "/nobodys-key"
    answer: httpx.Response = await town.harness.http.post(path, json=body, headers=headers)
    return answer.status_code


async def _open(client: GatewayClient) -> list[wire.AlarmView]:
    found = await client.call(protocol.ALARMS_LIST, wire.AlarmsQuery())
    return [row for row in found.rows if row.kind is AlarmKind.WEBHOOKS_REFUSED]


async def _forgotten(town: Town) -> None:
    """Let nothing be left of the run, as if its ten minutes had passed."""
    storage = town.harness.gateway.storage
    await storage.write(lambda tx: tx.count("DELETE FROM marketplace_events WHERE type = 'webhook_refused'"))
    await storage.write(lambda tx: tx.count("DELETE FROM alarms"))


def _tell(proving: Proving, delays: Delays) -> None:
    if delays.told:
        for name, found in (("told", delays.told), ("listed", delays.listed)):
            ordered = sorted(found)
            middle = ordered[len(ordered) // 2]
            proving.figure("B9", f"{name} after", f"{middle:.2f} s (at most {ordered[-1]:.2f} s)")


PROOF = Proof("webhook_alarm", ("B9",), work, runs=200, short=SHORT)

if __name__ == "__main__":
    sys.exit(main(PROOF))
