"""The signed user data: the worked vectors of the protocol, and what the signature is made over."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.sandbox.user_data import Alphabet, compact_json, encode, sign, signed_pair
from tests.unit.sandbox.support import TOKEN

ASCII = {
    "id": 123,
    "name": "Alex Smith",
    "phone": "79990009900",
    "email": "alex@example.com",
    "is_approved": True,
    "avatar": "https://assets.example.com/a.png",
    "salon_name": "Test Salon",
}
ASCII_DATA = (
    "eyJpZCI6MTIzLCJuYW1lIjoiQWxleCBTbWl0aCIsInBob25lIjoiNzk5OTAwMDk5MDAiLCJlbWFpbCI6ImFsZXhAZXhhbXBsZS5jb20i"
    "LCJpc19hcHByb3ZlZCI6dHJ1ZSwiYXZhdGFyIjoiaHR0cHM6Ly9hc3NldHMuZXhhbXBsZS5jb20vYS5wbmciLCJzYWxvbl9uYW1lIjoi"
    "VGVzdCBTYWxvbiJ9"
)
ASCII_SIGN = "f581d118054471285f1686a9fad8f04dc52f550647393c488c68f25bac3c16c5"

CYRILLIC = {
    "id": 456,
    "name": "Мария Попова",
    "phone": "79990009901",
    "email": "a@example.com",
    "is_approved": True,
    "avatar": "https://assets.example.com/b.png",
    "salon_name": "Салон Ёлка",
}
CYRILLIC_STANDARD = (
    "eyJpZCI6NDU2LCJuYW1lIjoi0JzQsNGA0LjRjyDQn9C+0L/QvtCy0LAiLCJwaG9uZSI6Ijc5OTkwMDA5OTAxIiwiZW1haWwiOiJhQGV4"
    "YW1wbGUuY29tIiwiaXNfYXBwcm92ZWQiOnRydWUsImF2YXRhciI6Imh0dHBzOi8vYXNzZXRzLmV4YW1wbGUuY29tL2IucG5nIiwic2Fs"
    "b25fbmFtZSI6ItCh0LDQu9C+0L0g0IHQu9C60LAifQ=="
)
TEXTS = st.text(st.characters(codec="utf-8"))
CYRILLIC_SIGN = "6f993af96aac9d938a152c959f3f12140eb4b92608fce4495f12e63c55e32cec"


@pytest.mark.parametrize("alphabet", ["standard", "urlsafe"])
def test_the_ascii_vector_is_the_same_in_both_alphabets(alphabet: Alphabet) -> None:
    assert signed_pair(ASCII, TOKEN, alphabet) == (ASCII_DATA, ASCII_SIGN)


def test_the_cyrillic_vector_in_the_standard_alphabet() -> None:
    assert signed_pair(CYRILLIC, TOKEN, "standard") == (CYRILLIC_STANDARD, CYRILLIC_SIGN)


def test_the_cyrillic_vector_in_the_url_safe_alphabet_differs_only_in_two_signs() -> None:
    data, signature = signed_pair(CYRILLIC, TOKEN, "urlsafe")
    assert data == CYRILLIC_STANDARD.replace("+", "-").replace("/", "_") != CYRILLIC_STANDARD
    assert data.endswith("==")
    assert signature == CYRILLIC_SIGN


@pytest.mark.parametrize(
    ("alphabet", "rejected"),
    [
        ("standard", "5348054e74143f5b5e151e6f9a780be4d2d30b3fc1f18d605ad35d26617e6311"),
        ("urlsafe", "010c528cb29487e770eb10bac5966076baa450f68b98ae377a8abe49fe876d59"),
    ],
)
def test_the_signature_is_not_made_over_the_base64_text(alphabet: Alphabet, rejected: str) -> None:
    data, signature = signed_pair(CYRILLIC, TOKEN, alphabet)
    assert hmac.new(TOKEN.encode(), data.encode(), hashlib.sha256).hexdigest() == rejected != signature


def test_the_json_is_compact_raw_utf8_with_plain_slashes() -> None:
    raw = compact_json({"a": "Ёлка", "b": "https://x/y", "c": True})
    assert raw == '{"a":"Ёлка","b":"https://x/y","c":true}'.encode()


@given(
    st.dictionaries(TEXTS, TEXTS | st.integers() | st.booleans()), st.sampled_from(["standard", "urlsafe"])
)
def test_whatever_the_fields_the_decoded_bytes_bear_the_signature(
    fields: dict[str, object], alphabet: Alphabet
) -> None:
    data, signature = signed_pair(fields, TOKEN, alphabet)
    raw = base64.b64decode(data.replace("-", "+").replace("_", "/"), validate=True)
    assert json.loads(raw) == fields
    assert sign(raw, TOKEN) == signature
    assert encode(raw, alphabet) == data
