"""Reading one row for each of many callers who ask at the same time, by one statement for all of them.

A thousand pages that come back at once, or whose codes change in one second, then cost a few queries and not thousands.
Nobody gets a row that is older than the question: who asks while a read is under way is answered by the next one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")

AT_ONCE = 2
MOST_KEYS = 500


class GroupedReads(Generic[T]):
    """Reads by number; `read` returns what there is of the numbers it is given, and its errors go to all who wait."""

    def __init__(self, read: Callable[[Sequence[int]], Awaitable[Mapping[int, T]]], name: str) -> None:
        self._read = read
        self._name = name
        self._wanted: dict[int, asyncio.Future[T | None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._reading = 0

    async def of(self, key: int) -> T | None:
        """Return the row of a number as it is committed now, None when there is none."""
        answer = self._wanted.get(key)
        if answer is None:
            answer = self._wanted[key] = asyncio.get_running_loop().create_future()
            self._begin()
        return await asyncio.shield(answer)

    def _begin(self) -> None:
        if self._reading < AT_ONCE:
            self._reading += 1
            task = asyncio.create_task(self._answer_all(), name=self._name)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _answer_all(self) -> None:
        # Counted by itself: a task that has looked for the last time must not count as one that will look again.
        try:
            while self._wanted:
                await self._answer_some()
        finally:
            self._reading -= 1

    async def _answer_some(self) -> None:
        keys = list(self._wanted)[:MOST_KEYS]
        asked = {key: self._wanted.pop(key) for key in keys}
        try:
            found = await self._read(keys)
        except BaseException as error:
            _fail(asked.values(), error)
            if not isinstance(error, Exception):
                raise
        else:
            for key, answer in asked.items():
                answer.set_result(found.get(key))


def _fail(answers: Iterable[asyncio.Future[T]], error: BaseException) -> None:
    for answer in answers:
        if isinstance(error, asyncio.CancelledError):
            answer.cancel()
        else:
            answer.set_exception(error)
            answer.exception()  # looked at, should nobody wait any more
