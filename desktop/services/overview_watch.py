"""The overview, read while somebody looks at it: at once when it is asked for, else seldom, when something changed."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from desktop.model.clock import Clock
from desktop.model.overview import OverviewModel, Period
from desktop.model.problem import Trouble
from desktop.services.feeds import Call, Screen
from desktop.services.refresher import Refresher
from desktop.services.tasks import Tasks
from shared import admin_wire as wire
from shared import protocol

AT_MOST_EVERY_S = 15.0
"""How often changes have it read: it counts over all installs, and nobody sees a plot move by one of them."""

FALLBACK = "UTC"


class OverviewWatch:
    """Keeps the report of the chosen period. It may be as old as AT_MOST_EVERY_S; it says itself how old it is."""

    def __init__(
        self, overview: OverviewModel, call: Call, screen: Screen, clock: Clock, tasks: Tasks
    ) -> None:
        self._overview, self._call, self._screen = overview, call, screen
        self._clock, self._tasks = clock, tasks
        self._refresher = self._made()
        self._period, self._zone = Period(), FALLBACK
        self._is_shown = self._is_live = self._is_due = False

    @property
    def is_quiet(self) -> bool:
        """Whether what was asked for has been read; changes are not hurried after."""
        return not (self._is_due and self._is_shown and self._is_live)

    async def show(self, period: Period, zone: str) -> None:
        """Read the report of a period, in days of a zone by its IANA name, and keep it."""
        if (period, zone) != (self._period, self._zone):
            await self._screen.ask(self._overview.cleared)
        self._period, self._zone, self._is_shown = period, zone, True
        self.stale()

    async def hide(self) -> None:
        """Read no more."""
        self._is_shown = False
        self._refresher.pause()

    def live(self) -> None:
        """The connection is there."""
        self._is_live = True
        self.stale()

    def pause(self) -> None:
        """The connection is gone."""
        self._is_live = False
        self._refresher.pause()

    def stale(self) -> None:
        """Read it now, whatever is under way."""
        if not (self._is_shown and self._is_live):
            return
        self._refresher.pause()
        self._refresher, self._is_due = self._made(), True
        self._refresher.stale()
        self._refresher.live()

    def changed(self) -> None:
        """Something is different: read it when it was not read for a while."""
        if self._is_shown:
            self._refresher.stale()

    async def forget(self) -> None:
        """Another gateway."""
        await self._screen.ask(self._overview.cleared)

    def _made(self) -> Refresher:
        return Refresher("overview", self._read, self._failed, self._clock, self._tasks, AT_MOST_EVERY_S)

    async def _read(self) -> None:
        zone = _zone_of(self._zone)
        since, until = self._period.bounds(self._clock.now().astimezone(zone).date(), zone)
        query = wire.OverviewQuery(since=since, until=until, zone=str(zone))
        found: wire.OverviewReport = await self._call(protocol.OVERVIEW_REPORT, query)
        self._is_due = False
        await self._screen.ask(lambda: self._overview.take(found))

    def _failed(self, trouble: Trouble) -> None:
        self._is_due = False
        self._screen.tell(lambda: self._overview.failed(trouble))


def _zone_of(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(FALLBACK)
