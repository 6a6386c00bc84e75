"""The pool over WAHA's adapter, held to the suite against a fake WAHA."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.contract.session_pool_suite import SessionPoolSuite, pool
from tests.contract.waha_bench import WahaBench

__all__ = ["pool"]


@pytest.fixture
async def bench() -> AsyncIterator[WahaBench]:
    """Return an empty world."""
    made = WahaBench()
    yield made
    await made.close()


class TestWahaPool(SessionPoolSuite):
    """The run."""
