"""Backups that are none are refused, and nothing is overwritten that somebody may need."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from gateway.bootstrap_admin import build_tokens
from gateway.clock import SystemClock
from gateway.live.admin import DATABASE_RESTORED
from gateway.storage import backup as backup_module
from gateway.storage import postgres_programs
from gateway.storage.backup import back_up
from gateway.storage.backup_folder import BackupFolder
from gateway.storage.database import Storage
from gateway.storage.postgres_programs import (
    BackupError,
    Programs,
    programs_for,
    with_database,
    without_password,
)
from gateway.storage.restore import RESTORED, look_at, restore
from gateway.storage.schema import MIGRATIONS_DIR
from shared.vocabulary import StaffRole
from tests.support.databases import Databases
from tests.support.harness import Harness
from tests.support.processes import JWT_SECRET, run_command


async def drop(databases: Databases, name: str) -> None:
    await databases.drop(with_database(databases.server.url, name))


async def test_a_backup_is_private_verified_and_comes_back_whole(
    storage: Storage, database_url: str, databases: Databases, tmp_path: Path
) -> None:
    tokens = build_tokens(storage, JWT_SECRET, SystemClock())
    token = (await tokens.add("somebody", StaffRole.ADMIN)).token
    before, file = await databases.names(), tmp_path / "b.dump"
    report = await back_up(database_url, file)
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    assert report.size > 1000
    assert (report.content.tables["staff"][0], report.audit.is_whole, report.audit.count) == (1, True, 1)
    assert await databases.names() == before  # no scratch database is left
    await listed_for_what_they_are(tmp_path, database_url)
    url = with_database(database_url, "test_brought_back")
    brought = await restore(file, await look_at(url))
    assert (brought.migrated, brought.staff, brought.audit.is_whole, brought.kept_as) == ((), 1, True, None)
    again = Storage(url, pool_size=2, now=SystemClock().now)
    try:
        assert (await build_tokens(again, JWT_SECRET, SystemClock()).verify(token)).name == "somebody"
    finally:
        await again.close()
    await drop(databases, "test_brought_back")


async def listed_for_what_they_are(folder: Path, url: str) -> None:
    """A dump cut off in its list of contents, and one of another program's database, are no backups."""
    whole = (folder / "b.dump").read_bytes()
    (folder / "cut.dump").write_bytes(whole[:2000])
    (folder / "text.txt").write_text("no dump at all")
    other = with_database(url, "postgres")
    programs_for(180000).run("pg_dump", other, "--format=custom", f"--file={folder / 'other.dump'}")
    listing = BackupFolder(folder)
    told = {file.name: file.is_backup for file in await listing.files() or ()}
    assert told == {"b.dump": True, "cut.dump": False, "text.txt": False, "other.dump": False}
    (folder / "cut.dump").write_bytes(whole)
    again = {file.name: file.is_backup for file in await listing.files() or ()}
    assert again == told | {"cut.dump": True}, "what was written anew is read anew"


async def test_a_database_that_holds_data_is_only_replaced_when_asked_and_then_kept_aside(
    storage: Storage, database_url: str, databases: Databases, tmp_path: Path
) -> None:
    file = tmp_path / "b.dump"
    await back_up(database_url, file)
    await build_tokens(storage, JWT_SECRET, SystemClock()).add("later", StaffRole.ADMIN)
    with pytest.raises(BackupError, match="--replace"):
        await restore(file, await look_at(database_url))
    target = await look_at(database_url)
    assert target.gateways > 0
    with pytest.raises(BackupError, match="stop the gateway"):  # the pool of this test counts as one
        await restore(file, target, replace=True)
    await storage.close()
    report = await restore(file, await look_at(database_url), replace=True)
    assert report.kept_as is not None
    assert report.staff == 0
    kept = await asyncpg.connect(with_database(database_url, report.kept_as))
    assert await kept.fetchval("SELECT count(*) FROM staff") == 1
    await kept.close()
    await drop(databases, report.kept_as)


async def test_a_copy_that_differs_is_no_backup(
    storage: Storage, database_url: str, databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await build_tokens(storage, JWT_SECRET, SystemClock()).add("somebody", StaffRole.ADMIN)
    real = backup_module.load

    async def loses_a_row(url: str, file: Path, programs: Programs) -> None:
        await real(url, file, programs)
        connection = await asyncpg.connect(url)
        await connection.execute("UPDATE staff SET role = 'viewer'")
        await connection.close()

    monkeypatch.setattr(backup_module, "load", loses_a_row)
    before = await databases.names()
    with pytest.raises(BackupError, match="staff"):
        await back_up(database_url, tmp_path / "b.dump")
    assert os.listdir(tmp_path) == []
    assert await databases.names() == before


async def test_an_older_client_than_the_server_is_refused_before_anything_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str
) -> None:
    """Incident I-71: backups of 20 bytes, made by a client that was too old, that everybody took for good."""
    old = Programs(tmp_path, 14)
    monkeypatch.setattr(postgres_programs, "_installed", lambda: (old, None))
    with pytest.raises(BackupError, match="14"):
        programs_for(180000)
    with pytest.raises(BackupError, match="14"):
        await back_up(database_url, tmp_path / "b.dump")
    assert os.listdir(tmp_path) == []


def test_the_client_of_the_servers_own_version_is_taken_before_a_newer_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(
        postgres_programs, "_installed", lambda: (Programs(tmp_path, 18), Programs(tmp_path, 16))
    )
    assert [programs_for(version).major for version in (150004, 160002, 170000)] == [16, 16, 18]


@pytest.mark.parametrize("content", [b"", b"PGDMP", b"not a dump at all"])
async def test_what_is_no_backup_is_refused_and_changes_nothing(
    content: bytes, database_url: str, databases: Databases, tmp_path: Path
) -> None:
    file = tmp_path / "b.dump"
    file.write_bytes(content)
    before = await databases.names()
    with pytest.raises(BackupError):
        await restore(file, await look_at(with_database(database_url, "test_nothing")))
    assert await databases.names() == before


async def test_what_was_under_way_is_made_safe(
    harness: Harness, databases: Databases, tmp_path: Path
) -> None:
    """A message is not sent twice, an uninstall waits for a person, an activation asks YCLIENTS first."""
    await harness.install()
    await harness.gateway.storage.write(
        lambda tx: tx.count(
            "INSERT INTO whatsapp_sends (salon_id, client_ref, status, at, payload_sealed) "
            "SELECT salon_id, 'c', 'queued', now(), 'x' FROM whatsapp_sessions"
        )
    )
    await harness.gateway.storage.write(
        lambda tx: tx.count(
            "INSERT INTO partner_calls (install_id, kind, state, next_attempt_at) "
            "SELECT id, 'uninstall', 'waiting', now() + interval '1 day' FROM installs"
        )
    )
    (before,) = await harness.rows(
        "SELECT max(id) AS event, (SELECT max(version) FROM companies) AS version FROM marketplace_events"
    )
    file = tmp_path / "b.dump"
    await back_up(harness.database_url, file)
    url = with_database(harness.database_url, "test_made_safe")
    report = await restore(file, await look_at(url))
    assert (report.settled["messages"], report.settled["uninstalls"], report.settled["sessions"]) == (1, 1, 1)
    connection = await asyncpg.connect(url)
    try:
        send = await connection.fetchrow("SELECT status, payload_sealed FROM whatsapp_sends")
        assert tuple(send) == ("unknown", None)
        call = await connection.fetchrow("SELECT state, reason FROM partner_calls WHERE kind = 'uninstall'")
        assert tuple(call) == ("held", "restored")
        session = await connection.fetchrow("SELECT lease_owner, state FROM whatsapp_sessions")
        assert tuple(session) == (None, "connected")
        event = await connection.fetchrow("SELECT id, type FROM marketplace_events ORDER BY id DESC LIMIT 1")
        assert (event["id"] > before["event"] + 10**8, event["type"]) == (True, RESTORED)
        assert await connection.fetchval("SELECT min(version) FROM companies") == event["id"]
    finally:
        await connection.close()
    await drop(databases, "test_made_safe")


def test_the_socket_knows_the_event_that_a_restore_writes() -> None:
    assert DATABASE_RESTORED == RESTORED


def test_no_password_is_on_a_command_line() -> None:
    url, password = without_password("postgresql://us%40er:pa%2Fss@db.example:5432/name?sslmode=require")
    assert (password, urlsplit(url).password) == ("pa/ss", None)
    assert url == "postgresql://us%40er@db.example:5432/name?sslmode=require"
    assert without_password("postgresql://postgres@/x?host=%2Fvar%2Frun") == (
        "postgresql://postgres@/x?host=%2Fvar%2Frun",
        None,
    )


async def test_the_commands_say_what_they_did_and_refuse_with_a_reason(
    storage: Storage, database_url: str, tmp_path: Path
) -> None:
    settings, file = {"DATABASE_URL": database_url}, tmp_path / "b.dump"
    done = await run_command("backup", str(file), settings=settings, folder=tmp_path)
    assert done.code == 0, done.said
    assert sorted(MIGRATIONS_DIR.glob("0*.py"))[-1].stem in done.out
    with pytest.raises(BackupError, match="exists already"):
        await back_up(database_url, file)
    refused = await run_command("restore", str(file), "--replace", settings=settings, folder=tmp_path)
    assert (refused.code, "--yes" in refused.err) == (1, True)
