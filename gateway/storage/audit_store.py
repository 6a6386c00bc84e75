"""The audit: read by staff, verified row by row, and written by whoever carries a command out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.application.records import AuditRecord, ChainReport, StaffAct
from gateway.storage.audit_chain import GENESIS, hash_of
from gateway.storage.database import Storage, Transaction, acting

PAGE = 1000
_BY_WHOM = "strpos(coalesce((SELECT s.name_key FROM staff s WHERE s.id = staff_id), staff), %s) > 0"
_COLUMNS = "id AS audit_id, at, staff_id, staff, role, operation, salon_id, before, after, reason, request_id"


class AuditStore:
    """What staff did."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def record(self, act: StaffAct) -> None:
        """Write an act that changed nothing, such as a view, in a transaction of its own."""
        with acting(act):
            await self._storage.write(lambda tx: tx.tell(before=act.before, after=act.after))

    async def page(
        self, *, salon_id: int | None, staff: str, operation: str, before: int | None, limit: int
    ) -> Sequence[AuditRecord]:
        """Return up to `limit` acts, the newest first, of a salon, a person and an operation if they are named."""
        conditions, parameters = ["true"], []
        for condition, value in (
            ("salon_id = %s", salon_id), ("id < %s", before), (_BY_WHOM, staff.casefold()),
            ("strpos(operation, %s) > 0", operation),
        ):  # fmt: skip
            if value:
                conditions.append(condition)
                parameters.append(value)
        statement = (
            f"SELECT {_COLUMNS} FROM audit_log WHERE {' AND '.join(conditions)} ORDER BY id DESC LIMIT %s"
        )

        def work(tx: Transaction) -> Sequence[AuditRecord]:
            return [AuditRecord(**row) for row in tx.sql(statement, *parameters, limit)]

        return await self._storage.read(work)

    async def verify(self) -> ChainReport:
        """Follow the chain from the first row to the last, and compare its end with the event log.

        An act and its event are one commit, so the newest event names the last row: without that row the end was cut
        off, and a row after it was never told by whoever carries commands out.
        """
        count, last_id, head = 0, 0, GENESIS
        while True:
            rows = await self._rows_after(last_id)
            for row in rows:
                problem = _problem_of(row, head)
                if problem is not None:
                    return ChainReport(count, head.hex(), row["id"], problem)
                count, last_id, head = count + 1, row["id"], bytes(row["hash"])
            if len(rows) == PAGE:
                continue
            told = await self._head_in_events()
            if told == (head.hex() if count else None):
                return ChainReport(count, head.hex())
            if not await self._rows_after(last_id):  # else acts went on while it was read
                return ChainReport(count, head.hex(), last_id, await self._problem_at_end(told))

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
