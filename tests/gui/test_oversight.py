"""The views of the audit and of the staff, and the tray: what they say, refuse, keep secret and tell."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from desktop.model.alarms import is_waiting
from desktop.model.audit import ChainCheck
from desktop.model.exports import Export
from desktop.model.notices import NoticeLevel
from desktop.model.problem import Trouble
from desktop.qt.audit_texts import act_text, differences
from desktop.qt.dialogs.confirm import ConfirmDialog
from desktop.qt.dialogs.snooze import SnoozeDialog, next_morning
from desktop.qt.tools import Tools
from desktop.qt.tray import Tray
from desktop.qt.views.alarms import AlarmsView
from desktop.qt.views.audit import CHOSEN, TODAY, AuditView
from desktop.qt.views.settings import SettingsView
from desktop.qt.views.staff import MemberCard, StaffView
from desktop.services.alarm_watch import NOTICE
from desktop.services.errors import OperationRefusedError
from shared.admin_wire import AuditQuery, StaffToken
from shared.protocol import OPERATIONS
from shared.vocabulary import AuditOutcome, StaffRole
from tests.fakes.console import AskedConsole
from tests.gui import samples
from tests.gui.conftest import Stage, connect
from tests.gui.seeing import unnamed_controls

TOKEN = "aiadmin_" + "T" * 43


# ------------------------------------------------------------------------------------------------- the audit


@pytest.fixture
def audit(tools: Tools, console: AskedConsole, stage: Stage) -> AuditView:
    """Return the view with two acts."""
    view = stage.show(AuditView(tools), 1100, 800)
    seen = samples.act(1, operation="sessions.qr", before={}, after={}, reason=None)
    console.models.audit.found([samples.act(2), seen], None, is_first=True)
    return view


def test_an_act_is_told_in_words_with_what_was_and_what_is(audit: AuditView) -> None:
    index = audit.table.index(0, 2)
    assert (index.data(), index.data(Qt.ItemDataRole.ToolTipRole)) == ("Paused a salon", "installs.freeze")
    details = audit.details
    assert details.changes.text().splitlines()[0] == "frozen: \u2068false\u2069 → \u2068true\u2069"
    assert "не платят" in details.reason.text()
    audit.list.setCurrentIndex(audit.table.index(1, 0))
    assert details.changes_title.text() == "It changed nothing"
    assert details.reason.text() == "Why: no reason given"


def test_what_is_different_comes_first_whatever_the_fields_are() -> None:
    rows = differences({"same": 1, "gone": "x"}, {"same": 1, "new": {"a": None}})
    assert rows == [("gone", "x", "—", True), ("new", "—", '{"a": null}', True), ("same", "1", "1", False)]


def test_every_field_narrows_what_is_asked_for(audit: AuditView, console: AskedConsole, qtbot: QtBot) -> None:
    audit.who.setText("Анна")
    audit.salon.setText("101001")
    audit.act.setCurrentIndex(audit.act.findData("calls.retry"))
    audit.outcome.setCurrentIndex(audit.outcome.findData(AuditOutcome.CHANGED))
    audit.period.setCurrentIndex(audit.period.findData(TODAY))
    audit.search()
    qtbot.waitUntil(
        lambda: console.asked[-1][0] == "search_audit" and console.asked[-1][1][0].staff == "Анна"
    )
    (query,) = console.last("search_audit")
    here = samples.NOW.astimezone()
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    assert (query.salon_id, query.operation, query.outcome) == (101001, "calls.retry", AuditOutcome.CHANGED)
    assert (query.since, query.until) == (midnight, None)
    audit.show_everything()
    assert audit.query() == AuditQuery()


def test_chosen_days_are_whole_days_in_either_order(audit: AuditView) -> None:
    audit.period.setCurrentIndex(audit.period.findData(CHOSEN))
    audit.since.setDate(date(2026, 3, 14))  # type: ignore[arg-type]  # PySide takes Python's dates
    audit.until.setDate(date(2026, 3, 12))  # type: ignore[arg-type]
    query = audit.query()
    assert query.since is not None
    assert query.until is not None
    assert query.since.astimezone().isoformat()[:19] == "2026-03-12T00:00:00"
    assert query.until - query.since == timedelta(days=3)
    audit.refresh()
    assert audit.since.isVisible()


def test_nothing_found_offers_everything_and_nothing_done_says_how_to_begin(
    audit: AuditView, console: AskedConsole
) -> None:
    model = console.models.audit
    model.searching(AuditQuery(staff="nobody"))
    model.found([], None, is_first=True)
    assert audit.empty.action.text() == "Show everything"
    model.searching(AuditQuery())
    model.found([], None, is_first=True)
    assert "sandbox" in audit.empty.text.text()
    assert audit.empty.action.isHidden()


def test_who_may_not_read_the_audit_is_told_so_and_nothing_is_asked(
    tools: Tools, console: AskedConsole, stage: Stage
) -> None:
    connect(console, role=StaffRole.OPERATOR)
    view = stage.show(AuditView(tools), 1000, 700)
    assert "role" in view.empty.text.text()
    assert not view.check.isEnabled()
    assert not view.export.isEnabled()
    assert console.asked == []


@pytest.mark.parametrize(
    ("check", "said", "is_running"),
    [
        (ChainCheck(2000, 2000, 8000), "2,000 rows fit so far", True),
        (ChainCheck(9, 9, 9, is_running=False), "whole: all 9 rows fit", False),
        (ChainCheck(4, 4, 9, False, True), "stopped after 4 rows", False),
        (ChainCheck(4, 4, 9, False, False, 5, "altered"), "Row 5 was altered", False),
        (ChainCheck(4, 4, 9, False, False, 5, "of a newer kind"), "Row 5 does not fit", False),
        (ChainCheck(4, 4, 9, False, trouble=Trouble("request_timeout")), "could not be checked", False),
    ],
)  # fmt: skip
def test_the_check_says_how_far_it_is_and_how_it_came_out(
    audit: AuditView, console: AskedConsole, check: ChainCheck, said: str, is_running: bool
) -> None:
    console.models.audit.check_is(check)
    work = audit.work.check
    assert said in work.state.word.text()
    assert (work.stop.isVisible(), work.close_work.isVisible()) == (is_running, not is_running)
    if is_running:
        assert work.bar.value() == 250
    else:
        work.close_work.click()
        assert not work.isVisible()


def test_an_export_says_what_became_of_it_and_can_be_stopped(
    audit: AuditView, console: AskedConsole, qtbot: QtBot
) -> None:
    model, work = console.models.audit, audit.work.export
    model.export_is(Export("a.csv", 400))
    assert "400 rows so far" in work.state.word.text()
    work.stop.click()
    qtbot.waitUntil(lambda: "stop_audit_export" in console.names())
    model.export_is(Export("a.csv", 400, False, trouble=Trouble("export_failed")))
    assert "was not written" in work.state.word.text()
    assert "Choose another place" in work.state.word.text()


def test_every_act_that_is_audited_today_has_its_words() -> None:
    audited = {operation.name for operation in OPERATIONS if operation.is_audited}
    silent = sorted(name for name in audited if act_text(name) == name)
    assert silent == []
    assert act_text("something.newer") == "something.newer"


# ------------------------------------------------------------------------------------------------- the staff


@pytest.fixture
def staff(tools: Tools, console: AskedConsole, stage: Stage) -> StaffView:
    """Return the view with oneself (1), somebody who is here and somebody whose token ends soon."""
    view = stage.show(StaffView(tools), 900, 800)
    soon = samples.NOW + timedelta(days=2)
    console.models.staff.take(
        [
            samples.someone(1, name="Анна"),
            samples.someone(2, consoles=2),
            samples.someone(3, name="Олег", ends_at=soon, expires_at=soon),
        ]
    )
    return view


def test_a_member_is_shown_with_role_presence_and_the_end_of_the_token(staff: StaffView) -> None:
    mine, here, ending = staff.cards
    assert staff.count.text() == "3 members · 1 here now"
    assert "(you)" in mine.name.text()
    assert mine.state.word.text() == "was here 10 min ago"
    assert here.state.word.text() == "here now: 2 consoles open"
    assert "without use the token ends" in here.meta.text()
    assert "ends soon" in ending.meta.text()


def test_one_s_own_token_cannot_be_taken_away_by_accident(staff: StaffView) -> None:
    mine, here, _ = staff.cards
    assert not mine.revoke.isEnabled()
    assert "your own" in mine.revoke.toolTip()
    assert here.revoke.isEnabled()


def asked_about(card: MemberCard) -> ConfirmDialog:
    """Want a member's token taken away and return the question."""
    card.revoke.click()
    dialog = card.window().findChild(ConfirmDialog)
    assert isinstance(dialog, ConfirmDialog)
    return dialog


def test_a_revocation_asks_why_says_what_happens_and_enter_does_nothing(
    staff: StaffView, console: AskedConsole, qtbot: QtBot
) -> None:
    dialog = asked_about(staff.cards[1])
    assert dialog.cancel.isDefault()
    dialog.reason.setPlainText("lost the laptop")
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not dialog.isVisible())
    assert "revoke_member" not in console.names()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    dialog = asked_about(staff.cards[1])
    dialog.reason.setPlainText("lost the laptop")
    dialog.verb.click()
    qtbot.waitUntil(lambda: not isValid(dialog) or not dialog.isVisible())
    assert console.last("revoke_member") == (2, "lost the laptop")


def test_a_new_token_is_shown_once_copied_for_a_minute_and_gone(
    staff: StaffView, console: AskedConsole, qtbot: QtBot
) -> None:
    console.answers["add_member"] = StaffToken(staff=samples.member(), token=TOKEN)
    staff.add.click()
    assert not staff.new.submit.isEnabled()
    staff.new.name.setText("Пётр")
    staff.new.role.setCurrentIndex(staff.new.role.findData(StaffRole.VIEWER))
    staff.new.submit.click()
    qtbot.waitUntil(lambda: staff.new.is_showing_token)
    assert console.last("add_member") == ("Пётр", StaffRole.VIEWER, 90, None)
    staff.new.copy.click()
    assert QApplication.clipboard().text() == TOKEN
    staff.add.click()
    assert staff.new.token.text() == TOKEN, "another press does not lose the token"
    staff.new._secrets.clear()
    assert QApplication.clipboard().text() == ""
    staff.new.done.click()
    assert staff.new.token.text() == ""
    assert not staff.new.isVisible()


def test_what_the_gateway_refuses_is_said_beside_what_was_typed(
    staff: StaffView, console: AskedConsole, qtbot: QtBot
) -> None:
    console.answers["add_member"] = OperationRefusedError("staff_name_taken", "", "ref12345")
    staff.add.click()
    staff.new.name.setText("Мария")
    staff.new.submit.click()
    qtbot.waitUntil(lambda: staff.new.trouble.isVisible())
    assert staff.new.name.text() == "Мария"


def test_who_may_not_manage_staff_sees_nobody_and_why(
    tools: Tools, console: AskedConsole, stage: Stage
) -> None:
    connect(console, role=StaffRole.VIEWER)
    view = stage.show(StaffView(tools), 900, 700)
    console.models.staff.take([samples.someone(2)])
    assert view.cards == ()
    assert "role" in view.empty.text.text()
    assert not view.add.isEnabled()


@pytest.mark.parametrize("kind", [AuditView, StaffView])
def test_every_control_has_a_name(
    audit: AuditView, staff: StaffView, console: AskedConsole, kind: type[AuditView | StaffView]
) -> None:
    console.models.audit.check_is(ChainCheck(1, 1, 2))
    staff.add.click()
    assert unnamed_controls(audit if kind is AuditView else staff) == []


# ------------------------------------------------------------------------------------ alarms put off, the tray


def test_a_snoozed_alarm_waits_for_nobody_until_it_was_told_again() -> None:
    until = samples.NOW + timedelta(hours=1)
    snoozed = samples.alarm(1, snoozed_until=until, snoozed_by="Анна")
    assert not is_waiting(snoozed)
    assert is_waiting(samples.alarm(1, snoozed_until=until, snoozed_by="Анна", told_at=until))


def test_an_alarm_is_put_off_for_an_hour_till_the_morning_or_till_a_moment(
    tools: Tools, console: AskedConsole, stage: Stage, qtbot: QtBot
) -> None:
    view = stage.show(AlarmsView(tools), 900, 700)
    console.models.alarms.take([samples.alarm(2)])
    (card,) = view.cards
    card.for_hour.trigger()
    qtbot.waitUntil(lambda: console.last("snooze_alarm") == (2, samples.NOW + timedelta(hours=1)))
    qtbot.waitUntil(card.snooze.isEnabled)
    card.until_morning.trigger()
    qtbot.waitUntil(lambda: console.last("snooze_alarm") == (2, next_morning(samples.NOW)))
    qtbot.waitUntil(card.snooze.isEnabled)
    card.until_moment.trigger()
    dialog = view.window().findChild(SnoozeDialog)
    assert isinstance(dialog, SnoozeDialog)
    assert dialog.cancel.isDefault()
    dialog.verb.click()
    qtbot.waitUntil(lambda: console.last("snooze_alarm") == (2, samples.NOW + timedelta(hours=4)))
    console.models.alarms.take(
        [samples.alarm(2, snoozed_until=samples.NOW + timedelta(hours=1), snoozed_by="Анна")]
    )
    assert "snoozed by" in card.meta.text()
    assert card.wake.isVisible()
    assert not card.snooze.isVisible()
    qtbot.waitUntil(card.wake.isEnabled)
    card.wake.click()
    qtbot.waitUntil(lambda: console.last("snooze_alarm") == (2, None))


def test_the_next_morning_is_nine_o_clock_of_tomorrow_and_of_today_in_the_night() -> None:
    for hour, days in ((0, 0), (4, 0), (5, 1), (12, 1), (23, 1)):
        now = datetime(2026, 3, 14, hour, 30).astimezone()
        morning = next_morning(now).astimezone()
        assert (morning.date() - now.date()).days == days
        assert (morning.hour, morning.minute) == (9, 0)


class Sign(QObject):
    """A tray that is only written down."""

    activated = Signal(object)
    messageClicked = Signal()

    def __init__(self, _icon: QIcon, parent: QObject) -> None:
        super().__init__(parent)
        self.told: list[str] = []
        self.tip = ""
        self.is_shown = False

    def show(self) -> None:
        """Be seen."""
        self.is_shown = True

    def hide(self) -> None:
        """Be gone."""
        self.is_shown = False

    def setToolTip(self, text: str) -> None:
        """Say on hover."""
        self.tip = text

    def showMessage(self, _title: str, text: str, *_more: object) -> None:
        """Tell."""
        self.told.append(text)


def test_the_system_is_told_of_an_alarm_only_while_nobody_looks(tools: Tools, console: AskedConsole) -> None:
    looks = [False]
    tray = Tray(tools, QIcon(), lambda: looks[0], make=Sign, is_available=lambda: True)  # type: ignore[arg-type]
    sign: Any = tray.sign
    notices = console.models.notices
    notices.add(NoticeLevel.ERROR, NOTICE, {"kind": "disk_low", "subject": ""})
    notices.add(NoticeLevel.DONE, "copied")
    looks[0] = True
    notices.add(NoticeLevel.ERROR, NOTICE, {"kind": "spool_full", "subject": ""})
    assert sign.told == ["Alarm: Little room is left on the disk"]
    console.models.alarms.take([samples.alarm(1), samples.alarm(2)])
    assert sign.tip == "AI-Admin · 2 alarms wait for somebody"
    opened: list[bool] = []
    tray.opened.connect(lambda: opened.append(True))
    sign.messageClicked.emit()
    assert opened == [True]
    tray.release()
    notices.add(NoticeLevel.ERROR, NOTICE, {"kind": "disk_low", "subject": ""})
    assert (len(sign.told), sign.is_shown) == (1, False)


def test_without_a_tray_nothing_is_amiss(tools: Tools, console: AskedConsole) -> None:
    tray = Tray(tools, QIcon(), lambda: False, is_available=lambda: False)
    console.models.notices.add(NoticeLevel.ERROR, NOTICE, {"kind": "disk_low", "subject": ""})
    assert tray.sign is None
    tray.release()


def test_quiet_hours_are_chosen_in_the_settings(
    tools: Tools, console: AskedConsole, stage: Stage, qtbot: QtBot
) -> None:
    view = stage.show(SettingsView(tools), 900, 900)
    assert not view.quiet_from.isEnabled()
    view.is_quiet.click()
    qtbot.waitUntil(lambda: console.last("update_preferences") == ("22:00-08:00",))
    console.models.preferences.update(quiet_hours="23:30-07:00")
    assert (view.quiet_from.currentText(), view.quiet_to.currentText()) == ("23:30", "07:00")
    assert view.quiet_to.isEnabled()
    assert view.quiet_hint.isVisible()
    view.is_quiet.click()
    qtbot.waitUntil(lambda: console.last("update_preferences") == ("",))
