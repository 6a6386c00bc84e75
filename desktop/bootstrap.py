"""The console's composition root: the only place where models, services, bridge and window are put together."""

from __future__ import annotations

import logging
import os
import platform
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, cast
from urllib.parse import urlsplit

from PySide6 import __version__ as pyside_version
from PySide6.QtCore import QEventLoop, QObject, QSocketNotifier, QStandardPaths, QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from desktop.model.kept_filters import kept_calls, kept_installs
from desktop.model.models import build_models
from desktop.model.notices import NoticeLevel
from desktop.model.profiles import Profile, ProfileKind
from desktop.qt.bridge import Bridge
from desktop.qt.crash_dialog import CrashDialog
from desktop.qt.icons import Icons
from desktop.qt.links import VIEWS, OpenedLinks
from desktop.qt.main_window import MainWindow
from desktop.qt.row_actions import RowAction
from desktop.qt.salon_windows import SalonWindows
from desktop.qt.single_instance import SingleInstance, hand_over, server_name
from desktop.qt.texts import Language
from desktop.qt.theme import Choice, Density, Theme
from desktop.qt.ticker import Ticker
from desktop.qt.tools import Tools
from desktop.qt.tray import Tray
from desktop.qt.view import View
from desktop.qt.views.alarms import CONSISTENCY, DOCTOR, QUEUE, WEBHOOKS, AlarmsView
from desktop.qt.views.audit import AuditView
from desktop.qt.views.call_queue import QueueView
from desktop.qt.views.consistency import ConsistencyView
from desktop.qt.views.installs import InstallsView
from desktop.qt.views.salon import SalonView
from desktop.qt.views.sessions import SessionsView
from desktop.qt.views.settings import SettingsView
from desktop.qt.views.webhooks import WebhooksView
from desktop.qt.views_made import Views
from desktop.qt.windows_scheme import WindowsScheme
from desktop.services.clock import SystemClock
from desktop.services.console import Console
from desktop.services.crashes import CrashFolder, report_of
from desktop.services.errors import ConsoleError
from desktop.services.keychain import Keychain, SystemKeychain
from desktop.services.link_scheme import LinkScheme, LinuxScheme
from resources import path_of
from shared.admin_wire import InstallRow
from shared.vocabulary import Stage

_CLOSE_WITHIN_MS: Final = 4000
_TURN_S: Final = 0.0005
"""How long the asyncio thread may keep the interpreter while the window wants it. Each of Qt's drawing calls gives it
away and waits for it again: Python's usual five milliseconds would make one paint a tenth of a second under load."""

STUCK_STAGES: Final = (Stage.ATTENTION, Stage.ACTIVATING, Stage.LINKING)
"""Where an install may be stuck: what the alarm about stuck installs leads to."""

_GIVEN_PROFILE: Final = "given"
_log = logging.getLogger("desktop")


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asked for. The token is in no representation of it."""

    url: str | None = None
    token: str | None = None
    profile: str | None = None
    kind: ProfileKind | None = None
    language: str | None = None
    theme: str | None = None
    link: str = ""
    folder: Path | None = None

    def __repr__(self) -> str:
        """Leave the token out."""
        return f"Options(url={self.url!r}, profile={self.profile!r})"


class Program(QObject):
    """The running console: everything there is one of, and its beginning and end."""

    def __init__(self, app: QApplication, options: Options, folder: Path, keychain: Keychain) -> None:
        super().__init__()
        self._app = app
        self._options = options
        self._link = options.link
        self.is_closed = False
        self.crashes = CrashFolder(folder)
        self._has_told_crash = False
        self._clock = clock = SystemClock()
        models = build_models(clock)
        self.bridge = Bridge(self)
        self.console = Console(models, self.bridge.post, clock=clock, keychain=keychain, folder=folder)
        theme = Theme(app)
        self.tools = Tools(
            self.console,
            self.bridge,
            theme,
            Icons(theme),
            Language(app),
            Ticker(models.connection.now, clock.now, self),
            self.console.salon,
        )
        self.window: MainWindow | None = None
        self.salon_windows: SalonWindows | None = None
        self.tray: Tray | None = None
        self._unwatch = models.preferences.changed.connect(self._on_preference_changed)
        self._unwatch_counts = models.board.counts_changed.connect(self._on_counts_changed)
        self.bridge.crashed.connect(self._on_crashed)

    def start(self, is_ready: Callable[[], object] | None = None) -> None:
        """Read the settings, then build the window and connect; `is_ready` is called when the window is there."""
        self.bridge.start()
        self.bridge.run(self.console.start, done=lambda _: self._begin(is_ready), failed=self._on_crashed)

    def follow(self, link: str) -> None:
        """Come to the front and go where a link leads: at once, or as soon as there is a window."""
        if self.window is not None:
            self.window.follow(link)
        elif link:
            self._link = link

    def close(self) -> None:
        """End everything, and the program with it: commands that are on their way get a moment to be answered."""
        if self.is_closed:
            return
        self.is_closed = True
        self.tools.ticker.stop()
        self._unwatch()
        self._unwatch_counts()
        if self.tray is not None:
            self.tray.release()
        if self.salon_windows is not None:
            self.salon_windows.release()
        if self.window is not None:
            self.window.release()
        waiting = QEventLoop()
        self.bridge.run(self.console.close, done=lambda _: waiting.quit(), failed=lambda _: waiting.quit())
        QTimer.singleShot(_CLOSE_WITHIN_MS, waiting, waiting.quit)
        waiting.exec()
        self.bridge.stop()
        self.tools.language.release()
        self._app.quit()

    def _begin(self, is_ready: Callable[[], object] | None) -> None:
        preferences = self.console.models.preferences
        given = {"language": self._options.language, "theme": self._options.theme}
        preferences.update(**{name: value for name, value in given.items() if value is not None})
        self.tools.language.use(preferences.language)
        self._dress()
        self.window = build_window(self.tools, link_scheme())
        self.window.closing.connect(self.close)
        self.salon_windows = SalonWindows(self.window)
        self.tray = Tray(self.tools, app_icon(), self.window.isActiveWindow)
        self.tray.opened.connect(lambda: self.follow("admin://view/alarms"))
        self.tools.ticker.start()
        self.window.show()
        self.bridge.run(self.console.set_filter, kept_installs(preferences))
        self.bridge.run(self.console.set_queue_filter, kept_calls(preferences))
        self.bridge.garbage.settle()
        self._connect_gateway()
        is_first = not self.console.models.profiles.rows and self._options.url is None
        if is_first and not preferences.is_guide_dismissed:
            self.window.show_guide()
        if self._link:
            self.window.follow(self._link)
        if is_ready is not None:
            is_ready()

    def _connect_gateway(self) -> None:
        profile = self._profile()
        if profile is None:
            return
        # Whatever the gateway says, the connection's model shows it.
        self.bridge.run(self.console.connect, profile, self._options.token, failed=self._on_refused)

    def _profile(self) -> Profile | None:
        """Return the gateway to connect to: the one that was asked for, else the one that was used last."""
        profiles = self.console.models.profiles
        url, name = self._options.url, self._options.profile
        if url is not None:
            known = next((one for one in profiles.rows if one.url.rstrip("/") == url.rstrip("/")), None)
            kind = self._options.kind or (known.kind if known else ProfileKind.PRODUCTION)
            return Profile(
                known.id if known else _GIVEN_PROFILE,
                name or (known.name if known else _host_of(url)),
                url,
                kind,
            )
        if name is not None:
            found = next((one for one in profiles.rows if name in (one.name, one.id)), None)
            if found is None:
                self.console.models.notices.add(NoticeLevel.WARNING, "profile_unknown", {"name": name[:100]})
            return found
        return profiles.last_used

    def _dress(self) -> None:
        preferences = self.console.models.preferences
        self.tools.theme.apply(
            cast(Choice, preferences.theme), preferences.font_scale, cast(Density, preferences.density)
        )

    def _on_preference_changed(self, name: str) -> None:
        if name == "language":
            self.tools.language.use(self.console.models.preferences.language)
        elif name in ("theme", "font_scale", "density") and self.window is not None:
            self._dress()

    def _on_counts_changed(self) -> None:
        """With the first numbers everything is there that a connection needs."""
        if self.console.models.board.counts is not None:
            self._unwatch_counts()
            self.bridge.garbage.settle()

    def report_crash(self, error: BaseException) -> None:
        """Keep a report of an error nobody expected, and tell of it once a run: nothing is sent without a press."""
        report = report_of(error, pyside_version)
        path = self.crashes.keep(report, self._clock.now())
        if self._has_told_crash or path is None or self.window is None or self.is_closed:
            return
        self._has_told_crash = True
        CrashDialog(self.tools, self.crashes, path, report, self.window).show()

    def _on_refused(self, error: Exception) -> None:
        if not isinstance(error, ConsoleError):
            self._on_crashed(error)

    def _on_crashed(self, error: object) -> None:
        if not isinstance(error, ConsoleError):
            _log.error("unexpected: %r", error, exc_info=error if isinstance(error, BaseException) else None)
            if isinstance(error, BaseException):
                self.report_crash(error)
        code = error.code if isinstance(error, ConsoleError) else "internal"
        self.console.models.notices.add(NoticeLevel.ERROR, code)


def build_window(tools: Tools, scheme: LinkScheme | None = None) -> MainWindow:
    """Return the window with all its views, joined to each other; without a scheme links are not asked about."""
    with tools.theme.laid_aside():
        return _window_of(tools, scheme)


def _window_of(tools: Tools, scheme: LinkScheme | None) -> MainWindow:
    window = MainWindow(tools, Views(tools, scheme))
    _join(window)
    window.begin()
    return window


def run(options: Options) -> int:
    """Run the program until its window is closed."""
    app = make_app()
    folder = options.folder or Path(
        QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppConfigLocation)
    )
    name = server_name(f"{folder.resolve()} {options.url or ''}")
    if hand_over(name, options.link):
        return 0
    instance = SingleInstance(name)
    instance.listen()
    program = Program(app, options, folder, SystemKeychain())
    instance.started_again.connect(program.follow)
    if platform.system() == "Darwin":  # elsewhere nothing hands links over so
        OpenedLinks(app).link_opened.connect(program.follow)
    signals = _Signals(program.close)
    _report_exceptions(program)
    program.start()
    code = app.exec()
    program.close()
    signals.close()
    instance.close()
    return code


def make_app() -> QApplication:
    """Return the application with its names."""
    sys.setswitchinterval(_TURN_S)
    app = QApplication(sys.argv[:1])
    app.setApplicationName("ai-admin-console")
    app.setApplicationDisplayName("AI-Admin")
    app.setOrganizationName("")
    app.setDesktopFileName("ai-admin-console")
    app.setQuitOnLastWindowClosed(False)
    app.setWindowIcon(app_icon())
    return app


def link_scheme() -> LinkScheme | None:
    """Return the system's list of what opens `admin://` links, where a packaged program can be entered in it.

    On macOS there is nothing to enter: the system reads it from the bundle. From a checkout nothing is entered, for it
    may be gone tomorrow.
    """
    if not getattr(sys, "frozen", False):
        return None
    program, name = Path(sys.executable), platform.system()
    if name == "Linux":
        return LinuxScheme(program, os.environ, Path.home())
    return WindowsScheme(program) if name == "Windows" else None


def app_icon() -> QIcon:
    """Return the program's own icon."""
    return QIcon(str(path_of("web/static/icon.svg")))


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).netloc.rpartition("@")[2] or url
    except ValueError:
        return url


class _Signals(QObject):
    """Ends the program at SIGINT and SIGTERM, which Python would not see while Qt waits."""

    def __init__(self, close: Callable[[], object]) -> None:
        super().__init__()
        self._near, self._far = socket.socketpair()
        for end in (self._near, self._far):
            end.setblocking(False)
        self._before = signal.set_wakeup_fd(self._far.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        self._notifier = QSocketNotifier(self._near.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(lambda: close())

    def close(self) -> None:
        """Hear of signals no more."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._before)
        self._near.close()
        self._far.close()


def _report_exceptions(program: Program) -> None:
    """An exception in a slot is logged and told, and the window lives on."""

    def report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        _log.error("unexpected", exc_info=(kind, error, trace))
        program.console.models.notices.add(NoticeLevel.ERROR, "internal")
        program.report_crash(error)

    sys.excepthook = report


def _join(window: MainWindow) -> None:
    """Let what one view asks for be done by another, and a list that only its view shows be read as it was left."""
    bridge, console, views = window.tools.bridge, window.tools.console, window.views

    def act(action: RowAction, row: InstallRow) -> None:
        window.show_pane()
        bridge.run(window.tools.salon.open, row.salon_id, done=lambda _: views.salon.act(action, row))

    def open_call(salon_id: int, call_id: int) -> None:
        window.show_pane()
        bridge.run(window.tools.salon.open, salon_id, done=lambda _: views.salon.open_call(call_id))

    def retry_together(call_ids: list[int]) -> None:
        window.show_view("queue")
        views.queue.plan_calls(call_ids)

    def go(place: str) -> None:
        if place in (QUEUE, DOCTOR, CONSISTENCY):
            window.show_view(place)
            return
        if place == WEBHOOKS:
            window.show_view(place)
            views.webhooks.show_dead()
            return
        window.show_view("installs")
        views.installs.show_stages(STUCK_STAGES)

    def show_webhooks(salon_id: int) -> None:
        window.show_view(WEBHOOKS)
        views.webhooks.show_salon(salon_id)

    def join(_: str, view: View) -> None:
        if isinstance(view, InstallsView):
            view.action_chosen.connect(act)
            view.bulk_retry_chosen.connect(retry_together)
        elif isinstance(view, QueueView):
            view.salon_opened.connect(window.open_salon)
            view.call_opened.connect(open_call)
        elif isinstance(view, WebhooksView):
            view.salon_opened.connect(window.open_salon)
            bridge.run(console.set_inbox_filter, view.kept_filter())
        elif isinstance(view, SessionsView):
            view.salon_opened.connect(window.open_salon)
            bridge.run(console.set_session_filter, view.kept_filter())
        elif isinstance(view, ConsistencyView | AuditView):
            view.salon_opened.connect(window.open_salon)
        elif isinstance(view, AlarmsView):
            view.place_wanted.connect(go)
        elif isinstance(view, SettingsView):
            view.connected.connect(lambda _: window.show_view(VIEWS[0]))
        elif isinstance(view, SalonView):
            view.webhooks_wanted.connect(show_webhooks)

    views.made.connect(join)
