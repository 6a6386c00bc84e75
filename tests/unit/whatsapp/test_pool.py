"""The pool around its owners: leases, wake-ups, the end."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from gateway.domain.errors import DatabaseUnavailableError, EventsGoneError, GatewayError
from gateway.domain.session_records import Desired, SessionEvent, SessionRecord
from gateway.domain.sessions import CloseCause
from gateway.whatsapp.engine import Engine
from gateway.whatsapp.pool import ReconcilingPool
from shared.vocabulary import PairingMethod, WhatsappState
from tests.contract.simulator_bench import PlainSealer, SimulatorBench, WatchfulStore
from tests.fakes.clock import FakeClock, settle
from tests.unit.whatsapp.scripted import ACCOUNT, HANGS, Manners, ScriptedEngine, ScriptedEngines

W = WhatsappState
QR = PairingMethod.QR
SALON = 42


class DeafStore(WatchfulStore):
    """A store whose wake-ups are lost."""

    def _tell(self, salon_id: int) -> None:
        return


class SlowStore(WatchfulStore):
    """A store that takes its time."""

    hangs = False
    release_takes_s = 0.0

    async def release(self, owner: str, salon_id: int, epoch: int) -> None:
        """Release, later."""
        await self._clock.sleep(self.release_takes_s)
        await super().release(owner, salon_id, epoch)

    async def renew(self, owner: str, ttl_s: float) -> Mapping[int, int]:
        """Renew, or hang."""
        if self.hangs:
            await asyncio.get_running_loop().create_future()
        return await super().renew(owner, ttl_s)


class BrittleEngines(ScriptedEngines):
    """Fails in a way nobody foresaw, once."""

    has_failed = False

    def make(self) -> Engine:
        """Return a fresh engine, the second time."""
        if not self.has_failed:
            self.has_failed = True
            raise RuntimeError("a defect")
        return super().make()


@pytest.fixture
def clock() -> FakeClock:
    """Return a clock that stands still."""
    return FakeClock()


def _pool(
    store: WatchfulStore, engines: ScriptedEngines, clock: FakeClock, owner: str = "only"
) -> ReconcilingPool:
    return ReconcilingPool(store, PlainSealer(), engines, clock, owner=owner, rng=random.Random(1))


@pytest.fixture
async def bench() -> AsyncIterator[SimulatorBench]:
    """Return an empty world."""
    made = SimulatorBench()
    yield made
    await made.close()


async def test_a_lost_wake_up_only_delays(clock: FakeClock) -> None:
    store, engines = DeafStore(clock), ScriptedEngines()
    pool = _pool(store, engines, clock)
    await pool.restore()
    await pool.ensure(SALON, pairing=QR)
    await clock.advance(5.1)
    assert len(engines.made) == 1, "the sweep found it"
    await clock.drive(pool.close())


async def test_a_missed_wake_up_makes_everybody_look(clock: FakeClock) -> None:
    store, engines = WatchfulStore(clock), ScriptedEngines()
    pool = _pool(store, engines, clock)
    await pool.restore()
    await pool.ensure(SALON, pairing=QR)
    await settle()
    row = store.rows[SALON]
    store.rows[SALON] = replace(row, desired=Desired.STOPPED, version=row.version + 1000)
    pool._on_change(None)
    await settle()
    assert store.rows[SALON].state is W.STOPPED
    await clock.drive(pool.close())


@pytest.mark.expects_log("lease_lost")
async def test_an_owner_whose_lease_is_another_s_lets_go_and_writes_nothing(clock: FakeClock) -> None:
    store, engines = WatchfulStore(clock), ScriptedEngines()
    pool = _pool(store, engines, clock)
    await pool.restore()
    await pool.ensure(SALON, pairing=QR)
    await settle()
    stolen = replace(store.rows[SALON], lease_owner="another", lease_epoch=9, version=9999)
    store.rows[SALON] = stolen
    await clock.advance(10.5)
    assert engines.made[0].said == ["start", "kill"]
    assert store.rows[SALON] == stolen
    assert pool.counters.leases_lost == 1
    await clock.drive(pool.close())


@pytest.mark.parametrize(("owner", "epoch"), [("another", 2), ("only", 2)])
async def test_an_owner_that_sees_another_lease_in_the_row_lets_go_at_once(
    clock: FakeClock, owner: str, epoch: int
) -> None:
    store, engines = WatchfulStore(clock), ScriptedEngines()
    pool = _pool(store, engines, clock)
    await pool.restore()
    await pool.ensure(SALON, pairing=QR)
    await settle()
    stolen = replace(store.rows[SALON], lease_owner=owner, lease_epoch=epoch, version=9999)
    store.rows[SALON] = stolen
    pool._on_change(SALON)
    await settle()
    assert engines.made[0].said == ["start", "kill"]
    assert store.rows[SALON] == stolen
    await clock.drive(pool.close())


@pytest.mark.expects_log("lease_lost", "engine_did_not_stop")
async def test_a_session_claimed_back_waits_for_the_end_of_its_former_engine(clock: FakeClock) -> None:
    store, engines = WatchfulStore(clock), ScriptedEngines()
    engines.manners = [Manners(kill=HANGS), Manners()]
    pool = _pool(store, engines, clock)
    await pool.restore()
    await pool.ensure(SALON, pairing=QR)
    await settle()
    store.rows[SALON] = replace(store.rows[SALON], lease_owner="another", lease_epoch=9, version=9999)
    await clock.advance(10.5)
    await store.release("another", SALON, 9)
    pool._on_change(None)
    await clock.advance(1)
    row = store.rows[SALON]
    assert (row.lease_owner, len(engines.made)) == ("only", 1)
    await clock.advance(3)
    assert len(engines.made) == 2
    await clock.drive(pool.close())


async def test_a_wish_that_comes_while_a_session_is_given_back_is_seen_at_once(clock: FakeClock) -> None:
    store, engines = SlowStore(clock), ScriptedEngines()
    pool = _pool(store, engines, clock)
    await pool.restore()
    await pool.ensure(SALON, pairing=QR)
    await settle()
    await engines.made[0].sink.qr("text", 60)
    store.release_takes_s = 1.0
    await engines.made[0].sink.closed(CloseCause.PAIR_ERROR)
    assert store.rows[SALON].state is W.FAILED
    await pool.ensure(SALON, pairing=QR)
    await clock.advance(1.1)
    assert len(engines.made) == 2
    await clock.drive(pool.close())


@pytest.mark.expects_log("lease_not_renewed")
async def test_renewals_that_are_not_answered_end_the_engines_in_time(clock: FakeClock) -> None:
    store, engines = SlowStore(clock), ScriptedEngines()
    pool = _pool(store, engines, clock)
    await pool.restore()
    await pool.ensure(SALON, pairing=QR)
    await settle()
    await engines.made[0].sink.qr("text", 600)
    await clock.advance(10.5)
    store.hangs = True
    await clock.advance(18)
    assert engines.made[0].said == ["start"]
    await clock.advance(2)
    assert engines.made[0].said == ["start", "kill"], (
        "20 s after the last renewal, 10 s before the lease ends"
    )
    store.hangs = False
    await clock.advance(30)
    assert len(engines.made) == 2
    await clock.drive(pool.close())


async def test_a_lease_nobody_here_knows_of_is_given_back(clock: FakeClock) -> None:
    store, engines = WatchfulStore(clock), ScriptedEngines()
    pool = _pool(store, engines, clock)
    await pool.restore()
    clerk = _pool(store, engines, clock, "clerk")
    pool._is_owning = False
    await clerk.ensure(SALON, pairing=QR)
    pool._is_owning = True
    await store.claim("only", 30, limit=1)
    await clock.advance(11)
    assert len(engines.made) == 1, "released, then claimed for real"
    await clock.drive(pool.close())
    await clerk.close()


@pytest.mark.expects_log("session_owner_failed")
async def test_an_owner_that_breaks_is_replaced(clock: FakeClock) -> None:
    store, engines = WatchfulStore(clock), BrittleEngines()
    pool = _pool(store, engines, clock)
    await pool.restore()
    await pool.ensure(SALON, pairing=QR)
    await settle()
    assert pool.counters.defects == 1
    await clock.advance(20)
    assert len(engines.made) == 1
    await clock.drive(pool.close())


async def test_restoring_without_a_database_is_refused(clock: FakeClock) -> None:
    store = WatchfulStore(clock)
    store.is_away = True
    pool = _pool(store, ScriptedEngines(), clock)
    with pytest.raises(DatabaseUnavailableError):
        await pool.restore()
    await pool.close()


async def test_sweeping_goes_on_after_an_absence_of_the_database(clock: FakeClock) -> None:
    store, engines = WatchfulStore(clock), ScriptedEngines()
    pool, clerk = _pool(store, engines, clock), _pool(store, engines, clock, "clerk")
    await pool.restore()
    store.is_away = True
    await clock.advance(7)
    store.is_away = False
    await clerk.ensure(SALON, pairing=QR)
    await clock.advance(5.1)
    assert len(engines.made) == 1
    await clock.drive(pool.close())
    await clerk.close()


async def test_commands_to_a_store_that_is_away_are_refused(clock: FakeClock) -> None:
    store = WatchfulStore(clock)
    pool = _pool(store, ScriptedEngines(), clock)
    store.is_away = True
    for command in (pool.ensure(SALON, pairing=QR), pool.get(SALON), pool.stop(SALON), pool.remove(SALON)):
        with pytest.raises(DatabaseUnavailableError):
            await command
    await pool.close()


async def test_without_a_key_nothing_is_begun(clock: FakeClock) -> None:
    class Keyless(PlainSealer):
        def seal(self, plain: bytes, context: str) -> bytes:
            raise GatewayError("not_configured")

    store = WatchfulStore(clock)
    pool = ReconcilingPool(store, Keyless(), ScriptedEngines(), clock, owner="only")
    for command in (pool.ensure(SALON, pairing=QR), pool.relink(SALON)):
        with pytest.raises(GatewayError, match="not_configured"):
            await command
    assert store.rows == {}
    await pool.close()


async def test_an_uninstalled_salon_gets_no_session(clock: FakeClock) -> None:
    store = WatchfulStore(clock)
    store.without_install.add(SALON)
    pool = _pool(store, ScriptedEngines(), clock)
    with pytest.raises(GatewayError, match="install_gone"):
        await pool.ensure(SALON, pairing=QR)
    await pool.close()


async def test_a_session_wanted_again_waits_for_its_removal(bench: SimulatorBench) -> None:
    pool = await bench.process("first")
    clerk = await bench.process("clerk", is_owning=False)
    await pool.ensure(SALON, pairing=QR)
    await bench.is_in(pool, SALON, W.PAIRING)
    await bench.phone.scan(SALON)
    await bench.is_in(pool, SALON, W.CONNECTED)

    async def both() -> None:
        await asyncio.gather(clerk.remove(SALON), clerk.ensure(SALON, pairing=QR))

    await bench.drive(both())
    session = await bench.is_in(pool, SALON, W.PAIRING)
    assert session.phone_masked is None
    assert [stored.event.type for stored in bench.store.log].count("session.removed") == 1


async def test_a_removal_under_way_is_nothing_to_stop_restart_or_relink(clock: FakeClock) -> None:
    store = WatchfulStore(clock)
    clerk = _pool(store, ScriptedEngines(), clock)
    await clerk.ensure(SALON, pairing=QR)
    with pytest.raises(GatewayError, match="pool_unavailable"):
        await clock.drive(clerk.remove(SALON))
    assert await clerk.stop(SALON) is None
    assert await clerk.resume(SALON) is None
    for command in (clerk.restart(SALON), clerk.relink(SALON)):
        with pytest.raises(GatewayError, match="session_not_found"):
            await command
    with pytest.raises(GatewayError, match="pool_unavailable"):
        await clock.drive(clerk.ensure(SALON, pairing=QR))
    await clerk.close()


async def test_following_from_a_cleared_position_is_refused(clock: FakeClock) -> None:
    store = WatchfulStore(clock)
    pool = _pool(store, ScriptedEngines(), clock)
    await pool.ensure(SALON, pairing=QR)
    store.forget_events()
    with pytest.raises(EventsGoneError):
        await anext(pool.subscribe(after=0))
    await pool.close()


async def test_followers_and_waiters_end_with_the_pool(clock: FakeClock) -> None:
    store = WatchfulStore(clock)
    pool = _pool(store, ScriptedEngines(), clock)
    await pool.ensure(SALON, pairing=QR)

    async def follow() -> int:
        return len([stored async for stored in pool.subscribe(after=0)])

    following, stopping = asyncio.create_task(follow()), asyncio.create_task(pool.stop(SALON))
    await settle()
    await pool.close()
    await settle()
    assert following.result() == 1
    assert isinstance(stopping.exception(), GatewayError)


async def test_closing_does_not_wait_for_ever_for_the_database(clock: FakeClock) -> None:
    store, engines = WatchfulStore(clock), ScriptedEngines()
    pool = _pool(store, engines, clock)
    await pool.restore()
    await pool.ensure(SALON, pairing=QR)
    await settle()
    await engines.made[0].sink.qr("text", 60)
    store.is_away = True
    await clock.drive(pool.close(), at_most_s=15)
    assert engines.made[0].said[-1] in ("stop", "kill")


async def test_closing_twice_is_harmless(clock: FakeClock) -> None:
    pool = _pool(WatchfulStore(clock), ScriptedEngines(), clock)
    await pool.restore()
    await pool.close()
    await pool.close()


async def test_the_pool_counts_its_engines(clock: FakeClock) -> None:
    store, engines = WatchfulStore(clock), ScriptedEngines()
    pool = _pool(store, engines, clock)
    await pool.restore()
    await pool.ensure(SALON, pairing=QR)
    await settle()
    await engines.made[0].sink.qr("text", 60)
    await engines.made[0].sink.paired(b"credentials", ACCOUNT)
    await engines.made[0].sink.restart_required()
    await settle()
    assert pool.counters.engine_starts == 2
    await clock.drive(pool.close())


# ------------------------------------------------------------------------------------ sleep, sharing, leaving


class SleepyClock:
    """One process's clock: it may find that time has passed in which it did nothing."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.slept_s = 0.0

    def now(self) -> datetime:
        """Return the present moment."""
        return self._clock.now()

    def monotonic(self) -> float:
        """Return seconds."""
        return self._clock.monotonic() + self.slept_s

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._clock.sleep(seconds)


class HangingClaims(WatchfulStore):
    """A store whose claims are not answered any more."""

    hangs = False

    async def claim(self, *given: Any, **named: Any) -> Sequence[SessionRecord]:
        """Claim, or hang."""
        if self.hangs:
            await asyncio.get_running_loop().create_future()
        return await super().claim(*given, **named)


async def _linked(pool: ReconcilingPool, engines: ScriptedEngines, salon_id: int = SALON) -> ScriptedEngine:
    await pool.ensure(salon_id, pairing=QR)
    await settle()
    engine = engines.made[-1]
    assert await engine.sink.qr("text", 600)
    assert await engine.sink.paired(b"credentials", ACCOUNT)
    assert await engine.sink.opened(ACCOUNT)
    return engine


@pytest.mark.expects_log("lease_not_renewed")
async def test_a_process_that_slept_ends_its_engine_before_it_takes_in_anything(clock: FakeClock) -> None:
    store, engines, sleepy = WatchfulStore(clock), ScriptedEngines(), SleepyClock(clock)
    pool = ReconcilingPool(store, PlainSealer(), engines, sleepy, owner="only", rng=random.Random(1))
    await pool.restore()
    engine = await _linked(pool, engines)
    before = store.rows[SALON]
    sleepy.slept_s = 20.1
    assert not await engine.sink.closed(CloseCause.LOGGED_OUT)
    await settle()
    assert engine.said == ["start", "kill"]
    assert store.rows[SALON] == before
    assert pool.counters.leases_lost == 1
    await clock.advance(11)
    assert len(engines.made) == 2, "given back, then taken anew"
    await clock.drive(pool.close())


@pytest.mark.expects_log("lease_not_renewed")
async def test_a_process_that_slept_between_commit_and_start_starts_nothing(clock: FakeClock) -> None:
    sleepy, engines = SleepyClock(clock), ScriptedEngines()

    class Drowsy(WatchfulStore):
        async def save(
            self, record: SessionRecord, events: Sequence[SessionEvent] = ()
        ) -> SessionRecord | None:
            saved = await super().save(record, events)
            if saved is not None and saved.engine_generation == 1:
                sleepy.slept_s = 40
            return saved

    pool = ReconcilingPool(Drowsy(clock), PlainSealer(), engines, sleepy, owner="only", rng=random.Random(1))
    await pool.restore()
    await pool.ensure(SALON, pairing=QR)
    await settle()
    assert [engine.said for engine in engines.made] == [["kill"]]
    await clock.drive(pool.close())


@pytest.mark.expects_log("lease_not_renewed")
async def test_a_claim_that_hangs_does_not_keep_engines_alive(clock: FakeClock) -> None:
    store, engines = HangingClaims(clock), ScriptedEngines()
    pool = _pool(store, engines, clock)
    await pool.restore()
    engine = await _linked(pool, engines)
    store.hangs = True
    await clock.advance(31)
    assert engine.said == ["start", "kill"]
    store.hangs = False
    closing = asyncio.create_task(pool.close())
    for task in asyncio.all_tasks():
        if task.get_name() == "whatsapp-pool:sweep":
            task.cancel()
    await clock.advance_until(closing.done)
    await closing


@pytest.mark.expects_log("lease_not_renewed")
async def test_a_session_taken_after_an_absence_of_the_database_is_not_ended_with_the_old_ones(
    clock: FakeClock,
) -> None:
    store, engines = WatchfulStore(clock), ScriptedEngines()
    pool, clerk = _pool(store, engines, clock), _pool(store, engines, clock, "clerk")
    await pool.restore()
    await _linked(pool, engines)
    store.is_away = True
    await clock.advance(29.5)
    store.is_away = False
    await clerk.ensure(SALON + 1, pairing=QR)
    await clock.advance(0.2)
    assert engines.made[-1].salon_id == SALON + 1
    await clock.advance(25)
    assert [engine.said for engine in engines.made if engine.salon_id == SALON + 1] == [["start"]]
    await clock.drive(pool.close())
    await clerk.close()


async def test_the_living_share_the_sessions_of_the_dead(bench: SimulatorBench) -> None:
    first = await bench.process("first")
    for salon in range(1, 31):
        await first.ensure(salon, pairing=QR)
    await bench.advance(1)
    for salon in range(1, 31):
        await bench.phone.scan(salon)
    await bench.advance(1)
    await bench.process("second")
    await bench.process("third")
    await bench.kill("first")
    await bench.advance(9)
    owners = [row.lease_owner for row in bench.store.rows.values()]
    assert (owners.count("second"), owners.count("third")) == (15, 15)
    assert [bench.phone.sockets(salon) for salon in range(1, 31)] == [1] * 30


async def test_a_drain_moves_one_session_after_another(bench: SimulatorBench) -> None:
    first = await bench.process("first")
    for salon in range(1, 11):
        await first.ensure(salon, pairing=QR)
        await bench.is_in(first, salon, W.PAIRING)
        await bench.phone.scan(salon)
    await bench.advance(1)
    second = await bench.process("second")
    draining = asyncio.create_task(first.drain())
    while not draining.done():
        await bench.advance(0.1)
        sockets = [bench.phone.sockets(salon) for salon in range(1, 11)]
        assert max(sockets) == 1
        away = sum(not session.is_connected for session in await second.list())
        assert away <= 2, "no more than the one under way and the one before it"
    await draining
    await bench.advance(1)
    assert {row.lease_owner for row in bench.store.rows.values()} == {"second"}
    assert {session.state for session in await second.list()} == {W.CONNECTED}
    assert {session.generation for session in await second.list()} == {3}


async def test_a_drain_that_nobody_takes_part_in_leaves_the_sessions_where_they_are(
    bench: SimulatorBench,
) -> None:
    first = await bench.process("first")
    for salon in (1, 2, 3):
        await first.ensure(salon, pairing=QR)
        await bench.is_in(first, salon, W.PAIRING)
        await bench.phone.scan(salon)
    await bench.advance(1)
    await bench.drive(first.drain())
    await bench.advance(1)
    assert {session.state for session in await first.list()} == {W.CONNECTED}
    assert [session.generation for session in await first.list()] == [3, 2, 2], "one had to go to find out"
