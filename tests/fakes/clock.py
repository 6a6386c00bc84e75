"""A clock that stands still until a test moves it."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeVar

Value = TypeVar("Value")

START = datetime(2026, 1, 1, tzinfo=UTC)
_MAX_TURNS = 10_000
_TURNS_WHEN_BLIND = 200


class FakeClock:
    """Satisfies `gateway.application.ports.Clock`; whoever sleeps on it wakes only in `advance`."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._elapsed_s = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = count()

    def now(self) -> datetime:
        """Return the present moment of the tale, aware, in UTC."""
        return self._start + timedelta(seconds=self._elapsed_s)

    def monotonic(self) -> float:
        """Return the seconds that have passed in the tale."""
        return self._elapsed_s

    async def sleep(self, seconds: float) -> None:
        """Wait until the test has moved the clock that far; without a wait let the others run once."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._elapsed_s + seconds, next(self._order), woken))
        await woken

    async def advance(self, seconds: float) -> None:
        """Move on by `seconds`: wake each sleeper at its moment, in order, and let everybody finish in between."""
        target = self._elapsed_s + seconds
        await settle()
        while (moment := self._next_moment()) is not None and moment <= target:
            self._elapsed_s = max(moment, self._elapsed_s)
            self._wake(moment)
            await settle()
        self._elapsed_s = target

    async def advance_until(self, is_so: Callable[[], bool], *, at_most_s: float = 60.0) -> None:
        """Move on, from one sleeper's moment to the next, until a fact holds. Raises AssertionError if it does not."""
        limit = self._elapsed_s + at_most_s
        await settle()
        while not is_so():
            moment = self._next_moment()
            if moment is None or moment > limit:
                raise AssertionError(f"not so after {at_most_s:g} s of waiting")
            await self.advance(max(moment - self._elapsed_s, 0.0))

    async def drive(self, work: Coroutine[Any, Any, Value], *, at_most_s: float = 60.0) -> Value:
        """Return what `work` returns, moving on from one sleeper's moment to the next while it waits."""
        task = asyncio.create_task(work, name="driven")
        try:
            await self.advance_until(task.done, at_most_s=at_most_s)
        finally:
            task.cancel()
            await asyncio.wait({task})
        return task.result()

    @property
    def sleepers(self) -> int:
        """How many are asleep now."""
        return sum(not woken.done() for _, _, woken in self._sleepers)

    def _next_moment(self) -> float | None:
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] if self._sleepers else None

    def _wake(self, moment: float) -> None:
        while self._sleepers and self._sleepers[0][0] <= moment:
            woken = heapq.heappop(self._sleepers)[2]
            if not woken.done():
                woken.set_result(None)


async def settle() -> None:
    """Let every task run until all of them wait for something.

    asyncio keeps what is ready to run in `_ready`; on a loop without it, enough turns are taken to be sure of any
    chain of tasks a test can set off.
    """
    loop = asyncio.get_running_loop()
    ready = getattr(loop, "_ready", None)
    for turn in range(_MAX_TURNS):
        await asyncio.sleep(0)
        if not ready and (ready is not None or turn >= _TURNS_WHEN_BLIND):
            return
    raise AssertionError("the tasks never come to rest")
