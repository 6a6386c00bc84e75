"""Telling of alarms: not in quiet hours, once after them if they still wait, and nothing of what was put off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from desktop.model.alarms import AlarmsModel
from desktop.model.notices import Notices
from desktop.model.preferences import Preferences
from desktop.services.alarm_watch import LOOK_EVERY_S, AlarmWatch
from desktop.services.feeds import Screen
from desktop.services.tasks import Tasks
from shared.admin_wire import AlarmList, AlarmView
from shared.vocabulary import AlarmKind, AlarmLevel
from tests.fakes.clock import FakeClock
from tests.unit.desktop import builders


class Desk:
    """A watch over models, and a gateway that has some alarms."""

    def __init__(self) -> None:
        self.rows: list[AlarmView] = []
        self.clock = FakeClock(datetime(2026, 3, 14, 23, 0).astimezone().astimezone(UTC))
        self.notices, self.alarms, self.preferences = Notices(), AlarmsModel(), Preferences()
        self.tasks = Tasks()
        self.watch = AlarmWatch(
            self.alarms, self.notices, self.preferences, self._call, Screen(lambda change: change()), self.clock,
            self.tasks,
        )  # fmt: skip

    async def _call(self, _operation: Any, _given: Any) -> Any:
        return AlarmList(rows=self.rows, cursor=1)

    async def read(self, *rows: AlarmView) -> None:
        """Let the gateway have these alarms, and the watch read them."""
        self.rows = list(rows)
        self.watch.stale()
        await self.until(lambda: self.watch.is_quiet)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Let time pass, a little at a time, until something holds."""
        for _ in range(200):
            if holds():
                return
            await self.clock.advance(0.05)
            await asyncio.sleep(0)
        raise AssertionError("it never came so")

    async def pass_by(self, span: timedelta) -> None:
        """Let so much time pass, and the watch look once."""
        await self.clock.advance(span.total_seconds() + LOOK_EVERY_S)
        await asyncio.sleep(0)

    @property
    def told(self) -> list[str]:
        """The kinds that notices tell of."""
        return [notice.params["kind"] for notice in self.notices.rows]


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """A watch that has read for the first time, at eleven in the evening."""
    made = Desk()
    made.watch.live(is_anew=True)
    await made.read()
    yield made
    made.watch.pause()
    await made.tasks.close()


async def test_in_quiet_hours_nothing_is_told_and_after_them_what_still_waits(desk: Desk) -> None:
    desk.preferences.update(quiet_hours="22:00-08:00")
    disk, calls = builders.alarm(1, AlarmKind.DISK_LOW), builders.alarm(2, AlarmKind.CALLS_FAILED)
    await desk.read(disk, calls)
    assert desk.told == []
    await desk.pass_by(timedelta(hours=8))
    assert desk.told == []
    await desk.read(disk)
    await desk.pass_by(timedelta(hours=1))
    assert desk.told == ["disk_low"]
    await desk.pass_by(timedelta(hours=1))
    assert desk.told == ["disk_low"]


async def test_an_urgent_alarm_is_told_in_quiet_hours_too_once(desk: Desk) -> None:
    desk.preferences.update(quiet_hours="22:00-08:00")
    await desk.read(
        builders.alarm(1, AlarmKind.TOKEN_REFUSED, level=AlarmLevel.BAD),
        builders.alarm(2, AlarmKind.CALLS_FAILED),
    )
    assert desk.told == ["token_refused"]
    await desk.pass_by(timedelta(hours=9))
    assert desk.told == ["token_refused", "calls_failed"]


async def test_an_alarm_that_gets_urgent_in_quiet_hours_waits_no_longer(desk: Desk) -> None:
    desk.preferences.update(quiet_hours="22:00-08:00")
    disk = builders.alarm(1, AlarmKind.DISK_LOW)
    await desk.read(disk)
    assert desk.told == []
    await desk.read(
        disk.model_copy(update={"level": AlarmLevel.BAD, "told_at": disk.told_at + timedelta(hours=1)})
    )
    assert desk.told == ["disk_low"]
    await desk.pass_by(timedelta(hours=9))
    assert desk.told == ["disk_low"]


async def test_whoever_wants_quiet_hours_no_more_is_told_at_once(desk: Desk) -> None:
    desk.preferences.update(quiet_hours="22:00-08:00")
    await desk.read(builders.alarm(1, AlarmKind.DISK_LOW))
    desk.preferences.update(quiet_hours="")
    await desk.pass_by(timedelta(0))
    assert desk.told == ["disk_low"]


async def test_a_notice_leaves_when_its_alarm_is_put_off_and_comes_back_when_it_is_told_again(
    desk: Desk,
) -> None:
    alarm = builders.alarm(1, AlarmKind.DISK_LOW)
    await desk.read(alarm)
    assert desk.told == ["disk_low"]
    until = alarm.told_at + timedelta(hours=1)
    snoozed = alarm.model_copy(update={"snoozed_until": until, "snoozed_by": "Анна"})
    await desk.read(snoozed)
    assert desk.told == []
    await desk.read(snoozed.model_copy(update={"told_at": until}))
    assert desk.told == ["disk_low"]
