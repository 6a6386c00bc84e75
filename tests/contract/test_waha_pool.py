"""The pool over WAHA's adapter, held to the suite against a fake WAHA."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from gateway.domain.session_records import Desired
from gateway.domain.sessions import RESTING_STATES
from gateway.whatsapp.port import SessionPool
from shared.vocabulary import PairingMethod, WhatsappState
from tests.contract.session_pool_suite import (
    OTHER,
    SALON,
    SessionPoolSuite,
    connected,
    events_of,
    owner_goes_on,
    pool,
    shown,
)
from tests.contract.waha_bench import WahaBench

__all__ = ["pool"]

W = WhatsappState


@pytest.fixture
async def bench() -> AsyncIterator[WahaBench]:
    """Return an empty world."""
    made = WahaBench()
    yield made
    await made.close()


class TestWahaPool(SessionPoolSuite):
    """The run."""


async def test_a_closed_pool_leaves_linked_sessions_running_for_the_next(
    bench: WahaBench, pool: SessionPool
) -> None:
    await connected(bench, pool)
    calls = len(bench.waha.calls)
    await bench.drive(pool.close())
    assert bench.phone.sockets(SALON) == 1
    second = await bench.process("second")
    await bench.is_in(second, SALON, W.CONNECTED, at_most_s=2)
    assert [call for call in bench.waha.calls[calls:] if not call.startswith("GET")] == []


async def test_a_session_of_another_kind_of_engine_asks_to_be_linked_anew(bench: WahaBench) -> None:
    first = await bench.process("first")
    await connected(bench, first)
    await connected(bench, first, OTHER)
    await bench.drive(first.stop(OTHER))
    await bench.kill("first")
    for salon in (SALON, OTHER):
        row = bench.store.rows[salon]
        bench.store.rows[salon] = replace(row, adapter="simulator")
    bench.waha.sessions.clear()
    second = await bench.process("second")
    session = await second.get(SALON)
    assert (session.state, session.error, session.phone_masked) == (W.LOGGED_OUT, "logged_out", None)
    assert (await events_of(second))[-1].data["reason"] == "adapter_changed"
    assert (await second.get(OTHER)).state is W.STOPPED
    await bench.advance(60)
    assert bench.phone.sockets(SALON) == bench.phone.sockets(OTHER) == 0
    for salon in (SALON, OTHER):
        session = await shown(bench, second, salon)
        await bench.phone.scan(salon)
        await bench.is_in(second, salon, W.CONNECTED)


async def test_a_pairing_of_another_kind_of_engine_goes_on_with_ours(bench: WahaBench) -> None:
    first = await bench.process("first")
    await shown(bench, first)
    await bench.kill("first")
    bench.store.rows[SALON] = replace(bench.store.rows[SALON], adapter="simulator")
    second = await bench.process("second")
    await bench.is_in(second, SALON, W.PAIRING, at_most_s=5)
    await bench.phone.scan(SALON)
    await bench.is_in(second, SALON, W.CONNECTED)


@pytest.mark.expects_log("waha_session_not_stopped")
async def test_what_waha_could_not_be_told_to_end_is_not_wanted_by_the_row(
    bench: WahaBench, pool: SessionPool
) -> None:
    await connected(bench, pool)
    bench.waha.is_away = True
    session = await bench.drive(pool.stop(SALON))
    assert session is not None
    assert (session.state in RESTING_STATES, session.desired) == (True, Desired.STOPPED)
    bench.waha.is_away = False
    assert bench.phone.sockets(SALON) == 1, "the sweep ends it, see tests/unit/whatsapp/waha/test_sweep.py"


async def test_no_server_is_told_apart_from_no_whatsapp(bench: WahaBench, pool: SessionPool) -> None:
    bench.waha.is_away = True
    await pool.ensure(SALON, pairing=PairingMethod.QR)
    session = await bench.is_in(pool, SALON, W.FAILED, at_most_s=60)
    assert session.error == "remote_unreachable"
    bench.waha.is_away = False
    bench.waha.answer_with = [401]
    await pool.ensure(SALON, pairing=PairingMethod.QR)
    session = await bench.until(pool, SALON, lambda s: s.error is not None)
    assert session.error == "remote_auth"
    await bench.is_in(pool, SALON, W.PAIRING)


async def _link_by_qr(bench: WahaBench, pool: SessionPool) -> None:
    await pool.ensure(SALON, pairing=PairingMethod.QR)
    while (await pool.get(SALON)).qr is None:
        await bench.clock.sleep(0.05)
    bench.waha.scan(SALON)
    while not (await pool.get(SALON)).is_connected:
        await bench.clock.sleep(0.05)


async def _uses_of_the_store() -> int:
    bench = WahaBench()
    pool = await bench.process("first")
    assert await bench.survive("first", _link_by_qr(bench, pool))
    uses = bench.processes["first"].life.uses
    await bench.close()
    return uses


@pytest.mark.parametrize("is_done_first", [False, True], ids=["before", "after"])
async def test_a_process_killed_at_any_use_of_its_store_leaves_one_connection_in_the_end(
    is_done_first: bool,
) -> None:
    for number in range(1, await _uses_of_the_store() + 1):
        bench = WahaBench()
        pool = await bench.process("first", dies_at=(number, is_done_first), is_owning=False)

        async def life(bench: WahaBench = bench, pool: SessionPool = pool) -> None:
            await pool.restore()
            await _link_by_qr(bench, pool)

        assert not await bench.survive("first", life()), f"not killed at {number}"
        second = await bench.process("second")
        await owner_goes_on(bench, second, at_most_s=30)
        await bench.advance(61)
        session = await second.get(SALON)
        assert session.is_connected, f"killed at {number}: {session}"
        assert bench.phone.sockets(SALON) == 1, f"killed at {number}"
        assert list(bench.waha.sessions) == [session.session_id]
        await events_of(second)  # checks that none is missing
        await bench.close()
