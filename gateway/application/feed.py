"""Following the event log: each process reads what is new and tells its own sockets, pool and workers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from gateway.application.ports import EventStore
from gateway.application.records import EventRecord
from gateway.domain.errors import DatabaseUnavailableError

POLL_EVERY_S = 1.0
PAGE = 500
PAUSE_S = 0.02
"""Between two looks while there is news: what happens meanwhile is read and told together, which costs far less."""

_log = logging.getLogger("gateway.feed")

Follower = Callable[[Sequence[EventRecord]], Awaitable[None]]


class EventFeed:
    """Reads new events in order and hands each batch to every follower. NOTIFY only makes it look sooner."""

    def __init__(self, events: EventStore) -> None:
        self._events = events
        self._followers: list[Follower] = []
        self._wake = asyncio.Event()
        self._cursor: int | None = None
        self._is_following = asyncio.Event()

    def follow(self, follower: Follower) -> None:
        """Add a follower; call before `run`."""
        self._followers.append(follower)

    def wake(self) -> None:
        """Look for new events now."""
        self._wake.set()

    @property
    def cursor(self) -> int | None:
        """The last event handed out, None before the first look."""
        return self._cursor

    async def started(self) -> None:
        """Wait until every event that is written from now on will be handed out."""
        await self._is_following.wait()

    async def run(self) -> None:
        """Follow until cancelled; after an error it goes on where it was, so nothing is skipped."""
        if self._cursor is None:
            self._cursor = await self._events.last_id()
        self._is_following.set()
        while True:
            self._wake.clear()
            batch = await self._events.after(self._cursor, PAGE)
            if batch:
                for follower in self._followers:
                    await _tell(follower, batch)
                self._cursor = batch[-1].event_id
            if len(batch) < PAGE:
                await asyncio.sleep(PAUSE_S if batch else 0)
                await self._wait()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(POLL_EVERY_S):
                await self._wake.wait()
        except TimeoutError:
            return


async def _tell(follower: Follower, batch: Sequence[EventRecord]) -> None:
    """Tell one follower; its own failure must not keep the news from the others or bring them twice."""
    try:
        await follower(batch)
    except DatabaseUnavailableError:
        raise
    except Exception:
        _log.exception("follower_failed")
