"""The Socket.IO server and how it shares one ASGI application with the HTTP routes.

The library trusts its clients in places where ours are strangers: it logs whole messages, answers on the default
namespace, keeps connections that never say who they are, and lets a malformed frame end in a traceback. What is
done about each is here.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import socketio
from engineio.exceptions import SocketIsClosedError
from socketio.packet import EVENT

from gateway.application.limits import Limits, address_key
from gateway.domain.errors import GatewayError
from gateway.live.engine import Engine, hang_up

PING_INTERVAL_S = 15
PING_TIMEOUT_S = 10
JOIN_WITHIN_S = 10.0
MAX_MESSAGE_BYTES = 64 * 1024
MAX_CONNECTIONS = 20_000
MAX_UNJOINED = 3_000
MAX_UNJOINED_OF_ADDRESS = 300
"""Connections of one process; of those that have not said yet who they are, all together and from one address."""

PATH = "/socket.io/"
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_PACKET_TYPES = tuple("0123456")
_LIBRARY_WORDS = frozenset(
    {
        "a", "accepted", "an", "cannot", "client", "closed", "connected", "engine.io", "error", "failed", "invalid",
        "is", "many", "missing", "namespace", "none", "not", "of", "or", "origin", "packet", "packets", "payload",
        "post", "protocols", "read", "request", "send", "session", "socket", "socket.io", "the", "to", "too",
        "transport", "unexpected", "unknown", "unsupported", "using", "version",
    }
)  # fmt: skip
"""What the libraries say of a refusal, without the names that a stranger chose."""
_log = logging.getLogger("gateway.live")

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Explain = Callable[[GatewayError], Mapping[str, str]]


class LiveServer(socketio.AsyncServer):  # type: ignore[misc]
    """Socket.IO for strangers: only registered namespaces, exact origins, and no connection that joins nothing.

    `join_within_s` is how long a connection may take to join a namespace before it is closed.
    """

    def __init__(self, allowed_origins: Sequence[str], limits: Limits) -> None:
        self.join_within_s = JOIN_WITHIN_S
        self._limits = limits
        self._is_closed = False
        self._unjoined: dict[str, tuple[str, asyncio.TimerHandle]] = {}
        self._unjoined_of: Counter[str] = Counter()
        self._allowed_origins = frozenset(_origin_of(url) for url in allowed_origins)
        quiet = _LibraryLog(_log)
        super().__init__(
            async_mode="asgi", cors_allowed_origins=self._is_allowed, ping_interval=PING_INTERVAL_S,
            ping_timeout=PING_TIMEOUT_S, max_http_buffer_size=MAX_MESSAGE_BYTES, http_compression=False,
            logger=quiet, engineio_logger=quiet,
        )  # fmt: skip
        self.namespaces: list[
            str
        ] = []  # nothing beside the registered ones: the library would let anyone into "/"

    async def close(self) -> None:
        """Send everybody away, to come back where the gateway runs on, and end every task of the sockets.

        Nobody is taken from then on: whoever was sent away first would be back before the last has left.
        """
        self._is_closed = True
        for eio_sid in tuple(self.eio.sockets):
            await self.eio.disconnect(eio_sid)
        await self.eio.end_tasks()

    @property
    def unjoined(self) -> int:
        """How many connections have not said yet who they are."""
        return len(self._unjoined)

    def require_room(self, address: str | None) -> None:
        """Raise rate_limited for a connection too many; asked before anything is kept of it."""
        if self._is_closed:
            raise GatewayError("rate_limited", retry_after="1")
        if not self._limits.is_on:
            return
        is_full = len(self.eio.sockets) >= MAX_CONNECTIONS or len(self._unjoined) >= MAX_UNJOINED
        if is_full or self._unjoined_of[address_key(address)] >= MAX_UNJOINED_OF_ADDRESS:
            raise GatewayError("rate_limited", retry_after=str(round(self.join_within_s)))
        self._limits.connects(address)

    async def tell(self, sid: str, namespace: str, event: str, data: Mapping[str, Any]) -> None:
        """Send one event to one client, if it is still there. The library's emit has a task for each."""
        eio_sid = self.manager.eio_sid_from_sid(sid, namespace)
        if eio_sid is not None:
            packet = self.packet_class(EVENT, data=[event, data], namespace=namespace, binary=False)
            with contextlib.suppress(SocketIsClosedError):
                await self._send_packet(eio_sid, packet)

    def unsent(self, sid: str, namespace: str) -> int:
        """Return how many packets wait for a client to take them."""
        socket = self.eio.sockets.get(self.manager.eio_sid_from_sid(sid, namespace))
        return socket.queue.qsize() if socket is not None else 0

    def _is_allowed(self, origin: str, _environ: object = None) -> bool:
        return origin in self._allowed_origins

    def _engineio_server_class(self) -> type[Engine]:
        return Engine

    async def _handle_eio_connect(self, eio_sid: str, environ: Mapping[str, Any]) -> None:
        address = address_key(client_address(environ["asgi.scope"]))
        loop = asyncio.get_running_loop()
        deadline = loop.call_later(self.join_within_s, self._show_out, eio_sid)
        self._unjoined[eio_sid] = address, deadline
        self._unjoined_of[address] += 1
        await super()._handle_eio_connect(eio_sid, environ)

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        self._has_joined(eio_sid)
        await super()._handle_eio_disconnect(eio_sid, reason)
        socket = self.eio.sockets.get(eio_sid)
        if socket is not None and reason != self.reason.SERVER_DISCONNECT:
            hang_up(socket)  # else a poll of a client that has left is held until it times out

    def _show_out(self, eio_sid: str) -> None:
        """Close a connection that has joined no namespace in time: who was refused, or never said a word."""
        if not self._is_joined(eio_sid):
            self.start_background_task(self.eio.disconnect, eio_sid)

    def _is_joined(self, eio_sid: str) -> bool:
        namespaces = tuple(self.manager.get_namespaces())
        return any(self.manager.sid_from_eio_sid(eio_sid, each) for each in namespaces)

    def _has_joined(self, eio_sid: str) -> None:
        """Take a connection off those that have not said who they are: it has, or it is gone."""
        address, deadline = self._unjoined.pop(eio_sid, (None, None))
        if address is not None and deadline is not None:
            deadline.cancel()
            self._unjoined_of[address] -= 1
            if not self._unjoined_of[address]:
                del self._unjoined_of[address]

    async def _handle_connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        await super()._handle_connect(eio_sid, namespace, data)
        if self._is_joined(eio_sid):
            self._has_joined(eio_sid)
        if eio_sid not in self.environ:  # it left while it was being let in, and nobody else would notice
            await self._handle_eio_disconnect(eio_sid, self.reason.TRANSPORT_CLOSE)

    async def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        """Take one message; a malformed one closes its own connection and nothing else."""
        try:
            await super()._handle_eio_message(eio_sid, data)
        except Exception as error:
            _log.info("malformed_message", extra={"cause": type(error).__name__})
            await self.eio.disconnect(eio_sid)


class _LibraryLog(logging.LoggerAdapter[logging.Logger]):
    """What the libraries have to say: never their news, which hold whole messages, and their errors as news.

    What they call an error is a stranger's mistake, in words of ours and theirs; only the ones known here are kept. Our
    own faults are logged where they happen.
    """

    def log(self, level: int, msg: object, *args: object, **_options: Any) -> None:
        if level >= logging.WARNING:
            said = str(msg) % args if args else str(msg)
            words = (word if word.lower() in _LIBRARY_WORDS else "…" for word in said.rstrip(".").split())
            self.logger.info("socket_refused", extra={"reason": " ".join(words)})


class _Application:
    """`/socket.io/` for the sockets, everything else for the routes; ends the sockets' tasks at shutdown."""

    def __init__(self, server: LiveServer, application: Any, explain: Explain) -> None:
        self._server = server
        self._explain = explain
        self._joined = socketio.ASGIApp(server, application, socketio_path=PATH)

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Any) -> None:
        if scope["type"] == "lifespan":
            receive = self._until_shutdown(receive)
        elif scope["type"] == "websocket":
            receive = _well_formed(receive)
        if _opens_connection(scope):
            try:
                self._server.require_room(client_address(scope))
            except GatewayError as error:
                await _refuse(scope, receive, send, error, self._explain(error))
                return
        await self._joined(scope, receive, send)

    def _until_shutdown(self, receive: Receive) -> Receive:
        async def received() -> Mapping[str, Any]:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await self._server.close()
            return message

        return received


def build_server(allowed_origins: Sequence[str], limits: Limits) -> LiveServer:
    """Return the server; a browser's Origin must equal one of `allowed_origins`, programs send none."""
    return LiveServer(allowed_origins, limits)


def with_sockets(server: LiveServer, application: Any, explain: Explain) -> Any:
    """Return one ASGI application of the sockets and the routes; `explain` words the refusal of a connection."""
    return _Application(server, application, explain)


def client_address(scope: Mapping[str, Any]) -> str | None:
    """Return the address a request came from, as the trusted proxies say."""
    client = scope.get("client")
    return str(client[0]) if client else None


def _opens_connection(scope: Mapping[str, Any]) -> bool:
    """Whether a request is a handshake: one for the sockets that names no session yet."""
    if scope["type"] not in ("http", "websocket") or not scope["path"].startswith(PATH.rstrip("/")):
        return False
    return not parse_qs(scope.get("query_string", b"")).get(b"sid")


async def _refuse(
    scope: Mapping[str, Any], receive: Receive, send: Any, error: GatewayError, problem: Mapping[str, str]
) -> None:
    """Answer 429 before anything is kept of the connection; a WebSocket is refused in the same words."""
    prefix = "http" if scope["type"] == "http" else "websocket.http"
    if scope["type"] == "websocket":
        await receive()
    headers = [
        (b"content-type", b"application/json"), (b"cache-control", b"no-store"),
        (b"retry-after", error.params["retry_after"].encode()),
    ]  # fmt: skip
    body = json.dumps({"error": dict(problem)}, ensure_ascii=False).encode()
    await send({"type": f"{prefix}.response.start", "status": 429, "headers": headers})
    await send({"type": f"{prefix}.response.body", "body": body})


def _well_formed(receive: Receive) -> Receive:
    """Take a frame that is no packet for a hang-up: the library would stumble over it and leave its tasks behind."""

    async def received() -> Mapping[str, Any]:
        message = await receive()
        if message["type"] != "websocket.receive":
            return message
        text = message.get("text")
        if isinstance(text, str) and text.startswith(_PACKET_TYPES) and len(text) <= MAX_MESSAGE_BYTES:
            return message
        _log.info("malformed_frame")
        return {"type": "websocket.disconnect", "code": 1003}

    return received


def _origin_of(url: str) -> str:
    """Return the origin of an address as browsers spell it: no path, lower case, no port that goes without saying."""
    parts = urlsplit(url)
    host = parts.netloc.lower().removesuffix(_DEFAULT_PORTS.get(parts.scheme, ""))
    return f"{parts.scheme}://{host}" if parts.scheme else url
