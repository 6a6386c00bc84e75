"""Chips: counters that filter."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

from desktop.qt.icons import Icons
from desktop.qt.texts import number_text
from desktop.qt.widgets.flow import FlowLayout

_PADDING: Final = 13


class Chip(QToolButton):
    """A checkable chip: icon, word, count. It grows with its text and is never cut."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._word = ""
        self._count: int | None = None
        self.setCheckable(True)
        self.setProperty("kind", "chip")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @property
    def word(self) -> str:
        """Its word, without the count."""
        return self._word

    @property
    def count(self) -> int | None:
        """The count it shows, when there is one."""
        return self._count

    def set_word(self, word: str) -> None:
        """Show a word."""
        self._word = word
        self._show()

    def set_count(self, count: int | None) -> None:
        """Show a count; None while it is not known."""
        if count != self._count:
            self._count = count
            self._show()

    def sizeHint(self) -> QSize:
        """Exactly as wide as what it shows."""
        width = QFontMetrics(self.font()).horizontalAdvance(self.text()) + 2 * _PADDING
        if not self.icon().isNull():
            width += self.iconSize().width()
        return QSize(width, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Never narrower than its text."""
        return self.sizeHint()

    def _show(self) -> None:
        text = self._word if self._count is None else f"{self._word}  {number_text(self._count)}"
        gap = "" if self.icon().isNull() else " "
        self.setText(gap + text.replace("&", "&&"))
        self.updateGeometry()
        name = self._word if self._count is None else f"{self._word}: {number_text(self._count)}"
        self.setAccessibleName(name)


class ChipRow(QWidget):
    """Chips by key in one or more lines; any number of them may be chosen, none means all."""

    chosen = Signal()

    def __init__(self, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons = icons
        self._chips: dict[str, Chip] = {}
        self.last_pressed = ""
        self._flow = FlowLayout(self, spacing=6)

    def add(self, key: str, icon: str | None = None, colour: str = "text") -> Chip:
        """Add a chip; its word is set later by `set_word`."""
        chip = self._chips[key] = Chip(self)
        if icon is not None:
            self._icons.dress(chip, icon, colour)
        else:
            chip.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        chip.clicked.connect(lambda: self._on_chip_clicked(key))
        self._flow.addWidget(chip)
        return chip

    def _on_chip_clicked(self, key: str) -> None:
        self.last_pressed = key
        self.chosen.emit()

    def chip(self, key: str) -> Chip:
        """Return a chip. Raises KeyError."""
        return self._chips[key]

    def keys(self) -> list[str]:
        """Return the chips' keys in their order."""
        return list(self._chips)

    def set_word(self, key: str, word: str) -> None:
        """Show a chip's word."""
        self._chips[key].set_word(word)

    def set_count(self, key: str, count: int | None) -> None:
        """Show a chip's count."""
        self._chips[key].set_count(count)

    def chosen_keys(self) -> list[str]:
        """Return the keys that are chosen."""
        return [key for key, chip in self._chips.items() if chip.isChecked()]

    def choose(self, keys: list[str]) -> None:
        """Choose these and no others, without saying so."""
        for key, chip in self._chips.items():
            chip.setChecked(key in keys)
