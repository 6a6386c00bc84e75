"""What YCLIENTS posts to us, read the same way on either address.

Two shapes exist: a lifecycle notice (`event` or `event_type`, with the partner token as its proof) and an
entity notice (`resource` and `status`). What has neither is kept as unknown and never lost.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from gateway.domain.signatures import PaymentFields
from gateway.domain.strict_json import (
    JsonObject,
    JsonValue,
    RawNumber,
    dump_json,
    parse_json_object,
    positive_int,
    storable,
)
from shared.vocabulary import MAX_SALON_ID

UNINSTALL = "uninstall"
FREEZE = "freeze"
PAYMENT = "payment"
LIFECYCLE_EVENTS = frozenset({UNINSTALL, FREEZE, PAYMENT})

MASK = "***"
NO_TEXT = "\0"
"""What a partner token that is no text is read as: present, and equal to no token there can be."""

MAX_NAME_CHARS = 100
MAX_ID = 2**63 - 1

_TOKEN_KEYS = frozenset({"partnertoken"})
_ENTITY_ALIAS = re.compile(r"([a-z][a-z_]{0,40})[._](create|update|delete)d?")
_NO_TOKENS: Sequence[bytes] = ()
MAX_KEYS_KNOWN = 4096
_CONTAINERS = (dict, list)
_harmless_keys: set[str] = set()
"""Names of fields that were looked at before: the same few hundred come again and again."""

_ASCII_ESCAPE = re.compile(r"\\(?:[^u/]|u00[0-7])")


@dataclass(frozen=True, slots=True)
class PaymentNotice:
    """A payment the owner made through the platform, every value as text in the partner's own spelling.

    `signed` is None when the notice carries no usable signature.
    """

    payment_id: str | None
    amount: str | None
    currency_iso: str | None
    discount: str | None
    period_from: str | None
    period_to: str | None
    payment_date: str | None
    tariff_option_id: str | None
    signed: PaymentFields | None


@dataclass(frozen=True, slots=True)
class LifecycleEvent:
    """An install of ours was ended, frozen or paid for; `payment` is set for the event of that name only."""

    event: str
    salon_id: int | None
    application_id: int | None
    partner_token: str | None = field(repr=False)
    payment: PaymentNotice | None

    @property
    def name(self) -> str:
        """The name under which the event is kept and shown."""
        return self.event


@dataclass(frozen=True, slots=True)
class EntityEvent:
    """Something inside a salon changed: a record, a client, a service."""

    resource: str
    status: str
    resource_id: str | None
    salon_id: int | None
    application_id: int | None
    partner_token: str | None = field(repr=False)

    @property
    def name(self) -> str:
        """The name under which the event is kept and shown, such as `record.create`."""
        return f"{self.resource}.{self.status}"


@dataclass(frozen=True, slots=True)
class UnknownEvent:
    """A notice we do not understand: kept and shown, nothing is done."""

    event: str | None
    salon_id: int | None
    application_id: int | None
    partner_token: str | None = field(repr=False)

    @property
    def name(self) -> str:
        """The name under which the event is kept and shown."""
        return self.event or "unknown"


Webhook: TypeAlias = LifecycleEvent | EntityEvent | UnknownEvent


def parse_webhook(raw: bytes) -> Webhook:
    """Read a webhook body. Raises JsonError; any JSON object is some event.

    A body of both shapes is a lifecycle notice when it carries the partner token, else an entity notice. An
    id that is not one (negative, huge, a list) is read as missing, so that the event is still kept.
    """
    return webhook_of(parse_json_object(raw))


def webhook_of(body: JsonObject) -> Webhook:
    """Read a webhook whose body is parsed already, as `parse_webhook` does."""
    event = _name(body.get("event")) or _name(body.get("event_type"))
    token = _token_of(body)
    is_entity = _name(body.get("resource")) is not None and _name(body.get("status")) is not None
    if event is not None and (token is not None or not is_entity):
        return _named_event(event.lower(), body, token)
    return _entity(body, token) if is_entity else UnknownEvent(None, *_origin(body), token)


def strip_token(raw: bytes, tokens: Sequence[bytes] = _NO_TOKENS) -> str:
    """Return the body as ASCII JSON safe for Postgres, less the partner token (`without_token`). Raises JsonError."""
    return dump_json(without_token(parse_json_object(raw), tokens))


def without_token(body: JsonObject, tokens: Sequence[bytes] = _NO_TOKENS) -> JsonObject:
    """Return the body without the partner token.

    The value of every `partner_token` key, at any depth and in any spelling of the key, becomes `***`; so does every
    occurrence of one of `tokens` in any other text.
    """
    known = [token.decode("utf-8", "replace") for token in tokens if token]
    return {
        _scrubbed(key, known): MASK if _is_token_key(key) else _stripped(item, known)
        for key, item in body.items()
    }


def may_hold_token(body: JsonObject, text: str, tokens: Sequence[str]) -> bool:
    """Whether `without_token` might find anything in a body that was written as this text: told quickly, mostly no.

    An escape that could spell a letter of a token is enough for yes.
    """
    if _ASCII_ESCAPE.search(text) is not None:
        return True
    spelled = text.replace("\\/", "/")
    for token in tokens:
        if token in spelled:
            return True
    return _has_token_key(body)


def digest(raw: bytes) -> bytes:
    """Return the SHA-256 of the body, by which byte-identical deliveries are recognised."""
    return hashlib.sha256(raw).digest()


def _named_event(event: str, body: JsonObject, token: str | None) -> Webhook:
    salon_id, application_id = _origin(body)
    if event in LIFECYCLE_EVENTS:
        payment = _payment(body) if event == PAYMENT else None
        return LifecycleEvent(event, salon_id, application_id, token, payment)
    alias = _ENTITY_ALIAS.fullmatch(event)
    if alias is None:
        return UnknownEvent(event, salon_id, application_id, token)
    resource_id = _text(body.get("resource_id")) or _text(_data(body).get("id"))
    return EntityEvent(alias[1], alias[2], resource_id, salon_id, application_id, token)


def _entity(body: JsonObject, token: str | None) -> EntityEvent:
    resource = (_name(body.get("resource")) or "").lower()
    status = (_name(body.get("status")) or "").lower()
    company_id = positive_int(body.get("company_id"), at_most=MAX_SALON_ID)
    salon_id = company_id or positive_int(body.get("salon_id"), at_most=MAX_SALON_ID)
    application_id = positive_int(body.get("application_id"), at_most=MAX_ID)
    return EntityEvent(resource, status, _text(body.get("resource_id")), salon_id, application_id, token)


def _origin(body: JsonObject) -> tuple[int | None, int | None]:
    """Return the salon and the application the body names."""
    salon_id = positive_int(body.get("salon_id"), at_most=MAX_SALON_ID)
    company_id = positive_int(body.get("company_id"), at_most=MAX_SALON_ID)
    return salon_id or company_id, positive_int(body.get("application_id"), at_most=MAX_ID)


def _token_of(body: JsonObject) -> str | None:
    token = body.get("partner_token")
    if token is None or isinstance(token, str):
        return token or None
    return NO_TEXT


def _payment(body: JsonObject) -> PaymentNotice:
    """Read the payment fields from the body itself, or from `data` where a body keeps them there."""
    fields = body if "amount" in body or "payment_id" in body else {**body, **_data(body)}
    return PaymentNotice(
        payment_id=_text(fields.get("payment_id")),
        amount=_text(fields.get("amount")),
        currency_iso=_text(fields.get("currency_iso")),
        discount=_text(fields.get("discount")),
        period_from=_text(fields.get("period_from")),
        period_to=_text(fields.get("period_to")),
        payment_date=_text(fields.get("payment_date")),
        tariff_option_id=_text(fields.get("tariff_option_id")),
        signed=_signed_payment(fields),
    )


def _signed_payment(fields: JsonObject) -> PaymentFields | None:
    salon_id, amount, sign = (_text(fields.get(name)) for name in ("salon_id", "amount", "sign"))
    if salon_id is None or amount is None or sign is None:
        return None
    return PaymentFields(salon_id, amount, _text(fields.get("discount")), sign)


def _data(body: JsonObject) -> JsonObject:
    data = body.get("data")
    return data if isinstance(data, dict) else {}


def _name(value: JsonValue) -> str | None:
    """Read a name: a non-empty string, cut to a length that fits a list on a screen."""
    if not isinstance(value, str) or not value.strip():
        return None
    return storable(value.strip()[:MAX_NAME_CHARS])


def _text(value: JsonValue) -> str | None:
    if isinstance(value, RawNumber):
        return value.text
    return _name(value)


def _stripped(value: JsonValue, tokens: Sequence[str]) -> JsonValue:
    if isinstance(value, str):
        return _scrubbed(value, tokens)
    if isinstance(value, list):
        return [_stripped(item, tokens) for item in value]
    if isinstance(value, dict):
        return {
            _scrubbed(key, tokens): MASK if _is_token_key(key) else _stripped(item, tokens)
            for key, item in value.items()
        }
    return value


def _has_token_key(body: JsonObject) -> bool:
    waiting: list[JsonValue] = [body]
    while waiting:
        value = waiting.pop()
        inner: Iterable[JsonValue] = ()
        if isinstance(value, dict):
            for key in value.keys() - _harmless_keys:
                if _is_token_key(key):
                    return True
                if len(_harmless_keys) < MAX_KEYS_KNOWN and len(key) <= MAX_NAME_CHARS:
                    _harmless_keys.add(key)
            inner = value.values()
        elif isinstance(value, list):
            inner = value
        waiting += [each for each in inner if isinstance(each, _CONTAINERS)]
    return False


def _is_token_key(key: str) -> bool:
    return "".join(char for char in key.casefold() if char.isalnum()) in _TOKEN_KEYS


def _scrubbed(text: str, tokens: Sequence[str]) -> str:
    for token in tokens:
        text = text.replace(token, MASK)
    return text
