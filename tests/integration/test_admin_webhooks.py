"""Webhooks as staff see and repair them, through a whole gateway: found, shown without people, worked anew."""

from __future__ import annotations

from typing import Any

from shared.vocabulary import StaffRole
from tests.integration.test_webhooks import is_state, lifecycle
from tests.support.harness import PARTNER_TOKEN, SALON, Harness
from tests.support.salons import Person
from tests.support.staff import member
from tests.support.waiting import until

PHONE, NAME, MAIL = "+7 921 555-12-34", "Аделаида Северянинова", "adelaida@example.org"
RECORD = {
    "company_id": SALON, "resource": "record", "resource_id": 771, "status": "create",
    "data": {
        "id": 771, "staff_id": 12, "date": "2026-12-01 10:00:00", "comment": "Позвонить", "visit_count": 3,
        "client": {"id": 55, "name": NAME, "phone": PHONE, "email": MAIL, "discount": 10.5},
        "services": [{"id": 9, "cost": 1500}], "link": f"wa.me/{PHONE.replace(' ', '')} or {MAIL}",
    },
}  # fmt: skip


async def a_person(harness: Harness, role: StaffRole = StaffRole.OPERATOR) -> Person:
    return Person(harness, await member(harness, role))


async def newest(person: Person, **given: Any) -> dict[str, Any]:
    row: dict[str, Any] = (await person.done("webhooks.list", **given))["rows"][0]
    return row


async def lay_aside(harness: Harness) -> None:
    """Have an uninstall of the salon laid aside: its status could not be read for three days."""
    harness.sandbox.market.switches.lose_lifecycle = True
    harness.sandbox.market.disconnect(SALON)
    harness.sandbox.market.faults.put("500", operation="status")
    assert (await harness.webhook(lifecycle("uninstall"))).status_code == 200
    age = "UPDATE webhook_inbox SET received_at = received_at - interval '4 days', next_attempt_at = now()"
    await until(lambda: failed_once(harness), what="the first attempt failed")
    await harness.gateway.storage.write(lambda tx: tx.count(age))
    await until(lambda: is_laid_aside(harness), what="laid aside")


async def failed_once(harness: Harness) -> bool:
    return bool(
        await harness.rows(
            "SELECT 1 AS one FROM webhook_inbox WHERE error IS NOT NULL AND claimed_by IS NULL"
        )
    )


async def is_laid_aside(harness: Harness) -> bool:
    return bool(await harness.rows("SELECT 1 AS one FROM webhook_inbox WHERE state = 'dead'"))


async def test_a_webhook_laid_aside_is_worked_anew_and_tells_what_it_changed(harness: Harness) -> None:
    await harness.install()
    await lay_aside(harness)
    operator = await a_person(harness)
    assert (await operator.done("webhooks.counts"))["dead"] == 1
    row = await newest(operator, states="dead")
    assert (row["event"], row["attempts"], row["outcome"], row["can_replay"]) == ("uninstall", 2, None, True)
    assert row["error"] == "status: server_error"
    replayed = await operator.done("webhooks.replay", webhook_id=row["webhook_id"], reason="YCLIENTS is back")
    assert (replayed["webhook_id"], replayed["outcome"]) == (row["webhook_id"], None)
    await until(lambda: failed_once(harness), what="YCLIENTS is not back")
    again = await newest(operator)
    assert (again["state"], again["attempts"]) == ("pending", 3)  # its three days began anew
    assert await operator.refused("webhooks.replay", webhook_id=row["webhook_id"]) == "webhook_not_finished"
    harness.sandbox.market.faults.clear()
    due = "UPDATE webhook_inbox SET next_attempt_at = now()"
    await harness.gateway.storage.write(
        lambda tx: (tx.count(due), tx.sql("SELECT pg_notify('webhook_inbox', '')"))
    )
    await until(lambda: is_state(harness, "uninstalled"), what="uninstalled")
    await harness.webhooks_processed()
    told = await operator.done("webhooks.get", webhook_id=row["webhook_id"])
    after = told["row"]
    assert (after["state"], after["outcome"], after["attempts"], after["error"]) == (
        "done",
        "applied",
        4,
        None,
    )
    assert after["replayed_at"] is not None
    assert (told["generation"], told["is_current_install"]) == (1, False)
    caused = [each["type"] for each in told["caused"]]
    assert "uninstalled" in caused
    assert caused[-1] == "webhook_processed"
    assert "webhook_replayed" not in caused
    admin = await a_person(harness, StaffRole.ADMIN)
    acts = [act for act in (await admin.done("audit.list"))["rows"] if act["operation"] == "webhooks.replay"]
    assert [(act["salon_id"], act["reason"], act["before"]["state"], act["after"]["state"]) for act in acts] == [
        (SALON, "YCLIENTS is back", "dead", "pending")
    ]  # fmt: skip


async def test_what_is_done_is_worked_anew_even_when_the_same_bytes_came_before(harness: Harness) -> None:
    await harness.install()
    for _ in range(2):
        await harness.webhook(lifecycle("payment", amount="990", payment_date="2026-05-02 10:00:00"))
    await harness.webhooks_processed()
    operator = await a_person(harness)
    row = await newest(operator)
    assert row["outcome"] == "repeated"
    await operator.done("webhooks.replay", webhook_id=row["webhook_id"])
    await harness.webhooks_processed()
    assert (await newest(operator))["outcome"] == "applied"


async def test_an_old_payment_worked_anew_does_not_take_a_newer_one_back(harness: Harness) -> None:
    await harness.install()
    for day, until_day in (("2026-05-02", "2026-06-02"), ("2026-06-02", "2026-07-02")):
        await harness.webhook(lifecycle("payment", payment_date=day, period_to=until_day))
        await harness.webhooks_processed()
    paid = await harness.install_row()
    operator = await a_person(harness)
    first = (await operator.done("webhooks.list", event="payment"))["rows"][-1]
    await operator.done("webhooks.replay", webhook_id=first["webhook_id"])
    await harness.webhooks_processed()
    after = await harness.install_row()
    assert paid["last_payment_at"].month == 6
    assert [after[name] for name in ("last_payment_at", "paid_until")] == [
        paid[name] for name in ("last_payment_at", "paid_until")
    ]


async def test_a_replay_waits_for_a_newer_one_of_its_salon_that_is_in_hand(harness: Harness) -> None:
    """Two of one salon never run at once, also when the older one was made to wait again."""
    await harness.install()
    await harness.webhook(lifecycle("payment"))
    await harness.webhooks_processed()
    operator = await a_person(harness)
    older = await newest(operator)
    await harness.gateway.storage.write(
        lambda tx: tx.count(
            "INSERT INTO webhook_inbox (proof, kind, event, salon_id, body, digest, claimed_by, claimed_until) VALUES "
            "('partner_token', 'lifecycle', 'payment', %s, '{}', '\\x00', 'another', now() + interval '1 hour')", SALON,
        )
    )  # fmt: skip
    await operator.done("webhooks.replay", webhook_id=older["webhook_id"])
    assert await harness.gateway.inbox.claim_due(10) == []
    free = "UPDATE webhook_inbox SET claimed_by = NULL, claimed_until = NULL, next_attempt_at = now()"
    await harness.gateway.storage.write(
        lambda tx: (tx.count(free), tx.sql("SELECT pg_notify('webhook_inbox', '')"))
    )
    await harness.webhooks_processed()
    worked = await harness.rows("SELECT id FROM webhook_inbox ORDER BY processed_at")
    assert [row["id"] for row in worked] == [older["webhook_id"], older["webhook_id"] + 1]


async def test_the_body_shows_structure_and_ids_and_nobody(harness: Harness) -> None:
    sent = RECORD | {"partner_token": PARTNER_TOKEN}
    assert (await harness.webhook(sent)).status_code == 200
    viewer = await a_person(harness, StaffRole.VIEWER)
    row = await newest(viewer)
    assert (row["kind"], row["event"], row["state"], row["outcome"]) == (
        "entity",
        "record.create",
        "done",
        "kept",
    )
    assert (row["proof"], row["title"], row["can_replay"]) == ("partner_token", None, False)
    told = await viewer.done("webhooks.get", webhook_id=row["webhook_id"])
    for hidden in (PHONE, PHONE.replace(" ", ""), "555-12", "Аделаида", "Северянинова", MAIL, "Позвонить"):
        assert hidden not in str(told)
    assert PARTNER_TOKEN not in str(told)
    for shown in ('"resource_id": 771', '"staff_id": 12', '"date": "2026-12-01 10:00:00"', '"discount": 10.5',
                  '"cost": 1500', '"name": "***"', '"link": "wa.me/*** or ***"'):  # fmt: skip
        assert shown in told["body"]
    assert len(told["digest"]) == 64
    assert told["caused"] == []


async def test_who_may_only_look_replays_nothing_and_what_changes_nothing_is_not_replayed(
    harness: Harness,
) -> None:
    await harness.webhook({"event": "riddle", "salon_id": SALON, "partner_token": PARTNER_TOKEN})
    await harness.webhooks_processed()
    viewer, operator = await a_person(harness, StaffRole.VIEWER), await a_person(harness)
    row = await newest(viewer, kinds="unknown")
    assert (await viewer.done("webhooks.counts"))["unknown_lately"] == 1
    assert await viewer.refused("webhooks.replay", webhook_id=row["webhook_id"]) == "forbidden"
    assert await operator.refused("webhooks.replay", webhook_id=row["webhook_id"]) == "webhook_not_replayable"
    assert await operator.refused("webhooks.replay", webhook_id=2**62) == "webhook_not_found"
    assert await operator.refused("webhooks.get", webhook_id=2**62) == "webhook_not_found"
    assert await operator.refused("webhooks.list", after="2026-05-01~1") == "cursor_invalid"


async def test_what_was_refused_at_the_door_is_told_by_its_reason_and_not_kept(harness: Harness) -> None:
    assert (await harness.webhook(lifecycle("payment", partner_token="wrong"))).status_code == 401
    viewer = await a_person(harness, StaffRole.VIEWER)
    counts = await viewer.done("webhooks.counts")
    assert [(each["code"], each["minutes"]) for each in counts["refused"]] == [("webhook_unauthorized", 1)]
    assert (await viewer.done("webhooks.list"))["rows"] == []
