from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.model.live_window import MOST_SINGLE_STEPS, LiveWindow


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its place is `at`, several rows may belong to a group."""

    id: int
    at: int
    version: int = 1
    group: int = 0
    text: str = ""


def window() -> LiveWindow[Row]:
    return LiveWindow(lambda row: (row.at, row.id), lambda row: row.id, lambda row: row.group or row.id)


def shown(made: LiveWindow[Row]) -> list[int]:
    return [row.id for row in made.rows]


class Mirror:
    """What a view knows that hears nothing but the signals."""

    def __init__(self, made: LiveWindow[Row]) -> None:
        self.rows: list[Row] = list(made.rows)
        self.told: list[str] = []
        self._made = made
        made.reset.connect(self._reset)
        made.rows_inserted.connect(self._inserted)
        made.rows_removed.connect(self._removed)
        made.row_moved.connect(self._moved)
        made.rows_changed.connect(self._changed)

    def _reset(self) -> None:
        self.told.append("reset")
        self.rows = list(self._made.rows)

    def _inserted(self, first: int, last: int) -> None:
        self.told.append(f"inserted {first}-{last}")
        self.rows[first:first] = self._made.rows[first : last + 1]

    def _removed(self, first: int, last: int) -> None:
        self.told.append(f"removed {first}-{last}")
        del self.rows[first : last + 1]

    def _moved(self, source: int, target: int) -> None:
        self.told.append(f"moved {source}-{target}")
        self.rows.insert(target, self.rows.pop(source))

    def _changed(self, first: int, last: int) -> None:
        self.told.append(f"changed {first}-{last}")
        self.rows[first : last + 1] = self._made.rows[first : last + 1]


def started(*rows: Row, is_complete: bool = True) -> tuple[LiveWindow[Row], Mirror]:
    made = window()
    made.start(rows, is_complete=is_complete)
    return made, Mirror(made)


def test_a_changed_row_is_told_where_it_stands() -> None:
    made, mirror = started(Row(1, 10), Row(2, 20), Row(3, 30))
    made.apply([Row(2, 20, 2, text="new")], [2])
    assert mirror.told == ["changed 1-1"]
    assert made.rows[1].text == "new"


def test_neighbours_that_changed_are_told_together() -> None:
    made, mirror = started(*(Row(each, each) for each in range(1, 6)))
    made.apply([Row(each, each, 2, text="new") for each in (2, 3, 5)], [2, 3, 5])
    assert mirror.told == ["changed 4-4", "changed 1-2"]


def test_a_row_that_is_as_it_was_is_not_told() -> None:
    made, mirror = started(Row(1, 10))
    made.apply([Row(1, 10)], [1])
    assert mirror.told == []


@pytest.mark.parametrize(("place", "told"), [(5, "moved 1-0"), (35, "moved 1-2")])
def test_a_row_with_another_key_moves(place: int, told: str) -> None:
    made, mirror = started(Row(1, 10), Row(2, 20), Row(3, 30))
    made.apply([Row(2, place, 2)], [2])
    assert mirror.told[0] == told
    assert mirror.rows == list(made.rows)


def test_a_row_whose_key_changed_without_passing_a_neighbour_only_changes() -> None:
    made, mirror = started(Row(1, 10), Row(2, 20), Row(3, 30))
    made.apply([Row(2, 25, 2)], [2])
    assert mirror.told == ["changed 1-1"]
    made.apply([Row(2, 35, 3)], [2])
    assert shown(made) == [1, 3, 2]


def test_a_new_row_takes_its_place_and_one_that_is_not_found_goes() -> None:
    made, mirror = started(Row(1, 10), Row(3, 30))
    made.apply([Row(2, 20)], [2])
    made.apply([], [1])
    assert mirror.told == ["inserted 1-1", "removed 0-0"]
    assert shown(made) == [2, 3]


def test_an_older_answer_is_left_aside() -> None:
    made, mirror = started(Row(1, 10, 7, text="newest"))
    made.apply([Row(1, 99, 6, text="older")], [1])
    assert mirror.told == []
    assert made.rows[0].text == "newest"


def test_a_row_past_the_edge_of_an_incomplete_window_is_not_shown() -> None:
    made, _ = started(Row(1, 10), Row(2, 20), is_complete=False)
    made.apply([Row(3, 30)], [3])
    assert shown(made) == [1, 2]
    made.apply([Row(4, 15)], [4])
    assert shown(made) == [1, 4, 2]


def test_a_row_that_moves_past_the_edge_leaves_and_comes_with_its_page() -> None:
    made, _ = started(Row(1, 10), Row(2, 20), is_complete=False)
    made.apply([Row(1, 50, 2)], [1])
    assert shown(made) == [2]
    made.extend([Row(3, 30), Row(1, 50, 2)], is_complete=True)
    assert shown(made) == [2, 3, 1]


def test_the_edge_stays_where_the_page_ended_when_its_last_row_moves_up() -> None:
    made, _ = started(Row(1, 10), Row(2, 20), is_complete=False)
    made.apply([Row(2, 5, 2)], [2])
    made.apply([Row(3, 15)], [3])
    assert shown(made) == [2, 1, 3]


def test_a_page_that_follows_is_told_as_one() -> None:
    made, mirror = started(Row(1, 10), is_complete=False)
    made.extend([Row(each, each * 10) for each in range(2, 100)], is_complete=True)
    assert mirror.told == ["inserted 1-98"]


def test_a_page_that_repeats_a_row_shows_it_once() -> None:
    made, _ = started(Row(1, 10), Row(2, 20), is_complete=False)
    made.extend([Row(2, 25, 2), Row(3, 30)], is_complete=True)
    assert shown(made) == [1, 2, 3]


def test_of_a_group_whatever_was_not_found_goes() -> None:
    made, _ = started(Row(1, 10, group=7), Row(2, 20, group=7), Row(3, 30, group=8))
    made.apply([Row(2, 20, 2, group=7), Row(4, 40, group=7)], [7])
    assert shown(made) == [2, 3, 4]


def test_many_steps_at_once_are_one_reset() -> None:
    made, mirror = started(Row(0, -1))
    rows = [Row(each, each) for each in range(1, MOST_SINGLE_STEPS + 2)]
    made.apply(rows, [row.id for row in rows])
    assert mirror.told == ["reset"]
    assert shown(made) == list(range(MOST_SINGLE_STEPS + 2))
    made.apply([Row(3, 1000, 2)], [3, 4])
    assert shown(made)[:5] == [0, 1, 2, 5, 6]
    assert shown(made)[-1] == 3


# ------------------------------------------------------------------------------------------ held by the pointer


def test_a_held_window_updates_in_place_and_lets_the_rest_wait() -> None:
    made, mirror = started(Row(1, 10), Row(2, 20), Row(3, 30))
    made.hold()
    made.apply([Row(1, 40, 2, text="moves"), Row(4, 5), Row(2, 20, 2, text="stays")], [1, 2, 3, 4])
    assert shown(made) == [1, 2, 3]
    assert [row.text for row in made.rows] == ["moves", "stays", ""]
    assert made.waiting_count == 3
    assert made.size == 3
    made.release()
    assert shown(made) == [4, 2, 1]
    assert made.waiting_count == 0
    assert mirror.rows == list(made.rows)


def test_what_waits_can_be_shown_while_the_window_stays_held() -> None:
    made, _ = started(Row(1, 10))
    made.hold()
    made.apply([Row(2, 20)], [2])
    made.show_waiting()
    assert shown(made) == [1, 2]
    made.apply([Row(3, 30)], [3])
    assert shown(made) == [1, 2]


def test_a_row_that_comes_and_goes_while_held_was_never_there() -> None:
    made, mirror = started(Row(1, 10))
    made.hold()
    made.apply([Row(2, 20)], [2])
    made.apply([], [2])
    assert made.waiting_count == 0
    made.release()
    assert shown(made) == [1]
    assert mirror.told == []


def test_a_row_that_came_back_to_its_place_while_held_does_not_wait() -> None:
    made, _ = started(Row(1, 10), Row(2, 20))
    made.hold()
    made.apply([Row(1, 30, 2)], [1])
    made.apply([Row(1, 10, 3)], [1])
    assert made.waiting_count == 0
    made.release()
    assert shown(made) == [1, 2]


def test_a_waiting_row_is_not_replaced_by_an_older_one() -> None:
    made, _ = started(Row(1, 10))
    made.hold()
    made.apply([Row(2, 20, 5, text="newest")], [2])
    made.apply([Row(2, 20, 4, text="older")], [2])
    made.release()
    assert made.rows[1].text == "newest"


def test_another_query_forgets_what_waited() -> None:
    made, _ = started(Row(1, 10))
    made.hold()
    made.apply([Row(2, 20)], [2])
    made.start([Row(3, 30)], is_complete=True)
    assert made.waiting_count == 0
    made.release()
    assert shown(made) == [3]


# ------------------------------------------------------------------------------------------------ read anew


def reread(made: LiveWindow[Row], truth: Sequence[Row], page: int, wanted: int) -> None:
    """Read a window anew as a feed does: page by page."""
    ordered = sorted(truth, key=lambda row: (row.at, row.id))
    edge, read = None, 0
    while True:
        rows = ordered[read : read + page]
        read += len(rows)
        is_complete = read >= len(ordered)
        is_last = is_complete or read >= wanted
        edge = made.replace_range(rows, after=edge, is_last=is_last, is_complete=is_complete)
        if is_last:
            return


def test_a_window_read_anew_keeps_what_is_still_there() -> None:
    made, mirror = started(*(Row(each, each) for each in range(1, 8)), is_complete=True)
    truth = [Row(1, 1), Row(3, 3, 2, text="new"), Row(4, 4), Row(9, 5), Row(7, 7), Row(6, 8, 2)]
    reread(made, truth, page=2, wanted=7)
    assert shown(made) == [1, 3, 4, 9, 7, 6]
    assert "reset" not in mirror.told
    assert mirror.rows == list(made.rows)


def test_a_window_read_anew_ends_where_the_last_page_ends() -> None:
    made, _ = started(*(Row(each, each) for each in range(1, 7)), is_complete=False)
    truth = [Row(each, each * 2, 2) for each in range(1, 20)]
    reread(made, truth, page=2, wanted=4)
    assert shown(made) == [1, 2, 3, 4]
    assert not made.is_complete
    made.apply([Row(50, 9)], [50])
    assert shown(made) == [1, 2, 3, 4]


def test_a_window_read_anew_empty_is_empty() -> None:
    made, _ = started(Row(1, 1), Row(2, 2), is_complete=False)
    reread(made, [], page=2, wanted=4)
    assert shown(made) == []
    assert made.is_complete


# ------------------------------------------------------------------------------------------- against the truth


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 40))
def test_whatever_happens_the_window_shows_the_first_rows_of_the_truth(random: Random, steps: int) -> None:
    truth = {
        each: Row(each, random.randrange(50), group=each % 5 + 1) for each in range(random.randrange(30))
    }
    made = window()
    page = sorted(truth.values(), key=lambda row: (row.at, row.id))[:10]
    made.start(page, is_complete=len(page) == len(truth))
    mirror = Mirror(made)
    for version in range(2, steps + 2):
        what = random.random()
        if what < 0.15:
            made.hold() if random.random() < 0.5 else made.release()
        elif what < 0.25:
            more(made, truth)
        elif what < 0.32:
            reread(made, list(truth.values()), page=random.randrange(1, 8), wanted=made.size)
        else:
            changed = {change(truth, random, version) for _ in range(random.randrange(1, 4))}
            made.apply([row for row in truth.values() if row.group in changed], changed)
        assert mirror.rows == list(made.rows)
    made.release()
    expected = sorted(truth.values(), key=lambda row: (row.at, row.id))
    if made.edge is not None:
        expected = [row for row in expected if (row.at, row.id) <= made.edge]
    elif not made.is_complete:
        expected = []
    assert list(made.rows) == expected
    assert mirror.rows == expected


def more(made: LiveWindow[Row], truth: dict[int, Row]) -> None:
    if made.is_complete or made.edge is None:
        return
    edge = made.edge
    behind = sorted(
        (row for row in truth.values() if (row.at, row.id) > edge), key=lambda row: (row.at, row.id)
    )
    made.extend(behind[:5], is_complete=len(behind) <= 5)


def change(truth: dict[int, Row], random: Random, version: int) -> int:
    """Change, add or remove one row and return its group."""
    if truth and random.random() < 0.7:
        row = truth[random.choice(sorted(truth))]
        if random.random() < 0.25:
            del truth[row.id]
        else:
            at = random.randrange(50) if random.random() < 0.5 else row.at
            truth[row.id] = replace(row, at=at, version=version, text=str(version))
        return row.group
    id_ = max(truth, default=0) + 1
    truth[id_] = Row(id_, random.randrange(50), version, id_ % 5 + 1)
    return truth[id_].group


def test_fifty_changes_in_a_hundred_thousand_rows_take_no_longer_than_a_frame() -> None:
    random = Random(7)
    made, _ = started(*(Row(each, each) for each in range(100_000)))
    took = []
    for version in range(2, 42):
        rows = [Row(random.randrange(100_000), random.randrange(100_000), version) for _ in range(50)]
        found = list({row.id: row for row in rows}.values())
        began = time.process_time()
        made.apply(found, [row.id for row in found])
        took.append(time.process_time() - began)
    assert sorted(took)[len(took) // 2] < 0.05
