"""Reading the event log with a cursor that cannot miss: ids follow the order of commits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from gateway.application.records import EventRecord
from gateway.storage.database import Storage, Transaction

RARELY_S = 60
_RARE_EVENTS_LOCK = 0x52_41_52_45
_COLUMNS = "id AS event_id, at, salon_id, type, data, correlation"


class EventStore:
    """The marketplace event log, read only; `Transaction.flush` is its one writer."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def last_id(self) -> int:
        """Return the newest event's id, 0 when there is none."""
        return await self._storage.read(newest_event)

    async def after(self, cursor: int, limit: int = 500) -> Sequence[EventRecord]:
        """Return up to `limit` events with an id above `cursor`, in order."""
        statement = f"SELECT {_COLUMNS} FROM marketplace_events WHERE id > %s ORDER BY id LIMIT %s"
        return await self._storage.read(lambda tx: _records(tx, statement, cursor, limit))

    async def of_salon(self, salon_id: int, limit: int = 200) -> Sequence[EventRecord]:
        """Return a salon's newest events, oldest of them first."""
        statement = f"""
            SELECT * FROM (SELECT {_COLUMNS} FROM marketplace_events WHERE salon_id = %s ORDER BY id DESC LIMIT %s) e
            ORDER BY event_id
        """
        return await self._storage.read(lambda tx: _records(tx, statement, salon_id, limit))

    async def note(self, event_type: str, **data: Any) -> None:
        """Write an event that belongs to no salon's state, such as a refused token."""
        await self._storage.write(lambda tx: tx.append(event_type, **data))

    async def note_rarely(self, event_type: str, *, code: str) -> None:
        """Write an event unless the same one was written within the last minute: one alarm, not thousands."""

        def work(tx: Transaction) -> None:
            one = f"{event_type} {code}"
            held = tx.sql(
                "SELECT pg_try_advisory_xact_lock(%s, hashtext(%s)) AS held", _RARE_EVENTS_LOCK, one
            )
            if not held[0]["held"]:
                return  # another is writing the same one at this very moment
            recent = tx.sql(
                "SELECT 1 AS one FROM marketplace_events WHERE type = %s AND salon_id IS NULL AND data->>'code' = %s "
                "AND at > %s LIMIT 1",
                event_type, code, tx.now - timedelta(seconds=RARELY_S),
            )  # fmt: skip
            if not recent:
                tx.append(event_type, code=code)

        await self._storage.write(work)


def newest_event(tx: Transaction) -> int:
    """Return the newest event's number, 0 when there is none; what is read after it is at least as new."""
    return int(tx.sql("SELECT coalesce(max(id), 0) AS id FROM marketplace_events")[0]["id"])


def _records(tx: Transaction, statement: str, *parameters: Any) -> Sequence[EventRecord]:
    return [EventRecord(**row) for row in tx.sql(statement, *parameters)]
