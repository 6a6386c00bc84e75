"""The sheet of keys under F1."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.qt.shortcuts import ALL, Scope
from desktop.qt.texts import marked, translate
from desktop.qt.theme import Theme
from desktop.qt.widgets.basics import label
from desktop.qt.widgets.rolling import open_at

_SCOPES: Final = {
    Scope.EVERYWHERE: marked("Keys", "Everywhere"),
    Scope.MAIN: marked("Keys", "In the main window"),
    Scope.LIST: marked("Keys", "In a list"),
    Scope.SALON: marked("Keys", "In a salon"),
    Scope.PANE: marked("Keys", "In the main window's salon"),
    Scope.WINDOW: marked("Keys", "In a salon's own window"),
    Scope.FIELD: marked("Keys", "In a field"),
}


class KeysSheet(QDialog):
    """Every key and what it does; not modal, Esc closes it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(translate("Keys", "Keys"))
        inner = QWidget()
        inner.setProperty("role", "scrolled")
        grid = QGridLayout(inner)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        for scope, source in _SCOPES.items():
            heading = label("heading")
            heading.setText(translate("Keys", source))
            grid.addWidget(heading, grid.rowCount(), 0, 1, 2)
            for shortcut in ALL.values():
                if shortcut.scope is not scope:
                    continue
                keys, text = label(), label(is_wrapped=True)
                keys.setFont(theme.font(is_mono=True))
                keys.setText(shortcut.sequence().toString(QKeySequence.SequenceFormat.NativeText))
                text.setText(shortcut.text())
                at = grid.rowCount()
                grid.addWidget(keys, at, 0)
                grid.addWidget(text, at, 1)
        grid.setRowStretch(grid.rowCount(), 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setAccessibleName(translate("Keys", "Keys"))
        area.setWidget(inner)
        buttons = QDialogButtonBox()
        close = QPushButton(translate("Keys", "Close"))
        buttons.addButton(close, QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(area, 1)
        layout.addWidget(buttons)
        open_at(self, theme.px(560), theme.px(620))
