"""Alarms as staff see them: the list, and who looks after one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from gateway.application.admin.desk import Handler
from gateway.application.alarm_records import AlarmRecord
from gateway.application.ports import Clock
from gateway.application.records import StaffMember
from gateway.domain.errors import GatewayError
from shared import protocol
from shared.admin_wire import AlarmList, AlarmQuery, AlarmSnooze, AlarmsQuery, AlarmView

LONGEST_SNOOZE: Final = timedelta(days=7)


class AlarmStore(Protocol):
    """The alarms in rows; see `gateway.storage.alarm_store` for the promises."""

    async def alarms(self, *, settled: int) -> tuple[Sequence[AlarmRecord], int]:
        """Return the open alarms, some that settled, and the event number they are at least as new as."""

    async def acknowledge(self, alarm_id: int, by: str) -> AlarmRecord:
        """Note who looks after an alarm."""

    async def snooze(self, alarm_id: int, until: datetime | None, by: str) -> AlarmRecord:
        """Note until when an alarm is quiet, and who wants it so."""


class Alarms:
    """The operations on alarms. `gateway.jobs.alarm_watch` raises and settles them."""

    def __init__(self, store: AlarmStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def list(self, _member: StaffMember, given: AlarmsQuery) -> AlarmList:
        """List the open alarms, and on request those that settled within the last days."""
        found, cursor = await self._store.alarms(settled=given.limit if given.include_settled else 0)
        return AlarmList(rows=[view_of(alarm) for alarm in found], cursor=cursor)

    async def acknowledge(self, member: StaffMember, given: AlarmQuery) -> AlarmView:
        """Say that somebody looks after an alarm. Raises alarm_not_found."""
        return view_of(await self._store.acknowledge(given.alarm_id, member.name))

    async def snooze(self, member: StaffMember, given: AlarmSnooze) -> AlarmView:
        """Keep an alarm quiet for a while. Raises alarm_not_found, snooze_invalid."""
        now = self._clock.now()
        if given.until is not None and not now < given.until <= now + LONGEST_SNOOZE:
            raise GatewayError("snooze_invalid")
        return view_of(await self._store.snooze(given.alarm_id, given.until, member.name))


def handlers(store: AlarmStore, clock: Clock) -> Mapping[str, Handler]:
    """Return what answers each operation on alarms."""
    alarms = Alarms(store, clock)
    return {
        protocol.ALARMS_LIST.name: alarms.list, protocol.ALARMS_ACKNOWLEDGE.name: alarms.acknowledge,
        protocol.ALARMS_SNOOZE.name: alarms.snooze,
    }  # fmt: skip


def view_of(alarm: AlarmRecord) -> AlarmView:
    """Return an alarm as it is sent."""
    return AlarmView(
        alarm_id=alarm.alarm_id, kind=alarm.kind, subject=alarm.subject, level=alarm.level, facts=dict(alarm.facts),
        raised_at=alarm.raised_at, seen_at=alarm.seen_at, count=alarm.count, told_at=alarm.told_at,
        acknowledged_at=alarm.acknowledged_at, acknowledged_by=alarm.acknowledged_by, settled_at=alarm.settled_at,
        snoozed_until=alarm.snoozed_until, snoozed_by=alarm.snoozed_by,
    )  # fmt: skip
