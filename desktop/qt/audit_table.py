"""The found acts as Qt's table wants them."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from desktop.model.audit import AuditModel
from desktop.qt.audit_texts import act_text
from desktop.qt.texts import here_text, isolate, marked, role_word, translate
from desktop.qt.ticker import Ticker
from shared.admin_wire import AuditEntry
from shared.vocabulary import StaffRole

Index = QModelIndex | QPersistentModelIndex
TIME, WHO, WHAT, SALON, REASON = range(5)
_COMMAND_LINE: Final = "cli"
_HEADINGS: Final = (
    marked("Audit", "When"), marked("Audit", "Who"), marked("Audit", "What"), marked("Audit", "Salon"),
    marked("Audit", "Why"),
)  # fmt: skip


class AuditTable(QAbstractTableModel):
    """The rows that were found; those of a next page are added below, so that nobody loses their place."""

    more_wanted = Signal()

    def __init__(self, audit: AuditModel, ticker: Ticker) -> None:
        super().__init__()
        self._audit, self._ticker = audit, ticker
        self._rows: tuple[AuditEntry, ...] = ()

    def row_at(self, number: int) -> AuditEntry:
        """Return a row."""
        return self._rows[number]

    def show_rows(self) -> None:
        """Show what the model holds now."""
        rows, shown = self._audit.rows, len(self._rows)
        if rows == self._rows:
            return
        if shown and rows[:shown] == self._rows:
            self.beginInsertRows(QModelIndex(), shown, len(rows) - 1)
            self._rows = rows
            self.endInsertRows()
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def retranslate(self) -> None:
        """Say every cell and heading anew."""
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(_HEADINGS) - 1)
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(_HEADINGS) - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """How many rows there are."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """How many columns there are."""
        return 0 if parent.isValid() else len(_HEADINGS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell says."""
        if not index.isValid():
            return None
        row, column = self._rows[index.row()], index.column()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._text(row, column)
        return self._tooltip(row, column) if role == Qt.ItemDataRole.ToolTipRole else None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a column's heading."""
        is_ours = orientation == Qt.Orientation.Horizontal and 0 <= section < len(_HEADINGS)
        if is_ours and role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return translate("Audit", _HEADINGS[section])
        if is_ours and role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def canFetchMore(self, parent: Index) -> bool:
        """Whether there are more acts than are loaded."""
        return not parent.isValid() and self._audit.next is not None and not self._audit.is_loading

    def fetchMore(self, parent: Index) -> None:
        """Ask for the next page; it comes when it comes."""
        if self.canFetchMore(parent):
            self.more_wanted.emit()

    def _text(self, row: AuditEntry, column: int) -> str:
        if column == TIME:
            return here_text(row.at, self._ticker.now_here()).text
        if column == WHO:
            return name_text(row)
        if column == WHAT:
            return act_text(row.operation)
        if column == SALON:
            return "" if row.salon_id is None else str(row.salon_id)
        return isolate(row.reason) if row.reason else ""

    def _tooltip(self, row: AuditEntry, column: int) -> str:
        if column == TIME:
            return here_text(row.at).tooltip
        if column == WHO:
            return who_text(row)
        return row.operation if column == WHAT else self._text(row, column)


def name_text(row: AuditEntry) -> str:
    """Return who did it; whoever sat at the gateway's own machine has no name there."""
    return (
        translate("Audit", "command line") if row.staff == row.role == _COMMAND_LINE else isolate(row.staff)
    )


def who_text(row: AuditEntry) -> str:
    """Return who did it, with the role, where there is one."""
    if row.role not in set(StaffRole):
        return name_text(row)
    return f"{isolate(row.staff)} · {role_word(StaffRole(row.role))}"
