"""The alarms, read whenever one of them may be different, and told as notices: one a cause.

Quiet hours hold back what can wait until the morning. An urgent alarm is told in them too: salons cannot connect, or
what they send may be lost, and each hour of the night makes it worse.
"""

from __future__ import annotations

import asyncio

from desktop.model.alarms import AlarmsModel, Identity, identity_of, is_waiting
from desktop.model.clock import Clock
from desktop.model.notices import NoticeLevel, Notices
from desktop.model.preferences import Preferences
from desktop.model.problem import Trouble
from desktop.services.feeds import Call, Screen
from desktop.services.refresher import Refresher
from desktop.services.tasks import Tasks
from shared import admin_wire as wire
from shared import protocol
from shared.vocabulary import AlarmLevel

NOTICE = "alarm_raised"
LOOK_EVERY_S = 20.0
"""How often it is looked whether quiet hours are over: a machine that slept may have missed the moment."""

_LEVELS = {AlarmLevel.WARN: NoticeLevel.WARNING, AlarmLevel.BAD: NoticeLevel.ERROR}


class AlarmWatch:
    """Keeps the alarms as the gateway has them. There are few of them: they are read whole."""

    def __init__(
        self, alarms: AlarmsModel, notices: Notices, preferences: Preferences, call: Call, screen: Screen,
        clock: Clock, tasks: Tasks,
    ) -> None:  # fmt: skip
        self._alarms, self._notices, self._call, self._screen = alarms, notices, call, screen
        self._preferences, self._clock, self._tasks = preferences, clock, tasks
        self._held: set[Identity] = set()
        self._waiting: asyncio.Task[None] | None = None
        self._refresher = Refresher("alarms", self._read, self._failed, clock, tasks)
        self._shown: dict[Identity, int] = {}

    @property
    def is_quiet(self) -> bool:
        """Whether everything that is known to be different has been read."""
        return self._refresher.is_quiet

    async def show_settled(self, is_shown: bool) -> None:
        """Read the settled ones too, or no more."""
        await self._screen.ask(lambda: self._alarms.show_settled(is_shown))
        self._refresher.stale()

    async def forget(self) -> None:
        """Another gateway."""
        await self._screen.ask(self._clear)

    def live(self, *, is_anew: bool) -> None:
        """The connection is there."""
        if is_anew:
            self.stale()
        self._refresher.live()
        if self._waiting is None:
            self._waiting = self._tasks.start("quiet-hours", self._tell_after_quiet_hours())

    def pause(self) -> None:
        """The connection is gone."""
        self._refresher.pause()
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = None

    def stale(self) -> None:
        """Any of them may be different."""
        self._refresher.stale()

    async def _read(self) -> None:
        query = wire.AlarmsQuery(include_settled=self._alarms.shows_settled)
        found: wire.AlarmList = await self._call(protocol.ALARMS_LIST, query)
        await self._screen.ask(lambda: self._take(found))

    def _take(self, found: wire.AlarmList) -> None:
        news = self._alarms.take(found.rows)
        waiting = {identity_of(alarm) for alarm in self._alarms.rows if is_waiting(alarm)}
        for identity in set(self._shown) - waiting:
            self._notices.remove(self._shown.pop(identity))
        self._held &= waiting
        is_quiet = self._quiet_for_s() is not None
        for alarm in reversed(news):
            if is_quiet and alarm.level is not AlarmLevel.BAD:
                self._held.add(identity_of(alarm))
            else:
                self._held.discard(identity_of(alarm))
                self._tell(alarm)

    def _quiet_for_s(self) -> float | None:
        hours = self._preferences.quiet_hours
        left = hours.left(self._clock.now().astimezone()) if hours is not None else None
        return None if left is None else left.total_seconds()

    async def _tell_after_quiet_hours(self) -> None:
        """Tell what came in quiet hours and still waits once they are over, or are not wanted any more."""
        while True:
            await self._clock.sleep(LOOK_EVERY_S)
            await self._screen.ask(self._tell_held)

    def _tell_held(self) -> None:
        if not self._held or self._quiet_for_s() is not None:
            return
        held, self._held = self._held, set()
        for alarm in reversed(self._alarms.open):
            if identity_of(alarm) in held and is_waiting(alarm):
                self._tell(alarm)

    def _tell(self, alarm: wire.AlarmView) -> None:
        """Show a notice in place of an earlier one of the same cause."""
        identity = identity_of(alarm)
        if identity in self._shown:
            self._notices.remove(self._shown.pop(identity))
        params = {"kind": alarm.kind.value, "subject": alarm.subject}
        self._shown[identity] = self._notices.add(_LEVELS[alarm.level], NOTICE, params).id

    def _clear(self) -> None:
        for notice_id in self._shown.values():
            self._notices.remove(notice_id)
        self._shown.clear()
        self._held.clear()
        self._alarms.cleared()

    def _failed(self, trouble: Trouble) -> None:
        self._screen.tell(lambda: self._alarms.failed(trouble))
