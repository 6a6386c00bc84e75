"""What runs, read while somebody looks at it: the sessions' list, the processes, what grows, restarts of many.

Nobody is told when a lease changes hands or an engine's memory grows. So the view asks for what it shows again now and
then; nothing of this is read while it is hidden.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence

from desktop.model.clock import Clock
from desktop.model.problem import Trouble
from desktop.model.sessions import ProcessesModel, Restart, Restarts, RestartState, SessionsList, StorageModel
from desktop.services.errors import ConsoleError, NotConnectedError, ReadOnlyError
from desktop.services.feeds import Call, ListFeed, Page, Screen
from desktop.services.refresher import Refresher
from desktop.services.tasks import Tasks
from shared import admin_wire as wire
from shared import protocol

RESTART_EVERY_S = 0.2
"""A gateway process starts five engines a second; to ask for more would only make them wait."""


class SessionSource:
    """Reads the list of sessions."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def page(self, given: wire.SessionFilter, after: str | None, limit: int) -> Page[wire.SessionRow]:
        """Read a page of the list."""
        asked = wire.SessionsQuery(**dict(given), after=after, limit=limit)
        found = await self._call(protocol.SESSIONS_LIST, asked)
        return Page(found.rows, found.next)

    async def rows(self, given: wire.SessionFilter, groups: Sequence[int]) -> Sequence[wire.SessionRow]:
        """Read the sessions of some salons that match."""
        asked = wire.SessionRowsQuery(**dict(given), salon_ids=list(groups))
        found = await self._call(protocol.SESSIONS_ROWS, asked)
        rows: Sequence[wire.SessionRow] = found.rows
        return rows

    async def counts(self, given: wire.SessionFilter) -> wire.SessionCounts:
        """Read how many stand in each state."""
        found: wire.SessionCounts = await self._call(protocol.SESSIONS_COUNTS, given)
        return found


class RunningWatch:
    """Reads sessions and processes while they are shown."""

    def __init__(
        self, sessions: SessionsList, processes: ProcessesModel, storage: StorageModel, call: Call, screen: Screen,
        clock: Clock, tasks: Tasks,
    ) -> None:  # fmt: skip
        self._processes, self._storage, self._call, self._screen = processes, storage, call, screen
        self._feed = ListFeed(
            "sessions", sessions, SessionSource(call), sessions.filter, screen, clock, tasks
        )
        self._refresher = Refresher("processes", self._read, self._failed, clock, tasks)
        self._is_live = False
        self._is_shown = False

    @property
    def is_quiet(self) -> bool:
        """Whether everything that is known to be different has been read, as far as somebody looks at it."""
        return not self._is_shown or (self._feed.is_quiet and self._refresher.is_quiet)

    async def show(self, is_shown: bool) -> None:
        """Begin to read, or read no more, as the view is shown and hidden."""
        if is_shown == self._is_shown:
            return
        self._is_shown = is_shown
        if not is_shown:
            self._pause()
        elif self._is_live:
            self._begin(is_anew=True)

    async def set_filter(self, given: wire.SessionFilter) -> None:
        """Show the sessions of another filter."""
        await self._feed.set_filter(given)

    async def load_more(self) -> None:
        """Read the list's next page."""
        self._feed.more()

    async def look_again(self, salon_ids: Collection[int]) -> None:
        """Read again what no change tells of: the processes, and these salons' rows."""
        if self._is_shown:
            self._feed.changed(salon_ids)
            self._refresher.stale()

    def live(self, *, is_anew: bool) -> None:
        """The connection is there."""
        self._is_live = True
        if self._is_shown:
            self._begin(is_anew=is_anew)

    def pause(self) -> None:
        """The connection is gone."""
        self._is_live = False
        self._pause()

    async def forget(self) -> None:
        """Another gateway."""
        await self._feed.forget()
        await self._screen.ask(self._clear)

    def stale(self) -> None:
        """Everything may be different."""
        if self._is_shown:
            self._feed.reload()
            self._refresher.stale()

    def changed(self, salon_ids: Collection[int]) -> None:
        """These salons are different."""
        if self._is_shown and salon_ids:
            self._feed.changed(salon_ids)

    def processes_changed(self) -> None:
        """Something of a process is different."""
        if self._is_shown:
            self._refresher.stale()

    async def load_storage(self) -> None:
        """Read what grows."""
        try:
            report: wire.StorageReport = await self._call(protocol.STORAGE_REPORT, wire.Nothing())
        except ConsoleError as error:
            trouble = error.trouble
            await self._screen.ask(lambda: self._storage.take(None, trouble))
        else:
            await self._screen.ask(lambda: self._storage.take(report))

    def _begin(self, *, is_anew: bool) -> None:
        self._feed.live(is_anew=is_anew)
        self._refresher.stale()
        self._refresher.live()

    def _pause(self) -> None:
        self._feed.pause()
        self._refresher.pause()

    async def _read(self) -> None:
        found: wire.ProcessList = await self._call(protocol.PROCESSES_LIST, wire.Nothing())
        await self._screen.ask(lambda: self._processes.take(found))

    def _failed(self, trouble: Trouble) -> None:
        self._screen.tell(lambda: self._processes.failed(trouble))

    def _clear(self) -> None:
        self._processes.cleared()
        self._storage.cleared()


class RestartRun:
    """Restarts many sessions, each by a command of its own, at the rate at which engines are started.

    It lives in this program: what was not asked for when the program or the connection ends is left as it was.
    """

    def __init__(
        self, restarts: Restarts, restart: Callable[[int], Awaitable[object]], screen: Screen, clock: Clock,
        tasks: Tasks,
    ) -> None:  # fmt: skip
        self._restarts, self._restart, self._screen = restarts, restart, screen
        self._clock, self._tasks = clock, tasks
        self._task: asyncio.Task[None] | None = None
        self._must_stop = False

    async def begin(self, rows: Sequence[Restart]) -> None:
        """Begin with these; while others are under way nothing is begun."""
        if self._task is not None and not self._task.done():
            return
        self._must_stop = False
        await self._screen.ask(lambda: self._restarts.begin(rows))
        self._task = self._tasks.start("restarts", self._run(rows))

    async def stop(self) -> None:
        """Ask for no more; what was asked for is answered."""
        self._must_stop = True
        await self._screen.ask(self._restarts.stop)

    async def close(self) -> None:
        """Show them no more; does nothing while they are under way."""
        if self._task is None or self._task.done():
            await self._screen.ask(self._restarts.cleared)

    async def _run(self, rows: Sequence[Restart]) -> None:
        try:
            for row in rows:
                if self._must_stop:
                    break
                began = self._clock.monotonic()
                if not await self._one(row.salon_id):
                    break
                await self._clock.sleep(began + RESTART_EVERY_S - self._clock.monotonic())
        finally:
            self._screen.tell(self._restarts.end)

    async def _one(self, salon_id: int) -> bool:
        """Restart one; False when asking for the others would come to nothing too."""
        self._screen.tell(lambda: self._restarts.move(salon_id, RestartState.ASKED))
        try:
            await self._restart(salon_id)
        except ConsoleError as error:
            trouble = error.trouble
            self._screen.tell(lambda: self._restarts.move(salon_id, RestartState.REFUSED, trouble))
            return not isinstance(error, NotConnectedError | ReadOnlyError)
        self._screen.tell(lambda: self._restarts.move(salon_id, RestartState.DONE))
        return True
