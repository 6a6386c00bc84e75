"""The doctor: PARTNER_TOKEN first, each check with what was seen, why it matters and what to do."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

import resources.texts
from desktop.model.problem import Trouble
from desktop.qt.tools import Tools
from desktop.qt.views.doctor import DoctorView, do_text, seen_text, why_text
from shared.admin_wire import CheckView
from shared.vocabulary import CheckLevel
from tests.fakes.console import AskedConsole
from tests.gui import samples
from tests.gui.conftest import Stage, StillClock
from tests.gui.seeing import unnamed_controls

IN_ORDER = CheckView(
    subject="PARTNER_TOKEN", level=CheckLevel.OK, code="token_accepted",
    params={"fingerprint": "a1b2c3d4", "latency_ms": "81", "status": "200"},
)  # fmt: skip


@pytest.fixture
def view(tools: Tools, console: AskedConsole, stage: Stage) -> DoctorView:
    """Return the doctor with a report: a token that YCLIENTS refuses."""
    console.models.doctor.reported(samples.report())
    return stage.show(DoctorView(tools), 900, 800)


def test_the_token_stands_first_with_level_and_fingerprints(view: DoctorView) -> None:
    assert view.token.subject.text() == "PARTNER_TOKEN"
    assert view.token.level.word.text() == "Wrong"
    assert "401" in view.token.seen.text()
    told = view.tokens.texts()
    assert "a1b2c3d4" in told
    assert "99ffee00" in told


def test_it_says_which_token_fitted_last_and_when(view: DoctorView) -> None:
    told = view.tokens.texts()
    assert "has proved nothing yet" in told
    assert "fitted 42 min ago: the token in a webhook" in told


def test_it_says_since_when_yclients_refuses_us(view: DoctorView) -> None:
    assert view.refused.isVisible()
    assert "20 min" in view.refused.text.text()


def test_every_check_has_its_card_what_is_wrong_first(view: DoctorView) -> None:
    assert [card.subject.text() for card in view.cards] == ["PUBLIC_URL", "APPLICATION_ID"]
    assert [card.level.word.text() for card in view.cards] == ["Look at this", "In order"]


def test_what_is_wrong_says_why_it_matters_and_what_to_do(view: DoctorView) -> None:
    assert view.token.why.isVisible()
    assert view.token.what.isVisible()
    assert view.token.what.text().startswith("What to do: ")


def test_what_is_in_order_asks_for_nothing(view: DoctorView) -> None:
    assert not view.cards[1].what.isVisible()


def test_the_verdict_counts(view: DoctorView, console: AskedConsole) -> None:
    assert view.verdict.word.text() == "1 thing is wrong"
    console.models.doctor.reported(samples.report(IN_ORDER, refused_since=None, refused_code=None))
    assert view.verdict.word.text() == "Everything is in order"
    assert not view.refused.isVisible()


def test_check_again_asks_the_gateway(view: DoctorView, console: AskedConsole, qtbot: QtBot) -> None:
    view.again.click()
    qtbot.waitUntil(lambda: console.names() == ["examine"])


def test_while_a_check_runs_the_old_report_stays_and_no_second_one_is_asked_for(
    view: DoctorView, console: AskedConsole
) -> None:
    console.models.doctor.began()
    assert view.busy.isVisible()
    assert view.token.isVisible()
    view.examine()
    assert not view.again.isEnabled()
    assert console.asked == []


def test_the_first_look_examines_by_itself(
    tools: Tools, console: AskedConsole, stage: Stage, qtbot: QtBot
) -> None:
    stage.show(DoctorView(tools), 900, 700)
    qtbot.waitUntil(lambda: console.names() == ["examine"])


def test_offline_it_says_why_it_cannot_ask(view: DoctorView, console: AskedConsole) -> None:
    console.models.connection.was_lost(Trouble("connection_lost"))
    assert not view.again.isEnabled()
    assert "No connection" in view.again.toolTip()
    assert view.token.isVisible()


def test_a_check_that_failed_is_explained(view: DoctorView, console: AskedConsole) -> None:
    console.models.doctor.failed(Trouble("request_timeout", reference="ref12345"))
    assert "ref12345" in view.trouble.text.text()


def test_the_report_is_as_old_as_it_says(view: DoctorView, clock: StillClock, tools: Tools) -> None:
    clock.move(300)
    tools.ticker.half_minute_passed.emit()
    assert view.examined.text() == "Checked 5 min ago"


def test_the_report_can_be_copied(view: DoctorView) -> None:
    view.copy.click()
    copied = QGuiApplication.clipboard().text()
    assert "[Wrong] PARTNER_TOKEN" in copied
    assert "[In order] APPLICATION_ID" in copied


@pytest.mark.parametrize("language", resources.texts.LANGUAGES)
def test_every_finding_of_the_gateway_has_its_sentences(tools: Tools, language: str) -> None:
    tools.language.use(language)
    needs_nothing = ("_ok", "_set", "_accepted", "_seen", "_required")
    for code in resources.texts.entry(language, "doctor"):
        check = CheckView(subject="PARTNER_TOKEN", level=CheckLevel.WARN, code=code, params={})
        assert seen_text(check) != code
        assert do_text(check) or code.endswith(needs_nothing), code
    for subject in resources.texts.entry(language, "doctor_why"):
        assert why_text(CheckView(subject=subject, level=CheckLevel.BAD, code="clock_off", params={}))


def test_every_control_has_a_name(view: DoctorView) -> None:
    assert unnamed_controls(view) == []
