"""What stands where there is nothing to show: what will be here, and how to get it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from desktop.qt.icons import Icons
from desktop.qt.widgets.basics import button, column, label, row


class EmptyState(QWidget):
    """An icon, a title, a sentence or two, and at most one action."""

    acted = Signal()

    def __init__(self, icons: Icons, icon: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons = icons
        self.icon = QLabel()
        self.icon.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.title = label("heading", is_wrapped=True)
        self.text = label("quiet", is_wrapped=True)
        for one in (self.title, self.text):
            one.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.action = button()
        self.action.hide()
        self._act: Callable[[], object] | None = None
        self.action.clicked.connect(self._on_clicked)
        middle = column(self.icon, self.title, self.text, row(None, self.action, None), spacing=12)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 24)
        layout.addStretch(1)
        layout.addLayout(column(None, middle, None, None), 4)
        layout.addStretch(1)
        self.set_icon(icon)

    def set_icon(self, icon: str) -> None:
        """Show another icon."""
        self._icons.dress(self.icon, icon, "text-quiet", 40)

    def set_texts(
        self, title: str, text: str, action: str = "", act: Callable[[], object] | None = None
    ) -> None:
        """Say what is not here and why; offer something to do when there is something.

        `act` does it; without one `acted` is told, for the view to do what it usually does from here.
        """
        self.title.setText(title)
        self.text.setText(text)
        self.action.setText(action)
        self.action.setVisible(bool(action))
        self._act = act

    def _on_clicked(self) -> None:
        if self._act is not None:
            self._act()
        else:
            self.acted.emit()
