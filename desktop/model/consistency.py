"""Consistency: the differences between YCLIENTS and us, the newest sweep, and what is fixed together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from desktop.model.observable import Signal
from desktop.model.problem import Trouble
from shared.admin_wire import DifferenceFilter, DifferenceRow, FixItem, FixPlanView, SweepView
from shared.vocabulary import DifferenceKind, SweepState

Identity = tuple[DifferenceKind, int]


class ConsistencyModel:
    """The differences as they were read last, and how the sweep and the plan stand."""

    def __init__(self) -> None:
        self.changed: Signal[[]] = Signal()
        self.progressed: Signal[[]] = Signal()
        """The sweep or the plan has come further; the differences are as they were."""
        self.filter = DifferenceFilter()
        self.rows: tuple[DifferenceRow, ...] = ()
        self.by_kind: Mapping[DifferenceKind, int] = {}
        self.has_more = False
        self.is_known = False
        self.sweep: SweepView | None = None
        self.swept_at: datetime | None = None
        self.plan: FixPlanView | None = None
        self.sample: tuple[DifferenceRow, ...] = ()
        self.items: list[FixItem] = []
        self.has_more_items = False
        self.problem: Trouble | None = None

    @property
    def total(self) -> int:
        """How many differences there are of all kinds."""
        return sum(self.by_kind.values())

    @property
    def is_sweeping(self) -> bool:
        """Whether a sweep is asked for or under way."""
        return self.sweep is not None and self.sweep.state in (SweepState.WAITING, SweepState.RUNNING)

    def find(self, identity: Identity) -> DifferenceRow | None:
        """Return a difference that is shown."""
        return next((row for row in self.rows if identity_of(row) == identity), None)

    def set_filter(self, given: DifferenceFilter) -> None:
        """Remember what is wanted; what is shown stays until the answer is there."""
        self.filter = given
        self.changed.emit()

    def take(
        self, rows: Sequence[DifferenceRow], by_kind: Mapping[DifferenceKind, int], *, has_more: bool,
        swept_at: datetime | None,
    ) -> None:  # fmt: skip
        """Show what was read."""
        self.rows, self.by_kind, self.has_more, self.swept_at = tuple(rows), by_kind, has_more, swept_at
        self.is_known, self.problem = True, None
        self.changed.emit()

    def set_sweep(self, sweep: SweepView | None) -> None:
        """Show how the newest sweep stands; older news of the same one is left aside."""
        known = self.sweep
        if known and sweep and known.sweep_id == sweep.sweep_id and sweep.version < known.version:
            return
        self.sweep = sweep
        self.progressed.emit()

    def set_plan(self, plan: FixPlanView) -> None:
        """Show a plan or its progress; older progress of the same plan is left aside."""
        known = self.plan
        if known is not None and known.plan_id == plan.plan_id and plan.version < known.version:
            return
        if known is None or known.plan_id != plan.plan_id:
            self.items, self.has_more_items, self.sample = [], False, ()
        self.plan = plan
        if plan.sample:
            self.sample = tuple(plan.sample)
        self.progressed.emit()

    def set_items(self, plan_id: int, rows: Sequence[FixItem], *, has_more: bool) -> None:
        """Take the report as far as it was read."""
        if self.plan is not None and self.plan.plan_id == plan_id:
            self.items, self.has_more_items = list(rows), has_more
            self.progressed.emit()

    def close_plan(self) -> None:
        """Show no plan; it goes on at the gateway."""
        self.plan, self.sample, self.items, self.has_more_items = None, (), [], False
        self.progressed.emit()

    def failed(self, problem: Trouble) -> None:
        """It could not be read; what was read before stays."""
        self.problem = problem
        self.changed.emit()

    def cleared(self) -> None:
        """Another gateway: its differences are not this one's."""
        self.rows, self.by_kind, self.is_known, self.problem, self.has_more = (), {}, False, None, False
        self.sweep, self.swept_at = None, None
        self.close_plan()
        self.changed.emit()


def identity_of(row: DifferenceRow) -> Identity:
    """Return what makes two differences the same."""
    return row.kind, row.salon_id
