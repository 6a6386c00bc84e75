"""What the engines of this process say of themselves, written down for staff whenever it is different."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from gateway.application.ports import Clock
from gateway.domain.session_records import EngineCondition

EVERY_S = 5.0
MOST_AT_ONCE = 1000
MEMORY_STEP = 0.10
"""Memory that has changed by a smaller share is as it was."""


class ToldPool(Protocol):
    """The part of the session pool that is looked at."""

    def conditions(self) -> Mapping[int, EngineCondition]:
        """Return what the engines say of themselves, by salon."""


class EngineStore(Protocol):
    """See `gateway.storage.process_store`."""

    async def keep_engines(self, owner: str, told: Sequence[tuple[int, str, bool, int | None]]) -> None:
        """Keep what engines said: salon, word, whether open, bytes of memory."""


class EngineWatch:
    """One endless job. What an earlier owner of a session wrote counts no more, so nothing has to be taken away."""

    def __init__(self, pool: ToldPool, store: EngineStore, owner: str, clock: Clock) -> None:
        self._pool = pool
        self._store = store
        self._owner = owner
        self._clock = clock
        self._kept: dict[int, EngineCondition] = {}

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await self.look()
            await self._clock.sleep(EVERY_S)

    async def look(self) -> None:
        """Write down what is different since the last look."""
        told = self._pool.conditions()
        self._kept = {salon_id: kept for salon_id, kept in self._kept.items() if salon_id in told}
        news = [(salon_id, now) for salon_id, now in told.items() if _is_news(self._kept.get(salon_id), now)]
        for first in range(0, len(news), MOST_AT_ONCE):
            some = news[first : first + MOST_AT_ONCE]
            rows = [(salon_id, now.state, now.is_open, now.memory_bytes) for salon_id, now in some]
            await self._store.keep_engines(self._owner, rows)
            self._kept.update(some)


def _is_news(kept: EngineCondition | None, now: EngineCondition) -> bool:
    if kept is None or (kept.state, kept.is_open) != (now.state, now.is_open):
        return True
    if kept.memory_bytes is None or now.memory_bytes is None:
        return kept.memory_bytes is not now.memory_bytes
    return abs(now.memory_bytes - kept.memory_bytes) > MEMORY_STEP * kept.memory_bytes
