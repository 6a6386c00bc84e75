"""How the market's things look on the wire of the partner API."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from gateway.sandbox.catalogue import Salon
from gateway.sandbox.events import stamp
from gateway.sandbox.links import Link, Payment


def connection(link: Link, payments: Sequence[Payment]) -> dict[str, Any]:
    """Return the status document of one installed salon."""
    assert link.created_at is not None
    return {
        "logs": [
            {
                "changed_at": stamp(row.changed_at),
                "status_from": row.status_from.value,
                "status_to": row.status_to.value,
                "source": row.source,
            }
            for row in link.logs
        ],
        "payments": [payment_item(payment) for payment in payments],
        "connection_status": {"status": link.status.value, "created_at": stamp(link.created_at)},
    }


def payment_item(payment: Payment) -> dict[str, Any]:
    """Return one payment of the status document."""
    return {
        "id": payment.id,
        "payment_sum": number(payment.payment_sum),
        "currency_iso": payment.currency_iso,
        "payment_date": stamp(payment.payment_date),
        "is_refunded": payment.refunded_at is not None,
        "refunded_at": None if payment.refunded_at is None else stamp(payment.refunded_at),
        "period_from": stamp(payment.period_from),
        "period_to": stamp(payment.period_to),
    }


def number(value: Decimal) -> int | float:
    """Return a sum as a JSON number: whole ones without a fraction."""
    return int(value) if value == value.to_integral_value() else float(value)


def company(salon: Salon) -> dict[str, Any]:
    """Return the company document of the REST API."""
    return {
        "id": salon.id,
        "title": salon.title,
        "public_title": salon.title,
        "short_descr": salon.short_descr,
        "logo": "",
        "country_id": salon.country_id,
        "country": salon.country,
        "city_id": salon.city_id,
        "city": salon.city,
        "active": 1,
        "phone": salon.phone,
        "phones": [salon.phone] if salon.phone else [],
        "email": "",
        "timezone": salon.timezone,
        "timezone_name": salon.timezone,
        "schedule": "пн–вс 10:00–21:00",
        "address": salon.address,
        "coordinate_lat": salon.latitude,
        "coordinate_lon": salon.longitude,
        "currency_short_title": salon.currency,
        "business_type_id": 1,
        "business_group_id": 1,
        "site": "",
        "zip": "",
        "app_ios": "",
        "app_android": "",
        "active_staff_count": 6,
        "next_slot": "",
        "group_priority": 0,
        "social": {},
        "photos": [],
    }


def list_item(salon: Salon, *, strings: bool) -> dict[str, Any]:
    """Return one item of the salon list; with `strings` ids and coordinates are texts, as in the document."""

    def typed(value: float) -> Any:
        return str(value) if strings else value

    return {
        "id": typed(salon.id),
        "title": salon.title,
        "short_descr": salon.short_descr,
        "logo": "",
        "active": typed(1),
        "phone": salon.phone,
        "country_id": typed(salon.country_id),
        "country": salon.country,
        "city_id": typed(salon.city_id),
        "city": salon.city,
        "timezone_name": salon.timezone,
        "address": salon.address,
        "coordinate_lat": typed(salon.latitude),
        "coordinate_lon": typed(salon.longitude),
        "phone_confirmation": False,
        "active_staff_count": 6,
        "next_slot": "",
        "app_ios": "",
        "app_android": "",
        "currency_short_title": salon.currency,
        "group_priority": 0,
    }
