"""Sealing what a row keeps secret."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.whatsapp.engine import Account
from gateway.whatsapp.seals import BrokenSealError, SessionSeals, masked_phone
from tests.contract.simulator_bench import PlainSealer

SEALS = SessionSeals(PlainSealer())


@given(
    text=st.text(st.characters(exclude_categories=["Cs"]), max_size=300), credentials=st.binary(max_size=300)
)
def test_everything_sealed_comes_back(text: str, credentials: bytes) -> None:
    assert SEALS.open_qr(1, SEALS.seal_qr(1, text)) == text
    assert SEALS.open_code(1, SEALS.seal_code(1, text)) == text
    assert SEALS.open_message(1, SEALS.seal_message(1, "79990001122", text)) == ("79990001122", text)
    link = SEALS.seal_link(1, credentials, Account("79990001122:3@s.whatsapp.net", text))
    assert SEALS.open_credentials(1, link.credentials) == credentials
    assert SEALS.open_account(1, link.account) == Account("79990001122:3@s.whatsapp.net", text)


def test_a_value_opens_for_its_salon_and_its_purpose_alone() -> None:
    sealed = SEALS.seal_qr(1, "text")
    with pytest.raises(BrokenSealError):
        SEALS.open_qr(2, sealed)
    with pytest.raises(BrokenSealError):
        SEALS.open_code(1, sealed)


def test_a_broken_seal_does_not_quote_what_it_held() -> None:
    with pytest.raises(BrokenSealError) as broken:
        SEALS.open_credentials(1, b"not sealed, and private")
    assert "private" not in str(broken.value)


def test_a_phone_for_a_code_knows_itself() -> None:
    phone, other = SEALS.phone_for_code(1, "79161234567"), SEALS.phone_for_code(1, "79167654321")
    assert phone.masked == "+7 *** ***-45-67"
    assert SEALS.open_phone(1, phone.sealed) == "79161234567"
    assert phone.matches(phone.sealed)
    assert not phone.matches(other.sealed)
    assert not phone.matches(b"damaged")
    assert not phone.matches(SEALS.phone_for_code(2, "79161234567").sealed)


@pytest.mark.parametrize(
    ("jid", "masked"),
    [
        ("79161234567@s.whatsapp.net", "+7 *** ***-45-67"),
        ("79161234567:35@s.whatsapp.net", "+7 *** ***-45-67"),
        ("79161234567@c.us", "+7 *** ***-45-67"),
        ("152345678901234:35@lid", "***"),
        ("120363012345678901@g.us", "***"),
        ("not an address", "***"),
    ],
)
def test_only_a_phone_s_address_shows_a_phone(jid: str, masked: str) -> None:
    # I-67: a device number is no digit of the phone, and a LID is no phone.
    assert masked_phone(Account(jid)) == masked


def test_an_account_does_not_show_itself() -> None:
    assert "7916" not in repr(Account("79161234567@s.whatsapp.net", "Анна"))
    assert "Анна" not in repr(Account("79161234567@s.whatsapp.net", "Анна"))
