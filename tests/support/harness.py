"""A whole gateway in process: its real ASGI application on a real socket, beside a real sandbox YCLIENTS."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from pydantic import SecretStr

from gateway.application.limits import LimitRates
from gateway.application.ports import Clock
from gateway.bootstrap import Gateway, running_gateway
from gateway.clock import SystemClock
from gateway.config import Settings, load_settings
from gateway.sandbox.app import Sandbox, build_sandbox
from gateway.sandbox.config import SandboxConfig
from gateway.sandbox.serve import loopback_socket, serve_on, url_of
from gateway.server import Listening, serve_application
from gateway.yclients.client import TOTAL_TIMEOUT_S
from tests.support.waiting import until

PARTNER_TOKEN = "partner-token-for-tests-5f1c"
APPLICATION_ID = 4321
SALON = 101001
OTHER_SALON = 101006
BRANCHES = (101001, 101002, 101003)
WAHA_DOOR = json.dumps(
    [
        {
            "name": "main",
            "url": "http://127.0.0.1:1",
            "api_key": "k",
            "webhook_secret": "hook-secret-for-tests-7be2",
        }
    ]
)
"""WAHA_INSTANCES of a gateway that has the door for WAHA's webhooks, whatever its pool."""


def settings_for(listening_url: str, sandbox_url: str, **overrides: Any) -> Settings:
    """Return complete settings of a gateway that talks to the sandbox."""
    values: dict[str, Any] = {
        "_env_file": None, "partner_token": SecretStr(PARTNER_TOKEN), "application_id": APPLICATION_ID,
        "public_url": listening_url, "bind": listening_url.removeprefix("http://"),
        "jwt_secret": SecretStr("jwt-secret-for-tests-0123456789abcdef"),
        "data_key": SecretStr(base64.b64encode(bytes(range(32))).decode()), "yclients_api_url": sandbox_url,
        "marketplace_url": sandbox_url, "frame_ancestors": (sandbox_url,), "database_pool_size": 8,
    }  # fmt: skip
    return load_settings(**(values | overrides))


@dataclass(slots=True)
class Harness:
    """One gateway with its sandbox and an HTTP client that follows no redirects."""

    gateway: Gateway
    sandbox: Sandbox
    http: httpx.AsyncClient
    url: str
    database_url: str

    async def enter(self, *salons: int, **options: Any) -> httpx.Response:
        """Press «Подключить» and return the gateway's answer to the redirect."""
        connected = self.sandbox.market.connect(list(salons or (SALON,)), **options)
        # The path alone: a sandbox that outlives its gateway knows the first one's address.
        return await self.http.get(httpx.URL(connected.redirect_url).raw_path.decode())

    async def link(self, *salons: int, **options: Any) -> str:
        """Press «Подключить» and return the onboarding link's token."""
        answer = await self.enter(*salons, **options)
        assert answer.status_code == 302, answer.text
        return parse_qs(urlsplit(answer.headers["location"]).query)["token"][0]

    async def api(self, method: str, path: str, token: str, **body: Any) -> httpx.Response:
        """Call one of the page's routes."""
        json = body if method == "POST" else None
        return await self.http.request(
            method, f"/marketplace/api/{path}", json=json, headers={"Authorization": f"Bearer {token}"}
        )

    async def state(self, token: str, salon_id: int | None = None) -> dict[str, Any]:
        """Return the page's snapshot."""
        path = "state" if salon_id is None else f"state?salon_id={salon_id}"
        answer = await self.api("GET", path, token)
        assert answer.status_code == 200, answer.text
        snapshot: dict[str, Any] = answer.json()
        return snapshot

    async def show_qr(self, token: str, salon_id: int | None = None) -> dict[str, Any]:
        """Ask for a QR and return the answer."""
        body = {} if salon_id is None else {"salon_id": salon_id}
        answer = await self.api("POST", "qr", token, **body)
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def phone(self, action: str, salon_id: int = SALON, **details: Any) -> httpx.Response:
        """Play the phone."""
        return await self.http.post(f"/simulator/{salon_id}/{action}", json=details)

    async def scan(self, token: str, salon_id: int = SALON) -> None:
        """Show a QR and scan it."""
        await self.show_qr(token, salon_id)
        answer = await self.phone("scan", salon_id)
        assert answer.status_code == 200, answer.text

    async def scan_with(self, token: str, phone: str, salon_id: int = SALON) -> None:
        """Show a QR and scan it with a phone that is not the salon's own."""
        await self.show_qr(token, salon_id)
        answer = await self.phone("scan", salon_id, phone=phone)
        assert answer.status_code == 200, answer.text

    async def reaches(
        self, token: str, stage: str, salon_id: int | None = None, timeout_s: float = 15
    ) -> dict[str, Any]:
        """Wait until the snapshot shows a stage and return it."""

        async def look() -> dict[str, Any] | None:
            snapshot = await self.state(token, salon_id)
            return snapshot if snapshot["stage"] == stage else None

        seen = await until(look, what=f"stage {stage}", timeout_s=timeout_s)
        assert seen is not None
        return seen

    async def install(self, salon_id: int = SALON, **options: Any) -> str:
        """Take a salon the whole way to active and return its link's token."""
        token = await self.link(salon_id, **options)
        await self.scan(token, salon_id)
        await self.reaches(token, "active", salon_id)
        return token

    async def rows(self, statement: str, *parameters: Any) -> list[dict[str, Any]]:
        """Read rows of the gateway's database."""
        return await self.gateway.storage.read(lambda tx: tx.sql(statement, *parameters))

    async def install_row(self, salon_id: int = SALON) -> dict[str, Any]:
        """Return the newest install row of a salon."""
        rows = await self.rows(
            "SELECT i.* FROM installs i JOIN companies c ON c.id = i.company_id WHERE c.yclients_id = %s "
            "ORDER BY i.generation DESC LIMIT 1",
            salon_id,
        )
        return rows[0]

    async def webhook(
        self, body: Any, *, key: str | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """Post a webhook; `body` is an object or raw bytes."""
        path = "/webhook/yclients" if key is None else f"/webhook/yclients/{key}"
        if isinstance(body, bytes):
            sent = {"Content-Type": "application/json"} | (headers or {})
            return await self.http.post(path, content=body, headers=sent)
        return await self.http.post(path, json=body, headers=headers)

    async def webhooks_processed(self) -> None:
        """Wait until the inbox holds nothing to do."""

        async def look() -> bool:
            return not await self.rows("SELECT id FROM webhook_inbox WHERE state = 'pending'")

        await until(look, what="every webhook processed")


@contextlib.asynccontextmanager
async def running_sandbox(
    gateway_url: str, clock: Clock | None = None, **config: Any
) -> AsyncIterator[tuple[Sandbox, str]]:
    """Run a sandbox YCLIENTS on a free loopback port."""
    listening, shutdown = loopback_socket("127.0.0.1:0"), asyncio.Event()
    url = url_of(listening)
    values: dict[str, Any] = {
        "partner_token": PARTNER_TOKEN, "application_id": APPLICATION_ID, "gateway_url": gateway_url,
        "redirect_url": f"{gateway_url}/auth/yclients/redirect", "callback_url": f"{gateway_url}/webhook/yclients",
        "public_url": url, "brand": "yclients", "pending_ttl_s": 3600, "enforce_limits": True, "private_app": False,
    }  # fmt: skip
    sandbox = build_sandbox(SandboxConfig(**(values | config)), clock or SystemClock())
    serving = asyncio.create_task(serve_on(sandbox, listening, shutdown), name="sandbox")
    try:
        yield sandbox, url
    finally:
        shutdown.set()
        await serving


@contextlib.asynccontextmanager
async def serving(gateway: Gateway, listening: Listening) -> AsyncIterator[None]:
    """Serve a gateway on an open socket."""
    shutdown = asyncio.Event()
    front = serve_application(
        gateway.app, listening, shutdown, gateway.leave, server=gateway.settings.http_server
    )
    task = asyncio.create_task(front, name="gateway-server")
    try:
        yield
    finally:
        shutdown.set()
        await task


@contextlib.asynccontextmanager
async def running_harness(
    database_url: str,
    *,
    sandbox_config: dict[str, Any] | None = None,
    partner: tuple[Sandbox, str] | None = None,
    listening: Listening | None = None,
    partner_timeout_s: float = TOTAL_TIMEOUT_S,
    rates: LimitRates | None = None,
    webhook_patience_s: float = 5.0,
    **settings: Any,
) -> AsyncIterator[Harness]:
    """Run sandbox and gateway together; `partner_timeout_s` is how long a call to YCLIENTS may take.

    `partner` is a sandbox, with its address, that runs already and outlives the gateway; `listening` is the socket to
    serve on where its address was told to somebody before.
    `webhook_patience_s` is how long Postgres may take over a webhook: long, since a busy test is no outage.
    """
    listening = listening or Listening.open("127.0.0.1:0")
    url = listening.url
    async with contextlib.AsyncExitStack() as stack:
        if partner is None:
            partner = await stack.enter_async_context(running_sandbox(url, **(sandbox_config or {})))
        sandbox, sandbox_url = partner
        data_dir = stack.enter_context(tempfile.TemporaryDirectory(prefix="ai-admin-data-"))
        chosen = settings_for(url, sandbox_url, **({"data_dir": data_dir} | settings))
        running = running_gateway(
            chosen,
            database_url,
            partner_timeout_s=partner_timeout_s,
            rates=rates,
            webhook_patience_s=webhook_patience_s,
        )  # fmt: skip
        # The server ends idle connections after 5 s; a client that keeps them as long meets one just as it ends.
        kept = httpx.Limits(keepalive_expiry=2.0)
        client = httpx.AsyncClient(base_url=url, trust_env=False, timeout=40, verify=False, limits=kept)
        async with running as gateway, serving(gateway, listening), client as http:
            yield Harness(gateway, sandbox, http, url, database_url)
