"""A bulk retry: plan, reason, progress, cancel, report; nothing starts without a count and a reason."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytestqt.qtbot import QtBot

from desktop.model.problem import Trouble
from desktop.model.profiles import ProfileKind
from desktop.qt.tools import Tools
from desktop.qt.views.bulk import BulkPanel, done_of
from desktop.services.errors import OperationRefusedError
from shared.admin_wire import BulkItem
from shared.vocabulary import BulkItemState, BulkState, StaffRole
from tests.fakes.console import AskedConsole
from tests.gui import samples
from tests.gui.conftest import Stage, StillClock, connect
from tests.gui.seeing import unnamed_controls

RUNNING = samples.bulk(
    state=BulkState.RUNNING, version=21, pending=100, running=4, succeeded=120, failed=10, delayed=6, eta_s=62,
    failed_by_code={"token_refused": 10}, started_at=samples.ago(minutes=2), reason="The token is right again",
)  # fmt: skip
DONE = samples.bulk(
    state=BulkState.DONE, version=30, pending=0, succeeded=220, failed=14, delayed=6,
    failed_by_code={"token_refused": 10, "rejected": 4}, started_at=samples.ago(minutes=3), finished_at=samples.NOW,
)  # fmt: skip


@pytest.fixture
def panel(tools: Tools, stage: Stage) -> BulkPanel:
    """Return the panel, with no bulk retry."""
    return stage.show(BulkPanel(tools), 900, 420)


def test_without_a_bulk_retry_there_is_no_panel(panel: BulkPanel) -> None:
    panel.refresh()
    assert not panel.isVisible()


def test_the_plan_says_how_many_how_long_and_which(panel: BulkPanel, console: AskedConsole) -> None:
    console.models.bulk.set_view(samples.bulk())
    assert "240 calls" in panel.plan.text()
    assert "2 min" in panel.plan.text()
    assert "100" in panel.plan.text()
    assert panel.excluded.text().startswith("3 calls")
    assert panel.rows.rowCount() == 3
    assert panel.start.text() == "Retry 240 calls"


def test_it_does_not_start_without_a_reason(panel: BulkPanel, console: AskedConsole, qtbot: QtBot) -> None:
    console.models.bulk.set_view(samples.bulk())
    assert not panel.start.isEnabled()
    assert "why" in panel.start.toolTip()
    panel.reason.setText("The token is right again")
    panel.start.click()
    qtbot.waitUntil(lambda: console.names() == ["start_bulk"])
    assert console.last("start_bulk") == (5, "The token is right again")


def test_a_start_that_fails_keeps_the_reason(panel: BulkPanel, console: AskedConsole, qtbot: QtBot) -> None:
    console.answers["start_bulk"] = OperationRefusedError("bulk_plan_expired")
    console.models.bulk.set_view(samples.bulk())
    panel.reason.setText("The token is right again")
    panel.start.click()
    qtbot.waitUntil(lambda: panel.trouble.isVisible())
    assert panel.reason.text() == "The token is right again"


def test_an_empty_plan_cannot_be_started(panel: BulkPanel, console: AskedConsole) -> None:
    console.models.bulk.set_view(samples.bulk(total=0, pending=0, sample=[]))
    panel.reason.setText("The token is right again")
    assert not panel.start.isEnabled()
    assert "nothing" in panel.start.toolTip()


def test_progress_shows_count_rate_and_time_left(panel: BulkPanel, console: AskedConsole) -> None:
    console.models.bulk.set_view(RUNNING)
    assert panel.bar.value() == done_of(RUNNING) == 136
    assert panel.bar.maximum() == 240
    assert panel.rate.text() == "136 of 240 · 68 a minute, about 1 min left"


def test_the_rate_goes_down_while_nothing_comes(
    panel: BulkPanel, console: AskedConsole, clock: StillClock, tools: Tools
) -> None:
    console.models.bulk.set_view(RUNNING)
    clock.move(120)
    tools.ticker.second_passed.emit()
    assert "34 a minute" in panel.rate.text()


def test_a_running_retry_can_be_stopped_even_where_all_is_locked(
    panel: BulkPanel, console: AskedConsole, qtbot: QtBot
) -> None:
    connect(console, ProfileKind.PRODUCTION)
    console.models.bulk.set_view(RUNNING)
    assert panel.cancel.isEnabled()
    panel.cancel.click()
    qtbot.waitUntil(lambda: console.names() == ["cancel_bulk"])
    console.models.bulk.set_view(RUNNING.model_copy(update={"state": BulkState.CANCELLING, "version": 22}))
    assert not panel.cancel.isEnabled()


def test_production_does_not_start_one_while_it_is_locked(panel: BulkPanel, console: AskedConsole) -> None:
    connect(console, ProfileKind.PRODUCTION)
    console.models.bulk.set_view(samples.bulk())
    panel.reason.setText("The token is right again")
    assert not panel.start.isEnabled()
    assert "read-only" in panel.start.toolTip()


def test_a_viewer_cannot_stop_it(panel: BulkPanel, console: AskedConsole) -> None:
    connect(console, role=StaffRole.VIEWER)
    console.models.bulk.set_view(RUNNING)
    assert not panel.cancel.isEnabled()


def test_the_report_tells_outcomes_and_codes(panel: BulkPanel, console: AskedConsole, qtbot: QtBot) -> None:
    console.models.bulk.set_view(DONE)
    told = panel.outcome_texts()
    assert told[:3] == ["Succeeded: 220", "Failed: 14", "Will be tried later: 6"]
    assert "YCLIENTS does not accept our token: 10" in told
    assert not panel.cancel.isVisible()
    qtbot.waitUntil(lambda: "load_more_items" in console.names())
    console.models.bulk.set_items(
        5, [BulkItem(call_id=7, salon_id=123, title="Ёлка", state=BulkItemState.FAILED, outcome="token_refused")],
        is_first=True, has_more=True,
    )  # fmt: skip
    assert panel.rows.rowCount() == 1
    assert panel.more_rows.isVisible()


def test_a_line_of_the_report_leads_to_its_call(panel: BulkPanel, console: AskedConsole) -> None:
    opened: list[tuple[int, int]] = []
    panel.call_opened.connect(lambda salon_id, call_id: opened.append((salon_id, call_id)))
    console.models.bulk.set_view(samples.bulk())
    panel.rows.cellActivated.emit(0, 0)
    assert opened == [(123, 1)]


def test_closing_the_panel_ends_nothing(panel: BulkPanel, console: AskedConsole, qtbot: QtBot) -> None:
    console.models.bulk.set_view(RUNNING)
    panel.close_panel.click()
    qtbot.waitUntil(lambda: console.names() == ["close_bulk"])


def test_a_problem_of_reading_it_is_explained(panel: BulkPanel, console: AskedConsole) -> None:
    console.models.bulk.set_loading(False, Trouble("bulk_not_found"))
    assert panel.trouble.isVisible()


def test_a_plan_that_ran_out_cannot_be_started(panel: BulkPanel, console: AskedConsole) -> None:
    console.models.bulk.set_view(
        samples.bulk(state=BulkState.EXPIRED, version=22, expires_at=samples.NOW - timedelta(minutes=1))
    )
    assert not panel.start.isVisible()
    assert panel.state.word.text() == "Plan ran out"


def test_every_control_has_a_name(panel: BulkPanel, console: AskedConsole) -> None:
    console.models.bulk.set_view(samples.bulk())
    assert unnamed_controls(panel) == []
    console.models.bulk.set_view(RUNNING)
    assert unnamed_controls(panel) == []
