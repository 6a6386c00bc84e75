"""The views at the left, each with the number that calls for a person."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QMargins, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QScrollArea,
    QSizePolicy,
    QStyleOptionToolButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.qt import shortcuts
from desktop.qt.links import VIEWS
from desktop.qt.texts import marked, number_text, translate
from desktop.qt.tools import Tools
from desktop.qt.view import View
from desktop.qt.widgets.basics import name_it, rule
from shared.vocabulary import CheckLevel

_ICONS: Final = {name: name for name in VIEWS} | {"consistency": "difference"}
_WORDS: Final = {
    "installs": marked("Navigation", "Installs"),
    "queue": marked("Navigation", "Queue"),
    "doctor": marked("Navigation", "Check"),
    "consistency": marked("Navigation", "Sync"),
    "alarms": marked("Navigation", "Alarms"),
    "webhooks": marked("Navigation", "Webhooks"),
    "sessions": marked("Navigation", "Sessions"),
    "overview": marked("Navigation", "Overview"),
    "audit": marked("Navigation", "Audit"),
    "staff": marked("Navigation", "Staff"),
    "settings": marked("Navigation", "Settings"),
}


_USUAL_COUNT: Final = " 8"
_COUNTED: Final = frozenset({"installs", "queue", "doctor", "consistency", "alarms", "webhooks"})


class NavigationButton(QToolButton):
    """A view's button: icon, word, and a count at the right."""

    def __init__(self, parent: QWidget | None = None, *, is_counted: bool = False) -> None:
        super().__init__(parent)
        self._is_counted = is_counted
        self.word = ""
        self.count = ""
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setProperty("kind", "nav")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_texts(self, word: str, count: str, tooltip: str, *, is_narrow: bool = False) -> None:
        """Show a word and a count; an empty count is none. Narrow, the word is said on hover and to screen readers."""
        self.word, self.count = word, count
        self.setText("" if is_narrow else f"  {word}")
        name_it(self, f"{word}: {count}" if count else word, tooltip)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as its text, with room for a count where one may come: nothing moves when it does."""
        size, metrics = super().sizeHint(), QFontMetrics(self._bold())
        room = metrics.horizontalAdvance(f" {self.count}") if self.count else 0
        room = max(room, metrics.horizontalAdvance(_USUAL_COUNT)) if self._is_counted else room
        bolder = metrics.horizontalAdvance(self.text()) - self.fontMetrics().horizontalAdvance(self.text())
        return QSize(size.width() + max(bolder, 0) + room, size.height())

    def minimumSizeHint(self) -> QSize:
        """Never narrower than its text."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw icon and word, then the count at the right, where those of all views stand in one line."""
        super().paintEvent(event)
        if not self.count:
            return
        painter, option = QPainter(self), QStyleOptionToolButton()
        self.initStyleOption(option)
        painter.setFont(self._bold() if self.isChecked() else self.font())
        painter.setPen(option.palette.buttonText().color())
        area = self.rect().adjusted(0, 0, -self.fontMetrics().averageCharWidth() * 2, 0)
        painter.drawText(area, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), self.count)
        painter.end()

    def _bold(self) -> QFont:
        made = QFont(self.font())
        made.setWeight(QFont.Weight.DemiBold)
        return made


class _Rolling(QScrollArea):
    """As wide as what it holds; rolls where that is higher than the window, as with the largest text."""

    def __init__(self, inside: QWidget) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self._inside = inside
        self.setWidget(inside)
        inside.installEventFilter(self)

    def sizeHint(self) -> QSize:
        """As wide as what is inside, with the scroll bar beside it where that is needed."""
        size = self._inside.sizeHint()
        needs_bar = size.height() > self.height()
        return (
            size.grownBy(QMargins(0, 0, self.verticalScrollBar().sizeHint().width(), 0))
            if needs_bar
            else size
        )

    def minimumSizeHint(self) -> QSize:
        """As wide; as low as need be."""
        return QSize(self.sizeHint().width(), 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The scroll bar may come or go: said once the present sharing of room is over, which would not hear it."""
        super().resizeEvent(event)
        if event.size().height() != event.oldSize().height():
            QTimer.singleShot(0, self, self.updateGeometry)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow what is inside: its words grow and shrink with the language and the text's size."""
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Resize):
            self.updateGeometry()
        return super().eventFilter(watched, event)


class Navigation(View):
    """Chooses the view in the middle."""

    view_chosen = Signal(str)

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self.buttons: dict[str, NavigationButton] = {}
        self._is_narrow = False
        self._group = QButtonGroup(self)
        frame = QFrame()
        frame.setProperty("role", "nav")
        inner = QVBoxLayout(frame)
        inner.setContentsMargins(8, 12, 8, 12)
        inner.setSpacing(4)
        for name in VIEWS:
            if name == "settings":
                inner.addStretch(1)
                inner.addWidget(rule())
            inner.addWidget(self._add(name))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._rolling = _Rolling(frame)
        layout.addWidget(self._rolling)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        models = tools.console.models
        for signal in (
            models.board.counts_changed, models.queue.counts_changed, models.doctor.changed, models.alarms.changed,
            models.inbox.counts_changed,
            models.consistency.changed,
        ):  # fmt: skip
            self.watch(signal, self.refresh)
        self.retranslate()

    def be_narrow(self, is_narrow: bool) -> None:
        """Show icons and counts without words, to leave the room to the views; or with them again."""
        if is_narrow != self._is_narrow:
            self._is_narrow = is_narrow
            self.refresh()

    def show_chosen(self, name: str) -> None:
        """Mark a view as the one that is shown."""
        self.buttons[name].setChecked(True)
        self._rolling.ensureWidgetVisible(self.buttons[name], 0, 0)

    def retranslate(self) -> None:
        """Set every text anew, in the present language."""
        self.setAccessibleName(translate("Navigation", "Views"))
        self.refresh()

    def refresh(self) -> None:
        """Show what the models hold."""
        for name, count in self._counts().items():
            word = translate("Navigation", _WORDS[name])
            tooltip = f"{word}  {shortcuts.key_text(name)}"
            self.buttons[name].show_texts(word, count, tooltip, is_narrow=self._is_narrow)

    def _add(self, name: str) -> NavigationButton:
        made = self.buttons[name] = NavigationButton(is_counted=name in _COUNTED)
        self.tools.icons.dress(made, _ICONS[name], "text", 20)
        made.clicked.connect(lambda: self.view_chosen.emit(name))
        self._group.addButton(made)
        return made

    def _counts(self) -> dict[str, str]:
        models = self.tools.console.models
        stuck, failed = models.board.stuck, models.queue.stopped
        report = models.doctor.report
        is_ill = report is not None and any(check.level is CheckLevel.BAD for check in report.checks)
        return {
            "installs": number_text(stuck) if stuck else "",
            "queue": number_text(failed) if failed else "",
            "doctor": "!" if is_ill else "",
            "consistency": number_text(models.consistency.total) if models.consistency.total else "",
            "alarms": number_text(models.alarms.waiting) if models.alarms.waiting else "",
            "webhooks": number_text(models.inbox.calling) if models.inbox.calling else "",
            "sessions": "",
            "overview": "",
            "audit": "",
            "staff": "",
            "settings": "",
        }
