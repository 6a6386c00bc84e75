"""The audit as staff read it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.application.records import AuditRecord, ChainStep, StaffMember
from shared.admin_wire import AuditCheck, AuditCheckQuery, AuditEntry, AuditPage, AuditQuery


class AuditReader(Protocol):
    """The part of the audit that can be read; see `gateway.storage.audit_store`."""

    async def page(self, given: AuditQuery, limit: int) -> Sequence[AuditRecord]:
        """Return acts, the newest first."""

    async def verify_some(self, after: int, head: str | None) -> ChainStep:
        """Follow the chain a bounded way."""


class AuditDesk:
    """The operations that read the audit."""

    def __init__(self, audit: AuditReader) -> None:
        self._audit = audit

    async def list(self, _member: StaffMember, given: AuditQuery) -> AuditPage:
        """Read a page of what staff did."""
        found = await self._audit.page(given, given.limit + 1)
        rows = [_entry(record) for record in found[: given.limit]]
        return AuditPage(rows=rows, next=rows[-1].audit_id if len(found) > given.limit else None)

    async def check(self, _member: StaffMember, given: AuditCheckQuery) -> AuditCheck:
        """Follow the chain a step further; whoever asks shows how far it is and may stop."""
        step = await self._audit.verify_some(given.after or 0, given.head)
        return AuditCheck(
            checked=step.checked, checked_to=step.checked_to, head=step.head, newest=step.newest,
            is_done=step.is_done, broken_at=step.broken_at, problem=step.problem,
        )  # fmt: skip


def _entry(record: AuditRecord) -> AuditEntry:
    return AuditEntry(
        audit_id=record.audit_id, at=record.at, staff=record.staff, role=record.role, operation=record.operation,
        salon_id=record.salon_id, before=dict(record.before), after=dict(record.after), reason=record.reason,
        request_id=record.request_id,
    )  # fmt: skip
