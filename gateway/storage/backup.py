"""A backup that has proven itself: dumped from one snapshot, restored into a scratch database, compared row by row.

The file gets its name only when everything held, so a file that is there is a backup. Nothing is stopped for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from gateway.application.records import ChainReport
from gateway.clock import SystemClock
from gateway.storage.audit_store import AuditStore
from gateway.storage.database import Storage
from gateway.storage.postgres_programs import (
    BackupError,
    Programs,
    database_of,
    programs_for,
    with_database,
)

PRIVATE = 0o600
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
_CONTENT = (
    "SELECT count(*) AS rows, coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text AS said FROM {} t"
)
_LIKE = """
    SELECT pg_encoding_to_char(encoding) AS encoding, datcollate, datctype FROM pg_database
    WHERE datname = current_database()
"""


@dataclass(frozen=True, slots=True)
class Content:
    """What a database holds: of each table how many rows and a digest over all of them; and its migrations."""

    tables: dict[str, tuple[int, str]]
    migrations: tuple[str, ...]

    @property
    def rows(self) -> int:
        """Rows of every table together."""
        return sum(count for count, _ in self.tables.values())

    def differs_in(self, other: Content) -> list[str]:
        """Return the tables that are not the same in both."""
        names = sorted(self.tables.keys() | other.tables.keys())
        return [name for name in names if self.tables.get(name) != other.tables.get(name)]


@dataclass(frozen=True, slots=True)
class BackupReport:
    """A backup that was made and verified; `size` in bytes."""

    file: Path
    size: int
    seconds: float
    content: Content
    audit: ChainReport


async def back_up(url: str, file: Path) -> BackupReport:
    """Write a verified backup to `file`, which must not exist. Raises BackupError; then there is no such file."""
    began = time.monotonic()
    staged = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        _stage(staged, file)
        programs, content = await _dump(url, staged)
        audit = await _verify(url, staged, programs, content)
        staged.rename(file)
        _sync(file.parent)
    except OSError as error:
        raise BackupError(f"{error.filename or file}: {error.strerror}") from error
    finally:
        staged.unlink(missing_ok=True)
    return BackupReport(file, _size(file), time.monotonic() - began, content, audit)


async def content_of(connection: asyncpg.Connection) -> Content:
    """Read what a database holds."""
    names = [row["tablename"] for row in await connection.fetch(_TABLES)]
    tables = {}
    for name in names:
        row = await connection.fetchrow(_CONTENT.format(f'"{name}"'))
        tables[name] = (row["rows"], row["said"])
    applied = (
        await connection.fetch("SELECT name FROM schema_migration ORDER BY name")
        if "schema_migration" in names
        else []
    )
    return Content(tables, tuple(row["name"] for row in applied))


async def _dump(url: str, staged: Path) -> tuple[Programs, Content]:
    """Dump what one snapshot sees and read from the same snapshot what must be found in the dump."""
    async with connected(url) as connection:
        programs = programs_for(await server_version(connection))
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
            arguments = (
                "--format=custom",
                "--no-owner",
                "--no-acl",
                f"--snapshot={snapshot}",
                f"--file={staged}",
            )
            await asyncio.to_thread(programs.run, "pg_dump", url, *arguments)
            content = await content_of(connection)
    if not content.migrations:
        raise BackupError("В этой базе нет схемы шлюза / this database does not hold the gateway's schema")
    return programs, content


async def _verify(url: str, staged: Path, programs: Programs, content: Content) -> ChainReport:
    async with scratch_database(url) as scratch:
        await load(scratch, staged, programs)
        async with connected(scratch) as connection:
            found = await content_of(connection)
        if differing := content.differs_in(found):
            raise BackupError(f"Копия не сошлась / the copy differs: {', '.join(differing)}")
        return await audit_of(scratch)


async def audit_of(url: str) -> ChainReport:
    """Verify the audit's chain of a database."""
    storage = Storage(url, pool_size=1, now=SystemClock().now)
    try:
        return await AuditStore(storage).verify()
    finally:
        await storage.close()


async def load(url: str, file: Path, programs: Programs) -> None:
    """Restore a file into an empty database, as a whole or not at all. Raises BackupError."""
    arguments = ("--no-owner", "--no-acl", "--exit-on-error", "--single-transaction", str(file))
    await asyncio.to_thread(programs.run, "pg_restore", url, *arguments)


@contextlib.asynccontextmanager
async def scratch_database(url: str) -> AsyncIterator[str]:
    """Make an empty database beside another one, and drop it afterwards unless it was renamed meanwhile."""
    name = f"ai_admin_scratch_{secrets.token_hex(6)}"
    async with connected(url) as connection:
        await create_like(connection, name)
    try:
        yield with_database(url, name)
    finally:
        async with connected(url) as connection:
            await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


async def create_like(connection: asyncpg.Connection, name: str) -> None:
    """Create an empty database with the encoding and the order of the connected one. Raises BackupError."""
    like = await connection.fetchrow(_LIKE)
    collate, ctype = (like[each].replace("'", "''") for each in ("datcollate", "datctype"))
    try:
        await connection.execute(
            f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING '{like['encoding']}' "
            f"LC_COLLATE '{collate}' LC_CTYPE '{ctype}'"
        )
    except asyncpg.InsufficientPrivilegeError:
        raise BackupError(
            "Пользователю базы нужно право CREATEDB: копия проверяется восстановлением рядом / the database user "
            "needs CREATEDB: the copy is verified by restoring it beside"
        ) from None


@contextlib.asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """Give a connection for the time of a block. Raises BackupError when there is no database to connect to."""
    try:
        connection = await asyncpg.connect(url, timeout=10, server_settings={"timezone": "UTC"})
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        name = database_of(url)
        raise BackupError(f"База «{name}» не отвечает / does not answer: {type(error).__name__}") from error
    try:
        yield connection
    finally:
        await connection.close()


async def server_version(connection: asyncpg.Connection) -> int:
    """Return the server's version as a number, such as 180004."""
    return int(await connection.fetchval("SELECT current_setting('server_version_num')"))


def _stage(staged: Path, file: Path) -> None:
    """Make the file that is written to, for nobody else to read. Raises BackupError when the real one is there."""
    if file.exists():
        raise BackupError(f"{file}: уже есть / exists already")
    os.close(os.open(staged, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE))


def _size(file: Path) -> int:
    return file.stat().st_size


def _sync(folder: Path) -> None:
    """Make a rename survive a power cut."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
