"""Reading a call before any check: leniently, and never by failing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.sandbox.calls import Call, NotJson, as_id, query_of
from gateway.sandbox.operations import OPERATIONS
from gateway.sandbox.partner_rules import credentials

BY_NAME = {operation.name: operation for operation in OPERATIONS}


def call_of(
    operation: str, *, body: bytes = b"", query: dict[str, str] | None = None, **arguments: str
) -> Call:
    return Call(BY_NAME[operation], "GET", "/x", query or {}, {}, body, arguments, "127.0.0.1")


@pytest.mark.parametrize(("text", "number"), [("5", 5), ("0", 0), ("007", 7)])
def test_an_id_is_a_short_run_of_plain_digits(text: str, number: int) -> None:
    assert as_id(text) == number


@pytest.mark.parametrize("text", ["", "-1", "1.0", "٣", "9" * 5000, "0x1", " 1"])
def test_nothing_else_is_an_id(text: str) -> None:
    assert as_id(text) is None


def test_the_salon_is_found_where_the_call_names_it() -> None:
    assert call_of("status", salon_id="5", application_id="7").salon_id() == 5
    assert call_of("payment_link", query={"salon_id": "6"}).salon_id() == 6
    assert call_of("callback", body=b'{"salon_id": 8}').salon_id() == 8
    assert call_of("callback", body=b'{"salon_id": "9"}').salon_id() == 9
    assert call_of("tariffs", body=b'{"salon_id": 8}').salon_id() is None


@given(st.binary(max_size=200))
def test_no_body_breaks_the_search_for_the_salon(body: bytes) -> None:
    found = call_of("callback", body=body).salon_id()
    assert found is None or found >= 0


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 20_000, b'{"a": NaN}', b'{"a": Infinity}'])
def test_what_is_no_json_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(NotJson):
        call_of("callback", body=body).json()


def test_fractions_are_read_exactly() -> None:
    assert call_of("payment", body=b'{"payment_sum": 990.99}').json() == {"payment_sum": Decimal("990.99")}


def test_of_repeated_query_parameters_the_first_counts() -> None:
    assert query_of(b"page=1&page=2&x=%D0%81&empty=") == {"page": "1", "x": "Ё", "empty": ""}
    assert query_of(b"%ff=1") == {"\ufffd": "1"}


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("Bearer abc", ("abc", "")),
        ("Bearer abc, User def", ("abc", "def")),
        ("Bearer abc,User def", ("abc", "def")),
        ("bearer abc", ("", "")),
        ("Bearer", ("", "")),
        ("Bearer a b", ("", "")),
        ("", ("", "")),
        ("Basic abc", ("", "")),
    ],
)
def test_credentials_are_read_in_the_platforms_form(header: str, found: tuple[str, str]) -> None:
    assert credentials(header) == found


def test_every_operation_is_named_once_and_in_two_languages() -> None:
    assert len({operation.name for operation in OPERATIONS}) == len(OPERATIONS)
    assert len({(operation.method, operation.path) for operation in OPERATIONS}) == len(OPERATIONS)
    assert all(operation.ru and operation.en for operation in OPERATIONS)
