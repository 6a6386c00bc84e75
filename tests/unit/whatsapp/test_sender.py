"""Sending the messages kept for a session."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from gateway.domain.session_records import Lease, SendRecord, SendStatus
from gateway.domain.sessions import SessionFault
from gateway.whatsapp.engine import EngineError
from gateway.whatsapp.seals import SessionSeals
from gateway.whatsapp.sender import Sender
from shared.vocabulary import WhatsappState
from tests.contract.simulator_bench import PlainSealer
from tests.fakes.clock import FakeClock, settle
from tests.fakes.session_store import InMemorySessionStore
from tests.unit.whatsapp.builders import build_record
from tests.unit.whatsapp.scripted import HANGS, Manners, ScriptedEngine

SALON = 42
SEALS = SessionSeals(PlainSealer())


class Bench:
    """A sender at work."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.store = InMemorySessionStore(self.clock)
        self.engine = ScriptedEngine(Manners())
        self.is_held = True
        self.lease = Lease("only", 1)
        self.sender = Sender(SALON, self.store, SEALS, self.clock, self.lease, lambda: self.is_held)
        self.store.rows[SALON] = build_record(WhatsappState.CONNECTED, lease_owner="only", lease_epoch=1)
        self.sender.opened(self.clock.now())
        self.task = asyncio.create_task(self.sender.run(self.engine))

    async def queue(self, ref: str, status: SendStatus = SendStatus.QUEUED) -> None:
        """Keep a message, in any status, and wake the sender."""
        sealed = SEALS.seal_message(SALON, "79990001122", "text")
        at = self.clock.now()
        await self.store.queue_send(
            SendRecord(salon_id=SALON, client_ref=ref, status=status, at=at, payload_sealed=sealed),
            per_minute=9,
        )
        self.sender.wake()
        await settle()

    async def send(self, ref: str) -> SendRecord:
        """Return a message as it is kept."""
        await settle()
        kept = await self.store.load_send(SALON, ref)
        assert kept is not None
        return kept


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """Return a sender that is ended afterwards."""
    made = Bench()
    yield made
    made.task.cancel()
    await asyncio.wait({made.task})


async def test_a_message_is_sent_and_its_content_forgotten(bench: Bench) -> None:
    await bench.queue("a")
    sent = await bench.send("a")
    assert (sent.status, sent.message_id, sent.payload_sealed) == (SendStatus.SENT, "message-1", None)
    bench.sender.wake()
    await settle()
    assert bench.engine.said == ["send a"]


async def test_a_message_somebody_else_began_to_send_is_not_sent_again(bench: Bench) -> None:
    await bench.queue("a", SendStatus.SENDING)
    sent = await bench.send("a")
    assert (sent.status, sent.error, sent.payload_sealed) == (SendStatus.UNKNOWN, "outcome_unknown", None)
    assert bench.engine.said == []


async def test_a_message_that_waited_too_long_is_not_sent_any_more(bench: Bench) -> None:
    bench.store.is_away = True
    bench.sender.wake()
    await settle()
    bench.store.is_away = False
    await bench.store.queue_send(
        SendRecord(salon_id=SALON, client_ref="old", status=SendStatus.QUEUED, at=bench.clock.now()),
        per_minute=9,
    )
    bench.store.is_away = True
    await bench.clock.advance(21)
    bench.store.is_away = False
    await bench.clock.advance(1)
    assert ((await bench.send("old")).status, bench.engine.said) == (SendStatus.FAILED, [])


async def test_a_refusal_of_the_engine_is_kept(bench: Bench) -> None:
    bench.engine.manners.send = EngineError(SessionFault.RECIPIENT_UNKNOWN)
    await bench.queue("a")
    sent = await bench.send("a")
    assert (sent.status, sent.error) == (SendStatus.FAILED, "recipient_unknown")


@pytest.mark.expects_log("send_outcome_unknown")
@pytest.mark.parametrize("manner", [RuntimeError("broke in the middle"), HANGS])
async def test_what_nobody_can_tell_is_unknown(bench: Bench, manner: object) -> None:
    bench.engine.manners.send = manner
    await bench.queue("a")
    await bench.clock.advance(76)
    assert (await bench.send("a")).status is SendStatus.UNKNOWN


async def test_an_engine_may_say_itself_that_the_outcome_is_unknown(bench: Bench) -> None:
    bench.engine.manners.send = EngineError(SessionFault.OUTCOME_UNKNOWN)
    await bench.queue("a")
    assert (await bench.send("a")).status is SendStatus.UNKNOWN


async def test_a_message_that_does_not_open_is_refused_and_the_next_one_sent(bench: Bench) -> None:
    damaged = SendRecord(salon_id=SALON, client_ref="a", status=SendStatus.QUEUED, at=bench.clock.now())
    await bench.store.queue_send(replace(damaged, payload_sealed=b"damaged"), per_minute=9)
    await bench.queue("b")
    assert ((await bench.send("a")).error, (await bench.send("b")).status) == (
        "store_corrupt",
        SendStatus.SENT,
    )


async def test_a_message_taken_back_meanwhile_is_not_sent(bench: Bench) -> None:
    going_on: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    bench.engine.manners.send = going_on
    for ref in ("holds up", "waits"):
        sealed = SEALS.seal_message(SALON, "79990001122", "text")
        bench.store.sends[SALON, ref] = SendRecord(
            salon_id=SALON,
            client_ref=ref,
            status=SendStatus.QUEUED,
            at=bench.clock.now(),
            payload_sealed=sealed,
        )
    bench.sender.wake()
    waiting = await bench.send("waits")
    await bench.store.move_send(replace(waiting, status=SendStatus.FAILED), expected=SendStatus.QUEUED)
    going_on.set_result("message-1")
    assert (await bench.send("holds up")).status is SendStatus.SENT
    assert (await bench.send("waits")).status is SendStatus.FAILED
    assert bench.engine.said == ["send holds up"]


async def test_the_sender_survives_an_absence_of_the_database(bench: Bench) -> None:
    bench.store.is_away = True
    bench.sender.wake()
    await bench.clock.advance(3)
    bench.store.is_away = False
    await bench.queue("a")
    await bench.clock.advance(2)
    assert (await bench.send("a")).status is SendStatus.SENT


async def test_a_sender_whose_session_is_anothers_touches_no_message(bench: Bench) -> None:
    bench.store.rows[SALON] = replace(bench.store.rows[SALON], lease_owner="another", lease_epoch=2)
    await bench.queue("waits")
    await bench.queue("under way there", SendStatus.SENDING)
    assert (await bench.send("waits")).status is SendStatus.QUEUED
    assert (await bench.send("under way there")).status is SendStatus.SENDING
    assert bench.engine.said == []


async def test_a_process_that_slept_after_it_took_a_message_does_not_send_it(bench: Bench) -> None:
    bench.is_held = False
    await bench.queue("a")
    sent = await bench.send("a")
    assert (sent.status, sent.error) == (SendStatus.FAILED, "whatsapp_not_connected")
    assert bench.engine.said == []
