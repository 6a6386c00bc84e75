"""The gateway's processes as staff see them, the wish that one be drained, and what engines say of themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from gateway.application.admin.running_records import ProcessRecord, Waiting
from gateway.domain.errors import GatewayError
from gateway.storage.database import Storage, Transaction
from shared.vocabulary import DrainState

SILENT_AFTER_S = 5.0
"""A process that has given no sign of life for so long is shown as silent; a dead one is buried before that."""

_ROWS = f"""
    SELECT owner AS name, version, started_at, seen_at, sessions, pairing, sockets, jobs, memory_bytes, drain, drain_at,
        drain_by, seen_at < now() - make_interval(secs => {SILENT_AFTER_S}) AS is_silent
    FROM process_liveness
"""
_WAITING = """
    SELECT
        (SELECT count(*) FROM whatsapp_sessions
            WHERE lease_owner IS NULL AND needs_owner_at IS NOT NULL AND needs_owner_at <= now()) AS unowned,
        (SELECT count(*) FROM partner_calls WHERE state = 'waiting' AND next_attempt_at <= now()) AS calls_due,
        (SELECT count(*) FROM webhook_inbox WHERE state = 'pending') AS webhooks_pending,
        now() AS now
"""
_OTHERS = f"""
    SELECT count(*) AS n FROM process_liveness
    WHERE owner <> %s AND (drain IS NULL OR drain = 'stayed')
      AND seen_at >= now() - make_interval(secs => {SILENT_AFTER_S})
"""
_KEEP_ENGINES = """
    INSERT INTO session_engines (salon_id, owner, state, is_open, memory_bytes, at)
    SELECT told.salon_id, %s, told.state, told.is_open, told.memory_bytes, now()
    FROM unnest(%s::bigint[], %s::text[], %s::boolean[], %s::bigint[]) AS told (salon_id, state, is_open, memory_bytes)
    JOIN whatsapp_sessions s ON s.salon_id = told.salon_id AND s.lease_owner = %s
    ON CONFLICT (salon_id) DO UPDATE SET owner = excluded.owner, state = excluded.state, is_open = excluded.is_open,
        memory_bytes = excluded.memory_bytes, at = excluded.at
"""
_CHANGE = "UPDATE process_liveness SET drain = %s, drain_at = now(), drain_by = %s WHERE owner = %s"


class ProcessStore:
    """Reads what `gateway.storage.liveness` writes, and the wishes that it passes on."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def processes(self) -> tuple[Sequence[ProcessRecord], Waiting, datetime]:
        """Return every process, the oldest first, what waits for one, and the database's time."""

        def work(tx: Transaction) -> tuple[Sequence[ProcessRecord], Waiting, datetime]:
            waiting = tx.sql(_WAITING)[0]
            now = waiting.pop("now")
            rows = tx.sql(f"{_ROWS} ORDER BY started_at, owner")
            return [_record(row) for row in rows], Waiting(**waiting), now

        return await self._storage.read(work)

    async def drain(self, name: str, by: str) -> ProcessRecord:
        """Want a process to hand its sessions over; one that is at it, or through, is left to it.

        Raises process_not_found, and process_alone when no other process could take them.
        """

        def work(tx: Transaction) -> ProcessRecord:
            # One at a time: were two processes drained by two people at once, each would count on the other.
            tx.sql("SELECT owner FROM process_liveness ORDER BY owner FOR UPDATE")
            before = _one(tx, name)
            if before.drain in (DrainState.ASKED, DrainState.DRAINED):
                return before
            if not tx.sql(_OTHERS, name)[0]["n"]:
                raise GatewayError("process_alone")
            return _changed(tx, before, DrainState.ASKED, by)

        return await self._storage.write(work)

    async def take_part(self, name: str) -> ProcessRecord:
        """Let a process take sessions again. Raises process_not_found."""

        def work(tx: Transaction) -> ProcessRecord:
            tx.sql("SELECT owner FROM process_liveness WHERE owner = %s FOR UPDATE", name)
            before = _one(tx, name)
            return before if before.drain is None else _changed(tx, before, None, None)

        return await self._storage.write(work)

    async def note_drain(self, name: str, state: DrainState) -> None:
        """Note how far a process has come, unless its drain was called off meanwhile."""

        def work(tx: Transaction) -> None:
            moved = tx.count(
                "UPDATE process_liveness SET drain = %s, drain_at = now() WHERE owner = %s AND drain = 'asked'",
                state.value, name,
            )  # fmt: skip
            if moved:
                tx.append("process_drain", process=name, drain=state.value)

        await self._storage.write(work)

    async def keep_engines(self, owner: str, told: Sequence[tuple[int, str, bool, int | None]]) -> None:
        """Keep what engines said of themselves: salon, word, whether open, bytes of memory.

        What is told of a session that this process does not own any more is left aside.
        """
        columns = [list(column) for column in zip(*told, strict=True)]
        await self._storage.write(lambda tx: tx.count(_KEEP_ENGINES, owner, *columns, owner))


def _changed(
    tx: Transaction, before: ProcessRecord, state: DrainState | None, by: str | None
) -> ProcessRecord:
    tx.count(_CHANGE, state.value if state else None, by, before.name)
    after = _one(tx, before.name)
    tx.append("process_drain", process=before.name, drain=state.value if state else None)
    tx.tell(before=_told(before), after=_told(after))
    return after


def _told(record: ProcessRecord) -> dict[str, Any]:
    """Return what the audit keeps of a process."""
    return {
        "process": record.name, "drain": record.drain.value if record.drain else None, "sessions": record.sessions,
    }  # fmt: skip


def _one(tx: Transaction, name: str) -> ProcessRecord:
    rows = tx.sql(f"{_ROWS} WHERE owner = %s", name)
    if not rows:
        raise GatewayError("process_not_found")
    return _record(rows[0])


def _record(row: dict[str, Any]) -> ProcessRecord:
    return ProcessRecord(**row | {"drain": DrainState(row["drain"]) if row["drain"] else None})
