"""Carrying out bulk retries: a few calls at a time are made due, and the outbox's workers do the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from gateway.application.ports import Clock
from gateway.application.records import EventRecord

BULK_CHANGED = "bulk_changed"
AT_ONCE = 20
"""Calls under way at a time: enough to use the partner's limits, few enough that a cancel is quick and owners who
connect meanwhile wait seconds."""

LOOK_EVERY_S = 0.3
IDLE_EVERY_S = 1.0
TELL_EVERY_S = 0.5


class BulkSteps(Protocol):
    """The steps of a bulk retry; see `gateway.storage.bulk_store` for the promises."""

    async def under_way(self) -> Sequence[int]:
        """Return the bulk retries that are not over."""

    async def expire(self) -> None:
        """Make old plans void."""

    async def settle(self, bulk_id: int, *, is_token_refused: bool) -> int:
        """End the items whose calls have come to something."""

    async def begin_next(self, bulk_id: int, at_once: int) -> bool:
        """Retry the next call."""

    async def finish(self, bulk_id: int) -> bool:
        """End a bulk retry of which nothing is left."""

    async def tell_progress(self, bulk_id: int) -> None:
        """Write that a bulk retry has come further."""


class BulkRunner:
    """One endless job; run it in as many processes as there are."""

    def __init__(
        self, steps: BulkSteps, is_token_refused: Callable[[], Awaitable[bool]], clock: Clock
    ) -> None:
        self._steps = steps
        self._is_token_refused = is_token_refused
        self._clock = clock
        self._wake = asyncio.Event()
        self._told_at: dict[int, float] = {}
        self._untold: set[int] = set()

    async def follow(self, events: Sequence[EventRecord]) -> None:
        """Look at once when a bulk retry was started or cancelled."""
        if any(event.type == BULK_CHANGED for event in events):
            self._wake.set()

    async def run(self) -> None:
        """Carry out whatever is under way until cancelled."""
        self._untold |= set(
            await self._steps.under_way()
        )  # whoever was at it before may have told less than it did
        while True:
            self._wake.clear()
            if await self.round():
                await self._clock.sleep(LOOK_EVERY_S)
            else:
                await self._wait()

    async def round(self) -> bool:
        """Take every bulk retry one step further; whether there is any."""
        await self._steps.expire()
        under_way = await self._steps.under_way()
        if under_way:
            is_token_refused = await self._is_token_refused()
            for bulk_id in under_way:
                await self._advance(bulk_id, is_token_refused=is_token_refused)
        self._forget(under_way)
        return bool(under_way)

    async def _advance(self, bulk_id: int, *, is_token_refused: bool) -> None:
        if await self._steps.settle(bulk_id, is_token_refused=is_token_refused):
            self._untold.add(bulk_id)
        for _ in range(AT_ONCE):
            if not await self._steps.begin_next(bulk_id, AT_ONCE):
                break
            self._untold.add(bulk_id)
        if await self._steps.finish(bulk_id):  # which tells of itself
            self._untold.discard(bulk_id)
        elif bulk_id in self._untold:
            await self._tell(bulk_id)

    async def _tell(self, bulk_id: int) -> None:
        now = self._clock.monotonic()
        if now - self._told_at.get(bulk_id, now - TELL_EVERY_S) < TELL_EVERY_S:
            return
        await self._steps.tell_progress(bulk_id)
        self._told_at[bulk_id] = now
        self._untold.discard(bulk_id)

    def _forget(self, under_way: Sequence[int]) -> None:
        self._untold &= set(under_way)
        self._told_at = {bulk_id: at for bulk_id, at in self._told_at.items() if bulk_id in under_way}

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(IDLE_EVERY_S):
                await self._wake.wait()
        except TimeoutError:
            return
