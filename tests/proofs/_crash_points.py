"""The named points at which a gateway can be made to die, and gateways that are broken on purpose.

The product has no such hooks: a process of a proof puts them around the product's own functions before it starts
(`install`). A point is reached when the shared number `armed` is the point's; the process then ends as by a power
cut. A point whose function was renamed or is not on the way any more is never reached, which the proof reports.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
import secrets
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, Final, Protocol

import httpx

from gateway.application.activate import Activator
from gateway.application.receive_webhook import ReceiveWebhook
from gateway.application.records import ClaimedCall
from gateway.clock import SharedClock, SystemClock
from gateway.http.webhooks import WebhookDoor
from gateway.storage import call_store, session_store
from gateway.storage.call_store import CallStore
from gateway.storage.database import Storage
from gateway.storage.inbox_store import InboxStore
from gateway.storage.install_store import InstallStore
from gateway.storage.session_store import SqlSessionStore
from gateway.whatsapp.owner import SessionOwner
from gateway.whatsapp.pool import ReconcilingPool
from gateway.yclients.client import YclientsClient
from shared.vocabulary import WhatsappState

POINTS: Final[dict[str, str]] = {
    "W1": "webhook: headers parsed",
    "W2": "webhook: body read",
    "W3": "webhook: proof accepted",
    "W4": "webhook: insert sent, commit not heard of",
    "W5": "webhook: committed, before the 200",
    "W6": "webhook: claimed by the worker",
    "W7": "webhook: status read at YCLIENTS",
    "W8": "webhook: bot stopped",
    "W9": "webhook: session and credentials deleted",
    "W10": "webhook: state committed, before the session follows",
    "A1": "activation: link recorded, not committed",
    "A2": "activation: call queued, not committed",
    "A3": "activation: link and call committed",
    "A4": "activation: call claimed",
    "A5": "activation: attempt committed, before the connection",
    "A6": "activation: request sent",
    "A7": "activation: answer received",
    "A8": "activation: outcome written, not committed",
    "A9": "activation: outcome committed, before anybody is told",
    "P1": "pairing: entry committed, before the redirect",
    "P2": "pairing: engine asked to start",
    "P3": "pairing: QR stored",
    "P4": "pairing: code stored",
    "P5": "pairing: credentials stored, phone not answered",
    "P6": "pairing: restart demanded (515)",
    "P7": "pairing: open, not recorded",
}
"""Every point and what has happened there."""

BREAKS: Final = {
    "answer_first": "answers a webhook before it is committed",
    "own_clock": "trusts the clock of its machine",
    "careless": "sends an activation again without looking first, each time with a new api_key",
}
"""Ways to break a gateway that a proof must notice."""


class Armed(Protocol):
    """The number of the armed point, from 1, shared with the process of the proof; 0 for none."""

    value: int


class AheadBy(Protocol):
    """Seconds, shared with the process of the proof."""

    value: float


def number_of(point: str) -> int:
    """Return the number that arms a point."""
    return list(POINTS).index(point) + 1


def install(armed: Armed) -> None:
    """Put every point in its place in this process."""

    def reached(point: str) -> bool:
        if armed.value == number_of(point):
            os.kill(os.getpid(), signal.SIGKILL)
        return False

    _webhook_points(reached)
    _activation_points(reached)
    _pairing_points(reached)


def set_clock(ahead_s: AheadBy) -> None:
    """Let this process see its machine's clock ahead of the true one by a shared number of seconds."""

    def now(_self: SystemClock) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=ahead_s.value)

    _replace(SystemClock, "now", now)


def break_it(how: str) -> None:
    """Break the gateway of this process in one of the `BREAKS`."""
    {"answer_first": _answer_first, "careless": _careless, "own_clock": _own_clock}[how]()


Reached = Callable[[str], object]


def _webhook_points(reached: Reached) -> None:
    _before(WebhookDoor, "_body", lambda *_: reached("W1"))
    _after(WebhookDoor, "_body", lambda *_: reached("W2"))
    _after(ReceiveWebhook, "_prove", lambda *_: reached("W3"))
    _amid(Storage, "statement", lambda: reached("W4"))
    _after(ReceiveWebhook, "__call__", lambda *_: reached("W5"))
    _after(InboxStore, "claim_due", lambda claimed, *_: claimed and reached("W6"))
    _after(YclientsClient, "status", lambda *_: reached("W7"))
    _after(ReconcilingPool, "stop", lambda *_: reached("W8"))
    _after(SqlSessionStore, "delete", lambda deleted, *_: deleted and reached("W9"))
    _after(InstallStore, "apply_partner_status", lambda applied, *_: applied.changed and reached("W10"))


def _activation_points(reached: Reached) -> None:
    _around(session_store, "queue_activation", lambda: reached("A1"), lambda did: did and reached("A2"))
    _after(SqlSessionStore, "save", lambda saved, *_: _is_connected(saved) and reached("A3"))
    _after(CallStore, "claim_due", lambda claimed, *_: claimed and reached("A4"))
    _before(YclientsClient, "activate", lambda *_: reached("A5"))
    build_request = httpx.AsyncClient.build_request

    def traced(self: httpx.AsyncClient, method: str, url: Any, **named: Any) -> httpx.Request:
        request = build_request(self, method, url, **named)

        async def trace(event: str, _info: object) -> None:
            if method == "POST" and event == "http11.send_request_body.complete":
                reached("A6")

        request.extensions = {**request.extensions, "trace": trace}
        return request

    _replace(httpx.AsyncClient, "build_request", traced)
    _after(YclientsClient, "activate", lambda *_: reached("A7"))
    _around(call_store, "mark_active", lambda: None, lambda _: reached("A8"))
    _after(CallStore, "settle_active", lambda *_: reached("A9"))


def _pairing_points(reached: Reached) -> None:
    _after(InstallStore, "open_for_entry", lambda *_: reached("P1"))
    _before(SessionOwner, "_start", lambda *_: reached("P2"))
    _after(SessionOwner, "on_qr", lambda *_: reached("P3"))
    _after(SessionOwner, "_on_code", lambda *_: reached("P4"))
    _after(SessionOwner, "on_paired", lambda *_: reached("P5"))
    _before(SessionOwner, "on_restart_required", lambda *_: reached("P6"))
    _before(SessionOwner, "on_opened", lambda *_: reached("P7"))


def _answer_first() -> None:
    commit = ReceiveWebhook.__call__
    under_way: set[asyncio.Task[None]] = set()

    async def answered(self: ReceiveWebhook, delivery: Any) -> None:
        task = asyncio.create_task(commit(self, delivery))
        under_way.add(task)

    _replace(ReceiveWebhook, "__call__", answered)


def _careless() -> None:
    work = Activator.work
    activate = YclientsClient.activate

    async def without_looking(self: Activator, call: ClaimedCall) -> None:
        await work(self, dataclasses.replace(call, outcome_unknown=False))

    async def with_another(self: YclientsClient, call: Any, body: Any, *more: Any) -> Any:
        return await activate(self, call, dataclasses.replace(body, api_key=secrets.token_hex(32)), *more)

    _replace(Activator, "work", without_looking)
    _replace(YclientsClient, "activate", with_another)


def _own_clock() -> None:
    _replace(SharedClock, "now", lambda self: SystemClock.now(self))


def _is_connected(saved: Any) -> bool:
    return saved is not None and saved.state is WhatsappState.CONNECTED


def _after(owner: object, name: str, done: Callable[..., object]) -> None:
    original = getattr(owner, name)

    @wraps(original)
    async def wrapped(*given: Any, **named: Any) -> Any:
        result = await original(*given, **named)
        done(result, *given)
        return result

    _replace(owner, name, wrapped)


def _before(owner: object, name: str, about_to: Callable[..., object]) -> None:
    original = getattr(owner, name)

    @wraps(original)
    async def wrapped(*given: Any, **named: Any) -> Any:
        about_to(*given)
        return await original(*given, **named)

    _replace(owner, name, wrapped)


def _amid(owner: object, name: str, reached: Callable[[], object]) -> None:
    """A few turns of the loop after it has begun: what it sends has gone out."""
    original = getattr(owner, name)

    @wraps(original)
    async def wrapped(*given: Any, **named: Any) -> Any:
        task = asyncio.create_task(original(*given, **named))
        for _ in range(5):
            await asyncio.sleep(0)
        reached()
        return await task

    _replace(owner, name, wrapped)


def _around(owner: object, name: str, about_to: Callable[[], object], done: Callable[[Any], object]) -> None:
    """Within a transaction, where nothing is awaited."""
    original = getattr(owner, name)

    @wraps(original)
    def wrapped(*given: Any, **named: Any) -> Any:
        about_to()
        result = original(*given, **named)
        done(result)
        return result

    _replace(owner, name, wrapped)


def _replace(owner: object, name: str, other: Callable[..., object]) -> None:
    setattr(owner, name, other)
