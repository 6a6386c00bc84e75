"""The store in Postgres, held to the same suite as the one in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import count

import pytest

from gateway.application.records import EntryFacts
from gateway.domain.errors import DatabaseUnavailableError
from gateway.domain.session_records import Desired
from gateway.storage.database import EventListener, Storage
from gateway.storage.embedded import EmbeddedPostgres
from gateway.storage.install_store import InstallStore
from gateway.storage.liveness import ProcessLiveness
from gateway.storage.secret_box import SecretBox
from gateway.storage.session_store import SESSION_CHANNEL, SqlSessionStore
from shared.vocabulary import PartnerState, WhatsappState
from tests.contract.session_store_suite import SessionStoreSuite
from tests.support.moments import StillClock

BOX = SecretBox(bytes(range(32)))


class SqlDriver:
    """Satisfies `StoreDriver`."""

    def __init__(self, storage: Storage, store: SqlSessionStore) -> None:
        self.store = store
        self._storage = storage
        self.installs = InstallStore(storage, BOX)
        self._salons = count(101)

    async def salon(self) -> int:
        """Return another salon with an open install."""
        salon_id = next(self._salons)
        facts = EntryFacts(salon_id, "Салон", None, None, "pending", signed=False, owner_user_id=None)
        await self.installs.open_for_entry(facts)
        return salon_id

    async def salon_without_install(self) -> int:
        """Return a salon nobody has installed."""
        return next(self._salons)

    async def let_leases_run_out(self) -> None:
        """Let every lease be past."""
        await self._storage.write(
            lambda tx: tx.count(
                "UPDATE whatsapp_sessions SET lease_expires_at = now() - interval '1 s' WHERE lease_owner IS NOT NULL"
            )
        )

    async def bury(self, owner: str) -> None:
        """Let it be known that a process is dead: its lock is free and its stamp old."""
        dead = ProcessLiveness(self._storage, owner)
        await dead.stamp()
        await self._storage.write(
            lambda tx: tx.count(
                "UPDATE process_liveness SET seen_at = now() - interval '1 min' WHERE owner = %s", owner
            )
        )
        assert owner in await ProcessLiveness(self._storage, "the living").bury_dead()


class TestSqlSessionStore(SessionStoreSuite):
    """The run."""

    @pytest.fixture
    async def driver(self, database_url: str) -> AsyncIterator[SqlDriver]:
        """Return an empty store whose notifications are heard."""
        storage = Storage(database_url, pool_size=8, now=StillClock().now)
        store = SqlSessionStore(storage, BOX)
        is_listening = asyncio.Event()

        def heard(_channel: str, payload: str) -> None:
            is_listening.set()
            store.heard(payload)

        listener = EventListener(database_url, [SESSION_CHANNEL], heard, lock_key=1)
        task = asyncio.create_task(listener.run(), name="listener")
        await is_listening.wait()
        yield SqlDriver(storage, store)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await storage.close()

    async def test_a_store_that_is_away_says_so(self, driver: SqlDriver, postgres: EmbeddedPostgres) -> None:
        nowhere = Storage(postgres.url_of("no_such_database"), pool_size=1, now=StillClock().now)
        with pytest.raises(DatabaseUnavailableError):
            await SqlSessionStore(nowhere, BOX).load(1)
        await nowhere.close()

    async def test_a_session_of_a_closed_install_never_activates_the_next_one(
        self, driver: SqlDriver
    ) -> None:
        """Seen once: removing the old session re-saved it as connected and queued the new generation."""
        salon_id = await driver.salon()
        row = await driver.store.open(salon_id, "simulator", StillClock().now())
        row = replace(row, desired=Desired.RUNNING, state=WhatsappState.CONNECTED)
        saved = await driver.store.save(row)
        assert saved is not None
        installs = driver.installs
        await installs.apply_partner_status(salon_id, "uninstalled", reason="test")
        facts = EntryFacts(salon_id, "Салон", None, None, "pending", signed=False, owner_user_id=None)
        await installs.open_for_entry(facts)
        assert await driver.store.save(replace(saved, desired=Desired.REMOVED)) is not None
        newest = await installs.newest(salon_id)
        assert newest is not None
        assert newest.partner_state is PartnerState.PENDING
