"""The clock that all processes share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.clock import MEASURES_KEPT, SharedClock

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Watch:
    """A monotonic clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """The machine's monotonic clock, in our hands."""
    made = Watch()
    monkeypatch.setattr("gateway.clock.SystemClock.monotonic", lambda _: made())
    return made


def test_before_the_first_look_it_goes_on_from_the_machines_clock(watch: Watch) -> None:
    clock = SharedClock()
    began = clock.now()
    assert abs((began - datetime.now(UTC)).total_seconds()) < 60
    watch.at += 90
    assert clock.now() - began == timedelta(seconds=90)


def test_it_is_the_databases_time_carried_on_by_the_monotonic_clock(watch: Watch) -> None:
    clock = SharedClock()
    clock.follow(NOON)
    watch.at += 1.5
    assert clock.now() == NOON + timedelta(seconds=1.5)


def test_a_late_answer_does_not_set_it_back(watch: Watch) -> None:
    clock = SharedClock()
    clock.follow(NOON)
    watch.at += 1.8
    clock.follow(NOON + timedelta(seconds=1.0))  # the database said so 0.8 s ago
    assert clock.now() == NOON + timedelta(seconds=1.8)


def test_a_database_whose_clock_runs_slower_is_followed_after_a_while(watch: Watch) -> None:
    clock = SharedClock()
    for second in range(3 * MEASURES_KEPT):
        clock.follow(NOON + timedelta(seconds=second * 0.999))
        watch.at += 1
    behind_s = (NOON + timedelta(seconds=3 * MEASURES_KEPT * 0.999) - clock.now()).total_seconds()
    assert -0.05 < behind_s <= 0


@pytest.mark.parametrize("hours", [-1, 1])
def test_when_the_databases_clock_is_set_it_is_set_too(watch: Watch, hours: int) -> None:
    clock = SharedClock()
    clock.follow(NOON)
    watch.at += 1
    clock.follow(NOON + timedelta(hours=hours, seconds=1))
    assert clock.now() == NOON + timedelta(hours=hours, seconds=1)
