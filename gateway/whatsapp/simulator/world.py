"""The pretended server and its phones: who is linked, who is banned, what was sent.

It forgets everything with its process, as a toy may. Credentials it does not know are therefore good, unless it
remembers that their device was taken off the phone.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Protocol

from gateway.application.ports import Clock
from gateway.domain.session_records import ReceiptKind
from gateway.domain.sessions import CloseCause, SessionFault
from gateway.whatsapp.engine import Account
from shared.vocabulary import PasskeyStage, session_id_of

CODE_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTVWXYZ"
"""What pairing codes are made of: no 0, I, O, U."""

CODE_LENGTH = 8
_KEY_PARTS = 5


@dataclass(frozen=True, slots=True)
class SimulatedMessage:
    """One message that reached WhatsApp."""

    salon_id: int
    to: str = field(repr=False)
    text: str = field(repr=False)
    message_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Device:
    """One linked device: what its credentials say."""

    device_id: str
    account: Account

    def to_bytes(self) -> bytes:
        """Return the credentials."""
        fields = {"device": self.device_id, "jid": self.account.jid, "name": self.account.name}
        return json.dumps(fields).encode()

    @staticmethod
    def from_bytes(credentials: bytes) -> Device:
        """Read credentials."""
        fields = json.loads(credentials)
        return Device(fields["device"], Account(fields["jid"], fields["name"]))


class Connection(Protocol):
    """A client's connection as the server and the phone see it; see `SimulatedEngine` for what each deed does."""

    @property
    def qr(self) -> str | None:
        """The text a phone could scan now."""

    @property
    def device(self) -> Device | None:
        """What it logs in with."""

    @property
    def is_open(self) -> bool:
        """Whether it is logged in."""

    @property
    def is_awaiting_passkey(self) -> bool:
        """Whether its phone was asked for a passkey."""

    async def link(self, phone: str | None) -> None:
        """The phone links the device."""

    async def enter_code(self, code: str | None) -> None:
        """A pairing code is typed."""

    async def passkey(self, stage: PasskeyStage | None = None) -> None:
        """A passkey is demanded, then given."""

    async def receive(self, sender: str, text: str, message_id: str, at: datetime) -> None:
        """Somebody writes to the salon."""

    async def acknowledge(self, message_ids: Sequence[str], kind: ReceiptKind) -> None:
        """Messages of the salon are delivered or read."""

    async def drop(self, seconds: float) -> None:
        """The connection is lost for a while."""

    async def close(self, cause: CloseCause) -> None:
        """The connection ends."""

    async def refuse_login(self) -> None:
        """The connection is lost and the next login refused."""

    async def unlink(self) -> None:
        """The device is removed on the phone."""

    def mute(self) -> None:
        """The client hangs."""


class SimulatedWorld:
    """Everything outside the engines. One may serve several pools, as the real one does."""

    def __init__(self, clock: Clock, *, seed: int = 0) -> None:
        self.clock = clock
        self.outbox: list[SimulatedMessage] = []
        self._sockets: dict[int, list[Connection]] = {}
        self.offline: set[int] = set()
        self.version = 1
        self._seed = seed
        self._numbers: Iterator[int] = count(1)
        self._taken_off: set[str] = set()
        self._banned: dict[int, datetime] = {}
        self._refused_version: dict[int, int] = {}
        self._send_faults: dict[str, list[SessionFault]] = {}

    # ------------------------------------------------------------------------------ sockets

    def accept(self, salon_id: int, client: Connection) -> None:
        """A client has connected."""
        self._sockets.setdefault(salon_id, []).append(client)

    def hang_up(self, salon_id: int, client: Connection) -> None:
        """A client's connection is gone."""
        self._sockets[salon_id] = [other for other in self._sockets.get(salon_id, []) if other is not client]

    def sockets(self, salon_id: int) -> Sequence[Connection]:
        """Return a salon's connections, oldest first; more than one means that two clients fight."""
        return tuple(self._sockets.get(salon_id, ()))

    # ------------------------------------------------------------------------------ texts and names

    def qr_text(self, salon_id: int, generation: int, seq: int) -> str:
        """Return the text of a QR: always the same for the same arguments, as long as a real one."""
        name = f"{session_id_of(salon_id)}:{generation}:{seq}"
        parts = [self._digest(f"qr:{name}:{part}") for part in range(_KEY_PARTS)]
        keys = ",".join(base64.b64encode(part[:28]).decode() for part in parts)
        return f"SIM:{name},{keys}"

    def code(self, salon_id: int, generation: int) -> str:
        """Return a new pairing code's eight symbols."""
        symbols = self._digest(f"code:{salon_id}:{generation}:{next(self._numbers)}")[:CODE_LENGTH]
        return "".join(CODE_ALPHABET[symbol % len(CODE_ALPHABET)] for symbol in symbols)

    def new_device(self, salon_id: int, phone: str | None) -> Device:
        """Return a device as a phone links it: the given phone, else the salon's own."""
        number = next(self._numbers)
        device_id = self._digest(f"device:{salon_id}:{number}").hex()[:24]
        digits = phone or self.phone_of(salon_id)
        return Device(device_id, Account(f"{digits}:{number % 90 + 1}@s.whatsapp.net", f"Salon {salon_id}"))

    def phone_of(self, salon_id: int) -> str:
        """Return the digits of the phone that lies in a salon."""
        return f"7999{salon_id % 10**7:07d}"

    def message_id(self, salon_id: int, client_ref: str) -> str:
        """Return WhatsApp's id of a message."""
        return "3EB0" + self._digest(f"message:{salon_id}:{client_ref}").hex()[:18].upper()

    # ------------------------------------------------------------------------------ what the server knows

    def take_off(self, device: Device) -> None:
        """The device is removed on the phone: it may never log in again."""
        self._taken_off.add(device.device_id)

    def is_taken_off(self, device: Device) -> bool:
        """Whether the device was removed."""
        return device.device_id in self._taken_off

    def ban(self, salon_id: int, seconds: float) -> None:
        """Refuse the salon's logins for a while."""
        self._banned[salon_id] = self.clock.now() + timedelta(seconds=seconds)

    def banned_until(self, salon_id: int) -> datetime | None:
        """Return until when logins are refused; None when they are not."""
        until = self._banned.get(salon_id)
        return until if until is not None and self.clock.now() < until else None

    def outdate(self, salon_id: int) -> None:
        """Refuse the salon the present version of the client."""
        self._refused_version[salon_id] = self.version

    def is_outdated(self, salon_id: int) -> bool:
        """Whether the client is too old for the salon."""
        return self._refused_version.get(salon_id) == self.version

    def inbound_id(self, salon_id: int) -> str:
        """Return the id of a new message that somebody writes to a salon."""
        return "3A" + self._digest(f"inbound:{salon_id}:{next(self._numbers)}").hex()[:18].upper()

    def script_send_faults(self, to: str, *faults: SessionFault) -> None:
        """Let the next sends to a phone fail like this, one after another."""
        self._send_faults.setdefault(to, []).extend(faults)

    def next_send_fault(self, to: str) -> SessionFault | None:
        """Return how the next send to a phone fails, None when it does not."""
        faults = self._send_faults.get(to)
        return faults.pop(0) if faults else None

    def _digest(self, text: str) -> bytes:
        return hashlib.sha256(f"{self._seed}:{text}".encode()).digest()
