"""A backup that staff ask for: made beside the gateway, verified, told of while it is made and when it fails."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.clock import SystemClock
from gateway.domain.errors import GatewayError
from gateway.jobs.backup_maker import BackupMaker, Making
from gateway.storage.database import Storage
from shared.vocabulary import StaffRole
from tests.support.databases import Databases
from tests.support.harness import Harness, running_harness
from tests.support.salons import Person
from tests.support.staff import member
from tests.support.waiting import until

FAILS = (sys.executable, "-c", "import sys; sys.exit('pg_dump: no space left on device')")
LASTS = (sys.executable, "-c", "import time; time.sleep(600)")
TIDIES_UP = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
try:
    open(sys.argv[1] + ".began", "w").close()
    time.sleep(600)
finally:
    open(sys.argv[1] + ".tidied", "w").close()
"""


@pytest.fixture
async def harness(database_url: str, tmp_path: Path) -> AsyncIterator[Harness]:
    async with running_harness(database_url, backup_dir=tmp_path) as made:
        yield made


async def listed(person: Person, holds: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    """Wait until the list is so, and return it."""

    async def look() -> dict[str, Any] | None:
        found: dict[str, Any] = await person.done("backups.list")
        return found if holds(found) else None

    found = await until(look, what="the backups", timeout_s=60)
    assert found is not None
    return found


def maker_of(folder: Path | None, *command: str) -> BackupMaker:
    return BackupMaker("postgresql://nowhere/none", folder, SystemClock().now, _record, str, command)


async def _record(_: str) -> None:
    """Nobody asks here what the audit says."""


async def failed(maker: BackupMaker) -> Making:
    async def look() -> Making | None:
        return maker.making if maker.making and maker.making.failed_at else None

    found = await until(look, what="the failure")
    assert found is not None
    return found


def seen(folder: Path, pattern: str) -> list[str]:
    """Return the names of a folder's files that fit."""
    return sorted(path.name for path in folder.glob(pattern))


async def test_a_backup_is_begun_told_of_while_it_is_made_and_listed_when_it_is_verified(
    harness: Harness,
) -> None:
    admin = Person(harness, await member(harness, StaffRole.ADMIN))
    began = await admin.done("backups.make")
    assert began["files"] == [], "it has no name before it is verified"
    assert began["making"]["by"]
    assert began["making"]["failed_at"] is None
    assert await admin.refused("backups.make") == "backup_under_way"
    done = await listed(admin, lambda found: found["making"] is None)
    assert [file["is_backup"] for file in done["files"]] == [True]
    acts = [act for act in (await admin.done("audit.list"))["rows"] if act["operation"] == "backups.make"]
    assert {act["staff"] for act in acts} == {began["making"]["by"]}
    assert {"file": done["files"][0]["name"]} in [act["after"] for act in acts]


async def test_only_who_manages_the_gateway_may_begin_one(harness: Harness, tmp_path: Path) -> None:
    operator = Person(harness, await member(harness, StaffRole.OPERATOR))
    assert await operator.refused("backups.make") == "forbidden"
    assert seen(tmp_path, "*.dump") == []


@pytest.mark.expects_log("backup_failed")
async def test_a_program_that_cannot_be_started_is_a_failure_too_and_secrets_are_kept_out(
    tmp_path: Path,
) -> None:
    no_program = str(tmp_path / "s3cret" / "none")
    maker = BackupMaker(
        "postgresql://nowhere/none", tmp_path, SystemClock().now, _record, lambda text: text.replace("s3cret", "***"),
        (no_program,),
    )  # fmt: skip
    await maker.begin("Мария")
    told = await failed(maker)
    assert "***" in (told.failure or "")
    assert "s3cret" not in (told.failure or "")


async def test_without_a_folder_it_is_refused(tmp_path: Path) -> None:
    for folder in (None, tmp_path / "missing"):
        with pytest.raises(GatewayError, match="backup_no_folder"):
            await maker_of(folder, *LASTS).begin("Мария")


@pytest.mark.expects_log("backup_failed")
async def test_how_it_failed_is_told_until_the_next_one(tmp_path: Path) -> None:
    maker = maker_of(tmp_path, *FAILS)
    await maker.begin("Мария")
    told = await failed(maker)
    assert (told.by, told.failure) == ("Мария", "pg_dump: no space left on device")
    assert not maker.is_running
    await maker.begin("Анна")
    assert maker.making is not None
    assert (maker.making.by, maker.making.failed_at) == ("Анна", None)
    await failed(maker)


@pytest.mark.expects_log("backup_failed")
async def test_a_gateway_that_stops_ends_what_is_under_way_and_lets_it_tidy_up(tmp_path: Path) -> None:
    maker = maker_of(tmp_path, sys.executable, "-c", TIDIES_UP)
    await maker.begin("Мария")

    async def has_begun() -> bool:
        return bool(seen(tmp_path, "*.began"))

    await until(has_begun, what="the program")
    await asyncio.wait_for(maker.close(), 30)
    assert not maker.is_running
    assert len(seen(tmp_path, "*.tidied")) == 1


@pytest.mark.expects_log("backup_failed")
@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a program without asking it")
async def test_a_backup_that_is_ended_half_way_leaves_no_file_and_no_database(
    storage: Storage, database_url: str, databases: Databases, tmp_path: Path
) -> None:
    before = await databases.names()
    maker = BackupMaker(database_url, tmp_path, SystemClock().now, _record, str)
    await maker.begin("Мария")

    async def is_writing() -> bool:
        return bool(seen(tmp_path, ".*.dump.*"))

    await until(is_writing, what="the unfinished file")
    await asyncio.wait_for(maker.close(), 30)
    assert seen(tmp_path, "*") == []
    assert await databases.names() == before
