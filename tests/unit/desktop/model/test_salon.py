from __future__ import annotations

import pytest

from desktop.model.problem import Trouble
from desktop.model.salon import SalonModel
from shared.admin_wire import TimelinePage
from tests.unit.desktop.builders import call, call_detail, detail, entry, install, session


def page(*event_ids: int, before: int | None = None) -> TimelinePage:
    return TimelinePage(
        rows=[entry(each) for each in event_ids], next=before, cursor=max(event_ids, default=0)
    )


def story(salon: SalonModel) -> list[int]:
    return [each.event_id for each in salon.timeline]


@pytest.fixture
def salon() -> SalonModel:
    made = SalonModel()
    made.opened(1, install(1))
    return made


def test_the_boards_row_is_shown_until_the_whole_is_there(salon: SalonModel) -> None:
    assert salon.row == install(1)
    assert salon.is_loading
    salon.set_detail(detail(install(1, version=5)))
    assert salon.row == install(1, version=5)


def test_another_salon_takes_everything_of_the_first_away(salon: SalonModel) -> None:
    salon.set_detail(detail())
    salon.set_timeline(page(1, 2))
    salon.set_calls([call()])
    salon.set_session(session())
    salon.opened(2)
    assert (salon.detail, salon.timeline, salon.calls, salon.session, salon.row) == (None, [], [], None, None)
    salon.closed()
    assert salon.salon_id is None


def test_what_belongs_to_another_salon_is_left_aside(salon: SalonModel) -> None:
    salon.set_detail(detail(install(2)))
    salon.set_session(session(2))
    salon.set_attempts(call_detail(call(5, salon_id=2)))
    salon.take_call(call(5, salon_id=2))
    assert (salon.detail, salon.session, salon.calls, salon.attempts) == (None, None, [], {})


def test_an_older_answer_is_left_aside(salon: SalonModel) -> None:
    salon.set_detail(detail(install(version=9), cursor=9))
    salon.set_detail(detail(install(version=8), cursor=8))
    assert salon.detail is not None
    assert salon.detail.row.version == 9
    salon.set_session(session(version=4))
    salon.set_session(session(version=3))
    assert salon.session is not None
    assert salon.session.version == 4
    salon.set_calls([call(version=7)])
    salon.set_calls([call(version=6)])
    assert salon.calls[0].version == 7


def test_new_events_join_the_story_and_earlier_ones_come_before_it(salon: SalonModel) -> None:
    salon.set_timeline(page(10, 11, before=10))
    salon.set_timeline(page(11, 12, before=11))
    assert (story(salon), salon.earlier_before) == ([10, 11, 12], 10)
    salon.add_earlier(page(3, 9, before=3))
    assert (story(salon), salon.earlier_before, salon.has_earlier) == ([3, 9, 10, 11, 12], 3, True)
    salon.add_earlier(page(1))
    assert (story(salon), salon.has_earlier) == ([1, 3, 9, 10, 11, 12], False)


def test_a_page_that_leaves_a_gap_begins_the_story_anew(salon: SalonModel) -> None:
    salon.set_timeline(page(10, 11))
    salon.set_timeline(page(50, 51, before=50))
    assert (story(salon), salon.has_earlier) == ([50, 51], True)


def test_a_whole_story_never_leaves_a_gap(salon: SalonModel) -> None:
    salon.set_timeline(page(10, 11))
    salon.set_timeline(page(10, 11, 50))
    assert (story(salon), salon.has_earlier) == ([10, 11, 50], False)


def test_attempts_bring_their_calls_row_with_them(salon: SalonModel) -> None:
    told: list[int] = []
    salon.attempts_changed.connect(told.append)
    salon.set_calls([call(1), call(2)])
    salon.set_attempts(call_detail(call(1, version=3)))
    assert told == [1]
    assert [(each.call_id, each.version) for each in salon.calls] == [(2, 1), (1, 3)]


def test_a_problem_is_told_once(salon: SalonModel) -> None:
    told: list[Trouble | None] = []
    salon.problem_changed.connect(lambda: told.append(salon.problem))
    salon.set_loading(False, Trouble("salon_not_found"))
    salon.set_loading(False, Trouble("salon_not_found"))
    assert told == [Trouble("salon_not_found")]


def test_a_hidden_qr_is_forgotten(salon: SalonModel) -> None:
    salon.set_session(session())
    salon.set_session(None)
    assert salon.session is None
