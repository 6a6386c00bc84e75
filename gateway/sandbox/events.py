"""The bodies the platform sends to us: lifecycle, payment and entity events, and the signatures in them."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Literal
from urllib.parse import urlencode

from gateway.sandbox.catalogue import Salon
from gateway.sandbox.config import SandboxConfig
from gateway.sandbox.links import Payment

MOSCOW = timezone(timedelta(hours=3))
STAMP = "%Y-%m-%d %H:%M:%S"
"""The platform's text of a moment; the time zone is Moscow's."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """One webhook to be sent. Lifecycle ones are sent once, entity ones are retried."""

    kind: Literal["lifecycle", "entity"]
    url: str
    body: bytes
    salon_id: int
    event: str


def stamp(moment: datetime) -> str:
    """Return the platform's text of a moment: `YYYY-MM-DD HH:MM:SS`, Moscow time."""
    return moment.astimezone(MOSCOW).strftime(STAMP)


def moment_of(text: str) -> datetime:
    """Read the platform's text of a moment; raises ValueError when it is anything else."""
    return datetime.strptime(text, STAMP).replace(tzinfo=MOSCOW)


def payment_sign(partner_token: str, salon_id: int, amount: str, discount: str | None) -> str:
    """Return the `sign` of a payment webhook over the number texts given."""
    message = f"salon_id={salon_id}&amount={amount}"
    if discount is not None:
        message += f"&discount={discount}"
    return hmac.new(partner_token.encode(), message.encode(), hashlib.sha256).hexdigest()


def _dump(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def lifecycle_webhook(config: SandboxConfig, salon_id: int, event: str) -> Webhook:
    """Return the webhook that tells of an `uninstall` or a `freeze`."""
    body = {
        "salon_id": salon_id,
        "application_id": config.application_id,
        "event": event,
        "partner_token": config.partner_token,
    }
    return Webhook("lifecycle", config.callback_url, _dump(body), salon_id, event)


def payment_webhook(
    config: SandboxConfig,
    payment: Payment,
    *,
    amount: str,
    signed_amount: str,
    discount: str | None,
    tariff_option_id: int | None,
) -> Webhook:
    """Return the webhook that tells of a payment; `amount` and `discount` stand in it letter for letter."""
    body = {
        "salon_id": payment.salon_id,
        "application_id": config.application_id,
        "event": "payment",
        "partner_token": config.partner_token,
        "payment_id": payment.id,
        "amount": "\0amount\0",
        "currency_iso": payment.currency_iso,
        "discount": "\0discount\0",
        "period_from": stamp(payment.period_from),
        "period_to": stamp(payment.period_to),
        "payment_date": stamp(payment.payment_date),
        "tariff_option_id": tariff_option_id,
        "sign": payment_sign(config.partner_token, payment.salon_id, signed_amount, discount),
    }
    # json cannot be told to write 990.00, so the number texts are put in afterwards.
    text = _dump(body).decode()
    text = text.replace('"\\u0000amount\\u0000"', amount).replace(
        '"\\u0000discount\\u0000"', discount or "null"
    )
    return Webhook("lifecycle", config.callback_url, text.encode(), payment.salon_id, "payment")


def payment_link(
    config: SandboxConfig, web: str, salon_id: int, discount: str | None, option_id: str | None
) -> str:
    """Return the address of the platform's payment page, signed by the platform."""
    fields = {"salon_id": str(salon_id), "application_id": str(config.application_id)}
    fields |= {"discount": discount} if discount is not None else {}
    fields |= {"tariff_option_id": option_id} if option_id is not None else {}
    fields["source"] = "api"
    query = urlencode(fields)
    signature = hmac.new(
        b"platform:" + config.partner_token.encode(), query.encode(), hashlib.sha256
    ).hexdigest()
    return f"{web}/appstore/payment/?{query}&sign={signature}"


def entity_body(
    salon: Salon,
    resource: str,
    resource_id: int,
    status: str,
    now: datetime,
    data: dict[str, Any] | None,
) -> bytes:
    """Return an entity event; without `data` a `record` gets a realistic booking, others a minimal one."""
    if data is None:
        data = (
            record_data(salon, resource_id, status, now)
            if resource == "record"
            else _plain(salon, resource_id)
        )
    body = {
        "company_id": salon.id,
        "resource": resource,
        "resource_id": resource_id,
        "status": status,
        "data": data,
    }
    return _dump(body)


def _plain(salon: Salon, resource_id: int) -> dict[str, Any]:
    return {"id": resource_id, "company_id": salon.id, "title": salon.title}


def record_data(salon: Salon, record_id: int, status: str, now: datetime) -> dict[str, Any]:
    """Return a booking for tomorrow noon in the platform's REST shape; the client is invented."""
    local = now.astimezone(MOSCOW)
    visit = (local + timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
    changed = local.replace(microsecond=0).isoformat()
    return {
        "id": record_id,
        "company_id": salon.id,
        "staff_id": 4501,
        "services": [
            {"id": 3301, "title": "Стрижка", "cost": 1800, "cost_per_unit": 1800, "discount": 0, "amount": 1},
        ],
        "staff": {"id": 4501, "name": "Дарья", "specialization": "Стилист", "rating": 5},
        "client": {
            "id": 610001,
            "name": "Ирина",
            "surname": "",
            "phone": "+79990009955",
            "email": "",
            "success_visits_count": 3,
            "fail_visits_count": 0,
        },
        "date": visit.strftime(STAMP),
        "datetime": visit.isoformat(),
        "create_date": changed,
        "last_change_date": changed,
        "comment": "",
        "online": True,
        "attendance": 0,
        "visit_attendance": 0,
        "confirmed": 1,
        "seance_length": 3600,
        "length": 3600,
        "deleted": status == "delete",
        "paid_full": 0,
        "visit_id": record_id + 500000,
        "documents": [{"id": record_id + 900000, "type_id": 7, "number": record_id, "date_created": changed}],
        "api_id": "",
        "from_url": "",
        "is_update_blocked": False,
        "activity_id": 0,
    }
