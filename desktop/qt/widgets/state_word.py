"""A state as icon and word."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from desktop.qt.icons import Icons
from desktop.qt.texts import stage_word
from desktop.qt.theme import STAGE_COLOURS
from desktop.qt.widgets.basics import Role, label
from shared.vocabulary import Stage


class StateWord(QWidget):
    """An icon in a token's colour with a word beside it: colour is never the only sign."""

    def __init__(self, icons: Icons, role: Role = "text", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons = icons
        self.icon = QLabel()
        self.word = label(role)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.icon)
        layout.addWidget(self.word)

    def set_state(self, icon: str, colour: str, word: str) -> None:
        """Show a state."""
        self._icons.dress(self.icon, icon, colour)
        self.word.setText(word)
        self.setAccessibleName(word)

    def set_stage(self, stage: Stage) -> None:
        """Show an install's stage."""
        self.set_state(f"stage-{stage}", STAGE_COLOURS[stage], stage_word(stage))
