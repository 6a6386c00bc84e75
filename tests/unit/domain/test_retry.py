"""When to try again: the steps, their growth, their spread and their bounds."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.retry import (
    CALL_STEPS_S,
    GIVE_UP_AFTER_S,
    HOUR_S,
    JITTER,
    WEBHOOK_STEPS_S,
    gives_up,
    http_date,
    next_delay_s,
    next_webhook_delay_s,
    retry_after_s,
)

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
SEEDS = st.integers(0, 2**32)


@pytest.mark.parametrize(
    ("attempt", "step_s"), [(1, 5), (2, 30), (3, 120), (4, 600), (5, 1800), (6, 3600), (70, 3600)]
)
def test_a_partner_call_waits_its_step_give_or_take_a_fifth(attempt: int, step_s: float) -> None:
    delays = [next_delay_s(attempt, random.Random(seed)) for seed in range(300)]
    assert step_s * 0.8 <= min(delays) < step_s * 0.85
    assert step_s * 1.15 < max(delays) <= step_s * 1.2


@pytest.mark.parametrize("steps", [CALL_STEPS_S, WEBHOOK_STEPS_S])
def test_steps_only_grow_even_with_the_worst_spread(steps: tuple[float, ...]) -> None:
    assert all(shorter * (1 + JITTER) < longer * (1 - JITTER) for shorter, longer in pairwise(steps))


@given(attempt=st.integers(1, 500), first=SEEDS, second=SEEDS)
def test_a_later_attempt_never_waits_less_until_the_steps_repeat(
    attempt: int, first: int, second: int
) -> None:
    earlier = next_delay_s(attempt, random.Random(first))
    later = next_delay_s(attempt + 1, random.Random(second))
    assert earlier < later or attempt >= len(CALL_STEPS_S)
    assert 0 < later <= HOUR_S * (1 + JITTER)


def test_the_same_chance_gives_the_same_delay() -> None:
    assert next_delay_s(3, random.Random(7)) == next_delay_s(3, random.Random(7))


def test_attempts_before_the_first_wait_like_the_first() -> None:
    assert next_delay_s(0, random.Random(1)) == next_delay_s(1, random.Random(1))


@given(attempt=st.integers(1, 20), asked_s=st.floats(0, 10**9), seed=SEEDS)
def test_retry_after_is_obeyed_upwards_and_bounded(attempt: int, asked_s: float, seed: int) -> None:
    own = next_delay_s(attempt, random.Random(seed))
    assert next_delay_s(attempt, random.Random(seed), asked_s) == max(own, min(asked_s, HOUR_S))


def test_an_answer_of_seventy_two_hours_of_failures_is_a_person() -> None:
    assert GIVE_UP_AFTER_S == 72 * 3600
    assert not gives_up(GIVE_UP_AFTER_S - 1)
    assert gives_up(GIVE_UP_AFTER_S)


def test_a_webhook_is_tried_again_within_a_second_or_so_and_hourly_in_the_end() -> None:
    assert 0.8 <= next_webhook_delay_s(1, random.Random(3)) <= 1.2
    assert 0.8 * HOUR_S <= next_webhook_delay_s(40, random.Random(3)) <= 1.2 * HOUR_S


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("0", 0.0),
        ("17", 17.0),
        (" 17 ", 17.0),
        ("99999999999999999999", HOUR_S),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("٥", None),
        ("Thu, 01 Jan 2026 12:00:30 GMT", 30.0),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0.0),
        ("Fri, 02 Jan 2026 12:00:00 GMT", HOUR_S),
        ("Thu, 99 Jan 2026 12:00:30 GMT", None),
        ("Thu, 01 Jan 2026 12:00:30", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after_s(header, NOW) == seconds


@given(offset_s=st.integers(-(10**6), 10**6))
def test_http_dates_are_read_to_the_second(offset_s: int) -> None:
    moment = NOW + timedelta(seconds=offset_s)
    assert http_date(format_datetime(moment, usegmt=True)) == moment


@given(text=st.text())
def test_no_text_makes_reading_a_header_raise(text: str) -> None:
    http_date(text)
    retry_after_s(text, NOW)
