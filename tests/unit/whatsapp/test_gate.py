"""Many starts, a few at a time."""

from __future__ import annotations

import random

from gateway.whatsapp.gate import StartGate
from tests.fakes.clock import FakeClock


def _gate(clock: FakeClock) -> StartGate:
    return StartGate(clock, random.Random(1), per_s=5, burst=5)


def test_the_first_few_start_at_once() -> None:
    gate = _gate(FakeClock())
    assert [gate.delay_s() for _ in range(5)] == [0.0] * 5


def test_the_rest_follow_at_five_a_second_give_or_take() -> None:
    gate = _gate(FakeClock())
    delays = [gate.delay_s() for _ in range(55)][5:]
    for place, delay in enumerate(delays, start=1):
        assert place * 0.2 <= delay + 1e-9 <= (place + 1) * 0.2 + 1e-9
    assert len(set(delays)) == 50


async def test_a_pause_gives_the_burst_back_and_no_more() -> None:
    clock = FakeClock()
    gate = _gate(clock)
    for _ in range(20):
        gate.delay_s()
    await clock.advance(60)
    assert [gate.delay_s() == 0.0 for _ in range(6)] == [True] * 5 + [False]
