"""The table of a session's moves, and the numbers beside it."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.sessions import (
    CODE_PAUSE_S,
    CODES_PER_HOUR,
    ENDINGS,
    HOUR_S,
    RESPAWN_STEPS_S,
    RESTING_STATES,
    RUNNING_STATES,
    SOCKET_S,
    TRANSIENT_FAULTS,
    TRANSITIONS,
    CloseCause,
    IllegalSessionMoveError,
    can_move,
    check_move,
    code_wait_s,
    respawn_delay_s,
    window_closes_at,
)
from shared.vocabulary import WhatsappState

W = WhatsappState
NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)
STATES = st.sampled_from(sorted(WhatsappState))


def test_every_state_either_runs_or_rests() -> None:
    assert set(WhatsappState) == RUNNING_STATES | RESTING_STATES
    assert not RUNNING_STATES & RESTING_STATES


def test_no_move_is_listed_twice_and_each_has_a_reason() -> None:
    moves = [(move.current, move.target) for move in TRANSITIONS]
    assert len(moves) == len(set(moves))
    assert all(move.triggers for move in TRANSITIONS)


@given(current=STATES, target=STATES)
def test_only_listed_moves_are_allowed(current: WhatsappState, target: WhatsappState) -> None:
    is_listed = any((move.current, move.target) == (current, target) for move in TRANSITIONS)
    assert can_move(current, target) is is_listed
    if is_listed:
        check_move(current, target)
    else:
        with pytest.raises(IllegalSessionMoveError, match="cannot go"):
            check_move(current, target)


@pytest.mark.parametrize("state", sorted(RESTING_STATES))
def test_a_resting_state_is_only_left_by_starting_or_stopping(state: WhatsappState) -> None:
    assert {target for target in WhatsappState if can_move(state, target)} == {W.STARTING, W.STOPPED}


def test_connected_is_only_reached_by_a_login() -> None:
    assert {state for state in WhatsappState if can_move(state, W.CONNECTED)} == {
        W.STARTING,
        W.LINKING,
        W.RECONNECTING,
    }


@pytest.mark.parametrize(
    ("current", "target"),
    [(W.LOGGED_OUT, W.CONNECTED), (W.PAIRING, W.CONNECTED), (W.STARTING, W.LINKING), (W.CONNECTED, W.PAIRING),
     (W.CONNECTED, W.FAILED), (W.CONNECTED, W.TEMP_BANNED), (W.REPLACED, W.RECONNECTING)],
)  # fmt: skip
def test_moves_that_would_be_a_defect(current: WhatsappState, target: WhatsappState) -> None:
    assert not can_move(current, target)


@pytest.mark.parametrize("state", sorted(WhatsappState))
def test_everything_can_be_stopped_and_started_again(state: WhatsappState) -> None:
    assert can_move(state, W.STOPPED)
    assert can_move(state, W.STARTING)


def test_every_cause_of_an_end_is_either_final_or_tried_again() -> None:
    assert set(ENDINGS) | set(TRANSIENT_FAULTS) == set(CloseCause)
    assert not set(ENDINGS) & set(TRANSIENT_FAULTS)
    assert {ending.state for ending in ENDINGS.values()} <= RESTING_STATES


def test_a_socket_lasts_as_long_as_its_six_codes() -> None:
    assert SOCKET_S == 160.0


def test_the_pairing_window_is_five_minutes() -> None:
    assert window_closes_at(NOW) - NOW == timedelta(minutes=5)


@given(attempt=st.integers(-3, 1000), seed=st.integers())
def test_pauses_stay_near_their_step(attempt: int, seed: int) -> None:
    step = RESPAWN_STEPS_S[max(0, min(attempt - 1, len(RESPAWN_STEPS_S) - 1))]
    assert 0.8 * step <= respawn_delay_s(attempt, random.Random(seed)) <= 1.2 * step


def test_the_first_code_may_be_asked_for_at_once() -> None:
    assert code_wait_s([], NOW) == 0


def test_the_next_code_waits_for_the_rest_of_the_minute() -> None:
    assert code_wait_s([NOW - timedelta(seconds=20)], NOW) == 40
    assert code_wait_s([NOW - timedelta(seconds=60)], NOW) == 0


def test_the_sixth_code_waits_until_the_first_of_five_is_an_hour_old() -> None:
    asked = [NOW - timedelta(minutes=minutes) for minutes in (50, 40, 30, 20, 10)]
    assert code_wait_s(asked, NOW) == 600
    assert code_wait_s(asked[1:], NOW) == 0


@given(st.lists(st.integers(0, 7200), max_size=40))
def test_waiting_as_told_never_exceeds_the_limits(pauses: list[int]) -> None:
    asked: list[datetime] = []
    now = NOW
    for pause in pauses:
        now += timedelta(seconds=pause)
        wait_s = code_wait_s(asked, now)
        assert 0 <= wait_s <= HOUR_S
        if wait_s == 0:
            asked.append(now)
    for index, moment in enumerate(asked):
        within_hour = [at for at in asked[: index + 1] if (moment - at).total_seconds() < HOUR_S]
        assert len(within_hour) <= CODES_PER_HOUR
        assert index == 0 or (moment - asked[index - 1]).total_seconds() >= CODE_PAUSE_S
