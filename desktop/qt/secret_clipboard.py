"""The clipboard for what must not stay on it: links that are keys, pairing codes."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication

CLEARED_AFTER_S: Final = 60


class SecretClipboard(QObject):
    """Copies a text and takes it off the clipboard after a minute, unless something else is there by then."""

    def __init__(self, parent: QObject | None = None, clears_after_s: float = CLEARED_AFTER_S) -> None:
        super().__init__(parent)
        self._copied = ""
        self._timer = QTimer(self, singleShot=True, interval=round(clears_after_s * 1000))
        self._timer.timeout.connect(self.clear)

    def copy(self, text: str) -> None:
        """Put a text on the clipboard for a while."""
        self._copied = text
        QGuiApplication.clipboard().setText(text)
        self._timer.start()

    def clear(self) -> None:
        """Take the text off now, if it is still there."""
        self._timer.stop()
        clipboard = QGuiApplication.clipboard()
        if self._copied and clipboard.text() == self._copied:
            clipboard.clear()
        self._copied = ""
