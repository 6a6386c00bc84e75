"""Sessions and processes on the screen: who owns what, what broke, started and stopped, many restarted, one drained."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QTableWidget
from pytestqt.qtbot import QtBot

from desktop.model.problem import Trouble
from desktop.model.sessions import Restart, RestartState
from desktop.qt.tools import Tools
from desktop.qt.views.sessions import SessionsView
from desktop.qt.views.sessions_table import SessionCells, SessionColumn
from desktop.qt.views.storage import StorageCard
from desktop.services.errors import OperationRefusedError
from shared.admin_wire import SessionCounts, SessionFilter, SessionRow
from shared.vocabulary import DrainState, StaffRole, WhatsappState
from tests.fakes.console import AskedConsole
from tests.gui import samples
from tests.gui.conftest import Stage, StillClock, connect
from tests.gui.seeing import press, unnamed_controls

ROWS = [
    samples.session_row(7, state=WhatsappState.REPLACED, owner=None, engine_state=None, engine_is_open=None,
                    engine_memory_bytes=None, last_close="connection_replaced"),
    samples.session_row(8, title="Barber", engine_state="WORKING", adapter="waha"),
    samples.session_row(9, title="Beauty", state=WhatsappState.STOPPED, wanted="stopped", owner=None),
]  # fmt: skip
COUNTS = SessionCounts(
    by_state={WhatsappState.REPLACED: 1, WhatsappState.CONNECTED: 4200, WhatsappState.STOPPED: 1},
    by_adapter={"waha": 2, "neonize": 4200}, unowned=0, cursor=20,
)  # fmt: skip


@pytest.fixture
def view(tools: Tools, console: AskedConsole, stage: Stage) -> SessionsView:
    """Return the view with three sessions and two processes."""
    made = stage.show(SessionsView(tools), 1200, 900)
    fill(console)
    return made


def fill(console: AskedConsole) -> None:
    """Let the gateway tell what runs."""
    console.models.sessions.start(ROWS, is_complete=True)
    console.models.sessions.set_counts(COUNTS)
    console.models.processes.take(samples.process_list())
    QApplication.processEvents()


def select(view: SessionsView, *numbers: int) -> None:
    view.list.clearSelection()
    view.list.setSelectionMode(view.list.SelectionMode.MultiSelection)
    for number in numbers:
        view.list.selectRow(number)


def text_at(table: QTableWidget, row: int, column: int) -> str:
    item = table.item(row, column)
    return item.text() if item is not None else ""


def cell(tools: Tools, row: SessionRow, column: SessionColumn) -> str:
    return SessionCells(tools.ticker).text(row, column)


def test_a_row_tells_our_state_the_engines_word_its_owner_and_the_last_close_in_words(tools: Tools) -> None:
    replaced, working, _ = ROWS
    assert cell(tools, replaced, SessionColumn.STATE) == "Open elsewhere"
    assert cell(tools, replaced, SessionColumn.CLOSE) == "The number is open elsewhere"
    assert (cell(tools, replaced, SessionColumn.ENGINE), cell(tools, replaced, SessionColumn.OWNER)) == (
        "—",
        "—",
    )
    assert cell(tools, working, SessionColumn.ENGINE) == "WORKING"
    assert cell(tools, samples.session_row(), SessionColumn.ENGINE) == "Connected"
    assert cell(tools, working, SessionColumn.OWNER) == "gateway-a · 4711"
    assert cell(tools, working, SessionColumn.MEMORY) == "61 MB"
    assert cell(tools, working, SessionColumn.RECONNECTS) == "2"


def test_hover_tells_the_lease_and_that_engine_and_state_disagree(tools: Tools) -> None:
    cells = SessionCells(tools.ticker)
    told = cells.tooltip(samples.session_row(), SessionColumn.OWNER)
    assert samples.PROCESS in told
    assert "owns it since" in told
    assert "lease until" in told
    assert "gateway 0.5.0" in told
    lost = samples.session_row(state=WhatsappState.RECONNECTING)
    assert "They disagree" in cells.tooltip(lost, SessionColumn.ENGINE)
    assert "They disagree" not in cells.tooltip(samples.session_row(), SessionColumn.ENGINE)
    orphan = samples.session_row(owner=None, is_unowned=True)
    assert "next free one takes it" in cells.tooltip(orphan, SessionColumn.OWNER)


def test_it_is_read_only_while_somebody_looks(
    view: SessionsView, console: AskedConsole, qtbot: QtBot
) -> None:
    view.hide()
    qtbot.waitUntil(lambda: console.asked[-1] == ("show_running", (False,)))
    assert ("show_running", (True,)) in console.asked
    for _ in range(5):
        view.tools.ticker.second_passed.emit()
    assert "look_again" not in console.names()
    view.show()
    for _ in range(5):
        view.tools.ticker.second_passed.emit()
    qtbot.waitUntil(lambda: "look_again" in console.names())
    assert console.last("look_again") == ([7, 8, 9],)


def test_counters_filter_and_those_of_states_nobody_is_in_are_not_there(
    view: SessionsView, console: AskedConsole, qtbot: QtBot
) -> None:
    assert view.chips.chip("connected").count == 4200
    assert view.total.text() == "4202 sessions"
    assert not view.chips.chip("temp_banned").isVisible()
    view.chips.chip("replaced").click()
    qtbot.waitUntil(lambda: "set_session_filter" in console.names())
    assert console.last("set_session_filter") == (SessionFilter(states=[WhatsappState.REPLACED]),)


def test_sessions_are_filtered_by_process_by_engine_and_by_having_none(
    view: SessionsView, console: AskedConsole
) -> None:
    told = [view.owners.itemText(at) for at in range(view.owners.count())]
    assert told == ["Any process", "Without a process (0)", "gateway-a · 4711 (120)", "gateway-b · 92 (120)"]
    view.owners.setCurrentIndex(1)
    assert view.kept_filter().is_unowned
    assert view.kept_filter().owners == []
    view.owners.setCurrentIndex(2)
    assert (view.kept_filter().owners, view.kept_filter().is_unowned) == ([samples.PROCESS], False)
    assert view.adapters.itemText(2) == "WAHA server (2)"
    view.adapters.setCurrentIndex(2)
    assert view.kept_filter().adapters == ["waha"]
    console.models.processes.take(samples.process_list(samples.process(samples.OTHER_PROCESS)))
    assert view.kept_filter().owners == [samples.PROCESS]


def test_many_are_restarted_after_it_was_said_how_many_and_what_it_means(
    view: SessionsView, console: AskedConsole, qtbot: QtBot
) -> None:
    select(view, 0, 1, 2)
    assert (view.selected.text(), view.restart.text()) == ("3 selected", "Restart (2)…")
    view.restart.click()
    dialog = view.dialog
    assert dialog is not None
    told = dialog._question.text
    assert "2 sessions will get a new engine" in told
    assert "1 of them is connected" in told
    assert "1 was stopped on purpose" in told
    dialog.verb.click()
    qtbot.waitUntil(lambda: "restart_sessions" in console.names())
    (chosen,) = console.last("restart_sessions")
    assert [each.salon_id for each in chosen] == [7, 8]


def test_progress_and_what_became_of_each_are_shown(
    view: SessionsView, console: AskedConsole, qtbot: QtBot
) -> None:
    restarts = console.models.restarts
    restarts.begin([Restart(7, "Ёлка"), Restart(8, "Barber"), Restart(9, "Beauty")])
    restarts.move(7, RestartState.REFUSED, Trouble("install_frozen"))
    restarts.move(8, RestartState.DONE)
    panel = view.restarts
    assert panel.isVisible()
    assert (panel.bar.value(), panel.bar.maximum()) == (2, 3)
    select(view, 1)
    assert not view.restart.isEnabled()
    panel.stop.click()
    qtbot.waitUntil(lambda: "stop_restarts" in console.names())
    restarts.stop()
    restarts.end()
    assert panel.state.word.text() == "Restarted, but not all"
    assert panel.told.text() == "1 of 3 · 1 refused · 1 left as it was"
    assert text_at(panel.results, 0, 1).startswith("refused: ")
    assert view.restart.isEnabled()


def test_one_is_stopped_after_a_question_and_a_stopped_one_is_started(
    view: SessionsView, console: AskedConsole, qtbot: QtBot
) -> None:
    select(view, 1)
    assert view.stop.isVisible()
    assert not view.start.isVisible()
    view.stop.click()
    assert view.dialog is not None
    view.dialog.reason.setPlainText("проверяем")
    view.dialog.verb.click()
    qtbot.waitUntil(lambda: ("stop_session", (8, "проверяем")) in console.asked)
    select(view, 2)
    assert not view.restart.isEnabled()
    view.start.click()
    qtbot.waitUntil(lambda: ("start_session", (9,)) in console.asked)


def test_what_was_refused_is_explained(view: SessionsView, console: AskedConsole, qtbot: QtBot) -> None:
    console.answers["start_session"] = OperationRefusedError("install_frozen", "", "ref12345")
    select(view, 2)
    view.start.click()
    qtbot.waitUntil(view.trouble.isVisible)
    assert "ref12345" in view.trouble.text.text()


def test_enter_opens_the_salon_and_the_menu_has_what_the_bar_has(view: SessionsView) -> None:
    opened: list[int] = []
    view.salon_opened.connect(opened.append)
    view.list.setCurrentIndex(view.table.index(1, 0))
    press(view.list, Qt.Key.Key_Return)
    assert opened == [8]
    menu = view.row_menu(8)
    assert [act.text() for act in menu.actions() if act.text()] == ["Open the salon", "Restart…", "Stop…"]
    menu.deleteLater()


def test_a_process_tells_what_it_does_and_the_lights_what_waits(
    view: SessionsView, console: AskedConsole, clock: StillClock
) -> None:
    console.models.processes.take(samples.process_list(samples.process(pairing=2), unowned=3, calls_due=1))
    panel = view.processes
    assert panel.living.word.text() == "1 process live"
    assert panel.owned.word.text() == "3 sessions without a process"
    assert panel.calls.word.text() == "1 call is due"
    assert panel.webhooks.word.text() == "no webhook waits"
    assert "a restart would interrupt them" in panel.pairing.word.text()
    (line,) = panel.lines
    for part in (
        "version 0.5.0",
        "120 sessions",
        "2 owners are linking",
        "14 connections",
        "19 jobs",
        "190 MB",
    ):
        assert part in line.facts.text()
    clock.move(9)
    view.tools.ticker.second_passed.emit()
    assert "sign of life 10 s ago" in line.facts.text()


def test_a_process_is_drained_after_a_question_with_a_reason(
    view: SessionsView, console: AskedConsole, qtbot: QtBot
) -> None:
    console.models.processes.take(
        samples.process_list(samples.process(pairing=1), samples.process(samples.OTHER_PROCESS))
    )
    line = view.processes.lines[0]
    assert line.button.text() == "Drain…"
    line.button.click()
    dialog = view.processes.dialog
    assert dialog is not None
    assert "1 owner is linking there right now" in dialog._question.text
    assert dialog.cancel.isDefault()
    assert not dialog.verb.isEnabled()
    dialog.reason.setPlainText("обновление")
    dialog.verb.click()
    qtbot.waitUntil(lambda: ("drain_process", (samples.PROCESS, "обновление")) in console.asked)


def test_a_drain_shows_what_is_left_and_is_called_off_at_once(
    view: SessionsView, console: AskedConsole, qtbot: QtBot
) -> None:
    draining = samples.process(drain=DrainState.ASKED, sessions=17, drain_by="Мария")
    console.models.processes.take(samples.process_list(draining, samples.process(samples.OTHER_PROCESS)))
    line = view.processes.lines[0]
    assert line.state.word.text() == "hands its sessions over"
    assert "17 sessions still to hand over" in line.facts.text()
    assert "Мария" in line.facts.text()
    line.button.click()
    qtbot.waitUntil(lambda: console.last("let_take_part") == (samples.PROCESS,))


def test_the_last_process_and_one_for_an_operator_cannot_be_drained_and_say_why(
    view: SessionsView, console: AskedConsole
) -> None:
    console.models.processes.take(samples.process_list(samples.process()))
    assert not view.processes.lines[0].button.isEnabled()
    assert "no other process" in view.processes.lines[0].button.toolTip()
    console.models.processes.take(samples.process_list())
    assert view.processes.lines[0].button.isEnabled()
    connect(console, role=StaffRole.OPERATOR)
    assert "role" in view.processes.lines[0].button.toolTip()


def test_what_is_empty_says_what_would_be_here(view: SessionsView, console: AskedConsole) -> None:
    console.models.sessions.start([], is_complete=True)
    assert view.empty.title.text() == "No sessions yet"
    view.chips.choose(["failed"])
    console.models.sessions.start([], is_complete=True)
    assert view.empty.title.text() == "No session matches"
    view.empty.action.click()
    assert view.kept_filter() == SessionFilter()


def test_what_grows_is_told_with_terms_and_nothing_to_press_that_could_do_harm(
    tools: Tools, console: AskedConsole, stage: Stage
) -> None:
    card = stage.show(StorageCard(tools), 800, 400)
    console.models.storage.take(samples.storage_report())
    assert card.told.text() == (
        "The database takes 2.0 GB. Old rows were destroyed 20 min ago; it is done every hour."
    )
    row = [text_at(card.tables, 0, column) for column in range(4)]
    assert row == ["Story of the installs", "1,250,000", "2.0 GB", "365 days"]
    assert text_at(card.tables, 1, 3) == "—"
    console.models.storage.take(None, Trouble("request_timeout", reference="ref12345"))
    assert "ref12345" in card.trouble.text.text()
    assert card.tables.rowCount() == 2


def test_every_control_has_a_name(view: SessionsView) -> None:
    select(view, 0, 1)
    assert unnamed_controls(view) == []
