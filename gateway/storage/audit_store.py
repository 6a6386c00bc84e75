"""The audit: read by staff, verified row by row, and written by whoever carries a command out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gateway.application.records import AuditRecord, ChainReport, ChainStep, StaffAct
from gateway.storage.audit_chain import GENESIS, hash_of
from gateway.storage.database import Storage, Transaction, acting
from shared.admin_wire import AuditQuery
from shared.vocabulary import AuditOutcome

PAGE = 1000
_BY_WHOM = "strpos(coalesce((SELECT s.name_key FROM staff s WHERE s.id = staff_id), staff), %s) > 0"
_SAYS = "(strpos(lower(coalesce(reason, '')), lower(%s)) > 0 OR strpos(request_id, %s) > 0)"
_OUTCOMES = {AuditOutcome.CHANGED: "before <> after", AuditOutcome.UNCHANGED: "before = after"}
_COLUMNS = "id AS audit_id, at, staff_id, staff, role, operation, salon_id, before, after, reason, request_id"


class AuditStore:
    """What staff did."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def record(self, act: StaffAct) -> None:
        """Write an act that changed nothing, such as a view, in a transaction of its own."""
        with acting(act):
            await self._storage.write(lambda tx: tx.tell(before=act.before, after=act.after))

    async def page(self, given: AuditQuery, limit: int) -> Sequence[AuditRecord]:
        """Return up to `limit` acts that fit what is given, the newest first."""
        conditions, parameters = ["true"], []
        for condition, value in (
            ("salon_id = %s", given.salon_id), ("id < %s", given.before), (_BY_WHOM, given.staff.casefold()),
            ("strpos(operation, %s) > 0", given.operation), ("at >= %s", given.since), ("at < %s", given.until),
        ):  # fmt: skip
            if value:
                conditions.append(condition)
                parameters.append(value)
        if given.search:
            conditions.append(_SAYS)
            parameters += [given.search, given.search]
        if given.outcome is not None:
            conditions.append(_OUTCOMES[given.outcome])
        statement = (
            f"SELECT {_COLUMNS} FROM audit_log WHERE {' AND '.join(conditions)} ORDER BY id DESC LIMIT %s"
        )

        def work(tx: Transaction) -> Sequence[AuditRecord]:
            return [AuditRecord(**row) for row in tx.sql(statement, *parameters, limit)]

        return await self._storage.read(work)

    async def verify(self) -> ChainReport:
        """Follow the chain from the first row to the last, and compare its end with the event log."""
        count, step = 0, ChainStep(0, 0, GENESIS.hex(), 0, is_done=False)
        while not step.is_done:
            step = await self.verify_some(step.checked_to, step.head)
            count += step.checked
        return ChainReport(count, step.head, step.broken_at, step.problem)

    async def verify_some(self, after: int, head: str | None) -> ChainStep:
        """Follow the chain from a row whose hash is `head` (None and 0: from its beginning) over one page.

        An act and its event are one commit, so the newest event names the last row: without that row the end was cut
        off, and a row after it was never told by whoever carries commands out.
        """
        checked, last_id, known = 0, after, GENESIS if head is None else bytes.fromhex(head)
        rows, newest = await self._rows_after(last_id), await self._newest()
        for row in rows:
            problem = _problem_of(row, known)
            if problem is not None:
                return ChainStep(checked, last_id, known.hex(), newest, True, row["id"], problem)
            checked, last_id, known = checked + 1, row["id"], bytes(row["hash"])
        step = ChainStep(checked, last_id, known.hex(), newest, is_done=False)
        if len(rows) == PAGE:
            return step
        told = await self._head_in_events()
        if told == (known.hex() if last_id else None):
            return replace(step, is_done=True)
        if await self._rows_after(last_id):  # acts went on while it was read
            return step
        return replace(step, is_done=True, broken_at=last_id, problem=await self._problem_at_end(told))

    async def _newest(self) -> int:
        statement = "SELECT coalesce(max(id), 0)::bigint AS newest FROM audit_log"
        rows = await self._storage.read(lambda tx: tx.sql(statement))
        return int(rows[0]["newest"])

    async def _problem_at_end(self, told: str | None) -> str:
        """Say what is wrong with an end that the event log does not name."""
        known = await self._storage.read(
            lambda tx: tx.sql(
                "SELECT 1 AS one FROM audit_log WHERE encode(hash, 'hex') = %s LIMIT 1", told or ""
            )
        )
        return "untold" if known or told is None else "cut_off"

    async def _rows_after(self, last_id: int) -> Sequence[Mapping[str, Any]]:
        statement = "SELECT * FROM audit_log WHERE id > %s ORDER BY id LIMIT %s"
        return await self._storage.read(lambda tx: tx.sql(statement, last_id, PAGE))

    async def _head_in_events(self) -> str | None:
        statement = """
            SELECT data->>'audit' AS head FROM marketplace_events WHERE type = 'staff_acted' ORDER BY id DESC LIMIT 1
        """
        rows = await self._storage.read(lambda tx: tx.sql(statement))
        return str(rows[0]["head"]) if rows else None


def _problem_of(row: Mapping[str, Any], previous: bytes) -> str | None:
    if bytes(row["previous_hash"]) != previous:
        return "displaced"
    if bytes(row["hash"]) != hash_of(row, previous):
        return "altered"
    return None
