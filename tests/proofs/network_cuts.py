"""The network is cut for 1 s, 30 s and 10 min under 50 changes a second; afterwards the console shows the database."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from desktop.services.feeds import PAGE
from shared.vocabulary import StaffRole
from tests.support.console_core import Core, Outage, cut_under_changes, profile_of, running_core
from tests.support.crowd import seed
from tests.support.databases import Databases, server_for_tests
from tests.support.harness import running_harness
from tests.support.tcp_gate import Cut, gate_before

CUTS_S = (1.0, 30.0, 600.0)
WAYS: tuple[Cut, ...] = ("silent", "refused")
SALONS = 2_000
PER_SECOND = 50.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Cut the network in both ways for each time; 0 when the rows were the database's every time."""
    parser = argparse.ArgumentParser(prog="prove network_cuts", description=__doc__)
    parser.add_argument(
        "--seconds", type=float, nargs="*", default=list(CUTS_S), help="how long the network is away"
    )
    options, _ = parser.parse_known_args(arguments)  # `prove --runs N` asks every proof, this one has no runs
    with tempfile.TemporaryDirectory(prefix="ai-admin-cuts-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with server_for_tests(folder / "postgres") as server:
            outages = asyncio.run(_cut_all(Databases(server), folder, options.seconds))
    return 0 if all(outage.are_equal for outage in outages) else 1


async def _cut_all(databases: Databases, folder: Path, cuts_s: Sequence[float]) -> list[Outage]:
    await databases.prepare()
    database_url = await databases.fresh()
    await seed(database_url, SALONS)
    outages = []
    async with (
        running_harness(database_url) as harness,
        gate_before(harness.url) as gate,
        running_core(folder) as core,
    ):
        token = (await harness.gateway.staff.add("Prover", StaffRole.ADMIN)).token
        await core.console.connect(profile_of(gate.url), token)
        await core.is_so(lambda: len(core.models.board.rows) > 0, "rows")
        for pages in (2, 3):
            await core.console.load_more()
            await core.is_so(partial(_has_rows, core, pages * PAGE), f"{pages} pages")
        for cut_s in cuts_s:
            for how in WAYS:
                outage = await cut_under_changes(
                    core, gate, database_url, cut_s=cut_s, how=how, per_second=PER_SECOND
                )
                _tell(outage, how)
                outages.append(outage)
    return outages


def _has_rows(core: Core, count: int) -> bool:
    return len(core.models.board.rows) >= count


def _tell(outage: Outage, how: Cut) -> None:
    print(
        f"{'ok ' if outage.are_equal else 'NOT'}  {how:7} for {outage.cut_s:5.0f} s: {outage.changes:6,} changes, live "
        f"after {outage.live_after_s:4.1f} s, everything shown after {outage.equal_after_s:4.1f} s, {outage.rows} rows",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
