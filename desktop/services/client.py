"""The line to the gateway: the admin socket with its reconnects, and operations that happen exactly once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from desktop.model.clock import Clock
from shared import admin_wire as wire
from shared.protocol import Operation
from shared.wire import WireRecord

I = TypeVar("I", bound=WireRecord)  # noqa: E741  the input
O = TypeVar("O", bound=WireRecord)  # noqa: E741  the output


@dataclass(frozen=True, slots=True)
class Credentials:
    """Where to connect and with what. Never printed."""

    url: str
    token: str

    def __repr__(self) -> str:
        return f"Credentials({self.url!r})"


class Listener(Protocol):
    """Who is told what comes by itself; called on the asyncio thread, in the order it came."""


class GatewayClient:
    """One connection to one gateway, kept up until it is closed."""

    def __init__(self, clock: Clock, listener: Listener) -> None:
        self._clock = clock

    async def connect(self, credentials: Credentials) -> wire.Welcome:
        """Connect; raises ConnectFailedError when the first try fails."""
        raise ConnectionError

    async def close(self) -> None:
        """Close the connection and forget the token."""

    def wake(self) -> None:
        """Try again now, instead of waiting: the network is back, or a person asked."""

    async def call(
        self,
        operation: Operation[I, O],
        given: I,
        *,
        idempotency_key: str | None = None,
        timeout_s: float = 15.0,
    ) -> O:
        """Ask for an operation and return its answer."""
        raise ConnectionError


Post = Callable[[Callable[[], Any]], None]
