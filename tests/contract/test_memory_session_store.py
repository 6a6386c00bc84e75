"""The store in memory, held to the suite."""

from __future__ import annotations

from itertools import count

import pytest

from gateway.domain.errors import DatabaseUnavailableError, EventsGoneError
from tests.contract.session_store_suite import SessionStoreSuite, running_row
from tests.fakes.clock import FakeClock
from tests.fakes.session_store import InMemorySessionStore


class MemoryDriver:
    """Satisfies `StoreDriver`."""

    def __init__(self) -> None:
        self.store = InMemorySessionStore(FakeClock())
        self._salons = count(101)

    async def salon(self) -> int:
        """Return another salon."""
        return next(self._salons)

    async def salon_without_install(self) -> int:
        """Return a salon without an install."""
        salon = next(self._salons)
        self.store.without_install.add(salon)
        return salon

    async def let_leases_run_out(self) -> None:
        """Let every lease be past."""
        self.store.expire_leases()

    async def bury(self, owner: str) -> None:
        """Let a process be known to be dead."""
        self.store.process_died(owner)


class TestMemorySessionStore(SessionStoreSuite):
    """The run."""

    @pytest.fixture
    def driver(self) -> MemoryDriver:
        """Return an empty store."""
        return MemoryDriver()

    async def test_a_position_whose_events_were_cleared_away_is_refused(self, driver: MemoryDriver) -> None:
        await running_row(driver)
        driver.store.forget_events()
        with pytest.raises(EventsGoneError):
            await driver.store.events_after(0, 10)

    async def test_a_store_that_is_away_says_so(self, driver: MemoryDriver) -> None:
        driver.store.is_away = True
        with pytest.raises(DatabaseUnavailableError):
            await driver.store.load(1)
