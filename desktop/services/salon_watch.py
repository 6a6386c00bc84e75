"""Open salons, each kept as new as the gateway: its present, its story, its calls, and its QR while it is looked at.

There is one watch for each place where a salon can be open: the window's pane, and every window of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial

from desktop.model.clock import Clock
from desktop.model.problem import Trouble
from desktop.model.salon import SalonModel
from desktop.services.errors import ConsoleError
from desktop.services.feeds import Call, Screen
from desktop.services.refresher import Refresher
from desktop.services.tasks import Tasks
from shared import admin_wire as wire
from shared import protocol

ENTRIES = 100
CALLS = 100


class SalonWatch:
    """Reads one salon into its model, and again whenever it is different; made by `OpenSalons.make`."""

    def __init__(
        self, model: SalonModel, among: OpenSalons, call: Call, screen: Screen, clock: Clock, tasks: Tasks
    ) -> None:
        self.model = self._salon = model
        self._among, self._call, self._screen, self._tasks = among, call, screen, tasks
        self._refresher = Refresher("salon", self._read, self._failed, clock, tasks)
        self._salon_id: int | None = None
        self._attempts: set[int] = set()
        self._qr_salon: int | None = None

    @property
    def is_quiet(self) -> bool:
        """Whether everything that is known to be different has been read."""
        return self._refresher.is_quiet

    async def open(self, salon_id: int) -> None:
        """Open a salon and keep it live; the board's row is shown until the whole is there."""
        if self._qr_salon not in (None, salon_id):
            await self.close_qr()
        self._salon_id, self._attempts = salon_id, set()
        self._among.joined(self)
        await self._screen.ask(lambda: self._salon.opened(salon_id, self._among.preview_of(salon_id)))
        self._refresher.stale()

    async def close(self) -> None:
        """Close the salon, and its QR; nothing is read any more."""
        self._among.left(self)
        await self.close_qr()
        self._salon_id, self._attempts = None, set()
        self._refresher.fresh()
        self._refresher.pause()
        await self._screen.ask(self._salon.closed)

    def live(self, *, is_anew: bool) -> None:
        """The connection is there."""
        if self._salon_id is not None and (is_anew or self._salon.detail is None):
            self._refresher.stale()
        self._refresher.live()
        if self._qr_salon is not None:  # the gateway shows it to a connection, and this is another one
            self._tasks.start("qr", self._show_qr_again(self._qr_salon))

    def pause(self) -> None:
        """The connection is gone."""
        self._refresher.pause()

    def stale(self) -> None:
        """Everything may be different."""
        if self._salon_id is not None:
            self._refresher.stale()

    def changed(self, installs: Collection[int], calls: Collection[int]) -> None:
        """These salons are different."""
        if self._salon_id is not None and (self._salon_id in installs or self._salon_id in calls):
            self._refresher.stale()

    async def load_earlier(self) -> None:
        """Read the page of the story before what is shown."""
        salon_id = self._salon_id
        before = await self._screen.ask(lambda: self._salon.earlier_before)
        if salon_id is None or before is None:
            return
        try:
            query = wire.TimelineQuery(salon_id=salon_id, before=before, limit=ENTRIES)
            page: wire.TimelinePage = await self._call(protocol.TIMELINE_LIST, query)
        except ConsoleError as error:
            self._failed(error.trouble)
            return
        await self._show(salon_id, lambda: self._salon.add_earlier(page))

    async def load_attempts(self, call_id: int) -> None:
        """Read a call's attempts, and again whenever they may be different."""
        self._attempts.add(call_id)
        try:
            await self._read_attempts(call_id)
        except ConsoleError as error:
            self._failed(error.trouble)

    def shows_qr_of(self, salon_id: int) -> bool:
        """Whether the salon's QR is looked at here."""
        return self._qr_salon == salon_id

    async def open_qr(self, salon_id: int) -> wire.SessionView:
        """Show the salon's QR and each new one until `close_qr`; the gateway writes down who looked."""
        if self._qr_salon not in (None, salon_id):
            await self.close_qr()
        self._qr_salon = salon_id
        try:
            view: wire.SessionView = await self._call(protocol.QR_OPEN, wire.SalonQuery(salon_id=salon_id))
        except ConsoleError:
            self._qr_salon = None
            raise
        self.saw_session(view)
        return view

    async def close_qr(self) -> None:
        """Hide the QR and get no more; the gateway forgets it by itself when the connection is gone."""
        salon_id, self._qr_salon = self._qr_salon, None
        await self._screen.ask(lambda: self._salon.set_session(None))
        if salon_id is None or self._among.is_qr_shown(salon_id):
            return
        try:
            await self._call(protocol.QR_CLOSE, wire.SalonQuery(salon_id=salon_id))
        except ConsoleError:
            return

    def saw_session(self, view: wire.SessionView) -> None:
        """Take a session with its QR, if it is still looked at."""
        if view.salon_id == self._qr_salon:
            self._screen.tell(
                lambda: self._salon.set_session(view) if self._qr_salon == view.salon_id else None
            )

    async def _read(self) -> None:
        salon_id = self._salon_id
        if salon_id is None:
            return
        detail = await self._call(protocol.INSTALLS_GET, wire.SalonQuery(salon_id=salon_id))
        await self._show(salon_id, lambda: self._salon.set_detail(detail))
        page = await self._call(protocol.TIMELINE_LIST, wire.TimelineQuery(salon_id=salon_id, limit=ENTRIES))
        await self._show(salon_id, lambda: self._salon.set_timeline(page))
        calls = await self._call(protocol.CALLS_LIST, wire.CallsQuery(salon_id=salon_id, limit=CALLS))
        await self._show(salon_id, lambda: self._salon.set_calls(calls.rows))
        for call_id in sorted(self._attempts):
            await self._read_attempts(call_id)
        await self._show(salon_id, lambda: self._salon.set_loading(False))

    async def _read_attempts(self, call_id: int) -> None:
        detail = await self._call(protocol.CALLS_GET, wire.CallQuery(call_id=call_id))
        await self._show(detail.row.salon_id, lambda: self._salon.set_attempts(detail))

    async def _show(self, salon_id: int, change: Callable[[], None]) -> None:
        """Change the model, unless another salon was opened meanwhile."""
        await self._screen.ask(lambda: change() if self._salon.salon_id == salon_id else None)

    async def _show_qr_again(self, salon_id: int) -> None:
        try:
            await self.open_qr(salon_id)
        except ConsoleError as error:
            self._failed(error.trouble)

    def _failed(self, trouble: Trouble) -> None:
        self._screen.tell(lambda: self._salon.set_loading(False, trouble))


class OpenSalons:
    """Every place where a salon is open now; what the console hears it passes on to each."""

    def __init__(
        self, preview_of: Callable[[int], wire.InstallRow | None], call: Call, screen: Screen, clock: Clock,
        tasks: Tasks,
    ) -> None:  # fmt: skip
        self.preview_of = preview_of
        """Returns the board's row of a salon; asked on the thread that shows the models."""
        self._call, self._screen, self._clock, self._tasks = call, screen, clock, tasks
        self._open: list[SalonWatch] = []
        self._is_live = False

    def make(self, model: SalonModel) -> SalonWatch:
        """Return a place for a salon, in which none is open yet; while none is, it costs nothing."""
        return SalonWatch(model, self, self._call, self._screen, self._clock, self._tasks)

    @property
    def count(self) -> int:
        """How many places have a salon open."""
        return len(self._open)

    @property
    def is_quiet(self) -> bool:
        """Whether everything that is known to be different has been read."""
        return all(each.is_quiet for each in self._open)

    def joined(self, watch: SalonWatch) -> None:
        """A salon was opened there."""
        if watch not in self._open:
            self._open.append(watch)
            if self._is_live:
                watch.live(is_anew=False)

    def left(self, watch: SalonWatch) -> None:
        """The salon was closed there."""
        if watch in self._open:
            self._open.remove(watch)

    def is_qr_shown(self, salon_id: int) -> bool:
        """Whether a salon's QR is looked at anywhere: the gateway knows one view of it for each console."""
        return any(each.shows_qr_of(salon_id) for each in self._open)

    def live(self, *, is_anew: bool) -> None:
        """The connection is there."""
        self._is_live = True
        for each in self._open:
            each.live(is_anew=is_anew)

    def pause(self) -> None:
        """The connection is gone."""
        self._is_live = False
        for each in self._open:
            each.pause()

    def stale(self) -> None:
        """Everything may be different."""
        for each in self._open:
            each.stale()

    def changed(self, installs: Collection[int], calls: Collection[int]) -> None:
        """These salons are different."""
        for each in self._open:
            each.changed(installs, calls)

    def saw_session(self, view: wire.SessionView) -> None:
        """Take a session with its QR wherever it is looked at."""
        for each in self._open:
            each.saw_session(view)

    async def take_session(self, view: wire.SessionView) -> None:
        """Take a session that a command answered with, wherever that salon is open."""
        await self._screen.ask(partial(self._each, lambda model: model.set_session(view)))

    async def take_detail(self, detail: wire.InstallDetail) -> None:
        """Take the present that a command answered with, wherever that salon is open."""
        await self._screen.ask(partial(self._each, lambda model: model.set_detail(detail)))

    def take_call(self, row: wire.CallRow) -> None:
        """Take a call that a command answered with, wherever that salon is open."""
        self._screen.tell(partial(self._each, lambda model: model.take_call(row)))

    async def close_all(self) -> None:
        """Another gateway: nothing of the one before stays open."""
        for each in tuple(self._open):
            await each.close()

    def _each(self, change: Callable[[SalonModel], None]) -> None:
        for each in tuple(self._open):
            change(each.model)
