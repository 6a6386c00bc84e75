"""The clock as the models need it: passed in, so that a test can move it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """What time it is on this machine; `desktop.services.clock.SystemClock` and the tests' fake clock are ones."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""

    def monotonic(self) -> float:
        """Return seconds on a clock that never steps back."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""
