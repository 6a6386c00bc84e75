"""The list of WhatsApp sessions: who owns each, what its engine says, why its connection ended last."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Protocol

from gateway.application.admin.desk import Handler
from gateway.application.admin.running_records import (
    OwnedSession,
    SessionPosition,
    SessionSelection,
    SessionTally,
    host_of,
)
from gateway.application.records import StaffMember
from gateway.domain.errors import GatewayError
from shared import protocol
from shared.admin_wire import (
    MAX_IDS,
    SessionCounts,
    SessionFilter,
    SessionRow,
    SessionRows,
    SessionRowsQuery,
    SessionsPage,
    SessionsQuery,
)
from shared.vocabulary import MAX_SALON_ID, SESSION_ORDER

_SENT_AS_THEY_ARE = frozenset(SessionRow.model_fields) & {each.name for each in fields(OwnedSession)}


class SessionListStore(Protocol):
    """The sessions in rows; see `gateway.storage.session_list_store` for the promises."""

    async def page(
        self, selection: SessionSelection, after: SessionPosition | None, limit: int
    ) -> tuple[Sequence[OwnedSession], int]:
        """Return sessions in the list's order and the event number they are at least as new as."""

    async def tally(self, selection: SessionSelection) -> tuple[SessionTally, int]:
        """Count the selected sessions."""


class SessionList:
    """The operations that read the list; `gateway.application.admin.sessions` changes sessions."""

    def __init__(self, store: SessionListStore) -> None:
        self._store = store

    async def list(self, _member: StaffMember, given: SessionsQuery) -> SessionsPage:
        """Read a page of the sessions. Raises cursor_invalid."""
        found, cursor = await self._store.page(selection_of(given), position_of(given.after), given.limit + 1)
        shown = found[: given.limit]
        more = cursor_of(shown[-1].position) if len(found) > given.limit else None
        return SessionsPage(rows=[row_of(session) for session in shown], next=more, cursor=cursor)

    async def rows(self, _member: StaffMember, given: SessionRowsQuery) -> SessionRows:
        """Of some salons' sessions, read those that match a filter."""
        selection = selection_of(given, salon_ids=given.salon_ids)
        found, cursor = await self._store.page(selection, None, MAX_IDS)
        return SessionRows(rows=[row_of(session) for session in found], cursor=cursor)

    async def counts(self, _member: StaffMember, given: SessionFilter) -> SessionCounts:
        """Count the sessions in each state and of each kind of engine."""
        tally, cursor = await self._store.tally(selection_of(given))
        return SessionCounts(
            by_state=dict(tally.by_state), by_adapter=dict(tally.by_adapter), unowned=tally.unowned, cursor=cursor
        )  # fmt: skip


def handlers(store: SessionListStore) -> Mapping[str, Handler]:
    """Return what answers each operation that reads the list."""
    sessions = SessionList(store)
    return {
        protocol.SESSIONS_LIST.name: sessions.list, protocol.SESSIONS_ROWS.name: sessions.rows,
        protocol.SESSIONS_COUNTS.name: sessions.counts,
    }  # fmt: skip


def selection_of(given: SessionFilter, *, salon_ids: Sequence[int] | None = None) -> SessionSelection:
    """Return what a filter selects, of some salons only when they are given."""
    return SessionSelection(
        states=tuple(given.states), adapters=tuple(given.adapters), owners=tuple(given.owners),
        is_unowned=given.is_unowned, search=given.search,
        salon_ids=None if salon_ids is None else tuple(salon_ids),
    )  # fmt: skip


def row_of(session: OwnedSession) -> SessionRow:
    """Return a session as it is sent."""
    same = {name: getattr(session, name) for name in _SENT_AS_THEY_ARE}
    host = host_of(session.owner) if session.owner else None
    return SessionRow(**same, phone=session.phone_masked, owner_host=host)


def cursor_of(position: SessionPosition) -> str:
    """Return a position as the opaque text a page's `next` holds."""
    said = json.dumps([position.rank, position.since.isoformat(), position.salon_id], separators=(",", ":"))
    return base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")


def position_of(cursor: str | None) -> SessionPosition | None:
    """Read a page's `next`. Raises cursor_invalid for anything else."""
    if cursor is None:
        return None
    try:
        rank, since, salon_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        position = SessionPosition(rank, datetime.fromisoformat(since), salon_id)
        is_ours = cursor_of(position) == cursor and position.since.tzinfo is not None
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise GatewayError("cursor_invalid") from None
    if not is_ours or not _is_among(rank, len(SESSION_ORDER) - 1) or not _is_among(salon_id, MAX_SALON_ID):
        raise GatewayError("cursor_invalid")
    return position


def _is_among(value: object, largest: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= largest
