"""Labels, buttons, cards and rules in the console's manner."""

from __future__ import annotations

from typing import Final, Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.qt.widgets.flow import FlowLayout

_LEAST_LINES: Final = 9

Role = Literal["text", "title", "heading", "strong", "quiet", "note", "display", "badge"]
Tone = Literal["", "ok", "warn", "bad", "info", "accent"]
ButtonKind = Literal["plain", "primary", "danger", "link"]


def set_look(widget: QWidget, **properties: str) -> None:
    """Change the properties a style sheet looks at, and have it look again."""
    for name, value in properties.items():
        widget.setProperty(name, value)
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)
    widget.update()


class _Scrolled(QScrollArea):
    """Not so low that nobody could read in it."""

    def minimumSizeHint(self) -> QSize:
        """Some lines of text, unless less is in it."""
        least, inside = super().minimumSizeHint(), self.widget()
        needed = inside.sizeHint().height() if inside is not None else 0
        return least.expandedTo(QSize(0, min(needed, self.fontMetrics().height() * _LEAST_LINES)))


def scrolled(inside: QWidget) -> QScrollArea:
    """Return a view's scrolling area: as wide as the view where that is wide enough, and no stop of the Tab key."""
    made = _Scrolled()
    made.setWidgetResizable(True)
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    made.setWidget(inside)
    return made


class _LongLabel(QLabel):
    """As high as its words need in the width it is given: Qt's layouts reckon with a width of eighty letters."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for the height."""
        super().resizeEvent(event)
        self.setMinimumHeight(max(0, self.heightForWidth(event.size().width())))


def label(
    role: Role = "text",
    *,
    is_wrapped: bool = False,
    is_long: bool = False,
    is_selectable: bool = False,
    parent: QWidget | None = None,
) -> QLabel:
    """Return an empty label of a role; its text is always plain. A long one is wrapped and several lines high."""
    made = _LongLabel(parent) if is_long else QLabel(parent)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("role", role)
    made.setWordWrap(is_wrapped or is_long)
    if is_selectable:
        made.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
    return made


def button(kind: ButtonKind = "plain", parent: QWidget | None = None) -> QPushButton:
    """Return a button without text. It is nobody's default: Enter presses it only when it has the focus."""
    made = QPushButton(parent)
    made.setProperty("kind", kind)
    made.setAutoDefault(False)
    made.setDefault(False)
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return made


def tool_button(parent: QWidget | None = None) -> QToolButton:
    """Return a flat button for an icon; the caller gives it a tooltip and an accessible name by `name_it`."""
    made = QToolButton(parent)
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return made


def name_it(widget: QWidget, name: str, tooltip: str | None = None) -> None:
    """Give a control the name that screen readers say, and the same or a longer tooltip."""
    widget.setAccessibleName(name)
    widget.setToolTip(name if tooltip is None else tooltip)


def rule(parent: QWidget | None = None) -> QFrame:
    """Return a thin line across."""
    made = QFrame(parent)
    made.setProperty("role", "rule")
    return made


def row(*items: QWidget | QLayout | int | None, spacing: int = 8) -> QHBoxLayout:
    """Return a row without margins: widgets, layouts, distances; None is where it stretches."""
    made = QHBoxLayout()
    _fill(made, items, spacing)
    return made


def flowing(*items: QWidget | None, spacing: int = 8) -> FlowLayout:
    """Return a row that goes on in the next line where there is no room; None pushes what follows to the end."""
    made = FlowLayout(spacing=spacing, is_filled=True)
    for item in items:
        if item is None:
            made.add_gap()
        else:
            made.addWidget(item)
    return made


def column(*items: QWidget | QLayout | int | None, spacing: int = 8) -> QVBoxLayout:
    """Return a column without margins, as `row`."""
    made = QVBoxLayout()
    _fill(made, items, spacing)
    return made


def _fill(
    layout: QHBoxLayout | QVBoxLayout, items: tuple[QWidget | QLayout | int | None, ...], spacing: int
) -> None:
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
    for item in items:
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, int):
            layout.addSpacing(item)
        elif isinstance(item, QWidget):
            layout.addWidget(item)
        else:
            layout.addLayout(item)


class Card(QFrame):
    """A raised card with room for a heading and a body."""

    def __init__(self, parent: QWidget | None = None, *, margin: int = 16, spacing: int = 12) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.heading = label("heading")
        self.heading.hide()
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(margin, margin, margin, margin)
        self.body.setSpacing(spacing)
        self.body.addWidget(self.heading)

    def set_heading(self, text: str) -> None:
        """Show a heading."""
        self.heading.setText(text)
        self.heading.setVisible(bool(text))


class ElidedLabel(QLabel):
    """One line that ends with … where there is no room, with the whole of it in the tooltip."""

    def __init__(self, role: Role = "text", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._tooltip = ""

    def setText(self, text: str) -> None:
        """Show a text."""
        super().setText(text)
        self.setAccessibleName(text)
        self._name_rest()

    def set_tooltip(self, text: str) -> None:
        """Show this on hover, whether or not the text fits."""
        self._tooltip = text
        self._name_rest()

    def minimumSizeHint(self) -> QSize:
        """A few letters are enough."""
        metrics = QFontMetrics(self.font())
        return QSize(metrics.horizontalAdvance("mmm…"), super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        """As wide as the text."""
        metrics = QFontMetrics(self.font())
        return QSize(metrics.horizontalAdvance(self.text()) + 2, super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Look again whether the text fits."""
        super().resizeEvent(event)
        self._name_rest()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what fits."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        area = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), text)
        painter.end()

    def is_elided(self) -> bool:
        """Whether some of the text is not seen."""
        return self.fontMetrics().horizontalAdvance(self.text()) > self.contentsRect().width()

    def _name_rest(self) -> None:
        self.setToolTip(self._tooltip or (self.text() if self.is_elided() else ""))
