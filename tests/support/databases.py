"""One embedded Postgres for the whole test run; each test gets a database copied from a migrated template."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from gateway.clock import SystemClock
from gateway.storage.database import Storage
from gateway.storage.embedded import EmbeddedPostgres
from gateway.storage.schema import migrate

TEMPLATE = "template_migrated"
_RAM_DISK = Path("/dev/shm")
_ROOM_BYTES = 4 * 1024**3
_numbers = itertools.count(1)


class Databases:
    """Makes databases on one server."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self.server = server

    async def prepare(self) -> None:
        """Make the migrated template."""
        await self._execute(f"CREATE DATABASE {TEMPLATE}")
        storage = Storage(self.server.url_of(TEMPLATE), pool_size=2, now=SystemClock().now)
        await migrate(storage)
        await storage.close()

    async def fresh(self, *, template: str = TEMPLATE) -> str:
        """Return the address of a new database with the newest schema (`template0` for an empty one)."""
        name = f"test_{next(_numbers)}"
        await self._execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return self.server.url_of(name)

    async def names(self) -> set[str]:
        """Return the names of the databases there are."""
        connection = await asyncpg.connect(self.server.url)
        try:
            return {row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")}
        finally:
            await connection.close()

    async def drop(self, url: str) -> None:
        """Drop a database made by `fresh`, whoever is still connected."""
        name = urlsplit(url).path.removeprefix("/")
        await self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.server.url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@contextmanager
def folder_in_memory(otherwise: Path) -> Iterator[Path]:
    """A folder on the RAM disk, where there is one with room: making and dropping databases is mostly work on files."""
    if not _RAM_DISK.is_dir() or shutil.disk_usage(_RAM_DISK).free < _ROOM_BYTES:
        yield otherwise
        return
    with tempfile.TemporaryDirectory(prefix="ai-admin-tests-", dir=_RAM_DISK) as name:
        Path(name).chmod(0o755)  # as root the server is another user, who must be able to reach it
        yield Path(name)


@contextmanager
def server_for_tests(folder: Path) -> Iterator[EmbeddedPostgres]:
    """Run the tests' Postgres, without fsync, since no test cuts the power, and remove its cluster afterwards."""
    with EmbeddedPostgres(folder, options=("-c", "fsync=off", "-c", "full_page_writes=off")) as server:
        yield server
    shutil.rmtree(server.pgdata.parent, ignore_errors=True)
