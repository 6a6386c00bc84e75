"""The shared budget: never more than 5 in a second nor 200 in a minute, and priorities by headroom."""

from __future__ import annotations

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.clock import SystemClock
from gateway.domain.partner_answers import Priority
from gateway.storage.budget import MINUTE_S, PER_MINUTE, PER_SECOND, SECOND_S, PartnerBudget, _wait
from gateway.storage.database import Storage


@given(st.lists(st.floats(min_value=0.001, max_value=0.4), min_size=1, max_size=400))
def test_no_window_ever_holds_more_than_its_limit(gaps: list[float]) -> None:
    """Play callers that arrive at any rhythm: each waits as told, then is granted."""
    now, granted = 0.0, list[float]()
    for gap in gaps:
        now += gap
        recent = [at for at in granted if now - MINUTE_S < at]
        wait = max(_wait(recent, PER_SECOND, SECOND_S, now), _wait(recent, PER_MINUTE, MINUTE_S, now))
        now += max(0.0, wait)
        granted.append(now)
    for index, at in enumerate(granted):
        assert sum(at - 1.0 < other <= at for other in granted[: index + 1]) <= PER_SECOND
        assert sum(at - 60.0 < other <= at for other in granted[: index + 1]) <= PER_MINUTE


async def call(budget: PartnerBudget, priority: Priority = Priority.ACTIVATION) -> None:
    """Make a call that takes no time."""
    await budget.settle(await budget.acquire(priority))


async def test_two_processes_share_one_budget(database_url: str) -> None:
    """Twelve calls from two pools at once: the database's own times show at most five in any second."""
    clock = SystemClock()
    pools = [Storage(database_url, pool_size=4, now=clock.now) for _ in range(2)]
    try:
        budgets = [PartnerBudget(pool, clock) for pool in pools]
        await asyncio.gather(*(call(budgets[n % 2]) for n in range(12)))
        rows = await pools[0].read(lambda tx: tx.sql("SELECT granted_at FROM partner_budget"))
        times = sorted(rows[0]["granted_at"])
        assert len(times) == 12
        assert all(later - earlier >= 1.0 for earlier, later in zip(times, times[PER_SECOND:], strict=False))
    finally:
        for pool in pools:
            await pool.close()


async def test_a_sweep_leaves_room_for_activations(storage: Storage) -> None:
    budget = PartnerBudget(storage, SystemClock())
    for _ in range(3):
        await call(budget, Priority.SWEEP)
    sweep = asyncio.create_task(call(budget, Priority.SWEEP))
    started = time.monotonic()
    await call(budget)
    await call(budget)
    assert not sweep.done(), "both activations went first"
    assert time.monotonic() - started < 1.0
    await sweep


async def test_a_call_that_is_under_way_may_arrive_late_and_still_no_second_holds_six(
    storage: Storage,
) -> None:
    """Five are granted at once and sent half a second later: the sixth waits for them, not for their grants."""
    budget = PartnerBudget(storage, SystemClock())
    places = [await budget.acquire(Priority.ACTIVATION) for _ in range(PER_SECOND)]
    sixth = asyncio.create_task(budget.acquire(Priority.ACTIVATION))
    await asyncio.sleep(0.5)  # the stall itself
    sent = time.monotonic()
    for place in places:
        await budget.settle(place)
    await sixth
    assert time.monotonic() - sent >= 1.0


async def test_a_call_that_never_ends_holds_its_place_a_few_seconds_only(storage: Storage) -> None:
    budget = PartnerBudget(storage, SystemClock())
    for _ in range(PER_SECOND):
        await budget.acquire(Priority.ACTIVATION)
    started = time.monotonic()
    await budget.acquire(Priority.ACTIVATION)
    assert 2.5 <= time.monotonic() - started <= 5.0


async def test_a_partner_that_asks_for_a_pause_gets_it(storage: Storage) -> None:
    budget = PartnerBudget(storage, SystemClock())
    await budget.pause(0.4)
    started = time.monotonic()
    await budget.acquire(Priority.ACTIVATION)
    assert time.monotonic() - started >= 0.35


async def test_a_refused_token_is_news_once_and_is_tried_once_a_minute(storage: Storage) -> None:
    budget = PartnerBudget(storage, SystemClock())
    assert await budget.may_try("aa")
    assert await budget.refuse("unauthorized", "aa")
    assert not await budget.refuse("unauthorized", "aa")
    assert not await budget.may_try("aa")
    assert await budget.may_try("bb"), "another token is tried at once"
    await storage.write(
        lambda tx: tx.count("UPDATE partner_budget SET refused_probe_at = now() - interval '61 s'")
    )
    assert [await budget.may_try("aa"), await budget.may_try("aa")] == [True, False]
    refusal = await budget.refusal()
    assert refusal is not None
    assert refusal.fingerprint == "aa"
    await budget.accept()
    assert await budget.refusal() is None
    events = await storage.read(lambda tx: tx.sql("SELECT type FROM marketplace_events ORDER BY id"))
    assert [event["type"] for event in events] == ["token_refused", "token_accepted"]


@pytest.mark.parametrize("limit", [1, 5])
def test_nothing_granted_means_no_wait(limit: int) -> None:
    assert _wait([], limit, SECOND_S, 10.0) == 0.0


async def test_who_asks_while_another_asks_is_served_together_the_most_urgent_first(storage: Storage) -> None:
    """Two sweeps ask before four activations; they may only take what is left beside a reserve, and nothing is."""
    budget = PartnerBudget(storage, SystemClock())
    wanted = [Priority.ACTIVATION, Priority.SWEEP, Priority.SWEEP, *[Priority.ACTIVATION] * 4]
    first, *sweeps_and_others = [asyncio.create_task(budget.acquire(each)) for each in wanted]
    sweeps, others = sweeps_and_others[:2], sweeps_and_others[2:]
    places = await asyncio.gather(first, *others)
    assert len(set(places)) == PER_SECOND
    assert not any(task.done() for task in sweeps)
    for task in sweeps:
        task.cancel()
    await asyncio.gather(*sweeps, return_exceptions=True)
    for place in places:
        await budget.settle(place)
    rows = await storage.read(lambda tx: tx.sql("SELECT granted_at FROM partner_budget"))
    assert max(rows[0]["granted_at"]) <= time.time() + 0.5, "each was settled by its own place"


async def test_one_who_leaves_while_asking_for_all_leaves_nobody_without_an_answer(storage: Storage) -> None:
    budget = PartnerBudget(storage, SystemClock())
    first, *others = [asyncio.create_task(budget.acquire(Priority.ACTIVATION)) for _ in range(3)]
    await asyncio.sleep(0)
    first.cancel()
    assert len(set(await asyncio.gather(*others))) == 2
