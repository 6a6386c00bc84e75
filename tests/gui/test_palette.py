"""The palette: whatever can be done is in it, and done by the very same menus and buttons."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QPushButton
from pytestqt.qtbot import QtBot

from desktop.model.profiles import Profile, ProfileKind
from desktop.qt.main_window import MainWindow
from desktop.qt.palette import Palette
from desktop.qt.palette_entries import buttons_in, without_letter
from desktop.qt.tools import Tools
from desktop.services.errors import NotConnectedError
from shared.vocabulary import StaffRole
from tests.fakes.console import AskedConsole
from tests.gui import conftest, samples
from tests.gui.windows import full_window

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(tools: Tools, console: AskedConsole, stage: conftest.Stage) -> MainWindow:
    console.answers["find_salons"] = []
    made = stage.show(full_window(tools, console, ProfileKind.DEMO), 1280, 800)
    made.activateWindow()
    assert QTest.qWaitForWindowActive(made, 2000)
    return made


def opened(window: MainWindow, text: str = "") -> Palette:
    window.activateWindow()
    assert QTest.qWaitForWindowActive(window, 2000)
    palette = window.palette_desk.open()
    for _ in range(200):
        if palette.field.hasFocus():
            break
        QTest.qWait(10)
    assert palette.field.hasFocus(), QApplication.focusWidget()
    palette.field.insert(text)  # QTest's keys are those of ASCII
    return palette


def titles(palette: Palette) -> list[str]:
    return [entry.title for entry in palette.shown()]


def key(palette: Palette, which: Qt.Key) -> None:
    QTest.keyClick(palette.field, which)


def found(palette: Palette, console: AskedConsole, qtbot: QtBot, text: str) -> None:
    """Wait until the gateway has answered for a text."""
    qtbot.waitUntil(lambda: _check(console.last("find_salons")[0] == text))
    qtbot.waitUntil(lambda: _check(not palette._is_waiting))


def _check(is_so: bool) -> None:
    assert is_so


def test_no_action_of_a_menu_is_missing(window: MainWindow) -> None:
    keys = [entry.key for entry in window.palette_desk.entries()]

    def walk(menu: QMenu, place: str) -> list[str]:
        said = []
        for action in menu.actions():
            inner = action.menu()
            if isinstance(inner, QMenu):
                said += walk(inner, f"{place} › {without_letter(inner.title())}")
            elif not action.isSeparator():
                said.append(f"{place}:{without_letter(action.text())}")
        return said

    menus = [action.menu() for action in window.menuBar().actions()]
    wanted = [
        one for menu in menus if isinstance(menu, QMenu) for one in walk(menu, without_letter(menu.title()))
    ]
    assert len(wanted) > 30
    assert set(wanted) <= set(keys)
    assert len(set(wanted)) == len(wanted), "every one has a name of its own"
    assert {without_letter(action.text()) for action in window.menus.actions.values()} <= {
        one.rpartition(":")[2] for one in wanted
    }, "and everything with a key is in a menu"


def test_no_button_of_the_salon_is_missing_in_any_of_its_states(
    window: MainWindow, console: AskedConsole
) -> None:
    salon = window.views.salon
    holder = salon.offered[0]
    behind_tabs = {without_letter(control.text()) for control in salon.tabs.findChildren(QPushButton)}
    for is_frozen in (False, True):
        row = samples.install(is_frozen_by_staff=is_frozen)
        console.models.salon.set_detail(samples.detail(row, cursor=11))
        offered = {entry.title: entry for entry in window.palette_desk.entries() if "Ёлка" in entry.place}
        for control in holder.findChildren(QPushButton):
            is_of_this_state = control.isVisibleTo(holder) or control.text() == salon.primary.text()
            title = without_letter(control.text())
            assert (title in offered) == (is_of_this_state or title in behind_tabs), title


def test_whatever_button_is_seen_in_a_view_is_offered(window: MainWindow) -> None:
    window.show_view("audit")
    offered = {entry.title for entry in window.palette_desk.entries()}
    seen = list(buttons_in(window.views.audit, ()))
    assert {"Check the chain", "Export…"} <= {without_letter(control.text()) for control in seen}
    assert {without_letter(control.text() or control.accessibleName()).strip() for control in seen} <= offered


def test_the_key_opens_it_and_esc_gives_back_the_focus(window: MainWindow, qtbot: QtBot) -> None:
    window.show_view("installs")
    before = QApplication.focusWidget()
    QTest.keyClick(before or window, Qt.Key.Key_K, CONTROL)
    palette = window.palette_desk.palette
    assert palette is not None
    qtbot.waitUntil(palette.field.hasFocus)
    key(palette, Qt.Key.Key_Escape)
    assert window.palette_desk.palette is None
    window.activateWindow()
    qtbot.waitUntil(lambda: _check(QApplication.focusWidget() is before))
    assert window.is_salon_shown, "Esc closed the palette alone"


def test_an_action_is_found_by_beginnings_of_words_in_either_language_and_layout(window: MainWindow) -> None:
    for typed in ("copy li col", "скопи ссыл кол", "crjgb ccsk rjk", "сщзн дштл сщд"):
        palette = opened(window, typed)
        assert titles(palette)[0] == "Copy a link for colleagues", typed
        key(palette, Qt.Key.Key_Escape)
    window.tools.language.use("ru")
    palette = opened(window, "copy link coll")
    assert titles(palette)[0] == "Скопировать ссылку для коллег"
    assert palette.shown()[0].place == "Салон"
    key(palette, Qt.Key.Key_Escape)


def test_what_is_chosen_is_done_by_the_menu_itself(window: MainWindow, qtbot: QtBot) -> None:
    palette = opened(window, "webh")
    assert palette.current() is not None
    key(palette, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: _check(window.view_name == "webhooks"))


def test_keys_stand_at_the_right_and_are_the_menus_own(window: MainWindow) -> None:
    shown = {entry.title: entry.keys for entry in window.palette_desk.entries()}
    assert (shown["Queue"], shown["Find a salon or an action…"]) == ("Ctrl+2", "Ctrl+K")
    assert shown["Pause…"] == "Alt+P"


def test_a_salons_action_asks_before_it_does_anything(
    window: MainWindow, console: AskedConsole, qtbot: QtBot
) -> None:
    palette = opened(window, "discon salon")
    assert titles(palette)[0] == "Disconnect the salon…"
    key(palette, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: _check(QApplication.activeModalWidget() is not None))
    assert "uninstall" not in console.names()
    dialog = QApplication.activeModalWidget()
    assert dialog is not None
    dialog.close()


def test_what_is_not_allowed_now_is_shown_with_why_and_does_nothing(
    window: MainWindow, console: AskedConsole, qtbot: QtBot
) -> None:
    conftest.connect(console, role=StaffRole.VIEWER)
    palette = opened(window, "pause")
    entry = palette.current()
    assert entry is not None
    assert entry.title == "Pause…"
    assert entry.refusal == "Your role does not allow this. An administrator can."
    assert entry.refusal in palette.hint.text()
    assert entry.refusal in palette.field.accessibleDescription()
    found(palette, console, qtbot, "pause")
    key(palette, Qt.Key.Key_Return)
    assert palette.isVisible(), "it stays, with the reason"
    key(palette, Qt.Key.Key_Escape)


def test_salons_are_found_as_one_types_and_enter_does_not_have_to_wait(
    window: MainWindow, console: AskedConsole, qtbot: QtBot
) -> None:
    console.answers["find_salons"] = [samples.install(1001, title="Barber №7", city="Тверь")]
    window.show_view("queue")
    palette = opened(window, "barber")
    key(palette, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: _check(("open_salon", (1001,)) in console.asked))
    assert window.view_name == "queue", "one may look at a salon from anywhere"
    palette = opened(window)
    assert titles(palette)[0].startswith("\u2068Barber"), "what was chosen last comes first"
    key(palette, Qt.Key.Key_Escape)
    console.models.connection.began(Profile("2", "Other", "http://127.0.0.1:2", ProfileKind.DEMO))
    palette = opened(window)
    assert not titles(palette)[0].startswith("\u2068Barber"), "another gateway has other salons"
    key(palette, Qt.Key.Key_Escape)


def test_answers_that_come_late_are_left_aside(
    window: MainWindow, console: AskedConsole, qtbot: QtBot
) -> None:
    console.answers["find_salons"] = lambda text, limit: [samples.install(7, title=f"answer to {text}")]
    palette = opened(window, "zzz")
    found(palette, console, qtbot, "zzz")
    palette.field.setText("qqq")
    assert not any("answer to" in title for title in titles(palette))
    found(palette, console, qtbot, "qqq")
    assert any("answer to qqq" in title for title in titles(palette))
    key(palette, Qt.Key.Key_Escape)


def test_a_link_and_any_words_lead_on_even_without_a_connection(
    window: MainWindow, console: AskedConsole, qtbot: QtBot
) -> None:
    console.answers["find_salons"] = NotConnectedError()
    palette = opened(window, "admin://install/1001")
    found(palette, console, qtbot, "admin://install/1001")
    assert titles(palette)[0] == "Open admin://install/1001"
    key(palette, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: _check(("open_salon", (1001,)) in console.asked))
    palette = opened(window, "qqqzz")
    found(palette, console, qtbot, "qqqzz")
    key(palette, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: _check(window.views.installs.search.text() == "qqqzz"))


def test_the_selected_salons_actions_open_it_first(
    window: MainWindow, console: AskedConsole, qtbot: QtBot
) -> None:
    window.close_salon()
    console.models.salon.closed()
    window.show_view("installs")
    window.views.installs.select_salon(1006)
    row = window.views.installs.current_row()
    assert row is not None
    assert row.salon_id == 1006
    salon, post = console.models.salon, window.tools.bridge.post
    console.answers["open_salon"] = lambda salon_id: post(lambda: salon.opened(salon_id, row))
    palette = opened(window, "pause")
    key(palette, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: _check(QApplication.activeModalWidget() is not None))
    assert ("open_salon", (1006,)) in console.asked
    dialog = QApplication.activeModalWidget()
    assert dialog is not None
    dialog.close()


def test_arrows_go_round_and_a_screen_reader_hears_each(window: MainWindow) -> None:
    palette = opened(window)
    first = palette.field.accessibleDescription()
    key(palette, Qt.Key.Key_Up)
    last = palette.field.accessibleDescription()
    key(palette, Qt.Key.Key_Down)
    assert palette.field.accessibleDescription() == first != last
    assert palette.field.hasFocus()
    key(palette, Qt.Key.Key_Escape)
