"""A day at the gateway for pictures and journeys of the console: salons in every stage, made by real use.

The sandbox redirects, the simulated phones scan, YCLIENTS refuses, is slow or has an outage: everything that is shown
has happened.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from gateway.sandbox.catalogue import Salon
from tests.support.harness import APPLICATION_ID, PARTNER_TOKEN, Harness
from tests.support.waiting import until

ELKA, ELKA_TAGANKA, LONG_NAME, LATIN = 101001, 101002, 101004, 101005
REFUSED, AGGREGATOR, DELAYED, LINKING, FROZEN, DIFFERS = 300_001, 300_002, 300_003, 300_004, 300_005, 300_006
LEFT = 300_007

_NAMES = {
    REFUSED: ("Барбершоп №7", "Казань"), AGGREGATOR: ("Лаванда", "Самара"), DELAYED: ("Студия «Мята»", "Тверь"),
    LINKING: ("Северное сияние", "Мурманск"), FROZEN: ("Версаль", "Сочи"), DIFFERS: ("Орхидея", "Пермь"),
}  # fmt: skip


async def live_through(harness: Harness) -> None:
    """Let it all happen."""
    market = harness.sandbox.market
    for salon_id, (title, city) in _NAMES.items():
        market.add_salon(a_salon(salon_id, title, city))
    await asyncio.gather(harness.install(ELKA), harness.install(FROZEN), harness.install(LATIN))
    market.faults.put("422", operation="callback_redirect", salon_id=REFUSED)
    market.faults.put("400_aggregator", operation="callback_redirect", salon_id=AGGREGATOR)
    market.faults.put("503", operation="callback_redirect", salon_id=DELAYED)
    for salon_id in (REFUSED, AGGREGATOR, DELAYED):
        await harness.scan(await harness.link(salon_id), salon_id)
    await _call_reaches(harness, REFUSED, "failed")
    await _call_reaches(harness, AGGREGATOR, "failed")
    await _was_tried(harness, DELAYED)
    await harness.show_qr(await harness.link(LINKING), LINKING)
    await harness.link(LONG_NAME)
    await harness.link(ELKA_TAGANKA)


async def post_webhooks(harness: Harness) -> None:
    """Let YCLIENTS post something of every kind: notices, a payment, a late uninstall, riddles, one laid aside."""
    proof = {"partner_token": PARTNER_TOKEN}
    record = {
        "company_id": ELKA, "resource": "record", "resource_id": 7714, "status": "create",
        "data": {
            "id": 7714, "staff_id": 12, "services": [{"id": 9, "title": "Стрижка", "cost": 1500}],
            "client": {"id": 55, "name": "Мария Иванова", "phone": "+79215550101", "email": "maria@example.org"},
            "date": "2026-12-01 10:00:00", "comment": "Перезвонить", "visit_count": 3, "paid_full": 0,
        },
    }  # fmt: skip
    bodies: list[dict[str, Any]] = [
        record, record | {"status": "update"}, record | {"status": "update"},
        record | {"company_id": FROZEN, "resource": "client", "resource_id": 55},
        {"event": "loyalty_recalculated", "salon_id": ELKA},
        {"event": "payment", "salon_id": ELKA, "application_id": APPLICATION_ID, "payment_date": "2026-11-20",
         "period_to": "2026-12-20", "amount": "990"},
        {"event": "freeze", "salon_id": 909_090, "application_id": APPLICATION_ID},
        {"event": "uninstall", "salon_id": ELKA, "application_id": APPLICATION_ID},
    ]  # fmt: skip
    for body in bodies:
        answer = await harness.webhook(body | proof)
        assert answer.status_code == 200, answer.text
    await harness.webhooks_processed()
    await harness.gateway.storage.write(lambda tx: tx.count(_LAID_ASIDE, DELAYED))


_LAID_ASIDE = """
    INSERT INTO webhook_inbox (received_at, proof, kind, event, salon_id, body, digest, state, error, attempts)
    VALUES (now() - interval '3 days 1 hour', 'partner_token', 'lifecycle', 'uninstall', %s,
        '{"event": "uninstall"}', '\\x00', 'dead', 'status: server_error', 31)
"""


def a_salon(salon_id: int, title: str, city: str) -> Salon:
    """Return a salon of the sandbox, its phone made of its number."""
    some = Salon(salon_id, title, city, "ул. Мира, 1", f"+7 999 {salon_id % 1000:03}-00-01", "Europe/Moscow")
    return replace(some, owner_id=9000 + salon_id % 1000)


async def _call_reaches(harness: Harness, salon_id: int, state: str) -> None:
    async def look() -> bool:
        rows = await harness.rows(
            "SELECT p.state FROM partner_calls p JOIN installs i ON i.id = p.install_id WHERE i.salon_id = %s",
            salon_id,
        )
        return [row["state"] for row in rows] == [state]

    await until(look, what=f"the call of {salon_id} is {state}", timeout_s=20)


async def _was_tried(harness: Harness, salon_id: int) -> None:
    async def look() -> bool:
        rows = await harness.rows(
            "SELECT p.error_code FROM partner_calls p JOIN installs i ON i.id = p.install_id WHERE i.salon_id = %s",
            salon_id,
        )
        return bool(rows) and rows[0]["error_code"] is not None

    await until(look, what=f"{salon_id} was put back", timeout_s=20)
