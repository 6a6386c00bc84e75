"""Handing this process' sessions to the others because staff want it, and taking part again when they do not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from shared.vocabulary import DrainState

_log = logging.getLogger("gateway.housekeeping")


class DrainablePool(Protocol):
    """The part of the session pool that is drained; see `gateway.whatsapp.pool`."""

    async def drain(self) -> bool:
        """Hand the sessions over; False when nobody took them."""

    def take_part(self) -> None:
        """Own sessions again."""


class SessionDrain:
    """Follows the wish in this process' row, as each sign of life reads it; `note` writes down how far it is."""

    def __init__(self, pool: DrainablePool, note: Callable[[DrainState], Awaitable[None]]) -> None:
        self._pool = pool
        self._note = note
        self._is_wanted = False
        self._news = asyncio.Event()

    def told(self, is_wanted: bool) -> None:
        """Hear whether this process is to hold no sessions."""
        if is_wanted != self._is_wanted:
            self._is_wanted = is_wanted
            self._news.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            self._news.clear()
            if self._is_wanted:
                await self._drain()
            await self._news.wait()

    async def _drain(self) -> None:
        """Drain until it is done or not wanted any more."""
        _log.info("drain_begun")
        draining = asyncio.create_task(self._pool.drain(), name="session-drain:drain")
        withdrawn = asyncio.create_task(_heard(self._news), name="session-drain:news")
        try:
            await asyncio.wait({draining, withdrawn}, return_when=asyncio.FIRST_COMPLETED)
            outcome = draining.result() if draining.done() else None
        finally:
            for task in (draining, withdrawn):
                task.cancel()
            await asyncio.gather(draining, withdrawn, return_exceptions=True)
        if outcome is None:
            self._pool.take_part()
            return
        await self._note(DrainState.DRAINED if outcome else DrainState.STAYED)
        _log.info("drain_ended", extra={"is_empty": outcome})
        if outcome:
            await self._news.wait()
            self._pool.take_part()


async def _heard(news: asyncio.Event) -> None:
    await news.wait()
