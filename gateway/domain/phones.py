"""Phone numbers and WhatsApp addresses: what a person typed, what may be shown, what an engine reports."""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers

from gateway.domain.errors import GatewayError

MAX_TYPED_CHARS = 64

_PHONE_SERVERS = frozenset({"s.whatsapp.net", "c.us"})
_ALLOWED = re.compile(r"[+]?[\d\s().\-\u2010-\u2015\u2212/]+")
_JID = re.compile(r"([0-9A-Za-z_-]{1,64})(?:\.[0-9]{1,3})?(?::([0-9]{1,5}))?@([a-z][a-z0-9.]{0,62})")
_PHONE_DIGITS = re.compile(r"[1-9][0-9]{6,14}")
_HIDDEN = "***"


class InvalidPhoneError(GatewayError):
    """What was typed is not a phone number that WhatsApp could know."""

    def __init__(self) -> None:
        super().__init__("invalid_phone")


@dataclass(frozen=True, slots=True)
class Jid:
    """A WhatsApp address: user, number of one of its devices, and the server that says what `user` is."""

    user: str
    device: int | None
    server: str

    @property
    def phone(self) -> str | None:
        """The phone's digits, or None when the address hides it (a LID, a group, a newsletter)."""
        if self.server in _PHONE_SERVERS and _PHONE_DIGITS.fullmatch(self.user):
            return self.user
        return None


def normalise_phone(text: str) -> str:
    """Return the international digits without a plus of a number a person typed.

    Russian habits are understood (`8 999…`, `999…` without a country); anything else needs its country code.
    Raises InvalidPhoneError.
    """
    typed = text.strip()
    if len(typed) > MAX_TYPED_CHARS or _ALLOWED.fullmatch(typed) is None:
        raise InvalidPhoneError
    digits = _international(_ascii_digits(typed), has_plus=typed.startswith("+"))
    if _PHONE_DIGITS.fullmatch(digits) is None:
        raise InvalidPhoneError
    try:
        number = phonenumbers.parse(f"+{digits}", None)
    except phonenumbers.NumberParseException:
        raise InvalidPhoneError from None
    if not _has_full_length(number, digits):
        raise InvalidPhoneError
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164).removeprefix("+")


def mask_phone(digits: str) -> str:
    """Return the number as people may see it: country code and at most the last four digits."""
    known = digits.removeprefix("+")
    if _PHONE_DIGITS.fullmatch(known) is None:
        return _HIDDEN
    country = _country_code(known)
    national = known[len(country) :]
    if len(national) < 7:
        return f"+{country} {_HIDDEN}"
    return f"+{country} *** ***-{national[-4:-2]}-{national[-2:]}"


def split_jid(jid: str) -> Jid:
    """Split `user`, `user:device` or `user.agent:device` at a server. Raises ValueError for anything else."""
    match = _JID.fullmatch(jid)
    if match is None:
        raise ValueError("not a WhatsApp address")
    user, device, server = match.groups()
    return Jid(user, int(device) if device is not None else None, server)


def _has_full_length(number: phonenumbers.PhoneNumber, digits: str) -> bool:
    """Whether a subscriber's number can be that long; the 14-digit service numbers of +7 are never meant."""
    if number.country_code == 7 and len(digits) != 11:
        return False
    reason = phonenumbers.is_possible_number_with_reason(number)
    return bool(reason == phonenumbers.ValidationResult.IS_POSSIBLE)


def _ascii_digits(text: str) -> str:
    return "".join(str(int(char)) for char in text if char.isdecimal())


def _international(digits: str, *, has_plus: bool) -> str:
    """Put the country code in front where the writing implies one.

    No country code begins with 89, so `+8 9xx` is a Russian number written by habit.
    """
    if len(digits) == 11 and digits.startswith("8") and (not has_plus or digits.startswith("89")):
        return "7" + digits[1:]
    if has_plus:
        return digits
    if len(digits) == 10 and digits.startswith("9"):
        return "7" + digits
    return digits.removeprefix("00")


def _country_code(digits: str) -> str:
    for length in (1, 2, 3):
        if int(digits[:length]) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            return digits[:length]
    return ""
