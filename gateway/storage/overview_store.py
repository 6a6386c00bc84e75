"""The overview's figures, each counted by one statement over rows that an index finds by the period.

Nothing is kept for it: a figure is what the rows say now. What retention has destroyed is not counted any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from gateway.application.admin.overview_records import (
    TIME_EDGES_S,
    Activations,
    Answers,
    Cause,
    Overview,
    Steps,
)
from gateway.storage.budget import MINUTE_S
from gateway.storage.database import Storage, Transaction
from shared.vocabulary import SESSION_ORDER, WhatsappState

# A later step implies the ones before it, so that what retention took of a closed install's story is not missed.
_STEPS = """
    SELECT count(*) AS redirected, count(*) FILTER (WHERE is_active) AS active,
        count(*) FILTER (WHERE is_linked) AS linked,
        count(*) FILTER (WHERE is_linked OR EXISTS (
            SELECT 1 FROM marketplace_events e
            WHERE e.install_id = s.id AND e.type IN ('session.qr', 'session.pairing_code'))) AS shown
    FROM (SELECT i.id, i.activated_at IS NOT NULL AS is_active,
            i.activated_at IS NOT NULL OR EXISTS (
                SELECT 1 FROM marketplace_events e
                WHERE e.install_id = i.id AND e.type = 'session.paired') AS is_linked
        FROM installs i WHERE i.created_at >= %s AND i.created_at < %s OFFSET 0) s
"""
_ACTIVATIONS = """
    SELECT width_bucket(seconds, %s::float8[]) AS bar, count(*) AS installs,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS p50,
        percentile_cont(0.9) WITHIN GROUP (ORDER BY seconds) AS p90
    FROM (SELECT greatest(extract(epoch FROM activated_at - created_at), 0)::float8 AS seconds
          FROM installs WHERE activated_at >= %s AND activated_at < %s) s
    GROUP BY GROUPING SETS ((), (1))
"""
_FAILED_REQUESTS = """
    SELECT coalesce('failure_' || failure, 'verdict_' || verdict) AS code, count(*) AS n FROM partner_attempts
    WHERE started_at >= %s AND started_at < %s
        AND (failure IS NOT NULL OR (verdict <> 'accepted' AND left(verdict, 7) <> 'status_'))
    GROUP BY 1
"""
# Which events these are, as the index over them says it.
_CLOSES = """
    SELECT coalesce(data #>> '{data,cause}', data #>> '{data,error}', substr(type, 9)) AS code, count(*) AS n
    FROM marketplace_events
    WHERE at >= %s AND at < %s
        AND type IN ('session.reconnecting', 'session.connection_replaced', 'session.logged_out',
            'session.temp_banned', 'session.client_outdated', 'session.failed', 'session.pairing_expired')
        AND data #>> '{data,cause}' IS DISTINCT FROM 'restore'
    GROUP BY 1
"""
_ANSWERS = """
    SELECT width_bucket(started_at, %s::timestamptz[]) AS part, count(*) AS requests,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY latency_ms) AS p50,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY latency_ms) AS p95
    FROM partner_attempts WHERE started_at >= %s AND started_at < %s
    GROUP BY GROUPING SETS ((), (1))
"""
_BUSIEST = """
    SELECT part, max(n) AS n FROM (
        SELECT width_bucket(started_at, %s::timestamptz[]) AS part, date_trunc('minute', started_at), count(*) AS n
        FROM partner_attempts WHERE started_at >= %s AND started_at < %s GROUP BY 1, 2) s
    GROUP BY part
"""
_BUDGET = """
    SELECT count(*) AS n FROM partner_budget b, unnest(b.granted_at) AS at
    WHERE b.id = 1 AND at > extract(epoch FROM clock_timestamp())::float8 - %s
"""
_SESSIONS = "SELECT state_rank, count(*) AS n FROM whatsapp_sessions GROUP BY state_rank"


class OverviewStore:
    """Counts; nothing here changes anything."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def report(self, since: datetime, until: datetime, begins: Sequence[datetime]) -> Overview:
        """Count what happened from `since` until before `until`, all of it at one moment.

        `steps` are of the installs (generations) that were opened in the period: redirected, each of them; shown, those
        for which a QR or a pairing code was issued; linked, those that a phone was linked with; active, those that
        YCLIENTS confirmed at least once. Whoever came to a step counts for those before it.
        `activations` are of the installs that became active in the period, counted from when they were opened.
        `causes`: requests of partner calls begun in the period that had no answer or were not accepted, by failure or
        verdict; sessions whose connection ended in it, by cause. `parts` and `whole`: the requests of partner calls by
        when they began, `begins` being where the parts begin, and most of them in one minute of the clock. Reads that
        belong to no call, as of lists, are not written down and so not among them; `budget_used` knows all requests
        of the last minute. `sessions` are how they stand now.
        """

        def work(tx: Transaction) -> Overview:
            tx.count("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            parts, whole = _answers(tx, since, until, begins)
            return Overview(
                steps=Steps(**tx.sql(_STEPS, since, until)[0]), activations=_activations(tx, since, until),
                causes=_causes(tx, since, until), parts=parts, whole=whole,
                budget_used=tx.sql(_BUDGET, MINUTE_S)[0]["n"], sessions=_sessions(tx), read_at=tx.now,
            )  # fmt: skip

        return await self._storage.write(work)


def _activations(tx: Transaction, since: datetime, until: datetime) -> Activations:
    rows = tx.sql(_ACTIVATIONS, [float(edge) for edge in TIME_EDGES_S], since, until)
    counts = [0] * (len(TIME_EDGES_S) + 1)
    for row in rows:
        if row["bar"] is not None:
            counts[row["bar"]] = row["installs"]
    whole = _whole(rows, "bar")
    return Activations(whole["installs"], whole["p50"], whole["p90"], counts)


def _causes(tx: Transaction, since: datetime, until: datetime) -> Sequence[Cause]:
    """Return every cause, the most frequent first."""
    found = [
        Cause(side, row["code"], row["n"])
        for side, asked in (("partner", _FAILED_REQUESTS), ("session", _CLOSES))
        for row in tx.sql(asked, since, until)
    ]
    return sorted(found, key=lambda cause: (-cause.count, cause.side, cause.code))


def _answers(
    tx: Transaction, since: datetime, until: datetime, begins: Sequence[datetime]
) -> tuple[Sequence[Answers], Answers]:
    rows = tx.sql(_ANSWERS, list(begins), since, until)
    busiest = {row["part"]: row["n"] for row in tx.sql(_BUSIEST, list(begins), since, until)}
    by_part = {row["part"]: _answer(row, busiest.get(row["part"], 0)) for row in rows if row["part"]}
    whole = _answer(_whole(rows, "part"), max(busiest.values(), default=0))
    return [by_part.get(number, Answers()) for number in range(1, len(begins) + 1)], whole


def _answer(row: Mapping[str, Any], busiest_minute: int) -> Answers:
    return Answers(row["requests"], row["p50"], row["p95"], busiest_minute)


def _whole(rows: Sequence[Mapping[str, Any]], group: str) -> Mapping[str, Any]:
    """Return the row that is over all groups."""
    return next(row for row in rows if row[group] is None)


def _sessions(tx: Transaction) -> Mapping[WhatsappState, int]:
    counted = {row["state_rank"]: row["n"] for row in tx.sql(_SESSIONS)}
    return {state: counted.get(rank, 0) for rank, state in enumerate(SESSION_ORDER)}
