"""Installs of which YCLIENTS never told us that they ended or were frozen: a sweep finds them, and asks for little.

A run is one install that is active with us. Of every hundred one was uninstalled and one frozen without a webhook. The
sweep reads the list by pages of a thousand; single reads are made for the salons that are missing in it, and for a
fixed number whose status was read longest ago, for the list does not tell frozen from active.
"""

from __future__ import annotations

import contextlib
import sys
import time
from unittest import mock

from gateway.application.reconcile import ROLLING_CHECKS, SweepReport
from gateway.storage import budget
from gateway.yclients.client import SALONS_PER_PAGE
from tests.proofs._proof import Proof, Proving, main
from tests.support.harness import Harness, running_harness
from tests.support.waiting_calls import leave_waiting

AT_REAL_PACE_FROM = 1_000
WITHIN_S = 900.0
_MAKE_ACTIVE = """
    UPDATE installs SET partner_state = 'active', stage = 'active', partner_status = 'active', activated_at = now(),
        checked_at = now() - make_interval(secs => id % 1000)
"""


async def prove_sweep(proving: Proving) -> None:
    """Sweep once over as many installs as there are runs."""
    url = await proving.databases.fresh()
    proving.expect(2)
    lifted = mock.patch.multiple(budget, PER_SECOND=1000, PER_MINUTE=100_000)
    is_real = proving.runs >= AT_REAL_PACE_FROM
    with contextlib.nullcontext() if is_real else lifted:
        config = {"enforce_limits": is_real, "pending_ttl_s": 86_400}
        async with running_harness(url, sandbox_config=config, reconcile_every_s=86_400) as harness:
            await _sweep(harness, proving)
    await proving.databases.drop(url)


async def _sweep(harness: Harness, proving: Proving) -> None:
    salons = (await leave_waiting(harness, proving.runs, unknown=1.0, done=1.0)).all

    def work(tx: object) -> None:
        tx.count(_MAKE_ACTIVE)  # type: ignore[attr-defined]
        tx.count("UPDATE partner_calls SET state = 'done', finished_at = now()")  # type: ignore[attr-defined]

    await harness.gateway.storage.write(work)
    market = harness.sandbox.market
    market.switches.lose_lifecycle = True
    gone = proving.chance.sample(list(salons), max(2, len(salons) // 100))
    for salon_id in gone:
        market.disconnect(salon_id)
    before = market.report()["calls"]
    proving.step("made")
    began = time.monotonic()
    report = await harness.gateway.reconcile()
    took_s = time.monotonic() - began
    proving.step("swept")
    proving.ran("R9", len(salons))
    after = market.report()["calls"]
    lists, reads = (after.get(name, 0) - before.get(name, 0) for name in ("salons", "status"))
    await _judge(harness, proving, report, gone, lists, reads, took_s)


async def _judge(
    harness: Harness,
    proving: Proving,
    report: SweepReport,
    gone: list[int],
    lists: int,
    reads: int,
    took_s: float,
) -> None:
    rows = await harness.rows("SELECT salon_id FROM installs WHERE partner_state = 'uninstalled'")
    ended = {row["salon_id"] for row in rows}
    for salon_id in set(gone) - ended:
        proving.lost("R9", f"salon {salon_id} was uninstalled and is not with us")
    for salon_id in ended - set(gone):
        proving.broke("R9", f"salon {salon_id} was ended though it is active at YCLIENTS")
    pages = report.listed // SALONS_PER_PAGE + 1
    proving.holds("R9", lists == pages, f"{lists} list calls for {report.listed} salons")
    proving.holds(
        "R9", reads <= len(gone) + ROLLING_CHECKS, f"{reads} status reads for {len(gone)} differences"
    )
    proving.holds("R9", took_s <= WITHIN_S, f"the sweep took {took_s:.0f} s")
    proving.figure("R9", "requests", f"{lists} lists, {reads} status reads for {len(gone)} differences")
    proving.figure("R9", "swept in", f"{took_s:.0f} s")


PROOF = Proof("sweep", ("R9",), prove_sweep, runs=9_999, short=200)

if __name__ == "__main__":
    sys.exit(main(PROOF))
