"""Handing the spool's webhooks on to the inbox, in the order they came, as soon as Postgres answers."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from gateway.application.ports import Clock, DatabaseWatch, InboxStore
from gateway.application.records import SpooledWebhook
from gateway.domain.errors import DatabaseUnavailableError, SpoolError

LOOK_EVERY_S = 0.5
FEW = 50
"""So many webhooks are handed on in one step, for which newcomers can be made to wait."""

_log = logging.getLogger("gateway.spool")


class Spool(Protocol):
    """The spool, as its drain sees it."""

    @property
    def is_in_use(self) -> bool:
        """Whether webhooks wait in it."""

    async def look(self) -> None:
        """Read how full it is."""

    async def begin_drain(self) -> bool:
        """Become the one who drains."""

    async def end_drain(self) -> None:
        """Let another drain."""

    async def oldest(self) -> Sequence[SpooledWebhook]:
        """Return the oldest webhooks."""

    async def forget(self, row_ids: Sequence[int]) -> None:
        """Delete webhooks."""

    async def set_aside(self, row_id: int) -> None:
        """Let the others pass one."""

    def finishing(self) -> AbstractContextManager[None]:
        """Let newcomers wait."""

    async def settle(self) -> bool:
        """Call it unused if nothing waits."""


class SpoolDrain:
    """One process of a machine drains at a time. A row is deleted only after its commit, so dying costs nothing."""

    def __init__(self, spool: Spool, inbox: InboxStore, watch: DatabaseWatch, clock: Clock) -> None:
        self._spool = spool
        self._inbox = inbox
        self._watch = watch
        self._clock = clock

    async def run(self) -> None:
        """Drain whenever something waits, until cancelled."""
        while True:
            with contextlib.suppress(SpoolError):  # it has told so itself, and can be used again when it can
                if self._spool.is_in_use and self._watch.is_up:
                    await self._drain()
                await self._spool.look()
            await self._clock.sleep(LOOK_EVERY_S)

    async def _drain(self) -> None:
        if not await self._spool.begin_drain():
            return
        moved = 0
        try:
            while self._watch.is_up and self._spool.is_in_use:
                batch = await self._spool.oldest()
                moved += await (self._hand_on(batch) if len(batch) > FEW else self._finish())
            if moved and not self._spool.is_in_use:
                await self._spool.settle()
        except DatabaseUnavailableError:
            self._watch.suspect()
        finally:
            await self._spool.end_drain()
            if moved:
                _log.info("spool_drained", extra={"count": moved})

    async def _finish(self) -> int:
        """Hand on the last ones. Deleting the very last row ends the use of the spool, all at once."""
        with self._spool.finishing():
            batch = await self._spool.oldest()
            if batch:
                return await self._hand_on(batch)
            await self._spool.settle()  # a marker without rows: who made it died before the commit
            return 0

    async def _hand_on(self, batch: Sequence[SpooledWebhook]) -> int:
        try:
            await self._inbox.accept(*(each.webhook for each in batch))
        except DatabaseUnavailableError:
            raise
        except Exception:
            if len(batch) == 1:  # it will not be taken, today at least; the others must not wait for it
                _log.exception("spooled_webhook_refused")
                await self._spool.set_aside(batch[0].row_id)
                return 0
            return sum([await self._hand_on([each]) for each in batch])
        await self._spool.forget([each.row_id for each in batch])
        return len(batch)
