"""The audit as staff read it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.application.records import AuditRecord, StaffMember
from shared.admin_wire import AuditEntry, AuditPage, AuditQuery


class AuditReader(Protocol):
    """The part of the audit that can be read; see `gateway.storage.audit_store`."""

    async def page(
        self, *, salon_id: int | None, staff: str, operation: str, before: int | None, limit: int
    ) -> Sequence[AuditRecord]:
        """Return acts, the newest first."""


class AuditDesk:
    """The operation that reads the audit."""

    def __init__(self, audit: AuditReader) -> None:
        self._audit = audit

    async def list(self, _member: StaffMember, given: AuditQuery) -> AuditPage:
        """Read a page of what staff did."""
        found = await self._audit.page(
            salon_id=given.salon_id, staff=given.staff, operation=given.operation, before=given.before,
            limit=given.limit + 1,
        )  # fmt: skip
        rows = [_entry(record) for record in found[: given.limit]]
        return AuditPage(rows=rows, next=rows[-1].audit_id if len(found) > given.limit else None)


def _entry(record: AuditRecord) -> AuditEntry:
    return AuditEntry(
        audit_id=record.audit_id, at=record.at, staff=record.staff, role=record.role, operation=record.operation,
        salon_id=record.salon_id, before=dict(record.before), after=dict(record.after), reason=record.reason,
        request_id=record.request_id,
    )  # fmt: skip
