"""The members of staff, read whenever one of them may be different, and now and then for who is here."""

from __future__ import annotations

from desktop.model.clock import Clock
from desktop.model.problem import Trouble
from desktop.model.staff import StaffModel
from desktop.services.feeds import Call, Screen
from desktop.services.refresher import Refresher
from desktop.services.tasks import Tasks
from shared import admin_wire as wire
from shared import protocol


class StaffWatch:
    """Keeps the members as the gateway has them, from the moment somebody wants to see them."""

    def __init__(self, staff: StaffModel, call: Call, screen: Screen, clock: Clock, tasks: Tasks) -> None:
        self._staff, self._call, self._screen = staff, call, screen
        self._refresher = Refresher("staff", self._read, self._failed, clock, tasks)
        self._is_wanted = False

    @property
    def is_quiet(self) -> bool:
        """Whether everything that is known to be different has been read."""
        return self._refresher.is_quiet

    async def show(self, is_revoked_shown: bool) -> None:
        """Read them, with those whose token was taken away or without."""
        self._is_wanted = True
        await self._screen.ask(lambda: self._staff.show_revoked(is_revoked_shown))
        self._refresher.stale()

    async def forget(self) -> None:
        """Another gateway."""
        await self._screen.ask(self._staff.cleared)

    def live(self, *, is_anew: bool) -> None:
        """The connection is there."""
        if is_anew:
            self.stale()
        self._refresher.live()

    def pause(self) -> None:
        """The connection is gone."""
        self._refresher.pause()

    def stale(self) -> None:
        """Any of them may be different."""
        if self._is_wanted:
            self._refresher.stale()

    async def _read(self) -> None:
        query = wire.StaffQuery(include_revoked=self._staff.shows_revoked)
        found: wire.StaffList = await self._call(protocol.STAFF_LIST, query)
        await self._screen.ask(lambda: self._staff.take(found.rows))

    def _failed(self, trouble: Trouble) -> None:
        self._screen.tell(lambda: self._staff.failed(trouble))
