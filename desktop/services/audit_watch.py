"""Looking through the audit: page by page, the whole chain step by step, and into a file in the background."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from desktop.model.audit import AuditModel, ChainCheck, Export, went_on
from desktop.model.clock import Clock
from desktop.model.problem import Trouble
from desktop.services.errors import ConsoleError, NotConnectedError, OperationRefusedError
from desktop.services.feeds import Call, Screen
from desktop.services.table_files import TableFile
from desktop.services.tasks import Tasks, end
from shared import admin_wire as wire
from shared import protocol

PAGE: Final = 200
COLUMNS: Final = (
    "audit_id", "at", "staff", "role", "operation", "salon_id", "reason", "before", "after", "request_id",
)  # fmt: skip
_AGAIN_AFTER_S: Final = 1.0
_MOST_TRIES: Final = 60


class AuditWatch:
    """Reads the audit for the model. Of several searches in a hurry only the last one is shown."""

    def __init__(self, audit: AuditModel, call: Call, screen: Screen, clock: Clock, tasks: Tasks) -> None:
        self._audit, self._call, self._screen, self._clock, self._tasks = audit, call, screen, clock, tasks
        self._asked = 0
        self._checking: asyncio.Task[None] | None = None
        self._exporting: asyncio.Task[None] | None = None

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
        await end(self._exporting)
        self._exporting = self._tasks.start("audit-export", self._export(path, separator))

    async def stop_export(self) -> None:
        """Write no further, and leave no file."""
        await end(self._exporting)

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
                step: wire.AuditCheck = await self._patiently(protocol.AUDIT_CHECK, query)
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

    # ------------------------------------------------------------------------------------------ the export

    async def _export(self, path: Path, separator: str) -> None:
        told = Export(path.name)
        query = await self._screen.ask(lambda: self._audit.query)
        await self._tell_export(told)
        try:
            told = await self._written(path, separator, query, told)
        except ConsoleError as error:
            told = replace(told, is_running=False, trouble=error.trouble)
        except OSError as error:
            trouble = Trouble("export_failed", {"cause": error.strerror or type(error).__name__})
            told = replace(told, is_running=False, trouble=trouble)
        except asyncio.CancelledError:
            stopped = replace(self._audit.export or told, is_running=False, is_stopped=True)
            self._screen.tell(lambda: self._audit.export_is(stopped))
            raise
        await self._tell_export(told)

    async def _written(self, path: Path, separator: str, query: wire.AuditQuery, told: Export) -> Export:
        before: int | None = None
        file = await asyncio.to_thread(TableFile, path, COLUMNS, separator)
        with file:
            while True:
                asked = query.model_copy(update={"before": before, "limit": PAGE})
                found: wire.AuditPage = await self._patiently(protocol.AUDIT_LIST, asked)
                await asyncio.to_thread(file.write, [_cells(row) for row in found.rows])
                told = replace(told, rows=told.rows + len(found.rows))
                await self._tell_export(told)
                before = found.next
                if before is None:
                    await asyncio.to_thread(file.finish)
                    return replace(told, is_running=False)

    async def _tell_export(self, export: Export) -> None:
        await self._screen.ask(lambda: self._audit.export_is(export))

    async def _patiently(self, operation: Any, given: Any) -> Any:
        """Ask for the next piece of long work: a limit or a cut of the line is waited out, up to a minute."""
        for _ in range(_MOST_TRIES):
            with contextlib.suppress(NotConnectedError):
                try:
                    return await self._call(operation, given)
                except OperationRefusedError as error:
                    if error.code != "rate_limited":
                        raise
            await self._clock.sleep(_AGAIN_AFTER_S)
        return await self._call(operation, given)


def _cells(row: wire.AuditEntry) -> Mapping[str, Any]:
    return row.model_dump(mode="json")
