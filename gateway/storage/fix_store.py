"""Differences fixed together: what is planned, and the steps in which any process carries them out.

An item is claimed with a lease, carried out outside of any transaction, then settled; when its process dies another
one claims it again, and every fix may be repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
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
from gateway.storage.plan_store import PlanStore, PlanTables
from shared.vocabulary import BulkItemState, BulkState, DifferenceKind, Fix

LEASE_S = 60
MOST_ITEMS = 200_000
_TABLES = PlanTables(
    plans="fix_plans", items="fix_items", plan_id="plan_id", event="fix_changed",
    columns="id AS plan_id, version, kind, fix, state, staff, reason, total, created_at, expires_at, started_at, "
    "finished_at",
    not_found="plan_not_found", not_ready="plan_not_ready", expired="plan_expired",
)  # fmt: skip
_CLAIM = f"""
    UPDATE fix_items SET state = 'running', claimed_by = %s, claimed_until = now() + make_interval(secs => {LEASE_S}),
        changed_at = %s
    WHERE plan_id = %s AND salon_id = (
        SELECT salon_id FROM fix_items WHERE plan_id = %s AND (state = 'pending'
            OR state = 'running' AND claimed_until < now())
        ORDER BY state = 'pending', salon_id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING salon_id, generation
"""


class FixStore(PlanStore[FixPlanRecord]):
    """Plans, starts, cancels, reads and carries out fixes of many differences."""

    def __init__(self, storage: Storage, owner: str) -> None:
        super().__init__(storage, _TABLES, FixPlanRecord)
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
            self._changed(tx, plan_id)
            told = {"plan_id": plan_id, "kind": new.kind.value, "fix": new.fix.value, "total": len(fit)}
            tx.tell(before={}, after=told | {"state": "planned"})
            return plan_id

        return await self._storage.write(work)

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

    def _typed(self, row: dict[str, Any]) -> dict[str, Any]:
        return row | {"kind": DifferenceKind(row["kind"]), "fix": Fix(row["fix"])}
