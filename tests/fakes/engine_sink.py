"""A sink that takes what an engine reports and remembers it in words."""

from __future__ import annotations

from datetime import datetime

from gateway.domain.session_records import InboundMessage, MessageReceipt
from gateway.domain.sessions import CloseCause
from gateway.whatsapp.engine import Account
from shared.vocabulary import PasskeyStage


class Notes:
    """A sink that takes everything in and remembers it."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.texts: list[str] = []
        self.credentials: bytes | None = None
        self.until: datetime | None = None
        self.messages: list[InboundMessage] = []
        self.answer = True

    async def qr(self, text: str, lifetime_s: float) -> bool:
        """Note a QR."""
        self.texts.append(text)
        return self._note(f"qr {lifetime_s:g}")

    async def passkey_required(self, lifetime_s: float, stage: PasskeyStage = PasskeyStage.CHALLENGE) -> bool:
        """Note a passkey, and its stage when it is not the first."""
        suffix = "" if stage is PasskeyStage.CHALLENGE else f" {stage}"
        return self._note(f"passkey {lifetime_s:g}{suffix}")

    async def paired(self, credentials: bytes, account: Account) -> bool:
        """Note a pairing."""
        self.credentials = credentials
        return self._note("paired")

    async def restart_required(self) -> bool:
        """Note a restart."""
        return self._note("restart")

    async def opened(self, account: Account) -> bool:
        """Note a login."""
        return self._note("opened")

    async def reconnecting(self, cause: CloseCause) -> bool:
        """Note a loss."""
        return self._note(f"reconnecting {cause}")

    async def received(self, message: InboundMessage) -> bool:
        """Note a message."""
        self.messages.append(message)
        return self._note(f"received {message.message_id}")

    async def receipted(self, receipt: MessageReceipt) -> bool:
        """Note a receipt."""
        return self._note(f"{receipt.kind} {' '.join(receipt.message_ids)}")

    async def closed(self, cause: CloseCause, until: datetime | None = None) -> bool:
        """Note an end."""
        self.until = until
        return self._note(f"closed {cause}")

    def _note(self, what: str) -> bool:
        self.told.append(what)
        return self.answer
