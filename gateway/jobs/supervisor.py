"""Starting, restarting and ending the gateway's background tasks; each has a name and this owner."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from gateway.domain.errors import DatabaseUnavailableError

_FIRST_DELAY_S = 0.2
_MAX_DELAY_S = 5.0
_log = logging.getLogger("gateway.jobs")


class Supervisor:
    """Runs jobs until stopped; a job that fails is logged once and started again after a growing delay."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, name: str, job: Callable[[], Awaitable[None]]) -> None:
        """Start a job under a unique name."""
        self._tasks[name] = asyncio.create_task(self._keep_running(name, job), name=f"job:{name}")

    async def stop(self, name: str | None = None) -> None:
        """Cancel one job or all of them, newest first, and wait until they have ended."""
        names = [name] if name is not None else list(reversed(self._tasks))
        for each in names:
            task = self._tasks.pop(each, None)
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    @property
    def running(self) -> frozenset[str]:
        """Names of the jobs that have not ended."""
        return frozenset(name for name, task in self._tasks.items() if not task.done())

    async def _keep_running(self, name: str, job: Callable[[], Awaitable[None]]) -> None:
        delay = _FIRST_DELAY_S
        while True:
            started = asyncio.get_running_loop().time()
            try:
                await job()
                return
            except DatabaseUnavailableError:
                _log.warning("job_waits_for_database", extra={"job": name, "retry_in_s": delay})
            except Exception:
                _log.exception("job_failed", extra={"job": name, "retry_in_s": delay})
            if asyncio.get_running_loop().time() - started > _MAX_DELAY_S * 2:
                delay = _FIRST_DELAY_S
            await asyncio.sleep(delay)
            delay = min(delay * 2, _MAX_DELAY_S)
