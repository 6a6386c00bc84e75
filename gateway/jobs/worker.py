"""A worker: claims due rows, works them side by side, and puts back what failed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from gateway.domain.errors import DatabaseUnavailableError

Item = TypeVar("Item")

POLL_EVERY_S = 1.0
RENEW_EVERY_S = 10.0
DRAIN_TIMEOUT_S = 10.0
_log = logging.getLogger("gateway.jobs")


class Worker(Generic[Item]):
    """Works the rows of one table with at most `concurrency` in hand.

    `renew` keeps a long claim alive and tells when it was lost: the work is then dropped, for its new owner does it.
    A row whose work fails is left to `put_back`; if even that fails its lease ends and another worker takes it.
    Work that the database's absence ended is taken up as soon as it is back: `give_back` ends the claim untouched.
    """

    def __init__(
        self,
        name: str,
        *,
        claim: Callable[[int], Awaitable[Sequence[Item]]],
        work: Callable[[Item], Awaitable[None]],
        put_back: Callable[[Item, str], Awaitable[None]],
        give_back: Callable[[Item], Awaitable[None]],
        renew: Callable[[Item], Awaitable[bool]] | None = None,
        concurrency: int = 8,
    ) -> None:
        self._name = name
        self._claim = claim
        self._work = work
        self._put_back = put_back
        self._give_back = give_back
        self._renew = renew
        self._concurrency = concurrency
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._dropped: list[Item] = []

    def wake(self) -> None:
        """Look for rows now instead of at the next poll."""
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled; work in hand is then given a few seconds to finish."""
        try:
            while True:
                self._wake.clear()
                await self._give_back_dropped()
                free = self._concurrency - len(self._tasks)
                items = await self._claim(free) if free else []
                for item in items:
                    self._start(item)
                if not items or len(self._tasks) >= self._concurrency:
                    await self._wait()
        finally:
            await self._drain()

    def _start(self, item: Item) -> None:
        task = asyncio.create_task(self._guarded(item), name=f"{self._name}:item")
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._wake.set()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(POLL_EVERY_S):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _guarded(self, item: Item) -> None:
        try:
            await self._renewed(item)
        except DatabaseUnavailableError:
            _log.warning("work_waits_for_database", extra={"job": self._name})
            self._dropped.append(item)
        except Exception as error:
            _log.exception("work_failed", extra={"job": self._name})
            await self._return(item, f"{type(error).__name__}")

    async def _give_back_dropped(self) -> None:
        while self._dropped:
            await self._give_back(self._dropped[-1])
            self._dropped.pop()

    async def _return(self, item: Item, error: str) -> None:
        try:
            await self._put_back(item, error)
        except Exception:
            _log.exception("put_back_failed", extra={"job": self._name})

    async def _renewed(self, item: Item) -> None:
        if self._renew is None:
            await self._work(item)
            return
        work = asyncio.create_task(_run(self._work, item), name=f"{self._name}:work")
        try:
            while not (await asyncio.wait({work}, timeout=RENEW_EVERY_S))[0]:
                if not await self._renew(item):
                    _log.warning("claim_lost", extra={"job": self._name})
                    return
            await work
        finally:
            if not work.done():
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)

    async def _drain(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=DRAIN_TIMEOUT_S)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _run(work: Callable[[Item], Awaitable[None]], item: Item) -> None:
    await work(item)
