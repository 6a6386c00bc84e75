"""The salons' own windows: which are open, and which were when the console was last closed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from PySide6.QtCore import QObject

from desktop.model.notices import NoticeLevel
from desktop.model.profiles import Profile, ProfileKind
from desktop.qt.main_window import MainWindow
from desktop.qt.salon_window import SalonWindow
from shared.vocabulary import MAX_SALON_ID

MOST_WINDOWS: Final = 8
"""Each keeps reading one salon; more of them nobody can look at."""


class SalonWindows(QObject):
    """Opens and closes them beside the main window. They belong to one gateway, and go when another is chosen."""

    def __init__(self, main: MainWindow) -> None:
        super().__init__(main)
        self._main, self._tools = main, main.tools
        self._models = main.tools.console.models
        self._profile = self._present_profile()
        self._restored: Profile | None = None
        self._is_leaving = False
        self.windows: dict[int, SalonWindow] = {}
        """Those that are open, by their salon."""
        self._unwatch: Callable[[], None] = self._models.connection.changed.connect(
            self._on_connection_changed
        )
        main.salon_window_wanted.connect(self.open)

    def open(self, salon_id: int, place: str = "") -> SalonWindow | None:
        """Show a salon in a window of its own, or bring the one it has to the front; None when there are too many."""
        found = self.windows.get(salon_id)
        if found is not None:
            found.come()
            return found
        if len(self.windows) >= MOST_WINDOWS:
            self._models.notices.add(NoticeLevel.WARNING, "too_many_windows", {"most": str(MOST_WINDOWS)})
            self._main.follow("")
            return None
        made = self.windows[salon_id] = SalonWindow(self._tools, salon_id)
        made.closed.connect(self._on_closed)
        made.moved.connect(lambda _: self._keep())
        made.link_wanted.connect(self._main.follow)
        made.search_wanted.connect(self._on_search_wanted)
        made.salon.webhooks_wanted.connect(self._on_webhooks_wanted)
        made.quit_wanted.connect(self._main.close)
        if place:
            made.put(place)
        made.show()
        self._keep()
        return made

    def restore(self) -> None:
        """Open the windows that were open when this gateway was last left."""
        start = self._start
        for key, place in tuple(self._models.preferences.salon_windows.items()):
            number = key.removeprefix(start)
            is_ours = key.startswith(start) and number.isascii() and number.isdigit() and len(number) < 20
            if is_ours and 0 < int(number) <= MAX_SALON_ID and len(self.windows) < MOST_WINDOWS:
                self.open(int(number), place)

    def close_all(self) -> None:
        """Close every window, to be opened again at the next start."""
        self._is_leaving = True
        for window in tuple(self.windows.values()):
            window.close()
        self._is_leaving = False

    def release(self) -> None:
        """Close every window and hear of nothing any more: called once, before the main window goes."""
        self._unwatch()
        self.close_all()

    def _present_profile(self) -> Profile | None:
        """Return which gateway this is, as far as what it shows depends on it."""
        profile = self._models.connection.profile
        return replace(profile, name="", kind=ProfileKind.DEMO, staff_hint="") if profile else None

    @property
    def _start(self) -> str:
        """Return what the keys of this gateway's windows begin with."""
        return f"{self._profile.id if self._profile else ''}/"

    def _on_connection_changed(self) -> None:
        present = self._present_profile()
        if present != self._profile:
            self.close_all()
            self._profile, self._restored = present, None
        if self._models.connection.is_live and present is not None and self._restored != present:
            self._restored = present
            self.restore()

    def _on_closed(self, salon_id: int) -> None:
        self.windows.pop(salon_id, None)
        if not self._is_leaving:
            self._keep()

    def _on_search_wanted(self, text: str) -> None:
        self._main.follow("")
        self._main.look_for(text)

    def _on_webhooks_wanted(self, salon_id: int) -> None:
        self._main.follow("")
        self._main.views.salon.webhooks_wanted.emit(salon_id)

    def _keep(self) -> None:
        if self._profile is None:
            return
        others = {
            key: place for key, place in self._models.preferences.salon_windows.items()
            if not key.startswith(self._start)
        }  # fmt: skip
        ours = {f"{self._start}{number}": one.place_text() for number, one in self.windows.items()}
        self._tools.bridge.run(self._tools.console.update_preferences, salon_windows=others | ours)
