"""Knowing at every moment whether Postgres answers, so that nobody waits to find out.

One lost connection, or one answer that is too late, and webhooks go to the spool from then on; only the watch asks the
server again. If it cannot be reached at all, everybody else's work fails at once too, and what hangs is given up.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import asyncpg

from gateway.domain.errors import GatewayError
from gateway.storage.database import Storage
from gateway.storage.embedded import EmbeddedPostgresError

LOOK_EVERY_S = 1.0
RETRY_EVERY_S = 0.25
ANSWER_WITHIN_S = 2.0
REACH_WITHIN_S = 5.0
STOOD_STILL_S = 0.5
"""Waking later than asked by this much tells of the process (paused, starved of the processor), not of the server."""
_log = logging.getLogger("gateway.database")


class DatabaseWatch:
    """Asks the server every second, more often while it is away. Used by one event loop."""

    def __init__(
        self,
        storage: Storage,
        revive: Callable[[], bool] | None = None,
        answer_within_s: float = ANSWER_WITHIN_S,
    ) -> None:
        """`revive` starts a server of our own again if it has died; it may block and raise EmbeddedPostgresError."""
        self._storage = storage
        self._revive = revive
        self._answer_within_s = answer_within_s
        self._is_up = True
        self._look_now = asyncio.Event()

    @property
    def is_up(self) -> bool:
        """Whether the server answered when it was last asked, and nobody has seen it fail since."""
        return self._is_up

    def suspect(self) -> None:
        """Somebody's connection was lost, or the answer took too long: take it for away until it answers."""
        if self._is_up:
            self._is_up = False
            _log.warning("database_lost")
            self._look_now.set()

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            self._look_now.clear()
            await self._look()
            try:
                async with asyncio.timeout(LOOK_EVERY_S if self._is_up else RETRY_EVERY_S):
                    await self._look_now.wait()
            except TimeoutError:
                continue

    async def _look(self) -> None:
        if await self._answers():
            self._returned()
            return
        self.suspect()
        self._look_now.clear()
        if not await self._can_be_reached():
            if not self._storage.is_away:
                _log.warning("database_cannot_be_reached")
            self._storage.is_away = True
            self._storage.drop_connections()
            await self._revived()

    async def _revived(self) -> None:
        if self._revive is None:
            return
        try:
            if await asyncio.to_thread(self._revive):
                _log.warning("database_restarted")
        except EmbeddedPostgresError as error:
            _log.warning("database_not_restarted", extra={"cause": str(error)})

    def _returned(self) -> None:
        self._storage.is_away = False
        if not self._is_up:
            self._is_up = True
            _log.warning("database_back")

    async def _answers(self) -> bool:
        """Whether the server answers in time; asked once more if this process stood still over the first question."""
        for _ in range(2):
            asked = self._now_s()
            try:
                async with asyncio.timeout(self._answer_within_s):
                    await self._storage.answers()
            except (GatewayError, TimeoutError):
                if self._now_s() - asked < self._answer_within_s + STOOD_STILL_S:
                    return False
            else:
                return True
        return False

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()

    async def _can_be_reached(self) -> bool:
        """Whether anything answers at the server's address; if not, answers to what was sent will not come either."""
        try:
            connection = await asyncpg.connect(self._storage.url, timeout=REACH_WITHIN_S)
        except (OSError, TimeoutError, asyncpg.InterfaceError):
            return False
        except asyncpg.PostgresError:
            return True  # too many connections, or it is starting: it speaks
        connection.terminate()
        return True
