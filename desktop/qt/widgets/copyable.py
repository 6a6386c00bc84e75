"""A machine's word with a button that copies it."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.qt.icons import Icons
from desktop.qt.theme import Theme
from desktop.qt.widgets.basics import ElidedLabel, name_it, tool_button


def copy_text(text: str) -> None:
    """Put a text on the clipboard."""
    QGuiApplication.clipboard().setText(text)


class CopyableId(QWidget):
    """An id in a monospaced font, and a button to copy it."""

    def __init__(self, icons: Icons, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.text = ElidedLabel()
        self.copy = tool_button()
        icons.dress(self.copy, "copy", "text-quiet")
        self.copy.clicked.connect(lambda: copy_text(self.text.text()))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.copy)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def set_text(self, text: str, copy_name: str) -> None:
        """Show an id; `copy_name` says what the button copies."""
        self.text.setText(text)
        self.setVisible(bool(text))
        name_it(self.copy, copy_name)

    def _on_theme_changed(self) -> None:
        self.text.setFont(self._theme.font(is_mono=True))
