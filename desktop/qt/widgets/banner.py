"""Banners: what is the matter in one line, and what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from desktop.qt.icons import Icons
from desktop.qt.widgets.basics import Tone, button, label, name_it, set_look, tool_button

TONE_ICONS = {"ok": "check-circle", "warn": "stage-attention", "bad": "stage-attention", "info": "info"}


class Banner(QFrame):
    """A line with an icon, a text, at most one action, and a cross when it can be put away."""

    acted = Signal()
    closed = Signal()

    def __init__(
        self, icons: Icons, tone: Tone = "info", *, is_closable: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._icons = icons
        self.setProperty("role", "banner")
        self.icon = QLabel()
        self.text = label(is_wrapped=True, is_selectable=True)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.action = button()
        self.action.hide()
        self.action.clicked.connect(lambda: self.acted.emit())
        self.cross = tool_button()
        icons.dress(self.cross, "cross")
        self.cross.clicked.connect(lambda: self.closed.emit())
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 6, 8, 6)
        layout.setSpacing(8)
        layout.addWidget(self.icon)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.action)
        layout.addWidget(self.cross)
        if not is_closable:
            self.cross.hide()
        self.set_tone(tone)

    def set_tone(self, tone: Tone) -> None:
        """Show how serious it is, by colour and by the icon's shape."""
        self._icons.dress(self.icon, TONE_ICONS.get(tone, "info"), tone or "text")
        set_look(self, tone=tone)

    def set_text(self, text: str) -> None:
        """Say what is the matter."""
        self.text.setText(text)
        self.text.setAccessibleName(text)

    def set_action(self, text: str) -> None:
        """Offer something to do; an empty text takes it away."""
        self.action.setText(text)
        self.action.setVisible(bool(text))

    def set_close_name(self, name: str) -> None:
        """Name the cross."""
        name_it(self.cross, name)
