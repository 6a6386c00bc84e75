"""The callback queue's list: what each call says, and how it is drawn."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent, QKeyEvent, QMouseEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from desktop.qt.explanations import explained
from desktop.qt.live_table import LiveTable
from desktop.qt.texts import age_text, call_word, marked, number_text, salon_text, translate, when_text
from desktop.qt.ticker import Ticker
from desktop.qt.tools import Tools
from desktop.qt.views.calls import CALL_LOOKS, kind_word
from shared.admin_wire import CallRow
from shared.vocabulary import CallState

_PADDING: Final = 8
_RESTING_MS: Final = 60_000
"""A pointer that has not moved for so long is not about to click."""


class QueueColumn(IntEnum):
    """The queue's columns, in their order."""

    STATE = 0
    SALON = 1
    WHY = 2
    STATUS = 3
    ATTEMPTS = 4
    NEXT = 5


_C = QueueColumn
_HEADINGS: Final = {
    _C.STATE: marked("Queue", "State"),
    _C.SALON: marked("Queue", "Salon"),
    _C.WHY: marked("Queue", "Why"),
    _C.STATUS: marked("Queue", "Answer"),
    _C.ATTEMPTS: marked("Queue", "Attempts"),
    _C.NEXT: marked("Queue", "When"),
}
_WIDTHS: Final = {_C.STATE: 130, _C.STATUS: 80, _C.ATTEMPTS: 84, _C.NEXT: 130}
_GIVEN_UP: Final = (_C.ATTEMPTS, _C.STATUS, _C.NEXT)
"""Columns that go, in this order, where there is no room."""
_LEAST_TEXT: Final = 330


class CallCells:
    """The texts of the queue."""

    columns = len(QueueColumn)

    def __init__(self, ticker: Ticker) -> None:
        self._ticker = ticker

    def heading(self, column: int) -> str:
        """Return a column's heading."""
        return translate("Queue", _HEADINGS[QueueColumn(column)])

    def text(self, row: CallRow, column: int) -> str:
        """Return what a cell says."""
        match column:
            case QueueColumn.STATE:
                return call_word(row.state)
            case QueueColumn.SALON:
                return salon_text(row.title, row.city)
            case QueueColumn.WHY:
                return self._why(row)
            case QueueColumn.STATUS:
                return "" if row.last_status is None else str(row.last_status)
            case QueueColumn.ATTEMPTS:
                return number_text(row.attempts)
            case _:
                return self._when(row)

    def tooltip(self, row: CallRow, column: int) -> str:
        """Return what a cell says on hover."""
        if column == QueueColumn.WHY and row.error_code:
            known = explained(row.error_code)
            return "\n".join(part for part in (known.title, known.cause, known.advice) if part)
        if column == QueueColumn.NEXT:
            moment = row.finished_at or row.next_attempt_at
            return when_text(moment, row.timezone).tooltip
        return self.text(row, column)

    def row_id(self, row: CallRow) -> int:
        """Return a row's own id."""
        return row.call_id

    def is_number(self, column: int) -> bool:
        """Whether a column holds numbers."""
        return column in (QueueColumn.STATUS, QueueColumn.ATTEMPTS)

    def _why(self, row: CallRow) -> str:
        if row.state is CallState.HELD and row.reason:
            return row.reason
        if row.error_code is None or row.state is CallState.DONE:
            return kind_word(row.kind)
        return explained(row.error_code).title

    def _when(self, row: CallRow) -> str:
        if row.is_being_worked:
            return translate("Queue", "being sent")
        if row.state is CallState.WAITING:
            left = -self._ticker.age_s(row.next_attempt_at)
            return (
                translate("Queue", "in {time}").format(time=age_text(left))
                if left > 0
                else translate("Queue", "now")
            )
        age = self._ticker.age_s(row.finished_at or row.created_at)
        return translate("Queue", "{age} ago").format(age=age_text(age))


class CallDelegate(QStyledItemDelegate):
    """Draws a call's cells: the state has its icon and its word, the rest one line each."""

    def __init__(self, tools: Tools, view: QTableView, table: LiveTable[CallRow]) -> None:
        super().__init__(view)
        self._tools, self._view, self._table = tools, view, table

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Rows are of one height."""
        return QSize(80, self._tools.theme.row_height)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw one cell."""
        theme, row, column = self._tools.theme, self._table.row_at(index.row()), index.column()
        area: QRect = option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, theme.colour("accent-soft"))
        painter.setPen(theme.colour("line"))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        inner = area.adjusted(_PADDING, 0, -_PADDING, 0)
        tone = "text"
        if column == QueueColumn.STATE:
            icon, colour = CALL_LOOKS[row.state]
            side = theme.icon_size
            painter.drawPixmap(
                inner.x(), inner.y() + (inner.height() - side) // 2, self._tools.icons.pixmap(icon, colour)
            )
            inner = inner.adjusted(side + 6, 0, 0, 0)
        elif column == QueueColumn.WHY:
            tone = "bad" if row.state is CallState.FAILED else "text-quiet"
        painter.setFont(theme.font())
        painter.setPen(theme.colour(tone))
        cells = self._table.cells
        side_flag = Qt.AlignmentFlag.AlignRight if cells.is_number(column) else Qt.AlignmentFlag.AlignLeft
        flags = int(side_flag | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
        text = painter.fontMetrics().elidedText(
            cells.text(row, column), Qt.TextElideMode.ElideRight, inner.width()
        )
        painter.drawText(inner, flags, text)
        if self._view.hasFocus() and index.row() == self._view.currentIndex().row():
            focus = theme.colour("focus")
            painter.fillRect(area.x(), area.y(), area.width(), 2, focus)
            painter.fillRect(area.x(), area.bottom() - 1, area.width(), 2, focus)


class QueueTable(QTableView):
    """Says which call was opened; many can be selected."""

    call_opened = Signal(int)
    pointer_entered = Signal()
    pointer_left = Signal()

    def __init__(self, tools: Tools, table: LiveTable[CallRow]) -> None:
        super().__init__()
        self._tools, self._table = tools, table
        self.setModel(table)
        self.setItemDelegate(CallDelegate(tools, self, table))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setMouseTracking(True)
        self._rest = QTimer(self, singleShot=True, interval=_RESTING_MS)
        self._rest.timeout.connect(self.pointer_left)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setSectionsClickable(False)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        tools.theme.changed.connect(self._on_theme_changed)
        tools.ticker.second_passed.connect(self.viewport().update)
        self._on_theme_changed()

    def keyboardSearch(self, search: str) -> None:
        """Typed letters do nothing here: searching is the field's business."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the call."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.call_opened.emit(self._table.row_at(self.currentIndex().row()).call_id)
            return
        super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A plain click opens the call."""
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        is_plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton and is_plain:
            self.call_opened.emit(self._table.row_at(index.row()).call_id)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Keep the rows still under a pointer that moves."""
        super().mouseMoveEvent(event)
        if not self._rest.isActive():
            self.pointer_entered.emit()
        self._rest.start()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Rows stand still while the pointer is here."""
        super().enterEvent(event)
        self._rest.start()
        self.pointer_entered.emit()

    def leaveEvent(self, event: QEvent) -> None:
        """Rows may come and go again."""
        super().leaveEvent(event)
        self._rest.stop()
        self.pointer_left.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the room: the texts take what the rest leaves."""
        super().resizeEvent(event)
        self._spread()

    def _spread(self) -> None:
        px = self._tools.theme.px
        room = self.viewport().width()
        shown = dict.fromkeys(_WIDTHS, True)
        for column in _GIVEN_UP:
            if sum(px(_WIDTHS[each]) for each in shown if shown[each]) + px(_LEAST_TEXT) > room:
                shown[column] = False
        for column, width in _WIDTHS.items():
            self.setColumnHidden(column, not shown[column])
            self.setColumnWidth(column, px(width))
        rest = room - sum(px(_WIDTHS[each]) for each in shown if shown[each])
        self.setColumnWidth(QueueColumn.SALON, max(px(120), rest * 9 // 20))
        self.setColumnWidth(QueueColumn.WHY, max(px(120), rest - rest * 9 // 20))

    def _on_theme_changed(self) -> None:
        self.verticalHeader().setDefaultSectionSize(self._tools.theme.row_height)
        self._spread()
        self.viewport().update()
