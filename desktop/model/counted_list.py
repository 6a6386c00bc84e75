"""A live window together with what it is filtered by, how many rows there are, and how its reading goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from desktop.model.live_window import Key, LiveWindow, Row
from desktop.model.observable import Signal
from desktop.model.problem import Trouble


class DatedCounts(Protocol):
    """Numbers that say as of which change they are."""

    @property
    def cursor(self) -> int:
        """The newest change that is counted in."""


Filter = TypeVar("Filter")
Counts = TypeVar("Counts", bound=DatedCounts)


class CountedList(LiveWindow[Row], Generic[Row, Filter, Counts]):
    """The rows shown, what they are filtered by, and the numbers of the whole."""

    def __init__(
        self, key_of: Callable[[Row], Key], id_of: Callable[[Row], int], group_of: Callable[[Row], int],
        given: Filter,
    ) -> None:  # fmt: skip
        super().__init__(key_of, id_of, group_of)
        self.counts_changed: Signal[[]] = Signal()
        self.filter = given
        self.counts: Counts | None = None
        self.is_loading = False
        self.problem: Trouble | None = None

    def clear(self, given: Filter) -> None:
        """Forget everything: another gateway."""
        self.counts, self.problem, self.is_loading = None, None, False
        self.filter = given
        self.start((), is_complete=False)
        self.counts_changed.emit()

    def set_filter(self, given: Filter) -> None:
        """Remember what is being asked for; the rows follow when they are read."""
        self.filter = given
        self.state_changed.emit()

    def set_counts(self, counts: Counts) -> None:
        """Take new numbers, unless they are older than those shown."""
        if self.counts is not None and counts.cursor < self.counts.cursor:
            return
        self.counts = counts
        self.counted(counts)
        self.counts_changed.emit()

    def counted(self, counts: Counts) -> None:
        """Keep what of new numbers outlasts the filter they were counted with, before anybody hears of them."""

    def set_loading(self, is_loading: bool, problem: Trouble | None = None) -> None:
        """Say that rows are being read, or what went wrong with it."""
        if (self.is_loading, self.problem) != (is_loading, problem):
            self.is_loading, self.problem = is_loading, problem
            self.state_changed.emit()
