"""Bulk retries: planned exactly, started with a reason, watched, cancelled, reported."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from gateway.application.admin.call_records import (
    BulkItemRecord,
    BulkRecord,
    CallRecord,
    CallSelection,
    NewBulk,
)
from gateway.application.admin.calls import row_of
from gateway.application.admin.desk import Handler
from gateway.application.ports import Clock
from gateway.application.records import StaffMember
from gateway.domain.calls import REPAIRABLE_STATES, REQUESTS_A_CALL
from shared import protocol
from shared.admin_wire import (
    BulkItem,
    BulkItems,
    BulkItemsQuery,
    BulkList,
    BulkPlanRequest,
    BulkQuery,
    BulksQuery,
    BulkStart,
    BulkView,
)
from shared.vocabulary import BulkItemState, BulkState

PLAN_LIFETIME_S = 600
SAMPLE = 20
_OVER = (BulkState.CANCELLED, BulkState.DONE, BulkState.EXPIRED)


class BulkStore(Protocol):
    """Bulk retries in rows; see `gateway.storage.bulk_store` for the promises."""

    async def plan(self, new: NewBulk) -> int:
        """Write down which calls will be retried."""

    async def start(self, bulk_id: int, reason: str) -> None:
        """Let a plan run."""

    async def cancel(self, bulk_id: int) -> None:
        """Begin no further call."""

    async def get(self, bulk_id: int) -> BulkRecord:
        """Return one."""

    async def newest(self, limit: int) -> Sequence[BulkRecord]:
        """Return the newest."""

    async def items(self, bulk_id: int, after: int | None, limit: int) -> Sequence[BulkItemRecord]:
        """Return its calls."""

    async def sample(self, bulk_id: int, limit: int) -> Sequence[CallRecord]:
        """Return some of its calls as they stand now."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the partner's limits let calls be made: `seconds_for` that many requests, and requests a minute."""

    seconds_for: Callable[[int], float]
    requests_per_minute: float


class Bulk:
    """The operations on bulk retries. `gateway.jobs.bulk` carries them out."""

    def __init__(self, store: BulkStore, pace: Callable[[], Pace], clock: Clock) -> None:
        self._store = store
        self._pace = pace
        self._clock = clock

    async def plan(self, member: StaffMember, given: BulkPlanRequest) -> BulkView:
        """Plan a bulk retry. Raises bulk_empty when no call that matches can be retried."""
        states = tuple(given.states) or REPAIRABLE_STATES
        selection = CallSelection(
            states=() if given.call_ids else states, error_codes=tuple(given.error_codes),
            call_ids=tuple(given.call_ids), search=given.search,
        )  # fmt: skip
        new = NewBulk(
            staff_id=member.staff_id, staff=member.name, request=given.model_dump(mode="json"), selection=selection,
            expires_at=self._clock.now() + timedelta(seconds=PLAN_LIFETIME_S),
        )  # fmt: skip
        bulk_id = await self._store.plan(new)
        return await self._view(bulk_id)

    async def start(self, _member: StaffMember, given: BulkStart) -> BulkView:
        """Start a planned bulk retry. Raises bulk_not_found, bulk_not_planned, bulk_plan_expired."""
        await self._store.start(given.bulk_id, given.reason)
        return await self._view(given.bulk_id)

    async def cancel(self, _member: StaffMember, given: BulkQuery) -> BulkView:
        """Cancel a bulk retry; what was not begun stays as it was. Raises bulk_not_found."""
        await self._store.cancel(given.bulk_id)
        return await self._view(given.bulk_id)

    async def get(self, _member: StaffMember, given: BulkQuery) -> BulkView:
        """Read a bulk retry's progress. Raises bulk_not_found."""
        return await self._view(given.bulk_id)

    async def list(self, _member: StaffMember, given: BulksQuery) -> BulkList:
        """List the newest bulk retries."""
        return BulkList(rows=[self._view_of(bulk, ()) for bulk in await self._store.newest(given.limit)])

    async def items(self, _member: StaffMember, given: BulkItemsQuery) -> BulkItems:
        """Read a bulk retry's report, call by call. Raises bulk_not_found."""
        await self._store.get(given.bulk_id)
        found = await self._store.items(given.bulk_id, given.after, given.limit + 1)
        rows = [_item_of(item) for item in found[: given.limit]]
        return BulkItems(rows=rows, next=rows[-1].call_id if len(found) > given.limit else None)

    async def _view(self, bulk_id: int) -> BulkView:
        bulk = await self._store.get(bulk_id)
        is_plan = bulk.state is BulkState.PLANNED
        return self._view_of(bulk, await self._store.sample(bulk_id, SAMPLE) if is_plan else ())

    def _view_of(self, bulk: BulkRecord, sample: Sequence[CallRecord]) -> BulkView:
        pace, counts = self._pace(), bulk.counts
        left = counts[BulkItemState.PENDING] + counts[BulkItemState.RUNNING]
        eta_s = 0.0 if bulk.state in _OVER else pace.seconds_for(left * REQUESTS_A_CALL)
        return BulkView(
            bulk_id=bulk.bulk_id, version=bulk.version, state=bulk.state, total=bulk.total,
            pending=counts[BulkItemState.PENDING], running=counts[BulkItemState.RUNNING],
            succeeded=counts[BulkItemState.SUCCEEDED], failed=counts[BulkItemState.FAILED],
            delayed=counts[BulkItemState.DELAYED], skipped=counts[BulkItemState.SKIPPED],
            cancelled=counts[BulkItemState.CANCELLED], eta_s=eta_s,
            per_minute=pace.requests_per_minute / REQUESTS_A_CALL, excluded=bulk.excluded,
            sample=[row_of(call) for call in sample], failed_by_code=dict(bulk.failed_by_code), reason=bulk.reason,
            staff=bulk.staff, created_at=bulk.created_at, expires_at=bulk.expires_at, started_at=bulk.started_at,
            finished_at=bulk.finished_at,
        )  # fmt: skip


def _item_of(item: BulkItemRecord) -> BulkItem:
    return BulkItem(
        call_id=item.call_id, salon_id=item.salon_id, title=item.title, state=item.state, outcome=item.outcome
    )


def handlers(store: BulkStore, pace: Callable[[], Pace], clock: Clock) -> Mapping[str, Handler]:
    """Return what answers each operation on bulk retries."""
    bulk = Bulk(store, pace, clock)
    return {
        protocol.BULK_PLAN.name: bulk.plan, protocol.BULK_START.name: bulk.start,
        protocol.BULK_CANCEL.name: bulk.cancel, protocol.BULK_GET.name: bulk.get, protocol.BULK_LIST.name: bulk.list,
        protocol.BULK_ITEMS.name: bulk.items,
    }  # fmt: skip
