from __future__ import annotations

from desktop.model.bulk import BulkModel
from desktop.model.problem import Trouble
from shared.admin_wire import BulkItem
from shared.vocabulary import BulkItemState, BulkState
from tests.unit.desktop.builders import bulk, call


def item(call_id: int, state: BulkItemState = BulkItemState.PENDING) -> BulkItem:
    return BulkItem(call_id=call_id, salon_id=1, title="Ёлка", state=state, outcome=None)


def test_progress_keeps_the_plans_sample() -> None:
    model = BulkModel()
    model.set_view(bulk(sample=[call()]))
    model.set_view(bulk(version=2, state=BulkState.RUNNING))
    assert model.view is not None
    assert model.view.state is BulkState.RUNNING
    assert model.sample == (call(),)


def test_older_progress_is_left_aside_and_another_retry_is_not() -> None:
    model = BulkModel()
    model.set_view(bulk(1, version=9, sample=[call()]))
    model.set_view(bulk(1, version=8))
    assert model.view == bulk(1, version=9, sample=[call()])
    model.set_view(bulk(2, version=3))
    assert (model.view, model.sample) == (bulk(2, version=3), ())


def test_pages_of_the_report_are_joined() -> None:
    model = BulkModel()
    model.set_view(bulk())
    model.set_items(1, [item(1), item(2)], is_first=True, has_more=True)
    model.set_items(1, [item(3)], is_first=False, has_more=False)
    model.set_items(2, [item(9)], is_first=True, has_more=True)
    assert ([each.call_id for each in model.items], model.has_more_items) == ([1, 2, 3], False)
    model.set_items(1, [item(1, BulkItemState.SUCCEEDED)], is_first=True, has_more=False)
    assert model.items == [item(1, BulkItemState.SUCCEEDED)]


def test_the_list_of_newest_follows_the_one_that_is_open() -> None:
    model = BulkModel()
    model.set_recent([bulk(2), bulk(1)])
    model.set_view(bulk(1, version=5, state=BulkState.DONE))
    assert [each.state for each in model.recent] == [BulkState.PLANNED, BulkState.DONE]


def test_closed_there_is_nothing_but_the_list() -> None:
    model = BulkModel()
    model.set_recent([bulk()])
    model.set_view(bulk())
    model.set_loading(False, Trouble("bulk_plan_expired"))
    model.closed()
    assert (model.view, model.items, model.problem, len(model.recent)) == (None, [], None, 1)
