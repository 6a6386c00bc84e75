from __future__ import annotations

import pytest

from desktop.model.profiles import ProfileKind
from desktop.model.safety import Safety, is_name_typed
from shared.protocol import OPERATIONS
from tests.fakes.clock import FakeClock

TAKES_BACK = {"bulk.cancel", "fixes.cancel", "installs.keep"}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def test_production_opens_read_only(clock: FakeClock) -> None:
    safety = Safety(clock)
    safety.enter(ProfileKind.PRODUCTION)
    assert safety.is_locked
    for operation in OPERATIONS:
        is_refused = operation.is_command and operation.name not in TAKES_BACK
        assert safety.refusal_for(operation.name) == ("read_only" if is_refused else None), operation.name


@pytest.mark.parametrize("kind", [ProfileKind.DEMO, ProfileKind.STAGING])
def test_elsewhere_nothing_is_locked(clock: FakeClock, kind: ProfileKind) -> None:
    safety = Safety(clock)
    safety.enter(kind)
    assert not safety.is_locked
    assert all(safety.refusal_for(operation) is None for operation in OPERATIONS)


async def test_unlocked_it_stays_for_a_quarter_of_an_hour_and_no_longer(clock: FakeClock) -> None:
    safety = Safety(clock)
    safety.unlock()
    await clock.advance(15 * 60 - 1)
    assert safety.refusal_for("calls.retry") is None
    assert safety.remaining_s() == 1
    await clock.advance(1)
    assert safety.refusal_for("calls.retry") == "read_only"
    assert safety.remaining_s() == 0


async def test_the_end_of_the_time_is_told_once(clock: FakeClock) -> None:
    safety = Safety(clock)
    safety.unlock()
    told: list[bool] = []
    safety.changed.connect(lambda: told.append(safety.is_locked))
    safety.tick()
    await clock.advance(15 * 60)
    safety.tick()
    safety.tick()
    assert told == [True]


def test_it_can_be_locked_before_and_is_by_another_gateway(clock: FakeClock) -> None:
    safety = Safety(clock)
    safety.unlock()
    safety.lock()
    assert safety.is_locked
    safety.unlock()
    safety.enter(ProfileKind.PRODUCTION)
    assert safety.is_locked


def test_only_the_demo_asks_for_no_name(clock: FakeClock) -> None:
    safety = Safety(clock)
    asks = {}
    for kind in ProfileKind:
        safety.enter(kind)
        asks[kind] = safety.needs_typed_name
    assert asks == {ProfileKind.DEMO: False, ProfileKind.STAGING: True, ProfileKind.PRODUCTION: True}


@pytest.mark.parametrize(
    ("title", "typed", "is_typed"),
    [
        ("Ёлка", "Ёлка", True),
        ("Ёлка", "  Ёлка ", True),
        ("Ёлка", "Елка", False),
        ("Ёлка", "ёлка", False),
        ("Barber  №7", "Barber №7", True),
        ("Салон «Ёлка»", "Салон «Ёлка»", True),
        ("\u2067صالون\u2069", "صالون", True),
        ("й", "\u0438\u0306", True),
        ("Ёлка", "", False),
        ("", "", False),
        (" \u200b", "", False),
    ],
)
def test_the_name_has_to_be_typed_as_it_is_read(title: str, typed: str, is_typed: bool) -> None:
    assert is_name_typed(title, typed) is is_typed
