"""Periods: whole days of a zone, kept between runs, never longer than the gateway takes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from desktop.model.overview import Period, PeriodKind, read_period
from shared.admin_wire import MAX_OVERVIEW_DAYS

TODAY = date(2026, 3, 14)
MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.mark.parametrize(
    ("kind", "first"),
    [
        (PeriodKind.TODAY, date(2026, 3, 14)), (PeriodKind.DAYS_7, date(2026, 3, 8)),
        (PeriodKind.DAYS_30, date(2026, 2, 13)), (PeriodKind.DAYS_90, date(2025, 12, 15)),
    ],
)  # fmt: skip
def test_days_up_to_today_are_whole_days_today_included(kind: PeriodKind, first: date) -> None:
    assert Period(kind).days(TODAY) == (first, TODAY)


def test_days_begin_and_end_at_the_zones_midnights() -> None:
    since, until = Period(PeriodKind.TODAY).bounds(TODAY, MOSCOW)
    assert since == datetime(2026, 3, 13, 21, tzinfo=UTC)
    assert until == datetime(2026, 3, 14, 21, tzinfo=UTC)
    berlin = ZoneInfo("Europe/Berlin")
    since, until = Period(PeriodKind.TODAY).bounds(date(2026, 3, 29), berlin)
    assert until - since == timedelta(hours=23)


def test_chosen_days_may_be_chosen_in_any_order_and_lose_what_is_too_long() -> None:
    chosen = Period(PeriodKind.CHOSEN, date(2026, 3, 5), date(2026, 3, 1))
    assert chosen.days(TODAY) == (date(2026, 3, 1), date(2026, 3, 5))
    years = Period(PeriodKind.CHOSEN, date(2020, 1, 1), TODAY)
    since, until = years.bounds(TODAY, MOSCOW)
    assert timedelta(days=364) < until - since <= timedelta(days=MAX_OVERVIEW_DAYS)


@pytest.mark.parametrize(
    "period", [Period(), Period(PeriodKind.TODAY), Period(PeriodKind.CHOSEN, date(2026, 1, 1), TODAY)]
)
def test_a_period_is_kept_as_it_was(period: Period) -> None:
    assert read_period(period.kept()) == period


@pytest.mark.parametrize("kept", ["", "chosen/", "years", "2026-01-01/2026-13-01", "a/b/c"])
def test_what_is_no_period_is_the_last_seven_days(kept: str) -> None:
    assert read_period(kept).kind is PeriodKind.DAYS_7
