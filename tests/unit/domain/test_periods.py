"""Days and hours of a zone: borders at its midnights, days of 23 and 25 hours, nothing left out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from gateway.domain.errors import GatewayError
from gateway.domain.periods import cut, zone_named

BERLIN = ZoneInfo("Europe/Berlin")


def test_days_begin_at_the_zones_midnights_whatever_the_clocks_do() -> None:
    since, until = datetime(2026, 3, 27, tzinfo=BERLIN), datetime(2026, 3, 31, tzinfo=BERLIN)
    begins = cut(since, until, BERLIN)
    assert [f"{each.astimezone(BERLIN):%d %H:%M}" for each in begins] == [
        "27 00:00", "28 00:00", "29 00:00", "30 00:00",
    ]  # fmt: skip
    hours = [(later - earlier) / timedelta(hours=1) for earlier, later in pairwise([*begins, until])]
    assert hours == [24, 24, 23, 24]


def test_a_day_of_25_hours_has_25() -> None:
    since, until = datetime(2026, 10, 25, tzinfo=BERLIN), datetime(2026, 10, 26, tzinfo=BERLIN)
    assert len(cut(since, until, BERLIN)) == 25


def test_the_first_part_begins_where_the_period_does() -> None:
    since = datetime(2026, 3, 2, 10, 20, 30, tzinfo=UTC)
    zone = zone_named("Asia/Kolkata")
    begins = cut(since, since + timedelta(hours=2), zone)
    assert [f"{each:%H:%M:%S}" for each in begins] == ["10:20:30", "10:30:00", "11:30:00"]
    days = cut(since, since + timedelta(days=3), zone)
    assert [f"{each:%d %H:%M:%S}" for each in days] == [
        "02 10:20:30", "02 18:30:00", "03 18:30:00", "04 18:30:00",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["Europe/Nowhere", "../etc/passwd", "/etc/passwd", "", "posix"])
def test_a_zone_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(GatewayError, match="field_invalid"):
        zone_named(name)
