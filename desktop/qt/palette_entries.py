"""What the palette offers: whatever menus and buttons offer, read from the very same menus and buttons.

There is no second list of actions that somebody could forget to keep: an entry is a menu's action or a button, with its
name, its key and whether it may be used now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QLineEdit,
    QMenu,
    QMenuBar,
    QPushButton,
    QStackedWidget,
    QTabBar,
    QTabWidget,
    QToolButton,
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
    title, about = _said(control)
    place = about or place
    if run is None:
        run, refusal = partial(_press, control), _refusal(control)
    text = control.word if isinstance(control, Chip) else control.text() or title
    return Entry(
        f"{place}:{title}", title, place, run, (title, *_names(text, place, language)),
        control.shortcut().toString(_NATIVE), refusal,
    )  # fmt: skip


def entries_of_button(control: QAbstractButton, place: str, language: Language) -> Iterator[Entry]:
    """Yield a button as an entry, or each action of the menu that it opens."""
    menu = control.menu() if isinstance(control, QPushButton | QToolButton) else None
    if not isinstance(menu, QMenu) or not control.isEnabled():
        yield entry_of_button(control, place, language)
        return
    title, about = _said(control)
    for action in menu.actions():
        if not action.isSeparator():
            yield entry_of_action(action, f"{about or place} › {title}", language)


def buttons_in(root: QWidget, but_in: tuple[QWidget, ...]) -> Iterator[QAbstractButton]:
    """Yield the buttons with a name that are seen in a widget or would be on another page of its tabs.

    Left out are those inside some of its parts.
    """
    for control in root.findChildren(QAbstractButton):
        if control.window() is not root.window() or _is_qts_own(control) or not _is_within_reach(control):
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


def _said(control: QAbstractButton) -> tuple[str, str]:
    """Return what a button does, and what it is about where its name says so: “Acknowledge: the disk is full”."""
    if isinstance(control, Chip):
        return control.word, ""
    text, name = without_letter(control.text()).strip(), control.accessibleName()
    if not text:
        return name, ""
    if name.startswith(f"{text}: "):
        return text, name.removeprefix(f"{text}: ")
    return (name if name.startswith(text) else text), ""


def _is_within_reach(control: QWidget) -> bool:
    """Whether a widget is seen, or would be if tabs were turned."""
    one: QWidget | None = control
    while one is not None and not one.isWindow():
        if one.isHidden() and _tabs_of(one) is None:
            return False
        one = one.parentWidget()
    return one is not None and one.isVisible()


def _tabs_of(page: QWidget) -> QTabWidget | None:
    """Return the tabs that a widget is a page of."""
    stack = page.parentWidget()
    tabs = stack.parentWidget() if isinstance(stack, QStackedWidget) else None
    return tabs if isinstance(tabs, QTabWidget) else None


def _press(control: QAbstractButton) -> None:
    """Press a button; tabs are turned to it first."""
    one: QWidget | None = control
    while one is not None and not one.isWindow():
        if (tabs := _tabs_of(one)) is not None:
            tabs.setCurrentWidget(one)
        one = one.parentWidget()
    control.click()


def _is_qts_own(control: QWidget) -> bool:
    return control.objectName().startswith("qt_") or isinstance(
        control.parentWidget(), QLineEdit | QComboBox | QAbstractItemView | QTabBar
    )
