"""Masking what is handed on: no key, token, whole phone or address of a person is left in a text.

The rows it is given hold no secret of ours (those are sealed) and the partner's answers were redacted before they were
kept. This is the second net: for what people wrote themselves and for what nobody foresaw.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

HIDDEN: Final = "[…]"
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_TOKEN = re.compile(r"eyJ[\w-]{8,}(?:\.[\w-]+)*")
_KEY = re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{24,}(?![\w-])")
_QR = re.compile(r"\d@[\w+/=,.-]{20,}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_PHONE = re.compile(r"(?<![\w.-])\+?\d(?:[\s()\-]{0,2}\d){9,14}(?![\w])")
_TOLD_PLAINLY: Final = frozenset({
    "event", "event_type", "status", "resource", "resource_id", "salon_id", "company_id", "application_id", "id",
    "visit_id", "record_id", "payment_id", "currency_iso", "period_to", "period_from", "payment_date",
})  # fmt: skip
"""Fields of a webhook whose values are about the salon or the machine, not about people."""


def masked(text: str) -> str:
    """Return a text without what may not be handed on; phones keep their last two digits."""
    for pattern in (_TOKEN, _QR, _EMAIL):
        text = pattern.sub(HIDDEN, text)
    text = _KEY.sub(lambda found: found.group() if _UUID.fullmatch(found.group()) else HIDDEN, text)
    return _PHONE.sub(_masked_phone, text)


def masked_tree(value: Any) -> Any:
    """Return a JSON value with every text in it masked."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, Mapping):
        return {str(name): masked_tree(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [masked_tree(each) for each in value]
    return value


def shape_of(body: str) -> str:
    """Return a webhook's body as its shape: names of fields, and values only where they are about no person."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return HIDDEN
    return json.dumps(_shape(found, ""), ensure_ascii=False, indent=1)


def _shape(value: Any, name: str) -> Any:
    if isinstance(value, Mapping):
        return {masked(str(key)): _shape(each, str(key)) for key, each in value.items()}
    if isinstance(value, list):
        return [_shape(each, name) for each in value[:3]]
    if value is None or isinstance(value, bool):
        return value
    return masked_tree(value) if name in _TOLD_PLAINLY else HIDDEN


def _masked_phone(found: re.Match[str]) -> str:
    said = found.group()
    if _DATE.match(said):
        return said
    return f"{HIDDEN}{re.sub(r'[^0-9]', '', said)[-2:]}"
