"""Partner calls in staff's hands: the queue, every attempt, and each repair from each state."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from gateway.storage import budget
from shared.vocabulary import StaffRole
from tests.support.harness import APPLICATION_ID, PARTNER_TOKEN, Harness
from tests.support.salons import (
    Person,
    all_linked,
    call_reaches,
    call_row,
    connected,
    install_stands,
    linked,
    unlimited_harness,
)
from tests.support.staff import member
from tests.support.waiting import until

SALON = 700_001
CALL = "callback_redirect"
LATE_S = 2.0
NOBODY = 999_999


@pytest.fixture(autouse=True)
def no_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits are out of account here; the bulk retries' tests look at them."""
    monkeypatch.setattr(budget, "PER_SECOND", 1000)
    monkeypatch.setattr(budget, "PER_MINUTE", 100_000)


@pytest.fixture
async def harness(database_url: str) -> AsyncIterator[Harness]:
    async with unlimited_harness(database_url) as made:
        yield made


@pytest.fixture
async def operator(harness: Harness) -> Person:
    return Person(harness, await member(harness, StaffRole.OPERATOR))


# -- what the tests look at --------------------------------------------------------------------------


async def meets(
    harness: Harness, kind: str, state: str, *, error: str | None = None, **fault: Any
) -> dict[str, Any]:
    """Link the salon while YCLIENTS answers the activation with a fault, and return the call's row after it."""
    harness.sandbox.market.faults.put(kind, operation=CALL, **fault)
    await linked(harness, SALON)
    row = await call_reaches(harness, SALON, state, error=error)
    harness.sandbox.market.faults.clear()
    return row


async def waits(harness: Harness) -> dict[str, Any]:
    return await meets(harness, "500", "waiting", error="partner_unavailable")


async def has_failed(harness: Harness) -> dict[str, Any]:
    return await meets(harness, "422", "failed", error="rejected")


async def is_done(harness: Harness) -> dict[str, Any]:
    await linked(harness, SALON)
    return await call_reaches(harness, SALON, "done")


async def is_held(harness: Harness, operator: Person) -> dict[str, Any]:
    row = await waits(harness)
    await operator.done("calls.hold", call_id=row["id"], reason="разбираемся")
    return await call_row(harness, SALON)


async def is_resolved(harness: Harness, operator: Person) -> dict[str, Any]:
    row = await has_failed(harness)
    await operator.done("calls.resolve", call_id=row["id"], reason="решено по телефону")
    return await call_row(harness, SALON)


async def told(harness: Harness, event_type: str) -> list[dict[str, Any]]:
    """Return the data of a salon's events of a type, oldest first."""
    events = await harness.gateway.events.of_salon(SALON)
    return [dict(event.data) for event in events if event.type == event_type]


async def audited(harness: Harness) -> list[dict[str, Any]]:
    return await harness.rows(
        "SELECT operation, salon_id, before, after, reason FROM audit_log WHERE operation LIKE %s ORDER BY id",
        "calls.%",
    )


async def steps(harness: Harness, call_id: int) -> list[tuple[str, str]]:
    rows = await harness.rows(
        "SELECT operation, verdict FROM partner_attempts WHERE call_id = %s ORDER BY number", call_id
    )
    return [(row["operation"], row["verdict"]) for row in rows]


def effects(harness: Harness) -> tuple[int, int]:
    """Return how often the partner activated the salon, and how many keys it ever got."""
    market = harness.sandbox.market
    return market.report()["salons"][str(SALON)]["activations"], len(market.api_keys(SALON))


# -- trying again ------------------------------------------------------------------------------------


async def test_a_waiting_call_is_tried_now_and_the_story_and_the_audit_say_who_and_why(
    harness: Harness, operator: Person
) -> None:
    row = await waits(harness)
    answer = await operator.done("calls.retry", call_id=row["id"], reason="владелец ждёт")
    assert (answer["call_id"], answer["state"], answer["error_code"]) == (row["id"], "waiting", None)
    await install_stands(harness, SALON, "active")
    assert effects(harness) == (1, 1)
    assert await told(harness, "call_retried") == [
        {"call_id": row["id"], "nonce": 1, "was": "waiting", "kind": "activate"}
    ]
    (act,) = await audited(harness)
    assert (act["operation"], act["salon_id"], act["reason"]) == ("calls.retry", SALON, "владелец ждёт")
    assert "partner_unavailable" in str(act["before"])
    (said,) = await told(harness, "staff_acted")
    assert (said["operation"], said["reason"]) == ("calls.retry", "владелец ждёт")


async def test_a_failed_call_is_opened_again_and_begins_its_three_days_and_its_back_off_anew(
    harness: Harness, operator: Person
) -> None:
    """Incident I-02: a refusal that the partner has repaired since needs neither the owner nor a new scan."""
    row = await has_failed(harness)
    assert (await harness.install_row(SALON))["partner_state"] == "refused"
    await harness.gateway.storage.write(
        lambda tx: tx.count("UPDATE partner_calls SET first_attempt_at = now() - interval '80 hours'")
    )
    harness.sandbox.market.faults.put("500", operation=CALL)
    await operator.done("calls.retry", call_id=row["id"])
    again = await call_reaches(harness, SALON, "waiting", error="partner_unavailable")
    assert (again["id"], again["nonce"], again["finished_at"]) == (row["id"], 1, None)
    assert again["first_attempt_at"] >= again["retried_at"]
    delay = again["next_attempt_at"] - again["updated_at"]
    assert timedelta(seconds=3.9) <= delay <= timedelta(seconds=6.1), "the first step of the back-off"
    assert (await harness.install_row(SALON))["partner_state"] == "calling"

    harness.sandbox.market.faults.clear()
    await operator.done("calls.retry", call_id=row["id"])
    await install_stands(harness, SALON, "active")
    assert effects(harness) == (1, 1)


async def test_what_is_unknown_stays_unknown_so_that_the_status_is_read_before_anything_is_sent(
    harness: Harness, operator: Person
) -> None:
    """The effect stood at the partner all the time, and nobody had heard of it for three days."""
    row = await meets(harness, "reset_after", "waiting", error="partner_unavailable")
    await harness.gateway.storage.write(
        lambda tx: tx.count("UPDATE partner_calls SET first_attempt_at = now() - interval '80 hours'")
    )
    harness.sandbox.market.faults.put("500", operation="status")
    await operator.done("calls.retry", call_id=row["id"])
    expired = await call_reaches(harness, SALON, "failed", error="expired")
    assert expired["outcome_unknown"]
    assert (await harness.install_row(SALON))["partner_state"] == "expired"

    harness.sandbox.market.faults.clear()
    await operator.done("calls.retry", call_id=row["id"])
    await install_stands(harness, SALON, "active")
    assert harness.sandbox.market.report()["calls"][CALL] == 1
    assert (await steps(harness, row["id"]))[-1] == ("status", "status_active")
    assert effects(harness) == (1, 1)


async def test_every_retry_is_a_new_attempt_even_right_after_a_success(
    harness: Harness, operator: Person
) -> None:
    """Goal R13: nothing is answered from what an earlier attempt brought, and the partner still has one install."""
    first = await is_done(harness)
    for number in (1, 2):
        answer = await operator.done("calls.retry", call_id=(await call_row(harness, SALON))["id"])
        assert (answer["state"], answer["partner_state"]) == ("waiting", "active")
        done = await call_reaches(harness, SALON, "done")
        assert (done["id"], done["nonce"]) == (answer["call_id"], number)
        assert await steps(harness, done["id"]) == [
            (CALL, "already_installed_or_refused"), ("status", "status_active"),
        ]  # fmt: skip
    assert [event["was"] for event in await told(harness, "call_retried")] == ["done", "done"]
    assert len(await told(harness, "call_done")) == 2
    assert harness.sandbox.market.report()["calls"][CALL] == 3
    assert (await harness.install_row(SALON))["partner_state"] == "active"
    assert effects(harness) == (1, 1)
    assert await operator.refused("calls.retry", call_id=first["id"]) == "call_not_retryable"


async def test_an_active_install_stays_active_when_sending_again_is_refused(
    harness: Harness, operator: Person
) -> None:
    await is_done(harness)
    harness.sandbox.market.faults.put("422", operation=CALL)
    answer = await operator.done("calls.retry", call_id=(await call_row(harness, SALON))["id"])
    failed = await call_reaches(harness, SALON, "failed", error="rejected")
    assert failed["id"] == answer["call_id"]
    install = await harness.install_row(SALON)
    assert (install["partner_state"], install["error_code"]) == ("active", None)
    shown = (await operator.done("calls.get", call_id=failed["id"]))["row"]
    assert (shown["state"], shown["can_retry"]) == ("failed", True)
    assert shown["error_text"] == failed["error_text"] is not None
    assert (await told(harness, "call_failed"))[0]["code"] == "rejected"

    harness.sandbox.market.faults.clear()
    await operator.done("calls.retry", call_id=failed["id"])
    done = await call_reaches(harness, SALON, "done")
    assert done["id"] == failed["id"], "a failed call is opened again, whatever it was"


async def test_a_token_that_stands_refused_does_not_keep_staff_from_trying(
    harness: Harness, operator: Person
) -> None:
    row = await meets(harness, "401", "waiting", error="token_refused")
    answer = await operator.done("calls.retry", call_id=row["id"])
    assert answer["state"] == "waiting"
    await harness.gateway.storage.write(
        lambda tx: tx.count("UPDATE partner_budget SET refused_probe_at = now() - interval '2 minutes'")
    )
    await install_stands(harness, SALON, "active")


# -- holding, letting go, resolving ------------------------------------------------------------------


async def test_a_held_call_is_not_tried_until_it_is_released(harness: Harness, operator: Person) -> None:
    row = await is_held(harness, operator)
    assert (row["state"], row["reason"], row["nonce"]) == ("held", "разбираемся", 0)
    await harness.gateway.storage.write(
        lambda tx: tx.count("UPDATE partner_calls SET next_attempt_at = now()")
    )
    assert await harness.gateway.calls.claim_due(10) == []
    answer = await operator.done("calls.release", call_id=row["id"])
    assert (answer["state"], answer["reason"]) == ("waiting", None)
    await install_stands(harness, SALON, "active")
    assert [len(await told(harness, event)) for event in ("call_held", "call_released")] == [1, 1]
    assert [act["operation"] for act in await audited(harness)] == ["calls.hold", "calls.release"]


async def test_a_held_call_can_be_retried_at_once(harness: Harness, operator: Person) -> None:
    row = await is_held(harness, operator)
    await operator.done("calls.retry", call_id=row["id"])
    await install_stands(harness, SALON, "active")
    assert (await call_row(harness, SALON))["nonce"] == 1
    assert effects(harness) == (1, 1)


@pytest.mark.parametrize("before", ["failed", "held"])
async def test_a_resolved_call_is_off_the_queue_and_its_install_is_left_as_it_was(
    harness: Harness, operator: Person, before: str
) -> None:
    row = await (has_failed(harness) if before == "failed" else is_held(harness, operator))
    install = await harness.install_row(SALON)
    answer = await operator.done("calls.resolve", call_id=row["id"], reason="решено по телефону")
    assert (answer["state"], answer["reason"]) == ("resolved", "решено по телефону")
    assert answer["finished_at"] is not None
    after = await harness.install_row(SALON)
    assert (after["partner_state"], after["stage"]) == (install["partner_state"], install["stage"])
    counts = (await operator.done("calls.counts"))["by_state"]
    assert (counts["resolved"], counts[before]) == (1, 0)
    assert await operator.refused("calls.resolve", call_id=row["id"], reason="ещё раз") == "call_not_failed"

    await operator.done("calls.retry", call_id=row["id"])
    await install_stands(harness, SALON, "active")
    assert effects(harness) == (1, 1)


async def test_each_command_is_refused_from_the_states_it_is_not_for(
    harness: Harness, operator: Person
) -> None:
    row = await has_failed(harness)
    named = {"call_id": row["id"]}
    assert await operator.refused("calls.hold", **named, reason="нет") == "call_not_waiting"
    assert await operator.refused("calls.release", **named) == "call_not_held"
    await operator.done("calls.retry", **named)
    await call_reaches(harness, SALON, "done")
    assert await operator.refused("calls.hold", **named, reason="нет") == "call_not_waiting"
    assert await operator.refused("calls.release", **named) == "call_not_held"
    assert await operator.refused("calls.resolve", **named, reason="нет") == "call_not_failed"
    for operation in ("calls.retry", "calls.get"):
        assert await operator.refused(operation, call_id=NOBODY) == "call_not_found"
    viewer = Person(harness, await member(harness, StaffRole.VIEWER))
    assert await viewer.refused("calls.retry", **named) == "forbidden"
    assert (await viewer.done("calls.get", **named))["row"]["state"] == "done"


# -- what must not be retried ------------------------------------------------------------------------


async def test_a_call_in_a_workers_hand_is_left_to_it(harness: Harness, operator: Person) -> None:
    harness.sandbox.market.faults.put("hang", operation=CALL, seconds=LATE_S)
    await linked(harness, SALON)
    await until(lambda: is_called(harness), what="the call is under way")
    row = await call_row(harness, SALON)
    shown = (await operator.done("calls.get", call_id=row["id"]))["row"]
    assert (shown["is_being_worked"], shown["can_retry"]) == (True, False)
    assert shown["cannot_retry_because"] == "call_being_worked"
    assert await operator.refused("calls.retry", call_id=row["id"]) == "call_being_worked"
    assert await operator.refused("calls.hold", call_id=row["id"], reason="стоп") == "call_being_worked"
    harness.sandbox.market.faults.clear()
    await call_reaches(harness, SALON, "waiting", error="partner_unavailable")
    await operator.done("calls.retry", call_id=row["id"])
    await install_stands(harness, SALON, "active")
    assert effects(harness) == (1, 1)


async def is_called(harness: Harness) -> bool:
    return bool(harness.sandbox.market.report()["calls"].get(CALL))


async def test_no_call_is_retried_whose_install_is_over_frozen_or_without_a_phone(
    harness: Harness, operator: Person
) -> None:
    row = await has_failed(harness)
    assert (await harness.phone("unlink", SALON)).status_code == 200

    async def is_unlinked() -> bool:
        shown = (await operator.done("calls.get", call_id=row["id"]))["row"]
        return bool(shown["cannot_retry_because"] == "whatsapp_not_connected")

    await until(is_unlinked, what="the row says that no phone is linked")
    assert await operator.refused("calls.retry", call_id=row["id"]) == "whatsapp_not_connected"
    await harness.gateway.installs.apply_partner_status(SALON, "freezed", reason="test")
    assert await operator.refused("calls.retry", call_id=row["id"]) == "install_frozen"
    await harness.gateway.installs.apply_partner_status(SALON, "uninstalled", reason="test")
    assert await operator.refused("calls.retry", call_id=row["id"]) == "install_not_current"
    assert (await call_row(harness, SALON))["nonce"] == 0
    assert await audited(harness) == []


async def test_a_retry_and_an_uninstall_at_the_same_moment_end_in_an_ended_install(
    harness: Harness, operator: Person
) -> None:
    row = await has_failed(harness)
    harness.sandbox.market.disconnect(SALON)
    asked = await asyncio.gather(*(operator.ask("calls.retry", call_id=row["id"]) for _ in range(4)))
    await harness.webhooks_processed()
    await install_stands(harness, SALON, "uninstalled")
    codes = {answer.json()["error"]["code"] for answer in asked if answer.status_code != 200}
    assert codes <= {"install_not_current", "call_being_worked", "whatsapp_not_connected"}
    assert not await harness.rows("SELECT id FROM partner_calls WHERE finished_at IS NULL")
    assert effects(harness)[0] == 0


async def test_two_operators_who_retry_at_once_cause_one_effect(harness: Harness, operator: Person) -> None:
    second = Person(harness, await member(harness, StaffRole.OPERATOR))
    row = await has_failed(harness)
    asked = await asyncio.gather(
        *(person.ask("calls.retry", call_id=row["id"]) for person in (operator, second) for _ in range(3))
    )
    tried = sum(answer.status_code == 200 for answer in asked)
    assert tried >= 1
    await install_stands(harness, SALON, "active")
    assert effects(harness) == (1, 1)
    await call_reaches(harness, SALON, "done")
    assert len(await told(harness, "call_retried")) == tried
    assert len(await audited(harness)) == tried


# -- an uninstall ------------------------------------------------------------------------------------


async def uninstall_asked(harness: Harness) -> None:
    """Queue an uninstall that is due now."""
    statement = """
        INSERT INTO partner_calls (install_id, kind, state, next_attempt_at)
        SELECT id, 'uninstall', 'waiting', now() FROM installs WHERE salon_id = %s AND closed_at IS NULL
    """
    await harness.gateway.storage.write(lambda tx: tx.count(statement, SALON))


async def test_an_uninstall_is_confirmed_by_the_status_and_ends_install_and_session(harness: Harness) -> None:
    await is_done(harness)
    await uninstall_asked(harness)
    await install_stands(harness, SALON, "uninstalled")
    await until(lambda: has_no_session(harness), what="the session is wiped")
    call = await call_row(harness, SALON, "uninstall")
    assert (call["state"], call["error_code"]) == ("done", None)
    assert (await steps(harness, call["id"]))[0] == ("uninstall", "accepted")
    assert harness.sandbox.market.status(SALON) == "uninstalled"
    assert harness.sandbox.market.report()["calls"]["uninstall"] == 1
    entries = harness.sandbox.market.log.entries()
    (asked,) = [entry for entry in entries if (entry.operation, entry.direction) == ("uninstall", "in")]
    assert asked.request_body == "", "nothing of the install goes with it"
    install = await harness.install_row(SALON)
    assert install["api_key_sealed"] is None


async def has_no_session(harness: Harness) -> bool:
    return not await harness.rows("SELECT salon_id FROM whatsapp_sessions")


@pytest.mark.parametrize(
    ("kind", "error", "fault"),
    [
        ("500", "partner_unavailable", {}),
        ("reset_before", "partner_unavailable", {}),
        ("200_json", "unknown_outcome", {"effect": False}),
    ],
)
async def test_an_uninstall_that_did_not_come_through_is_tried_again(
    harness: Harness, kind: str, error: str, fault: dict[str, Any]
) -> None:
    await is_done(harness)
    harness.sandbox.market.faults.put(kind, operation="uninstall", **fault)
    await uninstall_asked(harness)
    row = await call_reaches(harness, SALON, "waiting", error=error, kind="uninstall")
    assert (await harness.install_row(SALON))["partner_state"] == "active"
    assert (await told(harness, "uninstall_delayed"))[0]["code"] == row["error_code"]
    harness.sandbox.market.faults.clear()
    admin = Person(harness, await member(harness, StaffRole.ADMIN))
    await admin.done("calls.retry", call_id=row["id"])
    await install_stands(harness, SALON, "uninstalled")
    assert harness.sandbox.market.report()["calls"]["uninstall"] == 2


async def test_an_uninstall_nobody_heard_of_is_found_by_the_status_and_not_asked_for_twice(
    harness: Harness,
) -> None:
    await is_done(harness)
    harness.sandbox.market.faults.put("reset_after", operation="uninstall")
    harness.sandbox.market.faults.put("500", operation="status")
    await uninstall_asked(harness)
    row = await call_reaches(harness, SALON, "waiting", error="partner_unavailable", kind="uninstall")
    assert row["outcome_unknown"]
    harness.sandbox.market.faults.clear()
    admin = Person(harness, await member(harness, StaffRole.ADMIN))
    answer = await admin.ask("calls.retry", call_id=row["id"])  # the webhook may have been quicker
    assert answer.status_code == 200 or answer.json()["error"]["code"] == "install_not_current"
    await install_stands(harness, SALON, "uninstalled")
    assert harness.sandbox.market.report()["calls"]["uninstall"] == 1
    assert (await call_row(harness, SALON, "uninstall"))["state"] == "done"


async def test_a_refused_uninstall_is_shown_and_only_who_may_uninstall_tries_it_again(
    harness: Harness, operator: Person
) -> None:
    await is_done(harness)
    harness.sandbox.market.faults.put("403_foreign", operation="uninstall")
    await uninstall_asked(harness)
    row = await call_reaches(harness, SALON, "failed", error="rejected", kind="uninstall")
    install = await harness.install_row(SALON)
    assert (install["partner_state"], install["error_code"]) == ("active", None)
    shown = (await operator.done("calls.list", states=["failed"]))["rows"]
    assert [(each["kind"], each["error_code"]) for each in shown] == [("uninstall", "rejected")]
    harness.sandbox.market.faults.clear()
    assert await operator.refused("calls.retry", call_id=row["id"]) == "forbidden"
    admin = Person(harness, await member(harness, StaffRole.ADMIN))
    await admin.done("calls.retry", call_id=row["id"])
    await install_stands(harness, SALON, "uninstalled")


# -- the queue ---------------------------------------------------------------------------------------

MANY = range(710_001, 710_013)


@pytest.fixture
async def queue(harness: Harness, operator: Person) -> Person:
    """Twelve salons: four failed for one reason, three for another, one held, two waiting, two done."""
    faults = harness.sandbox.market.faults
    kinds = ["422"] * 4 + ["404"] * 3 + ["500"] * 3
    for salon_id, kind in zip(MANY, kinds, strict=False):
        faults.put(kind, operation=CALL, salon_id=salon_id)
    await all_linked(harness, MANY)
    states = ["failed"] * 7 + ["waiting"] * 3 + ["done"] * 2
    for salon_id, state in zip(MANY, states, strict=True):
        error = "partner_unavailable" if state == "waiting" else None
        await call_reaches(harness, salon_id, state, error=error)
    held = await call_row(harness, MANY[7])
    await operator.done("calls.hold", call_id=held["id"], reason="ждём ответа")
    far = "UPDATE partner_calls SET next_attempt_at = now() + interval '1 hour' WHERE state = 'waiting'"
    await harness.gateway.storage.write(lambda tx: tx.count(far))
    return operator


async def pages(person: Person, **given: Any) -> list[dict[str, Any]]:
    """Read a list to its end, page by page."""
    rows: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        page = await person.done("calls.list", **given, **after)
        rows += page["rows"]
        if page["next"] is None:
            return rows
        assert len(page["rows"]) == given["limit"]
        after = {"after": page["next"]}


async def test_the_queue_shows_what_needs_a_person_first_page_by_page(queue: Person) -> None:
    rows = await pages(queue, limit=5)
    assert [row["state"] for row in rows] == ["failed"] * 7 + ["held"] + ["waiting"] * 2 + ["done"] * 2
    assert len({row["call_id"] for row in rows}) == 12
    for before, after in itertools.pairwise(rows):
        assert before["state"] != after["state"] or before["next_attempt_at"] <= after["next_attempt_at"]
    assert rows == (await queue.done("calls.list", limit=200))["rows"]


async def test_the_queue_is_filtered_searched_and_counted_on_the_server(queue: Person) -> None:
    failed = await pages(queue, limit=2, states=["failed"])
    assert {row["salon_id"] for row in failed} == set(MANY[:7])
    rejected = await pages(queue, limit=100, error_codes=["rejected"])
    assert {row["salon_id"] for row in rejected} == set(MANY[:4])
    (one,) = await pages(queue, limit=100, salon_id=MANY[8])
    assert (one["salon_id"], one["state"], one["last_status"]) == (MANY[8], "waiting", 500)
    found = await pages(queue, limit=100, search="тверь салон 710010")
    assert [row["salon_id"] for row in found] == [710_010]
    assert await pages(queue, limit=100, search="салон %") == []
    counts = await queue.done("calls.counts", states=["done"])
    assert {state: n for state, n in counts["by_state"].items() if n} == {
        "failed": 7, "held": 1, "waiting": 2, "done": 2,
    }  # fmt: skip
    assert counts["failed_by_code"] == {"rejected": 4, "not_requested": 3}
    narrowed = await queue.done("calls.counts", error_codes=["rejected"])
    assert narrowed["by_state"]["failed"] == 4


async def test_a_live_list_reads_the_rows_of_some_salons_that_still_match(queue: Person) -> None:
    asked = [MANY[0], MANY[4], MANY[11], NOBODY]
    rows = (await queue.done("calls.rows", salon_ids=asked, states=["failed"]))["rows"]
    assert {row["salon_id"] for row in rows} == {MANY[0], MANY[4]}
    assert (await queue.done("calls.rows", salon_ids=asked, salon_id=MANY[1]))["rows"] == []


async def test_no_row_is_newer_than_the_cursor_it_came_with_allows(queue: Person, harness: Harness) -> None:
    page = await queue.done("calls.list")
    assert max(row["version"] for row in page["rows"]) <= page["cursor"]
    assert page["cursor"] == await harness.gateway.events.last_id()


@pytest.mark.parametrize(
    "after",
    [
        "",
        "x",
        "1~2~3",
        "0~2026-01-01T00:00:00~1",
        "9~2026-01-01T00:00:00+00:00~1",
        "0~2026-01-01T00:00:00+00:00~-1",
    ],
)
async def test_a_cursor_nobody_gave_out_is_refused(operator: Person, after: str) -> None:
    assert await operator.refused("calls.list", after=after) == "cursor_invalid"


async def test_every_attempt_is_shown_with_the_request_it_was_and_without_secrets(
    harness: Harness, operator: Person
) -> None:
    row = await waits(harness)
    await operator.done("calls.retry", call_id=row["id"])
    await call_reaches(harness, SALON, "done")
    detail = await operator.done("calls.get", call_id=row["id"])
    assert [attempt["number"] for attempt in detail["attempts"]] == [1, 2, 3, 4]
    requests = [
        (entry.method, entry.path)
        for entry in harness.sandbox.market.log.entries()
        if entry.direction == "in" and entry.operation in (CALL, "status", "callback")
    ]
    assert [(attempt["method"], attempt["path"]) for attempt in detail["attempts"]] == requests
    assert str(APPLICATION_ID) in detail["attempts"][1]["path"]
    assert detail["attempts"][0]["http_status"] == 500
    assert detail["attempts"][0]["headers"]["content-type"]
    assert detail["row"]["attempts"] == 4
    market = harness.sandbox.market
    keys = [url.rsplit("/", 1)[1] for url in market.link(SALON).webhook_urls]
    for secret in (PARTNER_TOKEN, *market.api_keys(SALON), *keys):
        assert secret not in str(detail)


async def test_the_audit_keeps_no_more_of_a_call_than_its_state(harness: Harness, operator: Person) -> None:
    await connected(harness, SALON)
    assert (await operator.done("calls.list"))["rows"] == []
    assert (await harness.phone("scan", SALON)).status_code == 200
    row = await call_reaches(harness, SALON, "done")
    await operator.done("calls.retry", call_id=row["id"])
    (act,) = await audited(harness)
    kept = {"call_id", "kind", "state", "partner_state", "error_code", "next_attempt_at"}
    assert set(act["before"]) == kept
    assert set(act["after"]) == kept | {"nonce"}


# -- what cannot be worked --------------------------------------------------------------------------


async def test_a_call_whose_key_cannot_be_opened_is_held_and_told_and_the_others_go_on(
    harness: Harness, operator: Person
) -> None:
    """A row sealed under another DATA_KEY must not stand in everybody's way."""
    row = await waits(harness)
    await harness.gateway.storage.write(
        lambda tx: tx.count("UPDATE installs SET api_key_sealed = %s WHERE salon_id = %s", b"\x00", SALON)
    )
    await operator.done("calls.retry", call_id=row["id"])
    held = await call_reaches(harness, SALON, "held", error="not_configured")
    assert "DATA_KEY" in held["reason"]
    await linked(harness, SALON + 1)
    await call_reaches(harness, SALON + 1, "done")
