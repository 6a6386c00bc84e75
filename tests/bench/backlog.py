"""Backlog: a hundred thousand webhooks that wait are drained, and calls that wait are made at the pace YCLIENTS allows.

Both as after an outage: a gateway starts, as a process of its own, on a database that is full of what came meanwhile.
Most webhooks are only to be kept (of kinds nobody knows; entity notices are done with at the door and never wait here);
some may change something but concern no install of ours; some tell of a payment, and each of those costs a status read
at YCLIENTS, here the sandbox, which counts and judges every request.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import asyncpg

from gateway.application.ports import Clock
from gateway.bootstrap import Gateway
from gateway.clock import SystemClock
from gateway.config import Settings
from gateway.sandbox.catalogue import Salon
from gateway.sandbox.links import Activation
from gateway.storage.budget import PER_MINUTE, PER_SECOND
from gateway.storage.database import Storage
from gateway.storage.embedded import EmbeddedPostgres
from tests.bench._machine import cpu_seconds, with_children
from tests.bench._report import Report, command_of, finish, parser, say
from tests.support.crowd import FIRST_SALON, seed
from tests.support.databases import Databases, folder_in_memory
from tests.support.harness import Harness, settings_for
from tests.support.processes import Town, running_town
from tests.support.waiting import until
from tests.support.waiting_calls import leave_waiting, states_of, wrongly_done

NAME = "backlog"
USED_AT_LEAST = 0.95
LOOK_EVERY_S = 0.25
STRANGE_SALON = 7_000_000
"""From here on salons are nobody's."""

_WAITING = """
    INSERT INTO webhook_inbox (peer, proof, kind, event, salon_id, resource_id, body, digest,
        received_at, next_attempt_at)
    SELECT '203.0.113.7', 'partner_token', $1::text, $2::text,
        $3::bigint + (n * 7919) % $4::bigint, n::text,
        format('{"event":"%s","filler":"%s"}', $2::text, repeat('x', 370)), sha256(($2::text || n)::bytea),
        now() - interval '1 hour', now() - interval '1 hour'
    FROM generate_series(1, $5::int) AS n ORDER BY (n * 7919) % 100003
"""
_DRAINED = """
    SELECT kind, outcome, count(*) AS rows, extract(epoch FROM max(processed_at) - min(processed_at))::float8 AS took_s
    FROM webhook_inbox WHERE state = 'done' GROUP BY kind, outcome ORDER BY 3 DESC
"""
_LEFT = "SELECT count(*) FROM webhook_inbox WHERE state = 'pending'"
KINDS = {"kept": "only kept", "no_install": "of nobody's salon", "applied": "payments, a status read each"}


@dataclass(slots=True)
class _Beside:
    """What the gateway's process was made with, for those who write into its database."""

    storage: Storage
    settings: Settings
    clock: Clock


@dataclass(frozen=True, slots=True)
class Sample:
    """How many requests YCLIENTS had counted at a moment, and how many calls still waited."""

    at_s: float
    requests: int
    left: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; the exit code is 1 when a goal is missed."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser().parse_args(given)
    if options.quick:
        options.webhooks, options.strange, options.payments, options.calls = 5_000, 200, 10, 20
    report = Report(NAME, "Backlog: what waited is worked off", command_of(NAME, given))
    with tempfile.TemporaryDirectory(prefix="ai-admin-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with folder_in_memory(folder) as data, EmbeddedPostgres(data / "postgres") as server:
            asyncio.run(_measure(server, folder, report, options))
    return finish(report, is_recorded=options.record)


def _parser() -> argparse.ArgumentParser:
    made = parser(NAME, __doc__)
    made.add_argument("--webhooks", type=int, default=100_000, help="all of them")
    made.add_argument("--strange", type=int, default=3_000, help="those that concern no install of ours")
    made.add_argument("--payments", type=int, default=100, help="those that cost a status read")
    made.add_argument("--calls", type=int, default=300, help="activations that wait; each costs two requests")
    made.add_argument("--salons", type=int, default=20_000)
    made.add_argument("--quick", action="store_true", help="few of everything, to see that it works")
    return made


async def _measure(
    server: EmbeddedPostgres, folder: Path, report: Report, options: argparse.Namespace
) -> None:
    databases = Databases(server)
    await databases.prepare()
    postmaster = int((server.pgdata / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
    for phase in (_webhooks, _calls):
        url = await databases.fresh()
        home = folder / phase.__name__
        home.mkdir()
        async with running_town(home, DATABASE_URL=url, sandbox_config={"pending_ttl_s": 7 * 86_400}) as town:
            await phase(town, postmaster, report, options)
        await databases.drop(url)


async def _webhooks(town: Town, postmaster: int, report: Report, options: argparse.Namespace) -> None:
    connection = await asyncpg.connect(town.harness.database_url)
    try:
        await _leave_webhooks(town, connection, options)
        say(f"draining {options.webhooks:,} webhooks")
        await town.gateway.start()
        before = _processor_s(town, postmaster)
        while left := await connection.fetchval(_LEFT):
            if left > options.payments + options.strange:
                done, at_work = options.webhooks - left, _processor_s(town, postmaster)
            await asyncio.sleep(LOOK_EVERY_S)
        rows = await connection.fetch(_DRAINED)
    finally:
        await connection.close()
    table = report.table("Webhooks drained by one process", "kind", "rows", "s", "rows/s")
    report.figures["drained"] = {}
    for row in rows:
        rate = row["rows"] / row["took_s"] if row["took_s"] else 0.0
        table.add(KINDS.get(row["outcome"], row["outcome"]), row["rows"], row["took_s"], rate)
        report.figures["drained"][row["outcome"]] = {
            "rows": row["rows"], "took_s": row["took_s"], "rows_per_s": rate,
        }  # fmt: skip
    costs = {name: (at_work[name] - before[name]) * 1e6 / done for name in before}
    report.figures["processor_us_a_row"] = costs
    report.note(
        f"A row costs the gateway {costs['gateway']:.0f} µs of processor time and Postgres {costs['postgres']:.0f} µs. "
        "Payments wait for the limit of requests, not for us."
    )
    wanted = {"kept": options.webhooks - options.strange - options.payments, "no_install": options.strange,
              "applied": options.payments}  # fmt: skip
    done = {row["outcome"]: row["rows"] for row in rows}
    report.goal(
        "every webhook has the outcome that is its due",
        "all",
        f"{sum(done.values()):,}",
        is_met=done == wanted,
    )


async def _leave_webhooks(town: Town, connection: asyncpg.Connection, options: argparse.Namespace) -> None:
    """Fill the database with salons and with what came for them while nobody worked."""
    say(f"seeding {options.salons:,} salons and {options.webhooks:,} webhooks")
    await seed(town.harness.database_url, options.salons)
    paying = await connection.fetch(
        "SELECT salon_id FROM installs WHERE partner_state = 'active' ORDER BY id LIMIT $1", options.payments
    )
    market = town.sandbox.market
    for row in paying:
        salon_id = row["salon_id"]
        market.add_salon(Salon(salon_id, f"Салон {salon_id}", "Тверь", "", "", "Europe/Moscow"))
        market.connect([salon_id])
        market.see_activation(salon_id, "key")
        market.activate(salon_id, Activation("key", ()))
    kept = options.webhooks - options.strange - options.payments
    await connection.execute(_WAITING, "unknown", "record", FIRST_SALON, options.salons, kept)
    await connection.execute(
        _WAITING, "lifecycle", "payment", STRANGE_SALON, options.strange, options.strange
    )
    for row in paying:
        await connection.execute(_WAITING, "lifecycle", "payment", row["salon_id"], 1, 1)
    await connection.execute(
        "UPDATE webhook_inbox SET digest = sha256(id::text::bytea) WHERE kind = 'lifecycle'"
    )
    await connection.execute("VACUUM (ANALYZE) webhook_inbox")


async def _calls(town: Town, postmaster: int, report: Report, options: argparse.Namespace) -> None:
    harness = _beside(town)
    waiting = await leave_waiting(harness, options.calls, unknown=0.0, done=0.0)
    await harness.gateway.storage.write(
        lambda tx: tx.count("UPDATE partner_calls SET next_attempt_at = now()")
    )
    say(f"making the calls of {options.calls:,} installs")
    await town.gateway.start()
    samples: list[Sample] = []
    while not samples or samples[-1].left:
        await asyncio.sleep(LOOK_EVERY_S)
        left = await harness.rows("SELECT count(*) AS n FROM partner_calls WHERE finished_at IS NULL")
        samples.append(Sample(time.monotonic(), market_report(town)["calls_total"], left[0]["n"]))
    await until(lambda: _all_active(harness, options.calls), what="every install active")
    _report_calls(report, market_report(town), samples, options.calls, wrongly_done(harness, waiting.all))


def market_report(town: Town) -> Mapping[str, Any]:
    """Return what the sandbox's referee has counted."""
    return town.sandbox.market.report()


async def _all_active(harness: Harness, count: int) -> bool:
    return (await states_of(harness)).get("active", 0) == count


def _report_calls(
    report: Report, counted: Mapping[str, Any], samples: Sequence[Sample], calls: int, wrong: Sequence[str]
) -> None:
    """Judge the pace from the first request until a tenth of the calls is left: the end has too few to send."""
    steady = [each for each in samples if each.requests and each.left >= calls / 10]
    took_s = steady[-1].at_s - steady[0].at_s
    made = steady[-1].requests - steady[0].requests
    # A window of any length may hold a full minute's worth at its start: what is allowed over it counts that in.
    allowed = min(PER_SECOND * took_s, PER_MINUTE * max(1.0, took_s / 60))
    share = made / allowed
    table = report.table(
        "Calls that waited", "installs", "requests", "s", "a minute", "most in 1 s", "most in 60 s", "429"
    )
    table.add(
        f"{calls:,}", made, took_s, made / took_s * 60, counted["max_per_second"], counted["max_per_minute"],
        counted["limited"],
    )  # fmt: skip
    report.figures["calls"] = {
        "requests": made, "took_s": took_s, "share": share, "limited": counted["limited"],
        "max_per_second": counted["max_per_second"], "max_per_minute": counted["max_per_minute"],
    }  # fmt: skip
    report.goal(
        "requests made of those allowed (5 a second, 200 a minute)", f"≥ {USED_AT_LEAST:.0%}", f"{share:.1%}",
        is_met=share >= USED_AT_LEAST,
    )  # fmt: skip
    report.goal("answers 429", "none", counted["limited"], is_met=counted["limited"] == 0)
    report.goal("salons activated other than once with one key", "none", len(wrong), is_met=not wrong)


def _beside(town: Town) -> Harness:
    """Return the town's harness with what is needed to write for its gateway."""
    told, storage = town.harness, town.harness.gateway.storage
    beside = _Beside(storage, settings_for(town.gateway.url, town.sandbox_url), SystemClock())
    return Harness(cast(Gateway, beside), told.sandbox, told.http, told.url, told.database_url)


def _processor_s(town: Town, postmaster: int) -> dict[str, float]:
    """Return the processor time used so far, in seconds: the gateway's, and the server's with all its processes."""
    return {
        "gateway": cpu_seconds(town.gateway.program.pid), "postgres": cpu_seconds(*with_children(postmaster)),
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
