"""Every command of the protocol is found in the palette, goes by the keyboard alone, and asks first where it does harm.

What must be there is read from the protocol: a command that is new fails here until somebody says how it is reached.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from desktop.model.consistency import identity_of
from desktop.model.profiles import ProfileKind
from desktop.qt.dialogs.confirm import ConfirmDialog
from desktop.qt.main_window import MainWindow
from desktop.qt.palette_entries import Entry, without_letter
from desktop.qt.tools import Tools
from desktop.services.console import Console
from desktop.services.errors import OperationRefusedError
from desktop.services.salon_watch import SalonWatch
from shared import protocol
from shared.admin_wire import PaymentList, PersonFound, PersonPlace
from shared.vocabulary import BulkState, CallState, DifferenceKind, NextStep, WhatsappState
from tests.fakes.console import AskedConsole
from tests.gui import conftest, samples
from tests.gui.test_undo import leaving
from tests.gui.windows import full_window

WHY: Final = "The owner asked for it"
SPACE, ENTER = Qt.Key.Key_Space, Qt.Key.Key_Return

Ready = Callable[[MainWindow], object]
Within = Callable[[QWidget], QPushButton | None]


def as_it_is(window: MainWindow) -> None:
    """Everything is there already."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a person comes to a command: an entry of the palette, in some windows a button of the dialog that it opens.

    `place` is where the entry stands, where others say the same. `asks` is what the console is asked for in the end.
    `ready` brings about the state in which it can be asked for.
    `is_asked_back` says that a question comes first, whose answer is No unless somebody says otherwise.
    """

    entry: str
    asks: str
    view: str = "installs"
    place: str = ""
    ready: Ready = as_it_is
    within: Within | None = None
    is_asked_back: bool = False


# ------------------------------------------------------------------------------------------------ what is made ready


def salon(**given: Any) -> Ready:
    """Have the open salon stand so."""
    return lambda window: window.tools.console.models.salon.set_detail(
        samples.detail(samples.install(**given), cursor=11)
    )


def calls(*rows: Any) -> Ready:
    """Have the open salon have these calls."""
    return lambda window: window.tools.console.models.salon.set_calls(list(rows))


def session(state: WhatsappState | None, wanted: str = "running") -> Ready:
    """Have the open salon's session stand so, and a number typed for a code."""

    def ready(window: MainWindow) -> None:
        part = samples.whatsapp(state=state, wanted=wanted)
        row = samples.install(whatsapp_state=state)
        window.tools.console.models.salon.set_detail(samples.detail(row, whatsapp=part, cursor=11))
        window.views.salon.qr.phone.setText("+7 999 123-45-67")

    return ready


def bulk(**given: Any) -> Ready:
    """Have a bulk retry stand so, and a reason typed."""

    def ready(window: MainWindow) -> None:
        window.tools.console.models.bulk.set_view(samples.bulk(**given))
        window.views.queue.bulk.reason.setText(WHY)

    return ready


def fixes(state: BulkState) -> Ready:
    """Have a plan of fixes stand so."""
    return lambda window: window.tools.console.models.consistency.set_plan(samples.plan(state))


def a_webhook(window: MainWindow) -> None:
    """Open one that can be worked anew."""
    window.tools.console.models.webhook.opened(5)
    window.tools.console.models.webhook.take(samples.webhook_detail())


def one_that_has_left(window: MainWindow) -> None:
    """Choose a difference whose fix nothing takes back."""
    rows = window.tools.console.models.consistency.rows
    wanted = next(row for row in rows if row.kind is DifferenceKind.LISTED_CLOSED)
    window.views.consistency.choose(identity_of(wanted))


def two_processes(window: MainWindow) -> None:
    """Let there be another process that can take over."""
    window.tools.console.models.processes.take(samples.process_list())


def a_name(window: MainWindow) -> None:
    """Type the name of a new member."""
    window.views.staff.add.click()
    window.views.staff.new.name.setText("Мария")


# ------------------------------------------------------------------------------------------------ within a dialog


def wait_for(is_so: Callable[[], bool]) -> None:
    """Wait, two seconds at the most, until something is so."""
    for _ in range(200):
        if is_so():
            return
        QTest.qWait(10)
    raise AssertionError("it never came")


def pressing(name: str) -> Within:
    """Return what finds a button of a window by what it says."""

    def find(root: QWidget) -> QPushButton:
        (found,) = (one for one in root.findChildren(QPushButton) if without_letter(one.text()) == name)
        return found

    return find


def payments(name: str) -> Within:
    """Return what fills the forms of the payments and finds a button there."""

    def find(root: QWidget) -> QPushButton | None:
        view: Any = root.payments  # type: ignore[attr-defined]
        wait_for(lambda: view.table.rowCount() > 0)
        view.amount.setText("990")
        view.percent.setText("15")
        view.table.selectRow(0)
        return pressing(name)(root)

    return find


def person(name: str) -> Within:
    """Return what types whom to look for, and for all but the search itself waits until it is found."""

    def find(root: QWidget) -> QPushButton | None:
        view: Any = root.view  # type: ignore[attr-defined]
        view.who.setText("123")
        if name != "Find":
            QTest.keyClick(view.search, SPACE)
            wait_for(lambda: view.places.rowCount() > 0)
            view.places.selectRow(0)
        return pressing(name)(root)

    return find


def a_file(root: QWidget) -> None:
    """Choose where to save."""
    assert isinstance(root, QFileDialog)
    root.fileSelected.emit("support.html")
    root.reject()


_W, _BUNDLE = WhatsappState, "Support bundle…"

WAYS: Final = {
    "staff.add": Way("Add and show the token", "add_member", "staff", ready=a_name),
    "staff.revoke": Way("Take the token", "revoke_member", "staff", is_asked_back=True),
    "installs.reconcile": Way("Compare with YCLIENTS", "reconcile"),
    "installs.freeze": Way("Pause…", "freeze", is_asked_back=True),
    "installs.unfreeze": Way(
        "Let it run…", "unfreeze", ready=salon(is_frozen_by_staff=True), is_asked_back=True
    ),
    "installs.uninstall": Way("Disconnect the salon…", "uninstall", is_asked_back=True),
    "installs.keep": Way("Take back what was just done", "keep", ready=calls(leaving())),
    "installs.assistant": Way("Assistant off…", "switch_assistant", is_asked_back=True),
    "installs.bundle": Way(_BUNDLE, "save_bundle", within=a_file),
    "links.create": Way("Link for the owner", "create_link"),
    "calls.retry": Way("Retry", "retry_call", ready=calls(samples.call(7))),
    "calls.hold": Way(
        "Hold…", "hold_call", ready=calls(samples.call(7, state=CallState.WAITING)), is_asked_back=True
    ),
    "calls.release": Way("Let it go on", "release_call", ready=calls(samples.call(7, state=CallState.HELD))),
    "calls.resolve": Way(
        "Mark as dealt with…", "resolve_call", ready=calls(samples.call(7)), is_asked_back=True
    ),
    "bulk.plan": Way("Retry all that match (2)…", "plan_bulk", "queue"),
    "bulk.start": Way("Retry 240 calls", "start_bulk", "queue", ready=bulk()),
    "bulk.cancel": Way("Stop the retry", "cancel_bulk", "queue", ready=bulk(state=BulkState.RUNNING)),
    "sessions.start": Way("Start the session", "start_session", ready=session(_W.STOPPED, "stopped")),
    "sessions.restart": Way("Start anew the session", "restart_session", ready=session(_W.CONNECTED)),
    "sessions.stop": Way("Stop the session", "stop_session", ready=session(_W.CONNECTED), is_asked_back=True),
    "sessions.pairing_code": Way("Get a code", "request_pairing_code", ready=session(_W.PAIRING)),
    "sessions.relink": Way(
        "Link another phone…", "relink_session", ready=session(_W.CONNECTED), is_asked_back=True
    ),
    "sessions.confirm_phone": Way(
        "Keep the new number", "confirm_phone", ready=salon(next_step=NextStep.CONFIRM_PHONE)
    ),
    "sessions.send_test": Way(
        "Send a test message…", "send_test", ready=session(_W.CONNECTED), is_asked_back=True
    ),
    "qr.open": Way("Show the code", "open_qr"),
    "processes.drain": Way("Drain…", "drain_process", "sessions", ready=two_processes, is_asked_back=True),
    "processes.take_part": Way("Take part again", "let_take_part", "sessions"),
    "backups.make": Way("Make a backup now", "make_backup", "doctor"),
    "consistency.check": Way("Check all now", "check_all", "consistency"),
    "consistency.fix": Way(
        "Finish the disconnection…",
        "fix_difference",
        "consistency",
        ready=one_that_has_left,
        is_asked_back=True,
    ),
    "fixes.plan": Way("Accept their status: all 2…", "plan_fixes", "consistency"),
    "fixes.start": Way(
        "Start…", "start_fixes", "consistency", ready=fixes(BulkState.PLANNED), is_asked_back=True
    ),
    "fixes.cancel": Way("Stop", "cancel_fixes", "consistency", "Sync", ready=fixes(BulkState.RUNNING)),
    "alarms.acknowledge": Way("Acknowledge", "acknowledge_alarm", "alarms"),
    "alarms.snooze": Way("For an hour", "snooze_alarm", "alarms"),
    "webhooks.replay": Way(
        "Work it anew…", "replay_webhook", "webhooks", ready=a_webhook, is_asked_back=True
    ),
    "payments.notify": Way(
        "Payments…", "notify_payment", within=payments("Tell YCLIENTS…"), is_asked_back=True
    ),
    "payments.refund": Way("Payments…", "refund_payment", within=payments("Pay back…"), is_asked_back=True),
    "payments.check": Way("Payments…", "check_payments", within=payments("Compare with YCLIENTS")),
    "payments.link": Way("Payments…", "payment_link", within=payments("Copy the address")),
    "payments.discount": Way(
        "Payments…", "give_discount", within=payments("Give the discount…"), is_asked_back=True
    ),
    "personal_data.find": Way("Personal data…", "find_person", within=person("Find")),
    "personal_data.purge": Way(
        "Personal data…",
        "purge_person",
        within=person("Destroy the salon's personal data…"),
        is_asked_back=True,
    ),
}

NOT_IN_THE_PALETTE: Final = {
    "sessions.qr": "the same as qr.open, for programs that have no socket",
    "crashes.report": "offered by the report of a crash itself, at the next start",
}


def test_every_command_of_the_protocol_has_its_way() -> None:
    wanted = {one.name for one in protocol.OPERATIONS if one.is_command or one.is_audited}
    wanted |= set(NOT_IN_THE_PALETTE)
    assert wanted - set(WAYS) == set(NOT_IN_THE_PALETTE)
    assert set(WAYS) <= wanted


def test_whatever_does_harm_is_asked_about_first() -> None:
    harmful = {one.name for one in protocol.OPERATIONS if one.is_destructive}
    assert len(harmful) > 5
    assert harmful <= {name for name, way in WAYS.items() if way.is_asked_back}


@pytest.mark.parametrize("name", WAYS)
def test_a_command_goes_from_the_palette_by_the_keyboard_alone(
    name: str, tools: Tools, console: AskedConsole, stage: conftest.Stage, qtbot: QtBot
) -> None:
    way = WAYS[name]
    place = PersonPlace(place="installs", salon_id=123, title="Ёлка", count=2, generation=2, is_open=False)
    console.answers |= {
        "find_salons": [], "payments": PaymentList(rows=[samples.payment()]),
        "find_person": PersonFound(sought="123", rows=[place]), "destruction_reports": [],
        way.asks: OperationRefusedError("rate_limited"),
    }  # fmt: skip
    window = stage.show(full_window(tools, console, ProfileKind.DEMO), 1280, 800)
    window.show_view(way.view)
    way.ready(window)
    QApplication.processEvents()
    choose(window, way)
    if way.within is not None:
        opened = await_dialog(window, qtbot)
        control = way.within(opened)
        if control is not None:
            assert control.isEnabled(), control.toolTip()
            QTest.keyClick(control, SPACE)
    if way.is_asked_back:
        answer_yes(await_question(qtbot), way, console, is_harmful=protocol.BY_NAME[name].is_destructive)
    qtbot.waitUntil(lambda: _is(way.asks in console.names()))
    assert f"protocol.{name.replace('.', '_').upper()}" in source_of(way.asks), "the very command"
    for one in QApplication.topLevelWidgets():
        if isinstance(one, QDialog) and one.isVisible():
            one.reject()


def _is(so: bool) -> None:
    assert so


def source_of(asks: str) -> str:
    """Return the source of what the console was asked for."""
    return inspect.getsource(getattr(Console, asks, None) or getattr(SalonWatch, asks))


def choose(window: MainWindow, way: Way) -> None:
    """Open the palette with its key, type, go down to the entry and press Enter."""
    window.activateWindow()
    assert QTest.qWaitForWindowActive(window, 2000)
    QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    palette = window.palette_desk.palette
    assert palette is not None
    wait_for(palette.field.hasFocus)
    palette.field.insert(way.entry)
    fitting = [entry for entry in palette.shown() if is_meant(entry, way)]
    assert fitting, [entry.title for entry in palette.shown()]
    wanted = next((entry for entry in fitting if entry.refusal is None), fitting[0])
    assert wanted.refusal is None, wanted.refusal
    for _ in palette.shown():
        if palette.current() is wanted:
            break
        QTest.keyClick(palette.field, Qt.Key.Key_Down)
    assert palette.current() is wanted
    wait_for(lambda: not palette._is_waiting)
    for _ in palette.shown():
        if (now := palette.current()) is not None and now.key == wanted.key:
            break
        QTest.keyClick(palette.field, Qt.Key.Key_Down)
    QTest.keyClick(palette.field, ENTER)


def is_meant(entry: Entry, way: Way) -> bool:
    """Whether an entry is the way's own: staff's names its member."""
    if not entry.place.startswith(way.place):
        return False
    return entry.title == way.entry or (entry.title.startswith(f"{way.entry} ") and way.view == "staff")


def await_dialog(window: MainWindow, qtbot: QtBot) -> QWidget:
    """Return the window that opened."""

    def opened() -> list[QWidget]:
        shown = [
            one for one in QApplication.topLevelWidgets() if isinstance(one, QDialog) and one.isVisible()
        ]
        return [one for one in shown if one is not window.palette_desk.palette]

    qtbot.waitUntil(lambda: _is(len(opened()) == 1))
    return opened()[0]


def await_question(qtbot: QtBot) -> ConfirmDialog:
    """Return the question that is asked."""
    qtbot.waitUntil(lambda: _is(isinstance(QApplication.activeModalWidget(), ConfirmDialog)))
    asked = QApplication.activeModalWidget()
    assert isinstance(asked, ConfirmDialog)
    return asked


def answer_yes(asked: ConfirmDialog, way: Way, console: AskedConsole, *, is_harmful: bool) -> None:
    """See that No is the answer unless one says otherwise, then say why, and yes, by the keyboard."""
    assert asked.cancel.isDefault()
    assert way.asks not in console.names(), "asked before it is done"
    if is_harmful:
        assert asked._question.is_dangerous
        assert not asked.verb.autoDefault(), "Enter does not press it"
        assert not asked.reason.isHidden(), "the audit is told why"
        assert not asked.verb.isEnabled(), "nor without a reason"
    if not asked.reason.isHidden():
        QTest.keyClicks(asked.reason, WHY)
    if not asked.typed.isHidden():
        asked.typed.setText(asked._question.typed_name or "")
    assert asked.verb.isEnabled(), asked.verb.toolTip()
    QTest.keyClick(asked.verb, SPACE)
