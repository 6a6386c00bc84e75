"""The signed `user_data` of the registration redirect, byte for byte as the platform makes it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Literal

Alphabet = Literal["standard", "urlsafe"]


def compact_json(fields: Mapping[str, object]) -> bytes:
    """Return JSON without spaces, in raw UTF-8 and with unescaped slashes."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def encode(raw: bytes, alphabet: Alphabet) -> str:
    """Return `raw` in base64 with padding, in the alphabet asked for."""
    coder = base64.urlsafe_b64encode if alphabet == "urlsafe" else base64.b64encode
    return coder(raw).decode()


def sign(raw: bytes, partner_token: str) -> str:
    """Return the lower-case hex HMAC-SHA256 of the decoded bytes under the partner token."""
    return hmac.new(partner_token.encode(), raw, hashlib.sha256).hexdigest()


def signed_pair(fields: Mapping[str, object], partner_token: str, alphabet: Alphabet) -> tuple[str, str]:
    """Return `(user_data, user_data_sign)` for these fields."""
    raw = compact_json(fields)
    return encode(raw, alphabet), sign(raw, partner_token)
