"""The callback queue: counters and reasons that filter, one call or many."""

from __future__ import annotations

from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.model.problem import Trouble
from desktop.model.profiles import ProfileKind
from desktop.qt.tools import Tools
from desktop.qt.views.call_queue import QueueView
from desktop.qt.views.queue_table import CallCells, QueueColumn
from desktop.services.errors import OperationRefusedError
from shared.admin_wire import BulkPlanRequest, CallCounts, CallFilter, CallRow
from shared.vocabulary import BulkState, CallState
from tests.fakes.console import AskedConsole
from tests.gui import samples
from tests.gui.conftest import Stage, StillClock, connect
from tests.gui.seeing import press, unnamed_controls

ROWS = [
    samples.call(7),
    samples.call(8, salon_id=124, title="Barber", error_code="aggregator_not_found", last_status=400),
    samples.call(9, salon_id=125, state=CallState.HELD, reason="Support is asked"),
    samples.call(
        10, salon_id=126, state=CallState.WAITING, next_attempt_at=samples.NOW + timedelta(seconds=95)
    ),
]
COUNTS = CallCounts(
    by_state={CallState.FAILED: 240, CallState.HELD: 1, CallState.WAITING: 12, CallState.DONE: 4210},
    failed_by_code={"token_refused": 230, "aggregator_not_found": 10}, cursor=20,
)  # fmt: skip


@pytest.fixture
def view(tools: Tools, stage: Stage) -> QueueView:
    """Return the queue, empty."""
    return stage.show(QueueView(tools), 1000, 800)


def fill(console: AskedConsole, rows: list[CallRow] | None = None) -> None:
    """Let the gateway tell the queue."""
    console.models.queue.start(ROWS if rows is None else rows, is_complete=True)
    console.models.queue.set_counts(COUNTS)
    QApplication.processEvents()


def asked_filter(console: AskedConsole) -> CallFilter:
    """Return what the queue was asked to be filtered by last."""
    given = console.last("set_queue_filter")[0]
    assert isinstance(given, CallFilter)
    return given


def test_counters_show_how_many_stand_where(view: QueueView, console: AskedConsole) -> None:
    fill(console)
    assert view.chips.chip("failed").count == 240
    assert view.chips.chip("done").count == 4210
    assert view.total.text() == "253 calls"


def test_what_needs_a_person_is_shown_at_first(view: QueueView) -> None:
    assert view.kept_filter().states == [CallState.FAILED, CallState.HELD, CallState.WAITING]


def test_a_counter_filters(view: QueueView, console: AskedConsole, qtbot: QtBot) -> None:
    fill(console)
    view.chips.chip("held").click()
    view.chips.chip("waiting").click()
    qtbot.waitUntil(lambda: console.names().count("set_queue_filter") == 2)
    assert asked_filter(console).states == [CallState.FAILED]


def test_a_reason_filters_and_is_said_in_words_with_its_count(
    view: QueueView, console: AskedConsole, qtbot: QtBot
) -> None:
    fill(console)
    told = [view.reasons.itemText(at) for at in range(view.reasons.count())]
    assert told == [
        "Any reason", "YCLIENTS does not accept our token (230)", "YCLIENTS does not find our application (10)",
    ]  # fmt: skip
    view.reasons.setCurrentIndex(1)
    view.reasons.activated.emit(1)
    qtbot.waitUntil(lambda: "set_queue_filter" in console.names())
    assert asked_filter(console).error_codes == ["token_refused"]


def test_a_chosen_reason_stays_when_the_numbers_change(view: QueueView, console: AskedConsole) -> None:
    fill(console)
    view.reasons.setCurrentIndex(2)
    console.models.queue.set_counts(COUNTS.model_copy(update={"failed_by_code": {}, "cursor": 30}))
    assert view.reasons.currentData() == "aggregator_not_found"


def test_words_filter(view: QueueView, console: AskedConsole, qtbot: QtBot) -> None:
    view.search.setText("barber  казань")
    press(view.search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "set_queue_filter" in console.names())
    assert asked_filter(console).search == "barber  казань"


def test_each_call_is_explained_in_its_row(tools: Tools) -> None:
    cells = CallCells(tools.ticker)
    assert cells.text(ROWS[0], QueueColumn.WHY) == "YCLIENTS does not accept our token"
    assert "PARTNER_TOKEN" in cells.tooltip(ROWS[0], QueueColumn.WHY)
    assert cells.text(ROWS[2], QueueColumn.WHY) == "Support is asked"
    assert cells.text(ROWS[3], QueueColumn.NEXT) == "in 1 min"
    assert cells.text(ROWS[0], QueueColumn.STATUS) == "401"


def test_enter_opens_the_call_in_its_salon(view: QueueView, console: AskedConsole) -> None:
    fill(console)
    opened: list[tuple[int, int]] = []
    view.call_opened.connect(lambda salon_id, call_id: opened.append((salon_id, call_id)))
    view.list.setCurrentIndex(view.table.index(1, 0))
    press(view.list, Qt.Key.Key_Return)
    assert opened == [(124, 8)]


def test_many_selected_calls_are_planned_together(
    view: QueueView, console: AskedConsole, qtbot: QtBot
) -> None:
    fill(console)
    view.list.selectAll()
    assert view.selection_bar.isVisible()
    view.retry_selected.click()
    qtbot.waitUntil(lambda: console.names() == ["plan_bulk"])
    request = console.last("plan_bulk")[0]
    assert isinstance(request, BulkPlanRequest)
    assert request.call_ids == [7, 8, 9, 10]


def test_all_that_match_are_planned_by_the_filter_itself(
    view: QueueView, console: AskedConsole, qtbot: QtBot
) -> None:
    fill(console)
    view.reasons.setCurrentIndex(1)
    assert "253" in view.retry_all.text()
    view.retry_all.click()
    qtbot.waitUntil(lambda: console.names() == ["plan_bulk"])
    request = console.last("plan_bulk")[0]
    assert request.call_ids == []
    assert request.error_codes == ["token_refused"]
    assert request.states == [CallState.FAILED, CallState.HELD, CallState.WAITING]


def test_a_refused_plan_is_explained(view: QueueView, console: AskedConsole, qtbot: QtBot) -> None:
    console.answers["plan_bulk"] = OperationRefusedError("database_unavailable", "…", "ref12345")
    fill(console)
    view.retry_all.click()
    qtbot.waitUntil(lambda: view.trouble.isVisible())
    assert "ref12345" in view.trouble.text.text()


def test_production_is_read_only(view: QueueView, console: AskedConsole) -> None:
    connect(console, ProfileKind.PRODUCTION)
    fill(console)
    assert not view.retry_all.isEnabled()
    assert "read-only" in view.retry_all.toolTip()


def test_offline_nothing_can_be_retried(view: QueueView, console: AskedConsole) -> None:
    fill(console)
    console.models.connection.was_lost(Trouble("connection_lost"))
    assert not view.retry_all.isEnabled()
    assert "No connection" in view.retry_all.toolTip()


def test_an_empty_queue_is_good_news(view: QueueView, console: AskedConsole) -> None:
    fill(console, [])
    assert view.empty.isVisible()
    assert view.empty.title.text() == "YCLIENTS took everything"


def test_a_filter_that_finds_nothing_can_be_cleared(
    view: QueueView, console: AskedConsole, qtbot: QtBot
) -> None:
    view.search.put("nobody")
    fill(console, [])
    assert view.empty.title.text() == "No call matches"
    view.empty.action.click()
    qtbot.waitUntil(lambda: "set_queue_filter" in console.names())
    assert asked_filter(console).search == ""


def test_rows_wait_while_the_pointer_is_over_the_list(view: QueueView, console: AskedConsole) -> None:
    fill(console)
    view.list.pointer_entered.emit()
    console.models.queue.apply([samples.call(11, salon_id=127)], [127])
    assert len(console.models.queue.rows) == 4
    assert view.waiting.isVisible()
    view.waiting.click()
    assert len(console.models.queue.rows) == 5


def test_the_filter_is_kept_between_runs(
    view: QueueView, console: AskedConsole, qtbot: QtBot, tools: Tools, stage: Stage
) -> None:
    view.chips.chip("held").click()
    qtbot.waitUntil(lambda: "update_preferences" in console.names())
    kept = console.last("update_preferences")[0]
    console.models.preferences.update(filters=kept)
    again = stage.show(QueueView(tools))
    assert again.kept_filter().states == [CallState.FAILED, CallState.WAITING]


def test_a_bulk_retry_that_goes_on_is_shown_again(
    view: QueueView, console: AskedConsole, qtbot: QtBot
) -> None:
    connect(console)
    qtbot.waitUntil(lambda: "load_recent_bulks" in console.names())
    running = samples.bulk(state=BulkState.RUNNING, started_at=samples.NOW)
    console.models.bulk.set_recent([samples.bulk(bulk_id=4, state=BulkState.DONE), running])
    qtbot.waitUntil(lambda: "open_bulk" in console.names())
    assert console.last("open_bulk") == (5,)


def test_earlier_bulk_retries_are_a_menu_away(view: QueueView, console: AskedConsole, qtbot: QtBot) -> None:
    console.models.bulk.set_recent([samples.bulk(bulk_id=4, state=BulkState.DONE)])
    menu = view.recent_menu()
    assert "No. 4" in menu.actions()[0].text()
    menu.actions()[0].trigger()
    qtbot.waitUntil(lambda: "open_bulk" in console.names())


def test_times_go_on_without_news(view: QueueView, console: AskedConsole, clock: StillClock) -> None:
    fill(console)
    before = view.table.cells.text(ROWS[0], QueueColumn.NEXT)
    clock.move(3600)
    assert view.table.cells.text(ROWS[0], QueueColumn.NEXT) != before


def test_every_control_has_a_name(view: QueueView, console: AskedConsole) -> None:
    fill(console)
    console.models.bulk.set_view(samples.bulk())
    view.list.selectAll()
    assert unnamed_controls(view) == []
