"""The board's list: rows, keys, pointer, and columns that share the room there is."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QByteArray, QEvent, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from desktop.qt import shortcuts
from desktop.qt.board_delegate import BoardDelegate
from desktop.qt.install_cells import Column
from desktop.qt.live_table import Index, LiveTable
from desktop.qt.row_actions import RowAction, action_of, action_word
from desktop.qt.texts import partner_word, stage_word, whatsapp_word
from desktop.qt.tools import Tools
from shared.admin_wire import InstallRow
from shared.vocabulary import PartnerState, Stage, WhatsappState

_RESTING_MS: Final = 60_000
"""A pointer that has not moved for so long is not about to click: rows may come and go again."""
_YOUNG_S: Final = 60.0
"""Ages below this are told in seconds and drawn each second; older ones each half minute."""
_MOST_WIDE: Final = 170
_MOST_WIDE_STATE: Final = 128
"""States of the two sides may be cut: the salon's pane and the tooltip have the whole."""
_SHARES: Final = {Column.SALON: 4, Column.ERROR: 3, Column.NEXT: 3}
_LEAST: Final = {Column.SALON: 200, Column.ERROR: 170, Column.NEXT: 170}
_GIVEN_UP: Final = (Column.PARTNER, Column.WHATSAPP, Column.ERROR, Column.NEXT)
"""Columns that go, in this order, where there is no room; the salon's pane shows all of it."""


class BoardTable(QTableView):
    """Says which salon was opened, acted on, or asked for its menu, by its number."""

    row_opened = Signal(int)
    row_filled = Signal(int)
    action_pressed = Signal(int)
    menu_wanted = Signal(int, QPoint)
    copy_wanted = Signal()
    pointer_entered = Signal()
    pointer_left = Signal()
    widths_changed = Signal()

    def __init__(self, tools: Tools, table: LiveTable[InstallRow]) -> None:
        super().__init__()
        self._tools = tools
        self._table = table
        self._is_spreading = False
        self._has_own_widths = False
        self._seconds = 0
        self._pressed_at = QPoint()
        self.setModel(table)
        self.drawn = BoardDelegate(tools.theme, tools.icons, self, table)
        self.setItemDelegate(self.drawn)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setMouseTracking(True)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setSectionsClickable(False)
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setMinimumSectionSize(32)
        header.sectionResized.connect(self._on_section_resized)
        self._rest = QTimer(self, singleShot=True, interval=_RESTING_MS)
        self._rest.timeout.connect(self.pointer_left)
        tools.theme.changed.connect(self._on_theme_changed)
        tools.ticker.second_passed.connect(self._on_second_passed)
        self._on_theme_changed()

    def release(self) -> None:
        """Hear of theme and clock no more."""
        self._tools.theme.changed.disconnect(self._on_theme_changed)
        self._tools.ticker.second_passed.disconnect(self._on_second_passed)
        self._rest.stop()

    # ---- columns

    def spread_columns(self) -> None:
        """Give each column what its texts need, and share the rest; unless a person has set the widths."""
        if self._has_own_widths:
            return
        room = self.viewport().width()
        if room < 50:
            return
        px = self._tools.theme.px
        fixed = self._fixed_widths()
        hidden: set[Column] = set()
        for column in (None, *_GIVEN_UP):
            if column is not None:
                hidden.add(column)
            needs = sum(width for one, width in fixed.items() if one not in hidden)
            needs += sum(px(width) for one, width in _LEAST.items() if one not in hidden)
            if needs <= room:
                break
        self._is_spreading = True
        shares = {one: share for one, share in _SHARES.items() if one not in hidden}
        left = max(0, room - needs)
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
        metrics, px = self.fontMetrics(), self._tools.theme.px

        def widest(words: list[str], extra: int, most: int = _MOST_WIDE) -> int:
            return min(px(most), max(metrics.horizontalAdvance(word) for word in words) + extra)

        head = self._table.cells.heading
        icon = self._tools.theme.icon_size
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

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the new room."""
        super().resizeEvent(event)
        self.spread_columns()

    # ---- keys and pointer

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open, fill, act, copy; everything else is Qt's."""
        pressed = QKeySequence(event.keyCombination())
        if event.key() == Qt.Key.Key_Enter:
            pressed = QKeySequence(event.keyCombination().keyboardModifiers() & ~Qt.KeyboardModifier.KeypadModifier
                                   | Qt.Key.Key_Return)  # fmt: skip
        salon_id = self._current_salon()
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

    def keyboardSearch(self, search: str) -> None:
        """Typed letters do nothing here: searching is the field's business, over all rows and not the loaded ones."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A plain click opens the row, or presses its button."""
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        is_plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if not index.isValid() or event.button() != Qt.MouseButton.LeftButton or not is_plain:
            return
        if index != self.indexAt(self._pressed_at):
            return
        row = self._table.row_at(index.row())
        is_button = index.column() == Column.ACTION and action_of(row) is not RowAction.OPEN
        (self.action_pressed if is_button else self.row_opened).emit(row.salon_id)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where a click began."""
        self._pressed_at = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light up the row under the pointer, and keep the rows still under a pointer that moves."""
        super().mouseMoveEvent(event)
        if not self._rest.isActive():
            self.pointer_entered.emit()
        self._rest.start()
        index = self.indexAt(event.position().toPoint())
        self._hover(index.row() if index.isValid() else -1)
        is_button = (
            index.isValid()
            and index.column() == Column.ACTION
            and self.drawn.action_area(self.visualRect(index)).contains(event.position().toPoint())
        )
        self.viewport().setCursor(
            Qt.CursorShape.PointingHandCursor if is_button else Qt.CursorShape.ArrowCursor
        )

    def enterEvent(self, event: QEnterEvent) -> None:
        """Rows stand still while the pointer is here."""
        super().enterEvent(event)
        self._rest.start()
        self.pointer_entered.emit()

    def leaveEvent(self, event: QEvent) -> None:
        """Rows may come and go again."""
        super().leaveEvent(event)
        self._rest.stop()
        self._hover(-1)
        self.pointer_left.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of the row under the pointer, or of the current one."""
        is_by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if is_by_key else self.indexAt(event.pos())
        if not index.isValid():
            return
        place = self.visualRect(index).bottomLeft() if is_by_key else event.pos()
        self.menu_wanted.emit(self._table.row_at(index.row()).salon_id, self.viewport().mapToGlobal(place))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Coming by the keyboard, there is a current row to see."""
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self._table.rowCount():
            self.setCurrentIndex(self._table.index(0, 0))

    # ---- drawing

    def currentChanged(self, current: Index, previous: Index) -> None:
        """The mark of the current row spans all of its columns."""
        super().currentChanged(current, previous)
        self._update_row(previous.row())
        self._update_row(current.row())

    def _hover(self, number: int) -> None:
        before, self.drawn.hovered_row = self.drawn.hovered_row, number
        if before != number:
            self._update_row(before)
            self._update_row(number)

    def _update_row(self, number: int) -> None:
        if 0 <= number < self._table.rowCount():
            top = self.rowViewportPosition(number)
            self.viewport().update(QRect(0, top, self.viewport().width(), self.rowHeight(number)))

    def _on_second_passed(self) -> None:
        """Draw the ages that are told in seconds; each half minute draw all of them. Only what is seen."""
        self._seconds += 1
        if not self.isVisible() or not self._table.rowCount():
            return
        is_half_minute = self._seconds % 30 == 0
        first, last = self.rowAt(0), self.rowAt(self.viewport().height() - 1)
        last = last if last >= 0 else self._table.rowCount() - 1
        for number in range(max(first, 0), last + 1):
            row = self._table.row_at(number)
            is_young = self._tools.ticker.age_s(row.stage_since) < _YOUNG_S + 1
            if is_half_minute or is_young or row.next_attempt_at is not None:
                self._update_row(number)

    def _on_theme_changed(self) -> None:
        self.verticalHeader().setDefaultSectionSize(self._tools.theme.row_height)
        self.spread_columns()
        self.viewport().update()

    def _current_salon(self) -> int | None:
        index = self.currentIndex()
        return self._table.row_at(index.row()).salon_id if index.isValid() else None
