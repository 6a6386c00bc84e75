"""Consistency as staff see it: differences, sweeps, one fix, and many by plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from gateway.application.admin.bulk import PLAN_LIFETIME_S, SAMPLE, Pace
from gateway.application.admin.desk import Handler
from gateway.application.consistency import Fixer, fixes_of, requests_of
from gateway.application.consistency_records import (
    DifferencePosition,
    DifferenceRecord,
    DifferenceSelection,
    FixItemRecord,
    FixPlanRecord,
    NewFixPlan,
    SweepRecord,
)
from gateway.application.ports import Clock
from gateway.application.records import StaffMember
from gateway.domain.errors import GatewayError
from shared import protocol
from shared.admin_wire import (
    DifferenceRow,
    DifferencesPage,
    DifferencesQuery,
    FixItem,
    FixItems,
    FixItemsQuery,
    FixPlanList,
    FixPlanQuery,
    FixPlanRequest,
    FixPlansQuery,
    FixPlanStart,
    FixPlanView,
    FixRequest,
    FixResult,
    Nothing,
    SweepAnswer,
    SweepQuery,
    SweepView,
)
from shared.vocabulary import FIX_PERMISSIONS, MAX_SALON_ID, BulkItemState, BulkState, DifferenceKind, Fix

_OVER = (BulkState.CANCELLED, BulkState.DONE, BulkState.EXPIRED)


class DifferenceStore(Protocol):
    """The differences; see `gateway.storage.difference_store` for the promises."""

    async def page(
        self, selection: DifferenceSelection, after: DifferencePosition | None, limit: int
    ) -> tuple[Sequence[DifferenceRecord], int]:
        """Return differences and the event number they are at least as new as."""

    async def counts(self, search: str) -> Mapping[DifferenceKind, int]:
        """Count the differences of each kind."""


class SweepStore(Protocol):
    """The sweeps; see `gateway.storage.sweep_store` for the promises."""

    async def request(self, member: StaffMember) -> SweepRecord:
        """Ask for a sweep."""

    async def newest(self) -> tuple[SweepRecord | None, SweepRecord | None, int]:
        """Return the newest sweep, the newest that read the list, and the event number they are as new as."""


class FixStore(Protocol):
    """The plans; see `gateway.storage.fix_store` for the promises."""

    async def plan(self, new: NewFixPlan) -> int:
        """Write a plan down."""

    async def start(self, plan_id: int, reason: str) -> None:
        """Let a plan run."""

    async def cancel(self, plan_id: int) -> None:
        """Begin no further item."""

    async def get(self, plan_id: int) -> FixPlanRecord:
        """Return one."""

    async def newest(self, limit: int) -> Sequence[FixPlanRecord]:
        """Return the newest."""

    async def items(self, plan_id: int, after: int | None, limit: int) -> Sequence[FixItemRecord]:
        """Return its salons."""

    async def sample(self, plan_id: int, limit: int) -> Sequence[DifferenceRecord]:
        """Return some of its differences as they stand now."""


class Consistency:
    """The operations on differences and sweeps. `gateway.jobs.consistency` makes the sweeps."""

    def __init__(
        self, differences: DifferenceStore, sweeps: SweepStore, fixer: Fixer, *, can_sweep: bool
    ) -> None:
        self._differences = differences
        self._sweeps = sweeps
        self._fixer = fixer
        self._can_sweep = can_sweep

    async def list(self, _member: StaffMember, given: DifferencesQuery) -> DifferencesPage:
        """Read a page of differences. Raises cursor_invalid."""
        selection = DifferenceSelection(tuple(given.kinds), given.search)
        found, cursor = await self._differences.page(selection, position_of(given.after), given.limit + 1)
        shown = found[: given.limit]
        newest, done, _ = await self._sweeps.newest()
        return DifferencesPage(
            rows=[row_of(each) for each in shown],
            next=cursor_of(shown[-1].position) if len(found) > given.limit else None,
            by_kind=dict(await self._differences.counts(given.search)),
            sweep=None if newest is None else sweep_of(newest),
            swept_at=None if done is None else done.finished_at, cursor=cursor,
        )  # fmt: skip

    async def sweep(self, _member: StaffMember, _given: SweepQuery) -> SweepAnswer:
        """Read the newest sweep."""
        newest, _, cursor = await self._sweeps.newest()
        return SweepAnswer(sweep=None if newest is None else sweep_of(newest), cursor=cursor)

    async def check(self, member: StaffMember, _given: Nothing) -> SweepView:
        """Ask for a sweep; one that was asked for and is not over yet is the answer. Raises not_configured."""
        if not self._can_sweep:
            raise GatewayError("not_configured")
        return sweep_of(await self._sweeps.request(member))

    async def fix(self, member: StaffMember, given: FixRequest) -> FixResult:
        """Do one of the things that can be done about a difference.

        Raises forbidden, difference_gone, generation_changed, fix_unfit, and what the fix itself is refused with.
        """
        require(member, given.fix)
        end = await self._fixer(
            given.kind, given.fix, given.salon_id, given.generation, given.reason, by_hand=True
        )
        return FixResult(salon_id=given.salon_id, fix=given.fix, outcome=end.outcome, theirs=end.theirs)


class FixPlans:
    """The operations on plans. `gateway.jobs.consistency` carries them out."""

    def __init__(self, store: FixStore, pace: Callable[[], Pace], clock: Clock) -> None:
        self._store = store
        self._pace = pace
        self._clock = clock

    async def plan(self, member: StaffMember, given: FixPlanRequest) -> FixPlanView:
        """Plan fixes of one kind. Raises forbidden, plan_empty when there is nothing the fix suits."""
        require(member, given.fix)
        selection = DifferenceSelection((given.kind,), given.search, tuple(given.salon_ids))
        expires_at = self._clock.now() + timedelta(seconds=PLAN_LIFETIME_S)
        new = NewFixPlan(given.kind, given.fix, selection, member.staff_id, member.name, expires_at)
        return await self._view(await self._store.plan(new))

    async def start(self, member: StaffMember, given: FixPlanStart) -> FixPlanView:
        """Start a plan. Raises forbidden, plan_not_found, plan_not_ready, plan_expired."""
        require(member, (await self._store.get(given.plan_id)).fix)
        await self._store.start(given.plan_id, given.reason)
        return await self._view(given.plan_id)

    async def cancel(self, _member: StaffMember, given: FixPlanQuery) -> FixPlanView:
        """Cancel a plan; what was not begun stays as it was. Raises plan_not_found."""
        await self._store.cancel(given.plan_id)
        return await self._view(given.plan_id)

    async def get(self, _member: StaffMember, given: FixPlanQuery) -> FixPlanView:
        """Read a plan's progress. Raises plan_not_found."""
        return await self._view(given.plan_id)

    async def list(self, _member: StaffMember, given: FixPlansQuery) -> FixPlanList:
        """List the newest plans."""
        return FixPlanList(rows=[self._view_of(each, ()) for each in await self._store.newest(given.limit)])

    async def items(self, _member: StaffMember, given: FixItemsQuery) -> FixItems:
        """Read a plan's report, salon by salon. Raises plan_not_found."""
        await self._store.get(given.plan_id)
        found = await self._store.items(given.plan_id, given.after, given.limit + 1)
        rows = [
            FixItem(salon_id=each.salon_id, title=each.title, state=each.state, outcome=each.outcome)
            for each in found[: given.limit]
        ]
        return FixItems(rows=rows, next=rows[-1].salon_id if len(found) > given.limit else None)

    async def _view(self, plan_id: int) -> FixPlanView:
        plan = await self._store.get(plan_id)
        is_plan = plan.state is BulkState.PLANNED
        return self._view_of(plan, await self._store.sample(plan_id, SAMPLE) if is_plan else ())

    def _view_of(self, plan: FixPlanRecord, sample: Sequence[DifferenceRecord]) -> FixPlanView:
        counts = plan.counts
        left = counts[BulkItemState.PENDING] + counts[BulkItemState.RUNNING]
        eta_s = 0.0 if plan.state in _OVER else self._pace().seconds_for(left * requests_of(plan.fix))
        return FixPlanView(
            plan_id=plan.plan_id, version=plan.version, kind=plan.kind, fix=plan.fix, state=plan.state,
            total=plan.total, pending=counts[BulkItemState.PENDING], running=counts[BulkItemState.RUNNING],
            succeeded=counts[BulkItemState.SUCCEEDED], failed=counts[BulkItemState.FAILED],
            delayed=counts[BulkItemState.DELAYED], skipped=counts[BulkItemState.SKIPPED],
            cancelled=counts[BulkItemState.CANCELLED], eta_s=eta_s, sample=[row_of(each) for each in sample],
            failed_by_code=dict(plan.failed_by_code), reason=plan.reason, staff=plan.staff, created_at=plan.created_at,
            expires_at=plan.expires_at, started_at=plan.started_at, finished_at=plan.finished_at,
        )  # fmt: skip


def handlers(
    differences: DifferenceStore,
    sweeps: SweepStore,
    fixes: FixStore,
    fixer: Fixer,
    pace: Callable[[], Pace],
    clock: Clock,
    *,
    can_sweep: bool,
) -> Mapping[str, Handler]:
    """Return what answers each operation on differences, sweeps and plans."""
    consistency = Consistency(differences, sweeps, fixer, can_sweep=can_sweep)
    plans = FixPlans(fixes, pace, clock)
    return {
        protocol.CONSISTENCY_LIST.name: consistency.list, protocol.CONSISTENCY_SWEEP.name: consistency.sweep,
        protocol.CONSISTENCY_CHECK.name: consistency.check, protocol.CONSISTENCY_FIX.name: consistency.fix,
        protocol.FIXES_PLAN.name: plans.plan, protocol.FIXES_START.name: plans.start,
        protocol.FIXES_CANCEL.name: plans.cancel, protocol.FIXES_GET.name: plans.get,
        protocol.FIXES_LIST.name: plans.list, protocol.FIXES_ITEMS.name: plans.items,
    }  # fmt: skip


def require(member: StaffMember, fix: Fix) -> None:
    """Raise forbidden unless the person may do what the fix does."""
    if FIX_PERMISSIONS[fix] not in member.permissions:
        raise GatewayError("forbidden")


def row_of(found: DifferenceRecord) -> DifferenceRow:
    """Return a difference as it is sent."""
    return DifferenceRow(
        kind=found.kind, salon_id=found.salon_id, title=found.title, city=found.city, timezone=found.timezone,
        generation=found.generation, since=found.since, checked_at=found.checked_at, theirs=found.theirs,
        is_listed=found.is_listed, partner_state=found.partner_state, whatsapp_state=found.whatsapp_state,
        call_id=found.call_id, close_reason=found.close_reason, fixes=list(fixes_of(found)),
    )  # fmt: skip


def sweep_of(sweep: SweepRecord) -> SweepView:
    """Return a sweep as it is sent."""
    found = sweep.found
    return SweepView(
        sweep_id=sweep.sweep_id, version=sweep.version, state=sweep.state, staff=sweep.staff,
        requested_at=sweep.requested_at, started_at=sweep.started_at, finished_at=sweep.finished_at,
        phase=sweep.phase, done=sweep.done, total=sweep.total, listed=found.get("listed"), held=found.get("held"),
        missing=found.get("missing"), unknown=found.get("unknown"), healed=found.get("healed"),
        unreadable=found.get("unreadable"), is_braked=bool(found.get("is_braked")), failed_code=sweep.failed_code,
    )  # fmt: skip


def cursor_of(position: DifferencePosition) -> str:
    """Return a position as the text a page's `next` holds."""
    return f"{position.rank}~{position.since.isoformat()}~{position.salon_id}"


def position_of(cursor: str | None) -> DifferencePosition | None:
    """Read a page's `next`. Raises cursor_invalid for anything else."""
    if cursor is None:
        return None
    try:
        rank, since, salon_id = cursor.split("~")
        position = DifferencePosition(int(rank), datetime.fromisoformat(since), int(salon_id))
    except ValueError:
        raise GatewayError("cursor_invalid") from None
    is_known = 0 <= position.rank < len(DifferenceKind) and 0 < position.salon_id <= MAX_SALON_ID
    if cursor_of(position) != cursor or position.since.tzinfo is None or not is_known:
        raise GatewayError("cursor_invalid")
    return position
