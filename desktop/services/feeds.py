"""What keeps the shown lists exact: one request in flight for each, changes gathered while it runs.

A list's requests follow one another, so an answer is never older than the one before it, and what changed while one
was on its way is asked for by the next.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from desktop.model.board import Board
from desktop.model.call_queue import CallQueue
from desktop.model.clock import Clock
from desktop.model.live_window import Key, Row
from desktop.model.problem import Trouble
from desktop.services.errors import ConsoleError, NotConnectedError
from desktop.services.tasks import Tasks, end
from shared import admin_wire as wire
from shared import protocol
from shared.protocol import Operation
from shared.wire import WireRecord

I = TypeVar("I", bound=WireRecord)  # noqa: E741  the input
O = TypeVar("O", bound=WireRecord)  # noqa: E741  the output
T = TypeVar("T")
F = TypeVar("F", bound=wire.AdminInput)
F_contra = TypeVar("F_contra", contravariant=True)
Row_contra = TypeVar("Row_contra", contravariant=True)

Call = Callable[[Operation[Any, Any], Any], Awaitable[Any]]
Post = Callable[[Callable[[], Any]], None]

PAGE = 200
MOST_IDS = 200
DEBOUNCE_S = 0.06
"""Of filters that follow one another faster than this only the last is read; the first is read at once."""

ROWS_EVERY_S = 0.1
COUNTS_EVERY_S = 1.0
AGAIN_AFTER_S = 2.0


class Screen:
    """The way to the models: calls made on their thread, in order, with what they return."""

    def __init__(self, post: Post) -> None:
        self._post = post

    def tell(self, change: Callable[[], Any]) -> None:
        """Have a model changed; nobody waits for it."""
        self._post(change)

    async def ask(self, change: Callable[[], T]) -> T:
        """Have a model changed, and return what that returned once it is done."""
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[T] = loop.create_future()

        def settle(result: T | None, error: Exception | None) -> None:
            if outcome.done():
                return
            if error is None:
                outcome.set_result(result)  # type: ignore[arg-type]  # None is a T when nothing is returned
            else:
                outcome.set_exception(error)

        def make() -> None:
            result, error = None, None
            try:
                result = change()
            except Exception as raised:
                error = raised
            if not loop.is_closed():
                loop.call_soon_threadsafe(settle, result, error)

        self._post(make)
        return await outcome


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of a list, and where the next begins."""

    rows: Sequence[Row]
    next: str | None


class Source(Protocol[F_contra, Row]):
    """How a list is read."""

    async def page(self, given: F_contra, after: str | None, limit: int) -> Page[Row]:
        """Read a page."""

    async def rows(self, given: F_contra, groups: Sequence[int]) -> Sequence[Row]:
        """Read what matches of some salons."""

    async def counts(self, given: F_contra) -> Any:
        """Read the numbers."""


class ShownList(Protocol[F_contra, Row_contra]):
    """The part of a live window that its feed works on."""

    is_complete: bool

    @property
    def size(self) -> int:
        """How many rows there are."""

    def clear(self, given: F_contra) -> None:
        """Forget everything: another gateway."""

    def set_filter(self, given: F_contra) -> None:
        """Remember what is asked for."""

    def set_counts(self, counts: Any) -> None:
        """Take numbers."""

    def set_loading(self, is_loading: bool, problem: Trouble | None = None) -> None:
        """Say that it is read."""

    def start(self, rows: Iterable[Row_contra], *, is_complete: bool) -> None:
        """Take another query's first page."""

    def extend(self, rows: Sequence[Row_contra], *, is_complete: bool) -> None:
        """Take the next page."""

    def replace_range(
        self, rows: Sequence[Row_contra], *, after: Key | None, is_last: bool, is_complete: bool
    ) -> Key | None:
        """Take a page read anew."""

    def apply(self, rows_found: Iterable[Row_contra], groups_asked: Iterable[int]) -> None:
        """Take what was found of some groups."""


class ListFeed(Generic[F, Row]):
    """Reads one list and keeps it exact while the connection lives."""

    def __init__(
        self, name: str, shown: ShownList[F, Row], source: Source[F, Row], given: F, screen: Screen, clock: Clock,
        tasks: Tasks,
    ) -> None:  # fmt: skip
        self._name, self._shown, self._source, self._given = name, shown, source, given
        self._screen, self._clock, self._tasks = screen, clock, tasks
        self._worker: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._is_live = False
        self._dirty: dict[int, None] = {}
        self._is_reading = False
        self._must_start = True
        self._must_reload = False
        self._wants_more = False
        self._wants_counts = True
        self._wanted_rows = PAGE
        self._next: str | None = None
        self._is_complete = False
        self._rows_at = self._counts_at = self._asked_at = float("-inf")

    @property
    def given(self) -> F:
        """What is asked for."""
        return self._given

    @property
    def is_quiet(self) -> bool:
        """Whether everything that is known to be different has been read and is shown."""
        return not (self._is_reading or self._is_to_read)

    @property
    def _is_to_read(self) -> bool:
        return bool(
            self._dirty or self._must_start or self._must_reload or self._wants_more or self._wants_counts
        )

    def live(self, *, is_anew: bool) -> None:
        """The connection is there; with `is_anew` nothing is told of what changed before."""
        self._is_live = True
        if is_anew and not self._must_start:
            self.reload()
        self._wants_counts = True
        self._begin()

    def pause(self) -> None:
        """The connection is gone; what is to be read is remembered."""
        self._is_live = False
        if self._worker is not None:
            self._worker.cancel()
        self._worker = None

    async def forget(self) -> None:
        """Another gateway: begin with nothing but what is asked for, which is the person's choice and stays."""
        self.pause()
        self._dirty, self._next = {}, None
        self._must_start, self._must_reload, self._wants_more, self._wants_counts = True, False, False, True
        await self._screen.ask(lambda: self._shown.clear(self._given))

    async def set_filter(self, given: F) -> None:
        """Ask for something else; only the last of several within a moment is read."""
        worker, self._worker = self._worker, None
        await end(worker)
        self._given, self._dirty, self._next = given, {}, None
        self._must_start, self._must_reload, self._wants_more, self._wants_counts = True, False, False, True
        await self._screen.ask(lambda: self._asked(given))
        now = self._clock.monotonic()
        is_hurried, self._asked_at = now < self._asked_at + DEBOUNCE_S, now
        self._begin(DEBOUNCE_S if is_hurried else 0.0)

    def reload(self) -> None:
        """Read everything that is shown anew, page by page."""
        self._must_reload = True
        self._wants_counts = True
        self._dirty.clear()
        self._news.set()

    def more(self) -> None:
        """Read the next page, if there is one."""
        if not self._is_complete:
            self._wants_more = True
            self._news.set()

    def changed(self, groups: Iterable[int]) -> None:
        """These salons are different now."""
        self._dirty.update(dict.fromkeys(groups))
        self._wants_counts = True
        self._news.set()

    # ------------------------------------------------------------------------------------------------ the work

    def _asked(self, given: F) -> None:
        self._shown.set_filter(given)
        self._shown.set_loading(self._is_live)

    def _begin(self, after_s: float = 0.0) -> None:
        if not self._is_live:
            return
        self._news.set()
        if self._worker is None:
            self._worker = self._tasks.start(self._name, self._work(after_s))

    async def _work(self, after_s: float) -> None:
        if after_s:
            await self._clock.sleep(after_s)
        while True:
            await self._news.wait()
            self._news.clear()
            while self._is_live and self._is_to_read:
                self._is_reading = True
                try:
                    await self._step()
                except NotConnectedError:
                    break  # the connection's return begins again with what was left
                except ConsoleError as error:
                    trouble = error.trouble
                    await self._screen.ask(lambda: self._shown.set_loading(False, trouble))  # noqa: B023
                    await self._clock.sleep(AGAIN_AFTER_S)
                finally:
                    self._is_reading = False

    async def _step(self) -> None:
        """Do the most urgent thing: the list itself, another page, the numbers when they are due, what changed."""
        if self._must_start:
            await self._start()
        elif self._must_reload:
            await self._reload()
        elif self._wants_more:
            await self._more()
        elif self._wants_counts and self._clock.monotonic() >= self._counts_at + COUNTS_EVERY_S:
            await self._count()
        elif self._dirty:
            await self._read_changed()
        else:
            await self._news_or(self._counts_at + COUNTS_EVERY_S)

    async def _start(self) -> None:
        self._dirty.clear()
        self._must_reload = False
        await self._screen.ask(lambda: self._shown.set_loading(True))
        page = await self._source.page(self._given, None, PAGE)
        self._turned(page)
        self._wanted_rows = PAGE
        self._must_start = False
        await self._screen.ask(lambda: self._shown.start(page.rows, is_complete=page.next is None))
        await self._screen.ask(lambda: self._shown.set_loading(False))

    async def _reload(self) -> None:
        self._dirty.clear()
        self._must_reload = False
        try:
            await self._read_all()
        except BaseException:
            self._must_reload = True
            raise

    async def _read_all(self) -> None:
        size = await self._screen.ask(lambda: self._shown.size)
        wanted = max(PAGE, size)
        read, edge, after = 0, None, None
        while True:
            page = await self._source.page(self._given, after, PAGE)
            read += len(page.rows)
            is_short = len(page.rows) < PAGE  # the look for more went as far as one page may
            is_last = page.next is None or read >= (size if is_short else wanted)
            edge = await self._take_range(page, edge, is_last)
            after = page.next
            if is_last:
                break
        self._turned(page)
        await self._screen.ask(lambda: self._shown.set_loading(False))

    async def _take_range(self, page: Page[Row], after: Key | None, is_last: bool) -> Key | None:
        is_complete = page.next is None
        return await self._screen.ask(
            lambda: self._shown.replace_range(
                page.rows, after=after, is_last=is_last, is_complete=is_complete
            )
        )

    async def _more(self) -> None:
        if self._is_complete or self._next is None:
            self._wants_more = False
            return
        await self._screen.ask(lambda: self._shown.set_loading(True))
        page = await self._source.page(self._given, self._next, PAGE)
        self._turned(page)
        self._wants_more = False
        await self._screen.ask(lambda: self._shown.extend(page.rows, is_complete=page.next is None))
        await self._screen.ask(lambda: self._shown.set_loading(False))

    async def _read_changed(self) -> None:
        await self._not_before(self._rows_at + ROWS_EVERY_S)
        groups = list(self._dirty)[:MOST_IDS]
        for group in groups:
            del self._dirty[group]
        self._rows_at = self._clock.monotonic()
        try:
            rows = await self._source.rows(self._given, groups)
        except BaseException:
            self._dirty = dict.fromkeys(groups) | self._dirty
            raise
        size = await self._screen.ask(lambda: self._take(rows, groups))
        if not self._is_complete and size < PAGE // 2:
            self._wants_more = True

    def _take(self, rows: Sequence[Row], groups: Sequence[int]) -> int:
        self._shown.apply(rows, groups)
        return self._shown.size

    async def _count(self) -> None:
        self._wants_counts = False
        self._counts_at = self._clock.monotonic()
        try:
            counts = await self._source.counts(self._given)
        except BaseException:
            self._wants_counts = True
            raise
        await self._screen.ask(lambda: self._shown.set_counts(counts))

    def _turned(self, page: Page[Row]) -> None:
        self._next, self._is_complete = page.next, page.next is None

    async def _not_before(self, moment: float) -> None:
        await self._clock.sleep(moment - self._clock.monotonic())

    async def _news_or(self, moment: float) -> None:
        news = asyncio.get_running_loop().create_task(self._news.wait(), name="console:news")
        timer = asyncio.get_running_loop().create_task(
            self._clock.sleep(moment - self._clock.monotonic()), name="console:timer"
        )
        try:
            await asyncio.wait({news, timer}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await end(news)
            await end(timer)
        self._news.clear()


class InstallSource:
    """Reads the board."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def page(self, given: wire.InstallFilter, after: str | None, limit: int) -> Page[wire.InstallRow]:
        """Read a page of the board."""
        asked = wire.InstallsQuery(**dict(given), after=after, limit=limit)
        found = await self._call(protocol.INSTALLS_LIST, asked)
        return Page(found.rows, found.next)

    async def rows(self, given: wire.InstallFilter, groups: Sequence[int]) -> Sequence[wire.InstallRow]:
        """Read the rows of some salons that match."""
        found = await self._call(
            protocol.INSTALLS_ROWS, wire.InstallRowsQuery(**dict(given), ids=list(groups))
        )
        rows: Sequence[wire.InstallRow] = found.rows
        return rows

    async def counts(self, given: wire.InstallFilter) -> wire.InstallCounts:
        """Read how many stand in each stage."""
        found: wire.InstallCounts = await self._call(protocol.INSTALLS_COUNTS, given)
        return found


class CallSource:
    """Reads the callback queue."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def page(self, given: wire.CallFilter, after: str | None, limit: int) -> Page[wire.CallRow]:
        """Read a page of the queue."""
        found = await self._call(
            protocol.CALLS_LIST, wire.CallsQuery(**dict(given), after=after, limit=limit)
        )
        return Page(found.rows, found.next)

    async def rows(self, given: wire.CallFilter, groups: Sequence[int]) -> Sequence[wire.CallRow]:
        """Read the calls of some salons that match."""
        asked = wire.CallRowsQuery(**dict(given), salon_ids=list(groups))
        found = await self._call(protocol.CALLS_ROWS, asked)
        rows: Sequence[wire.CallRow] = found.rows
        return rows

    async def counts(self, given: wire.CallFilter) -> wire.CallCounts:
        """Read how many stand in each state."""
        found: wire.CallCounts = await self._call(protocol.CALLS_COUNTS, given)
        return found


BoardFeed = ListFeed[wire.InstallFilter, wire.InstallRow]
QueueFeed = ListFeed[wire.CallFilter, wire.CallRow]


def board_feed(board: Board, call: Call, screen: Screen, clock: Clock, tasks: Tasks) -> BoardFeed:
    """Return the board's feed."""
    return ListFeed("board", board, InstallSource(call), board.filter, screen, clock, tasks)


def queue_feed(queue: CallQueue, call: Call, screen: Screen, clock: Clock, tasks: Tasks) -> QueueFeed:
    """Return the queue's feed."""
    return ListFeed("queue", queue, CallSource(call), queue.filter, screen, clock, tasks)
