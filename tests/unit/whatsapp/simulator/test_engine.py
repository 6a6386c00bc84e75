"""The pretended engine by itself, with a sink that takes notes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gateway.domain.errors import GatewayError
from gateway.domain.sessions import SessionFault
from gateway.whatsapp.engine import EngineError
from gateway.whatsapp.simulator.engine import SimulatedEngine, SimulatedEngines
from gateway.whatsapp.simulator.world import SimulatedWorld
from tests.fakes.clock import FakeClock
from tests.fakes.engine_sink import Notes

SALON = 42


class Bench:
    """One world with engines."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.world = SimulatedWorld(self.clock)
        self.engines = SimulatedEngines(self.world)
        self.made: list[SimulatedEngine] = []

    async def start(
        self, credentials: bytes | None = None, *, auto_scan_after_s: float | None = None
    ) -> tuple[SimulatedEngine, Notes]:
        """Start another engine and let half a second pass."""
        engine, notes = SimulatedEngine(self.world, auto_scan_after_s), Notes()
        self.made.append(engine)
        await engine.start(SALON, len(self.made), credentials, notes)
        await self.clock.advance(0.5)
        return engine, notes

    async def linked(self) -> tuple[SimulatedEngine, Notes]:
        """Return an engine that is logged in."""
        first, notes = await self.start()
        await first.link(None)
        await first.stop(kill=True)
        return await self.start(notes.credentials)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """Return an empty world, ended afterwards."""
    made = Bench()
    yield made
    for engine in made.made:
        await engine.stop(kill=True)


async def test_six_codes_then_the_end(bench: Bench) -> None:
    _, notes = await bench.start()
    await bench.clock.advance(159)
    assert notes.told == ["qr 60", *["qr 20"] * 5]
    assert len(set(notes.texts)) == 6
    await bench.clock.advance(1)
    assert notes.told[-1] == "closed refs_exhausted"
    assert bench.world.sockets(SALON) == ()


async def test_pairing_ends_with_a_demand_to_restart(bench: Bench) -> None:
    engine, notes = await bench.start()
    await engine.link("79161234567")
    assert notes.told == ["qr 60", "paired"]
    await bench.clock.advance(0.1)
    assert notes.told == ["qr 60", "paired", "restart"]
    _, notes = await bench.start(notes.credentials)
    assert notes.told == ["opened"]


async def test_a_pairing_nobody_took_in_links_nothing(bench: Bench) -> None:
    engine, notes = await bench.start()
    notes.answer = False
    with pytest.raises(GatewayError, match="not_pairing"):
        await engine.link(None)
    await bench.clock.advance(1)
    assert notes.told == ["qr 60", "paired"]


async def test_a_qr_nobody_took_in_is_the_last(bench: Bench) -> None:
    engine, notes = SimulatedEngine(bench.world, None), Notes()
    bench.made.append(engine)
    notes.answer = False
    await engine.start(SALON, 1, None, notes)
    await bench.clock.advance(200)
    assert notes.told == ["qr 60"]


async def test_a_code_is_made_after_the_first_qr_and_checked(bench: Bench) -> None:
    engine, notes = SimulatedEngine(bench.world, None), Notes()
    bench.made.append(engine)
    await engine.start(SALON, 1, None, notes)
    with pytest.raises(EngineError, match="not_pairing"):
        await engine.request_code("79161234567")
    with pytest.raises(GatewayError, match="not_pairing"):
        await engine.enter_code(None)
    await bench.clock.advance(1)
    code = await engine.request_code("79161234567")
    with pytest.raises(GatewayError, match="pairing_rejected"):
        await engine.enter_code("ZZZZ9999")
    await engine.enter_code(f"{code[:4]}-{code[4:].lower()}")
    assert notes.told[-1] == "paired"


async def test_a_second_login_of_the_same_device_throws_out_the_first(bench: Bench) -> None:
    first, notes = await bench.linked()
    assert first.device is not None
    _, second_notes = await bench.start(first.device.to_bytes())
    assert notes.told == ["opened", "closed replaced"]
    assert second_notes.told == ["opened"]
    assert len(bench.world.sockets(SALON)) == 1


async def test_politely_stopped_it_reports_its_own_end(bench: Bench) -> None:
    engine, notes = await bench.linked()
    await engine.stop(kill=False)
    assert notes.told == ["opened", "closed dropped"]
    await engine.stop(kill=False)
    assert notes.told == ["opened", "closed dropped"]


async def test_killed_it_says_nothing(bench: Bench) -> None:
    engine, notes = await bench.linked()
    await engine.stop(kill=True)
    assert notes.told == ["opened"]
    assert bench.world.sockets(SALON) == ()


async def test_a_drop_is_mended_by_itself_unless_the_network_stays_away(bench: Bench) -> None:
    engine, notes = await bench.linked()
    await engine.drop(3)
    await bench.clock.advance(3)
    assert notes.told == ["opened", "reconnecting dropped", "opened"]
    bench.world.offline.add(SALON)
    await engine.drop(3)
    await bench.clock.advance(3)
    assert notes.told[-1] == "closed network_unreachable"


async def test_without_network_it_does_not_even_start(bench: Bench) -> None:
    bench.world.offline.add(SALON)
    with pytest.raises(EngineError, match="network_unreachable"):
        await bench.start()
    assert bench.world.sockets(SALON) == ()


@pytest.mark.parametrize("what", ["ban", "outdate", "take_off"])
async def test_a_refused_login_says_why(bench: Bench, what: str) -> None:
    engine, notes = await bench.linked()
    assert engine.device is not None
    if what == "ban":
        bench.world.ban(SALON, 60)
    elif what == "outdate":
        bench.world.outdate(SALON)
    else:
        bench.world.take_off(engine.device)
    await engine.refuse_login()
    expected = {"ban": "closed temp_banned", "outdate": "closed outdated", "take_off": "closed logged_out"}
    assert notes.told == ["opened", "reconnecting dropped", expected[what]]
    assert (notes.until is not None) is (what == "ban")


async def test_an_outdated_client_shows_no_qr(bench: Bench) -> None:
    bench.world.outdate(SALON)
    _, notes = await bench.start()
    assert notes.told == ["closed outdated"]


async def test_muted_it_does_nothing_any_more(bench: Bench) -> None:
    engine, notes = await bench.start()
    engine.mute()
    await bench.clock.advance(300)
    assert notes.told == ["qr 60"]
    with pytest.raises(GatewayError, match="pool_unavailable"):
        await engine.link(None)


async def test_messages_reach_the_outbox_or_fail_as_scripted(bench: Bench) -> None:
    engine, _ = await bench.linked()
    message_id = await engine.send_text("79990001122", "Здравствуйте", "a")
    bench.world.script_send_faults("79990001122", SessionFault.RECIPIENT_UNKNOWN)
    with pytest.raises(EngineError, match="recipient_unknown"):
        await engine.send_text("79990001122", "Здравствуйте", "b")
    (sent,) = bench.world.outbox
    assert (sent.message_id, sent.text, sent.salon_id) == (message_id, "Здравствуйте", SALON)
    assert "Здравствуйте" not in repr(sent)
    assert "79990001122" not in repr(sent)


async def test_logging_out_takes_the_device_off(bench: Bench) -> None:
    engine, _ = await bench.linked()
    assert engine.device is not None
    await engine.logout()
    assert bench.world.is_taken_off(engine.device)
    with pytest.raises(EngineError):
        await engine.logout()
    with pytest.raises(EngineError):
        await engine.send_text("79990001122", "x", "a")


async def test_a_phone_scans_by_itself_when_told_so(bench: Bench) -> None:
    _, notes = await bench.start(auto_scan_after_s=3)
    await bench.clock.advance(3.2)
    assert notes.told == ["qr 60", "paired", "restart"]


async def test_an_automatic_scan_that_comes_too_late_is_no_error(bench: Bench) -> None:
    engine, notes = await bench.start(auto_scan_after_s=3)
    await engine.passkey()
    await engine.passkey()
    await bench.clock.advance(5)
    assert notes.told == ["qr 60", "passkey 60", "paired", "restart"]


async def test_without_power_everything_falls_silent() -> None:
    clock = FakeClock()
    world = SimulatedWorld(clock)
    engines, notes = SimulatedEngines(world), Notes()
    engine = engines.make()
    await engine.start(SALON, 1, None, notes)
    await clock.advance(1)
    engines.lose_power()
    await clock.advance(300)
    assert notes.told == ["qr 60"]
    assert world.sockets(SALON) == ()
    await engine.stop(kill=True)


def test_the_version_is_the_world_s() -> None:
    world = SimulatedWorld(FakeClock())
    engines = SimulatedEngines(world)
    assert (engines.name, engines.version) == ("simulator", "simulator-1")
    world.version += 1
    assert engines.version == "simulator-2"
