"""Starting many sessions after a restart without a storm."""

from __future__ import annotations

import random

from gateway.application.ports import Clock

_RESOLUTION_S = 1e-6


class StartGate:
    """Hands out moments to start: the first few at once, then at a steady rate with some jitter."""

    def __init__(self, clock: Clock, rng: random.Random, *, per_s: float = 5.0, burst: int = 5) -> None:
        self._clock = clock
        self._rng = rng
        self._interval_s = 1 / per_s
        self._burst = burst
        self._free_at = clock.monotonic() - burst * self._interval_s

    def delay_s(self) -> float:
        """Reserve the next moment and return how many seconds away it is."""
        now = self._clock.monotonic()
        self._free_at = max(self._free_at, now - self._burst * self._interval_s) + self._interval_s
        if self._free_at <= now + _RESOLUTION_S:
            return 0.0
        return self._free_at - now + self._rng.uniform(0, self._interval_s)
