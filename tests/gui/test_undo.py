"""What can be taken back: told over every view, of which salon, for how long, and taken back by a key."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.bootstrap import build_window
from desktop.model.profiles import ProfileKind
from desktop.model.salon import SalonModel
from desktop.qt.main_window import MainWindow
from desktop.qt.tools import Tools
from desktop.qt.undo_bar import UndoBar
from desktop.services.errors import OperationRefusedError
from shared.admin_wire import CallRow, InstallDetail
from shared.vocabulary import CallState, StaffRole
from tests.fakes.console import AskedConsole
from tests.gui import samples
from tests.gui.conftest import Stage as Screen
from tests.gui.conftest import StillClock, connect


def leaving(salon_id: int = 123, seconds: float = 10, **given: object) -> CallRow:
    """Return the call that will disconnect a salon."""
    return samples.call(
        9, salon_id=salon_id, kind="uninstall", state=CallState.WAITING, attempts=0, error_code=None,
        next_attempt_at=samples.NOW + timedelta(seconds=seconds), **given,
    )  # fmt: skip


def paused(salon_id: int = 123, title: str = "Ёлка", after_s: float = 0, cursor: int = 11) -> InstallDetail:
    """Return a salon that staff paused so many seconds after the tale began."""
    row = samples.install(salon_id, title=title, is_frozen_by_staff=True)
    at = samples.NOW + timedelta(seconds=after_s)
    return samples.detail(row, frozen_by_staff_at=at, cursor=cursor)


def opened(console: AskedConsole, salon_id: int = 123, title: str = "Ёлка") -> SalonModel:
    """Let a salon be open in the main window's pane."""
    salon = console.models.salon
    salon.opened(salon_id, samples.install(salon_id, title=title))
    salon.set_detail(samples.detail(samples.install(salon_id, title=title)))
    return salon


def eventually(qtbot: QtBot, holds: Callable[[], bool]) -> None:
    def check() -> None:
        assert holds()

    qtbot.waitUntil(check)


@pytest.fixture
def bar(tools: Tools, stage: Screen) -> UndoBar:
    made = UndoBar(tools)
    stage.show(made, 900, 300)
    made.refresh()
    return made


def shown(bar: UndoBar) -> list[str]:
    return [line.text.text() for line in bar.lines if not line.isHidden()]


def test_a_disconnection_is_counted_down_and_can_be_taken_back_hurried_or_put_away(
    bar: UndoBar, console: AskedConsole, clock: StillClock, tools: Tools, qtbot: QtBot
) -> None:
    assert bar.isHidden()
    salon = opened(console)
    salon.set_calls([leaving()])
    line = bar.lines[0]
    assert "Ёлка" in line.text.text()
    assert "123" in line.text.text()
    assert (line.ring.accessibleName(), line.now.isVisible()) == ("0:10", True)
    clock.move(3)
    tools.ticker.second_passed.emit()
    assert line.ring.accessibleName() == "0:07"
    line.now.click()
    eventually(qtbot, lambda: console.names() == ["retry_call"] and bar.lines[0].isHidden())
    assert console.last("retry_call") == (9,)
    salon.set_calls([leaving(version=11)])
    assert shown(bar) == [], "what was put away or carried out is not offered again"


def test_an_offer_outlives_the_salon_that_was_open_and_ends_after_ten_seconds(
    bar: UndoBar, console: AskedConsole, clock: StillClock, tools: Tools
) -> None:
    opened(console).set_detail(paused())
    opened(console, 124, "Barber")
    clock.move(2)
    console.models.salon.set_detail(paused(124, "Barber", after_s=2, cursor=12))
    assert ["Barber" in shown(bar)[0], "Ёлка" in shown(bar)[1]] == [True, True], "the newest first"
    clock.move(8)
    tools.ticker.second_passed.emit()
    assert len(shown(bar)) == 1
    clock.move(2)
    tools.ticker.second_passed.emit()
    assert (shown(bar), bar.isHidden()) == ([], True)
    assert bar.refusal() is not None


def test_a_pause_that_somebody_else_took_back_or_made_long_ago_is_not_offered(
    bar: UndoBar, console: AskedConsole
) -> None:
    salon = opened(console)
    salon.set_detail(paused(after_s=-60))
    assert shown(bar) == []
    salon.set_detail(paused(cursor=12))
    assert len(shown(bar)) == 1
    salon.set_detail(samples.detail(samples.install(), cursor=13))
    assert shown(bar) == []
    salon.set_calls([leaving()])
    salon.set_calls([leaving(is_being_worked=True, version=11)])
    assert shown(bar) == [], "YCLIENTS is being told already"


def test_a_disconnection_is_offered_from_the_moment_it_was_asked_for(
    bar: UndoBar, console: AskedConsole
) -> None:
    undo, salon = console.models.undo, opened(console)
    undo.disconnecting(samples.install())
    assert not bar.lines[0].now.isVisible(), "which call it is, is not known yet"
    salon.set_calls([leaving(seconds=9.6)])
    assert len(shown(bar)) == 1
    assert bar.lines[0].now.isVisible()
    undo.kept(123)
    assert shown(bar) == []


def test_the_undo_is_allowed_although_production_locked_itself_but_not_to_a_viewer(
    bar: UndoBar, console: AskedConsole
) -> None:
    connect(console, ProfileKind.PRODUCTION)
    opened(console).set_calls([leaving()])
    assert bar.lines[0].take_back.isEnabled()
    assert not bar.lines[0].now.isEnabled()
    assert "read-only" in bar.lines[0].now.toolTip()
    connect(console, role=StaffRole.VIEWER)
    assert not bar.lines[0].take_back.isEnabled()
    assert "role" in str(bar.refusal())


def test_what_came_of_it_is_told_and_what_went_wrong_too(
    bar: UndoBar, console: AskedConsole, qtbot: QtBot
) -> None:
    opened(console).set_detail(paused())
    console.answers["unfreeze"] = OperationRefusedError("generation_changed", "…", "ref12345")
    bar.lines[0].take_back.click()
    eventually(qtbot, bar.trouble.isVisible)
    console.answers["unfreeze"] = samples.detail()
    bar.lines[0].take_back.click()
    eventually(qtbot, bar.done.isVisible)
    assert console.last("unfreeze") == (123, 2, "Taken back at once")
    assert "Ёлка" in bar.done.text.text()
    assert not bar.trouble.isVisible()


CONTROL = Qt.KeyboardModifier.ControlModifier


def test_the_key_takes_back_over_another_view_and_another_salon_but_not_from_a_field(
    tools: Tools, console: AskedConsole, stage: Screen, qtbot: QtBot
) -> None:
    window: MainWindow = stage.show(build_window(tools), 1280, 800)
    window.activateWindow()
    undo = window.menus.actions["take_back"]
    assert not undo.isEnabled()
    opened(console).set_calls([leaving()])
    opened(console, 124, "Barber")
    window.show_view("doctor")
    assert undo.isEnabled()
    assert window.undo.lines[0].isVisible()
    window.show_view("installs")
    search = window.views.installs.search
    search.setFocus()
    QTest.keyClicks(search, "abc")
    QTest.keyClick(search, Qt.Key.Key_Z, CONTROL)
    assert search.text() == "", "in a field the key takes back what was typed"
    assert "keep" not in console.names()
    QTest.keyClick(_focused(window), Qt.Key.Key_Z, CONTROL)
    eventually(qtbot, lambda: "keep" in console.names())
    assert [each for each in console.asked if each[0] == "keep"] == [("keep", (123,))]
    console.models.undo.kept(123)
    assert not undo.isEnabled()
    eventually(qtbot, window.undo.done.isVisible)


def _focused(window: MainWindow) -> QWidget:
    return QApplication.focusWidget() or window
