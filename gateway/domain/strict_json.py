"""JSON from strangers: parsed only after its size in depth is known, with nothing silently dropped.

Numbers keep their exact spelling (`RawNumber`), because the partner signs payments over number text and
`100`, `100.0` and `100.00` are three different messages.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

from gateway.domain.errors import GatewayError

MAX_DEPTH = 32
MAX_INTEGER_DIGITS = 20
MAX_NUMBER_CHARS = 64
MAX_EXPONENT_DIGITS = 3

_STRUCTURE = re.compile(rb'\\.|["\[\]{}]', re.DOTALL)
_OPENING = (b"[", b"{")
_DECIMAL_ID = re.compile(r"[1-9][0-9]{0,18}")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_DOUBTFUL_ESCAPE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


@dataclass(slots=True, unsafe_hash=True)
class RawNumber:
    """A JSON number as it was written. Not to be changed; `frozen` would make each of them twice as dear."""

    text: str

    @property
    def plain(self) -> int | float:
        """The number as Python would have read it."""
        return float(self.text) if any(mark in self.text for mark in ".eE") else int(self.text)


JsonValue: TypeAlias = "bool | str | RawNumber | list[JsonValue] | dict[str, JsonValue] | None"
JsonObject: TypeAlias = "dict[str, JsonValue]"


class JsonError(GatewayError):
    """The text is not an acceptable JSON object: `json_invalid`, `json_too_deep` or `json_not_object`."""


def parse_json_object(raw: bytes, *, max_depth: int = MAX_DEPTH) -> JsonObject:
    """Parse the bytes of one JSON object sent by a stranger.

    Refuses what two readers could understand differently: bytes that are not UTF-8, repeated keys, NaN and
    Infinity, numbers no field of ours can hold. Time and memory are linear in the input; nesting is counted
    before anything recurses. Raises JsonError.
    """
    value = parse_json(raw, max_depth=max_depth)
    if not isinstance(value, dict):
        raise JsonError("json_not_object")
    return value


def parse_json(raw: bytes, *, max_depth: int = MAX_DEPTH) -> JsonValue:
    """Parse any JSON value under the rules of `parse_json_object`. Raises JsonError."""
    text = _decode(raw)
    if _deeper_than(raw, max_depth):
        raise JsonError("json_too_deep")
    try:
        value: JsonValue = _DECODER.decode(text)
    except (ValueError, RecursionError):
        raise JsonError("json_invalid") from None
    return value


def plain(value: JsonValue) -> object:
    """Return the value with ordinary ints and floats, as `json.loads` would have given it."""
    if isinstance(value, RawNumber):
        return value.plain
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


def positive_int(value: object, *, at_most: int) -> int | None:
    """Read a positive whole number written as a number or as a string of digits; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if 0 < value <= at_most else None
    text = value.text if isinstance(value, RawNumber) else value
    if not isinstance(text, str) or _DECIMAL_ID.fullmatch(text) is None:
        return None
    number = int(text)
    return number if number <= at_most else None


def is_storable(raw: bytes) -> bool:
    """Whether JSON that was parsed can be stored as it was written, without `dump_json`.

    It cannot when an escape may mean what Postgres holds in no text: NUL, or half a pair of surrogates.
    """
    return _DOUBTFUL_ESCAPE.search(raw) is None


def storable(text: str) -> str:
    """Return text that Postgres TEXT and JSONB accept: NUL and lone surrogates become U+FFFD."""
    if text.isascii() and "\x00" not in text:
        return text
    return _LONE_SURROGATE.sub(_REPLACEMENT, text.replace("\x00", _REPLACEMENT))


def dump_json(value: JsonValue) -> str:
    """Write the value as ASCII JSON that Postgres can store, numbers spelled as they came."""
    if isinstance(value, RawNumber):
        return value.text
    if isinstance(value, str):
        return json.dumps(storable(value))
    if isinstance(value, list):
        return "[" + ", ".join(dump_json(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{dump_json(key)}: {dump_json(item)}" for key, item in value.items()) + "}"
    return json.dumps(value)


def _decode(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise JsonError("json_invalid") from None


def _deeper_than(raw: bytes, max_depth: int) -> bool:
    """Count nesting outside strings; an escaped pair is one match, so an escaped quote never counts."""
    if raw.count(b"[") + raw.count(b"{") <= max_depth:
        return False
    depth = 0
    in_string = False
    for match in _STRUCTURE.finditer(raw):
        token = match.group()
        if token == b'"':
            in_string = not in_string
        elif in_string or len(token) > 1:
            continue
        elif token in _OPENING:
            depth += 1
            if depth > max_depth:
                return True
        else:
            depth -= 1
    return False


def _integer(text: str) -> RawNumber:
    if len(text) > MAX_INTEGER_DIGITS and len(text.lstrip("-")) > MAX_INTEGER_DIGITS:
        raise ValueError("integer too long")
    return RawNumber(text)


def _decimal(text: str) -> RawNumber:
    exponent = text.lower().partition("e")[2].lstrip("+-")
    if len(text) > MAX_NUMBER_CHARS or len(exponent) > MAX_EXPONENT_DIGITS or not math.isfinite(float(text)):
        raise ValueError("number out of range")
    return RawNumber(text)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _object(pairs: list[tuple[str, JsonValue]]) -> JsonObject:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("repeated key")
    return result


_DECODER = json.JSONDecoder(
    parse_int=_integer, parse_float=_decimal, parse_constant=_refuse, object_pairs_hook=_object
)
