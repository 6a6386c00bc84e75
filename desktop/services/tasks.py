"""The owner of the console's background tasks: each has a name, and somebody who ends it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

from desktop.model.clock import Clock

T = TypeVar("T")
_log = logging.getLogger("desktop.services")


class Tasks:
    """Tasks that run beside; `close` ends them all."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, name: str, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run a coroutine beside; a failure that nobody waits for is logged."""
        task = asyncio.get_running_loop().create_task(work, name=f"console:{name}")
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def close(self) -> None:
        """Cancel every task and wait for its end."""
        for task in tuple(self._tasks):
            await end(task)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("console_task_failed", exc_info=error)


async def end(task: asyncio.Task[Any] | None) -> None:
    """Cancel a task and wait until it has ended; how it ended is nobody's business any more."""
    if task is None or task is asyncio.current_task():
        return
    task.cancel()
    await asyncio.wait({task})


async def within(clock: Clock, seconds: float, future: asyncio.Future[T]) -> T:
    """Return a future's result, or raise TimeoutError when the clock got there first; the future goes on."""
    timer = asyncio.get_running_loop().create_task(clock.sleep(seconds), name="console:timer")
    try:
        both: set[asyncio.Future[Any]] = {future, timer}
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if not future.done():
            raise TimeoutError
        return future.result()
    finally:
        timer.cancel()
        await asyncio.wait({timer})
