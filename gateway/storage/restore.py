"""Bringing a backup back: beside the database first, made safe to run, and only then in its place.

What was under way when the backup was made is not simply done again: messages may have been sent since, calls made,
installs closed. `_SETTLED` says what becomes of each.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from dataclasses import replace as replaced
from datetime import datetime
from pathlib import Path

import asyncpg

from gateway.application.records import ChainReport
from gateway.clock import SystemClock
from gateway.storage.backup import audit_of, connected, content_of, create_like, load, server_version
from gateway.storage.database import Storage, Transaction
from gateway.storage.postgres_programs import BackupError, database_of, programs_for, with_database
from gateway.storage.schema import SchemaError, migrate

JUMP = 10**9
"""How far numbers that others remember are put forward: further than the lost part of the log can have come."""

RESTORED = "database_restored"
_SETTLED = {
    "processes": "DELETE FROM process_liveness",
    "webhooks": "UPDATE webhook_inbox SET claimed_by = NULL, claimed_until = NULL WHERE claimed_by IS NOT NULL",
    # Whether they were made since, only YCLIENTS knows: it is asked before anything is sent.
    "calls": """
        UPDATE partner_calls SET claimed_by = NULL, claimed_until = NULL, outcome_unknown = true
        WHERE state = 'waiting' AND kind = 'activate'
    """,
    # The salon may have been connected anew since: a person decides.
    "uninstalls": """
        UPDATE partner_calls SET claimed_by = NULL, claimed_until = NULL, state = 'held', reason = 'restored'
        WHERE state = 'waiting' AND kind = 'uninstall'
    """,
    # They may have been sent since; a customer is not written to twice.
    "messages": """
        UPDATE whatsapp_sends SET status = 'unknown', payload_sealed = NULL, error = 'restored'
        WHERE status IN ('queued', 'sending')
    """,
    # The numbers of engine starts and of their events go on where nobody can have seen them.
    "sessions": """
        UPDATE whatsapp_sessions SET lease_owner = NULL, lease_expires_at = NULL, lease_epoch = lease_epoch + 1000000,
            generation = generation + 1000000, engine_generation = engine_generation + 1000000,
            last_seq = last_seq + 1000000, version = nextval('whatsapp_session_version_seq')
    """,
    "salons": """
        UPDATE companies SET whatsapp_generation = whatsapp_generation + 1000000, whatsapp_seq = whatsapp_seq + 1000000
    """,
}


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """A backup that was brought back: what it held, what was applied to it and what became of what was under way."""

    database: str
    rows: int
    migrated: tuple[str, ...]
    settled: dict[str, int]
    audit: ChainReport
    staff: int
    kept_as: str | None = None
    newest_event_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Where a backup is to go."""

    url: str
    exists: bool
    holds_data: bool
    gateways: int

    @property
    def database(self) -> str:
        """Name of the database."""
        return database_of(self.url)


async def look_at(url: str) -> Target:
    """Say what is there already. Raises BackupError when the server does not answer."""
    async with _maintenance(url) as server:
        exists = await server.fetchval(
            "SELECT count(*) FROM pg_database WHERE datname = $1", database_of(url)
        )
        gateways = await server.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND application_name = 'ai-admin-gateway'",
            database_of(url),
        )
    if not exists:
        return Target(url, exists=False, holds_data=False, gateways=0)
    async with connected(url) as connection:
        tables = await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
    return Target(url, exists=True, holds_data=bool(tables), gateways=gateways)


async def restore(file: Path, target: Target, *, replace: bool = False) -> RestoreReport:
    """Bring a backup back and put it into its place. Raises BackupError; the place is then as it was.

    A database that holds data is kept under another name, which the report tells.
    """
    if target.holds_data and not replace:
        raise BackupError(f"В базе «{target.database}» есть данные / {target.database} holds data: --replace")
    if target.gateways:
        raise BackupError("Сначала остановите шлюз / stop the gateway first")
    async with _maintenance(target.url) as server:
        programs = programs_for(await server_version(server))
        programs.run_alone("pg_restore", "--list", str(file))
        staged = f"ai_admin_restored_{secrets.token_hex(6)}"
        await create_like(server, staged)
        try:
            staged_url = with_database(target.url, staged)
            await load(staged_url, file, programs)
            report = await _made_ready(staged_url, target.database)
            kept_as = await _put_in_place(server, staged, target)
        finally:
            await server.execute(f'DROP DATABASE IF EXISTS "{staged}" WITH (FORCE)')
    return replaced(report, kept_as=kept_as)


async def _made_ready(url: str, database: str) -> RestoreReport:
    """Migrate what is older, and settle what was under way."""
    async with connected(url) as connection:
        content = await content_of(connection)
    if not content.migrations:
        raise BackupError("В копии нет схемы шлюза / the file does not hold the gateway's schema")
    storage = Storage(url, pool_size=1, now=SystemClock().now)
    try:
        migrated = await migrate(storage)
        newest, settled, staff = await storage.write(_settle)
        await storage.write(_tell_versions)
    except SchemaError as error:
        raise BackupError(f"Схема копии не подходит / the schema of the copy does not fit: {error}") from None
    finally:
        await storage.close()
    return RestoreReport(database, content.rows, migrated, settled, await audit_of(url), staff, None, newest)


def _settle(tx: Transaction) -> tuple[datetime | None, dict[str, int], int]:
    newest = tx.sql("SELECT id, at FROM marketplace_events ORDER BY id DESC LIMIT 1")
    tx.sql(
        "SELECT setval('whatsapp_session_version_seq', nextval('whatsapp_session_version_seq') + %s)", JUMP
    )
    tx.sql(
        "SELECT setval(pg_get_serial_sequence('marketplace_events', 'id'), %s)",
        (newest[0]["id"] if newest else 0) + JUMP,
    )
    settled = {name: tx.count(statement) for name, statement in _SETTLED.items()}
    tx.append(RESTORED, until=newest[0]["at"].isoformat() if newest else None)
    staff = tx.sql("SELECT count(*) AS count FROM staff WHERE revoked_at IS NULL")[0]["count"]
    return newest[0]["at"] if newest else None, settled, staff


def _tell_versions(tx: Transaction) -> None:
    """Give everything a version above what pages and consoles have seen of the lost part."""
    restored = tx.sql("SELECT max(id) AS id FROM marketplace_events")[0]["id"]
    tx.count("UPDATE companies SET version = %s", restored)
    for table in ("bulk_retries", "fix_plans", "sweeps"):
        tx.count(f"UPDATE {table} SET version = %s", restored)


async def _put_in_place(server: asyncpg.Connection, staged: str, target: Target) -> str | None:
    """Give the restored database the target's name; both renames are one transaction."""
    kept_as = None
    try:
        if target.exists and not target.holds_data:
            await server.execute(f'DROP DATABASE "{target.database}"')
        async with server.transaction():
            if target.holds_data:
                kept_as = f"{target.database[:40]}_before_{SystemClock().now():%Y%m%d_%H%M%S}"
                await server.execute(f'ALTER DATABASE "{target.database}" RENAME TO "{kept_as}"')
            await server.execute(f'ALTER DATABASE "{staged}" RENAME TO "{target.database}"')
    except asyncpg.ObjectInUseError:
        raise BackupError(
            f"К базе «{target.database}» кто-то подключён: отключите и повторите / somebody is connected to "
            f"{target.database}: disconnect and repeat"
        ) from None
    return kept_as


@contextlib.asynccontextmanager
async def _maintenance(url: str) -> AsyncIterator[asyncpg.Connection]:
    """Give a connection to a database of the same server that is not the one in question."""
    name = "template1" if database_of(url) == "postgres" else "postgres"
    async with connected(with_database(url, name)) as connection:
        yield connection
