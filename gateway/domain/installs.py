"""The life of an install, as data.

Invariants:

* The partner state says where YCLIENTS and we stand, the WhatsApp state where the phone stands; neither is
  ever derived from the other, and the stage is derived from both.
* Only YCLIENTS' word about the link, a status read or its proven list, makes an install active.
* Uninstalled is the end: a salon that comes back gets a new generation with a new api_key.
* A salon has at most one open install.
* Repeating a transition is harmless: every state may follow itself.
"""

from __future__ import annotations

from typing import NamedTuple

from shared.vocabulary import NextStep, PartnerState, Stage, WhatsappState

P = PartnerState
W = WhatsappState

OPEN_STATES = frozenset(PartnerState) - {P.UNINSTALLED}
"""States of an install that still is one; at most one such install per salon."""

TRANSITIONAL_STATES = frozenset({P.QUEUED, P.CALLING})
"""States nobody should rest in; a watchdog lists installs that do."""


class Transition(NamedTuple):
    """One allowed move and the reasons that lead to it."""

    current: PartnerState
    target: PartnerState
    reasons: tuple[str, ...]


class IllegalTransitionError(Exception):
    """The partner state may not go from `current` to `target`."""

    def __init__(self, current: PartnerState, target: PartnerState) -> None:
        super().__init__(f"an install cannot go from {current} to {target}")
        self.current = current
        self.target = target


TRANSITIONS: tuple[Transition, ...] = (
    Transition(P.PENDING, P.QUEUED, ("whatsapp_connected", "retry_requested")),
    Transition(P.PENDING, P.ACTIVE, ("status_active",)),
    Transition(P.PENDING, P.EXPIRED, ("registration_expired",)),
    Transition(P.PENDING, P.REFUSED, ("not_requested",)),
    Transition(P.PENDING, P.FROZEN, ("freeze", "status_freezed")),
    Transition(P.PENDING, P.UNINSTALLED, ("uninstall", "status_uninstalled")),
    Transition(P.QUEUED, P.PENDING, ("whatsapp_lost",)),
    Transition(P.QUEUED, P.CALLING, ("claimed",)),
    Transition(P.QUEUED, P.ACTIVE, ("status_active",)),
    Transition(P.QUEUED, P.REFUSED, ("token_refused", "not_requested", "rejected")),
    Transition(P.QUEUED, P.EXPIRED, ("gave_up",)),
    Transition(P.QUEUED, P.FROZEN, ("freeze", "status_freezed")),
    Transition(P.QUEUED, P.UNINSTALLED, ("uninstall", "status_uninstalled")),
    Transition(P.CALLING, P.ACTIVE, ("status_active",)),
    Transition(P.CALLING, P.QUEUED, ("retry", "lease_lost", "rate_limited", "unknown_outcome")),
    Transition(P.CALLING, P.REFUSED, ("token_refused", "not_requested", "rejected", "aggregator_not_found")),
    Transition(P.CALLING, P.EXPIRED, ("gave_up",)),
    Transition(P.CALLING, P.FROZEN, ("freeze", "status_freezed")),
    Transition(P.CALLING, P.UNINSTALLED, ("uninstall", "status_uninstalled")),
    Transition(P.ACTIVE, P.FROZEN, ("freeze", "status_freezed")),
    Transition(P.ACTIVE, P.UNINSTALLED, ("uninstall", "status_uninstalled")),
    Transition(P.REFUSED, P.PENDING, ("reentered",)),
    Transition(P.REFUSED, P.QUEUED, ("retry_requested", "token_repaired")),
    Transition(P.REFUSED, P.ACTIVE, ("status_active",)),
    Transition(P.REFUSED, P.FROZEN, ("freeze", "status_freezed")),
    Transition(P.REFUSED, P.UNINSTALLED, ("uninstall", "status_uninstalled")),
    Transition(P.EXPIRED, P.PENDING, ("reentered",)),
    Transition(P.EXPIRED, P.QUEUED, ("retry_requested",)),
    Transition(P.EXPIRED, P.ACTIVE, ("status_active",)),
    Transition(P.EXPIRED, P.FROZEN, ("freeze", "status_freezed")),
    Transition(P.EXPIRED, P.UNINSTALLED, ("uninstall", "status_uninstalled")),
    Transition(P.FROZEN, P.ACTIVE, ("status_active",)),
    Transition(P.FROZEN, P.UNINSTALLED, ("uninstall", "status_uninstalled")),
)
"""Every allowed move. Anything else is a defect and is refused."""

_ALLOWED = frozenset((move.current, move.target) for move in TRANSITIONS)

LINKING_STATES = frozenset({W.STARTING, W.PAIRING, W.AWAITING_PASSKEY, W.LINKING})
LIVE_STATES = frozenset({W.CONNECTED, W.RECONNECTING})
TROUBLED_STATES = frozenset({W.REPLACED, W.LOGGED_OUT, W.TEMP_BANNED, W.OUTDATED, W.FAILED})

_STEP_OF_TROUBLE = {W.TEMP_BANNED: NextStep.WAIT_FOR_BAN_END, W.OUTDATED: NextStep.UPDATE_ENGINE}
_STEP_OF_PARTNER = {
    P.UNINSTALLED: NextStep.NOTHING,
    P.FROZEN: NextStep.PAY,
    P.REFUSED: NextStep.RETRY_ACTIVATION,
    P.EXPIRED: NextStep.PRESS_CONNECT_AGAIN,
}


def can_transition(current: PartnerState, target: PartnerState) -> bool:
    """Whether the move is in the table, or no move at all."""
    return current is target or (current, target) in _ALLOWED


def check_transition(current: PartnerState, target: PartnerState) -> None:
    """Raise IllegalTransitionError unless the move is in the table or changes nothing."""
    if not can_transition(current, target):
        raise IllegalTransitionError(current, target)


def stage_of(
    partner: PartnerState, whatsapp: WhatsappState | None, *, is_frozen_by_staff: bool = False
) -> Stage:
    """Return the one word people see for the pair of states; defined for every pair."""
    if is_frozen_by_staff and partner is not P.UNINSTALLED:
        return Stage.FROZEN
    settled = {
        P.UNINSTALLED: Stage.GONE,
        P.FROZEN: Stage.FROZEN,
        P.REFUSED: Stage.ATTENTION,
        P.EXPIRED: Stage.ATTENTION,
    }
    if partner in settled:
        return settled[partner]
    if whatsapp in TROUBLED_STATES:
        return Stage.ATTENTION
    if partner in TRANSITIONAL_STATES:
        return Stage.ACTIVATING
    return _stage_when_active(whatsapp) if partner is P.ACTIVE else _stage_when_pending(whatsapp)


def next_step(
    partner: PartnerState,
    whatsapp: WhatsappState | None,
    *,
    is_frozen_by_staff: bool = False,
    is_phone_in_question: bool = False,
) -> NextStep:
    """Return what should happen next for the pair of states; defined for every pair.

    `is_phone_in_question`: another number was linked than was expected, and nobody said yet that it is right.
    """
    if is_frozen_by_staff and partner is not P.UNINSTALLED:
        return NextStep.UNFREEZE
    if partner in _STEP_OF_PARTNER:
        return _STEP_OF_PARTNER[partner]
    if whatsapp in TROUBLED_STATES:
        return _STEP_OF_TROUBLE.get(whatsapp, NextStep.RELINK_PHONE)
    if is_phone_in_question and whatsapp in LIVE_STATES:
        return NextStep.CONFIRM_PHONE
    if partner in TRANSITIONAL_STATES:
        return NextStep.WAIT_FOR_PARTNER
    if whatsapp is W.RECONNECTING:
        return NextStep.WAIT_FOR_PHONE
    if whatsapp is W.CONNECTED:
        return NextStep.NOTHING if partner is P.ACTIVE else NextStep.WAIT_FOR_PARTNER
    if whatsapp in LINKING_STATES:
        return NextStep.FINISH_LINKING
    return NextStep.RELINK_PHONE if partner is P.ACTIVE else NextStep.LINK_PHONE


def _stage_when_active(whatsapp: WhatsappState | None) -> Stage:
    if whatsapp in LIVE_STATES:
        return Stage.ACTIVE
    return Stage.LINKING if whatsapp in LINKING_STATES else Stage.ATTENTION


def _stage_when_pending(whatsapp: WhatsappState | None) -> Stage:
    if whatsapp is W.CONNECTED:
        return Stage.ACTIVATING
    if whatsapp in LINKING_STATES or whatsapp in (W.RECONNECTING, W.PAIRING_EXPIRED):
        return Stage.LINKING
    return Stage.NEW
