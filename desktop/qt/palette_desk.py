"""Gathers what the palette offers in one window, and remembers what was chosen lately."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMainWindow, QWidget

from desktop.qt.links import link_of_salon, read_link
from desktop.qt.menus import Menus
from desktop.qt.palette import Palette, Recents
from desktop.qt.palette_entries import (
    Entry,
    buttons_in,
    entries_of_button,
    entries_of_menus,
    entry_of_button,
)
from desktop.qt.texts import salon_text, stage_word, translate
from desktop.qt.tools import Tools
from desktop.qt.views.salon import SalonView
from shared.admin_wire import InstallRow


class Ways(Protocol):
    """Where a window stands, and how one gets about in it."""

    def place(self) -> tuple[QWidget, str]:
        """Return the view in the middle, and its name in words."""

    def salon_view(self) -> SalonView | None:
        """Return the salon's view while it is shown."""

    def elsewhere(self) -> tuple[QWidget, ...]:
        """Return the parts whose buttons stand for what menus offer."""

    def chosen_row(self) -> InstallRow | None:
        """Return the row that is chosen in the list."""

    def open_salon(self, salon_id: int, then: Callable[[], object] | None = None) -> None:
        """Show a salon, then do something with it."""

    def open_from_afar(self, salon_id: int) -> None:
        """Show a salon from wherever one is."""

    def look_for(self, text: str) -> None:
        """Look for a text in the list."""

    def follow(self, link: str) -> None:
        """Go where a link leads."""


class PaletteDesk:
    """Opens the palette over a window: menus, the salon's buttons, whatever button is seen, and every salon."""

    def __init__(
        self, tools: Tools, window: QMainWindow, ways: Ways, menus: Menus, salon: Callable[[], SalonView]
    ) -> None:
        self._tools, self._window, self._ways, self._menus, self._salon = tools, window, ways, menus, salon
        self._recents = Recents()
        self.palette: Palette | None = None

    def open(self) -> Palette:
        """Show the palette, or come back to the one that is shown."""
        if self.palette is None:
            entries = self.entries()
            made = self.palette = Palette(
                self._tools, entries, self._recent(entries), self._entry_of_salon, self._entries_of_text, self._window,
            )  # fmt: skip
            made.finished.connect(self._on_finished)
            made.chosen.connect(self._on_chosen)
            made.show()
        self.palette.activateWindow()
        self.palette.field.setFocus()
        return self.palette

    def entries(self) -> list[Entry]:
        """Return everything that can be done from here, whether now or not."""
        self._menus.look_at_focus()
        menus = entries_of_menus(self._window.menuBar(), self._tools.language)
        return [*self._of_salon(), *self._of_buttons(), *menus]

    # ------------------------------------------------------------------------------------------------- parts

    def _of_salon(self) -> list[Entry]:
        """Return what can be done with the salon that is open, else with the one that is chosen in the list."""
        opened = self._tools.salon.model.row if self._ways.salon_view() else None
        shown = opened or self._ways.chosen_row()
        if shown is None:
            return []
        made = []
        for control, refusal in self._salon().offers(shown):
            run: Callable[[], object] = control.click
            if opened is None:
                run = partial(self._ways.open_salon, shown.salon_id, control.click)
            made.append(
                entry_of_button(control, _name_of(shown), self._tools.language, refusal=refusal, run=run)
            )
        return made

    def _of_buttons(self) -> list[Entry]:
        """Return every other button that is seen or one tab away, by the view it stands in."""
        row, shown = self._tools.salon.model.row, self._ways.salon_view()
        places = [self._ways.place()]
        told_already = self._ways.elsewhere()
        if shown is not None:
            places.insert(0, (shown, _name_of(row) if row else ""))
            told_already = (*told_already, *shown.offered)
        made: list[Entry] = []
        for control in buttons_in(self._window, told_already):
            inside = (place for view, place in places if view.isAncestorOf(control))
            place = next(inside, translate("Palette", "Window"))
            made += entries_of_button(control, place, self._tools.language)
        return made

    def _recent(self, entries: list[Entry]) -> list[Entry]:
        by_key = {entry.key: entry for entry in entries}
        for key, (profile_id, row) in self._recents.salons.items():
            if profile_id == self._profile_id():
                by_key[key] = self._entry_of_salon(row)
        return [by_key[key] for key in self._recents.keys if key in by_key]

    def _entry_of_salon(self, row: InstallRow) -> Entry:
        key = link_of_salon(row.salon_id)
        self._recents.met(key, self._profile_id(), row)
        place = f"{row.salon_id} · {stage_word(row.stage)}"
        return Entry(
            key,
            salon_text(row.title, row.city),
            place,
            partial(self._ways.open_from_afar, row.salon_id),
            (),
        )

    def _entries_of_text(self, text: str) -> list[Entry]:
        """Return what can always be done with what is typed: follow it, or look for it in the list."""
        made = []
        if read_link(text) is not None:
            title = translate("Palette", "Open {link}").format(link=text.strip())
            made.append(Entry("link", title, "", partial(self._ways.follow, text), ()))
        words = " ".join(text.split())
        title = translate("Palette", "Look for “{text}” in the list of installs").format(text=words)
        made.append(Entry("look", title, "", partial(self._ways.look_for, words), ()))
        return made

    # ---------------------------------------------------------------------------------------------- what happens

    def _profile_id(self) -> str | None:
        profile = self._tools.console.models.connection.profile
        return profile.id if profile else None

    def _on_finished(self) -> None:
        self.palette = None

    def _on_chosen(self, entry: Entry) -> None:
        if entry.key not in ("link", "look"):
            self._recents.used(entry.key)
        self._window.activateWindow()
        QTimer.singleShot(0, self._window, lambda: entry.run())


def _name_of(row: InstallRow) -> str:
    return salon_text(row.title, row.city)
