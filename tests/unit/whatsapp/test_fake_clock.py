"""The clock all of these tests stand on."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes.clock import START, FakeClock


async def test_time_stands_still_until_it_is_moved() -> None:
    clock = FakeClock()
    await asyncio.sleep(0.01)
    assert (clock.now(), clock.monotonic()) == (START, 0.0)
    await clock.advance(90)
    assert (clock.monotonic(), (clock.now() - START).total_seconds()) == (90.0, 90.0)


async def test_sleepers_wake_in_order_and_see_their_own_moment() -> None:
    clock = FakeClock()
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append((name, clock.monotonic()))

    tasks = [
        asyncio.create_task(sleeper(name, s)) for name, s in (("c", 3), ("a", 1), ("b", 1), ("never", 99))
    ]
    await clock.advance(10)
    assert woken == [("a", 1.0), ("b", 1.0), ("c", 3.0)]
    assert clock.sleepers == 1
    tasks[-1].cancel()
    await asyncio.wait(tasks)
    assert clock.sleepers == 0


async def test_whoever_wakes_may_sleep_again_within_the_same_advance() -> None:
    clock = FakeClock()
    ticks: list[float] = []

    async def tick() -> None:
        while True:
            await clock.sleep(2)
            ticks.append(clock.monotonic())

    task = asyncio.create_task(tick())
    await clock.advance(7)
    assert ticks == [2.0, 4.0, 6.0]
    task.cancel()
    await asyncio.wait({task})


async def test_sleeping_for_nothing_lets_the_others_run() -> None:
    clock = FakeClock()
    await clock.sleep(0)
    await clock.sleep(-1)
    assert clock.monotonic() == 0


async def test_driving_moves_on_while_the_work_waits_and_no_further() -> None:
    clock = FakeClock()

    async def work() -> str:
        await clock.sleep(5)
        return "done"

    assert await clock.drive(work()) == "done"
    assert clock.monotonic() == 5.0


async def test_driving_gives_up_on_work_that_takes_too_long() -> None:
    clock = FakeClock()
    with pytest.raises(AssertionError, match="not so after 3 s"):
        await clock.drive(clock.sleep(5), at_most_s=3)


async def test_driving_passes_on_what_the_work_raises() -> None:
    async def work() -> None:
        raise KeyError("lost")

    with pytest.raises(KeyError):
        await FakeClock().drive(work())
