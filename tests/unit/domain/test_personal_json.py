"""What staff see of a body: ids and structure, nothing about people, and nothing that turns the text around it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.personal_json import MASK, in_lines, without_people
from gateway.domain.strict_json import parse_json_object, plain

SECRET = "Зинаида-0451"


def shown(body: object) -> object:
    return plain(without_people(parse_json_object(json.dumps(body).encode())))


@pytest.mark.parametrize(
    "key",
    ["phone", "Phone_Number", "clientPhone", "email", "name", "user_name", "surname", "fio", "comment", "birth_date",
     "birthday", "address", "custom_fields", "avatar", "contacts", "card", "ip", "instagram"],
)  # fmt: skip
def test_a_value_under_a_personal_key_is_hidden_at_any_depth(key: str) -> None:
    body = {"data": [{key: SECRET}, {key: {"inner": [SECRET, 7921]}}, {key: 79215551234}]}
    assert shown(body) == {"data": [{key: MASK}, {key: {"inner": [MASK, MASK]}}, {key: MASK}]}


@pytest.mark.parametrize(
    ("key", "value"),
    [("id", 79215551234), ("user_id", "79215551234"), ("resourceId", 5), ("created_at", "2026-05-01 10:00:00"),
     ("date", "2026-08-01 10:00"), ("visits_count", 3), ("status", "create"), ("amount", 990), ("is_online", True)],
)  # fmt: skip
def test_ids_times_and_numbers_stay(key: str, value: object) -> None:
    assert shown({"data": {key: value}}) == {"data": {key: value}}


def test_the_structure_stays_also_of_what_is_hidden_and_ids_in_it_too() -> None:
    body = {"contacts": {"id": 5, "list": [], "none": None, "is_old": False, "who": SECRET}}
    assert shown(body) == {"contacts": {"id": 5, "list": [], "none": None, "is_old": False, "who": MASK}}


@pytest.mark.parametrize(
    "text", ["+7 921 555-12-34", "8(921)555-12-34", "79215551234", "+49 151 23456789", "olga@example.org"]
)
def test_a_phone_or_a_mail_address_is_hidden_under_any_key(text: str) -> None:
    assert shown({"remark": f"call {text} today"}) == {"remark": f"call {MASK} today"}


def test_numbers_are_written_as_they_came_and_turning_signs_are_spelled_out() -> None:
    body = parse_json_object('{"amount": 100.00, "empty": {}, "word": "a\u202eb", "list": [1, "ё"]}'.encode())
    assert in_lines(body) == (
        '{\n  "amount": 100.00,\n  "empty": {},\n  "word": "a\\u202eb",\n  "list": [\n    1,\n    "ё"\n  ]\n}'
    )


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=60)
@given(st.dictionaries(st.text(max_size=8), _JSON, max_size=4))
def test_whatever_is_shown_is_json_of_the_same_keys(body: dict[str, object]) -> None:
    masked = without_people(parse_json_object(json.dumps(body).encode()))
    again = json.loads(in_lines(masked))
    assert _keys(again) == _keys(json.loads(json.dumps(body)))


def _keys(value: object) -> object:
    if isinstance(value, dict):
        return {key: _keys(item) for key, item in value.items()}
    return [_keys(item) for item in value] if isinstance(value, list) else None
