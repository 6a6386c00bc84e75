"""What the pool's suite needs around a pool: time, phones, and processes that can be killed."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol, TypeVar

from gateway.domain.session_records import ReceiptKind, SessionSnapshot
from gateway.domain.sessions import SessionFault
from gateway.whatsapp.port import SessionPool
from shared.vocabulary import PasskeyStage, WhatsappState

Value = TypeVar("Value")


class PhoneDriver(Protocol):
    """WhatsApp's side of a session: what its phone, the server or bad luck can do to it.

    Each deed returns once the pool has taken it in, and raises GatewayError when it cannot be done now.
    """

    async def scan(self, salon_id: int, phone: str | None = None) -> None:
        """The phone scans the QR on show."""

    async def enter_code(self, salon_id: int, code: str | None = None) -> None:
        """The phone's owner types a pairing code; None: the valid one."""

    async def passkey(self, salon_id: int, stage: PasskeyStage = PasskeyStage.CHALLENGE) -> None:
        """A passkey is demanded; the second time it is given, or its confirmation demanded (stage `confirm`)."""

    async def writes(
        self, salon_id: int, text: str = "hello", *, message_id: str | None = None, ago_s: float = 0
    ) -> None:
        """Somebody writes to the salon; a `message_id` that was used before means that the engine repeats itself."""

    async def receipt(self, salon_id: int, message_id: str, kind: ReceiptKind) -> None:
        """A message of the salon was delivered or read."""

    async def reject(self, salon_id: int) -> None:
        """The pairing fails for good."""

    async def drop(self, salon_id: int, seconds: float = 1.0) -> None:
        """The connection is lost for a while."""

    async def replace(self, salon_id: int) -> None:
        """The account is opened elsewhere with the same credentials."""

    async def unlink(self, salon_id: int) -> None:
        """Our device is taken off the phone."""

    async def ban(self, salon_id: int, seconds: float) -> None:
        """WhatsApp refuses the account for a while."""

    async def outdated(self, salon_id: int) -> None:
        """WhatsApp refuses this version of the client."""

    async def upgrade(self, salon_id: int) -> None:
        """The client becomes another version."""

    async def crash(self, salon_id: int) -> None:
        """The engine dies."""

    async def mute(self, salon_id: int) -> None:
        """The engine hangs."""

    async def offline(self, salon_id: int) -> None:
        """WhatsApp cannot be reached any more."""

    async def online(self, salon_id: int) -> None:
        """WhatsApp can be reached again."""

    def phone_of(self, salon_id: int) -> str:
        """Return the digits of the salon's own phone."""

    def sockets(self, salon_id: int) -> int:
        """Return how many connections the server sees."""

    def received(self, salon_id: int) -> Sequence[tuple[str, str]]:
        """Return the messages that arrived, as (to, text)."""

    def refuse_sends(self, to: str, *faults: SessionFault) -> None:
        """Let the next messages to a phone fail."""


class PoolBench(Protocol):
    """A world with a store, in which any number of processes run a pool."""

    @property
    def phone(self) -> PhoneDriver:
        """The other side."""

    async def process(
        self, owner: str, *, is_owning: bool = True, send_per_minute: int = 30, keeps_text: bool = False
    ) -> SessionPool:
        """Start a process with a pool; `is_owning` pools are restored."""

    async def kill(self, owner: str) -> None:
        """End a process as SIGKILL does, and let the others know."""

    async def cut_off(self, owner: str) -> None:
        """Take the database away from one process; it goes on running."""

    async def reconnect(self, owner: str) -> None:
        """Give the database back to it."""

    async def advance(self, seconds: float) -> None:
        """Let time pass."""

    async def drive(self, work: Coroutine[Any, Any, Value], *, at_most_s: float = 60.0) -> Value:
        """Return what `work` returns, letting time pass while it waits."""

    async def stored_secrets(self) -> bytes:
        """Return all that is stored anywhere, as bytes, to look for secrets in."""

    async def is_in(
        self, pool: SessionPool, salon_id: int, *states: WhatsappState, at_most_s: float = 60.0
    ) -> SessionSnapshot:
        """Let time pass until the session is in one of these states, and return it."""

    async def until(
        self,
        pool: SessionPool,
        salon_id: int,
        is_so: Callable[[SessionSnapshot], bool],
        *,
        at_most_s: float = 60.0,
    ) -> SessionSnapshot:
        """Let time pass until a fact holds of the session, and return it."""
