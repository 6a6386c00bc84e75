"""One and two gateway processes on one Postgres: what a second one adds, what it costs, and how many a server feeds.

Both processes, Postgres and the load share the machine's cores unpinned, so with two cores the sum cannot double; what
counts is whether a webhook costs more when two processes take them, and what that says about more than two.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from gateway.storage.embedded import EmbeddedPostgres
from tests.bench._door_sides import (
    Side,
    database_cpu_s,
    gateway_side,
    make_salons,
    run_load,
    until_settled,
)
from tests.bench._machine import cpu_seconds
from tests.bench._report import Report, Spread, command_of, finish, parser, say
from tests.support.databases import Databases

CONNECTIONS = 64


@dataclass(frozen=True, slots=True)
class Turn:
    """One load on so many processes: accepted a second, p99 in ms, and each webhook's cost in ms of a core."""

    per_s: float
    p99_ms: float
    gateway_ms: float
    database_ms: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and judge; 1 when a goal is missed."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    options_of = parser("processes", __doc__)
    options_of.add_argument("--rounds", type=int, default=5)
    options_of.add_argument("--seconds", type=float, default=4.0, help="how long each turn's load lasts")
    options = options_of.parse_args(given)
    report = Report("processes", "Processes on one Postgres", command_of("processes", given))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ai-admin-bench-")))
        folder.chmod(0o755)
        postgres = stack.enter_context(EmbeddedPostgres(folder / "postgres"))
        stack.callback(shutil.rmtree, postgres.pgdata.parent, ignore_errors=True)
        asyncio.run(_measure(postgres, folder, options, report))
    return finish(report, is_recorded=options.record)


async def _measure(
    postgres: EmbeddedPostgres, folder: Path, options: argparse.Namespace, report: Report
) -> None:
    databases = Databases(postgres)
    await databases.prepare()
    url, keys = await databases.fresh(), folder / "keys.json"
    await make_salons(url, keys)
    sides = [gateway_side(f"process {number}", url, folder / str(number), "hypercorn") for number in (1, 2)]
    try:
        for side in sides:
            await side.start(is_pinned=False)
        for side in sides:
            await run_load(side.port, keys, CONNECTIONS // 2, 1.0)
        turns: dict[int, list[Turn]] = {1: [], 2: []}
        for number in range(options.rounds):
            say(f"round {number + 1} of {options.rounds}")
            for count, made in turns.items():
                made.append(await _turn(sides[:count], keys, url, postgres, options.seconds))
    finally:
        for side in sides:
            side.end()
    _tell(turns, report)


async def _turn(
    sides: Sequence[Side], keys: Path, url: str, postgres: EmbeddedPostgres, seconds: float
) -> Turn:
    pids = [side.process.pid for side in sides if side.process is not None]
    before, database_before = cpu_seconds(*pids), database_cpu_s(postgres)
    each = CONNECTIONS // len(sides)
    said = await asyncio.gather(*(run_load(side.port, keys, each, seconds) for side in sides))
    await until_settled(url)
    accepted = sum(one["accepted"] for one in said)
    cost, database_cost = cpu_seconds(*pids) - before, database_cpu_s(postgres) - database_before
    assert not any(one["refused"] or one["broken"] for one in said), said
    return Turn(
        sum(one["per_s"] for one in said), max(one["p99_ms"] for one in said), cost * 1000 / accepted,
        database_cost * 1000 / accepted,
    )  # fmt: skip


def _tell(turns: dict[int, list[Turn]], report: Report) -> None:
    table = report.table(
        f"{CONNECTIONS} connections in all, shared among the processes; Hypercorn", "processes", "accepted /s",
        "p99 ms", "a gateway's time each, ms", "Postgres' time each, ms",
    )  # fmt: skip
    for count, made in turns.items():
        table.add(
            str(count), str(Spread.of([turn.per_s for turn in made])), str(Spread.of([turn.p99_ms for turn in made])),
            str(Spread.of([turn.gateway_ms for turn in made])), str(Spread.of([turn.database_ms for turn in made])),
        )  # fmt: skip
    report.figures = {str(count): [asdict(turn) for turn in made] for count, made in turns.items()}
    dearer = Spread.of(
        [two.gateway_ms / one.gateway_ms for one, two in zip(turns[1], turns[2], strict=True)]
    ).median
    report.goal(
        "a webhook's cost to two processes / to one", "≤ 1.2×", f"{dearer:.2f}×", is_met=dearer <= 1.2
    )
    two = turns[2]
    gateway_ms = Spread.of([turn.gateway_ms for turn in two]).median
    database_ms = Spread.of([turn.database_ms for turn in two]).median
    table = report.table(
        "More processes, by arithmetic from the two: nothing but Postgres is shared", "cores for gateways",
        "accepted /s", "cores that Postgres needs",
    )  # fmt: skip
    for cores in (1, 2, 4, 8, 16):
        rate = cores * 1000 / gateway_ms
        table.add(str(cores), rate, rate * database_ms / 1000)
    report.note(
        "The second table is a sum, not a measurement: it holds while Postgres' disk keeps up with the commits, of "
        "which one process makes one at a time for all webhooks that wait meanwhile."
    )


if __name__ == "__main__":
    sys.exit(main())
