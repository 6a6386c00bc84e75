"""The board: the first installs of a filter, stuck first."""

from __future__ import annotations

from desktop.model.live_window import Key, LiveWindow
from desktop.model.observable import Signal
from desktop.model.problem import Trouble
from shared.admin_wire import InstallCounts, InstallFilter, InstallRow
from shared.vocabulary import STAGE_ORDER, Stage

_RANK = {stage: rank for rank, stage in enumerate(STAGE_ORDER)}


def board_key(row: InstallRow) -> Key:
    """Return a row's place in the gateway's order: stage by urgency, then the longest in its stage, then salon id."""
    return (_RANK[row.stage], row.stage_since, row.salon_id)


def _salon_of(row: InstallRow) -> int:
    return row.salon_id


class Board(LiveWindow[InstallRow]):
    """The installs shown, what they are filtered by, and how many there are in each stage."""

    def __init__(self) -> None:
        super().__init__(board_key, _salon_of, _salon_of)
        self.counts_changed: Signal[[]] = Signal()
        self.filter = InstallFilter()
        self.counts: InstallCounts | None = None
        self.is_loading = False
        self.problem: Trouble | None = None

    @property
    def total(self) -> int | None:
        """How many installs match the filter, its stages included; None while it is not known."""
        if self.counts is None:
            return None
        if not self.filter.stages:
            return self.counts.total
        return sum(self.counts.by_stage.get(stage, 0) for stage in set(self.filter.stages))

    def count_of(self, stage: Stage) -> int:
        """Return how many installs stand in a stage, of those that match the rest of the filter."""
        return 0 if self.counts is None else self.counts.by_stage.get(stage, 0)

    def clear(self, given: InstallFilter) -> None:
        """Forget everything: another gateway."""
        self.counts, self.problem, self.is_loading = None, None, False
        self.filter = given
        self.start((), is_complete=False)
        self.counts_changed.emit()

    def set_filter(self, given: InstallFilter) -> None:
        """Remember what is being asked for; the rows follow when they are read."""
        self.filter = given
        self.state_changed.emit()

    def set_counts(self, counts: InstallCounts) -> None:
        """Take new numbers, unless they are older than those shown."""
        if self.counts is not None and counts.cursor < self.counts.cursor:
            return
        self.counts = counts
        self.counts_changed.emit()

    def set_loading(self, is_loading: bool, problem: Trouble | None = None) -> None:
        """Say that rows are being read, or what went wrong with it."""
        if (self.is_loading, self.problem) != (is_loading, problem):
            self.is_loading, self.problem = is_loading, problem
            self.state_changed.emit()
