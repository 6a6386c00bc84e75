"""Bulk retries from plan to report: mixed ends, cancels, deaths of the gateway, and the partner's limits."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.bootstrap_admin import build_tokens
from gateway.clock import SystemClock
from gateway.sandbox.catalogue import Salon
from gateway.storage import budget
from shared.vocabulary import StaffRole
from tests.support.harness import Harness, running_harness
from tests.support.processes import JWT_SECRET, Town, running_town
from tests.support.salons import Person, all_linked, call_reaches, linked, unlimited_harness
from tests.support.staff import member
from tests.support.waiting import until

CALL = "callback_redirect"
MANY = range(720_001, 720_057)
FEW = range(730_001, 730_013)
PATIENCE_S = 90.0
CANCEL_WITHIN_S = 1.0
COUNTED = ("pending", "running", "succeeded", "failed", "delayed", "skipped", "cancelled")


@pytest.fixture
def no_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "PER_SECOND", 1000)
    monkeypatch.setattr(budget, "PER_MINUTE", 100_000)


@pytest.fixture
async def quick(database_url: str, no_limits: None) -> AsyncIterator[Harness]:
    """A gateway and a partner without limits."""
    async with unlimited_harness(database_url) as made:
        yield made


async def a_person(harness: Harness, role: StaffRole = StaffRole.OPERATOR) -> Person:
    return Person(harness, await member(harness, role))


async def all_failed(harness: Harness, salon_ids: range) -> None:
    """Link salons whose activation YCLIENTS rejects, and repair YCLIENTS."""
    fault = harness.sandbox.market.faults.put("422", operation=CALL)
    await all_linked(harness, salon_ids)
    for salon_id in salon_ids:
        await call_reaches(harness, salon_id, "failed", error="rejected")
    harness.sandbox.market.faults.clear(fault.id)


async def seen(person: Person, bulk_id: int) -> dict[str, Any]:
    """Read a bulk retry; every planned call must be in exactly one state, whenever one looks."""
    view: dict[str, Any] = await person.done("bulk.get", bulk_id=bulk_id)
    assert sum(view[state] for state in COUNTED) == view["total"]
    return view


async def over(person: Person, bulk_id: int, state: str = "done") -> dict[str, Any]:
    async def look() -> dict[str, Any] | None:
        view = await seen(person, bulk_id)
        return view if view["state"] == state else None

    found = await until(look, what=f"bulk retry {state}", timeout_s=PATIENCE_S, every_s=0.1)
    assert found is not None
    return found


async def report(person: Person, bulk_id: int) -> dict[int, tuple[str, str | None]]:
    """Read the whole report, page by page."""
    rows: list[dict[str, Any]] = []
    after: dict[str, int] = {}
    while True:
        page = await person.done("bulk.items", bulk_id=bulk_id, limit=20, **after)
        rows += page["rows"]
        if page["next"] is None:
            return {row["salon_id"]: (row["state"], row["outcome"]) for row in rows}
        after = {"after": page["next"]}


def has_one_install_with_one_key(harness: Harness, salon_id: int) -> bool:
    market = harness.sandbox.market
    activations = market.report()["salons"][str(salon_id)]["activations"]
    return bool((activations, len(market.api_keys(salon_id))) == (1, 1))


async def unlinked(harness: Harness, person: Person, salon_id: int) -> None:
    """Take a salon's phone away and wait until its call cannot be retried any more."""
    assert (await harness.phone("unlink", salon_id)).status_code == 200

    async def is_noticed() -> bool:
        (row,) = (await person.done("calls.list", salon_id=salon_id))["rows"]
        return bool(row["cannot_retry_because"] == "whatsapp_not_connected")

    await until(is_noticed, what=f"{salon_id} is unlinked")


# -- the whole way -----------------------------------------------------------------------------------


async def test_a_bulk_retry_of_many_salons_reports_exactly_what_became_of_each(quick: Harness) -> None:
    planner, starter = await a_person(quick), await a_person(quick)
    await all_failed(quick, MANY)
    excluded, lost = MANY[0:2], MANY[2:4]
    rejected, delayed = MANY[4:12], MANY[12:18]
    for salon_id in excluded:
        await unlinked(quick, planner, salon_id)

    plan = await planner.done("bulk.plan", error_codes=["rejected"])
    assert (plan["state"], plan["total"], plan["excluded"]) == ("planned", len(MANY) - 2, 2)
    assert (plan["pending"], len(plan["sample"])) == (plan["total"], 20)
    assert all(row["can_retry"] for row in plan["sample"])
    assert not await quick.rows("SELECT id FROM partner_calls WHERE nonce > 0"), "a plan does nothing"

    for salon_id in lost:
        await unlinked(quick, planner, salon_id)
    for kind, salons in (("404", rejected), ("500", delayed)):
        for salon_id in salons:
            quick.sandbox.market.faults.put(kind, operation=CALL, salon_id=salon_id)
    bulk_id = plan["bulk_id"]
    started = await starter.done("bulk.start", bulk_id=bulk_id, reason="YCLIENTS починили")
    assert (started["state"], started["reason"], started["sample"]) == ("running", "YCLIENTS починили", [])
    end = await over(planner, bulk_id)

    succeeded = set(MANY[18:])
    assert {state: end[state] for state in COUNTED if end[state]} == {
        "succeeded": len(succeeded), "failed": len(rejected), "delayed": len(delayed), "skipped": len(lost),
    }  # fmt: skip
    assert (end["total"], end["failed_by_code"], end["eta_s"]) == (
        plan["total"], {"not_requested": len(rejected)}, 0,
    )  # fmt: skip
    told = await report(planner, bulk_id)
    assert Counter(told.values()) == {
        ("succeeded", None): len(succeeded), ("failed", "not_requested"): len(rejected),
        ("delayed", "partner_unavailable"): len(delayed), ("skipped", "whatsapp_not_connected"): len(lost),
    }  # fmt: skip
    assert set(told) == set(MANY) - set(excluded)
    assert all(has_one_install_with_one_key(quick, salon_id) for salon_id in succeeded)
    await tells_the_story_and_the_audit(quick, bulk_id, set(MANY) - set(excluded) - set(lost))
    assert [row["bulk_id"] for row in (await planner.done("bulk.list"))["rows"]] == [bulk_id]


async def tells_the_story_and_the_audit(harness: Harness, bulk_id: int, retried: set[int]) -> None:
    """One event a salon, which names the bulk retry; of staff's commands only those on the whole are audited."""
    events = await harness.rows("SELECT salon_id, data FROM marketplace_events WHERE type = 'call_retried'")
    assert sorted(event["salon_id"] for event in events) == sorted(retried)
    assert {event["data"]["bulk_id"] for event in events} == {bulk_id}
    acts = await harness.rows(
        "SELECT operation, staff, reason FROM audit_log WHERE operation NOT LIKE %s ORDER BY id", "staff%"
    )
    assert [act["operation"] for act in acts] == ["bulk.plan", "bulk.start"]
    assert acts[0]["staff"] != acts[1]["staff"]
    progress = await harness.rows(
        "SELECT at FROM marketplace_events WHERE type = 'bulk_changed' AND (data->>'bulk_id')::int = %s ORDER BY id",
        bulk_id,
    )
    between = [(b["at"] - a["at"]).total_seconds() for a, b in itertools.pairwise(progress[2:-1])]
    assert all(gap >= 0.3 for gap in between), "about two a second, whatever happens"


async def test_a_plan_is_started_once_by_whoever_may_and_only_with_something_in_it(quick: Harness) -> None:
    operator, viewer = await a_person(quick), await a_person(quick, StaffRole.VIEWER)
    assert await operator.refused("bulk.plan") == "bulk_empty"
    assert await operator.refused("bulk.start", bulk_id=1, reason="просто так") == "bulk_not_found"
    await all_failed(quick, FEW[:2])
    plan = await operator.done("bulk.plan")
    named = {"bulk_id": plan["bulk_id"]}
    assert await viewer.refused("bulk.start", **named, reason="нельзя") == "forbidden"
    assert await viewer.refused("bulk.plan") == "forbidden"
    asked = await asyncio.gather(*(operator.ask("bulk.start", **named, reason="вперёд") for _ in range(4)))
    assert sorted(answer.status_code for answer in asked) == [200, 409, 409, 409]
    assert {answer.json()["error"]["code"] for answer in asked if answer.status_code == 409} == {
        "bulk_not_planned"
    }
    end = await over(viewer, plan["bulk_id"])
    assert end["succeeded"] == 2
    cancelled = await operator.done("bulk.cancel", **named)
    assert cancelled["state"] == "done", "what is over stays as it ended"


async def test_only_the_chosen_calls_are_planned(quick: Harness) -> None:
    operator = await a_person(quick)
    await all_failed(quick, FEW[:4])
    await linked(quick, FEW[4])
    done = await call_reaches(quick, FEW[4], "done")
    rows = (await operator.done("calls.list", states=["failed"]))["rows"]
    chosen = [rows[0]["call_id"], rows[2]["call_id"], done["id"]]
    plan = await operator.done("bulk.plan", call_ids=chosen)
    assert (plan["total"], plan["excluded"]) == (2, 1)
    assert {row["call_id"] for row in plan["sample"]} == set(chosen[:2])
    found = await operator.done("bulk.plan", search=str(FEW[1]))
    assert [row["salon_id"] for row in found["sample"]] == [FEW[1]]


# -- cancelling --------------------------------------------------------------------------------------


async def test_a_cancel_takes_a_second_at_most_and_leaves_what_was_not_begun_as_it_was(
    quick: Harness,
) -> None:
    operator = await a_person(quick)
    salons = MANY[:40]
    await all_failed(quick, salons)
    quick.sandbox.market.faults.put("stall", operation=CALL, seconds=1.5)
    plan = await operator.done("bulk.plan")
    await operator.done("bulk.start", bulk_id=plan["bulk_id"], reason="вперёд")

    async def is_full() -> bool:
        return bool((await seen(operator, plan["bulk_id"]))["running"] == 20)

    await until(is_full, what="twenty calls under way")
    began = time.monotonic()
    view = await operator.done("bulk.cancel", bulk_id=plan["bulk_id"])
    assert time.monotonic() - began < CANCEL_WITHIN_S
    assert (view["state"], view["pending"]) == ("cancelling", 0)
    assert view["cancelled"] >= 1
    end = await over(operator, plan["bulk_id"], "cancelled")
    assert (end["running"], end["cancelled"]) == (0, view["cancelled"])
    told = await report(operator, plan["bulk_id"])
    left = [salon_id for salon_id, (state, _) in told.items() if state == "cancelled"]
    rows = await quick.rows(
        "SELECT i.partner_state, p.state, p.nonce FROM partner_calls p JOIN installs i ON i.id = p.install_id "
        "WHERE i.salon_id = ANY(%s)",
        left,
    )
    assert len(rows) == view["cancelled"]
    assert {(row["partner_state"], row["state"], row["nonce"]) for row in rows} == {("refused", "failed", 0)}


async def test_a_plan_that_is_cancelled_never_runs(quick: Harness) -> None:
    operator = await a_person(quick)
    await all_failed(quick, FEW[:2])
    plan = await operator.done("bulk.plan")
    view = await operator.done("bulk.cancel", bulk_id=plan["bulk_id"])
    assert (view["state"], view["cancelled"]) == ("cancelled", 2)
    assert (
        await operator.refused("bulk.start", bulk_id=plan["bulk_id"], reason="всё же") == "bulk_not_planned"
    )


# -- deaths and limits -------------------------------------------------------------------------------


async def test_a_bulk_retry_goes_on_in_the_next_gateway_on_the_same_database(
    database_url: str, no_limits: None
) -> None:
    """The console is away all the time; the first gateway ends after a few calls."""
    async with unlimited_harness(database_url) as first:
        operator = await a_person(first)
        await all_failed(first, FEW)
        first.sandbox.market.faults.put("stall", operation=CALL, seconds=0.3)
        plan = await operator.done("bulk.plan")
        await operator.done("bulk.start", bulk_id=plan["bulk_id"], reason="вперёд")
    async with unlimited_harness(database_url) as second:
        for salon_id in FEW:
            second.sandbox.market.add_salon(Salon(salon_id, "Салон", "Тверь", "", "", "Europe/Moscow"))
            second.sandbox.market.connect([salon_id])
        end = await over(await a_person(second), plan["bulk_id"])
        assert end["total"] == len(FEW)
        assert end["succeeded"] + end["delayed"] == len(FEW)


async def test_a_killed_gateway_neither_loses_nor_repeats_a_call_of_a_bulk_retry(
    tmp_path: Path, database_url: str
) -> None:
    """SIGKILL, for real, under the partner's limits: state is in rows only."""
    async with running_town(tmp_path, DATABASE_URL=database_url) as town:
        await town.gateway.start()
        tokens = build_tokens(town.harness.gateway.storage, JWT_SECRET, SystemClock())
        issued = await tokens.add("Оля", StaffRole.OPERATOR)
        operator = Person(town.harness, issued.token)
        fault = town.sandbox.market.faults.put("422", operation=CALL)
        await asyncio.gather(*(entered_and_scanned(town, salon_id) for salon_id in FEW))
        for salon_id in FEW:
            await call_reaches(town.harness, salon_id, "failed", error="rejected")
        town.sandbox.market.faults.clear(fault.id)
        plan = await operator.done("bulk.plan")
        await operator.done("bulk.start", bulk_id=plan["bulk_id"], reason="вперёд")

        async def has_begun() -> bool:
            view = await seen(operator, plan["bulk_id"])
            return bool(view["succeeded"] >= 2 and view["running"])

        await until(has_begun, what="some calls are through, some under way", timeout_s=PATIENCE_S)
        town.gateway.kill()
        await town.gateway.start()
        end = await over(operator, plan["bulk_id"])
        assert (end["total"], end["succeeded"]) == (len(FEW), len(FEW))
        assert all(has_one_install_with_one_key(town.harness, salon_id) for salon_id in FEW)
        nonces = await town.harness.rows("SELECT DISTINCT nonce FROM partner_calls")
        assert nonces == [{"nonce": 1}]
        never_over_the_limits(town.sandbox.market.report())


async def entered_and_scanned(town: Town, salon_id: int) -> None:
    town.sandbox.market.add_salon(Salon(salon_id, f"Салон {salon_id}", "Тверь", "", "", "Europe/Moscow"))
    token = await town.harness.link(salon_id)
    await town.harness.scan(token, salon_id)


def never_over_the_limits(counted: dict[str, Any]) -> None:
    assert counted["max_per_second"] <= 5
    assert counted["max_per_minute"] <= 200
    assert (counted["limited"], counted["answers"].get("429", 0)) == (0, 0)


async def test_the_partners_limits_are_kept_and_foretold(database_url: str) -> None:
    async with running_harness(database_url) as harness:
        operator = await a_person(harness)
        await all_failed(harness, FEW)
        plan = await operator.done("bulk.plan")
        assert 90 <= plan["per_minute"] <= 100, "200 requests a minute, two a call"
        await operator.done("bulk.start", bulk_id=plan["bulk_id"], reason="вперёд")
        began = time.monotonic()
        end = await over(operator, plan["bulk_id"])
        took_s = time.monotonic() - began
        assert end["succeeded"] == len(FEW)
        assert plan["eta_s"] * 0.7 <= took_s
        assert plan["eta_s"] == pytest.approx(2 * len(FEW) // 5 * budget.SECOND_S, abs=budget.SECOND_S)
        never_over_the_limits(harness.sandbox.market.report())
