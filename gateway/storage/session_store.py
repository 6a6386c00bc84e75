"""WhatsApp sessions in Postgres; `gateway.whatsapp.store.SessionStore` holds the rules.

A session that becomes connected queues its install's activation in the same transaction: there is no moment at
which the phone is linked and nobody remembers to tell YCLIENTS.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

from gateway.domain.errors import EventsGoneError, GatewayError
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
from gateway.storage.cleared_events import last_cleared
from gateway.storage.database import Storage, Transaction
from gateway.storage.grouped import GroupedReads
from gateway.storage.install_store import is_assistant_on, lock_newest, queue_activation
from gateway.storage.secret_box import SecretBox
from shared.vocabulary import PairingMethod, PasskeyStage, WhatsappState, session_id_of

SESSION_CHANNEL = "whatsapp_sessions"

_LEASE = ("lease_owner", "lease_epoch", "lease_expires_at")
_NAMES = tuple(each.name for each in fields(SessionRecord))
_COLUMNS = ", ".join(_NAMES)
_KEPT = ("salon_id", "version", "created_at", *_LEASE)
_WRITTEN = tuple(name for name in _NAMES if name not in _KEPT)
_ASSIGNMENTS = ", ".join(f"{name} = %s" for name in _WRITTEN)
_NEXT_VERSION = "nextval('whatsapp_session_version_seq')"
_SEND_COLUMNS = "salon_id, client_ref, status, at, payload_sealed, message_id, error"

_SAVE = f"""
    UPDATE whatsapp_sessions SET {_ASSIGNMENTS}, version = {_NEXT_VERSION}, updated_at = %s
    WHERE salon_id = %s AND version = %s RETURNING {_COLUMNS}, install_id
"""
_CLAIM = f"""
    UPDATE whatsapp_sessions SET lease_owner = %s, lease_epoch = lease_epoch + 1, version = {_NEXT_VERSION},
        lease_since = now(), lease_expires_at = now() + make_interval(secs => %s)
    WHERE salon_id IN (
        SELECT salon_id FROM whatsapp_sessions
        WHERE needs_owner_at <= now() AND lease_owner IS DISTINCT FROM %s
          AND (lease_owner IS NULL OR lease_expires_at < now())
          AND (%s::bigint[] IS NULL OR salon_id = ANY(%s::bigint[]))
        ORDER BY needs_owner_at LIMIT %s FOR UPDATE SKIP LOCKED
    )
    RETURNING {_COLUMNS}
"""
_STILL_OWNED = """
    SELECT install_id FROM whatsapp_sessions
    WHERE salon_id = %s AND lease_owner = %s AND lease_epoch = %s AND generation = %s AND desired = 'running'
    FOR KEY SHARE
"""
_OURS = ("session.%", "message.%")
_INSERT = f"""
    INSERT INTO whatsapp_sessions (salon_id, install_id, session_id, adapter, desired, state, since, created_at,
        version, generation, last_seq, method)
    SELECT %s, %s, %s, %s, 'stopped', 'stopped', %s, %s, {_NEXT_VERSION}, whatsapp_generation, whatsapp_seq, 'qr'
    FROM companies WHERE yclients_id = %s
    ON CONFLICT (salon_id) DO NOTHING
"""


class SqlSessionStore:
    """Session rows, events, leases and outgoing messages in Postgres."""

    def __init__(self, storage: Storage, box: SecretBox | None) -> None:
        self._storage = storage
        self._box = box
        self._watchers: list[Callable[[int | None], None]] = []
        self._records = GroupedReads(self._read_records, storage.start)

    async def open(self, salon_id: int, adapter: str, now: datetime) -> SessionRecord:
        """See `SessionStore.open`. A row of an earlier install is on its way out: pool_unavailable until it is gone.

        Raises install_frozen for a salon whose bot staff have stopped.
        """

        def work(tx: Transaction) -> SessionRecord:
            install = lock_newest(tx, salon_id)
            if install is None or not install.is_open:
                raise GatewayError("install_gone")
            if install.is_frozen_by_staff:
                raise GatewayError("install_frozen")
            tx.sql(
                _INSERT, salon_id, install.install_id, session_id_of(salon_id), adapter, now, now, salon_id
            )
            rows = tx.sql("SELECT install_id FROM whatsapp_sessions WHERE salon_id = %s", salon_id)
            if rows[0]["install_id"] != install.install_id:
                raise GatewayError("pool_unavailable")
            record = _load(tx, salon_id)
            assert record is not None
            return record

        return await self._storage.write(work)

    async def load(self, salon_id: int) -> SessionRecord | None:
        """See `SessionStore.load`."""
        return await self._records.of(salon_id)

    async def _read_records(self, salon_ids: Sequence[int]) -> dict[int, SessionRecord]:
        statement = f"SELECT {_COLUMNS} FROM whatsapp_sessions WHERE salon_id = ANY(%s)"
        rows = await self._storage.read(lambda tx: tx.sql(statement, list(salon_ids)))
        return {row["salon_id"]: _record(row) for row in rows}

    async def list(self, after: int, limit: int) -> Sequence[SessionRecord]:
        """See `SessionStore.list`."""
        statement = f"SELECT {_COLUMNS} FROM whatsapp_sessions WHERE salon_id > %s ORDER BY salon_id LIMIT %s"
        return await self._storage.read(lambda tx: [_record(row) for row in tx.sql(statement, after, limit)])

    async def save(self, record: SessionRecord, events: Sequence[SessionEvent] = ()) -> SessionRecord | None:
        """See `SessionStore.save`; a session that is connected also queues its activation.

        Raises install_frozen for what would start a session that staff have stopped.
        """
        return await self._storage.write(lambda tx: self._save(tx, record, events))

    async def delete(self, record: SessionRecord, events: Sequence[SessionEvent] = ()) -> bool:
        """See `SessionStore.delete`."""

        def work(tx: Transaction) -> bool:
            lock_newest(tx, record.salon_id)
            rows = tx.sql(
                "DELETE FROM whatsapp_sessions WHERE salon_id = %s AND version = %s RETURNING install_id",
                record.salon_id, record.version,
            )  # fmt: skip
            if not rows:
                return False
            tx.count(
                "UPDATE companies SET whatsapp_generation = greatest(whatsapp_generation, %s), "
                "whatsapp_seq = greatest(whatsapp_seq, %s) WHERE yclients_id = %s",
                record.generation, record.last_seq, record.salon_id,
            )  # fmt: skip
            _append(tx, rows[0]["install_id"], events)
            _notify(tx, record.salon_id)
            tx.tell(before=_told(record), after={}, salon_id=record.salon_id)
            return True

        return await self._storage.write(work)

    async def claim(
        self, owner: str, ttl_s: float, *, limit: int, salon_ids: Collection[int] | None = None
    ) -> Sequence[SessionRecord]:
        """See `SessionStore.claim`; leases of processes known to be dead were ended by `liveness`."""
        wanted = None if salon_ids is None else sorted(salon_ids)

        def work(tx: Transaction) -> Sequence[SessionRecord]:
            rows = tx.sql(_CLAIM, owner, ttl_s, owner, wanted, wanted, limit)
            return [_record(row) for row in rows]

        return await self._storage.write(work)

    async def renew(self, owner: str, ttl_s: float) -> Mapping[int, int]:
        """See `SessionStore.renew`."""
        statement = """
            UPDATE whatsapp_sessions SET lease_expires_at = now() + make_interval(secs => %s)
            WHERE lease_owner = %s RETURNING salon_id, lease_epoch
        """
        rows = await self._storage.write(lambda tx: tx.sql(statement, ttl_s, owner))
        return {row["salon_id"]: row["lease_epoch"] for row in rows}

    async def release(self, owner: str, salon_id: int, epoch: int) -> None:
        """See `SessionStore.release`."""

        def work(tx: Transaction) -> None:
            tx.count(
                "UPDATE whatsapp_sessions SET lease_owner = NULL, lease_expires_at = NULL "
                "WHERE salon_id = %s AND lease_owner = %s AND lease_epoch = %s",
                salon_id, owner, epoch,
            )  # fmt: skip
            _notify(tx, salon_id)

        await self._storage.write(work)

    async def last_position(self) -> int:
        """See `SessionStore.last_position`; positions are ids of the event log."""
        rows = await self._storage.read(
            lambda tx: tx.sql("SELECT coalesce(max(id), 0) AS id FROM marketplace_events")
        )
        return int(rows[0]["id"])

    async def events_after(self, position: int, limit: int) -> Sequence[StoredEvent]:
        """See `SessionStore.events_after`; retention and purge clear events away and note how far."""
        statement = """
            SELECT id, at, salon_id, type, data FROM marketplace_events
            WHERE id > %s AND (type LIKE %s OR type LIKE %s)
              AND NOT (type = 'message.received' AND (data->'data' @> '{"is_for_assistant": false}'
                  OR EXISTS (SELECT 1 FROM companies c WHERE c.yclients_id = marketplace_events.salon_id
                             AND c.assistant_off_at IS NOT NULL)))
            ORDER BY id LIMIT %s
        """

        def work(tx: Transaction) -> Sequence[StoredEvent]:
            rows = tx.sql(statement, position, *_OURS, limit)
            if position < last_cleared(tx):
                raise EventsGoneError
            return [_stored(row) for row in rows]

        return await self._storage.read(work)

    async def keep_messages(self, record: SessionRecord, batches: Sequence[MessageBatch]) -> bool:
        """See `SessionStore.keep_messages`."""

        def work(tx: Transaction) -> bool:
            session = tx.sql(
                _STILL_OWNED, record.salon_id, record.lease_owner, record.lease_epoch, record.generation
            )
            if not session:
                return False
            is_heard = is_assistant_on(tx, record.salon_id)
            told = batches if is_heard else [_kept_from_assistant(batch) for batch in batches]
            events = [
                batch.event(new) for batch in told if (new := _new_messages(tx, record.salon_id, batch))
            ]
            if events:
                _append(tx, session[0]["install_id"], events, is_note=True)
                _notify(tx, record.salon_id)
            return True

        return await self._storage.write(work)

    async def load_content(self, salon_id: int, message_id: str) -> bytes | None:
        """See `SessionStore.load_content`."""
        statement = (
            "SELECT content_sealed FROM whatsapp_messages "
            "WHERE salon_id = %s AND kind = 'received' AND message_id = %s AND content_sealed IS NOT NULL "
            "AND NOT EXISTS (SELECT 1 FROM companies WHERE yclients_id = salon_id AND assistant_off_at IS NOT NULL)"
        )
        rows = await self._storage.read(lambda tx: tx.sql(statement, salon_id, message_id))
        return bytes(rows[0]["content_sealed"]) if rows else None

    async def queue_send(
        self, send: SendRecord, *, per_minute: int, is_of_assistant: bool = True
    ) -> SendRecord:
        """See `SessionStore.queue_send`; the salon's row is locked, so that processes count together."""

        def work(tx: Transaction) -> SendRecord:
            lock_newest(tx, send.salon_id)
            known = _load_send(tx, send.salon_id, send.client_ref)
            if known is not None:
                return known
            if is_of_assistant and not is_assistant_on(tx, send.salon_id):
                raise GatewayError("assistant_off")
            _check_rate(tx, send, per_minute)
            tx.sql(
                f"INSERT INTO whatsapp_sends ({_SEND_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s)",
                send.salon_id, send.client_ref, send.status.value, send.at, send.payload_sealed, send.message_id,
                send.error,
            )  # fmt: skip
            _notify(tx, send.salon_id)
            tx.tell(before={}, after={"message": send.status.value}, salon_id=send.salon_id)
            return send

        return await self._storage.write(work)

    async def load_send(self, salon_id: int, client_ref: str) -> SendRecord | None:
        """See `SessionStore.load_send`."""
        return await self._storage.read(lambda tx: _load_send(tx, salon_id, client_ref))

    async def open_sends(self, salon_id: int, limit: int) -> Sequence[SendRecord]:
        """See `SessionStore.open_sends`."""
        statement = f"""
            SELECT {_SEND_COLUMNS} FROM whatsapp_sends
            WHERE salon_id = %s AND status IN ('queued', 'sending') ORDER BY at, client_ref LIMIT %s
        """
        return await self._storage.read(lambda tx: [_send(row) for row in tx.sql(statement, salon_id, limit)])

    async def move_send(self, send: SendRecord, *, expected: SendStatus, lease: Lease | None = None) -> bool:
        """See `SessionStore.move_send`."""

        def work(tx: Transaction) -> bool:
            if lease is not None and not _is_held(tx, send.salon_id, lease):
                return False
            moved = tx.count(
                "UPDATE whatsapp_sends SET status = %s, message_id = %s, error = %s, "
                "payload_sealed = CASE WHEN %s THEN payload_sealed END "  # a reader's copy may be of an earlier key
                "WHERE salon_id = %s AND client_ref = %s AND status = %s",
                send.status.value, send.message_id, send.error, send.payload_sealed is not None,
                send.salon_id, send.client_ref, expected.value,
            )  # fmt: skip
            _notify(tx, send.salon_id)
            return moved == 1

        return await self._storage.write(work)

    def watch(self, changed: Callable[[int | None], None]) -> Callable[[], None]:
        """See `SessionStore.watch`; `heard` feeds it from the listener."""
        self._watchers.append(changed)
        return lambda: self._watchers.remove(changed)

    def heard(self, payload: str) -> None:
        """Pass on a notification; an empty payload means that some may have been missed."""
        salon_id = int(payload) if payload else None
        for changed in tuple(self._watchers):
            changed(salon_id)

    def _save(
        self, tx: Transaction, record: SessionRecord, events: Sequence[SessionEvent]
    ) -> SessionRecord | None:
        install = lock_newest(tx, record.salon_id)  # lock order: company, then session
        is_frozen = install is not None and install.is_frozen_by_staff
        before = _load(tx, record.salon_id) if is_frozen or tx.act is not None else None
        if is_frozen and before is not None and _would_start(before, record):
            raise GatewayError("install_frozen")
        values = [_to_column(getattr(record, name)) for name in _WRITTEN]
        rows = tx.sql(_SAVE, *values, tx.now, record.salon_id, record.version)
        if not rows:
            return None
        install_id = rows[0].pop("install_id")
        _append(tx, install_id, events)
        if record.state is WhatsappState.CONNECTED and record.desired is Desired.RUNNING:
            queue_activation(tx, self._box, record.salon_id, of_install=install_id)
        _notify(tx, record.salon_id)
        saved = _record(rows[0])
        tx.tell(before=_told(before) if before else {}, after=_told(saved), salon_id=record.salon_id)
        return saved


def _check_rate(tx: Transaction, send: SendRecord, per_minute: int) -> None:
    """Raise rate_limited when the salon's messages of the last minute are as many as there may be."""
    since = send.at - timedelta(minutes=1)
    rows = tx.sql(
        "SELECT at FROM whatsapp_sends WHERE salon_id = %s AND at > %s ORDER BY at DESC OFFSET %s LIMIT 1",
        send.salon_id, since, per_minute - 1,
    )  # fmt: skip
    if rows:
        wait_s = (rows[0]["at"] - since).total_seconds()
        raise GatewayError("rate_limited", retry_after=str(max(1, math.ceil(wait_s))))


def stop_session(tx: Transaction, salon_id: int) -> None:
    """Want a salon's session stopped, in the caller's transaction; its owner ends the engine."""
    tx.count(
        f"UPDATE whatsapp_sessions SET desired = 'stopped', version = {_NEXT_VERSION}, updated_at = %s, "
        "needs_owner_at = CASE WHEN state = 'stopped' THEN NULL ELSE %s::timestamptz END "
        "WHERE salon_id = %s AND desired = 'running'",
        tx.now, tx.now, salon_id,
    )  # fmt: skip
    _notify(tx, salon_id)


def _would_start(before: SessionRecord, after: SessionRecord) -> bool:
    return after.desired is Desired.RUNNING and before.desired is not Desired.RUNNING


def _told(record: SessionRecord) -> dict[str, Any]:
    """What the audit keeps of a session: nothing that is secret or personal."""
    return {"state": record.state.value, "wanted": record.desired.value, "method": record.method.value}


def _load(tx: Transaction, salon_id: int) -> SessionRecord | None:
    rows = tx.sql(f"SELECT {_COLUMNS} FROM whatsapp_sessions WHERE salon_id = %s", salon_id)
    return _record(rows[0]) if rows else None


def _kept_from_assistant(batch: MessageBatch) -> MessageBatch:
    """Return what is kept of messages while the assistant is off: that they came, not what they said."""
    if batch.kind != RECEIVED:
        return batch

    def event(new: Sequence[str]) -> SessionEvent:
        told = batch.event(new)
        return replace(told, data={**told.data, "is_for_assistant": False})

    return replace(batch, event=event, content_sealed=None)


def _new_messages(tx: Transaction, salon_id: int, batch: MessageBatch) -> list[str]:
    """Keep a batch and return the ids that were not known."""
    rows = tx.sql(
        "INSERT INTO whatsapp_messages (salon_id, kind, message_id, at, content_sealed) "
        "SELECT %s, %s, message_id, %s, %s FROM unnest(%s::text[]) AS told (message_id) "
        "ON CONFLICT DO NOTHING RETURNING message_id",
        salon_id, batch.kind, batch.at, batch.content_sealed, list(batch.message_ids),
    )  # fmt: skip
    return [row["message_id"] for row in rows]


def _is_held(tx: Transaction, salon_id: int, lease: Lease) -> bool:
    """Whether the session is held under this lease, and no other process can claim it until this transaction ends."""
    statement = """
        SELECT salon_id FROM whatsapp_sessions WHERE salon_id = %s AND lease_owner = %s AND lease_epoch = %s FOR SHARE
    """
    return bool(tx.sql(statement, salon_id, lease.owner, lease.epoch))


def _load_send(tx: Transaction, salon_id: int, client_ref: str) -> SendRecord | None:
    rows = tx.sql(
        f"SELECT {_SEND_COLUMNS} FROM whatsapp_sends WHERE salon_id = %s AND client_ref = %s",
        salon_id,
        client_ref,
    )
    return _send(rows[0]) if rows else None


def _append(
    tx: Transaction, install_id: int, events: Sequence[SessionEvent], *, is_note: bool = False
) -> None:
    rows = tx.sql("SELECT correlation FROM installs WHERE id = %s", install_id)
    for event in events:
        tx.append(
            event.type, salon_id=event.salon_id, install_id=install_id, correlation=rows[0]["correlation"],
            seq=event.seq, generation=event.generation, at=event.at.isoformat(), data=dict(event.data),
            is_note=is_note,
        )  # fmt: skip


def _notify(tx: Transaction, salon_id: int) -> None:
    tx.sql("SELECT pg_notify(%s, %s)", SESSION_CHANNEL, str(salon_id))


def _to_column(value: Any) -> Any:
    if isinstance(value, Desired | WhatsappState | PairingMethod | PasskeyStage):
        return value.value
    return list(value) if isinstance(value, tuple) else value


def _record(row: dict[str, Any]) -> SessionRecord:
    row = dict(row)
    row["desired"] = Desired(row["desired"])
    row["state"] = WhatsappState(row["state"])
    row["method"] = PairingMethod(row["method"])
    row["passkey_stage"] = PasskeyStage(row["passkey_stage"]) if row["passkey_stage"] else None
    row["code_requested_at"] = tuple(row["code_requested_at"])
    return SessionRecord(**row)


def _stored(row: dict[str, Any]) -> StoredEvent:
    data = row["data"]
    event = SessionEvent(
        salon_id=row["salon_id"], seq=data["seq"], generation=data["generation"], type=row["type"],
        at=datetime.fromisoformat(data["at"]), data=data["data"],
    )  # fmt: skip
    return StoredEvent(row["id"], event)


def _send(row: dict[str, Any]) -> SendRecord:
    return SendRecord(**{**row, "status": SendStatus(row["status"])})
