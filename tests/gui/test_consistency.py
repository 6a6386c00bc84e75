"""Differences on the screen: said in words, filtered, fixed after a question, together by plan."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.model.consistency import identity_of
from desktop.model.problem import Trouble
from desktop.model.profiles import ProfileKind
from desktop.qt.dialogs.confirm import ConfirmDialog
from desktop.qt.tools import Tools
from desktop.qt.views.consistency import ConsistencyView
from desktop.qt.views.difference_texts import does_text, meaning_of, title_of, verb_of
from shared.admin_wire import FixResult
from shared.vocabulary import BulkState, DifferenceKind, Fix, StaffRole, SweepState
from tests.fakes.console import AskedConsole
from tests.gui import samples
from tests.gui.conftest import Stage, connect
from tests.gui.seeing import unnamed_controls
from tests.gui.windows import differences


@pytest.fixture
def view(tools: Tools, console: AskedConsole, stage: Stage) -> ConsistencyView:
    """Return the view with a difference of every kind."""
    rows = differences()
    console.models.consistency.take(
        rows, dict.fromkeys(DifferenceKind, 3), has_more=False, swept_at=samples.ago(minutes=4)
    )
    return stage.show(ConsistencyView(tools), 1100, 800)


def choose(view: ConsistencyView, kind: DifferenceKind) -> None:
    view.choose(next(identity_of(row) for row in differences() if row.kind is kind))
    QApplication.processEvents()


def test_a_difference_says_what_since_when_and_offers_what_can_be_done(view: ConsistencyView) -> None:
    assert view.checked.text().startswith("YCLIENTS' list was read")
    choose(view, DifferenceKind.LISTED_CLOSED)
    assert view.what.text().startswith("Disconnected here, still in YCLIENTS' list: ")
    assert "active, in the list" in view.sides.text()
    offered = {fix for fix, control in view.fixes.items() if control.isVisible()}
    assert offered == {Fix.READ_ANEW, Fix.FINISH_UNINSTALL}
    assert unnamed_controls(view) == []


def test_every_kind_and_every_fix_has_words() -> None:
    for kind in DifferenceKind:
        assert title_of(kind)
        assert meaning_of(kind)
    for fix in Fix:
        assert verb_of(fix)
        assert does_text(fix)


def test_a_fix_that_nothing_takes_back_asks_for_the_name_and_why_and_cancel_is_the_default(
    view: ConsistencyView, console: AskedConsole, qtbot: QtBot
) -> None:
    connect(console, ProfileKind.STAGING)
    console.answers["fix_difference"] = FixResult(
        salon_id=2005, fix=Fix.FINISH_UNINSTALL, outcome="under_way", theirs=None
    )
    choose(view, DifferenceKind.KEYS_LEFT)
    dialog = view.ask_fix(Fix.FINISH_UNINSTALL)
    assert isinstance(dialog, ConfirmDialog)
    assert dialog.cancel.isDefault()
    dialog.reason.setPlainText("сверка")
    assert not dialog.verb.isEnabled()
    row = next(row for row in differences() if row.kind is DifferenceKind.KEYS_LEFT)
    dialog.typed.setText(row.title)
    assert dialog.verb.isEnabled()
    dialog.verb.click()
    qtbot.waitUntil(lambda: "fix_difference" in console.names())
    shown, fix, reason = console.last("fix_difference")
    assert (shown.salon_id, fix, reason) == (row.salon_id, Fix.FINISH_UNINSTALL, "сверка")
    qtbot.waitUntil(view.done.isVisible)
    assert "Handed to the queue" in view.done.text.text()


def test_who_may_not_is_told_why(view: ConsistencyView, console: AskedConsole) -> None:
    connect(console, role=StaffRole.OPERATOR)
    choose(view, DifferenceKind.LISTED_CLOSED)
    assert view.fixes[Fix.READ_ANEW].isEnabled()
    assert not view.fixes[Fix.FINISH_UNINSTALL].isEnabled()
    assert "administrator" in view.fixes[Fix.FINISH_UNINSTALL].toolTip()
    connect(console, ProfileKind.PRODUCTION)
    assert not view.check.isEnabled()
    assert "read-only" in view.check.toolTip()


def test_chips_filter_by_kind_and_what_is_chosen_stays_chosen(
    view: ConsistencyView, console: AskedConsole, qtbot: QtBot
) -> None:
    choose(view, DifferenceKind.NOT_LINKED)
    view.chips.chip(DifferenceKind.NOT_LINKED.value).click()
    qtbot.waitUntil(lambda: "set_difference_filter" in console.names())
    assert console.last("set_difference_filter")[0].kinds == [DifferenceKind.NOT_LINKED]
    rows = [row for row in differences() if row.kind is DifferenceKind.NOT_LINKED]
    console.models.consistency.take(rows, {DifferenceKind.NOT_LINKED: 1}, has_more=False, swept_at=None)
    assert view.card.isVisible()
    assert not view.together.isVisible(), "one is not fixed together"


def test_a_check_tells_how_far_it_is_and_what_it_found(view: ConsistencyView, console: AskedConsole) -> None:
    model = console.models.consistency
    model.set_sweep(samples.sweep(SweepState.RUNNING, version=11, phase="list", done=2, total=None))
    assert view.sweep.text() == "Reading YCLIENTS' list, page 3…"
    assert not view.check.isEnabled()
    model.set_sweep(samples.sweep(version=12, is_braked=True))
    assert view.sweep.text().startswith("Last check: 1,204 in their list, 1,210 connected here, 2 set right")
    assert "not believed" in view.sweep.text()
    model.set_sweep(samples.sweep(SweepState.RUNNING, version=11))
    assert view.check.isEnabled(), "older news is left aside"


def test_a_plan_shows_how_many_and_how_long_and_its_report(
    view: ConsistencyView, console: AskedConsole
) -> None:
    model = console.models.consistency
    model.set_plan(samples.plan(sample=differences()[:3]))
    assert view.panel.told.text().startswith("12 salons, about 4 s at YCLIENTS' limits.")
    assert view.panel.rows.rowCount() == 3
    model.set_plan(
        samples.plan(
            BulkState.DONE, version=20, pending=0, succeeded=9, failed=2, skipped=1, reason="сверка",
            failed_by_code={"partner_error": 2},
        )
    )  # fmt: skip
    assert view.panel.counts.text().startswith("12 of 12 · Succeeded: 9 · Failed: 2 · Skipped: 1")
    assert not view.panel.start.isVisible()


def test_without_differences_it_says_so_and_what_would_be_here(
    view: ConsistencyView, console: AskedConsole
) -> None:
    model = console.models.consistency
    model.take([], dict.fromkeys(DifferenceKind, 0), has_more=False, swept_at=samples.NOW)
    assert view.empty.title.text() == "YCLIENTS and we agree about every salon"
    model.failed(Trouble("request_timeout"))
    assert view.trouble.isVisible()
