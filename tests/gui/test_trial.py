"""The test message: asked before it goes, told what became of it, never sent twice because nobody knew."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytestqt.qtbot import QtBot

from desktop.qt.tools import Tools
from desktop.qt.views.qr import phone_sentence
from desktop.qt.views.salon import SalonView
from desktop.qt.views.trial import TrialView
from desktop.services.errors import OperationRefusedError
from shared.admin_wire import SessionTestOutcome
from shared.vocabulary import NextStep, PasskeyStage, WhatsappState
from tests.fakes.console import AskedConsole
from tests.gui import samples
from tests.gui.conftest import Stage, connect

EXPECTED = "+7 *** ***-56-78"


def outcome(word: str, code: str | None = None) -> SessionTestOutcome:
    """Return what became of a test message."""
    at = samples.NOW if word == "sent" else None
    return SessionTestOutcome(salon_id=123, outcome=word, code=code, at=at)


@pytest.fixture
def trial(tools: Tools, console: AskedConsole, stage: Stage) -> TrialView:
    """Return the view of a connected salon."""
    salon = console.models.salon
    salon.opened(123, samples.install())
    salon.set_detail(samples.detail())
    connect(console)
    return stage.show(TrialView(tools), 460, 400)


def send(trial: TrialView, console: AskedConsole, qtbot: QtBot, times: int = 1) -> None:
    """Press, say yes, and wait for the answer."""
    trial.send.click()
    assert trial.dialog is not None
    trial.dialog.verb.click()
    qtbot.waitUntil(lambda: console.names().count("send_test") == times)


def test_nothing_is_sent_before_somebody_says_yes(trial: TrialView, console: AskedConsole) -> None:
    trial.phone.setText("+7 905 123-45-67")
    trial.send.click()
    assert trial.dialog is not None
    assert "send_test" not in console.names()
    trial.dialog.reject()


def test_without_a_number_it_goes_to_the_salons_own(
    trial: TrialView, console: AskedConsole, qtbot: QtBot
) -> None:
    console.answers["send_test"] = outcome("sent")
    send(trial, console, qtbot)
    salon_id, reference, to = console.last("send_test")
    assert (salon_id, to) == (123, None)
    assert len(reference) >= 8
    qtbot.waitUntil(lambda: trial.outcome.isVisible())
    assert trial.outcome.property("tone") == "ok"


def test_a_refused_message_says_why(trial: TrialView, console: AskedConsole, qtbot: QtBot) -> None:
    console.answers["send_test"] = outcome("refused", "recipient_unknown")
    send(trial, console, qtbot)
    qtbot.waitUntil(lambda: trial.outcome.isVisible())
    assert "not on WhatsApp" in trial.outcome.text.text()


def test_an_unknown_outcome_is_asked_about_under_the_same_name(
    trial: TrialView, console: AskedConsole, qtbot: QtBot
) -> None:
    console.answers["send_test"] = outcome("unknown", "outcome_unknown")
    send(trial, console, qtbot)
    qtbot.waitUntil(lambda: trial.outcome.isVisible())
    assert not trial.send.isEnabled()
    first = console.last("send_test")
    console.answers["send_test"] = outcome("sent")
    trial.outcome.action.click()
    qtbot.waitUntil(lambda: console.names().count("send_test") == 2)
    assert console.last("send_test") == first
    qtbot.waitUntil(lambda: trial.send.isEnabled())


def test_an_unknown_message_that_is_put_away_makes_room_for_another(
    trial: TrialView, console: AskedConsole, qtbot: QtBot
) -> None:
    console.answers["send_test"] = outcome("unknown", "outcome_unknown")
    send(trial, console, qtbot)
    qtbot.waitUntil(lambda: trial.outcome.isVisible())
    first = console.last("send_test")
    trial.outcome.cross.click()
    send(trial, console, qtbot, times=2)
    assert console.last("send_test")[1] != first[1]


def test_a_failed_attempt_keeps_its_name_for_the_next(
    trial: TrialView, console: AskedConsole, qtbot: QtBot
) -> None:
    console.answers["send_test"] = OperationRefusedError("rate_limited")
    send(trial, console, qtbot)
    first = console.last("send_test")
    qtbot.waitUntil(lambda: trial.dialog is not None and trial.dialog.trouble.isVisible())
    assert trial.dialog is not None
    trial.dialog.reject()
    console.answers["send_test"] = outcome("sent")
    send(trial, console, qtbot, times=2)
    assert console.last("send_test") == first


def test_without_a_connection_to_whatsapp_nothing_can_be_sent(
    trial: TrialView, console: AskedConsole
) -> None:
    row = samples.install(whatsapp_state=WhatsappState.RECONNECTING)
    console.models.salon.set_detail(samples.detail(row))
    assert not trial.send.isEnabled()
    assert trial.send.toolTip()


def test_another_phone_is_asked_about_with_both_answers(
    tools: Tools, console: AskedConsole, stage: Stage, qtbot: QtBot
) -> None:
    row = samples.install(next_step=NextStep.CONFIRM_PHONE, error_code=None)
    console.models.salon.opened(123, row)
    console.models.salon.set_detail(samples.detail(row, whatsapp=samples.whatsapp(expected_phone=EXPECTED)))
    connect(console)
    view = stage.show(SalonView(tools), 520, 900)
    assert EXPECTED.split()[-1] in view.error.text()
    assert view.primary.text() == view.keep_phone.text()
    assert view.relink.isVisible()
    view.primary.click()
    qtbot.waitUntil(lambda: "confirm_phone" in console.names())
    view.relink.click()
    assert view.qr.relink_dialog is not None
    view.qr.relink_dialog.reject()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"state": WhatsappState.RECONNECTING, "error": "network_unreachable"}, "since"),
        ({"state": WhatsappState.STARTING, "error": "upstream_timeout"}, "try again by ourselves"),
        ({"state": WhatsappState.FAILED, "error": "network_unreachable"}, "Nothing is lost"),
        ({"state": WhatsappState.LOGGED_OUT, "error": "account_restricted"}, "review"),
        ({"state": WhatsappState.LOGGED_OUT, "error": "logged_out"}, "linked again"),
        ({"state": WhatsappState.REPLACED, "error": "connection_replaced"}, "another service"),
        ({"state": WhatsappState.OUTDATED, "error": "client_outdated"}, "updated"),
        (
            {"state": WhatsappState.TEMP_BANNED, "banned_until": samples.NOW + timedelta(hours=26)},
            "until",
        ),
        ({"state": WhatsappState.AWAITING_PASSKEY, "passkey_stage": PasskeyStage.CHALLENGE}, "asks for a passkey"),
        ({"state": WhatsappState.AWAITING_PASSKEY, "passkey_stage": PasskeyStage.CONFIRM}, "accepted"),
        ({"state": WhatsappState.PAIRING_EXPIRED, "error": "passkey_required"}, "not confirmed"),
        ({"expected_phone": EXPECTED}, "expected"),
    ],
)  # fmt: skip
def test_every_trouble_with_whatsapp_has_its_sentence(
    tools: Tools, given: dict[str, object], told: str
) -> None:
    assert told in phone_sentence(tools, samples.whatsapp(**given), "Europe/Moscow")
