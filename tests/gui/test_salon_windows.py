"""Salons in windows of their own: several at once, each live and usable, gone when they are closed."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from typing import cast

import pytest
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from desktop.bootstrap import build_window
from desktop.model.problem import Trouble
from desktop.model.profiles import Profile, ProfileKind
from desktop.model.salon import SalonModel
from desktop.qt.main_window import MainWindow
from desktop.qt.salon_window import SalonWindow
from desktop.qt.salon_windows import MOST_WINDOWS, SalonWindows
from desktop.qt.tools import Tools
from shared.admin_wire import ReconcileResult
from shared.vocabulary import PartnerState
from tests.fakes.console import AskedConsole
from tests.gui import samples
from tests.gui.conftest import Stage as Screen
from tests.gui.conftest import connect
from tests.gui.test_undo import eventually, leaving
from tests.gui.windows import installs

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def main(tools: Tools, console: AskedConsole, stage: Screen) -> MainWindow:
    window = stage.show(build_window(tools), 1280, 800)
    console.models.board.start(installs(4), is_complete=True)
    window.activateWindow()
    return window


class Elsewhere(QWidget):
    """What a salon's own window needs of the main one, where nothing depends on the rest of it."""

    salon_window_wanted = Signal(int)

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self.tools = tools
        self.followed: list[str] = []

    def follow(self, link: str) -> None:
        self.followed.append(link)


@pytest.fixture
def windows(tools: Tools, stage: Screen) -> Iterator[SalonWindows]:
    """Return the windows, without the main one."""
    yield from _windows(cast(MainWindow, stage.show(Elsewhere(tools))))


@pytest.fixture
def beside(main: MainWindow) -> Iterator[SalonWindows]:
    """Return the windows, beside the main one."""
    yield from _windows(main)


def _windows(main: MainWindow) -> Iterator[SalonWindows]:
    made = SalonWindows(main)
    yield made
    made.release()
    gone()


def gone() -> None:
    """Let what was closed be deleted."""
    for _ in range(2):
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QApplication.processEvents()


def told(window: SalonWindow, title: str) -> SalonModel:
    """Let the gateway tell the salon of a window."""
    model, row = window.tools.salon.model, samples.install(window.salon_id, title=title)
    model.opened(window.salon_id, row)
    model.set_detail(samples.detail(row))
    return model


def opened(windows: SalonWindows, salon_id: int, title: str) -> SalonWindow:
    window = windows.open(salon_id)
    assert window is not None
    told(window, title)
    return window


def press(window: MainWindow | SalonWindow, key: Qt.Key, modifier: Qt.KeyboardModifier = CONTROL) -> None:
    window.activateWindow()
    QApplication.processEvents()
    QTest.keyClick(QApplication.focusWidget() or window, key, modifier)


def test_windows_show_other_salons_than_the_main_one_and_act_on_their_own(
    beside: SalonWindows, main: MainWindow, console: AskedConsole, qtbot: QtBot
) -> None:
    windows = beside
    main.views.installs.select_salon(1001)
    press(main, Qt.Key.Key_O, CONTROL | SHIFT)
    assert list(windows.windows) == [1001], "the row that is chosen, by the key"
    eventually(qtbot, lambda: ("open_salon", (1001,)) in console.asked)
    first = windows.windows[1001]
    told(first, "Ёлка")
    main.open_salon(1002)
    console.models.salon.opened(1002, samples.install(1002, title="Barber"))
    main.window_button.click()
    assert list(windows.windows) == [1001, 1002], "the salon of the pane, by its button"
    menu = main.views.installs.menu_of(samples.install(1001))
    next(one for one in menu.actions() if "window of its own" in one.text()).trigger()
    menu.deleteLater()
    assert len(windows.windows) == 2, "one salon has one window"
    assert "Ёлка" in first.salon.header.name.text()
    assert "Barber" in main.views.salon.header.name.text()
    assert "Ёлка" in first.windowTitle()
    first.salon.qr.open()
    eventually(qtbot, lambda: "open_qr" in console.names())
    first.tools.salon.model.set_session(samples.session(salon_id=1001))
    assert first.salon.qr.picture.is_showing
    assert not main.views.salon.qr.picture.is_showing


def test_a_window_follows_connection_lock_language_looks_and_undo(
    windows: SalonWindows, console: AskedConsole, tools: Tools, qtbot: QtBot
) -> None:
    first, second = opened(windows, 1001, "Ёлка"), opened(windows, 1002, "Barber")
    console.models.connection.began(Profile("1", "Gateway", "http://127.0.0.1:8080", ProfileKind.PRODUCTION))
    connect(console, ProfileKind.PRODUCTION)
    assert first.strip.kind.word.text() == "PRODUCTION"
    assert not first.salon.freeze.isEnabled()
    first.strip.lock.click()
    assert first.salon.freeze.isEnabled()
    assert "unlocked" in second.strip.lock_state.word.text()
    first.tools.salon.model.set_calls([leaving(1001)])
    assert first.undo.lines[0].isVisible()
    assert second.undo.isHidden(), "each shows what was done to its own"
    press(second, Qt.Key.Key_Z)
    press(first, Qt.Key.Key_Z)
    eventually(qtbot, lambda: "keep" in console.names())
    assert [given for name, given in console.asked if name == "keep"] == [(1001,)]
    console.models.connection.was_lost(Trouble("connection_lost"))
    assert first.offline.isVisible()
    assert not first.salon.reconcile.isEnabled()
    height = first.strip.height()
    tools.language.use("ru")
    tools.theme.apply("dark", 1.5)
    QApplication.processEvents()
    assert first.menus.actions["close_window"].text() == "Закрыть это окно"
    assert first.salon.tabs.tabText(0) == "Хронология"
    assert first.strip.height() > height
    tools.theme.apply("light")


def test_closing_a_window_ends_its_watch_and_leaves_nothing(
    windows: SalonWindows, console: AskedConsole, tools: Tools, qtbot: QtBot
) -> None:
    first, second = opened(windows, 1001, "Ёлка"), opened(windows, 1002, "Barber")
    models = console.models
    listeners = _listeners(console)
    left: list[weakref.ref[object]] = [
        weakref.ref(first),
        weakref.ref(first.salon),
        weakref.ref(first.tools.salon),
    ]
    console.asked.clear()
    first.salon.qr.open()
    press(first, Qt.Key.Key_W)
    eventually(qtbot, lambda: console.names().count("close_salon") == 1)
    asked = [name for name in console.names() if name != "update_preferences"]
    assert asked == ["open_qr", "close_qr", "close_salon"]
    eventually(qtbot, lambda: "1/1001" not in console.last("update_preferences")[0])
    del first
    gone()
    eventually(qtbot, lambda: _collected(left))
    assert list(windows.windows) == [1002]
    press(second, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
    gone()
    assert (windows.windows, isValid(second)) == ({}, False)
    assert _listeners(console) < listeners
    connect(console)
    models.safety.unlock()
    tools.ticker.second_passed.emit()
    tools.ticker.half_minute_passed.emit()
    one = opened(windows, 1003, "Ёлка")
    again = _listeners(console)
    one.close()
    gone()
    opened(windows, 1004, "Ёлка")
    assert _listeners(console) == again, "nobody listens for a window that is gone"


def _listeners(console: AskedConsole) -> int:
    """Return how many slots hear of the models that all windows share."""
    models = console.models
    signals = (
        models.connection.changed,
        models.safety.changed,
        models.preferences.changed,
        models.undo.changed,
    )
    return sum(len(signal._slots) for signal in signals)


def _collected(left: list[weakref.ref[object]]) -> bool:
    gc.collect()
    return all(one() is None for one in left)


def test_open_windows_come_back_where_they_stood_those_of_this_gateway_and_not_too_many(
    windows: SalonWindows, console: AskedConsole, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = opened(windows, 1001, "Ёлка")
    window.setGeometry(140, 90, 600, 500)
    windows._keep()
    eventually(qtbot, lambda: "1/1001" in console.last("update_preferences")[0])
    windows.close_all()
    gone()
    assert not isValid(window)
    eventually(qtbot, lambda: "close_salon" in console.names())
    kept = console.last("update_preferences")[0]
    assert list(kept) == ["1/1001"], "they are to come back"
    console.models.preferences.update(
        salon_windows=kept
        | {"2/1002": "", "1/none": "", "1/": "", "1/99999999999999999999": "", "1/1003": "x"}
    )
    connection = console.models.connection
    connection.began(Profile("2", "Other", "http://127.0.0.1:9", ProfileKind.DEMO))
    assert windows.windows == {}
    connection.welcomed(samples.welcome())
    assert list(windows.windows) == [1002]
    connect(console)
    assert sorted(windows.windows) == [1001, 1003]
    assert windows.windows[1001].size().toTuple() == (600, 500)
    connect(console)
    assert sorted(windows.windows) == [1001, 1003], "once"
    assert MOST_WINDOWS == 8
    monkeypatch.setattr("desktop.qt.salon_windows.MOST_WINDOWS", 2)
    assert windows.open(1004) is None
    assert windows.open(1001) is windows.windows[1001]
    assert [notice.key for notice in console.models.notices.rows] == ["too_many_windows"]


def test_what_is_elsewhere_is_reached_from_a_window_by_keys_and_by_its_palette(
    beside: SalonWindows, main: MainWindow, console: AskedConsole, qtbot: QtBot
) -> None:
    windows = beside
    console.answers["reconcile"] = ReconcileResult(
        theirs="active", before=PartnerState.ACTIVE, after=PartnerState.ACTIVE, changed=False
    )
    window = opened(windows, 1001, "Ёлка")
    press(window, Qt.Key.Key_4)
    assert main.view_name == "alarms"
    press(window, Qt.Key.Key_K)
    palette = window.palette_desk.palette
    assert palette is not None
    titles = {entry.title: entry for entry in window.palette_desk.entries()}
    assert {"Compare with YCLIENTS", "Close this window", "Take back what was just done"} <= set(titles)
    palette.close()
    titles["Compare with YCLIENTS"].run()
    eventually(qtbot, lambda: ("reconcile", (1001,)) in console.asked)
    window.open_from_afar(1002)
    eventually(qtbot, lambda: ("open_salon", (1002,)) in console.asked)
    assert main.is_salon_shown
    window.salon.webhooks.click()
    window.look_for("Barber")
    assert main.view_name == "installs"
    assert main.views.installs.search.text() == "Barber"
    sheet = window.show_keys()
    sheet.close()
