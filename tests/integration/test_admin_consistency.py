"""Consistency through the desk: every kind of difference found and fixed, sweeps asked for, fixes by plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway.application.records import EntryFacts
from gateway.storage import budget
from shared.vocabulary import FIXES, DifferenceKind, Fix, StaffRole
from tests.support.harness import OTHER_SALON, SALON, Harness
from tests.support.salons import Person, unlimited_harness
from tests.support.staff import member
from tests.support.waiting import until

MANY = range(740_001, 740_026)


@pytest.fixture
async def harness(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Harness]:
    """A gateway and a partner without limits, that sweeps only when it is asked."""
    monkeypatch.setattr(budget, "PER_SECOND", 1000)
    monkeypatch.setattr(budget, "PER_MINUTE", 100_000)
    async with unlimited_harness(database_url, reconcile_every_s=1e6) as made:
        yield made


async def a_person(harness: Harness, role: StaffRole = StaffRole.ADMIN) -> Person:
    return Person(harness, await member(harness, role))


async def change(harness: Harness, statement: str, *values: Any) -> None:
    await harness.gateway.storage.write(lambda tx: tx.count(statement, *values))


async def acts(harness: Harness, operation: str) -> list[dict[str, Any]]:
    """Return what the audit keeps of an operation."""
    page = await (await a_person(harness)).done("audit.list")
    return [act for act in page["rows"] if act["operation"] == operation]


async def differences(person: Person, **given: Any) -> dict[tuple[int, str], dict[str, Any]]:
    page = await person.done("consistency.list", **given)
    return {(row["salon_id"], row["kind"]): row for row in page["rows"]}


async def the_one(person: Person, kind: DifferenceKind) -> dict[str, Any]:
    """Return the only difference there is, which must be of this kind."""
    (row,) = (await differences(person)).values()
    assert row["kind"] == kind.value
    return row


async def fixed(person: Person, row: dict[str, Any], fix: Fix) -> dict[str, Any]:
    outcome: dict[str, Any] = await person.done(
        "consistency.fix", salon_id=row["salon_id"], kind=row["kind"], fix=fix.value, generation=row["generation"],
        reason="сверка",
    )  # fmt: skip
    return outcome


async def swept(person: Person) -> dict[str, Any]:
    asked = await person.done("consistency.check")

    async def look() -> dict[str, Any] | None:
        sweep = (await person.done("consistency.sweep"))["sweep"]
        is_it = sweep["sweep_id"] == asked["sweep_id"] and sweep["finished_at"] is not None
        return sweep if is_it else None

    found = await until(look, what="the sweep is over", every_s=0.05)
    assert found is not None
    return found


async def held_active(harness: Harness, salon_ids: range) -> None:
    """Let us hold salons connected of which YCLIENTS knows nothing."""
    for salon_id in salon_ids:
        facts = EntryFacts(
            salon_id, f"Салон {salon_id}", None, None, "active", signed=False, owner_user_id=None
        )
        await harness.gateway.installs.open_for_entry(facts)
    await change(
        harness,
        "UPDATE installs SET partner_state = 'active', partner_since = now() - interval '1 hour' "
        "WHERE salon_id = ANY(%s)",
        list(salon_ids),
    )


# ---------------------------------------------------------------------------------------- theirs against ours


async def test_nothing_differs_after_an_install_and_a_sweep_says_so(harness: Harness) -> None:
    await harness.install()
    person = await a_person(harness, StaffRole.OPERATOR)
    sweep = await swept(person)
    assert (sweep["state"], sweep["listed"], sweep["held"], sweep["missing"], sweep["unknown"]) == (
        "done",
        1,
        1,
        0,
        0,
    )
    page = await person.done("consistency.list")
    assert (page["rows"], set(page["by_kind"].values())) == ([], {0})
    assert page["swept_at"] == sweep["finished_at"]
    assert [act["after"] for act in await acts(harness, "consistency.check")] == [
        {"sweep_id": sweep["sweep_id"]}
    ]


async def test_a_salon_that_only_the_list_knows_is_listed_until_its_status_says_otherwise(
    harness: Harness,
) -> None:
    market = harness.sandbox.market
    market.switches.listed_statuses = "all"
    market.connect([OTHER_SALON], form="salon_id")
    person = await a_person(harness)
    sweep = await swept(person)
    assert (sweep["unknown"], sweep["missing"]) == (1, 0)
    row = await the_one(person, DifferenceKind.LISTED_UNKNOWN)
    assert (row["salon_id"], row["generation"], row["is_listed"]) == (OTHER_SALON, None, True)
    assert await fixed(person, row, Fix.READ_ANEW) == {
        "salon_id": OTHER_SALON, "fix": "read_anew", "outcome": "fixed", "theirs": "pending",
    }  # fmt: skip
    assert await differences(person) == {}


@pytest.mark.expects_log("sweep_braked")
async def test_a_salon_missing_from_the_list_is_closed_by_reading_its_status_anew(harness: Harness) -> None:
    await harness.install()
    await held_active(harness, range(1, 9))
    person = await a_person(harness)
    harness.sandbox.market.switches.lose_lifecycle = True
    harness.sandbox.market.disconnect(SALON)
    sweep = await swept(person)
    assert (sweep["missing"], sweep["is_braked"], sweep["healed"]) == (9, True, 0)
    row = (await differences(person))[SALON, "not_listed"]
    assert (row["partner_state"], row["is_listed"]) == ("active", False)
    first_seen = row["since"]
    await swept(person)
    row = (await differences(person))[SALON, "not_listed"]
    assert row["since"] == first_seen, "it differs since the list that first said so"
    assert (await fixed(person, row, Fix.READ_ANEW))["outcome"] == "fixed"
    assert (SALON, "not_listed") not in await differences(person)
    assert (await harness.install_row())["close_reason"] == "staff"


async def test_a_salon_closed_here_that_the_list_still_has_is_uninstalled_there(harness: Harness) -> None:
    await harness.install()
    await change(
        harness, "UPDATE installs SET partner_state = 'uninstalled', closed_at = now(), close_reason = 'test'"
    )
    await harness.gateway.sessions.remove(SALON)
    person, operator = await a_person(harness), await a_person(harness, StaffRole.OPERATOR)
    await swept(person)
    await change(harness, "UPDATE installs SET closed_at = now() - interval '1 minute'")
    found = await differences(person)
    row = found[SALON, "listed_closed"]
    assert row["fixes"] == ["read_anew", "finish_uninstall"]
    refused = await operator.refused(
        "consistency.fix",
        salon_id=SALON,
        kind="listed_closed",
        fix="finish_uninstall",
        generation=1,
        reason="сверка",
    )
    assert refused == "forbidden"
    assert (await fixed(person, row, Fix.FINISH_UNINSTALL))["outcome"] == "under_way"

    async def is_gone() -> bool:
        return not await differences(person)

    await until(is_gone, what="YCLIENTS ended it", every_s=0.1)
    assert harness.sandbox.market.status(SALON) == "uninstalled"
    calls = await harness.rows("SELECT kind, state FROM partner_calls ORDER BY id")
    assert calls == [{"kind": "activate", "state": "done"}, {"kind": "uninstall", "state": "done"}]
    assert await harness.rows("SELECT 1 AS one FROM installs WHERE api_key_sealed IS NOT NULL") == []


async def test_theirs_is_accepted_where_it_is_active_and_whatever_does_not_fit_is_refused(
    harness: Harness,
) -> None:
    await harness.install()
    await change(harness, "UPDATE installs SET partner_state = 'refused', partner_status = 'active'")
    person, viewer = await a_person(harness, StaffRole.OPERATOR), await a_person(harness, StaffRole.VIEWER)
    row = await the_one(person, DifferenceKind.STATUS_DIFFERS)
    assert (row["theirs"], row["partner_state"]) == ("active", "refused")
    assert row["fixes"] == ["accept_theirs", "activate_again", "read_anew"]

    given = {"salon_id": SALON, "kind": row["kind"], "fix": "read_anew", "generation": 1, "reason": "сверка"}
    for changed, code in (
        ({"generation": 2}, "generation_changed"), ({"fix": "stop_bot"}, "fix_unfit"),
        ({"kind": "not_linked"}, "difference_gone"), ({"fix": "finish_uninstall"}, "forbidden"),
    ):  # fmt: skip
        assert await person.refused("consistency.fix", **given | changed) == code
    assert await viewer.refused("consistency.fix", **given) == "forbidden"
    assert await viewer.refused("consistency.check") == "forbidden"
    assert list(await differences(viewer)) == [(SALON, "status_differs")]

    assert (await fixed(person, row, Fix.ACCEPT_THEIRS))["outcome"] == "fixed"
    assert (await harness.install_row())["partner_state"] == "active"


# ------------------------------------------------------------------------------------------- ours against ours


async def test_a_bot_that_runs_though_frozen_or_stands_though_active_is_set_right(harness: Harness) -> None:
    await harness.install()
    person = await a_person(harness, StaffRole.OPERATOR)
    await person.done("sessions.stop", salon_id=SALON)
    await change(harness, "UPDATE whatsapp_sessions SET since = now() - interval '1 minute'")
    await change(harness, "UPDATE installs SET partner_since = now() - interval '1 minute'")
    row = await the_one(person, DifferenceKind.BOT_STOPPED)
    assert (await fixed(person, row, Fix.START_BOT))["outcome"] == "fixed"

    async def is_connected() -> bool:
        return (await harness.gateway.sessions.get(SALON)).state == "connected"

    await until(is_connected, what="the bot runs")
    await change(harness, "UPDATE installs SET frozen_by_staff_at = now() - interval '1 minute'")
    row = await the_one(person, DifferenceKind.BOT_WHILE_FROZEN)
    assert (await fixed(person, row, Fix.STOP_BOT))["outcome"] == "fixed"
    assert (await harness.gateway.sessions.get(SALON)).state == "stopped"


async def test_what_an_uninstall_left_is_found_and_finished(harness: Harness) -> None:
    token = await harness.link()
    await harness.scan(token)
    await harness.reaches(token, "active")
    await change(
        harness,
        "UPDATE installs SET partner_state = 'uninstalled', close_reason = 'test', "
        "closed_at = now() - interval '1 hour'",
    )
    await change(
        harness,
        "UPDATE partner_calls SET state = 'waiting', finished_at = NULL, next_attempt_at = 'infinity'",
    )
    person = await a_person(harness)
    found = await differences(person)
    assert {kind for _, kind in found} == {"bot_after_uninstall", "keys_left", "call_of_closed"}
    row = found[SALON, "bot_after_uninstall"]
    assert (await fixed(person, row, Fix.FINISH_UNINSTALL))["outcome"] == "fixed"
    assert await differences(person) == {}
    assert await harness.rows("SELECT 1 AS one FROM whatsapp_sessions") == []


async def test_an_uninstall_that_failed_is_finished_by_asking_again(harness: Harness) -> None:
    await harness.install()
    person = await a_person(harness)
    fault = harness.sandbox.market.faults.put("422", operation="uninstall")
    await person.done("installs.uninstall", salon_id=SALON, generation=1, reason="просьба владельца")
    await change(harness, "UPDATE partner_calls SET next_attempt_at = now() WHERE kind = 'uninstall'")

    async def failed() -> bool:
        return (SALON, "uninstall_unfinished") in await differences(person)

    await until(failed, what="the uninstall failed", every_s=0.1)
    harness.sandbox.market.faults.clear(fault.id)
    row = await the_one(person, DifferenceKind.UNINSTALL_UNFINISHED)
    assert (await fixed(person, row, Fix.FINISH_UNINSTALL))["outcome"] == "under_way"

    async def is_gone() -> bool:
        return bool((await harness.install_row())["partner_state"] == "uninstalled")

    await until(is_gone, what="uninstalled", every_s=0.1)


# ------------------------------------------------------------------------------------------------------ in bulk


async def over(person: Person, plan_id: int, state: str = "done") -> dict[str, Any]:
    async def look() -> dict[str, Any] | None:
        view = await person.done("fixes.get", plan_id=plan_id)
        counted = sum(
            view[each]
            for each in ("pending", "running", "succeeded", "failed", "delayed", "skipped", "cancelled")
        )
        assert counted == view["total"]
        return view if view["state"] == state else None

    found = await until(look, what=f"plan {state}", every_s=0.05)
    assert found is not None
    return found


@pytest.mark.expects_log("sweep_braked")
async def test_many_differences_of_one_kind_are_fixed_by_plan_and_reported_salon_by_salon(
    harness: Harness,
) -> None:
    await held_active(harness, MANY)
    person = await a_person(harness, StaffRole.OPERATOR)
    assert (await swept(person))["is_braked"] is True
    page = await person.done("consistency.list", kinds=["not_listed"], limit=20)
    assert (len(page["rows"]), page["by_kind"]["not_listed"]) == (20, len(MANY))
    rest = await person.done("consistency.list", kinds=["not_listed"], limit=20, after=page["next"])
    assert {row["salon_id"] for row in page["rows"] + rest["rows"]} == set(MANY)

    assert await person.refused("fixes.plan", kind="not_listed", fix="stop_bot") == "plan_empty"
    plan = await person.done("fixes.plan", kind="not_listed", fix="read_anew")
    assert (plan["state"], plan["total"], len(plan["sample"])) == ("planned", len(MANY), 20)
    gone = MANY[0]
    await change(harness, "UPDATE installs SET partner_state = 'pending' WHERE salon_id = %s", gone)
    unreadable = MANY[1]
    harness.sandbox.market.faults.put("500", operation="status", salon_id=unreadable)
    await person.done("fixes.start", plan_id=plan["plan_id"], reason="список YCLIENTS проверен")
    end = await over(person, plan["plan_id"])
    assert (end["succeeded"], end["failed"], end["skipped"]) == (len(MANY) - 2, 1, 1)
    assert end["failed_by_code"] == {"partner_error": 1}
    items = (await person.done("fixes.items", plan_id=plan["plan_id"], limit=200))["rows"]
    told = {row["salon_id"]: (row["state"], row["outcome"]) for row in items}
    assert told[gone] == ("skipped", "difference_gone")
    assert told[unreadable] == ("failed", "partner_error")
    assert Counter(told.values())[("succeeded", None)] == len(MANY) - 2
    story = [event.type for event in await harness.gateway.events.of_salon(MANY[5])]
    assert story[-1] == "difference_fixed"
    started = await acts(harness, "fixes.start")
    assert [(act["reason"], act["after"]["state"]) for act in started] == [
        ("список YCLIENTS проверен", "running")
    ]


@pytest.mark.expects_log("sweep_braked")
async def test_a_plan_that_is_cancelled_leaves_what_was_not_begun(harness: Harness) -> None:
    await held_active(harness, MANY)
    person = await a_person(harness, StaffRole.OPERATOR)
    await swept(person)
    harness.sandbox.market.faults.put("hang", operation="status")
    plan = await person.done("fixes.plan", kind="not_listed", fix="read_anew", salon_ids=list(MANY[:20]))
    assert plan["total"] == 20
    await person.done("fixes.start", plan_id=plan["plan_id"], reason="проверяем отмену")
    harness.sandbox.market.faults.clear()
    await person.done("fixes.cancel", plan_id=plan["plan_id"])
    end = await over(person, plan["plan_id"], "cancelled")
    assert end["cancelled"] >= 20 - 8
    assert [row["plan_id"] for row in (await person.done("fixes.list"))["rows"]] == [plan["plan_id"]]


def test_every_kind_of_difference_has_something_to_do_about_it() -> None:
    assert set(FIXES) == set(DifferenceKind)
    assert all(FIXES.values())
