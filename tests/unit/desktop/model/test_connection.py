from __future__ import annotations

from datetime import timedelta

import pytest

from desktop.model.connection import Connection, ConnectionState
from desktop.model.problem import Trouble
from desktop.model.profiles import Profile
from shared.vocabulary import Permission, StaffRole
from tests.fakes.clock import START, FakeClock
from tests.unit.desktop.builders import welcome

PROFILE = Profile("p", "Demo", "http://localhost:1")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


async def test_the_gateways_clock_is_the_one_that_counts(clock: FakeClock) -> None:
    connection = Connection(clock)
    connection.welcomed(welcome(server_time=START + timedelta(hours=3)))
    await clock.advance(60)
    assert connection.now() == START + timedelta(hours=3, seconds=60)


async def test_what_is_shown_is_stamped_with_the_moment_the_line_was_lost(clock: FakeClock) -> None:
    connection = Connection(clock)
    connection.began(PROFILE)
    connection.welcomed(welcome())
    await clock.advance(30)
    connection.was_lost(Trouble("connection_lost"))
    await clock.advance(30)
    connection.waits(Trouble("gateway_refused"), 3)
    assert connection.state is ConnectionState.RECONNECTING
    assert connection.last_live_at == START + timedelta(seconds=30)
    assert connection.since == START + timedelta(seconds=30)
    assert connection.next_try_at == START + timedelta(seconds=63)
    connection.welcomed(welcome())
    told: tuple[object, ...] = (connection.is_live, connection.last_live_at, connection.problem)
    assert told == (True, None, None)


def test_a_gateway_that_was_never_there_is_still_being_connected_to(clock: FakeClock) -> None:
    connection = Connection(clock)
    connection.began(PROFILE)
    connection.waits(Trouble("gateway_refused"), 1)
    assert connection.state is ConnectionState.CONNECTING
    assert connection.problem == Trouble("gateway_refused")


def test_a_refusal_stays_until_a_person_acts(clock: FakeClock) -> None:
    connection = Connection(clock)
    connection.began(PROFILE)
    connection.was_refused(Trouble("staff_token_revoked"))
    assert connection.state is ConnectionState.REFUSED
    connection.began(PROFILE)
    assert (connection.state, connection.problem) == (ConnectionState.CONNECTING, None)


def test_the_end_is_told(clock: FakeClock) -> None:
    connection = Connection(clock)
    told: list[ConnectionState] = []
    connection.changed.connect(lambda: told.append(connection.state))
    connection.began(PROFILE)
    connection.welcomed(welcome())
    connection.ended()
    assert told == [ConnectionState.CONNECTING, ConnectionState.LIVE, ConnectionState.OFFLINE]
    assert connection.last_live_at == START


def test_nothing_is_permitted_before_the_gateway_said_so(clock: FakeClock) -> None:
    connection = Connection(clock)
    assert not connection.may(Permission.READ)
    connection.welcomed(welcome(role=StaffRole.VIEWER))
    assert connection.may(Permission.READ)
    assert not connection.may(Permission.UNINSTALL)
