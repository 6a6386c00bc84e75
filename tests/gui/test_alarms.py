"""The alarms on the screen: what, since when, who; acknowledged, led to where they are mended, told once."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

import resources.texts
from desktop.model.notices import NoticeLevel
from desktop.model.problem import Trouble
from desktop.model.profiles import ProfileKind
from desktop.qt.alarm_texts import do_text, seen_text, title_text
from desktop.qt.main_window import MainWindow
from desktop.qt.tools import Tools
from desktop.qt.views.alarms import AlarmsView
from desktop.services.alarm_watch import NOTICE
from desktop.services.errors import OperationRefusedError
from shared.vocabulary import AlarmKind, AlarmLevel, StaffRole
from shared.vocabulary import Stage as InstallStage
from tests.fakes.console import AskedConsole
from tests.gui import samples
from tests.gui.conftest import Stage, StillClock, connect
from tests.gui.seeing import unnamed_controls
from tests.gui.windows import full_window


@pytest.fixture
def view(tools: Tools, console: AskedConsole, stage: Stage) -> AlarmsView:
    """Return the view with two alarms, one of them acknowledged."""
    acknowledged = samples.alarm(
        1, AlarmKind.CALLS_FAILED, level=AlarmLevel.WARN, count=3,
        acknowledged_at=samples.ago(minutes=5), acknowledged_by="Мария",
    )  # fmt: skip
    console.models.alarms.take([samples.alarm(2), acknowledged])
    return stage.show(AlarmsView(tools), 900, 800)


def test_an_alarm_says_what_since_when_and_what_to_do(view: AlarmsView) -> None:
    card = view.cards[0]
    assert card.title.text() == "YCLIENTS refuses PARTNER_TOKEN"
    assert card.level.word.text() == "Urgent"
    assert card.age.text() == "20 min"
    assert card.what.text().startswith("What to do: ")
    assert view.waiting.text() == "1 waits for somebody"


def test_an_acknowledged_alarm_says_who_looks_after_it_and_how_often_it_came(view: AlarmsView) -> None:
    card = view.cards[1]
    assert "Мария" in card.meta.text()
    assert "came 3 times" in card.meta.text()
    assert not card.acknowledge.isVisible()


def test_acknowledging_asks_the_gateway_once(view: AlarmsView, console: AskedConsole, qtbot: QtBot) -> None:
    view.cards[0].acknowledge.click()
    view.cards[0].acknowledge.click()
    qtbot.waitUntil(lambda: console.asked == [("acknowledge_alarm", (2,))])


def test_what_went_wrong_with_it_is_explained(view: AlarmsView, console: AskedConsole, qtbot: QtBot) -> None:
    console.answers["acknowledge_alarm"] = OperationRefusedError("alarm_not_found", "", "ref12345")
    view.cards[0].acknowledge.click()
    qtbot.waitUntil(lambda: view.refused.isVisible())
    assert "ref12345" in view.refused.text.text()


def test_it_cannot_be_acknowledged_offline_without_the_right_or_read_only_and_says_why(
    view: AlarmsView, console: AskedConsole
) -> None:
    console.models.connection.was_lost(Trouble("connection_lost"))
    assert not view.cards[0].acknowledge.isEnabled()
    assert "No connection" in view.cards[0].acknowledge.toolTip()
    connect(console, role=StaffRole.VIEWER)
    assert "role" in view.cards[0].acknowledge.toolTip()
    connect(console, ProfileKind.PRODUCTION)
    assert "read-only" in view.cards[0].acknowledge.toolTip()
    console.models.safety.unlock()
    assert view.cards[0].acknowledge.isEnabled()


def test_settled_ones_come_on_request_and_ask_for_nothing(
    view: AlarmsView, console: AskedConsole, qtbot: QtBot
) -> None:
    view.settled.click()
    qtbot.waitUntil(lambda: console.asked == [("show_settled_alarms", (True,))])
    console.models.alarms.take([samples.alarm(2, settled_at=samples.ago(hours=1))])
    (card,) = view.cards
    assert (card.level.word.text(), card.age.text()) == ("Settled", "settled 1 h ago")
    assert not card.buttons.isVisible()
    assert not card.what.isVisible()


def test_without_alarms_it_says_what_would_be_here(view: AlarmsView, console: AskedConsole) -> None:
    console.models.alarms.take([])
    assert view.empty.title.text() == "No alarms"
    assert view.cards == []
    console.models.alarms.cleared()
    assert "Reading" in view.empty.title.text()


def test_a_list_that_could_not_be_read_is_explained_and_the_old_one_stays(
    view: AlarmsView, console: AskedConsole
) -> None:
    console.models.alarms.failed(Trouble("request_timeout", reference="ref12345"))
    assert "ref12345" in view.trouble.text.text()
    assert len(view.cards) == 2


def test_the_age_goes_on(view: AlarmsView, clock: StillClock, tools: Tools) -> None:
    clock.move(300)
    tools.ticker.half_minute_passed.emit()
    assert view.cards[0].age.text() == "25 min"


def test_every_control_has_a_name(view: AlarmsView) -> None:
    assert unnamed_controls(view) == []


@pytest.mark.parametrize("language", resources.texts.LANGUAGES)
def test_every_kind_has_its_sentences_whatever_the_gateway_knows_of_it(tools: Tools, language: str) -> None:
    tools.language.use(language)
    assert set(resources.texts.entry(language, "alarms")) == set(AlarmKind)
    for kind in AlarmKind:
        told = seen_text(samples.alarm(1, kind), samples.NOW)
        assert "{" not in title_text(kind) + told + do_text(kind)
        assert seen_text(samples.alarm(1, kind, facts={}), samples.NOW)


@pytest.mark.parametrize(
    ("kind", "view_name"),
    [
        (AlarmKind.TOKEN_REFUSED, "doctor"),
        (AlarmKind.CALLS_FAILED, "queue"),
        (AlarmKind.STUCK_INSTALLS, "installs"),
        (AlarmKind.SWEEP_BRAKED, "consistency"),
    ],
)
def test_an_alarm_leads_to_where_it_is_mended(
    tools: Tools, console: AskedConsole, stage: Stage, kind: AlarmKind, view_name: str
) -> None:
    window = stage.show(full_window(tools, console), 1400, 900)
    window.show_view("alarms")
    card = next(one for one in window.views.alarms.cards if one.alarm and one.alarm.kind is kind)
    card.place.click()
    assert window.view_name == view_name
    if view_name == "installs":
        assert window.views.installs.kept_filter().stages == [
            InstallStage.ATTENTION, InstallStage.ACTIVATING, InstallStage.LINKING,
        ]  # fmt: skip


def test_a_notice_leads_to_the_alarms_and_so_does_their_key(
    tools: Tools, console: AskedConsole, stage: Stage
) -> None:
    window: MainWindow = stage.show(full_window(tools, console), 1400, 900)
    params = {"kind": "disk_low", "subject": ""}
    console.models.notices.add(NoticeLevel.ERROR, NOTICE, params)
    (banner,) = window.notices.banners()
    assert banner.text.text() == "Alarm: Little room is left on the disk"
    banner.action.click()
    assert window.view_name == "alarms"
    window.show_view("installs")
    QTest.keyClick(window, Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
    assert window.view_name == "alarms"
