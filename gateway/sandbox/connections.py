"""Dropping a connection without an answer, which no ASGI message can say.

The `send` that an ASGI server passes in is, with Hypercorn, a bound method of the stream, whose own `send`
leads to the connection and so to its transport. `Droppable` keeps a way there in the scope. Under a server
built otherwise the way is not found, and the answer is broken off after its head instead.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

_KEY = "sandbox.transport"
_MAX_HOPS = 8


class Droppable:
    """ASGI middleware: lets a handler inside drop the connection of its own request."""

    def __init__(self, inner: Asgi) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, with the connection's transport in the scope when it can be found."""
        if scope["type"] == "http":
            scope[_KEY] = transport_of(send)
        await self._inner(scope, receive, send)


def transport_of(send: Any) -> Any | None:
    """Return the transport that `send` leads to, or None."""
    for _ in range(_MAX_HOPS):
        owner = getattr(send, "__self__", None)
        writer = getattr(owner, "writer", None)
        if writer is not None:
            return getattr(writer, "transport", None)
        if owner is None:
            return None
        send = getattr(owner, "send", None)
    return None


def drop(scope: Scope) -> bool:
    """Reset the connection of this request at once; False when the server gives no way to it."""
    transport = scope.get(_KEY)
    if transport is None:
        return False
    peer = transport.get_extra_info("socket")
    if peer is not None:
        # Linger of zero seconds turns the close into a reset, which is what a failing proxy does.
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _linger(on=1, seconds=0))
    transport.abort()
    return True


def finish(scope: Scope) -> bool:
    """Close the connection in order, after what was already written; False when there is no way to it."""
    transport = scope.get(_KEY)
    if transport is None:
        return False
    transport.close()
    return True


def gone(scope: Scope) -> bool:
    """Tell whether the caller has left, as far as can be seen."""
    transport = scope.get(_KEY)
    return transport is not None and bool(transport.is_closing())


def _linger(*, on: int, seconds: int) -> bytes:
    return struct.pack("hh" if hasattr(socket, "SO_EXCLUSIVEADDRUSE") else "ii", on, seconds)
