"""What the palette offers: whatever menus and buttons offer, read from the very same menus and buttons.

There is no second list of actions that somebody could forget to keep: an entry is a menu's action or a button, with its
name, its key and whether it may be used now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QLineEdit,
    QMenu,
    QMenuBar,
    QTabBar,
    QWidget,
)

from desktop.qt.texts import Language, translate
from desktop.qt.widgets.chips import Chip

_NATIVE = QKeySequence.SequenceFormat.NativeText


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to do or to go to. `names` is what it is found by, `refusal` why it cannot be done now."""

    key: str
    title: str
    place: str
    run: Callable[[], object]
    names: tuple[str, ...]
    keys: str = ""
    refusal: str | None = None

    def told(self) -> str:
        """Return what a screen reader says of it."""
        parts = [self.title, self.place, self.keys]
        if self.refusal is not None:
            parts.append(translate("Palette", "not now: {why}").format(why=self.refusal))
        return ", ".join(part for part in parts if part)


def entries_of_menus(bar: QMenuBar, language: Language) -> list[Entry]:
    """Return every action of every menu, however deep."""
    return [entry for action in bar.actions() for entry in _of_menu(action.menu(), "", language)]


def entry_of_action(action: QAction, place: str, language: Language) -> Entry:
    """Return a menu's action as an entry."""
    title = without_letter(action.text())
    return Entry(
        f"{place}:{title}", title, place, action.trigger, _names(action.text(), place, language),
        action.shortcut().toString(_NATIVE), _refusal(action),
    )  # fmt: skip


def entry_of_button(
    control: QAbstractButton, place: str, language: Language, *, refusal: str | None = None,
    run: Callable[[], object] | None = None,
) -> Entry:  # fmt: skip
    """Return a button as an entry; `run` is done instead of pressing it, and `refusal` is then why not."""
    text = control.word if isinstance(control, Chip) else control.text() or control.accessibleName()
    title = without_letter(text).strip()
    if run is None:
        run, refusal = control.click, _refusal(control)
    return Entry(
        f"{place}:{title}", title, place, run, _names(text, place, language),
        control.shortcut().toString(_NATIVE), refusal,
    )  # fmt: skip


def buttons_in(root: QWidget, but_in: tuple[QWidget, ...]) -> Iterator[QAbstractButton]:
    """Yield the buttons with a name that are seen in a widget, but for those inside some of its parts."""
    for control in root.findChildren(QAbstractButton):
        if not control.isVisible() or control.window() is not root.window() or _is_qts_own(control):
            continue
        if not (control.text() or control.accessibleName()):
            continue
        if not any(part is control or part.isAncestorOf(control) for part in but_in):
            yield control


def without_letter(text: str) -> str:
    """Return a text without the sign for its letter of access."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&")


def _of_menu(menu: object, place: str, language: Language) -> Iterator[Entry]:
    if not isinstance(menu, QMenu):
        return
    title = without_letter(menu.title())
    here = f"{place} › {title}" if place else title
    for action in menu.actions():
        if isinstance(action.menu(), QMenu):
            yield from _of_menu(action.menu(), here, language)
        elif not action.isSeparator() and action.text():
            yield entry_of_action(action, here, language)


def _names(text: str, place: str, language: Language) -> tuple[str, ...]:
    names = [without_letter(name).strip() for name in language.every_name(text)]
    return (*names, *(f"{name} {place}" for name in names))


def _refusal(control: QAction | QAbstractButton) -> str | None:
    if control.isEnabled():
        return None
    said = control.toolTip()
    is_reason = bool(said) and said.rstrip("….") != without_letter(control.text()).rstrip("….")
    return said if is_reason else translate("Palette", "There is nothing to do it with now.")


def _is_qts_own(control: QWidget) -> bool:
    return control.objectName().startswith("qt_") or isinstance(
        control.parentWidget(), QLineEdit | QComboBox | QAbstractItemView | QTabBar
    )
