"""What keeps a hand that slipped from doing harm: production is read-only until somebody unlocks it."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta
from typing import Any

from desktop.model.clock import Clock
from desktop.model.observable import Signal
from desktop.model.profiles import ProfileKind
from shared.protocol import BY_NAME, Operation

UNLOCKED_FOR = timedelta(minutes=15)
READ_ONLY = "read_only"
_EVER_ALLOWED = frozenset({"bulk.cancel", "fixes.cancel", "installs.keep"})
"""Commands that only take something back: never refused, for the person may be stopping a mistake."""


class Safety:
    """Whether commands may be given to this gateway now; it says why not before anything is sent."""

    def __init__(self, clock: Clock) -> None:
        self.changed: Signal[[]] = Signal()
        self.kind = ProfileKind.PRODUCTION
        self.unlocked_until: datetime | None = None
        self._clock = clock

    @property
    def is_locked(self) -> bool:
        """Whether commands are refused."""
        if self.kind is not ProfileKind.PRODUCTION:
            return False
        return self.unlocked_until is None or self._clock.now() >= self.unlocked_until

    @property
    def needs_typed_name(self) -> bool:
        """Whether a destructive act asks for the salon's name to be typed: everywhere but in the demo."""
        return self.kind is not ProfileKind.DEMO

    def enter(self, kind: ProfileKind) -> None:
        """Another gateway: whatever was unlocked is locked again."""
        self.kind, self.unlocked_until = kind, None
        self.changed.emit()

    def unlock(self) -> None:
        """Let commands through for fifteen minutes."""
        self.unlocked_until = self._clock.now() + UNLOCKED_FOR
        self.changed.emit()

    def lock(self) -> None:
        """Read-only again, at once."""
        self.unlocked_until = None
        self.changed.emit()

    def tick(self) -> None:
        """Tell it when the time has run out; called now and then by whoever shows the lock."""
        if self.unlocked_until is not None and self._clock.now() >= self.unlocked_until:
            self.lock()

    def remaining_s(self) -> float:
        """Return for how many seconds it stays unlocked."""
        if self.unlocked_until is None:
            return 0.0
        return max(0.0, (self.unlocked_until - self._clock.now()).total_seconds())

    def refusal_for(self, operation: str | Operation[Any, Any]) -> str | None:
        """Return why an operation is refused here, as a code, or None when it may be asked for."""
        known = BY_NAME[operation] if isinstance(operation, str) else operation
        if known.is_command and self.is_locked and known.name not in _EVER_ALLOWED:
            return READ_ONLY
        return None


def is_name_typed(title: str, typed: str) -> bool:
    """Return whether somebody typed a salon's name: spaces and letter forms may differ, nothing else may."""
    return _comparable(typed) == _comparable(title) != ""


def _comparable(text: str) -> str:
    shown = "".join(
        each for each in unicodedata.normalize("NFKC", text) if unicodedata.category(each) != "Cf"
    )
    return " ".join(shown.split())
