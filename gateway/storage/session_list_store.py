"""The list of sessions as staff see it: pages in one order, searches, counts.

A page is found by ids first, in the order of `whatsapp_sessions_list_idx`, and only the rows of that page are joined
with the rest, so a hundred thousand sessions open as quickly as a hundred. Words are looked for as on the board.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.application.admin.running_records import (
    OwnedSession,
    SessionPosition,
    SessionSelection,
    SessionTally,
)
from gateway.domain.search import grams, search_words
from gateway.storage.board_store import FOUND_BY_LETTERS, are_words_rare
from gateway.storage.database import Storage, Transaction
from gateway.storage.event_store import newest_event
from shared.vocabulary import SESSION_ORDER, WhatsappState

RECONNECTS_WITHIN = "24 hours"

_ORDER = "s.state_rank, s.since, s.salon_id"
_IS_UNOWNED = "s.lease_owner IS NULL AND s.needs_owner_at IS NOT NULL AND s.needs_owner_at <= now()"
_IS_OWNED = "s.lease_owner IS NOT NULL AND s.lease_expires_at >= now()"
# As the index over these events says it.
_IS_CLOSE = """
    e.type IN ('session.reconnecting', 'session.connection_replaced', 'session.logged_out', 'session.temp_banned',
        'session.client_outdated', 'session.failed', 'session.pairing_expired')
    AND e.data #>> '{{data,cause}}' IS DISTINCT FROM 'restore'
"""
_LAST_CLOSE = f"""
    LEFT JOIN LATERAL (
        SELECT coalesce(e.data #>> '{{{{data,cause}}}}', e.data #>> '{{{{data,error}}}}', substr(e.type, 9)) AS code,
            e.at FROM marketplace_events e
        WHERE e.salon_id = s.salon_id AND {_IS_CLOSE} ORDER BY e.at DESC LIMIT 1) closed ON true
"""
_RECONNECTS = f"""
    (SELECT count(*) FROM marketplace_events e WHERE e.salon_id = s.salon_id AND {_IS_CLOSE}
        AND e.type = 'session.reconnecting' AND e.at > now() - interval '{RECONNECTS_WITHIN}')
"""
_ROW = f"""
    s.salon_id, c.version, c.title, c.city, c.timezone, s.state, s.state_rank, s.since, s.desired AS wanted, s.adapter,
    s.generation, s.account_phone_masked AS phone_masked, s.linked_at, s.error, s.banned_until,
    CASE WHEN {_IS_OWNED} THEN s.lease_owner END AS owner,
    CASE WHEN {_IS_OWNED} THEN s.lease_since END AS owned_since,
    CASE WHEN {_IS_OWNED} THEN s.lease_expires_at END AS lease_until,
    ({_IS_UNOWNED}) AS is_unowned,
    p.version AS owner_version, coalesce(p.drain = 'asked', false) AS owner_is_draining,
    e.state AS engine_state, e.is_open AS engine_is_open, e.memory_bytes AS engine_memory_bytes, e.at AS engine_at,
    closed.code AS last_close, closed.at AS last_closed_at, {_RECONNECTS} AS reconnects
"""
_PAGE = f"""
    WITH page AS MATERIALIZED (
        SELECT s.salon_id FROM whatsapp_sessions s {{joins}} WHERE {{condition}} ORDER BY {_ORDER} LIMIT %s)
    SELECT n.cursor, r.* FROM (SELECT coalesce(max(id), 0) AS cursor FROM marketplace_events) n
    LEFT JOIN (
        SELECT {_ROW} FROM page JOIN whatsapp_sessions s ON s.salon_id = page.salon_id
        JOIN companies c ON c.yclients_id = s.salon_id
        LEFT JOIN process_liveness p ON p.owner = s.lease_owner AND {_IS_OWNED}
        LEFT JOIN session_engines e ON e.salon_id = s.salon_id AND e.owner = s.lease_owner AND {_IS_OWNED}
        {_LAST_CLOSE}
    ) r ON true ORDER BY r.state_rank, r.since, r.salon_id
"""
_COUNT = f"""
    SELECT s.state, s.adapter, count(*) AS n, count(*) FILTER (WHERE {_IS_UNOWNED}) AS unowned
    FROM whatsapp_sessions s {{joins}} WHERE {{condition}} GROUP BY s.state, s.adapter
"""


class SessionListStore:
    """Reads for the list. An event number in an answer says that the answer is at least as new as that event."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def page(
        self, selection: SessionSelection, after: SessionPosition | None, limit: int
    ) -> tuple[Sequence[OwnedSession], int]:
        """Return sessions in the list's order past a position, and the event number they are at least as new as."""

        def work(tx: Transaction) -> tuple[Sequence[OwnedSession], int]:
            joins, condition, values = _where(tx, selection)
            if after is not None:
                condition += f" AND ({_ORDER}) > (%s, %s, %s)"
                values += [after.rank, after.since, after.salon_id]
            rows = tx.sql(_PAGE.format(joins=joins, condition=condition), *values, limit)
            return [_record(row) for row in rows if row["salon_id"] is not None], int(rows[0]["cursor"])

        return await self._storage.read(work)

    async def tally(self, selection: SessionSelection) -> tuple[SessionTally, int]:
        """Count the sessions by state, whatever states are selected, and by engine, whatever engines are."""
        anywhere = SessionSelection(
            owners=selection.owners, is_unowned=selection.is_unowned, search=selection.search,
            salon_ids=selection.salon_ids,
        )  # fmt: skip

        def work(tx: Transaction) -> tuple[SessionTally, int]:
            cursor = newest_event(tx)
            joins, condition, values = _where(tx, anywhere)
            rows = tx.sql(_COUNT.format(joins=joins, condition=condition), *values)
            return _tally(rows, selection), cursor

        return await self._storage.read(work)


def _where(tx: Transaction, selection: SessionSelection) -> tuple[str, str, list[Any]]:
    """Return joins, condition and the values of both: only what is asked for is in the statement."""
    joins, conditions, values = "", ["true"], list[Any]()
    words = search_words(selection.search)
    if words:
        joins = "JOIN installs i ON i.id = s.install_id"
        if are_words_rare(tx, words):
            joins += FOUND_BY_LETTERS
            values.append(grams(words))
    lists = (
        ("s.salon_id", selection.salon_ids),
        ("s.state_rank", tuple(SESSION_ORDER.index(state) for state in selection.states) or None),
        ("s.adapter", selection.adapters or None), ("s.lease_owner", selection.owners or None),
    )  # fmt: skip
    for column, wanted in lists:
        if wanted is not None:
            conditions.append(f"{column} = ANY(%s)")
            values.append(list(wanted))
    if selection.is_unowned:
        conditions.append(_IS_UNOWNED)
    for word in words:
        conditions.append("strpos(i.search_text, %s) > 0")
        values.append(word)
    return joins, " AND ".join(conditions), values


def _tally(rows: Sequence[Mapping[str, Any]], selection: SessionSelection) -> SessionTally:
    by_state = dict.fromkeys(SESSION_ORDER, 0)
    by_adapter: dict[str, int] = {}
    unowned = 0
    for row in rows:
        state, adapter = WhatsappState(row["state"]), row["adapter"]
        is_state = not selection.states or state in selection.states
        is_adapter = not selection.adapters or adapter in selection.adapters
        by_state[state] += row["n"] if is_adapter else 0
        by_adapter[adapter] = by_adapter.get(adapter, 0) + (row["n"] if is_state else 0)
        unowned += row["unowned"] if is_state and is_adapter else 0
    return SessionTally(by_state, by_adapter, unowned)


def _record(row: Mapping[str, Any]) -> OwnedSession:
    fields = {name: row[name] for name in row if name not in ("cursor", "state_rank")}
    state = WhatsappState(row["state"])
    position = SessionPosition(row["state_rank"], row["since"], row["salon_id"])
    return OwnedSession(**fields | {"state": state, "position": position})
