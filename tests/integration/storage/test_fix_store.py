"""Plans and sweeps over the death of the process that carries them out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.application.consistency_records import DifferenceSelection, NewFixPlan
from gateway.application.records import StaffMember
from gateway.storage.database import Storage
from gateway.storage.difference_store import DifferenceStore
from gateway.storage.fix_store import FixStore
from gateway.storage.sweep_store import SweepStore
from shared.vocabulary import BulkItemState, BulkState, DifferenceKind, Fix, StaffRole, SweepState

LISTED = (770_001, 770_002)


async def expire_leases(storage: Storage, table: str) -> None:
    await storage.write(
        lambda tx: tx.count(f"UPDATE {table} SET claimed_until = now() - interval '1 second'")
    )


async def a_plan(storage: Storage) -> int:
    await DifferenceStore(storage).keep_list([], LISTED, datetime.now(UTC))
    kind = DifferenceKind.LISTED_UNKNOWN
    new = NewFixPlan(
        kind,
        Fix.READ_ANEW,
        DifferenceSelection((kind,)),
        None,
        "cli",
        datetime.now(UTC) + timedelta(minutes=10),
    )
    plan_id = await FixStore(storage, "one").plan(new)
    await FixStore(storage, "one").start(plan_id, "сверка")
    return plan_id


async def test_an_item_of_a_dead_process_is_carried_out_by_another_and_settled_once(storage: Storage) -> None:
    plan_id = await a_plan(storage)
    dead, living = FixStore(storage, "dead"), FixStore(storage, "living")
    lost = await dead.claim(plan_id)
    assert lost is not None
    other = await living.claim(plan_id)
    assert other is not None
    assert {lost.salon_id, other.salon_id} == set(LISTED)
    assert await living.claim(plan_id) is None, "what another has in hand is left to it"
    await living.settle(other, BulkItemState.SUCCEEDED, None)
    assert not await living.finish(plan_id)
    await expire_leases(storage, "fix_items")
    again = await living.claim(plan_id)
    assert again == lost
    await dead.settle(lost, BulkItemState.FAILED, "internal")
    await living.settle(again, BulkItemState.SUCCEEDED, None)
    assert await living.finish(plan_id)
    plan = await living.get(plan_id)
    assert (plan.state, plan.counts[BulkItemState.SUCCEEDED]) == (BulkState.DONE, 2)


async def test_a_plan_nobody_starts_in_time_is_void(storage: Storage) -> None:
    store = FixStore(storage, "one")
    await DifferenceStore(storage).keep_list([], LISTED, datetime.now(UTC))
    kind = DifferenceKind.LISTED_UNKNOWN
    late = NewFixPlan(kind, Fix.READ_ANEW, DifferenceSelection((kind,)), None, "cli", datetime.now(UTC))
    plan_id = await store.plan(late)
    await store.expire()
    assert (await store.get(plan_id)).state is BulkState.EXPIRED
    with pytest.raises(Exception, match="plan_expired"):
        await store.start(plan_id, "сверка")


async def test_a_sweep_that_was_asked_for_is_made_by_another_process_when_its_own_is_gone(
    storage: Storage,
) -> None:
    await storage.write(
        lambda tx: tx.count(
            "INSERT INTO staff (name, name_key, role, token_digest, created_at) "
            "VALUES ('Мария', 'мария', 'operator', 'x', now())"
        )
    )
    staff_id = (await storage.read(lambda tx: tx.sql("SELECT id FROM staff")))[0]["id"]
    member = StaffMember(staff_id, "Мария", StaffRole.OPERATOR)
    dead, living = SweepStore(storage, "dead"), SweepStore(storage, "living")
    asked = await dead.request(member)
    assert (await living.request(member)).sweep_id == asked.sweep_id, (
        "one that waits is the one that is meant"
    )
    assert await dead.claim() is not None
    assert await living.claim() is None
    await expire_leases(storage, "sweeps")
    taken = await living.claim()
    assert taken is not None
    assert taken.sweep_id == asked.sweep_id
    await living.finish(taken, {"listed": 3})
    newest, done, _ = await living.newest()
    assert newest is not None
    assert newest == done
    assert (newest.state, newest.found) == (SweepState.DONE, {"listed": 3})
