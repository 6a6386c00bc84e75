"""Differences between YCLIENTS and us, found in the rows whenever somebody looks.

Nothing but the list's own word is kept: what the last list did not agree with, and since which list. All else, and
whether that still holds, is asked of installs, sessions and calls, so that what was fixed is gone at the next look.
What is brought about in two steps (an install is closed, then its session is removed) counts once the second step is
`GRACE_S` late.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from gateway.application.consistency_records import (
    DifferencePosition,
    DifferenceRecord,
    DifferenceSelection,
)
from gateway.domain.search import search_words
from gateway.storage.database import Storage, Transaction
from gateway.storage.event_store import newest_event
from shared.vocabulary import DifferenceKind, PartnerState, WhatsappState

GRACE_S = 30
"""How late a second step may be; housekeeping makes up for one that was missed every 20 s."""

UNINSTALL_TAKES_S = 600
"""How long an uninstall may be on its way before it counts as unfinished."""

_KINDS = tuple(DifferenceKind)
_LIVE = "('starting', 'pairing', 'awaiting_passkey', 'linking', 'connected', 'reconnecting')"
_LATE = f"(%s::timestamptz - make_interval(secs => {GRACE_S}))"

# Each branch: kind, salon, install, since, when the list was read (where it is the list's word), the call.
_BRANCHES = {
    DifferenceKind.NOT_LISTED: """
        SELECT i.salon_id, i.id AS install_id, d.since, d.seen_at AS listed_at, NULL::bigint AS call_id
        FROM list_differences d JOIN installs i ON i.salon_id = d.salon_id AND i.is_newest
        WHERE d.kind = 'missing' AND i.closed_at IS NULL AND i.partner_state IN ('active', 'frozen')
            AND i.partner_since < d.seen_at
    """,
    DifferenceKind.LISTED_CLOSED: """
        SELECT i.salon_id, i.id, greatest(d.since, i.closed_at), d.seen_at, NULL::bigint
        FROM list_differences d JOIN installs i ON i.salon_id = d.salon_id AND i.is_newest
        WHERE d.kind = 'listed' AND i.closed_at < d.seen_at
    """,
    DifferenceKind.LISTED_UNKNOWN: """
        SELECT d.salon_id, NULL::bigint, d.since, d.seen_at, NULL::bigint FROM list_differences d
        WHERE d.kind = 'listed' AND NOT EXISTS (SELECT 1 FROM installs i WHERE i.salon_id = d.salon_id)
    """,
    DifferenceKind.STATUS_DIFFERS: """
        SELECT i.salon_id, i.id, greatest(i.partner_since, i.registered_at), NULL::timestamptz,
            (SELECT max(p.id) FROM partner_calls p WHERE p.install_id = i.id AND p.kind = 'activate')
        FROM installs i
        WHERE i.is_newest AND i.closed_at IS NULL AND i.partner_status IS NOT NULL
            AND i.partner_state NOT IN ('queued', 'calling')
            AND i.partner_status <> CASE i.partner_state
                WHEN 'active' THEN 'active' WHEN 'frozen' THEN 'freezed' ELSE 'pending' END
    """,
    DifferenceKind.BOT_AFTER_UNINSTALL: f"""
        SELECT i.salon_id, i.id, i.closed_at, NULL::timestamptz, NULL::bigint
        FROM whatsapp_sessions s JOIN installs i ON i.id = s.install_id
        WHERE i.closed_at < {_LATE} AND (s.desired = 'running' OR s.state IN {_LIVE})
    """,
    DifferenceKind.KEYS_LEFT: f"""
        SELECT i.salon_id, i.id, i.closed_at, NULL::timestamptz, NULL::bigint
        FROM installs i LEFT JOIN whatsapp_sessions s ON s.install_id = i.id
        WHERE i.closed_at < {_LATE} AND (
            i.api_key_sealed IS NOT NULL OR i.webhook_key_sealed IS NOT NULL
            OR s.salon_id IS NOT NULL AND NOT (s.desired = 'running' OR s.state IN {_LIVE}))
    """,
    DifferenceKind.BOT_WHILE_FROZEN: f"""
        SELECT i.salon_id, i.id,
            least(CASE WHEN i.partner_state = 'frozen' THEN i.partner_since END, i.frozen_by_staff_at),
            NULL::timestamptz, NULL::bigint
        FROM installs i JOIN whatsapp_sessions s ON s.install_id = i.id
        WHERE i.is_newest AND i.closed_at IS NULL AND (i.partner_state = 'frozen' OR i.frozen_by_staff_at IS NOT NULL)
            AND (s.desired = 'running' OR s.state IN {_LIVE})
            AND least(CASE WHEN i.partner_state = 'frozen' THEN i.partner_since END, i.frozen_by_staff_at) < {_LATE}
    """,
    DifferenceKind.BOT_STOPPED: f"""
        SELECT i.salon_id, i.id, greatest(s.since, i.partner_since), NULL::timestamptz, NULL::bigint
        FROM installs i JOIN whatsapp_sessions s ON s.install_id = i.id
        WHERE i.is_newest AND i.partner_state = 'active' AND i.frozen_by_staff_at IS NULL AND s.desired = 'stopped'
            AND greatest(s.since, i.partner_since) < {_LATE}
    """,
    DifferenceKind.NOT_LINKED: f"""
        SELECT i.salon_id, i.id, coalesce(s.since, i.partner_since), NULL::timestamptz, NULL::bigint
        FROM installs i LEFT JOIN whatsapp_sessions s ON s.install_id = i.id
        WHERE i.is_newest AND i.partner_state = 'active' AND i.frozen_by_staff_at IS NULL
            AND (s.salon_id IS NULL OR s.desired <> 'stopped' AND s.state IN ('logged_out', 'pairing_expired'))
            AND coalesce(s.since, i.partner_since) < {_LATE}
    """,
    DifferenceKind.CALL_OF_CLOSED: f"""
        SELECT i.salon_id, max(i.id), min(i.closed_at), NULL::timestamptz, min(p.id)
        FROM partner_calls p JOIN installs i ON i.id = p.install_id
        WHERE p.finished_at IS NULL AND p.kind = 'activate' AND i.closed_at < {_LATE} GROUP BY i.salon_id
    """,
    DifferenceKind.UNINSTALL_UNFINISHED: f"""
        SELECT i.salon_id, i.id, p.created_at, NULL::timestamptz, p.id
        FROM partner_calls p JOIN installs i ON i.id = p.install_id AND i.is_newest
        WHERE p.kind = 'uninstall'
            AND NOT EXISTS (SELECT 1 FROM partner_calls n
                            WHERE n.install_id = i.id AND n.kind = 'uninstall' AND n.id > p.id)
            AND (p.state = 'held' OR p.state = 'failed' AND i.closed_at IS NULL
                OR p.state = 'waiting' AND p.attempts > 0
                    AND p.created_at < %s::timestamptz - make_interval(secs => {UNINSTALL_TAKES_S}))
    """,
}  # fmt: skip
_ROWS = """
    SELECT f.*, coalesce(c.title, '') AS title, c.city, c.timezone, i.generation, i.partner_state, i.close_reason,
        i.partner_status AS theirs, greatest(i.checked_at, f.listed_at) AS checked_at, s.state AS whatsapp_state
    FROM ({told}) f
    LEFT JOIN installs i ON i.id = f.install_id
    LEFT JOIN companies c ON c.yclients_id = f.salon_id
    LEFT JOIN whatsapp_sessions s ON s.install_id = f.install_id
"""
_FOUND = """
    INSERT INTO list_differences (salon_id, kind, since, seen_at)
    SELECT salon_id, kind, %s, %s FROM unnest(%s::bigint[], %s::text[]) AS found (salon_id, kind)
    ON CONFLICT (salon_id) DO UPDATE SET
        since = CASE WHEN list_differences.kind = excluded.kind THEN list_differences.since ELSE excluded.since END,
        kind = excluded.kind, seen_at = excluded.seen_at
"""


class DifferenceStore:
    """Reads differences, and keeps what a list said."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def page(
        self, selection: DifferenceSelection, after: DifferencePosition | None, limit: int
    ) -> tuple[Sequence[DifferenceRecord], int]:
        """Return differences by kind, the oldest first, and the event number they are at least as new as."""

        def work(tx: Transaction) -> tuple[Sequence[DifferenceRecord], int]:
            cursor = newest_event(tx)
            return differences(tx, selection, after=after, limit=limit), cursor

        return await self._storage.read(work)

    async def counts(self, search: str) -> dict[DifferenceKind, int]:
        """Count the differences of each kind."""

        def work(tx: Transaction) -> dict[DifferenceKind, int]:
            told, values = _told(tx, DifferenceSelection(search=search))
            rows = tx.sql(f"SELECT f.rank, count(*) AS n FROM ({told}) f GROUP BY f.rank", *values)
            counted = {_KINDS[row["rank"]]: int(row["n"]) for row in rows}
            return {kind: counted.get(kind, 0) for kind in DifferenceKind}

        return await self._storage.read(work)

    async def find(self, kind: DifferenceKind, salon_id: int) -> DifferenceRecord | None:
        """Return a salon's difference of a kind, or None when there is none now."""
        chosen = DifferenceSelection(kinds=(kind,), salon_ids=(salon_id,))
        rows = await self._storage.read(lambda tx: differences(tx, chosen, limit=1))
        return rows[0] if rows else None

    async def keep_list(self, missing: Collection[int], listed: Collection[int], read_at: datetime) -> None:
        """Keep in what a list read at this moment differs: installs it lacks, salons that have none open here."""
        kinds = dict.fromkeys(missing, "missing") | dict.fromkeys(listed, "listed")

        def work(tx: Transaction) -> None:
            tx.count(_FOUND, read_at, read_at, list(kinds), list(kinds.values()))
            tx.count("DELETE FROM list_differences WHERE seen_at < %s", read_at)

        await self._storage.write(work)

    async def not_listed_after_all(self, salon_id: int) -> None:
        """YCLIENTS said of a single salon that it is not connected: the list's word about it is out of date."""
        statement = "DELETE FROM list_differences WHERE salon_id = %s AND kind = 'listed'"
        await self._storage.write(lambda tx: tx.count(statement, salon_id))


def differences(
    tx: Transaction, selection: DifferenceSelection, *, after: DifferencePosition | None = None, limit: int
) -> Sequence[DifferenceRecord]:
    """Read differences in the list's order."""
    told, values = _told(tx, selection)
    condition = "true"
    if after is not None:
        condition = "(f.rank, f.since, f.salon_id) > (%s, %s, %s)"
        values += [after.rank, after.since, after.salon_id]
    statement = f"{_ROWS.format(told=told)} WHERE {condition} ORDER BY f.rank, f.since, f.salon_id LIMIT %s"
    return [_record(row) for row in tx.sql(statement, *values, limit)]


def _told(tx: Transaction, selection: DifferenceSelection) -> tuple[str, list[Any]]:
    """Return the statement that finds what is selected, and its values."""
    branches: list[str] = []
    values: list[Any] = []
    for kind in selection.kinds or _KINDS:
        branch = _BRANCHES[kind]
        columns = "(salon_id, install_id, since, listed_at, call_id)"
        branches.append(f"SELECT {_KINDS.index(kind)} AS rank, b.* FROM ({branch}) AS b {columns}")
        values += [tx.now] * branch.count("%s")
    told = f"SELECT * FROM ({' UNION ALL '.join(branches)}) t WHERE true"
    if selection.salon_ids:
        told += " AND t.salon_id = ANY(%s)"
        values.append(list(selection.salon_ids))
    for word in search_words(selection.search):
        told += (
            " AND (t.salon_id::text = %s OR EXISTS (SELECT 1 FROM installs n WHERE n.salon_id = t.salon_id "
            "AND n.is_newest AND strpos(n.search_text, %s) > 0))"
        )
        values += [word, word]
    return told, values


def _record(row: dict[str, Any]) -> DifferenceRecord:
    kind = _KINDS[row["rank"]]
    listed = {
        DifferenceKind.NOT_LISTED: False,
        DifferenceKind.LISTED_CLOSED: True,
        DifferenceKind.LISTED_UNKNOWN: True,
    }
    return DifferenceRecord(
        kind=kind, salon_id=row["salon_id"], title=row["title"], city=row["city"], timezone=row["timezone"],
        generation=row["generation"], since=row["since"], checked_at=row["checked_at"], theirs=row["theirs"],
        is_listed=listed.get(kind), partner_state=PartnerState(row["partner_state"]) if row["partner_state"] else None,
        whatsapp_state=WhatsappState(row["whatsapp_state"]) if row["whatsapp_state"] else None,
        call_id=row["call_id"], close_reason=row["close_reason"],
        position=DifferencePosition(row["rank"], row["since"], row["salon_id"]),
    )  # fmt: skip
