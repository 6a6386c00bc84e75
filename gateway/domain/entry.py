"""What the marketplace's redirect says: which salons, and who pressed the button.

Branches come in four forms, sometimes mixed. Whatever could be read in two ways is refused, not guessed.
Names, phones and e-mails in the query are never kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote_to_bytes

from gateway.domain.errors import GatewayError
from gateway.domain.strict_json import JsonError, parse_json_object, positive_int
from shared.vocabulary import MAX_SALON_ID

MAX_SALONS = 50
MAX_QUERY_BYTES = 32_768
MAX_USER_ID = 2**63 - 1

_SALON_ID = re.compile(r"[1-9][0-9]{0,9}")
_INDEXED_LIST = re.compile(r"salon_ids\[[0-9]{1,4}\]")


class EntryError(GatewayError):
    """The redirect cannot be used.

    Codes: `salon_missing`, `salon_invalid`, `salons_conflict`, `too_many_salons`, `query_invalid`,
    `user_data_invalid`.
    """


@dataclass(frozen=True, slots=True)
class EntryRequest:
    """The salons of one press of the button, in order, without repeats, and the signed user data if sent."""

    salon_ids: tuple[int, ...]
    user_data: str | None = field(repr=False)
    user_data_sign: str | None = field(repr=False)

    @property
    def signature(self) -> Literal["absent", "partial", "present"]:
        """Whether nothing, one half or both halves of the signed pair came; one half alone is no proof."""
        halves = (self.user_data is not None) + (self.user_data_sign is not None)
        return ("absent", "partial", "present")[halves]


@dataclass(frozen=True, slots=True)
class EntryUser:
    """Who pressed the button: YCLIENTS' user number if it was given, and nothing personal."""

    user_id: int | None


def parse_entry(raw_query: bytes) -> EntryRequest:
    """Read the query string of the registration redirect; unknown names are ignored. Raises EntryError."""
    single: list[str] = []
    listed: list[str] = []
    signed: dict[str, str] = {}
    seen: set[str] = set()
    for name, value in _parameters(raw_query):
        kind = _kind_of(name)
        if kind is None:
            continue
        if name != "salon_ids[]" and name in seen:
            raise EntryError("user_data_invalid" if kind == "user" else "salon_invalid")
        seen.add(name)
        if kind == "user":
            signed[name] = value
        elif kind == "single":
            single.append(value)
        else:
            listed.extend(value.split(",") if name == "salon_ids" else [value])
    salon_ids = _salons(single, listed)
    return EntryRequest(salon_ids, signed.get("user_data") or None, signed.get("user_data_sign") or None)


def parse_user(decoded: bytes) -> EntryUser:
    """Read the verified JSON of `user_data`; every field is optional, `id` and `user_id` mean the same.

    Raises EntryError("user_data_invalid") when it is not one JSON object.
    """
    try:
        body = parse_json_object(decoded)
    except JsonError:
        raise EntryError("user_data_invalid") from None
    for name in ("id", "user_id"):
        user_id = positive_int(body.get(name), at_most=MAX_USER_ID)
        if user_id is not None:
            return EntryUser(user_id)
    return EntryUser(None)


def _parameters(raw_query: bytes) -> Iterator[tuple[str, str]]:
    if len(raw_query) > MAX_QUERY_BYTES:
        raise EntryError("query_invalid")
    for pair in raw_query.split(b"&"):
        if pair:
            name, _, value = pair.partition(b"=")
            yield _decoded(name), _decoded(value)


def _decoded(part: bytes) -> str:
    try:
        return unquote_to_bytes(part.replace(b"+", b" ")).decode("utf-8")
    except UnicodeDecodeError:
        raise EntryError("query_invalid") from None


def _kind_of(name: str) -> Literal["single", "list", "user"] | None:
    """Sort a parameter name; a known name with brackets of an unknown form is refused, not ignored."""
    if name == "salon_id":
        return "single"
    if name in ("salon_ids", "salon_ids[]") or _INDEXED_LIST.fullmatch(name):
        return "list"
    if name in ("user_data", "user_data_sign"):
        return "user"
    base, bracket, _ = name.partition("[")
    if bracket and base in ("salon_id", "salon_ids"):
        raise EntryError("salon_invalid")
    if bracket and base in ("user_data", "user_data_sign"):
        raise EntryError("user_data_invalid")
    return None


def _salons(single: list[str], listed: list[str]) -> tuple[int, ...]:
    chosen = [_salon_id(text) for text in single]
    branches = [_salon_id(text) for text in listed]
    if branches and any(salon_id not in branches for salon_id in chosen):
        raise EntryError("salons_conflict")
    salon_ids = tuple(dict.fromkeys(branches or chosen))
    if not salon_ids:
        raise EntryError("salon_missing")
    if len(salon_ids) > MAX_SALONS:
        raise EntryError("too_many_salons")
    return salon_ids


def _salon_id(text: str) -> int:
    if _SALON_ID.fullmatch(text) is None or int(text) > MAX_SALON_ID:
        raise EntryError("salon_invalid")
    return int(text)
