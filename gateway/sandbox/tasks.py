"""The sandbox's own tasks: each has a name, and all end with their owner."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


class Crew:
    """Owns tasks that nobody awaits; `aclose()` ends them all."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Any], name: str) -> None:
        """Run `work` under `name` until it ends or the crew is closed."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def busy(self) -> int:
        """How many tasks are still running."""
        return len(self._tasks)

    async def aclose(self) -> None:
        """Cancel what still runs and wait for its end."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def first_of(*works: Coroutine[Any, Any, Any]) -> None:
    """Wait until one of these ends, and cancel the others."""
    crew, ended = Crew(), asyncio.Event()
    for work in works:
        crew.start(_then_set(work, ended), "sandbox wait")
    try:
        await ended.wait()
    finally:
        await crew.aclose()


async def _then_set(work: Coroutine[Any, Any, Any], ended: asyncio.Event) -> None:
    try:
        await work
    finally:
        ended.set()
