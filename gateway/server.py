"""Hypercorn, set up the way the gateway needs it, on sockets opened beforehand."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Self

from hypercorn.asyncio import serve
from hypercorn.config import Config
from hypercorn.protocol import ws_stream

from gateway.config import split_bind

KEEP_ALIVE_S = 5
GRACE_S = 5
BACKLOG = 1024
MAX_WEBSOCKET_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Listening:
    """Open listening sockets and the address people use."""

    sockets: tuple[socket.socket, ...]
    url: str

    @classmethod
    def open(cls, *binds: str | None) -> Self:
        """Listen on every address given; port 0 takes a free one. Raises OSError when an address is taken."""
        opened: list[socket.socket] = []
        try:
            for bind in binds:
                if bind is not None:
                    opened.append(_listen(*split_bind(bind)))
        except OSError:
            for each in opened:
                each.close()
            raise
        host, port = opened[0].getsockname()[:2]
        return cls(tuple(opened), f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")

    @property
    def address(self) -> str:
        """The first address as HOST:PORT."""
        return self.url.removeprefix("http://")


async def serve_application(
    app: Any,
    listening: Listening,
    shutdown: asyncio.Event,
    before_end: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Serve until `shutdown` is set; requests in hand get a few seconds to finish.

    `before_end` runs first, to send long-lived connections away: else each would take all of those seconds.
    """

    async def told_to_end() -> None:
        await shutdown.wait()
        if before_end is not None:
            await before_end()

    ws_stream.Handshake = _PlainHandshake  # type: ignore[misc]
    config = Config()
    config.bind = [f"fd://{each.detach()}" for each in listening.sockets]  # Hypercorn owns and closes them
    config.keep_alive_timeout = KEEP_ALIVE_S
    config.graceful_timeout = GRACE_S
    config.shutdown_timeout = GRACE_S
    config.websocket_max_message_size = MAX_WEBSOCKET_BYTES
    config.backlog = BACKLOG
    config.include_server_header = False
    config.accesslog = None
    config.errorlog = logging.getLogger("hypercorn.error")
    await serve(app, config, shutdown_trigger=told_to_end)


class _PlainHandshake(ws_stream.Handshake):
    """A WebSocket's handshake that agrees to no compression, for which Hypercorn has no setting.

    Compressing costs each connection three times the memory of everything else about it, and gains little:
    most of a message is a QR's picture, which is compressed already.
    """

    def __init__(self, headers: list[tuple[bytes, bytes]], http_version: str) -> None:
        super().__init__(headers, http_version)
        self.extensions = None


def stop_event() -> asyncio.Event:
    """Return an event that is set by SIGTERM or SIGINT."""
    event = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(name, event.set)
        except NotImplementedError:  # Windows
            signal.signal(name, lambda *_: loop.call_soon_threadsafe(event.set))
    return event


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise OSError(
            f"Адрес {host}:{port} занят или недоступен / cannot listen on {host}:{port}: {error}"
        ) from None
    listening.setblocking(False)
    return listening
