"""From the partner's JSON to our values, tolerant of what varies: ids as text, `meta` in any shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NoReturn

from gateway.domain.partner_answers import (
    Company,
    FailureKind,
    PartnerAnswer,
    PartnerError,
    PartnerPayment,
    PartnerStatus,
    SalonPage,
    StatusChange,
    StatusReading,
    classify_status,
    envelope_data,
    failure_kind,
)
from gateway.domain.strict_json import positive_int, storable
from shared.vocabulary import MAX_SALON_ID

MAX_TEXT_CHARS = 500
MAX_ROWS = 200


def read_company(answer: PartnerAnswer, salon_id: int) -> Company:
    """Read the salon that was asked for. Raises PartnerError, also when another salon was answered."""
    _raise_if_failed(answer)
    data = envelope_data(answer.json)
    if isinstance(data, list) and len(data) == 1:
        data = data[0]
    company = _company(data)
    if company is None or company.id != salon_id:
        _garbled(answer)
    return company


def read_status(answer: PartnerAnswer, salon_id: int) -> StatusReading:
    """Read the link's status; not installed is a reading, not an error. Raises PartnerError."""
    status = classify_status(answer)
    if isinstance(status, FailureKind):
        raise PartnerError(status, answer)
    data = envelope_data(answer.json)
    details = data if isinstance(data, dict) and status is not PartnerStatus.UNINSTALLED else _logs_only(data)
    link = details.get("connection_status")
    return StatusReading(
        salon_id=salon_id,
        status=status,
        since=_text(link.get("created_at")) if isinstance(link, dict) else None,
        logs=tuple(_change(row) for row in _rows(details.get("logs"))),
        payments=tuple(_payment(row) for row in _rows(details.get("payments"))),
        answer=answer,
    )


def read_salons(answer: PartnerAnswer, page: int, count: int) -> SalonPage:
    """Read one page of connected salons; a short page is the last. Raises PartnerError."""
    _raise_if_failed(answer)
    data = envelope_data(answer.json)
    if not isinstance(data, list):
        _garbled(answer)
    companies = [company for company in map(_company, data) if company is not None]
    return SalonPage(page, tuple(companies), skipped=len(data) - len(companies), is_last=len(data) < count)


def _raise_if_failed(answer: PartnerAnswer) -> None:
    kind = failure_kind(answer)
    if kind is not None:
        raise PartnerError(kind, answer)


def _garbled(answer: PartnerAnswer) -> NoReturn:
    raise PartnerError(FailureKind.GARBLED, answer)


def _company(item: object) -> Company | None:
    if not isinstance(item, dict):
        return None
    salon_id = positive_int(item.get("id"), at_most=MAX_SALON_ID)
    if salon_id is None:
        return None
    return Company(
        id=salon_id,
        title=_text(item.get("title")) or "",
        city=_text(item.get("city")),
        address=_text(item.get("address")),
        timezone_name=_text(item.get("timezone_name")),
    )


def _logs_only(data: object) -> Mapping[str, object]:
    return {"logs": data.get("logs")} if isinstance(data, dict) else {}


def _change(row: Mapping[str, object]) -> StatusChange:
    return StatusChange(
        changed_at=_text(row.get("changed_at")),
        status_from=_text(row.get("status_from")),
        status_to=_text(row.get("status_to")),
        source=_text(row.get("source")),
    )


def _payment(row: Mapping[str, object]) -> PartnerPayment:
    return PartnerPayment(
        id=_text(row.get("id")) or "",
        payment_sum=_text(row.get("payment_sum")),
        currency_iso=_text(row.get("currency_iso")),
        payment_date=_text(row.get("payment_date")),
        period_from=_text(row.get("period_from")),
        period_to=_text(row.get("period_to")),
        is_refunded=row.get("is_refunded") in (True, 1, "1", "true"),
    )


def _rows(value: object) -> Sequence[Mapping[str, object]]:
    rows = value if isinstance(value, list) else []
    return [row for row in rows if isinstance(row, dict)][:MAX_ROWS]


def _text(value: object) -> str | None:
    """Return a short storable text of a string or a number, None for anything else or nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = storable(str(value)).strip()[:MAX_TEXT_CHARS]
    return text or None
