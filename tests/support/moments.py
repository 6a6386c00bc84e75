"""A clock for stores: stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class StillClock:
    """Satisfies the Clock port; `sleep` moves it on at once."""

    def __init__(self) -> None:
        self.at = datetime(2026, 5, 1, 12, tzinfo=UTC)

    def now(self) -> datetime:
        """Return where it stands."""
        return self.at

    def monotonic(self) -> float:
        """Return where it stands, in seconds."""
        return self.at.timestamp()

    async def sleep(self, seconds: float) -> None:
        """Move on by `seconds` without waiting."""
        self.at += timedelta(seconds=seconds)

    def move(self, seconds: float) -> None:
        """Move on by `seconds`."""
        self.at += timedelta(seconds=seconds)
