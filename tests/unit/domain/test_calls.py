from __future__ import annotations

import pytest

from gateway.domain.calls import (
    ACTIVATE,
    REPAIRABLE_STATES,
    UNINSTALL,
    CallFacts,
    seconds_for,
    why_not_in_bulk,
    why_not_retried,
)
from shared.vocabulary import CallState, PartnerState, WhatsappState

W = WhatsappState


def a_call(
    *,
    kind: str = ACTIVATE,
    state: CallState = CallState.FAILED,
    partner_state: PartnerState = PartnerState.REFUSED,
    whatsapp_state: WhatsappState | None = W.CONNECTED,
    is_current: bool = True,
    is_superseded: bool = False,
    is_frozen_by_staff: bool = False,
    is_being_worked: bool = False,
) -> CallFacts:
    return CallFacts(
        kind,
        state,
        partner_state,
        whatsapp_state,
        is_current,
        is_superseded,
        is_frozen_by_staff,
        is_being_worked,
    )


@pytest.mark.parametrize("state", [*REPAIRABLE_STATES, CallState.RESOLVED])
def test_whatever_lacks_its_effect_can_be_retried(state: CallState) -> None:
    assert why_not_retried(a_call(state=state)) is None


def test_a_call_that_had_its_effect_can_be_sent_again_while_the_install_is_active() -> None:
    assert why_not_retried(a_call(state=CallState.DONE, partner_state=PartnerState.ACTIVE)) is None
    assert why_not_retried(a_call(state=CallState.DONE)) == "call_not_retryable"


def test_no_call_of_an_install_that_is_over_is_retried() -> None:
    for state in CallState:
        assert why_not_retried(a_call(state=state, is_current=False)) == "install_not_current"


def test_a_call_in_a_workers_hand_is_left_to_it() -> None:
    assert why_not_retried(a_call(state=CallState.WAITING, is_being_worked=True)) == "call_being_worked"


def test_a_call_that_was_taken_back_or_has_a_successor_is_not_retried() -> None:
    assert why_not_retried(a_call(state=CallState.CANCELLED)) == "call_not_retryable"
    assert why_not_retried(a_call(is_superseded=True)) == "call_not_retryable"


def test_no_activation_is_sent_for_a_frozen_install_or_without_a_linked_phone() -> None:
    assert why_not_retried(a_call(partner_state=PartnerState.FROZEN)) == "install_frozen"
    assert why_not_retried(a_call(is_frozen_by_staff=True)) == "install_frozen"
    for state in (None, *WhatsappState):
        is_live = state in (W.CONNECTED, W.RECONNECTING)
        assert why_not_retried(a_call(whatsapp_state=state)) == (
            None if is_live else "whatsapp_not_connected"
        )


def test_an_uninstall_needs_no_phone_and_no_running_bot() -> None:
    frozen = a_call(
        kind=UNINSTALL, partner_state=PartnerState.FROZEN, whatsapp_state=None, is_frozen_by_staff=True
    )
    assert why_not_retried(frozen) is None
    assert why_not_retried(a_call(kind=UNINSTALL, state=CallState.DONE)) == "call_not_retryable"


def test_no_uninstall_and_nothing_that_had_its_effect_is_in_a_bulk() -> None:
    assert why_not_in_bulk(a_call(kind=UNINSTALL)) == "call_not_retryable"
    done = a_call(state=CallState.DONE, partner_state=PartnerState.ACTIVE)
    assert why_not_in_bulk(done) == "call_not_failed"
    assert why_not_in_bulk(a_call(state=CallState.RESOLVED)) == "call_not_failed"


@pytest.mark.parametrize(
    ("requests", "expected_s"),
    [
        (0, 0.0),
        (1, 0.0),
        (5, 0.0),
        (6, 1.1),
        (11, 2.2),
        (200, 39 * 1.1),
        (201, 61.0),
        (206, 62.1),
        (401, 122.0),
    ],
)
def test_the_time_for_requests_follows_from_both_windows(requests: int, expected_s: float) -> None:
    assert seconds_for(requests, 5, 1.1, 200, 61.0) == pytest.approx(expected_s)
