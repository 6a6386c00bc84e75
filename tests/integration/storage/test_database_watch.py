"""The watch over Postgres: what is not the server's fault; `prove postgres_away` shows that one is missed."""

from __future__ import annotations

import asyncio
import time

import pytest

from gateway.storage.database import Storage
from gateway.storage.database_watch import STOOD_STILL_S, DatabaseWatch

ANSWER_WITHIN_S = 0.2


@pytest.fixture
def watch(storage: Storage) -> DatabaseWatch:
    """A watch that is quickly out of patience."""
    return DatabaseWatch(storage, answer_within_s=ANSWER_WITHIN_S)


async def test_a_process_that_stood_still_does_not_take_the_server_for_away(
    storage: Storage, watch: DatabaseWatch
) -> None:
    await storage.answers()
    watching = asyncio.create_task(watch.run())
    await asyncio.sleep(0)  # the question is being asked
    time.sleep(ANSWER_WITHIN_S + 2 * STOOD_STILL_S)  # noqa: ASYNC251 as a paused process does
    await storage.answers()
    assert watch.is_up
    watching.cancel()
