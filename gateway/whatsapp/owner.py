"""The one place where a session's engine runs: an owner compares the row with the engine and acts.

Everything that concerns the session passes through one mailbox and is handled in turn: reports of the engine,
deadlines that fell due, and the news that the row may have changed. A report is answered only after what it says is
committed. Nothing the engine does can hold up the mailbox: calls to it run beside it, with deadlines.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TypeVar

from gateway.application.ports import Clock
from gateway.domain.errors import DatabaseUnavailableError, GatewayError
from gateway.domain.session_records import (
    RECEIVED,
    Desired,
    EngineCondition,
    InboundMessage,
    Lease,
    MessageBatch,
    MessageReceipt,
    SessionEvent,
    SessionRecord,
)
from gateway.domain.sessions import (
    CRASH_WINDOW_S,
    ENDINGS,
    LEASE_LOST_S,
    LINKING_S,
    MAX_CRASHES,
    MIN_CODE_LIFE_S,
    QR_GRACE_S,
    RECONNECT_S,
    RESTING_STATES,
    SOCKET_GRACE_S,
    SOCKET_S,
    START_S,
    START_TRIES,
    TRANSIENT_FAULTS,
    CloseCause,
    EventType,
    IllegalSessionMoveError,
    SessionFault,
    StartReason,
    respawn_delay_s,
)
from gateway.whatsapp import changes
from gateway.whatsapp.changes import Change
from gateway.whatsapp.engine import (
    Account,
    Engine,
    EngineError,
    Engines,
    Leavable,
    Telling,
)
from gateway.whatsapp.gate import StartGate
from gateway.whatsapp.receiver import Receiver
from gateway.whatsapp.seals import BrokenSealError, SessionSeals, masked_phone
from gateway.whatsapp.sender import Sender
from gateway.whatsapp.store import SessionStore
from gateway.whatsapp.tasks import TaskBox, within
from gateway.whatsapp.timers import Timer, Timers
from shared.vocabulary import PasskeyStage, WhatsappState, session_id_of

T = TypeVar("T")
W = WhatsappState
Decide = Callable[[SessionRecord, datetime], Change | None]
Handler = Callable[[], Awaitable[bool]]

ENGINE_STOP_S = 3.0
CODE_FETCH_S = 4.0
UNLINK_S = 10.0
"""What an engine may take; each is less than the caller's own patience, who then gets the engine's answer."""

WIPE_AFTER_S = 1.0
"""How long after its expiry a QR is wiped; nobody is shown it then, and usually the next one has replaced it."""

STEADY_S = 60.0
"""A connection that held this long makes earlier failures forgotten."""

MAX_RESTARTS = 3
"""Stream restarts in a row that are made at once; a server that asks for more gets them with pauses."""

_CODE_SYMBOLS = 8
_FINAL_FAULTS = frozenset({SessionFault.ENGINE_MISSING, SessionFault.STORE_CORRUPT})
_ENGINE_TIMERS = (
    Timer.START, Timer.SOCKET, Timer.NEXT_QR, Timer.WIPE_QR, Timer.WIPE_CODE, Timer.PASSKEY, Timer.RECONNECT,
)  # fmt: skip

log = logging.getLogger("gateway.whatsapp")


@dataclass(slots=True)
class PoolCounters:
    """What the pool counts of itself, for the metrics."""

    engine_starts: int = 0
    stale_reports: int = 0
    illegal_moves: int = 0
    leases_lost: int = 0
    defects: int = 0


@dataclass(frozen=True, slots=True)
class Parts:
    """What the owners of one pool share."""

    owner: str
    store: SessionStore
    seals: SessionSeals
    engines: Engines
    clock: Clock
    rng: random.Random
    gate: StartGate
    counters: PoolCounters
    keeps_text: bool = False
    """Whether what people write to a salon is kept, sealed."""


class NotOursError(Exception):
    """The session is gone or has another owner now."""


@dataclass(slots=True, eq=False)
class Running:
    """One engine and what is known of its connection."""

    engine: Engine
    generation: int
    tasks: TaskBox = field(default_factory=TaskBox)
    is_open: bool = False
    opened_at: float = 0.0
    socket_ends_at: float = 0.0
    code_request: int = 0
    sender: asyncio.Task[None] | None = None
    receiver: Receiver | None = None


@dataclass(frozen=True, slots=True)
class _Job:
    handler: Handler
    running: Running | None
    reply: asyncio.Future[bool]


class SessionOwner:
    """Owns one session for as long as this process holds its lease, and ends when the session rests."""

    def __init__(self, record: SessionRecord, parts: Parts, held_since: float) -> None:
        """`held_since` is the monotonic moment at which the lease was asked for."""
        self.salon_id = record.salon_id
        self.epoch = record.lease_epoch
        self._name = f"whatsapp-session:{session_id_of(record.salon_id)}"
        self._record = record
        self._parts = parts
        self._clock = parts.clock
        self._tasks = TaskBox()
        self._mailbox: asyncio.Queue[_Job] = asyncio.Queue()
        self._timers = Timers(parts.clock, self._tasks, self._name, self._ring)
        self._held_since = held_since
        lease = Lease(parts.owner, record.lease_epoch)
        self._sender = Sender(
            record.salon_id, parts.store, parts.seals, parts.clock, lease, lambda: self.lease_left_s > 0
        )
        self._running: Running | None = None
        self._attempt = 0
        self._restarts = 0
        self._crashes: list[float] = []
        self._was_unlinked: bool | None = None
        self._is_stale = False
        self._is_over = False

    # ------------------------------------------------------------------------------ from the pool

    @property
    def lease_left_s(self) -> float:
        """Seconds for which the engine may still live on the lease as it was last renewed."""
        return self._held_since + LEASE_LOST_S - self._clock.monotonic()

    @property
    def is_over(self) -> bool:
        """Whether the engine is being ended, or gone."""
        return self._is_over

    @property
    def state(self) -> WhatsappState:
        """The session's state as this owner knows it."""
        return self._record.state

    def condition(self) -> EngineCondition | None:
        """Return what the engine says of itself; None while there is none, or it says nothing."""
        running = self._running
        if running is not None and isinstance(running.engine, Telling):
            return running.engine.condition()
        return None

    def renewed(self, asked_at: float) -> None:
        """The lease was renewed; it was asked for at that monotonic moment."""
        self._held_since = asked_at

    async def run(self) -> None:
        """Own the session until it rests, is gone, or is handed over. Cancelling ends the engine and writes nothing."""
        is_ours = True
        try:
            await self._live()
        except NotOursError:
            is_ours = False
        finally:
            await self._let_go()
        if is_ours:
            await self._release()

    def poke(self) -> None:
        """The row or its messages may have changed."""
        self._sender.wake()
        if not self._is_stale:
            self._is_stale = True
            self._post(_nothing)

    def hand_over(self) -> None:
        """End the engine and give the session back, so that another process may take it at once."""
        self._post(self._hand_over)

    # ------------------------------------------------------------------------------ from the engine

    async def report(self, running: Running, handler: Handler) -> bool:
        """Handle a report of an engine in turn; False when the engine is not the present one any more."""
        if self._is_over or running is not self._running:
            self._parts.counters.stale_reports += 1
            return False
        return await self._post(handler, running)

    async def on_qr(self, running: Running, text: str, lifetime_s: float) -> bool:
        """A new QR is to be shown."""
        is_first = self._record.state is W.STARTING
        sealed = self._parts.seals.seal_qr(self.salon_id, text)
        shown = await self._commit_for(running, lambda r, now: changes.qr_shown(r, now, sealed, lifetime_s))
        if shown:
            self._attempt = 0
            self._timers.clear(Timer.START)
            self._timers.set(Timer.WIPE_QR, lifetime_s + WIPE_AFTER_S)
            self._timers.set(Timer.NEXT_QR, lifetime_s + QR_GRACE_S)
        if shown and is_first:
            running.socket_ends_at = self._clock.monotonic() + SOCKET_S
            self._timers.set(Timer.SOCKET, SOCKET_S + SOCKET_GRACE_S)
        return shown

    async def on_passkey(self, running: Running, lifetime_s: float, stage: PasskeyStage) -> bool:
        """The phone's account demands a passkey, or its confirmation."""
        asked = await self._commit_for(
            running, lambda r, now: changes.passkey_asked(r, now, lifetime_s, stage)
        )
        if asked:
            self._timers.clear(*_ENGINE_TIMERS)
            self._timers.set(Timer.PASSKEY, lifetime_s)
        return asked

    async def on_paired(self, running: Running, credentials: bytes, account: Account) -> bool:
        """The phone has linked us; True once the credentials are stored."""
        link = self._parts.seals.seal_link(self.salon_id, credentials, account)
        stored = await self._commit_for(running, lambda r, now: changes.paired(r, now, link))
        if stored:
            self._timers.clear(*_ENGINE_TIMERS)
            self._timers.set(Timer.LINKING, LINKING_S)
        return stored

    async def on_restart_required(self, running: Running) -> bool:
        """A new connection at once: the usual end of pairing, and no failure."""
        if self._record.credentials_sealed is None:
            return await self.on_closed(running, CloseCause.DROPPED, None)
        fault = SessionFault.UPSTREAM_UNAVAILABLE
        self._restarts += 1
        if self._restarts > MAX_RESTARTS:
            return await self._respawn(running, fault)
        await self._detach()
        if self._record.state is W.LINKING:
            return True
        return await self._commit_for(
            running, lambda r, now: changes.connection_lost(r, now, fault, attempt=0, delay_s=0.0)
        )

    async def on_opened(self, running: Running, account: Account) -> bool:
        """Logged in."""
        if running.is_open:
            return _wants(self._record, running)
        sealed, phone = self._parts.seals.seal_account(self.salon_id, account), masked_phone(account)
        opened = await self._commit_for(running, lambda r, now: changes.opened(r, now, sealed, phone))
        if opened:
            running.is_open = True
            running.opened_at = self._clock.monotonic()
            self._restarts = 0
            self._timers.clear(Timer.START, Timer.LINKING, Timer.RECONNECT)
            self._sender.opened(self._record.since)
            if running.sender is None:
                running.sender = running.tasks.spawn(self._sender.run(running.engine), f"{self._name}:sender")
        return opened

    async def on_reconnecting(self, running: Running, cause: CloseCause) -> bool:
        """The engine lost its connection and brings it back by itself."""
        running.is_open = False
        self._sender.lost()
        if self._record.state is not W.CONNECTED:
            return self._record.generation == running.generation
        fault = TRANSIENT_FAULTS.get(cause, SessionFault.NETWORK_UNREACHABLE)
        lost = await self._commit_for(
            running, lambda r, now: changes.connection_lost(r, now, fault, attempt=0, delay_s=None)
        )
        if lost:
            self._timers.set(Timer.RECONNECT, RECONNECT_S)
        return lost

    async def receive(self, running: Running, message: InboundMessage) -> bool:
        """A message has reached the salon. One from before the link is taken off the engine and not told."""
        record, now, parts = self._record, self._clock.now(), self._parts
        if not changes.is_of_this_link(record, message):
            return self._is_present(running)
        sealed = parts.seals.seal_content(self.salon_id, message) if parts.keeps_text else None
        event = changes.message_event(
            record, now, EventType.MESSAGE_RECEIVED, message_id=message.message_id, sent_at=message.at
        )
        batch = MessageBatch(RECEIVED, (message.message_id,), now, lambda new: event, sealed)
        return self._is_present(running) and await self._receiver_of(running).take(batch)

    async def acknowledge(self, running: Running, receipt: MessageReceipt) -> bool:
        """Messages we sent were delivered or read."""
        record, now, kind = self._record, self._clock.now(), receipt.kind

        def event(new: Sequence[str]) -> SessionEvent:
            return changes.message_event(
                record, now, EventType.MESSAGE_RECEIPT, message_ids=list(new), kind=kind
            )

        batch = MessageBatch(kind.value, receipt.message_ids, now, event)
        return self._is_present(running) and await self._receiver_of(running).take(batch)

    async def on_closed(self, running: Running, cause: CloseCause, until: datetime | None) -> bool:
        """The connection is over."""
        if cause in ENDINGS:
            return await self._end(running, cause, until)
        if cause is CloseCause.REFS_EXHAUSTED and self._record.state is W.PAIRING:
            return await self._use_up(running)
        if cause is CloseCause.CRASHED:
            self._note_crash()
        return await self._respawn(running, TRANSIENT_FAULTS[cause])

    def _is_present(self, running: Running) -> bool:
        """Whether this engine is the one that is wanted; counts the report of one that is not."""
        is_present = not self._is_over and running is self._running and _wants(self._record, running)
        self._parts.counters.stale_reports += not is_present
        return is_present

    def _receiver_of(self, running: Running) -> Receiver:
        async def keep(batches: Sequence[MessageBatch]) -> bool:
            record = self._record
            if not _wants(record, running):
                return False
            return await self._persist(partial(self._parts.store.keep_messages, record, batches))

        running.receiver = running.receiver or Receiver(keep, running.tasks, f"{self._name}:receiver")
        return running.receiver

    # ------------------------------------------------------------------------------ the mailbox

    def _post(self, handler: Handler, running: Running | None = None) -> asyncio.Future[bool]:
        reply: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._mailbox.put_nowait(_Job(handler, running, reply))
        return reply

    def _ring(self) -> None:
        self._post(self._on_deadlines)

    async def _live(self) -> None:
        await self._take_over()
        while not self._is_over:
            while await self._step():
                pass
            if not self._is_over:
                await self._serve(await self._mailbox.get())

    async def _serve(self, job: _Job) -> None:
        done = False
        try:
            self._require_lease()
            if job.running is None or job.running is self._running:
                done = await job.handler()
        except IllegalSessionMoveError as error:
            self._parts.counters.illegal_moves += 1
            log.error("session_move_refused", extra={"salon_id": self.salon_id, "move": str(error)})
        except NotOursError:
            raise
        except Exception as error:
            if isinstance(error, GatewayError) and error.code == "install_frozen":
                log.info("stopped_by_staff_meanwhile", extra={"salon_id": self.salon_id})
            else:
                self._parts.counters.defects += 1
                log.exception("session_report_failed", extra={"salon_id": self.salon_id})
        finally:
            if not job.reply.done():
                job.reply.set_result(done)

    def _require_lease(self) -> None:
        """Do nothing more once the lease may be another's: a process that was paused notices it here first.

        Raises NotOursError.
        """
        if self.lease_left_s <= 0:
            self._is_over = True
            self._parts.counters.leases_lost += 1
            log.error("lease_not_renewed", extra={"salon_id": self.salon_id})
            raise NotOursError

    async def _on_deadlines(self) -> bool:
        for timer in self._timers.take_due():
            await self._on_deadline(timer)
        return True

    async def _on_deadline(self, timer: Timer) -> None:
        running = self._running
        if timer in (Timer.WIPE_QR, Timer.WIPE_CODE):
            await self._commit(changes.tickets_expired)
        elif timer is Timer.LINKING and self._record.state is W.LINKING:
            await self._detach()
            await self._fail(SessionFault.UPSTREAM_TIMEOUT)
        elif running is None:
            pass  # RESPAWN: that it is no longer set is all the next step needs to know
        elif timer in (Timer.SOCKET, Timer.NEXT_QR):
            await self._use_up(running)
        elif timer is Timer.PASSKEY:
            await self._detach()
            await self._commit(lambda r, now: changes.pairing_expired(r, now, SessionFault.PASSKEY_REQUIRED))
        elif timer is Timer.START:
            await self._respawn(running, SessionFault.UPSTREAM_TIMEOUT)
        elif timer is Timer.RECONNECT:
            await self._respawn(running, SessionFault.NETWORK_UNREACHABLE)

    # ------------------------------------------------------------------------------ row against engine

    async def _take_over(self) -> None:
        """Deal with what the engine of a process before us left behind."""
        if self._record.generation > self._record.engine_generation:
            return
        if await self._commit(changes.adopted) and self._record.credentials_sealed is not None:
            self._timers.set(Timer.RESPAWN, self._parts.gate.delay_s())

    async def _step(self) -> bool:
        """Do the one thing the row asks for next; False when there is nothing to do but wait."""
        if self._is_over:
            return False
        self._require_lease()
        if self._is_stale:
            self._is_stale = False
            await self._reload()
        record = self._record
        if record.desired is Desired.REMOVED:
            return await self._remove()
        if record.desired is Desired.STOPPED and record.state is not W.STOPPED:
            await self._detach()
            return await self._commit(changes.stopped)
        if record.state in RESTING_STATES:
            return await self._rest(record)
        if record.unlink:
            await self._unlink()
            return await self._commit(changes.unlinked)
        if self._needs_engine(record):
            return await self._launch()
        return await self._serve_code_request(record)

    def _needs_engine(self, record: SessionRecord) -> bool:
        if record.generation > record.engine_generation:
            return True
        return self._running is None and not self._timers.is_set(Timer.RESPAWN)

    async def _rest(self, record: SessionRecord) -> bool:
        """End here, unless what made the session rest is over."""
        now = self._clock.now()
        if changes.ban_ends_by_itself(record) and not changes.is_ban_running(record, now):
            return await self._commit(lambda r, at: _again_after_ban(r, at))
        await self._detach()
        await self._settle(record.credentials_sealed)
        self._is_over = (
            True  # what is asked for from now on is seen by whoever claims the row after the release
        )
        return False

    async def _launch(self) -> bool:
        """Start the engine the row asks for."""
        await self._detach()
        self._timers.clear(Timer.RESPAWN)
        if not await self._commit(changes.engine_starts):
            return True
        try:
            credentials = self._credentials()
        except BrokenSealError:
            await self._fail(SessionFault.STORE_CORRUPT)
            return True
        running = Running(self._parts.engines.make(), self._record.generation)
        self._running = running
        self._parts.counters.engine_starts += 1
        self._timers.set(Timer.START, START_S)
        if self._record.state is W.LINKING and not self._timers.is_set(Timer.LINKING):
            self._timers.set(Timer.LINKING, LINKING_S)
        running.tasks.spawn(self._start(running, credentials), f"{self._name}:start")
        return True

    def _credentials(self) -> bytes | None:
        sealed = self._record.credentials_sealed
        return None if sealed is None else self._parts.seals.open_credentials(self.salon_id, sealed)

    async def _start(self, running: Running, credentials: bytes | None) -> None:
        sink = Sink(self, running)
        try:
            await running.engine.start(self.salon_id, running.generation, credentials, sink)
        except EngineError as error:
            fault = error.fault
        except Exception:
            log.exception("engine_start_failed", extra={"salon_id": self.salon_id})
            fault = SessionFault.ENGINE_CRASHED
        else:
            return
        await self.report(running, partial(self._on_start_failed, running, fault))

    async def _on_start_failed(self, running: Running, fault: SessionFault) -> bool:
        if fault not in _FINAL_FAULTS:
            return await self._respawn(running, fault)
        await self._detach()
        return await self._fail(fault)

    # ------------------------------------------------------------------------------ ends of a connection

    async def _end(self, running: Running, cause: CloseCause, until: datetime | None) -> bool:
        await self._detach()
        version = self._parts.engines.version
        try:
            return await self._commit_for(
                running, lambda r, now: changes.ended(r, now, cause, until, version)
            )
        except IllegalSessionMoveError:
            await self._fail(SessionFault.INTERNAL)
            raise

    async def _use_up(self, running: Running) -> bool:
        await self._detach()
        return await self._commit_for(running, changes.codes_used_up)

    async def _respawn(self, running: Running, fault: SessionFault) -> bool:
        """Bring the session back after a while, unless that has failed too often."""
        if running.is_open and self._was_worth_it(running, fault):
            self._attempt = 0
        await self._detach()
        self._attempt += 1
        if self._gives_up():
            return await self._fail(fault)
        delay_s = respawn_delay_s(self._attempt, self._parts.rng)
        lost = await self._commit_for(
            running,
            lambda r, now: changes.connection_lost(r, now, fault, attempt=self._attempt, delay_s=delay_s),
        )
        if lost:
            self._timers.set(Timer.RESPAWN, delay_s)
        return lost

    def _was_worth_it(self, running: Running, fault: SessionFault) -> bool:
        """Whether a connection that was open ends the growing of the pauses.

        A crash loop has a limit of its own and must run fast enough to reach it; a flapping network has none.
        """
        is_steady = self._clock.monotonic() - running.opened_at >= STEADY_S
        return is_steady or fault is SessionFault.ENGINE_CRASHED

    def _gives_up(self) -> bool:
        if self._record.credentials_sealed is None and self._attempt >= START_TRIES:
            return True
        return self._has_crashed_too_often()

    def _note_crash(self) -> None:
        now = self._clock.monotonic()
        self._crashes = [*(at for at in self._crashes if now - at < CRASH_WINDOW_S), now]

    def _has_crashed_too_often(self) -> bool:
        return len(self._crashes) >= MAX_CRASHES

    async def _fail(self, fault: SessionFault) -> bool:
        retryable = fault not in _FINAL_FAULTS
        if self._record.state is W.CONNECTED:
            await self._commit(lambda r, now: changes.connection_lost(r, now, fault, attempt=0, delay_s=None))
        return await self._commit(lambda r, now: changes.failed(r, now, fault, retryable=retryable))

    # ------------------------------------------------------------------------------ what was asked for

    async def _serve_code_request(self, record: SessionRecord) -> bool:
        """Fetch the pairing code somebody waits for; on a socket that lasts long enough to be of use."""
        running = self._running
        if running is None or record.state is not W.PAIRING or not changes.code_is_asked(record):
            return False
        if running.socket_ends_at - self._clock.monotonic() < MIN_CODE_LIFE_S:
            await self._use_up(running)
            return True
        if running.code_request != record.code_requests and record.code_phone_sealed is not None:
            running.code_request = record.code_requests
            fetch = self._fetch_code(running, record.code_requests, record.code_phone_sealed)
            running.tasks.spawn(fetch, f"{self._name}:code")
        return False

    async def _fetch_code(self, running: Running, request: int, phone_sealed: bytes) -> None:
        try:
            phone = self._parts.seals.open_phone(self.salon_id, phone_sealed)
            symbols = await within(
                self._clock, CODE_FETCH_S, running.engine.request_code(phone), f"{self._name}:code-request"
            )
            handler = partial(self._on_code, running, request, _shown(symbols))
        except TimeoutError:
            handler = partial(self._on_code_refused, running, request, SessionFault.UPSTREAM_TIMEOUT)
        except EngineError as error:
            handler = partial(self._on_code_refused, running, request, error.fault)
        except Exception:
            log.exception("pairing_code_failed", extra={"salon_id": self.salon_id})
            handler = partial(self._on_code_refused, running, request, SessionFault.INTERNAL)
        await self.report(running, handler)

    async def _on_code(self, running: Running, request: int, code: str) -> bool:
        life_s = min(SOCKET_S, running.socket_ends_at - self._clock.monotonic())
        sealed = self._parts.seals.seal_code(self.salon_id, code)
        issued = await self._commit_for(
            running, lambda r, now: changes.code_issued(r, now, request, sealed, life_s)
        )
        if issued:
            self._timers.set(Timer.WIPE_CODE, life_s)
        return issued

    async def _on_code_refused(self, running: Running, request: int, fault: SessionFault) -> bool:
        return await self._commit_for(running, lambda r, now: changes.code_refused(r, now, request, fault))

    async def _unlink(self) -> bool:
        """Take our device off the phone as far as that can be done now; the engine is gone afterwards."""
        running, self._running = self._running, None
        if running is None:
            return False
        is_unlinked = False
        if running.is_open:
            try:
                await within(self._clock, UNLINK_S, running.engine.logout(), f"{self._name}:unlink")
                is_unlinked = True
            except Exception as error:
                log.warning("unlink_failed", extra={"salon_id": self.salon_id, "cause": type(error).__name__})
        await self._end_engine(running, kill=True)
        return is_unlinked

    async def _remove(self) -> bool:
        record = self._record
        if self._was_unlinked is None:
            nothing_listed = record.credentials_sealed is None or record.state is W.LOGGED_OUT
            self._was_unlinked = await self._unlink() or nothing_listed
        await self._settle(None)
        change = changes.removed(record, self._clock.now(), unlinked=self._was_unlinked)
        if not await self._persist(partial(self._parts.store.delete, change.record, change.events)):
            await self._reload()
            return True
        raise NotOursError

    async def _hand_over(self) -> bool:
        """Part from the engine; a connection that lives outside our process goes on for the next owner."""
        running = self._running
        if running is not None and isinstance(running.engine, Leavable):
            self._running = None
            await running.tasks.close()
            await running.engine.leave()
            self._timers.clear(*_ENGINE_TIMERS)
        await self._detach()
        await self._commit(changes.handed_over)
        self._is_over = True
        return True

    # ------------------------------------------------------------------------------ engine and row

    async def _detach(self) -> None:
        """Part from the engine first, then end it: what it reports while it ends concerns nobody any more."""
        running, self._running = self._running, None
        if running is not None:
            await self._end_engine(running, kill=False)

    async def _end_engine(self, running: Running, *, kill: bool) -> None:
        self._timers.clear(*_ENGINE_TIMERS)
        await running.tasks.close()
        for is_kill in (True,) if kill else (False, True):
            try:
                await within(
                    self._clock, ENGINE_STOP_S, running.engine.stop(kill=is_kill), f"{self._name}:stop"
                )
            except Exception as error:
                log.error(
                    "engine_did_not_stop", extra={"salon_id": self.salon_id, "cause": type(error).__name__}
                )
            else:
                return

    async def _settle(self, credentials_sealed: bytes | None) -> None:
        """Let the engines close or destroy what they keep outside the row; that never holds the session up."""
        try:
            credentials = None if credentials_sealed is None else self._credentials()
            settling = self._parts.engines.settle(self.salon_id, credentials)
            await within(self._clock, ENGINE_STOP_S, settling, f"{self._name}:settle")
        except BrokenSealError:
            pass  # nothing can be done with them, and nothing may be destroyed
        except Exception as error:
            log.warning(
                "session_not_settled", extra={"salon_id": self.salon_id, "cause": type(error).__name__}
            )

    async def _let_go(self) -> None:
        self._is_over = True
        running, self._running = self._running, None
        if running is not None:
            await self._end_engine(running, kill=True)
        await self._tasks.close()
        while not self._mailbox.empty():
            job = self._mailbox.get_nowait()
            if not job.reply.done():
                job.reply.set_result(False)

    async def _release(self) -> None:
        try:
            await self._parts.store.release(self._parts.owner, self.salon_id, self.epoch)
        except DatabaseUnavailableError:
            log.warning("lease_not_released", extra={"salon_id": self.salon_id})  # it runs out by itself

    async def _commit_for(self, running: Running, decide: Decide) -> bool:
        """Commit what an engine reported, unless the row wants another engine by now."""
        return await self._commit(lambda r, now: decide(r, now) if _wants(r, running) else None)

    async def _commit(self, decide: Decide) -> bool:
        """Decide and save until the row did not move meanwhile; False when there was nothing to do."""
        while True:
            change = decide(self._record, self._clock.now())
            if change is None:
                return False
            saved = await self._persist(partial(self._parts.store.save, change.record, change.events))
            if saved is not None:
                self._record = saved
                return True
            await self._reload()

    async def _reload(self) -> None:
        record = await self._persist(partial(self._parts.store.load, self.salon_id))
        if record is None or record.lease_owner != self._parts.owner or record.lease_epoch != self.epoch:
            raise NotOursError
        self._record = record

    async def _persist(self, operation: Callable[[], Awaitable[T]]) -> T:
        """Insist until the database is back; the pool ends this owner when that takes longer than the lease."""
        delay_s = 0.2
        while True:
            try:
                return await operation()
            except DatabaseUnavailableError:
                await self._clock.sleep(delay_s)
                delay_s = min(delay_s * 2, 2.0)


class Sink:
    """What an engine gets to report to: one sink for each engine, deaf once another engine is the present one."""

    def __init__(self, owner: SessionOwner, running: Running) -> None:
        self._owner = owner
        self._running = running

    async def qr(self, text: str, lifetime_s: float) -> bool:
        """See `EngineSink.qr`."""
        return await self._report(partial(self._owner.on_qr, self._running, text, lifetime_s))

    async def passkey_required(self, lifetime_s: float, stage: PasskeyStage = PasskeyStage.CHALLENGE) -> bool:
        """See `EngineSink.passkey_required`."""
        return await self._report(partial(self._owner.on_passkey, self._running, lifetime_s, stage))

    async def paired(self, credentials: bytes, account: Account) -> bool:
        """See `EngineSink.paired`."""
        return await self._report(partial(self._owner.on_paired, self._running, credentials, account))

    async def restart_required(self) -> bool:
        """See `EngineSink.restart_required`."""
        return await self._report(partial(self._owner.on_restart_required, self._running))

    async def opened(self, account: Account) -> bool:
        """See `EngineSink.opened`."""
        return await self._report(partial(self._owner.on_opened, self._running, account))

    async def reconnecting(self, cause: CloseCause) -> bool:
        """See `EngineSink.reconnecting`."""
        return await self._report(partial(self._owner.on_reconnecting, self._running, cause))

    async def received(self, message: InboundMessage) -> bool:
        """See `EngineSink.received`."""
        return await self._owner.receive(self._running, message)

    async def receipted(self, receipt: MessageReceipt) -> bool:
        """See `EngineSink.receipted`."""
        return await self._owner.acknowledge(self._running, receipt)

    async def closed(self, cause: CloseCause, until: datetime | None = None) -> bool:
        """See `EngineSink.closed`."""
        return await self._report(partial(self._owner.on_closed, self._running, cause, until))

    async def _report(self, handler: Handler) -> bool:
        return await self._owner.report(self._running, handler)


async def _nothing() -> bool:
    return True


def _wants(record: SessionRecord, running: Running) -> bool:
    return record.generation == running.generation and record.desired is Desired.RUNNING


def _again_after_ban(record: SessionRecord, now: datetime) -> Change | None:
    if not changes.ban_ends_by_itself(record) or changes.is_ban_running(record, now):
        return None
    return changes.started(record, now, StartReason.RESTART)


def _shown(symbols: str) -> str:
    """Return a code as phones show it, XXXX-XXXX. Raises EngineError when it is not eight symbols."""
    plain = symbols.replace("-", "").upper()
    if len(plain) != _CODE_SYMBOLS or not plain.isalnum():
        raise EngineError(SessionFault.INTERNAL)
    return f"{plain[:4]}-{plain[4:]}"
