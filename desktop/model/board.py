"""The board: the first installs of a filter, stuck first."""

from __future__ import annotations

from desktop.model.counted_list import CountedList
from desktop.model.live_window import Key
from shared.admin_wire import InstallCounts, InstallFilter, InstallRow
from shared.vocabulary import STAGE_ORDER, Stage

_RANK = {stage: rank for rank, stage in enumerate(STAGE_ORDER)}


def board_key(row: InstallRow) -> Key:
    """Return a row's place in the gateway's order: stage by urgency, then the longest in its stage, then salon id."""
    return (_RANK[row.stage], row.stage_since, row.salon_id)


def _salon_of(row: InstallRow) -> int:
    return row.salon_id


class Board(CountedList[InstallRow, InstallFilter, InstallCounts]):
    """The installs shown, what they are filtered by, and how many there are in each stage."""

    def __init__(self) -> None:
        super().__init__(board_key, _salon_of, _salon_of, InstallFilter())
        self.stuck = 0
        """How many need help of all there are, whatever is being searched for; as last counted without a search."""

    def clear(self, given: InstallFilter) -> None:
        """Forget everything: another gateway."""
        self.stuck = 0
        super().clear(given)

    def counted(self, counts: InstallCounts) -> None:
        """Numbers of a search say nothing about the whole."""
        if not self.filter.search.strip():
            self.stuck = counts.by_stage.get(Stage.ATTENTION, 0)

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
