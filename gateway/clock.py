"""The only place that reads the machine's clocks."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from datetime import UTC, datetime, timedelta

MEASURES_KEPT = 30
_SINCE_BOOT: int | None = getattr(time, "CLOCK_BOOTTIME", None)
"""Linux's monotonic clock that counts the time a machine was suspended; `time.monotonic` leaves it out there."""

STEP_S = 2.0
"""A measure that is this much behind the others means that the clock was set back, not that an answer was late."""


class SystemClock:
    """Wall and monotonic time of this machine; satisfies `gateway.application.ports.Clock`."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds on a clock that never steps back and, where there is one, goes on while the machine sleeps.

        A lease runs out meanwhile in the database: whoever wakes up must know it before it does anything.
        """
        return time.monotonic() if _SINCE_BOOT is None else time.clock_gettime(_SINCE_BOOT)

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds`; returns at once when it is not positive."""
        await asyncio.sleep(max(0.0, seconds))


class SharedClock(SystemClock):
    """The time of all processes: the database's, carried on between two looks by this machine's monotonic clock.

    However wrong a machine's own clock is, and however it is set meanwhile, a link that one process has issued is
    valid at another, and what one puts off for a minute is due in a minute. Until the first look, and without a
    database, it goes on from the machine's clock as it was at the start.
    """

    def __init__(self) -> None:
        self._ahead = super().now() - timedelta(seconds=self.monotonic())
        self._measures: deque[datetime] = deque(maxlen=MEASURES_KEPT)

    def now(self) -> datetime:
        """Return the shared present moment, aware, in UTC."""
        return self._ahead + timedelta(seconds=self.monotonic())

    def follow(self, told: datetime) -> None:
        """Take in the moment that the database has just told.

        An answer can be late, never early, so of the last measures the one furthest ahead is the truest.
        """
        measure = told - timedelta(seconds=self.monotonic())
        if self._measures and (max(self._measures) - measure).total_seconds() > STEP_S:
            self._measures.clear()
        self._measures.append(measure)
        self._ahead = max(self._measures)
