"""Sealing what a session's row keeps secret, each value bound to its salon and its purpose."""

from __future__ import annotations

import json
from typing import Protocol

from gateway.domain.phones import mask_phone, split_jid
from gateway.domain.session_records import InboundMessage
from gateway.whatsapp.changes import PhoneForCode, SealedLink
from gateway.whatsapp.engine import Account

_UNKNOWN_PHONE = "***"


class Sealer(Protocol):
    """Encrypts small values under the data key, bound to a context."""

    def seal(self, plain: bytes, context: str) -> bytes:
        """Return `plain` sealed."""

    def open(self, sealed: bytes, context: str) -> bytes:
        """Return what was sealed. Raises an error of its own when that cannot be."""


class BrokenSealError(Exception):
    """A sealed value does not open: its key is gone or its bytes are damaged."""


class SessionSeals:
    """Seals and opens the secrets of session rows."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def require(self) -> None:
        """Make sure that something can be sealed at all; raises the sealer's own error when it has no key."""
        self._sealer.seal(b"", "whatsapp_session")

    def seal_qr(self, salon_id: int, text: str) -> bytes:
        """Seal a QR's text."""
        return self._sealer.seal(text.encode(), _context(salon_id, "qr"))

    def open_qr(self, salon_id: int, sealed: bytes) -> str:
        """Return a QR's text. Raises BrokenSealError."""
        return self._open(sealed, salon_id, "qr").decode()

    def seal_code(self, salon_id: int, code: str) -> bytes:
        """Seal a pairing code."""
        return self._sealer.seal(code.encode(), _context(salon_id, "code"))

    def open_code(self, salon_id: int, sealed: bytes) -> str:
        """Return a pairing code. Raises BrokenSealError."""
        return self._open(sealed, salon_id, "code").decode()

    def phone_for_code(self, salon_id: int, digits: str) -> PhoneForCode:
        """Return a phone in the forms a request for a code keeps."""
        sealed = self._sealer.seal(digits.encode(), _context(salon_id, "phone"))
        return PhoneForCode(mask_phone(digits), sealed, lambda other: self._is_phone(salon_id, other, digits))

    def open_phone(self, salon_id: int, sealed: bytes) -> str:
        """Return the digits of the phone a code was asked for. Raises BrokenSealError."""
        return self._open(sealed, salon_id, "phone").decode()

    def seal_link(self, salon_id: int, credentials: bytes, account: Account) -> SealedLink:
        """Seal what pair-success brought."""
        sealed = self._sealer.seal(credentials, _context(salon_id, "credentials"))
        digits = phone_of(account)
        return SealedLink(
            sealed, self.seal_account(salon_id, account), masked_phone(account),
            lambda other: digits is None or self._is_phone(salon_id, other, digits),
            lambda other: digits is None or self._is_of_phone(salon_id, other, digits),
        )  # fmt: skip

    def open_credentials(self, salon_id: int, sealed: bytes) -> bytes:
        """Return the engine's credentials. Raises BrokenSealError."""
        return self._open(sealed, salon_id, "credentials")

    def seal_account(self, salon_id: int, account: Account) -> bytes:
        """Seal the account behind a session."""
        plain = json.dumps({"jid": account.jid, "name": account.name})
        return self._sealer.seal(plain.encode(), _context(salon_id, "account"))

    def open_account(self, salon_id: int, sealed: bytes) -> Account:
        """Return the account behind a session. Raises BrokenSealError."""
        fields = json.loads(self._open(sealed, salon_id, "account"))
        return Account(fields["jid"], fields["name"])

    def seal_message(self, salon_id: int, to: str, text: str) -> bytes:
        """Seal a message that waits to be sent."""
        return self._sealer.seal(json.dumps([to, text]).encode(), _context(salon_id, "message"))

    def open_message(self, salon_id: int, sealed: bytes) -> tuple[str, str]:
        """Return recipient and text of a message. Raises BrokenSealError."""
        to, text = json.loads(self._open(sealed, salon_id, "message"))
        return to, text

    def seal_content(self, salon_id: int, message: InboundMessage) -> bytes:
        """Seal who wrote a message that came in, and what."""
        plain = json.dumps([message.sender, message.text])
        return self._sealer.seal(plain.encode(), _context(salon_id, "inbound"))

    def open_content(self, salon_id: int, sealed: bytes) -> tuple[str, str | None]:
        """Return sender and text of a message that came in. Raises BrokenSealError."""
        sender, text = json.loads(self._open(sealed, salon_id, "inbound"))
        return sender, text

    def _is_of_phone(self, salon_id: int, sealed: bytes, digits: str) -> bool:
        """Whether a sealed account has this number; one that hides its number or does not open is not doubted."""
        try:
            other = phone_of(self.open_account(salon_id, sealed))
        except BrokenSealError:
            return True
        return other is None or other == digits

    def _is_phone(self, salon_id: int, sealed: bytes, digits: str) -> bool:
        try:
            return self.open_phone(salon_id, sealed) == digits
        except BrokenSealError:
            return False

    def _open(self, sealed: bytes, salon_id: int, purpose: str) -> bytes:
        try:
            return self._sealer.open(sealed, _context(salon_id, purpose))
        except Exception as error:  # the sealer's own error, whose class this layer does not know
            raise BrokenSealError(purpose) from error


def masked_phone(account: Account) -> str:
    """Return the account's phone as people may see it; stars alone when its address hides the number."""
    phone = phone_of(account)
    return mask_phone(phone) if phone is not None else _UNKNOWN_PHONE


def phone_of(account: Account) -> str | None:
    """Return the digits of the account's phone; None when its address hides the number."""
    try:
        return split_jid(account.jid).phone
    except ValueError:
        return None


def _context(salon_id: int, purpose: str) -> str:
    return f"whatsapp_session:{salon_id}:{purpose}"
