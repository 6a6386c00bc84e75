"""How a line of the board is drawn."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter

from desktop.qt.install_cells import Column, partner_tone, whatsapp_tone
from desktop.qt.row_actions import RowAction, action_of
from desktop.qt.row_drawing import PADDING, Look, RowDrawing
from desktop.qt.theme import STAGE_COLOURS
from shared.admin_wire import InstallRow
from shared.vocabulary import NextStep

_NUMBER_FLAGS: Final = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class BoardDrawing(RowDrawing[InstallRow]):
    """Draws installs: the stage has its shape, the salon its number, and what can be done its button."""

    refused: frozenset[RowAction] = frozenset()
    """Actions that may not be done now: their buttons stand back."""

    def dress(self) -> None:
        """Take fonts and sizes from the theme anew."""
        self._mono: QFont = self.theme.font("note", is_mono=True)
        self._mono_metrics = QFontMetrics(self._mono)
        super().dress()

    def refuse(self, refused: frozenset[RowAction]) -> None:
        """Have the buttons of these actions stand back."""
        self.refused = refused
        self.forget()

    def action_area(self, cell: QRect) -> QRect:
        """Return where the action's button stands in its cell."""
        height = min(cell.height() - 6, self.theme.px(26))
        return QRect(cell.x() + 4, cell.y() + (cell.height() - height) // 2, cell.width() - 8, height)

    def width_beside_text(self, column: int) -> int:
        """Return the room of a stage's shape, a salon's number, a button's sides."""
        if column == Column.SALON:
            return self._mono_metrics.horizontalAdvance("88888888") + PADDING
        return self.theme.icon_size + PADDING if column in (Column.STAGE, Column.ACTION) else 0

    def draw_cell(self, painter: QPainter, area: QRect, row: InstallRow, column: int, look: Look) -> None:
        """Draw one cell."""
        inner = area.adjusted(PADDING, 0, -PADDING, 0)
        if column == Column.STAGE:
            self._draw_stage(painter, inner, row)
        elif column == Column.SALON:
            self._draw_salon(painter, inner, row)
        elif column == Column.ACTION:
            self._draw_action(painter, area, row, look)
        else:
            text, is_number = self.cells.text(row, column), self.cells.is_number(column)
            self.draw_text(painter, inner, text, _tone(row, column), is_number=is_number)

    def _draw_stage(self, painter: QPainter, area: QRect, row: InstallRow) -> None:
        rest = self.draw_icon(painter, area, self.icons.stage_pixmap(row.stage))
        tone = STAGE_COLOURS[row.stage] if row.stage == "attention" else "text"
        self.draw_text(painter, rest, self.cells.text(row, Column.STAGE), tone)

    def _draw_salon(self, painter: QPainter, area: QRect, row: InstallRow) -> None:
        number = str(row.salon_id)
        painter.setFont(self._mono)
        painter.setPen(self.theme.colour("text-quiet"))
        painter.drawText(area, _NUMBER_FLAGS, number)
        width = self._mono_metrics.horizontalAdvance(number)
        rest = area.adjusted(0, 0, -width - PADDING, 0)
        self.draw_text(painter, rest, self.cells.text(row, Column.SALON))

    def _draw_action(self, painter: QPainter, area: QRect, row: InstallRow, look: Look) -> None:
        action = action_of(row)
        if action is RowAction.OPEN and not (look.is_hovered or look.is_selected):
            return
        is_quiet = action in self.refused
        place = self.action_area(area)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self.theme.colour("line" if is_quiet else "control"))
        painter.setBrush(self.theme.colour("raised"))
        painter.drawRoundedRect(place, self.theme.radius("control"), self.theme.radius("control"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        laid, width = self.laid_out(self.cells.text(row, Column.ACTION), place.width() - 8)
        painter.setFont(self.font)
        painter.setPen(self.theme.colour("text-quiet" if is_quiet else "text"))
        painter.drawStaticText(place.x() + (place.width() - width) // 2, self.text_top(place), laid)


def _tone(row: InstallRow, column: int) -> str:
    if column == Column.WHATSAPP:
        return whatsapp_tone(row.whatsapp_state)
    if column == Column.PARTNER:
        return partner_tone(row.partner_state)
    if column == Column.ERROR:
        return "bad"
    if column == Column.NEXT:
        return "text-quiet" if row.next_step is NextStep.NOTHING and row.is_assistant_on else "text"
    return "text"
