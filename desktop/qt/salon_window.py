"""A salon in a window of its own: the same view as the main window's pane, over a watch of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from PySide6.QtCore import QByteArray, QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QMoveEvent, QResizeEvent, QShortcut
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from desktop.model.connection import ConnectionState
from desktop.model.preferences import FONT_SCALES
from desktop.qt import shortcuts
from desktop.qt.environment_strip import EnvironmentStrip
from desktop.qt.focus_order import move_focus
from desktop.qt.keys_sheet import KeysSheet
from desktop.qt.links import VIEWS, link_of_salon
from desktop.qt.menus import SalonMenus, next_scale
from desktop.qt.offline_banner import OfflineBanner
from desktop.qt.palette_desk import PaletteDesk
from desktop.qt.texts import is_language_change, isolate, salon_text, translate
from desktop.qt.tools import Tools
from desktop.qt.undo_bar import UndoBar
from desktop.qt.views.salon import SalonView
from desktop.qt.widgets.copyable import copy_text
from desktop.qt.widgets.rolling import Rolling, open_at
from shared.admin_wire import InstallRow

_SAVE_MS: Final = 500
_SMALLEST: Final = (480, 480)
_USUAL: Final = (1080, 760)
_MOST_NAME: Final = 60


class SalonWindow(QMainWindow):
    """Shows one salon until it is closed. It leads elsewhere by asking the main window."""

    closed = Signal(int)
    """The window closes; its salon is watched no more."""
    moved = Signal(int)
    """It stands elsewhere, or has another size."""
    link_wanted = Signal(str)
    """Somebody wants to go elsewhere in the console; an empty link leads to the main window."""
    search_wanted = Signal(str)
    """Somebody wants to look for a text in the list of installs."""
    quit_wanted = Signal()
    """Somebody wants to end the program."""

    def __init__(self, tools: Tools, salon_id: int) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.tools = tools.with_salon(tools.console.another_salon())
        self.salon_id = salon_id
        self._models = tools.console.models
        self._is_released = False
        self.strip = EnvironmentStrip(self.tools)
        self.offline = OfflineBanner(self.tools)
        self.undo = UndoBar(self.tools, lambda: salon_id)
        self.salon = SalonView(self.tools)
        self._save_place = QTimer(self, singleShot=True, interval=_SAVE_MS)
        self._save_place.timeout.connect(lambda: self.moved.emit(salon_id))
        self._build()
        self.menus = SalonMenus(
            self.menuBar(), self._acts(), self._models.preferences, self._change_preferences
        )
        self.palette_desk = PaletteDesk(self.tools, self, self, self.menus, lambda: self.salon)
        for name, call in (("back", self.close), ("help_sign", self.show_keys)):
            made = QShortcut(shortcuts.sequence(name), self)
            made.activated.connect(call)
        self._watches: list[Callable[[], None]] = [
            self.tools.salon.model.detail_changed.connect(self._show_state),
            self._models.connection.changed.connect(self._show_state),
        ]
        self.strip.find_wanted.connect(lambda: self.palette_desk.open())
        self.undo.offer_changed.connect(self._show_state)
        self.retranslate()
        self._run(self.tools.salon.open, salon_id)

    # ---- how it is placed

    def place_text(self) -> str:
        """Return where the window stands, to be kept."""
        return bytes(self.saveGeometry().toBase64().data()).decode("ascii")

    def put(self, place: str) -> None:
        """Stand where a kept text says; nonsense leaves the usual size."""
        self.restoreGeometry(QByteArray.fromBase64(place.encode("ascii", "ignore")))
        self._save_place.stop()

    def come(self) -> None:
        """Come to the front."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    # ---- what the palette asks

    def place(self) -> tuple[QWidget, str]:
        """Return the salon's view, and its name in words."""
        return self.salon, self._name()

    def salon_view(self) -> SalonView | None:
        """Return the salon's view: it is always shown."""
        return self.salon

    def elsewhere(self) -> tuple[QWidget, ...]:
        """Return the parts whose buttons only stand for what the menus offer."""
        return self.menuBar(), self.strip.finder

    def chosen_row(self) -> InstallRow | None:
        """There is no list here."""
        return None

    def open_salon(self, salon_id: int, then: Callable[[], object] | None = None) -> None:
        """Show a salon in the main window."""
        self.open_from_afar(salon_id)

    def open_from_afar(self, salon_id: int) -> None:
        """Show a salon in the main window."""
        self.link_wanted.emit(link_of_salon(salon_id))

    def look_for(self, text: str) -> None:
        """Look for a text in the main window."""
        self.search_wanted.emit(text)

    def follow(self, link: str) -> None:
        """Go where a link leads, in the main window."""
        self.link_wanted.emit(link)

    def show_keys(self) -> KeysSheet:
        """Show the sheet of keys."""
        sheet = KeysSheet(self.tools.theme, self)
        sheet.show()
        return sheet

    # ---- its life

    def retranslate(self) -> None:
        """Set every text anew, in the present language."""
        self.menus.retranslate()
        self._show_state()

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        super().changeEvent(event)
        if is_language_change(event):
            self.retranslate()

    def focusNextPrevChild(self, is_forward: bool) -> bool:
        """Tab and Shift+Tab follow the order of reading."""
        return move_focus(self, is_forward=is_forward) or super().focusNextPrevChild(is_forward)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Remember the size."""
        super().resizeEvent(event)
        self._save_place.start()

    def moveEvent(self, event: QMoveEvent) -> None:
        """Remember the place."""
        super().moveEvent(event)
        self._save_place.start()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing the window ends its watch."""
        self.release()
        super().closeEvent(event)

    def release(self) -> None:
        """Hear of nothing and watch nothing any more."""
        if self._is_released:
            return
        self._is_released = True
        self._save_place.stop()
        for disconnect in self._watches:
            disconnect()
        self._watches.clear()
        self.menus.release()
        for part in (self.strip, self.offline, self.undo, self.salon):
            part.release()
        self._run(self.tools.salon.close)
        self.closed.emit(self.salon_id)

    # ---- what it is made of

    def _build(self) -> None:
        self.setMinimumSize(*_SMALLEST)
        open_at(self, *(self.tools.theme.px(side) for side in _USUAL))
        middle = QWidget()
        middle.setProperty("role", "page")
        layout = QVBoxLayout(middle)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for part in (self.strip, self.offline, self.undo):
            layout.addWidget(part)
        layout.addSpacing(8)
        layout.addWidget(Rolling(self.salon), 1)
        self.setCentralWidget(middle)

    def _acts(self) -> dict[str, Callable[[], object]]:
        def going(name: str) -> Callable[[], object]:
            return lambda: self.link_wanted.emit(f"admin://view/{name}")

        return {name: going(name) for name in VIEWS} | {
            "take_back": self.undo.take_back,
            "copy_salon_link": lambda: copy_text(link_of_salon(self.salon_id)),
            "refresh": lambda: self._run(self.tools.console.refresh),
            "larger": lambda: self._scale(1),
            "smaller": lambda: self._scale(-1),
            "usual_size": lambda: self._change_preferences(font_scale=FONT_SCALES[0]),
            "close_window": self.close,
            "quit": self.quit_wanted.emit,
            "main_window": lambda: self.link_wanted.emit(""),
            "palette": lambda: self.palette_desk.open(),
            "help": self.show_keys,
        }

    def _name(self) -> str:
        row = self.tools.salon.model.row
        if row is None:
            return str(self.salon_id)
        title = row.title if len(row.title) <= _MOST_NAME else f"{row.title[:_MOST_NAME].rstrip()}…"
        return salon_text(title, row.city)

    def _show_state(self) -> None:
        connection = self._models.connection
        parts = [isolate(self._name())]
        if connection.profile is not None:
            parts.append(isolate(connection.profile.name))
        self.setWindowTitle(" — ".join([*parts, translate("Window", "AI-Admin: console")]))
        nowhere = translate("Refusal", "There is no connection to a gateway.")
        is_live = connection.state is ConnectionState.LIVE
        self.menus.set_enabled("refresh", is_live, "" if is_live else nowhere)
        refusal = self.undo.refusal()
        self.menus.set_enabled("take_back", refusal is None, refusal or "")

    def _scale(self, step: int) -> None:
        self._change_preferences(font_scale=next_scale(self._models.preferences.font_scale, step))

    def _change_preferences(self, **changes: Any) -> None:
        self._run(self.tools.console.update_preferences, **changes)

    def _run(self, coroutine_function: Callable[..., Any], *args: Any, **named: Any) -> None:
        self.tools.bridge.run(coroutine_function, *args, **named)
