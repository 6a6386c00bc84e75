"""Bulk retries in rows: the plan is exactly what is carried out, and no item is ever lost or counted twice."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.application.admin.call_records import CallSelection, NewBulk
from gateway.application.records import EntryFacts, StaffMember
from gateway.domain.errors import GatewayError
from gateway.domain.session_records import Desired
from gateway.storage.bulk_store import BulkStore
from gateway.storage.call_store import CallStore
from gateway.storage.database import Storage
from gateway.storage.install_store import InstallStore
from gateway.storage.secret_box import SecretBox
from gateway.storage.session_store import SqlSessionStore
from gateway.storage.staff_store import StaffStore
from shared.vocabulary import BulkItemState, BulkState, PartnerState, StaffRole, WhatsappState
from tests.support.moments import StillClock

BOX = SecretBox(bytes(range(32)))
FACTS = EntryFacts(
    salon_id=1, title="Ёлка", city="Москва", timezone="Europe/Moscow", partner_status="pending", signed=True,
    owner_user_id=7,
)  # fmt: skip
SALONS = range(1, 31)
AT_ONCE = 6
FATES = (
    "failed",
    "failed",
    "failed",
    "waiting",
    "held",
    "done",
    "resolved",
    "unlinked",
    "frozen",
    "closed",
    "worked",
)
REPAIRABLE = ("failed", "held", "waiting")


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
async def db(database_url: str, clock: StillClock) -> AsyncIterator[Storage]:
    made = Storage(database_url, pool_size=8, now=clock.now)
    yield made
    await made.close()


@pytest.fixture
async def planner(db: Storage) -> StaffMember:
    record = await StaffStore(db).add("Оля", StaffRole.OPERATOR, b"digest", None, key_id="0a1b2c3d")
    return StaffMember(record.staff_id, record.name, record.role)


@pytest.fixture
def bulks(db: Storage) -> BulkStore:
    return BulkStore(db)


async def linked(db: Storage, clock: StillClock) -> None:
    """Link every salon; each has a waiting activation then."""
    installs, sessions = InstallStore(db, BOX), SqlSessionStore(db, BOX)
    for salon_id in SALONS:
        await installs.open_for_entry(replace(FACTS, salon_id=salon_id))
        row = await sessions.open(salon_id, "simulator", clock.now())
        moved = replace(
            row, desired=Desired.RUNNING, state=WhatsappState.CONNECTED, since=clock.now(), generation=1
        )
        assert await sessions.save(moved)


async def meet(db: Storage, salon_id: int, fate: str) -> None:
    """Bring a salon's call and install into a state."""
    install = "UPDATE installs SET {} WHERE salon_id = %s"
    call = "UPDATE partner_calls SET {} WHERE install_id = (SELECT id FROM installs WHERE salon_id = %s)"
    failed = [
        install.format("partner_state = 'refused', stage = 'attention'"),
        call.format("state = 'failed', finished_at = now(), error_code = 'rejected'"),
    ]
    statements = {
        "waiting": [
            call.format("next_attempt_at = now() + interval '1 hour', error_code = 'partner_unavailable'")
        ],
        "held": [call.format("state = 'held', reason = 'стоп'")],
        "done": [
            install.format("partner_state = 'active', stage = 'active'"),
            call.format("state = 'done', finished_at = now()"),
        ],
        "resolved": [*failed, call.format("state = 'resolved'")],
        "unlinked": [*failed, "UPDATE whatsapp_sessions SET state = 'logged_out' WHERE salon_id = %s"],
        "frozen": [*failed, install.format("partner_state = 'frozen', stage = 'frozen'")],
        "closed": [
            *failed,
            install.format("partner_state = 'uninstalled', stage = 'gone', closed_at = now()"),
        ],
        "worked": [call.format("claimed_by = 'me', claimed_until = now() + interval '1 minute'")],
    }
    for statement in statements.get(fate, failed):
        await db.write(lambda tx, statement=statement: tx.count(statement, salon_id))  # type: ignore[misc]


def a_plan(planner: StaffMember, clock: StillClock, **selection: Any) -> NewBulk:
    return NewBulk(
        planner.staff_id, planner.name, {}, CallSelection(**selection), clock.now() + timedelta(minutes=10)
    )


async def is_conserved(bulks: BulkStore, bulk_id: int) -> Counter[str]:
    """Check that every planned call is in exactly one state, and return how many are in which."""
    bulk = await bulks.get(bulk_id)
    assert sum(bulk.counts.values()) == bulk.total
    return Counter({state.value: n for state, n in bulk.counts.items() if n})


async def items(bulks: BulkStore, bulk_id: int) -> dict[int, tuple[str, str | None]]:
    return {item.salon_id: (item.state.value, item.outcome) for item in await bulks.items(bulk_id, None, 200)}


async def worked(calls: CallStore, chance: random.Random, clock: StillClock) -> None:
    """Work whatever is due, to a random end."""
    for call in await calls.claim_due(chance.randint(1, 4)):
        number = await calls.begin_attempt(call, "callback")
        assert number is not None
        await calls.finish_attempt(call, number, http_status=200)
        end = chance.choice(["active", "failed", "delayed"])
        if end == "active":
            assert await calls.settle_active(call)
        elif end == "failed":
            assert await calls.settle_failed(call, PartnerState.REFUSED, "not_requested", None)
        else:
            later = clock.now() + timedelta(hours=1)
            await calls.retry_at(call, later, "partner_unavailable", outcome_unknown=True)


@pytest.mark.parametrize("seed", range(4))
async def test_what_was_planned_is_what_is_carried_out_neither_more_nor_less(
    db: Storage, clock: StillClock, bulks: BulkStore, planner: StaffMember, seed: int
) -> None:
    chance, calls = random.Random(seed), CallStore(db, BOX, "me")
    await linked(db, clock)
    fates = {salon_id: chance.choice(FATES) for salon_id in SALONS}
    for salon_id, fate in fates.items():
        await meet(db, salon_id, fate)
    bulk_id = await bulks.plan(a_plan(planner, clock))
    expected = {salon_id for salon_id, fate in fates.items() if fate in REPAIRABLE}
    bulk = await bulks.get(bulk_id)
    assert (bulk.total, bulk.excluded) == (len(expected), len(SALONS) - len(expected))
    assert set(await items(bulks, bulk_id)) == expected
    await bulks.start(bulk_id, "после сбоя")

    lost = chance.sample(sorted(expected), 2)  # their phones are unlinked before their turn, perhaps
    while not await bulks.finish(bulk_id):
        await bulks.settle(bulk_id, is_token_refused=False)
        while await bulks.begin_next(bulk_id, AT_ONCE):
            counted = await is_conserved(bulks, bulk_id)
            assert counted["running"] <= AT_ONCE
        if lost:
            await meet(db, lost.pop(), "unlinked")
        await worked(calls, chance, clock)
        await is_conserved(bulks, bulk_id)

    assert (await bulks.get(bulk_id)).state is BulkState.DONE
    ended = await items(bulks, bulk_id)
    nonces = await db.read(
        lambda tx: tx.sql(
            "SELECT i.salon_id, p.nonce FROM partner_calls p JOIN installs i ON i.id = p.install_id"
        )
    )
    skipped = {salon_id for salon_id, (state, _) in ended.items() if state == "skipped"}
    assert {row["salon_id"] for row in nonces if row["nonce"]} == expected - skipped
    assert {row["nonce"] for row in nonces} <= {0, 1}
    await each_item_says_what_its_call_says(db, ended)


async def each_item_says_what_its_call_says(db: Storage, ended: dict[int, tuple[str, str | None]]) -> None:
    statement = """
        SELECT i.salon_id, p.state, p.error_code FROM partner_calls p JOIN installs i ON i.id = p.install_id
    """
    calls = {row["salon_id"]: row for row in await db.read(lambda tx: tx.sql(statement))}
    word = {"done": "succeeded", "failed": "failed", "waiting": "delayed"}
    for salon_id, (state, outcome) in ended.items():
        if state != "skipped":
            call = calls[salon_id]
            assert (state, outcome) == (word[call["state"]], call["error_code"])


async def test_many_processes_begin_each_call_once(
    db: Storage, clock: StillClock, bulks: BulkStore, planner: StaffMember
) -> None:
    await linked(db, clock)
    for salon_id in SALONS:
        await meet(db, salon_id, "failed")
    bulk_id = await bulks.plan(a_plan(planner, clock))
    await bulks.start(bulk_id, "после сбоя")

    async def process() -> None:
        while (await bulks.get(bulk_id)).counts[BulkItemState.PENDING]:
            await bulks.begin_next(bulk_id, len(SALONS))

    await asyncio.gather(*(process() for _ in range(6)))
    assert await is_conserved(bulks, bulk_id) == {"running": len(SALONS)}
    rows = await db.read(lambda tx: tx.sql("SELECT DISTINCT nonce, state FROM partner_calls"))
    assert rows == [{"nonce": 1, "state": "waiting"}]


async def test_a_plan_that_nobody_started_in_time_is_void(
    db: Storage, clock: StillClock, bulks: BulkStore, planner: StaffMember
) -> None:
    await linked(db, clock)
    bulk_id = await bulks.plan(a_plan(planner, clock, states=()))
    clock.move(601)
    assert (await bulks.get(bulk_id)).state is BulkState.EXPIRED
    with pytest.raises(GatewayError, match="bulk_plan_expired"):
        await bulks.start(bulk_id, "поздно")
    await bulks.expire()
    with pytest.raises(GatewayError, match="bulk_plan_expired"):
        await bulks.start(bulk_id, "поздно")
    assert await is_conserved(bulks, bulk_id) == {"cancelled": len(SALONS)}
    assert not await bulks.begin_next(bulk_id, AT_ONCE)


async def test_a_plan_of_nothing_is_refused_and_leaves_no_trace(
    db: Storage, clock: StillClock, bulks: BulkStore, planner: StaffMember
) -> None:
    with pytest.raises(GatewayError, match="bulk_empty"):
        await bulks.plan(a_plan(planner, clock))
    assert await bulks.newest(10) == []


async def test_calls_that_others_moved_on_meanwhile_end_their_items_as_they_stand(
    db: Storage, clock: StillClock, bulks: BulkStore, planner: StaffMember
) -> None:
    await linked(db, clock)
    for salon_id in SALONS:
        await meet(db, salon_id, "failed")
    bulk_id = await bulks.plan(a_plan(planner, clock))
    await bulks.start(bulk_id, "после сбоя")
    while await bulks.begin_next(bulk_id, len(SALONS)):
        pass
    installs = InstallStore(db, BOX)
    await installs.apply_partner_status(1, "uninstalled", reason="test")
    await installs.apply_partner_status(2, "freezed", reason="test")
    await installs.apply_partner_status(3, "active", reason="test")
    of_salon = "WHERE install_id = (SELECT id FROM installs WHERE salon_id = %s)"
    await db.write(lambda tx: tx.count(f"UPDATE partner_calls SET state = 'held' {of_salon}", 4))
    await db.write(lambda tx: tx.count(f"UPDATE partner_calls SET nonce = 9 {of_salon}", 5))
    assert await bulks.settle(bulk_id, is_token_refused=False) == 5
    ended = await items(bulks, bulk_id)
    assert [ended[salon_id] for salon_id in range(1, 7)] == [
        ("skipped", "install_not_current"), ("skipped", "install_frozen"), ("succeeded", None),
        ("skipped", "call_not_waiting"), ("delayed", None), ("running", None),
    ]  # fmt: skip
    await bulks.settle(bulk_id, is_token_refused=True)
    assert (await items(bulks, bulk_id))[6] == ("delayed", "token_refused")
    assert await bulks.finish(bulk_id)


async def test_the_version_of_a_bulk_retry_is_the_number_of_its_last_event(
    db: Storage, clock: StillClock, bulks: BulkStore, planner: StaffMember
) -> None:
    await linked(db, clock)
    bulk_id = await bulks.plan(a_plan(planner, clock))
    versions = [(await bulks.get(bulk_id)).version]
    await bulks.start(bulk_id, "после сбоя")
    versions.append((await bulks.get(bulk_id)).version)
    await bulks.cancel(bulk_id)
    versions.append((await bulks.get(bulk_id)).version)
    events = await db.read(
        lambda tx: tx.sql("SELECT id, data FROM marketplace_events WHERE type = 'bulk_changed' ORDER BY id")
    )
    assert [event["id"] for event in events] == versions
    assert [event["data"] for event in events] == [{"bulk_id": bulk_id}] * 3
