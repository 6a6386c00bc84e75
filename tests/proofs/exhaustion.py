"""What a gateway needs runs out: disk, descriptors, connections of the pool and of Postgres. No restart helps it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from gateway.clock import SystemClock
from gateway.storage.database import Storage
from gateway.storage.embedded import EmbeddedPostgres
from gateway.storage.schema import migrate
from tests.proofs._proof import Proof, Proving, main
from tests.support.postgres_gate import PostgresGate, gate_before_postgres
from tests.support.processes import Town, embedded_data_dir, running_town
from tests.support.waiting import until
from tests.support.webhook_stream import Stream, judge

MAX_CONNECTIONS = 24
DISK_BYTES = 1024 * 1024
FILLER_BYTES = 60_000
LASTS_S = 3.0
HEALED_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class _Site:
    """A gateway in a process of its own, its Postgres behind a gate and its own way to it."""

    town: Town
    gate: PostgresGate
    url: str

    @property
    def pid(self) -> int:
        """The gateway's process."""
        return self.town.gateway.program.pid


async def _disk_full(site: _Site) -> None:
    """Postgres is away and no file may grow: the spool has no room, as on a full disk."""
    limits = resource.prlimit(site.pid, resource.RLIMIT_FSIZE)
    await site.gate.cut("refused")
    resource.prlimit(site.pid, resource.RLIMIT_FSIZE, (DISK_BYTES, limits[1]))
    await asyncio.sleep(LASTS_S)
    resource.prlimit(site.pid, resource.RLIMIT_FSIZE, limits)
    await asyncio.sleep(LASTS_S)  # there is room again, and Postgres still away
    await site.gate.restore()


async def _no_descriptors(site: _Site) -> None:
    """No file, no socket can be opened any more, and Postgres goes away."""
    limits = resource.prlimit(site.pid, resource.RLIMIT_NOFILE)
    is_open = len(os.listdir(f"/proc/{site.pid}/fd"))
    resource.prlimit(site.pid, resource.RLIMIT_NOFILE, (is_open, limits[1]))
    await site.gate.cut("refused")
    await asyncio.sleep(LASTS_S)
    await site.gate.restore()
    await asyncio.sleep(LASTS_S)
    resource.prlimit(site.pid, resource.RLIMIT_NOFILE, limits)


async def _pool_exhausted(site: _Site) -> None:
    """Somebody locks the inbox, so that every connection of the pool ends up waiting."""
    async with _connected(site.url) as connection, connection.transaction():
        await connection.execute("LOCK TABLE webhook_inbox IN ACCESS EXCLUSIVE MODE")
        await asyncio.sleep(2 * LASTS_S)


async def _server_exhausted(site: _Site) -> None:
    """Others take every connection that Postgres has, the gateway's own among them."""
    async with AsyncExitStack() as stack:
        killer = await stack.enter_async_context(_connected(site.url))
        taken_until = time.monotonic() + LASTS_S
        while time.monotonic() < taken_until:
            await killer.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                "AND application_name = 'ai-admin-gateway'"
            )
            with contextlib.suppress(asyncpg.TooManyConnectionsError):
                while True:
                    await stack.enter_async_context(_connected(site.url))
            await asyncio.sleep(0.05)


CASES: dict[str, Callable[[_Site], Awaitable[None]]] = {
    "disk full": _disk_full, "pool exhausted": _pool_exhausted, "no descriptors": _no_descriptors,
    "server exhausted": _server_exhausted,
}  # fmt: skip
REFUSES = frozenset({"disk full"})
"""Where nothing can take a webhook, so that 503 must have been seen."""


async def work(proving: Proving) -> None:
    """Let each thing run out in turn, `runs` times in all."""
    proving.expect(proving.runs)
    seen = {name: {"taken": 0, "refused": 0, "unanswered": 0} for name in CASES}
    with embedded_data_dir() as data_dir:
        options = ("-c", f"max_connections={MAX_CONNECTIONS}", "-c", "fsync=off")
        with EmbeddedPostgres(data_dir, options=options) as server:
            await _migrated(server.url)
            async with gate_before_postgres(server.url) as gate, _running(proving.folder, gate) as town:
                for number in range(proving.runs):
                    name = list(CASES)[number % len(CASES)]
                    await _run(proving, _Site(town, gate, server.url), name, seen[name])
                    proving.step(name)
                proving.holds("R14", town.gateway.program.starts == 1, "it was started again")
                proving.holds("R14", await town.gateway.stop() == 0, "it did not end well")
    for name, counted in seen.items():
        proving.figure("R14", name, ", ".join(f"{count} {what}" for what, count in counted.items() if count))


async def _migrated(url: str) -> None:
    storage = Storage(url, pool_size=2, now=SystemClock().now)
    await migrate(storage)
    await storage.close()


@asynccontextmanager
async def _running(folder: Path, gate: PostgresGate) -> AsyncIterator[Town]:
    async with running_town(folder, DATABASE_URL=gate.url, DATABASE_POOL_SIZE="4", LOG_LEVEL="error") as town:
        await town.gateway.start()
        yield town


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def _run(proving: Proving, site: _Site, name: str, seen: dict[str, int]) -> None:
    filler = FILLER_BYTES if name in REFUSES else 0
    stream = Stream([site.town.gateway.url], filler_bytes=filler)
    sending = asyncio.create_task(stream.run(), name="stream")
    await asyncio.sleep(1)
    await CASES[name](site)
    over_at = time.monotonic()
    await until(
        lambda: _is_well(site.town, stream, over_at), timeout_s=HEALED_WITHIN_S, what=f"healed after {name}"
    )
    stream.end()
    await sending
    await until(
        lambda: _is_well(site.town, stream, over_at), timeout_s=HEALED_WITHIN_S, what="an empty spool"
    )
    refused = [each for each in stream.sent if each.status not in (0, 200)]
    seen["taken"] += len(stream.promised())
    seen["refused"] += len(refused)
    seen["unanswered"] += sum(each.status == 0 for each in stream.sent)
    proving.holds(
        "R14", all(each.status == 503 for each in refused), f"{name}: { ({each.status for each in refused}) }"
    )
    proving.holds("R14", bool(refused) or name not in REFUSES, f"{name}: nothing was refused")
    await _judge(proving, site, stream, name)
    proving.ran("R14")


async def _is_well(town: Town, stream: Stream, since: float) -> bool:
    """Whether webhooks are taken again and the spool is empty."""
    is_empty = not (town.folder / "spool" / "in-use").exists()
    return is_empty and any(each.status == 200 and each.at > since for each in stream.sent)


async def _judge(proving: Proving, site: _Site, stream: Stream, name: str) -> None:
    verdict = await judge(site.url, stream)
    for salon_id, number in verdict.lost:
        proving.lost("R14", f"{name}: webhook {number} of salon {salon_id}")
    for salon_id, number in verdict.doubled:
        proving.doubled("R14", f"{name}: webhook {number} of salon {salon_id}")
    for salon_id in verdict.disordered:
        proving.broke("R14", f"{name}: order of salon {salon_id}")
    async with _connected(site.url) as connection:
        await connection.execute("TRUNCATE webhook_inbox")


PROOF = Proof("exhaustion", ("R14",), work, runs=20, short=4)

if __name__ == "__main__":
    sys.exit(main(PROOF))
