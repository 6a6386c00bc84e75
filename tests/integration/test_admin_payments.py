"""Payments told to YCLIENTS by staff: once for a period, their number kept, what is unknown settled by its list."""

from __future__ import annotations

from typing import Any

from shared.vocabulary import StaffRole
from tests.support.harness import SALON, Harness
from tests.support.salons import Person
from tests.support.staff import member

NOTICE: dict[str, Any] = {
    "salon_id": SALON, "amount": "990.50", "paid_on": "2026-03-14", "period_from": "2026-03-14",
    "period_to": "2026-04-13", "reason": "bank transfer 17",
}  # fmt: skip


async def boss(harness: Harness) -> Person:
    return Person(harness, await member(harness, StaffRole.ADMIN))


async def test_a_payment_is_told_once_kept_with_its_number_and_paid_back_by_its_sum(harness: Harness) -> None:
    await harness.install()
    person = await boss(harness)
    made = await person.done("payments.notify", **NOTICE)
    (theirs,) = harness.sandbox.market.payments_of(SALON)
    assert (made["state"], made["partner_payment_id"], made["amount"]) == ("accepted", theirs.id, "990.50")
    assert str(theirs.payment_sum) == "990.5"
    assert await person.refused("payments.notify", **NOTICE) == "payment_exists"
    assert len(harness.sandbox.market.payments_of(SALON)) == 1
    refund = {"salon_id": SALON, "payment_id": made["payment_id"], "reason": "the owner asked"}
    assert await person.refused("payments.refund", **refund, amount="990") == "amount_differs"
    paid_back = await person.done("payments.refund", **refund, amount="990.50")
    assert (paid_back["refund"], theirs.refunded_at is not None) == ("accepted", True)
    assert await person.refused("payments.refund", **refund, amount="990.50") == "payment_not_refundable"
    acts = await harness.rows(
        "SELECT operation, reason FROM audit_log WHERE operation LIKE 'payments.%%' ORDER BY id"
    )
    assert [(act["operation"], act["reason"]) for act in acts] == [
        ("payments.notify", NOTICE["reason"]), ("payments.refund", "the owner asked"),
    ]  # fmt: skip


async def test_what_is_unknown_is_settled_by_their_list_and_never_told_twice(harness: Harness) -> None:
    await harness.install()
    person = await boss(harness)
    faults = harness.sandbox.market.faults
    fault = faults.put("503", operation="payment", salon_id=SALON)
    assert (await person.done("payments.notify", **NOTICE))["state"] == "unknown"
    assert await person.refused("payments.notify", **NOTICE) == "payment_exists"
    faults.clear(fault.id)
    (settled,) = (await person.done("payments.check", salon_id=SALON))["rows"]
    assert (settled["state"], settled["error_code"]) == ("refused", "payment_not_listed")
    assert (await person.done("payments.notify", **NOTICE))["state"] == "accepted"
    lost = "UPDATE payments SET state = 'unknown', partner_payment_id = NULL WHERE state = 'accepted'"
    await harness.gateway.storage.write(lambda tx: tx.count(lost))
    rows = (await person.done("payments.check", salon_id=SALON))["rows"]
    (theirs,) = harness.sandbox.market.payments_of(SALON)
    assert (rows[0]["state"], rows[0]["partner_payment_id"]) == ("accepted", theirs.id)


async def test_a_refund_of_which_nobody_knows_is_not_told_again_before_their_list_settles_it(
    harness: Harness,
) -> None:
    await harness.install()
    person = await boss(harness)
    made = await person.done("payments.notify", **NOTICE)
    refund = {
        "salon_id": SALON,
        "payment_id": made["payment_id"],
        "reason": "the owner asked",
        "amount": "990.50",
    }
    fault = harness.sandbox.market.faults.put("503", operation="refund")
    assert (await person.done("payments.refund", **refund))["refund"] == "unknown"
    harness.sandbox.market.faults.clear(fault.id)
    assert await person.refused("payments.refund", **refund) == "payment_not_refundable"
    sending = "UPDATE payments SET refund_state = 'sending', updated_at = now() - make_interval(secs => %s)"
    await harness.gateway.storage.write(lambda tx: tx.count(sending, 0))
    (under_way,) = (await person.done("payments.check", salon_id=SALON))["rows"]
    assert under_way["refund"] == "sending", "it is on its way: their list says nothing yet"
    await harness.gateway.storage.write(lambda tx: tx.count(sending, 300))
    (settled,) = (await person.done("payments.check", salon_id=SALON))["rows"]
    assert settled["refund"] == "refused", "their list says that it did not come"
    assert (await person.done("payments.refund", **refund))["refund"] == "accepted"


async def test_a_refusal_is_told_and_only_an_administrator_handles_payments(harness: Harness) -> None:
    await harness.install()
    person = await boss(harness)
    fault = harness.sandbox.market.faults.put("422", operation="payment", salon_id=SALON)
    assert await person.refused("payments.notify", **NOTICE) == "payment_refused"
    harness.sandbox.market.faults.clear(fault.id)
    (row,) = (await person.done("payments.list", salon_id=SALON))["rows"]
    assert (row["state"], row["error_code"]) == ("refused", "payment_refused")
    link = await person.done("payments.link", salon_id=SALON, discount="15.5")
    assert link["url"].startswith("https://")
    given = {"salon_id": SALON, "discount": "10", "reason": "a promise"}
    assert (await person.done("payments.discount", **given))["discount"] == "10"
    assert harness.sandbox.market.discounts[SALON] == 10
    operator = Person(harness, await member(harness, StaffRole.OPERATOR))
    assert await operator.refused("payments.notify", **NOTICE) == "forbidden"
