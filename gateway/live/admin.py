"""Namespace `/admin`: the consoles' line. Operations with acknowledgements, changes as they happen, QR codes.

`shared.protocol` tells what goes over it. Nothing is buffered without bound: what changed is gathered by thing, one
message waits for its acknowledgement, and who falls behind is told to read again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import socketio

from gateway.application.admin.changes import Gathered, changes_of
from gateway.application.admin.desk import Answer, Call, Desk, checked, new_request_id
from gateway.application.admin.staff import StaffTokens
from gateway.application.limits import Limits
from gateway.application.ports import Clock
from gateway.application.records import EventRecord, StaffMember, StaffRecord
from gateway.domain.errors import DatabaseUnavailableError, GatewayError
from gateway.live.server import client_address
from shared.admin_wire import Changes, Resync, SalonQuery, SessionView
from shared.protocol import (
    CHANGES,
    NAMESPACE,
    OLDEST_PROTOCOL,
    PROTOCOL_VERSION,
    QR,
    QR_CLOSE,
    QR_OPEN,
    REFUSED,
    RESYNC,
    STAFF_ME,
    WELCOME,
    CallMeta,
)

MAX_BEHIND = 5000
DATABASE_RESTORED = "database_restored"
"""The event that `gateway.storage.restore` writes."""

MAX_GATHERED = 5000
MAX_BATCH = 500
BATCH_EVERY_S = 0.1
MAX_RUNNING = 8
MAX_WAITING = 32
MAX_QR_VIEWS = 20
MAX_UNSENT = 256
ACKNOWLEDGE_WITHIN_S = 30.0
WATCH_EVERY_S = 2.0
LOOKS_UNTIL_AWAY = 2
_PAGE = 500
_log = logging.getLogger("gateway.live")

Explain = Callable[[GatewayError, str], Mapping[str, str]]


class EventLog(Protocol):
    """The part of the event log that is needed here."""

    async def last_id(self) -> int:
        """Return the newest id."""

    async def after(self, cursor: int, limit: int) -> Sequence[EventRecord]:
        """Return events past a cursor."""


@dataclass(slots=True)
class _Console:
    """One connected console: who it is, what it was not told yet, and what it is doing."""

    member: StaffMember
    after: int | None
    gathered: Gathered = field(default_factory=lambda: Gathered(MAX_GATHERED))
    cursor: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)
    running: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_RUNNING))
    asked: int = 0
    views: set[int] = field(default_factory=set)
    stale_views: set[int] = field(default_factory=set)
    telling: asyncio.Task[None] | None = None
    showing: asyncio.Task[None] | None = None
    view_news: asyncio.Event = field(default_factory=asyncio.Event)


class AdminNamespace(socketio.AsyncNamespace):  # type: ignore[misc]
    """Serves consoles. `acknowledge_within_s` is how long one may leave a `changes` unacknowledged."""

    def __init__(
        self,
        desk: Desk,
        tokens: StaffTokens,
        events: EventLog,
        feed_started: Callable[[], Awaitable[None]],
        view_of: Callable[[StaffMember, SalonQuery], Awaitable[SessionView]] | None,
        limits: Limits,
        explain: Explain,
        clock: Clock,
        note_lines: Callable[[Mapping[int, int]], Awaitable[None]],
    ) -> None:
        super().__init__(NAMESPACE)
        self.acknowledge_within_s = ACKNOWLEDGE_WITHIN_S
        self._desk = desk
        self._tokens = tokens
        self._events = events
        self._feed_started = feed_started
        self._view_of = view_of
        self._limits = limits
        self._explain = explain
        self._clock = clock
        self._note_lines = note_lines
        self._lines_noted: Mapping[int, int] = {}
        self._consoles: dict[str, _Console] = {}

    @property
    def consoles(self) -> int:
        """How many consoles are connected to this process."""
        return len(self._consoles)

    @property
    def gathered(self) -> int:
        """How many changed things wait to be told, over all consoles."""
        return sum(len(console.gathered) for console in self._consoles.values())

    # ------------------------------------------------------------------------------------------- connection

    async def on_connect(self, sid: str, environ: Mapping[str, Any], auth: Any = None) -> None:
        """Let in who brings a good staff token and speaks this protocol; else the connect_error says why."""
        try:
            record = await self._known(environ, auth)
            _require_protocol(auth)
            after = _cursor_of(auth)
        except GatewayError as error:
            problem = dict(self._explain(error, "ru"))
            raise socketio.exceptions.ConnectionRefusedError(problem["message"], problem) from None
        console = self._consoles[sid] = _Console(record.member, after)
        _log.info("console_joined", extra={"staff_id": record.staff_id})
        console.telling = self.server.start_background_task(self._tell, sid, console)
        console.showing = self.server.start_background_task(self._show, sid, console)

    async def _known(self, environ: Mapping[str, Any], auth: Any) -> StaffRecord:
        try:
            return await self._tokens.verify(_token_of(environ, auth))
        except GatewayError:
            self._limits.stranger(client_address(environ["asgi.scope"]))
            raise

    async def on_disconnect(self, sid: str) -> None:
        """Forget a console and what it looked at; commands in hand go on to their end."""
        console = self._consoles.pop(sid, None)
        if console is None:
            return
        _log.info("console_left", extra={"staff_id": console.member.staff_id})
        for task in (console.telling, console.showing):
            if task is not None and task is not asyncio.current_task():
                task.cancel()

    async def trigger_event(self, event: object, sid: str, *args: Any) -> Any:
        """Route the library's own two events and the operations.

        A client can name an event `connect` or `disconnect` too, so the library's are known by what the connection
        is doing.
        """
        is_joining = self.server.manager.is_pre_connected(sid, NAMESPACE)
        if event == "connect":
            return await self.on_connect(sid, *args) if is_joining else None
        if event == "disconnect":
            return None if self.server.manager.is_connected(sid, NAMESPACE) else await self.on_disconnect(sid)
        return await self._operate(sid, event, args) if isinstance(event, str) else None

    # ------------------------------------------------------------------------------------------- operations

    async def _operate(self, sid: str, name: str, args: Sequence[Any]) -> dict[str, Any] | None:
        console = self._consoles.get(sid)
        if console is None or await self._is_choked(sid):
            return None
        call, language = Call(new_request_id()), "ru"
        try:
            meta = checked(CallMeta, args[1] if len(args) > 1 and args[1] is not None else {})
            call, language = Call(meta.request_id or call.request_id, meta.idempotency_key), meta.lang
            fields = args[0] if args and args[0] is not None else {}
            data = await self._in_turn(console, name, fields, call)
        except GatewayError as error:
            return {"ok": False, "error": dict(self._explain(error, language)), "request_id": call.request_id}
        except Exception:
            _log.exception("operation_failed", extra={"request_id": call.request_id})
            problem = dict(self._explain(GatewayError("internal"), language))
            return {"ok": False, "error": problem, "request_id": call.request_id}
        return {"ok": True, "data": data, "request_id": call.request_id}

    async def _in_turn(self, console: _Console, name: str, fields: object, call: Call) -> Answer:
        """Run an operation when fewer than eight of this connection run; too many in the queue are refused."""
        if console.asked >= MAX_RUNNING + MAX_WAITING:
            raise GatewayError("rate_limited")
        console.asked += 1
        try:
            async with console.running:
                return await self._run(console, name, fields, call)
        finally:
            console.asked -= 1

    async def _run(self, console: _Console, name: str, fields: object, call: Call) -> Answer:
        # Looked up each time: whoever was revoked a moment ago gets this answer, and is sent away by `watch` after it.
        member = (await self._tokens.current(console.member.staff_id)).member
        if name == QR_OPEN.name:
            return await self._open_view(console, member, fields, call)
        answer = await self._desk.run(member, name, fields, call)
        if name == QR_CLOSE.name:
            console.views.discard(checked(SalonQuery, fields).salon_id)
        return answer

    async def _open_view(self, console: _Console, member: StaffMember, fields: object, call: Call) -> Answer:
        """Answer with the session as it is; from before that moment on, each change of it is shown."""
        answer = await self._desk.run(member, QR_OPEN.name, fields, call)
        if len(console.views) >= MAX_QR_VIEWS:
            raise GatewayError("rate_limited")
        salon_id = checked(SalonQuery, fields).salon_id
        console.views.add(salon_id)
        console.stale_views.add(salon_id)  # it may have changed while it was read
        console.view_news.set()
        return answer

    # ---------------------------------------------------------------------------------------------- changes

    async def follow(self, events: Sequence[EventRecord]) -> None:
        """Gather what changed for every console (a feed follower), and end those whose token was taken away."""
        changes = [change for event in events for change in changes_of(event)]
        salons = {event.salon_id for event in events if event.salon_id is not None}
        for console in self._consoles.values():
            console.gathered.add(changes)
            console.cursor = max(console.cursor, events[-1].event_id)
            console.news.set()
            if stale := console.views & salons:
                console.stale_views |= stale
                console.view_news.set()
        if any(event.type == "staff_revoked" for event in events):
            await self.end_refused()

    async def watch(self) -> None:
        """Look every two seconds whose token was taken away or ended; one endless job for the supervisor.

        When Postgres is away for longer than one look, consoles are sent away too. What they show is no longer the
        present, and each is told why when it comes back, by itself, to ask.
        """
        failures = 0
        while True:
            try:
                await self.end_refused()
                await self._note_open_lines()
                failures = 0
            except DatabaseUnavailableError:
                failures += 1
            if failures >= LOOKS_UNTIL_AWAY:
                await self._send_away()
            await self._clock.sleep(WATCH_EVERY_S)

    async def _note_open_lines(self) -> None:
        """Write down how many consoles of whom are open here, when that is different from what was written."""
        counts = Counter(console.member.staff_id for console in self._consoles.values())
        if counts != self._lines_noted:
            await self._note_lines(counts)
            self._lines_noted = counts

    async def _send_away(self) -> None:
        for sid in tuple(self._consoles):
            await self.server.disconnect(sid, namespace=NAMESPACE)

    async def end_refused(self) -> None:
        """End the consoles of whoever may not go on."""
        connected = {console.member.staff_id for console in self._consoles.values()}
        refused = await self._tokens.refused(connected) if connected else {}
        for sid, console in tuple(self._consoles.items()):
            if console.member.staff_id in refused:
                await self._refuse(sid, refused[console.member.staff_id])

    async def _refuse(self, sid: str, code: str) -> None:
        if sid not in self._consoles:
            return
        await self.emit(REFUSED, dict(self._explain(GatewayError(code), "ru")), to=sid)
        await self.server.disconnect(sid, namespace=NAMESPACE)

    async def _tell(self, sid: str, console: _Console) -> None:
        """Greet a console and tell it what changes, one acknowledged message at a time, until it leaves."""
        try:
            await self._greet(sid, console)
            while sid in self._consoles:
                await console.news.wait()
                console.news.clear()
                await self._tell_once(sid, console)
        except GatewayError as error:  # it comes back by itself and says where it was
            _log.info("console_not_told", extra={"code": error.code})
            await self.server.disconnect(sid, namespace=NAMESPACE)

    async def _greet(self, sid: str, console: _Console) -> None:
        await self._feed_started()
        welcome = await self._desk.run(console.member, STAFF_ME.name, {}, Call(new_request_id()))
        console.cursor = max(console.cursor, int(welcome["cursor"]))
        await self.emit(WELCOME, welcome, to=sid)
        if console.after is not None and not await self._catch_up(
            console, console.after, int(welcome["cursor"])
        ):
            console.gathered.forget()
            await self._resync(sid, console, "behind")
        console.news.set()

    async def _catch_up(self, console: _Console, after: int, newest: int) -> bool:
        """Gather what happened since a cursor; False when it is too much, or the cursor is none of ours.

        After a restore the console has seen things that never happened: it reads everything again.
        """
        if after > newest:
            return False
        read = 0
        while batch := await self._events.after(after, _PAGE):
            read += len(batch)
            if read > MAX_BEHIND or any(event.type == DATABASE_RESTORED for event in batch):
                return False
            console.gathered.add(change for event in batch for change in changes_of(event))
            after = batch[-1].event_id
            console.cursor = max(console.cursor, after)
        console.gathered.sort()
        return not console.gathered.overflowed

    async def _tell_once(self, sid: str, console: _Console) -> None:
        if console.gathered.overflowed:
            console.gathered.forget()
            await self._resync(sid, console, "slow")
        changes, cursor = console.gathered.take(MAX_BATCH, console.cursor)
        if not changes:
            return
        if len(console.gathered):
            console.news.set()
        told = Changes(cursor=cursor, changes=changes).model_dump(mode="json")
        try:
            await self.server.call(
                CHANGES, told, to=sid, namespace=NAMESPACE, timeout=self.acknowledge_within_s
            )
        except socketio.exceptions.TimeoutError:
            console.gathered.forget()
            await self._resync(sid, console, "slow")
        await asyncio.sleep(BATCH_EVERY_S)

    async def _resync(self, sid: str, console: _Console, reason: str) -> None:
        told = Resync(cursor=console.cursor, reason=reason).model_dump(mode="json")
        await self.emit(RESYNC, told, to=sid)

    # ---------------------------------------------------------------------------------------------- QR views

    async def _show(self, sid: str, console: _Console) -> None:
        """Send the session of each open view after every change of its salon, until the console leaves."""
        while sid in self._consoles:
            await console.view_news.wait()
            console.view_news.clear()
            while console.stale_views:
                salon_id = console.stale_views.pop()
                if salon_id in console.views and not await self._is_choked(sid):
                    await self._show_one(sid, console, salon_id)

    async def _show_one(self, sid: str, console: _Console, salon_id: int) -> None:
        if self._view_of is None:
            return
        with contextlib.suppress(GatewayError):  # gone for now; the next change shows it again
            view = await self._view_of(console.member, SalonQuery(salon_id=salon_id))
            if sid in self._consoles and salon_id in console.views:
                await self.emit(QR, view.model_dump(mode="json"), to=sid)

    async def _is_choked(self, sid: str) -> bool:
        """Whether a client asks and does not read; it is sent away then, before what it leaves unread piles up."""
        if self.server.unsent(sid, NAMESPACE) <= MAX_UNSENT:
            return False
        _log.info("console_choked")
        await self.server.disconnect(sid, namespace=NAMESPACE)
        return True


def _token_of(environ: Mapping[str, Any], auth: Any) -> str | None:
    """Return the token of `auth`, or of an Authorization header; never one in the address."""
    if isinstance(auth, Mapping) and isinstance(auth.get("token"), str):
        return str(auth["token"])
    header = str(environ.get("HTTP_AUTHORIZATION", ""))
    return header.removeprefix("Bearer ") if header.startswith("Bearer ") else None


def _require_protocol(auth: Any) -> None:
    """Check the version a console speaks; one that does not say is taken for one of today."""
    spoken = auth.get("protocol") if isinstance(auth, Mapping) else None
    if spoken is None:
        return
    if not isinstance(spoken, int) or isinstance(spoken, bool):
        raise GatewayError("field_invalid")
    if spoken < OLDEST_PROTOCOL:
        raise GatewayError("protocol_too_old")
    if spoken > PROTOCOL_VERSION:
        raise GatewayError("protocol_too_new")


def _cursor_of(auth: Any) -> int | None:
    after = auth.get("after") if isinstance(auth, Mapping) else None
    if after is None:
        return None
    if not isinstance(after, int) or isinstance(after, bool) or not 0 <= after < 2**63:
        raise GatewayError("cursor_invalid")
    return after
