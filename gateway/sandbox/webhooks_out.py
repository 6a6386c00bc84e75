"""Sends the platform's webhooks: lifecycle ones once, entity ones with two retries."""

from __future__ import annotations

import asyncio

import httpx

from gateway.sandbox.events import Webhook
from gateway.sandbox.market import Market
from gateway.sandbox.request_log import Entry, mask_body, mask_url
from gateway.sandbox.tasks import Crew

TIMEOUT_S = 10.0
CONNECT_TIMEOUT_S = 5.0
RETRY_PAUSE_S = 1.5
ENTITY_ATTEMPTS = 3
_ANSWER_READ = 2048
_AT_ONCE = 16


class WebhookSender:
    """Sends what the market hands over, each webhook in a task of its own, and logs every attempt."""

    def __init__(self, market: Market, *, timeout_s: float = TIMEOUT_S) -> None:
        self._market = market
        self._timeout_s = timeout_s
        self._crew = Crew()
        self._gate = asyncio.Semaphore(_AT_ONCE)
        self._client: httpx.AsyncClient | None = None
        self._closed = False

    @property
    def busy(self) -> int:
        """How many webhooks are on their way."""
        return self._crew.busy

    def send(self, webhook: Webhook) -> None:
        """Start sending; with the matching switch on, only note that it was lost."""
        switches = self._market.switches
        if switches.lose_lifecycle if webhook.kind == "lifecycle" else switches.lose_entity:
            self._note(webhook, 1, note="lost on purpose")
            return
        if self._closed:
            return
        self._crew.start(self._deliver(webhook), f"sandbox webhook {webhook.event} {webhook.salon_id}")

    async def aclose(self) -> None:
        """End what is still on its way and close the client; nothing is sent any more."""
        self._closed = True
        await self._crew.aclose()
        if self._client is not None:
            await self._client.aclose()

    async def _deliver(self, webhook: Webhook) -> None:
        attempts = ENTITY_ATTEMPTS if webhook.kind == "entity" else 1
        for attempt in range(1, attempts + 1):
            async with self._gate:
                again = await self._attempt(webhook, attempt)
            if not again or attempt == attempts:
                return
            await self._market.clock.sleep(RETRY_PAUSE_S)

    async def _attempt(self, webhook: Webhook, attempt: int) -> bool:
        """Send once; return whether the platform would try again."""
        began = self._market.clock.monotonic()
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await self._post(webhook)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            self._note(webhook, attempt, note=type(error).__name__, began=began)
            return True
        status, body = answer
        self._note(webhook, attempt, status=status, body=body, began=began)
        return status == 429 or status >= 500

    async def _post(self, webhook: Webhook) -> tuple[int, bytes]:
        """Return the status and the first bytes of the answer; the rest is not read."""
        headers = {"Content-Type": "application/json", "User-Agent": "yclients-webhooks"}
        request = self._http().build_request("POST", webhook.url, content=webhook.body, headers=headers)
        response = await self._http().send(request, stream=True)
        try:
            async for chunk in response.aiter_bytes(_ANSWER_READ):
                return response.status_code, chunk
            return response.status_code, b""
        finally:
            await response.aclose()

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            timeout = httpx.Timeout(self._timeout_s, connect=min(CONNECT_TIMEOUT_S, self._timeout_s))
            self._client = httpx.AsyncClient(timeout=timeout, trust_env=False, follow_redirects=False)
        return self._client

    def _note(
        self,
        webhook: Webhook,
        attempt: int,
        *,
        status: int | None = None,
        body: bytes = b"",
        note: str = "",
        began: float | None = None,
    ) -> None:
        clock = self._market.clock
        entry = Entry(
            "out",
            self._market.now().isoformat(),
            f"webhook_{webhook.kind}",
            webhook.salon_id,
            "POST",
            mask_url(webhook.url),
            request_body=mask_body(webhook.body),
            status=status,
            answer_body=mask_body(body),
            note=" · ".join(part for part in (webhook.event, f"№{attempt}", note) if part),
            took_ms=None if began is None else round((clock.monotonic() - began) * 1000, 1),
        )
        self._market.log.add(entry)
