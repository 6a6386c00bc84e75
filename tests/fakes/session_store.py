"""The session store in memory, held to the same suite as the one over Postgres."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.application.ports import Clock
from gateway.domain.errors import DatabaseUnavailableError, EventsGoneError, GatewayError
from gateway.domain.session_records import (
    RECEIVED,
    Desired,
    Lease,
    MessageBatch,
    SendRecord,
    SendStatus,
    SessionEvent,
    SessionRecord,
    StoredEvent,
)
from shared.vocabulary import WhatsappState

_OPEN_SENDS = (SendStatus.QUEUED, SendStatus.SENDING)


@dataclass(frozen=True, slots=True)
class _Counters:
    generation: int = 0
    last_seq: int = 0


class InMemorySessionStore:
    """Satisfies `gateway.whatsapp.store.SessionStore`; the given clock is its database's."""

    def __init__(self, clock: Clock) -> None:
        self.rows: dict[int, SessionRecord] = {}
        self.log: list[StoredEvent] = []
        self.sends: dict[tuple[int, str], SendRecord] = {}
        self.messages: dict[tuple[int, str, str], bytes | None] = {}
        self.is_away = False
        """While set, every method raises DatabaseUnavailableError."""

        self.without_install: set[int] = set()
        self._clock = clock
        self._ended: dict[int, _Counters] = {}
        self._dead: set[str] = set()
        self._versions = 0
        self._first_kept = 0
        self._watchers: dict[object, Callable[[int | None], None]] = {}

    # -------------------------------------------------------------------- what a test may do to it

    def process_died(self, owner: str) -> None:
        """From now on `owner` is known to be dead."""
        self._dead.add(owner)

    def expire_leases(self) -> None:
        """Let every lease have run out a moment ago."""
        past = self._clock.now() - timedelta(milliseconds=1)
        for salon_id, row in self.rows.items():
            if row.lease_owner is not None:
                self.rows[salon_id] = replace(row, lease_expires_at=past)

    def forget_events(self) -> None:
        """Clear away all events so far."""
        self._first_kept = len(self.log)

    # -------------------------------------------------------------------- rows

    async def open(self, salon_id: int, adapter: str, now: datetime) -> SessionRecord:
        """See `SessionStore.open`."""
        self._check()
        if salon_id in self.rows:
            return self.rows[salon_id]
        if salon_id in self.without_install:
            raise GatewayError("install_gone")
        before = self._ended.get(salon_id, _Counters())
        record = SessionRecord(
            salon_id=salon_id, adapter=adapter, desired=Desired.STOPPED, state=WhatsappState.STOPPED, since=now,
            created_at=now, generation=before.generation, engine_generation=before.generation,
            last_seq=before.last_seq,
        )  # fmt: skip
        return self._put(record)

    async def load(self, salon_id: int) -> SessionRecord | None:
        """See `SessionStore.load`."""
        self._check()
        return self.rows.get(salon_id)

    async def list(self, after: int, limit: int) -> Sequence[SessionRecord]:
        """See `SessionStore.list`."""
        self._check()
        return [self.rows[salon_id] for salon_id in sorted(self.rows) if salon_id > after][:limit]

    async def save(self, record: SessionRecord, events: Sequence[SessionEvent] = ()) -> SessionRecord | None:
        """See `SessionStore.save`."""
        self._check()
        current = self.rows.get(record.salon_id)
        if current is None or current.version != record.version:
            return None
        saved = self._put(
            replace(
                record, lease_owner=current.lease_owner, lease_epoch=current.lease_epoch,
                lease_expires_at=current.lease_expires_at, created_at=current.created_at,
            )
        )  # fmt: skip
        self._append(events)
        self._tell(record.salon_id)
        return saved

    async def delete(self, record: SessionRecord, events: Sequence[SessionEvent] = ()) -> bool:
        """See `SessionStore.delete`."""
        self._check()
        current = self.rows.get(record.salon_id)
        if current is None or current.version != record.version:
            return False
        del self.rows[record.salon_id]
        self._ended[record.salon_id] = _Counters(record.generation, record.last_seq)
        self.sends = {key: each for key, each in self.sends.items() if key[0] != record.salon_id}
        self.messages = {key: each for key, each in self.messages.items() if key[0] != record.salon_id}
        self._append(events)
        self._tell(record.salon_id)
        return True

    # -------------------------------------------------------------------- leases

    async def claim(
        self, owner: str, ttl_s: float, *, limit: int, salon_ids: Collection[int] | None = None
    ) -> Sequence[SessionRecord]:
        """See `SessionStore.claim`."""
        self._check()
        free = [row for row in self.rows.values() if row.lease_owner != owner and self._is_free(row)]
        due = [row for row in free if salon_ids is None or row.salon_id in salon_ids]
        due.sort(key=lambda row: (row.needs_owner_at or row.since, row.salon_id))
        expires_at = self._clock.now() + timedelta(seconds=ttl_s)
        return [
            self._put(
                replace(row, lease_owner=owner, lease_epoch=row.lease_epoch + 1, lease_expires_at=expires_at)
            )
            for row in due[:limit]
        ]

    async def renew(self, owner: str, ttl_s: float) -> Mapping[int, int]:
        """See `SessionStore.renew`."""
        self._check()
        expires_at = self._clock.now() + timedelta(seconds=ttl_s)
        held = {salon_id: row for salon_id, row in self.rows.items() if row.lease_owner == owner}
        for salon_id, row in held.items():
            self.rows[salon_id] = replace(row, lease_expires_at=expires_at)
        return {salon_id: row.lease_epoch for salon_id, row in held.items()}

    async def release(self, owner: str, salon_id: int, epoch: int) -> None:
        """See `SessionStore.release`."""
        self._check()
        row = self.rows.get(salon_id)
        if row is not None and (row.lease_owner, row.lease_epoch) == (owner, epoch):
            self.rows[salon_id] = replace(row, lease_owner=None, lease_expires_at=None)
            self._tell(salon_id)

    # -------------------------------------------------------------------- events

    async def last_position(self) -> int:
        """See `SessionStore.last_position`."""
        self._check()
        return len(self.log)

    async def events_after(self, position: int, limit: int) -> Sequence[StoredEvent]:
        """See `SessionStore.events_after`."""
        self._check()
        if position < self._first_kept:
            raise EventsGoneError
        return self.log[position : position + limit]

    # -------------------------------------------------------------------- messages

    async def keep_messages(self, record: SessionRecord, batches: Sequence[MessageBatch]) -> bool:
        """See `SessionStore.keep_messages`."""
        self._check()
        row = self.rows.get(record.salon_id)
        if row is None or row.desired is not Desired.RUNNING or _lease(row) != _lease(record):
            return False
        for batch in batches:
            keys = {each: (record.salon_id, batch.kind, each) for each in batch.message_ids}
            new = [each for each, key in keys.items() if key not in self.messages]
            self.messages |= {keys[each]: batch.content_sealed for each in new}
            if new:
                self._append([batch.event(new)])
                self._tell(record.salon_id)
        return True

    async def load_content(self, salon_id: int, message_id: str) -> bytes | None:
        """See `SessionStore.load_content`."""
        self._check()
        return self.messages.get((salon_id, RECEIVED, message_id))

    async def queue_send(
        self, send: SendRecord, *, per_minute: int, is_of_assistant: bool = True
    ) -> SendRecord:
        """See `SessionStore.queue_send`."""
        self._check()
        key, since = (send.salon_id, send.client_ref), send.at - timedelta(minutes=1)
        if key not in self.sends:
            recent = sorted(
                each.at for each in self.sends.values() if each.salon_id == send.salon_id and each.at > since
            )
            if len(recent) >= per_minute:
                wait_s = (recent[-per_minute] - since).total_seconds()
                raise GatewayError("rate_limited", retry_after=str(max(1, math.ceil(wait_s))))
            self.sends[key] = send
        self._tell(send.salon_id)
        return self.sends[key]

    async def load_send(self, salon_id: int, client_ref: str) -> SendRecord | None:
        """See `SessionStore.load_send`."""
        self._check()
        return self.sends.get((salon_id, client_ref))

    async def open_sends(self, salon_id: int, limit: int) -> Sequence[SendRecord]:
        """See `SessionStore.open_sends`."""
        self._check()
        mine = [
            send for send in self.sends.values() if send.salon_id == salon_id and send.status in _OPEN_SENDS
        ]
        return sorted(mine, key=lambda send: send.at)[:limit]

    async def move_send(self, send: SendRecord, *, expected: SendStatus, lease: Lease | None = None) -> bool:
        """See `SessionStore.move_send`."""
        self._check()
        row = self.rows.get(send.salon_id)
        if lease is not None and (
            row is None or (row.lease_owner, row.lease_epoch) != (lease.owner, lease.epoch)
        ):
            return False
        current = self.sends.get((send.salon_id, send.client_ref))
        if current is None or current.status is not expected:
            return False
        self.sends[(send.salon_id, send.client_ref)] = replace(
            current, status=send.status, payload_sealed=send.payload_sealed, message_id=send.message_id,
            error=send.error,
        )  # fmt: skip
        self._tell(send.salon_id)
        return True

    # -------------------------------------------------------------------- wake-ups

    def watch(self, changed: Callable[[int | None], None]) -> Callable[[], None]:
        """See `SessionStore.watch`."""
        key = object()
        self._watchers[key] = changed

        def end() -> None:
            self._watchers.pop(key, None)

        return end

    # -------------------------------------------------------------------- pieces

    def _check(self) -> None:
        if self.is_away:
            raise DatabaseUnavailableError

    def _put(self, record: SessionRecord) -> SessionRecord:
        self._versions += 1
        self.rows[record.salon_id] = replace(record, version=self._versions)
        return self.rows[record.salon_id]

    def _append(self, events: Sequence[SessionEvent]) -> None:
        for event in events:
            self.log.append(StoredEvent(len(self.log) + 1, event))

    def _tell(self, salon_id: int) -> None:
        for changed in list(self._watchers.values()):
            changed(salon_id)

    def _is_free(self, row: SessionRecord) -> bool:
        now = self._clock.now()
        if row.needs_owner_at is None or row.needs_owner_at > now:
            return False
        if row.lease_owner is None or row.lease_owner in self._dead:
            return True
        return row.lease_expires_at is None or row.lease_expires_at < now


def _lease(row: SessionRecord) -> tuple[str | None, int, int]:
    return row.lease_owner, row.lease_epoch, row.generation
