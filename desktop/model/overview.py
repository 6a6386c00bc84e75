"""The overview: of which period, and what the gateway reported on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from desktop.model.observable import Signal
from desktop.model.problem import Trouble
from shared.admin_wire import MAX_OVERVIEW_DAYS, OverviewReport


class PeriodKind(StrEnum):
    """Which days: up to today, or chosen ones."""

    TODAY = "today"
    DAYS_7 = "days_7"
    DAYS_30 = "days_30"
    DAYS_90 = "days_90"
    CHOSEN = "chosen"


_DAYS = {PeriodKind.TODAY: 1, PeriodKind.DAYS_7: 7, PeriodKind.DAYS_30: 30, PeriodKind.DAYS_90: 90}


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days of this machine's zone, both ends included; `first` and `last` count for chosen ones alone."""

    kind: PeriodKind = PeriodKind.DAYS_7
    first: date = date(2026, 1, 1)
    last: date = date(2026, 1, 1)

    def days(self, today: date) -> tuple[date, date]:
        """Return the first and the last day; a longer period than the gateway takes loses its beginning."""
        if self.kind is not PeriodKind.CHOSEN:
            return today - timedelta(days=_DAYS[self.kind] - 1), today
        first, last = sorted((self.first, self.last))
        return max(first, last - timedelta(days=MAX_OVERVIEW_DAYS - 2)), last

    def bounds(self, today: date, zone: tzinfo) -> tuple[datetime, datetime]:
        """Return the first moment of it and the first one after it, in UTC."""
        first, last = self.days(today)
        begin, end = (datetime.combine(day, time(), zone) for day in (first, last + timedelta(days=1)))
        return begin.astimezone(UTC), end.astimezone(UTC)

    def kept(self) -> str:
        """Return it as it is kept between runs."""
        is_chosen = self.kind is PeriodKind.CHOSEN
        return f"{self.first}/{self.last}" if is_chosen else self.kind.value


def read_period(kept: str) -> Period:
    """Return a period that was kept, the last seven days when that is none."""
    try:
        if "/" in kept:
            first, last = (date.fromisoformat(part) for part in kept.split("/"))
            return Period(PeriodKind.CHOSEN, first, last)
        return Period(PeriodKind(kept))
    except ValueError:
        return Period()


class OverviewModel:
    """The report as it was read last; it stays when the next one cannot be read."""

    def __init__(self) -> None:
        self.changed: Signal[[]] = Signal()
        self.report: OverviewReport | None = None
        self.problem: Trouble | None = None

    def take(self, report: OverviewReport) -> None:
        """Show what was read."""
        self.report, self.problem = report, None
        self.changed.emit()

    def failed(self, problem: Trouble) -> None:
        """It could not be read."""
        self.problem = problem
        self.changed.emit()

    def cleared(self) -> None:
        """Another gateway, or another period: what is shown is not of it."""
        self.report, self.problem = None, None
        self.changed.emit()
