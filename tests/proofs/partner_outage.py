"""YCLIENTS was away for a day while many installs waited; how long they take once it is back, and within which limits.

A run is one install that waits. They are written into the database as an outage leaves them: some requests never
arrived, of some nobody knows the outcome, and some of those had their effect. YCLIENTS then really is away for a while,
comes back, and everything goes at the real pace of five requests a second and two hundred a minute: ten thousand
installs need most of an hour. Meanwhile now and then a fresh owner connects.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
from dataclasses import dataclass, field

from gateway.storage.budget import PER_MINUTE, PER_SECOND
from tests.proofs._proof import Proof, Proving, main
from tests.support.harness import Harness, running_harness
from tests.support.salons import connected
from tests.support.waiting_calls import Waiting, leave_waiting, shown_too_early, states_of, wrongly_done

UNKNOWN_SHARE = 0.4
DONE_SHARE = 0.5
AWAY_S = 20.0
FRESH_EVERY_S = 30.0
FRESH_FIRST = 900_001
FRESH_WITHIN_S = 30.0
ALLOWED_S = 3600.0
LOOK_EVERY_S = 1.0
PENDING_TTL_S = 7 * 86_400
STUCK_AFTER_S = 400.0
USED_AT_LEAST = 0.95
UNDER_LOAD_FROM = 5_000
"""From so many on, the share of the budget that was used is judged; of fewer the last list is too great a part."""


@dataclass(slots=True)
class Fresh:
    """Owners who connected during the drain, and how long each waited for «Готово»."""

    waits_s: dict[int, float] = field(default_factory=dict)


async def prove_outage(proving: Proving) -> None:
    """Drain one backlog of as many installs as there are runs."""
    url = await proving.databases.fresh()
    config = {"pending_ttl_s": PENDING_TTL_S}
    async with running_harness(url, sandbox_config=config, partner_timeout_s=5.0) as harness:
        proving.expect(proving.runs)
        harness.sandbox.market.faults.put("503")
        waiting = await leave_waiting(
            harness, proving.runs, unknown=UNKNOWN_SHARE, done=DONE_SHARE, seed=proving.seed
        )
        await _is_away(harness, proving)
        harness.sandbox.market.faults.clear()
        await _drain(harness, proving, waiting)
    await proving.databases.drop(url)


async def _is_away(harness: Harness, proving: Proving) -> None:
    """Every call comes due while YCLIENTS is away: it must be noticed, and nobody may hammer."""
    await _note(harness, "UPDATE partner_calls SET next_attempt_at = now() WHERE id % 3 = 0")
    await asyncio.sleep(AWAY_S)
    asked = harness.sandbox.market.report()["calls_total"]
    proving.figure("R4", "requests while away", str(asked))
    proving.holds("R4", asked <= 10 + 2 * AWAY_S, f"{asked} requests in {AWAY_S:.0f} s of an outage")


async def _drain(harness: Harness, proving: Proving, waiting: Waiting) -> None:
    began, asked = time.monotonic(), harness.sandbox.market.report()["calls_total"]
    fresh = Fresh()
    owners = asyncio.create_task(_fresh_owners(harness, fresh), name="proof:owners")
    done, moved_at = 0, began
    while done < len(waiting.all) and time.monotonic() - moved_at < STUCK_AFTER_S:
        await asyncio.sleep(LOOK_EVERY_S)
        now = await _active(harness)
        for _ in range(now - done):
            proving.step("active")
        if now > done:
            done, moved_at = now, time.monotonic()
    took_s = time.monotonic() - began
    owners.cancel()
    await asyncio.gather(owners, return_exceptions=True)
    used = harness.sandbox.market.report()["calls_total"] - asked
    proving.ran("R4", len(waiting.all))
    await _judge(harness, proving, waiting, fresh, took_s, used)


async def _judge(
    harness: Harness, proving: Proving, waiting: Waiting, fresh: Fresh, took_s: float, used: int
) -> None:
    report = harness.sandbox.market.report()
    for _ in range(len(waiting.all) - await _active(harness)):
        proving.lost("R4", f"an install did not become active: {await states_of(harness)}")
    for finding in wrongly_done(harness, waiting.all):
        proving.doubled("R4", finding)
    for salon_id in await shown_too_early(harness):
        proving.broke("R4", f"salon {salon_id} was called active before YCLIENTS had it so")
    share = used / max(took_s * PER_MINUTE / 60, 1.0)
    proving.figure("R4", "drained in", f"{took_s:.0f} s")
    proving.figure("R4", "requests", f"{used:,} ({share:.1%} of the budget)")
    proving.figure("R4", "by kind", ", ".join(f"{name} {n:,}" for name, n in report["calls"].items()))
    proving.figure("R4", "most", f"{report['max_per_second']}/s {report['max_per_minute']}/min")
    proving.holds("R4", took_s <= ALLOWED_S, f"{took_s:.0f} s is more than an hour")
    proving.holds("R4", report["max_per_second"] <= PER_SECOND, "more than 5 in a second")
    proving.holds("R4", report["max_per_minute"] <= PER_MINUTE, "more than 200 in a minute")
    proving.holds("R4", report["limited"] == 0, "YCLIENTS had to say 429")
    if len(waiting.all) >= UNDER_LOAD_FROM:
        proving.holds("R4", share >= USED_AT_LEAST, f"only {share:.1%} of the budget was used")
    waits = fresh.waits_s.values()
    if waits:
        proving.figure("R4", "fresh owners", f"{len(waits)}, slowest {max(waits):.1f} s")
        proving.holds("R4", max(waits) <= FRESH_WITHIN_S, f"a fresh owner waited {max(waits):.1f} s")


async def _fresh_owners(harness: Harness, fresh: Fresh) -> None:
    """Link a phone every so often and wait until that owner sees «Готово»."""
    for salon_id in itertools.count(FRESH_FIRST):
        await asyncio.sleep(FRESH_EVERY_S)
        await connected(harness, salon_id)
        began = time.monotonic()
        fresh.waits_s[salon_id] = 0.0
        await harness.phone("scan", salon_id)
        while (await harness.install_row(salon_id))["partner_state"] != "active":
            fresh.waits_s[salon_id] = time.monotonic() - began
            await asyncio.sleep(0.2)


async def _active(harness: Harness) -> int:
    rows = await harness.rows(
        "SELECT count(*) AS n FROM installs WHERE partner_state = 'active' AND salon_id < %s", FRESH_FIRST
    )
    return int(rows[0]["n"])


async def _note(harness: Harness, statement: str) -> None:
    await harness.gateway.storage.write(lambda tx: tx.count(statement))


PROOF = Proof("partner_outage", ("R4",), prove_outage, runs=600, short=40)

if __name__ == "__main__":
    sys.exit(main(PROOF))
