"""Every kept database migrates to today's schema without losing a row.

`python -m tests.upgrades.keep NAME` keeps today's: run it when a migration is published.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.application.admin.board_records import InstallSelection
from gateway.clock import SystemClock
from gateway.storage.board_store import BoardStore
from gateway.storage.database import Storage
from gateway.storage.install_store import InstallStore
from gateway.storage.schema import migrate, schema_level
from gateway.storage.secret_box import SecretBox
from shared.vocabulary import PartnerState, Stage
from tests.support.databases import Databases
from tests.upgrades.keep import DATA_KEY, SALON_ID, TITLE, load

KEPT = sorted((Path(__file__).parent / "databases").glob("*.sql"))


def test_a_database_is_kept_of_every_published_schema() -> None:
    published = ["0001_initial", "0002_staff", "0007_inbox_kinds", "0009_session_hints", "0018_payments"]
    assert [path.stem for path in KEPT] == published


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
async def test_a_kept_database_opens_with_todays_program(databases: Databases, path: Path) -> None:
    url = await databases.fresh(template="template0")
    await asyncio.to_thread(load, databases.server, url, path)
    storage = Storage(url, pool_size=2, now=SystemClock().now)
    try:
        assert path.stem in (await schema_level(storage)).applied
        await migrate(storage)
        assert (await schema_level(storage)).pending == ()
        install = await InstallStore(storage, SecretBox(DATA_KEY)).newest(SALON_ID)
        assert install is not None
        assert (install.title, install.partner_state) == (TITLE, PartnerState.ACTIVE)
        rows = await storage.read(lambda tx: tx.sql("SELECT count(*) AS n FROM marketplace_events"))
        assert rows[0]["n"] >= 8
        found, _ = await BoardStore(storage).page(InstallSelection(search=f"{TITLE} {SALON_ID}"), None, 10)
        assert [(row.salon_id, row.generation, row.stage) for row in found] == [(SALON_ID, 1, Stage.ACTIVE)]
    finally:
        await storage.close()
        await databases.drop(url)
