"""Plots of bars, drawn in the product's colours: lying ones with names, or standing ones along an axis.

A bar is marked under the mouse and with the arrow keys; what it says is then in a tooltip, in the accessible
description, and told by `marked`.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from desktop.qt.theme import Theme

_NEXT: Final = (Qt.Key.Key_Right, Qt.Key.Key_Down)
_BEFORE: Final = (Qt.Key.Key_Left, Qt.Key.Key_Up)
_ALIGN: Final = Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its name, how long it is, what is written at it, what it says in a sentence.

    `outer` is a second, longer value of a standing bar, drawn as an outline around it. `tone` is a token's name.
    """

    label: str
    value: float | None
    text: str
    told: str
    outer: float | None = None
    tone: str = "accent"


@dataclass(frozen=True, slots=True)
class Figure:
    """What a plot shows, and the same as a table in words (`headings`, `rows`) and as data (`columns`, `records`)."""

    bars: tuple[Bar, ...]
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    columns: tuple[str, ...]
    records: tuple[Mapping[str, Any], ...]
    limit: float | None = None
    limit_text: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to be seen in it."""
        return not any(bar.value or bar.outer for bar in self.bars)


class Plot(QWidget):
    """The base of both."""

    marked = Signal(str)
    """What the marked bar says; an empty text when none is."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.figure = Figure((), (), (), (), ())
        self.at = -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._on_theme_changed)

    def show_figure(self, figure: Figure) -> None:
        """Show other figures; the same bar stays marked while there is one."""
        self.figure = figure
        self.mark(min(self.at, len(figure.bars) - 1))
        self.updateGeometry()
        self.update()

    def mark(self, at: int) -> None:
        """Mark a bar by its number, none with -1."""
        self.at = at
        told = self.figure.bars[at].told if at >= 0 else ""
        self.setAccessibleDescription(told)
        self.marked.emit(told)
        self.update()

    def minimumSizeHint(self) -> QSize:
        """A few letters and a bar."""
        return QSize(self.theme.px(200), self.sizeHint().height())

    @abstractmethod
    def area_of(self, at: int) -> QRectF:
        """Return where a bar, its name and its text are."""

    @abstractmethod
    def draw(self, painter: QPainter) -> None:
        """Draw the plot."""

    # ------------------------------------------------------------------------------------------- being looked at

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the plot, and a ring when the keyboard is here."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.theme.font("small"))
        if 0 <= self.at < len(self.figure.bars):
            painter.fillRect(self.area_of(self.at), self.theme.colour("accent-soft"))
        self.draw(painter)
        if self.hasFocus():
            painter.setPen(QPen(self.theme.colour("focus"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Mark what is under the mouse."""
        spot = event.position()
        self._point_at(next((n for n in range(len(self.figure.bars)) if self.area_of(n).contains(spot)), -1))

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the mouse."""
        super().leaveEvent(event)
        if not self.hasFocus():
            self._point_at(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from bar to bar."""
        last, key = len(self.figure.bars) - 1, Qt.Key(event.key())
        wanted = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: last}
        wanted |= dict.fromkeys(_NEXT, min(self.at + 1, last))
        wanted |= dict.fromkeys(_BEFORE, max(self.at - 1, min(0, last)))
        if key not in wanted or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
            return
        self._point_at(wanted[key])

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Whoever comes by the keyboard begins at the first bar."""
        super().focusInEvent(event)
        if self.at < 0 and self.figure.bars and event.reason() is not Qt.FocusReason.MouseFocusReason:
            self.mark(0)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Nothing is marked any more."""
        super().focusOutEvent(event)
        self._point_at(-1)

    def _point_at(self, at: int) -> None:
        if at != self.at:
            self.mark(at)
        if at < 0:
            QToolTip.hideText()
        else:
            below = self.area_of(at).center().toPoint() + QPoint(0, self.theme.px(12))
            QToolTip.showText(self.mapToGlobal(below), self.figure.bars[at].told, self)

    def _on_theme_changed(self) -> None:
        self.updateGeometry()
        self.update()

    # ------------------------------------------------------------------------------------------------- drawing

    def _metrics(self) -> QFontMetrics:
        return QFontMetrics(self.theme.font("small"))

    def _write(self, painter: QPainter, area: QRectF, side: Qt.AlignmentFlag, text: str, token: str) -> None:
        painter.setPen(self.theme.colour(token))
        whole = self._metrics().elidedText(text, Qt.TextElideMode.ElideRight, math.ceil(area.width()))
        painter.drawText(area, int(side | _ALIGN), whole)

    def _fill(self, painter: QPainter, area: QRectF, colour: QColor, edge: QColor | None = None) -> None:
        painter.setPen(Qt.PenStyle.NoPen if edge is None else QPen(edge, 1))
        painter.setBrush(colour)
        radius = min(3.0, area.width() / 2, area.height() / 2)
        painter.drawRoundedRect(area, radius, radius)


class LyingBars(Plot):
    """A line for each bar: its name, the bar, its text."""

    def sizeHint(self) -> QSize:
        """As high as there are bars."""
        return QSize(self.theme.px(320), max(1, len(self.figure.bars)) * self._line)

    def area_of(self, at: int) -> QRectF:
        """Return a bar's line."""
        return QRectF(0, at * self._line, self.width(), self._line)

    def draw(self, painter: QPainter) -> None:
        """Draw the lines."""
        gap, metrics = self.theme.px(8), self._metrics()
        texts = max((metrics.horizontalAdvance(bar.text) for bar in self.figure.bars), default=0) + 2
        names = max((metrics.horizontalAdvance(bar.label) for bar in self.figure.bars), default=0) + 2
        names = min(names, round((self.width() - texts) * 0.55))
        longest = max((bar.value or 0 for bar in self.figure.bars), default=0) or 1
        room = max(4, self.width() - names - texts - 3 * gap)
        for at, bar in enumerate(self.figure.bars):
            line = self.area_of(at)
            name = QRectF(gap / 2, line.y(), names, line.height())
            self._write(painter, name, Qt.AlignmentFlag.AlignLeft, bar.label, "text")
            length = max(2.0, room * (bar.value or 0) / longest) if bar.value else 0
            thick = self.theme.px(14)
            drawn = QRectF(name.right() + gap, line.center().y() - thick / 2, length, thick)
            self._fill(painter, drawn, self.theme.colour(bar.tone))
            text = QRectF(line.right() - gap / 2 - texts, line.y(), texts, line.height())
            self._write(painter, text, Qt.AlignmentFlag.AlignRight, bar.text, "text")

    @property
    def _line(self) -> int:
        return self.theme.px(28)


class StandingBars(Plot):
    """Bars side by side over an axis, with the height in numbers at the left and a line where a limit is."""

    def __init__(self, theme: Theme, number: Callable[[float], str], parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._number = number

    def sizeHint(self) -> QSize:
        """The same height for all."""
        return QSize(self.theme.px(320), self.theme.px(190))

    def area_of(self, at: int) -> QRectF:
        """Return a bar's column, as high as the axis."""
        inner = self._inner()
        width = inner.width() / max(1, len(self.figure.bars))
        return QRectF(inner.x() + at * width, inner.y(), width, inner.height())

    def top(self) -> float:
        """Return what the highest line of the grid stands for: a round number no bar is above."""
        values = [value for bar in self.figure.bars for value in (bar.value, bar.outer) if value is not None]
        return rounded_up(max([*values, self.figure.limit or 0], default=0))

    def draw(self, painter: QPainter) -> None:
        """Draw the grid, the bars, their names as far as there is room."""
        inner, top = self._inner(), self.top()
        for share in (0.0, 0.5, 1.0):
            y = inner.bottom() - inner.height() * share
            painter.setPen(QPen(self.theme.colour("control" if share == 0 else "line"), 1))
            painter.drawLine(int(inner.left()), int(y), int(inner.right()), int(y))
            number = QRectF(0, y - self._text / 2, inner.left() - self.theme.px(6), self._text)
            self._write(painter, number, Qt.AlignmentFlag.AlignRight, self._number(top * share), "text-quiet")
        for at, bar in enumerate(self.figure.bars):
            self._draw_bar(painter, self.area_of(at), bar, inner.height() / top)
        self._draw_names(painter, inner)
        if self.figure.limit is not None:
            y = inner.bottom() - inner.height() * self.figure.limit / top
            painter.setPen(QPen(self.theme.colour("bad"), 1.5, Qt.PenStyle.DashLine))
            painter.drawLine(int(inner.left()), int(y), int(inner.right()), int(y))
            above = QRectF(inner.left() + 4, y - self._text - 1, inner.width() - 8, self._text)
            self._write(painter, above, Qt.AlignmentFlag.AlignRight, self.figure.limit_text, "bad")

    def _draw_bar(self, painter: QPainter, column: QRectF, bar: Bar, unit: float) -> None:
        aside = min(self.theme.px(6), column.width() * 0.15)
        tone = self.theme.colour(bar.tone)
        for value, colour, edge in (
            (bar.outer, self.theme.colour("raised"), tone), (bar.value, tone, None),
        ):  # fmt: skip
            if value:
                height = max(2.0, value * unit)
                area = QRectF(
                    column.x() + aside, column.bottom() - height, column.width() - 2 * aside, height
                )
                self._fill(painter, area, colour, edge)

    def _draw_names(self, painter: QPainter, inner: QRectF) -> None:
        metrics, used = self._metrics(), -1.0
        for at, bar in enumerate(self.figure.bars):
            width = metrics.horizontalAdvance(bar.label) + 2
            left = self.area_of(at).center().x() - width / 2
            left = min(max(left, 0.0), self.width() - width)
            if left > used:
                area = QRectF(left, inner.bottom() + 4, width, self._text)
                self._write(painter, area, Qt.AlignmentFlag.AlignHCenter, bar.label, "text-quiet")
                used = left + width + self.theme.px(8)

    def _inner(self) -> QRectF:
        """Return the room between the axes."""
        left = self._metrics().horizontalAdvance(self._number(self.top())) + self.theme.px(10)
        above = self._text + 2 if self.figure.limit is not None else self._text / 2 + 2
        return QRectF(left, above, max(1, self.width() - left - 4), self.height() - above - self._text - 8)

    @property
    def _text(self) -> int:
        return self._metrics().height()


def rounded_up(value: float) -> float:
    """Return the next 1, 2, 4, 6 or 8 with zeros, at least 2: half of it, which stands on the axis too, is whole."""
    if value <= 2:
        return 2
    step = 10.0 ** math.floor(math.log10(value))
    return float(next(times * step for times in (1, 2, 4, 6, 8, 10) if times * step >= value))
