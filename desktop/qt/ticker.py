"""One clock for everything that ages on the screen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QObject, QTimer, Signal


class Ticker(QObject):
    """Says when a second and when half a minute has passed.

    `now` is the gateway's time, `now_here` is this machine's.
    """

    second_passed = Signal()
    half_minute_passed = Signal()

    def __init__(
        self,
        now: Callable[[], datetime],
        now_here: Callable[[], datetime] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.now = now
        self.now_here = now_here or now
        self._seconds = 0
        self._timer = QTimer(self, interval=1000)
        self._timer.timeout.connect(self._on_timer_timeout)

    def start(self) -> None:
        """Begin to tick."""
        self._timer.start()

    def stop(self) -> None:
        """Tick no more, as when the window is hidden."""
        self._timer.stop()

    def age_s(self, moment: datetime) -> float:
        """Return how long ago a moment was, in seconds."""
        return (self.now() - moment).total_seconds()

    def local_age_s(self, moment: datetime) -> float:
        """Return how long ago a moment of this machine's clock was, in seconds."""
        return (self.now_here() - moment).total_seconds()

    def _on_timer_timeout(self) -> None:
        self._seconds += 1
        self.second_passed.emit()
        if self._seconds % 30 == 0:
            self.half_minute_passed.emit()
