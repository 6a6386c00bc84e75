"""A ring that runs out."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.qt.texts import duration_text
from desktop.qt.theme import Theme


class CountdownRing(QWidget):
    """How much of a time is left, as an arc and in words. The caller sets it each second."""

    def __init__(self, theme: Theme, size: int = 56, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._size = size
        self._left_s = 0.0
        self._whole_s = 1.0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_left(self, left_s: float, whole_s: float) -> None:
        """Show `left_s` of `whole_s` seconds."""
        self._left_s = max(0.0, left_s)
        self._whole_s = max(1.0, whole_s)
        self.setAccessibleName(duration_text(self._left_s))
        self.update()

    def sizeHint(self) -> QSize:
        """It grows with the text."""
        side = self._theme.px(self._size)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ring, then the time."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = self._theme.px(4)
        area = QRectF(self.rect()).adjusted(width, width, -width, -width)
        colour = "accent" if self._left_s > 10 else "warn"
        painter.setPen(QPen(self._theme.colour("line"), width))
        painter.drawEllipse(area)
        painter.setPen(QPen(self._theme.colour(colour), width, c=Qt.PenCapStyle.RoundCap))
        part = min(1.0, self._left_s / self._whole_s)
        painter.drawArc(area, 90 * 16, round(360 * 16 * part))
        painter.setPen(self._theme.colour("text"))
        painter.setFont(self._theme.font("note", is_bold=True))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, duration_text(self._left_s))
        painter.end()
