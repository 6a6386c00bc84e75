"""Partner calls: the callback queue, each attempt explained by what came back, and the repairs staff can make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from gateway.application.admin.call_records import (
    AttemptRecord,
    CallRecord,
    CallSelection,
    CallTally,
    QueuePosition,
)
from gateway.application.admin.desk import Handler
from gateway.application.records import StaffMember
from gateway.domain.calls import UNINSTALL, why_not_retried
from gateway.domain.errors import GatewayError
from gateway.domain.partner_routes import route_of
from shared import protocol
from shared.admin_wire import (
    MAX_IDS,
    AttemptView,
    CallCommand,
    CallCounts,
    CallDetail,
    CallFilter,
    CallQuery,
    CallReasoned,
    CallRow,
    CallRows,
    CallRowsQuery,
    CallsPage,
    CallsQuery,
)
from shared.vocabulary import Permission

ROWS_AT_MOST = 4 * MAX_IDS
_NOBODY = (0,)


class CallDeskStore(Protocol):
    """The outbox as staff see it; see `gateway.storage.call_desk` for the promises."""

    async def page(
        self, selection: CallSelection, after: QueuePosition | None, limit: int
    ) -> tuple[Sequence[CallRecord], int]:
        """Return calls in the queue's order and the event number they are at least as new as."""

    async def tally(self, selection: CallSelection) -> tuple[CallTally, int]:
        """Count the selected calls."""

    async def get(self, call_id: int) -> CallRecord:
        """Return one call."""

    async def attempts(self, call_id: int) -> Sequence[AttemptRecord]:
        """Return every attempt of a call."""

    async def retry(self, call_id: int) -> int:
        """Make a new attempt due now; returns the call that makes it."""

    async def hold(self, call_id: int, reason: str) -> None:
        """Keep a waiting call from being tried."""

    async def release(self, call_id: int) -> None:
        """Let a held call go on now."""

    async def resolve(self, call_id: int, reason: str) -> None:
        """Mark a call as dealt with."""


class Calls:
    """The operations on single calls. A committed command wakes the outbox's workers by its event."""

    def __init__(self, store: CallDeskStore, application_id: int | None) -> None:
        self._store = store
        self._application_id = application_id or 0

    async def list(self, _member: StaffMember, given: CallsQuery) -> CallsPage:
        """Read a page of the callback queue. Raises cursor_invalid."""
        found, cursor = await self._store.page(selection_of(given), position_of(given.after), given.limit + 1)
        shown = found[: given.limit]
        more = cursor_of(shown[-1].position) if len(found) > given.limit else None
        return CallsPage(rows=[row_of(call) for call in shown], next=more, cursor=cursor)

    async def rows(self, _member: StaffMember, given: CallRowsQuery) -> CallRows:
        """Of some salons' calls, read those that match a filter."""
        selection = selection_of(given, salon_ids=given.salon_ids)
        found, cursor = await self._store.page(selection, None, ROWS_AT_MOST)
        return CallRows(rows=[row_of(call) for call in found], cursor=cursor)

    async def counts(self, _member: StaffMember, given: CallFilter) -> CallCounts:
        """Count the calls in each state."""
        tally, cursor = await self._store.tally(selection_of(given))
        return CallCounts(
            by_state=dict(tally.by_state), failed_by_code=dict(tally.failed_by_code), cursor=cursor
        )

    async def get(self, _member: StaffMember, given: CallQuery) -> CallDetail:
        """Read a call with every attempt. Raises call_not_found."""
        call = await self._store.get(given.call_id)
        attempts = await self._store.attempts(given.call_id)
        return CallDetail(
            row=row_of(call), attempts=[self._attempt_of(call, attempt) for attempt in attempts]
        )

    async def retry(self, member: StaffMember, given: CallCommand) -> CallRow:
        """Try a call again now; always a new attempt. Who may not uninstall may not try an uninstall again either.

        Raises call_not_found, forbidden and the codes of `why_not_retried`.
        """
        call = await self._store.get(given.call_id)
        if call.facts.kind == UNINSTALL and Permission.UNINSTALL not in member.permissions:
            raise GatewayError("forbidden")
        return row_of(await self._store.get(await self._store.retry(given.call_id)))

    async def hold(self, _member: StaffMember, given: CallReasoned) -> CallRow:
        """Keep a waiting call from being tried. Raises call_not_found, call_being_worked, call_not_waiting."""
        await self._store.hold(given.call_id, given.reason)
        return row_of(await self._store.get(given.call_id))

    async def release(self, _member: StaffMember, given: CallCommand) -> CallRow:
        """Let a held call go on. Raises call_not_found, call_not_held."""
        await self._store.release(given.call_id)
        return row_of(await self._store.get(given.call_id))

    async def resolve(self, _member: StaffMember, given: CallReasoned) -> CallRow:
        """Mark a failed or held call as dealt with. Raises call_not_found, call_not_failed."""
        await self._store.resolve(given.call_id, given.reason)
        return row_of(await self._store.get(given.call_id))

    def _attempt_of(self, call: CallRecord, attempt: AttemptRecord) -> AttemptView:
        route = route_of(attempt.operation, call.salon_id, self._application_id)
        return AttemptView(
            number=attempt.number, operation=attempt.operation, method=route.method, path=route.path,
            started_at=attempt.started_at, finished_at=attempt.finished_at, http_status=attempt.http_status,
            headers=dict(attempt.headers or {}), body_head=attempt.body_head or "", latency_ms=attempt.latency_ms,
            failure=attempt.failure, verdict=attempt.verdict,
        )  # fmt: skip


def handlers(store: CallDeskStore, application_id: int | None) -> Mapping[str, Handler]:
    """Return what answers each operation on partner calls."""
    calls = Calls(store, application_id)
    return {
        protocol.CALLS_LIST.name: calls.list, protocol.CALLS_ROWS.name: calls.rows,
        protocol.CALLS_COUNTS.name: calls.counts, protocol.CALLS_GET.name: calls.get,
        protocol.CALLS_RETRY.name: calls.retry, protocol.CALLS_HOLD.name: calls.hold,
        protocol.CALLS_RELEASE.name: calls.release, protocol.CALLS_RESOLVE.name: calls.resolve,
    }  # fmt: skip


def selection_of(given: CallFilter, *, salon_ids: Sequence[int] | None = None) -> CallSelection:
    """Return what a filter selects, within some salons only when they are given."""
    wanted = () if salon_ids is None else tuple(salon_ids) or _NOBODY
    if given.salon_id is not None:
        wanted = (given.salon_id,) if not wanted or given.salon_id in wanted else _NOBODY
    return CallSelection(
        states=tuple(given.states),
        error_codes=tuple(given.error_codes),
        salon_ids=wanted,
        search=given.search,
    )


def row_of(call: CallRecord) -> CallRow:
    """Return a call as it is sent."""
    refusal = why_not_retried(call.facts)
    return CallRow(
        call_id=call.call_id, version=call.version, salon_id=call.salon_id, title=call.title, city=call.city,
        timezone=call.timezone, generation=call.generation, is_current=call.facts.is_current, kind=call.facts.kind,
        state=call.facts.state, partner_state=call.facts.partner_state, attempts=call.attempts,
        error_code=call.error_code, error_text=call.error_text, outcome_unknown=call.outcome_unknown,
        is_being_worked=call.facts.is_being_worked, next_attempt_at=call.next_attempt_at,
        first_attempt_at=call.first_attempt_at, created_at=call.created_at, finished_at=call.finished_at,
        last_status=call.last_status, last_latency_ms=call.last_latency_ms, reason=call.reason,
        can_retry=refusal is None, cannot_retry_because=refusal,
    )  # fmt: skip


def cursor_of(position: QueuePosition) -> str:
    """Return a position as the text a page's `next` holds."""
    return f"{position.rank}~{position.due_at.isoformat()}~{position.call_id}"


def position_of(cursor: str | None) -> QueuePosition | None:
    """Read a page's `next`. Raises cursor_invalid for anything else."""
    if cursor is None:
        return None
    try:
        rank, due, number = cursor.split("~")
        position = QueuePosition(int(rank), datetime.fromisoformat(due), int(number))
    except ValueError:
        raise GatewayError("cursor_invalid") from None
    if cursor_of(position) != cursor or position.due_at.tzinfo is None or not 0 <= position.rank <= 3:
        raise GatewayError("cursor_invalid")
    if not 0 < position.call_id < 2**63:
        raise GatewayError("cursor_invalid")
    return position
