"""What the sandbox's tests share: a clock that tests move, a configuration, a running sandbox, a receiver."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from gateway.application.ports import Clock
from gateway.sandbox.app import Sandbox, build_sandbox
from gateway.sandbox.catalogue import Salon
from gateway.sandbox.config import SandboxConfig
from gateway.sandbox.events import Webhook
from gateway.sandbox.market import Market
from gateway.sandbox.serve import loopback_socket, serve_on, url_of

TOKEN = "partner-token-example"
APPLICATION = 77
SALON = 101001
OTHER = 101006
START = datetime(2026, 1, 1, tzinfo=UTC)
NOWHERE = "http://127.0.0.1:9"
KEY = "k" * 64

CONFIG = SandboxConfig(
    partner_token=TOKEN,
    application_id=APPLICATION,
    redirect_url="http://127.0.0.1:8080/auth/yclients/redirect",
    callback_url="http://127.0.0.1:8080/webhook/yclients",
    gateway_url="http://127.0.0.1:8080",
    public_url="http://127.0.0.1:9090",
    enforce_limits=False,
)


class MovedClock:
    """A clock that stands still until it is moved; sleeping moves it at once and is remembered."""

    def __init__(self) -> None:
        self.at = START
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - START).total_seconds()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.move(seconds)
        await asyncio.sleep(0)

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Bench:
    """A market on a moved clock, with the webhooks it wanted sent."""

    def __init__(self, config: SandboxConfig = CONFIG, salons: list[Salon] | None = None) -> None:
        self.clock = MovedClock()
        self.market = Market(config, self.clock, salons)
        self.sent: list[Webhook] = []
        self.market.on_webhook = self.sent.append

    @property
    def events(self) -> list[str]:
        return [webhook.event for webhook in self.sent]


class Receiver:
    """A tiny HTTP server that keeps what it gets and answers with the statuses given, the last for ever.

    A status of 0 closes the connection without an answer; a negative one never answers; 1 answers 200 once
    `released` is set.
    """

    def __init__(self) -> None:
        self.url = ""
        self.bodies: list[bytes] = []
        self.heads: list[str] = []
        self.statuses: list[int] = [200]
        self.answer = b"{}"
        self.released = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    await self._exchange(reader, writer)
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(
            (
                int(line.split(":")[1])
                for line in head.splitlines()
                if line.lower().startswith("content-length")
            ),
            0,
        )
        self.bodies.append(await reader.readexactly(length))
        self.heads.append(head)
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if status == 0:
            raise ConnectionError
        if status < 0:
            await reader.readexactly(1)
        if status == 1:
            await self.released.wait()
            status = 200
        length_line = f"Content-Length: {len(self.answer)}\r\n"
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{length_line}\r\n"
        writer.write(head.encode() + self.answer)
        await writer.drain()


@contextlib.asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """Run a receiver on a free loopback port."""
    receiver = Receiver()
    clients: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(receiver.serve(reader, writer), name="receiver client")
        clients.add(task)
        task.add_done_callback(clients.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield receiver
    finally:
        server.close()
        for task in list(clients):
            task.cancel()
        await asyncio.gather(*clients, return_exceptions=True)
        await server.wait_closed()


@dataclasses.dataclass(slots=True)
class Running:
    """A sandbox on a real socket, a client that speaks as a good partner and one that speaks as nobody."""

    sandbox: Sandbox
    url: str
    partner: httpx.AsyncClient
    bare: httpx.AsyncClient

    @property
    def market(self) -> Market:
        return self.sandbox.market

    def status_path(self, salon_id: int = SALON, application_id: int = APPLICATION) -> str:
        return f"/marketplace/salon/{salon_id}/application/{application_id}"

    async def activate(self, salon_id: int = SALON, *, call: str = "callback", **more: Any) -> httpx.Response:
        path = "/marketplace/partner/callback" + ("/redirect" if call == "redirect" else "")
        body = {"salon_id": salon_id, "application_id": APPLICATION, "api_key": KEY}
        return await self.partner.post(path, json=body | more)

    async def control(self, method: str, path: str, **body: Any) -> httpx.Response:
        json = None if method in ("GET", "DELETE") else body
        return await self.bare.request(method, f"/sandbox/api/{path}", json=json, headers={"X-Sandbox": "1"})


@contextlib.asynccontextmanager
async def running(clock: Clock, *, webhook_timeout_s: float = 10.0, **config: Any) -> AsyncIterator[Running]:
    """Serve a sandbox with Hypercorn on a free loopback port."""
    listening, shutdown = loopback_socket("127.0.0.1:0"), asyncio.Event()
    url = url_of(listening)
    chosen = dataclasses.replace(CONFIG, **({"public_url": url} | config))
    sandbox = build_sandbox(chosen, clock, webhook_timeout_s=webhook_timeout_s)
    task = asyncio.get_running_loop().create_task(serve_on(sandbox, listening, shutdown), name="sandbox")
    headers = {"Authorization": f"Bearer {TOKEN}", "Accept": sandbox.market.brand.accept}
    try:
        async with (
            httpx.AsyncClient(
                base_url=url, headers=headers, trust_env=False, verify=False, timeout=5
            ) as partner,
            httpx.AsyncClient(base_url=url, trust_env=False, verify=False, timeout=5) as bare,
        ):
            yield Running(sandbox, url, partner, bare)
    finally:
        shutdown.set()
        await task


async def until(look: Callable[[], Awaitable[Any] | Any], *, timeout_s: float = 5.0) -> Any:
    """Look again and again until something truthy is seen and return it."""
    async with asyncio.timeout(timeout_s):
        while True:
            seen = look()
            if asyncio.iscoroutine(seen):
                seen = await seen
            if seen:
                return seen
            await asyncio.sleep(0.005)
