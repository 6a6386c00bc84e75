"""What every session store must do. To hold one to it, subclass the suite and give it a `driver` fixture."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest

from gateway.domain.errors import GatewayError
from gateway.domain.session_records import (
    RECEIVED,
    Desired,
    Lease,
    MessageBatch,
    SendRecord,
    SendStatus,
    SessionEvent,
    SessionRecord,
)
from gateway.whatsapp.store import SessionStore
from shared.vocabulary import PairingMethod, PasskeyStage, WhatsappState
from tests.support.waiting import until

NOW = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FAR_AHEAD = datetime(2100, 1, 1, tzinfo=UTC)
TTL_S = 30.0


class StoreDriver(Protocol):
    """A store under test and what the suite must be able to do around it."""

    @property
    def store(self) -> SessionStore:
        """The store, empty."""

    async def salon(self) -> int:
        """Return another salon that has an open install and no session; ids grow."""

    async def salon_without_install(self) -> int:
        """Return a salon nobody has installed."""

    async def let_leases_run_out(self) -> None:
        """Let the end of every lease be past."""

    async def bury(self, owner: str) -> None:
        """Let it be known that the process `owner` is dead."""


class SessionStoreSuite:
    """The rules of `gateway.whatsapp.store`, one by one."""

    @pytest.fixture
    def store(self, driver: StoreDriver) -> SessionStore:
        """Return the store under test."""
        return driver.store

    # ------------------------------------------------------------------------------ rows

    async def test_a_new_row_is_stopped_and_needs_nobody(
        self, driver: StoreDriver, store: SessionStore
    ) -> None:
        salon = await driver.salon()
        record = await store.open(salon, "simulator", NOW)
        assert (record.salon_id, record.adapter) == (salon, "simulator")
        assert (record.desired, record.state) == (Desired.STOPPED, WhatsappState.STOPPED)
        assert (record.since, record.created_at) == (NOW, NOW)
        assert (record.generation, record.last_seq, record.lease_epoch) == (0, 0, 0)
        assert record.needs_owner_at is None
        assert await store.load(salon) == record

    async def test_opening_again_returns_the_row_that_is_there(
        self, driver: StoreDriver, store: SessionStore
    ) -> None:
        record = await running_row(driver)
        assert await store.open(record.salon_id, "another", FAR_AHEAD) == record

    async def test_a_salon_without_an_open_install_gets_no_row(
        self, driver: StoreDriver, store: SessionStore
    ) -> None:
        salon = await driver.salon_without_install()
        with pytest.raises(GatewayError) as refused:
            await store.open(salon, "simulator", NOW)
        assert refused.value.code == "install_gone"
        assert await store.load(salon) is None

    async def test_every_field_comes_back_as_it_was_written(
        self, driver: StoreDriver, store: SessionStore
    ) -> None:
        record = await running_row(driver)
        full = replace(
            record, adapter="another", state=WhatsappState.PAIRING, since=NOW, generation=7, engine_generation=6,
            method=PairingMethod.CODE, pairing_started_at=NOW, qr_sealed=b"\x00qr", qr_seq=3, qr_issued_at=NOW,
            qr_expires_at=FAR_AHEAD, code_sealed=b"code\xff", code_phone_sealed=b"phone",
            code_phone_masked="+7 *** ***-12-34", code_issued_at=NOW, code_expires_at=FAR_AHEAD, code_requests=4,
            code_answers=3, code_error="rate_limited", code_requested_at=(LONG_AGO, NOW),
            credentials_sealed=b"\x00\x01", account_sealed=b"\x02", account_phone_masked="+7 *** ***-56-78",
            linked_at=NOW, unlink=True, error="internal", error_at=NOW, banned_until=FAR_AHEAD,
            engine_version="9", needs_owner_at=FAR_AHEAD, passkey_stage=PasskeyStage.CONFIRM,
            passkey_expires_at=NOW, earlier_account_sealed=b"\x03", earlier_phone_masked="+7 *** ***-90-12",
            expected_phone_masked="+7 *** ***-34-56",
        )  # fmt: skip
        saved = await store.save(full)
        assert saved is not None
        assert replace(saved, version=full.version) == full
        assert await store.load(record.salon_id) == saved
        emptied = replace(
            saved, qr_sealed=None, qr_issued_at=None, qr_expires_at=None, code_sealed=None, code_issued_at=None,
            code_expires_at=None, code_requested_at=(), credentials_sealed=None, unlink=False,
        )  # fmt: skip
        again = await store.save(emptied)
        assert again is not None
        assert replace(again, version=emptied.version) == emptied

    async def test_a_writer_who_read_an_older_version_is_refused_and_writes_nothing(
        self, driver: StoreDriver, store: SessionStore
    ) -> None:
        record = await running_row(driver)
        newer = await store.save(replace(record, error="first"))
        assert newer is not None
        assert newer.version != record.version
        position = await store.last_position()
        assert await store.save(replace(record, error="second"), [_event(record, 2)]) is None
        assert await store.load(record.salon_id) == newer
        assert await store.last_position() == position

    async def test_of_writers_at_the_same_moment_one_wins(
        self, driver: StoreDriver, store: SessionStore
    ) -> None:
        record = await running_row(driver)
        rivals = [store.save(replace(record, error=f"writer {n}"), [_event(record, 2)]) for n in range(5)]
        outcomes = [saved for saved in await asyncio.gather(*rivals) if saved is not None]
        assert len(outcomes) == 1
        assert await store.load(record.salon_id) == outcomes[0]
        assert [stored.event.seq for stored in await store.events_after(0, 100)] == [1, 2]

    async def test_saving_never_touches_the_lease(self, driver: StoreDriver, store: SessionStore) -> None:
        await running_row(driver)
        (claimed,) = await store.claim("a", TTL_S, limit=10)
        saved = await store.save(replace(claimed, lease_owner=None, lease_epoch=99, lease_expires_at=None))
        assert saved is not None
        assert (saved.lease_owner, saved.lease_epoch) == ("a", claimed.lease_epoch)
        assert saved.lease_expires_at == claimed.lease_expires_at

    async def test_rows_are_listed_in_order_of_salon_and_in_pages(
        self, driver: StoreDriver, store: SessionStore
    ) -> None:
        salons = sorted([(await running_row(driver)).salon_id for _ in range(3)])
        assert [record.salon_id for record in await store.list(0, 2)] == salons[:2]
        assert [record.salon_id for record in await store.list(salons[1], 2)] == salons[2:]

    # ------------------------------------------------------------------------------ removal

    async def test_a_deleted_row_is_gone_with_its_messages(
        self, driver: StoreDriver, store: SessionStore
    ) -> None:
        record = await running_row(driver)
        await store.queue_send(_send(record.salon_id, "one"), per_minute=9)
        assert await store.delete(record, [_event(record, 2, "session.removed")])
        assert await store.load(record.salon_id) is None
        assert await store.load_send(record.salon_id, "one") is None
        assert (await store.events_after(0, 100))[-1].event.type == "session.removed"
        assert not await store.delete(record)

    async def test_nobody_deletes_a_row_that_moved_on(self, driver: StoreDriver, store: SessionStore) -> None:
        record = await running_row(driver)
        newer = await store.save(record)
        assert not await store.delete(record, [_event(record, 2, "session.removed")])
        assert await store.load(record.salon_id) == newer

    async def test_counters_never_start_anew_for_a_salon(
        self, driver: StoreDriver, store: SessionStore
    ) -> None:
        record = await running_row(driver)
        saved = await store.save(replace(record, generation=4, engine_generation=4))
        assert saved is not None
        assert await store.delete(replace(saved, last_seq=9))
        reborn = await store.open(record.salon_id, "simulator", NOW)
        assert (reborn.generation, reborn.last_seq) == (4, 9)
        assert await store.save(replace(saved, state=WhatsappState.CONNECTED)) is None, (
            "a writer of an earlier life"
        )
        assert await store.load(record.salon_id) == reborn

    # ------------------------------------------------------------------------------ leases

    async def test_only_rows_that_need_an_owner_now_are_claimed(
        self, driver: StoreDriver, store: SessionStore
    ) -> None:
        due, later, never = await running_row(driver), await running_row(driver), await running_row(driver)
        await store.save(replace(later, needs_owner_at=FAR_AHEAD))
        await store.save(replace(never, needs_owner_at=None))
        claimed = await store.claim("a", TTL_S, limit=10)
        assert [record.salon_id for record in claimed] == [due.salon_id]
        assert (claimed[0].lease_owner, claimed[0].lease_epoch) == ("a", 1)
        assert claimed[0].version != due.version
        assert await store.load(due.salon_id) == claimed[0]

    async def test_a_held_lease_is_nobody_elses_nor_taken_twice(
        self, driver: StoreDriver, store: SessionStore
    ) -> None:
        await running_row(driver)
        assert len(await store.claim("a", TTL_S, limit=10)) == 1
        assert await store.claim("b", TTL_S, limit=10) == []
        assert await store.claim("a", TTL_S, limit=10) == []

    async def test_claims_at_the_same_moment_share_the_rows(
        self, driver: StoreDriver, store: SessionStore
    ) -> None:
        salons = {(await running_row(driver)).salon_id for _ in range(4)}
        claims = await asyncio.gather(*(store.claim(owner, TTL_S, limit=10) for owner in "abcd"))
        taken = [record.salon_id for claim in claims for record in claim]
        rest = [record.salon_id for record in await store.claim("e", TTL_S, limit=10)]
        assert sorted(taken + rest) == sorted(salons)

    async def test_a_claim_keeps_to_its_limit_and_to_the_salons_asked(
        self, driver: StoreDriver, store: SessionStore
    ) -> None:
        salons = [(await running_row(driver)).salon_id for _ in range(3)]
        (asked,) = await store.claim("a", TTL_S, limit=10, salon_ids={salons[1]})
        assert asked.salon_id == salons[1]
        assert len(await store.claim("a", TTL_S, limit=1)) == 1
        assert await store.claim("a", TTL_S, limit=10, salon_ids=set()) == []

    async def test_a_lease_that_ran_out_is_free_for_another(
        self, driver: StoreDriver, store: SessionStore
    ) -> None:
        await running_row(driver)
        (first,) = await store.claim("a", TTL_S, limit=10)
        await driver.let_leases_run_out()
        (second,) = await store.claim("b", TTL_S, limit=10)
        assert (second.lease_owner, second.lease_epoch) == ("b", first.lease_epoch + 1)
        assert await store.save(replace(first, error="late")) is None, "the former owner's writes are refused"
        assert await store.renew("a", TTL_S) == {}

    async def test_a_former_owner_can_change_nothing_of_the_session_any_more(
        self, driver: StoreDriver, store: SessionStore
    ) -> None:
        await running_row(driver)
        (first,) = await store.claim("a", TTL_S, limit=10)
        message = await store.queue_send(_send(first.salon_id, "ref"), per_minute=30)
        await driver.let_leases_run_out()
        (second,) = await store.claim("b", TTL_S, limit=10)
        told = await store.last_position()
        event = SessionEvent(first.salon_id, first.last_seq + 1, 1, "session.connected", NOW, {})
        assert await store.save(replace(first, error="late", last_seq=first.last_seq + 1), [event]) is None
        assert not await store.delete(first)
        sending = replace(message, status=SendStatus.SENDING)
        old, new = Lease("a", first.lease_epoch), Lease("b", second.lease_epoch)
        assert not await store.move_send(sending, expected=SendStatus.QUEUED, lease=old)
        assert not await store.move_send(
            sending, expected=SendStatus.QUEUED, lease=replace(new, epoch=first.lease_epoch)
        )
        assert await store.renew("a", TTL_S) == {}
        await store.release("a", first.salon_id, first.lease_epoch)
        assert await store.load(first.salon_id) == second
        assert await store.load_send(first.salon_id, "ref") == message
        assert await store.last_position() == told
        assert await store.move_send(sending, expected=SendStatus.QUEUED, lease=new)

    async def test_the_lease_of_a_dead_process_is_free_at_once(
        self, driver: StoreDriver, store: SessionStore
    ) -> None:
        await running_row(driver)
        (first,) = await store.claim("a", TTL_S, limit=10)
        await driver.bury("a")
        (second,) = await store.claim("b", TTL_S, limit=10)
        assert (second.lease_owner, second.lease_epoch) == ("b", first.lease_epoch + 1)

    async def test_renewing_extends_what_is_held_and_changes_no_version(
        self, driver: StoreDriver, store: SessionStore
    ) -> None:
        record = await running_row(driver)
        (claimed,) = await store.claim("a", TTL_S, limit=10)
        await driver.let_leases_run_out()
        assert await store.renew("a", TTL_S) == {record.salon_id: claimed.lease_epoch}
        assert await store.claim("b", TTL_S, limit=10) == []
        renewed = await store.load(record.salon_id)
        assert renewed is not None
        assert renewed.version == claimed.version

    async def test_a_released_lease_is_free_at_once_and_the_epoch_goes_on(
        self, driver: StoreDriver, store: SessionStore
    ) -> None:
        record = await running_row(driver)
        (first,) = await store.claim("a", TTL_S, limit=10)
        await store.release("a", record.salon_id, first.lease_epoch)
        freed = await store.load(record.salon_id)
        assert freed is not None
        assert freed.lease_owner is None
        (second,) = await store.claim("b", TTL_S, limit=10)
        assert second.lease_epoch == first.lease_epoch + 1

    async def test_releasing_what_is_not_held_does_nothing(
        self, driver: StoreDriver, store: SessionStore
    ) -> None:
        record = await running_row(driver)
        (held,) = await store.claim("a", TTL_S, limit=10)
        await store.release("b", record.salon_id, held.lease_epoch)
        await store.release("a", record.salon_id, held.lease_epoch + 1)
        assert await store.renew("a", TTL_S) == {record.salon_id: held.lease_epoch}

    # ------------------------------------------------------------------------------ events

    async def test_events_come_back_in_order_from_any_position(
        self, driver: StoreDriver, store: SessionStore
    ) -> None:
        record = await running_row(driver)
        position = await store.last_position()
        events = [_event(record, 2), _event(record, 3, "session.connected")]
        await store.save(replace(record, last_seq=3), events)
        told = await store.events_after(position, 10)
        assert [stored.event for stored in told] == events
        assert told[0].position < told[1].position == await store.last_position()
        assert [stored.event.seq for stored in await store.events_after(told[0].position, 10)] == [3]
        assert [stored.event.seq for stored in await store.events_after(position, 1)] == [2]
        assert await store.events_after(told[1].position, 10) == []

    # ------------------------------------------------------------------------------ messages

    async def test_a_message_is_kept_once_for_its_reference(
        self, driver: StoreDriver, store: SessionStore
    ) -> None:
        record, other = await running_row(driver), await running_row(driver)
        first = await store.queue_send(_send(record.salon_id, "ref"), per_minute=9)
        again = await store.queue_send(
            replace(first, payload_sealed=b"something else", at=FAR_AHEAD), per_minute=9
        )
        assert again == first
        assert await store.load_send(record.salon_id, "ref") == first
        assert await store.load_send(other.salon_id, "ref") is None

    async def test_open_messages_are_the_queued_and_the_begun_oldest_first(
        self, driver: StoreDriver, store: SessionStore
    ) -> None:
        record = await running_row(driver)
        for minute, ref in enumerate(["c", "b", "a"]):
            await store.queue_send(
                _send(record.salon_id, ref, at=NOW + timedelta(minutes=minute)), per_minute=9
            )
        begun = _send(record.salon_id, "b", at=NOW, status=SendStatus.SENDING)
        assert await store.move_send(begun, expected=SendStatus.QUEUED)
        done = _send(record.salon_id, "c", status=SendStatus.SENT, payload=None, message_id="m1")
        assert await store.move_send(done, expected=SendStatus.QUEUED)
        still_open = await store.open_sends(record.salon_id, 10)
        assert [(send.client_ref, send.status) for send in still_open] == [
            ("b", SendStatus.SENDING),
            ("a", SendStatus.QUEUED),
        ]
        assert len(await store.open_sends(record.salon_id, 1)) == 1

    async def test_a_message_moves_only_from_where_it_is_expected(
        self, driver: StoreDriver, store: SessionStore
    ) -> None:
        record = await running_row(driver)
        queued = await store.queue_send(_send(record.salon_id, "ref"), per_minute=9)
        sent = replace(queued, status=SendStatus.SENT, payload_sealed=None, message_id="m1")
        assert not await store.move_send(sent, expected=SendStatus.SENDING)
        assert await store.load_send(record.salon_id, "ref") == queued
        assert await store.move_send(sent, expected=SendStatus.QUEUED)
        assert await store.load_send(record.salon_id, "ref") == sent
        assert not await store.move_send(_send(record.salon_id, "unknown"), expected=SendStatus.QUEUED)

    async def test_a_salon_has_so_many_messages_a_minute(
        self, driver: StoreDriver, store: SessionStore
    ) -> None:
        record, other = await running_row(driver), await running_row(driver)
        for second in range(2):
            at = NOW + timedelta(seconds=10 * second)
            await store.queue_send(_send(record.salon_id, f"{second}", at=at), per_minute=2)
        late = _send(record.salon_id, "more", at=NOW + timedelta(seconds=20))
        with pytest.raises(GatewayError) as caught:
            await store.queue_send(late, per_minute=2)
        assert (caught.value.code, caught.value.params) == ("rate_limited", {"retry_after": "40"})
        assert await store.load_send(record.salon_id, "more") is None
        await store.queue_send(_send(record.salon_id, "1", at=late.at), per_minute=2)
        await store.queue_send(_send(other.salon_id, "more", at=late.at), per_minute=2)
        await store.queue_send(replace(late, at=NOW + timedelta(seconds=60)), per_minute=2)

    async def test_messages_at_the_same_moment_are_counted_together(
        self, driver: StoreDriver, store: SessionStore
    ) -> None:
        record = await running_row(driver)
        asked = [store.queue_send(_send(record.salon_id, f"{number}"), per_minute=3) for number in range(8)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert sum(isinstance(answer, SendRecord) for answer in answers) == 3

    async def test_messages_that_came_in_are_kept_once_with_one_event(
        self, driver: StoreDriver, store: SessionStore
    ) -> None:
        await running_row(driver)
        (owned,) = await store.claim("a", TTL_S, limit=10)
        position = await store.last_position()
        assert await store.keep_messages(owned, [_batch(owned, RECEIVED, "m1", content=b"sealed")])
        assert await store.keep_messages(owned, [_batch(owned, RECEIVED, "m1", "m2")])
        assert await store.keep_messages(owned, [_batch(owned, RECEIVED, "m2")])
        assert await store.keep_messages(owned, [_batch(owned, "read", "m1")])
        told = [stored.event for stored in await store.events_after(position, 10)]
        assert [event.data["ids"] for event in told] == [["m1"], ["m2"], ["m1"]]
        assert await store.load_content(owned.salon_id, "m1") == b"sealed"
        assert await store.load_content(owned.salon_id, "m2") is None
        assert await store.load(owned.salon_id) == owned

    async def test_whoever_lost_the_session_keeps_no_messages(
        self, driver: StoreDriver, store: SessionStore
    ) -> None:
        await running_row(driver)
        (owned,) = await store.claim("a", TTL_S, limit=10)
        position = await store.last_position()
        for stale in (
            replace(owned, lease_owner="b"),
            replace(owned, lease_epoch=owned.lease_epoch + 1),
            replace(owned, generation=owned.generation + 1),
        ):
            assert not await store.keep_messages(stale, [_batch(stale, RECEIVED, "m1")])
        assert await store.save(replace(owned, desired=Desired.STOPPED))
        assert not await store.keep_messages(owned, [_batch(owned, RECEIVED, "m1")])
        assert await store.events_after(position, 10) == []

    # ------------------------------------------------------------------------------ wake-ups

    async def test_watchers_hear_of_every_kind_of_change(
        self, driver: StoreDriver, store: SessionStore
    ) -> None:
        record = await running_row(driver)
        (claimed,) = await store.claim("a", TTL_S, limit=10)
        queued = _send(record.salon_id, "ref")

        async def save() -> None:
            assert await store.save(claimed, [_event(record, 2)])

        async def delete() -> None:
            current = await store.load(record.salon_id)
            assert current is not None
            assert await store.delete(current)

        for change in (
            save,
            lambda: store.queue_send(queued, per_minute=9),
            lambda: store.move_send(replace(queued, status=SendStatus.SENDING), expected=SendStatus.QUEUED),
            lambda: store.release("a", record.salon_id, claimed.lease_epoch),
            delete,
        ):
            heard: list[int | None] = []
            end = store.watch(heard.append)
            await change()
            await until(lambda heard=heard: _heard_of(heard, record.salon_id), timeout_s=5)  # type: ignore[misc]
            end()

    async def test_a_watch_that_ended_hears_nothing(self, driver: StoreDriver, store: SessionStore) -> None:
        record = await running_row(driver)
        over, going_on = list[int | None](), list[int | None]()
        end_first, end_second = store.watch(over.append), store.watch(going_on.append)
        end_first()
        over.clear()
        await store.save(record)
        await until(lambda: _heard_of(going_on, record.salon_id), timeout_s=5)
        end_second()
        assert over == []


async def _heard_of(heard: list[int | None], salon_id: int) -> bool:
    return salon_id in heard or None in heard


async def running_row(driver: StoreDriver) -> SessionRecord:
    """Return the row of another salon, wanted running and in need of an owner, with one event told."""
    opened = await driver.store.open(await driver.salon(), "simulator", NOW)
    wanted = replace(
        opened, desired=Desired.RUNNING, state=WhatsappState.STARTING, generation=1, last_seq=1,
        needs_owner_at=LONG_AGO,
    )  # fmt: skip
    saved = await driver.store.save(wanted, [_event(wanted, 1)])
    assert saved is not None
    return saved


def _event(record: SessionRecord, seq: int, kind: str = "session.starting") -> SessionEvent:
    return SessionEvent(
        record.salon_id, seq, record.generation, kind, NOW, {"reason": "created", "attempt": 2}
    )


def _batch(record: SessionRecord, kind: str, *message_ids: str, content: bytes | None = None) -> MessageBatch:
    def event(new: Sequence[str]) -> SessionEvent:
        told = {"ids": sorted(new)}
        return SessionEvent(
            record.salon_id, record.last_seq, record.generation, "message.received", NOW, told
        )

    return MessageBatch(kind, message_ids, NOW, event, content)


def _send(
    salon_id: int,
    client_ref: str,
    *,
    at: datetime = NOW,
    status: SendStatus = SendStatus.QUEUED,
    payload: bytes | None = b"sealed",
    message_id: str | None = None,
) -> SendRecord:
    return SendRecord(
        salon_id=salon_id, client_ref=client_ref, status=status, at=at, payload_sealed=payload,
        message_id=message_id,
    )  # fmt: skip
