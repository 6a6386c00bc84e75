"""Webhooks accepted durably, per second and per core: ours, the earlier system's stack, the floor, pgbench.

Every side has one process on a core of its own; Postgres, with its data on the disk and fsync on, shares the other one
with the load. Rounds alternate. A side's cost is its processor time until everything it accepted is worked through.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from gateway.storage.embedded import EmbeddedPostgres
from tests.bench._door_sides import (
    OTHER_CORE,
    Round,
    Side,
    floor_side,
    gateway_side,
    make_salons,
    pgbench,
    prior_side,
    server_pids,
)
from tests.bench._machine import pin
from tests.bench._report import Report, Spread, command_of, finish, parser, say
from tests.support.databases import Databases

OURS, OURS_FAST = "ours on Hypercorn", "ours on uvicorn"
FLOOR, FLOOR_FAST = "floor on Hypercorn", "floor on uvicorn"
PRIOR, PGBENCH = "prior stack", "pgbench"
CONNECTIONS = (32, 256)
PGBENCH_CLIENTS = 32

_SAME_ROW = r"""
\set n random(1, 2000000000)
INSERT INTO webhook_inbox (received_at, next_attempt_at, peer, proof, kind, event, salon_id, resource_id, body, digest,
    delivery_id, state, attempts)
VALUES (now(), now(), '127.0.0.1', 'install_key', 'entity', 'record.create', :n % 1000, :n, repeat('x', 800),
    sha256(int8send(:n)), gen_random_uuid(), 'done', 0);
"""
"""One durable insert of a row as large as ours; it is written as done, so that no gateway would touch it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and judge; 1 when a goal is missed."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    options_of = parser("door", __doc__)
    options_of.add_argument("--rounds", type=int, default=3)
    options_of.add_argument("--seconds", type=float, default=4.0, help="how long each round's load lasts")
    options = options_of.parse_args(given)
    report = Report("door", "Webhooks accepted durably", command_of("door", given))
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
    keys = folder / "keys.json"
    urls = [await databases.fresh() for _ in range(4)]
    for url in urls[:2]:
        await make_salons(url, keys)
    sides = [
        gateway_side(OURS, urls[0], folder / "hypercorn", "hypercorn"),
        gateway_side(OURS_FAST, urls[1], folder / "uvicorn", "uvicorn"),
        prior_side(PRIOR, keys, urls[2], folder, os.environ.get("AI_ADMIN_NODE", "node")),
        floor_side(FLOOR, keys, folder, "hypercorn"),
        floor_side(FLOOR_FAST, keys, folder, "uvicorn"),
    ]
    script = folder / "row.sql"
    script.write_text(_SAME_ROW)
    try:
        for side in sides:
            await side.start()
        rounds, inserts = await _alternate(sides, keys, postgres, urls[3], script, options)
    finally:
        for side in sides:
            side.end()
    _tell(rounds, inserts, report)


async def _alternate(
    sides: Sequence[Side],
    keys: Path,
    postgres: EmbeddedPostgres,
    url: str,
    script: Path,
    options: argparse.Namespace,
) -> tuple[dict[str, dict[int, list[Round]]], list[float]]:
    """Every side in its turn, again and again; the first turn of each warms it up and is not counted."""
    rounds: dict[str, dict[int, list[Round]]] = {
        side.name: {each: [] for each in CONNECTIONS} for side in sides
    }
    inserts: list[float] = []
    for side in sides:
        await side.load(keys, CONNECTIONS[0], 1.0, postgres)
    for number in range(options.rounds):
        for connections in CONNECTIONS:
            say(f"round {number + 1} of {options.rounds}, {connections} connections")
            for side in sides:
                pin(server_pids(postgres), [OTHER_CORE])
                rounds[side.name][connections].append(
                    await side.load(keys, connections, options.seconds, postgres)
                )
        inserts.append(await pgbench(postgres, url, script, PGBENCH_CLIENTS, round(options.seconds)))
    return rounds, inserts


def _tell(rounds: dict[str, dict[int, list[Round]]], inserts: Sequence[float], report: Report) -> None:
    for connections in CONNECTIONS:
        table = report.table(
            f"{connections} connections; medians (least–most) of {len(inserts)} rounds", "side", "accepted /s",
            "accepted per second of its core", "p50 ms", "p99 ms", "refused", "Postgres' time each, ms",
        )  # fmt: skip
        for name, by_connections in rounds.items():
            made = by_connections[connections]
            table.add(
                name, str(Spread.of([each.per_s for each in made])), str(Spread.of([each.per_core for each in made])),
                str(Spread.of([each.p50_ms for each in made])), str(Spread.of([each.p99_ms for each in made])),
                sum(each.refused for each in made), str(Spread.of([each.database_ms for each in made])),
            )  # fmt: skip
    table = report.table("The same row inserted by pgbench", "side", "transactions /s")
    table.add(f"{PGBENCH}, {PGBENCH_CLIENTS} clients", str(Spread.of(inserts)))
    report.figures = {
        "rounds": {
            name: {str(connections): [asdict(each) for each in made] for connections, made in by_connections.items()}
            for name, by_connections in rounds.items()
        },
        "pgbench_per_s": list(inserts),
    }  # fmt: skip
    for connections in reversed(CONNECTIONS):
        at = {name: by_connections[connections] for name, by_connections in rounds.items()}
        _judge(at, connections, report)
    report.note(
        "The gateway is whole: beside accepting it settles what it accepted, which is in its cost and in "
        "Postgres' time. The prior stack only inserts, into a table with one index beside its key."
    )


def _judge(at: dict[str, list[Round]], connections: int, report: Report) -> None:
    where = f"at {connections} connections"
    refused = sum(each.refused for each in (*at[OURS], *at[OURS_FAST]))
    report.goal(f"ours refuses nothing {where}", "0", refused, is_met=refused == 0)
    for ours in (OURS_FAST, OURS):
        slow, limit = (Spread.of([each.p99_ms for each in at[name]]).median for name in (ours, PRIOR))
        report.goal(
            f"{ours}, p99 {where}",
            f"≤ the prior stack's {limit:.1f} ms",
            f"{slow:.1f} ms",
            is_met=slow <= limit,
        )
    for ours, floor in ((OURS_FAST, FLOOR_FAST), (OURS, FLOOR)):
        share = _ratio(at[ours], at[floor])
        report.goal(f"{ours} / its floor, per core, {where}", "≥ 70 %", f"{share:.0%}", is_met=share >= 0.7)
    for ours, limit in ((OURS_FAST, 4.0), (OURS, 1.3)):
        ratio = _ratio(at[ours], at[PRIOR])
        report.goal(
            f"{ours} / prior stack, per core, {where}", f"≥ {limit}×", f"{ratio:.2f}×", is_met=ratio >= limit
        )


def _ratio(ours: Sequence[Round], theirs: Sequence[Round]) -> float:
    """Return the median of the rounds' ratios: what lay side by side in time is compared."""
    return Spread.of(
        [mine.per_core / other.per_core for mine, other in zip(ours, theirs, strict=True)]
    ).median


if __name__ == "__main__":
    sys.exit(main())
