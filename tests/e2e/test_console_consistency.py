"""Theirs against ours, the support bundle and personal data: by a person's means in the real window, for real."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.bootstrap import Program
from desktop.qt.dialogs.confirm import ConfirmDialog
from desktop.qt.main_window import MainWindow
from gateway.application.records import EntryFacts
from shared.vocabulary import BulkState, DifferenceKind, Fix
from tests.integration.test_personal_data import leave
from tests.support.backstage import Backstage, running_backstage
from tests.support.console_window import type_text, wait_until
from tests.support.databases import Databases
from tests.support.harness import OTHER_SALON, SALON, Harness

pytestmark = [pytest.mark.qt, pytest.mark.expects_log("sweep_braked", "refused")]
LOST = range(750_001, 750_009)


@pytest.fixture
def backstage(databases: Databases) -> Iterator[Backstage]:
    """A gateway that sweeps only when it is asked, beside the window."""
    with running_backstage(databases, reconcile_every_s=1e6) as made:
        yield made


async def lose(harness: Harness) -> None:
    """Let us hold salons connected of which YCLIENTS knows nothing, and one refused that is active there."""
    for salon_id in LOST:
        facts = EntryFacts(
            salon_id, f"Салон {salon_id}", None, None, "active", signed=False, owner_user_id=None
        )
        await harness.gateway.installs.open_for_entry(facts)
    await change(
        harness,
        "UPDATE installs SET partner_state = 'active', partner_since = now() - interval '1 hour' "
        "WHERE salon_id = ANY(%s)",
        list(LOST),
    )
    await change(
        harness,
        "UPDATE installs SET partner_state = 'refused', partner_status = 'active' WHERE salon_id = %s", SALON,
    )  # fmt: skip


async def change(harness: Harness, statement: str, *values: Any) -> None:
    await harness.gateway.storage.write(lambda tx: tx.count(statement, *values))


def answer(reason: str, typed: str | None = None) -> None:
    """Fill in the question that is open, as a person would, and press its verb."""
    wait_until(lambda: isinstance(QApplication.activeModalWidget(), ConfirmDialog), "the question")
    dialog = cast(ConfirmDialog, QApplication.activeModalWidget())
    type_text(dialog.reason, reason)
    if typed is not None:
        type_text(dialog.typed, typed)
    assert dialog.verb.isEnabled(), dialog.verb.toolTip()
    QTest.mouseClick(dialog.verb, Qt.MouseButton.LeftButton)
    wait_until(lambda: QApplication.activeModalWidget() is None, "answered")


def test_differences_are_found_by_a_check_and_fixed_one_by_one_and_together(
    backstage: Backstage, console: tuple[Program, MainWindow]
) -> None:
    program, window = console
    model, view = program.console.models.consistency, window.views.consistency
    backstage.do(backstage.harness.install(SALON))
    backstage.do(lose(backstage.harness))
    window.show_view("consistency")
    wait_until(
        lambda: model.by_kind.get(DifferenceKind.STATUS_DIFFERS) == 1, "ours against theirs is seen at once"
    )
    assert DifferenceKind.NOT_LISTED in model.by_kind
    QTest.mouseClick(view.check, Qt.MouseButton.LeftButton)
    wait_until(lambda: model.by_kind.get(DifferenceKind.NOT_LISTED) == len(LOST), "the list was read")
    wait_until(lambda: "не поверили" in view.sweep.text(), "the check says what it found")

    view.choose((DifferenceKind.STATUS_DIFFERS, SALON))
    wait_until(lambda: view.fixes[Fix.ACCEPT_THEIRS].isVisible(), "what can be done")
    QTest.mouseClick(view.fixes[Fix.ACCEPT_THEIRS], Qt.MouseButton.LeftButton)
    answer("модератор подтвердил")
    wait_until(lambda: model.by_kind[DifferenceKind.STATUS_DIFFERS] == 0, "their word is accepted")
    assert backstage.do(backstage.harness.install_row(SALON))["partner_state"] == "active"

    view.choose((DifferenceKind.NOT_LISTED, LOST[0]))
    wait_until(lambda: view.together.isVisible() and view.together.isEnabled(), "all of them together")
    QTest.mouseClick(view.together, Qt.MouseButton.LeftButton)
    wait_until(lambda: view.panel.start.isVisible() and view.panel.start.isEnabled(), "the plan")
    assert model.plan is not None
    assert model.plan.total == len(LOST)
    assert view.panel.rows.rowCount() == len(LOST)
    QTest.mouseClick(view.panel.start, Qt.MouseButton.LeftButton)
    answer("список YCLIENTS неполон")
    wait_until(lambda: model.plan is not None and model.plan.state is BulkState.DONE, "done")
    wait_until(lambda: len(model.items) == len(LOST), "the report, salon by salon")
    wait_until(lambda: model.total == 0, "nothing differs any more")
    assert view.empty.isVisible()


def test_a_support_bundle_is_saved_and_a_person_s_data_is_found_destroyed_and_reported(
    backstage: Backstage, console: tuple[Program, MainWindow], tmp_path: Path
) -> None:
    window = console[1]
    harness = backstage.harness
    link = backstage.do(harness.link(OTHER_SALON))
    backstage.do(harness.scan_with(link, "+79995550101", OTHER_SALON))
    backstage.do(harness.reaches(link, "active", OTHER_SALON))
    window.open_salon(OTHER_SALON)
    salon = window.views.salon
    wait_until(lambda: salon.bundle.isVisible() and salon.bundle.isEnabled(), "the bundle may be asked for")
    file = tmp_path / "support.html"
    salon.save_bundle(OTHER_SALON, str(file))
    wait_until(file.is_file, "the bundle is saved")
    page = file.read_text(encoding="utf-8")
    assert "YCLIENTS подтвердил: салон подключён" in page
    assert "9995550101" not in page
    wait_until(lambda: "support.html" in salon.done.text.text(), "the person is told")

    backstage.do(leave(harness, OTHER_SALON))
    dialog = window.show_personal_data()
    view = dialog.view
    type_text(view.who, "+7 999 555-01-01")
    QTest.mouseClick(view.search, Qt.MouseButton.LeftButton)
    wait_until(lambda: view.told.isVisible(), "an answer")
    view.who.clear()
    type_text(view.who, str(OTHER_SALON))
    QTest.mouseClick(view.search, Qt.MouseButton.LeftButton)
    wait_until(lambda: view.places.rowCount() > 2, "what is kept of the salon")
    view.places.selectRow(0)
    wait_until(view.purge.isEnabled, "it may be destroyed")
    title = harness.sandbox.market.salon(OTHER_SALON).title
    QTest.mouseClick(view.purge, Qt.MouseButton.LeftButton)
    answer("запрос субъекта", typed=title)
    wait_until(lambda: view.reports.rowCount() == 1, "the report")
    saved = tmp_path / "report.json"
    view.save_report(view._reports[0], str(saved))
    wait_until(saved.is_file, "the report is saved")
    assert json.loads(saved.read_text(encoding="utf-8"))["report"]["salon_id"] == OTHER_SALON
    dialog.reject()
