"""The callback queue: the first partner calls of a filter, those that need a person first."""

from __future__ import annotations

from desktop.model.counted_list import CountedList
from desktop.model.live_window import Key
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


class CallQueue(CountedList[CallRow, CallFilter, CallCounts]):
    """The calls shown, what they are filtered by, and how many there are in each state."""

    def __init__(self) -> None:
        super().__init__(queue_key, _call_of, _salon_of, CallFilter())
        self.stopped = 0
        """How many calls wait for a person of all there are; as last counted without a search or a reason."""

    def clear(self, given: CallFilter) -> None:
        """Forget everything: another gateway."""
        self.stopped = 0
        super().clear(given)

    def counted(self, counts: CallCounts) -> None:
        """Numbers of a search or a reason say nothing about the whole."""
        if not (self.filter.search.strip() or self.filter.error_codes):
            self.stopped = sum(counts.by_state.get(state, 0) for state in (CallState.FAILED, CallState.HELD))

    def count_of(self, state: CallState) -> int:
        """Return how many calls stand in a state, of those that match the rest of the filter."""
        return 0 if self.counts is None else self.counts.by_state.get(state, 0)
