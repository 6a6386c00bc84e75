"""The programs that `bench door` and `bench processes` put a load on: started, pinned, counted, ended."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg

from gateway.domain.signatures import webhook_key_digest
from gateway.storage.embedded import EmbeddedPostgres
from tests.bench._machine import cpu_seconds, pin
from tests.support.crowd import seed
from tests.support.processes import ROOT, clean_environment, command_of, free_port, settings_of
from tests.support.waiting import until

SALONS = 1_000
READY_WITHIN_S = 30.0
DRAINED_WITHIN_S = 120.0
SERVER_CORE, OTHER_CORE = 0, 1
"""The side under load has a core to itself; Postgres and the load share the other."""


@dataclass(frozen=True, slots=True)
class Round:
    """One round of load on one side: accepted a second, times in ms, and what it cost in processor seconds."""

    per_s: float
    p50_ms: float
    p99_ms: float
    accepted: int
    refused: int
    cpu_s: float
    """Of the side itself, until everything it had accepted was worked through."""

    database_cpu_s: float

    @property
    def per_core(self) -> float:
        """Accepted per second of one core's time."""
        return self.accepted / self.cpu_s

    @property
    def database_ms(self) -> float:
        """Postgres' processor time for one that was accepted, in ms."""
        return self.database_cpu_s * 1000 / max(1, self.accepted)


@dataclass(slots=True)
class Side:
    """One program under load. `database` is whose inbox has to be empty before its costs are counted, if any."""

    name: str
    command: Sequence[str]
    port: int
    folder: Path
    settings: dict[str, str]
    database: str | None = None
    process: subprocess.Popen[bytes] | None = None

    async def start(self, *, is_pinned: bool = True) -> None:
        """Start it and wait until it takes connections; pinned, it has a core to itself."""
        self.process = self._launched()
        async with asyncio.timeout(READY_WITHIN_S):
            while not await _listens(self.port):
                assert self.process.poll() is None, f"{self.name} ended: {self._log.read_text()[-2000:]}"
        if is_pinned:
            pin([self.process.pid], [SERVER_CORE])

    def _launched(self) -> subprocess.Popen[bytes]:
        with self._log.open("wb") as log:
            return subprocess.Popen(
                self.command, cwd=self.folder, env=clean_environment(self.settings), stdin=subprocess.DEVNULL,
                stdout=log, stderr=log,
            )  # fmt: skip

    @property
    def _log(self) -> Path:
        return self.folder / f"{self.name.replace(' ', '-')}.log"

    def end(self) -> None:
        """SIGTERM, and SIGKILL when it takes its time."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    async def load(self, keys: Path, connections: int, seconds: float, postgres: EmbeddedPostgres) -> Round:
        """Put a load on it and wait until it has worked everything through."""
        assert self.process is not None
        before, database_before = cpu_seconds(self.process.pid), database_cpu_s(postgres)
        said = await run_load(self.port, keys, connections, seconds)
        if self.database is not None:
            await until_settled(self.database)
        cost, database_cost = (
            cpu_seconds(self.process.pid) - before,
            database_cpu_s(postgres) - database_before,
        )
        assert not said["broken"], f"{self.name} broke {said['broken']} connections"
        return Round(
            said["per_s"],
            said["p50_ms"],
            said["p99_ms"],
            said["accepted"],
            said["refused"],
            cost,
            database_cost,
        )


async def make_salons(url: str, keys: Path) -> None:
    """Fill a migrated database with salons whose webhooks are proven by a key, and write the keys down."""
    await seed(url, SALONS)
    connection = await asyncpg.connect(url)
    try:
        open_salons = await connection.fetch(
            "SELECT salon_id FROM installs WHERE closed_at IS NULL ORDER BY 1"
        )
        made = {f"key-of-salon-{row['salon_id']}-0123456789abcdef": row["salon_id"] for row in open_salons}
        await connection.executemany(
            "UPDATE installs SET webhook_key_digest = $2 WHERE salon_id = $1",
            [(salon_id, webhook_key_digest(key)) for key, salon_id in made.items()],
        )
    finally:
        await connection.close()
    await asyncio.to_thread(keys.write_text, json.dumps(made))


def gateway_side(name: str, url: str, folder: Path, server: str) -> Side:
    """The gateway itself, whole: whatever it accepts it works through meanwhile."""
    port = free_port()
    nowhere = "http://127.0.0.1:9"  # nobody is asked here: none of these webhooks needs a status read
    more = {"HTTP_SERVER": server, "RECONCILE_EVERY_S": "86400", "DATABASE_URL": url, "LOG_LEVEL": "warning"}
    folder.mkdir(exist_ok=True)
    return Side(name, command_of("serve"), port, folder, settings_of(port, nowhere, **more), url)


def floor_side(name: str, keys: Path, folder: Path, server: str) -> Side:
    """The same server with an application that keeps nothing."""
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.peers.floor_door", server, str(port), str(keys)]
    return Side(name, command, port, folder, {})


def prior_side(name: str, keys: Path, url: str, folder: Path, node: str) -> Side:
    """The earlier system's stack."""
    port = free_port()
    program = ROOT / "tests" / "bench" / "peers" / "prior_door.js"
    return Side(
        name, [node, str(program), str(port), url, str(keys)], port, folder, {"NODE_ENV": "production"}
    )


async def run_load(port: int, keys: Path, connections: int, seconds: float) -> dict[str, Any]:
    """Run the load in a process of its own and return what it says."""
    arguments = (str(port), str(keys), str(connections), str(seconds))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench._webhook_load", *arguments, cwd=ROOT, env=clean_environment({}),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    pin([process.pid], [OTHER_CORE])
    out, _ = await process.communicate()
    assert process.returncode == 0, "the load failed"
    said: dict[str, Any] = json.loads(out)
    return said


async def until_settled(url: str) -> None:
    """Wait until no webhook waits to be worked."""
    connection = await asyncpg.connect(url)
    waiting = "SELECT EXISTS (SELECT 1 FROM webhook_inbox WHERE state = 'pending')"

    async def is_settled() -> bool:
        return not await connection.fetchval(waiting)

    try:
        await until(is_settled, timeout_s=DRAINED_WITHIN_S, what="an empty inbox")
    finally:
        await connection.close()


async def pgbench(postgres: EmbeddedPostgres, url: str, script: Path, clients: int, seconds: int) -> float:
    """Return the transactions a second of a script in which each is one durable insert of the same row."""
    parts = urlsplit(url)
    command = [
        str(postgres.bin_dir / "pgbench"), "--no-vacuum", "--file", str(script), "--client", str(clients),
        "--jobs", "1",
        "--time", str(seconds), "--protocol", "prepared", "--host", parse_qs(parts.query)["host"][0],
        "--username", "postgres", parts.path.removeprefix("/"),
    ]  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, said = await process.communicate()
    assert process.returncode == 0, said.decode()
    line = next(line for line in out.decode().splitlines() if line.startswith("tps ="))
    return float(line.split()[2])


def database_cpu_s(postgres: EmbeddedPostgres) -> float:
    """Return what the server's processes that live now have used, in processor seconds."""
    return cpu_seconds(*server_pids(postgres))


def server_pids(postgres: EmbeddedPostgres) -> list[int]:
    """Return the server's own process and all it has started."""
    main = int((postgres.pgdata / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
    children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
    return [main, *(int(child) for child in children)]


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        await asyncio.sleep(0.05)
        return False
    writer.close()
    await writer.wait_closed()
    return True
