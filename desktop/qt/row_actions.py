"""The one most useful thing staff can do for an install, by its next step."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from desktop.qt.texts import marked, translate
from shared.admin_wire import InstallRow
from shared.vocabulary import CallState, NextStep


class RowAction(StrEnum):
    """What a row of the board offers."""

    RETRY = "retry"
    SHOW_QR = "show_qr"
    UNFREEZE = "unfreeze"
    CHECK = "check"
    OPEN = "open"


RETRIABLE: Final = frozenset({CallState.FAILED, CallState.HELD, CallState.WAITING})
"""Calls in these states can be tried again."""

OPERATION_OF: Final = {
    RowAction.RETRY: "calls.retry",
    RowAction.SHOW_QR: "qr.open",
    RowAction.UNFREEZE: "installs.unfreeze",
    RowAction.CHECK: "installs.reconcile",
}
"""The operation that an action asks for; opening a salon only reads."""

_BY_STEP: Final = {
    NextStep.LINK_PHONE: RowAction.SHOW_QR,
    NextStep.FINISH_LINKING: RowAction.SHOW_QR,
    NextStep.RELINK_PHONE: RowAction.SHOW_QR,
    NextStep.PAY: RowAction.CHECK,
    NextStep.WAIT_FOR_PARTNER: RowAction.CHECK,
    NextStep.PRESS_CONNECT_AGAIN: RowAction.CHECK,
    NextStep.UNFREEZE: RowAction.UNFREEZE,
}
_WORDS: Final = {
    RowAction.RETRY: marked("RowAction", "Retry"),
    RowAction.SHOW_QR: marked("RowAction", "Show QR"),
    RowAction.UNFREEZE: marked("RowAction", "Let it run"),
    RowAction.CHECK: marked("RowAction", "Check"),
    RowAction.OPEN: marked("RowAction", "Open"),
}


def action_of(row: InstallRow) -> RowAction:
    """Return what a row offers: at the least, to be opened."""
    if row.next_step is NextStep.RETRY_ACTIVATION and row.call_id is not None and row.call_state in RETRIABLE:
        return RowAction.RETRY
    return _BY_STEP.get(row.next_step, RowAction.OPEN)


def action_word(action: RowAction) -> str:
    """Return what stands on an action's button."""
    return translate("RowAction", _WORDS[action])
