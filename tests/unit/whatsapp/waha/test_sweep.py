"""The sweep: what nobody wants is ended when it is seen twice, and nothing else is touched."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from gateway.whatsapp.waha import WahaEngines
from gateway.whatsapp.waha.credentials import RemoteLink
from gateway.whatsapp.waha.sweep import WahaSweep
from shared.vocabulary import PairingMethod, WhatsappState
from tests.contract.session_pool_suite import SALON, connected
from tests.contract.simulator_bench import PlainSealer
from tests.contract.waha_bench import WahaBench
from tests.fakes.waha import Remote

NAME = "company_101"
W = WhatsappState


@pytest.fixture
async def bench() -> AsyncIterator[WahaBench]:
    """Return an empty world."""
    made = WahaBench()
    yield made
    await made.close()


async def swept(bench: WahaBench, rounds: int = 2) -> list[str]:
    """Return whom the sweep's rounds have revived."""
    revived: list[str] = []

    async def revive() -> None:
        revived.append("all")

    sweep = WahaSweep(bench.fleets[-1], bench.store, PlainSealer(), bench.clock, revive)
    for _ in range(rounds):
        await bench.drive(sweep.round())
    return revived


async def test_a_session_whose_salon_is_gone_is_deleted_the_second_time_it_is_seen(bench: WahaBench) -> None:
    pool = await bench.process("first")
    await connected(bench, pool)
    device = bench.waha.remote(SALON).device
    del bench.store.rows[SALON]
    await swept(bench, rounds=1)
    assert NAME in bench.waha.sessions
    await swept(bench)
    assert bench.waha.sessions == {}
    assert device in bench.waha.taken_off


async def test_a_session_that_shall_rest_but_runs_is_stopped_and_keeps_its_link(bench: WahaBench) -> None:
    pool = await bench.process("first")
    await connected(bench, pool)
    await bench.drive(pool.stop(SALON))
    bench.waha.remote(SALON).status = "WORKING"  # its stop never reached WAHA
    await swept(bench)
    assert bench.phone.sockets(SALON) == 0
    await pool.resume(SALON)
    await bench.is_in(pool, SALON, W.CONNECTED)


async def test_what_runs_rightly_what_pairs_and_what_was_made_by_hand_is_left_alone(bench: WahaBench) -> None:
    pool = await bench.process("first")
    await connected(bench, pool)
    await pool.ensure(202, pairing=PairingMethod.QR)
    await bench.is_in(pool, 202, W.PAIRING)
    bench.waha.sessions["default"] = Remote("default", {}, "WORKING")
    bench.waha.sessions["company_7"] = Remote("company_7", {}, "WORKING")
    assert await swept(bench, rounds=3) == []
    assert (await pool.get(SALON)).is_connected
    assert (await pool.get(202)).state is W.PAIRING
    assert {each.status for each in bench.waha.sessions.values()} == {"WORKING", "SCAN_QR_CODE"}


async def test_a_pairing_that_came_to_nothing_leaves_nothing_in_waha(bench: WahaBench) -> None:
    pool = await bench.process("first")
    await pool.ensure(SALON, pairing=PairingMethod.QR)
    await bench.is_in(pool, SALON, W.PAIRING_EXPIRED, at_most_s=350)
    assert NAME in bench.waha.sessions
    await swept(bench)
    assert bench.waha.sessions == {}


async def test_a_session_that_is_linked_elsewhere_is_a_leftover(bench: WahaBench) -> None:
    pool = await bench.process("first")
    await connected(bench, pool)
    await bench.drive(pool.stop(SALON))
    other = PlainSealer().seal(RemoteLink("other", NAME).to_bytes(), f"whatsapp_session:{SALON}:credentials")
    bench.store.rows[SALON] = replace(bench.store.rows[SALON], credentials_sealed=other)
    await swept(bench)
    assert bench.waha.sessions == {}


async def test_another_version_of_waha_brings_outdated_sessions_back(bench: WahaBench) -> None:
    pool = await bench.process("first")
    await connected(bench, pool)
    await bench.phone.outdated(SALON)
    await bench.is_in(pool, SALON, W.OUTDATED)
    await bench.phone.upgrade(SALON)
    sweep = WahaSweep(bench.fleets[-1], bench.store, PlainSealer(), bench.clock, pool.revive)
    await bench.drive(sweep.round())
    await bench.is_in(pool, SALON, W.CONNECTED)
    assert WahaEngines(bench.fleets[-1]).version == "2026.9.1 GOWS"
