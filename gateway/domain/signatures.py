"""Proofs: signatures of the marketplace's redirect and webhooks, and what a usable partner token is.

Every comparison is made over bytes of a fixed length and in constant time, and none of these functions can be
made to raise by what a stranger sends. An empty token never proves anything.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from gateway.domain.errors import GatewayError

MAX_USER_DATA_CHARS = 16_384
PLACEHOLDER_TOKEN = "test_token_waiting_for_real"
"""What the installation guide puts in PARTNER_TOKEN until the real one is issued."""

_HEX_DIGEST = re.compile(r"[0-9A-Fa-f]{64}")
_HEX_SHA512 = re.compile(r"[0-9A-Fa-f]{128}")
_TO_STANDARD_ALPHABET = str.maketrans({" ": "+", "-": "+", "_": "/"})
_QUOTES = "\"'`«»“”„‘’"
_UNUSABLE_IN_HEADER = re.compile(r"[^\x21-\x7e]")
_SIGNED_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?")


class SignatureError(GatewayError):
    """The signed data cannot be read at all: `user_data_invalid`."""


@dataclass(frozen=True, slots=True)
class PaymentFields:
    """The signed parts of a payment notice, each as its JSON token was written; discount None when null."""

    salon_id: str
    amount: str
    discount: str | None
    sign: str


def decode_user_data(text: str) -> bytes:
    """Return the bytes inside `user_data`: either base64 alphabet, `+` turned into a space, padding optional.

    Only the one spelling an encoder would produce is accepted. Raises SignatureError("user_data_invalid").
    """
    if not text or len(text) > MAX_USER_DATA_CHARS or not text.isascii():
        raise SignatureError("user_data_invalid")
    body = text.translate(_TO_STANDARD_ALPHABET).rstrip("=")
    try:
        decoded = base64.b64decode(body + "=" * (-len(body) % 4), validate=True)
    except (ValueError, binascii.Error):
        raise SignatureError("user_data_invalid") from None
    if not decoded or base64.b64encode(decoded).decode("ascii").rstrip("=") != body:
        raise SignatureError("user_data_invalid")
    return decoded


def verify_user_data(user_data: str, sign: str, tokens: Sequence[bytes]) -> bytes | None:
    """Return the decoded JSON bytes when any of the tokens signed them, else None. Never raises."""
    try:
        message = decode_user_data(user_data)
    except SignatureError:
        return None
    return message if _signed_by_any([message], sign, tokens) else None


def webhook_signature_matches(raw_body: bytes, header: str, tokens: Sequence[bytes]) -> bool:
    """Whether the header is the hex HMAC-SHA256 of the raw body, with or without `sha256=` before it."""
    value = header.strip()
    prefix = value[:7]
    return _signed_by_any([raw_body], value[7:] if prefix.lower() == "sha256=" else value, tokens)


def hint_signature_matches(raw_body: bytes, header: str, algorithm: str, secret: bytes) -> bool:
    """Whether the header is the hex HMAC-SHA512 of a session server's raw body, and says so of itself.

    WAHA's documentation gives a vector, which `tests/unit/domain/test_signatures.py` holds this to.
    """
    if not secret or algorithm.strip().lower() != "sha512" or _HEX_SHA512.fullmatch(header) is None:
        return False
    return hmac.compare_digest(hmac.digest(secret, raw_body, "sha512"), bytes.fromhex(header))


def payment_sign_matches(fields: PaymentFields, tokens: Sequence[bytes]) -> bool:
    """Whether the payment notice was signed by any of the tokens.

    The partner signs number text before it becomes JSON, so the written form is tried first and then 100,
    100.0 and 100.00.
    """
    return _signed_by_any(_payment_messages(fields), fields.sign, tokens)


def secrets_equal(a: bytes, b: bytes) -> bool:
    """Compare two secrets of any length; the time says nothing about either."""
    return hmac.compare_digest(hashlib.sha256(a).digest(), hashlib.sha256(b).digest())


def matches_any(candidate: bytes, secrets: Iterable[bytes]) -> bool:
    """Whether the candidate equals one of the non-empty secrets; always looks at all of them."""
    found = [secrets_equal(candidate, secret) for secret in secrets if secret]
    return any(found)


def token_problem(value: str | None) -> str | None:
    """Say why PARTNER_TOKEN cannot be the real one, or None when nothing speaks against it.

    One of "missing", "blank", "quoted", "whitespace", "placeholder", "unprintable".
    """
    if value is None:
        return "missing"
    trimmed = value.strip()
    if not trimmed.strip(_QUOTES):
        return "blank"
    if trimmed[0] in _QUOTES or trimmed[-1] in _QUOTES:
        return "quoted"
    if any(char.isspace() for char in value):
        return "whitespace"
    if value.casefold() == PLACEHOLDER_TOKEN:
        return "placeholder"
    return "unprintable" if _UNUSABLE_IN_HEADER.search(value) else None


def fingerprint(secret: str) -> str:
    """Return eight hex digits by which people tell two secrets apart without seeing either."""
    prefixed = b"ai-admin secret fingerprint\x00" + secret.encode("utf-8", "surrogatepass")
    return hashlib.sha256(prefixed).hexdigest()[:8]


def _signed_by_any(messages: Iterable[bytes], sign: str, tokens: Sequence[bytes]) -> bool:
    if _HEX_DIGEST.fullmatch(sign) is None:
        return False
    given = bytes.fromhex(sign)
    found = [
        hmac.compare_digest(hmac.digest(token, message, "sha256"), given)
        for message in messages
        for token in tokens
        if token
    ]
    return any(found)


def _payment_messages(fields: PaymentFields) -> list[bytes]:
    discounts: Sequence[str | None] = [None] if fields.discount is None else _number_forms(fields.discount)
    messages = []
    for amount in _number_forms(fields.amount):
        for discount in discounts:
            tail = "" if discount is None else f"&discount={discount}"
            messages.append(f"salon_id={fields.salon_id}&amount={amount}{tail}".encode("utf-8", "replace"))
    return messages


def _number_forms(written: str) -> list[str]:
    """Return the written form, then 100, 100.0 and 100.00 of that number; a non-number has only the first."""
    if _SIGNED_NUMBER.fullmatch(written) is None:
        return [written]
    whole, _, fraction = format(Decimal(written), "f").partition(".")
    fraction = fraction.rstrip("0")
    shortest = f"{whole}.{fraction}" if fraction else whole
    padded = [f"{whole}.{fraction.ljust(places, '0')}" for places in (1, 2)]
    return list(dict.fromkeys([written, shortest, *padded]))


def webhook_key_digest(key: str) -> bytes:
    """Return what is kept of a webhook address' key to find its salon by."""
    return hashlib.sha256(b"ai-admin webhook key\x00" + key.encode()).digest()
