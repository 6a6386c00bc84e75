"""Finishing what needs no work outside the database: many rows a transaction, again and again while there are more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

BATCH = 200
POLL_EVERY_S = 1.0


class Settler:
    """One endless job; run it in as many processes as there are."""

    def __init__(self, settle: Callable[[int], Awaitable[int]]) -> None:
        self._settle = settle
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Look now instead of at the next poll."""
        self._wake.set()

    async def run(self) -> None:
        """Settle until cancelled."""
        while True:
            self._wake.clear()
            if await self._settle(BATCH) < BATCH:
                await self._wait()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(POLL_EVERY_S):
                await self._wake.wait()
        except TimeoutError:
            return
