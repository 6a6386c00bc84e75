from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from desktop.bootstrap import build_window
from desktop.model.notices import NoticeLevel
from desktop.model.problem import Trouble
from desktop.model.profiles import ProfileKind
from desktop.qt.links import VIEWS
from desktop.qt.main_window import MainWindow
from desktop.qt.single_instance import SingleInstance, hand_over, server_name
from desktop.qt.tools import Tools
from tests.fakes.console import AskedConsole
from tests.gui import conftest
from tests.gui.windows import full_window


@pytest.fixture
def window(tools: Tools, console: AskedConsole, stage: conftest.Stage) -> MainWindow:
    made = full_window(tools, console)
    return stage.show(made, 1280, 800)


def press(
    window: MainWindow, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    QTest.keyClick(QApplication.focusWidget() or window, key, modifier)


CONTROL = Qt.KeyboardModifier.ControlModifier


def test_keys_lead_to_every_view(window: MainWindow) -> None:
    window.activateWindow()
    keys = {
        Qt.Key.Key_1: "installs", Qt.Key.Key_2: "queue", Qt.Key.Key_3: "doctor", Qt.Key.Key_4: "alarms",
        Qt.Key.Key_5: "webhooks", Qt.Key.Key_6: "sessions", Qt.Key.Key_7: "consistency",
        Qt.Key.Key_8: "overview", Qt.Key.Key_9: "audit", Qt.Key.Key_Comma: "settings",
    }  # fmt: skip
    assert set(VIEWS) - set(keys.values()) == {"staff"}, "which has a key of letters"
    for key, name in keys.items():
        press(window, key, CONTROL)
        assert window.view_name == name
        assert window.navigation.buttons[name].isChecked()


def test_production_opens_read_only_and_is_unlocked_for_fifteen_minutes(
    window: MainWindow, console: AskedConsole, clock: conftest.StillClock
) -> None:
    strip = window.strip
    assert strip.kind.word.text() == "PRODUCTION"
    assert strip.lock_state.word.text() == "read-only"
    strip.lock.click()
    assert not console.models.safety.is_locked
    assert strip.lock_state.word.text() == "unlocked, 15:00 left"
    clock.move(61)
    window.tools.ticker.second_passed.emit()
    assert strip.lock_state.word.text() == "unlocked, 13:59 left"
    clock.move(840)
    window.tools.ticker.second_passed.emit()
    assert strip.lock_state.word.text() == "read-only"


@pytest.mark.parametrize(("kind", "word"), [(ProfileKind.DEMO, "DEMO"), (ProfileKind.STAGING, "STAGING")])
def test_other_environments_have_their_word_and_no_lock(
    window: MainWindow, console: AskedConsole, kind: ProfileKind, word: str
) -> None:
    conftest.connect(console, kind)
    assert window.strip.kind.word.text() == word
    assert not window.strip.lock.isVisible()


def test_a_lost_connection_is_said_with_a_stamp_and_can_be_tried_again(
    window: MainWindow, console: AskedConsole, qtbot: QtBot
) -> None:
    assert window.offline.isHidden()
    console.models.connection.was_lost(Trouble("connection_lost"))
    assert not window.offline.isHidden()
    assert window.strip.light.word.text() == "connection lost"
    assert not window.strip.stamp.isHidden()
    window.offline.banner.action.click()
    qtbot.waitUntil(lambda: "reconnect_now" in console.names())
    conftest.connect(console)
    assert window.offline.isHidden()
    assert window.strip.stamp.isHidden()


def test_what_comes_late_about_a_salon_that_was_closed_does_not_open_it_again(
    window: MainWindow, console: AskedConsole, qtbot: QtBot
) -> None:
    window.show_pane()
    window.close_salon()
    console.models.salon.detail_changed.emit()
    assert not window.is_salon_shown
    qtbot.waitUntil(lambda: "close_salon" in console.names())


def test_the_navigation_counts_what_needs_a_person(window: MainWindow) -> None:
    counts = {name: window.navigation.buttons[name].count for name in VIEWS}
    assert {name: count for name, count in counts.items() if count} == {
        "installs": "6", "queue": "2", "doctor": "!", "alarms": "4", "webhooks": "5", "consistency": "22",
    }  # fmt: skip


def test_a_salon_opens_at_the_right_fills_the_window_and_esc_goes_back(
    window: MainWindow, console: AskedConsole, qtbot: QtBot
) -> None:
    window.activateWindow()
    window.fill_salon(1000)
    qtbot.waitUntil(lambda: "open_salon" in console.names())
    assert (window.is_filled, window.centre.isVisible()) == (True, False)
    press(window, Qt.Key.Key_Escape)
    assert (window.is_filled, window.is_salon_shown) == (False, True)
    press(window, Qt.Key.Key_Escape)
    assert (window.is_filled, window.is_salon_shown) == (False, False)
    qtbot.waitUntil(lambda: "close_salon" in console.names())


def test_without_room_for_two_panes_the_salon_fills_the_window(window: MainWindow) -> None:
    window.close_salon()
    window.tools.theme.apply("light", 2.0)
    window.resize(1100, 800)
    QApplication.processEvents()
    window.open_salon(1000)
    assert window.is_filled


def test_esc_empties_the_search_before_it_closes_anything(window: MainWindow) -> None:
    window.activateWindow()
    window.show_view("installs")
    window.views.installs.focus_search()
    QTest.keyClicks(window.views.installs.search, "abc")
    press(window, Qt.Key.Key_Escape)
    assert window.views.installs.search.text() == ""
    assert window.is_salon_shown


def test_the_button_in_the_strip_opens_the_palette(window: MainWindow) -> None:
    window.strip.finder.click()
    palette = window.palette_desk.palette
    assert palette is not None
    assert palette.isVisible()
    palette.close()


def test_a_link_that_leads_nowhere_is_said(window: MainWindow, console: AskedConsole) -> None:
    window.follow("admin://install/none")
    assert [notice.key for notice in console.models.notices.rows] == ["link_unreadable"]
    assert "admin://install/none" in window.notices.banners()[0].text.text()


def test_notices_stand_in_the_corner_take_no_focus_and_can_be_put_away(
    window: MainWindow, console: AskedConsole
) -> None:
    window.activateWindow()
    window.show_view("installs")
    focused = QApplication.focusWidget()
    for number in range(6):
        console.models.notices.add(NoticeLevel.ERROR, "internal", detail=str(number))
    QApplication.processEvents()
    banners = window.notices.banners()
    assert len(banners) == 4
    assert QApplication.focusWidget() is focused
    assert all(banner.height() >= banner.text.height() for banner in banners)
    banners[0].cross.click()
    assert len(window.notices.banners()) == 3


def test_the_language_changes_everything_without_a_restart(window: MainWindow) -> None:
    window.tools.language.use("ru")
    QApplication.processEvents()
    assert window.strip.kind.word.text() == "БОЕВАЯ"
    assert window.views.installs.title.text() == "Установки"
    assert [action.text() for action in window.menuBar().actions()] == [
        "&Файл", "&Правка", "&Вид", "&Салон", "Сп&равка",
    ]  # fmt: skip
    window.tools.language.use("en")
    QApplication.processEvents()
    assert window.strip.kind.word.text() == "PRODUCTION"


def test_the_edit_menu_undoes_what_was_typed(window: MainWindow) -> None:
    window.activateWindow()
    window.views.installs.focus_search()
    QTest.keyClicks(window.views.installs.search, "abc")
    edit = next(a for a in window.menuBar().actions() if a.text() == "&Edit").menu()
    undo = edit.actions()[0]  # type: ignore[attr-defined]
    edit.aboutToShow.emit()  # type: ignore[attr-defined]
    assert undo.isEnabled()
    undo.trigger()
    assert window.views.installs.search.text() == ""


def test_the_sheet_of_keys_is_not_modal_and_closes_with_esc(window: MainWindow, qtbot: QtBot) -> None:
    sheet = window.show_keys()
    assert not sheet.isModal()
    sheet.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is sheet)
    with qtbot.waitSignal(sheet.destroyed):
        QTest.keyClick(sheet, Qt.Key.Key_Escape)


def test_place_and_division_of_the_window_come_back(
    window: MainWindow, console: AskedConsole, tools: Tools, stage: conftest.Stage
) -> None:
    window.resize(900, 640)
    window.splitter.setSizes([500, 400])
    QApplication.processEvents()
    console.models.preferences.update(window_geometry=window.place_text())
    again = stage.show(build_window(tools), 0, 0)
    again.resize(window.size())
    again.show_pane()
    QApplication.processEvents()
    assert again.splitter.sizes() == window.splitter.sizes()


class ShownWindows(QObject):
    """Notes every widget that is shown as a window of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note it."""
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.names.append(type(watched).__name__)
        return False


def test_no_part_of_the_window_flashes_up_as_a_window_of_its_own(
    tools: Tools, console: AskedConsole, stage: conftest.Stage, qapp: QApplication
) -> None:
    shown = ShownWindows()
    qapp.installEventFilter(shown)
    window = stage.show(full_window(tools, console), 1280, 800)
    console.models.notices.add(NoticeLevel.ERROR, "internal")
    for name in VIEWS:
        window.show_view(name)
    window.tools.language.use("ru")
    QApplication.processEvents()
    qapp.removeEventFilter(shown)
    assert shown.names == ["MainWindow"]


@pytest.mark.parametrize("kept", ["", "|", "!!|??", "AAAA", "AAAA|BBBB"])
def test_a_place_that_makes_no_sense_is_left_aside(
    tools: Tools, console: AskedConsole, stage: conftest.Stage, kept: str
) -> None:
    console.models.preferences.update(window_geometry=kept)
    assert stage.show(build_window(tools), 1200, 800).isVisible()


def test_the_text_grows_and_shrinks_in_steps(window: MainWindow, console: AskedConsole, qtbot: QtBot) -> None:
    window.menus.actions["larger"].trigger()
    qtbot.waitUntil(lambda: "update_preferences" in console.names())
    assert console.last("update_preferences") == (1.25,)


def test_closing_the_window_is_said_once(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.closing):
        window.close()


def test_a_second_start_hands_its_link_to_the_first(qtbot: QtBot) -> None:
    name = server_name("a test of a second start")
    assert not hand_over(name, "")
    instance = SingleInstance(name)
    assert instance.listen()
    with qtbot.waitSignal(instance.started_again) as told:
        assert hand_over(name, "admin://install/5")
    assert told.args == ["admin://install/5"]
    instance.close()


def test_no_dialog_is_open_and_no_field_holds_a_secret_at_the_start(window: MainWindow) -> None:
    assert [dialog for dialog in window.findChildren(QDialog) if dialog.isVisible()] == []
    fields = [one for one in window.findChildren(QLineEdit) if not isinstance(one.parent(), QAbstractSpinBox)]
    assert not any(field.text() for field in fields), "but for the hours and days that can be chosen"
