"""What every test of a widget needs: the tools over a console that is asked, in English, in the light theme."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from desktop.model.profiles import Profile, ProfileKind
from desktop.qt.bridge import Bridge
from desktop.qt.icons import Icons
from desktop.qt.main_window import MainWindow
from desktop.qt.texts import Language
from desktop.qt.theme import Theme
from desktop.qt.ticker import Ticker
from desktop.qt.tools import Tools
from desktop.qt.view import View
from tests.fakes.console import AskedConsole
from tests.gui.samples import NOW, welcome


class StillClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, start: datetime = NOW) -> None:
        self._start = start
        self._elapsed_s = 0.0

    def now(self) -> datetime:
        """Return the present moment of the tale."""
        return self._start + timedelta(seconds=self._elapsed_s)

    def monotonic(self) -> float:
        """Return the seconds that have passed in the tale."""
        return self._elapsed_s

    async def sleep(self, seconds: float) -> None:
        """Nobody sleeps here."""
        raise AssertionError("a widget's test does not sleep")

    def move(self, seconds: float) -> None:
        """Go on by so many seconds."""
        self._elapsed_s += seconds


@pytest.fixture
def clock() -> StillClock:
    """Return the clock."""
    return StillClock()


@pytest.fixture
def console(clock: StillClock) -> AskedConsole:
    """Return a console that is connected to a demo as an administrator."""
    made = AskedConsole(clock)
    connect(made)
    return made


def connect(console: AskedConsole, kind: ProfileKind = ProfileKind.DEMO, **given: object) -> None:
    """Let the gateway of some kind in; `given` goes to the welcome."""
    connection = console.models.connection
    connection.began(Profile("1", "Gateway", "http://127.0.0.1:8080", kind))
    console.models.safety.enter(kind)
    connection.welcomed(welcome(**given))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def looks(qapp: QApplication) -> tuple[Theme, Icons, Language]:
    """Return what an application has one of."""
    theme = Theme(qapp)
    return theme, Icons(theme), Language(qapp)


@pytest.fixture
def tools(console: AskedConsole, looks: tuple[Theme, Icons, Language]) -> Iterator[Tools]:
    """Return the tools; afterwards the bridge's thread has ended."""
    theme, icons, language = looks
    if (theme.choice, theme.scale) != ("light", 1.0):
        theme.apply("light")
    language.use("en")
    bridge = Bridge()
    crashes: list[object] = []
    bridge.crashed.connect(crashes.append)
    bridge.start()
    ticker = Ticker(console.models.connection.now)
    yield Tools(console.as_console, bridge, theme, icons, language, ticker, console.as_console.salon)
    bridge.stop()
    assert crashes == []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A warning of Qt fails the test that caused it; the offscreen plugin's own remarks do not count."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.qt_log_level_fail("WARNING"))
            item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support"))


@pytest.fixture(autouse=True)
def nothing_is_left_behind(qapp: QApplication) -> Iterator[None]:
    """Fail a test that leaves a thread, a window or a running timer behind."""
    threads, windows = set(threading.enumerate()), set(qapp.topLevelWidgets())
    yield
    for _ in range(3):
        qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        qapp.processEvents()
    left = [thread.name for thread in threading.enumerate() if thread not in threads and thread.is_alive()]
    left += [
        f"{type(widget).__name__} {widget.windowTitle()!r}"
        for widget in qapp.topLevelWidgets()
        if widget not in windows
        and not isinstance(widget, QMenu)
        and widget.metaObject().className() not in _OF_QT
    ]
    left += [
        f"timer {timer!r} of {timer.parent()!r}" for timer in qapp.findChildren(QTimer) if timer.isActive()
    ]
    assert left == []


_OF_QT = ("QTipLabel", "QComboBoxPrivateContainer", "QAlphaWidget", "QRollEffect")
"""Little windows that Qt makes and keeps by itself."""

W = TypeVar("W", bound=QWidget)


class Stage:
    """Where widgets are shown; at the end of a test they are released and gone."""

    def __init__(self) -> None:
        self._widgets: list[QWidget] = []

    def show(self, widget: W, width: int = 900, height: int = 900) -> W:
        """Show a widget in a size."""
        widget.resize(width, height)
        widget.show()
        self._widgets.append(widget)
        QApplication.processEvents()
        return widget

    def clear(self) -> None:
        """Take everything away."""
        for widget in self._widgets:
            if isinstance(widget, View | MainWindow):
                widget.release()
            widget.close()
            widget.deleteLater()
        self._widgets.clear()
        QApplication.processEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def stage(tools: Tools) -> Iterator[Stage]:
    """Return where widgets are shown."""
    made = Stage()
    yield made
    made.clear()
