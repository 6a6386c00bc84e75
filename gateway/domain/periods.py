"""A period cut into days or hours of somebody's time zone."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.domain.errors import GatewayError

HOURLY_UP_TO = timedelta(days=2)
"""A period that is no longer is shown by the hour."""


def zone_named(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name. Raises GatewayError field_invalid for one that is not known here."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise GatewayError("field_invalid") from None


def cut(since: datetime, until: datetime, zone: ZoneInfo) -> list[datetime]:
    """Return where the parts of a period begin, in UTC: at `since`, then with each day or hour of the zone.

    A day in which the clocks change has 23 or 25 hours; the first and the last part may be shorter than the others.
    """
    following = _next_hour if until - since <= HOURLY_UP_TO else _next_day
    begins, moment = [], since.astimezone(UTC)
    while moment < until:
        begins.append(moment)
        moment = following(moment, zone)
    return begins


def _next_day(moment: datetime, zone: ZoneInfo) -> datetime:
    tomorrow = moment.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), zone).astimezone(UTC)


def _next_hour(moment: datetime, zone: ZoneInfo) -> datetime:
    local = moment.astimezone(zone)
    past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return moment - past + timedelta(hours=1)
