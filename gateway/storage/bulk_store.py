"""Bulk retries: plans, their items, and the steps in which any process carries them out.

All state is in rows. A step locks the bulk retry's row first and then, for the one item it begins, what a single retry
locks; whoever finds the row locked leaves the step to its holder. So a process may die anywhere and another goes on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.application.admin.call_records import (
    BulkItemRecord,
    BulkRecord,
    CallRecord,
    CallSelection,
    NewBulk,
)
from gateway.domain.calls import why_not_in_bulk
from gateway.domain.errors import GatewayError
from gateway.storage.call_desk import (
    BULK_REFUSAL,
    FACTS,
    condition_of,
    facts_of,
    locked,
    retry_locked,
    rows_of,
)
from gateway.storage.database import Storage, Transaction
from shared.vocabulary import BulkItemState, BulkState

_PLAN = """
    WITH facts AS ({facts}),
        ruled AS (SELECT f.call_id, {refusal} AS refusal FROM facts f),
        planned AS (INSERT INTO bulk_items (bulk_id, call_id)
                    SELECT %s, call_id FROM ruled WHERE refusal IS NULL RETURNING 1)
    SELECT (SELECT count(*) FROM planned) AS total,
        (SELECT count(*) FROM ruled WHERE refusal IS NOT NULL) AS excluded
"""
_COLUMNS = """
    id AS bulk_id, version, state, staff, reason, total, excluded, created_at, expires_at, started_at, finished_at
"""

# An item ends with its call: by the state it came to, or by what the first try since its retry left behind. When
# somebody has retried the call once more since, that retry goes on by itself.
_SETTLE = """
    UPDATE bulk_items b SET changed_at = %s, state = e.state, outcome = e.outcome
    FROM (
        SELECT p.id AS call_id,
            CASE
                WHEN p.state = 'done' THEN 'succeeded'
                WHEN p.state IN ('failed', 'resolved') THEN 'failed'
                WHEN p.state IN ('cancelled', 'held') THEN 'skipped'
                ELSE 'delayed'
            END AS state,
            CASE
                WHEN p.state = 'done' THEN NULL
                WHEN p.state = 'held' THEN 'call_not_waiting'
                WHEN p.state = 'cancelled' AND i.closed_at IS NULL THEN 'install_frozen'
                WHEN p.state = 'cancelled' THEN 'install_not_current'
                WHEN p.error_code IS NULL AND p.state = 'waiting' AND p.nonce = t.nonce THEN 'token_refused'
                ELSE p.error_code
            END AS outcome
        FROM bulk_items t JOIN partner_calls p ON p.id = t.call_id JOIN installs i ON i.id = p.install_id
        WHERE t.bulk_id = %s AND t.state = 'running' AND (
            p.state <> 'waiting' OR p.nonce <> t.nonce
            OR (p.claimed_by IS NULL AND (p.error_code IS NOT NULL OR %s)))
    ) e
    WHERE b.bulk_id = %s AND b.call_id = e.call_id AND b.state = 'running'
"""


class BulkStore:
    """Plans, starts, cancels, reads and carries out bulk retries."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def plan(self, new: NewBulk) -> int:
        """Write down exactly which calls will be retried, as of one moment. Raises bulk_empty when there are none."""

        def work(tx: Transaction) -> int:
            bulk_id = int(
                tx.sql(
                    "INSERT INTO bulk_retries (state, staff_id, staff, request, total, created_at, expires_at) "
                    "VALUES ('planned', %s, %s, %s::jsonb, 0, %s, %s) RETURNING id",
                    new.staff_id, new.staff, json.dumps(dict(new.request)), tx.now, new.expires_at,
                )[0]["id"]
            )  # fmt: skip
            condition, values = condition_of(new.selection)
            statement = _PLAN.format(facts=f"{FACTS} WHERE {condition}", refusal=BULK_REFUSAL)
            found = tx.sql(statement, *values, bulk_id)[0]
            if found["total"] == 0:
                raise GatewayError("bulk_empty")
            tx.count(
                "UPDATE bulk_retries SET total = %s, excluded = %s WHERE id = %s",
                found["total"], found["excluded"], bulk_id,
            )  # fmt: skip
            _changed(tx, bulk_id)
            tx.tell(before={}, after={"bulk_id": bulk_id, "state": "planned", "total": found["total"]})
            return bulk_id

        return await self._storage.write(work)

    async def start(self, bulk_id: int, reason: str) -> None:
        """Let a planned bulk retry run. Raises bulk_not_found, bulk_not_planned, bulk_plan_expired."""

        def work(tx: Transaction) -> None:
            row = _locked(tx, bulk_id)
            if row["state"] not in (BulkState.PLANNED, BulkState.EXPIRED):
                raise GatewayError("bulk_not_planned")
            if row["state"] == BulkState.EXPIRED or row["expires_at"] <= tx.now:
                raise GatewayError("bulk_plan_expired")
            tx.count(
                "UPDATE bulk_retries SET state = 'running', reason = %s, started_at = %s WHERE id = %s",
                reason, tx.now, bulk_id,
            )  # fmt: skip
            _tell(tx, row, "running")

        await self._storage.write(work)

    async def cancel(self, bulk_id: int) -> None:
        """Begin no further call; what runs comes to its end. What has ended stays so. Raises bulk_not_found."""

        def work(tx: Transaction) -> None:
            row = _locked(tx, bulk_id)
            if row["state"] not in (BulkState.PLANNED, BulkState.RUNNING):
                return
            _drop_pending(tx, bulk_id)
            is_over = not _count(tx, bulk_id, BulkItemState.RUNNING)
            to = "cancelled" if is_over else "cancelling"
            tx.count(
                "UPDATE bulk_retries SET state = %s, finished_at = %s WHERE id = %s",
                to, tx.now if is_over else None, bulk_id,
            )  # fmt: skip
            _tell(tx, row, to)

        await self._storage.write(work)

    async def get(self, bulk_id: int) -> BulkRecord:
        """Return a bulk retry with its items counted, as of one moment. Raises bulk_not_found."""
        rows = await self._records("WHERE id = %s", bulk_id)
        if not rows:
            raise GatewayError("bulk_not_found")
        return rows[0]

    async def newest(self, limit: int) -> Sequence[BulkRecord]:
        """Return the newest bulk retries."""
        return await self._records("ORDER BY id DESC LIMIT %s", limit)

    async def items(self, bulk_id: int, after: int | None, limit: int) -> Sequence[BulkItemRecord]:
        """Return a bulk retry's calls, by their numbers."""
        statement = """
            SELECT b.call_id, i.salon_id, c.title, b.state, b.outcome FROM bulk_items b
            JOIN partner_calls p ON p.id = b.call_id JOIN installs i ON i.id = p.install_id
            JOIN companies c ON c.id = i.company_id
            WHERE b.bulk_id = %s AND b.call_id > %s ORDER BY b.call_id LIMIT %s
        """
        rows = await self._storage.read(lambda tx: tx.sql(statement, bulk_id, after or 0, limit))
        return [BulkItemRecord(**row | {"state": BulkItemState(row["state"])}) for row in rows]

    async def sample(self, bulk_id: int, limit: int) -> Sequence[CallRecord]:
        """Return some of the planned calls, the first of the queue."""

        def work(tx: Transaction) -> Sequence[CallRecord]:
            rows = tx.sql(
                "SELECT p.id FROM bulk_items b JOIN partner_calls p ON p.id = b.call_id WHERE b.bulk_id = %s "
                "ORDER BY p.state_rank, p.next_attempt_at, p.id LIMIT %s",
                bulk_id, limit,
            )  # fmt: skip
            chosen = CallSelection(call_ids=tuple(row["id"] for row in rows))
            return rows_of(tx, chosen, limit=limit) if rows else []

        return await self._storage.read(work)

    async def under_way(self) -> Sequence[int]:
        """Return the bulk retries that are not over."""
        statement = "SELECT id FROM bulk_retries WHERE state IN ('running', 'cancelling') ORDER BY id"
        return await self._storage.read(lambda tx: [row["id"] for row in tx.sql(statement)])

    async def expire(self) -> None:
        """Make plans void that nobody started in time."""

        def work(tx: Transaction) -> None:
            rows = tx.sql(
                "SELECT id FROM bulk_retries WHERE state = 'planned' AND expires_at <= %s "
                "ORDER BY id FOR UPDATE SKIP LOCKED",
                tx.now,
            )
            for row in rows:
                _drop_pending(tx, row["id"])
                tx.count(
                    "UPDATE bulk_retries SET state = 'expired', finished_at = %s WHERE id = %s",
                    tx.now,
                    row["id"],
                )
                _changed(tx, row["id"])

        await self._storage.write(work)

    async def settle(self, bulk_id: int, *, is_token_refused: bool) -> int:
        """End the items whose calls have come to something, and return how many.

        While our token stands refused only one call a minute is tried: items need not wait for their turn then.
        """

        def work(tx: Transaction) -> int:
            if not _held(tx, bulk_id):
                return 0
            return tx.count(_SETTLE, tx.now, bulk_id, is_token_refused, bulk_id)

        return await self._storage.write(work)

    async def begin_next(self, bulk_id: int, at_once: int) -> bool:
        """Retry the next call of a running bulk retry, or skip it when it cannot be retried any more.

        False when nothing is left to begin, `at_once` calls are under way, or another process is at it.
        """

        def work(tx: Transaction) -> bool:
            if (
                _held(tx, bulk_id) != BulkState.RUNNING
                or _count(tx, bulk_id, BulkItemState.RUNNING) >= at_once
            ):
                return False
            pending = tx.sql(
                "SELECT call_id FROM bulk_items WHERE bulk_id = %s AND state = 'pending' ORDER BY call_id LIMIT 1",
                bulk_id,
            )
            if not pending:
                return False
            _begin(tx, bulk_id, pending[0]["call_id"])
            return True

        return await self._storage.write(work)

    async def finish(self, bulk_id: int) -> bool:
        """End a bulk retry of which nothing is left; whether it did."""

        def work(tx: Transaction) -> bool:
            state = _held(tx, bulk_id)
            if state not in (BulkState.RUNNING, BulkState.CANCELLING):
                return False
            if _count(tx, bulk_id, BulkItemState.PENDING) or _count(tx, bulk_id, BulkItemState.RUNNING):
                return False
            to = "done" if state == BulkState.RUNNING else "cancelled"
            tx.count(
                "UPDATE bulk_retries SET state = %s, finished_at = %s WHERE id = %s", to, tx.now, bulk_id
            )
            _changed(tx, bulk_id)
            return True

        return await self._storage.write(work)

    async def tell_progress(self, bulk_id: int) -> None:
        """Write in the event log that a bulk retry has come further."""

        def work(tx: Transaction) -> None:
            if _held(tx, bulk_id):
                _changed(tx, bulk_id)

        await self._storage.write(work)

    async def _records(self, which: str, *values: Any) -> Sequence[BulkRecord]:
        """Read bulk retries with their counts in one statement, so that the numbers belong together."""
        statement = f"""
            SELECT r.*,
                (SELECT jsonb_object_agg(t.state, t.n) FROM (
                    SELECT state, count(*) AS n FROM bulk_items WHERE bulk_id = r.bulk_id GROUP BY state) t) AS counts,
                (SELECT jsonb_object_agg(t.outcome, t.n) FROM (
                    SELECT outcome, count(*) AS n FROM bulk_items
                    WHERE bulk_id = r.bulk_id AND state = 'failed' AND outcome IS NOT NULL GROUP BY outcome) t
                ) AS failed_by_code
            FROM (SELECT {_COLUMNS} FROM bulk_retries {which}) r ORDER BY r.bulk_id DESC
        """
        return await self._storage.read(lambda tx: [_record(row, tx) for row in tx.sql(statement, *values)])


def _begin(tx: Transaction, bulk_id: int, call_id: int) -> None:
    row = locked(tx, call_id)
    refusal = why_not_in_bulk(facts_of(row))
    if refusal is None:
        retry_locked(tx, row, bulk_id=bulk_id)
    tx.count(
        "UPDATE bulk_items SET state = %s, outcome = %s, nonce = %s, changed_at = %s "
        "WHERE bulk_id = %s AND call_id = %s",
        "running" if refusal is None else "skipped", refusal, row["nonce"] + 1 if refusal is None else None, tx.now,
        bulk_id, call_id,
    )  # fmt: skip


def _locked(tx: Transaction, bulk_id: int) -> dict[str, Any]:
    rows = tx.sql("SELECT id, state, expires_at FROM bulk_retries WHERE id = %s FOR UPDATE", bulk_id)
    if not rows:
        raise GatewayError("bulk_not_found")
    return rows[0]


def _held(tx: Transaction, bulk_id: int) -> str | None:
    """Lock a bulk retry and return its state; None when another process has it in hand."""
    rows = tx.sql("SELECT state FROM bulk_retries WHERE id = %s FOR UPDATE SKIP LOCKED", bulk_id)
    return rows[0]["state"] if rows else None


def _count(tx: Transaction, bulk_id: int, state: BulkItemState) -> int:
    rows = tx.sql(
        "SELECT count(*) AS n FROM bulk_items WHERE bulk_id = %s AND state = %s", bulk_id, state.value
    )
    return int(rows[0]["n"])


def _drop_pending(tx: Transaction, bulk_id: int) -> None:
    tx.count(
        "UPDATE bulk_items SET state = 'cancelled', changed_at = %s WHERE bulk_id = %s AND state = 'pending'",
        tx.now, bulk_id,
    )  # fmt: skip


def _changed(tx: Transaction, bulk_id: int) -> None:
    """Tell of the change; the event's number becomes the bulk retry's version (`Transaction.flush`)."""
    tx.append("bulk_changed", bulk_id=bulk_id)


def _tell(tx: Transaction, row: dict[str, Any], to: str) -> None:
    _changed(tx, row["id"])
    tx.tell(before={"bulk_id": row["id"], "state": row["state"]}, after={"bulk_id": row["id"], "state": to})


def _record(row: dict[str, Any], tx: Transaction) -> BulkRecord:
    state = BulkState(row["state"])
    if state is BulkState.PLANNED and row["expires_at"] <= tx.now:
        state = BulkState.EXPIRED
    counts = _object(row["counts"])
    return BulkRecord(**row | {
        "state": state, "counts": {each: int(counts.get(each.value, 0)) for each in BulkItemState},
        "failed_by_code": {code: int(n) for code, n in _object(row["failed_by_code"]).items()},
    })  # fmt: skip


def _object(value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    found: Mapping[str, Any] = json.loads(value) if isinstance(value, str) else value
    return found
