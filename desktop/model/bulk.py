"""A bulk retry: its plan, then its progress, then its report."""

from __future__ import annotations

from collections.abc import Sequence

from desktop.model.observable import Signal
from desktop.model.problem import Trouble
from shared.admin_wire import BulkItem, BulkView, CallRow


class BulkModel:
    """The bulk retry that is open, and the newest ones there are."""

    def __init__(self) -> None:
        self.changed: Signal[[]] = Signal()
        self.view: BulkView | None = None
        """The plan or the progress; None while none is open."""
        self.sample: tuple[CallRow, ...] = ()
        """The plan's sample; progress comes without one."""
        self.items: list[BulkItem] = []
        self.has_more_items = False
        self.recent: list[BulkView] = []
        self.is_loading = False
        self.problem: Trouble | None = None

    def set_view(self, view: BulkView) -> None:
        """Take a plan or progress; older progress of the same retry is left aside."""
        if self.view is not None and self.view.bulk_id == view.bulk_id and view.version < self.view.version:
            return
        if self.view is None or self.view.bulk_id != view.bulk_id:
            self.items, self.has_more_items, self.sample = [], False, ()
        self.view = view
        if view.sample:
            self.sample = tuple(view.sample)
        self.recent = [view if each.bulk_id == view.bulk_id else each for each in self.recent]
        self.problem = None
        self.changed.emit()

    def set_items(self, bulk_id: int, rows: Sequence[BulkItem], *, is_first: bool, has_more: bool) -> None:
        """Take a page of the report."""
        if self.view is None or self.view.bulk_id != bulk_id:
            return
        known = {} if is_first else {item.call_id: item for item in self.items}
        known.update((item.call_id, item) for item in rows)
        self.items = [known[call_id] for call_id in sorted(known)]
        self.has_more_items = has_more
        self.changed.emit()

    def set_recent(self, rows: Sequence[BulkView]) -> None:
        """Take the newest bulk retries."""
        self.recent = list(rows)
        self.changed.emit()

    def set_loading(self, is_loading: bool, problem: Trouble | None = None) -> None:
        """Say that it is being read or planned, or what went wrong with it."""
        self.is_loading, self.problem = is_loading, problem
        self.changed.emit()

    def closed(self) -> None:
        """No bulk retry is open; it goes on at the gateway."""
        self.view, self.sample, self.items, self.has_more_items = None, (), [], False
        self.problem, self.is_loading = None, False
        self.changed.emit()
