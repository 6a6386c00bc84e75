"""The pretended server and its phones."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.phones import normalise_phone, split_jid
from gateway.domain.sessions import SessionFault
from gateway.whatsapp.simulator.world import CODE_ALPHABET, Device, SimulatedWorld
from shared.vocabulary import MAX_SALON_ID
from tests.fakes.clock import FakeClock

SALONS = st.integers(1, MAX_SALON_ID)


def _world(seed: int = 0) -> SimulatedWorld:
    return SimulatedWorld(FakeClock(), seed=seed)


def test_a_qr_says_what_it_is_and_is_as_long_as_a_real_one() -> None:
    text = _world().qr_text(101, 3, 2)
    assert text.startswith("SIM:company_101:3:2,")
    assert 200 <= len(text) <= 270
    assert text.isascii()


def test_qrs_differ_by_everything_and_repeat_for_the_same_seed() -> None:
    world = _world()
    texts = {
        world.qr_text(salon, generation, seq) for salon in (1, 2) for generation in (1, 2) for seq in (1, 2)
    }
    assert len(texts) == 8
    assert _world().qr_text(1, 1, 1) == world.qr_text(1, 1, 1)
    assert _world(seed=1).qr_text(1, 1, 1) != world.qr_text(1, 1, 1)


@given(salon=SALONS, generation=st.integers(1, 10_000))
def test_codes_are_eight_symbols_nobody_can_misread(salon: int, generation: int) -> None:
    code = _world().code(salon, generation)
    assert len(code) == 8
    assert set(code) <= set(CODE_ALPHABET)


def test_the_alphabet_has_no_look_alikes() -> None:
    assert len(CODE_ALPHABET) == 32
    assert not set("0IOU") & set(CODE_ALPHABET)


def test_every_code_is_another() -> None:
    world = _world()
    assert len({world.code(1, 1) for _ in range(100)}) == 100


@given(salon=SALONS)
def test_a_salon_s_phone_is_a_possible_number(salon: int) -> None:
    world = _world()
    digits = world.phone_of(salon)
    assert normalise_phone(f"+{digits}") == digits
    device = world.new_device(salon, None)
    assert split_jid(device.account.jid).phone == digits


def test_credentials_say_whose_they_are() -> None:
    device = _world().new_device(7, "79161234567")
    assert Device.from_bytes(device.to_bytes()) == device
    assert split_jid(device.account.jid).phone == "79161234567"


async def test_a_ban_ends_by_itself() -> None:
    clock = FakeClock()
    world = SimulatedWorld(clock)
    world.ban(1, 60)
    assert world.banned_until(1) is not None
    assert world.banned_until(2) is None
    await clock.advance(60)
    assert world.banned_until(1) is None


def test_a_device_taken_off_stays_off_and_an_unknown_one_is_good() -> None:
    world = _world()
    device, other = world.new_device(1, None), world.new_device(1, None)
    world.take_off(device)
    assert world.is_taken_off(device)
    assert not world.is_taken_off(other)


def test_another_version_is_not_outdated() -> None:
    world = _world()
    world.outdate(1)
    assert (world.is_outdated(1), world.is_outdated(2)) == (True, False)
    world.version += 1
    assert not world.is_outdated(1)


def test_send_faults_are_used_up_in_order() -> None:
    world = _world()
    world.script_send_faults("7999", SessionFault.RATE_LIMITED, SessionFault.RECIPIENT_UNKNOWN)
    faults = [world.next_send_fault("7999") for _ in range(3)]
    assert faults == [SessionFault.RATE_LIMITED, SessionFault.RECIPIENT_UNKNOWN, None]
    assert world.next_send_fault("7000") is None
