"""Several instances: where a new session goes, and what is left of an old one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gateway.domain.sessions import SessionFault
from gateway.whatsapp.engine import EngineError
from tests.fakes.waha import Remote
from tests.unit.whatsapp.waha.world import NAME, SALON, World


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """Return three instances with room for three sessions each."""
    made = World(count=3)
    yield made
    await made.close()


def fill(world: World, name: str, count: int) -> None:
    for number in range(count):
        world.wahas[name].sessions[f"by-hand-{number}"] = Remote(f"by-hand-{number}", {})


def home(world: World) -> list[str]:
    return [name for name, waha in world.wahas.items() if NAME in waha.sessions]


async def test_a_new_session_goes_where_most_is_free(world: World) -> None:
    fill(world, "main", 2)
    fill(world, "second", 1)
    fill(world, "third", 2)
    await world.started()
    assert home(world) == ["second"]


async def test_an_instance_that_does_not_answer_gets_none(world: World) -> None:
    fill(world, "third", 2)
    world.wahas["main"].is_away = world.wahas["second"].is_away = True
    await world.started()
    assert home(world) == ["third"]


async def test_when_all_are_full_a_new_session_is_refused_plainly(world: World) -> None:
    for name in world.wahas:
        fill(world, name, 3)
    with pytest.raises(EngineError) as caught:
        await world.started()
    assert caught.value.fault is SessionFault.REMOTE_FULL
    assert home(world) == []


async def test_what_an_earlier_start_has_left_anywhere_is_ended_before_a_new_pairing(world: World) -> None:
    await world.started()
    (first,) = home(world)
    await world.told("qr 60")
    world.wahas[first].scan(SALON)
    await world.told("opened")
    await world.engines[-1].leave()
    fill(world, first, 2)
    await world.started(generation=2)
    assert len(home(world)) == 1
    assert home(world) != [first]
    assert sum(waha.sockets(SALON) for waha in world.wahas.values()) == 1


async def test_a_linked_session_stays_where_it_is_however_full_that_is(world: World) -> None:
    await world.started()
    (first,) = home(world)
    await world.told("qr 60")
    world.wahas[first].scan(SALON)
    await world.told("opened")
    await world.engines[-1].stop(kill=False)
    fill(world, first, 5)
    await world.started(world.link(first), generation=2)
    await world.told("opened")
    assert home(world) == [first]


async def test_the_version_is_that_of_all_instances(world: World) -> None:
    world.wahas["second"].version = "2026.8.1"
    world.wahas["third"].is_away = True
    assert world.fleet.version == "unknown; unknown; unknown"
    await world.fleet.look()
    assert world.fleet.version == "2026.7.1 GOWS; 2026.8.1 GOWS; unknown"
