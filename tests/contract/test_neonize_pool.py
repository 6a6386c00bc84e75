"""The pool over neonize's workers, held to the suite: real files, the worker's own code, a pretended library."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contract.neonize_bench import NeonizeBench
from tests.contract.session_pool_suite import SessionPoolSuite, pool

__all__ = ["pool"]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[NeonizeBench]:
    """Return an empty world."""
    made = NeonizeBench(tmp_path / "neonize")
    yield made
    await made.close()


class TestNeonizePool(SessionPoolSuite):
    """The run."""
