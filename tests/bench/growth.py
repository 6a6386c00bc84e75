"""Growth: the same operations on three sizes of one database, from ten thousand installs to a million.

The stores are the gateway's own and run in this process; all sizes lie open on one server, which has the embedded
server's settings but for two: it does not wait for the disk (that wait is the same at any size and would hide the
rest), and it has a quarter of the machine's memory, as docs/scale.md advises where there are many salons. Each
operation is measured on every size in turn, many times, on salons picked anew. Beside what the caller waits stands the
processor time that the server's own process took, as the kernel counts it, and how many pages it touched.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import re
import statistics
import sys
import tempfile
import textwrap
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from gateway.clock import SystemClock
from gateway.storage.database import Storage
from gateway.storage.embedded import EmbeddedPostgres
from tests.bench._growth import GROUP, HELD, LEASES, OPERATIONS, Operation, World
from tests.bench._report import FIGURES, Report, Spread, Table, command_of, finish, parser, say
from tests.support.crowd import FIRST_SALON, seed, seed_history
from tests.support.databases import Databases

NAME = "growth"
SIZES = (10_000, 100_000, 1_000_000)
QUICK_SIZES = (2_000, 20_000)
FLAT = 1.2
WARM_UP = 8
"""Postgres settles for a plan after five runs of a statement."""

SERVER = ("-c", "fsync=off", "-c", "max_wal_size=4GB")
MEMORY_PART = 4
CHURN_STEP, CHURN_LIFECYCLE = 2_200, 200
TABLES = (
    "webhook_inbox",
    "marketplace_events",
    "installs",
    "companies",
    "whatsapp_sessions",
    "partner_calls",
)
_CHURN_IN = """
    INSERT INTO webhook_inbox (peer, proof, kind, event, salon_id, resource_id, body, digest)
    SELECT '203.0.113.7', 'install_key', CASE WHEN n <= $3 THEN 'lifecycle' ELSE 'unknown' END,
        CASE WHEN n <= $3 THEN 'payment' ELSE 'record' END, $1 + (random() * ($2 - 1))::bigint, n::text,
        repeat('x', 400), sha256((random()::text || n)::bytea)
    FROM generate_series(1, $4::int) AS n
"""
_CHURN_OUT = """
    UPDATE webhook_inbox SET state = 'done', outcome = 'applied', processed_at = now(), claimed_by = NULL,
        claimed_until = NULL WHERE id = ANY($1::bigint[])
"""
_DISK = """
    SELECT c.relname AS name, c.reltuples::bigint AS rows, pg_relation_size(c.oid) AS bare,
        pg_total_relation_size(c.oid) AS whole
    FROM pg_class c WHERE c.relname = ANY($1::text[]) AND c.reltuples > 0 ORDER BY 4 DESC
"""
_PENDING = """
    SELECT sum(pg_relation_size(i.indexrelid))::bigint AS bytes FROM pg_index i
    WHERE i.indrelid = 'webhook_inbox'::regclass AND i.indpred IS NOT NULL
"""

_PLANNED = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")
_BUFFERS = re.compile(r"Buffers: shared.*")
_COUNTED = re.compile(r"(?:hit|read)=(\d+)")


@dataclass(slots=True)
class Costs:
    """What one operation cost on one database, run by run, in milliseconds: waited, and the server's processor."""

    waited_ms: list[float] = field(default_factory=list)
    server_ms: list[float] = field(default_factory=list)
    pages: int = 0
    found: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Sizes:
    """All databases, smallest first."""

    worlds: list[World]
    costs: dict[str, list[Costs]] = field(default_factory=dict)
    plans: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """Of each operation on the largest: its statements, each with its plan."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; the exit code is 1 when the cost of something grows."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser().parse_args(given)
    if options.quick:
        options.installs, options.rounds, options.churn = list(QUICK_SIZES), 30, 22_000
    report = Report(NAME, "Growth: cost by the size of the database", command_of(NAME, given))
    with _server(options.folder) as server:
        sizes = asyncio.run(_measure(Databases(server), report, options))
    if options.record:
        FIGURES.mkdir(parents=True, exist_ok=True)
        (FIGURES / "explain.md").write_text(_explained(sizes, report.command), encoding="utf-8")
    return finish(report, is_recorded=options.record)


def _parser() -> argparse.ArgumentParser:
    made = parser(NAME, __doc__)
    made.add_argument(
        "--installs", type=int, nargs="+", default=list(SIZES), help="the sizes, smallest first"
    )
    made.add_argument("--rows", type=int, default=10, help="webhooks and events kept of each install")
    made.add_argument(
        "--rounds", type=int, default=100, help="how often each operation is measured on each size"
    )
    made.add_argument(
        "--churn", type=int, default=1_000_000, help="webhooks that go through the largest one's inbox"
    )
    made.add_argument(
        "--folder", type=Path, default=Path("/var/tmp"), help="where there is room: 15 GB for a million"
    )
    made.add_argument("--quick", action="store_true", help="two small sizes, to see that it works")
    return made


@contextmanager
def _server(folder: Path) -> Iterator[EmbeddedPostgres]:
    with tempfile.TemporaryDirectory(prefix="ai-admin-bench-", dir=folder) as name:
        Path(name).chmod(0o755)  # as root the server is another user, who must be able to reach it
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // MEMORY_PART // 2**20
        options = (*SERVER, "-c", f"shared_buffers={memory}MB")
        with EmbeddedPostgres(Path(name) / "data", options=options) as server:
            yield server


async def _measure(databases: Databases, report: Report, options: argparse.Namespace) -> Sizes:
    await databases.prepare()
    urls = [await databases.fresh() for _ in options.installs]
    for installs, url in zip(options.installs, urls, strict=True):
        await _seed(url, installs, options.rows)
    async with _open(options.installs, urls) as sizes:
        for operation in OPERATIONS:
            say(f"measuring: {operation.name}")
            await _operation(sizes, operation, options.rounds)
        _report_costs(report, sizes)
        await _report_disk(report, sizes)
        if options.churn:
            await _churn(report, sizes, options)
    return sizes


async def _seed(url: str, installs: int, rows: int) -> None:
    def told(step: str) -> None:
        say(f"{installs:,} installs: {step} ({time.monotonic() - began:.0f} s)")

    began = time.monotonic()
    await seed(url, installs, told=told)
    events = max(0, rows - 7) * installs  # the crowd has seven of each install
    await seed_history(url, installs, webhooks=rows * installs, events=events, told=told)


@asynccontextmanager
async def _open(installs: Sequence[int], urls: Sequence[str]) -> AsyncIterator[Sizes]:
    sizes = Sizes([])
    try:
        for number, url in zip(installs, urls, strict=True):
            storage = Storage(url, pool_size=1, now=SystemClock().now)
            sizes.worlds.append(World(number, storage, await asyncpg.connect(url), random.Random(number)))
        yield sizes
    finally:
        for world in sizes.worlds:
            await world.storage.close()
            await world.connection.close()


async def _operation(sizes: Sizes, operation: Operation, rounds: int) -> None:
    """Run one operation on each size in turn, the order turning too."""
    costs = sizes.costs[operation.name] = [Costs() for _ in sizes.worlds]
    for world in sizes.worlds:
        for _ in range(WARM_UP):
            await _once(world, operation, Costs())
    for turn in range(rounds):
        for place in range(len(sizes.worlds)):
            at = (turn + place) % len(sizes.worlds)
            await _once(sizes.worlds[at], operation, costs[at])
    for world, cost in zip(sizes.worlds, costs, strict=True):
        plans = await _look(world, operation)
        cost.pages = sum(pages for _, _, pages in plans)
        sizes.plans[operation.name] = [(statement, plan) for statement, plan, _ in plans]


async def _once(world: World, operation: Operation, cost: Costs) -> None:
    if operation.prepare is not None:
        await operation.prepare(world)
    process = await _server_process(world)
    before, began = _processor_ms(process), time.perf_counter()
    found = await operation.run(world)
    waited_ms = (time.perf_counter() - began) * 1000
    with contextlib.suppress(FileNotFoundError):  # the pool ends a connection after 50,000 statements
        cost.server_ms.append(_processor_ms(process) - before)
        cost.waited_ms.append(waited_ms)
    if isinstance(found, int):
        cost.found.append(found)
    if operation.clean is not None:
        await operation.clean(world)


async def _server_process(world: World) -> int:
    """Return the server's process behind the only connection; one that lay idle for minutes was made anew."""
    return await world.storage.read(
        lambda tx: int(tx.sql("SELECT pg_backend_pid() AS process")[0]["process"])
    )


def _processor_ms(process: int) -> float:
    """Return the processor time a process has had, to the microsecond, as Linux' scheduler counts it."""
    return int(Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e6


async def _look(world: World, operation: Operation) -> list[tuple[str, str, int]]:
    """Return an operation's statements, each with its plan and the pages it touches; what was claimed is put away."""
    asked = await _statements(world, operation)
    if operation.prepare is not None:
        await operation.prepare(world)
    looked = [await _plan(world.connection, statement, given) for statement, given in asked]
    if operation.prepare is not None:
        await operation.run(world)
    if operation.clean is not None:
        await operation.clean(world)
    return looked


async def _statements(world: World, operation: Operation) -> list[tuple[str, Sequence[Any]]]:
    """Run an operation once and return what it asked of the database."""
    if operation.prepare is not None:
        await operation.prepare(world)
    asked: list[tuple[str, Sequence[Any]]] = []
    database: Any = world.storage.db
    ask = database.execute_sql

    def noted(statement: str, parameters: Sequence[Any] | None = None, *rest: Any, **more: Any) -> Any:
        if statement.split()[0].upper() in _PLANNED:
            asked.append((statement, tuple(parameters or ())))
        return ask(statement, parameters, *rest, **more)

    async def noted_alone(statement: str, *parameters: Any) -> Any:
        asked.append((statement, parameters))
        return await fetch(statement, *parameters)

    fetch = database.fetch
    database.execute_sql, database.fetch = noted, noted_alone
    try:
        await operation.run(world)
    finally:
        del database.execute_sql, database.fetch
    if operation.clean is not None:
        await operation.clean(world)
    return asked


async def _plan(connection: asyncpg.Connection, statement: str, given: Sequence[Any]) -> tuple[str, str, int]:
    """Explain one statement while it runs, undo it, and return it with its plan and the pages it touches."""
    first, *others = statement.split("%s")
    numbered = first + "".join(f"${number}{part}" for number, part in enumerate(others, 1))
    transaction = connection.transaction()
    await transaction.start()
    try:
        told = await connection.fetch(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {numbered}", *given)
    finally:
        await transaction.rollback()
    plan = "\n".join(row[0] for row in told)
    top = _BUFFERS.search(plan)  # the first is the whole statement's
    pages = sum(int(number) for number in _COUNTED.findall(top.group())) if top else 0
    return textwrap.dedent(statement).strip(), plan, pages


def _report_costs(report: Report, sizes: Sizes) -> None:
    names = [f"{world.salons:,}" for world in sizes.worlds]
    waited = report.table("An operation, ms as its caller waits: median", "operation", *names, "ratio")
    server = report.table(
        "Of it the server process' processor time, ms: median", "operation", *names, "ratio"
    )
    pages = report.table("Pages of 8 KiB it touches, and rows it finds", "operation", *names)
    report.figures["operations"] = {}
    for operation in OPERATIONS:
        costs = sizes.costs[operation.name]
        ratio = _rows(waited, operation.name, [cost.waited_ms for cost in costs])
        _rows(server, operation.name, [cost.server_ms for cost in costs])
        pages.add(operation.name, *(_touched(cost) for cost in costs))
        if operation.has_goal:
            report.goal(
                f"{operation.name}: from {names[0]} to {names[-1]} installs", f"≤ {FLAT} ×", f"{ratio:.2f} ×",
                is_met=ratio <= FLAT,
            )  # fmt: skip
        report.figures["operations"][operation.name] = [
            {
                "installs": world.salons, "waited_ms": _rounded(cost.waited_ms), "server_ms": _rounded(cost.server_ms),
                "pages": cost.pages, "found": statistics.median(cost.found) if cost.found else None,
            }
            for world, cost in zip(sizes.worlds, costs, strict=True)
        ]  # fmt: skip
    together = sizes.costs[f"{GROUP} webhooks accepted together"][-1]
    held = sizes.costs[LEASES][0]  # where what is read beside them counts least
    report.figures["lease_us"] = statistics.median(held.server_ms) * 1000 / HELD
    report.figures["server_us_a_webhook"] = statistics.median(together.server_ms) * 1000 / GROUP


def _rows(table: Table, name: str, values: Sequence[Sequence[float]]) -> float:
    medians = [statistics.median(each) for each in values]
    table.add(name, *(f"{median:.3f}" for median in medians), f"{medians[-1] / medians[0]:.2f} ×")
    return medians[-1] / medians[0]


def _touched(cost: Costs) -> str:
    return f"{cost.pages:,}" + (f", {statistics.median(cost.found):.0f} rows" if cost.found else "")


def _rounded(values: Sequence[float]) -> dict[str, float]:
    spread = Spread.of(values)
    return {"median": round(spread.median, 4), "least": round(spread.least, 4), "most": round(spread.most, 4)}


async def _report_disk(report: Report, sizes: Sizes) -> None:
    """Say what a row takes on the disk, with its indexes, where most rows are."""
    await sizes.worlds[-1].connection.execute("VACUUM (ANALYZE)", timeout=600)
    rows = await sizes.worlds[-1].connection.fetch(_DISK, TABLES)
    table = report.table(
        f"On the disk, {sizes.worlds[-1].salons:,} installs",
        "table",
        "rows",
        "MiB",
        "bytes a row",
        "with indexes",
    )
    report.figures["bytes_a_row"] = {}
    for row in rows:
        whole = row["whole"] / row["rows"]
        table.add(row["name"], row["rows"], row["whole"] / 2**20, row["bare"] / row["rows"], whole)
        report.figures["bytes_a_row"][row["name"]] = round(whole)


async def _churn(report: Report, sizes: Sizes, options: argparse.Namespace) -> None:
    """Put many webhooks through the largest inbox and see that claiming costs what it did before."""
    world = sizes.worlds[-1]
    table = report.table(
        f"The largest inbox under churn, ms as the caller waits: median of {options.rounds}", "after webhooks",
        *(each.name for each in _churned()), "indexes of what waits, MiB",
    )  # fmt: skip
    first: list[float] = []
    gone, steps = 0, options.churn // CHURN_STEP
    report.figures["churn"] = []
    for part in range(3):
        medians = [await _alone(world, operation, options.rounds) for operation in _churned()]
        bytes_used = await world.connection.fetchval(_PENDING)
        table.add(f"{gone:,}", *(f"{median:.3f}" for median in medians), bytes_used / 2**20)
        report.figures["churn"].append({"gone": gone, "waited_ms": medians, "index_bytes": bytes_used})
        first = first or medians
        if part < 2:
            say(f"churn: {gone:,} webhooks have gone through")
            gone += await _go_through(world, steps // 2)
    for operation, before, after in zip(_churned(), first, medians, strict=True):
        report.goal(
            f"{operation.name}, after {gone:,} webhooks have gone through", f"≤ {FLAT} ×",
            f"{after / before:.2f} ×", is_met=after / before <= FLAT,
        )  # fmt: skip


def _churned() -> list[Operation]:
    return [each for each in OPERATIONS if each.name.endswith(("webhooks claimed", "webhooks settled"))]


async def _alone(world: World, operation: Operation, rounds: int) -> float:
    cost = Costs()
    for _ in range(rounds):
        await _once(world, operation, cost)
    return statistics.median(cost.waited_ms)


async def _go_through(world: World, steps: int) -> int:
    """Insert, claim or settle, and finish CHURN_STEP webhooks so many times; returns how many that were."""
    for _ in range(steps):
        await world.connection.execute(_CHURN_IN, FIRST_SALON, world.salons, CHURN_LIFECYCLE, CHURN_STEP)
        while await world.inbox.settle_kept(CHURN_STEP) >= CHURN_STEP - CHURN_LIFECYCLE:
            pass
        while claimed := await world.inbox.claim_due(CHURN_LIFECYCLE):
            await world.connection.execute(_CHURN_OUT, [each.webhook_id for each in claimed])
    return steps * CHURN_STEP


def _explained(sizes: Sizes, command: str) -> str:
    """Return the page of plans: every hot query where the database is largest."""
    lines = [
        "# Plans of the hot queries", "",
        f"`{command}`: each statement of each operation on {sizes.worlds[-1].salons:,} installs, explained while it "
        "ran. Statements that every operation shares stand once.", "",
    ]  # fmt: skip
    seen: set[str] = set()
    for name, plans in sizes.plans.items():
        lines += [f"## {name}", ""]
        for statement, plan in plans:
            if statement not in seen:
                lines += ["```sql", statement, "```", "", "```text", plan, "```", ""]
            seen.add(statement)
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
