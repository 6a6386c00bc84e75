"""The open bulk retry, followed while it runs."""

from __future__ import annotations

from collections.abc import Collection

from desktop.model.bulk import BulkModel
from desktop.model.clock import Clock
from desktop.model.problem import Trouble
from desktop.services.errors import ConsoleError
from desktop.services.feeds import Call, Screen
from desktop.services.refresher import Refresher
from desktop.services.tasks import Tasks
from shared import admin_wire as wire
from shared import protocol

ITEMS = 200


class BulkWatch:
    """Reads one bulk retry, and again whenever it has got on."""

    def __init__(self, bulk: BulkModel, call: Call, screen: Screen, clock: Clock, tasks: Tasks) -> None:
        self._bulk, self._call, self._screen = bulk, call, screen
        self._refresher = Refresher("bulk", self._read, self._failed, clock, tasks)
        self._bulk_id: int | None = None
        self._next_item: int | None = None
        self._pages = 1
        self._shows_recent = False

    @property
    def is_quiet(self) -> bool:
        """Whether everything that is known to be different has been read."""
        return self._refresher.is_quiet

    async def show(self, view: wire.BulkView) -> wire.BulkView:
        """Take the answer of a command for the bulk retry that is open from now on."""
        if view.bulk_id != self._bulk_id:
            self._bulk_id, self._next_item, self._pages = view.bulk_id, None, 1
        await self._screen.ask(lambda: self._bulk.set_view(view))
        self._refresher.stale()
        return view

    async def open(self, bulk_id: int) -> None:
        """Show a bulk retry and follow it."""
        self._bulk_id, self._next_item, self._pages = bulk_id, None, 1
        await self._screen.ask(lambda: self._bulk.set_loading(True))
        self._refresher.stale()

    async def close(self) -> None:
        """Show it no more."""
        self._bulk_id = None
        if not self._shows_recent:
            self._refresher.fresh()
        await self._screen.ask(self._bulk.closed)

    def live(self, *, is_anew: bool) -> None:
        """The connection is there."""
        if is_anew:
            self.stale()
        self._refresher.live()

    def pause(self) -> None:
        """The connection is gone."""
        self._refresher.pause()

    def stale(self) -> None:
        """Everything may be different."""
        if self._bulk_id is not None or self._shows_recent:
            self._refresher.stale()

    def changed(self, bulks: Collection[int]) -> None:
        """These bulk retries have got on."""
        if bulks and (self._bulk_id in bulks or self._shows_recent):
            self._refresher.stale()

    async def load_more(self) -> None:
        """Read the next page of the report."""
        bulk_id, after = self._bulk_id, self._next_item
        if bulk_id is None or after is None:
            return
        self._pages += 1
        try:
            await self._read_items(bulk_id, after)
        except ConsoleError as error:
            self._failed(error.trouble)

    async def load_recent(self) -> None:
        """Read the newest bulk retries, and again whenever one has got on."""
        self._shows_recent = True
        self._refresher.stale()

    async def _read(self) -> None:
        if self._shows_recent:
            newest = await self._call(protocol.BULK_LIST, wire.BulksQuery())
            await self._screen.ask(lambda: self._bulk.set_recent(newest.rows))
        bulk_id = self._bulk_id
        if bulk_id is None:
            return
        view = await self._call(protocol.BULK_GET, wire.BulkQuery(bulk_id=bulk_id))
        await self._screen.ask(lambda: self._bulk.set_view(view) if self._bulk_id == bulk_id else None)
        after: int | None = None
        for _ in range(self._pages):
            after = await self._read_items(bulk_id, after)
            if after is None:
                break
        await self._screen.ask(lambda: self._bulk.set_loading(False))

    async def _read_items(self, bulk_id: int, after: int | None) -> int | None:
        query = wire.BulkItemsQuery(bulk_id=bulk_id, after=after, limit=ITEMS)
        found: wire.BulkItems = await self._call(protocol.BULK_ITEMS, query)
        if self._bulk_id == bulk_id:
            self._next_item = found.next
            await self._screen.ask(
                lambda: self._bulk.set_items(
                    bulk_id, found.rows, is_first=after is None, has_more=found.next is not None
                )
            )
        return found.next

    def _failed(self, trouble: Trouble) -> None:
        self._screen.tell(lambda: self._bulk.set_loading(False, trouble))
