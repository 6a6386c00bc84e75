"""Bringing a database to the newest schema, by one process at a time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from playhouse.migrations import Runner

from gateway.storage.database import Storage, Transaction

MIGRATIONS_DIR = Path(__file__).parent / "migrations"
MIN_SERVER_VERSION = 150000
MIGRATE_WITHIN_S = 3600.0
"""How long one statement of a migration may take: an index over a year's webhooks is made in minutes, not seconds."""
_MIGRATION_LOCK = 0x4D_49_47_52


class SchemaError(Exception):
    """The database cannot be used: too old a server, or a schema newer than this program."""


@dataclass(frozen=True, slots=True)
class SchemaLevel:
    """Where a database stands: applied and pending migration names, and names this program does not know."""

    server_version: int
    applied: tuple[str, ...]
    pending: tuple[str, ...]
    unknown: tuple[str, ...]


async def migrate(storage: Storage) -> tuple[str, ...]:
    """Apply every pending migration under an advisory lock and return their names.

    Raises SchemaError when the server is too old or the schema is from a newer program.
    """

    def work(tx: Transaction) -> tuple[str, ...]:
        tx.sql("SELECT pg_advisory_xact_lock(%s)", _MIGRATION_LOCK)
        level = _level(tx)
        if level.server_version < MIN_SERVER_VERSION:
            raise SchemaError(f"Postgres {level.server_version // 10000} is too old: 15 or newer is needed")
        if level.unknown:
            raise SchemaError(f"the database was migrated by a newer program: {', '.join(level.unknown)}")
        return tuple(_runner(tx).up())

    patient = Storage(storage.url, pool_size=1, now=storage.now, statement_within_s=MIGRATE_WITHIN_S)
    try:
        return await patient.write(work)
    finally:
        await patient.close()


async def schema_level(storage: Storage) -> SchemaLevel:
    """Read where the database stands without changing it."""
    return await storage.read(_level)


def _level(tx: Transaction) -> SchemaLevel:
    version = int(tx.sql("SELECT current_setting('server_version_num') AS number")[0]["number"])
    status = _runner(tx).status()
    return SchemaLevel(
        server_version=version,
        applied=tuple(row.name for row in status if row.applied),
        pending=tuple(row.name for row in status if not row.applied),
        unknown=tuple(row.name for row in status if row.path is None),
    )


def _runner(tx: Transaction) -> Runner:
    return Runner(tx.db, str(MIGRATIONS_DIR))
