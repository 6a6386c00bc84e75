"""One salon: what is shown of it, what can be done, and why not when it cannot."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.model.problem import Trouble
from desktop.model.profiles import ProfileKind
from desktop.qt.row_actions import RowAction
from desktop.qt.tools import Tools
from desktop.qt.views.handing import curl_of, support_text
from desktop.qt.views.salon import SalonView
from desktop.services.errors import OperationRefusedError
from shared.admin_wire import CallDetail, CallRow, Difference, InstallRow, PartnerPart, ReconcileResult
from shared.vocabulary import CallState, NextStep, PartnerState, StaffRole, Stage, WhatsappState
from tests.fakes.console import AskedConsole
from tests.gui import samples
from tests.gui.conftest import Stage as Screen
from tests.gui.conftest import connect
from tests.gui.seeing import unnamed_controls


@pytest.fixture
def view(tools: Tools, stage: Screen) -> SalonView:
    """Return the pane, empty."""
    return stage.show(SalonView(tools), 460, 1000)


def show(console: AskedConsole, row: InstallRow | None = None, *calls: CallRow, **given: object) -> None:
    """Let the gateway tell a salon."""
    salon = console.models.salon
    row = row or samples.install()
    salon.opened(row.salon_id, row)
    salon.set_detail(samples.detail(row, **given))
    salon.set_calls(calls or (samples.call(),))
    salon.set_loading(False)


def test_without_a_salon_the_pane_says_what_to_do(view: SalonView) -> None:
    assert view.empty.isVisible()
    assert "Choose one" in view.empty.text.text()


def test_another_salon_is_shown_from_its_top(view: SalonView, console: AskedConsole) -> None:
    show(console)
    bar = view.scroller.verticalScrollBar()
    QApplication.processEvents()
    bar.setValue(bar.maximum())
    assert bar.value() > 0
    show(console, samples.install(124))
    assert bar.value() == 0


def test_the_header_says_where_the_salon_stands(view: SalonView, console: AskedConsole) -> None:
    show(console)
    header = view.header
    assert "Ёлка" in header.name.text()
    assert header.number.text() == "123"
    assert header.stage.word.text() == "Needs help"
    assert "18" in header.age.text()
    assert "connected" in header.whatsapp.word.text()
    assert "waits to be activated" in header.partner.word.text()
    assert "7F-2C-19" in header.code.text()
    assert "UTC" in header.registered.toolTip()


def test_the_next_step_has_one_button_that_does_it(
    view: SalonView, console: AskedConsole, qtbot: QtBot
) -> None:
    show(console)
    assert view.step.text() == "Next: Retry the activation"
    assert view.primary.isVisible()
    assert not view.retry.isVisible()
    view.primary.click()
    qtbot.waitUntil(lambda: console.names() == ["retry_call"])
    assert console.last("retry_call") == (7,)
    qtbot.waitUntil(lambda: view.done.isVisible())


@pytest.mark.parametrize(
    ("step", "button"),
    [
        (NextStep.LINK_PHONE, "show_qr"), (NextStep.RELINK_PHONE, "show_qr"), (NextStep.UNFREEZE, "unfreeze"),
        (NextStep.PRESS_CONNECT_AGAIN, "link"), (NextStep.PAY, "reconcile"),
        (NextStep.WAIT_FOR_PARTNER, "reconcile"),
    ],
)  # fmt: skip
def test_each_next_step_leads_to_its_button(
    view: SalonView, console: AskedConsole, step: NextStep, button: str
) -> None:
    show(console, samples.install(next_step=step, is_frozen_by_staff=step is NextStep.UNFREEZE))
    assert view.primary.text() == getattr(view, button).text()


def test_where_nothing_is_to_be_done_there_is_no_button(view: SalonView, console: AskedConsole) -> None:
    show(console, samples.install(next_step=NextStep.NOTHING, stage=Stage.ACTIVE, error_code=None))
    assert not view.primary.isVisible()


def test_differences_are_marked_by_icon_and_word(view: SalonView, console: AskedConsole) -> None:
    show(console, None, samples.call(), differences=[
        Difference(field="status", theirs="pending", ours="refused"),
        Difference(field="title", theirs="Ёлка 2", ours="Ёлка"),
    ])  # fmt: skip
    assert "2" in view.comparison.verdict.word.text()
    marks = [each for each in view.comparison.marks()]
    assert [mark.toolTip() for mark in marks] == [
        "Status: YCLIENTS says “waits to be activated”, we say “refused”",
        "Name: YCLIENTS says “Ёлка 2”, we say “Ёлка”",
    ]
    assert all(not mark.pixmap().isNull() and mark.accessibleName() for mark in marks)


def test_sides_that_agree_are_not_marked(view: SalonView, console: AskedConsole) -> None:
    show(
        console,
        None,
        samples.call(),
        differences=[],
        theirs=PartnerPart(status="active", checked_at=samples.NOW),
    )
    assert view.comparison.marks() == []
    assert view.comparison.verdict.word.text() == "Nothing differs between the two sides"


def test_offline_every_action_is_off_and_says_why(view: SalonView, console: AskedConsole) -> None:
    show(console)
    console.models.connection.was_lost(Trouble("connection_lost"))
    for button in (view.show_qr, view.reconcile, view.link, view.freeze, view.uninstall, view.primary):
        assert not button.isEnabled()
        assert "No connection" in button.toolTip()
        assert button.accessibleDescription() == button.toolTip()


def test_production_is_read_only_until_it_is_unlocked(view: SalonView, console: AskedConsole) -> None:
    connect(console, ProfileKind.PRODUCTION)
    show(console)
    assert not view.uninstall.isEnabled()
    assert "read-only" in view.uninstall.toolTip()
    console.models.safety.unlock()
    assert view.uninstall.isEnabled()


def test_a_viewer_may_look_and_nothing_else(view: SalonView, console: AskedConsole) -> None:
    connect(console, role=StaffRole.VIEWER)
    show(console)
    assert not view.primary.isEnabled()
    assert "role" in view.primary.toolTip()


def test_an_operator_may_pause_but_not_disconnect(view: SalonView, console: AskedConsole) -> None:
    connect(console, role=StaffRole.OPERATOR)
    show(console)
    assert view.freeze.isEnabled()
    assert not view.uninstall.isEnabled()


def test_a_call_that_cannot_be_retried_says_why(view: SalonView, console: AskedConsole) -> None:
    show(console, None, samples.call(can_retry=False, cannot_retry_because="install_frozen"))
    assert not view.primary.isEnabled()
    assert view.primary.toolTip().strip()


def test_disconnecting_asks_for_reason_and_typed_name(
    view: SalonView, console: AskedConsole, qtbot: QtBot
) -> None:
    connect(console, ProfileKind.PRODUCTION)
    console.models.safety.unlock()
    row = samples.install()
    show(console, row)
    dialog = view.ask_uninstall(row)
    dialog.reason.setPlainText("Contract ended")
    assert not dialog.verb.isEnabled()
    dialog.typed.setText("Ёлка")
    dialog.verb.click()
    qtbot.waitUntil(lambda: console.names() == ["uninstall"])
    assert console.last("uninstall") == (123, 2, "Contract ended")


def test_in_the_demo_no_name_has_to_be_typed(view: SalonView, console: AskedConsole) -> None:
    row = samples.install()
    show(console, row)
    dialog = view.ask_uninstall(row)
    assert not dialog.typed.isVisible()
    dialog.reject()


def test_comparing_says_what_came_of_it(view: SalonView, console: AskedConsole, qtbot: QtBot) -> None:
    console.answers["reconcile"] = ReconcileResult(
        theirs="active", before=PartnerState.REFUSED, after=PartnerState.ACTIVE, changed=True
    )
    show(console)
    view.reconcile.click()
    qtbot.waitUntil(lambda: view.done.isVisible())
    assert "active" in view.done.text.text()


def test_a_failure_is_explained_with_what_to_do(view: SalonView, console: AskedConsole, qtbot: QtBot) -> None:
    console.answers["retry_call"] = OperationRefusedError("call_being_worked", "…", "ref12345")
    show(console)
    view.primary.click()
    qtbot.waitUntil(lambda: view.trouble.isVisible())
    assert "ref12345" in view.trouble.text.text()
    assert view.primary.isEnabled()


def test_a_second_press_while_the_first_is_on_its_way_sends_nothing(
    view: SalonView, console: AskedConsole, qtbot: QtBot
) -> None:
    show(console)
    view.primary.click()
    assert not view.primary.isEnabled()
    assert "Sent" in view.primary.toolTip()
    view.primary.click()
    qtbot.waitUntil(lambda: view.primary.isEnabled())
    assert console.names() == ["retry_call"]


def test_another_salon_starts_with_its_story_and_without_the_old_messages(
    view: SalonView, console: AskedConsole, qtbot: QtBot
) -> None:
    show(console)
    view.primary.click()
    qtbot.waitUntil(lambda: view.done.isVisible())
    view.tabs.setCurrentIndex(2)
    show(console, samples.install(124, title="Barber"))
    assert not view.done.isVisible()
    assert view.tabs.currentIndex() == 0


@pytest.mark.parametrize(
    ("action", "asked"), [(RowAction.RETRY, "retry_call"), (RowAction.CHECK, "reconcile")]
)
def test_what_a_row_of_the_board_offers_is_done_here(
    view: SalonView, console: AskedConsole, qtbot: QtBot, action: RowAction, asked: str
) -> None:
    console.answers["reconcile"] = ReconcileResult(theirs="pending", before=None, after=None, changed=False)
    show(console)
    view.act(action, samples.install())
    qtbot.waitUntil(lambda: console.names() == [asked])


def test_the_qr_is_a_row_away(view: SalonView, console: AskedConsole) -> None:
    show(console, None, samples.call(), whatsapp=samples.whatsapp(state=WhatsappState.PAIRING))
    view.act(RowAction.SHOW_QR, samples.install())
    assert view.qr.isVisible()
    assert console.asked == []


def test_leaving_the_tab_closes_the_qr(view: SalonView, console: AskedConsole, qtbot: QtBot) -> None:
    show(console, None, samples.call(), whatsapp=samples.whatsapp(state=WhatsappState.PAIRING))
    view.go_to_qr()
    view.qr.open()
    console.models.salon.set_session(samples.session())
    view.tabs.setCurrentIndex(0)
    qtbot.waitUntil(lambda: console.names() == ["open_qr", "close_qr"])


# ------------------------------------------------------------------------------------------------ partner calls


def test_a_call_is_explained_cause_advice_and_who(view: SalonView, console: AskedConsole) -> None:
    show(console)
    view.open_call(7)
    card = view.calls.cards[0]
    assert card.why.text() == "YCLIENTS does not accept our token"
    assert "401" in card.cause.text()
    assert "Unauthorized" in card.cause.text()
    assert "PARTNER_TOKEN" in card.advice.text()
    assert "administrator" in card.who.text()


def test_every_attempt_shows_status_headers_first_bytes_and_time(
    view: SalonView, console: AskedConsole, qtbot: QtBot
) -> None:
    show(console)
    view.open_call(7)
    qtbot.waitUntil(lambda: console.names() == ["load_attempts"])
    silent = samples.attempt(
        2, http_status=None, failure="timeout", verdict="retry", headers={}, body_head=""
    )
    console.models.salon.set_attempts(CallDetail(row=samples.call(), attempts=[samples.attempt(), silent]))
    first, second = view.calls.cards[0].attempt_rows
    first.toggle.click()
    shown = first.detail.toPlainText()
    assert "POST /marketplace/partner/callback/redirect" in shown
    assert "HTTP 401" in shown
    assert "x-request-id: req-1" in shown
    assert '"message":"Unauthorized"' in shown
    assert "84 ms" in first.numbers.text()
    assert first.explanation.text()
    assert second.text.text() != first.text.text()


def test_an_open_attempt_stays_open_when_another_is_added(view: SalonView, console: AskedConsole) -> None:
    show(console)
    view.open_call(7)
    console.models.salon.set_attempts(CallDetail(row=samples.call(), attempts=[samples.attempt()]))
    view.calls.cards[0].attempt_rows[0].toggle.click()
    more = [samples.attempt(), samples.attempt(2)]
    console.models.salon.set_attempts(CallDetail(row=samples.call(version=11), attempts=more))
    assert [row.toggle.isChecked() for row in view.calls.cards[0].attempt_rows] == [True, False]


@pytest.mark.parametrize(
    ("state", "visible"),
    [
        (CallState.FAILED, {"retry", "resolve"}), (CallState.HELD, {"retry", "release_hold", "resolve"}),
        (CallState.WAITING, {"retry", "hold"}), (CallState.DONE, set()),
    ],
)  # fmt: skip
def test_a_call_offers_what_fits_its_state(
    view: SalonView, console: AskedConsole, state: CallState, visible: set[str]
) -> None:
    can_retry = state is not CallState.DONE
    show(console, None, samples.call(state=state, can_retry=can_retry))
    view.open_call(7)
    card = view.calls.cards[0]
    offered = {
        name for name in ("retry", "hold", "release_hold", "resolve") if getattr(card, name).isVisible()
    }
    assert offered == visible


def test_holding_asks_for_a_reason(view: SalonView, console: AskedConsole, qtbot: QtBot) -> None:
    show(console, None, samples.call(state=CallState.WAITING))
    view.open_call(7)
    view.calls.cards[0].hold.click()
    dialog = view.calls.dialog
    assert dialog is not None
    assert not dialog.verb.isEnabled()
    dialog.reason.setPlainText("Support is asked")
    dialog.verb.click()
    qtbot.waitUntil(lambda: "hold_call" in console.names())
    assert console.last("hold_call") == (7, "Support is asked")


def test_a_refused_hold_keeps_the_typed_reason(view: SalonView, console: AskedConsole, qtbot: QtBot) -> None:
    console.answers["hold_call"] = OperationRefusedError("call_being_worked")
    show(console, None, samples.call(state=CallState.WAITING))
    view.open_call(7)
    view.calls.cards[0].hold.click()
    dialog = view.calls.dialog
    assert dialog is not None
    dialog.reason.setPlainText("Support is asked")
    dialog.verb.click()
    qtbot.waitUntil(lambda: dialog.trouble.isVisible())
    assert dialog.reason.toPlainText() == "Support is asked"
    dialog.reject()


def test_a_curl_command_holds_no_secret() -> None:
    command = curl_of(samples.call(), samples.attempt())
    assert 'Authorization: Bearer $PARTNER_TOKEN"' in command
    assert '\\"api_key\\": \\"$API_KEY\\"' in command
    assert '"${YCLIENTS_API_URL:-https://api.yclients.com}/marketplace/partner/callback/redirect"' in command


def test_a_path_cannot_run_anything_in_the_shell() -> None:
    command = curl_of(samples.call(), samples.attempt(path='/a"$(touch x)`b`'))
    assert '\\"\\$(touch x)\\`b\\`' in command


def test_support_gets_the_attempts_and_the_cause(tools: Tools) -> None:
    told = support_text(samples.call(), [samples.attempt()])
    assert "token_refused" in told
    assert "→ 401, 84 ms" in told


# --------------------------------------------------------------------------------------------- names and controls


@pytest.mark.parametrize("name", [samples.LONG_NAME, samples.RTL_NAME])
def test_long_and_right_to_left_names_keep_the_pane_in_its_width(
    view: SalonView, console: AskedConsole, name: str
) -> None:
    show(console, samples.install(title=name[:300]))
    view.resize(460, 1000)
    assert view.minimumSizeHint().width() <= 460
    assert view.header.name.text().startswith("\u2068")


def test_wide_the_story_stands_beside_the_rest(view: SalonView, console: AskedConsole) -> None:
    show(console)
    view.resize(1300, 900)
    QApplication.processEvents()
    assert view.tabs.geometry().left() > view.header.geometry().right()


def test_every_control_has_a_name(view: SalonView, console: AskedConsole) -> None:
    show(console, None, samples.call(), whatsapp=samples.whatsapp(state=WhatsappState.PAIRING))
    view.open_call(7)
    assert unnamed_controls(view) == []
