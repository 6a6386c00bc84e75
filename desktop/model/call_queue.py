"""The callback queue: the first partner calls of a filter, those that need a person first."""

from __future__ import annotations

from desktop.model.live_window import Key, LiveWindow
from desktop.model.observable import Signal
from desktop.model.problem import Trouble
from shared.admin_wire import CallCounts, CallFilter, CallRow
from shared.vocabulary import CallState

_RANK = {CallState.FAILED: 0, CallState.HELD: 1, CallState.WAITING: 2}
_ENDED = 3


def queue_key(row: CallRow) -> Key:
    """Return a call's place in the gateway's order: failed, held, waiting, the rest; then by when it is due."""
    return (_RANK.get(row.state, _ENDED), row.next_attempt_at, row.call_id)


def _call_of(row: CallRow) -> int:
    return row.call_id


def _salon_of(row: CallRow) -> int:
    return row.salon_id


class CallQueue(LiveWindow[CallRow]):
    """The calls shown, what they are filtered by, and how many there are in each state."""

    def __init__(self) -> None:
        super().__init__(queue_key, _call_of, _salon_of)
        self.counts_changed: Signal[[]] = Signal()
        self.filter = CallFilter()
        self.counts: CallCounts | None = None
        self.is_loading = False
        self.problem: Trouble | None = None

    def count_of(self, state: CallState) -> int:
        """Return how many calls stand in a state, of those that match the rest of the filter."""
        return 0 if self.counts is None else self.counts.by_state.get(state, 0)

    def clear(self, given: CallFilter) -> None:
        """Forget everything: another gateway."""
        self.counts, self.problem, self.is_loading = None, None, False
        self.filter = given
        self.start((), is_complete=False)
        self.counts_changed.emit()

    def set_filter(self, given: CallFilter) -> None:
        """Remember what is being asked for; the rows follow when they are read."""
        self.filter = given
        self.state_changed.emit()

    def set_counts(self, counts: CallCounts) -> None:
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
