"""The window: strip, views at the left, the view in the middle, the salon at the right."""

from __future__ import annotations

import platform
from collections.abc import Callable
from typing import Any, Final, cast

from PySide6 import __version__ as pyside_version
from PySide6.QtCore import QByteArray, QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QMoveEvent, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QMessageBox,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.model.connection import ConnectionState
from desktop.model.notices import NoticeLevel
from desktop.model.preferences import FONT_SCALES
from desktop.model.saved_views import find_saved
from desktop.qt import shortcuts
from desktop.qt.environment_strip import EnvironmentStrip
from desktop.qt.focus_order import move_focus
from desktop.qt.keys_sheet import KeysSheet
from desktop.qt.links import VIEWS, link_of_salon, read_link
from desktop.qt.menus import Menus, next_scale
from desktop.qt.navigation import Navigation
from desktop.qt.notice_stack import NoticeStack
from desktop.qt.offline_banner import OfflineBanner
from desktop.qt.palette_desk import PaletteDesk
from desktop.qt.saved_views import SAVED, Filtered, SavedViews, SavedViewsDialog, show_saved
from desktop.qt.texts import isolate, translate
from desktop.qt.tools import Tools
from desktop.qt.undo_bar import UndoBar
from desktop.qt.view import View
from desktop.qt.views import guide
from desktop.qt.views.guide import GuideDialog
from desktop.qt.views.installs import InstallsView
from desktop.qt.views.long_work import EXPORTED, ExportsBar
from desktop.qt.views.personal_data import PersonalDataDialog
from desktop.qt.views.salon import SalonView
from desktop.qt.views_made import Views
from desktop.qt.widgets.basics import name_it, tool_button
from desktop.qt.widgets.copyable import copy_text
from desktop.qt.widgets.rolling import Rolling
from shared.admin_wire import InstallRow
from shared.version import VERSION
from shared.vocabulary import CallState, Permission, Stage

_SAVE_MS: Final = 500
_SMALLEST: Final = (880, 560)
_LEAST_PANE: Final = 380
_LEAST_CENTRE: Final = 320
_NARROW: Final = 620
"""Below this width, in pixels at 100 %, the views at the left have no words."""


class MainWindow(QMainWindow):
    """Leads from view to view. What a view asks for beyond itself is connected at composition."""

    closing = Signal()
    """The window closes, and the program with it."""
    salon_window_wanted = Signal(int)
    """Somebody wants a salon in a window of its own."""

    def __init__(self, tools: Tools, views: Views) -> None:
        super().__init__()
        self.tools = tools
        self.views = views
        self._models = tools.console.models
        self._is_filled = self._is_closing = self._is_squeezed = False
        self._view_name = VIEWS[0]
        self.strip = EnvironmentStrip(tools)
        self.navigation = Navigation(tools)
        self.offline = OfflineBanner(tools)
        self.exports = ExportsBar(tools)
        self.undo = UndoBar(tools)
        self.centre = QStackedWidget()
        self._pages: dict[str, Rolling] = {}
        self.pane = QFrame()
        self._pane_lines = QVBoxLayout(self.pane)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.window_button = tool_button()
        self.fill_button = tool_button()
        self.close_button = tool_button()
        self._save_place = QTimer(self, singleShot=True, interval=_SAVE_MS)
        self._save_place.timeout.connect(self._on_save_place_timeout)
        self.notices = NoticeStack(tools, self._build())
        self.menus = Menus(self.menuBar(), self._acts(), self._models.preferences, self._change_preferences)
        self.saved = SavedViews(tools)
        self.palette_desk = PaletteDesk(tools, self, self, self.menus, lambda: self.views.salon)
        self._bind_keys()
        self._watches: list[Callable[[], None]] = [
            self._models.salon.detail_changed.connect(self._on_salon_changed),
            self._models.connection.changed.connect(self._show_state),
            self._models.connection.changed.connect(self._list_saved),
            self._models.preferences.changed.connect(self._on_preference_changed),
        ]
        self._connect()
        self.tools.theme.changed.connect(self._share_room)
        self._restore_place()
        self.retranslate()
        self._list_saved()

    def begin(self) -> None:
        """Show the view that was looked at last; called once, when what one view asks for another does."""
        last = self._models.preferences.last_view
        self.show_view(last if last in VIEWS else VIEWS[0])
        self._on_salon_changed()

    # ---- what it is made of

    def _build(self) -> QWidget:
        self.setMinimumSize(*_SMALLEST)
        self.pane.setProperty("role", "pane")
        head = QHBoxLayout()
        head.setContentsMargins(8, 8, 8, 0)
        head.addStretch(1)
        head.addWidget(self.window_button)
        head.addWidget(self.fill_button)
        head.addWidget(self.close_button)
        self._pane_lines.setContentsMargins(1, 0, 0, 0)
        self._pane_lines.setSpacing(0)
        self._pane_lines.addLayout(head)
        self.tools.theme.fit(self.pane, min_width=_LEAST_PANE)
        self.pane.hide()
        self.tools.theme.fit(self.centre, min_width=_LEAST_CENTRE)
        self.splitter.addWidget(self.centre)
        self.splitter.addWidget(self.pane)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setStretchFactor(0, 3)
        self.splitter.setStretchFactor(1, 2)
        self.splitter.setHandleWidth(5)
        self.tools.icons.dress(self.window_button, "window")
        self.tools.icons.dress(self.fill_button, "expand")
        self.tools.icons.dress(self.close_button, "cross")
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self.offline)
        right.addWidget(self.undo)
        right.addWidget(self.exports)
        right.addWidget(self.splitter, 1)
        body = QHBoxLayout()
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(0)
        body.addWidget(self.navigation)
        body.addLayout(right, 1)
        middle = QWidget()
        middle.setProperty("role", "page")
        layout = QVBoxLayout(middle)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.strip)
        layout.addLayout(body, 1)
        self.setCentralWidget(middle)
        return middle

    def _connect(self) -> None:
        self.navigation.view_chosen.connect(self.show_view)
        self.strip.find_wanted.connect(lambda: self.palette_desk.open())
        self._watches.append(self.views.made.connect(self._place_view))
        self.window_button.clicked.connect(self.open_window)
        self.fill_button.clicked.connect(self.toggle_fill)
        self.close_button.clicked.connect(self.close_salon)
        self.undo.offer_changed.connect(self._show_state)
        self.notices.alarms_wanted.connect(lambda: self.show_view("alarms"))
        self.splitter.splitterMoved.connect(lambda *_: self._save_place.start())

    def _place_view(self, name: str, view: View) -> None:
        """Give a view that was just made its place, and do what it asks for."""
        view.connection_wanted.connect(lambda: self.show_view("settings"))
        if isinstance(view, SalonView):
            self._pane_lines.addWidget(Rolling(view), 1)
            return
        page = self._pages[name] = Rolling(view)
        self.centre.addWidget(page)
        if isinstance(view, InstallsView):
            view.salon_opened.connect(self.open_salon)
            view.salon_filled.connect(self.fill_salon)
            view.salon_window_wanted.connect(self.salon_window_wanted)

    def _acts(self) -> dict[str, Callable[[], object]]:
        return {
            "connect": lambda: self.show_view("settings"),
            "disconnect": lambda: self._run(self.tools.console.disconnect),
            "settings": lambda: self.show_view("settings"),
            "export": self.export_list,
            "quit": self.close,
            "find": self._find,
            "palette": lambda: self.palette_desk.open(),
            "installs": lambda: self.show_view("installs"),
            "queue": lambda: self.show_view("queue"),
            "doctor": lambda: self.show_view("doctor"),
            "consistency": lambda: self.show_view("consistency"),
            "alarms": lambda: self.show_view("alarms"),
            "webhooks": lambda: self.show_view("webhooks"),
            "sessions": lambda: self.show_view("sessions"),
            "overview": lambda: self.show_view("overview"),
            "audit": lambda: self.show_view("audit"),
            "staff": lambda: self.show_view("staff"),
            "save_view": self.show_saved_views,
            "refresh": self.refresh,
            "even_columns": lambda: self.views.installs.list.follow_window(),
            "larger": lambda: self._scale(1),
            "smaller": lambda: self._scale(-1),
            "usual_size": lambda: self._change_preferences(font_scale=FONT_SCALES[0]),
            "open_salon": lambda: self._with_row(self.open_salon),
            "fill_salon": self.toggle_fill,
            "window_salon": self.open_window,
            "close_salon": self.close_salon,
            "act_on_salon": lambda: self._with_row(self.views.installs.act_on),
            "copy_salon_id": lambda: self._with_row(lambda salon_id: copy_text(str(salon_id))),
            "copy_salon_link": lambda: self._with_row(lambda salon_id: copy_text(link_of_salon(salon_id))),
            "take_back": self.undo.take_back,
            "personal_data": self.show_personal_data,
            "help": self.show_keys,
            "guide": self.show_guide,
            "about": self.show_about,
        }

    def _bind_keys(self) -> None:
        for name, call in (
            ("back", self.go_back), ("help_sign", self.show_keys), ("next_pane", self._to_next_pane),
        ):  # fmt: skip
            made = QShortcut(shortcuts.sequence(name), self)
            made.activated.connect(call)

    # ---- where to go

    @property
    def view_name(self) -> str:
        """The name of the view in the middle."""
        return self._view_name

    @property
    def view(self) -> View:
        """The view in the middle."""
        return self.views.view(self._view_name)

    @property
    def is_salon_shown(self) -> bool:
        """Whether the right pane is open."""
        return not self.pane.isHidden()

    @property
    def is_filled(self) -> bool:
        """Whether the salon fills the window."""
        return self._is_filled

    def show_view(self, name: str) -> None:
        """Show a view in the middle."""
        self._view_name = name
        self.views.view(name)
        self.centre.setCurrentWidget(self._pages[name])
        self.navigation.show_chosen(name)
        self._fill(is_filled=False)
        if self.isVisible() and not self._has_room_for_two():
            self.close_salon()
        self._show_state()
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)
        if self._models.preferences.last_view != name:
            self._change_preferences(last_view=name)

    def open_salon(self, salon_id: int, then: Callable[[], object] | None = None) -> None:
        """Show a salon at the right, then do something with it."""
        self.show_pane()
        self._run(self.tools.salon.open, salon_id, done=lambda _: then() if then else None)
        if self.views.is_made("installs"):
            self.views.installs.select_salon(salon_id)

    def open_from_afar(self, salon_id: int) -> None:
        """Show a salon beside the view that is open; where there is none to stand beside, beside the installs."""
        if self._view_name == "settings":
            self.show_view(VIEWS[0])
        self.open_salon(salon_id)

    def look_for(self, text: str) -> None:
        """Show the installs that fit a text."""
        self.show_view("installs")
        self.views.installs.search_for(text)

    def place(self) -> tuple[QWidget, str]:
        """Return the view in the middle, and its name in words."""
        return self.view, self.navigation.buttons[self._view_name].word

    def salon_view(self) -> SalonView | None:
        """Return the salon's view while it is shown."""
        return self.views.salon if self.is_salon_shown else None

    def elsewhere(self) -> tuple[QWidget, ...]:
        """Return the parts whose buttons only stand for what the menus offer."""
        return self.navigation, self.menuBar(), self.strip.finder

    def chosen_row(self) -> InstallRow | None:
        """Return the row that is chosen in the list of installs, when that is what is shown."""
        return self.views.installs.current_row() if self._view_name == "installs" else None

    def show_pane(self) -> None:
        """Show the right pane, for a salon that is being opened; without room for two it fills the window."""
        self._is_closing = False
        self._open_pane()
        self._share_room()
        self._show_state()

    def fill_salon(self, salon_id: int) -> None:
        """Show a salon in the whole window."""
        self.open_salon(salon_id)
        self._fill(is_filled=True)

    def toggle_fill(self) -> None:
        """Let the salon fill the window, or give it back its place."""
        if self.is_salon_shown and self._has_room_for_two():
            self._fill(is_filled=not self._is_filled)

    def open_window(self) -> None:
        """Show the salon that is open here, else the one that is chosen in the list, in a window of its own."""
        salon_id = self._models.salon.salon_id if self.is_salon_shown else None
        row = self.chosen_row()
        if salon_id is None and row is not None:
            salon_id = row.salon_id
        if salon_id is not None:
            self.salon_window_wanted.emit(salon_id)

    def close_salon(self) -> None:
        """Close the right pane."""
        if not self.is_salon_shown:
            return
        self._fill(is_filled=False)
        self.pane.hide()
        self._is_closing = True
        self._run(self.tools.salon.close, done=self._on_salon_closed, failed=self._on_salon_closed)
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def go_back(self) -> None:
        """Esc: out of the whole window first, then out of the salon, then out of what is open in the view."""
        if self._is_filled and self._has_room_for_two():
            self._fill(is_filled=False)
        elif self.is_salon_shown:
            self.close_salon()
        elif (step_back := getattr(self.view, "step_back", None)) is not None:
            step_back()

    def follow(self, link: str) -> None:
        """Go where an `admin://` link leads, and come to the front."""
        found = read_link(link) if link else None
        if found is not None and found.salon_id is not None:
            self.show_view("installs")
            self.open_salon(found.salon_id)
        elif found is not None and found.view is not None:
            self.show_view(found.view)
        elif found is not None and found.saved is not None and self.open_saved(found.saved):
            pass
        elif link:
            self._models.notices.add(NoticeLevel.WARNING, "link_unreadable", {"link": link[:100]})
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.raise_()
        self.activateWindow()

    def refresh(self) -> None:
        """Read anew what is shown; where the configuration is checked, check it again."""
        if self._view_name == "doctor":
            self.views.doctor.examine()
        elif self._view_name == "audit":
            self.views.audit.search()
        else:
            self._run(self.tools.console.refresh)

    def export_list(self) -> None:
        """Ask where the list that is shown is to be saved, as far as it matches the view's filter."""
        kept_filter = getattr(self.view, "kept_filter", None)
        if self._view_name == "audit":
            self.views.audit.export.click()
        elif self._view_name in EXPORTED and kept_filter is not None:
            self.exports.choose(self._view_name, kept_filter(), self)

    def show_saved_views(self) -> SavedViewsDialog:
        """Save the filter that is shown, or look after those that are saved."""
        filtered = self.view if self._view_name in SAVED else None
        dialog = SavedViewsDialog(
            self.tools, self.saved, self._view_name, cast(Filtered | None, filtered),
            lambda one: self.open_saved(one.name), self,
        )  # fmt: skip
        dialog.show()
        return dialog

    def open_saved(self, name: str) -> bool:
        """Show a saved view; False when there is none of that name, or it makes no sense."""
        one = find_saved(self.saved.views, name)
        if one is None:
            return False
        self.show_view(one.view)
        return show_saved(one, self.view)

    def _on_preference_changed(self, name: str) -> None:
        if name == "saved_views":
            self._list_saved()

    def _list_saved(self) -> None:
        self.menus.show_saved([one.name for one in self.saved.views], self.open_saved)

    def show_keys(self) -> KeysSheet:
        """Show the sheet of keys."""
        sheet = KeysSheet(self.tools.theme, self)
        sheet.show()
        return sheet

    def show_personal_data(self) -> PersonalDataDialog:
        """Show where a person is found and what was destroyed, beside the window."""
        dialog = PersonalDataDialog(self.tools, self)
        dialog.show()
        return dialog

    def show_guide(self) -> GuideDialog:
        """Show what to do in the first minutes, beside the window; a step's button leads there and closes it."""
        dialog = GuideDialog(self.tools, self)

        def go(place: str) -> None:
            dialog.close()
            self._go_to_step(place)

        dialog.guide.place_wanted.connect(go)
        dialog.show()
        return dialog

    def _go_to_step(self, place: str) -> None:
        if place == guide.CONNECT:
            self.show_view("settings")
            self.views.settings.open_form()
        elif place == guide.RETRY:
            self.show_view("queue")
            self.views.queue.show_states([CallState.FAILED])
        elif place == guide.TOKEN:
            self.show_view("doctor")
        else:
            self.show_view("installs")
            self.views.installs.show_stages([Stage.NEW, Stage.LINKING] if place == guide.QR else [])

    def show_about(self) -> QMessageBox:
        """Say what this is, and which versions run."""
        box = QMessageBox(self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle(translate("Window", "About the console"))
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(translate("Window", "AI-Admin: the staff's console"))
        welcome = self._models.connection.welcome
        lines = [
            translate("Window", "Console {version}").format(version=VERSION),
            f"PySide6 {pyside_version}, Python {platform.python_version()}",
        ]
        if welcome is not None:
            lines.insert(1, translate("Window", "Gateway {version}").format(version=welcome.gateway_version))
        box.setInformativeText("\n".join(lines))
        close = box.addButton(translate("Window", "Close"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(close)
        box.open()
        return box

    # ---- texts and state

    def retranslate(self) -> None:
        """Set every text anew, in the present language."""
        self.menus.retranslate()
        self.close_button.setText("")
        name_it(self.close_button, translate("Window", "Close the salon"),
                f"{translate('Window', 'Close the salon')}  {shortcuts.key_text('back')}")  # fmt: skip
        self.pane.setAccessibleName(translate("Window", "Salon"))
        name = translate("Window", "In a window of its own")
        name_it(self.window_button, name, f"{name}  {shortcuts.key_text('window_salon')}")
        self._name_fill()
        self._show_state()

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def focusNextPrevChild(self, is_forward: bool) -> bool:
        """Tab and Shift+Tab follow the order of reading."""
        return move_focus(self, is_forward=is_forward) or super().focusNextPrevChild(is_forward)

    def showEvent(self, event: QShowEvent) -> None:
        """Begin in the view, not on the first button."""
        super().showEvent(event)
        self._share_room()
        if not event.spontaneous():
            self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing the window ends the program."""
        self._save_place.stop()
        self.closing.emit()
        super().closeEvent(event)

    def release(self) -> None:
        """Hear of no model any more: called once, before the window goes."""
        for disconnect in self._watches:
            disconnect()
        self._watches.clear()
        self.menus.release()
        for dialog in self.findChildren(PersonalDataDialog):
            dialog.view.release()
        for view in (
            *self.views.all(),
            self.strip,
            self.navigation,
            self.offline,
            self.exports,
            self.undo,
            self.notices,
        ):
            view.release()

    def _show_state(self) -> None:
        connection = self._models.connection
        name = translate("Window", "AI-Admin: console")
        profile = connection.profile
        self.setWindowTitle(f"{isolate(profile.name)} — {name}" if profile else name)
        is_linked = connection.state is not ConnectionState.OFFLINE
        nowhere = translate("Refusal", "There is no connection to a gateway.")
        self.menus.set_enabled("disconnect", is_linked, "" if is_linked else nowhere)
        self.menus.set_enabled("refresh", connection.is_live, "" if connection.is_live else nowhere)
        may = connection.may(Permission.PERSONAL_DATA)
        self.menus.set_enabled(
            "personal_data",
            may,
            "" if may else translate("Refusal", "Your role does not allow this. An administrator can."),
        )
        has_list = self._view_name in (*EXPORTED, "audit")
        no_list = translate("Refusal", "This view has no list.")
        why_no_export = (nowhere if not connection.is_live else "") if has_list else no_list
        self.menus.set_enabled("export", not why_no_export, why_no_export)
        refusal = self.undo.refusal()
        self.menus.set_enabled("take_back", refusal is None, refusal or "")
        for name in ("fill_salon", "close_salon"):
            closed = "" if self.is_salon_shown else translate("Refusal", "No salon is open.")
            self.menus.set_enabled(name, self.is_salon_shown, closed)

    def _open_pane(self) -> None:
        self.views.view("salon")
        self.pane.show()

    def _on_salon_changed(self) -> None:
        is_open = self._models.salon.salon_id is not None
        if is_open and self.pane.isHidden() and not self._is_closing:
            self._open_pane()
            self._share_room()
        self._show_state()

    def _on_salon_closed(self, _: object) -> None:
        """What was still on its way to the salon when it was closed does not open the pane again."""
        self._is_closing = False

    def _has_room_for_two(self) -> bool:
        """Whether a view and the salon can stand beside each other, in this window and size of text."""
        room = self.width() - self.navigation.sizeHint().width()
        return room >= self.pane.minimumWidth() + self.centre.minimumWidth()

    def _share_room(self) -> None:
        """Without room for two the salon fills the window; without room for words the views are icons."""
        self.navigation.be_narrow(self.width() < self.tools.theme.px(_NARROW))
        has_room = self._has_room_for_two()
        self.fill_button.setVisible(has_room)
        if not self.isVisible() or not self.is_salon_shown:
            return
        if not has_room and not self._is_filled:
            self._fill(is_filled=True)
            self._is_squeezed = True
        elif has_room and self._is_squeezed:
            self._fill(is_filled=False)

    def _fill(self, *, is_filled: bool) -> None:
        if is_filled == self._is_filled:
            return
        self._is_filled = is_filled
        self._is_squeezed = False
        self.centre.setVisible(not is_filled)
        self.tools.icons.dress(self.fill_button, "collapse" if is_filled else "expand")
        self._name_fill()
        if is_filled:
            self.views.salon.setFocus(Qt.FocusReason.OtherFocusReason)

    def _name_fill(self) -> None:
        name = (
            translate("Window", "Back beside the list")
            if self._is_filled
            else translate("Window", "Whole window")
        )
        name_it(self.fill_button, name, f"{name}  {shortcuts.key_text('fill_salon')}")

    # ---- what a person does

    def _find(self) -> None:
        focus_search = getattr(self.view, "focus_search", None)
        if focus_search is not None:
            focus_search()
        else:
            self.palette_desk.open()

    def _with_row(self, act: Callable[[int], object]) -> None:
        salon_id = self._models.salon.salon_id if self._is_filled else None
        row = self.views.installs.current_row() if self.views.is_made("installs") else None
        if salon_id is None and row is not None:
            salon_id = row.salon_id
        if salon_id is not None:
            act(salon_id)

    def _to_next_pane(self) -> None:
        panes: list[QWidget] = [self.strip.finder, self.navigation.buttons[self._view_name]]
        panes += [] if self._is_filled else [self.view]
        panes += [self.views.salon] if self.is_salon_shown else []
        focused = QApplication.focusWidget()
        at = next(
            (
                n
                for n, one in enumerate(panes)
                if focused is not None and (one is focused or one.isAncestorOf(focused))
            ),
            -1,
        )
        panes[(at + 1) % len(panes)].setFocus(Qt.FocusReason.TabFocusReason)

    def _scale(self, step: int) -> None:
        self._change_preferences(font_scale=next_scale(self._models.preferences.font_scale, step))

    def _change_preferences(self, **changes: Any) -> None:
        self._run(self.tools.console.update_preferences, **changes)

    def _run(self, coroutine_function: Callable[..., Any], *args: Any, **named: Any) -> None:
        self.tools.bridge.run(coroutine_function, *args, **named)

    # ---- where the window stands

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Remember the size."""
        super().resizeEvent(event)
        self._share_room()
        self._save_place.start()

    def moveEvent(self, event: QMoveEvent) -> None:
        """Remember the place."""
        super().moveEvent(event)
        self._save_place.start()

    def place_text(self) -> str:
        """Return where the window stands and how it is divided, to be kept."""
        parts = (self.saveGeometry(), self.splitter.saveState())
        return "|".join(bytes(part.toBase64().data()).decode("ascii") for part in parts)

    def _restore_place(self) -> None:
        self.resize(self.tools.theme.px(1280), self.tools.theme.px(800))
        parts = [QByteArray.fromBase64(part.encode("ascii", "ignore")) for part in
                 self._models.preferences.window_geometry.split("|")]  # fmt: skip
        self.splitter.setSizes([3000, 2000])
        if len(parts) == 2 and self.restoreGeometry(parts[0]):
            self.splitter.restoreState(parts[1])
        self._save_place.stop()

    def _on_save_place_timeout(self) -> None:
        if self.isVisible():
            self._change_preferences(window_geometry=self.place_text())
