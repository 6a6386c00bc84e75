"""Tasks with an owner, and waiting with a deadline."""

from __future__ import annotations

import asyncio

import pytest

from gateway.whatsapp.tasks import TaskBox, set_within, within
from tests.fakes.clock import FakeClock, settle


async def test_closing_a_box_ends_every_task_in_it() -> None:
    box, clock = TaskBox(), FakeClock()
    tasks = [box.spawn(clock.sleep(99), f"sleeper {n}") for n in range(3)]
    await settle()
    await box.close()
    assert all(task.cancelled() for task in tasks)
    assert [task.get_name() for task in tasks] == ["sleeper 0", "sleeper 1", "sleeper 2"]


async def test_a_task_may_close_the_box_it_is_in() -> None:
    box, clock = TaskBox(), FakeClock()
    other = box.spawn(clock.sleep(99), "other")

    async def closer() -> str:
        await box.close()
        return "still here"

    assert await box.spawn(closer(), "closer") == "still here"
    assert other.cancelled()


async def test_work_done_in_time_gives_its_result_and_leaves_nothing() -> None:
    clock = FakeClock()

    async def work() -> int:
        await clock.sleep(2)
        return 7

    assert await clock.drive(within(clock, 3, work(), "work")) == 7
    assert clock.sleepers == 0


async def test_work_that_is_late_is_cancelled() -> None:
    clock = FakeClock()
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await clock.sleep(99)
        finally:
            ended.set()

    with pytest.raises(TimeoutError):
        await clock.drive(within(clock, 3, work(), "work"))
    assert ended.is_set()
    assert clock.monotonic() == 3.0


async def test_what_the_work_raises_is_raised() -> None:
    async def work() -> None:
        raise LookupError("gone")

    with pytest.raises(LookupError):
        await within(FakeClock(), 3, work(), "work")


async def test_whoever_stops_waiting_leaves_nothing_behind() -> None:
    clock = FakeClock()
    waiting = asyncio.create_task(within(clock, 99, clock.sleep(98), "work"))
    await settle()
    assert clock.sleepers == 2
    waiting.cancel()
    await asyncio.wait({waiting})
    assert clock.sleepers == 0


async def test_an_event_is_waited_for_only_so_long() -> None:
    clock, event = FakeClock(), asyncio.Event()
    assert await clock.drive(set_within(clock, 3, event, "event")) is False
    waiting = asyncio.create_task(set_within(clock, 3, event, "event"))
    await clock.advance(1)
    event.set()
    assert await waiting is True
    assert await set_within(clock, 0, event, "event") is True
