"""The session pool: commands write what is wanted into the rows, owners make it so.

Any process can take a command: it commits the intent, which wakes the process that owns the session (or whichever
claims it first), and waits for the row to show the result. So a process may be killed at any moment, by anything.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TypeVar

from gateway.application.ports import Clock
from gateway.domain.errors import DatabaseUnavailableError, GatewayError
from gateway.domain.phones import InvalidPhoneError, normalise_phone
from gateway.domain.session_records import (
    CodeTicket,
    Desired,
    EngineCondition,
    QrTicket,
    Removal,
    SendRecord,
    SendStatus,
    SentMessage,
    SessionRecord,
    SessionSnapshot,
    StoredEvent,
)
from gateway.domain.sessions import (
    LEASE_RENEW_S,
    LEASE_TTL_S,
    EventType,
    SessionFault,
)
from gateway.whatsapp import changes
from gateway.whatsapp.changes import Change, PhoneForCode
from gateway.whatsapp.engine import Engines
from gateway.whatsapp.gate import StartGate
from gateway.whatsapp.owner import Parts, PoolCounters, SessionOwner
from gateway.whatsapp.seals import Sealer, SessionSeals, phone_of
from gateway.whatsapp.sender import SEND_WAIT_S
from gateway.whatsapp.snapshots import snapshot_of
from gateway.whatsapp.store import SessionStore
from gateway.whatsapp.tasks import TaskBox, set_within, within
from shared.vocabulary import PairingMethod, WhatsappState, session_id_of

T = TypeVar("T")
Decide = Callable[[SessionRecord, datetime], Change | None]

STOP_WAIT_S = 5.0
REMOVE_WAIT_S = 15.0
CLOSE_S = 10.0
CODE_WAIT_S = 10.0
SWEEP_S = 5.0
SEND_PER_MINUTE = 30

TAKEN_AT_ONCE = 5
LOOK_S = 1.0
"""So many sessions without an owner are taken in so many seconds: the rate at which engines may be started."""

TAKEN_WAIT_S = 5.0
"""How long a session that is handed over may wait for another process before there counts as none."""

LOOK_AGAIN_S = 1.0
"""A caller that waits for a row looks by itself this often, should a wake-up be lost."""

RENEW_ANSWER_S = 5.0
RENEW_RETRY_S = 2.0
_LINKING_STATES = frozenset({WhatsappState.PAIRING, WhatsappState.AWAITING_PASSKEY, WhatsappState.LINKING})
_RESOLUTION_S = 1e-6
_BATCH = 100

log = logging.getLogger("gateway.whatsapp")


class ReconcilingPool:
    """`SessionPool` over a store and engines of one kind.

    Until `restore` it only gives commands and reads; from then until `close` it also owns sessions.
    """

    def __init__(
        self,
        store: SessionStore,
        sealer: Sealer,
        engines: Engines,
        clock: Clock,
        *,
        owner: str,
        rng: random.Random | None = None,
        send_per_minute: int = SEND_PER_MINUTE,
        keeps_text: bool = False,
    ) -> None:
        """`owner` names this process's life: a new start must bring a new name.

        A salon may send `send_per_minute` messages in any minute; `keeps_text` keeps what is written to it, sealed.
        """
        rng = rng or random.Random()
        self.counters = PoolCounters()
        self._store = store
        self._seals = SessionSeals(sealer)
        self._engines = engines
        self._clock = clock
        self._parts = Parts(
            owner, store, self._seals, engines, clock, rng, StartGate(clock, rng), self.counters, keeps_text
        )
        self._send_per_minute = send_per_minute
        self._owner = owner
        self._owners: dict[int, tuple[SessionOwner, asyncio.Task[None]]] = {}
        self._tasks = TaskBox()
        self._owner_tasks = TaskBox()
        self._leases = asyncio.Lock()
        self._draining = asyncio.Lock()
        self._wake = asyncio.Event()
        self._dirty: set[int] | None = set()
        self._waiters: dict[int, set[asyncio.Event]] = {}
        self._followers: set[asyncio.Event] = set()
        self._is_owning = False
        self._is_closed = False
        self._unwatch = store.watch(self._on_change)

    # ------------------------------------------------------------------------------ commands

    async def ensure(
        self, salon_id: int, *, pairing: PairingMethod, phone: str | None = None
    ) -> SessionSnapshot:
        """See `SessionPool.ensure`."""
        wanted_phone = self._phone_for(salon_id, pairing, phone)
        version = self._engines.version

        def decide(record: SessionRecord, now: datetime) -> Change | None:
            return changes.ensured(record, now, method=pairing, phone=wanted_phone, engine_version=version)

        while True:
            record = await self._store.open(salon_id, self._engines.name, self._clock.now())
            if record.desired is Desired.REMOVED:
                await self._wait_for(salon_id, STOP_WAIT_S, _is_removed)
                continue
            ensured = await self._decide_on(record, decide)
            if ensured is not None:
                return self._snapshot(ensured)

    async def get(self, salon_id: int) -> SessionSnapshot:
        """See `SessionPool.get`."""
        record = await self._store.load(salon_id)
        if record is None:
            raise GatewayError("session_not_found")
        return self._snapshot(record)

    async def list(self, after: int = 0, limit: int = 100) -> Sequence[SessionSnapshot]:
        """See `SessionPool.list`."""
        records = await self._store.list(after, limit)
        return [snapshot_of(record, self._clock.now(), None) for record in records]

    async def current_qr(self, salon_id: int) -> QrTicket:
        """See `SessionPool.current_qr`."""
        snapshot = await self.get(salon_id)
        if snapshot.qr is not None:
            return snapshot.qr
        is_pairing = snapshot.state is WhatsappState.PAIRING
        raise GatewayError(SessionFault.QR_EXPIRED.value if is_pairing else SessionFault.NOT_PAIRING.value)

    async def request_pairing_code(self, salon_id: int, phone: str) -> CodeTicket:
        """See `SessionPool.request_pairing_code`."""
        wanted_phone = self._seals.phone_for_code(salon_id, normalise_phone(phone))
        record = await self._change(salon_id, lambda r, now: changes.code_requested(r, now, wanted_phone))
        if record is None:
            raise GatewayError("session_not_found")
        request = record.code_requests
        return await self._wait_for(salon_id, CODE_WAIT_S, lambda r: self._code_answer(r, request))

    async def send_text(
        self, salon_id: int, to: str | None, text: str, *, client_ref: str, is_of_assistant: bool = True
    ) -> SentMessage:
        """See `SessionPool.send_text`."""
        phone = None if to is None else normalise_phone(to)
        send = await self._store.load_send(salon_id, client_ref)
        if send is None:
            record = _found(await self._store.load(salon_id))
            if record.state is not WhatsappState.CONNECTED:
                raise GatewayError(SessionFault.NOT_CONNECTED.value)
            sealed = self._seals.seal_message(salon_id, phone or self._own_phone(record), text)
            queued = SendRecord(
                salon_id=salon_id, client_ref=client_ref, status=SendStatus.QUEUED, at=self._clock.now(),
                payload_sealed=sealed,
            )  # fmt: skip
            send = await self._store.queue_send(
                queued, per_minute=self._send_per_minute, is_of_assistant=is_of_assistant
            )
        return await self._settled(send)

    async def read_message(self, salon_id: int, message_id: str) -> tuple[str, str | None] | None:
        """See `SessionPool.read_message`."""
        sealed = await self._store.load_content(salon_id, message_id)
        return None if sealed is None else self._seals.open_content(salon_id, sealed)

    async def stop(self, salon_id: int) -> SessionSnapshot | None:
        """See `SessionPool.stop`."""
        record = await self._change(salon_id, lambda r, now: changes.wanted(r, now, Desired.STOPPED))
        if record is None:
            return None

        def settled(current: SessionRecord | None) -> tuple[SessionRecord | None] | None:
            is_pending = current is not None and changes.is_stopping(current)
            return None if is_pending else (current,)

        (stopped,) = await self._wait_for(salon_id, STOP_WAIT_S, settled)
        return None if stopped is None else self._snapshot(stopped)

    async def resume(self, salon_id: int) -> SessionSnapshot | None:
        """See `SessionPool.resume`."""
        record = await self._change(salon_id, changes.resumed)
        return None if record is None else self._snapshot(record)

    async def restart(self, salon_id: int, *, force: bool = False) -> SessionSnapshot:
        """See `SessionPool.restart`."""
        version = self._engines.version
        record = await self._change(
            salon_id, lambda r, now: changes.restarted(r, now, engine_version=version, force=force)
        )
        return self._snapshot(_found(record))

    async def relink(
        self, salon_id: int, *, pairing: PairingMethod = PairingMethod.QR, phone: str | None = None
    ) -> SessionSnapshot:
        """See `SessionPool.relink`."""
        wanted_phone = self._phone_for(salon_id, pairing, phone)
        record = await self._change(
            salon_id, lambda r, now: changes.relinked(r, now, method=pairing, phone=wanted_phone)
        )
        return self._snapshot(_found(record))

    async def confirm_phone(self, salon_id: int) -> SessionSnapshot:
        """See `SessionPool.confirm_phone`."""
        return self._snapshot(_found(await self._change(salon_id, changes.phone_confirmed)))

    async def remove(self, salon_id: int) -> Removal:
        """See `SessionPool.remove`."""
        position = await self._store.last_position()
        record = await self._change(
            salon_id, lambda r, now: changes.wanted(r, now, Desired.REMOVED), also_removed=True
        )
        if record is None:
            return Removal(unlinked=True)
        await self._wait_for(salon_id, REMOVE_WAIT_S, _is_removed)
        return Removal(unlinked=await self._was_unlinked(salon_id, position))

    async def subscribe(self, after: int | None = None) -> AsyncIterator[StoredEvent]:
        """See `SessionPool.subscribe`. Ends when the pool is closed."""
        position = await self._store.last_position() if after is None else after
        news = asyncio.Event()
        self._followers.add(news)
        try:
            while not self._is_closed:
                news.clear()
                batch = await self._store.events_after(position, _BATCH)
                for stored in batch:
                    position = stored.position
                    yield stored
                if not batch:
                    await set_within(self._clock, SWEEP_S, news, "whatsapp-pool:follow")
        finally:
            self._followers.discard(news)

    # ------------------------------------------------------------------------------ life of the pool

    async def restore(self) -> None:
        """See `SessionPool.restore`. Raises DatabaseUnavailableError when not even the first look succeeds."""
        self._is_owning = True
        await self.revive()
        pause_s = await self._look()
        self._tasks.spawn(self._keep_leases(), "whatsapp-pool:leases")
        self._tasks.spawn(self._keep_sweeping(pause_s), "whatsapp-pool:sweep")

    async def drain(self) -> bool:
        """Hand the sessions to other processes one after another, before this one ends or because staff want it.

        The next one goes once the last has been taken, so no salon waits in a queue without its engine. When nobody
        takes a session (a single process) this one goes on owning, and False is returned. Afterwards this process takes
        none until `take_part`. Cancelling leaves the rest to `close` or `take_part`.
        """
        async with self._draining:
            async with self._leases:  # no claim is under way now whose sessions would be left out
                self._is_owning = False
            for salon_id in sorted(self._owners):
                handed_at = self._clock.monotonic()
                if not await self._handed_over(salon_id):
                    log.info("sessions_stay", extra={"salon_id": salon_id})
                    self.take_part()
                    return False
                await self._clock.sleep(handed_at + LOOK_S / TAKEN_AT_ONCE - self._clock.monotonic())
            return True

    def take_part(self) -> None:
        """Own sessions again after a drain."""
        self._is_owning, self._dirty = not self._is_closed, None
        self._wake.set()

    def conditions(self) -> Mapping[int, EngineCondition]:
        """Return what the engines of this process say of themselves, by salon; those that say nothing are left out."""
        told = {salon_id: owner.condition() for salon_id, (owner, _) in self._owners.items()}
        return {salon_id: condition for salon_id, condition in told.items() if condition is not None}

    def held(self) -> tuple[int, int]:
        """Return how many sessions this process owns, and of how many the owners are linking a phone right now."""
        states = [owner.state for owner, _ in self._owners.values()]
        return len(states), sum(state in _LINKING_STATES for state in states)

    async def close(self) -> None:
        """See `SessionPool.close`."""
        self._is_owning = False
        self._is_closed = True
        async with self._leases:  # no claim is under way now whose rows nobody would know of
            await self._tasks.close()
        for owner, _ in self._owners.values():
            owner.hand_over()
        if ending := {task for _, task in self._owners.values()}:
            with suppress(TimeoutError):
                await within(self._clock, CLOSE_S, asyncio.wait(ending), "whatsapp-pool:close")
        await self._owner_tasks.close()
        self._unwatch()
        self._wake_waiters(None)

    # ------------------------------------------------------------------------------ intents

    def _phone_for(self, salon_id: int, method: PairingMethod, phone: str | None) -> PhoneForCode | None:
        self._seals.require()
        if method is PairingMethod.QR:
            return None
        if phone is None:
            raise InvalidPhoneError
        return self._seals.phone_for_code(salon_id, normalise_phone(phone))

    async def _change(
        self, salon_id: int, decide: Decide, *, also_removed: bool = False
    ) -> SessionRecord | None:
        """Commit an intent; None when there is no session (one being removed is none any more)."""
        while True:
            record = await self._store.load(salon_id)
            if record is None or (record.desired is Desired.REMOVED and not also_removed):
                return None
            decided = await self._decide_on(record, decide)
            if decided is not None:
                return decided

    async def _decide_on(self, record: SessionRecord, decide: Decide) -> SessionRecord | None:
        change = decide(record, self._clock.now())
        if change is None:
            return record
        saved = await self._store.save(change.record, change.events)
        if saved is not None:
            self._on_change(record.salon_id)  # nobody here needs to wait for the store's own wake-up
        return saved

    def _own_phone(self, record: SessionRecord) -> str:
        """Return the linked phone's digits. Raises recipient_unknown when the account hides them."""
        sealed = record.account_sealed
        phone = None if sealed is None else phone_of(self._seals.open_account(record.salon_id, sealed))
        if phone is None:
            raise GatewayError(SessionFault.RECIPIENT_UNKNOWN.value)
        return phone

    def _snapshot(self, record: SessionRecord) -> SessionSnapshot:
        return snapshot_of(record, self._clock.now(), self._seals)

    def _code_answer(self, record: SessionRecord | None, request: int) -> CodeTicket | None:
        record = _found(record)
        if record.code_answers < request:
            return None
        code = self._snapshot(record).pairing_code
        if code is None or record.code_error is not None:
            raise GatewayError(record.code_error or SessionFault.NOT_PAIRING.value)
        return code

    async def _settled(self, send: SendRecord) -> SentMessage:
        """Wait for the end of a message; one that nobody has begun to send by then is taken back."""
        deadline = self._clock.monotonic() + SEND_WAIT_S
        with self._waiter(send.salon_id) as news:
            while send.status in (SendStatus.QUEUED, SendStatus.SENDING):
                remaining_s = deadline - self._clock.monotonic()
                if remaining_s <= 0 and await self._taken_back(send):
                    raise GatewayError(SessionFault.NOT_CONNECTED.value)
                if remaining_s <= 0 and send.status is SendStatus.SENDING:
                    raise GatewayError(SessionFault.OUTCOME_UNKNOWN.value)
                await set_within(
                    self._clock, min(max(remaining_s, 0), LOOK_AGAIN_S), news, "whatsapp-pool:send"
                )
                news.clear()
                send = await self._store.load_send(send.salon_id, send.client_ref) or send
        if send.status is not SendStatus.SENT or send.message_id is None:
            raise GatewayError(send.error or SessionFault.INTERNAL.value)
        return SentMessage(send.message_id, send.at)

    async def _taken_back(self, send: SendRecord) -> bool:
        failed = SendRecord(
            salon_id=send.salon_id, client_ref=send.client_ref, status=SendStatus.FAILED, at=send.at,
            error=SessionFault.NOT_CONNECTED.value,
        )  # fmt: skip
        return await self._store.move_send(failed, expected=SendStatus.QUEUED)

    async def _was_unlinked(self, salon_id: int, position: int) -> bool:
        while batch := await self._store.events_after(position, _BATCH):
            for stored in batch:
                if stored.event.salon_id == salon_id and stored.event.type == EventType.REMOVED:
                    return bool(stored.event.data.get("unlinked"))
            position = batch[-1].position
        return False

    # ------------------------------------------------------------------------------ waiting

    async def _wait_for(
        self, salon_id: int, seconds: float, check: Callable[[SessionRecord | None], T | None]
    ) -> T:
        """Return what `check` finds in the row, looking after each change. Raises pool_unavailable when it is late."""
        deadline = self._clock.monotonic() + seconds
        with self._waiter(salon_id) as news:
            while True:
                news.clear()
                found = check(await self._store.load(salon_id))
                if found is not None:
                    return found
                remaining_s = deadline - self._clock.monotonic()
                if remaining_s <= 0 or self._is_closed:
                    raise GatewayError("pool_unavailable")
                await set_within(self._clock, min(remaining_s, LOOK_AGAIN_S), news, "whatsapp-pool:wait")

    @contextmanager
    def _waiter(self, salon_id: int) -> Iterator[asyncio.Event]:
        news = asyncio.Event()
        waiters = self._waiters.setdefault(salon_id, set())
        waiters.add(news)
        try:
            yield news
        finally:
            waiters.discard(news)
            if not waiters and self._waiters.get(salon_id) is waiters:
                del self._waiters[salon_id]

    def _on_change(self, salon_id: int | None) -> None:
        self._wake_waiters(salon_id)
        owned = self._owners.values() if salon_id is None else filter(None, [self._owners.get(salon_id)])
        for owner, _ in owned:
            owner.poke()
        if not self._is_owning:
            return
        if salon_id is None:
            self._dirty = None
        elif self._dirty is not None and salon_id not in self._owners:
            self._dirty.add(salon_id)
        if self._dirty is None or self._dirty:
            self._wake.set()

    def _wake_waiters(self, salon_id: int | None) -> None:
        for waiting in self._waiters.values() if salon_id is None else [self._waiters.get(salon_id, set())]:
            for news in waiting:
                news.set()
        for news in self._followers:
            news.set()

    # ------------------------------------------------------------------------------ owning

    async def revive(self) -> None:
        """Take over what engines of another kind carried, and let sessions that had given up try again."""
        name, version, after = self._engines.name, self._engines.version, 0

        def decide(record: SessionRecord, now: datetime) -> Change | None:
            moved = changes.transferred(record, now, name)
            return moved or changes.revived(record, now, engine_version=version)

        while records := await self._store.list(after, _BATCH):
            for record in records:
                if decide(record, self._clock.now()) is not None:
                    await self._change(record.salon_id, decide)
            after = records[-1].salon_id

    async def _handed_over(self, salon_id: int) -> bool:
        """Give a session up; whether another process has taken it, or it needs none any more."""
        if salon_id not in self._owners:
            return True
        owner, task = self._owners[salon_id]
        owner.hand_over()
        await asyncio.wait({task})
        try:
            return await self._wait_for(salon_id, TAKEN_WAIT_S, self._is_elsewhere)
        except GatewayError:
            return False

    def _is_elsewhere(self, record: SessionRecord | None) -> bool | None:
        if record is None or record.needs_owner_at is None:
            return True
        return record.lease_owner not in (None, self._owner) or None

    async def _keep_sweeping(self, pause_s: float) -> None:
        """Take the sessions one is told of at once, and look for all others now and then."""
        look_at = self._clock.monotonic() + pause_s
        while True:
            left_s = look_at - self._clock.monotonic()
            await set_within(self._clock, max(left_s, 0.0), self._wake, "whatsapp-pool:tick")
            self._wake.clear()
            named, self._dirty = self._dirty, set()
            try:
                if named:
                    await self._take(_BATCH, named)
                if named is None or self._clock.monotonic() >= look_at - _RESOLUTION_S:
                    look_at = self._clock.monotonic() + SWEEP_S  # should it fail
                    look_at += await self._look() - SWEEP_S
            except DatabaseUnavailableError:
                self._dirty = None

    async def _look(self) -> float:
        """Take as many sessions without an owner as can be started now; return after how long to look again.

        What is left lies open to every process: after a death the living share its sessions, each at the rate at
        which it may start engines, and none waits in the queue of one while another has nothing to do.
        """
        is_all = await self._take(TAKEN_AT_ONCE, None)
        return SWEEP_S if is_all else LOOK_S

    async def _take(self, limit: int, salon_ids: set[int] | None) -> bool:
        """Claim sessions that need an owner and have none, of these salons or any; False when some may be left."""
        while self._is_owning:
            async with self._leases:
                asked_at = self._clock.monotonic()
                claimed = await self._store.claim(self._owner, LEASE_TTL_S, limit=limit, salon_ids=salon_ids)
                for record in claimed:
                    self._begin_to_own(record, asked_at)
            if len(claimed) < limit:
                break
            if salon_ids is None:
                return False
        return True

    def _begin_to_own(self, record: SessionRecord, asked_at: float) -> None:
        owner = SessionOwner(record, self._parts, asked_at)
        predecessor = self._owners.get(record.salon_id)
        work = self._own(owner, predecessor[1] if predecessor else None)
        task = self._owner_tasks.spawn(work, f"whatsapp-session:{session_id_of(record.salon_id)}")
        self._owners[record.salon_id] = (owner, task)

    async def _own(self, owner: SessionOwner, predecessor: asyncio.Task[None] | None) -> None:
        try:
            if predecessor is not None:
                await asyncio.wait({predecessor})
            await owner.run()
        except asyncio.CancelledError:
            # The engine is gone: another may take the session now rather than when the lease runs out.
            with suppress(DatabaseUnavailableError):
                await self._store.release(self._owner, owner.salon_id, owner.epoch)
            raise
        except Exception:
            self.counters.defects += 1
            log.exception("session_owner_failed", extra={"salon_id": owner.salon_id})
        finally:
            if self._owners.get(owner.salon_id, (None,))[0] is owner:
                del self._owners[owner.salon_id]
            self._on_change(owner.salon_id)

    async def _keep_leases(self) -> None:
        """Renew all leases while that succeeds; end all engines before the leases could be somebody else's."""
        pause_s = LEASE_RENEW_S
        while True:
            await self._clock.sleep(pause_s)
            left_s = self._left_or_abandoned()
            try:
                renewal = self._renew()
                await within(self._clock, min(left_s, RENEW_ANSWER_S), renewal, "whatsapp-pool:renew")
                pause_s = LEASE_RENEW_S
            except (DatabaseUnavailableError, TimeoutError):
                pause_s = min(self._left_or_abandoned(), RENEW_RETRY_S)

    def _left_or_abandoned(self) -> float:
        """End the engines whose time on their leases is over; return how many seconds the others still have."""
        left = {salon_id: owner.lease_left_s for salon_id, (owner, _) in self._owners.items()}
        over = [salon_id for salon_id, left_s in left.items() if left_s <= _RESOLUTION_S]
        self._abandon(over, "lease_not_renewed")
        return min((left_s for salon_id, left_s in left.items() if salon_id not in over), default=math.inf)

    async def _renew(self) -> None:
        async with self._leases:
            asked_at = self._clock.monotonic()
            held = await self._store.renew(self._owner, LEASE_TTL_S)
            lost = []
            for salon_id, (owner, _) in self._owners.items():
                if held.get(salon_id) == owner.epoch:
                    owner.renewed(asked_at)
                else:
                    lost.append(salon_id)
            self._abandon(lost, "lease_lost")
            for salon_id in held.keys() - self._owners.keys():
                await self._give_back(salon_id, held[salon_id])

    def _abandon(self, salon_ids: Sequence[int], why: str) -> None:
        for salon_id in salon_ids:
            owner, task = self._owners[salon_id]
            if not owner.is_over and not task.cancelling():  # the end of an engine must not be interrupted
                self.counters.leases_lost += 1
                log.error(why, extra={"salon_id": salon_id})
                task.cancel()

    async def _give_back(self, salon_id: int, epoch: int) -> None:
        try:
            await self._store.release(self._owner, salon_id, epoch)
        except DatabaseUnavailableError:
            log.warning("lease_not_released", extra={"salon_id": salon_id})


def _is_removed(record: SessionRecord | None) -> bool | None:
    """True once the row is gone, or is another life's already."""
    return record is None or record.desired is not Desired.REMOVED or None


def _found(record: SessionRecord | None) -> SessionRecord:
    if record is None:
        raise GatewayError("session_not_found")
    return record
