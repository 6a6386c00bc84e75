"""Checks of what a partner sends: types, required fields, ranges. Strict: the sandbox is a referee."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from gateway.sandbox.events import moment_of
from gateway.sandbox.links import MAX_WEBHOOK_URLS

Check = Callable[[Any], str | None]
"""Returns what is wrong with a value, or None."""

CHANNELS = ("sms", "whatsapp")
MAX_API_KEY = 255
MAX_URL = 2048
MAX_IDS = 1000
MAX_SHORT_NAMES = 20
MAX_SUM = Decimal(10) ** 12
_CURRENCY = re.compile(r"[A-Z]{3}")
_SHORT_NAME = re.compile(r"[!-~][ -~]{0,39}")


class Invalid(Exception):
    """The request does not hold what the operation needs; `errors` says which fields and why."""

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__("; ".join(f"{each['field']}: {each['message']}" for each in errors))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a body: how it is checked, and whether it must be there."""

    check: Check
    required: bool = True


Schema = dict[str, Field]


def validate(body: Any, schema: Schema) -> dict[str, Any]:
    """Return the known fields of `body`; raises Invalid naming every field that is wrong."""
    if not isinstance(body, dict):
        raise Invalid([{"field": "body", "message": "a JSON object is required"}])
    errors = [
        {"field": name, "message": message}
        for name, field in schema.items()
        if (message := _check_field(body, name, field)) is not None
    ]
    if errors:
        raise Invalid(errors)
    return {name: body[name] for name in schema if body.get(name) is not None}


def _check_field(body: dict[str, Any], name: str, field: Field) -> str | None:
    if body.get(name) is None:
        return "is required" if field.required else None
    return field.check(body[name])


def unknown_fields(body: Any, schema: Schema) -> list[str]:
    """Return the names of fields the operation does not know."""
    return sorted(set(body) - set(schema)) if isinstance(body, dict) else []


def is_int(value: Any) -> bool:
    """Tell whether a JSON value is an integer; true and false are not."""
    return isinstance(value, int) and not isinstance(value, bool)


def identifier(value: Any) -> str | None:
    """Check a positive integer id, given as a number."""
    return None if is_int(value) and 0 < value < 2**31 else "must be a positive integer"


def identifiers(value: Any) -> str | None:
    """Check a list of ids."""
    if not isinstance(value, list) or not value:
        return "must be a list of ids"
    if len(value) > MAX_IDS:
        return f"must hold at most {MAX_IDS} ids"
    return None if all(identifier(each) is None for each in value) else "must hold positive integers"


def api_key(value: Any) -> str | None:
    """Check an api_key: a text; a number is documented and taken too."""
    if is_int(value):
        return None
    if not isinstance(value, str) or not value:
        return "must be a string"
    return None if len(value) <= MAX_API_KEY else f"must be at most {MAX_API_KEY} characters"


def webhook_urls(value: Any) -> str | None:
    """Check the addresses for entity events: at most ten, unique, https (http on a loopback address)."""
    if not isinstance(value, list):
        return "must be a list of strings"
    if len(value) > MAX_WEBHOOK_URLS:
        return f"must hold at most {MAX_WEBHOOK_URLS} addresses"
    if not all(isinstance(each, str) and _webhook_url_ok(each) for each in value):
        return "must hold https addresses"
    return None if len(set(value)) == len(value) else "must not repeat an address"


def _webhook_url_ok(url: str) -> bool:
    try:
        split = urlsplit(url)
        host = split.hostname or ""
        _ = split.port
    except ValueError:
        return False
    if len(url) > MAX_URL or not host:
        return False
    return split.scheme == "https" or (split.scheme == "http" and is_loopback(host))


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address means this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def channels(value: Any) -> str | None:
    """Check a list of message channels."""
    if not isinstance(value, list) or not all(each in CHANNELS for each in value if isinstance(each, str)):
        return "must be a list of sms, whatsapp"
    return None if all(isinstance(each, str) for each in value) else "must be a list of sms, whatsapp"


def channel(value: Any) -> str | None:
    """Check the name of one message channel."""
    return None if isinstance(value, str) and value in CHANNELS else "must be sms or whatsapp"


def text(value: Any) -> str | None:
    """Check any text."""
    return None if isinstance(value, str) else "must be a string"


def boolean(value: Any) -> str | None:
    """Check true or false."""
    return None if isinstance(value, bool) else "must be true or false"


def money(value: Any) -> str | None:
    """Check a sum in major units, given as a number, not negative."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return "must be a number"
    return None if 0 <= Decimal(str(value)) <= MAX_SUM else "must not be negative"


def percent(value: Any) -> str | None:
    """Check a discount in percent, given as a number."""
    problem = money(value)
    if problem is not None:
        return problem
    return None if value <= 100 else "must be between 0 and 100"


def percent_text(value: str) -> str | None:
    """Check a discount in percent, given as text in a query."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        return "must be a number"
    return None if number.is_finite() and 0 <= number <= 100 else "must be between 0 and 100"


def currency(value: Any) -> str | None:
    """Check a currency code of three capitals."""
    return None if isinstance(value, str) and _CURRENCY.fullmatch(value) else "must be three capital letters"


def timestamp(value: Any) -> str | None:
    """Check a moment as the platform writes it."""
    if not isinstance(value, str):
        return "must be a string"
    try:
        moment_of(value)
    except ValueError:
        return "must be YYYY-MM-DD HH:MM:SS"
    return None


def short_names(value: Any) -> str | None:
    """Check sender names: one to twenty, printable Latin."""
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_SHORT_NAMES:
        return f"must hold 1 to {MAX_SHORT_NAMES} names"
    good = all(isinstance(each, str) and _SHORT_NAME.fullmatch(each) for each in value)
    return None if good else "must hold names in Latin letters"


def period(body: dict[str, Any]) -> tuple[datetime, datetime, datetime]:
    """Return payment date, period from, period to; raises Invalid when the period ends before it begins."""
    paid, begins, ends = (moment_of(body[name]) for name in ("payment_date", "period_from", "period_to"))
    if ends < begins:
        raise Invalid([{"field": "period_to", "message": "must not be before period_from"}])
    return paid, begins, ends


_IDS: Schema = {"salon_id": Field(identifier), "application_id": Field(identifier)}

ACTIVATION_REDIRECT: Schema = {
    **_IDS,
    "api_key": Field(api_key, required=False),
    "webhook_urls": Field(webhook_urls, required=False),
    "chat_url": Field(text, required=False),
    "tips_url": Field(text, required=False),
    "login": Field(text, required=False),
    "secret_key": Field(text, required=False),
}
ACTIVATION: Schema = {**ACTIVATION_REDIRECT, "channels": Field(channels, required=False)}
PAYMENT: Schema = {
    **_IDS,
    "payment_sum": Field(money),
    "currency_iso": Field(currency),
    "payment_date": Field(timestamp),
    "period_from": Field(timestamp),
    "period_to": Field(timestamp),
}
SHORT_NAMES: Schema = {**_IDS, "short_names": Field(short_names)}
DISCOUNT: Schema = {
    "salon_ids": Field(identifiers),
    "application_id": Field(identifier),
    "discount": Field(percent),
}
CHANNEL: Schema = {**_IDS, "channel_slug": Field(channel), "is_available": Field(boolean)}
