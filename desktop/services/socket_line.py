"""One Socket.IO connection from its first byte to its last, and why it could not be had.

The only place of the console that knows the library. A line is used once; who wants another opens another.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import aiohttp
import engineio
import socketio

from desktop.services.errors import ConnectFailedError
from desktop.services.line import FINAL, Hearer, LineLostError, checked_url
from shared.protocol import NAMESPACE

OPEN_WITHIN_S = 8.0
_CLOSE_WITHIN_S = 2.0
_DISCONNECTED = "Unable to connect"
"""What Socket.IO servers say about a namespace they do not have."""


class SocketLine:
    """A line over websocket, or over polling where something between does not let a websocket through."""

    def __init__(self, hearer: Hearer, open_within_s: float = OPEN_WITHIN_S) -> None:
        self._hearer: Hearer | None = hearer
        self._open_within_s = open_within_s
        self._client: Any = None
        self._http: aiohttp.ClientSession | None = None
        self._joined: asyncio.Future[None] | None = None
        self._questions: set[asyncio.Future[tuple[Any, ...]]] = set()

    async def open(self, url: str, auth: Mapping[str, Any]) -> None:
        """Connect and be let in. Raises ConnectFailedError with what stood in the way."""
        address = checked_url(url)
        try:
            async with asyncio.timeout(self._open_within_s):
                try:
                    await self._open(address, auth, "websocket")
                except _HandshakeRefusedError:
                    await self._hang_up()
                    await self._open(address, auth, "polling")
        except TimeoutError:
            await self._hang_up()
            raise ConnectFailedError("gateway_timeout") from None
        except _HandshakeRefusedError as refused:
            await self._hang_up()
            raise _not_served(refused.status) from None
        except BaseException:
            await self._hang_up()
            raise

    async def ask(self, event: str, *args: Any) -> asyncio.Future[tuple[Any, ...]]:
        """Send an event; the future holds what it was acknowledged with, or LineLostError."""
        answer: asyncio.Future[tuple[Any, ...]] = asyncio.get_running_loop().create_future()
        self._questions.add(answer)
        answer.add_done_callback(self._questions.discard)

        def answered(*data: Any) -> None:
            if not answer.done():
                answer.set_result(data)

        try:
            await self._client.emit(event, args, namespace=NAMESPACE, callback=answered)
        except (socketio.exceptions.SocketIOError, AttributeError):
            answer.cancel()
            raise LineLostError from None
        return answer

    async def close(self) -> None:
        """Hang up; nothing is heard any more."""
        self._hearer = None
        await self._hang_up()

    # ------------------------------------------------------------------------------------------- in between

    async def _open(self, url: str, auth: Mapping[str, Any], transport: str) -> None:
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=self._open_within_s)
        self._http = aiohttp.ClientSession(timeout=timeout, trace_configs=[_no_redirects()])
        client = self._client = _Client(http_session=self._http)
        joined = self._joined = asyncio.get_running_loop().create_future()
        client.on("connect", self._on_joined, namespace=NAMESPACE)
        client.on("connect_error", self._on_refused, namespace=NAMESPACE)
        client.on("disconnect", self._on_hung_up, namespace=NAMESPACE)
        client.dropped = self._on_hung_up
        client.on("*", self._on_event, namespace=NAMESPACE)
        try:
            await client.connect(
                url, auth=dict(auth), transports=[transport], namespaces=[NAMESPACE], wait=False
            )
        except (socketio.exceptions.SocketIOError, engineio.exceptions.EngineIOError, aiohttp.ClientError, OSError,
                ValueError, KeyError, TypeError) as error:  # fmt: skip
            raise _why(error, transport) from None
        await joined

    def _on_joined(self) -> None:
        if self._joined is not None and not self._joined.done():
            self._joined.set_result(None)

    def _on_refused(self, data: Any = None) -> None:
        if self._joined is not None and not self._joined.done():
            self._joined.set_exception(_refusal(data))

    def _on_event(self, event: str, data: Any = None, *_rest: Any) -> None:
        if self._hearer is not None:
            self._hearer.heard(event, data)

    def _on_hung_up(self, *_reason: Any) -> None:
        if self._joined is not None and not self._joined.done():
            self._joined.set_exception(ConnectFailedError("connection_lost"))
        for question in tuple(self._questions):
            if not question.done():
                question.set_exception(LineLostError())
        hearer, self._hearer = self._hearer, None
        if hearer is not None:
            hearer.hung_up()

    async def _hang_up(self) -> None:
        """Close everything within two seconds, however silent the other side is."""
        client, self._client = self._client, None
        joined, self._joined = self._joined, None
        if joined is not None:
            joined.cancel()
        if client is not None:
            await client.end(_CLOSE_WITHIN_S)
        for question in tuple(self._questions):
            if not question.done():
                question.set_exception(LineLostError())
        http, self._http = self._http, None
        if http is not None:
            await http.close()


class _RedirectedError(aiohttp.ClientError):
    """Somebody wants us elsewhere; a gateway never does, and the token is for this address alone."""


async def _refuse_redirect(*_request: object) -> NoReturn:
    raise _RedirectedError


def _no_redirects() -> aiohttp.TraceConfig:
    """Return what keeps a session from following anybody anywhere."""
    config = aiohttp.TraceConfig()
    config.on_request_redirect.append(_refuse_redirect)
    return config


class _HandshakeRefusedError(Exception):
    """An HTTP answer came where a websocket was asked for."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class _Client(socketio.AsyncClient):  # type: ignore[misc]
    """The library's client for one connection: silent, for it would log whole messages, a QR among them."""

    def __init__(self, http_session: aiohttp.ClientSession) -> None:
        self.dropped: Callable[[], None] = lambda: None
        super().__init__(
            reconnection=False, logger=_SILENT, engineio_logger=_SILENT, handle_sigint=False,
            http_session=http_session, request_timeout=OPEN_WITHIN_S,
        )  # fmt: skip

    def _engineio_client_class(self) -> type[_Engine]:
        return _Engine

    async def _handle_eio_disconnect(self, reason: Any) -> None:
        """Tell it also when the connection ends before the namespace was joined; the library would not."""
        await super()._handle_eio_disconnect(reason)
        self.dropped()

    async def end(self, within_s: float) -> None:
        """Disconnect, and end whatever the library left running."""
        with contextlib.suppress(TimeoutError, Exception):
            async with asyncio.timeout(within_s):
                await self.disconnect()
        await self.eio.end_tasks()


class _Engine(engineio.AsyncClient):  # type: ignore[misc]
    """The transport below: it knows its tasks."""

    def __init__(self, **options: Any) -> None:
        self._started: set[asyncio.Task[Any]] = set()
        super().__init__(**options)

    def start_background_task(self, target: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Start one of the library's tasks, remembered."""
        task = super().start_background_task(target, *args, **kwargs)
        self._started.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._started.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.info("line_task_failed", extra={"cause": type(error).__name__})

    async def end_tasks(self) -> None:
        """Cancel what still runs and wait for its end."""
        tasks = {task for task in self._started if task is not asyncio.current_task()}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)


def _refusal(data: Any) -> ConnectFailedError:
    """Read a connect_error: the gateway's problem, or another server's words."""
    problem = data.get("data", data) if isinstance(data, Mapping) else None
    if isinstance(problem, Mapping) and isinstance(problem.get("code"), str):
        code = problem["code"]
        return ConnectFailedError(
            code, str(problem.get("message", "")), str(problem.get("reference", "")), is_final=code in FINAL
        )
    return ConnectFailedError("not_a_gateway", is_final=True)


def _why(error: BaseException, transport: str) -> Exception:
    """Return why a connection could not be had, found in the chain of causes."""
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or link.__context__
    for each in chain:
        found = _known(each)
        if found is not None:
            return found
    return ConnectFailedError("not_a_gateway" if transport == "polling" else "gateway_unreachable")


def _known(error: BaseException) -> Exception | None:
    if isinstance(error, _RedirectedError):
        return ConnectFailedError("not_a_gateway", is_final=True)
    if isinstance(error, aiohttp.WSServerHandshakeError):
        return _HandshakeRefusedError(error.status)
    if isinstance(error, aiohttp.ClientConnectorCertificateError | ssl.SSLError | ssl.CertificateError):
        return ConnectFailedError("tls_failed", params={"detail": _tls_detail(error)}, is_final=True)
    if isinstance(error, aiohttp.ClientConnectorDNSError | socket.gaierror):
        return ConnectFailedError("address_unknown")
    if isinstance(error, ConnectionRefusedError):
        return ConnectFailedError("gateway_refused")
    if isinstance(error, TimeoutError | aiohttp.ServerTimeoutError):
        return ConnectFailedError("gateway_timeout")
    if isinstance(error, aiohttp.InvalidURL):
        return ConnectFailedError("address_invalid", is_final=True)
    if isinstance(error, aiohttp.ServerDisconnectedError | ConnectionResetError):
        return ConnectFailedError("connection_lost")
    status = _status_in(error)
    return None if status is None else _not_served(status)


def _status_in(error: BaseException) -> int | None:
    """The library tells an HTTP status in words only."""
    words = str(error).split() if isinstance(error, engineio.exceptions.EngineIOError) else []
    if words[:3] == ["Unexpected", "status", "code"] and words[3].isdigit():
        return int(words[3])
    return None


def _not_served(status: int) -> ConnectFailedError:
    if status in (429, 502, 503, 504):
        return ConnectFailedError("gateway_unavailable", params={"status": str(status)})
    return ConnectFailedError("not_a_gateway", params={"status": str(status)}, is_final=True)


def _tls_detail(error: BaseException) -> str:
    inner = getattr(error, "certificate_error", error)
    return str(getattr(inner, "verify_message", "") or getattr(inner, "reason", "") or type(inner).__name__)


_log = logging.getLogger("desktop.line")
_SILENT = logging.getLogger("desktop.line.library")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False
_SILENT.setLevel(logging.CRITICAL)
