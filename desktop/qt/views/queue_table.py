"""The callback queue's list: what each call says, and how it is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QKeyEvent, QPainter

from desktop.qt.explanations import explained
from desktop.qt.live_table import LiveTable
from desktop.qt.row_drawing import PADDING, Look, RowDrawing
from desktop.qt.row_table import RowTable
from desktop.qt.texts import age_text, call_word, marked, number_text, salon_text, translate, when_text
from desktop.qt.ticker import Ticker
from desktop.qt.tools import Tools
from desktop.qt.views.calls import CALL_LOOKS, kind_word
from shared.admin_wire import CallRow
from shared.vocabulary import CallState


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

    def dated_texts(self, row: CallRow) -> Mapping[int, str]:
        """Return when a call is or was."""
        return {QueueColumn.NEXT: self._when(row)}

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


class QueueDrawing(RowDrawing[CallRow]):
    """Draws calls: the state has its icon and its word, the rest one line each."""

    def width_beside_text(self, column: int) -> int:
        """Return the room of a state's icon."""
        return self.theme.icon_size + PADDING if column == QueueColumn.STATE else 0

    def draw_cell(self, painter: QPainter, area: QRect, row: CallRow, column: int, look: Look) -> None:
        """Draw one cell."""
        inner, tone = area.adjusted(PADDING, 0, -PADDING, 0), "text"
        if column == QueueColumn.STATE:
            icon, colour = CALL_LOOKS[row.state]
            inner = self.draw_icon(painter, inner, self.icons.pixmap(icon, colour))
        elif column == QueueColumn.WHY:
            tone = "bad" if row.state is CallState.FAILED else "text-quiet"
        is_number = self.cells.is_number(column)
        self.draw_text(painter, inner, self.cells.text(row, column), tone, is_number=is_number)


class QueueTable(RowTable[CallRow]):
    """Says which call was opened."""

    def __init__(self, tools: Tools, table: LiveTable[CallRow]) -> None:
        super().__init__(tools, table, QueueDrawing(tools.theme, tools.icons, table.cells))
        self._on_theme_changed()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the call."""
        call_id = self.current_id()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and call_id is not None:
            self.row_opened.emit(call_id)
            return
        super().keyPressEvent(event)

    def spread_columns(self) -> None:
        """Share the room: the texts take what the rest leaves."""
        px = self.tools.theme.px
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
