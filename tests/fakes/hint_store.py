"""Hints in memory, held to the same tests as those in Postgres."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gateway.domain.session_hints import SessionHint


class InMemoryHintStore:
    """Satisfies `gateway.whatsapp.waha.hints.HintStore`, and keeps what the door takes."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], SessionHint] = {}
        self.settled: set[tuple[str, str]] = set()
        self._watchers: dict[object, Callable[[int | None], None]] = {}

    async def keep(self, hint: SessionHint) -> bool:
        """Keep a hint; False when it is known."""
        key = (hint.instance, hint.event_id)
        if key in self.kept:
            return False
        self.kept[key] = hint
        for came in tuple(self._watchers.values()):
            came(hint.salon_id)
        return True

    async def waiting(self, salon_id: int) -> Sequence[SessionHint]:
        """See `HintStore.waiting`."""
        return [
            hint for key, hint in self.kept.items() if hint.salon_id == salon_id and key not in self.settled
        ]

    async def settle(self, hints: Sequence[SessionHint]) -> None:
        """See `HintStore.settle`."""
        self.settled |= {(hint.instance, hint.event_id) for hint in hints}

    def watch(self, came: Callable[[int | None], None]) -> Callable[[], None]:
        """See `HintStore.watch`."""
        token = object()
        self._watchers[token] = came
        return lambda: self._watchers.pop(token, None) and None
