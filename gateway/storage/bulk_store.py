"""Bulk retries: what is planned, and the steps in which any process carries them out.

A step locks the bulk retry's row first and then, for the one item it begins, what a single retry locks.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

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
from gateway.storage.plan_store import PlanStore, PlanTables
from shared.vocabulary import BulkItemState, BulkState

_PLAN = """
    WITH facts AS ({facts}),
        ruled AS (SELECT f.call_id, {refusal} AS refusal FROM facts f),
        planned AS (INSERT INTO bulk_items (bulk_id, call_id)
                    SELECT %s, call_id FROM ruled WHERE refusal IS NULL RETURNING 1)
    SELECT (SELECT count(*) FROM planned) AS total,
        (SELECT count(*) FROM ruled WHERE refusal IS NOT NULL) AS excluded
"""
_TABLES = PlanTables(
    plans="bulk_retries", items="bulk_items", plan_id="bulk_id", event="bulk_changed",
    columns="id AS bulk_id, version, state, staff, reason, total, excluded, created_at, expires_at, started_at, "
    "finished_at",
    not_found="bulk_not_found", not_ready="bulk_not_planned", expired="bulk_plan_expired",
)  # fmt: skip

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


class BulkStore(PlanStore[BulkRecord]):
    """Plans, starts, cancels, reads and carries out bulk retries."""

    def __init__(self, storage: Storage) -> None:
        super().__init__(storage, _TABLES, BulkRecord)

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
            self._changed(tx, bulk_id)
            tx.tell(before={}, after={"bulk_id": bulk_id, "state": "planned", "total": found["total"]})
            return bulk_id

        return await self._storage.write(work)

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

    async def settle(self, bulk_id: int, *, is_token_refused: bool) -> int:
        """End the items whose calls have come to something, and return how many.

        While our token stands refused only one call a minute is tried: items need not wait for their turn then.
        """

        def work(tx: Transaction) -> int:
            if not self._held(tx, bulk_id):
                return 0
            return tx.count(_SETTLE, tx.now, bulk_id, is_token_refused, bulk_id)

        return await self._storage.write(work)

    async def begin_next(self, bulk_id: int, at_once: int) -> bool:
        """Retry the next call of a running bulk retry, or skip it when it cannot be retried any more.

        False when nothing is left to begin, `at_once` calls are under way, or another process is at it.
        """

        def work(tx: Transaction) -> bool:
            if (
                self._held(tx, bulk_id) != BulkState.RUNNING
                or self._count(tx, bulk_id, BulkItemState.RUNNING) >= at_once
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
