"""The deadlines of one session."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gateway.whatsapp.tasks import TaskBox
from gateway.whatsapp.timers import Timer, Timers
from tests.fakes.clock import FakeClock


class Watch:
    """Timers with a note of what was due when."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.box = TaskBox()
        self.due: list[tuple[float, Timer]] = []
        self.timers = Timers(self.clock, self.box, "test", self._fired)

    def _fired(self) -> None:
        self.due += [(round(self.clock.monotonic(), 6), timer) for timer in self.timers.take_due()]


@pytest.fixture
async def watch() -> AsyncIterator[Watch]:
    """Return timers on a clock that stands still."""
    made = Watch()
    yield made
    await made.box.close()


async def test_each_timer_is_due_once_at_its_moment(watch: Watch) -> None:
    watch.timers.set(Timer.START, 30)
    watch.timers.set(Timer.NEXT_QR, 10)
    watch.timers.set(Timer.WIPE_QR, 10)
    await watch.clock.advance(100)
    assert watch.due == [(10, Timer.NEXT_QR), (10, Timer.WIPE_QR), (30, Timer.START)]


async def test_a_timer_set_again_counts_from_then(watch: Watch) -> None:
    watch.timers.set(Timer.NEXT_QR, 10)
    await watch.clock.advance(8)
    watch.timers.set(Timer.NEXT_QR, 10)
    await watch.clock.advance(9)
    assert watch.due == []
    await watch.clock.advance(1)
    assert watch.due == [(18, Timer.NEXT_QR)]


async def test_a_cleared_timer_is_never_due(watch: Watch) -> None:
    watch.timers.set(Timer.START, 10)
    watch.timers.set(Timer.LINKING, 20)
    assert watch.timers.is_set(Timer.START)
    watch.timers.clear(Timer.START, Timer.PASSKEY)
    assert not watch.timers.is_set(Timer.START)
    await watch.clock.advance(30)
    assert watch.due == [(20, Timer.LINKING)]


async def test_a_timer_may_be_due_at_once(watch: Watch) -> None:
    watch.timers.set(Timer.RESPAWN, 0)
    await watch.clock.advance(0)
    assert watch.due == [(0, Timer.RESPAWN)]


async def test_moments_that_differ_by_less_than_a_clock_can_tell_are_not_missed(watch: Watch) -> None:
    await watch.clock.advance(0.1)
    watch.timers.set(Timer.START, 0.2)
    await watch.clock.advance(0.2)
    assert [timer for _, timer in watch.due] == [Timer.START]


async def test_one_task_waits_for_all_of_them(watch: Watch) -> None:
    for seconds, timer in enumerate(Timer, start=1):
        watch.timers.set(timer, seconds)
    await watch.clock.advance(0)
    assert watch.clock.sleepers == 1
