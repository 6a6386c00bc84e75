"""Jobs of the operator's guide that no other journey does, in one real window against a real gateway."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from pydantic import SecretStr
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog
from shiboken6 import isValid

from desktop.bootstrap import Program
from desktop.qt.dialogs.confirm import ConfirmDialog
from desktop.qt.main_window import MainWindow
from desktop.qt.views.backups import PRACTISE
from desktop.qt.views.payments import PaymentsDialog
from desktop.qt.views.salon import SalonView
from gateway.domain.signatures import fingerprint
from gateway.sandbox.links import Activation
from gateway.storage.postgres_programs import database_of, with_database
from shared.vocabulary import CallState, NextStep, PartnerState, Stage, WhatsappState
from tests.support.backstage import Backstage
from tests.support.console_story import a_salon
from tests.support.console_window import running_console, type_text, wait_until
from tests.support.databases import Databases
from tests.support.harness import PARTNER_TOKEN

pytestmark = pytest.mark.qt
ROOT = Path(__file__).resolve().parents[2]
BY_DEV = "python3 dev.py gateway "


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


def rotation_told(program: Program, window: MainWindow) -> dict[str, str | None]:
    """Have the gateway that was just started examined; return the fingerprint the check shows of each PARTNER_TOKEN."""
    doctor, view = program.console.models.doctor, window.views.doctor
    program.bridge.run(program.console.reconnect_now)
    wait_until(lambda: program.console.models.connection.is_live, "connected again")
    before = doctor.report.examined_at if doctor.report else None
    window.show_view("doctor")
    press(view.again)
    wait_until(lambda: doctor.report is not None and doctor.report.examined_at != before, "examined")
    return {which: shown if shown != "not set" else None for which, shown, _ in tokens_told(window)}


def tokens_told(window: MainWindow) -> list[tuple[str, ...]]:
    """Return what the check says of each PARTNER_TOKEN: which, fingerprint, when it fitted last and what it fitted."""
    told = window.views.doctor.tokens.texts()
    return [tuple(told[at : at + 3]) for at in range(0, len(told), 3)]


def last_use_told(program: Program, window: MainWindow, which: str) -> str:
    """Examine once more and return when a token fitted last, and what."""
    rotation_told(program, window)
    return next(last for word, _, last in tokens_told(window) if word == which)


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
    a_salon_of(backstage, console, 410_026, "Другой")
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


def test_the_partner_token_is_changed_in_three_rounds_and_the_check_tells_how_far_it_is(
    backstage: Backstage, console: tuple[Program, MainWindow]
) -> None:
    """Job J10, as docs/operations.md has it: learn, use, forget; entries signed by either are let in meanwhile."""
    program, window = console
    market, usual = backstage.harness.sandbox.market, backstage.harness.sandbox.market.config
    old, new = PARTNER_TOKEN, "partner-token-after-rotation-8d21"
    backstage.restart(partner_token_next=SecretStr(new))
    assert rotation_told(program, window) == {
        "Current": fingerprint(old),
        "Previous": None,
        "Next": fingerprint(new),
    }
    market.config = replace(usual, partner_token=new, partner_tokens_also=(old,))  # YCLIENTS has changed it
    market.add_salon(a_salon(410_010, "Смена токена", "Тверь"))
    backstage.do(backstage.harness.link(410_010))
    wait_until(lambda: "fitted" in last_use_told(program, window, "Next"), "when and by what it fitted")
    assert "the signature of an owner's entry" in last_use_told(program, window, "Next")
    backstage.restart(
        partner_token=SecretStr(new), partner_token_previous=SecretStr(old), partner_token_next=None
    )
    assert rotation_told(program, window) == {"Current": fingerprint(new), "Previous": fingerprint(old)}
    backstage.do(backstage.harness.install(410_010))
    market.config = replace(usual, partner_token=new)
    backstage.restart(partner_token_previous=None)
    assert rotation_told(program, window) == {"Current": fingerprint(new), "Previous": None}
    doctor = program.console.models.doctor
    assert doctor.report is not None
    assert doctor.report.checks[0].code == "token_accepted"
    shown = "".join(window.views.doctor.tokens.texts())
    assert old not in shown
    assert new not in shown
    backstage.restart(partner_token=SecretStr(old))
    market.config = usual


def test_growth_is_told_and_a_backup_is_made_at_a_press_and_by_the_command_and_brought_back(
    backstage: Backstage, console: tuple[Program, MainWindow]
) -> None:
    """Jobs J21 and J22: what grows; the commands as they are copied, but for the address that is to be put in."""
    _, window = console
    harness, view = backstage.harness, window.views.doctor
    folder = harness.gateway.settings.backup_dir
    assert folder is not None
    folder.mkdir()
    window.show_view("doctor")
    press(view.backups.make)
    backstage.do(run_in_a_shell(QApplication.clipboard().text(), folder, harness.database_url))
    (folder / "notes.txt").write_text("no backup")
    press(view.again)
    wait_until(lambda: view.backups.files.rowCount() == 2, "both files are listed")
    cells = view.backups.files.model()
    states = {cells.index(at, 0).data(): cells.index(at, 4).data() for at in range(2)}
    (made,) = [name for name in states if name.endswith(".dump")]
    assert states == {made: "Verified when it was made", "notes.txt": "No backup, or damaged"}
    wait_until(lambda: view.backups.now.isEnabled(), "there is a folder")
    press(view.backups.now)
    wait_until(lambda: view.backups.files.rowCount() == 3, "one more is made and verified")
    assert cells.index(0, 4).data() == "Verified when it was made"
    wait_until(lambda: view.storage.tables.rowCount() > 0, "what grows is listed")
    assert "The database takes" in view.storage.told.text()

    view.backups.files.selectRow([cells.index(at, 0).data() for at in range(3)].index(made))
    press(view.backups.restore)
    command = QApplication.clipboard().text()
    assert PRACTISE in command
    aside = with_database(harness.database_url, "test_in_quarantine")
    backstage.do(run_in_a_shell(command.replace(PRACTISE, f"'{aside}'"), folder, harness.database_url))
    brought = backstage.do(salons_of(aside))
    assert brought == backstage.do(salons_of(harness.database_url)), "the same, beside the one in use"
    assert backstage.do(harness.http.get("/marketplace/health")).status_code == 200
    backstage.do(drop_database(aside))


async def run_in_a_shell(command: str, folder: Path, database_url: str) -> None:
    """Run what was copied, in the project's folder on the gateway's machine.

    `dev.py gateway` becomes `python -m gateway`, which is started here at once: `dev.py` may make .venv anew first.
    """
    assert command.startswith(BY_DEV)
    command = f"{shlex.quote(sys.executable)} -m gateway {command.removeprefix(BY_DEV)}"
    environment = os.environ | {"BACKUP_DIR": str(folder), "DATABASE_URL": database_url}
    running = await asyncio.create_subprocess_shell(
        command, cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await running.communicate()
    assert running.returncode == 0, said.decode()


async def salons_of(url: str) -> list[tuple[Any, ...]]:
    """Return the installs a database holds, and what they are called."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT i.salon_id, i.generation, i.support_code, c.title FROM installs i JOIN companies c "
            "ON c.id = i.company_id ORDER BY i.salon_id, i.generation"
        )
    finally:
        await connection.close()
    return [tuple(row) for row in rows]


async def drop_database(url: str) -> None:
    """Drop what was brought back for practice."""
    connection = await asyncpg.connect(with_database(url, "postgres"))
    try:
        await connection.execute(f'DROP DATABASE "{database_of(url)}" WITH (FORCE)')
    finally:
        await connection.close()


def test_a_salon_that_yclients_calls_already_installed_is_found_compared_and_handed_to_support(
    backstage: Backstage, console: tuple[Program, MainWindow], tmp_path: Path
) -> None:
    """Job J8, incident I-01: YCLIENTS refuses a salon as already installed, and its moderator has to be shown why."""
    program, window = console
    view = a_salon_of(backstage, console, 410_008, "Уже установлен")
    market = backstage.harness.sandbox.market
    fault = market.faults.put("403_installed", operation="callback_redirect", salon_id=410_008, effect=False)
    backstage.do(backstage.harness.scan(backstage.do(backstage.harness.link(410_008)), 410_008))
    wait_until(lambda: row_of(program).stage is Stage.ATTENTION, "it needs help")
    window.views.installs.chips.chip(Stage.ATTENTION).click()
    board = program.console.models.board
    wait_until(lambda: board.find(410_008) is not None and board.filter.stages == [Stage.ATTENTION], "found")
    window.views.installs.chips.chip(Stage.ATTENTION).click()
    wait_until(lambda: bool(view.error.text()), "what it means is said")
    press(view.bundle)
    (choose,) = [each for each in window.findChildren(QFileDialog) if each.isVisible()]
    choose.fileSelected.emit(str(tmp_path / "support.html"))
    choose.close()
    wait_until((tmp_path / "support.html").is_file, "the bundle is made")
    page = (tmp_path / "support.html").read_text(encoding="utf-8")
    for told in ("403", "Пользователь уже установил это приложение."):
        assert told in page
    assert PARTNER_TOKEN not in page

    market.faults.clear(fault.id)
    market.activate(410_008, Activation())  # the moderator has set it right, and no webhook says so
    press(view.reconcile)
    wait_until(lambda: "YCLIENTS says" in view.done.text.text(), "what the comparison found is told")
    wait_until(
        lambda: "refused; their status: active" in view.header.partner.word.text(), "both sides are shown"
    )
    assert acts(backstage, "installs.reconcile")[-1]["salon_id"] == 410_008
    press(view.primary)
    wait_until(
        lambda: row_of(program).stage is Stage.ACTIVE, "refused in earnest now, and their status is taken"
    )
    newest = "SELECT verdict FROM partner_attempts ORDER BY id DESC LIMIT 2"
    verdicts = [row["verdict"] for row in backstage.do(backstage.harness.rows(newest))]
    assert verdicts == ["status_active", "already_installed_or_refused"]
    assert len(market.api_keys(410_008)) == 1, "it was not tried again with another key"


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
