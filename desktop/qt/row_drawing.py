"""How a table's rows are drawn: each once, when something about it is different, and copied ever after.

Rows change hundreds of times a second while the asyncio thread reads them, and each of Qt's drawing calls gives the
interpreter away. A row that is copied costs one such call, a row that is drawn some thirty.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Mapping
from math import ceil
from typing import Final, Generic, NamedTuple, TypeVar, cast

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPixmap, QStaticText, QTextOption, QTransform

from desktop.model.live_window import VersionedRow
from desktop.qt.icons import Icons
from desktop.qt.live_table import Cells
from desktop.qt.theme import Theme

Row = TypeVar("Row", bound=VersionedRow)

PADDING: Final = 8
_ICON_GAP: Final = 6
_FOCUS_WIDTH: Final = 2
_MOST_TEXTS: Final = 4000
_ONE_LINE: Final = QTextOption()
_ONE_LINE.setWrapMode(QTextOption.WrapMode.NoWrap)


class Look(NamedTuple):
    """What a row is to the person at the moment."""

    is_selected: bool = False
    is_hovered: bool = False
    is_current: bool = False


class Span(NamedTuple):
    """Where a column stands in the viewport."""

    column: int
    x: int
    width: int


class Frame(NamedTuple):
    """The room that rows are drawn into: the same for all of a table's rows. `ratio` is device pixels per pixel."""

    width: int
    ratio: float
    spans: tuple[Span, ...]


class _Picture(NamedTuple):
    row: object
    look: Look
    frame: Frame
    dated: Mapping[int, str]
    pixmap: QPixmap


class RowDrawing(ABC, Generic[Row]):
    """Draws rows cell by cell. `most` is how many finished rows it keeps."""

    def __init__(self, theme: Theme, icons: Icons, cells: Cells[Row]) -> None:
        self.theme, self.icons, self.cells = theme, icons, cells
        self.most = 0
        self._pictures: OrderedDict[int, _Picture] = OrderedDict()
        self._laid: dict[tuple[str, int], tuple[QStaticText, int]] = {}
        self.dress()

    def dress(self) -> None:
        """Take fonts and sizes from the theme anew."""
        self.font: QFont = self.theme.font()
        self.metrics = QFontMetrics(self.font)
        self._text_height = self.metrics.height()
        self._laid.clear()
        self.forget()

    def forget(self) -> None:
        """Draw every row anew: something that all rows depend on is different."""
        self._pictures.clear()

    def picture(self, row: Row, look: Look, frame: Frame) -> QPixmap:
        """Return a finished row."""
        row_id, dated = self.cells.row_id(row), self.cells.dated_texts(row)
        found = self._pictures.get(row_id)
        if found is None or found.row is not row or (found.look, found.frame) != (look, frame):
            pixmap = self._draw(row, look, frame)
            found = self._pictures[row_id] = _Picture(row, look, frame, dated, pixmap)
        elif aged := _differing(found.dated, dated):
            self._draw_again(found, aged)
            found = self._pictures[row_id] = found._replace(dated=dated)
        self._pictures.move_to_end(row_id)
        while len(self._pictures) > self.most:
            self._pictures.popitem(last=False)
        return found.pixmap

    def has_aged(self, row: Row) -> bool:
        """Whether a finished row tells of a time that is another one now."""
        found = self._pictures.get(self.cells.row_id(row))
        return found is not None and found.dated != self.cells.dated_texts(row)

    @abstractmethod
    def draw_cell(self, painter: QPainter, area: QRect, row: Row, column: int, look: Look) -> None:
        """Draw what stands in a cell, on the row's ground."""

    @abstractmethod
    def width_beside_text(self, column: int) -> int:
        """Return how much wider than its text a column must be: room for icons and buttons."""

    def draw_text(
        self, painter: QPainter, area: QRect, text: str, tone: str = "text", *, is_number: bool = False
    ) -> None:
        """Draw one line, cut to its area; a number stands at the right."""
        if not text or area.width() <= 0:
            return
        laid, width = self.laid_out(text, area.width())
        x = area.right() + 1 - width if is_number else area.x()
        painter.setFont(self.font)
        painter.setPen(self.theme.colour(tone))
        painter.drawStaticText(x, self.text_top(area), laid)

    def draw_icon(self, painter: QPainter, area: QRect, icon: QPixmap) -> QRect:
        """Draw an icon at the left of an area, and return what is left of the area."""
        side = self.theme.icon_size
        painter.drawPixmap(area.x(), area.y() + (area.height() - side) // 2, icon)
        return area.adjusted(side + _ICON_GAP, 0, 0, 0)

    def laid_out(self, text: str, room: int) -> tuple[QStaticText, int]:
        """Return a text cut to its room and laid out, with its width."""
        key = (text, room)
        found = self._laid.get(key)
        if found is None:
            if len(self._laid) > _MOST_TEXTS:
                self._laid.clear()
            shown = self.metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
            laid = QStaticText(shown)
            laid.setTextFormat(Qt.TextFormat.PlainText)
            laid.setTextOption(_ONE_LINE)
            laid.prepare(QTransform(), self.font)
            found = self._laid[key] = (laid, self.metrics.horizontalAdvance(shown))
        return found

    def text_top(self, area: QRect) -> int:
        """Return where a line begins that stands in the middle of an area."""
        return area.y() + (area.height() - self._text_height) // 2

    def _draw(self, row: Row, look: Look, frame: Frame) -> QPixmap:
        height = self.theme.row_height
        pixmap = QPixmap(ceil(frame.width * frame.ratio), ceil(height * frame.ratio))
        pixmap.setDevicePixelRatio(frame.ratio)
        pixmap.fill(self.theme.colour(_ground(look)))
        painter = QPainter(pixmap)
        try:
            painter.setPen(self.theme.colour("line"))
            painter.drawLine(0, height - 1, frame.width, height - 1)
            for column, x, width in frame.spans:
                self.draw_cell(painter, QRect(x, 0, width, height), row, column, look)
            if look.is_current:
                self._draw_focus(painter, QRect(0, 0, frame.width, height))
        finally:
            painter.end()
        return pixmap

    def _draw_again(self, picture: _Picture, columns: set[int]) -> None:
        """Draw some cells of a finished row anew: an age that goes on is all that most rows ever show."""
        row, look, height = cast(Row, picture.row), picture.look, self.theme.row_height
        painter = QPainter(picture.pixmap)
        try:
            for column, x, width in picture.frame.spans:
                if column in columns:
                    area = QRect(x, 0, width, height)
                    painter.fillRect(area.adjusted(0, 0, 0, -1), self.theme.colour(_ground(look)))
                    painter.save()
                    self.draw_cell(painter, area, row, column, look)
                    painter.restore()
            if look.is_current:
                self._draw_focus(painter, QRect(0, 0, picture.frame.width, height))
        finally:
            painter.end()

    def _draw_focus(self, painter: QPainter, area: QRect) -> None:
        colour = self.theme.colour("focus")
        across, down = area.width() - _FOCUS_WIDTH, area.height() - _FOCUS_WIDTH
        painter.fillRect(0, 0, area.width(), _FOCUS_WIDTH, colour)
        painter.fillRect(0, down, area.width(), _FOCUS_WIDTH, colour)
        painter.fillRect(0, 0, _FOCUS_WIDTH, area.height(), colour)
        painter.fillRect(across, 0, _FOCUS_WIDTH, area.height(), colour)


def _differing(before: Mapping[int, str], now: Mapping[int, str]) -> set[int]:
    """Return the columns whose text is another one."""
    return {column for column in before.keys() | now.keys() if before.get(column) != now.get(column)}


def _ground(look: Look) -> str:
    if look.is_selected:
        return "accent-soft"
    return "sunken" if look.is_hovered else "raised"
