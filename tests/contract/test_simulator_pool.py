"""The pool over the simulator, held to the suite; and killed at every single use of its store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest

from gateway.domain.errors import GatewayError
from gateway.whatsapp.port import SessionPool
from gateway.whatsapp.simulator import SimulatorControls
from shared.vocabulary import PairingMethod, WhatsappState
from tests.contract.session_pool_suite import (
    PHONE,
    SALON,
    SessionPoolSuite,
    connected,
    events_of,
    owner_goes_on,
    pool,
    shown,
)
from tests.contract.simulator_bench import SimulatorBench

__all__ = ["pool"]

W = WhatsappState
Script = Callable[[SimulatorBench, SessionPool], Coroutine[Any, Any, None]]


@pytest.fixture
async def bench() -> AsyncIterator[SimulatorBench]:
    """Return an empty world."""
    made = SimulatorBench()
    yield made
    await made.close()


class TestSimulatorPool(SessionPoolSuite):
    """The run."""


# ------------------------------------------------------------------------------------ kill points


async def _link_by_qr(bench: SimulatorBench, pool: SessionPool) -> None:
    await pool.ensure(SALON, pairing=PairingMethod.QR)
    await _play(bench, pool, "scan")
    await _connected(bench, pool)


async def _link_by_code(bench: SimulatorBench, pool: SessionPool) -> None:
    await pool.ensure(SALON, pairing=PairingMethod.CODE, phone=PHONE)
    await pool.request_pairing_code(SALON, PHONE)
    await _play(bench, pool, "enter-code")
    await _connected(bench, pool)


async def _link_late(bench: SimulatorBench, pool: SessionPool) -> None:
    await pool.ensure(SALON, pairing=PairingMethod.QR)
    await bench.clock.sleep(165)
    await _play(bench, pool, "scan")
    await _connected(bench, pool)


async def _link_again(bench: SimulatorBench, pool: SessionPool) -> None:
    await _link_by_qr(bench, pool)
    await pool.relink(SALON)
    await _play(bench, pool, "scan")
    await _connected(bench, pool)


async def _pause(bench: SimulatorBench, pool: SessionPool) -> None:
    await _link_by_qr(bench, pool)
    await pool.stop(SALON)
    await pool.resume(SALON)
    await _connected(bench, pool)


async def _recover(bench: SimulatorBench, pool: SessionPool) -> None:
    await _link_by_qr(bench, pool)
    await _play(bench, pool, "drop")
    await _connected(bench, pool)
    await _play(bench, pool, "crash")
    await _connected(bench, pool)


async def _come_back(bench: SimulatorBench, pool: SessionPool) -> None:
    await _link_by_qr(bench, pool)
    await pool.remove(SALON)
    await _link_by_qr(bench, pool)


async def _play(bench: SimulatorBench, pool: SessionPool, action: str) -> None:
    await SimulatorControls(pool, bench.world, bench.clock).act(SALON, action)


async def _connected(bench: SimulatorBench, pool: SessionPool) -> None:
    while not (await pool.get(SALON)).is_connected:
        await bench.clock.sleep(0.05)


async def _uses_of_the_store(script: Script) -> int:
    bench = SimulatorBench()
    pool = await bench.process("first")
    assert await bench.survive("first", script(bench, pool))
    uses = bench.processes["first"].life.uses
    await bench.close()
    return uses


SCRIPTS = (_link_by_qr, _link_by_code, _link_late, _link_again, _pause, _recover, _come_back)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.__name__.strip("_"))
@pytest.mark.parametrize("is_done_first", [False, True], ids=["before", "after"])
async def test_a_process_killed_at_any_use_of_its_store_is_made_up_for_by_the_next(
    script: Script, is_done_first: bool
) -> None:
    for number in range(1, await _uses_of_the_store(script) + 1):
        bench = SimulatorBench()
        pool = await bench.process("first", dies_at=(number, is_done_first), is_owning=False)

        async def life(bench: SimulatorBench = bench, pool: SessionPool = pool) -> None:
            await pool.restore()
            await script(bench, pool)

        if await bench.survive("first", life()):
            raise AssertionError(f"not killed at {number}")
        second = await bench.process("second")
        await owner_goes_on(bench, second, at_most_s=30)
        await bench.advance(60)
        session = await second.get(SALON)
        assert session.is_connected, f"killed at {number}: {session}"
        assert bench.phone.sockets(SALON) == 1, f"killed at {number}"
        await events_of(second)  # checks that none is missing
        await bench.close()


@pytest.mark.parametrize("is_done_first", [False, True], ids=["before", "after"])
async def test_a_removal_killed_anywhere_leaves_nothing_in_the_end(is_done_first: bool) -> None:
    bench = SimulatorBench()
    await connected(bench, await bench.process("first"))
    used = bench.processes["first"].life.uses
    await bench.drive(bench.processes["first"].pool.remove(SALON))
    uses = bench.processes["first"].life.uses - used
    await bench.close()
    for number in range(1, uses + 1):
        bench = SimulatorBench()
        pool = await bench.process("first")
        await connected(bench, pool)
        life = bench.processes["first"].life
        life.dies_at = (life.uses + number, is_done_first)
        await bench.survive("first", pool.remove(SALON))
        second = await bench.process("second")
        await bench.drive(second.remove(SALON))
        assert await second.list() == []
        assert bench.phone.sockets(SALON) == 0
        assert (await events_of(second))[-1].type == "session.removed"
        assert bench.store.sends == {}
        await bench.close()


async def test_credentials_are_stored_before_the_phone_is_answered(
    bench: SimulatorBench, pool: SessionPool
) -> None:
    await shown(bench, pool)
    bench.store.is_away = True
    scanning = asyncio.create_task(bench.world.sockets(SALON)[0].link(None))
    await bench.advance(3)
    assert not scanning.done(), "the phone still waits"
    bench.store.is_away = False
    await bench.clock.advance_until(scanning.done, at_most_s=5)
    await scanning
    assert (await pool.get(SALON)).state is W.LINKING
    assert bench.store.rows[SALON].credentials_sealed is not None


async def test_reports_of_an_earlier_engine_are_dropped(bench: SimulatorBench, pool: SessionPool) -> None:
    await shown(bench, pool)
    old = bench.world.sockets(SALON)[0]
    await pool.restart(SALON)
    with pytest.raises(GatewayError):
        await old.link(None)
    await bench.is_in(pool, SALON, W.PAIRING)
    with pytest.raises(GatewayError):
        await old.link(None)
    assert bench.store.rows[SALON].credentials_sealed is None
    assert bench.processes["first"].pool.counters.stale_reports > 0


@pytest.mark.parametrize("command", ["relink", "remove"])
async def test_a_device_that_is_let_go_can_never_log_in_again(
    bench: SimulatorBench, pool: SessionPool, command: str
) -> None:
    await connected(bench, pool)
    device = bench.world.sockets(SALON)[0].device
    assert device is not None
    await bench.drive(pool.relink(SALON) if command == "relink" else pool.remove(SALON))
    await bench.advance(1)
    assert bench.world.is_taken_off(device)


async def test_no_task_of_a_closed_pool_is_left(bench: SimulatorBench, pool: SessionPool) -> None:
    before = asyncio.all_tasks()
    other = await bench.process("other")
    for salon in range(1, 6):
        await shown(bench, other, salon)
    await bench.phone.scan(1)
    await bench.drive(other.close())
    await bench.drive(pool.close())
    left = {task.get_name() for task in asyncio.all_tasks() - before}
    assert left == set()
