"""The only place that speaks HTTP to WAHA: one client for each instance, each call with its own deadline.

Calls and answers follow WAHA's OpenAPI 2026.7.1. The key is in the request's header alone: not in `repr`, errors or
logs. What WAHA says in words stays here and goes to the log, cut short and without the texts we sent.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import quote

import httpx

from gateway.application.ports import Clock
from gateway.domain.retry import http_date
from gateway.domain.session_hints import bare_message_id
from gateway.domain.sessions import SessionFault
from gateway.domain.strict_json import JsonError, parse_json, plain
from gateway.whatsapp.tasks import within
from gateway.whatsapp.waha.answers import (
    RemoteSession,
    ServerVersion,
    read_challenge_s,
    read_code,
    read_qr,
    read_session,
    read_sessions,
    read_version,
)
from gateway.whatsapp.waha.errors import BadAnswerError, NoSuchSessionError, WahaError, WrongStateError

CONNECT_S = 5.0
READ_S = 10.0
ACT_S = 10.0
STOP_S = 2.5
LOGOUT_S = 6.0
QR_S = 25.0
"""WAHA may wait for the engine before it answers this call; 14 s were seen."""

CODE_S = 4.0
SEND_S = 60.0
BODY_CAP_BYTES = 8 * 1024 * 1024

Transport = httpx.AsyncBaseTransport
"""What carries the requests; tests give another."""

log = logging.getLogger("gateway.whatsapp.waha")


@dataclass(frozen=True, slots=True)
class WahaInstance:
    """One WAHA as it is configured; `hook_url` is where it shall send its webhooks."""

    name: str
    url: str
    api_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    capacity: int
    hook_url: str


class WahaClient:
    """Calls of one instance. Every method raises WahaError; none retries."""

    def __init__(self, instance: WahaInstance, clock: Clock, transport: Transport | None = None) -> None:
        self.instance = instance
        self.server_now: datetime | None = None
        """What WAHA's own clock said with its last answer, in whole seconds."""

        self._clock = clock
        self._http = httpx.AsyncClient(
            base_url=instance.url,
            transport=transport,
            follow_redirects=False,
            trust_env=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=httpx.Timeout(None, connect=CONNECT_S),
            headers={"X-Api-Key": instance.api_key, "Accept": "application/json"},
        )

    def __repr__(self) -> str:
        return f"WahaClient({self.instance.name!r})"

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def version(self) -> ServerVersion:
        """Return version and engine."""
        return read_version(await self._ask("GET", "/api/version", READ_S))

    async def sessions(self) -> Sequence[RemoteSession]:
        """Return all sessions, those that are stopped too."""
        return read_sessions(await self._ask("GET", "/api/sessions?all=true", READ_S))

    async def session(self, name: str) -> RemoteSession | None:
        """Return one session as it is now, None when there is none."""
        try:
            return read_session(await self._ask("GET", _session(name), READ_S))
        except NoSuchSessionError:
            return None

    async def create(self, name: str, config: Mapping[str, Any]) -> None:
        """Make a session and start it."""
        await self._ask("POST", "/api/sessions", ACT_S, {"name": name, "start": True, "config": config})

    async def configure(self, name: str, config: Mapping[str, Any]) -> None:
        """Give a session another configuration; one that runs is started anew by it."""
        await self._ask("PUT", _session(name), ACT_S, {"config": config})

    async def start(self, name: str) -> None:
        """Start a session that was stopped; nothing happens to one that runs."""
        await self._ask("POST", f"{_session(name)}/start", ACT_S)

    async def restart(self, name: str) -> None:
        """Stop a session and start it again."""
        await self._ask("POST", f"{_session(name)}/restart", ACT_S)

    async def stop(self, name: str) -> None:
        """Stop a session and keep what it logs in with."""
        await self._ask("POST", f"{_session(name)}/stop", STOP_S)

    async def logout(self, name: str) -> None:
        """Take our device off the phone; WAHA then starts the session from scratch."""
        await self._ask("POST", f"{_session(name)}/logout", LOGOUT_S)

    async def delete(self, name: str) -> None:
        """Stop a session, log it out and forget it; nothing happens when there is none."""
        try:
            await self._ask("DELETE", _session(name), STOP_S)
        except NoSuchSessionError:
            return

    async def qr(self, name: str) -> str:
        """Return the QR's text as it is now. Raises WrongStateError when none is shown."""
        return read_qr(await self._ask("GET", f"/api/{quote(name, safe='')}/auth/qr?format=raw", QR_S))

    async def request_code(self, name: str, phone: str) -> str:
        """Return a pairing code for a phone's digits. Raises WrongStateError outside pairing."""
        path = f"/api/{quote(name, safe='')}/auth/request-code"
        return read_code(await self._ask("POST", path, CODE_S, {"phoneNumber": phone}))

    async def challenge_s(self, name: str) -> float | None:
        """Return how long the pending passkey challenge lives, None when it does not say."""
        return read_challenge_s(
            await self._ask("GET", f"/api/{quote(name, safe='')}/auth/passkey/challenge", READ_S)
        )

    async def send_text(self, name: str, to: str, text: str, message_id: str) -> str:
        """Send a text to a phone's digits under our own id and return WhatsApp's id of it."""
        body = {"session": name, "chatId": f"{to}@c.us", "text": text, "id": message_id, "linkPreview": False}
        answer = await self._ask("POST", "/api/sendText", SEND_S, body)
        said = answer.get("id") if isinstance(answer, Mapping) else None
        return bare_message_id(said) or message_id

    async def _ask(
        self, method: str, path: str, seconds: float, body: Mapping[str, Any] | None = None
    ) -> object:
        work = self._exchange(method, path, body)
        try:
            status, content = await within(self._clock, seconds, work, f"waha:{self.instance.name}:call")
        except TimeoutError:
            raise WahaError(SessionFault.REMOTE_UNREACHABLE) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            was_sent = not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.InvalidURL)
            raise WahaError(SessionFault.REMOTE_UNREACHABLE, was_sent=was_sent) from error
        if status >= 300:
            raise self._refusal(method, path, status, content)
        try:
            return plain(parse_json(content)) if content.strip() else None
        except JsonError:
            raise BadAnswerError from None

    async def _exchange(self, method: str, path: str, body: Mapping[str, Any] | None) -> tuple[int, bytes]:
        request = self._http.build_request(method, path, json=body)
        response = await self._http.send(request, stream=True)
        content = bytearray()
        try:
            async with aclosing(response.aiter_bytes()) as chunks:  # type: ignore[type-var]
                async for chunk in chunks:
                    content += chunk
                    if len(content) > BODY_CAP_BYTES:
                        raise BadAnswerError
        finally:
            await response.aclose()
        self.server_now = http_date(response.headers.get("date")) or self.server_now
        return response.status_code, bytes(content)

    def _refusal(self, method: str, path: str, status: int, content: bytes) -> WahaError:
        said = content[:2_000].decode("utf-8", "replace").lower()
        shown = {
            "instance": self.instance.name,
            "operation": f"{method} {path.partition('?')[0]}",
            "status": status,
        }
        log.info("waha_refused", extra=shown)
        if status in (401, 403):
            return WahaError(SessionFault.REMOTE_AUTH, was_sent=False)
        if status == 404:
            return NoSuchSessionError()
        if status == 422:
            return WrongStateError()
        if status == 429:
            return WahaError(SessionFault.RATE_LIMITED, was_sent=False)
        return WahaError(SessionFault.UPSTREAM_UNAVAILABLE, was_sent=status >= 500, said=said)


def _session(name: str) -> str:
    return f"/api/sessions/{quote(name, safe='')}"
