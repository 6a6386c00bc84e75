from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from desktop.model.board import Board, board_key
from desktop.model.live_window import Key
from desktop.model.problem import Trouble
from desktop.services.errors import ConsoleError, NotConnectedError, OperationRefusedError
from desktop.services.feeds import MOST_IDS, PAGE, BoardFeed, Screen, board_feed
from desktop.services.tasks import Tasks
from shared.admin_wire import InstallCounts, InstallFilter, InstallRow, InstallRows, InstallsPage
from shared.protocol import Operation
from shared.vocabulary import Stage
from tests.fakes.clock import FakeClock, settle
from tests.unit.desktop.builders import install


class Books:
    """What the gateway knows, and how it is asked for it."""

    def __init__(self) -> None:
        self.rows: dict[int, InstallRow] = {}
        self.cursors: dict[str, Key] = {}
        self.asked: list[tuple[str, Any]] = []
        self.trouble: ConsoleError | None = None
        self.pending = 0
        self.most_pending = 0
        self.before_answer: Callable[[], None] = lambda: None
        self.gate = asyncio.Event()
        self.gate.set()

    async def call(self, operation: Operation[Any, Any], given: Any) -> Any:
        self.asked.append((operation.name, given))
        self.pending += 1
        self.most_pending = max(self.pending, self.most_pending)
        try:
            await self.gate.wait()
            if self.trouble is not None:
                raise self.trouble
            answer = getattr(self, operation.name.replace(".", "_"))(given)
            before, self.before_answer = self.before_answer, lambda: None
            before()
            await asyncio.sleep(0)
            return answer
        finally:
            self.pending -= 1

    def matching(self, given: InstallFilter) -> list[InstallRow]:
        stages = given.stages or list(Stage)
        found = (row for row in self.rows.values() if row.stage in stages and given.search in row.title)
        return sorted(found, key=board_key)

    def installs_list(self, given: Any) -> InstallsPage:
        rows = self.matching(given)
        if given.after is not None:
            rows = [row for row in rows if board_key(row) > self.cursors[given.after]]
        page = rows[: given.limit]
        if len(page) == len(rows):
            return InstallsPage(rows=page, next=None, cursor=1)
        cursor = f"after {page[-1].salon_id} of {len(self.cursors)}"
        self.cursors[cursor] = board_key(page[-1])
        return InstallsPage(rows=page, next=cursor, cursor=1)

    def installs_rows(self, given: Any) -> InstallRows:
        return InstallRows(rows=[row for row in self.matching(given) if row.salon_id in given.ids], cursor=1)

    def installs_counts(self, given: Any) -> InstallCounts:
        by_stage: dict[Stage, int] = {}
        for row in self.rows.values():
            by_stage[row.stage] = by_stage.get(row.stage, 0) + 1
        return InstallCounts(total=len(self.rows), by_stage=by_stage, cursor=1)

    def names(self) -> list[str]:
        return [name for name, _ in self.asked]


class World:
    def __init__(self) -> None:
        self.clock, self.books, self.board, self.tasks = FakeClock(), Books(), Board(), Tasks()
        screen = Screen(lambda change: change())
        self.feed: BoardFeed = board_feed(self.board, self.books.call, screen, self.clock, self.tasks)

    def put(self, *rows: InstallRow) -> None:
        self.books.rows.update((row.salon_id, row) for row in rows)

    async def quiet(self) -> None:
        await self.clock.advance_until(lambda: self.feed.is_quiet and not self.books.pending)
        await settle()

    @property
    def shown(self) -> list[int]:
        return [row.salon_id for row in self.board.rows]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = World()
    yield made
    await made.tasks.close()


async def test_the_first_page_and_the_numbers_are_read_once(world: World) -> None:
    world.put(install(1), install(2, stage=Stage.ATTENTION))
    world.feed.live(is_anew=True)
    await world.quiet()
    assert world.shown == [2, 1]
    assert world.books.names() == ["installs.list", "installs.counts"]
    assert not world.board.is_loading
    assert world.board.is_complete


async def test_changes_that_come_together_are_read_together(world: World) -> None:
    world.put(*(install(each) for each in range(1, 51)))
    world.feed.live(is_anew=True)
    await world.quiet()
    world.books.asked.clear()
    for each in range(1, 51):
        world.put(install(each, version=2))
        world.feed.changed([each])
    await world.quiet()
    assert world.books.names() == ["installs.rows", "installs.counts"]
    assert {row.version for row in world.board.rows} == {2}


async def test_a_list_has_one_request_at_a_time_and_asks_for_few_enough(world: World) -> None:
    world.put(*(install(each) for each in range(1, 2 * MOST_IDS)))
    world.feed.live(is_anew=True)
    world.feed.more()
    world.feed.changed(range(1, 3 * MOST_IDS))
    await world.quiet()
    assert world.books.most_pending == 1
    sizes = [len(given.ids) for name, given in world.books.asked if name == "installs.rows"]
    assert sizes == [] or max(sizes) <= MOST_IDS


async def test_what_changes_while_it_is_read_is_read_again(world: World) -> None:
    world.put(install(1))
    world.feed.live(is_anew=True)
    await world.quiet()

    def change_again() -> None:
        world.put(install(1, version=3, stage=Stage.ACTIVE))
        world.feed.changed([1])

    world.put(install(1, version=2))
    world.books.before_answer = change_again
    world.feed.changed([1])
    await world.quiet()
    assert world.board.rows[0].version == 3


async def test_steady_changes_do_not_keep_the_numbers_from_being_read(world: World) -> None:
    world.put(install(1))
    world.feed.live(is_anew=True)
    await world.quiet()
    world.books.asked.clear()
    for version in range(2, 42):
        world.put(install(1, version=version))
        world.feed.changed([1])
        await world.clock.advance(0.1)
    names = world.books.names()
    assert 3 <= names.count("installs.counts") <= 5
    assert 35 <= names.count("installs.rows") <= 41


async def test_a_break_in_the_middle_forgets_nothing(world: World) -> None:
    world.put(install(1), install(2))
    world.feed.live(is_anew=True)
    await world.quiet()
    world.books.gate.clear()
    world.put(install(1, version=2), install(2, version=2))
    world.feed.changed([1])
    await world.clock.advance(0.2)
    world.feed.changed([2])
    world.feed.pause()
    await settle()
    world.books.gate.set()
    world.feed.live(is_anew=False)
    await world.quiet()
    assert [row.version for row in world.board.rows] == [2, 2]


async def test_a_line_that_is_lost_under_a_request_is_no_problem_to_show(world: World) -> None:
    world.books.trouble = NotConnectedError("connection_lost")
    world.put(install(1))
    world.feed.live(is_anew=True)
    await world.clock.advance(5)
    assert world.board.problem is None
    assert not world.feed.is_quiet
    world.feed.pause()
    world.books.trouble = None
    world.feed.live(is_anew=False)
    await world.quiet()
    assert world.shown == [1]


async def test_a_refused_request_is_shown_and_tried_again(world: World) -> None:
    world.books.trouble = OperationRefusedError("database_unavailable", "No.")
    world.put(install(1))
    world.feed.live(is_anew=True)
    await settle()
    assert world.board.problem == Trouble("database_unavailable", {}, "No.")
    world.books.trouble = None
    await world.quiet()
    assert world.shown == [1]
    assert str(world.board.problem) == "None"


async def test_more_reads_the_next_page_and_then_no_more(world: World) -> None:
    world.put(*(install(each) for each in range(1, PAGE + 11)))
    world.feed.live(is_anew=True)
    await world.quiet()
    assert len(world.shown) == PAGE
    world.feed.more()
    await world.quiet()
    assert world.shown == list(range(1, PAGE + 11))
    world.books.asked.clear()
    world.feed.more()
    await world.quiet()
    assert world.books.asked == []


async def test_a_window_that_has_run_nearly_empty_is_filled(world: World) -> None:
    world.put(*(install(each) for each in range(1, 2 * PAGE + 1)))
    world.feed.live(is_anew=True)
    await world.quiet()
    world.put(*(install(each, version=2, stage=Stage.GONE) for each in range(1, PAGE)))
    world.feed.changed(range(1, PAGE))
    await world.quiet()
    await world.quiet()
    assert world.shown[:3] == [PAGE, PAGE + 1, PAGE + 2]
    assert len(world.shown) > 100


async def test_a_resync_reads_what_was_loaded_page_by_page(world: World) -> None:
    world.put(*(install(each) for each in range(1, 3 * PAGE)))
    world.feed.live(is_anew=True)
    world.feed.more()
    await world.quiet()
    world.books.asked.clear()
    del world.books.rows[3]
    world.put(install(4, version=2, stage=Stage.ATTENTION))
    resets: list[int] = []
    world.board.reset.connect(lambda: resets.append(1))
    world.feed.reload()
    await world.quiet()
    assert world.books.names() == ["installs.list", "installs.list", "installs.counts"]
    assert world.shown[:4] == [4, 1, 2, 5]
    assert resets == []


async def test_the_first_of_several_hurried_filters_is_read_at_once_and_then_only_the_last(
    world: World,
) -> None:
    world.put(install(1, title="alpha"), install(2, title="beta"))
    world.feed.live(is_anew=True)
    await world.quiet()
    world.books.asked.clear()
    for text in ("a", "al", "alp", "alph"):
        await world.feed.set_filter(InstallFilter(search=text))
        await world.clock.advance(0.05)
    await world.quiet()
    assert [given.search for name, given in world.books.asked if name == "installs.list"] == ["a", "alph"]
    assert world.shown == [1]


async def test_a_filter_ends_the_request_that_is_on_its_way(world: World) -> None:
    world.put(install(1, title="alpha"), install(2, title="beta"))
    world.books.gate.clear()
    world.feed.live(is_anew=True)
    await settle()
    assert world.books.pending == 1
    await world.feed.set_filter(InstallFilter(search="beta"))
    assert world.books.pending == 0
    world.books.gate.set()
    await world.quiet()
    assert world.shown == [2]


async def test_a_filter_set_without_a_line_is_read_when_there_is_one(world: World) -> None:
    world.put(install(1, title="alpha"), install(2, title="beta"))
    await world.feed.set_filter(InstallFilter(search="beta"))
    assert not world.board.is_loading
    world.feed.live(is_anew=True)
    await world.quiet()
    assert world.shown == [2]


async def test_another_gateway_begins_with_nothing(world: World) -> None:
    world.put(install(1))
    world.feed.live(is_anew=True)
    await world.quiet()
    await world.feed.forget()
    assert world.shown == []
    assert world.board.total is None
    world.books.rows = {7: install(7)}
    world.feed.live(is_anew=True)
    await world.quiet()
    assert world.shown == [7]


async def test_what_a_change_of_a_model_raises_reaches_whoever_asked() -> None:
    def broken() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await Screen(lambda change: change()).ask(broken)
