"""What runs, in the real window against real gateways: lights, a number taken over, restarts, draining a process."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from functools import partial

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from shiboken6 import isValid

from desktop.bootstrap import Program
from desktop.model.sessions import RestartState
from desktop.qt.main_window import MainWindow
from desktop.qt.views import sessions
from desktop.qt.views.processes import ProcessLine
from desktop.qt.views.sessions import SessionsView
from desktop.qt.views.sessions_table import SessionColumn
from gateway.bootstrap import Gateway, running_gateway
from gateway.jobs import engine_watch
from shared.admin_wire import ProcessView, SessionRow
from shared.version import VERSION
from shared.vocabulary import DrainState, WhatsappState
from tests.support.backstage import Backstage, running_backstage
from tests.support.console_window import running_console, wait_until
from tests.support.databases import Databases
from tests.support.harness import SALON, settings_for
from tests.support.salons import all_linked, connected

pytestmark = pytest.mark.qt
MANY = (301_001, 301_002)
WAITING = (301_011,)
TAKEN, LINKING, BESIDE = 101_005, 301_031, 301_041


@pytest.fixture(scope="module")
def backstage(databases: Databases) -> Iterator[Backstage]:
    """A gateway with its sandbox, beside the window."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine_watch, "EVERY_S", 0.2)
        patch.setattr(sessions, "_LOOK_EVERY", 1)
        with running_backstage(databases, sandbox_config={"enforce_limits": False}) as made:
            yield made


@pytest.fixture(scope="module")
def console(
    qapp: QApplication, backstage: Backstage, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Program, MainWindow]]:
    """The whole console, connected; one for all, each test has salons of its own."""
    token, url = backstage.staff_token(), backstage.harness.url
    with running_console(qapp, tmp_path_factory.mktemp("settings"), url, token) as (program, window):
        wait_until(lambda: program.console.models.connection.is_live, "connected")
        yield program, window


@contextlib.contextmanager
def another_process(backstage: Backstage) -> Iterator[str]:
    """Run a second gateway on the same database and give its name."""
    harness = backstage.harness
    settings = settings_for("http://127.0.0.1:1", harness.gateway.settings.yclients_api_url)
    entering = running_gateway(settings, harness.database_url)
    other: Gateway = backstage.do(entering.__aenter__())
    try:
        yield other.sessions._owner
    finally:
        backstage.do(entering.__aexit__(None, None, None))


def opened(window: MainWindow) -> SessionsView:
    """Go to the sessions by their key."""
    QTest.keyClick(window, Qt.Key.Key_6, Qt.KeyboardModifier.ControlModifier)
    assert window.view_name == "sessions"
    return window.views.sessions


def row_of(program: Program, salon_id: int) -> SessionRow | None:
    return program.console.models.sessions.find(salon_id)


def process_of(program: Program, name: str) -> ProcessView | None:
    return next((each for each in program.console.models.processes.rows if each.name == name), None)


def is_so(program: Program, salon_id: int, state: WhatsappState, owner: str | None = None) -> bool:
    row = row_of(program, salon_id)
    return row is not None and row.state is state and (owner is None or row.owner == owner)


def is_anew(program: Program, salon_id: int, generation: int) -> bool:
    row = row_of(program, salon_id)
    return row is not None and row.state is WhatsappState.CONNECTED and row.generation > generation


def is_drained(program: Program, name: str) -> bool:
    one = process_of(program, name)
    return one is not None and (one.drain, one.sessions) == (DrainState.DRAINED, 0)


def replacements(backstage: Backstage, salon_id: int) -> int:
    """Return how often another connection took a salon's number, by the event log."""
    told = "SELECT 1 FROM marketplace_events WHERE salon_id = %s AND type = 'session.connection_replaced'"
    return len(backstage.do(backstage.harness.rows(told, salon_id)))


def line_of(view: SessionsView, name: str) -> ProcessLine:
    return next(each for each in view.processes.lines if each.process and each.process.name == name)


def drained(view: SessionsView, name: str) -> None:
    """Have a process drained by its button, with a reason."""
    line_of(view, name).button.click()
    dialog = view.processes.dialog
    assert dialog is not None
    assert dialog.cancel.isDefault()
    dialog.reason.setPlainText("обновление")
    dialog.verb.click()


def test_a_broken_session_says_why_and_a_restart_brings_it_and_others_back(
    backstage: Backstage, console: tuple[Program, MainWindow]
) -> None:
    program, window = console
    harness = backstage.harness
    backstage.do(harness.install(SALON))
    backstage.do(all_linked(harness, [BESIDE]))
    view = opened(window)
    wait_until(lambda: is_so(program, SALON, WhatsappState.CONNECTED), "connected in the list")
    backstage.do(harness.phone("replace", SALON))
    wait_until(lambda: is_so(program, SALON, WhatsappState.REPLACED), "the list follows by itself")
    assert view.table.row_at(0).salon_id == SALON  # what is broken comes first
    told = view.table.cells.text(view.table.row_at(0), SessionColumn.CLOSE)
    assert told == "Номер открыт в другом месте"
    before = {salon_id: row.generation for salon_id in (SALON, BESIDE) if (row := row_of(program, salon_id))}
    view.list.selectAll()
    view.restart.click()
    assert view.dialog is not None
    view.dialog.verb.click()
    restarts = program.console.models.restarts
    wait_until(lambda: restarts.rows and not restarts.is_running, "both were asked for")
    assert {row.state for row in restarts.rows} == {RestartState.DONE}
    for salon_id, generation in before.items():
        wait_until(partial(is_anew, program, salon_id, generation), "it is back")


def test_a_number_that_another_service_took_over_is_told_in_words_and_not_fought_for(
    backstage: Backstage, console: tuple[Program, MainWindow]
) -> None:
    """Job J11, code 440: two processes of ours never take a number from each other, and nobody from a third."""
    program, window = console
    harness, view = backstage.harness, opened(window)
    salon_id, mine = TAKEN, harness.gateway.sessions._owner
    backstage.do(harness.install(salon_id))
    with another_process(backstage) as theirs:
        wait_until(lambda: process_of(program, theirs) is not None, "two processes")
        wait_until(lambda: is_so(program, salon_id, WhatsappState.CONNECTED, mine), "one of them has it")
        drained(view, mine)
        wait_until(lambda: is_so(program, salon_id, WhatsappState.CONNECTED, theirs), "handed over")
        line_of(view, mine).button.click()
        assert replacements(backstage, salon_id) == 0, "the number was never open twice"
    wait_until(lambda: is_so(program, salon_id, WhatsappState.CONNECTED, mine), "whoever is left takes it")
    assert replacements(backstage, salon_id) == 0
    backstage.do(harness.phone("replace", salon_id))
    wait_until(lambda: is_so(program, salon_id, WhatsappState.REPLACED), "another service has the number")
    row = row_of(program, salon_id)
    assert row is not None
    told = view.table.cells.text(view.table.row_at(0), SessionColumn.CLOSE)
    assert told == "Номер открыт в другом месте"
    window.open_salon(salon_id)
    salon = window.views.salon
    wait_until(lambda: salon.header.number.text() == str(salon_id), "its story is open")
    wait_until(lambda: "в другом" in salon.error.text(), "what it means")
    assert "440" not in salon.error.text()
    due = "SELECT needs_owner_at, lease_owner, generation FROM whatsapp_sessions WHERE salon_id = %s"
    (kept,) = backstage.do(harness.rows(due, salon_id))
    assert kept == {"needs_owner_at": None, "lease_owner": None, "generation": row.generation}, (
        "nobody fights"
    )
    assert replacements(backstage, salon_id) == 1
    view.list.setFocus()
    view.list.selectRow(program.console.models.sessions.index_of(salon_id) or 0)
    view.restart.click()
    assert view.dialog is not None
    view.dialog.verb.click()
    wait_until(partial(is_anew, program, salon_id, row.generation), "back without a new code")


def test_versions_are_told_and_open_pairings_before_a_process_is_drained_for_a_new_one(
    backstage: Backstage, console: tuple[Program, MainWindow]
) -> None:
    """Job J28: bring a new version without interrupting an owner."""
    program, window = console
    harness, view = backstage.harness, opened(window)
    about = window.show_about()
    assert about.informativeText().splitlines()[:2] == [f"Консоль {VERSION}", f"Шлюз {VERSION}"]
    about.close()
    backstage.do(all_linked(harness, MANY))
    mine = harness.gateway.sessions._owner
    wait_until(lambda: (one := process_of(program, mine)) and one.sessions >= len(MANY), "it holds them")
    assert f"версия {VERSION}" in line_of(view, mine).facts.text()
    backstage.do(connected(harness, LINKING))  # while there is only one process: it is the one to be drained
    pairing = view.processes.pairing
    wait_until(lambda: "перезапуск его прервёт" in pairing.word.text(), "an owner is linking: wait")
    with another_process(backstage) as theirs:
        wait_until(lambda: process_of(program, theirs) is not None, "another process is shown")
        line_of(view, mine).button.click()
        dialog = view.processes.dialog
        assert dialog is not None
        asked = next(each.text() for each in dialog.findChildren(QLabel) if "код будет выдан" in each.text())
        assert "привязывает" in asked
        QTest.keyClick(dialog, Qt.Key.Key_Return)  # Cancel is the default
        wait_until(lambda: not isValid(dialog) or not dialog.isVisible(), "not now")
        one = process_of(program, mine)
        assert one is not None
        assert one.drain is None
        backstage.do(harness.phone("scan", LINKING))
        wait_until(lambda: "никто не привязывает" in pairing.word.text(), "the owner is through")
        drained(view, mine)
        wait_until(lambda: is_drained(program, mine), "drained: it may be restarted")
        for salon_id in (*MANY, LINKING):
            wait_until(partial(is_so, program, salon_id, WhatsappState.CONNECTED, theirs), "the other has it")
        line_of(view, mine).button.click()
        wait_until(lambda: (one := process_of(program, mine)) and one.drain is None, "it takes part again")
    for salon_id in (*MANY, LINKING):
        wait_until(partial(is_so, program, salon_id, WhatsappState.CONNECTED, mine), "and has them back")


def test_lights_tell_what_runs_what_waits_and_which_session_nobody_holds(
    backstage: Backstage, console: tuple[Program, MainWindow]
) -> None:
    """Job J1: see what is running. It comes last: a token that was refused is asked only once a minute."""
    program, window = console
    harness, view = backstage.harness, opened(window)
    lights, mine = view.processes, harness.gateway.sessions._owner
    wait_until(lambda: lights.owned.word.text() == "у каждой сессии есть процесс", "all is well")
    wait_until(lambda: lights.living.word.text() == "1 процесс работает", "this one is alone")
    wait_until(
        lambda: lights.calls.word.text() == "вызовы не ждут", "the calls of the tests before are through"
    )
    assert lights.webhooks.word.text() == "вебхуки не ждут"
    held = harness.sandbox.market.faults.put("401", operation="*")  # one request a minute: the rest waits
    backstage.do(all_linked(harness, WAITING))
    wait_until(lambda: "очереди" in lights.calls.word.text(), "the queue that waits is told")
    harness.sandbox.market.faults.clear(held.id)
    with another_process(backstage) as theirs:
        wait_until(lambda: lights.living.word.text() == "2 процесса работают", "the other one is there")
        drained(view, mine)
        wait_until(lambda: is_drained(program, mine), "it has handed its sessions over")
    # Whoever held them has left, and the one that is left takes none.
    wait_until(lambda: process_of(program, theirs) is None, "the other one has left")
    wait_until(lambda: "без процесса" in lights.owned.word.text(), "nobody holds them, and it is told")
    line_of(view, mine).button.click()
    wait_until(lambda: lights.owned.word.text() == "у каждой сессии есть процесс", "held again")
