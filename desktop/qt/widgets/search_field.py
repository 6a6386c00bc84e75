"""A field to search in."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from desktop.qt.icons import Icons

_LEAST_CHARS: Final = 14
_PAUSE_MS: Final = 120
"""A pause in typing this long is taken for the end of a word."""


class SearchField(QLineEdit):
    """Says what was typed after a short pause, at once on Enter or when it was emptied; Esc empties it."""

    searched = Signal(str)

    def __init__(self, icons: Icons, max_chars: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMaxLength(max_chars)
        self.setClearButtonEnabled(True)
        self._sign = QAction(self)
        self._icons = icons
        self._last = ""
        self.addAction(self._sign, QLineEdit.ActionPosition.LeadingPosition)
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._tell)
        self.textEdited.connect(self._on_text_edited)
        self.textChanged.connect(self._on_text_changed)
        self.returnPressed.connect(self._tell)
        self.refresh_icon()

    def refresh_icon(self) -> None:
        """Draw the sign in the theme's colour."""
        self._sign.setIcon(self._icons.icon("search", "text-quiet"))

    def minimumSizeHint(self) -> QSize:
        """Room for a word or two, in any size of text."""
        size = super().minimumSizeHint()
        return QSize(self.fontMetrics().horizontalAdvance("m" * _LEAST_CHARS), size.height())

    def put(self, text: str) -> None:
        """Show a text as if it had been searched already."""
        self._last = text
        self.setText(text)

    def event(self, event: QEvent) -> bool:
        """Esc empties the field before it means anything to the window."""
        is_escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if is_escape and self.text():
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                self.clear()
                return True
        return super().event(event)

    def _on_text_edited(self, text: str) -> None:
        self._pause.start()

    def _on_text_changed(self, text: str) -> None:
        if not text:
            self._tell()

    def _tell(self) -> None:
        self._pause.stop()
        text = " ".join(self.text().split())
        if text != self._last:
            self._last = text
            self.searched.emit(text)
