"""When a snoozed alarm is told again: not before its moment, once at it, and at once when it gets worse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.application.alarm_records import AlarmRecord, Condition
from gateway.application.alarms import judge
from shared.vocabulary import AlarmKind, AlarmLevel

NOW = datetime(2026, 3, 14, 11, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)


def alarm(told: timedelta, until: timedelta | None, acknowledged_by: str | None = None) -> AlarmRecord:
    """Return an alarm that was told and is snoozed at these distances from now."""
    return AlarmRecord(
        1, AlarmKind.DISK_LOW, "", AlarmLevel.WARN, {}, "", NOW - 9 * HOUR, NOW, NOW, NOW + told, 1,
        NOW if acknowledged_by else None, acknowledged_by, None, None if until is None else NOW + until,
        None if until is None else "Анна",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("told", "until", "acknowledged_by", "is_told"),
    [
        (-5 * HOUR, None, None, True), (-HOUR / 2, None, None, False),
        (-5 * HOUR, HOUR, None, False), (-5 * HOUR, timedelta(0), None, True), (-HOUR / 2, -HOUR / 4, None, True),
        (-HOUR / 4, -HOUR / 2, None, False), (-HOUR, -2 * HOUR, None, True), (-5 * HOUR, -HOUR, "Мария", False),
    ],
)  # fmt: skip
def test_it_is_told_when_its_moment_has_come_and_nobody_looks_after_it(
    told: timedelta, until: timedelta | None, acknowledged_by: str | None, is_told: bool
) -> None:
    verdict = judge(
        [alarm(told, until, acknowledged_by)],
        [Condition(AlarmKind.DISK_LOW, AlarmLevel.WARN)],
        NOW,
        watched_s=1,
    )
    assert [each.is_told for each in verdict.renewed] == ([True] if is_told else [])


def test_getting_worse_is_told_in_the_midst_of_a_snooze() -> None:
    worse = Condition(AlarmKind.DISK_LOW, AlarmLevel.BAD)
    (renewal,) = judge([alarm(-HOUR / 2, HOUR)], [worse], NOW, watched_s=1).renewed
    assert renewal.is_told
    assert renewal.is_worse
