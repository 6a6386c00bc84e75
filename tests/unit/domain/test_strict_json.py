"""Hostile JSON: refused cleanly and quickly, or understood exactly."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.strict_json import (
    JsonError,
    RawNumber,
    dump_json,
    parse_json,
    parse_json_object,
    plain,
    positive_int,
    storable,
)

WEBHOOK_CAP_BYTES = 256 * 1024

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**19), 10**19)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def code_of(raw: bytes) -> str:
    """Return the code with which the bytes are refused."""
    with pytest.raises(JsonError) as caught:
        parse_json_object(raw)
    return caught.value.code


@given(body=st.dictionaries(st.text(), JSON_VALUES, max_size=6))
def test_every_ordinary_object_is_read_as_the_standard_library_reads_it(body: dict[str, Any]) -> None:
    assert plain(parse_json_object(json.dumps(body).encode())) == body
    assert (
        plain(parse_json_object(json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"))) is not None
    )


@given(raw=st.binary(max_size=300))
def test_no_bytes_make_anything_but_a_json_error_or_an_object(raw: bytes) -> None:
    try:
        assert isinstance(parse_json_object(raw), dict)
    except JsonError as error:
        assert error.code in {"json_invalid", "json_too_deep", "json_not_object"}


JSON_TOKENS = [
    "{",
    "}",
    "[",
    "]",
    '"',
    '"a"',
    '"a":',
    ",",
    "1",
    "-",
    "1.5e3",
    "true",
    "null",
    "NaN",
    "\\",
    "\\u00",
    " ",
]


@given(parts=st.lists(st.sampled_from(JSON_TOKENS), max_size=60))
def test_no_heap_of_json_tokens_makes_anything_but_a_json_error_or_an_object(parts: list[str]) -> None:
    try:
        assert isinstance(parse_json_object("".join(parts).encode()), dict)
    except JsonError as error:
        assert error.code in {"json_invalid", "json_too_deep", "json_not_object"}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"   ",
        b"nonsense",
        b"{",
        b'{"a":1}x',
        b"{'a':1}",
        b'{"a":1,}',
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',
        b'\xef\xbb\xbf{"a":1}',
        '{"a":1}'.encode("utf-16"),
        b'{"a":"\n"}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":1e999}',
        b'{"a":1e0001}',
        b'{"a":01}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":' + b"0." + b"1" * 5000 + b"}",
        b'{"a":1,"a":2}',
        b'{"x":{"a":1,"\\u0061":2}}',
    ],
)
def test_json_that_could_be_misread_is_invalid(raw: bytes) -> None:
    assert code_of(raw) == "json_invalid"


@pytest.mark.parametrize("raw", [b"[]", b'"text"', b"1", b"null", b"true", b" [{}] "])
def test_json_that_is_not_an_object_is_told_apart(raw: bytes) -> None:
    assert code_of(raw) == "json_not_object"


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 10_000,
        b"[" * 10_000 + b"]" * 10_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b'{"a":[' * 10_000,
        b'{"a":"\\"",' + b'"b":[' * 10_000,
    ],
)
def test_ten_thousand_levels_are_too_deep_and_nothing_recurses(raw: bytes) -> None:
    assert code_of(raw) == "json_too_deep"


def test_depth_is_counted_exactly_and_not_inside_strings() -> None:
    at_limit = b'{"a":' + b"[" * 31 + b"]" * 31 + b"}"
    assert parse_json_object(at_limit)
    assert code_of(at_limit.replace(b"[", b"[[", 1).replace(b"]", b"]]", 1)) == "json_too_deep"
    brackets = json.dumps({"a": '\\"' + "[" * 10_000, "b": "{" * 10_000}).encode()
    assert len(str(plain(parse_json_object(brackets)))) > 20_000


@pytest.mark.parametrize(
    "unit", [b"[", b"[]", b'"', b'\\"', b"\\", b'{"":', b'"a":1,', b"9", b"\xd0\x81", b'"",', b"[[]],"]
)
@pytest.mark.parametrize("opening", [b"", b'{"a":', b'{"a":"'])
def test_a_body_at_the_cap_is_answered_quickly(unit: bytes, opening: bytes) -> None:
    raw = opening + unit * (WEBHOOK_CAP_BYTES // len(unit))
    started = time.perf_counter()
    with pytest.raises(JsonError):
        parse_json_object(raw)
    assert time.perf_counter() - started < 2, "linear work takes milliseconds, quadratic work minutes"


def test_numbers_keep_their_exact_spelling() -> None:
    body = parse_json_object(b'{"a":100,"b":100.0,"c":100.00,"d":1E2,"e":-0,"f":12345678901234567890}')
    spelled = [value.text for value in body.values() if isinstance(value, RawNumber)]
    assert spelled == ["100", "100.0", "100.00", "1E2", "-0", "12345678901234567890"]
    assert plain(body) == {"a": 100, "b": 100.0, "c": 100.0, "d": 100.0, "e": 0, "f": 12345678901234567890}


@given(value=JSON_VALUES)
def test_dumped_json_is_ascii_and_means_the_same(value: Any) -> None:
    dumped = dump_json(parse_json(json.dumps(value).encode()))
    assert dumped.isascii()
    assert "\\u0000" not in dumped.replace("\\\\", "")
    assert dump_json(parse_json(dumped.encode())) == dumped


@given(text=st.text(alphabet=st.characters(exclude_categories=())))
def test_storable_text_can_be_encoded_and_holds_no_nul(text: str) -> None:
    kept = storable(text)
    assert b"\x00" not in kept.encode("utf-8")
    assert len(kept) == len(text)


def test_lone_surrogates_and_nul_are_replaced_when_dumped() -> None:
    assert (
        dump_json(parse_json(b'["\\ud800\\u0000ok \\ud83d\\ude00"]')) == '["\\ufffd\\ufffdok \\ud83d\\ude00"]'
    )


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (RawNumber("7"), 7),
        ("7", 7),
        (7, 7),
        ("100", 100),
        ("101", None),
        (101, None),
        (0, None),
        (-7, None),
        ("-7", None),
        ("+7", None),
        ("07", None),
        (" 7", None),
        ("7\n", None),
        ("٧", None),
        ("7.0", None),
        (RawNumber("7.0"), None),
        (RawNumber("1e1"), None),
        (7.0, None),
        (True, None),
        (None, None),
        ([7], None),
        ("9" * 5000, None),
    ],
)
def test_positive_int_reads_numbers_and_digit_strings_only(value: object, read: int | None) -> None:
    assert positive_int(value, at_most=100) == read
