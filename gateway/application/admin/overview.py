"""The overview: how installs come through, what fails, how the partner answers, over a period and now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from gateway.application.admin.desk import Handler
from gateway.application.admin.overview_records import TIME_EDGES_S, Activations, Answers, Overview
from gateway.application.records import StaffMember
from gateway.domain.errors import GatewayError
from gateway.domain.periods import cut, zone_named
from shared import protocol
from shared.admin_wire import (
    MAX_OVERVIEW_DAYS,
    ActivationTimes,
    AnswerTimes,
    FailureCause,
    FunnelSteps,
    OverviewQuery,
    OverviewReport,
    TimeBar,
)


class OverviewStore(Protocol):
    """The figures; see `gateway.storage.overview_store` for what each counts."""

    async def report(self, since: datetime, until: datetime, begins: Sequence[datetime]) -> Overview:
        """Count what happened in a period."""


class Reports:
    """The one operation of the overview."""

    def __init__(self, store: OverviewStore, budget_per_minute: int) -> None:
        self._store = store
        self._budget_per_minute = budget_per_minute

    async def report(self, _member: StaffMember, given: OverviewQuery) -> OverviewReport:
        """Report on a period. Raises field_invalid when it is none, is too long or is of an unknown zone."""
        zone, length = zone_named(given.zone), given.until - given.since
        if not 0 < length.total_seconds() <= MAX_OVERVIEW_DAYS * 86400:
            raise GatewayError("field_invalid")
        begins = cut(given.since, given.until, zone)
        found = await self._store.report(given.since, given.until, begins)
        steps = found.steps
        return OverviewReport(
            since=given.since, until=given.until, zone=given.zone, read_at=found.read_at,
            funnel=FunnelSteps(
                redirected=steps.redirected, shown=steps.shown, linked=steps.linked, active=steps.active
            ),
            activation=_times_of(found.activations),
            failures=[FailureCause(side=each.side, code=each.code, count=each.count) for each in found.causes],
            answers=[_answers_of(begin, part) for begin, part in zip(begins, found.parts, strict=True)],
            whole=_answers_of(given.since, found.whole), budget_used=found.budget_used,
            budget_per_minute=self._budget_per_minute, sessions=dict(found.sessions),
        )  # fmt: skip


def handlers(store: OverviewStore, budget_per_minute: int) -> Mapping[str, Handler]:
    """Return what answers each operation; `budget_per_minute` is how many requests YCLIENTS allows."""
    return {protocol.OVERVIEW_REPORT.name: Reports(store, budget_per_minute).report}


def _times_of(found: Activations) -> ActivationTimes:
    begins, ends = (0, *TIME_EDGES_S), (*TIME_EDGES_S, None)
    bars = [
        TimeBar(from_s=begin, to_s=end, count=count)
        for begin, end, count in zip(begins, ends, found.counts, strict=True)
    ]
    return ActivationTimes(total=found.total, p50_s=found.p50_s, p90_s=found.p90_s, bars=bars)


def _answers_of(begin: datetime, found: Answers) -> AnswerTimes:
    return AnswerTimes(
        begins=begin, requests=found.requests, p50_ms=found.p50_ms, p95_ms=found.p95_ms,
        busiest_minute=found.busiest_minute,
    )  # fmt: skip
