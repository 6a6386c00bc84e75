"""The gateway's own processes in staff's hands: what each does, handing its sessions over, and what grows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from gateway.application.admin.desk import Handler
from gateway.application.admin.running_records import ProcessRecord, TableRecord, Waiting, host_of
from gateway.application.records import StaffMember
from shared import protocol
from shared.admin_wire import (
    Nothing,
    ProcessCommand,
    ProcessList,
    ProcessView,
    StorageReport,
    TableView,
)


class ProcessStore(Protocol):
    """The processes in rows; see `gateway.storage.process_store` for the promises."""

    async def processes(self) -> tuple[Sequence[ProcessRecord], Waiting, datetime]:
        """Return every process, what waits for one, and the database's time."""

    async def drain(self, name: str, by: str) -> ProcessRecord:
        """Want a process to hand its sessions over."""

    async def take_part(self, name: str) -> ProcessRecord:
        """Let a process take sessions again."""


class GrowthStore(Protocol):
    """The tables' sizes; see `gateway.storage.growth_store`."""

    async def tables(self) -> tuple[Sequence[TableRecord], datetime | None]:
        """Return every table, the largest first, and when the retention had its last round."""


class Processes:
    """The operations on processes. A process reads a wish about itself with its next sign of life."""

    def __init__(self, store: ProcessStore) -> None:
        self._store = store

    async def list(self, _member: StaffMember, _given: Nothing) -> ProcessList:
        """List the processes."""
        found, waiting, now = await self._store.processes()
        return ProcessList(
            rows=[view_of(process) for process in found], unowned=waiting.unowned, calls_due=waiting.calls_due,
            webhooks_pending=waiting.webhooks_pending, server_time=now,
        )  # fmt: skip

    async def drain(self, member: StaffMember, given: ProcessCommand) -> ProcessView:
        """Have a process hand its sessions over. Raises process_not_found, process_alone."""
        return view_of(await self._store.drain(given.process, member.name))

    async def take_part(self, _member: StaffMember, given: ProcessCommand) -> ProcessView:
        """Let a process take sessions again. Raises process_not_found."""
        return view_of(await self._store.take_part(given.process))


class Growth:
    """What grows; nothing can be done about it here, for the retention does it by itself."""

    def __init__(self, store: GrowthStore, keep_days: Mapping[str, int]) -> None:
        self._store = store
        self._keep_days = keep_days

    async def report(self, _member: StaffMember, _given: Nothing) -> StorageReport:
        """Say how large the tables are and how long their rows are kept."""
        tables, retention_at = await self._store.tables()
        views = [
            TableView(
                name=table.name, rows=table.rows, size_bytes=table.size_bytes,
                keep_days=self._keep_days.get(table.name), oldest_at=table.oldest_at,
            )
            for table in tables
        ]  # fmt: skip
        total = sum(table.size_bytes for table in tables)
        return StorageReport(tables=views, total_bytes=total, retention_at=retention_at)


def handlers(store: ProcessStore, growth: GrowthStore, keep_days: Mapping[str, int]) -> Mapping[str, Handler]:
    """Return what answers each operation; `keep_days` says after how many days rows of a table are destroyed."""
    processes = Processes(store)
    return {
        protocol.PROCESSES_LIST.name: processes.list, protocol.PROCESSES_DRAIN.name: processes.drain,
        protocol.PROCESSES_TAKE_PART.name: processes.take_part,
        protocol.STORAGE_REPORT.name: Growth(growth, keep_days).report,
    }  # fmt: skip


def view_of(process: ProcessRecord) -> ProcessView:
    """Return a process as it is sent."""
    return ProcessView(
        name=process.name, host=host_of(process.name), version=process.version, started_at=process.started_at,
        seen_at=process.seen_at, is_silent=process.is_silent, sessions=process.sessions, pairing=process.pairing,
        sockets=process.sockets, jobs=process.jobs, memory_bytes=process.memory_bytes, drain=process.drain,
        drain_at=process.drain_at, drain_by=process.drain_by,
    )  # fmt: skip
