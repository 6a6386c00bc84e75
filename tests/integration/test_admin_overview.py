"""The overview over rows with known answers: every figure equals what the test counts by itself, borders included."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import quantiles
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.application.admin.desk import checked
from gateway.application.admin.overview import handlers
from gateway.application.admin.overview_records import TIME_EDGES_S
from gateway.application.records import StaffMember
from gateway.storage import overview_store as store
from gateway.storage.budget import PER_MINUTE
from gateway.storage.database import Storage, Transaction
from gateway.storage.overview_store import OverviewStore
from shared.admin_wire import OverviewQuery
from shared.vocabulary import StaffRole, WhatsappState
from tests.support.harness import Harness
from tests.support.salons import Person
from tests.support.staff import member
from tests.support.waiting import until

ZONE = ZoneInfo("Europe/Moscow")
SINCE = datetime(2026, 3, 2, tzinfo=ZONE)
UNTIL = datetime(2026, 3, 9, tzinfo=ZONE)
PERIOD = {"since": SINCE.isoformat(), "until": UNTIL.isoformat(), "zone": "Europe/Moscow"}
MICRO = timedelta(microseconds=1)
FIRST = 700_000
NOBODY = StaffMember(1, "Вера", StaffRole.VIEWER)


@dataclass(frozen=True, slots=True)
class Tale:
    """An install as a test tells it: when it was opened, how it went on, when it became active."""

    opened: datetime
    events: tuple[str, ...] = ()
    took_s: float | None = None


def at(day: int, hour: int = 12, minute: int = 0, second: int = 0) -> datetime:
    """A moment of March 2026 in Moscow."""
    return datetime(2026, 3, day, hour, minute, second, tzinfo=ZONE)


TALES = (
    Tale(SINCE - MICRO, ("session.qr", "session.paired"), 90),  # opened before the period, active within it
    Tale(SINCE, ("session.starting", "session.qr", "session.qr", "session.paired"), 59.9),
    Tale(at(2), ("session.qr", "session.qr")),
    Tale(at(3), ("session.pairing_code",)),
    Tale(at(3), ("session.starting",)),
    Tale(at(4), ("session.qr", "session.paired")),
    Tale(at(4), (), 60),  # its story is gone; that it became active says the rest
    Tale(at(5), ("session.qr", "session.paired"), 200_000),
    Tale(at(6)),
    Tale(UNTIL - MICRO, ("session.qr", "session.paired"), 300),  # active after the period
    Tale(UNTIL, ("session.qr", "session.paired"), 10),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of a partner call."""

    began: datetime
    latency_ms: int | None = 100
    verdict: str | None = "accepted"
    failure: str | None = None


ASKED = (
    Asked(SINCE - MICRO, 9_000, "rejected"),
    Asked(SINCE, 40, "status_active"),
    Asked(at(2, 0, 0, 1), 80),
    Asked(at(2, 0, 0, 59), 120, "already_installed_or_refused"),
    Asked(at(2, 0, 1, 0), 160, "rejected"),
    Asked(at(2, 23, 59, 59), 5_000, "retry", "timeout"),
    Asked(at(3, 0, 0, 0), None, None),  # under way, or its process was killed
    Asked(at(5, 3), 10_000, "retry", "timeout"),
    Asked(at(5, 3), 10, "rejected"),
    Asked(at(5, 4), 20, "timeout", "timeout"),
    Asked(UNTIL - MICRO, 70),
    Asked(UNTIL, 9_000, "rejected"),
)
CLOSES: tuple[tuple[datetime, str, dict[str, str]], ...] = (
    (SINCE - MICRO, "session.logged_out", {}),
    (SINCE, "session.reconnecting", {"cause": "network_unreachable"}),
    (at(4), "session.reconnecting", {"cause": "network_unreachable"}),
    (at(4), "session.reconnecting", {"cause": "restore"}),  # taken over by another process: no loss
    (at(5), "session.logged_out", {}),
    (at(6), "session.failed", {"error": "engine_failed"}),
    (UNTIL - MICRO, "session.connection_replaced", {}),
    (at(6), "session.connected", {}),
    (UNTIL, "session.logged_out", {}),
)


@pytest.fixture
async def viewer(harness: Harness) -> Person:
    return Person(harness, await member(harness, StaffRole.VIEWER))


async def reported(storage: Storage, **given: str) -> dict[str, Any]:
    """Return the report on the tales' period: without a gateway, whose sweeps would meddle with the tales."""
    reports = handlers(OverviewStore(storage), PER_MINUTE)
    query = checked(OverviewQuery, PERIOD | given)
    answer: Any = await reports["overview.report"](NOBODY, query)
    told: dict[str, Any] = answer.model_dump(mode="json")
    return told


def _tell(tx: Transaction) -> None:
    """Write the tales, the requests and the closes as rows."""
    install_id = 0
    for number, tale in enumerate(TALES):
        salon_id = FIRST + number
        company = tx.sql("INSERT INTO companies (yclients_id) VALUES (%s) RETURNING id", salon_id)[0]["id"]
        active_at = None if tale.took_s is None else tale.opened + timedelta(seconds=tale.took_s)
        install_id = tx.sql(
            "INSERT INTO installs (company_id, salon_id, generation, partner_state, partner_since, stage, stage_since, "
            "registered_at, support_code, correlation, created_at, activated_at) "
            "VALUES (%s, %s, 1, %s, now(), 'new', now(), now(), 'AA-BB-CC', %s, %s, %s) RETURNING id",
            company, salon_id, "active" if active_at else "pending", f"tale-{number}", tale.opened, active_at,
        )[0]["id"]  # fmt: skip
        for event in tale.events:
            _event(tx, tale.opened, salon_id, install_id, event, {})
    for when, event, data in CLOSES:
        _event(tx, when, FIRST, None, event, data)
    call = tx.sql(
        "INSERT INTO partner_calls (install_id, kind, state, next_attempt_at) VALUES (%s, 'activate', 'held', now()) "
        "RETURNING id",
        install_id,
    )[0]["id"]
    for number, asked in enumerate(ASKED, start=1):
        tx.count(
            "INSERT INTO partner_attempts (call_id, number, operation, started_at, latency_ms, verdict, failure) "
            "VALUES (%s, %s, 'callback', %s, %s, %s, %s)",
            call, number, asked.began, asked.latency_ms, asked.verdict, asked.failure,
        )  # fmt: skip


def _event(tx: Transaction, when: datetime, salon: int, install: int | None, event: str, data: Any) -> None:
    tx.count(
        "INSERT INTO marketplace_events (at, salon_id, install_id, type, data) "
        "VALUES (%s, %s, %s, %s, jsonb_build_object('data', %s::jsonb))",
        when, salon, install, event, json.dumps(data),
    )  # fmt: skip


def within(moment: datetime | None) -> bool:
    return moment is not None and SINCE <= moment < UNTIL


def percentile(values: Sequence[float], percent: int) -> float | None:
    """By the same definition as Postgres' percentile_cont, computed by another's hands."""
    if len(values) < 2:
        return values[0] if values else None
    return quantiles(values, n=100, method="inclusive")[percent - 1]


async def test_the_funnel_counts_installs_by_when_they_were_opened_and_a_step_implies_those_before(
    storage: Storage,
) -> None:
    await storage.write(_tell)
    funnel = (await reported(storage))["funnel"]
    opened = [tale for tale in TALES if within(tale.opened)]
    active = [tale for tale in opened if tale.took_s is not None]
    linked = [tale for tale in opened if tale in active or "session.paired" in tale.events]
    codes = {"session.qr", "session.pairing_code"}
    shown = [tale for tale in opened if tale in linked or codes & set(tale.events)]
    assert funnel == {
        "redirected": len(opened), "shown": len(shown), "linked": len(linked), "active": len(active),
    }  # fmt: skip
    assert sorted(funnel.values(), reverse=True) == [9, 7, 5, 4]


async def test_times_to_active_are_of_installs_that_became_active_within_the_period(
    storage: Storage,
) -> None:
    await storage.write(_tell)
    times = (await reported(storage))["activation"]
    took = [
        tale.took_s
        for tale in TALES
        if tale.took_s is not None and within(tale.opened + timedelta(seconds=tale.took_s))
    ]
    assert sorted(took) == [59.9, 60, 90, 200_000]
    assert times["total"] == len(took)
    assert times["p50_s"] == pytest.approx(percentile(took, 50))
    assert times["p90_s"] == pytest.approx(percentile(took, 90))
    edges = [0, *TIME_EDGES_S, float("inf")]
    expected = [sum(a <= s < b for s in took) for a, b in pairwise(edges)]
    assert [bar["count"] for bar in times["bars"]] == expected
    assert [bar["from_s"] for bar in times["bars"]] == edges[:-1]
    assert [bar["to_s"] for bar in times["bars"]] == [*TIME_EDGES_S, None]


async def test_failures_are_counted_by_their_cause_and_a_takeover_is_none(
    storage: Storage,
) -> None:
    await storage.write(_tell)
    failures = (await reported(storage))["failures"]
    assert failures == [
        {"side": "partner", "code": "failure_timeout", "count": 3},
        {"side": "partner", "code": "verdict_rejected", "count": 2},
        {"side": "session", "code": "network_unreachable", "count": 2},
        {"side": "partner", "code": "verdict_already_installed_or_refused", "count": 1},
        {"side": "session", "code": "connection_replaced", "count": 1},
        {"side": "session", "code": "engine_failed", "count": 1},
        {"side": "session", "code": "logged_out", "count": 1},
    ]


async def test_answers_are_told_by_days_of_the_zone_that_was_asked_for(
    storage: Storage,
) -> None:
    await storage.write(_tell)
    for zone in ("Europe/Moscow", "Asia/Vladivostok"):
        report = await reported(storage, zone=zone)
        asked = [each for each in ASKED if within(each.began)]
        by_day = {each.began.astimezone(ZoneInfo(zone)).date() for each in asked}
        told = {
            datetime.fromisoformat(part["begins"]).astimezone(ZoneInfo(zone)).date(): part
            for part in report["answers"]
        }
        assert len(told) == len(report["answers"]) == (7 if zone == "Europe/Moscow" else 8)
        assert by_day <= set(told)
        for day, part in told.items():
            mine = [each for each in asked if each.began.astimezone(ZoneInfo(zone)).date() == day]
            assert_answers(part, mine)
        assert_answers(report["whole"], asked)


def assert_answers(part: dict[str, Any], mine: Sequence[Asked]) -> None:
    latencies = [each.latency_ms for each in mine if each.latency_ms is not None]
    minutes = Counter(each.began.replace(second=0, microsecond=0) for each in mine)
    assert part["requests"] == len(mine)
    assert part["busiest_minute"] == max(minutes.values(), default=0)
    for name, percent in (("p50_ms", 50), ("p95_ms", 95)):
        expected = percentile(latencies, percent)
        assert part[name] == (None if expected is None else pytest.approx(expected))


async def test_two_days_are_told_by_the_hour(storage: Storage) -> None:
    await storage.write(_tell)
    report = await reported(storage, until=(SINCE + timedelta(days=1)).isoformat())
    hours = [datetime.fromisoformat(part["begins"]) for part in report["answers"]]
    assert hours == [SINCE + timedelta(hours=number) for number in range(24)]
    busy = {n: part["requests"] for n, part in enumerate(report["answers"]) if part["requests"]}
    assert busy == {0: 4, 23: 1}
    assert report["answers"][0]["busiest_minute"] == 3


async def test_a_period_without_anything_is_all_zeros(storage: Storage) -> None:
    report = await reported(storage)
    assert report["funnel"] == {"redirected": 0, "shown": 0, "linked": 0, "active": 0}
    assert (report["activation"]["p50_s"], report["activation"]["total"]) == (None, 0)
    assert (report["failures"], report["whole"]["requests"], report["whole"]["p95_ms"]) == ([], 0, None)
    assert (report["budget_used"], report["budget_per_minute"]) == (0, 200)
    assert set(report["sessions"].values()) == {0}


async def test_a_real_install_walks_through_every_step_and_its_requests_are_in_the_budget(
    harness: Harness, viewer: Person
) -> None:
    now = datetime.now(UTC)
    today = {"since": (now - timedelta(hours=1)).isoformat(), "until": (now + timedelta(hours=1)).isoformat()}

    async def funnel() -> list[int]:
        found = (await viewer.done("overview.report", **today))["funnel"]
        return [found[step] for step in ("redirected", "shown", "linked", "active")]

    token = await harness.link()
    assert await funnel() == [1, 0, 0, 0]
    await harness.show_qr(token)
    assert await funnel() == [1, 1, 0, 0]
    await harness.phone("scan")
    await harness.reaches(token, "active")
    assert await funnel() == [1, 1, 1, 1]
    report = await viewer.done("overview.report", **today)
    assert report["activation"]["total"] == 1
    assert report["sessions"][WhatsappState.CONNECTED] == 1
    (attempts,) = await harness.rows("SELECT count(*) AS n FROM partner_attempts")
    assert report["whole"]["requests"] == attempts["n"] > 0
    assert report["budget_used"] >= attempts["n"]
    assert report["failures"] == []
    await harness.phone("unlink")

    async def unlinked() -> bool:
        sessions = (await viewer.done("overview.report", **today))["sessions"]
        return bool(sessions[WhatsappState.LOGGED_OUT] == 1)

    await until(unlinked, what="the session is unlinked")
    failures = (await viewer.done("overview.report", **today))["failures"]
    assert failures == [{"side": "session", "code": "logged_out", "count": 1}]


async def test_a_period_that_is_none_or_too_long_or_of_no_known_zone_is_refused(viewer: Person) -> None:
    late = (SINCE + timedelta(days=366, seconds=1)).isoformat()
    for wrong in (
        {"until": PERIOD["since"]}, {"until": (SINCE - timedelta(days=1)).isoformat()}, {"until": late},
        {"zone": "Europe/Nowhere"}, {"zone": "../../etc/passwd"}, {"since": "2026-03-02T00:00:00"},
    ):  # fmt: skip
        assert await viewer.refused("overview.report", **PERIOD | wrong) == "field_invalid"


async def test_no_figure_reads_the_events_that_are_not_counted(storage: Storage) -> None:
    """Each statement's plan finds the rows of its tables by the indexes that were made for it."""
    plans: list[str] = []

    def work(tx: Transaction) -> None:
        tx.count("SET LOCAL enable_seqscan = off")
        tell = tx.sql

        class Explaining:
            db, now, count = tx.db, tx.now, tx.count

            def sql(self, statement: str, *given: Any) -> Any:
                plans.extend(row["QUERY PLAN"] for row in tell("EXPLAIN " + statement, *given))
                return tell(statement, *given)

        explaining: Any = Explaining()
        store._activations(explaining, SINCE, UNTIL)
        store._causes(explaining, SINCE, UNTIL)
        store._answers(explaining, SINCE, UNTIL, [SINCE])
        explaining.sql(store._STEPS, SINCE, UNTIL)

    await storage.write(work)
    assert not [line for line in plans if "Seq Scan" in line]
    used = " ".join(plans)
    for index in (
        "marketplace_events_steps_idx", "marketplace_events_close_times_idx", "installs_created_idx",
        "installs_activated_idx", "partner_attempts_started_idx",
    ):  # fmt: skip
        assert index in used
