"""A WAHA that is none: the calls of its published interface, signed webhooks, and the manners of its GOWS engine.

Written from WAHA's OpenAPI 2026.7.1 and its documentation. It runs on whatever clock it is given, as an ASGI
application: in process under a clock that stands still, or on a real socket (`serving_waha`). What a test may do to it
stands in two places: `FakeWaha` is the phone, WhatsApp's server and bad luck; `Mail` is what befalls its webhooks.

Of its engine it has what the adapter must cope with: a new QR after 60 s, then every 20 s, six of them, then FAILED; a
status that knows nothing of a stream that was replaced, a ban or an outdated client (only `engine.event` tells);
FAILED for everything else that goes wrong.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from itertools import count
from typing import Any
from urllib.parse import unquote

import httpx
from hypercorn.asyncio import serve
from hypercorn.config import Config

from gateway.application.ports import Clock
from gateway.domain.errors import GatewayError
from gateway.domain.sessions import SessionFault
from gateway.sandbox.serve import loopback_socket, url_of
from gateway.whatsapp.tasks import TaskBox
from shared.vocabulary import session_id_of

API_KEY = "waha-key-for-tests-41d0"
CODE_SYMBOLS = "123456789ABCDEFGHJKLMNPQRSTVWXYZ"
QR_LIFETIMES_S = (60.0, 20.0, 20.0, 20.0, 20.0, 20.0)
START_S = 0.15
LOGIN_S = 0.2
RUNNING = frozenset(
    {"STARTING", "SCAN_QR_CODE", "PASSKEY_REQUIRED", "PASSKEY_CONFIRMATION_REQUIRED", "WORKING"}
)

Deliver = Callable[[str, Mapping[str, str], bytes], Awaitable[int]]
"""Posts a webhook and returns the status of the answer; raises httpx.HTTPError when there is none."""

Answer = tuple[int, Any]


async def deliver_by_http(url: str, headers: Mapping[str, str], body: bytes) -> int:
    """Post over a real connection."""
    async with httpx.AsyncClient(trust_env=False) as http:
        return (await http.post(url, headers=dict(headers), content=body)).status_code


@dataclass(slots=True)
class Mail:
    """What becomes of webhooks on their way."""

    lost: Callable[[Mapping[str, Any]], bool] = lambda _: False
    copies: int = 1
    delay_s: Callable[[Mapping[str, Any]], float] = lambda _: 0.0
    is_forged: bool = False
    retries: int = 3
    sent: list[Mapping[str, Any]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Remote:
    """One session of the server."""

    name: str
    config: Mapping[str, Any]
    status: str = "STOPPED"
    device: str | None = None
    """The jid it can log in with."""

    me: Mapping[str, Any] | None = None
    qr: str | None = None
    code: str | None = None
    code_phone: str | None = None
    is_mute: bool = False
    run: asyncio.Task[None] | None = None
    statuses: list[Mapping[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that reached WhatsApp."""

    salon: str
    to: str
    text: str
    message_id: str


class FakeWaha:
    """The server. Sessions are named as the adapter names them, so a test speaks of salons."""

    def __init__(self, clock: Clock, deliver: Deliver = deliver_by_http, *, api_key: str = API_KEY) -> None:
        self.clock = clock
        self.mail = Mail()
        self.sessions: dict[str, Remote] = {}
        self.outbox: list[Sent] = []
        self.calls: list[str] = []
        self.version = "2026.7.1"
        self.engine = "GOWS"
        self.offline: set[str] = set()
        self.banned: dict[str, datetime] = {}
        self.refused_version: dict[str, str] = {}
        self.taken_off: set[str] = set()
        self.is_away = False
        """While set, nothing answers, as when the container restarts."""

        self.answer_with: list[int] = []
        """Statuses that the next calls are answered with, whatever they ask."""

        self.false_statuses: list[str] = []
        """Statuses that the next readings of a session show, though it has another."""

        self.qr_wait_s = 0.0
        self._deliver = deliver
        self._api_key = api_key
        self._tasks = TaskBox()
        self._numbers = count(1)
        self._send_faults: dict[str, list[SessionFault]] = {}
        self._for_ever = asyncio.Event()

    async def aclose(self) -> None:
        """End everything."""
        self._for_ever.set()
        await self._tasks.close()

    # ------------------------------------------------------------------------------ the phone and bad luck

    def remote(self, salon_id: int) -> Remote:
        """Return a salon's session. Raises GatewayError(pool_unavailable) when there is none."""
        remote = self.sessions.get(session_id_of(salon_id))
        if remote is None:
            raise GatewayError("pool_unavailable")
        return remote

    def sockets(self, salon_id: int) -> int:
        """Return how many connections WhatsApp sees of a salon."""
        remote = self.sessions.get(session_id_of(salon_id))
        return int(remote is not None and remote.status in RUNNING)

    def phone_of(self, salon_id: int) -> str:
        """Return the digits of the salon's own phone."""
        return f"7999{salon_id % 10**7:07d}"

    def scan(self, salon_id: int, phone: str | None = None) -> None:
        """The phone scans the QR on show, or ends what a passkey held up. Raises GatewayError(not_pairing)."""
        remote = self.remote(salon_id)
        if (
            remote.status not in ("SCAN_QR_CODE", "PASSKEY_REQUIRED", "PASSKEY_CONFIRMATION_REQUIRED")
            or remote.is_mute
        ):
            raise GatewayError("not_pairing")
        digits = phone or self.phone_of(salon_id)
        remote.device = f"{digits}:{next(self._numbers) % 90 + 1}@s.whatsapp.net"
        remote.qr = remote.code = None
        self.emit(
            remote,
            "engine.event",
            {"event": "events.PairSuccess", "data": {"ID": remote.device, "Platform": "x"}},
        )
        self._run(remote, self._log_in(remote))

    def enter_code(self, salon_id: int, code: str | None = None) -> None:
        """The phone's owner types a code. Raises GatewayError: not_pairing, pairing_rejected."""
        remote = self.remote(salon_id)
        if remote.code is None:
            raise GatewayError("not_pairing")
        if code is not None and code.replace("-", "") != remote.code.replace("-", ""):
            raise GatewayError("pairing_rejected")
        self.scan(salon_id, remote.code_phone)

    def ask_passkey(self, salon_id: int) -> None:
        """The phone's account demands a passkey."""
        remote = self.remote(salon_id)
        remote.qr = remote.code = None
        self._move(remote, "PASSKEY_REQUIRED", {"challenge": "Y2hhbGxlbmdl", "timeout": 60_000})
        self._run(remote, self._fail_after(remote, 60.0))

    def ask_confirmation(self, salon_id: int) -> None:
        """The passkey was given; a code must be compared."""
        self._move(self.remote(salon_id), "PASSKEY_CONFIRMATION_REQUIRED", {"code": "12-34"})

    def reject(self, salon_id: int) -> None:
        """The pairing fails for good."""
        remote = self.remote(salon_id)
        self.emit(
            remote,
            "engine.event",
            {"event": "events.PairError", "data": {"Error": "invalid device identity HMAC"}},
        )
        self._end(remote, "FAILED")

    def drop(self, salon_id: int, seconds: float = 1.0) -> None:
        """The connection is lost; what had logged in comes back."""
        remote = self.remote(salon_id)
        if remote.device is None:
            self._end(remote, "FAILED")
            return
        self._move(remote, "STARTING")
        self._run(remote, self._log_in(remote, seconds))

    def replace(self, salon_id: int) -> None:
        """The account is opened elsewhere: WAHA's status goes on saying that all is well."""
        self.emit(self.remote(salon_id), "engine.event", {"event": "events.StreamReplaced", "data": {}})

    def unlink(self, salon_id: int) -> None:
        """Our device is taken off the phone."""
        remote = self.remote(salon_id)
        if remote.device is not None:
            self.taken_off.add(remote.device)
            self._log_out(remote, on_connect=False)

    def ban(self, salon_id: int, seconds: float) -> None:
        """WhatsApp refuses the account for a while."""
        remote = self.remote(salon_id)
        self.banned[remote.name] = self.clock.now() + timedelta(seconds=seconds)
        self._tell_ban(remote, seconds)

    def outdate(self, salon_id: int) -> None:
        """WhatsApp refuses this version of the client."""
        remote = self.remote(salon_id)
        self.refused_version[remote.name] = self.version
        if remote.device is not None:
            self.emit(remote, "engine.event", {"event": "events.ClientOutdated", "data": {}})
            return
        self._tell_qr(remote, "err-client-outdated")
        self._end(remote, "FAILED")

    def crash(self, salon_id: int) -> None:
        """The engine dies, and WAHA does not say of what."""
        self._end(self.remote(salon_id), "FAILED")

    def mute(self, salon_id: int) -> None:
        """The session hangs: it goes on showing what it was, and nothing comes of it any more."""
        remote = self.remote(salon_id)
        remote.is_mute = True
        self._halt(remote)

    def write_in(
        self,
        salon_id: int,
        text: str,
        *,
        sender: str = "79990001122",
        message_id: str | None = None,
        ago_s: float = 0,
    ) -> str:
        """Somebody writes to the salon, or did a while ago; returns the message's id."""
        message_id = message_id or f"3AEB{next(self._numbers):016X}"
        payload = {
            "id": f"false_{sender}@c.us_{message_id}", "timestamp": int(self.clock.now().timestamp() - ago_s),
            "from": f"{sender}@c.us", "fromMe": False, "source": "app", "body": text, "hasMedia": False, "ack": 2,
            "ackName": "DEVICE", "_data": {},
        }  # fmt: skip
        self.emit(self.remote(salon_id), "message", payload)
        return message_id

    def acknowledge(self, salon_id: int, message_id: str, ack: int, *, to: str = "79990001122") -> None:
        """A message of the salon was delivered (2), read (3) or played (4)."""
        payload = {
            "id": f"true_{to}@c.us_{message_id}",
            "from": f"{to}@c.us",
            "fromMe": True,
            "ack": ack,
            "ackName": "X",
        }
        self.emit(self.remote(salon_id), "message.ack", payload)

    def refuse_sends(self, to: str, *faults: SessionFault) -> None:
        """Let the next messages to a phone fail."""
        self._send_faults.setdefault(to, []).extend(faults)

    async def restart_server(self, away_s: float = 3.0) -> None:
        """The container is restarted: running sessions break off and are started again afterwards."""
        self.is_away = True
        running = [remote for remote in self.sessions.values() if remote.status in RUNNING]
        for remote in running:
            self._halt(remote)
        await self.clock.sleep(away_s)
        self.is_away = False
        for remote in running:
            self._start(remote)

    # ------------------------------------------------------------------------------ what a session does

    def _start(self, remote: Remote) -> None:
        self._halt(remote)
        remote.is_mute = False
        self._move(remote, "STARTING")
        self._run(remote, self._begin(remote))

    async def _begin(self, remote: Remote) -> None:
        if remote.device is not None:
            await self._log_in(remote)
            return
        await self.clock.sleep(START_S)
        if remote.name in self.offline:
            self._move(remote, "FAILED")
            return
        for lifetime_s in QR_LIFETIMES_S:
            number = next(self._numbers)
            remote.qr = "https://wa.me/settings/linked_devices#" + _digest(f"{remote.name}:{number}") * 3
            self._tell_qr(remote, "code", Code=remote.qr)
            self._move(remote, "SCAN_QR_CODE")
            await self.clock.sleep(lifetime_s)
        remote.qr = remote.code = None
        self._tell_qr(remote, "timeout")
        self._move(remote, "FAILED")

    async def _log_in(self, remote: Remote, delay_s: float = LOGIN_S) -> None:
        await self.clock.sleep(delay_s)
        until = self.banned.get(remote.name)
        if remote.name in self.offline:
            self._move(remote, "FAILED")
        elif remote.device in self.taken_off:
            self._log_out(remote, on_connect=True)
        elif until is not None and self.clock.now() < until:
            self._tell_ban(remote, (until - self.clock.now()).total_seconds())
        elif self.refused_version.get(remote.name) == self.version:
            self.emit(remote, "engine.event", {"event": "events.ClientOutdated", "data": {}})
            self._move(remote, "FAILED")
        else:
            digits = str(remote.device).partition(":")[0]
            remote.me = {"id": f"{digits}@c.us", "lid": "1@lid", "jid": remote.device, "pushName": "Салон"}
            self._move(remote, "WORKING")

    async def _fail_after(self, remote: Remote, seconds: float) -> None:
        await self.clock.sleep(seconds)
        self._move(remote, "FAILED")

    def _log_out(self, remote: Remote, *, on_connect: bool) -> None:
        remote.device = remote.me = None
        data = {"OnConnect": on_connect, "Reason": 401}
        self.emit(remote, "engine.event", {"event": "events.LoggedOut", "data": data})
        self._end(remote, "FAILED")

    def _tell_ban(self, remote: Remote, seconds: float) -> None:
        data = {"Code": 101, "Expire": round(seconds * 1e9)}
        self.emit(remote, "engine.event", {"event": "events.TemporaryBan", "data": data})

    def _tell_qr(self, remote: Remote, event: str, **more: str) -> None:
        data = {"Event": event, "Timeout": 0} | more
        self.emit(remote, "engine.event", {"event": "whatsmeow.QRChannelItem", "data": data})

    def _move(self, remote: Remote, status: str, data: Any = None) -> None:
        remote.status = status
        told = {"status": status, "timestamp": self._ms()}
        remote.statuses = [*remote.statuses[-2:], told]
        payload = {"name": remote.name, "status": status, "statuses": remote.statuses, "data": data}
        self.emit(remote, "session.status", payload)

    def _end(self, remote: Remote, status: str) -> None:
        remote.qr = remote.code = None
        self._halt(remote)
        self._move(remote, status)

    def _halt(self, remote: Remote) -> None:
        run, remote.run = remote.run, None
        if run is not None and run is not asyncio.current_task():
            run.cancel()

    def _run(self, remote: Remote, work: Coroutine[Any, Any, None]) -> None:
        self._halt(remote)
        remote.run = self._tasks.spawn(work, f"fake-waha:{remote.name}")

    # ------------------------------------------------------------------------------ webhooks

    def emit(self, remote: Remote, event: str, payload: Mapping[str, Any], **envelope: Any) -> None:
        """Send a webhook to everybody who has subscribed to it; a mute session sends none."""
        if remote.is_mute:
            return
        body = {
            "id": f"evt_{next(self._numbers):026d}", "timestamp": self._ms(), "event": event, "session": remote.name,
            "metadata": remote.config.get("metadata", {}), "me": remote.me, "payload": payload,
            "environment": {"version": self.version, "engine": self.engine, "tier": "CORE"}, "engine": self.engine,
        } | envelope  # fmt: skip
        self.mail.sent.append(body)
        if self.mail.lost(body):
            return
        for hook in remote.config.get("webhooks", ()):
            if event in hook["events"]:
                for _ in range(self.mail.copies):
                    self._tasks.spawn(self._post(hook, body), f"fake-waha:{remote.name}:webhook")

    async def _post(self, hook: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        raw = json.dumps(body, ensure_ascii=False).encode()
        key = "somebody else's" if self.mail.is_forged else hook["hmac"]["key"]
        signature = hmac.new(key.encode(), raw, hashlib.sha512).hexdigest()
        headers = {
            "Content-Type": "application/json", "X-Webhook-Hmac": signature,
            "X-Webhook-Hmac-Algorithm": "sha512", "X-Webhook-Request-Id": str(next(self._numbers)),
            "X-Webhook-Timestamp": str(self._ms()),
        }  # fmt: skip
        await self.clock.sleep(self.mail.delay_s(body))
        for _ in range(self.mail.retries):
            with contextlib.suppress(httpx.HTTPError):
                self.mail.answers.append(await self._deliver(hook["url"], headers, raw))
                if self.mail.answers[-1] < 300:
                    return
            await self.clock.sleep(hook["retries"]["delaySeconds"])

    # ------------------------------------------------------------------------------ the interface

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request, as ASGI asks."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        content = bytearray()
        while True:
            message = await receive()
            content += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        query = scope["query_string"].decode()
        status, answer = await self._answer(scope["method"], scope["path"], query, headers, bytes(content))
        body = b"" if answer is None else json.dumps(answer, ensure_ascii=False).encode()
        fields = [(b"content-type", b"application/json"), (b"date", self._date())]
        await send({"type": "http.response.start", "status": status, "headers": fields})
        await send({"type": "http.response.body", "body": body})

    async def _answer(
        self, method: str, path: str, query: str, headers: Mapping[str, str], content: bytes
    ) -> Answer:
        self.calls.append(f"{method} {path}")
        if self.is_away:
            return 503, {"message": "starting"}
        if headers.get("x-api-key") != self._api_key:
            return 401, {"message": "Unauthorized", "statusCode": 401}
        if self.answer_with:
            return self.answer_with.pop(0), {"message": "as the test wished"}
        body = json.loads(content) if content else {}
        steps = [unquote(step) for step in path.split("/")[1:]]
        if steps == ["api", "version"]:
            return 200, {"version": self.version, "engine": self.engine, "tier": "CORE", "browser": None}
        if steps == ["api", "sessions"]:
            return await self._all(method, query, body)
        if steps == ["api", "sendText"]:
            return await self._send_text(body)
        if steps[:2] == ["api", "sessions"]:
            return await self._one(method, steps[2:], body)
        return await self._auth(steps[1:], body)

    async def _all(self, method: str, query: str, body: Mapping[str, Any]) -> Answer:
        if method == "GET":
            wanted = [
                each for each in self.sessions.values() if "all=true" in query or each.status != "STOPPED"
            ]
            return 200, [self._shown(each) for each in wanted]
        if body["name"] in self.sessions:
            return 422, {"message": f"Session '{body['name']}' already exists. Use PUT to update it."}
        remote = self.sessions[body["name"]] = Remote(body["name"], body["config"])
        if body.get("start", True):
            self._start(remote)
        return 201, self._shown(remote)

    async def _one(self, method: str, steps: Sequence[str], body: Mapping[str, Any]) -> Answer:
        remote = self.sessions.get(steps[0])
        if method == "DELETE":
            if remote is not None:
                self._forget(remote)
            return 200, None
        if remote is None:
            return 404, {"message": "Session not found"}
        if method == "GET":
            return 200, self._shown(remote, self.false_statuses.pop(0) if self.false_statuses else None)
        if method == "PUT":
            remote.config = body["config"]
            if remote.status in RUNNING:
                self._start(remote)
            return 200, self._shown(remote)
        await self._act(remote, steps[1])
        return 201, self._shown(remote)

    async def _act(self, remote: Remote, act: str) -> None:
        if act == "stop":
            self._end(remote, "STOPPED") if remote.status != "STOPPED" else None
        elif act == "start" and remote.status in RUNNING:
            return
        elif act in ("start", "restart"):
            self._start(remote)
        elif act == "logout":
            await self._unless_mute(remote)
            self._take_off(remote)
            self._start(remote)

    async def _auth(self, steps: Sequence[str], body: Mapping[str, Any]) -> Answer:
        remote = self.sessions.get(steps[0])
        if remote is None:
            return 404, {"message": "Session not found"}
        if steps[1:] == ["auth", "passkey", "challenge"]:
            is_asked = remote.status == "PASSKEY_REQUIRED"
            return (
                (200, {"challenge": "Y2g", "timeout": 60_000})
                if is_asked
                else (422, {"message": "nothing pending"})
            )
        await self.clock.sleep(self.qr_wait_s)
        if remote.status != "SCAN_QR_CODE" or remote.qr is None:
            expected = {"session": remote.name, "status": remote.status, "expected": ["SCAN_QR_CODE"]}
            return 422, {"error": "Session is not in the expected status"} | expected
        if steps[1:] == ["auth", "qr"]:
            return 200, {"value": remote.qr}
        await self._unless_mute(remote)
        symbols = hashlib.sha256(f"{remote.name}:{next(self._numbers)}".encode()).digest()[:8]
        code = "".join(CODE_SYMBOLS[symbol % len(CODE_SYMBOLS)] for symbol in symbols)
        remote.code, remote.code_phone = f"{code[:4]}-{code[4:]}", body["phoneNumber"]
        return 201, {"code": remote.code}

    async def _send_text(self, body: Mapping[str, Any]) -> Answer:
        remote = self.sessions.get(body["session"])
        if remote is None or remote.status != "WORKING":
            return 422, {"message": "Session status is not as expected", "expected": ["WORKING"]}
        await self._unless_mute(remote)
        to = body["chatId"].removesuffix("@c.us")
        faults = self._send_faults.get(to)
        if faults:
            is_nobody = faults.pop(0) is SessionFault.RECIPIENT_UNKNOWN
            return 500, {"message": f"no LID found for {to} from server" if is_nobody else "boom"}
        message_id = body.get("id") or f"3EB0{next(self._numbers):018X}"
        self.outbox.append(Sent(remote.name, to, body["text"], message_id))
        return 201, {"id": f"true_{body['chatId']}_{message_id}", "timestamp": self._ms() // 1000}

    async def _unless_mute(self, remote: Remote) -> None:
        if remote.is_mute:
            await self._for_ever.wait()

    def _shown(self, remote: Remote, instead: str | None = None) -> Mapping[str, Any]:
        return {
            "name": remote.name, "status": instead or remote.status, "config": remote.config, "me": remote.me,
            "engine": {"engine": self.engine},
        }  # fmt: skip

    def _forget(self, remote: Remote) -> None:
        self._take_off(remote)
        self._halt(remote)
        del self.sessions[remote.name]

    def _take_off(self, remote: Remote) -> None:
        if remote.device is not None:
            self.taken_off.add(remote.device)
        remote.device = remote.me = None

    def _ms(self) -> int:
        return int(self.clock.now().timestamp() * 1000)

    def _date(self) -> bytes:
        return format_datetime(self.clock.now(), usegmt=True).encode()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def _live(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


@contextlib.asynccontextmanager
async def serving_waha(waha: FakeWaha) -> AsyncIterator[str]:
    """Serve it on a free loopback port and yield the address."""
    listening, shutdown = loopback_socket("127.0.0.1:0"), asyncio.Event()
    address = url_of(listening)
    settings = Config()
    settings.bind = [f"fd://{listening.detach()}"]
    settings.graceful_timeout = settings.shutdown_timeout = 1.0
    settings.include_date_header = False
    settings.errorlog = settings.accesslog = None
    task = asyncio.create_task(serve(waha, settings, shutdown_trigger=shutdown.wait), name="fake-waha")
    try:
        yield address
    finally:
        shutdown.set()
        await task
        await waha.aclose()
