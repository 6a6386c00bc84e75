"""What a partner may send, field by field."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from gateway.sandbox import validation
from gateway.sandbox.validation import Invalid, validate

ACTIVATION = {"salon_id": 1, "application_id": 2}
PAYMENT = ACTIVATION | {
    "payment_sum": Decimal("990.99"),
    "currency_iso": "RUB",
    "payment_date": "2026-01-01 10:00:00",
    "period_from": "2026-01-01 00:00:00",
    "period_to": "2026-01-31 23:59:59",
}


def refused(body: Any, schema: validation.Schema) -> list[str]:
    with pytest.raises(Invalid) as caught:
        validate(body, schema)
    return [error["field"] for error in caught.value.errors]


def test_the_smallest_activation_is_enough() -> None:
    assert validate(ACTIVATION, validation.ACTIVATION) == ACTIVATION


def test_every_documented_field_of_an_activation_is_taken() -> None:
    body = ACTIVATION | {
        "api_key": "0f" * 16,
        "webhook_urls": ["https://gateway.example/webhook/yclients/k"],
        "channels": ["sms", "whatsapp"],
        "chat_url": "https://x",
        "tips_url": "https://x",
        "login": "x",
        "secret_key": "y",
    }
    assert validate(body, validation.ACTIVATION) == body


@pytest.mark.parametrize("wrong", [None, [], "x", 5, True])
def test_a_body_that_is_no_object_is_refused(wrong: Any) -> None:
    assert refused(wrong, validation.ACTIVATION) == ["body"]


@pytest.mark.parametrize("wrong", ["1", 1.5, Decimal("1.0"), True, 0, -1, 2**31, [1], {}, None])
@pytest.mark.parametrize("field", ["salon_id", "application_id"])
def test_ids_are_positive_numbers_and_nothing_like_them(field: str, wrong: Any) -> None:
    assert refused(ACTIVATION | {field: wrong}, validation.ACTIVATION) == [field]


def test_every_wrong_field_is_named_at_once() -> None:
    assert refused({"api_key": 1.5}, validation.ACTIVATION) == ["salon_id", "application_id", "api_key"]


@pytest.mark.parametrize("good", ["k", "k" * 255, 123456])
def test_an_api_key_is_a_text_or_a_number(good: Any) -> None:
    assert validate(ACTIVATION | {"api_key": good}, validation.ACTIVATION)["api_key"] == good


@pytest.mark.parametrize("wrong", ["", "k" * 256, True, ["k"], Decimal("1.5")])
def test_an_api_key_is_nothing_else(wrong: Any) -> None:
    assert refused(ACTIVATION | {"api_key": wrong}, validation.ACTIVATION) == ["api_key"]


@pytest.mark.parametrize(
    "good",
    [
        [],
        ["https://a.example/w"],
        ["http://127.0.0.1:8080/w", "http://localhost/w", "http://[::1]:8080/w"],
        [f"https://a.example/{number}" for number in range(10)],
    ],
)
def test_webhook_addresses_are_https_or_loopback(good: list[str]) -> None:
    assert validate(ACTIVATION | {"webhook_urls": good}, validation.ACTIVATION)["webhook_urls"] == good


@pytest.mark.parametrize(
    "wrong",
    [
        "https://a.example/w",
        {},
        ["http://a.example/w"],
        ["http://127.0.0.1.evil.example/w"],
        ["ftp://127.0.0.1/w"],
        ["https://"],
        ["https://a.example:99999/w"],
        [5],
        ["https://a.example/w", "https://a.example/w"],
        [f"https://a.example/{number}" for number in range(11)],
        ["https://a.example/" + "x" * 3000],
    ],
)
def test_other_webhook_addresses_are_refused(wrong: Any) -> None:
    assert refused(ACTIVATION | {"webhook_urls": wrong}, validation.ACTIVATION) == ["webhook_urls"]


@pytest.mark.parametrize("wrong", [["telegram"], "sms", [1], {}])
def test_channels_are_the_two_known_ones(wrong: Any) -> None:
    assert refused(ACTIVATION | {"channels": wrong}, validation.ACTIVATION) == ["channels"]


def test_the_redirect_variant_knows_no_channels() -> None:
    assert validation.unknown_fields(ACTIVATION | {"channels": ["sms"]}, validation.ACTIVATION_REDIRECT) == [
        "channels"
    ]
    assert validation.unknown_fields("text", validation.ACTIVATION) == []


def test_a_whole_payment_is_taken() -> None:
    assert validate(PAYMENT, validation.PAYMENT) == PAYMENT
    assert len(validation.period(PAYMENT)) == 3


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("payment_sum", "990"),
        ("payment_sum", -1),
        ("payment_sum", True),
        ("payment_sum", None),
        ("payment_sum", 10**13),
        ("currency_iso", "rub"),
        ("currency_iso", "RUBL"),
        ("currency_iso", 643),
        ("payment_date", "2026-01-01"),
        ("payment_date", "2026-02-30 00:00:00"),
        ("period_from", "2026-01-01T00:00:00Z"),
        ("period_to", 1767225600),
    ],
)
def test_a_payment_with_one_wrong_field_is_refused(field: str, wrong: Any) -> None:
    assert refused(PAYMENT | {field: wrong}, validation.PAYMENT) == [field]


def test_a_period_does_not_end_before_it_begins() -> None:
    with pytest.raises(Invalid, match="period_to"):
        validation.period(PAYMENT | {"period_to": "2025-12-31 00:00:00"})


@pytest.mark.parametrize("wrong", [[], ["x"] * 21, ["Ёлка"], [""], "AI", [5], [" x"]])
def test_short_names_are_one_to_twenty_in_latin(wrong: Any) -> None:
    assert refused(ACTIVATION | {"short_names": wrong}, validation.SHORT_NAMES) == ["short_names"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"salon_ids": []},
        {"salon_ids": [1] * 1001},
        {"salon_ids": ["1"]},
        {"salon_ids": 1},
        {"discount": 101},
        {"discount": "5"},
        {"discount": -1},
    ],
)
def test_a_discount_needs_ids_and_a_percentage(wrong: dict[str, Any]) -> None:
    good = {"salon_ids": [1], "application_id": 2, "discount": Decimal("15.55")}
    assert refused(good | wrong, validation.DISCOUNT) == list(wrong)


@pytest.mark.parametrize("wrong", [{"channel_slug": "email"}, {"channel_slug": 1}, {"is_available": 1}])
def test_a_channel_is_known_and_switched_by_a_boolean(wrong: dict[str, Any]) -> None:
    good = ACTIVATION | {"channel_slug": "sms", "is_available": False}
    assert refused(good | wrong, validation.CHANNEL) == list(wrong)


@pytest.mark.parametrize("text", ["0", "15.55", "100"])
def test_a_percentage_in_a_query_is_a_number_up_to_a_hundred(text: str) -> None:
    assert validation.percent_text(text) is None


@pytest.mark.parametrize("text", ["101", "-1", "x", "NaN", "Infinity", ""])
def test_any_other_percentage_in_a_query_is_refused(text: str) -> None:
    assert validation.percent_text(text) is not None


@pytest.mark.parametrize("host", ["localhost", "127.9.9.9", "::1"])
def test_this_machine_is_loopback(host: str) -> None:
    assert validation.is_loopback(host)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "10.0.0.1", "localhost.evil.example", "127.0.0.1.evil.example", ""]
)
def test_nobody_else_is_loopback(host: str) -> None:
    assert not validation.is_loopback(host)
