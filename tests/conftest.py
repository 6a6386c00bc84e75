"""Fixtures of every layer: one Postgres for the run, a fresh database a test, a whole gateway on demand."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator

import pytest

from gateway.clock import SystemClock
from gateway.storage.database import Storage
from gateway.storage.embedded import EmbeddedPostgres
from tests.support.databases import Databases, folder_in_memory, server_for_tests
from tests.support.harness import Harness, running_harness

pytest_plugins = ["tests.plugins.os_packages", "tests.plugins.noise"]
if os.environ.get("AI_ADMIN_QT"):
    pytest_plugins.append("pytestqt.plugin")  # it ends the whole run where Qt cannot be loaded


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """The tests' Postgres server."""
    with (
        folder_in_memory(tmp_path_factory.mktemp("postgres")) as folder,
        server_for_tests(folder) as server,
    ):
        yield server


@pytest.fixture(scope="session")
def databases(postgres: EmbeddedPostgres) -> Databases:
    """The tests' databases, with the migrated template made."""
    made = Databases(postgres)
    asyncio.run(made.prepare())
    return made


@pytest.fixture
async def database_url(databases: Databases) -> AsyncIterator[str]:
    """A fresh database with the newest schema."""
    url = await databases.fresh()
    yield url
    await databases.drop(url)


@pytest.fixture
async def storage(database_url: str) -> AsyncIterator[Storage]:
    """A pool of connections to a fresh database."""
    made = Storage(database_url, pool_size=8, now=SystemClock().now)
    yield made
    await made.close()


@pytest.fixture
async def harness(database_url: str) -> AsyncIterator[Harness]:
    """A gateway with its sandbox on a fresh database."""
    async with running_harness(database_url) as made:
        yield made
