"""The headings of a small table."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTableWidget, QTableWidgetItem


def set_headings(table: QTableWidget, texts: Sequence[str], numbers: Collection[int] = ()) -> None:
    """Name a table's columns, those of numbers at the right. One that is cut ends with … and is said on hover."""
    table.horizontalHeader().setTextElideMode(Qt.TextElideMode.ElideRight)
    for column, text in enumerate(texts):
        side = Qt.AlignmentFlag.AlignRight if column in numbers else Qt.AlignmentFlag.AlignLeft
        heading = QTableWidgetItem(text)
        heading.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        heading.setToolTip(text)
        table.setHorizontalHeaderItem(column, heading)
