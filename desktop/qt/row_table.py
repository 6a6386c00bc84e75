"""A table over a live window of rows: quick to draw, led by keys, and still under a pointer that is about to click."""

from __future__ import annotations

from typing import Final, Generic, TypeVar

from PySide6.QtCore import QEvent, QItemSelectionModel, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent, QFocusEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from desktop.model.live_window import VersionedRow
from desktop.qt.live_table import Index, LiveTable
from desktop.qt.row_drawing import Frame, Look, RowDrawing, Span
from desktop.qt.tools import Tools

Row = TypeVar("Row", bound=VersionedRow)

_RESTING_MS: Final = 60_000
"""A pointer that has not moved for so long is not about to click: rows may come and go again."""


class RowTable(QTableView, Generic[Row]):
    """Says which row was opened, by its id. Rows are of one height; many can be selected."""

    row_opened = Signal(int)
    pointer_entered = Signal()
    pointer_left = Signal()

    def __init__(self, tools: Tools, table: LiveTable[Row], drawing: RowDrawing[Row]) -> None:
        super().__init__()
        self.tools, self.table, self.drawing = tools, table, drawing
        self._hovered = -1
        self._pressed_at = QPoint()
        self.setModel(table)
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
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._rest = QTimer(self, singleShot=True, interval=_RESTING_MS)
        self._rest.timeout.connect(self.pointer_left)
        table.headerDataChanged.connect(drawing.forget)  # another language
        tools.theme.changed.connect(self._on_theme_changed)
        tools.ticker.second_passed.connect(self._on_second_passed)

    def release(self) -> None:
        """Hear of theme and clock no more."""
        self.tools.theme.changed.disconnect(self._on_theme_changed)
        self.tools.ticker.second_passed.disconnect(self._on_second_passed)
        self._rest.stop()

    def redraw(self) -> None:
        """Bring what is seen up to date; rows that look as before are only copied."""
        self.viewport().update()

    def minimumSizeHint(self) -> QSize:
        """Room for the header and three rows."""
        header = self.horizontalHeader().sizeHint().height()
        return QSize(super().minimumSizeHint().width(), header + 3 * self.tools.theme.row_height)

    def spread_columns(self) -> None:
        """Give each column its width in the room there is; a table of no kind leaves them as they are."""

    def sizeHintForColumn(self, column: int) -> int:
        """Return the width of a column's widest text, with what stands beside it."""
        return super().sizeHintForColumn(column) + self.drawing.width_beside_text(column)

    # ---- drawing

    def _on_second_passed(self) -> None:
        """Draw anew only what has aged: to paint the whole window once a second would be most of a day's work."""
        if not self.isVisible() or self.window().isMinimized():
            return
        for number in self._rows_in(self.viewport().rect()):
            if self.drawing.has_aged(self.table.row_at(number)):
                self._update_row(number)

    def _rows_in(self, area: QRect) -> range:
        """Return the rows that are seen in a part of the viewport."""
        first, last = self.rowAt(area.top()), self.rowAt(area.bottom())
        if first < 0:
            return range(0)  # the room below the last row
        return range(first, (last if last >= 0 else self.table.rowCount() - 1) + 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows that are seen."""
        numbers = self._rows_in(event.rect())
        if not numbers:
            return
        frame, selected = self._frame(), self._selected_rows()
        current = self.currentIndex().row() if self.hasFocus() else -1
        painter = QPainter(self.viewport())
        try:
            for number in numbers:
                look = Look(number in selected, number == self._hovered, number == current)
                picture = self.drawing.picture(self.table.row_at(number), look, frame)
                painter.drawPixmap(0, self.rowViewportPosition(number), picture)
        finally:
            painter.end()

    def _frame(self) -> Frame:
        shown = (column for column in range(self.table.columnCount()) if not self.isColumnHidden(column))
        spans = (
            Span(column, self.columnViewportPosition(column), self.columnWidth(column)) for column in shown
        )
        return Frame(self.viewport().width(), self.devicePixelRatioF(), tuple(spans))

    def _selected_rows(self) -> set[int]:
        ranges = self.selectionModel().selection().toList()
        return {number for each in ranges for number in range(each.top(), each.bottom() + 1)}

    def currentChanged(self, current: Index, previous: Index) -> None:
        """The mark of the current row spans all of its columns."""
        super().currentChanged(current, previous)
        self._update_row(previous.row())
        self._update_row(current.row())

    def _hover(self, number: int) -> None:
        before, self._hovered = self._hovered, number
        if before != number:
            self._update_row(before)
            self._update_row(number)

    def _update_row(self, number: int) -> None:
        if 0 <= number < self.table.rowCount():
            top = self.rowViewportPosition(number)
            self.viewport().update(QRect(0, top, self.viewport().width(), self.rowHeight(number)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the new room, and keep as many finished rows as two windows show."""
        super().resizeEvent(event)
        self.drawing.most = 2 * (self.viewport().height() // self.tools.theme.row_height + 2)
        self.spread_columns()

    def _on_theme_changed(self) -> None:
        self.drawing.dress()
        self.verticalHeader().setDefaultSectionSize(self.tools.theme.row_height)
        self.spread_columns()
        self.redraw()

    # ---- keys and pointer

    def keyboardSearch(self, search: str) -> None:
        """Typed letters do nothing here: searching is the field's business, over all rows and not the loaded ones."""

    def current_id(self) -> int | None:
        """Return the id of the row the cursor is on."""
        index = self.currentIndex()
        return self.table.cells.row_id(self.table.row_at(index.row())) if index.isValid() else None

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Coming by the keyboard, there is a current row to see."""
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self.table.rowCount():
            first = self.table.index(0, 0)
            self.selectionModel().setCurrentIndex(first, QItemSelectionModel.SelectionFlag.NoUpdate)

    def _clicked_index(self, event: QMouseEvent) -> Index | None:
        """Return the cell of a plain click, pressed and let go in the same place; None for any other."""
        index = self.indexAt(event.position().toPoint())
        is_plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if not index.isValid() or event.button() != Qt.MouseButton.LeftButton or not is_plain:
            return None
        return index if index == self.indexAt(self._pressed_at) else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where a click began."""
        self._pressed_at = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A plain click opens the row."""
        super().mouseReleaseEvent(event)
        index = self._clicked_index(event)
        if index is not None:
            self.row_clicked(index)

    def row_clicked(self, index: Index) -> None:
        """Open the clicked row."""
        self.row_opened.emit(self.table.cells.row_id(self.table.row_at(index.row())))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light up the row under the pointer, and keep the rows still under a pointer that moves."""
        super().mouseMoveEvent(event)
        if not self._rest.isActive():
            self.pointer_entered.emit()
        self._rest.start()
        index = self.indexAt(event.position().toPoint())
        self._hover(index.row() if index.isValid() else -1)

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
