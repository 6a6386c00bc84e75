"""A salon's story on the screen: newest last, in chapters, the machine's words one click away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QPlainTextEdit,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.qt.texts import translate, when_text
from desktop.qt.tools import Tools
from desktop.qt.view import View
from desktop.qt.views.story import Chapter, chapters_of, detail_of, line_of, story_text
from desktop.qt.widgets.basics import button, label, name_it, row, set_look
from desktop.qt.widgets.copyable import copy_text
from desktop.qt.widgets.empty import EmptyState
from shared.admin_wire import TimelineEntry

FIRST_SHOWN: Final = 60
_SHOWN_MORE: Final = 60
_MOST_DETAIL_LINES: Final = 16


class StoryRow(QFrame):
    """One line of the story. Enter or a click opens the machine's words below it; arrows go to the next line."""

    left = Signal(int)
    """An arrow key leads away from here, so many lines up or down."""

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tools = tools
        self._entries: tuple[TimelineEntry, ...] = ()
        self._detail: QPlainTextEdit | None = None
        self.setProperty("role", "row")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.when, self.icon, self.text = label("note"), QLabel(), label(is_wrapped=True)
        tools.theme.fit(self.when, size="note")
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.toggle = QToolButton()
        self.toggle.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.toggle.setCheckable(True)
        self.toggle.setArrowType(Qt.ArrowType.RightArrow)
        self.toggle.setFixedSize(tools.theme.px(22), tools.theme.px(18))
        self.toggle.clicked.connect(self.set_open)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(6, 3, 2, 3)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(4)
        top = Qt.AlignmentFlag.AlignTop
        self._grid.addWidget(self.when, 0, 0, top)
        self._grid.addWidget(self.icon, 0, 1, top)
        self._grid.addWidget(self.text, 0, 2, top)
        self._grid.addWidget(self.toggle, 0, 3, top)
        self._grid.setColumnStretch(2, 1)

    @property
    def entries(self) -> tuple[TimelineEntry, ...]:
        """The events it tells."""
        return self._entries

    @property
    def is_open(self) -> bool:
        """Whether the machine's words are shown."""
        return self._detail is not None and not self._detail.isHidden()

    def show_entries(self, entries: tuple[TimelineEntry, ...], timezone: str | None) -> None:
        """Tell an event, or the same event several times over."""
        self._entries = entries
        line = line_of(entries)
        when = when_text(entries[-1].at, timezone, self._tools.ticker.now())
        self.when.setText(when.text)
        self.when.setToolTip(when.tooltip)
        self.when.setMinimumWidth(self._tools.theme.px(62))
        self._tools.icons.dress(self.icon, line.icon, line.tone or "text-quiet", 16)
        self.text.setText(line.text)
        set_look(self.text, tone=line.tone if line.tone in ("bad", "warn") else "")
        self.setAccessibleName(f"{when.text}, {line.text}")
        name_it(self.toggle, translate("Timeline", "Machine detail"))
        if self.is_open:
            self.set_open(True)

    def set_open(self, is_open: bool) -> None:
        """Show or hide the machine's words."""
        self.toggle.setChecked(is_open)
        self.toggle.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        if not is_open:
            if self._detail is not None:
                self._detail.hide()
            return
        if self._detail is None:
            self._detail = self._make_detail()
            self._grid.addWidget(self._detail, 1, 0, 1, 4)
        text = detail_of(self._entries)
        self._detail.setPlainText(text)
        lines = min(text.count("\n") + 1, _MOST_DETAIL_LINES)
        self._detail.setFixedHeight(self._detail.fontMetrics().lineSpacing() * lines + 24)
        self._detail.show()

    def detail_text(self) -> str:
        """Return the machine's words."""
        return detail_of(self._entries)

    def as_text(self) -> str:
        """Return the line, and the machine's words when they are open."""
        told = f"{self.when.toolTip().splitlines()[0]}  {self.text.text()}"
        return f"{told}\n{detail_of(self._entries)}" if self.is_open else told

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open, close, copy, go up and down."""
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_Home: -(10**6), Qt.Key.Key_End: 10**6}
        if event.matches(QKeySequence.StandardKey.Copy):
            copy_text(self.as_text())
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and not event.modifiers():
            self.set_open(not self.is_open)
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.set_open(event.key() == Qt.Key.Key_Right)
        elif event.key() in steps:
            self.left.emit(steps[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click opens the line, a second one closes it."""
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self.set_open(not self.is_open)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where the keyboard is."""
        super().focusInEvent(event)
        set_look(self, focused="true")

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The keyboard went away."""
        super().focusOutEvent(event)
        set_look(self, focused="false")

    def _make_detail(self) -> QPlainTextEdit:
        made = QPlainTextEdit()
        made.setReadOnly(True)
        made.setTabChangesFocus(True)
        self._tools.theme.fit(made, size="note", is_mono=True)
        made.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        made.setAccessibleName(translate("Timeline", "Machine detail"))
        made.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        return made


class TimelineView(View):
    """The story of the open salon. It stays at its end while new lines come, unless somebody has scrolled back."""

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self.setProperty("role", "scrolled")
        self._salon = tools.salon.model
        self._salon_id: int | None = None
        self._limit = FIRST_SHOWN
        self._rows: dict[int, StoryRow] = {}
        self._headings: list[QLabel] = []
        self._ordered: list[StoryRow] = []
        self._is_loading_earlier = False
        self._build()
        self.watch(self._salon.timeline_changed, self.refresh)
        self.watch(self._salon.detail_changed, self._on_detail_changed)
        self.retranslate()

    @property
    def rows(self) -> Sequence[StoryRow]:
        """The lines, the oldest first."""
        return self._ordered

    def retranslate(self) -> None:
        """Set every text anew."""
        self.earlier.setText(translate("Timeline", "Show earlier"))
        self.copy.setText(translate("Timeline", "Copy the story"))
        self.empty.set_texts(
            translate("Timeline", "No story yet"),
            translate("Timeline", "What the owner, the phone and YCLIENTS do appears here, the newest last. "
                      "To try it: press “Connect” on the sandbox's page."),
        )  # fmt: skip
        self.refresh()

    def refresh(self) -> None:
        """Show the newest lines of the story."""
        if self._salon.salon_id != self._salon_id:
            self._salon_id, self._limit, self._is_loading_earlier = self._salon.salon_id, FIRST_SHOWN, False
            QTimer.singleShot(0, self, self._go_to_end)
        bar = self.scroller.verticalScrollBar()
        was_at_end = bar.value() >= bar.maximum() - 4
        entries = self._salon.timeline[-self._limit :]
        chapters = chapters_of(entries)
        self._place(chapters)
        self.empty.setVisible(not entries and not self._salon.is_loading)
        self.earlier.setVisible(self._has_earlier())
        self.copy.setVisible(bool(entries))
        if was_at_end:
            QTimer.singleShot(0, self, self._go_to_end)

    def _build(self) -> None:
        self.scroller = QScrollArea()
        self.scroller.setWidgetResizable(True)
        self.scroller.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroller.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        body = QWidget()
        body.setProperty("role", "scrolled")
        self._lines = QVBoxLayout(body)
        self._lines.setContentsMargins(12, 4, 8, 12)
        self._lines.setSpacing(0)
        self.earlier, self.copy = button("link"), button("link")
        self.earlier.clicked.connect(self._show_earlier)
        self.copy.clicked.connect(self._copy_all)
        self.empty = EmptyState(self.tools.icons, "clock")
        self._lines.addWidget(self.empty)
        self._lines.addStretch(1)
        self.scroller.setWidget(body)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        bar = row(self.earlier, None, self.copy)
        bar.setContentsMargins(12, 4, 12, 0)
        layout.addLayout(bar)
        layout.addWidget(self.scroller, 1)

    def _place(self, chapters: Sequence[Chapter]) -> None:
        """Put headings and lines in their order; a line that is there already is kept, with its open detail."""
        timezone = self._salon.row.timezone if self._salon.row else None
        kept, self._rows, self._ordered = self._rows, {}, []
        at = 0
        for number, chapter in enumerate(chapters):
            heading = self._heading(number)
            when = when_text(chapter.at, timezone, self.tools.ticker.now())
            heading.setText(f"{chapter.heading} · {when.text}")
            heading.setToolTip(when.tooltip)
            self._lines.insertWidget(at, heading)
            at += 1
            for entries in chapter.lines:
                key = entries[0].event_id
                line = kept.pop(key, None) or self._make_row()
                line.show_entries(entries, timezone)
                self._rows[key] = line
                self._ordered.append(line)
                self._lines.insertWidget(at, line)
                at += 1
        for heading in self._headings[len(chapters) :]:
            heading.hide()
        for line in kept.values():
            self._lines.removeWidget(line)
            line.hide()
            line.deleteLater()
        self._let_keyboard_in()

    def _heading(self, number: int) -> QLabel:
        while len(self._headings) <= number:
            made = label("strong", is_wrapped=True)
            made.setContentsMargins(6, 10, 0, 2)
            self._headings.append(made)
        self._headings[number].show()
        return self._headings[number]

    def _make_row(self) -> StoryRow:
        made = StoryRow(self.tools)
        made.left.connect(lambda steps: self._go(made, steps))
        return made

    def _let_keyboard_in(self) -> None:
        """One stop for Tab, at the newest line; arrows do the rest."""
        for line in self._ordered:
            line.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        if self._ordered:
            self._ordered[-1].setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def _go(self, line: StoryRow, steps: int) -> None:
        at = min(max(self._ordered.index(line) + steps, 0), len(self._ordered) - 1)
        self._ordered[at].setFocus(Qt.FocusReason.OtherFocusReason)
        self.scroller.ensureWidgetVisible(self._ordered[at])

    def _go_to_end(self) -> None:
        bar = self.scroller.verticalScrollBar()
        bar.setValue(bar.maximum())

    def _has_earlier(self) -> bool:
        return len(self._salon.timeline) > self._limit or self._salon.has_earlier

    def _show_earlier(self) -> None:
        self._limit += _SHOWN_MORE
        if (
            len(self._salon.timeline) < self._limit
            and self._salon.has_earlier
            and not self._is_loading_earlier
        ):
            self._is_loading_earlier = True
            self.run(
                self.tools.salon.load_earlier, done=self._on_earlier_loaded, failed=self._on_earlier_loaded
            )
        self.refresh()

    def _on_earlier_loaded(self, _: object) -> None:
        self._is_loading_earlier = False

    def _on_detail_changed(self) -> None:
        if self._salon.salon_id != self._salon_id:
            self.refresh()

    def _copy_all(self) -> None:
        timezone = self._salon.row.timezone if self._salon.row else None
        copy_text(story_text(chapters_of(self._salon.timeline), timezone))
