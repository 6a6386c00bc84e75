"""What staff may do with one partner call, as rules over plain facts.

Invariants:

* A retry is always a new attempt: it is never answered from what an earlier one brought.
* Nothing is retried whose effect could hit another install than the one it was meant for.
* A call that a worker has in hand is left to it.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.domain.installs import LIVE_STATES
from shared.vocabulary import CallState, PartnerState, WhatsappState

ACTIVATE = "activate"
UNINSTALL = "uninstall"

REPAIRABLE_STATES = (CallState.FAILED, CallState.HELD, CallState.WAITING)
"""States that a bulk retry takes up."""

REQUESTS_A_CALL = 2
"""Requests that one activation makes: the call itself and the status read that confirms it."""


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What decides whether a call can be retried.

    `is_current` says that the install is the salon's newest and open, `is_superseded` that the install has a newer
    call of the same kind, `is_being_worked` that a worker's lease on the call still runs.
    """

    kind: str
    state: CallState
    partner_state: PartnerState
    whatsapp_state: WhatsappState | None
    is_current: bool
    is_superseded: bool
    is_frozen_by_staff: bool
    is_being_worked: bool


def why_not_retried(call: CallFacts) -> str | None:
    """Return the code of what forbids a retry, or None when it can be retried.

    The planning of bulk retries asks the same of many calls at once: `gateway.storage.call_desk.RETRY_REFUSAL`.
    """
    if not call.is_current:
        return "install_not_current"
    if call.is_being_worked:
        return "call_being_worked"
    if call.is_superseded or call.state is CallState.CANCELLED:
        return "call_not_retryable"
    if call.kind != ACTIVATE:
        return "call_not_retryable" if call.state is CallState.DONE else None
    if call.partner_state is PartnerState.FROZEN or call.is_frozen_by_staff:
        return "install_frozen"
    if call.state is CallState.DONE and call.partner_state is not PartnerState.ACTIVE:
        return "call_not_retryable"
    return None if call.whatsapp_state in LIVE_STATES else "whatsapp_not_connected"


def why_not_in_bulk(call: CallFacts) -> str | None:
    """Return the code of what keeps a call out of a bulk retry: only activations that still lack their effect go in."""
    if call.kind != ACTIVATE:
        return "call_not_retryable"
    if call.state not in REPAIRABLE_STATES:
        return "call_not_failed"
    return why_not_retried(call)


def seconds_for(requests: int, per_second: int, second_s: float, per_minute: int, minute_s: float) -> float:
    """Return how long so many requests take when at most so many may be made in either window."""
    if requests <= 0:
        return 0.0
    minutes, rest = divmod(requests - 1, per_minute)
    return minutes * minute_s + rest // per_second * second_s
