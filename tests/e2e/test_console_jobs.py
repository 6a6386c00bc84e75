"""Jobs of the operator's guide that no other journey does, in one real window against a real gateway."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication
from shiboken6 import isValid

from desktop.bootstrap import Program
from desktop.qt.dialogs.confirm import ConfirmDialog
from desktop.qt.main_window import MainWindow
from desktop.qt.views.payments import PaymentsDialog
from desktop.qt.views.salon import SalonView
from gateway.storage.backup import back_up
from shared.vocabulary import CallState, NextStep, PartnerState, Stage, WhatsappState
from tests.support.backstage import Backstage
from tests.support.console_story import a_salon
from tests.support.console_window import running_console, type_text, wait_until
from tests.support.databases import Databases

pytestmark = pytest.mark.qt


@pytest.fixture(scope="module")
def backstage(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backstage]:
    """A gateway with its sandbox, beside the window."""
    folder = tmp_path_factory.mktemp("backups") / "of-the-gateway"
    made = Backstage(asyncio.run(databases.fresh()), backup_dir=folder)
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def console(
    qapp: QApplication, backstage: Backstage, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Program, MainWindow]]:
    """The whole console, connected, in English; one for all, each test has a salon of its own."""
    token, url = backstage.staff_token(), backstage.harness.url
    folder = tmp_path_factory.mktemp("settings")
    with running_console(qapp, folder, url, token, language="en") as (program, window):
        wait_until(lambda: program.console.models.connection.is_live, "connected")
        yield program, window


def press(control: QAbstractButton) -> None:
    """Press a button by the keyboard, once it can be pressed."""
    wait_until(lambda: control.isVisible() and control.isEnabled(), f"{control.text()} can be pressed")
    control.setFocus()
    QTest.keyClick(control, Qt.Key.Key_Space)


def confirm(window: MainWindow, reason: str = "", name: str = "") -> None:
    """Answer the question that is asked."""
    dialog = [one for one in window.findChildren(ConfirmDialog) if one.isVisible()][-1]
    assert dialog.cancel.isDefault()
    if reason:
        assert not dialog.verb.isEnabled(), "without a reason nothing is done"
        type_text(dialog.reason, reason)
    if name:
        type_text(dialog.typed, name)
    press(dialog.verb)
    wait_until(lambda: not isValid(dialog) or not dialog.isVisible(), "the question is answered")


def take_back_by_key(window: MainWindow) -> None:
    """Press Ctrl+Z, once something can be taken back."""
    window.activateWindow()
    wait_until(window.isActiveWindow, "the keys come here")
    wait_until(lambda: window.menus.actions["take_back"].isEnabled(), "something can be taken back")
    QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)


def a_salon_of(
    backstage: Backstage, console: tuple[Program, MainWindow], salon_id: int, title: str
) -> SalonView:
    """Let a salon of the sandbox enter, and open it in the console."""
    program, window = console
    backstage.harness.sandbox.market.add_salon(a_salon(salon_id, title, "Тверь"))
    backstage.do(backstage.harness.link(salon_id))
    window.show_view("installs")
    window.open_salon(salon_id)
    salon = program.console.models.salon
    wait_until(lambda: salon.detail is not None and salon.salon_id == salon_id, f"{title} is open")
    return window.views.salon


def installed(
    backstage: Backstage, console: tuple[Program, MainWindow], salon_id: int, title: str
) -> SalonView:
    """Let a salon become active, and open it in the console."""
    view = a_salon_of(backstage, console, salon_id, title)
    backstage.do(backstage.harness.install(salon_id))
    program, _ = console
    wait_until(lambda: row_of(program).stage is Stage.ACTIVE, f"{title} is active")
    return view


def row_of(program: Program) -> Any:
    """Return the open salon's row."""
    row = program.console.models.salon.row
    assert row is not None
    return row


def acts(backstage: Backstage, operation: str) -> list[dict[str, Any]]:
    """Return what the audit has of an operation."""
    return backstage.do(
        backstage.harness.rows("SELECT salon_id, reason FROM audit_log WHERE operation = %s", operation)
    )


def test_a_pairing_code_is_asked_for_a_phone_and_links_it(
    backstage: Backstage, console: tuple[Program, MainWindow]
) -> None:
    program, _ = console
    view = a_salon_of(backstage, console, 410_004, "Код по телефону")
    view.tabs.setCurrentIndex(1)
    type_text(view.qr.phone, "+7 999 410-00-04")
    press(view.qr.request_code)
    wait_until(lambda: len(view.qr.code.text()) == 9, "the code is shown")
    code = view.qr.code.text()
    backstage.do(backstage.harness.phone("enter-code", 410_004, code=code))
    wait_until(lambda: row_of(program).stage is Stage.ACTIVE, "linked and active")
    assert acts(backstage, "sessions.pairing_code")[0]["salon_id"] == 410_004


def test_a_salon_is_reset_for_another_try(backstage: Backstage, console: tuple[Program, MainWindow]) -> None:
    program, window = console
    view = installed(backstage, console, 410_005, "Новая попытка")
    view.tabs.setCurrentIndex(1)
    press(view.qr.relink)
    confirm(window, "another number")
    wait_until(lambda: row_of(program).whatsapp_state is WhatsappState.PAIRING, "it pairs anew")
    backstage.do(backstage.harness.phone("scan", 410_005))
    wait_until(lambda: row_of(program).whatsapp_state is WhatsappState.CONNECTED, "linked again")


def test_why_an_activation_failed_is_told_with_the_request_the_answer_and_advice(
    backstage: Backstage, console: tuple[Program, MainWindow]
) -> None:
    program, window = console
    view = a_salon_of(backstage, console, 410_006, "Отказ")
    market = backstage.harness.sandbox.market
    fault = market.faults.put("400_aggregator", operation="callback_redirect", salon_id=410_006)
    backstage.do(backstage.harness.scan(backstage.do(backstage.harness.link(410_006)), 410_006))
    wait_until(lambda: row_of(program).stage is Stage.ATTENTION, "it needs help")
    window.show_view("queue")
    window.views.queue.chips.chip("failed")
    queue = program.console.models.queue
    wait_until(lambda: queue.counts is not None and queue.count_of(CallState.FAILED) == 1, "counted")
    wait_until(lambda: any(row.salon_id == 410_006 for row in queue.rows), "the queue shows it first")
    call_id = next(row.call_id for row in queue.rows if row.salon_id == 410_006)
    window.show_view("installs")
    window.open_salon(410_006)
    wait_until(lambda: program.console.models.salon.salon_id == 410_006, "it is open")
    view.open_call(call_id)
    wait_until(lambda: [card.attempts.isChecked() for card in view.calls.cards] == [True], "the call is open")
    wait_until(lambda: any(card.attempt_rows for card in view.calls.cards), "each attempt is told")
    line = view.calls.cards[0].attempt_rows[0]
    line.toggle.click()
    detail = line._detail_text()
    assert "/marketplace/partner/callback/redirect" in detail
    assert "400" in detail
    assert "partner-token-for-tests" not in detail
    assert view.error.text(), "what it means is said above"
    market.faults.clear(fault.id)


def test_the_assistant_is_switched_off_with_a_reason_and_on_again(
    backstage: Backstage, console: tuple[Program, MainWindow]
) -> None:
    program, window = console
    view = installed(backstage, console, 410_016, "Молчание")
    assert view.header.assistant.word.text() == "The assistant answers customers"
    press(view.assistant)
    confirm(window, "the owner answers alone")
    wait_until(lambda: not row_of(program).is_assistant_on, "it is off")
    assert "the owner answers alone" in view.header.assistant.word.text()
    board = program.console.models.board
    wait_until(
        lambda: (row := board.find(410_016)) is not None and not row.is_assistant_on, "the board knows"
    )
    assert row_of(program).whatsapp_state is WhatsappState.CONNECTED
    press(view.assistant)
    confirm(window, "asked to come back")
    wait_until(lambda: row_of(program).is_assistant_on, "it is on")
    assert [act["reason"] for act in acts(backstage, "installs.assistant")] == [
        "the owner answers alone",
        "asked to come back",
    ]


def test_a_salon_is_paused_and_let_run_again(
    backstage: Backstage, console: tuple[Program, MainWindow]
) -> None:
    program, window = console
    view = installed(backstage, console, 410_017, "Пауза")
    press(view.freeze)
    confirm(window, "did not pay")
    wait_until(lambda: row_of(program).is_frozen_by_staff, "paused")
    wait_until(lambda: row_of(program).whatsapp_state is WhatsappState.STOPPED, "the bot is silent")
    take_back_by_key(window)
    wait_until(
        lambda: row_of(program).whatsapp_state is WhatsappState.CONNECTED, "it is back at work at once"
    )
    press(view.freeze)
    confirm(window, "did not pay after all")
    wait_until(lambda: row_of(program).whatsapp_state is WhatsappState.STOPPED, "the bot is silent again")
    press(view.primary)
    confirm(window, "paid")
    wait_until(lambda: row_of(program).whatsapp_state is WhatsappState.CONNECTED, "it runs, nobody scanned")


def test_a_salon_is_disconnected_only_after_ten_seconds_in_which_it_can_be_taken_back(
    backstage: Backstage, console: tuple[Program, MainWindow]
) -> None:
    program, window = console
    view = installed(backstage, console, 410_019, "Уход")
    press(view.uninstall)
    confirm(window, "the owner left")
    line = window.undo.lines[0]
    wait_until(line.isVisible, "it can be taken back")
    window.show_view("doctor")
    a_salon_of(backstage, console, 410_020, "Другой")
    assert line.isVisible(), "over another view and another salon"
    assert "Уход" in line.text.text()
    take_back_by_key(window)
    wait_until(lambda: acts(backstage, "installs.keep"), "taken back")
    wait_until(line.isHidden, "nothing is offered any more")
    waiting = "SELECT 1 FROM partner_calls WHERE kind = 'uninstall' AND state <> 'cancelled'"
    assert backstage.do(backstage.harness.rows(waiting)) == [], "nothing is sent to YCLIENTS"
    window.open_salon(410_019)
    wait_until(lambda: row_of(program).salon_id == 410_019 and view.uninstall.isEnabled(), "it is back")
    assert row_of(program).partner_state is PartnerState.ACTIVE
    press(view.uninstall)
    confirm(window, "the owner left after all")
    hurry = (
        "UPDATE partner_calls SET next_attempt_at = now() WHERE kind = 'uninstall' AND finished_at IS NULL"
    )
    backstage.do(backstage.harness.gateway.storage.write(lambda tx: tx.count(hurry)))
    wait_until(lambda: row_of(program).partner_state is PartnerState.UNINSTALLED, "disconnected")
    wait_until(lambda: row_of(program).whatsapp_state is None, "the phone's credentials are gone")


def test_who_is_stuck_is_found_by_the_stage_with_age_and_next_step_and_gets_a_fresh_link(
    backstage: Backstage, console: tuple[Program, MainWindow]
) -> None:
    program, window = console
    view = a_salon_of(backstage, console, 410_025, "Застряли")
    board, installs = program.console.models.board, window.views.installs
    wait_until(lambda: board.find(410_025) is not None, "it is on the board")
    installs.chips.chip(Stage.NEW).click()
    wait_until(lambda: all(row.stage is Stage.NEW for row in board.rows), "only those of that stage")
    row = board.find(410_025)
    assert row is not None
    assert (row.next_step, bool(row.stage_since)) == (NextStep.LINK_PHONE, True)
    installs.chips.chip(Stage.NEW).click()
    QApplication.clipboard().clear()
    press(view.link)
    wait_until(lambda: "/marketplace/onboarding?token=" in QApplication.clipboard().text(), "it is copied")
    url = QApplication.clipboard().text()
    page = backstage.do(backstage.harness.http.get(url))
    assert page.status_code == 200
    assert acts(backstage, "links.create")[-1]["salon_id"] == 410_025


def test_growth_and_backups_are_told_with_the_check(
    backstage: Backstage, console: tuple[Program, MainWindow]
) -> None:
    _, window = console
    folder = backstage.harness.gateway.settings.backup_dir
    assert folder is not None
    folder.mkdir()
    backstage.do(back_up(backstage.harness.database_url, folder / "ai-admin.dump"))
    (folder / "notes.txt").write_text("no backup")
    window.show_view("doctor")
    view = window.views.doctor
    press(view.again)
    wait_until(lambda: view.backups.files.rowCount() == 2, "both files are listed")
    cells = view.backups.files.model()
    states = {cells.index(at, 0).data(): cells.index(at, 4).data() for at in range(2)}
    assert states == {"ai-admin.dump": "Verified when it was made", "notes.txt": "No backup, or damaged"}
    wait_until(lambda: view.storage.tables.rowCount() > 0, "what grows is listed")
    assert "The database takes" in view.storage.told.text()


def test_a_payment_is_told_paid_back_by_its_sum_and_the_owner_gets_an_address_to_pay_at(
    backstage: Backstage, console: tuple[Program, MainWindow]
) -> None:
    _, window = console
    view = installed(backstage, console, 410_020, "Оплата")
    press(view.payments)
    dialog = window.findChild(PaymentsDialog)
    assert isinstance(dialog, PaymentsDialog)
    shown = dialog.payments
    wait_until(lambda: "Nothing yet" in shown.nothing.text(), "there is none")
    type_text(shown.amount, "990.50")
    press(shown.notify)
    confirm(window, "bank transfer 17")
    wait_until(lambda: shown.table.rowCount() == 1, "it is listed")
    (theirs,) = backstage.harness.sandbox.market.payments_of(410_020)
    assert shown.table.model().index(0, 3).data() == str(theirs.id)
    shown.table.selectRow(0)
    press(shown.refund)
    confirm(window, "the owner asked", name="990.50")
    wait_until(lambda: theirs.refunded_at is not None, "paid back")
    wait_until(lambda: shown.table.model().index(0, 4).data() == "Paid back", "it says so")
    QApplication.clipboard().clear()
    press(shown.link)
    wait_until(lambda: "/appstore/payment/" in QApplication.clipboard().text(), "the address is copied")
    dialog.close()
