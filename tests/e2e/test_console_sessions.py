"""What runs, in the real window against real gateways: why a session broke, restarting it, draining a process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.bootstrap import Program
from desktop.model.sessions import RestartState
from desktop.qt.main_window import MainWindow
from desktop.qt.views import sessions
from desktop.qt.views.sessions import SessionsView
from desktop.qt.views.sessions_table import SessionColumn
from gateway.bootstrap import Gateway, running_gateway
from gateway.jobs import engine_watch
from shared.admin_wire import ProcessView, SessionRow
from shared.vocabulary import DrainState, WhatsappState
from tests.support.backstage import Backstage, running_backstage
from tests.support.console_window import wait_until
from tests.support.databases import Databases
from tests.support.harness import SALON, settings_for
from tests.support.salons import all_linked

pytestmark = pytest.mark.qt
MANY = (301_001, 301_002, 301_003)


@pytest.fixture
def backstage(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Iterator[Backstage]:
    """A gateway with its sandbox, beside the window."""
    monkeypatch.setattr(engine_watch, "EVERY_S", 0.2)
    monkeypatch.setattr(sessions, "_LOOK_EVERY", 1)
    with running_backstage(databases, sandbox_config={"enforce_limits": False}) as made:
        yield made


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


def test_a_broken_session_says_why_and_a_restart_brings_it_and_others_back(
    backstage: Backstage, console: tuple[Program, MainWindow]
) -> None:
    program, window = console
    harness = backstage.harness
    backstage.do(harness.install(SALON))
    backstage.do(all_linked(harness, MANY[:1]))
    view = opened(window)
    wait_until(lambda: is_so(program, SALON, WhatsappState.CONNECTED), "connected in the list")
    backstage.do(harness.phone("replace", SALON))
    wait_until(lambda: is_so(program, SALON, WhatsappState.REPLACED), "the list follows by itself")
    assert view.table.row_at(0).salon_id == SALON  # what is broken comes first
    told = view.table.cells.text(view.table.row_at(0), SessionColumn.CLOSE)
    assert told == "Номер открыт в другом месте"
    before = {salon_id: row.generation for salon_id in (SALON, MANY[0]) if (row := row_of(program, salon_id))}
    view.list.selectAll()
    view.restart.click()
    assert view.dialog is not None
    view.dialog.verb.click()
    restarts = program.console.models.restarts
    wait_until(lambda: restarts.rows and not restarts.is_running, "both were asked for")
    assert {row.state for row in restarts.rows} == {RestartState.DONE}
    for salon_id, generation in before.items():
        wait_until(partial(is_anew, program, salon_id, generation), "it is back")


def test_a_process_is_drained_before_a_restart_and_takes_part_again(
    backstage: Backstage, console: tuple[Program, MainWindow]
) -> None:
    program, window = console
    harness = backstage.harness
    backstage.do(all_linked(harness, MANY))
    view = opened(window)
    mine = harness.gateway.sessions._owner
    wait_until(lambda: (one := process_of(program, mine)) and one.sessions == 3, "the process holds three")
    assert not view.processes.lines[0].button.isEnabled()  # nobody could take its sessions
    settings = settings_for("http://127.0.0.1:1", harness.gateway.settings.yclients_api_url)
    entering = running_gateway(settings, harness.database_url)
    other: Gateway = backstage.do(entering.__aenter__())
    try:
        theirs = other.sessions._owner
        wait_until(lambda: process_of(program, theirs) is not None, "another process is shown")
        line = next(each for each in view.processes.lines if each.process and each.process.name == mine)
        line.button.click()
        dialog = view.processes.dialog
        assert dialog is not None
        dialog.reason.setPlainText("обновление")
        dialog.verb.click()
        wait_until(
            lambda: (
                (one := process_of(program, mine)) and (one.drain, one.sessions) == (DrainState.DRAINED, 0)
            ),
            "drained",
        )
        for salon_id in MANY:
            wait_until(partial(is_so, program, salon_id, WhatsappState.CONNECTED, theirs), "the other has it")
        line.button.click()
        wait_until(lambda: (one := process_of(program, mine)) and one.drain is None, "it takes part again")
    finally:
        backstage.do(entering.__aexit__(None, None, None))
    for salon_id in MANY:
        wait_until(partial(is_so, program, salon_id, WhatsappState.CONNECTED, mine), "and has them back")
