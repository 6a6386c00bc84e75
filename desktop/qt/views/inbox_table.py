"""The inbox's list: what each webhook says, and how it is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QKeyEvent, QPainter

from desktop.qt.live_table import LiveTable
from desktop.qt.row_drawing import PADDING, Look, RowDrawing
from desktop.qt.row_table import RowTable
from desktop.qt.texts import marked, number_text, salon_text, translate
from desktop.qt.ticker import Ticker
from desktop.qt.tools import Tools
from desktop.qt.webhook_texts import (
    KIND_LOOKS,
    STATE_LOOKS,
    error_text,
    event_text,
    kind_word,
    moment_text,
    outcome_tone,
    outcome_word,
    result_text,
    state_word,
)
from shared.admin_wire import WebhookRow
from shared.vocabulary import WebhookKind, WebhookState


class InboxColumn(IntEnum):
    """The inbox's columns, in their order."""

    STATE = 0
    EVENT = 1
    SALON = 2
    RESULT = 3
    ATTEMPTS = 4
    RECEIVED = 5


_C = InboxColumn
_HEADINGS: Final = {
    _C.STATE: marked("Webhooks", "State"),
    _C.EVENT: marked("Webhooks", "Event"),
    _C.SALON: marked("Webhooks", "Salon"),
    _C.RESULT: marked("Webhooks", "What it changed"),
    _C.ATTEMPTS: marked("Webhooks", "Attempts"),
    _C.RECEIVED: marked("Webhooks", "Received"),
}
_WIDTHS: Final = {_C.STATE: 126, _C.ATTEMPTS: 84, _C.RECEIVED: 128}
_GIVEN_UP: Final = (_C.ATTEMPTS, _C.RECEIVED)
"""Columns that go, in this order, where there is no room."""
_SHARES: Final = {_C.EVENT: 36, _C.SALON: 32, _C.RESULT: 32}
_LEAST_TEXT: Final = 360


class WebhookCells:
    """The texts of the inbox."""

    columns = len(InboxColumn)

    def __init__(self, ticker: Ticker) -> None:
        self._ticker = ticker

    def heading(self, column: int) -> str:
        """Return a column's heading."""
        return translate("Webhooks", _HEADINGS[InboxColumn(column)])

    def text(self, row: WebhookRow, column: int) -> str:
        """Return what a cell says."""
        match column:
            case InboxColumn.STATE:
                return state_word(row.state)
            case InboxColumn.EVENT:
                return event_text(row)
            case InboxColumn.SALON:
                return self._salon(row)
            case InboxColumn.RESULT:
                return self._result(row)
            case InboxColumn.ATTEMPTS:
                return number_text(row.attempts) if row.attempts else ""
            case _:
                return moment_text(row.received_at, row.timezone, self._ticker.now()).text

    def tooltip(self, row: WebhookRow, column: int) -> str:
        """Return what a cell says on hover."""
        if column == InboxColumn.RESULT:
            return result_text(row) if row.error is None else f"{result_text(row)}\n{error_text(row.error)}"
        if column == InboxColumn.RECEIVED:
            return moment_text(row.received_at, row.timezone).tooltip
        if column == InboxColumn.EVENT:
            return f"{kind_word(row.kind)}: {event_text(row)}"
        if column == InboxColumn.SALON and row.salon_id is not None:
            return f"{self._salon(row)}\n{row.salon_id}"
        return self.text(row, column)

    def row_id(self, row: WebhookRow) -> int:
        """Return a row's own id."""
        return row.webhook_id

    def dated_texts(self, row: WebhookRow) -> Mapping[int, str]:
        """Return when it came: today's moments leave out the date."""
        return {InboxColumn.RECEIVED: self.text(row, InboxColumn.RECEIVED)}

    def is_number(self, column: int) -> bool:
        """Whether a column holds numbers."""
        return column == InboxColumn.ATTEMPTS

    def _salon(self, row: WebhookRow) -> str:
        if row.title is not None:
            return salon_text(row.title, row.city)
        if row.salon_id is None:
            return translate("Webhooks", "names no salon")
        return translate("Webhooks", "{salon_id}, not one of ours").format(salon_id=row.salon_id)

    def _result(self, row: WebhookRow) -> str:
        if row.outcome is not None:
            return outcome_word(row.outcome)
        if row.error is not None:
            return error_text(row.error)
        return translate("Webhooks", "being worked") if row.is_being_worked else "—"


class InboxDrawing(RowDrawing[WebhookRow]):
    """Draws webhooks: state and event have their icons, what calls for a look its colour."""

    def width_beside_text(self, column: int) -> int:
        """Return the room of an icon."""
        return self.theme.icon_size + PADDING if column in (InboxColumn.STATE, InboxColumn.EVENT) else 0

    def draw_cell(self, painter: QPainter, area: QRect, row: WebhookRow, column: int, look: Look) -> None:
        """Draw one cell."""
        inner, tone = area.adjusted(PADDING, 0, -PADDING, 0), "text"
        if column == InboxColumn.STATE:
            icon, colour = STATE_LOOKS[row.state]
            inner = self.draw_icon(painter, inner, self.icons.pixmap(icon, colour))
        elif column == InboxColumn.EVENT:
            icon, colour = KIND_LOOKS[row.kind]
            inner = self.draw_icon(painter, inner, self.icons.pixmap(icon, colour))
            tone = "warn" if row.kind is WebhookKind.UNKNOWN else "text"
        elif column == InboxColumn.RESULT:
            is_bad = row.state is WebhookState.DEAD
            tone = "bad" if is_bad else outcome_tone(row.outcome) or "text-quiet"
        elif column == InboxColumn.RECEIVED or row.title is None:
            tone = "text-quiet"
        is_number = self.cells.is_number(column)
        self.draw_text(painter, inner, self.cells.text(row, column), tone, is_number=is_number)


class InboxTable(RowTable[WebhookRow]):
    """Says which webhook was opened."""

    def __init__(self, tools: Tools, table: LiveTable[WebhookRow]) -> None:
        super().__init__(tools, table, InboxDrawing(tools.theme, tools.icons, table.cells))
        self.setSelectionMode(RowTable.SelectionMode.SingleSelection)
        self._on_theme_changed()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the webhook."""
        webhook_id = self.current_id()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and webhook_id is not None:
            self.row_opened.emit(webhook_id)
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
        for column, share in _SHARES.items():
            self.setColumnWidth(column, max(px(90), rest * share // 100))
