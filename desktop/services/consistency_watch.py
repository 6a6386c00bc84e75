"""The differences, kept as the gateway has them while somebody looks; the sweep and the plan, followed."""

from __future__ import annotations

from collections.abc import Collection

from desktop.model.clock import Clock
from desktop.model.consistency import ConsistencyModel
from desktop.model.problem import Trouble
from desktop.services.feeds import Call, Screen
from desktop.services.refresher import Refresher
from desktop.services.tasks import Tasks
from shared import admin_wire as wire
from shared import protocol
from shared.vocabulary import BulkState

PAGE = 200
LIST_EVERY_S = 1.0
"""The whole list is read anew at most so often: with a hundred thousand installs that takes half a second."""

_OVER = frozenset({BulkState.CANCELLED, BulkState.DONE})


class ConsistencyWatch:
    """Reads nothing until the view was opened once."""

    def __init__(
        self, model: ConsistencyModel, call: Call, screen: Screen, clock: Clock, tasks: Tasks
    ) -> None:
        self._model, self._call, self._screen = model, call, screen
        self._list = Refresher("consistency", self._read_list, self._failed, clock, tasks, LIST_EVERY_S)
        self._progress = Refresher("consistency progress", self._read_progress, self._failed, clock, tasks)
        self._is_open = False
        self._pages = 1
        self._plan_id: int | None = None
        self._item_pages = 1
        self._was_sweeping = False

    @property
    def is_quiet(self) -> bool:
        """Whether everything that is known to be different has been read."""
        return self._list.is_quiet and self._progress.is_quiet

    async def open(self) -> None:
        """Somebody looks: read it, and keep it."""
        self._is_open = True
        self.stale()

    async def set_filter(self, given: wire.DifferenceFilter) -> None:
        """Show the differences of another filter."""
        self._pages = 1
        await self._screen.ask(lambda: self._model.set_filter(given))
        self._list.stale()

    async def load_more(self) -> None:
        """Read one page more."""
        self._pages += 1
        self._list.stale()

    async def show_sweep(self, sweep: wire.SweepView) -> wire.SweepView:
        """Take the answer of a command."""
        self._was_sweeping = True
        await self._screen.ask(lambda: self._model.set_sweep(sweep))
        self._progress.stale()
        return sweep

    async def show_plan(self, plan: wire.FixPlanView) -> wire.FixPlanView:
        """Take the answer of a command for the plan that is open from now on."""
        if plan.plan_id != self._plan_id:
            self._plan_id, self._item_pages = plan.plan_id, 1
        await self._screen.ask(lambda: self._model.set_plan(plan))
        self._progress.stale()
        return plan

    async def close_plan(self) -> None:
        """Show it no more."""
        self._plan_id = None
        await self._screen.ask(self._model.close_plan)

    async def load_more_items(self) -> None:
        """Read one page more of the report."""
        self._item_pages += 1
        self._progress.stale()

    async def forget(self) -> None:
        """Another gateway."""
        self._plan_id, self._pages = None, 1
        await self._screen.ask(self._model.cleared)

    def live(self, *, is_anew: bool) -> None:
        """The connection is there."""
        if is_anew:
            self.stale()
        self._list.live()
        self._progress.live()

    def pause(self) -> None:
        """The connection is gone."""
        self._list.pause()
        self._progress.pause()

    def stale(self) -> None:
        """Everything may be different."""
        if self._is_open:
            self._list.stale()
            self._progress.stale()

    def changed(self, installs: Collection[int], sweeps: Collection[int], plans: Collection[int]) -> None:
        """These are different now; of installs only those that are shown matter, others appear with a sweep."""
        if not self._is_open:
            return
        if sweeps or self._plan_id in plans:
            self._progress.stale()
        if installs and not {row.salon_id for row in self._model.rows}.isdisjoint(installs):
            self._list.stale()

    async def _read_list(self) -> None:
        rows: list[wire.DifferenceRow] = []
        after: str | None = None
        given = self._model.filter
        for _ in range(self._pages):
            query = wire.DifferencesQuery(kinds=given.kinds, search=given.search, after=after, limit=PAGE)
            page: wire.DifferencesPage = await self._call(protocol.CONSISTENCY_LIST, query)
            rows += page.rows
            after = page.next
            if after is None:
                break
        by_kind, swept_at, sweep = page.by_kind, page.swept_at, page.sweep
        await self._screen.ask(
            lambda: self._model.take(rows, by_kind, has_more=after is not None, swept_at=swept_at)
        )
        await self._screen.ask(lambda: self._model.set_sweep(sweep))

    async def _read_progress(self) -> None:
        answer: wire.SweepAnswer = await self._call(protocol.CONSISTENCY_SWEEP, wire.SweepQuery())
        await self._screen.ask(lambda: self._model.set_sweep(answer.sweep))
        is_sweeping = self._model.is_sweeping
        if self._was_sweeping and not is_sweeping:
            self._list.stale()
        self._was_sweeping = is_sweeping
        plan_id = self._plan_id
        if plan_id is not None:
            await self._read_plan(plan_id)

    async def _read_plan(self, plan_id: int) -> None:
        plan: wire.FixPlanView = await self._call(protocol.FIXES_GET, wire.FixPlanQuery(plan_id=plan_id))
        await self._screen.ask(lambda: self._model.set_plan(plan) if self._plan_id == plan_id else None)
        if plan.state not in _OVER:
            return
        self._list.stale()
        rows: list[wire.FixItem] = []
        after: int | None = None
        for _ in range(self._item_pages):
            query = wire.FixItemsQuery(plan_id=plan_id, after=after, limit=PAGE)
            page: wire.FixItems = await self._call(protocol.FIXES_ITEMS, query)
            rows += page.rows
            after = page.next
            if after is None:
                break
        await self._screen.ask(lambda: self._model.set_items(plan_id, rows, has_more=after is not None))

    def _failed(self, trouble: Trouble) -> None:
        self._screen.tell(lambda: self._model.failed(trouble))
