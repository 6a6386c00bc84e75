"""Differences fixed together: plans, their items, and the steps in which any process carries them out.

All state is in rows. An item is claimed with a lease, carried out outside of any transaction, then settled; when its
process dies another one claims it again, and every fix may be repeated.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.application.consistency import fixes_of
from gateway.application.consistency_records import (
    ClaimedFix,
    DifferenceRecord,
    DifferenceSelection,
    FixItemRecord,
    FixPlanRecord,
    NewFixPlan,
)
from gateway.domain.errors import GatewayError
from gateway.storage.database import Storage, Transaction
from gateway.storage.difference_store import differences
from shared.vocabulary import BulkItemState, BulkState, DifferenceKind, Fix

LEASE_S = 60
MOST_ITEMS = 200_000
_COLUMNS = """
    id AS plan_id, version, kind, fix, state, staff, reason, total, created_at, expires_at, started_at, finished_at
"""
_CLAIM = f"""
    UPDATE fix_items SET state = 'running', claimed_by = %s, claimed_until = now() + make_interval(secs => {LEASE_S}),
        changed_at = %s
    WHERE plan_id = %s AND salon_id = (
        SELECT salon_id FROM fix_items WHERE plan_id = %s AND (state = 'pending'
            OR state = 'running' AND claimed_until < now())
        ORDER BY state = 'pending', salon_id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING salon_id, generation
"""


class FixStore:
    """Plans, starts, cancels, reads and carries out fixes of many differences."""

    def __init__(self, storage: Storage, owner: str) -> None:
        self._storage = storage
        self._owner = owner

    async def plan(self, new: NewFixPlan) -> int:
        """Write down exactly which differences will be fixed, as of now. Raises plan_empty when there are none."""

        def work(tx: Transaction) -> int:
            found = differences(tx, new.selection, limit=MOST_ITEMS)
            fit = [each for each in found if new.fix in fixes_of(each)]
            if not fit:
                raise GatewayError("plan_empty")
            plan_id = int(
                tx.sql(
                    "INSERT INTO fix_plans (kind, fix, state, staff_id, staff, total, created_at, expires_at) "
                    "VALUES (%s, %s, 'planned', %s, %s, %s, %s, %s) RETURNING id",
                    new.kind.value, new.fix.value, new.staff_id, new.staff, len(fit), tx.now, new.expires_at,
                )[0]["id"]
            )  # fmt: skip
            tx.count(
                "INSERT INTO fix_items (plan_id, salon_id, generation) "
                "SELECT %s, salon_id, generation FROM unnest(%s::bigint[], %s::integer[]) AS f (salon_id, generation)",
                plan_id, [each.salon_id for each in fit], [each.generation for each in fit],
            )  # fmt: skip
            _changed(tx, plan_id)
            told = {"plan_id": plan_id, "kind": new.kind.value, "fix": new.fix.value, "total": len(fit)}
            tx.tell(before={}, after=told | {"state": "planned"})
            return plan_id

        return await self._storage.write(work)

    async def start(self, plan_id: int, reason: str) -> None:
        """Let a plan run. Raises plan_not_found, plan_not_ready, plan_expired."""

        def work(tx: Transaction) -> None:
            row = _locked(tx, plan_id)
            if row["state"] not in (BulkState.PLANNED, BulkState.EXPIRED):
                raise GatewayError("plan_not_ready")
            if row["state"] == BulkState.EXPIRED or row["expires_at"] <= tx.now:
                raise GatewayError("plan_expired")
            tx.count(
                "UPDATE fix_plans SET state = 'running', reason = %s, started_at = %s WHERE id = %s",
                reason, tx.now, plan_id,
            )  # fmt: skip
            _tell(tx, row, "running")

        await self._storage.write(work)

    async def cancel(self, plan_id: int) -> None:
        """Begin no further item; what runs comes to its end. What is over stays so. Raises plan_not_found."""

        def work(tx: Transaction) -> None:
            row = _locked(tx, plan_id)
            if row["state"] not in (BulkState.PLANNED, BulkState.RUNNING):
                stands = {"plan_id": plan_id, "state": row["state"]}
                tx.tell(before=stands, after=stands)
                return
            _drop_pending(tx, plan_id)
            is_over = not _count(tx, plan_id, BulkItemState.RUNNING)
            to = "cancelled" if is_over else "cancelling"
            tx.count(
                "UPDATE fix_plans SET state = %s, finished_at = %s WHERE id = %s",
                to, tx.now if is_over else None, plan_id,
            )  # fmt: skip
            _tell(tx, row, to)

        await self._storage.write(work)

    async def get(self, plan_id: int) -> FixPlanRecord:
        """Return a plan with its items counted, as of one moment. Raises plan_not_found."""
        rows = await self._records("WHERE id = %s", plan_id)
        if not rows:
            raise GatewayError("plan_not_found")
        return rows[0]

    async def newest(self, limit: int) -> Sequence[FixPlanRecord]:
        """Return the newest plans."""
        return await self._records("ORDER BY id DESC LIMIT %s", limit)

    async def items(self, plan_id: int, after: int | None, limit: int) -> Sequence[FixItemRecord]:
        """Return a plan's salons, by their numbers."""
        statement = """
            SELECT b.salon_id, coalesce(c.title, '') AS title, b.state, b.outcome FROM fix_items b
            LEFT JOIN companies c ON c.yclients_id = b.salon_id
            WHERE b.plan_id = %s AND b.salon_id > %s ORDER BY b.salon_id LIMIT %s
        """
        rows = await self._storage.read(lambda tx: tx.sql(statement, plan_id, after or 0, limit))
        return [FixItemRecord(**row | {"state": BulkItemState(row["state"])}) for row in rows]

    async def sample(self, plan_id: int, limit: int) -> Sequence[DifferenceRecord]:
        """Return some of the planned differences as they stand now."""

        def work(tx: Transaction) -> Sequence[DifferenceRecord]:
            kinds = tx.sql("SELECT kind FROM fix_plans WHERE id = %s", plan_id)
            rows = tx.sql(
                "SELECT salon_id FROM fix_items WHERE plan_id = %s ORDER BY salon_id LIMIT %s", plan_id, limit
            )
            if not rows:
                return []
            salons = tuple(row["salon_id"] for row in rows)
            return differences(
                tx, DifferenceSelection((DifferenceKind(kinds[0]["kind"]),), salon_ids=salons), limit=limit
            )

        return await self._storage.read(work)

    async def under_way(self) -> Sequence[int]:
        """Return the plans that run or are being cancelled."""
        statement = "SELECT id FROM fix_plans WHERE state IN ('running', 'cancelling') ORDER BY id"
        return await self._storage.read(lambda tx: [row["id"] for row in tx.sql(statement)])

    async def expire(self) -> None:
        """Make plans void that nobody started in time."""

        def work(tx: Transaction) -> None:
            rows = tx.sql(
                "SELECT id FROM fix_plans WHERE state = 'planned' AND expires_at <= %s "
                "ORDER BY id FOR UPDATE SKIP LOCKED", tx.now,
            )  # fmt: skip
            for row in rows:
                _drop_pending(tx, row["id"])
                tx.count(
                    "UPDATE fix_plans SET state = 'expired', finished_at = %s WHERE id = %s",
                    tx.now,
                    row["id"],
                )
                _changed(tx, row["id"])

        await self._storage.write(work)

    async def claim(self, plan_id: int) -> ClaimedFix | None:
        """Claim the next item of a plan; None when nothing is left to begin."""

        def work(tx: Transaction) -> ClaimedFix | None:
            plan = tx.sql("SELECT kind, fix, reason, state FROM fix_plans WHERE id = %s FOR SHARE", plan_id)[
                0
            ]
            if plan["state"] not in (BulkState.RUNNING, BulkState.CANCELLING):
                return None
            rows = tx.sql(_CLAIM, self._owner, tx.now, plan_id, plan_id)
            if not rows:
                return None
            return ClaimedFix(
                plan_id, rows[0]["salon_id"], rows[0]["generation"], DifferenceKind(plan["kind"]), Fix(plan["fix"]),
                plan["reason"],
            )  # fmt: skip

        return await self._storage.write(work)

    async def settle(self, item: ClaimedFix, state: BulkItemState, outcome: str | None) -> None:
        """Write what became of an item into the plan and into the salon's story."""

        def work(tx: Transaction) -> None:
            if not tx.count(
                "UPDATE fix_items SET state = %s, outcome = %s, changed_at = %s, claimed_by = NULL, "
                "claimed_until = NULL WHERE plan_id = %s AND salon_id = %s AND claimed_by = %s",
                state.value, outcome, tx.now, item.plan_id, item.salon_id, self._owner,
            ):  # fmt: skip
                return
            installs = tx.sql(
                "SELECT id, correlation FROM installs WHERE salon_id = %s AND is_newest", item.salon_id
            )
            if installs:
                tx.append(
                    "difference_fixed", salon_id=item.salon_id, install_id=installs[0]["id"],
                    correlation=installs[0]["correlation"], plan_id=item.plan_id, kind=item.kind.value,
                    fix=item.fix.value, state=state.value, code=outcome,
                )  # fmt: skip

        await self._storage.write(work)

    async def finish(self, plan_id: int) -> bool:
        """End a plan of which nothing is left; whether it did."""

        def work(tx: Transaction) -> bool:
            rows = tx.sql("SELECT state FROM fix_plans WHERE id = %s FOR UPDATE SKIP LOCKED", plan_id)
            if not rows or rows[0]["state"] not in (BulkState.RUNNING, BulkState.CANCELLING):
                return False
            if _count(tx, plan_id, BulkItemState.PENDING) or _count(tx, plan_id, BulkItemState.RUNNING):
                return False
            to = "done" if rows[0]["state"] == BulkState.RUNNING else "cancelled"
            tx.count("UPDATE fix_plans SET state = %s, finished_at = %s WHERE id = %s", to, tx.now, plan_id)
            _changed(tx, plan_id)
            return True

        return await self._storage.write(work)

    async def tell_progress(self, plan_id: int) -> None:
        """Write in the event log that a plan has come further."""
        await self._storage.write(lambda tx: _changed(tx, plan_id))

    async def _records(self, which: str, *values: Any) -> Sequence[FixPlanRecord]:
        statement = f"""
            SELECT r.*,
                (SELECT jsonb_object_agg(t.state, t.n) FROM (
                    SELECT state, count(*) AS n FROM fix_items WHERE plan_id = r.plan_id GROUP BY state) t) AS counts,
                (SELECT jsonb_object_agg(t.outcome, t.n) FROM (
                    SELECT outcome, count(*) AS n FROM fix_items
                    WHERE plan_id = r.plan_id AND state = 'failed' AND outcome IS NOT NULL GROUP BY outcome) t
                ) AS failed_by_code
            FROM (SELECT {_COLUMNS} FROM fix_plans {which}) r ORDER BY r.plan_id DESC
        """
        return await self._storage.read(lambda tx: [_record(row, tx) for row in tx.sql(statement, *values)])


def _locked(tx: Transaction, plan_id: int) -> dict[str, Any]:
    rows = tx.sql("SELECT id, state, expires_at FROM fix_plans WHERE id = %s FOR UPDATE", plan_id)
    if not rows:
        raise GatewayError("plan_not_found")
    return rows[0]


def _count(tx: Transaction, plan_id: int, state: BulkItemState) -> int:
    rows = tx.sql(
        "SELECT count(*) AS n FROM fix_items WHERE plan_id = %s AND state = %s", plan_id, state.value
    )
    return int(rows[0]["n"])


def _drop_pending(tx: Transaction, plan_id: int) -> None:
    tx.count(
        "UPDATE fix_items SET state = 'cancelled', changed_at = %s WHERE plan_id = %s AND state = 'pending'",
        tx.now, plan_id,
    )  # fmt: skip


def _changed(tx: Transaction, plan_id: int) -> None:
    """Tell of the change; the event's number becomes the plan's version (`Transaction.flush`)."""
    tx.append("fix_changed", plan_id=plan_id)


def _tell(tx: Transaction, row: dict[str, Any], to: str) -> None:
    _changed(tx, row["id"])
    tx.tell(before={"plan_id": row["id"], "state": row["state"]}, after={"plan_id": row["id"], "state": to})


def _record(row: dict[str, Any], tx: Transaction) -> FixPlanRecord:
    state = BulkState(row["state"])
    if state is BulkState.PLANNED and row["expires_at"] <= tx.now:
        state = BulkState.EXPIRED
    counts = _object(row["counts"])
    return FixPlanRecord(**row | {
        "kind": DifferenceKind(row["kind"]), "fix": Fix(row["fix"]), "state": state,
        "counts": {each: int(counts.get(each.value, 0)) for each in BulkItemState},
        "failed_by_code": {code: int(n) for code, n in _object(row["failed_by_code"]).items()},
    })  # fmt: skip


def _object(value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    found: Mapping[str, Any] = json.loads(value) if isinstance(value, str) else value
    return found
