"""The board's list: what its rows offer, and columns that share the room there is."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QByteArray, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QHeaderView

from desktop.qt import shortcuts
from desktop.qt.board_drawing import BoardDrawing
from desktop.qt.install_cells import Column
from desktop.qt.live_table import Index, LiveTable
from desktop.qt.row_actions import RowAction, action_of, action_word
from desktop.qt.row_table import RowTable
from desktop.qt.texts import partner_word, stage_word, whatsapp_word
from desktop.qt.tools import Tools
from shared.admin_wire import InstallRow
from shared.vocabulary import PartnerState, Stage, WhatsappState

_MOST_WIDE: Final = 170
_MOST_WIDE_STATE: Final = 128
"""States of the two sides may be cut: the salon's pane and the tooltip have the whole."""
_SHARES: Final = {Column.SALON: 3, Column.ERROR: 3, Column.NEXT: 2}
_LEAST: Final = {Column.SALON: 215, Column.ERROR: 142, Column.NEXT: 208}
_EASE: Final = 60
"""How much wider than that it must be for the column that is needed least to take its room."""
_GIVEN_UP: Final = (Column.PARTNER, Column.WHATSAPP, Column.ERROR, Column.NEXT)
"""Columns that go, in this order, where there is no room; the salon's pane shows all of it."""


class BoardTable(RowTable[InstallRow]):
    """Says which salon was opened, acted on, or asked for its menu, by its number."""

    row_filled = Signal(int)
    action_pressed = Signal(int)
    menu_wanted = Signal(int, QPoint)
    copy_wanted = Signal()
    widths_changed = Signal()

    def __init__(self, tools: Tools, table: LiveTable[InstallRow]) -> None:
        self._is_spreading = False
        self._has_own_widths = False
        self._board_drawing = BoardDrawing(tools.theme, tools.icons, table.cells)
        super().__init__(tools, table, self._board_drawing)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setMinimumSectionSize(32)
        header.sectionResized.connect(self._on_section_resized)
        self._on_theme_changed()

    def refuse(self, refused: frozenset[RowAction]) -> None:
        """Have the buttons of these actions stand back."""
        if refused != self._board_drawing.refused:
            self._board_drawing.refuse(refused)
            self.redraw()

    # ---- columns

    def spread_columns(self) -> None:
        """Give each column what its texts need, and share the rest; unless a person has set the widths."""
        if self._has_own_widths:
            return
        room = self.viewport().width()
        if room < 50:
            return
        px = self.tools.theme.px
        fixed = self._fixed_widths()
        hidden: set[Column] = set()
        for column in (None, *_GIVEN_UP):
            if column is not None:
                hidden.add(column)
            needs = sum(width for one, width in fixed.items() if one not in hidden)
            needs += sum(px(width) for one, width in _LEAST.items() if one not in hidden)
            needs += 0 if _GIVEN_UP[0] in hidden else px(_EASE)
            if needs <= room:
                break
        self._is_spreading = True
        shares = {one: share for one, share in _SHARES.items() if one not in hidden}
        taken = sum(width for one, width in fixed.items() if one not in hidden)
        left = max(0, room - taken - sum(px(_LEAST[one]) for one in shares))
        whole = sum(shares.values())
        for one in Column:
            self.setColumnHidden(one, one in hidden)
            if one in shares:
                self.setColumnWidth(one, px(_LEAST[one]) + left * shares[one] // whole)
            elif one in fixed:
                self.setColumnWidth(one, fixed[one])
        self._is_spreading = False

    def widths_text(self) -> str:
        """Return the columns' widths to be kept; empty while they follow the window."""
        if not self._has_own_widths:
            return ""
        return bytes(self.horizontalHeader().saveState().toBase64().data()).decode("ascii")

    def restore_widths(self, kept: str) -> None:
        """Take widths that were kept; whatever does not fit is left aside."""
        self._is_spreading = True
        state = QByteArray.fromBase64(kept.encode("ascii", "ignore"))
        self._has_own_widths = bool(kept) and self.horizontalHeader().restoreState(state)
        self._is_spreading = False

    def follow_window(self) -> None:
        """Forget widths that a person has set."""
        self._has_own_widths = False
        self.spread_columns()
        self.widths_changed.emit()

    def _fixed_widths(self) -> dict[Column, int]:
        metrics, px = self.fontMetrics(), self.tools.theme.px

        def widest(words: list[str], extra: int, most: int = _MOST_WIDE) -> int:
            return min(px(most), max(metrics.horizontalAdvance(word) for word in words) + extra)

        head = self.table.cells.heading
        icon = self.tools.theme.icon_size
        return {
            Column.STAGE: widest([head(Column.STAGE), *map(stage_word, Stage)], icon + 26),
            Column.AGE: widest([head(Column.AGE), "888 8888"], 18),
            Column.WHATSAPP: widest(
                [head(Column.WHATSAPP), *map(whatsapp_word, WhatsappState)], 18, _MOST_WIDE_STATE
            ),
            Column.PARTNER: widest(
                [head(Column.PARTNER), *map(partner_word, PartnerState)], 18, _MOST_WIDE_STATE
            ),
            Column.ACTION: widest([head(Column.ACTION), *map(action_word, RowAction)], 34),
        }

    def _on_section_resized(self, *_: int) -> None:
        if self._is_spreading or not self.isVisible():
            return
        self._has_own_widths = True
        self.widths_changed.emit()

    # ---- keys and pointer

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open, fill, act, copy; everything else is Qt's."""
        pressed = QKeySequence(event.keyCombination())
        if event.key() == Qt.Key.Key_Enter:
            pressed = QKeySequence(event.keyCombination().keyboardModifiers() & ~Qt.KeyboardModifier.KeypadModifier
                                   | Qt.Key.Key_Return)  # fmt: skip
        salon_id = self.current_id()
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_wanted.emit()
        elif salon_id is not None and pressed == shortcuts.sequence("open"):
            self.row_opened.emit(salon_id)
        elif salon_id is not None and pressed == shortcuts.sequence("fill"):
            self.row_filled.emit(salon_id)
        elif salon_id is not None and pressed == shortcuts.sequence("act"):
            self.action_pressed.emit(salon_id)
        else:
            super().keyPressEvent(event)

    def row_clicked(self, index: Index) -> None:
        """Open the row, or press its button."""
        row = self.table.row_at(index.row())
        if index.column() == Column.ACTION and action_of(row) is not RowAction.OPEN:
            self.action_pressed.emit(row.salon_id)
        else:
            super().row_clicked(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show a hand over a button."""
        super().mouseMoveEvent(event)
        index = self.indexAt(event.position().toPoint())
        is_button = (
            index.isValid()
            and index.column() == Column.ACTION
            and self._board_drawing.action_area(self.visualRect(index)).contains(event.position().toPoint())
        )
        shape = Qt.CursorShape.PointingHandCursor if is_button else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of the row under the pointer, or of the current one."""
        is_by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if is_by_key else self.indexAt(event.pos())
        if not index.isValid():
            return
        place = self.visualRect(index).bottomLeft() if is_by_key else event.pos()
        self.menu_wanted.emit(self.table.row_at(index.row()).salon_id, self.viewport().mapToGlobal(place))
