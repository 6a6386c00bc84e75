"""Looking through the audit: page by page, the whole chain step by step, and into a file in the background."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from desktop.model.audit import AuditModel, ChainCheck, went_on
from desktop.model.clock import Clock
from desktop.services.errors import ConsoleError
from desktop.services.exports import AUDIT, ExportRun, patiently
from desktop.services.feeds import Call, Screen
from desktop.services.tasks import Tasks, end
from shared import admin_wire as wire
from shared import protocol

PAGE: Final = 200


class AuditWatch:
    """Reads the audit for the model. Of several searches in a hurry only the last one is shown."""

    def __init__(self, audit: AuditModel, call: Call, screen: Screen, clock: Clock, tasks: Tasks) -> None:
        self._audit, self._call, self._screen, self._clock, self._tasks = audit, call, screen, clock, tasks
        self._asked = 0
        self._checking: asyncio.Task[None] | None = None
        self._exporting = ExportRun(audit.export_is, call, screen, clock, tasks)

    async def search(self, query: wire.AuditQuery) -> None:
        """Show the first page of a search."""
        self._asked += 1
        mine = self._asked
        await self._screen.ask(lambda: self._audit.searching(query))
        await self._page(query, mine, before=None)

    async def more(self) -> None:
        """Show the next page too."""
        query, before = await self._screen.ask(lambda: (self._audit.query, self._audit.next))
        if before is not None:
            await self._page(query, self._asked, before)

    async def check(self) -> None:
        """Follow the chain to its end, a step at a time, telling how far it is; goes on beside."""
        await end(self._checking)
        self._checking = self._tasks.start("audit-check", self._check())

    async def stop_check(self) -> None:
        """Follow it no further."""
        await end(self._checking)

    async def export(self, path: Path, separator: str) -> None:
        """Write everything that matches the search to a file; goes on beside."""
        query = await self._screen.ask(lambda: self._audit.query)
        await self._exporting.begin(AUDIT, query, path, separator)

    async def stop_export(self) -> None:
        """Write no further, and leave no file."""
        await self._exporting.stop()

    async def forget(self) -> None:
        """Another gateway."""
        self._asked += 1
        await self.stop_check()
        await self.stop_export()
        await self._screen.ask(self._audit.cleared)

    async def _page(self, query: wire.AuditQuery, mine: int, before: int | None) -> None:
        try:
            asked = query.model_copy(update={"before": before, "limit": PAGE})
            found: wire.AuditPage = await self._call(protocol.AUDIT_LIST, asked)
        except ConsoleError as error:
            trouble = error.trouble
            await self._show(mine, lambda: self._audit.failed(trouble))
        else:
            is_first = before is None
            await self._show(mine, lambda: self._audit.found(found.rows, found.next, is_first=is_first))

    async def _show(self, mine: int, change: Any) -> None:
        if mine == self._asked:
            await self._screen.ask(change)

    # ------------------------------------------------------------------------------------------- the chain

    async def _check(self) -> None:
        check, head = ChainCheck(), None
        await self._tell_check(check)
        try:
            while check.is_running:
                query = wire.AuditCheckQuery(after=check.checked_to or None, head=head)
                step: wire.AuditCheck = await patiently(self._call, self._clock, protocol.AUDIT_CHECK, query)
                check, head = went_on(check, step), step.head
                await self._tell_check(check)
        except ConsoleError as error:
            await self._tell_check(replace(check, is_running=False, trouble=error.trouble))
        except asyncio.CancelledError:
            stopped = replace(check, is_running=False, is_stopped=True)
            self._screen.tell(lambda: self._audit.check_is(stopped))
            raise

    async def _tell_check(self, check: ChainCheck) -> None:
        await self._screen.ask(lambda: self._audit.check_is(check))
