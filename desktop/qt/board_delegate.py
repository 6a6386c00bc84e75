"""How a line of the board is drawn: cheaply, for hundreds of changes a second."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QStaticText, QTextOption, QTransform
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from desktop.qt.icons import Icons
from desktop.qt.install_cells import Column, InstallCells, partner_tone, whatsapp_tone
from desktop.qt.live_table import LiveTable
from desktop.qt.row_actions import RowAction, action_of
from desktop.qt.theme import STAGE_COLOURS, Theme
from shared.admin_wire import InstallRow
from shared.vocabulary import NextStep

_PADDING: Final = 8
_MOST_TEXTS: Final = 4000
_ONE_LINE: Final = QTextOption()
_ONE_LINE.setWrapMode(QTextOption.WrapMode.NoWrap)
_NUMBER_FLAGS: Final = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class BoardDelegate(QStyledItemDelegate):
    """Draws cells of the board by their row; texts that were laid out once are kept by their room."""

    def __init__(self, theme: Theme, icons: Icons, view: QTableView, table: LiveTable[InstallRow]) -> None:
        super().__init__(view)
        self._theme = theme
        self._icons = icons
        self._view = view
        self._table = table
        self._cells: InstallCells = table.cells  # type: ignore[assignment]
        self._laid: dict[tuple[str, int], tuple[QStaticText, int]] = {}
        self.hovered_row = -1
        self.refused: frozenset[RowAction] = frozenset()
        """Actions that may not be done now: their buttons stand back."""
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Rows are of one height; a column is as wide as its text."""
        row, column = self._table.row_at(index.row()), index.column()
        width = self._metrics.horizontalAdvance(self._cells.text(row, column)) + 2 * _PADDING
        if column in (Column.STAGE, Column.ACTION):
            width += self._theme.icon_size + _PADDING
        return QSize(width, self._theme.row_height)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw one cell."""
        number, column = index.row(), index.column()
        row = self._table.row_at(number)
        area: QRect = option.rect
        state: QStyle.StateFlag = option.state
        is_selected = bool(state & QStyle.StateFlag.State_Selected)
        if is_selected:
            painter.fillRect(area, self._theme.colour("accent-soft"))
        elif number == self.hovered_row:
            painter.fillRect(area, self._theme.colour("sunken"))
        painter.setPen(self._theme.colour("line"))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        inner = area.adjusted(_PADDING, 0, -_PADDING, 0)
        if column == Column.STAGE:
            self._paint_stage(painter, inner, row)
        elif column == Column.SALON:
            self._paint_salon(painter, inner, row)
        elif column == Column.ACTION:
            self._paint_action(painter, area, row, number == self.hovered_row or is_selected)
        else:
            self._paint_text(painter, inner, self._cells.text(row, column), self._tone(row, column), column)
        if self._view.hasFocus() and number == self._view.currentIndex().row():
            self._paint_focus(painter, area, column)

    def action_area(self, cell: QRect) -> QRect:
        """Return where the action's button stands in its cell."""
        height = min(cell.height() - 6, self._theme.px(26))
        return QRect(cell.x() + 4, cell.y() + (cell.height() - height) // 2, cell.width() - 8, height)

    def _tone(self, row: InstallRow, column: int) -> str:
        if column == Column.WHATSAPP:
            return whatsapp_tone(row.whatsapp_state)
        if column == Column.PARTNER:
            return partner_tone(row.partner_state)
        if column == Column.ERROR:
            return "bad"
        if column == Column.NEXT:
            return "text-quiet" if row.next_step is NextStep.NOTHING else "text"
        return "text"

    def _paint_stage(self, painter: QPainter, area: QRect, row: InstallRow) -> None:
        side = self._theme.icon_size
        pixmap = self._icons.stage_pixmap(row.stage)
        painter.drawPixmap(area.x(), area.y() + (area.height() - side) // 2, pixmap)
        rest = area.adjusted(side + 6, 0, 0, 0)
        tone = STAGE_COLOURS[row.stage] if row.stage == "attention" else "text"
        self._paint_text(painter, rest, self._cells.text(row, Column.STAGE), tone, Column.STAGE)

    def _paint_salon(self, painter: QPainter, area: QRect, row: InstallRow) -> None:
        number = str(row.salon_id)
        painter.setFont(self._mono)
        painter.setPen(self._theme.colour("text-quiet"))
        width = self._mono_metrics.horizontalAdvance(number)
        painter.drawText(area, _NUMBER_FLAGS, number)
        rest = area.adjusted(0, 0, -width - _PADDING, 0)
        self._paint_text(painter, rest, self._cells.text(row, Column.SALON), "text", Column.SALON)

    def _paint_action(self, painter: QPainter, area: QRect, row: InstallRow, is_near: bool) -> None:
        action = action_of(row)
        if action is RowAction.OPEN and not is_near:
            return
        is_quiet = action is RowAction.OPEN or action in self.refused
        place = self.action_area(area)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._theme.colour("line" if is_quiet else "control"))
        painter.setBrush(self._theme.colour("raised"))
        painter.drawRoundedRect(place, self._theme.radius("control"), self._theme.radius("control"))
        painter.setFont(self._font)
        painter.setPen(self._theme.colour("text" if not is_quiet else "text-quiet"))
        laid, width = self._laid_out(self._cells.text(row, Column.ACTION), place.width() - 8)
        x, y = place.x() + (place.width() - width) // 2, place.y() + (place.height() - self._height) // 2
        painter.drawStaticText(x, y, laid)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _paint_text(self, painter: QPainter, area: QRect, text: str, tone: str, column: int) -> None:
        if not text or area.width() <= 0:
            return
        laid, width = self._laid_out(text, area.width())
        x = area.right() + 1 - width if column == Column.AGE else area.x()
        painter.setFont(self._font)
        painter.setPen(self._theme.colour(tone))
        painter.drawStaticText(x, area.y() + (area.height() - self._height) // 2, laid)

    def _paint_focus(self, painter: QPainter, area: QRect, column: int) -> None:
        """Mark the current row: a line along its top and bottom, closed at its ends."""
        colour = self._theme.colour("focus")
        painter.fillRect(area.x(), area.y(), area.width(), 2, colour)
        painter.fillRect(area.x(), area.bottom() - 1, area.width(), 2, colour)
        if column == Column.STAGE:
            painter.fillRect(area.x(), area.y(), 2, area.height(), colour)
        elif column == Column.ACTION:
            painter.fillRect(area.right() - 1, area.y(), 2, area.height(), colour)

    def _laid_out(self, text: str, room: int) -> tuple[QStaticText, int]:
        """Return a text cut to its room and laid out, with its width."""
        key = (text, room)
        found = self._laid.get(key)
        if found is None:
            if len(self._laid) > _MOST_TEXTS:
                self._laid.clear()
            shown = self._metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
            laid = QStaticText(shown)
            laid.setTextFormat(Qt.TextFormat.PlainText)
            laid.setTextOption(_ONE_LINE)
            laid.prepare(QTransform(), self._font)
            found = self._laid[key] = (laid, self._metrics.horizontalAdvance(shown))
        return found

    def _on_theme_changed(self) -> None:
        self._font: QFont = self._theme.font()
        self._mono: QFont = self._theme.font("note", is_mono=True)
        self._metrics = QFontMetrics(self._font)
        self._mono_metrics = QFontMetrics(self._mono)
        self._height = self._metrics.height()
        self._laid.clear()
