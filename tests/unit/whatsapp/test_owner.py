"""An owner with engines that misbehave in ways of their own."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from gateway.domain.session_records import Desired
from gateway.domain.sessions import CloseCause, SessionFault
from gateway.whatsapp.engine import EngineError
from gateway.whatsapp.pool import ReconcilingPool
from shared.vocabulary import PairingMethod, WhatsappState
from tests.contract.simulator_bench import PlainSealer, WatchfulStore
from tests.fakes.clock import FakeClock, settle
from tests.unit.whatsapp.scripted import ACCOUNT, HANGS, Manners, ScriptedEngine, ScriptedEngines

W = WhatsappState
SALON = 42
PHONE = "79161234567"


class Bench:
    """One pool over scripted engines."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.store = WatchfulStore(self.clock)
        self.engines = ScriptedEngines()
        self.pool = ReconcilingPool(
            self.store, PlainSealer(), self.engines, self.clock, owner="only", rng=random.Random(3)
        )

    @property
    def engine(self) -> ScriptedEngine:
        """The newest engine."""
        return self.engines.made[-1]

    async def state(self) -> WhatsappState:
        """Return the session's state after everybody has finished."""
        await settle()
        return (await self.pool.get(SALON)).state

    async def begin(self, *manners: Manners) -> ScriptedEngine:
        """Start the session with engines of these manners."""
        self.engines.manners = list(manners) or [Manners()]
        await self.pool.restore()
        await self.pool.ensure(SALON, pairing=PairingMethod.QR)
        await settle()
        return self.engine

    async def show(self, *manners: Manners) -> ScriptedEngine:
        """Start the session and show its first QR."""
        engine = await self.begin(*manners)
        assert await engine.sink.qr("text", 60)
        return engine

    async def link(self, *manners: Manners) -> ScriptedEngine:
        """Start the session and bring it to connected, without any restart of the stream."""
        engine = await self.show(*manners)
        assert await engine.sink.paired(b"credentials", ACCOUNT)
        assert await engine.sink.opened(ACCOUNT)
        return engine


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """Return a bench that is checked at its end."""
    made = Bench()
    yield made
    await made.clock.drive(made.pool.close())
    assert made.store.broken_rules == []
    assert made.pool.counters.defects == 0


async def test_an_engine_without_a_sign_of_life_is_ended_after_thirty_seconds(bench: Bench) -> None:
    first = await bench.begin()
    await bench.clock.advance(29.9)
    assert first.said == ["start"]
    await bench.clock.advance(0.2)
    assert first.said == ["start", "stop"]
    session = await bench.pool.get(SALON)
    assert (session.state, session.error) == (W.STARTING, "upstream_timeout")
    await bench.clock.advance(90)
    session = await bench.pool.get(SALON)
    assert (session.state, session.error) == (W.FAILED, "upstream_timeout")
    assert len(bench.engines.made) == 3


async def test_a_start_that_hangs_is_cut_off_too(bench: Bench) -> None:
    await bench.begin(Manners(start=HANGS), Manners())
    await bench.clock.advance(33)
    assert [engine.generation for engine in bench.engines.made] == [1, 2]
    assert await bench.engine.sink.qr("text", 60)


@pytest.mark.expects_log("engine_start_failed")
async def test_a_start_that_breaks_counts_as_a_crash(bench: Bench) -> None:
    await bench.begin(Manners(start=RuntimeError("a defect of the library")))
    session = await bench.pool.get(SALON)
    assert (session.state, session.error) == (W.STARTING, "engine_crashed")
    await bench.clock.advance(10)
    assert await bench.state() is W.FAILED


@pytest.mark.parametrize("fault", [SessionFault.ENGINE_MISSING, SessionFault.STORE_CORRUPT])
async def test_what_trying_again_cannot_mend_is_not_tried_again(bench: Bench, fault: SessionFault) -> None:
    await bench.begin(Manners(start=EngineError(fault)))
    session = await bench.pool.get(SALON)
    assert (session.state, session.error) == (W.FAILED, fault)
    await bench.clock.advance(600)
    assert len(bench.engines.made) == 1
    assert bench.store.log[-1].event.data["retryable"] is False


@pytest.mark.expects_log("engine_did_not_stop")
async def test_an_engine_that_does_not_stop_is_killed(bench: Bench) -> None:
    engine = await bench.show(Manners(stop=HANGS))
    await bench.clock.drive(bench.pool.stop(SALON), at_most_s=6)
    assert engine.said == ["start", "stop", "kill"]
    assert await bench.state() is W.STOPPED


async def test_what_an_engine_says_while_it_ends_concerns_nobody(bench: Bench) -> None:
    # I-10: a library that reports its own closing must not set off anything.
    engine = await bench.link(Manners(talks_while_stopping=True))
    await bench.clock.drive(bench.pool.stop(SALON))
    assert engine.answers == [False]
    assert await bench.state() is W.STOPPED
    assert bench.pool.counters.stale_reports == 1


async def test_an_ended_engine_gets_nothing_through(bench: Bench) -> None:
    first = await bench.show()
    await bench.pool.restart(SALON)
    await settle()
    assert bench.engine is not first
    assert not await first.sink.qr("old", 60)
    assert not await first.sink.paired(b"old", ACCOUNT)
    assert not await first.sink.opened(ACCOUNT)
    assert not await first.sink.closed(CloseCause.LOGGED_OUT)
    assert await bench.state() is W.STARTING
    assert bench.store.rows[SALON].credentials_sealed is None


async def test_a_report_that_races_with_a_restart_is_refused_by_the_row(bench: Bench) -> None:
    engine = await bench.show()
    row = bench.store.rows[SALON]
    bench.store.rows[SALON] = replace(row, version=row.version + 1000, generation=row.generation + 1)
    assert not await engine.sink.paired(b"late", ACCOUNT)
    assert bench.store.rows[SALON].credentials_sealed is None


async def test_stream_restarts_are_made_at_once_but_not_for_ever(bench: Bench) -> None:
    engine = await bench.show()
    assert await engine.sink.paired(b"credentials", ACCOUNT)
    for number in range(3):
        await bench.engine.sink.restart_required()
        await settle()
        assert len(bench.engines.made) == number + 2
        assert bench.engine.credentials == b"credentials"
    await bench.engine.sink.restart_required()
    await settle()
    assert len(bench.engines.made) == 4, "the next one waits a moment"
    await bench.clock.advance(1.5)
    assert len(bench.engines.made) == 5
    assert await bench.state() is W.LINKING


async def test_a_login_taken_over_from_a_killed_process_has_a_minute_too(bench: Bench) -> None:
    now = bench.clock.now()
    opened = await bench.store.open(SALON, "scripted", now)
    sealed = PlainSealer().seal(b"credentials", f"whatsapp_session:{SALON}:credentials")
    bench.store.rows[SALON] = replace(
        opened, desired=Desired.RUNNING, state=W.LINKING, generation=4, engine_generation=4,
        credentials_sealed=sealed, needs_owner_at=now,
    )  # fmt: skip
    await bench.pool.restore()
    await bench.clock.advance(59)
    assert [engine.credentials for engine in bench.engines.made] == [b"credentials"] * 2
    assert await bench.state() is W.LINKING
    await bench.clock.advance(2)
    session = await bench.pool.get(SALON)
    assert (session.state, session.error) == (W.FAILED, "upstream_timeout")
    assert bench.engine.said[-1] == "stop"


async def test_a_login_told_twice_is_one_login(bench: Bench) -> None:
    engine = await bench.link()
    before = await bench.pool.get(SALON)
    assert await engine.sink.opened(ACCOUNT)
    assert await bench.pool.get(SALON) == before


async def test_a_restart_of_a_connected_stream_is_a_reconnection(bench: Bench) -> None:
    engine = await bench.link()
    await engine.sink.restart_required()
    assert await bench.state() is W.RECONNECTING
    assert bench.engine is not engine
    await bench.engine.sink.opened(ACCOUNT)
    assert await bench.state() is W.CONNECTED


async def test_a_restart_asked_before_pairing_is_a_lost_connection(bench: Bench) -> None:
    engine = await bench.show()
    await engine.sink.restart_required()
    assert await bench.state() is W.STARTING
    await bench.clock.advance(2)
    assert bench.engine.credentials is None


@pytest.mark.expects_log("session_move_refused")
async def test_a_report_out_of_place_is_refused_and_counted(bench: Bench) -> None:
    engine = await bench.show()
    assert not await engine.sink.opened(ACCOUNT)
    assert await bench.state() is W.PAIRING
    assert bench.pool.counters.illegal_moves == 1


@pytest.mark.expects_log("session_move_refused")
async def test_an_end_out_of_place_leaves_no_session_without_an_engine(bench: Bench) -> None:
    engine = await bench.link()
    await engine.sink.closed(CloseCause.TEMP_BANNED)
    session = await bench.pool.get(SALON)
    assert (session.state, session.error) == (W.FAILED, "internal")


async def test_an_engine_that_reconnects_by_itself_has_five_minutes(bench: Bench) -> None:
    engine = await bench.link()
    assert await engine.sink.reconnecting(CloseCause.DROPPED)
    await bench.clock.advance(299)
    assert await engine.sink.reconnecting(CloseCause.DROPPED)
    assert engine.said == ["start"]
    await bench.clock.advance(2)
    assert engine.said[-1] == "stop"
    assert await bench.state() is W.RECONNECTING
    await bench.clock.advance(3)
    assert bench.engine.credentials == b"credentials"


async def test_a_flapping_connection_is_tried_with_growing_pauses(bench: Bench) -> None:
    await bench.link()
    starts = []
    for _ in range(5):
        await bench.engine.sink.closed(CloseCause.DROPPED)
        lost_at, engine = bench.clock.monotonic(), bench.engine
        await bench.clock.advance_until(lambda engine=engine: bench.engine is not engine)  # type: ignore[misc]
        starts.append(bench.clock.monotonic() - lost_at)
        await bench.engine.sink.opened(ACCOUNT)
    assert starts == sorted(starts)
    assert starts[-1] > 20
    await bench.clock.advance(60)
    await bench.engine.sink.closed(CloseCause.DROPPED)
    await bench.clock.advance(1.3)
    assert bench.engine.said == ["start"], "after a steady minute the pauses begin anew"


async def test_a_code_that_never_comes_is_given_up(bench: Bench) -> None:
    await bench.show(Manners(code=HANGS))
    request = bench.pool.request_pairing_code(SALON, PHONE)
    with pytest.raises(Exception, match="upstream_timeout"):
        await bench.clock.drive(request)
    assert bench.engine.said == ["start", f"code {PHONE}"]
    assert await bench.state() is W.PAIRING


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (EngineError(SessionFault.RATE_LIMITED), "rate_limited"),
        (EngineError(SessionFault.UPSTREAM_UNAVAILABLE), "upstream_unavailable"),
        ("too long a code", "internal"),
    ],
)
async def test_a_refused_code_is_reported_as_the_engine_put_it(
    bench: Bench, answer: object, code: str
) -> None:
    await bench.show(Manners(code=answer))
    with pytest.raises(Exception, match=code):
        await bench.clock.drive(bench.pool.request_pairing_code(SALON, PHONE))
    assert (await bench.pool.get(SALON)).pairing_code is None
    assert bench.store.log[-1].event.type == "session.pairing_code_failed"


async def test_credentials_that_do_not_open_stop_the_session(bench: Bench) -> None:
    await bench.link()
    row = bench.store.rows[SALON]
    bench.store.rows[SALON] = replace(
        row, version=row.version + 1000, credentials_sealed=b"sealed by another key"
    )
    await bench.pool.restart(SALON)
    assert await bench.state() is W.FAILED
    assert (await bench.pool.get(SALON)).error == "store_corrupt"
    assert bench.store.rows[SALON].credentials_sealed == b"sealed by another key", (
        "never deleted by itself (I-51)"
    )


@pytest.mark.expects_log("unlink_failed")
async def test_an_unlink_that_hangs_does_not_hold_up_a_removal(bench: Bench) -> None:
    engine = await bench.link(Manners(logout=HANGS))
    removal = await bench.clock.drive(bench.pool.remove(SALON), at_most_s=15)
    assert not removal.unlinked
    assert engine.said == ["start", "logout", "kill"]
    assert bench.store.rows == {}


async def test_a_qr_is_wiped_from_the_row_when_its_time_is_over(bench: Bench) -> None:
    await bench.show()
    await bench.clock.advance(62)
    row = bench.store.rows[SALON]
    assert (row.state, row.qr_sealed, row.qr_expires_at) == (W.PAIRING, None, None)


async def test_a_code_is_wiped_from_the_row_when_its_time_is_over(bench: Bench) -> None:
    engine = await bench.show()
    await bench.clock.drive(bench.pool.request_pairing_code(SALON, PHONE))
    for _ in range(8):
        await bench.clock.advance(19.9)
        await engine.sink.qr("next", 20)
    assert bench.store.rows[SALON].code_sealed is not None
    await bench.clock.advance(1)
    assert bench.store.rows[SALON].code_sealed is None


async def test_a_socket_that_never_ends_is_ended(bench: Bench) -> None:
    engine = await bench.show()
    for _ in range(17):
        await bench.clock.advance(9.9)
        await engine.sink.qr("next", 20)
    await bench.clock.advance(3)
    assert engine.said[-1] == "stop"
    assert bench.engine is not engine


async def test_the_database_being_away_delays_an_answer_and_loses_nothing(bench: Bench) -> None:
    engine = await bench.show()
    bench.store.is_away = True
    pairing = asyncio.create_task(engine.sink.paired(b"credentials", ACCOUNT))
    await bench.clock.advance(5)
    assert not pairing.done()
    bench.store.is_away = False
    await bench.clock.advance(2)
    assert await pairing
    assert await bench.state() is W.LINKING
