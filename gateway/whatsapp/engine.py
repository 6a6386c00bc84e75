"""What an engine is: one connection to WhatsApp for one start of one session.

The pool makes a new engine for every start and never uses one twice. An engine reports through its sink and waits
for each answer: True means that the report is committed, False that this engine is not wanted any more, after
which it must not go on (a phone whose pairing was answered with False must not be acknowledged).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from gateway.domain.session_records import EngineCondition, InboundMessage, MessageReceipt
from gateway.domain.sessions import CloseCause, SessionFault
from shared.vocabulary import PasskeyStage


class EngineError(Exception):
    """An engine refused or failed. The fault is public; raw text of the engine belongs in the log alone."""

    def __init__(self, fault: SessionFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Account:
    """The WhatsApp account behind a session, as the engine reports it."""

    jid: str = field(repr=False)
    name: str | None = field(default=None, repr=False)


class EngineSink(Protocol):
    """Where an engine reports what happens on its connection."""

    async def qr(self, text: str, lifetime_s: float) -> bool:
        """A new QR is to be shown and can be scanned for that long."""

    async def passkey_required(self, lifetime_s: float, stage: PasskeyStage = PasskeyStage.CHALLENGE) -> bool:
        """The phone's account demands a passkey before it links, or its confirmation; reported for each stage."""

    async def paired(self, credentials: bytes, account: Account) -> bool:
        """The phone has linked us. Acknowledge it only after True: then the credentials are stored."""

    async def restart_required(self) -> bool:
        """WhatsApp asks for a new connection with the credentials (stream error 515): normal after pairing."""

    async def opened(self, account: Account) -> bool:
        """Logged in; messages can be sent."""

    async def reconnecting(self, cause: CloseCause) -> bool:
        """The connection was lost and the engine is bringing it back by itself."""

    async def received(self, message: InboundMessage) -> bool:
        """A message has reached the salon. Acknowledge it only after True; it may be reported more than once."""

    async def receipted(self, receipt: MessageReceipt) -> bool:
        """Messages we sent were delivered or read; may be reported more than once."""

    async def closed(self, cause: CloseCause, until: datetime | None = None) -> bool:
        """The connection is over and the engine with it; `until` is the end of a temporary ban."""


class Engine(Protocol):
    """One connection. Every method may be called at any moment after `start`."""

    async def start(
        self, salon_id: int, generation: int, credentials: bytes | None, sink: EngineSink
    ) -> None:
        """Connect: log in with credentials, or begin to pair without. Returns once it is under way.

        Raises EngineError when it cannot even begin; then nothing is left behind.
        """

    async def stop(self, *, kill: bool) -> None:
        """End the connection and free everything; `kill` without a word to anybody, at once. Never raises."""

    async def request_code(self, phone: str) -> str:
        """Return the eight symbols of a pairing code for a phone's digits; only after the first QR.

        The code lives as long as the connection. Raises EngineError.
        """

    async def logout(self) -> None:
        """Take our device off the phone. Raises EngineError when that did not certainly happen."""

    async def send_text(self, to: str, text: str, client_ref: str) -> str:
        """Send to a phone's digits and return WhatsApp's message id. Raises EngineError."""


@runtime_checkable
class Leavable(Protocol):
    """What an engine also is whose connection lives outside our process: it can be left to the session's next owner."""

    async def leave(self) -> None:
        """Free everything here and let the connection live on. Never raises."""


@runtime_checkable
class Telling(Protocol):
    """What an engine also is that can say how it is, without asking anybody."""

    def condition(self) -> EngineCondition:
        """Say how it is at this moment."""


class Engines(Protocol):
    """Makes engines of one kind."""

    @property
    def name(self) -> str:
        """What the kind is called in rows and settings."""

    @property
    def version(self) -> str:
        """Version of the client; another one may connect where this was refused as outdated."""

    def make(self) -> Engine:
        """Return a fresh engine."""

    async def settle(self, salon_id: int, credentials: bytes | None) -> None:
        """Close what is kept of a resting session outside its row; without credentials destroy it.

        Called whenever a session comes to rest, and before its row goes; idempotent, as a kill repeats it.
        """
