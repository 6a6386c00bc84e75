"""Background tasks with an owner that ends them, and waiting with a deadline on the Clock port."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from gateway.application.ports import Clock

T = TypeVar("T")


class TaskBox:
    """Named tasks that live no longer than whoever holds the box."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Start `work` as a task of this box."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """Cancel every task and wait until all have ended; a task that closes its own box is left alone."""
        tasks = {task for task in self._tasks if task is not asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def within(clock: Clock, seconds: float, work: Coroutine[Any, Any, T], name: str) -> T:
    """Return what `work` returns, or cancel it and raise TimeoutError when the clock has moved on by `seconds`."""
    box = TaskBox()
    task = box.spawn(work, name)
    alarm = box.spawn(clock.sleep(seconds), f"{name}:deadline")
    try:
        await asyncio.wait({task, alarm}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise TimeoutError
        return task.result()
    finally:
        await box.close()
        if task.done() and not task.cancelled():
            task.exception()  # it may have failed at the very moment at which we were cancelled


async def set_within(clock: Clock, seconds: float, event: asyncio.Event, name: str) -> bool:
    """Wait until `event` is set, at most `seconds`; return whether it is."""
    if not event.is_set():
        try:
            await within(clock, seconds, event.wait(), name)
        except TimeoutError:
            return False
    return True
