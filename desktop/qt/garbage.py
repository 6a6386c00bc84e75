"""Reference cycles are collected in the GUI thread alone.

Python collects them in whichever thread happens to allocate next, and a cycle may hold widgets. Where the asyncio
thread destroys one, Qt locks the widget's connections and then waits for the interpreter; meanwhile the GUI thread,
which has the interpreter, waits for that lock, and the window stands still for ever.
"""

from __future__ import annotations

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimer

_EVERY_MS: Final = 250
FULL_EVERY: Final = 240
"""The oldest objects, which take longest, are looked at once in so many times: once a minute."""


class Garbage(QObject):
    """Takes collecting over from Python between `start` and `stop`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._since_full = 0
        self._was_enabled = False
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._timer.timeout.connect(self.collect)

    def start(self) -> None:
        """Collect in the calling thread from now on."""
        self._was_enabled = gc.isenabled()
        gc.disable()
        self._timer.start()

    def settle(self) -> None:
        """Never look again at what there is now: it is there to stay, and to look through it takes 0.1 s."""
        gc.freeze()

    def stop(self) -> None:
        """Leave it to Python again."""
        self._timer.stop()
        gc.unfreeze()
        if self._was_enabled:
            gc.enable()

    def collect(self) -> None:
        """Collect what Python itself would have by now."""
        self._since_full += 1
        counts, limits = gc.get_count(), gc.get_threshold()
        if self._since_full >= FULL_EVERY:
            self._since_full = 0
            gc.collect()
        elif counts[1] > limits[1]:
            gc.collect(1)
        elif counts[0] > limits[0]:
            gc.collect(0)
