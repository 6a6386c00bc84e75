"""Room for everything on a small screen with large text: what does not fit rolls, or stands below instead of beside."""

from __future__ import annotations

from typing import Final, cast

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QSizePolicy, QSplitter, QTableWidget, QWidget

from desktop.qt.theme import Theme

_LEAST: Final = 120


class Rolling(QScrollArea):
    """As large as there is room. What it holds gets at least what it cannot do without, and is rolled through then.

    Qt's own area would give its content the height it would like to have, and a list would like to have a lot.
    """

    def __init__(self, inside: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setProperty("role", "rolling")
        self._inside = inside
        self.setWidget(inside)
        inside.installEventFilter(self)
        cast(QApplication, QApplication.instance()).focusChanged.connect(self._on_focus_changed)

    def sizeHint(self) -> QSize:
        """As large as its content would like to be."""
        return self._inside.sizeHint()

    def minimumSizeHint(self) -> QSize:
        """As small as need be."""
        least = self._inside.minimumSizeHint()
        return QSize(min(_LEAST, least.width()), min(_LEAST, least.height()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the new room on."""
        super().resizeEvent(event)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """What is inside needs another size: parts come and go, words and letters grow."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
            self._fit()
        return super().eventFilter(watched, event)

    def _on_focus_changed(self, _: QWidget | None, now: QWidget | None) -> None:
        """Show what a key leads to; what is clicked is seen already, and does not move away under the pointer."""
        is_clicked = QApplication.mouseButtons() != Qt.MouseButton.NoButton
        if now is not None and not is_clicked and self._inside.isAncestorOf(now):
            roll_to(now)

    def _fit(self) -> None:
        room, bar = self.maximumViewportSize(), self.style().pixelMetric(
            self.style().PixelMetric.PM_ScrollBarExtent, None, self.verticalScrollBar()
        )  # fmt: skip
        least = self._inside.minimumSizeHint().expandedTo(self._inside.minimumSize())
        width = max(room.width(), least.width())
        height_of_room = room.height() - (bar if width > room.width() else 0)
        height = self._least_height(width, least)
        if height > height_of_room:
            width = max(room.width() - bar, least.width())
            height = self._least_height(width, least)
        self._inside.resize(width, max(height_of_room, height))

    def _least_height(self, width: int, least: QSize) -> int:
        layout = self._inside.layout()
        if layout is None or not layout.hasHeightForWidth():
            return least.height()
        return max(least.height(), layout.minimumHeightForWidth(width))


def roll_to(widget: QWidget) -> None:
    """Bring a widget into sight, wherever it is rolled away."""
    around = widget.parentWidget()
    while around is not None:
        if isinstance(around, QScrollArea):
            around.ensureWidgetVisible(widget)
        around = around.parentWidget()


class TurningSplitter(QSplitter):
    """Parts beside each other where there is room for them, below each other where there is not."""

    def __init__(self, theme: Theme, wide: int, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme, self._wide = theme, wide
        self.setChildrenCollapsible(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Turn when it has become narrow or wide; `wide` is in pixels at 100 %."""
        super().resizeEvent(event)
        is_wide = event.size().width() >= self._theme.px(self._wide)
        self.setOrientation(Qt.Orientation.Horizontal if is_wide else Qt.Orientation.Vertical)

    def minimumSizeHint(self) -> QSize:
        """As wide as its widest part, however it stands now: narrow, it turns."""
        parts = [part for number in range(self.count()) if (part := self.widget(number)) is not None]
        widths = [part.minimumSizeHint().expandedTo(part.minimumSize()).width() for part in parts]
        return QSize(max(widths, default=0), super().minimumSizeHint().height())


class WholeTable(QTableWidget):
    """A small table that shows all of its rows; sideways it is rolled where it is too wide."""

    def __init__(self, columns: int, parent: QWidget | None = None) -> None:
        super().__init__(0, columns, parent)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.horizontalScrollBar().rangeChanged.connect(lambda *_: self.updateGeometry())

    def sizeHint(self) -> QSize:
        """As high as header and rows, and the scroll bar below them when it is there."""
        height = self.horizontalHeader().sizeHint().height() + self.verticalHeader().length() + 4
        bar = self.horizontalScrollBar()
        if bar.maximum() > 0:
            height += bar.sizeHint().height()
        return QSize(super().sizeHint().width(), height)

    def minimumSizeHint(self) -> QSize:
        """As narrow as any, and as high."""
        return QSize(super().minimumSizeHint().width(), self.sizeHint().height())


def open_at(window: QWidget, width: int, height: int) -> None:
    """Give a window a size in pixels, but none larger than its screen."""
    window.resize(QSize(width, height).boundedTo(room_of(window)))


def room_of(window: QWidget) -> QSize:
    """Return how large a window may be: as its screen, or as the window it belongs to if that is larger still."""
    parent, room = window.parentWidget(), window.screen().availableSize()
    return room if parent is None else room.expandedTo(parent.window().size())
