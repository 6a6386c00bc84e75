"""The pool over the simulator, held to the suite; and killed at every single write."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.contract.session_pool_suite import SessionPoolSuite, pool
from tests.contract.simulator_bench import SimulatorBench

__all__ = ["pool"]


@pytest.fixture
async def bench() -> AsyncIterator[SimulatorBench]:
    """Return an empty world."""
    made = SimulatorBench()
    yield made
    await made.close()


class TestSimulatorPool(SessionPoolSuite):
    """The run."""
