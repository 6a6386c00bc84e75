"""The limits: five a second, two hundred a minute, sliding, per address."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.sandbox.limits import PER_MINUTE, PER_SECOND, Limiter, RateGauge


def admitted(limiter: Limiter, moments: list[float], peer: str = "a") -> list[float]:
    return [moment for moment in moments if limiter.admit(peer, moment) == 0.0]


def test_the_sixth_call_within_a_second_waits_for_the_first_to_leave() -> None:
    limiter = Limiter()
    assert [limiter.admit("a", 0.1 * n) for n in range(5)] == [0.0] * 5
    assert limiter.admit("a", 0.5) == 0.5
    assert limiter.admit("a", 0.999) > 0
    assert limiter.admit("a", 1.0) == 0.0


def test_a_window_that_straddles_two_seconds_is_still_one_window() -> None:
    limiter = Limiter()
    assert len(admitted(limiter, [0.9, 0.92, 0.94, 0.96, 0.98, 1.0, 1.02, 1.5])) == PER_SECOND


def test_the_two_hundred_and_first_call_within_a_minute_is_refused() -> None:
    limiter = Limiter()
    assert len(admitted(limiter, [n * 0.25 for n in range(PER_MINUTE)])) == PER_MINUTE
    assert limiter.admit("a", 59.9) > 0
    assert limiter.admit("a", 60.0) == 0.0


def test_addresses_do_not_share_a_limit() -> None:
    limiter = Limiter()
    admitted(limiter, [0.0] * 5)
    assert limiter.admit("a", 0.0) > 0
    assert limiter.admit("b", 0.0) == 0.0


def test_refused_calls_do_not_prolong_the_wait() -> None:
    limiter = Limiter()
    admitted(limiter, [0.0] * 5 + [0.5] * 50)
    assert limiter.admit("a", 1.0) == 0.0


def test_clearing_forgets_every_call() -> None:
    limiter = Limiter()
    admitted(limiter, [0.0] * 9)
    limiter.clear()
    assert limiter.admit("a", 0.0) == 0.0


def test_ever_new_addresses_do_not_fill_the_memory() -> None:
    limiter = Limiter()
    for number in range(3000):
        limiter.admit(str(number), 0.0)
    assert len(limiter._peers) <= 1024


@given(st.lists(st.floats(0, 130), max_size=400))
def test_no_window_ever_holds_more_than_the_limit(gaps: list[float]) -> None:
    moments = admitted(Limiter(), sorted(gaps))
    for moment in moments:
        assert sum(moment <= other < moment + 1.0 for other in moments) <= PER_SECOND
        assert sum(moment <= other < moment + 60.0 for other in moments) <= PER_MINUTE


def test_the_gauge_remembers_the_densest_second_and_minute() -> None:
    gauge = RateGauge()
    for moment in (0.0, 0.5, 0.99, 1.0, 30.0, 60.5, 200.0):
        gauge.record(moment)
    assert (gauge.max_per_second, gauge.max_per_minute) == (3, 5)
