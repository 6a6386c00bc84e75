"""The console's four jobs, done by a person's means in the real window against a real gateway."""

from __future__ import annotations

import os

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QWidget

from desktop.bootstrap import Program
from desktop.qt.main_window import MainWindow
from desktop.qt.views.salon import SalonView
from shared.vocabulary import CallState, Stage, WhatsappState
from tests.gui.seeing import codes_in
from tests.support.backstage import Backstage
from tests.support.console_window import type_text, wait_until
from tests.support.harness import SALON

pytestmark = pytest.mark.qt


def test_the_lists_show_what_their_filters_say_from_the_first_moment(
    backstage: Backstage, console: tuple[Program, MainWindow]
) -> None:
    program, window = console
    queue = program.console.models.queue
    backstage.do(backstage.harness.install(SALON))
    wait_until(lambda: queue.count_of(CallState.DONE) == 1, "the call is done")
    wait_until(lambda: program.console.is_quiet, "read")
    assert queue.filter == window.views.queue.kept_filter()
    assert list(queue.rows) == []
    assert program.console.models.board.filter == window.views.installs.kept_filter()


def test_a_member_of_staff_watches_an_install_live_from_the_first_entry_to_active(
    backstage: Backstage, console: tuple[Program, MainWindow]
) -> None:
    program, window = console
    board, harness = program.console.models.board, backstage.harness
    link = backstage.do(harness.link(SALON))
    wait_until(lambda: stage_of(program) is Stage.NEW, "a new install is on the board")
    press_row(window, SALON)
    salon = program.console.models.salon
    wait_until(lambda: salon.detail is not None and salon.salon_id == SALON, "its story is open")
    backstage.do(harness.show_qr(link, SALON))
    wait_until(lambda: stage_of(program) is Stage.LINKING, "linking")
    backstage.do(harness.phone("scan", SALON))
    wait_until(lambda: stage_of(program) is Stage.ACTIVE, "active")
    wait_until(
        lambda: any(line.type == "integration_activated" for line in salon.timeline), "the story tells it"
    )
    wait_until(lambda: board.count_of(Stage.ACTIVE) == 1, "the counter tells it")
    assert salon.row is not None
    assert salon.row.whatsapp_state is WhatsappState.CONNECTED
    shown = [line.type for line in salon.timeline]
    assert (
        shown.index("registration_started")
        < shown.index("activation_queued")
        < shown.index("integration_activated")
    )


def test_a_member_of_staff_shows_the_qr_which_a_phone_reads_and_every_view_is_in_the_audit(
    backstage: Backstage, console: tuple[Program, MainWindow]
) -> None:
    program, window = console
    harness = backstage.harness
    link = backstage.do(harness.link(SALON))
    qr = backstage.do(harness.show_qr(link, SALON))
    wait_until(lambda: stage_of(program) is Stage.LINKING, "linking")
    press_row(window, SALON)
    card = salon_view(window).qr
    show = salon_view(window).primary  # what is next for a salon that links is to show its code
    wait_until(lambda: show.isVisible() and show.isEnabled(), "the QR may be asked for")
    click(show)
    wait_until(lambda: card.isVisible(), "the card is there")
    assert not card.picture.is_showing, "nothing secret before somebody asks"
    card.open()
    wait_until(lambda: card.picture.is_showing, "the QR is shown")
    window.resize(1500, 1100)
    assert codes_in(card.picture) == [qr["qr"]]
    views = backstage.do(harness.rows("SELECT staff, salon_id FROM audit_log WHERE operation = 'qr.open'"))
    assert views == [{"staff": "Мария Петрова", "salon_id": SALON}]
    backstage.do(harness.phone("scan", SALON))
    wait_until(lambda: not card.picture.is_showing, "the QR is gone once the phone has it")
    wait_until(lambda: stage_of(program) is Stage.ACTIVE, "active")


def test_a_member_of_staff_retries_a_failed_callback_and_sees_it_succeed(
    backstage: Backstage, console: tuple[Program, MainWindow]
) -> None:
    program, window = console
    harness = backstage.harness
    market = harness.sandbox.market
    fault = market.faults.put("400_aggregator", operation="callback_redirect", salon_id=SALON)
    backstage.do(harness.scan(backstage.do(harness.link(SALON)), SALON))
    wait_until(lambda: stage_of(program) is Stage.ATTENTION, "it needs help")
    window.show_view("queue")
    queue = program.console.models.queue
    wait_until(
        lambda: [row.state for row in queue.rows] == [CallState.FAILED], "the failed call is in the queue"
    )
    assert queue.rows[0].error_code == "aggregator_not_found"
    market.faults.clear(fault.id)  # YCLIENTS has mended it
    window.show_view("installs")
    press_row(window, SALON)
    retry = salon_view(window).primary
    wait_until(lambda: retry.isVisible() and retry.isEnabled(), "it can be tried again")
    click(retry)
    wait_until(lambda: stage_of(program) is Stage.ACTIVE, "active after the retry")
    wait_until(
        lambda: queue.counts is not None and queue.counts.by_state.get(CallState.DONE) == 1, "the queue knows"
    )
    told = backstage.do(
        harness.rows("SELECT operation, salon_id FROM audit_log WHERE operation = 'calls.retry'")
    )
    assert told == [{"operation": "calls.retry", "salon_id": SALON}]
    assert len(market.api_keys(SALON)) == 1, "the key was not changed by the retry"


def test_a_member_of_staff_checks_the_partner_token_and_is_told_when_yclients_refuses_it(
    backstage: Backstage, console: tuple[Program, MainWindow]
) -> None:
    program, window = console
    doctor = program.console.models.doctor
    backstage.harness.sandbox.market.faults.put("401", operation="salons")
    QTest.keyClick(window, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    assert window.view_name == "doctor"
    wait_until(lambda: doctor.report is not None and not doctor.is_running, "examined")
    assert doctor.report is not None
    assert (doctor.report.checks[0].subject, doctor.report.checks[0].code) == (
        "PARTNER_TOKEN",
        "token_refused_401",
    )
    backstage.harness.sandbox.market.faults.clear()
    before = doctor.report.examined_at
    QTest.keyClick(window, Qt.Key.Key_F5)
    wait_until(lambda: doctor.report is not None and doctor.report.examined_at > before, "examined again")
    assert doctor.report.checks[0].code == "token_accepted"
    assert "partner-token-for-tests" not in "".join(text_of(one) for one in window.findChildren(QWidget))


def test_a_salon_is_found_by_typing_its_name(
    backstage: Backstage, console: tuple[Program, MainWindow]
) -> None:
    program, window = console
    for salon_id in (101001, 101005):
        backstage.do(backstage.harness.link(salon_id))
    board = program.console.models.board
    wait_until(lambda: len(board.rows) == 2, "both are there")
    QTest.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    type_text(window.views.installs.search, "елка")
    wait_until(lambda: [row.salon_id for row in board.rows] == [101001], "only «Ёлка» is left")


def stage_of(program: Program, salon_id: int = SALON) -> Stage | None:
    """Return the stage the board shows of a salon."""
    row = program.console.models.board.find(salon_id)
    return None if row is None else row.stage


def salon_view(window: MainWindow) -> SalonView:
    """Return the salon's pane."""
    return window.views.salon


def press_row(window: MainWindow, salon_id: int) -> None:
    """Click a salon's row in the list."""
    installs = window.views.installs
    at = installs.table.index(installs.tools.console.models.board.index_of(salon_id) or 0, 1)
    installs.list.selectionModel().setCurrentIndex(at, QItemSelectionModel.SelectionFlag.NoUpdate)
    place = installs.list.visualRect(at).center()
    QTest.mouseClick(installs.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    wait_until(lambda: window.is_salon_shown, "the salon's pane is open")


def click(button: QAbstractButton) -> None:
    """Press a button with the mouse."""
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def text_of(widget: QWidget) -> str:
    """Return whatever text a widget shows."""
    text = getattr(widget, "text", None)
    return str(text()) if callable(text) else ""
