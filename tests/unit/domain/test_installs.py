"""The life of an install: its moves, the stage people see and the next step, for every pair of states."""

from __future__ import annotations

from itertools import product

import pytest

from gateway.domain.installs import (
    OPEN_STATES,
    TRANSITIONAL_STATES,
    TRANSITIONS,
    IllegalTransitionError,
    can_transition,
    check_transition,
    next_step,
    stage_of,
)
from shared.vocabulary import NextStep, PartnerState, Stage, WhatsappState

P = PartnerState
W = WhatsappState
PHONES: tuple[WhatsappState | None, ...] = (None, *WhatsappState)
LINKING = {W.STARTING, W.PAIRING, W.AWAITING_PASSKEY, W.LINKING}
TROUBLED = {W.REPLACED, W.LOGGED_OUT, W.TEMP_BANNED, W.OUTDATED, W.FAILED}


def test_no_move_is_listed_twice_and_each_has_a_reason() -> None:
    moves = [(move.current, move.target) for move in TRANSITIONS]
    assert len(set(moves)) == len(moves)
    assert all(move.reasons and move.current is not move.target for move in TRANSITIONS)


def test_only_a_status_read_makes_an_install_active() -> None:
    assert {move.reasons for move in TRANSITIONS if move.target is P.ACTIVE} == {("status_active",)}


def test_uninstalled_is_the_end_and_can_be_reached_from_everywhere() -> None:
    assert not [move for move in TRANSITIONS if move.current is P.UNINSTALLED]
    assert all(can_transition(state, P.UNINSTALLED) for state in OPEN_STATES)
    assert set(PartnerState) - OPEN_STATES == {P.UNINSTALLED}


def test_every_open_state_can_become_active_and_nobody_is_stuck_half_way() -> None:
    assert all(can_transition(state, P.ACTIVE) for state in OPEN_STATES)
    for state in TRANSITIONAL_STATES:
        assert {P.ACTIVE, P.REFUSED, P.EXPIRED} <= {
            move.target for move in TRANSITIONS if move.current is state
        }


def test_an_active_install_is_never_reset() -> None:
    assert {move.target for move in TRANSITIONS if move.current is P.ACTIVE} == {P.FROZEN, P.UNINSTALLED}


@pytest.mark.parametrize("state", PartnerState)
def test_staying_is_always_allowed_so_repeats_are_harmless(state: PartnerState) -> None:
    check_transition(state, state)


def test_every_other_move_is_refused() -> None:
    listed = {(move.current, move.target) for move in TRANSITIONS}
    for current, target in product(PartnerState, PartnerState):
        if (current, target) in listed or current is target:
            check_transition(current, target)
            continue
        with pytest.raises(IllegalTransitionError) as caught:
            check_transition(current, target)
        assert (caught.value.current, caught.value.target) == (current, target)


def expected_stage(partner: PartnerState, phone: WhatsappState | None) -> Stage:
    """Say the rule again, case by case, as it was decided."""
    match partner, phone:
        case P.UNINSTALLED, _:
            return Stage.GONE
        case P.FROZEN, _:
            return Stage.FROZEN
        case ((P.REFUSED | P.EXPIRED), _):
            return Stage.ATTENTION
        case _, state if state in TROUBLED:
            return Stage.ATTENTION
        case ((P.QUEUED | P.CALLING), _):
            return Stage.ACTIVATING
        case P.ACTIVE, (W.CONNECTED | W.RECONNECTING):
            return Stage.ACTIVE
        case P.ACTIVE, (None | W.STOPPED | W.PAIRING_EXPIRED):
            return Stage.ATTENTION
        case P.PENDING, W.CONNECTED:
            return Stage.ACTIVATING
        case P.PENDING, (None | W.STOPPED):
            return Stage.NEW
        case _:
            return Stage.LINKING


@pytest.mark.parametrize("partner", PartnerState)
@pytest.mark.parametrize("phone", PHONES)
def test_every_pair_of_states_has_its_stage(partner: PartnerState, phone: WhatsappState | None) -> None:
    assert stage_of(partner, phone) is expected_stage(partner, phone)


@pytest.mark.parametrize("partner", PartnerState)
@pytest.mark.parametrize("phone", PHONES)
def test_every_pair_of_states_has_a_next_step_that_fits_its_stage(
    partner: PartnerState, phone: WhatsappState | None
) -> None:
    step = next_step(partner, phone)
    fitting = {
        Stage.GONE: {NextStep.NOTHING},
        Stage.FROZEN: {NextStep.PAY},
        Stage.NEW: {NextStep.LINK_PHONE},
        Stage.LINKING: {NextStep.FINISH_LINKING, NextStep.LINK_PHONE, NextStep.WAIT_FOR_PHONE},
        Stage.ACTIVATING: {NextStep.WAIT_FOR_PARTNER},
        Stage.ACTIVE: {NextStep.NOTHING, NextStep.WAIT_FOR_PHONE},
        Stage.ATTENTION: {
            NextStep.RELINK_PHONE,
            NextStep.WAIT_FOR_BAN_END,
            NextStep.UPDATE_ENGINE,
            NextStep.RETRY_ACTIVATION,
            NextStep.PRESS_CONNECT_AGAIN,
        },
    }
    assert step in fitting[stage_of(partner, phone)]


def test_active_is_shown_only_for_a_confirmed_install_with_a_live_phone() -> None:
    shown_active = {(p, w) for p, w in product(PartnerState, PHONES) if stage_of(p, w) is Stage.ACTIVE}
    assert shown_active == {(P.ACTIVE, W.CONNECTED), (P.ACTIVE, W.RECONNECTING)}


def test_linking_states_never_wait_for_the_partner() -> None:
    assert all(stage_of(P.PENDING, phone) is Stage.LINKING for phone in LINKING)
    assert all(next_step(P.PENDING, phone) is NextStep.FINISH_LINKING for phone in LINKING)
