"""The ASGI servers, set up the way the gateway needs them, on sockets opened beforehand.

Hypercorn is the one to run; uvicorn with httptools parses a request in a fraction of the time
(docs/decisions/0010-servers.md). What Hypercorn does of itself about clients that never finish the head of a request,
uvicorn is taught here.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, Self

import hypercorn.asyncio
import hypercorn.config
import uvicorn
from hypercorn.protocol import ws_stream
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.config import HttpServer, split_bind

KEEP_ALIVE_S = 5
GRACE_S = 5
BACKLOG = 1024
MAX_WEBSOCKET_BYTES = 64 * 1024
MAX_HEAD_BYTES = 16 * 1024
"""Of the line and the headers of one request, where its end has not come; Hypercorn's own limit."""


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
    *,
    server: HttpServer = "hypercorn",
) -> None:
    """Serve until `shutdown` is set; requests in hand get a few seconds to finish.

    `before_end` runs first, to send long-lived connections away: else each would take all of those seconds.
    """

    async def told_to_end() -> None:
        await shutdown.wait()
        if before_end is not None:
            await before_end()

    serve_on = _serve_on_uvicorn if server == "uvicorn" else _serve_on_hypercorn
    await serve_on(app, listening, told_to_end)


async def _serve_on_hypercorn(app: Any, listening: Listening, ended: Callable[[], Awaitable[None]]) -> None:
    ws_stream.Handshake = _PlainHandshake  # type: ignore[misc]
    config = hypercorn.config.Config()
    config.bind = [f"fd://{each.detach()}" for each in listening.sockets]  # Hypercorn owns and closes them
    config.keep_alive_timeout = KEEP_ALIVE_S
    config.graceful_timeout = GRACE_S
    config.shutdown_timeout = GRACE_S
    config.websocket_max_message_size = MAX_WEBSOCKET_BYTES
    config.backlog = BACKLOG
    config.include_server_header = False
    config.accesslog = None
    config.errorlog = logging.getLogger("hypercorn.error")
    await hypercorn.asyncio.serve(app, config, shutdown_trigger=ended)


async def _serve_on_uvicorn(app: Any, listening: Listening, ended: Callable[[], Awaitable[None]]) -> None:
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # below are its news and strangers' mistakes
    server = _Uvicorn(
        uvicorn.Config(
            app, http=_PatientlyHttp, ws="wsproto", lifespan="on", log_config=None, access_log=False,
            server_header=False, proxy_headers=False, backlog=BACKLOG, timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=GRACE_S, ws_max_size=MAX_WEBSOCKET_BYTES, ws_ping_interval=None,
            ws_per_message_deflate=False,
        )
    )  # fmt: skip
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(server.serve_until(ended), name="server-shutdown")
        await server.serve(sockets=list(listening.sockets))
        waiting.cancel()


class _Uvicorn(uvicorn.Server):
    """A server that leaves signals to the program."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def serve_until(self, ended: Callable[[], Awaitable[None]]) -> None:
        await ended()
        self.should_exit = True


class _PatientlyHttp(HttpToolsProtocol):
    """Closes a connection that does not bring a request's whole head in time, or brings one without an end."""

    _head_timer: asyncio.TimerHandle | None = None
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._has_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._head_timer is not None:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self.send_400_response("Request head too large.")

    def on_message_begin(self) -> None:
        self._await_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._has_head()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        is_unread = self.cycle.more_body
        super().on_response_complete()
        if is_unread and not self.transport.is_closing():
            self.transport.close()  # a body that was not read: the next request cannot be told from it

    def _await_head(self) -> None:
        if self._head_timer is None:
            self._head_bytes = 0
            self._head_timer = self.loop.call_later(KEEP_ALIVE_S, self.timeout_keep_alive_handler)

    def _has_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


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
