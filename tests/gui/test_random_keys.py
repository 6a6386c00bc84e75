"""A cat on the keyboard: whatever keys are pressed on a production profile, nothing destructive is asked for."""

from __future__ import annotations

import os
import random
from typing import Final

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QPushButton, QWidget

from desktop.bootstrap import build_window
from desktop.model.profiles import ProfileKind
from desktop.qt.dialogs.confirm import ConfirmDialog
from desktop.qt.links import VIEWS
from desktop.qt.main_window import MainWindow
from desktop.qt.tools import Tools
from desktop.services.errors import ConnectFailedError
from shared.admin_wire import (
    CallCounts,
    FixResult,
    InstallCounts,
    OwnerLink,
    PaymentLink,
    PaymentList,
    PersonFound,
    ReconcileResult,
    SessionTestOutcome,
    StaffToken,
)
from shared.vocabulary import CallState, DifferenceKind, Fix, Stage, WhatsappState
from tests.fakes.console import AskedConsole
from tests.gui import samples
from tests.gui.conftest import connect

SEQUENCES: Final = 1000
SEQUENCES_UNLOCKED: Final = 400
DESTRUCTIVE: Final = frozenset({"uninstall", "freeze", "purge_person"})
COMMANDS: Final = DESTRUCTIVE | {
    "unfreeze", "retry_call", "hold_call", "release_call", "resolve_call", "plan_bulk", "start_bulk", "start_session",
    "restart_session", "stop_session", "relink_session", "confirm_phone", "send_test", "request_pairing_code",
    "create_link", "reconcile", "check_all", "fix_difference", "plan_fixes", "start_fixes",
    "replay_webhook", "restart_sessions", "drain_process", "let_take_part", "add_member", "revoke_member",
    "notify_payment", "refund_payment", "give_discount", "switch_assistant",
}  # fmt: skip

OFFSCREEN_SAYS_SO: Final = pytest.mark.qt_log_ignore("propagateSizeHints", "does not support")
"""What the offscreen platform cannot do it says, each time a window or a menu comes to the front."""

_K = Qt.Key
_OFTEN: Final = (
    _K.Key_Tab, _K.Key_Tab, _K.Key_Tab, _K.Key_Backtab, _K.Key_Space, _K.Key_Space, _K.Key_Return, _K.Key_Enter,
    _K.Key_Down, _K.Key_Up,
)  # fmt: skip
_SELDOM: Final = (
    _K.Key_Escape, _K.Key_Left, _K.Key_Right, _K.Key_Home, _K.Key_End, _K.Key_PageDown, _K.Key_Delete, _K.Key_Backspace,
    _K.Key_F1, _K.Key_F5, _K.Key_F6, _K.Key_F10, _K.Key_Menu, *(_K(code) for code in range(_K.Key_A, _K.Key_Z + 1)),
    *(_K(code) for code in range(_K.Key_0, _K.Key_9 + 1)),
)  # fmt: skip
_M = Qt.KeyboardModifier
_MODIFIERS: Final = (
    *[_M.NoModifier] * 8, _M.ControlModifier, _M.AltModifier, _M.ShiftModifier, _M.ControlModifier | _M.ShiftModifier,
)  # fmt: skip


@pytest.fixture
def seed() -> int:
    """Return the seed of this run; a failure is played again with AI_ADMIN_SEED set to it."""
    given = os.environ.get("AI_ADMIN_SEED")
    chosen = int(given) if given else random.SystemRandom().randrange(2**32)
    print(f"seed {chosen}")
    return chosen


@pytest.fixture
def window(tools: Tools, console: AskedConsole) -> MainWindow:
    """Return the whole window before a production gateway with two salons and a full queue."""
    connect(console, ProfileKind.PRODUCTION)
    console.answers |= {
        "reconcile": ReconcileResult(theirs="pending", before=None, after=None, changed=False),
        "create_link": OwnerLink(url="https://bot.example/o", expires_at=samples.NOW),
        "send_test": SessionTestOutcome(salon_id=123, outcome="unknown", code="outcome_unknown", at=None),
        "fix_difference": FixResult(salon_id=123, fix=Fix.READ_ANEW, outcome="fixed", theirs="active"),
        "payments": PaymentList(rows=[samples.payment()]),
        "check_payments": PaymentList(rows=[samples.payment()]),
        "find_person": PersonFound(sought="123", rows=[]),
        "payment_link": PaymentLink(url="https://yclients.example/pay"),
        "add_member": StaffToken(staff=samples.member(), token="shown-once"),
        "test_connection": ConnectFailedError("gateway_refused"),
    }
    made = build_window(tools)
    settings = made.views.settings
    for opens_file in (settings.import_file, settings.export_file):
        opens_file.setEnabled(False)  # what comes then is the system's own
    made.views.salon.bundle.clicked.disconnect()
    models = console.models
    models.profiles.replace([models.connection.profile] if models.connection.profile else [])
    models.board.start([samples.install(), samples.install(124, title="Barber")], is_complete=True)
    models.board.set_counts(InstallCounts(total=2, by_stage={Stage.ATTENTION: 2}, cursor=10))
    models.queue.start([samples.call(7), samples.call(8, salon_id=124)], is_complete=True)
    models.queue.set_counts(
        CallCounts(by_state={CallState.FAILED: 2}, failed_by_code={"token_refused": 2}, cursor=10)
    )
    models.bulk.set_view(samples.bulk())
    models.doctor.reported(samples.report())
    models.consistency.take(
        [samples.difference()], {DifferenceKind.STATUS_DIFFERS: 1}, has_more=False, swept_at=samples.NOW
    )
    models.consistency.set_plan(samples.plan())
    made.resize(1400, 900)
    made.show()
    made.activateWindow()
    QApplication.processEvents()
    return made


def target(window: MainWindow) -> QWidget:
    """Return what the keyboard speaks to now."""
    popup, modal = QApplication.activePopupWidget(), QApplication.activeModalWidget()
    if popup is not None:
        return popup
    focused: QWidget | None = modal.focusWidget() if modal is not None else QApplication.focusWidget()
    return focused if focused is not None else modal if modal is not None else window


def begin(window: MainWindow, console: AskedConsole, chance: random.Random) -> None:
    """Put everything back to where a hand may slip: a view, a salon with calls and a session."""
    for top in QApplication.topLevelWidgets():
        if isinstance(top, QDialog):
            top.reject()
    window.show()  # some keys close it
    window.activateWindow()
    window.show_view(chance.choice(VIEWS))
    salon = console.models.salon
    salon.opened(123, samples.install())
    salon.set_detail(samples.detail(whatsapp=samples.whatsapp(state=WhatsappState.PAIRING)))
    salon.set_calls([samples.call()])
    window.pane.show()
    if chance.random() < 0.5:
        QApplication.processEvents()
        buttons = [each for each in window.views.salon.findChildren(QPushButton) if each.isVisible()]
        chance.choice(buttons).setFocus()


def play(window: MainWindow, console: AskedConsole, chance: random.Random, sequences: int) -> int:
    """Press sequences of keys; returns how many of the keys met a question."""
    dialogs = 0
    for number in range(sequences):
        if number % 10 == 0:
            begin(window, console, chance)
        for _ in range(chance.randint(1, 8)):
            key = chance.choice(_OFTEN) if chance.random() < 0.6 else chance.choice(_SELDOM)
            QTest.keyClick(target(window), key, chance.choice(_MODIFIERS))
            dialogs += isinstance(QApplication.activeModalWidget(), ConfirmDialog)
    return dialogs


@OFFSCREEN_SAYS_SO
@pytest.mark.slow
def test_a_thousand_random_sequences_on_production_ask_for_no_command_at_all(
    window: MainWindow, console: AskedConsole, seed: int
) -> None:
    safety = console.models.safety
    was_unlocked: list[bool] = []
    safety.changed.connect(lambda: was_unlocked.append(not safety.is_locked))
    play(window, console, random.Random(seed), SEQUENCES)
    asked = set(console.names())
    assert not asked & DESTRUCTIVE, f"seed {seed}"
    assert any(was_unlocked) or not asked & COMMANDS, f"seed {seed}"
    finish(window)


@OFFSCREEN_SAYS_SO
@pytest.mark.slow
def test_with_the_lock_open_nothing_destructive_is_asked_for_without_the_typed_name(
    window: MainWindow, console: AskedConsole, seed: int
) -> None:
    safety = console.models.safety
    safety.unlock()
    safety.changed.connect(lambda: safety.unlock() if safety.is_locked else None)
    met = play(window, console, random.Random(seed), SEQUENCES_UNLOCKED)
    asked = set(console.names())
    assert not asked & DESTRUCTIVE, f"seed {seed}"
    assert met > 0, f"no question was ever met: the keys go nowhere (seed {seed})"
    assert asked & COMMANDS, f"no command was ever met: the keys go nowhere (seed {seed})"
    finish(window)


def finish(window: MainWindow) -> None:
    """Close what the keys left open."""
    for top in QApplication.topLevelWidgets():
        if isinstance(top, QDialog):
            top.reject()
    window.release()
    window.close()
    window.deleteLater()
