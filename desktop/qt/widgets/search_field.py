"""A field to search in."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from desktop.qt.icons import Icons

_LEAST_CHARS: Final = 14


class SearchField(QLineEdit):
    """Says what is typed, as it is typed; how often it is looked for is for others to decide. Esc empties it."""

    searched = Signal(str)

    def __init__(self, icons: Icons, max_chars: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMaxLength(max_chars)
        self.setClearButtonEnabled(True)
        self._sign = QAction(self)
        self._icons = icons
        self._last = ""
        self.addAction(self._sign, QLineEdit.ActionPosition.LeadingPosition)
        self.textEdited.connect(self._tell)
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

    def sizeHint(self) -> QSize:
        """As wide as what it says while it is empty, between the two signs at its ends."""
        size, metrics = super().sizeHint(), self.fontMetrics()
        signs = 4 * metrics.height()
        return QSize(
            max(size.width(), metrics.horizontalAdvance(self.placeholderText()) + signs), size.height()
        )

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

    def _on_text_changed(self, text: str) -> None:
        if not text:
            self._tell()

    def _tell(self) -> None:
        text = " ".join(self.text().split())
        if text != self._last:
            self._last = text
            self.searched.emit(text)
