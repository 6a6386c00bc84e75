"""Quiet hours: between which hours of this machine's day only urgent alarms are told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

_SHAPE = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From one time of the day to another; over midnight when it ends earlier than it begins."""

    begins: time
    ends: time

    @property
    def text(self) -> str:
        """How it is kept: `22:00-08:00`."""
        return f"{self.begins:%H:%M}-{self.ends:%H:%M}"

    def left(self, here: datetime) -> timedelta | None:
        """Return for how long it stays quiet from a moment of this machine's clock; None when it is not quiet."""
        now = here.time()
        is_over_midnight = self.ends <= self.begins
        is_within = (
            now >= self.begins or now < self.ends if is_over_midnight else self.begins <= now < self.ends
        )
        if not is_within:
            return None
        day = here.date() + timedelta(days=1 if is_over_midnight and now >= self.begins else 0)
        return datetime.combine(day, self.ends, here.tzinfo) - here


def read_quiet_hours(text: str) -> QuietHours | None:
    """Return quiet hours as they were kept; None when there are none, or when it is no such thing."""
    match = _SHAPE.fullmatch(text)
    if match is None:
        return None
    hours = QuietHours(time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4])))
    return hours if hours.begins != hours.ends else None
