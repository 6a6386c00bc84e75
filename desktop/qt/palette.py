"""The command palette: one field for every salon and everything there is to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QEvent, QSignalBlocker, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QColor, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.model.matching import STRONG, score
from desktop.qt.palette_entries import Entry
from desktop.qt.texts import is_language_change, translate
from desktop.qt.tools import Tools
from desktop.qt.widgets.basics import label
from shared.admin_wire import MAX_SEARCH_CHARS, InstallRow

_LOOK_MS: Final = 80
_MOST_SHOWN: Final = 60
_MOST_RECENT: Final = 8
SALONS: Final = 8
_STEPS: Final = {
    Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8,
}  # fmt: skip


class Recents:
    """What was chosen lately in the palette, the newest first, for as long as the program runs."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.salons: dict[str, tuple[str | None, InstallRow]] = {}
        """Salons by their entry's key, with the profile whose gateway they are of."""

    def used(self, key: str) -> None:
        """Put one before the others."""
        self.keys = [key, *(one for one in self.keys if one != key)][:_MOST_RECENT]
        self.salons = {kept: row for kept, row in self.salons.items() if kept in self.keys}

    def met(self, key: str, profile_id: str | None, row: InstallRow) -> None:
        """Remember a salon that is about to be chosen."""
        self.salons[key] = (profile_id, row)


class Palette(QDialog):
    """A field, and what fits what is typed. Nothing in it is lost by Esc; what is chosen is said once it is closed."""

    chosen = Signal(object)
    """The `Entry` that somebody wants."""

    def __init__(
        self, tools: Tools, entries: Sequence[Entry], recent: Sequence[Entry],
        entry_of_salon: Callable[[InstallRow], Entry], entries_of_text: Callable[[str], list[Entry]],
        parent: QWidget,
    ) -> None:  # fmt: skip
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("role", "palette")
        self._tools, self._above = tools, parent.window()
        self._entries, self._recent = tuple(entries), tuple(recent)
        self._entry_of_salon, self._entries_of_text = entry_of_salon, entries_of_text
        self._salons: list[Entry] = []
        self._shown: list[Entry] = []
        self._asked = 0
        self._is_waiting = self._is_wanted = self._is_over = self._was_active = False
        self.field = QLineEdit()
        self.field.setMaxLength(MAX_SEARCH_CHARS)
        self.list = QTreeWidget()
        self.hint = label("note", is_wrapped=True)
        self._later = QTimer(self, singleShot=True, interval=_LOOK_MS)
        self._later.timeout.connect(self._look)
        self._build()
        self.field.textChanged.connect(self._on_typed)
        self.list.currentItemChanged.connect(lambda *_: self._tell_current())
        self.list.itemClicked.connect(lambda *_: self.choose())
        self.retranslate()
        self._show()

    def retranslate(self) -> None:
        """Set every text anew."""
        self.setWindowTitle(translate("Palette", "Find and do"))
        self.field.setPlaceholderText(translate("Palette", "A salon, or what you want to do"))
        self.field.setAccessibleName(translate("Palette", "Find a salon or an action"))
        self.list.setAccessibleName(translate("Palette", "What fits"))
        self._tell_current()

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        super().changeEvent(event)
        if is_language_change(event):
            self.retranslate()

    def event(self, event: QEvent) -> bool:
        """Go when somebody goes on working elsewhere."""
        if event.type() == QEvent.Type.WindowActivate:
            self._was_active = True
        elif event.type() == QEvent.Type.WindowDeactivate and self._was_active and not self._is_over:
            self.reject()
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move through the list while the field keeps the focus."""
        step = _STEPS.get(Qt.Key(event.key()))
        if step is not None:
            self._move(step)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.choose()
        else:
            super().keyPressEvent(event)

    def shown(self) -> list[Entry]:
        """Return what is offered now, in its order."""
        return list(self._shown)

    def current(self) -> Entry | None:
        """Return what Enter would choose."""
        at = self.list.currentIndex().row()
        return self._shown[at] if 0 <= at < len(self._shown) else None

    def choose(self) -> None:
        """Close, and have the current entry done; what is refused stays, with the reason."""
        entry = self.current()
        if self._is_waiting and (entry is None or entry not in self._strong(self.field.text())):
            self._is_wanted = True  # the gateway is about to say which salons fit
            return
        if entry is None or entry.refusal is not None:
            return
        self._finish(entry)

    def done(self, result: int) -> None:
        """Look for nothing any more."""
        self._is_over = True
        self._later.stop()
        super().done(result)

    # ------------------------------------------------------------------------------------------------- build

    def _build(self) -> None:
        theme = self._tools.theme
        self.list.setHeaderHidden(True)
        self.list.setColumnCount(3)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setAllColumnsShowFocus(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(theme.px(40))
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.ResizeToContents)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(8)
        layout.addWidget(self.field)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.hint)
        self.setFocusProxy(self.field)
        above = self._above
        self.resize(
            min(theme.px(680), max(theme.px(360), above.width() - 80)),
            min(theme.px(520), above.height() - 80),
        )
        header.resizeSection(1, min(theme.px(210), self.width() // 3))
        corner = above.mapToGlobal(above.rect().topLeft())
        self.move(corner.x() + (above.width() - self.width()) // 2, corner.y() + theme.px(56))

    # --------------------------------------------------------------------------------------------- what is shown

    def _strong(self, text: str) -> list[Entry]:
        return [entry for fit, entry in self._fitting(text) if fit >= STRONG]

    def _fitting(self, text: str) -> list[tuple[int, Entry]]:
        found = [(fit, entry) for entry in self._entries if (fit := score(text, entry.names)) is not None]
        return sorted(found, key=lambda pair: -pair[0])

    def _to_show(self) -> list[Entry]:
        text = self.field.text()
        if not text.strip():
            keys = {entry.key for entry in self._recent}
            return [*self._recent, *(entry for entry in self._entries if entry.key not in keys)]
        fitting = self._fitting(text)
        strong = [entry for fit, entry in fitting if fit >= STRONG]
        weak = [entry for fit, entry in fitting if fit < STRONG]
        return [*strong, *self._salons, *weak][:_MOST_SHOWN] + self._entries_of_text(text)

    def _show(self) -> None:
        self._shown = self._to_show()
        quiet, plain = self._tools.theme.colour("text-quiet"), self._tools.theme.colour("text")
        with QSignalBlocker(self.list):
            self.list.clear()
            height = self._tools.theme.row_height
            self.list.addTopLevelItems([_item(entry, plain, quiet, height) for entry in self._shown])
            if self._shown:
                self._go_to(0)
        self._tell_current()

    def _move(self, step: int) -> None:
        if self._shown:
            at = self.list.currentIndex().row() + step
            last = len(self._shown) - 1
            if abs(step) == 1:
                at %= last + 1
            self._go_to(max(0, min(at, last)))

    def _go_to(self, at: int) -> None:
        self.list.setCurrentIndex(self.list.model().index(at, 0))

    def _tell_current(self) -> None:
        """Say what is current: beneath the list, and to screen readers, for the focus stays in the field."""
        entry = self.current()
        if entry is None:
            told = (
                translate("Palette", "Looking…") if self._is_waiting
                else translate("Palette", "Nothing fits. Fewer letters find more.")
            )  # fmt: skip
            said = told
        else:
            said = entry.told()
            told = (
                translate("Palette", "Not now: {why}").format(why=entry.refusal) if entry.refusal
                else translate("Palette", "↑ ↓ choose, Enter does it, Esc closes")
            )  # fmt: skip
        self.hint.setText(told)
        self.field.setAccessibleDescription(said)
        QAccessible.updateAccessibility(QAccessibleEvent(self.field, QAccessible.Event.DescriptionChanged))

    # ------------------------------------------------------------------------------------------------- salons

    def _on_typed(self, text: str) -> None:
        self._asked += 1
        self._salons, self._is_wanted = [], False
        self._is_waiting = bool(text.strip()) and self._tools.console.models.connection.is_live
        if self._is_waiting:
            self._later.start()
        else:
            self._later.stop()
        self._show()

    def _look(self) -> None:
        mine = self._asked
        self._tools.bridge.run(
            self._tools.console.find_salons, self.field.text(), SALONS,
            done=lambda rows: self._found(mine, rows), failed=lambda _: self._found(mine, []),
        )  # fmt: skip

    def _found(self, asked: int, rows: Sequence[InstallRow]) -> None:
        if self._is_over or asked != self._asked:
            return
        self._is_waiting = False
        before = self.current()
        self._salons = [self._entry_of_salon(row) for row in rows]
        self._show()
        strong = self._strong(self.field.text())
        if before is not None and (before in strong or not self._salons) and before in self._shown:
            self._go_to(self._shown.index(before))
        if self._is_wanted:
            self._is_wanted = False
            self.choose()

    def _finish(self, entry: Entry) -> None:
        self.accept()
        self.chosen.emit(entry)


def _item(entry: Entry, plain: QColor, quiet: QColor, height: int) -> QTreeWidgetItem:
    place = entry.place if entry.refusal is None else entry.refusal
    item = QTreeWidgetItem([entry.title, place, entry.keys])
    item.setSizeHint(0, QSize(0, height))
    item.setForeground(0, plain if entry.refusal is None else quiet)
    for column in (1, 2):
        item.setForeground(column, quiet)
    item.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    for column in range(3):
        item.setToolTip(column, item.text(column))
    item.setData(0, Qt.ItemDataRole.AccessibleTextRole, entry.told())
    return item
