"""The webhooks on the screen: filtered, looked at, worked anew; what calls for a look stands out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from desktop.model.profiles import ProfileKind
from desktop.qt.dialogs.confirm import ConfirmDialog
from desktop.qt.main_window import MainWindow
from desktop.qt.tools import Tools
from desktop.qt.views.alarms import WEBHOOKS
from desktop.qt.views.inbox_table import InboxColumn
from desktop.qt.views.salon import SalonView
from desktop.qt.views.webhooks import WebhooksView
from desktop.services.errors import OperationRefusedError
from shared.admin_wire import WebhookFilter
from shared.vocabulary import (
    StaffRole,
    WebhookKind,
    WebhookOutcome,
    WebhookProof,
    WebhookState,
)
from tests.fakes.console import AskedConsole
from tests.gui import samples
from tests.gui.conftest import Stage, StillClock, connect
from tests.gui.seeing import unnamed_controls
from tests.gui.windows import full_window

RIDDLE = samples.notice(7, kind=WebhookKind.UNKNOWN, event="riddle", salon_id=None, title=None, timezone=None)


@pytest.fixture
def view(tools: Tools, console: AskedConsole, stage: Stage) -> WebhooksView:
    """Return the view with one that is laid aside, a notice and a riddle."""
    connect(console)
    made = stage.show(WebhooksView(tools), 1100, 900)
    console.models.inbox.start([samples.webhook(), samples.notice(), RIDDLE], is_complete=True)
    console.models.inbox.set_counts(samples.webhook_counts())
    QApplication.processEvents()
    return made


def asked(console: AskedConsole) -> WebhookFilter:
    given = console.last("set_inbox_filter")[0]
    assert isinstance(given, WebhookFilter)
    return given


def open_first(view: WebhooksView, console: AskedConsole, **given: Any) -> None:
    console.models.webhook.opened(5)
    console.models.webhook.take(samples.webhook_detail(**given))
    QApplication.processEvents()


def cell(view: WebhooksView, number: int, column: InboxColumn) -> str:
    return str(view.table.index(number, column).data())


def question(view: WebhooksView) -> ConfirmDialog:
    return next(one for one in view.window().findChildren(ConfirmDialog) if one.isVisible())


def test_a_row_says_what_came_of_which_salon_and_what_it_changed(view: WebhooksView) -> None:
    words = [
        [cell(view, number, column) for column in (InboxColumn.STATE, InboxColumn.EVENT, InboxColumn.SALON)]
        for number in range(3)
    ]
    assert words == [
        ["Done", "\u2068riddle\u2069", "names no salon"],
        ["Done", "\u2068record.create\u2069", "\u2068Ёлка\u2069 · \u2068Москва\u2069"],
        ["Laid aside", "Disconnection", "\u2068Ёлка\u2069 · \u2068Москва\u2069"],
    ]
    assert [cell(view, number, InboxColumn.RESULT) for number in range(2)] == ["Kept", "Kept"]
    assert cell(view, 2, InboxColumn.RESULT).endswith("(status: server_error)")


def test_counters_show_what_calls_for_a_look_and_what_was_refused(view: WebhooksView) -> None:
    assert [view.chips.chip(key).count for key in ("dead", "unknown", "pending")] == [2, 3, 1]
    assert view.refused.isVisible()
    told = view.refused.text.text()
    assert told.startswith(
        "Refused at the door within a day, and not kept: no proof, or a wrong token or key"
    )
    assert "in 12 minutes" in told


def test_every_choice_filters(
    view: WebhooksView, console: AskedConsole, qtbot: QtBot, clock: StillClock
) -> None:
    view.chips.chip("unknown").click()
    view.chips.chip("dead").click()
    view.salon.setText("123")
    view.salon.searched.emit("123")
    view.event_name.setEditText("record.create")
    view.outcome.setCurrentIndex(view.outcome.findData("repeated"))
    view.proof.setCurrentIndex(view.proof.findData("signature"))
    view.time.setCurrentIndex(view.time.findData("day"))
    view.time.activated.emit(0)
    qtbot.waitUntil(lambda: "set_inbox_filter" in console.names() and asked(console).since is not None)
    assert asked(console) == WebhookFilter(
        salon_id=123, event="record.create", kinds=[WebhookKind.UNKNOWN], states=[WebhookState.DEAD],
        proofs=[WebhookProof.SIGNATURE], outcomes=[WebhookOutcome.REPEATED], since=clock.now() - timedelta(days=1),
    )  # fmt: skip
    view.clear.click()
    qtbot.waitUntil(lambda: asked(console) == WebhookFilter())
    assert view.clear.isHidden()


def test_one_day_is_from_its_midnight_to_the_next(
    view: WebhooksView, console: AskedConsole, qtbot: QtBot
) -> None:
    view.time.setCurrentIndex(view.time.findData("date"))
    view.time.activated.emit(0)
    assert view.day.isVisible()
    qtbot.waitUntil(lambda: "set_inbox_filter" in console.names())
    view.day.setDate(QDate(2026, 3, 1))
    qtbot.waitUntil(lambda: asked(console).since == datetime(2026, 3, 1).astimezone())
    given = asked(console)
    assert given.since is not None
    assert given.until is not None
    assert given.until - given.since == timedelta(days=1)


def test_the_filter_is_kept_between_runs_but_for_its_time(
    tools: Tools, console: AskedConsole, stage: Stage, qtbot: QtBot
) -> None:
    kept = WebhookFilter(salon_id=77, event="riddle", kinds=[WebhookKind.UNKNOWN], since=samples.NOW)
    console.models.preferences.update(filters={"webhooks": kept.model_dump_json()})
    view = stage.show(WebhooksView(tools), 900, 700)
    assert view.kept_filter() == kept.model_copy(update={"since": None})
    view.chips.chip("dead").click()
    qtbot.waitUntil(lambda: "update_preferences" in console.names())
    saved = WebhookFilter.model_validate_json(console.last("update_preferences")[0]["webhooks"])
    assert (saved.salon_id, saved.states) == (77, [WebhookState.DEAD])


def test_enter_opens_a_webhook_and_esc_closes_it(
    view: WebhooksView, console: AskedConsole, qtbot: QtBot
) -> None:
    view.list.setFocus()
    view.list.selectRow(2)
    QTest.keyClick(view.list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "open_webhook" in console.names())
    assert console.last("open_webhook") == (5,)
    assert view.panel.isHidden()
    open_first(view, console)
    assert view.panel.isVisible()
    assert view.step_back()
    qtbot.waitUntil(lambda: "close_webhook" in console.names())
    console.models.webhook.closed()
    assert view.panel.isHidden()
    assert not view.step_back()


def test_the_open_one_tells_its_proof_its_result_its_story_and_its_body(
    view: WebhooksView, console: AskedConsole
) -> None:
    open_first(view, console, generation=2)
    panel = view.panel
    assert panel.title.text() == "Disconnection · uninstall"
    assert panel.result.text().startswith("It could not be worked for three days")
    assert "status: server_error" in panel.error.text()
    assert panel.facts["proof"][1].text() == "PARTNER_TOKEN in the body"
    assert panel.facts["met"][1].text() == "generation 2, which is over"
    assert not panel.facts["sign"][1].isVisible()
    assert panel.digest.text.text() == "5e" * 32
    assert [line.text.text() for line in panel.lines] == [
        "What YCLIENTS sent (“uninstall”) could not be worked and was laid aside"
    ]
    assert '"user_name": "***"' in panel.body.toPlainText()
    paid = samples.webhook(
        event="payment", payment_sign="invalid", outcome=WebhookOutcome.BAD_SIGN, state=WebhookState.DONE
    )
    open_first(view, console, row=paid, caused=[])
    assert panel.facts["sign"][1].text() == "wrong"
    assert panel.nothing.isVisible()
    assert panel.lines == []


def test_a_replay_is_asked_about_with_cancel_first_and_then_sent_once(
    view: WebhooksView, console: AskedConsole, qtbot: QtBot
) -> None:
    open_first(view, console)
    view.panel.replay.click()
    dialog = question(view)
    assert dialog.cancel.isDefault()
    assert "The bot is stopped until the status is read" in "".join(
        one.text() for one in dialog.findChildren(type(view.title))
    )
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert "replay_webhook" not in console.names()
    view.panel.replay.click()
    console.answers["replay_webhook"] = OperationRefusedError("webhook_not_finished", "", "ref12345")
    dialog = question(view)
    dialog.verb.click()
    qtbot.waitUntil(lambda: dialog.trouble.isVisible())
    assert console.last("replay_webhook") == (5, None)
    console.answers["replay_webhook"] = samples.webhook()
    dialog.verb.click()
    qtbot.waitUntil(lambda: not isValid(dialog))
    assert console.names().count("replay_webhook") == 2


@pytest.mark.parametrize(
    ("role", "kind"), [(StaffRole.VIEWER, ProfileKind.DEMO), (StaffRole.ADMIN, ProfileKind.PRODUCTION)]
)
def test_who_may_not_replay_sees_why(
    view: WebhooksView, console: AskedConsole, role: StaffRole, kind: ProfileKind
) -> None:
    connect(console, kind, role=role)
    open_first(view, console)
    assert not view.panel.replay.isEnabled()
    assert view.panel.replay.toolTip()


def test_what_changes_nothing_offers_no_replay(view: WebhooksView, console: AskedConsole) -> None:
    console.models.webhook.opened(6)
    console.models.webhook.take(samples.webhook_detail(samples.notice(6), caused=[]))
    QApplication.processEvents()
    assert view.panel.replay.isHidden()
    assert view.panel.result.text() == "It is only kept: it changes nothing of the install."


def test_a_look_that_ended_says_how_far_it_went_and_offers_to_go_on(
    view: WebhooksView, console: AskedConsole, qtbot: QtBot
) -> None:
    inbox = console.models.inbox
    inbox.looked(samples.ago(days=9))
    inbox.start([samples.webhook()], is_complete=False)
    assert view.looked.text().startswith("Nothing more matches as far back as ")
    view.further.click()
    qtbot.waitUntil(lambda: "load_more_webhooks" in console.names())
    inbox.start([], is_complete=False)
    assert view.empty.title.text() == "No webhook matches so far"
    before = console.names().count("load_more_webhooks")
    view.empty.action.click()
    qtbot.waitUntil(lambda: console.names().count("load_more_webhooks") > before)
    inbox.looked(None)
    inbox.start([], is_complete=True)
    assert view.empty.title.text() == "No webhook has come yet"


def test_the_gateway_is_asked_for_what_comes_only_while_somebody_looks(
    view: WebhooksView, console: AskedConsole, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: "watch_inbox" in console.names())
    assert console.last("watch_inbox") == (True,)
    view.hide()
    qtbot.waitUntil(lambda: console.last("watch_inbox") == (False,))


def test_every_control_has_a_name(view: WebhooksView, console: AskedConsole) -> None:
    open_first(view, console)
    assert unnamed_controls(view) == []


@pytest.fixture
def window(tools: Tools, console: AskedConsole, stage: Stage) -> MainWindow:
    return stage.show(full_window(tools, console), 1280, 800)


def test_the_salon_leads_to_its_webhooks_and_a_webhook_to_its_salon(
    window: MainWindow, console: AskedConsole, qtbot: QtBot
) -> None:
    salon = window.views.salon
    assert isinstance(salon, SalonView)
    salon.webhooks.click()
    assert window.view_name == "webhooks"
    qtbot.waitUntil(lambda: _is(asked(console) == WebhookFilter(salon_id=123)))
    opener = window.views.webhooks.panel.open_salon
    assert isinstance(opener, QPushButton)
    opener.click()
    qtbot.waitUntil(lambda: "open_salon" in console.names())
    assert console.last("open_salon") == (123,)


def test_the_alarm_about_webhooks_laid_aside_leads_to_them(
    window: MainWindow, console: AskedConsole, qtbot: QtBot
) -> None:
    window.views.alarms.place_wanted.emit(WEBHOOKS)
    assert window.view_name == "webhooks"
    qtbot.waitUntil(lambda: _is(asked(console).states == [WebhookState.DEAD]))


def _is(so: bool) -> None:
    assert so
