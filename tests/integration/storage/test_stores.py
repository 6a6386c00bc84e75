"""Installs, calls and the inbox in Postgres: what is promised holds in the rows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from peewee import IntegrityError

from gateway.application.records import EntryFacts, NewWebhook
from gateway.domain.session_records import Desired
from gateway.storage.call_store import CallStore
from gateway.storage.database import Storage
from gateway.storage.event_store import EventStore
from gateway.storage.inbox_store import InboxStore
from gateway.storage.install_store import InstallStore
from gateway.storage.liveness import ProcessLiveness
from gateway.storage.secret_box import SecretBox
from gateway.storage.session_store import SqlSessionStore
from shared.vocabulary import PartnerState, Stage, WhatsappState
from tests.support.moments import StillClock

BOX = SecretBox(bytes(range(32)))
FACTS = EntryFacts(
    salon_id=962302, title="Ёлка", city="Москва", timezone="Europe/Moscow", partner_status="pending", signed=True,
    owner_user_id=7,
)  # fmt: skip


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
async def db(database_url: str, clock: StillClock) -> AsyncIterator[Storage]:
    made = Storage(database_url, pool_size=8, now=clock.now, patience_s=60.0)
    yield made
    await made.close()


@pytest.fixture
def installs(db: Storage) -> InstallStore:
    return InstallStore(db, BOX)


@pytest.fixture
def sessions(db: Storage) -> SqlSessionStore:
    return SqlSessionStore(db, BOX)


async def connected(sessions: SqlSessionStore, clock: StillClock, salon_id: int = 962302) -> None:
    row = await sessions.open(salon_id, "simulator", clock.now())
    moved = replace(
        row, desired=Desired.RUNNING, state=WhatsappState.CONNECTED, since=clock.now(), generation=1
    )
    assert await sessions.save(moved)


async def test_a_first_entry_opens_generation_one_and_writes_its_event(
    installs: InstallStore, db: Storage
) -> None:
    opened = await installs.open_for_entry(FACTS)
    assert (opened.outcome, opened.install.generation, opened.install.stage) == ("created", 1, Stage.NEW)
    (event,) = await EventStore(db).of_salon(962302)
    assert event.type == "registration_started"
    assert event.correlation == opened.install.correlation
    assert (await installs.newest(962302)).version == event.event_id  # type: ignore[union-attr]


async def test_a_hundred_simultaneous_entries_open_one_install(installs: InstallStore, db: Storage) -> None:
    opened = await asyncio.gather(*(installs.open_for_entry(FACTS) for _ in range(100)))
    assert sorted(each.outcome for each in opened).count("created") == 1
    rows = await db.read(lambda tx: tx.sql("SELECT count(*) AS n FROM installs"))
    assert rows[0]["n"] == 1


async def test_the_database_itself_refuses_a_second_open_install(installs: InstallStore, db: Storage) -> None:
    await installs.open_for_entry(FACTS)
    copy = """
        INSERT INTO installs (company_id, salon_id, is_newest, generation, partner_state, partner_since, stage,
            stage_since, registered_at, support_code, correlation)
        SELECT company_id, salon_id, false, 2, 'pending', now(), 'new', now(), now(), 'x', 'y' FROM installs
    """
    with pytest.raises(IntegrityError, match="installs_one_open_per_company"):
        await db.write(lambda tx: tx.count(copy))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE installs SET partner_state = 'frozen_wrong'",
        "UPDATE installs SET stage = 'odd'",
        "UPDATE installs SET closed_at = now()",
        "UPDATE installs SET partner_state = 'queued', api_key_sealed = NULL",
        "UPDATE companies SET yclients_id = -1",
    ],
)
async def test_states_that_make_no_sense_cannot_be_stored(
    installs: InstallStore, db: Storage, statement: str
) -> None:
    await installs.open_for_entry(FACTS)
    with pytest.raises(IntegrityError):
        await db.write(lambda tx: tx.count(statement))


async def test_a_linked_phone_queues_the_activation_in_the_same_transaction(
    installs: InstallStore, sessions: SqlSessionStore, clock: StillClock, db: Storage
) -> None:
    await installs.open_for_entry(FACTS)
    await connected(sessions, clock)
    install = await installs.newest(962302)
    assert install is not None
    assert (install.partner_state, install.stage) == (PartnerState.QUEUED, Stage.ACTIVATING)
    (call,) = await CallStore(db, BOX, "me").claim_due(5)
    assert len(bytes.fromhex(call.api_key)) == 32
    sealed = await db.read(lambda tx: tx.sql("SELECT api_key_sealed FROM installs"))
    assert call.api_key.encode() not in bytes(sealed[0]["api_key_sealed"])


async def test_queueing_again_changes_neither_the_key_nor_the_call(
    installs: InstallStore, sessions: SqlSessionStore, clock: StillClock, db: Storage
) -> None:
    await installs.open_for_entry(FACTS)
    await connected(sessions, clock)
    calls = CallStore(db, BOX, "me")
    (first,) = await calls.claim_due(5)
    await calls.release(first)
    assert not await installs.queue_activation(962302)
    (second,) = await calls.claim_due(5)
    assert (second.call_id, second.api_key) == (first.call_id, first.api_key)


async def test_two_workers_never_hold_the_same_call(
    installs: InstallStore, sessions: SqlSessionStore, clock: StillClock, db: Storage
) -> None:
    for salon_id in range(1, 21):
        await installs.open_for_entry(replace(FACTS, salon_id=salon_id))
        await connected(sessions, clock, salon_id)
    claimed = await asyncio.gather(*(CallStore(db, BOX, f"worker {n}").claim_due(7) for n in range(6)))
    ids = [call.call_id for calls in claimed for call in calls]
    assert len(ids) == len(set(ids)) == 20


async def test_a_fresh_owner_goes_before_a_backlog_that_leaves_room_for_the_next(
    installs: InstallStore, sessions: SqlSessionStore, clock: StillClock, db: Storage
) -> None:
    for salon_id in range(1, 9):
        await installs.open_for_entry(replace(FACTS, salon_id=salon_id))
        await connected(sessions, clock, salon_id)
    longer = "created_at - interval '1 day'"
    await db.write(
        lambda tx: tx.count(
            f"UPDATE partner_calls SET created_at = {longer}, next_attempt_at = {longer} WHERE id NOT IN "
            "(SELECT max(id) FROM partner_calls)"
        )
    )
    calls = CallStore(db, BOX, "me")
    claimed = await calls.claim_due(6, bulk=True)
    assert [(call.salon_id, call.is_backlog) for call in claimed] == [
        *((n, True) for n in range(1, 5)),
        (8, False),
    ]
    assert [call.salon_id for call in await calls.claim_due(9)] == [5, 6, 7]


async def test_a_worker_that_lost_its_claim_cannot_settle(
    installs: InstallStore, sessions: SqlSessionStore, clock: StillClock, db: Storage
) -> None:
    await installs.open_for_entry(FACTS)
    await connected(sessions, clock)
    slow, quick = CallStore(db, BOX, "slow"), CallStore(db, BOX, "quick")
    (mine,) = await slow.claim_due(1)
    await db.write(lambda tx: tx.count("UPDATE partner_calls SET claimed_until = now() - interval '1 s'"))
    (theirs,) = await quick.claim_due(1)
    assert await slow.begin_attempt(mine, "callback") is None
    assert not await slow.settle_active(mine)
    assert await quick.begin_attempt(theirs, "callback") == 1
    assert await quick.settle_active(theirs)
    install = await installs.newest(962302)
    assert install is not None
    assert install.partner_state is PartnerState.ACTIVE


async def test_what_a_dead_process_held_is_free_as_soon_as_it_is_buried(
    installs: InstallStore, sessions: SqlSessionStore, clock: StillClock, db: Storage
) -> None:
    await installs.open_for_entry(FACTS)
    await connected(sessions, clock)
    dead, living = ProcessLiveness(db, "dead"), ProcessLiveness(db, "living")
    await dead.stamp()
    await CallStore(db, BOX, "dead").claim_due(1)
    assert await living.bury_dead() == []  # its stamp is fresh
    await db.write(
        lambda tx: tx.count(
            "UPDATE process_liveness SET seen_at = now() - interval '5 s' WHERE owner = 'dead'"
        )
    )
    assert await living.bury_dead() == ["dead"]
    assert len(await CallStore(db, BOX, "living").claim_due(1)) == 1


async def test_a_process_whose_lock_is_held_is_not_buried_however_old_its_stamp(db: Storage) -> None:
    paused, living = ProcessLiveness(db, "paused"), ProcessLiveness(db, "living")
    await paused.stamp()
    await db.write(lambda tx: tx.count("UPDATE process_liveness SET seen_at = now() - interval '1 hour'"))
    await db.db.aconnect()
    await db.db.aexecute_sql("SELECT pg_advisory_lock(%s)", (paused.lock_key,))
    try:
        other = asyncio.create_task(living.bury_dead())
        assert await other == []
    finally:
        await db.db.aexecute_sql("SELECT pg_advisory_unlock(%s)", (paused.lock_key,))
        await db.db.aclose()


async def test_uninstall_closes_the_generation_and_forgets_its_keys(
    installs: InstallStore, sessions: SqlSessionStore, clock: StillClock, db: Storage
) -> None:
    await installs.open_for_entry(FACTS)
    await connected(sessions, clock)
    applied = await installs.apply_partner_status(962302, "uninstalled", reason="test")
    assert applied.must_drop_session
    (row,) = await db.read(lambda tx: tx.sql("SELECT * FROM installs"))
    assert row["partner_state"] == "uninstalled"
    assert row["api_key_sealed"] is row["webhook_key_sealed"] is row["webhook_key_digest"] is None
    assert await CallStore(db, BOX, "me").claim_due(5) == []
    assert list(await installs.sessions_of_closed_installs()) == [962302]
    again = await installs.open_for_entry(FACTS)
    assert (again.outcome, again.install.generation) == ("reinstalled", 2)


async def test_an_active_install_is_not_touched_by_another_entry(
    installs: InstallStore, sessions: SqlSessionStore, clock: StillClock, db: Storage
) -> None:
    await installs.open_for_entry(FACTS)
    await connected(sessions, clock)
    await installs.apply_partner_status(962302, "active", reason="test")
    before = await db.read(lambda tx: tx.sql("SELECT * FROM installs"))
    opened = await installs.open_for_entry(replace(FACTS, partner_status="active", owner_user_id=99))
    assert opened.outcome == "already_active"
    assert await db.read(lambda tx: tx.sql("SELECT * FROM installs")) == before


def webhook(salon_id: int | None, body: str = "{}", event: str = "uninstall") -> NewWebhook:
    return NewWebhook(
        proof="partner_token", kind="lifecycle", event=event, salon_id=salon_id, application_id=1, resource_id=None,
        body=body, digest=body.encode().ljust(32)[:32], sign_state=None, peer=None,
    )  # fmt: skip


async def test_a_salon_has_one_webhook_in_hand_and_they_keep_their_order(db: Storage) -> None:
    inbox = InboxStore(db, "me")
    for number in range(3):
        await inbox.accept(webhook(5, f"five {number}"))
        await inbox.accept(webhook(6, f"six {number}"))
    order: list[str] = []
    while claimed := await inbox.claim_due(10):
        assert len({each.salon_id for each in claimed}) == len(claimed)
        order += [each.body for each in claimed]
        for each in claimed:
            await inbox.finish(each, "kept", None)
    assert [body for body in order if body.startswith("five")] == ["five 0", "five 1", "five 2"]
    assert [body for body in order if body.startswith("six")] == ["six 0", "six 1", "six 2"]


async def test_webhooks_without_a_salon_are_kept_and_worked(db: Storage) -> None:
    inbox = InboxStore(db, "me")
    await inbox.accept(webhook(None))
    await inbox.accept(webhook(None))
    assert len(await inbox.claim_due(10)) == 2


async def test_an_identical_body_repeats_only_within_a_minute_and_one_generation(
    db: Storage, installs: InstallStore, clock: StillClock
) -> None:
    inbox = InboxStore(db, "me")
    first = (await installs.open_for_entry(FACTS)).install

    async def deliver() -> int | None:
        await inbox.accept(webhook(962302, "same"))
        (claimed,) = await inbox.claim_due(5)
        newest = await installs.newest(962302)
        await inbox.finish(
            claimed, "repeated" if claimed.repeats else "applied", newest.install_id if newest else None
        )
        return claimed.repeats

    assert await deliver() is None
    clock.move(30)
    assert await deliver() is not None
    clock.move(31)
    assert await deliver() is None, "a minute after the first that took effect"
    clock.move(1)
    await installs.apply_partner_status(962302, "uninstalled", reason="test")
    second = (await installs.open_for_entry(FACTS)).install
    assert second.install_id != first.install_id
    assert await deliver() is None, "the same words about another generation are news"


async def test_a_webhook_put_back_waits_and_keeps_its_place(db: Storage, clock: StillClock) -> None:
    inbox = InboxStore(db, "me")
    await inbox.accept(webhook(5, "one"))
    await inbox.accept(webhook(5, "two"))
    (claimed,) = await inbox.claim_due(5)
    await inbox.retry_later(claimed, 30, "partner away")
    assert await inbox.claim_due(5) == [], "the second may not overtake the first"
    clock.move(31)
    (again,) = await inbox.claim_due(5)
    assert (again.body, again.attempts) == ("one", 2)
