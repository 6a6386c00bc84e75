"""A layout that goes on in the next line, like words do."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QSizePolicy, QSpacerItem, QWidget


class FlowLayout(QLayout):
    """Items side by side, as many in a line as fit; none is wider than the line.

    What is left of a line goes to its gaps (`add_gap`); where there is none, and it is to be filled, to what expands.
    """

    def __init__(self, parent: QWidget | None = None, spacing: int = 8, *, is_filled: bool = False) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._is_filled = is_filled
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(spacing)

    def add_gap(self) -> None:
        """Push what follows to the end of its line."""
        self.addItem(QSpacerItem(0, 0, QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum))

    def addItem(self, item: QLayoutItem) -> None:
        """Take an item."""
        self._items.append(item)

    def count(self) -> int:
        """How many items there are."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """Return an item, or None past the end."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Give an item back."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """It needs no more room than its items."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """Narrower is higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of all lines."""
        return self._place(QRect(0, 0, width, 0), is_trial=True)

    def setGeometry(self, rect: QRect) -> None:
        """Place the items."""
        super().setGeometry(rect)
        self._place(rect, is_trial=False)

    def sizeHint(self) -> QSize:
        """The least will do."""
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        """As large as the largest item."""
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def _place(self, rect: QRect, *, is_trial: bool) -> int:
        y = rect.y()
        for line in self._lines(rect.width()):
            height = max(size.height() for _, size in line)
            if not is_trial:
                self._place_line(line, QRect(rect.x(), y, rect.width(), height))
            y += height + self.spacing()
        return max(0, y - self.spacing() - rect.y())

    def _lines(self, room: int) -> list[list[tuple[QLayoutItem, QSize]]]:
        lines: list[list[tuple[QLayoutItem, QSize]]] = []
        used = 0
        for item in self._items:
            if item.widget() is not None and item.isEmpty():
                continue
            size = _size_in(item, room)
            is_gap = item.spacerItem() is not None
            if not lines or (used + size.width() > room and not is_gap):
                lines.append([])
                used = 0
            used += size.width() + (0 if is_gap else self.spacing())
            lines[-1].append((item, size))
        return lines

    def _place_line(self, line: list[tuple[QLayoutItem, QSize]], area: QRect) -> None:
        spaces = self.spacing() * (sum(item.spacerItem() is None for item, _ in line) - 1)
        spare = area.width() - sum(size.width() for _, size in line) - spaces
        growing = [item for item, _ in line if item.spacerItem() is not None]
        if not growing and self._is_filled:
            growing = [item for item, _ in line if item.expandingDirections() & Qt.Orientation.Horizontal]
        x = area.x()
        for item, size in line:
            width = size.width() + (max(0, spare) // len(growing) if item in growing else 0)
            below = area.height() - size.height()
            y = area.y() + (below if item.alignment() & Qt.AlignmentFlag.AlignBottom else below // 2)
            taken = min(width, item.maximumSize().width())
            item.setGeometry(QRect(x + (width - taken) // 2, y, taken, size.height()))
            x += width + (self.spacing() if item.spacerItem() is None else 0)


def _size_in(item: QLayoutItem, room: int) -> QSize:
    """Return the size an item would like to have in a line, wrapped or cut by itself where that is too wide."""
    widget = item.widget()
    size = item.sizeHint()
    if widget is not None and widget.sizePolicy().horizontalPolicy() is QSizePolicy.Policy.Ignored:
        size = widget.sizeHint()  # it takes less, but what it would like to have is not nothing
    if size.width() > room:
        size.setWidth(max(room, item.minimumSize().width()))
    if item.hasHeightForWidth():
        size.setHeight(item.heightForWidth(size.width()))
    return size
