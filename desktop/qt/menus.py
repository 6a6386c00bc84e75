"""The menu bar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QMenuBar

from desktop.model.preferences import DENSITIES, FONT_SCALES, THEMES, Preferences
from desktop.qt import editing, shortcuts
from desktop.qt.texts import LANGUAGE_NAMES, LANGUAGES, marked, translate

_EDITS: Final[tuple[tuple[editing.Act, str, str], ...]] = (
    ("undo", marked("Menu", "&Undo"), "undo"),
    ("redo", marked("Menu", "&Redo"), "redo"),
    ("cut", marked("Menu", "Cu&t"), "cut"),
    ("copy", marked("Menu", "&Copy"), "copy"),
    ("paste", marked("Menu", "&Paste"), "paste"),
    ("select_all", marked("Menu", "Select &all"), "select_text"),
)
"""What can be done in a field: its name, its text, its key."""
_THEMES: Final = {
    "system": marked("Menu", "As the system"),
    "light": marked("Menu", "Light"),
    "dark": marked("Menu", "Dark"),
}
_DENSITIES: Final = {
    "comfortable": marked("Menu", "Comfortable rows"),
    "compact": marked("Menu", "Compact rows"),
}


VIEW_NAMES: Final = {
    "installs": marked("Menu", "Installs"),
    "queue": marked("Menu", "Queue"),
    "doctor": marked("Menu", "Check"),
    "consistency": marked("Menu", "Theirs against ours"),
    "alarms": marked("Menu", "Alarms"),
    "webhooks": marked("Menu", "Webhooks"),
    "sessions": marked("Menu", "Sessions"),
    "overview": marked("Menu", "Overview"),
    "audit": marked("Menu", "Audit"),
    "staff": marked("Menu", "Staff"),
}


class Menus(QObject):
    """Builds the menus from the window's acts, and names them in the present language.

    `acts` are calls by name; a name of `desktop.qt.shortcuts` also gets its key. `change` changes preferences.
    """

    def __init__(
        self,
        bar: QMenuBar,
        acts: dict[str, Callable[[], object]],
        preferences: Preferences,
        change: Callable[..., object],
    ) -> None:
        super().__init__(bar)
        self._bar = bar
        self._preferences = preferences
        self._change = change
        self._names: list[tuple[QAction | QMenu, str]] = []
        self._edits: dict[editing.Act, QAction] = {}
        self._choices: dict[tuple[str, object], QAction] = {}
        self.actions: dict[str, QAction] = {}
        self._build(acts)
        self._unwatch = preferences.changed.connect(self._show_choices)
        self._show_choices()
        self.retranslate()

    def release(self) -> None:
        """Hear of the preferences no more."""
        self._unwatch()

    def retranslate(self) -> None:
        """Name everything in the present language."""
        for item, source in self._names:
            text = translate("Menu", source)
            if isinstance(item, QMenu):
                item.setTitle(text)
            else:
                item.setText(text)

    def look_at_focus(self) -> None:
        """Enable what the focused field can do: before a menu is shown, and before the palette is."""
        self._show_edits()

    def set_enabled(self, name: str, is_enabled: bool, reason: str = "") -> None:
        """Enable an act, or disable it and say why."""
        self.actions[name].setEnabled(is_enabled)
        self.actions[name].setToolTip(reason)
        self.actions[name].setStatusTip(reason)

    def _build(self, acts: dict[str, Callable[[], object]]) -> None:
        file = self._menu(marked("Menu", "&File"))
        self._act(file, "connect", marked("Menu", "Connect to a gateway…"), acts)
        self._act(file, "disconnect", marked("Menu", "Disconnect"), acts)
        file.addSeparator()
        settings = self._act(file, "settings", marked("Menu", "Settings…"), acts)
        settings.setMenuRole(QAction.MenuRole.PreferencesRole)
        file.addSeparator()
        self._act(file, "export", marked("Menu", "Save this list…"), acts)
        file.addSeparator()
        leave = self._act(file, "quit", marked("Menu", "Quit"), acts)
        leave.setMenuRole(QAction.MenuRole.QuitRole)

        edit = self._menu(marked("Menu", "&Edit"))
        for name, source, key in _EDITS:
            made = self._edits[name] = self._add(edit, source, partial(editing.do, name))
            made.setShortcut(shortcuts.sequence(key))
            made.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)  # the field's own key does it
            if name == "redo":
                edit.addSeparator()
        edit.addSeparator()
        self._act(edit, "find", marked("Menu", "Search in this view"), acts)
        self._act(edit, "palette", marked("Menu", "Find a salon or an action…"), acts)
        edit.aboutToShow.connect(self._show_edits)

        view = self._menu(marked("Menu", "&View"))
        self._add_views(view, acts)
        view.addSeparator()
        self._act(view, "save_view", marked("Menu", "Save the view…"), acts)
        self.saved = self._menu_in(view, marked("Menu", "Saved views"))
        view.addSeparator()
        self._act(view, "refresh", marked("Menu", "Read everything again"), acts)
        self._act(view, "even_columns", marked("Menu", "Columns follow the window"), acts)
        view.addSeparator()
        self._add_sizes(view, acts)
        self._choice(view, marked("Menu", "Theme"), "theme", {one: _THEMES[one] for one in THEMES})
        self._choice(view, marked("Menu", "Density"), "density", {one: _DENSITIES[one] for one in DENSITIES})
        self._choice(view, marked("Menu", "Language"), "language", {one: "" for one in LANGUAGES})

        salon = self._menu(marked("Menu", "&Salon"))
        self._act(salon, "open_salon", marked("Menu", "Open"), acts)
        self._act(salon, "fill_salon", marked("Menu", "Whole window and back"), acts)
        self._act(salon, "window_salon", marked("Menu", "In a window of its own"), acts)
        self._act(salon, "close_salon", marked("Menu", "Close"), acts)
        salon.addSeparator()
        self._act(salon, "act_on_salon", marked("Menu", "Do what the row offers"), acts)
        self._act(salon, "copy_salon_id", marked("Menu", "Copy the salon's number"), acts)
        self._act(salon, "copy_salon_link", marked("Menu", "Copy a link for colleagues"), acts)

        salon.addSeparator()
        self._act(salon, "take_back", marked("Menu", "Take back what was just done"), acts)
        self._act(salon, "personal_data", marked("Menu", "Personal data…"), acts)

        help_menu = self._menu(marked("Menu", "&Help"))
        self._act(help_menu, "help", marked("Menu", "Keys"), acts)
        self._act(help_menu, "guide", marked("Menu", "The first minutes"), acts)
        about = self._act(help_menu, "about", marked("Menu", "About the console"), acts)
        about.setMenuRole(QAction.MenuRole.AboutRole)

    def _add_views(self, menu: QMenu, acts: dict[str, Callable[[], object]]) -> None:
        for name, source in VIEW_NAMES.items():
            self._act(menu, name, source, acts)

    def _add_sizes(self, menu: QMenu, acts: dict[str, Callable[[], object]]) -> None:
        self._act(menu, "larger", marked("Menu", "Larger text"), acts)
        self._act(menu, "smaller", marked("Menu", "Smaller text"), acts)
        self._act(menu, "usual_size", marked("Menu", "Text of the usual size"), acts)

    def _menu(self, source: str) -> QMenu:
        made = self._bar.addMenu("")
        made.setToolTipsVisible(True)
        self._names.append((made, source))
        return made

    def _menu_in(self, menu: QMenu, source: str) -> QMenu:
        made = menu.addMenu("")
        self._names.append((made, source))
        return made

    def show_saved(self, names: Sequence[str], open_saved: Callable[[str], object]) -> None:
        """List the saved views."""
        self.saved.clear()
        self.saved.setEnabled(bool(names))
        for name in names:
            made = self.saved.addAction(name.replace("&", "&&"))
            made.setMenuRole(QAction.MenuRole.NoRole)
            made.triggered.connect(partial(_call_with, open_saved, name))

    def _act(self, menu: QMenu, name: str, source: str, acts: dict[str, Callable[[], object]]) -> QAction:
        made = self._add(menu, source, acts[name])
        if name in shortcuts.ALL:
            made.setShortcut(shortcuts.sequence(name))
        self.actions[name] = made
        return made

    def _add(self, menu: QMenu, source: str, act: Callable[[], object]) -> QAction:
        made = menu.addAction("")
        made.setMenuRole(QAction.MenuRole.NoRole)
        made.triggered.connect(lambda: act())
        self._names.append((made, source))
        return made

    def _choice(self, menu: QMenu, source: str, preference: str, choices: dict[str, str]) -> None:
        inner = menu.addMenu("")
        self._names.append((inner, source))
        group = QActionGroup(inner)
        for value, name in choices.items():
            made = self._add(inner, name, partial(self._change, **{preference: value}))
            if not name:
                self._names.pop()
                made.setText(LANGUAGE_NAMES[value])
            made.setCheckable(True)
            group.addAction(made)
            self._choices[preference, value] = made

    def _show_edits(self) -> None:
        for name, action in self._edits.items():
            action.setEnabled(editing.can(name))

    def _show_choices(self, *_: str) -> None:
        for (preference, value), action in self._choices.items():
            action.setChecked(getattr(self._preferences, preference) == value)


class SalonMenus(Menus):
    """The menus of a salon's own window: few, and what is elsewhere leads to the main window."""

    def _build(self, acts: dict[str, Callable[[], object]]) -> None:
        window = self._menu(marked("Menu", "&File"))
        self._act(window, "take_back", marked("Menu", "Take back what was just done"), acts)
        self._act(window, "copy_salon_link", marked("Menu", "Copy a link for colleagues"), acts)
        window.addSeparator()
        self._act(window, "close_window", marked("Menu", "Close this window"), acts)
        leave = self._act(window, "quit", marked("Menu", "Quit"), acts)
        leave.setMenuRole(QAction.MenuRole.QuitRole)

        main = self._menu(marked("Menu", "&View"))
        self._act(main, "main_window", marked("Menu", "To the main window"), acts)
        self._act(main, "palette", marked("Menu", "Find a salon or an action…"), acts)
        main.addSeparator()
        self._add_views(main, acts)
        settings = self._act(main, "settings", marked("Menu", "Settings…"), acts)
        settings.setMenuRole(QAction.MenuRole.PreferencesRole)
        main.addSeparator()
        self._act(main, "refresh", marked("Menu", "Read everything again"), acts)
        self._add_sizes(main, acts)

        help_menu = self._menu(marked("Menu", "&Help"))
        self._act(help_menu, "help", marked("Menu", "Keys"), acts)


def _call_with(call: Callable[[str], object], name: str, _is_checked: bool = False) -> None:
    call(name)


def next_scale(scale: float, step: int) -> float:
    """Return the font scale one step larger or smaller."""
    at = min(range(len(FONT_SCALES)), key=lambda number: abs(FONT_SCALES[number] - scale))
    return FONT_SCALES[min(len(FONT_SCALES) - 1, max(0, at + step))]
