"""A table over a live window of rows: what a model tells becomes what Qt's views expect, row by row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from desktop.model.live_window import LiveWindow, VersionedRow

Row = TypeVar("Row", bound=VersionedRow)
Shown = TypeVar("Shown", contravariant=True)
Index = QModelIndex | QPersistentModelIndex
ID_ROLE = int(Qt.ItemDataRole.UserRole)
"""A row's own id."""


class Cells(Protocol[Shown]):
    """What stands in the columns of a table, by number."""

    columns: int

    def heading(self, column: int) -> str:
        """Return a column's heading."""

    def text(self, row: Shown, column: int) -> str:
        """Return what a cell says."""

    def tooltip(self, row: Shown, column: int) -> str:
        """Return what a cell says on hover."""

    def row_id(self, row: Shown) -> int:
        """Return a row's own id."""

    def dated_texts(self, row: Shown) -> Mapping[int, str]:
        """Return by column the texts that change with the time alone."""

    def is_number(self, column: int) -> bool:
        """Whether a column holds numbers, which stand at its right."""


class LiveTable(QAbstractTableModel, Generic[Row]):
    """The rows of a `LiveWindow`, in the columns of its cells."""

    more_wanted = Signal()
    """Somebody scrolled to the end of what is loaded."""

    def __init__(self, window: LiveWindow[Row], cells: Cells[Row]) -> None:
        super().__init__()
        self.window = window
        self.cells = cells
        self._watches: list[Callable[[], None]] = [
            window.resetting.connect(self.beginResetModel),
            window.reset.connect(self.endResetModel),
            window.inserting.connect(self._on_inserting),
            window.rows_inserted.connect(lambda first, last: self.endInsertRows()),
            window.removing.connect(self._on_removing),
            window.rows_removed.connect(lambda first, last: self.endRemoveRows()),
            window.moving.connect(self._on_moving),
            window.row_moved.connect(lambda source, target: self.endMoveRows()),
            window.rows_changed.connect(self._on_rows_changed),
        ]

    def release(self) -> None:
        """Hear of the window no more."""
        for disconnect in self._watches:
            disconnect()
        self._watches.clear()

    def row_at(self, number: int) -> Row:
        """Return a row."""
        return self.window.rows[number]

    # ---- what Qt asks

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """How many rows there are."""
        return 0 if parent.isValid() else len(self.window.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """How many columns there are."""
        return 0 if parent.isValid() else self.cells.columns

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell says."""
        if not index.isValid():
            return None
        row, column = self.window.rows[index.row()], index.column()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.cells.text(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.cells.tooltip(row, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(column)
        return self.cells.row_id(row) if role == ID_ROLE else None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a column's heading."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < self.cells.columns:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self.cells.heading(section)
        return self._alignment(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def canFetchMore(self, parent: Index) -> bool:
        """Whether the query has more rows than are loaded."""
        return not parent.isValid() and bool(self.window.rows) and not self.window.is_complete

    def fetchMore(self, parent: Index) -> None:
        """Ask for the next page; it comes when it comes."""
        if self.canFetchMore(parent):
            self.more_wanted.emit()

    def retranslate(self) -> None:
        """Say every cell and heading anew."""
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, self.cells.columns - 1)
        if self.window.rows:
            self._on_rows_changed(0, len(self.window.rows) - 1)

    def _alignment(self, column: int) -> Qt.AlignmentFlag:
        side = Qt.AlignmentFlag.AlignRight if self.cells.is_number(column) else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter

    # ---- what the window tells

    def _on_inserting(self, first: int, last: int) -> None:
        self.beginInsertRows(QModelIndex(), first, last)

    def _on_removing(self, first: int, last: int) -> None:
        self.beginRemoveRows(QModelIndex(), first, last)

    def _on_moving(self, source: int, target: int) -> None:
        before = target + 1 if target > source else target
        self.beginMoveRows(QModelIndex(), source, source, QModelIndex(), before)

    def _on_rows_changed(self, first: int, last: int) -> None:
        self.dataChanged.emit(self.index(first, 0), self.index(last, self.cells.columns - 1))
