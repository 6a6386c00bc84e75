from __future__ import annotations

from desktop.model.board import Board
from shared.admin_wire import InstallCounts, InstallFilter
from shared.vocabulary import STAGE_ORDER, Stage
from tests.unit.desktop.builders import install


def counts(cursor: int, **by_stage: int) -> InstallCounts:
    stages = {Stage(name): number for name, number in by_stage.items()}
    return InstallCounts(total=sum(stages.values()), by_stage=stages, cursor=cursor)


def test_stuck_salons_come_first_and_of_those_the_longest_stuck() -> None:
    board = Board()
    rows = [
        install(each, stage=stage, since=-each) for each, stage in enumerate(reversed(STAGE_ORDER), start=1)
    ]
    rows += [install(50, stage=Stage.ATTENTION, since=-100), install(49, stage=Stage.ATTENTION, since=-100)]
    board.start(rows, is_complete=True)
    assert [row.salon_id for row in board.rows] == [49, 50, 7, 6, 5, 4, 3, 2, 1]


def test_the_total_follows_the_stages_that_are_asked_for() -> None:
    board = Board()
    board.set_counts(counts(5, attention=3, active=40))
    assert board.total == 43
    board.set_filter(InstallFilter(stages=[Stage.ATTENTION]))
    assert board.total == 3
    assert board.count_of(Stage.ACTIVE) == 40
    assert board.count_of(Stage.GONE) == 0


def test_how_many_are_stuck_outlasts_a_search_that_finds_none_of_them() -> None:
    board = Board()
    board.set_counts(counts(5, attention=3, active=40))
    board.set_filter(InstallFilter(search="nobody"))
    board.set_counts(counts(6))
    assert (board.stuck, board.count_of(Stage.ATTENTION)) == (3, 0)
    board.set_filter(InstallFilter())
    board.set_counts(counts(7, attention=2))
    assert board.stuck == 2
    board.clear(InstallFilter())
    assert board.stuck == 0


def test_older_numbers_are_left_aside() -> None:
    board = Board()
    told: list[int] = []
    board.counts_changed.connect(lambda: told.append(board.count_of(Stage.NEW)))
    board.set_counts(counts(7, new=2))
    board.set_counts(counts(6, new=1))
    assert told == [2]


def test_another_gateway_leaves_nothing_behind() -> None:
    board = Board()
    board.set_counts(counts(7, new=2))
    board.start([install()], is_complete=True)
    board.clear(InstallFilter())
    assert (list(board.rows), board.counts, board.total) == ([], None, None)
    board.set_counts(counts(1, new=9))
    assert board.total == 9


def test_loading_is_told_once() -> None:
    board = Board()
    told: list[bool] = []
    board.state_changed.connect(lambda: told.append(board.is_loading))
    board.set_loading(True)
    board.set_loading(True)
    board.set_loading(False)
    assert told == [True, False]
