"""The list of sessions: what each says, and how it is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QPainter

from desktop.qt.explanations import explained
from desktop.qt.install_cells import whatsapp_tone
from desktop.qt.live_table import LiveTable
from desktop.qt.row_drawing import PADDING, Look, RowDrawing
from desktop.qt.row_table import RowTable
from desktop.qt.running_texts import adapter_text, engine_disagrees, engine_text, process_text, size_text
from desktop.qt.texts import (
    age_text,
    capitalised,
    marked,
    number_text,
    phone_text,
    salon_text,
    translate,
    whatsapp_word,
    when_text,
)
from desktop.qt.ticker import Ticker
from desktop.qt.tools import Tools
from shared.admin_wire import SessionRow
from shared.vocabulary import WhatsappState

W = WhatsappState
STATE_LOOKS: Final = {
    W.FAILED: ("cross-circle", "bad"), W.REPLACED: ("stage-attention", "bad"), W.LOGGED_OUT: ("stage-gone", "bad"),
    W.TEMP_BANNED: ("clock", "bad"), W.OUTDATED: ("stage-attention", "bad"), W.RECONNECTING: ("refresh", "warn"),
    W.STARTING: ("stage-linking", "info"), W.LINKING: ("stage-activating", "info"), W.AWAITING_PASSKEY: ("key", "info"),
    W.PAIRING: ("stage-linking", "info"), W.PAIRING_EXPIRED: ("clock", "text-quiet"),
    W.CONNECTED: ("stage-active", "ok"), W.STOPPED: ("stage-frozen", "text-quiet"),
}  # fmt: skip
"""Every state's shape and colour."""


class SessionColumn(IntEnum):
    """The list's columns, in their order."""

    STATE = 0
    SALON = 1
    AGE = 2
    ENGINE = 3
    OWNER = 4
    CLOSE = 5
    RECONNECTS = 6
    GENERATION = 7
    MEMORY = 8
    VERSION = 9


_C = SessionColumn
_HEADINGS: Final = {
    _C.STATE: marked("Sessions", "State"),
    _C.SALON: marked("Sessions", "Salon"),
    _C.AGE: marked("Sessions", "For"),
    _C.ENGINE: marked("Sessions", "Engine says"),
    _C.OWNER: marked("Sessions", "Process"),
    _C.CLOSE: marked("Sessions", "Last close"),
    _C.RECONNECTS: marked("Sessions", "Breaks"),
    _C.GENERATION: marked("Sessions", "Generation"),
    _C.MEMORY: marked("Sessions", "Memory"),
    _C.VERSION: marked("Sessions", "Version"),
}
_HINTS: Final = {
    _C.RECONNECTS: marked("Sessions", "Connections lost within 24 hours"),
    _C.GENERATION: marked("Sessions", "How often an engine was started for the session"),
}
_WIDTHS: Final = {
    _C.STATE: 200, _C.AGE: 70, _C.ENGINE: 130, _C.OWNER: 140, _C.RECONNECTS: 84, _C.GENERATION: 104, _C.MEMORY: 84,
    _C.VERSION: 80,
}  # fmt: skip
_GIVEN_UP: Final = (_C.VERSION, _C.MEMORY, _C.GENERATION, _C.RECONNECTS, _C.ENGINE, _C.OWNER, _C.AGE)
"""Columns that go, in this order, where there is no room."""
_LEAST_TEXT: Final = 340


class SessionCells:
    """The texts of the list."""

    columns = len(SessionColumn)

    def __init__(self, ticker: Ticker) -> None:
        self._ticker = ticker

    def heading(self, column: int) -> str:
        """Return a column's heading."""
        return translate("Sessions", _HEADINGS[SessionColumn(column)])

    def text(self, row: SessionRow, column: int) -> str:
        """Return what a cell says."""
        match column:
            case SessionColumn.STATE:
                return capitalised(whatsapp_word(row.state))
            case SessionColumn.SALON:
                return salon_text(row.title, row.city)
            case SessionColumn.AGE:
                return age_text(self._ticker.age_s(row.since))
            case SessionColumn.ENGINE:
                return capitalised(engine_text(row))
            case SessionColumn.OWNER:
                return self._owner(row)
            case SessionColumn.CLOSE:
                return explained(row.last_close).title if row.last_close else ""
            case SessionColumn.RECONNECTS:
                return number_text(row.reconnects) if row.reconnects else ""
            case SessionColumn.GENERATION:
                return number_text(row.generation)
            case SessionColumn.MEMORY:
                return size_text(row.engine_memory_bytes)
            case _:
                return row.owner_version or ""

    def tooltip(self, row: SessionRow, column: int) -> str:
        """Return what a cell says on hover: the whole of it, and what stands behind it."""
        match column:
            case SessionColumn.STATE | SessionColumn.AGE:
                return self._state_tip(row)
            case SessionColumn.SALON:
                return f"{self.text(row, column)}\n{row.salon_id}"
            case SessionColumn.ENGINE:
                return self._engine_tip(row)
            case SessionColumn.OWNER | SessionColumn.VERSION:
                return self._owner_tip(row)
            case SessionColumn.CLOSE if row.last_close:
                known = explained(row.last_close)
                at = (
                    []
                    if row.last_closed_at is None
                    else [when_text(row.last_closed_at, row.timezone).tooltip]
                )
                return "\n".join(part for part in (known.title, known.cause, known.advice, *at) if part)
            case SessionColumn.RECONNECTS | SessionColumn.GENERATION:
                return translate("Sessions", _HINTS[SessionColumn(column)])
            case _:
                return self.text(row, column)

    def row_id(self, row: SessionRow) -> int:
        """A session is its salon's."""
        return row.salon_id

    def dated_texts(self, row: SessionRow) -> Mapping[int, str]:
        """Return the age."""
        return {SessionColumn.AGE: self.text(row, SessionColumn.AGE)}

    def is_number(self, column: int) -> bool:
        """Whether a column holds numbers."""
        return column in (_C.AGE, _C.RECONNECTS, _C.GENERATION, _C.MEMORY)

    def _owner(self, row: SessionRow) -> str:
        if row.owner is not None:
            return process_text(row.owner)
        return translate("Sessions", "nobody yet") if row.is_unowned else "—"

    def _state_tip(self, row: SessionRow) -> str:
        since = when_text(row.since, row.timezone).tooltip
        parts = [whatsapp_word(row.state), phone_text(row.phone) if row.phone else "", since]
        if row.banned_until is not None:
            until = when_text(row.banned_until, row.timezone).tooltip
            parts.append(translate("Sessions", "banned until {time}").format(time=until))
        return "\n".join(part for part in parts if part)

    def _engine_tip(self, row: SessionRow) -> str:
        parts = [translate("Sessions", "Engine: {kind}").format(kind=adapter_text(row.adapter))]
        parts.append(translate("Sessions", "we say: {state}").format(state=whatsapp_word(row.state)))
        parts.append(translate("Sessions", "it says: {state}").format(state=engine_text(row)))
        if engine_disagrees(row):
            parts.append(translate("Sessions", "They disagree: if it stays so, restart the session."))
        return "\n".join(parts)

    def _owner_tip(self, row: SessionRow) -> str:
        if row.owner is None:
            return (
                translate(
                    "Sessions", "It needs a process and has none: the next free one takes it within seconds."
                )
                if row.is_unowned
                else translate("Sessions", "At rest: it needs no process.")
            )
        parts = [row.owner]
        if row.owned_since is not None:
            since = when_text(row.owned_since, row.timezone).tooltip
            parts.append(translate("Sessions", "owns it since {time}").format(time=since))
        if row.lease_until is not None:
            until = when_text(row.lease_until, row.timezone).tooltip
            parts.append(translate("Sessions", "lease until {time}, renewed by itself").format(time=until))
        if row.owner_version:
            parts.append(translate("Sessions", "gateway {version}").format(version=row.owner_version))
        return "\n".join(parts)


class SessionDrawing(RowDrawing[SessionRow]):
    """Draws sessions: the state has its shape and its word, the rest one line each."""

    def width_beside_text(self, column: int) -> int:
        """Return the room of a state's icon."""
        return self.theme.icon_size + PADDING if column == SessionColumn.STATE else 0

    def draw_cell(self, painter: QPainter, area: QRect, row: SessionRow, column: int, look: Look) -> None:
        """Draw one cell."""
        inner = area.adjusted(PADDING, 0, -PADDING, 0)
        if column == SessionColumn.STATE:
            icon, colour = STATE_LOOKS[row.state]
            inner = self.draw_icon(painter, inner, self.icons.pixmap(icon, colour))
        is_number = self.cells.is_number(column)
        self.draw_text(painter, inner, self.cells.text(row, column), _tone(row, column), is_number=is_number)


def _tone(row: SessionRow, column: int) -> str:
    if column == SessionColumn.STATE:
        tone = whatsapp_tone(row.state)
        return "text" if tone == "text-quiet" else tone
    if column == SessionColumn.ENGINE:
        return "warn" if engine_disagrees(row) else "text-quiet"
    if column == SessionColumn.OWNER:
        return "warn" if row.is_unowned or row.owner_is_draining else "text"
    return "text-quiet" if column in (_C.CLOSE, _C.GENERATION, _C.MEMORY, _C.VERSION) else "text"


class SessionTable(RowTable[SessionRow]):
    """Says which session's salon was opened, and for which a menu is wanted."""

    menu_wanted = Signal(int, QPoint)

    def __init__(self, tools: Tools, table: LiveTable[SessionRow]) -> None:
        super().__init__(tools, table, SessionDrawing(tools.theme, tools.icons, table.cells))
        self._on_theme_changed()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the salon."""
        salon_id = self.current_id()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and salon_id is not None:
            self.row_opened.emit(salon_id)
            return
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of the row under the pointer, or of the current one."""
        is_by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if is_by_key else self.indexAt(event.pos())
        if not index.isValid():
            return
        place = self.visualRect(index).bottomLeft() if is_by_key else event.pos()
        self.menu_wanted.emit(self.table.row_at(index.row()).salon_id, self.viewport().mapToGlobal(place))

    def seen_ids(self) -> list[int]:
        """Return the salons of the rows that are seen now."""
        last = self.rowAt(self.viewport().height() - 1)
        numbers = range(max(0, self.rowAt(0)), (last if last >= 0 else self.table.rowCount() - 1) + 1)
        return [self.table.row_at(number).salon_id for number in numbers if number < self.table.rowCount()]

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
        self.setColumnWidth(SessionColumn.SALON, max(px(120), rest * 11 // 20))
        self.setColumnWidth(SessionColumn.CLOSE, max(px(120), rest - rest * 11 // 20))
