"""The pool over the simulator, held to the suite; and killed at every single use of its store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from gateway.domain.errors import GatewayError
from gateway.whatsapp.port import SessionPool
from shared.vocabulary import PairingMethod, WhatsappState
from tests.contract.session_pool_suite import PHONE, SALON, SessionPoolSuite, connected, pool, shown
from tests.contract.simulator_bench import SimulatorBench

__all__ = ["pool"]

W = WhatsappState
Script = Callable[[SimulatorBench, SessionPool], Awaitable[object]]


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
    await _seen(pool, W.PAIRING)
    await _play(bench, pool, "scan")
    await _seen(pool, W.CONNECTED)


async def _link_by_code(bench: SimulatorBench, pool: SessionPool) -> None:
    await pool.ensure(SALON, pairing=PairingMethod.CODE, phone=PHONE)
    await pool.request_pairing_code(SALON, PHONE)
    await _play(bench, pool, "enter-code")
    await _seen(pool, W.CONNECTED)


async def _link_late(bench: SimulatorBench, pool: SessionPool) -> None:
    await pool.ensure(SALON, pairing=PairingMethod.QR)
    await bench.clock.sleep(165)
    await _seen(pool, W.PAIRING)
    await _play(bench, pool, "scan")
    await _seen(pool, W.CONNECTED)


async def _link_again(bench: SimulatorBench, pool: SessionPool) -> None:
    await _link_by_qr(bench, pool)
    await pool.relink(SALON)
    await _seen(pool, W.PAIRING)
    await _play(bench, pool, "scan")
    await _seen(pool, W.CONNECTED)


async def _pause(bench: SimulatorBench, pool: SessionPool) -> None:
    await _link_by_qr(bench, pool)
    await pool.stop(SALON)
    await pool.resume(SALON)
    await _seen(pool, W.CONNECTED)


async def _recover(bench: SimulatorBench, pool: SessionPool) -> None:
    await _link_by_qr(bench, pool)
    await _play(bench, pool, "drop")
    await _seen(pool, W.CONNECTED)
    await _play(bench, pool, "crash")
    await _seen(pool, W.CONNECTED)


async def _come_back(bench: SimulatorBench, pool: SessionPool) -> None:
    await _link_by_qr(bench, pool)
    await pool.remove(SALON)
    await _link_by_qr(bench, pool)


async def _seen(pool: SessionPool, state: WhatsappState) -> None:
    while (await pool.get(SALON)).state is not state:
        await asyncio.sleep(0)
        await pool_clock(pool).sleep(0.05)


SCRIPTS = (_link_by_qr, _link_by_code, _link_late, _link_again, _pause, _recover, _come_back)
