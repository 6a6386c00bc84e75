"""A busy day told to twenty consoles: from the commit of a change to its arrival at each, and what it costs.

Changes are written by a process that is not the gateway, a hundred in a transaction; the consoles are the official
client in a Node process. A change has arrived at a console with the first message whose cursor has come to it.
"""

from __future__ import annotations

import argparse
import asyncio
import bisect
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from tests.bench._machine import cpu_seconds, percentile, resident_mib
from tests.bench._node import node_peer
from tests.bench._report import Report, Spread, command_of, finish, parser, say
from tests.support.crowd import FIRST_SALON, seed
from tests.support.databases import Databases, server_for_tests
from tests.support.processes import run_command, running_town
from tests.support.traffic import change

SALONS = 20_000
TRANSACTIONS_PER_S = 20
MOST_P99_MS = 500
_LAST_MESSAGES_S = 3.0


@dataclass(slots=True)
class Made:
    """The changes of one run: for each transaction the number of its last event and when its commit was done."""

    last_events: list[int] = field(default_factory=list)
    at_ms: list[float] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Figures:
    """One run."""

    made_per_s: float
    p50_ms: float
    p99_ms: float
    most_ms: float
    untold: int
    """Changes that a console was not told of, over all consoles."""

    messages_per_s: float
    """To each console."""

    resyncs: int
    cores: float
    mib: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and return 1 when a goal is missed."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options_parser = parser("fanout", __doc__)
    options_parser.add_argument("--changes", type=int, default=1_000, help="changes a second")
    options_parser.add_argument("--consoles", type=int, default=20)
    options_parser.add_argument("--seconds", type=float, default=15.0)
    options_parser.add_argument("--runs", type=int, default=3)
    options = options_parser.parse_args(given)
    report = Report("fanout", "Admin fan-out: changes told to consoles", command_of("fanout", given))
    with tempfile.TemporaryDirectory(prefix="ai-admin-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with server_for_tests(folder / "postgres") as server:
            runs = asyncio.run(_measure(Databases(server), folder, options))
    _tell(report, runs, options)
    return finish(report, is_recorded=options.record)


async def _measure(databases: Databases, folder: Path, options: argparse.Namespace) -> list[Figures]:
    await databases.prepare()
    url = await databases.fresh()
    say(f"seeding {SALONS:,} salons")
    await seed(url, SALONS)
    async with running_town(folder, DATABASE_URL=url) as town, node_peer("consoles_client.mjs") as client:
        await town.gateway.start()
        settings = town.gateway.program.settings
        added = await run_command(
            "staff", "add", "Bench", "--role", "viewer", settings=settings, folder=folder
        )
        assert added.code == 0, added.said
        joined = await client.ask(
            "open", url=town.gateway.url, token=added.out.strip(), count=options.consoles
        )
        assert "error" not in joined, joined["error"]
        pid, runs, resyncs = town.gateway.program.pid, [], 0
        for number in range(options.runs):
            say(f"run {number + 1}: {options.changes:,} changes a second for {options.seconds:.0f} s")
            cpu, began = cpu_seconds(pid), time.monotonic()
            made = await _change(url, options.changes, options.seconds)
            seconds = time.monotonic() - began
            cores = (cpu_seconds(pid) - cpu) / seconds
            await asyncio.sleep(_LAST_MESSAGES_S)
            heard = await client.ask("told")
            runs.append(_figures(made, heard["told"], options.consoles, seconds))
            runs[-1].cores, runs[-1].mib = cores, resident_mib(pid)
            runs[-1].resyncs, resyncs = heard["resyncs"] - resyncs, heard["resyncs"]
        await client.ask("close")
        await town.gateway.stop()
    return runs


async def _change(url: str, per_second: float, seconds: float) -> Made:
    """Change salons at this rate, each at most once in a transaction; what is late is made as soon as it can be."""
    connection = await asyncpg.connect(url)
    chance, loop, made = random.Random(7), asyncio.get_running_loop(), Made()
    began, count = loop.time(), 0
    try:
        while loop.time() - began < seconds:
            due = min(round((loop.time() - began) * per_second) - count, 200)
            if due > 0:
                salons = sorted(chance.sample(range(FIRST_SALON, FIRST_SALON + SALONS), due))
                await change(connection, salons)
                made.at_ms.append(time.time() * 1000)
                made.last_events.append(await connection.fetchval("SELECT max(id) FROM marketplace_events"))
                made.counts.append(due)
                count += due
            await asyncio.sleep(1 / TRANSACTIONS_PER_S)
    finally:
        await connection.close()
    return made


def _figures(made: Made, told: list[list[int]], consoles: int, seconds: float) -> Figures:
    """Find for each transaction and console the first message that tells of all of it."""
    cursors, moments = defaultdict[int, list[int]](list), defaultdict[int, list[int]](list)
    for console, cursor, _, at in told:
        cursors[console].append(cursor)
        moments[console].append(at)
    delays: list[float] = []
    untold = 0
    for last, at_ms, count in zip(made.last_events, made.at_ms, made.counts, strict=True):
        for console in range(consoles):
            place = bisect.bisect_left(cursors[console], last)
            if place == len(cursors[console]):
                untold += count
            else:
                delays += [max(0.0, moments[console][place] - at_ms)] * count
    return Figures(
        made_per_s=sum(made.counts) / seconds, p50_ms=percentile(delays, 0.5), p99_ms=percentile(delays, 0.99),
        most_ms=max(delays), untold=untold, messages_per_s=len(told) / consoles / seconds, resyncs=0, cores=0.0,
        mib=0.0,
    )  # fmt: skip


def _tell(report: Report, runs: list[Figures], options: argparse.Namespace) -> None:
    table = report.table(
        f"{options.changes:,} changes a second, {options.consoles} consoles", "", "median (least–most)"
    )
    rows = (
        ("changes made a second", "made_per_s"), ("commit to console, p50 ms", "p50_ms"),
        ("commit to console, p99 ms", "p99_ms"), ("commit to console, longest ms", "most_ms"),
        ("messages to each console a second", "messages_per_s"), ("cores the gateway used", "cores"),
        ("memory of the gateway, MiB", "mib"),
    )  # fmt: skip
    for words, name in rows:
        table.add(words, str(Spread.of([getattr(run, name) for run in runs])))
    report.figures["runs"] = [{name: getattr(run, name) for name in Figures.__slots__} for run in runs]
    p99 = Spread.of([run.p99_ms for run in runs]).median
    missed = sum(run.untold + run.resyncs for run in runs)
    report.goal("commit to console, p99 ms", f"at most {MOST_P99_MS}", p99, is_met=p99 <= MOST_P99_MS)
    report.goal("changes untold, and consoles told to read again", "none", missed, is_met=missed == 0)
    report.note(
        "A console is told at most ten times a second, of everything that changed since: half the delay is that."
    )


if __name__ == "__main__":
    sys.exit(main())
