"""Phones as people type them, as they are shown, and as WhatsApp addresses carry them (I-62, I-67)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.phones import InvalidPhoneError, Jid, mask_phone, normalise_phone, split_jid


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("79990009900", "79990009900"),
        ("+79990009900", "79990009900"),
        ("+7 (999) 000-99-00", "79990009900"),
        ("  8 999 000 99 00 ", "79990009900"),
        ("8(999)000-99-00", "79990009900"),
        ("+8 999 000 99 00", "79990009900"),
        ("9990009900", "79990009900"),
        ("+7\N{NO-BREAK SPACE}999\N{EN DASH}000\N{NON-BREAKING HYPHEN}99.00", "79990009900"),
        ("٧٩٩٩٠٠٠٩٩٠٠", "79990009900"),
        ("8 701 000 11 22", "77010001122"),
        ("+375 29 123-45-67", "375291234567"),
        ("998901234567", "998901234567"),
        ("+49 1512 3456789", "4915123456789"),
        ("0049 1512 3456789", "4915123456789"),
        ("+1 202 555 0123", "12025550123"),
        ("+86 138 0013 8000", "8613800138000"),
    ],
)
def test_a_number_is_read_the_way_it_was_meant(typed: str, digits: str) -> None:
    assert normalise_phone(typed) == digits


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "+",
        "123",
        "7999",
        "+1 5550123",
        "799900099001234",
        "7 999 000 99 0",
        "8 999 000 99 000",
        "+0 999 000 99 00",
        "0555123456",
        "+999 123 456 789",
        "7999000990a",
        "phone: 79990009900",
        "79990009900;79990009901",
        "79990009900 ext 5",
        "tel:+79990009900",
        "+7+9990009900",
        "79990009900\x00",
        "<script>",
        "9" * 65,
        "7" * 10_000,
        "²²²²²²²²²²²",
    ],
)
def test_what_no_phone_can_be_is_refused(typed: str) -> None:
    with pytest.raises(InvalidPhoneError) as caught:
        normalise_phone(typed)
    assert caught.value.code == "invalid_phone"
    assert caught.value.params == {}


@given(typed=st.text() | st.text(alphabet="+0123456789 ()-", max_size=20))
def test_any_text_is_a_number_or_an_invalid_phone(typed: str) -> None:
    try:
        digits = normalise_phone(typed)
    except InvalidPhoneError:
        return
    assert re.fullmatch(r"[1-9][0-9]{6,14}", digits)


@given(national=st.from_regex(r"9[0-9]{9}", fullmatch=True))
def test_every_russian_mobile_number_is_the_same_in_every_habit(national: str) -> None:
    written = {
        f"+7{national}",
        f"7{national}",
        f"8{national}",
        national,
        f"8 ({national[:3]}) {national[3:]}",
    }
    assert {normalise_phone(text) for text in written} == {f"7{national}"}
    assert normalise_phone(normalise_phone(national)) == f"7{national}"


@pytest.mark.parametrize(
    ("digits", "shown"),
    [
        ("79990001234", "+7 *** ***-12-34"),
        ("+79990001234", "+7 *** ***-12-34"),
        ("375291234567", "+375 *** ***-45-67"),
        ("12025550123", "+1 *** ***-01-23"),
        ("4915123456789", "+49 *** ***-67-89"),
        ("2901234", "+290 ***"),
        ("", "***"),
        ("1234", "***"),
        ("not a phone", "***"),
        ("123456789012345678", "***"),
    ],
)
def test_a_masked_phone_shows_country_and_last_four_digits(digits: str, shown: str) -> None:
    assert mask_phone(digits) == shown


@given(text=st.text() | st.from_regex(r"[1-9][0-9]{6,14}", fullmatch=True))
def test_a_masked_phone_never_shows_more(text: str) -> None:
    shown = mask_phone(text)
    assert re.fullmatch(r"(\+[0-9]{0,3} )?\*\*\*( \*\*\*-[0-9]{2}-[0-9]{2})?", shown)
    assert sum(char.isdigit() for char in shown.partition(" ")[2]) <= 4


@pytest.mark.parametrize(
    ("jid", "parts", "phone"),
    [
        ("79990009900@s.whatsapp.net", Jid("79990009900", None, "s.whatsapp.net"), "79990009900"),
        ("79990009900:35@s.whatsapp.net", Jid("79990009900", 35, "s.whatsapp.net"), "79990009900"),
        ("79990009900.0:35@s.whatsapp.net", Jid("79990009900", 35, "s.whatsapp.net"), "79990009900"),
        ("79990009900@c.us", Jid("79990009900", None, "c.us"), "79990009900"),
        ("123456789012345@lid", Jid("123456789012345", None, "lid"), None),
        ("123456789012345:2@lid", Jid("123456789012345", 2, "lid"), None),
        ("120363000000000000@g.us", Jid("120363000000000000", None, "g.us"), None),
        ("79990009900-1500000000@g.us", Jid("79990009900-1500000000", None, "g.us"), None),
        ("status@broadcast", Jid("status", None, "broadcast"), None),
        ("123456789012345678@s.whatsapp.net", Jid("123456789012345678", None, "s.whatsapp.net"), None),
        ("abc@s.whatsapp.net", Jid("abc", None, "s.whatsapp.net"), None),
    ],
)
def test_an_address_is_split_and_only_the_phone_server_has_a_phone(
    jid: str, parts: Jid, phone: str | None
) -> None:
    assert split_jid(jid) == parts
    assert split_jid(jid).phone == phone


@pytest.mark.parametrize(
    "jid", ["", "79990009900", "@", "a@", "@lid", "a:b@lid", "a@b@c", "a:@lid", "a b@lid", "a@lid\n"]
)
def test_what_is_no_address_is_refused(jid: str) -> None:
    with pytest.raises(ValueError, match="not a WhatsApp address"):
        split_jid(jid)
