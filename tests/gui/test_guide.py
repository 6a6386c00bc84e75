"""The first minutes: the guide opens by itself where no gateway is known, leads, and can be put away for good."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop.bootstrap import build_window
from desktop.qt.main_window import MainWindow
from desktop.qt.tools import Tools
from desktop.qt.views import guide
from desktop.qt.views.guide import STEPS, GuideDialog
from shared.vocabulary import CallState, Stage
from tests.fakes.console import AskedConsole
from tests.gui.conftest import Stage as Theatre
from tests.gui.seeing import press


def opened(tools: Tools, stage: Theatre) -> tuple[MainWindow, GuideDialog]:
    """Open the guide from the window's menu."""
    window = stage.show(build_window(tools), 1280, 800)
    window.menus.actions["guide"].trigger()
    dialog = window.findChild(GuideDialog)
    assert isinstance(dialog, GuideDialog)
    return window, dialog


def test_each_job_of_the_guide_leads_to_where_it_is_done(
    tools: Tools, stage: Theatre, console: AskedConsole
) -> None:
    lead = {
        guide.CONNECT: "settings", guide.WATCH: "installs", guide.QR: "installs", guide.RETRY: "queue",
        guide.TOKEN: "doctor",
    }  # fmt: skip
    window, dialog = opened(tools, stage)
    dialog.close()
    for place, view in lead.items():
        window.show_view("alarms")
        dialog = window.show_guide()
        button = dialog.guide.buttons[place]
        assert (button.isEnabled(), bool(button.accessibleName())) == (True, True)
        button.setFocus()
        press(button, Qt.Key.Key_Space)
        assert (place, window.view_name) == (place, view)
        assert not dialog.isVisible()
        if place == guide.QR:
            assert set(window.views.installs.chips.chosen_keys()) == {Stage.NEW, Stage.LINKING}
        if place == guide.RETRY:
            assert window.views.queue.chips.chosen_keys() == [CallState.FAILED]
        if place == guide.CONNECT:
            assert window.views.settings.findChildren(type(window.views.settings.form))[0].isVisible()


def test_without_a_gateway_the_jobs_say_why_they_wait_and_the_demo_s_command_is_copied(
    tools: Tools, stage: Theatre, console: AskedConsole
) -> None:
    console.models.connection.ended()
    _, dialog = opened(tools, stage)
    for step in STEPS:
        button = dialog.guide.buttons[step.place]
        assert button.isEnabled() is not step.needs_gateway
        assert bool(button.accessibleDescription()) is step.needs_gateway
    dialog.guide.buttons[guide.DEMO].click()
    assert QGuiApplication.clipboard().text() == "python3 dev.py demo"
    dialog.close()


def test_the_guide_is_put_away_for_good_and_opened_again_by_hand(
    tools: Tools, stage: Theatre, console: AskedConsole, qtbot: QtBot
) -> None:
    window, dialog = opened(tools, stage)
    assert dialog.again.isChecked()
    dialog.again.click()
    qtbot.waitUntil(lambda: "update_preferences" in console.names())
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    dialog.again.setFocus()
    QTest.keyClick(dialog.again, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.findChild(GuideDialog) is None)
