"""Quiet hours: read as they were kept, over midnight too, and exact at their edges."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest

from desktop.model.preferences import PreferenceValues, fitting
from desktop.model.quiet_hours import QuietHours, read_quiet_hours

NIGHT = QuietHours(time(22), time(8))
LUNCH = QuietHours(time(12, 30), time(13))


def at(hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 3, 14, hour, minute, second).astimezone()


@pytest.mark.parametrize(
    ("hours", "now", "left"),
    [
        (NIGHT, at(21, 59, 59), None), (NIGHT, at(22), timedelta(hours=10)), (NIGHT, at(23, 30), timedelta(hours=8.5)),
        (NIGHT, at(0), timedelta(hours=8)), (NIGHT, at(7, 59), timedelta(minutes=1)), (NIGHT, at(8), None),
        (LUNCH, at(12, 29), None), (LUNCH, at(12, 30), timedelta(minutes=30)), (LUNCH, at(13), None),
    ],
)  # fmt: skip
def test_it_is_quiet_from_the_first_moment_to_the_last_and_not_after(
    hours: QuietHours, now: datetime, left: timedelta | None
) -> None:
    assert hours.left(now) == left


@pytest.mark.parametrize(
    "text", ["", "22:00", "22-8", "24:00-08:00", "22:60-08:00", "08:00-08:00", "22:00-08:00 "]
)
def test_what_is_no_such_thing_is_none(text: str) -> None:
    assert read_quiet_hours(text) is None
    assert fitting(PreferenceValues(quiet_hours=text)).quiet_hours == ""


def test_they_are_read_as_they_are_kept() -> None:
    assert read_quiet_hours(NIGHT.text) == NIGHT
    assert NIGHT.text == "22:00-08:00"
    assert fitting(PreferenceValues(quiet_hours=NIGHT.text)).quiet_hours == NIGHT.text
