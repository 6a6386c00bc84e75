"""One thing that is read again whenever it is stale: the open salon, the open bulk retry."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from desktop.model.clock import Clock
from desktop.model.problem import Trouble
from desktop.services.errors import ConsoleError, NotConnectedError
from desktop.services.tasks import Tasks

AT_MOST_EVERY_S = 0.15


class Refresher:
    """Runs `read` when it is stale and the connection lives, one at a time and not too often."""

    def __init__(
        self,
        name: str,
        read: Callable[[], Awaitable[None]],
        failed: Callable[[Trouble], None],
        clock: Clock,
        tasks: Tasks,
        at_most_every_s: float = AT_MOST_EVERY_S,
    ) -> None:
        self._name, self._read, self._failed = name, read, failed
        self._clock, self._tasks = clock, tasks
        self._at_most_every_s = at_most_every_s
        self._news = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self._is_stale = False
        self._is_reading = False
        self._read_at = float("-inf")

    @property
    def is_quiet(self) -> bool:
        """Whether what is shown is as new as we know."""
        return not self._is_stale and not self._is_reading

    def stale(self) -> None:
        """Something is different: read it again."""
        self._is_stale = True
        self._news.set()

    def fresh(self) -> None:
        """There is nothing to be read any more."""
        self._is_stale = False

    def live(self) -> None:
        """The connection is there."""
        self._news.set()
        if self._worker is None:
            self._worker = self._tasks.start(self._name, self._work())

    def pause(self) -> None:
        """The connection is gone; what was stale stays so."""
        if self._worker is not None:
            self._worker.cancel()
        self._worker = None

    async def _work(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while self._is_stale:
                await self._clock.sleep(self._read_at + self._at_most_every_s - self._clock.monotonic())
                await self._read_once()

    async def _read_once(self) -> None:
        self._is_stale, self._is_reading = False, True
        self._read_at = self._clock.monotonic()
        try:
            await self._read()
        except NotConnectedError:
            self._is_stale = True
            await self._news.wait()  # the connection's end ends this, too
        except ConsoleError as error:
            self._failed(error.trouble)
        except BaseException:
            self._is_stale = True
            raise
        finally:
            self._is_reading = False
