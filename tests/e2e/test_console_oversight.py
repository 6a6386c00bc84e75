"""Looking after the staff in the real window, against a real gateway: the audit, the members, the alarms."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication

from desktop.bootstrap import Program
from desktop.qt.dialogs.confirm import ConfirmDialog
from desktop.qt.main_window import MainWindow
from desktop.services import exports
from gateway.storage import audit_store
from shared.vocabulary import AlarmKind, StaffRole
from tests.support.backstage import Backstage, running_backstage
from tests.support.console_window import running_console, type_text, wait_until
from tests.support.databases import Databases
from tests.support.harness import SALON
from tests.support.staff import request

pytestmark = pytest.mark.qt
WRONG = {"salon_id": SALON, "application_id": 4321, "event": "payment", "partner_token": "not-the-right-one"}


@pytest.fixture(scope="module")
def backstage(databases: Databases) -> Iterator[Backstage]:
    """A gateway with its sandbox, beside the window."""
    with running_backstage(databases) as made:
        yield made


@pytest.fixture(scope="module")
def console(
    qapp: QApplication, backstage: Backstage, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Program, MainWindow]]:
    """The whole console, connected, in English; one for all, whose tests come in any order."""
    token, url = backstage.staff_token(), backstage.harness.url
    with running_console(qapp, tmp_path_factory.mktemp("settings"), url, token, language="en") as (
        program,
        window,
    ):
        wait_until(lambda: program.console.models.connection.is_live, "connected")
        yield program, window


def press(control: QAbstractButton) -> None:
    """Press a button as a person does, once it can be pressed."""
    wait_until(lambda: control.isVisible() and control.isEnabled(), f"{control.text()} can be pressed")
    QTest.mouseClick(control, Qt.MouseButton.LeftButton)


def test_the_audit_is_searched_checked_and_written_to_a_file_that_runs_nothing(
    backstage: Backstage, console: tuple[Program, MainWindow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_store, "PAGE", 4)
    _program, window = console
    harness = backstage.harness
    backstage.do(harness.install(SALON))
    boss = backstage.staff_token("=1+1")
    given = {"salon_id": SALON, "generation": 1, "reason": "=cmd|'/C calc'!A0"}
    assert backstage.do(request(harness, "installs.freeze", boss, given)).status_code == 200
    for number in range(5):
        backstage.do(harness.gateway.staff.add(f"member {number}", StaffRole.VIEWER))
    (counted,) = backstage.do(harness.rows("SELECT count(*)::int AS acts FROM audit_log"))
    acts = counted["acts"]
    view = window.views.audit
    said = view.work.check.state.word
    window.show_view("audit")
    wait_until(lambda: view.table.rowCount() == acts, "every act is shown")
    view.words.setFocus()
    type_text(view.words, "calc")
    wait_until(lambda: view.table.rowCount() == 1, "the act is found by its reason")
    wait_until(lambda: view.details.what.text() == "Paused a salon", "it is shown")
    assert "is_frozen_by_staff: \u2068false\u2069 → \u2068true\u2069" in view.details.changes.text()
    path = tmp_path / "found.csv"
    view.export_to(str(path))
    wait_until(lambda: "is written: 1 rows" in view.work.export.state.word.text(), "the file is there")
    with path.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["staff"], row["reason"]) == ("'=1+1", "'=cmd|'/C calc'!A0")
    press(view.check)
    wait_until(lambda: f"The chain is whole: all {acts} rows" in said.text(), "the chain is followed")
    change = "UPDATE audit_log SET reason = 'because' WHERE operation = 'installs.freeze' RETURNING id"
    (broken,) = backstage.do(harness.gateway.storage.write(lambda tx: tx.sql(change)))
    press(view.check)
    wait_until(lambda: f"Row {broken['id']} was altered" in said.text(), "it is found out")
    press(view.reset)
    wait_until(lambda: view.table.rowCount() == acts, "everything again")


def test_every_list_is_written_whole_to_a_file_that_runs_nothing_and_tells_no_phone(
    backstage: Backstage, console: tuple[Program, MainWindow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "PAGE", 2)
    program, window = console
    harness = backstage.harness
    for salon_id in (SALON + 1, SALON + 2, SALON + 3):
        backstage.do(harness.install(salon_id))
    change = "UPDATE companies SET title = '=1+1' WHERE yclients_id = %s RETURNING id"
    backstage.do(harness.gateway.storage.write(lambda tx: tx.sql(change, SALON + 1)))
    count = "SELECT count(*)::int AS installs, (SELECT count(*)::int FROM webhook_inbox) AS webhooks FROM installs"
    (counted,) = backstage.do(harness.rows(count))

    def exported(view: str, ending: str = "csv") -> Any:
        path = tmp_path / f"{view}.{ending}"
        window.show_view(view)
        wait_until(lambda: window.menus.actions["export"].isEnabled(), "the list can be saved")
        window.exports.export_to(view, window.view.kept_filter(), str(path))  # type: ignore[attr-defined]
        line = window.exports.lines[view]
        wait_until(lambda: line.isVisible() and "is written" in line.state.word.text(), "the file is there")
        line.close_work.click()
        assert not window.exports.isVisible()
        with path.open(encoding="utf-8-sig", newline="") as file:
            return json.load(file) if ending == "json" else list(csv.DictReader(file))

    rows = exported("installs")
    assert len(rows) == counted["installs"] > 2, "more than one page, and nothing twice"
    (mine,) = [row for row in rows if row["salon_id"] == str(SALON + 1)]
    assert mine["title"] == "'=1+1"
    assert "***" in mine["phone"]
    window.views.installs.search_for(str(SALON + 2))
    assert [row["salon_id"] for row in exported("installs", "json")] == [SALON + 2], "what the filter matches"
    window.views.installs.search_for("")
    assert len(exported("sessions")) >= 3
    assert len(exported("webhooks")) == counted["webhooks"]
    for view in ("queue", "consistency"):
        assert isinstance(exported(view), list)
    window.show_view("doctor")
    assert not window.menus.actions["export"].isEnabled()
    assert program.console.is_live


def test_a_member_is_added_comes_in_with_the_token_and_is_sent_away_when_it_is_taken(
    qapp: QApplication, backstage: Backstage, console: tuple[Program, MainWindow], tmp_path: Path
) -> None:
    program, window = console
    view = window.views.staff
    window.show_view("staff")
    wait_until(lambda: view.cards, "the members are listed")
    (mine,) = [card for card in view.cards if "(you)" in card.name.text()]
    assert not mine.revoke.isEnabled(), "one's own token cannot be taken away"
    before = len(view.cards)
    press(view.add)
    type_text(view.new.name, "Анна")
    press(view.new.submit)
    wait_until(lambda: view.new.is_showing_token, "the token is shown")
    token = view.new.token.text()
    press(view.new.copy)
    assert QApplication.clipboard().text() == token
    press(view.new.done)
    assert view.new.token.text() == ""
    wait_until(lambda: len(view.cards) == before + 1, "the new member is listed")
    QApplication.clipboard().clear()
    with running_console(qapp, tmp_path / "other", backstage.harness.url, token, language="en") as (other, _):
        wait_until(lambda: other.console.models.connection.is_live, "Анна is in")

        def card_says(text: str) -> bool:
            program.bridge.run(program.console.refresh)
            return any(text in card.state.word.text() for card in view.cards if "Анна" in card.name.text())

        wait_until(lambda: card_says("here now: 1 console open"), "that is seen")
        card = next(one for one in view.cards if "Анна" in one.name.text())
        press(card.revoke)
        dialog = window.findChild(ConfirmDialog)
        assert isinstance(dialog, ConfirmDialog)
        assert not dialog.verb.isEnabled(), "without a reason nobody is sent away"
        type_text(dialog.reason, "lost the laptop")
        press(dialog.verb)
        wait_until(lambda: not other.console.models.connection.is_live, "Анна is sent away")
    wait_until(lambda: len(view.cards) == before, "she is listed no more")
    press(view.revoked)
    wait_until(lambda: card_says("the token was taken away"), "but among those of before")


def test_an_alarm_is_snoozed_for_an_hour_and_woken(
    backstage: Backstage, console: tuple[Program, MainWindow]
) -> None:
    program, window = console
    view, alarms = window.views.alarms, program.console.models.alarms
    window.show_view("alarms")
    assert backstage.do(backstage.harness.webhook(WRONG)).status_code == 401
    wait_until(lambda: any(row.kind is AlarmKind.WEBHOOKS_REFUSED for row in alarms.open), "the alarm")
    wait_until(lambda: bool(window.notices.banners()), "it is told")
    (card,) = view.cards
    assert alarms.waiting == 1
    card.for_hour.trigger()
    wait_until(lambda: "snoozed by" in card.meta.text(), "it says so")
    assert alarms.waiting == 0
    wait_until(lambda: not window.notices.banners(), "its notice has left")
    press(card.wake)
    wait_until(lambda: alarms.waiting == 1, "it waits again")
