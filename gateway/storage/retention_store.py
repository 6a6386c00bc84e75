"""Destroying what was kept long enough, a page of rows at a time, in the order of their numbers.

Every step is one short transaction under one advisory lock, so that one process at a time does it. Pages are read by
the primary key from the oldest row on, so a round that has nothing to do reads one page.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from gateway.storage.cleared_events import note_cleared
from gateway.storage.database import Storage, Transaction
from gateway.storage.staff_store import KEEP_DAYS

PAGE = 500
HINT_HOURS = 24
_RETENTION_LOCK = 0x52_45_54_41
_EVENTS = "marketplace_events"
_IS_NOTE_OF_KEPT = "type = 'webhook_processed' AND data ->> 'outcome' IN ('kept', 'repeated')"
_OLD_MESSAGES = """
    DELETE FROM whatsapp_messages m USING (
        SELECT salon_id, kind, message_id FROM whatsapp_messages WHERE at < %s ORDER BY at LIMIT %s) old
    WHERE (m.salon_id, m.kind, m.message_id) = (old.salon_id, old.kind, old.message_id)
"""
_OLD_SENDS = """
    DELETE FROM whatsapp_sends s USING (
        SELECT salon_id, client_ref FROM whatsapp_sends
        WHERE at < %s AND status NOT IN ('queued', 'sending') ORDER BY at LIMIT %s) old
    WHERE (s.salon_id, s.client_ref) = (old.salon_id, old.client_ref)
"""
# Read from the oldest on, so that a round with nothing to do reads one page of an index that holds these alone.
_OLD_MESSAGE_EVENTS = """
    DELETE FROM marketplace_events e USING (
        SELECT id, at FROM marketplace_events WHERE left(type, 8) = 'message.' ORDER BY id LIMIT %s) old
    WHERE e.id = old.id AND old.at < %s RETURNING e.id, e.type
"""


class RetentionStore:
    """Each method does one step and returns how many rows it destroyed, None when there is no more to do for now."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._after = {"webhook_inbox": 0, "partner_attempts": 0}

    async def webhooks(self, before: datetime) -> int | None:
        """Delete webhooks that were dealt with and received before this moment; those still to do stay."""

        def work(tx: Transaction) -> int | None:
            rows = tx.sql(
                "SELECT id, received_at AS at, state FROM webhook_inbox WHERE id > %s ORDER BY id LIMIT %s",
                self._after["webhook_inbox"], PAGE,
            )  # fmt: skip
            old = [row["id"] for row in rows if row["at"] < before and row["state"] != "pending"]
            tx.count("DELETE FROM webhook_inbox WHERE id = ANY(%s) AND state <> 'pending'", old)
            return self._step("webhook_inbox", rows, before, len(old))

        return await self._locked(work)

    async def attempts(self, before: datetime) -> int | None:
        """Wipe headers and bodies of answers from before this moment; status, time and verdict stay."""

        def work(tx: Transaction) -> int | None:
            rows = tx.sql(
                "SELECT id, started_at AS at FROM partner_attempts "
                "WHERE (headers IS NOT NULL OR body_head IS NOT NULL) AND id > %s ORDER BY id LIMIT %s",
                self._after["partner_attempts"], PAGE,
            )  # fmt: skip
            old = [row["id"] for row in rows if row["at"] < before]
            tx.count("UPDATE partner_attempts SET headers = NULL, body_head = NULL WHERE id = ANY(%s)", old)
            return self._step("partner_attempts", rows, before, len(old))

        return await self._locked(work)

    async def events(self, before: datetime) -> int | None:
        """Delete events from before this moment, but those of installs that are open and those of the audit.

        That a webhook came and was only kept goes all the same: of these an open install has dozens a day. Where it
        has come to is remembered: the events that stay are not read again. When their install is closed one day, the
        purge takes them.
        """

        def work(tx: Transaction) -> int | None:
            marks = tx.sql("SELECT last_id FROM retention_marks WHERE name = %s", _EVENTS)
            after = marks[0]["last_id"] if marks else 0
            page = "SELECT id, at FROM marketplace_events WHERE id > %s ORDER BY id LIMIT %s"
            rows = [row for row in tx.sql(page, after, PAGE) if row["at"] < before]
            if not rows:
                return None
            last = rows[-1]["id"]
            deleted = tx.sql(
                "DELETE FROM marketplace_events e WHERE id > %s AND id <= %s AND at < %s AND type <> 'staff_acted' "
                f"AND ({_IS_NOTE_OF_KEPT} OR NOT EXISTS (SELECT 1 FROM installs i WHERE i.salon_id = e.salon_id "
                "AND i.closed_at IS NULL AND (e.install_id IS NULL OR e.install_id = i.id))) RETURNING id, type",
                after, last, before,
            )  # fmt: skip
            note_cleared(tx, deleted)
            tx.count(
                "INSERT INTO retention_marks (name, last_id) VALUES (%s, %s) "
                "ON CONFLICT (name) DO UPDATE SET last_id = excluded.last_id",
                _EVENTS, last,
            )  # fmt: skip
            return len(deleted)

        return await self._locked(work)

    async def messages(self, before: datetime) -> int | None:
        """Delete messages that came in and what was sent, with their events, from before this moment.

        Unlike a salon's other events they are not kept for as long as its install is open.
        """

        def work(tx: Transaction) -> int | None:
            received = tx.count(_OLD_MESSAGES, before, PAGE)
            sent = tx.count(_OLD_SENDS, before, PAGE)
            events = tx.sql(_OLD_MESSAGE_EVENTS, PAGE, before)
            note_cleared(tx, events)
            return received + sent + len(events) or None

        return await self._locked(work)

    async def commands(self, now: datetime) -> None:
        """Delete the answers of commands that nobody repeats any more."""
        too_old = now - timedelta(days=KEEP_DAYS)
        await self._storage.write(lambda tx: tx.count("DELETE FROM staff_commands WHERE at < %s", too_old))

    def _step(self, name: str, rows: list[dict[str, Any]], before: datetime, destroyed: int) -> int | None:
        """Move on behind this page, or back to the first row when the rest is too young."""
        if len(rows) < PAGE or rows[-1]["at"] >= before:
            self._after[name] = 0
            return destroyed or None
        self._after[name] = rows[-1]["id"]
        return destroyed

    async def hints(self, now: datetime) -> None:
        """Delete hints of session servers that nobody will repeat any more, and those that nobody took."""
        too_old = now - timedelta(hours=HINT_HOURS)
        await self._storage.write(
            lambda tx: tx.count("DELETE FROM whatsapp_hints WHERE received_at < %s", too_old)
        )

    async def note_round(self, now: datetime) -> None:
        """Note that everything that was kept long enough is gone."""
        statement = """
            INSERT INTO retention_rounds (id, at) VALUES (1, %s) ON CONFLICT (id) DO UPDATE SET at = excluded.at
        """
        await self._storage.write(lambda tx: tx.count(statement, now))

    async def _locked(self, work: Callable[[Transaction], int | None]) -> int | None:
        def locked(tx: Transaction) -> int | None:
            held = tx.sql("SELECT pg_try_advisory_xact_lock(%s) AS held", _RETENTION_LOCK)
            return work(tx) if held[0]["held"] else None

        return await self._storage.write(locked)
