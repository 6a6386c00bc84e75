"""Writing whole lists to files, page by page in the background: everything that matches, not only what is shown."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from desktop.model.clock import Clock
from desktop.model.exports import Export, ExportsModel
from desktop.model.problem import Trouble
from desktop.services.errors import ConsoleError, NotConnectedError, OperationRefusedError
from desktop.services.feeds import Call, Screen
from desktop.services.table_files import TableFile
from desktop.services.tasks import Tasks, end
from shared import admin_wire as wire
from shared import protocol
from shared.protocol import Operation
from shared.wire import WireRecord

PAGE: Final = 200
_AGAIN_AFTER_S: Final = 1.0
_MOST_TRIES: Final = 60


@dataclass(frozen=True, slots=True)
class Source:
    """A list that the gateway gives in pages: what is asked, by which field one goes on, what tells two rows apart."""

    operation: Operation[Any, Any]
    query: type[wire.AdminInput]
    columns: tuple[str, ...]
    identity: tuple[str, ...]
    cursor: str = "after"


def _columns(row: type[WireRecord]) -> tuple[str, ...]:
    return tuple(name for name in row.model_fields if name != "version")


AUDIT: Final = Source(
    protocol.AUDIT_LIST, wire.AuditQuery,
    ("audit_id", "at", "staff", "role", "operation", "salon_id", "reason", "before", "after", "request_id"),
    ("audit_id",), "before",
)  # fmt: skip
SOURCES: Final = {
    "installs": Source(protocol.INSTALLS_LIST, wire.InstallsQuery, _columns(wire.InstallRow), ("salon_id",)),
    "queue": Source(protocol.CALLS_LIST, wire.CallsQuery, _columns(wire.CallRow), ("call_id",)),
    "webhooks": Source(
        protocol.WEBHOOKS_LIST, wire.WebhooksQuery, _columns(wire.WebhookRow), ("webhook_id",)
    ),
    "sessions": Source(
        protocol.SESSIONS_LIST, wire.SessionsQuery, _columns(wire.SessionRow), ("salon_id",)
    ),
    "consistency": Source(
        protocol.CONSISTENCY_LIST, wire.DifferencesQuery, _columns(wire.DifferenceRow),
        ("kind", "salon_id", "generation", "call_id"),
    ),
}  # fmt: skip
"""Every list that is written to files, by its view's name; the audit's has a home of its own in its view."""


class ExportRun:
    """One list on its way into a file; `show` is told, on the thread that shows, how far it is."""

    def __init__(
        self, show: Callable[[Export], None], call: Call, screen: Screen, clock: Clock, tasks: Tasks
    ) -> None:
        self._show, self._call, self._screen, self._clock, self._tasks = show, call, screen, clock, tasks
        self._task: asyncio.Task[None] | None = None
        self._told = Export("")

    async def begin(self, source: Source, given: wire.AdminInput, path: Path, separator: str) -> None:
        """Write everything that matches to a file; goes on beside. One that was on its way is ended."""
        await self.stop()
        self._task = self._tasks.start("export", self._export(source, given, path, separator))

    async def stop(self) -> None:
        """Write no further, and leave no file."""
        await end(self._task)

    async def _export(self, source: Source, given: wire.AdminInput, path: Path, separator: str) -> None:
        await self._tell(Export(path.name))
        try:
            await self._write(source, given, path, separator)
            told = replace(self._told, is_running=False)
        except ConsoleError as error:
            told = replace(self._told, is_running=False, trouble=error.trouble)
        except OSError as error:
            trouble = Trouble("export_failed", {"cause": error.strerror or type(error).__name__})
            told = replace(self._told, is_running=False, trouble=trouble)
        except asyncio.CancelledError:
            stopped = replace(self._told, is_running=False, is_stopped=True)
            self._screen.tell(lambda: self._show(stopped))
            raise
        await self._tell(told)

    async def _write(self, source: Source, given: wire.AdminInput, path: Path, separator: str) -> None:
        """Write page after page. A row that moved behind the page meanwhile is met again, and written once."""
        cursor: Any = None
        seen: set[tuple[Any, ...]] = set()
        file = await asyncio.to_thread(TableFile, path, source.columns, separator)
        with file:
            while True:
                values = {name: getattr(given, name) for name in type(given).model_fields}
                asked = source.query(**(values | {source.cursor: cursor, "limit": PAGE}))
                found = await patiently(self._call, self._clock, source.operation, asked)
                rows = [row for row in found.rows if _is_new(row, source, seen)]
                await asyncio.to_thread(file.write, [_cells(row) for row in rows])
                await self._tell(replace(self._told, rows=self._told.rows + len(rows)))
                cursor = found.next
                if cursor is None:
                    await asyncio.to_thread(file.finish)
                    return

    async def _tell(self, export: Export) -> None:
        self._told = export
        await self._screen.ask(lambda: self._show(export))


class Exports:
    """The exports of all lists but the audit's."""

    def __init__(self, model: ExportsModel, call: Call, screen: Screen, clock: Clock, tasks: Tasks) -> None:
        self._model, self._screen = model, screen
        self._runs = {
            view: ExportRun(partial(model.export_is, view), call, screen, clock, tasks) for view in SOURCES
        }

    async def begin(self, view: str, given: wire.AdminInput, path: Path, separator: str) -> None:
        """Write what matches a view's filter to a file."""
        await self._runs[view].begin(SOURCES[view], given, path, separator)

    async def stop(self, view: str) -> None:
        """Write no further."""
        await self._runs[view].stop()

    async def forget(self) -> None:
        """Another gateway."""
        for run in self._runs.values():
            await run.stop()
        await self._screen.ask(self._model.cleared)


async def patiently(call: Call, clock: Clock, operation: Any, given: Any) -> Any:
    """Ask for the next piece of long work: a limit or a cut of the line is waited out, up to a minute."""
    for _ in range(_MOST_TRIES):
        with contextlib.suppress(NotConnectedError):
            try:
                return await call(operation, given)
            except OperationRefusedError as error:
                if error.code != "rate_limited":
                    raise
        await clock.sleep(_AGAIN_AFTER_S)
    return await call(operation, given)


def _is_new(row: WireRecord, source: Source, seen: set[tuple[Any, ...]]) -> bool:
    identity = tuple(getattr(row, name) for name in source.identity)
    if identity in seen:
        return False
    seen.add(identity)
    return True


def _cells(row: WireRecord) -> Mapping[str, Any]:
    return row.model_dump(mode="json")
