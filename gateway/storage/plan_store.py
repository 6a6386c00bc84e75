"""What every plan of many items goes through: planned, started, cancelled, expired, finished, whatever the items are.

All state is in rows. A step locks the plan's row first; whoever finds it locked leaves the step to its holder. So a
process may die anywhere and another goes on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from gateway.domain.errors import GatewayError
from gateway.storage.database import Storage, Transaction
from shared.vocabulary import BulkItemState, BulkState

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class PlanTables:
    """Where plans of one sort are kept, and what is said of them: names of our own code only, never a caller's."""

    plans: str
    items: str
    plan_id: str  # the name of a plan's number, in the items' table and in events
    columns: str  # the plan's own columns, its number as `plan_id`'s name
    event: str
    not_found: str  # codes of errors
    not_ready: str
    expired: str


class PlanStore(Generic[Record]):
    """Starts, cancels, reads, expires and finishes the plans of one sort."""

    def __init__(self, storage: Storage, tables: PlanTables, record: type[Record]) -> None:
        """`record` takes a plan's columns, its `counts` by item state and `failed_by_code`."""
        self._storage = storage
        self._tables = tables
        self._record_type = record

    async def start(self, plan_id: int, reason: str) -> None:
        """Let a plan run. Raises the sort's errors: not found, not ready, expired."""

        def work(tx: Transaction) -> None:
            row = self._locked(tx, plan_id)
            if row["state"] not in (BulkState.PLANNED, BulkState.EXPIRED):
                raise GatewayError(self._tables.not_ready)
            if row["state"] == BulkState.EXPIRED or row["expires_at"] <= tx.now:
                raise GatewayError(self._tables.expired)
            tx.count(
                f"UPDATE {self._tables.plans} SET state = 'running', reason = %s, started_at = %s WHERE id = %s",
                reason, tx.now, plan_id,
            )  # fmt: skip
            self._tell(tx, row, "running")

        await self._storage.write(work)

    async def cancel(self, plan_id: int) -> None:
        """Begin no further item; what runs comes to its end. What is over stays so. Raises the sort's not found."""

        def work(tx: Transaction) -> None:
            row = self._locked(tx, plan_id)
            if row["state"] not in (BulkState.PLANNED, BulkState.RUNNING):
                stands = {self._tables.plan_id: plan_id, "state": row["state"]}
                tx.tell(before=stands, after=stands)
                return
            self._drop_pending(tx, plan_id)
            is_over = not self._count(tx, plan_id, BulkItemState.RUNNING)
            to = "cancelled" if is_over else "cancelling"
            self._end(tx, plan_id, to, is_over=is_over)
            self._tell(tx, row, to)

        await self._storage.write(work)

    async def get(self, plan_id: int) -> Record:
        """Return a plan with its items counted, as of one moment. Raises the sort's not found."""
        rows = await self._records("WHERE id = %s", plan_id)
        if not rows:
            raise GatewayError(self._tables.not_found)
        return rows[0]

    async def newest(self, limit: int) -> Sequence[Record]:
        """Return the newest plans."""
        return await self._records("ORDER BY id DESC LIMIT %s", limit)

    async def under_way(self) -> Sequence[int]:
        """Return the plans that run or are being cancelled."""
        statement = (
            f"SELECT id FROM {self._tables.plans} WHERE state IN ('running', 'cancelling') ORDER BY id"
        )
        return await self._storage.read(lambda tx: [row["id"] for row in tx.sql(statement)])

    async def expire(self) -> None:
        """Make plans void that nobody started in time."""

        def work(tx: Transaction) -> None:
            rows = tx.sql(
                f"SELECT id FROM {self._tables.plans} WHERE state = 'planned' AND expires_at <= %s "
                "ORDER BY id FOR UPDATE SKIP LOCKED", tx.now,
            )  # fmt: skip
            for row in rows:
                self._drop_pending(tx, row["id"])
                self._end(tx, row["id"], "expired")
                self._changed(tx, row["id"])

        await self._storage.write(work)

    async def finish(self, plan_id: int) -> bool:
        """End a plan of which nothing is left; whether it did."""

        def work(tx: Transaction) -> bool:
            state = self._held(tx, plan_id)
            if state not in (BulkState.RUNNING, BulkState.CANCELLING):
                return False
            if any(self._count(tx, plan_id, each) for each in (BulkItemState.PENDING, BulkItemState.RUNNING)):
                return False
            self._end(tx, plan_id, "done" if state == BulkState.RUNNING else "cancelled")
            self._changed(tx, plan_id)
            return True

        return await self._storage.write(work)

    async def tell_progress(self, plan_id: int) -> None:
        """Write in the event log that a plan has come further."""

        def work(tx: Transaction) -> None:
            if self._held(tx, plan_id):
                self._changed(tx, plan_id)

        await self._storage.write(work)

    async def _records(self, which: str, *values: Any) -> Sequence[Record]:
        """Read plans with their counts in one statement, so that the numbers belong together."""
        plans, items, number = self._tables.plans, self._tables.items, self._tables.plan_id
        statement = f"""
            SELECT r.*,
                (SELECT jsonb_object_agg(t.state, t.n) FROM (
                    SELECT state, count(*) AS n FROM {items} WHERE {number} = r.{number} GROUP BY state) t) AS counts,
                (SELECT jsonb_object_agg(t.outcome, t.n) FROM (
                    SELECT outcome, count(*) AS n FROM {items}
                    WHERE {number} = r.{number} AND state = 'failed' AND outcome IS NOT NULL GROUP BY outcome) t
                ) AS failed_by_code
            FROM (SELECT {self._tables.columns} FROM {plans} {which}) r ORDER BY r.{number} DESC
        """
        return await self._storage.read(
            lambda tx: [self._record(row, tx) for row in tx.sql(statement, *values)]
        )

    def _record(self, row: dict[str, Any], tx: Transaction) -> Record:
        state = BulkState(row["state"])
        if state is BulkState.PLANNED and row["expires_at"] <= tx.now:
            state = BulkState.EXPIRED
        counts = _object(row["counts"])
        return self._record_type(**self._typed(row) | {
            "state": state, "counts": {each: int(counts.get(each.value, 0)) for each in BulkItemState},
            "failed_by_code": {code: int(n) for code, n in _object(row["failed_by_code"]).items()},
        })  # fmt: skip

    def _typed(self, row: dict[str, Any]) -> dict[str, Any]:
        """Give the columns that only this sort of plan has their types."""
        return row

    def _locked(self, tx: Transaction, plan_id: int) -> dict[str, Any]:
        rows = tx.sql(
            f"SELECT id, state, expires_at FROM {self._tables.plans} WHERE id = %s FOR UPDATE", plan_id
        )
        if not rows:
            raise GatewayError(self._tables.not_found)
        return rows[0]

    def _held(self, tx: Transaction, plan_id: int) -> str | None:
        """Lock a plan and return its state; None when another process has it in hand."""
        rows = tx.sql(f"SELECT state FROM {self._tables.plans} WHERE id = %s FOR UPDATE SKIP LOCKED", plan_id)
        return rows[0]["state"] if rows else None

    def _count(self, tx: Transaction, plan_id: int, state: BulkItemState) -> int:
        rows = tx.sql(
            f"SELECT count(*) AS n FROM {self._tables.items} WHERE {self._tables.plan_id} = %s AND state = %s",
            plan_id, state.value,
        )  # fmt: skip
        return int(rows[0]["n"])

    def _drop_pending(self, tx: Transaction, plan_id: int) -> None:
        tx.count(
            f"UPDATE {self._tables.items} SET state = 'cancelled', changed_at = %s "
            f"WHERE {self._tables.plan_id} = %s AND state = 'pending'",
            tx.now, plan_id,
        )  # fmt: skip

    def _end(self, tx: Transaction, plan_id: int, to: str, *, is_over: bool = True) -> None:
        tx.count(
            f"UPDATE {self._tables.plans} SET state = %s, finished_at = %s WHERE id = %s",
            to, tx.now if is_over else None, plan_id,
        )  # fmt: skip

    def _changed(self, tx: Transaction, plan_id: int) -> None:
        """Tell of the change; the event's number becomes the plan's version (`Transaction.flush`)."""
        number: dict[str, Any] = {self._tables.plan_id: plan_id}
        tx.append(self._tables.event, **number)

    def _tell(self, tx: Transaction, row: dict[str, Any], to: str) -> None:
        self._changed(tx, row["id"])
        number = {self._tables.plan_id: row["id"]}
        tx.tell(before=number | {"state": row["state"]}, after=number | {"state": to})


def _object(value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    found: Mapping[str, Any] = json.loads(value) if isinstance(value, str) else value
    return found
