from __future__ import annotations

from desktop.model.call_queue import CallQueue
from shared.admin_wire import CallCounts, CallFilter
from shared.vocabulary import CallState
from tests.unit.desktop.builders import call


def test_what_needs_a_person_comes_first_then_what_is_due_soonest() -> None:
    queue = CallQueue()
    queue.start(
        [
            call(1, state=CallState.DONE), call(2, state=CallState.WAITING, due=5), call(3, state=CallState.HELD),
            call(4, due=9), call(5, due=2), call(6, state=CallState.RESOLVED, due=-1), call(7, due=2),
        ],
        is_complete=True,
    )  # fmt: skip
    assert [row.call_id for row in queue.rows] == [5, 7, 4, 3, 2, 6, 1]


def test_all_calls_of_a_changed_salon_are_brought_up_to_date() -> None:
    queue = CallQueue()
    queue.start([call(1, salon_id=9), call(2, salon_id=9), call(3, salon_id=8)], is_complete=True)
    queue.apply([call(2, salon_id=9, version=2, state=CallState.WAITING)], [9])
    assert [(row.call_id, row.state) for row in queue.rows] == [(3, CallState.FAILED), (2, CallState.WAITING)]


def test_another_gateway_leaves_nothing_behind() -> None:
    queue = CallQueue()
    queue.set_counts(CallCounts(by_state={CallState.FAILED: 2}, failed_by_code={}, cursor=9))
    assert queue.count_of(CallState.FAILED) == 2
    queue.start([call()], is_complete=True)
    queue.clear(CallFilter())
    assert (list(queue.rows), queue.count_of(CallState.FAILED)) == ([], 0)


def test_older_numbers_are_left_aside() -> None:
    queue = CallQueue()
    queue.set_counts(CallCounts(by_state={CallState.FAILED: 2}, failed_by_code={}, cursor=9))
    queue.set_counts(CallCounts(by_state={CallState.FAILED: 1}, failed_by_code={}, cursor=8))
    assert queue.count_of(CallState.FAILED) == 2


def test_how_many_wait_for_a_person_outlasts_a_filter_by_reason() -> None:
    queue = CallQueue()
    queue.set_counts(
        CallCounts(by_state={CallState.FAILED: 2, CallState.HELD: 1}, failed_by_code={}, cursor=9)
    )
    queue.set_filter(CallFilter(error_codes=["rejected"]))
    queue.set_counts(CallCounts(by_state={CallState.FAILED: 1}, failed_by_code={}, cursor=10))
    assert (queue.stopped, queue.count_of(CallState.FAILED)) == (3, 1)
