"""A timer that measures how long the event loop it lives on stands still."""

from __future__ import annotations

import time

from PySide6.QtCore import QTimer

TICK_MS = 2


class Pulse:
    """A timer that ought to fire every two milliseconds: how late it is, is how long the window stood still."""

    def __init__(self) -> None:
        self.gaps_ms: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer(interval=TICK_MS)
        self._timer.timeout.connect(self._on_timeout)

    def start(self) -> None:
        """Begin to measure."""
        self.gaps_ms.clear()
        self._last = time.perf_counter()
        self._timer.start()

    def stop(self) -> None:
        """Measure no more."""
        self._timer.stop()

    def _on_timeout(self) -> None:
        now = time.perf_counter()
        self.gaps_ms.append((now - self._last) * 1000 - TICK_MS)
        self._last = now
