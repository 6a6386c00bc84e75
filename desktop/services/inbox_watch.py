"""What keeps the shown webhooks exact.

The gateway tells of webhooks that were worked, but not of the entity notices that come by the thousand. So while
somebody looks, it is asked every other second what came; while nobody does, only the numbers are kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

from desktop.model.clock import Clock
from desktop.model.inbox import Inbox, OpenWebhook
from desktop.model.problem import Trouble
from desktop.services.errors import ConsoleError
from desktop.services.feeds import MOST_IDS, Call, ListFeed, Page, Screen
from desktop.services.refresher import Refresher
from desktop.services.tasks import Tasks
from shared import admin_wire as wire
from shared import protocol

LOOK_EVERY_S = 2.0
LOOKS = 25
"""Pages in a row that may be short before the look for more ends; then a person says whether to look further."""


class WebhookSource:
    """Reads the inbox. `newest_id` is up to which number everything that matches was found."""

    def __init__(self, call: Call, inbox: Inbox, screen: Screen) -> None:
        self._call, self._inbox, self._screen = call, inbox, screen
        self.newest_id: int | None = None

    async def page(self, given: wire.WebhookFilter, after: str | None, limit: int) -> Page[wire.WebhookRow]:
        """Read a page of the inbox; of one that is not full, look as far as is decent."""
        rows: list[wire.WebhookRow] = []
        is_first, newest_id = after is None, 0
        for _ in range(LOOKS):
            asked = wire.WebhooksQuery(**dict(given), after=after, limit=limit - len(rows))
            found: wire.WebhooksPage = await self._call(protocol.WEBHOOKS_LIST, asked)
            newest_id = newest_id or found.newest_id
            rows += found.rows
            after = found.next
            if after is None or len(rows) >= limit:
                break
        if is_first:
            self.newest_id = newest_id
        looked = found.looked_back_to if len(rows) < limit else None
        await self._screen.ask(lambda: self._inbox.looked(looked))
        return Page(rows, after)

    async def rows(self, given: wire.WebhookFilter, groups: Sequence[int]) -> Sequence[wire.WebhookRow]:
        """Read some webhooks, as far as they match."""
        asked = wire.WebhookRowsQuery(**dict(given), webhook_ids=list(groups))
        found: wire.WebhookRows = await self._call(protocol.WEBHOOKS_ROWS, asked)
        return found.rows

    async def counts(self, given: wire.WebhookFilter) -> wire.WebhookCounts:
        """Read what calls for a look, whatever the filter."""
        found: wire.WebhookCounts = await self._call(protocol.WEBHOOKS_COUNTS, wire.Nothing())
        return found


class InboxWatch:
    """Keeps the list and the open webhook as the gateway has them."""

    def __init__(
        self, inbox: Inbox, opened: OpenWebhook, call: Call, screen: Screen, clock: Clock, tasks: Tasks
    ) -> None:
        self._inbox, self._opened, self._call = inbox, opened, call
        self._screen, self._clock, self._tasks = screen, clock, tasks
        self._source = WebhookSource(call, inbox, screen)
        self._feed = ListFeed("inbox", inbox, self._source, inbox.filter, screen, clock, tasks)
        self._refresher = Refresher("webhook", self._read, self._failed, clock, tasks)
        self._webhook_id: int | None = None
        self._is_watched = self._is_live = False
        self._looking: asyncio.Task[None] | None = None
        self._seen: set[int] = set()
        self._asked_after = 0

    @property
    def is_quiet(self) -> bool:
        """Whether everything that is known to be different has been read."""
        return self._feed.is_quiet and self._refresher.is_quiet

    async def set_filter(self, given: wire.WebhookFilter) -> None:
        """Show the webhooks of another filter."""
        self._begin_anew()
        await self._feed.set_filter(given)

    def more(self) -> None:
        """Read the next page, or look further back."""
        self._feed.more()

    def watch(self, is_watched: bool) -> None:
        """Somebody looks at the list, or nobody does any more."""
        was_watched, self._is_watched = self._is_watched, is_watched
        if is_watched and not was_watched:
            self._feed.reload()
        self._look_or_not()

    async def open(self, webhook_id: int) -> None:
        """Read one webhook, and again whenever it may be different."""
        self._webhook_id = webhook_id
        await self._screen.ask(lambda: self._opened.opened(webhook_id))
        self._refresher.stale()

    async def close(self) -> None:
        """Nobody looks at it any more."""
        self._webhook_id = None
        self._refresher.fresh()
        await self._screen.ask(self._opened.closed)

    async def forget(self) -> None:
        """Another gateway."""
        self._begin_anew()
        await self._feed.forget()
        await self.close()

    def live(self, *, is_anew: bool) -> None:
        """The connection is there."""
        self._is_live = True
        self._feed.live(is_anew=is_anew)
        if self._webhook_id is not None:
            self._refresher.stale()
        self._refresher.live()
        self._look_or_not()

    def pause(self) -> None:
        """The connection is gone."""
        self._is_live = False
        self._feed.pause()
        self._refresher.pause()
        self._look_or_not()

    def reload(self) -> None:
        """Anything may be different."""
        self._feed.reload()
        self._reread_open()

    def changed(self, webhook_ids: Collection[int]) -> None:
        """These are different; 0 means some of those that waited, and the numbers."""
        self._feed.changed(number for number in webhook_ids if number)
        if 0 in webhook_ids:
            self._tasks.start("inbox-waiting", self._reread_waiting())
        self._reread_open()

    def _begin_anew(self) -> None:
        self._seen, self._asked_after, self._source.newest_id = set(), 0, None

    def _reread_open(self) -> None:
        if self._webhook_id is not None:
            self._refresher.stale()

    async def _reread_waiting(self) -> None:
        waiting = await self._screen.ask(lambda: self._inbox.pending_ids[:MOST_IDS])
        self._feed.changed(waiting)

    # ------------------------------------------------------------------------------------- what came meanwhile

    def _look_or_not(self) -> None:
        is_wanted = self._is_watched and self._is_live
        if is_wanted and self._looking is None:
            self._looking = self._tasks.start("inbox-newer", self._look())
        elif not is_wanted and self._looking is not None:
            self._looking.cancel()
            self._looking = None

    async def _look(self) -> None:
        while True:
            await self._clock.sleep(LOOK_EVERY_S)
            newest_id = self._source.newest_id
            if newest_id is not None and not await self._look_once(newest_id):
                self._feed.reload()

    async def _look_once(self, newest_id: int) -> bool:
        """Ask for what came; returns False when that was so much that the list is better read anew.

        Numbers are given before they are committed: each look also asks for those that the one before asked for.
        """
        if newest_id == 0:
            return False  # there was none at all: whatever came is on the first page
        given, after_id = self._feed.given, min(self._asked_after or newest_id, newest_id)
        try:
            asked = wire.NewWebhooksQuery(**dict(given), after_id=after_id)
            found: wire.NewWebhooks = await self._call(protocol.WEBHOOKS_NEWER, asked)
        except ConsoleError:
            return True  # whoever reads the list says what is wrong
        if self._source.newest_id is None or self._feed.given is not given:
            return True  # another filter was chosen meanwhile
        self._asked_after = newest_id
        self._source.newest_id = max(newest_id, found.newest_id)
        fresh = [number for number in found.webhook_ids if number not in self._seen]
        self._seen = set(found.webhook_ids)
        await self._reread(fresh)
        return not found.is_behind

    async def _reread(self, fresh: Sequence[int]) -> None:
        waiting = await self._screen.ask(lambda: self._inbox.pending_ids[:MOST_IDS])
        if fresh or waiting:
            self._feed.changed([*fresh, *waiting])
        if self._opened.detail is not None and self._opened.detail.row.webhook_id in waiting:
            self._reread_open()

    # ------------------------------------------------------------------------------------------- the open one

    async def _read(self) -> None:
        webhook_id = self._webhook_id
        if webhook_id is None:
            return
        found: wire.WebhookDetail = await self._call(
            protocol.WEBHOOKS_GET, wire.WebhookQuery(webhook_id=webhook_id)
        )
        await self._screen.ask(lambda: self._opened.take(found))

    def _failed(self, trouble: Trouble) -> None:
        self._screen.tell(lambda: self._opened.failed(trouble))
