"""Signature vectors of the partner protocol, and everything that must not pass for one (I-34, I-40, I-42)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.domain.signatures import (
    PLACEHOLDER_TOKEN,
    PaymentFields,
    SignatureError,
    decode_user_data,
    fingerprint,
    hint_signature_matches,
    matches_any,
    payment_sign_matches,
    secrets_equal,
    token_problem,
    verify_user_data,
    webhook_signature_matches,
)

KEY = b"partner-token-example"
OLD_KEY = b"yesterdays-partner-token"

ASCII_JSON = (
    b'{"id":123,"name":"Alex Smith","phone":"79990009900","email":"alex@example.com","is_approved":true,'
    b'"avatar":"https://assets.example.com/a.png","salon_name":"Test Salon"}'
)
ASCII_DATA = (
    "eyJpZCI6MTIzLCJuYW1lIjoiQWxleCBTbWl0aCIsInBob25lIjoiNzk5OTAwMDk5MDAiLCJlbWFpbCI6ImFsZXhAZXhhbXBsZS5jb20iLCJp"
    "c19hcHByb3ZlZCI6dHJ1ZSwiYXZhdGFyIjoiaHR0cHM6Ly9hc3NldHMuZXhhbXBsZS5jb20vYS5wbmciLCJzYWxvbl9uYW1lIjoiVGVzdCBT"
    "YWxvbiJ9"
)
ASCII_SIGN = "f581d118054471285f1686a9fad8f04dc52f550647393c488c68f25bac3c16c5"
ASCII_SIGN_OF_TEXT = "05aac4ad1cdad94ed8c7a92f5ec97407b6f7ee92ce5feca60711c90ac2db81cc"

RUSSIAN_JSON = (
    '{"id":456,"name":"Мария Попова","phone":"79990009901","email":"a@example.com","is_approved":true,'
    '"avatar":"https://assets.example.com/b.png","salon_name":"Салон Ёлка"}'
).encode()
RUSSIAN_STANDARD = (
    "eyJpZCI6NDU2LCJuYW1lIjoi0JzQsNGA0LjRjyDQn9C+0L/QvtCy0LAiLCJwaG9uZSI6Ijc5OTkwMDA5OTAxIiwiZW1haWwiOiJhQGV4YW1w"
    "bGUuY29tIiwiaXNfYXBwcm92ZWQiOnRydWUsImF2YXRhciI6Imh0dHBzOi8vYXNzZXRzLmV4YW1wbGUuY29tL2IucG5nIiwic2Fsb25fbmFt"
    "ZSI6ItCh0LDQu9C+0L0g0IHQu9C60LAifQ=="
)
RUSSIAN_URL_SAFE = RUSSIAN_STANDARD.replace("+", "-").replace("/", "_")
RUSSIAN_SIGN = "6f993af96aac9d938a152c959f3f12140eb4b92608fce4495f12e63c55e32cec"
RUSSIAN_WRONG_SIGNS = (
    "5348054e74143f5b5e151e6f9a780be4d2d30b3fc1f18d605ad35d26617e6311",
    "010c528cb29487e770eb10bac5966076baa450f68b98ae377a8abe49fe876d59",
    "c68f7e384a4491478873446caba559f84f78685a16b03bb442913c7eacf20853",
)


def sign_of(message: bytes, key: bytes = KEY) -> str:
    """Sign as the partner does, by the standard library's other interface."""
    return hmac.new(key, message, hashlib.sha256).hexdigest()


# ------------------------------------------------------------------------------------------ worked vectors


def test_ascii_vector_is_accepted() -> None:
    assert verify_user_data(ASCII_DATA, ASCII_SIGN, [KEY]) == ASCII_JSON


@pytest.mark.parametrize(
    "user_data",
    [
        pytest.param(RUSSIAN_STANDARD, id="standard"),
        pytest.param(RUSSIAN_URL_SAFE, id="url-safe"),
        pytest.param(RUSSIAN_STANDARD.replace("+", " "), id="plus-became-space"),
        pytest.param(RUSSIAN_STANDARD.rstrip("="), id="standard-unpadded"),
        pytest.param(RUSSIAN_URL_SAFE.rstrip("="), id="url-safe-unpadded"),
        pytest.param(RUSSIAN_STANDARD.removesuffix("="), id="half-padded"),
        pytest.param(RUSSIAN_STANDARD.replace("/", "_"), id="mixed"),
    ],
)
def test_russian_vector_is_accepted_in_every_spelling(user_data: str) -> None:
    assert verify_user_data(user_data, RUSSIAN_SIGN, [KEY]) == RUSSIAN_JSON


@pytest.mark.parametrize("user_data", [RUSSIAN_STANDARD, RUSSIAN_URL_SAFE, RUSSIAN_URL_SAFE.rstrip("=")])
@pytest.mark.parametrize("sign", RUSSIAN_WRONG_SIGNS)
def test_signatures_over_the_base64_text_are_refused(user_data: str, sign: str) -> None:
    assert verify_user_data(user_data, sign, [KEY]) is None


def test_ascii_signature_over_the_base64_text_is_refused() -> None:
    assert verify_user_data(ASCII_DATA, ASCII_SIGN_OF_TEXT, [KEY]) is None


def test_hex_case_of_the_signature_does_not_matter() -> None:
    assert verify_user_data(RUSSIAN_URL_SAFE, RUSSIAN_SIGN.upper(), [KEY]) == RUSSIAN_JSON


@pytest.mark.parametrize(
    "sign",
    [
        "",
        RUSSIAN_SIGN[:-1],
        RUSSIAN_SIGN + "0",
        " " + RUSSIAN_SIGN,
        RUSSIAN_SIGN + "\n",
        "sha256=" + RUSSIAN_SIGN,
        RUSSIAN_SIGN[:2] + " " + RUSSIAN_SIGN[2:],
        "٠" * 64,
        "f" * 64,
    ],
)
def test_anything_but_the_64_hex_digits_is_refused(sign: str) -> None:
    assert verify_user_data(RUSSIAN_URL_SAFE, sign, [KEY]) is None


def test_previous_token_is_accepted_beside_the_current_one() -> None:
    assert verify_user_data(RUSSIAN_URL_SAFE, sign_of(RUSSIAN_JSON, OLD_KEY), [KEY, OLD_KEY]) == RUSSIAN_JSON
    assert verify_user_data(RUSSIAN_URL_SAFE, sign_of(RUSSIAN_JSON, OLD_KEY), [KEY]) is None


def test_an_empty_token_never_verifies_anything() -> None:
    assert verify_user_data(RUSSIAN_URL_SAFE, sign_of(RUSSIAN_JSON, b""), [b""]) is None
    assert verify_user_data(RUSSIAN_URL_SAFE, RUSSIAN_SIGN, []) is None
    assert not matches_any(b"", [b""])


# ------------------------------------------------------------------------------------------------ decoding


@pytest.mark.parametrize(
    "text",
    [
        "",
        "=",
        "====",
        "A",
        "AAAAA",
        "AA=A",
        "AB==",
        "eyJ9\n",
        "eyJ9 =",
        "еуJ9",
        "e%79J9",
        "\x00",
        "A" * 20_000,
    ],
)
def test_what_is_not_base64_is_user_data_invalid(text: str) -> None:
    with pytest.raises(SignatureError) as caught:
        decode_user_data(text)
    assert caught.value.code == "user_data_invalid"


@given(message=st.binary(min_size=1, max_size=300), choices=st.data())
def test_every_spelling_of_signed_bytes_is_accepted(message: bytes, choices: st.DataObject) -> None:
    spelling = base64.b64encode(message).decode("ascii")
    for plus, slash in choices.draw(st.permutations([("-", "/"), (" ", "/"), ("+", "_"), ("+", "/")])):
        written = spelling.replace("+", plus).replace("/", slash)
        written = written.rstrip("=") if choices.draw(st.booleans()) else written
        assert verify_user_data(written, sign_of(message), [OLD_KEY, KEY]) == message


@given(message=st.binary(min_size=1, max_size=200), choices=st.data())
def test_any_changed_bit_of_the_message_is_refused(message: bytes, choices: st.DataObject) -> None:
    position = choices.draw(st.integers(0, len(message) * 8 - 1))
    changed = bytearray(message)
    changed[position // 8] ^= 1 << position % 8
    user_data = base64.urlsafe_b64encode(bytes(changed)).decode("ascii")
    assert verify_user_data(user_data, sign_of(message), [KEY]) is None


@given(position=st.integers(0, len(RUSSIAN_STANDARD.rstrip("=")) - 1), char=st.characters())
def test_any_changed_character_of_user_data_is_refused(position: int, char: str) -> None:
    same_value = {"+": "+- ", "/": "/_"}.get(RUSSIAN_STANDARD[position], RUSSIAN_STANDARD[position])
    changed = RUSSIAN_STANDARD[:position] + char + RUSSIAN_STANDARD[position + 1 :]
    expected = RUSSIAN_JSON if char in same_value else None
    assert verify_user_data(changed, RUSSIAN_SIGN, [KEY]) == expected


@given(position=st.integers(0, 63), char=st.characters())
def test_any_changed_character_of_the_signature_is_refused(position: int, char: str) -> None:
    changed = RUSSIAN_SIGN[:position] + char + RUSSIAN_SIGN[position + 1 :]
    is_same = changed.isascii() and changed.lower() == RUSSIAN_SIGN
    assert verify_user_data(RUSSIAN_STANDARD, changed, [KEY]) == (RUSSIAN_JSON if is_same else None)


ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()), max_size=200)


def test_the_published_signature_of_a_session_server_holds_and_nothing_beside_it() -> None:
    """The vector is the one of WAHA's documentation."""
    body, key = b'{"event":"message","session":"default","engine":"WEBJS"}', b"my-secret-key"
    sign = (
        "208f8a55dde9e05519e898b10b89bf0d0b3b0fdf11fdbf09b6b90476301b98d8"
        "097c462b2b17a6ce93b6b47a136cf2e78a33a63f6752c2c1631777076153fa89"
    )
    assert hint_signature_matches(body, sign, "sha512", key)
    assert hint_signature_matches(body, sign.upper(), " SHA512 ", key)
    for other in (sign[:-1], sign + "0", "0" * 128, "", "я" * 128, f"sha512={sign}", f"{sign}, {sign}"):
        assert not hint_signature_matches(body, other, "sha512", key)
    for algorithm in ("sha256", "", "sha512, sha512", "none"):
        assert not hint_signature_matches(body, sign, algorithm, key)
    assert not hint_signature_matches(body + b" ", sign, "sha512", key)
    assert not hint_signature_matches(body, sign, "sha512", b"my-secret-kez")
    empty = hmac.new(b"", body, "sha512").hexdigest()
    assert not hint_signature_matches(body, empty, "sha512", b""), "no secret proves nothing"


@given(user_data=ANY_TEXT, sign=ANY_TEXT, token=st.binary(max_size=40))
@example(user_data=RUSSIAN_STANDARD, sign="é" * 64, token=KEY)
@example(user_data="é", sign=RUSSIAN_SIGN, token=KEY)
def test_no_text_makes_verification_raise(user_data: str, sign: str, token: bytes) -> None:
    assert verify_user_data(user_data, sign, [token]) is None
    assert not webhook_signature_matches(user_data.encode("utf-8", "surrogatepass"), sign, [token])
    assert not payment_sign_matches(PaymentFields(user_data, sign, user_data, sign), [token])
    token_problem(user_data)
    assert len(fingerprint(user_data)) == 8


# ----------------------------------------------------------------------------------------------- webhooks

BODY = '{"event":"uninstall","note":"Ёлка"}'.encode()


@pytest.mark.parametrize("prefix", ["", "sha256=", "SHA256=", " sha256="])
def test_webhook_signature_is_accepted_with_and_without_its_prefix(prefix: str) -> None:
    assert webhook_signature_matches(BODY, prefix + sign_of(BODY), [OLD_KEY, KEY])
    assert webhook_signature_matches(BODY, prefix + sign_of(BODY).upper(), [KEY])


@pytest.mark.parametrize("prefix", ["sha1=", "sha256:", "sha256==", "sha512=", "sha256=sha256="])
def test_webhook_signature_with_another_prefix_is_refused(prefix: str) -> None:
    assert not webhook_signature_matches(BODY, prefix + sign_of(BODY), [KEY])


def test_webhook_signature_is_over_the_raw_bytes() -> None:
    assert not webhook_signature_matches(BODY + b" ", sign_of(BODY), [KEY])
    assert not webhook_signature_matches(BODY, sign_of(BODY, OLD_KEY), [KEY])


# ----------------------------------------------------------------------------------------------- payments


def paid(amount: str, discount: str | None, signed: str) -> PaymentFields:
    """Build fields as received, with the signature of the message the partner hashed."""
    return PaymentFields("123", amount, discount, sign_of(signed.encode()))


@pytest.mark.parametrize("written", ["100", "100.0", "100.00", "1e2", "1E+2"])
@pytest.mark.parametrize("signed", ["100", "100.0", "100.00"])
def test_payment_sign_matches_whichever_way_the_number_was_written(written: str, signed: str) -> None:
    assert payment_sign_matches(paid(written, None, f"salon_id=123&amount={signed}"), [KEY])


@pytest.mark.parametrize("signed", ["15.5", "15.50", "15.500"])
def test_payment_sign_covers_the_discount_when_there_is_one(signed: str) -> None:
    fields = paid("990.90", "15.500", f"salon_id=123&amount=990.9&discount={signed}")
    assert payment_sign_matches(fields, [OLD_KEY, KEY])


def test_a_zero_discount_is_signed_and_a_null_one_is_not() -> None:
    assert payment_sign_matches(paid("100", "0", "salon_id=123&amount=100&discount=0"), [KEY])
    assert payment_sign_matches(paid("100", None, "salon_id=123&amount=100"), [KEY])
    assert not payment_sign_matches(paid("100", "0", "salon_id=123&amount=100"), [KEY])
    assert not payment_sign_matches(paid("100", None, "salon_id=123&amount=100&discount="), [KEY])


@pytest.mark.parametrize(
    "change",
    [{"amount": "1000"}, {"amount": "100.01"}, {"salon_id": "124"}, {"discount": "1"}, {"sign": "0" * 64}],
)
def test_a_changed_payment_is_refused(change: dict[str, str]) -> None:
    fields = paid("100", None, "salon_id=123&amount=100")
    assert not payment_sign_matches(replace(fields, **change), [KEY])


def test_significant_digits_are_never_rounded_away() -> None:
    long = "123456789012345678901234567890.123456789012345678901234567"
    assert payment_sign_matches(paid(long + "00", None, f"salon_id=123&amount={long}"), [KEY])
    assert not payment_sign_matches(paid(long, None, f"salon_id=123&amount={long[:-1]}"), [KEY])


@given(cents=st.integers(0, 10**9))
def test_payment_sign_matches_every_sum_in_major_units(cents: int) -> None:
    shortest = f"{cents / 100:.2f}".rstrip("0").rstrip(".")
    assert payment_sign_matches(paid(f"{cents / 100:.2f}", None, f"salon_id=123&amount={shortest}"), [KEY])


# ------------------------------------------------------------------------------------------------- tokens


@given(a=st.binary(max_size=80), b=st.binary(max_size=80))
def test_secrets_are_equal_exactly_when_their_bytes_are(a: bytes, b: bytes) -> None:
    assert secrets_equal(a, b) == (a == b)
    assert secrets_equal(a, bytes(a))


def test_a_token_matches_any_of_several() -> None:
    assert matches_any(OLD_KEY, [KEY, OLD_KEY])
    assert not matches_any(OLD_KEY[:-1], [KEY, OLD_KEY])


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (None, "missing"),
        ("", "blank"),
        ("  \t\n", "blank"),
        ('""', "blank"),
        ("' '", "quoted"),
        ('"token"', "quoted"),
        ("'token'", "quoted"),
        (' "token"', "quoted"),
        ("«token»", "quoted"),
        ('token"', "quoted"),
        (" token", "whitespace"),
        ("token\n", "whitespace"),
        ("to ken", "whitespace"),
        ("token\N{NO-BREAK SPACE}", "whitespace"),
        (PLACEHOLDER_TOKEN, "placeholder"),
        (PLACEHOLDER_TOKEN.upper(), "placeholder"),
        ("\N{ZERO WIDTH SPACE}token", "unprintable"),
        ("токен", "unprintable"),
        ("token\x00", "unprintable"),
        ("token\x7f", "unprintable"),
        ("partner-token-example", None),
        ("k3y/with+all=kinds.of~signs", None),
    ],
)
def test_token_problem_names_what_is_wrong(value: str | None, problem: str | None) -> None:
    assert token_problem(value) == problem


def test_fingerprint_is_short_stable_and_not_the_plain_digest() -> None:
    assert fingerprint("partner-token-example") == fingerprint("partner-token-example")
    assert fingerprint("partner-token-example") != fingerprint("partner-token-examplE")
    assert (
        not hashlib.sha256(b"partner-token-example")
        .hexdigest()
        .startswith(fingerprint("partner-token-example"))
    )
