from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.model.profiles import ProfileKind
from desktop.qt.install_cells import Column
from desktop.qt.row_actions import RowAction, action_of
from desktop.qt.tools import Tools
from desktop.qt.views.installs import InstallsView
from shared.admin_wire import InstallFilter
from shared.vocabulary import CallState, NextStep, Stage
from tests.fakes.console import AskedConsole
from tests.gui import conftest, samples
from tests.gui.windows import counts_of, installs


@pytest.fixture
def view(tools: Tools, console: AskedConsole, stage: conftest.Stage) -> InstallsView:
    made = InstallsView(tools)
    rows = installs()
    console.models.board.start(rows, is_complete=True)
    console.models.board.set_counts(counts_of(rows))
    return stage.show(made, 1280, 800)


def enter(view: InstallsView) -> None:
    place = QPointF(100, 100)
    QApplication.sendEvent(view.list, QEnterEvent(place, place, place))


def leave(view: InstallsView) -> None:
    QApplication.sendEvent(view.list, QEvent(QEvent.Type.Leave))


def filters_of(console: AskedConsole) -> list[InstallFilter]:
    return [given[0] for name, given in console.asked if name == "set_filter"]


def test_the_table_keeps_qts_rules_whatever_the_board_does(view: InstallsView, console: AskedConsole) -> None:
    tester = QAbstractItemModelTester(view.table, QAbstractItemModelTester.FailureReportingMode.Fatal)
    board = console.models.board
    rows = installs(40)
    board.apply(rows[24:], [row.salon_id for row in rows[24:]])
    board.apply([], [rows[3].salon_id, rows[30].salon_id])
    moved = rows[5].model_copy(
        update={"version": 100, "stage": Stage.ATTENTION, "stage_since": samples.ago(days=9)}
    )
    board.apply([moved], [moved.salon_id])
    board.start(rows[:2], is_complete=False)
    board.extend(rows[2:9], is_complete=True)
    assert view.table.rowCount() == 9
    tester.deleteLater()


def test_who_is_stuck_comes_first_with_a_word_and_an_action(view: InstallsView) -> None:
    first = view.table.row_at(0)
    assert first.stage is Stage.ATTENTION
    assert view.table.index(0, Column.STAGE).data() == "Needs help"
    assert view.table.index(0, Column.ACTION).data() == "Retry"


def test_a_name_of_300_letters_or_from_right_to_left_changes_no_row(view: InstallsView) -> None:
    heights = {view.list.rowHeight(number) for number in range(view.table.rowCount())}
    assert len(heights) == 1
    long = next(n for n in range(view.table.rowCount()) if len(view.table.row_at(n).title) == 300)
    tooltip = view.table.index(long, Column.SALON).data(Qt.ItemDataRole.ToolTipRole)
    assert view.table.row_at(long).title.split()[0] in tooltip
    assert len(tooltip) > 290
    for number in range(view.table.rowCount()):
        text = view.table.index(number, Column.SALON).data()
        assert text.startswith("\u2068")
        assert "\n" not in text


def test_a_counter_filters_by_its_stage_and_all_takes_it_back(
    view: InstallsView, console: AskedConsole, qtbot: QtBot
) -> None:
    view.chips.chip("attention").click()
    view.chips.chip("new").click()
    view.chips.chip("all").click()
    qtbot.waitUntil(lambda: len(filters_of(console)) == 3)
    assert [given.stages for given in filters_of(console)] == [
        [Stage.ATTENTION], [Stage.ATTENTION, Stage.NEW], [],
    ]  # fmt: skip
    assert view.chips.chip("all").isChecked()


def test_counters_show_how_many_and_say_it_to_screen_readers(view: InstallsView) -> None:
    assert view.chips.chip("attention").count == 6
    assert view.chips.chip("attention").accessibleName() == "Needs help: 6"


def test_every_letter_searches_and_the_same_words_not_twice(
    view: InstallsView, console: AskedConsole, qtbot: QtBot
) -> None:
    QTest.keyClicks(view.search, "bar ")
    QTest.keyClick(view.search, Qt.Key.Key_Return)
    QTest.keyClicks(view.search, "7")
    qtbot.waitUntil(lambda: len(filters_of(console)) >= 4)
    assert [given.search for given in filters_of(console)] == ["b", "ba", "bar", "bar 7"]


def test_a_click_and_enter_open_a_salon_and_control_enter_fills_the_window(
    view: InstallsView, qtbot: QtBot
) -> None:
    view.list.setCurrentIndex(view.table.index(2, 0))
    salon_id = view.table.row_at(2).salon_id
    with qtbot.waitSignal(view.salon_opened) as opened:
        QTest.keyClick(view.list, Qt.Key.Key_Return)
    assert opened.args == [salon_id]
    with qtbot.waitSignal(view.salon_filled) as filled:
        QTest.keyClick(view.list, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert filled.args == [salon_id]
    place = view.list.visualRect(view.table.index(1, Column.SALON)).center()
    with qtbot.waitSignal(view.salon_opened) as clicked:
        QTest.mouseClick(view.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert clicked.args == [view.table.row_at(1).salon_id]


def test_a_rows_button_and_its_key_say_what_was_chosen(view: InstallsView, qtbot: QtBot) -> None:
    place = view.list.visualRect(view.table.index(0, Column.ACTION)).center()
    with qtbot.waitSignal(view.action_chosen) as pressed:
        QTest.mouseClick(view.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert pressed.args == [RowAction.RETRY, view.table.row_at(0)]
    view.list.setCurrentIndex(view.table.index(0, 0))
    with qtbot.waitSignal(view.action_chosen):
        QTest.keyClick(view.list, Qt.Key.Key_Return, Qt.KeyboardModifier.AltModifier)


@pytest.mark.parametrize("step", NextStep)
def test_every_next_step_has_an_action(step: NextStep) -> None:
    assert action_of(samples.install(next_step=step)) in RowAction


def test_a_call_that_ended_is_not_offered_to_be_retried() -> None:
    row = samples.install(next_step=NextStep.RETRY_ACTIVATION, call_state=CallState.DONE)
    assert action_of(row) is RowAction.OPEN


def test_rows_wait_while_the_pointer_is_in_the_list(view: InstallsView, console: AskedConsole) -> None:
    board = console.models.board
    before = [row.salon_id for row in board.rows]
    enter(view)
    fresh = samples.install(5000, version=99, stage_since=samples.ago(days=30))
    board.apply([fresh], [5000])
    assert [row.salon_id for row in board.rows] == before
    assert view.waiting.isVisible()
    assert view.waiting.text() == "1 change waits"
    view.waiting.click()
    assert board.rows[0].salon_id == 5000
    assert not view.waiting.isVisible()
    leave(view)
    assert not board.is_held


def test_scrolling_to_the_end_asks_for_the_next_page(
    view: InstallsView, console: AskedConsole, qtbot: QtBot
) -> None:
    console.models.board.start(installs(60), is_complete=False)
    view.list.scrollToBottom()
    qtbot.waitUntil(lambda: "load_more" in console.names())


def test_many_rows_bring_a_bar_that_retries_their_calls_together(view: InstallsView, qtbot: QtBot) -> None:
    view.list.selectAll()
    assert view.selection_bar.isVisible()
    assert view.selected.text() == "24 selected"
    with qtbot.waitSignal(view.bulk_retry_chosen) as chosen:
        view.retry_selected.click()
    assert sorted(chosen.args[0]) == sorted(row.call_id for row in installs() if row.call_id)
    view.clear_selected.click()
    assert not view.selection_bar.isVisible()


def test_the_bar_says_why_nothing_can_be_retried_on_locked_production(
    view: InstallsView, console: AskedConsole
) -> None:
    conftest.connect(console, ProfileKind.PRODUCTION)
    view.list.selectAll()
    assert not view.retry_selected.isEnabled()
    assert "read-only" in view.retry_selected.toolTip()


def test_what_was_selected_is_selected_after_everything_was_read_again(
    view: InstallsView, console: AskedConsole
) -> None:
    view.list.selectRow(4)
    chosen = view.selected_rows()
    console.models.board.start(
        [*installs(), samples.install(7, stage_since=samples.ago(days=99))], is_complete=True
    )
    assert view.selected_rows() == chosen
    assert view.current_row() == chosen[0]


def test_the_menu_copies_the_number_a_summary_and_a_link(view: InstallsView) -> None:
    row = view.table.row_at(0)
    menu = view.menu_of(row)
    texts = []
    for action in menu.actions():
        if action.text().startswith("Copy"):
            action.trigger()
            texts.append(QApplication.clipboard().text())
    assert texts[0] == str(row.salon_id)
    assert f"admin://install/{row.salon_id}" in texts[1]
    assert row.support_code in texts[1]
    assert texts[2] == f"admin://install/{row.salon_id}"
    menu.deleteLater()


def test_an_empty_board_teaches_and_a_filter_without_matches_can_be_cleared(
    view: InstallsView, console: AskedConsole, qtbot: QtBot
) -> None:
    board = console.models.board
    board.start([], is_complete=True)
    board.set_counts(counts_of([]))
    assert "sandbox" in view.empty.text.text()
    view.search_for("nobody")
    board.start([], is_complete=True)
    assert view.empty.title.text() == "No install matches"
    view.empty.action.click()
    qtbot.waitUntil(lambda: len(filters_of(console)) == 2)
    assert filters_of(console)[1] == InstallFilter()


def test_without_a_gateway_the_board_leads_to_choosing_one(
    tools: Tools, console: AskedConsole, stage: conftest.Stage, qtbot: QtBot
) -> None:
    console.models.connection.profile = None
    console.models.connection.welcome = None
    view = stage.show(InstallsView(tools))
    assert view.empty.title.text() == "Not connected to a gateway"
    with qtbot.waitSignal(view.connection_wanted):
        view.empty.action.click()


def test_filter_and_search_are_kept_between_runs(
    view: InstallsView, console: AskedConsole, tools: Tools, stage: conftest.Stage, qtbot: QtBot
) -> None:
    view.chips.chip("attention").click()
    qtbot.waitUntil(lambda: "update_preferences" in console.names())
    console.models.preferences.update(filters=console.last("update_preferences")[0])
    again = stage.show(InstallsView(tools))
    assert again.kept_filter().stages == [Stage.ATTENTION]


def test_a_kept_filter_that_makes_no_sense_is_none(
    tools: Tools, console: AskedConsole, stage: conftest.Stage
) -> None:
    console.models.preferences.update(filters={"installs": '{"stages": ["no such"]}'})
    console.models.preferences.update(column_widths={"installs": "no header"})
    view = stage.show(InstallsView(tools))
    assert view.kept_filter() == InstallFilter()


def test_columns_fill_the_list_at_any_width_and_the_salon_is_always_there(view: InstallsView) -> None:
    for width in (500, 700, 1000, 1280, 1900):
        view.resize(width, 700)
        QApplication.processEvents()
        seen = [column for column in Column if not view.list.isColumnHidden(column)]
        assert {Column.STAGE, Column.SALON, Column.AGE, Column.ACTION} <= set(seen)
        assert view.list.horizontalScrollBar().maximum() <= 4 or width == 500


def test_ages_go_on_by_themselves(view: InstallsView, clock: conftest.StillClock) -> None:
    number = view.table.rowCount() - 1
    before = view.table.index(number, Column.AGE).data()
    clock.move(7200)
    view.tools.ticker.second_passed.emit()
    assert view.table.index(number, Column.AGE).data() != before


def test_the_pointer_over_a_button_is_a_hand(view: InstallsView) -> None:
    place = view.list.visualRect(view.table.index(0, Column.ACTION)).center()
    QTest.mouseMove(view.list.viewport(), place)
    QTest.mouseMove(view.list.viewport(), place + QPoint(1, 0))
    assert view.list.viewport().cursor().shape() == Qt.CursorShape.PointingHandCursor
