"""What staff see of a body from outside: its structure and its ids, and of people nothing.

Which keys hold what is about a person is not for the sender to say, so the rule is wide: better a service's name is
hidden than a customer's. A phone number or an address of mail is hidden wherever it stands.
"""

from __future__ import annotations

import json
import re

from gateway.domain.strict_json import JsonObject, JsonValue, RawNumber

MASK = "***"
_PERSONAL_PARTS = (
    "phone", "mobile", "tel", "email", "mail", "name", "fio", "patronymic", "birth", "address", "comment", "note",
    "text", "message", "avatar", "photo", "image", "passport", "card", "login", "instagram", "telegram", "whatsapp",
    "viber", "custom", "description", "sex", "gender", "signature", "password", "secret", "token",
)  # fmt: skip
_PERSONAL_KEYS = frozenset({"ip", "inn", "snils", "vk", "city", "user", "contact", "contacts"})
_NOT_PERSONAL = frozenset({"hostname", "eventname", "customerid", "customid"})
_ID_ENDINGS = ("id", "ids", "date", "datetime", "at", "hash", "count", "type")
_EMAIL = re.compile(r"[^\s@<>\"',;:]+@[^\s@<>\"',;:]+\.[^\s@<>\"',;:]+")
_PHONE = re.compile(r"(?<![\w.])(?:\+\d|[78])(?:[ ()\u00a0.\-]{0,3}\d){9,13}(?![\w])")
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]")
_INDENT = "  "


def without_people(body: JsonObject) -> JsonObject:
    """Return the body with every value masked that is, or may be, about a person; keys and ids stay."""
    return {key: _shown(key, value, is_personal=False) for key, value in body.items()}


def in_lines(value: JsonValue) -> str:
    """Write a value over several lines, as a person reads it: numbers spelled as they came, no sign that turns text."""
    return _written(value, "")


def _shown(key: str, value: JsonValue, *, is_personal: bool) -> JsonValue:
    hidden = _is_personal(key) or (is_personal and not _is_id(key))
    if isinstance(value, dict):
        return {name: _shown(name, item, is_personal=hidden) for name, item in value.items()}
    if isinstance(value, list):
        return [_shown(key, item, is_personal=hidden) for item in value]
    if value is None or isinstance(value, bool) or value == "":
        return value
    if hidden:
        return MASK
    return _scrubbed(value) if isinstance(value, str) and not _is_id(key) else value


def _scrubbed(text: str) -> str:
    return _PHONE.sub(MASK, _EMAIL.sub(MASK, text))


def _plain(key: str) -> str:
    return "".join(char for char in key.casefold() if char.isalnum())


def _is_personal(key: str) -> bool:
    plain = _plain(key)
    if plain in _NOT_PERSONAL or _is_id(key):
        return False
    return plain in _PERSONAL_KEYS or any(part in plain for part in _PERSONAL_PARTS)


def _is_id(key: str) -> bool:
    """Whether a key names a number of something, a time or a kind: `user_id`, `created_at`, `id`."""
    words = re.split(r"[^0-9a-z]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).casefold())
    return words[-1] in _ID_ENDINGS and not {"birth", "birthday"} & set(words)


def _written(value: JsonValue, margin: str) -> str:
    inner = margin + _INDENT
    if isinstance(value, RawNumber):
        return value.text
    if isinstance(value, dict) and value:
        lines = [f"{inner}{_quoted(key)}: {_written(item, inner)}" for key, item in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{margin}}}"
    if isinstance(value, list) and value:
        lines = [inner + _written(item, inner) for item in value]
        return "[\n" + ",\n".join(lines) + f"\n{margin}]"
    return _quoted(value)


def _quoted(value: JsonValue) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return _TURNING.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
