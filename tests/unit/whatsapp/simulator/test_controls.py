"""The phone's part, as the sandbox page and the HTTP route play it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway.domain.errors import GatewayError
from gateway.domain.session_records import SessionSnapshot
from gateway.whatsapp.pool import ReconcilingPool
from gateway.whatsapp.simulator import SimulatorControls
from gateway.whatsapp.simulator.controls import ACTIONS
from shared.vocabulary import PairingMethod, WhatsappState
from tests.contract.simulator_bench import SimulatorBench

W = WhatsappState
SALON = 42


class Desk:
    """Controls over a pool that has begun to pair."""

    def __init__(self, bench: SimulatorBench, pool: ReconcilingPool) -> None:
        self.bench = bench
        self.pool = pool
        self.controls = SimulatorControls(pool, bench.world, bench.clock)

    async def act(self, action: str, **params: Any) -> SessionSnapshot:
        """Play one act while time passes."""
        return await self.bench.drive(self.controls.act(SALON, action, **params))

    async def refusal(self, action: str, **params: Any) -> str:
        """Return the code of what is refused."""
        with pytest.raises(GatewayError) as refused:
            await self.act(action, **params)
        return refused.value.code


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """Return a desk beside a session that has just been asked for."""
    bench = SimulatorBench()
    pool = await bench.process("only")
    await pool.ensure(SALON, pairing=PairingMethod.QR)
    yield Desk(bench, pool)
    await bench.close()


async def test_a_scan_waits_for_the_qr_and_returns_when_it_is_committed(desk: Desk) -> None:
    session = await desk.act("scan")
    assert session.state is W.LINKING
    assert desk.bench.store.rows[SALON].credentials_sealed is not None


async def test_a_scan_may_name_its_phone(desk: Desk) -> None:
    assert (await desk.act("scan", phone="8 916 123-45-67")).phone_masked == "+7 *** ***-45-67"


async def test_a_deed_for_a_linked_session_waits_for_its_login(desk: Desk) -> None:
    await desk.act("scan")
    assert (await desk.act("replace")).state is W.REPLACED


async def test_a_code_is_read_off_or_typed(desk: Desk) -> None:
    await desk.pool.ensure(SALON, pairing=PairingMethod.CODE, phone="79161234567")
    assert await desk.refusal("enter-code", code="ZZZZ-9999") == "pairing_rejected"
    assert (await desk.act("enter_code")).state is W.LINKING


@pytest.mark.parametrize(
    ("action", "state"),
    [("replace", W.REPLACED), ("unlink", W.LOGGED_OUT), ("ban", W.TEMP_BANNED), ("outdated", W.OUTDATED),
     ("drop", W.RECONNECTING), ("crash", W.RECONNECTING), ("mute", W.CONNECTED), ("upgrade", W.CONNECTED)],
)  # fmt: skip
async def test_what_follows_is_committed_when_it_returns(
    desk: Desk, action: str, state: WhatsappState
) -> None:
    await desk.act("scan")
    await desk.bench.is_in(desk.pool, SALON, W.CONNECTED)
    session = await desk.act(action)
    assert session.state is state
    assert desk.bench.store.rows[SALON].state is state


@pytest.mark.parametrize(
    ("action", "state"),
    [("reject", W.FAILED), ("drop", W.STARTING), ("crash", W.STARTING), ("outdated", W.OUTDATED),
     ("passkey", W.AWAITING_PASSKEY), ("mute", W.PAIRING)],
)  # fmt: skip
async def test_a_pairing_can_be_disturbed(desk: Desk, action: str, state: WhatsappState) -> None:
    assert (await desk.act(action)).state is state


async def test_a_network_is_taken_away_and_given_back(desk: Desk) -> None:
    await desk.act("scan")
    await desk.act("offline")
    await desk.act("crash")
    await desk.bench.advance(10)
    assert (await desk.pool.get(SALON)).error == "network_unreachable"
    await desk.act("online")
    await desk.bench.is_in(desk.pool, SALON, W.CONNECTED)


async def test_what_cannot_happen_now_is_refused_by_its_name(desk: Desk) -> None:
    assert await desk.refusal("replace") == "whatsapp_not_connected"
    await desk.act("scan")
    assert await desk.refusal("scan") == "not_pairing"
    await desk.act("replace")
    assert await desk.refusal("scan") == "not_pairing"
    assert await desk.refusal("drop") == "whatsapp_not_connected"


async def test_what_cannot_happen_soon_is_refused_at_once(desk: Desk) -> None:
    await desk.bench.is_in(desk.pool, SALON, W.PAIRING)
    before = desk.bench.clock.monotonic()
    assert await desk.refusal("unlink") == "whatsapp_not_connected"
    await desk.act("scan")
    await desk.bench.is_in(desk.pool, SALON, W.CONNECTED)
    assert await desk.refusal("enter-code") == "not_pairing"
    assert desk.bench.clock.monotonic() - before < 1


async def test_a_hung_engine_cannot_be_reached(desk: Desk) -> None:
    await desk.act("mute")
    assert await desk.refusal("scan") == "pool_unavailable"


async def test_unknown_acts_and_sessions_are_not_found(desk: Desk) -> None:
    assert await desk.refusal("explode") == "not_found"
    with pytest.raises(GatewayError, match="session_not_found"):
        await desk.controls.act(SALON + 1, "scan")


@pytest.mark.parametrize(
    ("action", "params", "code"),
    [
        ("ban", {"seconds": "long"}, "field_invalid"),
        ("ban", {"seconds": -1}, "field_invalid"),
        ("ban", {"seconds": True}, "field_invalid"),
        ("drop", {"seconds": 10**9}, "field_invalid"),
        ("scan", {"phone": 79161234567}, "field_invalid"),
        ("scan", {"phone": "not a phone"}, "invalid_phone"),
    ],
)
async def test_senseless_details_are_refused(
    desk: Desk, action: str, params: dict[str, Any], code: str
) -> None:
    if action == "ban":
        await desk.act("scan")
        await desk.bench.is_in(desk.pool, SALON, W.CONNECTED)
    before = await desk.pool.get(SALON)
    assert await desk.refusal(action, **params) == code
    assert (await desk.pool.get(SALON)).state in (before.state, W.PAIRING)


def test_the_acts_the_design_names_are_all_there() -> None:
    named = {"scan", "enter_code", "drop", "replace", "unlink", "ban", "outdated", "crash", "mute"}
    assert named <= ACTIONS
