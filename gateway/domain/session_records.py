"""What is kept of a WhatsApp session: one row a salon, the events of its story, the messages it was asked to send.

Nothing here is readable without the data key except what staff may see: names ending in `_sealed` hold sealed
bytes, phones appear only masked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.vocabulary import PairingMethod, PasskeyStage, WhatsappState


class Desired(StrEnum):
    """What the product wants of a session; its owner works until the state agrees."""

    RUNNING = "running"
    STOPPED = "stopped"
    REMOVED = "removed"


class SendStatus(StrEnum):
    """How far one message has come. A message found in `sending` by a new owner becomes `unknown`."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


class ReceiptKind(StrEnum):
    """What became of a message we sent."""

    DELIVERED = "delivered"
    READ = "read"
    PLAYED = "played"


RECEIVED = "received"
"""What is known of a message that came in, beside the kinds of receipts for those that went out."""


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A message that reached the salon, as the engine reports it. `text` is None for what is not text."""

    message_id: str
    sender: str = field(repr=False)
    """The sender's WhatsApp address (jid)."""

    at: datetime
    text: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class MessageReceipt:
    """WhatsApp's word on messages we sent, by their ids."""

    message_ids: tuple[str, ...]
    kind: ReceiptKind
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """One salon's session as it is committed.

    `generation`, `last_seq` and `version` never go back for a salon, not even when the session is removed and made
    again: an engine, a reader or a writer of an earlier life is always recognised as old.
    """

    salon_id: int
    adapter: str
    desired: Desired
    state: WhatsappState
    since: datetime
    created_at: datetime

    version: int = 0
    """Changed by every write; a writer names the version it read."""

    generation: int = 0
    """The engine start that is wanted now; each start takes a new one."""

    engine_generation: int = 0
    """The newest generation an engine was started for; behind `generation` while a start is asked for."""

    last_seq: int = 0
    """Number of the session's newest event; the next one is one more."""

    method: PairingMethod = PairingMethod.QR
    pairing_started_at: datetime | None = None
    """When the owner last asked to link; the pairing window counts from here."""

    qr_sealed: bytes | None = field(default=None, repr=False)
    qr_seq: int = 0
    qr_issued_at: datetime | None = None
    qr_expires_at: datetime | None = None

    code_sealed: bytes | None = field(default=None, repr=False)
    code_phone_sealed: bytes | None = field(default=None, repr=False)
    code_phone_masked: str | None = None
    code_issued_at: datetime | None = None
    code_expires_at: datetime | None = None
    code_requests: int = 0
    """How many pairing codes were asked for; one is open while it exceeds `code_answers`."""

    code_answers: int = 0
    code_error: str | None = None
    """Why the newest answered request got no code; None when it got one."""

    code_requested_at: tuple[datetime, ...] = ()
    """Times of the last hour's requests, oldest first."""

    credentials_sealed: bytes | None = field(default=None, repr=False)
    account_sealed: bytes | None = field(default=None, repr=False)
    account_phone_masked: str | None = None
    linked_at: datetime | None = None
    """When these credentials first reached `connected`."""

    passkey_stage: PasskeyStage | None = None
    passkey_expires_at: datetime | None = None
    """How far the passkey step is and how long it is waited for; None outside `awaiting_passkey`."""

    earlier_account_sealed: bytes | None = field(default=None, repr=False)
    earlier_phone_masked: str | None = None
    """The account the salon had before the present link; kept until it is known that it is the same, or a person
    says that the change is meant."""

    expected_phone_masked: str | None = None
    """The number that was expected where another one has linked; set while people are asked which is right."""

    unlink: bool = False
    """Whether the linked device is to be taken off the phone and forgotten before the next engine starts."""

    error: str | None = None
    error_at: datetime | None = None
    banned_until: datetime | None = None
    engine_version: str | None = None
    """The engine that was refused as outdated."""

    needs_owner_at: datetime | None = None
    """From when on some process must own the session; None while it rests."""

    lease_owner: str | None = None
    lease_epoch: int = 0
    lease_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to own one session: whose it is and its number, which no other lease of the row has or had."""

    owner: str
    epoch: int


@dataclass(frozen=True, slots=True)
class SessionEvent:
    """One step of a session's story. `data` is JSON and holds no QR text, code, phone in clear or name."""

    salon_id: int
    seq: int
    generation: int
    type: str
    at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event with its position in the log of all events; positions follow the order of commits."""

    position: int
    event: SessionEvent


@dataclass(frozen=True, slots=True)
class MessageBatch:
    """What an engine reported of messages: `kind` is `received` or a receipt's kind.

    `event` makes the event of those that are new, which have its place in the log of all events.
    """

    kind: str
    message_ids: tuple[str, ...]
    at: datetime
    event: Callable[[Sequence[str]], SessionEvent]
    content_sealed: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRecord:
    """One message a session was asked to send, known by the caller's own reference."""

    salon_id: int
    client_ref: str
    status: SendStatus
    at: datetime
    payload_sealed: bytes | None = field(default=None, repr=False)
    """Recipient and text; wiped when the message is settled."""

    message_id: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class QrTicket:
    """A QR that can be scanned until `expires_at`; its text is a secret of the salon."""

    text: str = field(repr=False)
    seq: int
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class CodeTicket:
    """A pairing code (`ABCD-1234`) that can be entered until `expires_at`; a secret of the salon."""

    code: str = field(repr=False)
    phone_masked: str
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSnapshot:
    """One session as it may be shown; read from the row alone, so it is right even when no engine lives."""

    salon_id: int
    session_id: str
    state: WhatsappState
    since: datetime
    desired: Desired
    generation: int
    last_seq: int
    method: PairingMethod
    phone_masked: str | None = None
    """The linked phone, or None while there is none."""

    linked_at: datetime | None = None
    qr: QrTicket | None = None
    pairing_code: CodeTicket | None = None
    pairing_until: datetime | None = None
    """Until when new QRs follow by themselves; None outside pairing."""

    error: str | None = None
    banned_until: datetime | None = None
    passkey_stage: PasskeyStage | None = None
    passkey_until: datetime | None = None
    expected_phone_masked: str | None = None
    """The number that was expected, while it is asked whether another one was linked on purpose."""

    @property
    def is_connected(self) -> bool:
        """Whether messages can be sent now."""
        return self.state is WhatsappState.CONNECTED


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message WhatsApp has taken."""

    message_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class EngineCondition:
    """What an engine says of itself: its own word, whether it can send, and the memory of its own process in bytes."""

    state: str
    is_open: bool
    memory_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Removal:
    """What became of a removed session: `unlinked` is False when the phone still lists our device."""

    unlinked: bool
