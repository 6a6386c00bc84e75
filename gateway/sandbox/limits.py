"""The platform's request limits: five a second and two hundred a minute from one address, sliding."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

PER_SECOND = 5
PER_MINUTE = 200
_ARRIVALS_KEPT = 100_000
_PEERS_KEPT = 1024


@dataclass(slots=True)
class _Window:
    """Moments within the last minute, oldest first."""

    moments: deque[float] = field(default_factory=lambda: deque(maxlen=_ARRIVALS_KEPT))

    def add(self, now: float) -> None:
        self.moments.append(now)
        while self.moments and self.moments[0] <= now - 60.0:
            self.moments.popleft()

    def within(self, now: float, seconds: float) -> int:
        """Count the moments in `(now - seconds, now]`."""
        count = 0
        for moment in reversed(self.moments):
            if moment <= now - seconds:
                break
            count += 1
        return count

    def free_in(self, now: float, limit: int, seconds: float) -> float:
        """Return the seconds until fewer than `limit` moments are within the window; 0 when free now."""
        if self.within(now, seconds) < limit:
            return 0.0
        return max(0.0, self.moments[-limit] + seconds - now)


class Limiter:
    """Counts the calls that were let through, per peer address."""

    def __init__(self) -> None:
        self._peers: dict[str, _Window] = {}

    def admit(self, peer: str, now: float) -> float:
        """Take one call of `peer`; return 0 when it is let through, else the seconds until one would be."""
        window = self._window(peer)
        wait = max(window.free_in(now, PER_SECOND, 1.0), window.free_in(now, PER_MINUTE, 60.0))
        if wait == 0.0:
            window.add(now)
        return wait

    def clear(self) -> None:
        """Forget every call."""
        self._peers.clear()

    def _window(self, peer: str) -> _Window:
        if peer not in self._peers and len(self._peers) >= _PEERS_KEPT:
            self._peers.pop(next(iter(self._peers)))
        return self._peers.setdefault(peer, _Window())


class RateGauge:
    """The most calls that ever fell into one sliding second and one sliding minute, refused ones included."""

    def __init__(self) -> None:
        self._window = _Window()
        self.max_per_second = 0
        self.max_per_minute = 0

    def record(self, now: float) -> None:
        """Count one arrival at `now`, on a clock that never steps back."""
        self._window.add(now)
        self.max_per_second = max(self.max_per_second, self._window.within(now, 1.0))
        self.max_per_minute = max(self.max_per_minute, len(self._window.moments))
