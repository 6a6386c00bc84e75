"""Webhook bodies of every shape (I-30 to I-36), and the partner token taken out of what is kept."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.signatures import payment_sign_matches
from gateway.domain.strict_json import JsonError, parse_json_object
from gateway.domain.webhooks import (
    MASK,
    NO_TEXT,
    EntityEvent,
    LifecycleEvent,
    PaymentNotice,
    UnknownEvent,
    Webhook,
    digest,
    may_hold_token,
    parse_webhook,
    strip_token,
    without_token,
)

TOKEN = "partner-token-example"


def webhook(**body: Any) -> Webhook:
    """Parse a body written by the standard library."""
    return parse_webhook(json.dumps(body).encode())


@pytest.mark.parametrize("event", ["uninstall", "freeze"])
@pytest.mark.parametrize("field", ["event", "event_type"])
def test_lifecycle_event_is_read_under_either_field_name(event: str, field: str) -> None:
    body = {field: event, "salon_id": 123, "application_id": 45, "partner_token": TOKEN}
    assert webhook(**body) == LifecycleEvent(event, 123, 45, TOKEN, None)


def test_lifecycle_ids_may_be_digit_strings() -> None:
    event = webhook(event="uninstall", salon_id="123", application_id="45", partner_token=TOKEN)
    assert (event.salon_id, event.application_id) == (123, 45)


@pytest.mark.parametrize("salon_id", [None, 0, -5, 2**31, 1.5, True, [], {}, "x", "", "-1", 10**19])
def test_a_salon_id_that_is_none_is_missing_and_the_event_is_kept(salon_id: object) -> None:
    event = webhook(event="uninstall", salon_id=salon_id, partner_token=TOKEN)
    assert event == LifecycleEvent("uninstall", None, None, TOKEN, None)


def test_a_lifecycle_event_without_a_salon_or_a_token_is_kept() -> None:
    assert webhook(event="uninstall") == LifecycleEvent("uninstall", None, None, None, None)


@pytest.mark.parametrize("token", [None, ""])
def test_an_empty_token_is_no_token(token: object) -> None:
    assert webhook(event="uninstall", partner_token=token).partner_token is None


@pytest.mark.parametrize("token", [5, True, [TOKEN], {"a": TOKEN}])
def test_a_token_that_is_no_text_is_there_and_wrong(token: object) -> None:
    assert webhook(event="uninstall", partner_token=token).partner_token == NO_TEXT


def test_entity_event_is_read() -> None:
    event = webhook(company_id=28103, resource="record", resource_id=1, status="create", data={"id": 1})
    assert event == EntityEvent("record", "create", "1", 28103, None, None)
    assert event.name == "record.create"


def test_entity_ids_may_be_digit_strings_and_the_salon_may_be_called_salon_id() -> None:
    event = webhook(salon_id="28103", resource="staff", resource_id="77", status="update", data=[])
    assert event == EntityEvent("staff", "update", "77", 28103, None, None)


def test_entity_salon_is_its_company_id_when_both_are_there() -> None:
    assert webhook(company_id=1, salon_id=2, resource="client", status="delete").salon_id == 1
    assert webhook(company_id=1, salon_id=2, event="freeze").salon_id == 2


@pytest.mark.parametrize(
    ("name", "resource", "status"),
    [
        ("record_created", "record", "create"),
        ("record_updated", "record", "update"),
        ("record_deleted", "record", "delete"),
        ("record.create", "record", "create"),
        ("service_category_update", "service_category", "update"),
    ],
)
def test_entity_events_under_an_event_name_are_read_as_entities(
    name: str, resource: str, status: str
) -> None:
    event = webhook(event_type=name, salon_id=5, data={"id": 9}, partner_token=TOKEN)
    assert event == EntityEvent(resource, status, "9", 5, None, TOKEN)


def test_a_body_of_both_shapes_is_lifecycle_only_with_the_token() -> None:
    both = {"event": "uninstall", "salon_id": 1, "company_id": 2, "resource": "record", "status": "update"}
    assert isinstance(webhook(**both, partner_token=TOKEN), LifecycleEvent)
    assert webhook(**both) == EntityEvent("record", "update", None, 2, None, None)


@pytest.mark.parametrize(
    "body", [{}, {"event": None}, {"event": ""}, {"event": 5}, {"resource": "record"}, {"status": "create"}]
)
def test_a_body_without_a_name_is_unknown_and_kept(body: dict[str, Any]) -> None:
    event = webhook(**body, salon_id=3, partner_token=TOKEN)
    assert event == UnknownEvent(None, 3, None, TOKEN)
    assert event.name == "unknown"


@pytest.mark.parametrize("name", ["unfreeze", "install", "integration_activated", "ping", "запись"])
def test_an_event_we_do_not_know_is_kept_under_its_name(name: str) -> None:
    assert webhook(event=name, salon_id=3) == UnknownEvent(name, 3, None, None)


def test_event_names_are_read_in_any_case_and_cut_to_a_length_a_list_can_show() -> None:
    assert webhook(event=" Uninstall ", salon_id=3).name == "uninstall"
    long = webhook(event="x" * 10_240, salon_id=3)
    assert isinstance(long, UnknownEvent)
    assert 50 < len(long.name) <= 100


def test_a_name_with_nul_or_a_lone_surrogate_can_be_stored() -> None:
    assert (
        parse_webhook(b'{"event":"a\\u0000b\\udc00"}').name
        == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"
    )


def test_the_token_is_not_in_the_repr_of_an_event() -> None:
    for event in (
        webhook(event="uninstall", partner_token=TOKEN),
        webhook(event="ping", partner_token=TOKEN),
        webhook(resource="record", status="update", partner_token=TOKEN),
    ):
        assert event.partner_token == TOKEN
        assert TOKEN not in repr(event)


# ----------------------------------------------------------------------------------------------- payments

PAYMENT = (
    b'{"salon_id":123,"application_id":45,"event":"payment","partner_token":"%s","payment_id":777,'
    b'"amount":100.00,"currency_iso":"RUB","discount":%s,"period_from":"2026-01-01 00:00:00",'
    b'"period_to":"2026-01-31 23:59:59","payment_date":"2026-01-01 10:00:00",'
    b'"tariff_option_id":null,"sign":"%s"}'
)


def payment_of(body: bytes) -> PaymentNotice:
    """Parse a payment event and return its notice."""
    event = parse_webhook(body)
    assert isinstance(event, LifecycleEvent)
    assert event.payment is not None
    return event.payment


def test_payment_keeps_every_value_as_it_was_written() -> None:
    notice = payment_of(PAYMENT % (TOKEN.encode(), b"15.50", b"ab" * 32))
    assert (notice.payment_id, notice.amount, notice.discount) == ("777", "100.00", "15.50")
    assert (notice.currency_iso, notice.tariff_option_id) == ("RUB", None)
    assert (notice.period_from, notice.period_to) == ("2026-01-01 00:00:00", "2026-01-31 23:59:59")
    assert notice.payment_date == "2026-01-01 10:00:00"


@pytest.mark.parametrize("signed_amount", ["100.00", "100", "100.0"])
def test_payment_sign_is_checked_against_the_raw_amount(signed_amount: str) -> None:
    message = f"salon_id=123&amount={signed_amount}".encode()
    sign = hmac_hex(message)
    signed = payment_of(PAYMENT % (TOKEN.encode(), b"null", sign)).signed
    assert signed is not None
    assert payment_sign_matches(signed, [TOKEN.encode()])


def hmac_hex(message: bytes) -> bytes:
    """Sign by the definition of HMAC, independent of the code under test."""
    key = TOKEN.encode().ljust(64, b"\x00")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key) + message).digest()
    return hashlib.sha256(bytes(byte ^ 0x5C for byte in key) + inner).hexdigest().encode()


def test_a_payment_without_a_sign_has_nothing_to_check() -> None:
    event = webhook(event="payment", salon_id=1, amount=5, partner_token=TOKEN)
    assert isinstance(event, LifecycleEvent)
    assert event.payment is not None
    assert event.payment.signed is None


def test_payment_fields_under_data_are_read_too() -> None:
    event = webhook(
        event_type="payment", salon_id=1, data={"amount": "5.00", "payment_id": "9", "sign": "ff"}
    )
    assert isinstance(event, LifecycleEvent)
    assert event.payment is not None
    assert (event.payment.amount, event.payment.payment_id) == ("5.00", "9")


BODY_KEYS = [
    *("event", "event_type", "salon_id", "company_id", "resource", "status", "resource_id", "data", "amount"),
    *("partner_token", "sign", "discount", "payment_id", "application_id"),
]
BODY_VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.sampled_from(["payment", "uninstall", "create"])
    | st.lists(st.integers(), max_size=2)
    | st.dictionaries(st.text(), st.integers(), max_size=2)
)


@given(body=st.dictionaries(st.sampled_from(BODY_KEYS), BODY_VALUES))
def test_any_object_is_some_event(body: dict[str, Any]) -> None:
    raw = json.dumps(body).encode()
    try:
        event = parse_webhook(raw)
    except JsonError as error:
        assert error.code == "json_invalid"
        return
    assert event.name
    event.name.encode("utf-8")
    assert event.salon_id is None or event.salon_id > 0


@pytest.mark.parametrize(
    ("raw", "code"), [(b"x", "json_invalid"), (b"[" * 10_000, "json_too_deep"), (b"[]", "json_not_object")]
)
def test_a_body_that_is_no_object_is_refused(raw: bytes, code: str) -> None:
    for read in (parse_webhook, strip_token):
        with pytest.raises(JsonError) as caught:
            read(raw)
        assert caught.value.code == code


# -------------------------------------------------------------------------------------------------- token


@pytest.mark.parametrize(
    "raw",
    [
        b'{"partner_token":"partner-token-example"}',
        b'{"event":"x" , "partner_token" :\n "partner-token-example" }',
        b'{"p\\u0061rtner\\u005ftoken":"partner-token-example"}',
        b'{"partner_token":"\\u0070artner-token-example"}',
        b'{"Partner-Token":"partner-token-example","partnerToken":"partner-token-example"}',
        b'{"data":{"list":[{"partner_token":"partner-token-example"}]}}',
        b'{"partner_token":["partner-token-example",{"a":"partner-token-example"}]}',
        b'{"partner_token":{"partner-token-example":1}}',
        b'{"partner_token":12345678901234567890}',
    ],
)
def test_the_token_is_stripped_wherever_and_however_it_is_written(raw: bytes) -> None:
    kept = strip_token(raw)
    assert TOKEN not in kept
    assert "12345678901234567890" not in kept
    assert MASK in kept
    assert json.loads(kept)


def test_the_known_token_is_stripped_from_any_other_text() -> None:
    raw = json.dumps({"note": f"token={TOKEN}!", TOKEN: [TOKEN], "partner_token": "other"}).encode()
    kept = json.loads(strip_token(raw, [TOKEN.encode(), b""]))
    assert kept == {"note": "token=***!", "***": ["***"], "partner_token": "***"}


def test_all_else_is_kept_with_its_exact_numbers_as_ascii() -> None:
    raw = (
        '{"amount":100.00,"name":"Ёлка 🎄","partner_token":"t","nul":"\\u0000\\ud800","a":[1e2,true,null]}'
    ).encode()
    kept = strip_token(raw)
    assert kept.isascii()
    assert '"amount": 100.00' in kept
    assert "1e2" in kept
    assert json.loads(kept) == {
        "amount": 100.0,
        "name": "Ёлка 🎄",
        "partner_token": "***",
        "nul": "\N{REPLACEMENT CHARACTER}" * 2,
        "a": [100.0, True, None],
    }


TOKENS = st.text(alphabet=st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=8, max_size=40)


@given(
    token=TOKENS,
    around=st.dictionaries(st.text(max_size=10), st.text(max_size=10), max_size=3),
    path=st.lists(st.text(max_size=6), max_size=5),
    escape_all=st.booleans(),
)
def test_no_spelling_of_the_token_survives(
    token: str, around: dict[str, str], path: list[str], escape_all: bool
) -> None:
    body: dict[str, Any] = {**around, "partner_token": token, "again": f"x{token}y"}
    for name in path:
        body = {**around, name: [body]}
    text = json.dumps(body)
    if escape_all:
        escaped = "".join(f"\\u{ord(char):04x}" for char in token)
        text = text.replace(json.dumps(token)[1:-1], escaped)
    kept = strip_token(text.encode(), [token.encode()])
    assert token not in json.dumps(json.loads(kept), ensure_ascii=False)
    assert token not in kept
    assert json.dumps(token)[1:-1] not in kept


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)
TOKEN_KEYS = st.sampled_from(
    [
        "partner_token",
        "PartnerToken",
        ":partner token",
        "partner\u2011to\u212aen",
        'partner"_token',
        "x",
        "salon_id",
    ]
)


@given(
    around=st.dictionaries(st.text(max_size=8), JSON, max_size=3),
    key=TOKEN_KEYS,
    value=JSON,
    token=st.sampled_from(["s/ecret-token", 'qu"oted-token', "back\\slash-token", "plain-token"]),
    is_held=st.booleans(),
    ensure_ascii=st.booleans(),
    php=st.booleans(),
)
def test_what_is_told_to_hold_no_token_by_its_looks_has_none_to_strip(
    around: dict[str, Any], key: str, value: Any, token: str, is_held: bool, ensure_ascii: bool, php: bool
) -> None:
    body = {**around, key: [value, token] if is_held else value}
    text = json.dumps(body, ensure_ascii=ensure_ascii)
    text = text.replace("/", "\\/") if php else text
    parsed = parse_json_object(text.encode("utf-8", "surrogatepass"))
    if not may_hold_token(parsed, text, [token]):
        assert without_token(parsed, [token.encode()]) == parsed


@pytest.mark.parametrize(
    "text",
    [
        '{"company_id": 5, "data": {"title": "\\u0421\\u043f\\u0430", "url": "https:\\/\\/a.example\\/1"}}',
        "{}",
    ],
)
def test_an_ordinary_body_is_seen_to_hold_none(text: str) -> None:
    assert not may_hold_token(parse_json_object(text.encode()), text, [TOKEN])


def test_digest_tells_every_byte_apart() -> None:
    assert digest(b"{}") == hashlib.sha256(b"{}").digest()
    assert digest(b"{}") != digest(b"{} ")
