"""The alarms in rows: at most one open of each identity, whoever watches at the same time.

Looking is cheap with a hundred thousand installs: each question reads an index, and counting stops at a bound. What
is written is written under one advisory lock by whoever sees that there is something to write, and judged anew there,
so two processes that see the same raise one alarm.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from gateway.application.alarm_causes import (
    COUNT_AT_MOST,
    DRIFT_WITHIN_S,
    LAID_ASIDE_WITHIN_S,
    REFUSED_WITHIN_S,
    STUCK_AFTER_S,
    STUCK_LATELY_S,
)
from gateway.application.alarm_records import AlarmRecord, Condition, RefusedWebhooks, StateFacts
from gateway.application.alarms import Renewal, Verdict
from gateway.application.records import TokenRefusal
from gateway.domain.errors import GatewayError
from gateway.storage.database import Storage, Transaction
from gateway.storage.event_store import newest_event
from shared.vocabulary import STAGE_ORDER, AlarmKind, AlarmLevel

KEEP_DAYS = 90
SHOW_SETTLED_DAYS = 7
_LOCK = 0x41_4C_41_52_4D
_COLUMNS = """
    id AS alarm_id, kind, subject, level, facts, occurrence, raised_at, seen_at, changed_at, told_at, count,
    acknowledged_at, acknowledged_by, settled_at, snoozed_until, snoozed_by
"""
_OPEN = f"SELECT {_COLUMNS} FROM alarms WHERE settled_at IS NULL ORDER BY id DESC"

# One statement for all: looking is often, and a round trip costs more than an index. An install that YCLIENTS refused
# waits for a person at its call; one whose owner let the pairing run out waits for the owner. Neither is stuck.
_STUCK = """
    SELECT count(*)::int AS count, min(stage_since) AS since FROM (
        SELECT i.stage_since FROM installs i
        WHERE i.is_newest AND i.stage_rank = %s AND i.stage_since > %s AND i.stage_since < %s
            AND i.partner_state <> 'refused' AND NOT EXISTS (
                SELECT 1 FROM whatsapp_sessions s WHERE s.install_id = i.id AND s.state = 'pairing_expired')
        ORDER BY i.stage_since DESC LIMIT %s) stuck
"""
_STUCK_STAGES = tuple(STUCK_AFTER_S)
_FACTS = f"""
    SELECT b.refused_code, b.refused_at, b.refused_fingerprint, h.failing_since, h.failed_code,
        {" ".join(f"s{n}.count AS stuck_{n}, s{n}.since AS stuck_since_{n}," for n in range(len(_STUCK_STAGES)))}
        w.refused_webhooks, d.drifted, d.drift_at, k.braked_at, k.braked, f.failed_calls, f.failed_since,
        l.laid_aside, l.laid_aside_at
    FROM partner_budget b JOIN sweep_health h ON h.id = 1
    {" ".join(f"CROSS JOIN ({_STUCK}) s{n}" for n in range(len(_STUCK_STAGES)))}
    CROSS JOIN (
        SELECT jsonb_object_agg(code, last_at) AS refused_webhooks FROM (
            SELECT coalesce(data ->> 'code', 'unknown') AS code, max(at) AS last_at FROM marketplace_events
            WHERE type = 'webhook_refused' AND salon_id IS NULL AND at > %s GROUP BY 1) refused) w
    CROSS JOIN (
        SELECT count(DISTINCT salon_id)::int AS drifted, max(at) AS drift_at FROM (
            SELECT salon_id, at FROM marketplace_events WHERE type = 'drift_found' AND at > %s
            ORDER BY at DESC LIMIT %s) drift) d
    LEFT JOIN (
        SELECT at AS braked_at, data AS braked FROM marketplace_events
        WHERE type = 'sweep_braked' AND salon_id IS NULL AND at > %s ORDER BY at DESC LIMIT 1) k ON true
    CROSS JOIN (
        SELECT count(*)::int AS failed_calls, min(finished_at) AS failed_since FROM (
            SELECT p.finished_at FROM partner_calls p JOIN installs i ON i.id = p.install_id
            WHERE p.state_rank = 0 AND i.is_newest AND i.closed_at IS NULL LIMIT %s) failed) f
    CROSS JOIN (
        SELECT count(*)::int AS laid_aside, max(received_at) AS laid_aside_at FROM (
            SELECT received_at FROM webhook_inbox WHERE state = 'dead' AND received_at > %s
            ORDER BY received_at DESC LIMIT %s) dead) l
    WHERE b.id = 1
"""
_RAISE = """
    INSERT INTO alarms (kind, subject, level, facts, occurrence, raised_at, seen_at, changed_at, told_at)
    VALUES (%s, %s, %s, %s::jsonb, %s, %s, %s, %s, %s) RETURNING id
"""
_RENEW = """
    UPDATE alarms SET seen_at = %s WHERE id = %s
"""
_CHANGE = """
    UPDATE alarms SET level = %s, facts = %s::jsonb, occurrence = %s, count = %s, changed_at = %s WHERE id = %s
"""
_AWAKE = """
    UPDATE alarms SET acknowledged_at = NULL, acknowledged_by = NULL, snoozed_until = NULL, snoozed_by = NULL
    WHERE id = %s
"""


class AlarmStore:
    """Alarms, and what they are derived from. `braked_within_s` is how long a braked sweep is news."""

    def __init__(self, storage: Storage, *, braked_within_s: float) -> None:
        self._storage = storage
        self._braked_within_s = braked_within_s

    async def facts(self) -> StateFacts:
        """Return what the database says now."""
        return await self._storage.read(self._facts)

    async def apply(
        self, judge: Callable[[Sequence[AlarmRecord]], Verdict]
    ) -> tuple[Verdict, Sequence[AlarmRecord]]:
        """Carry out what a judge makes of the open alarms; returns that and the alarms that are open then."""

        def looked(tx: Transaction) -> tuple[Verdict, Sequence[AlarmRecord]]:
            known = _records(tx, _OPEN)
            return judge(known), known

        verdict, known = await self._storage.read(looked)
        if verdict.is_empty:
            return verdict, known

        def work(tx: Transaction) -> tuple[Verdict, Sequence[AlarmRecord]]:
            tx.sql("SELECT pg_advisory_xact_lock(%s)", _LOCK)
            verdict = judge(_records(tx, _OPEN))
            _carry_out(tx, verdict)
            return verdict, _records(tx, _OPEN)

        return await self._storage.write(work)

    async def note_sweep(self, failed_code: str | None) -> None:
        """Note how a sweep went: None is well. That it goes on failing is not written again."""
        ended = (
            "UPDATE sweep_health SET failing_since = NULL, failed_code = NULL "
            "WHERE id = 1 AND failing_since IS NOT NULL"
        )
        failed = (
            "UPDATE sweep_health SET failing_since = coalesce(failing_since, %s), failed_code = %s "
            "WHERE id = 1 AND failed_code IS DISTINCT FROM %s"
        )
        if failed_code is None:
            await self._storage.write(lambda tx: tx.count(ended))
        else:
            await self._storage.write(lambda tx: tx.count(failed, tx.now, failed_code, failed_code))

    async def alarms(self, *, settled: int) -> tuple[Sequence[AlarmRecord], int]:
        """Return the open alarms and up to `settled` that settled lately, and the event they are as new as."""
        statement = f"""
            SELECT {_COLUMNS} FROM alarms WHERE settled_at > %s ORDER BY settled_at DESC, id DESC LIMIT %s
        """

        def work(tx: Transaction) -> tuple[Sequence[AlarmRecord], int]:
            cursor = newest_event(tx)
            since = tx.now - timedelta(days=SHOW_SETTLED_DAYS)
            lately = _records(tx, statement, since, settled) if settled else []
            return [*_records(tx, _OPEN), *lately], cursor

        return await self._storage.read(work)

    async def acknowledge(self, alarm_id: int, by: str) -> AlarmRecord:
        """Note who looks after an alarm; the first one stays, and a settled one needs nobody.

        Raises alarm_not_found.
        """
        statement = f"SELECT {_COLUMNS} FROM alarms WHERE id = %s FOR UPDATE"

        def work(tx: Transaction) -> AlarmRecord:
            found = _records(tx, statement, alarm_id)
            if not found:
                raise GatewayError("alarm_not_found")
            if found[0].acknowledged_at is not None or found[0].settled_at is not None:
                return found[0]
            tx.count(
                "UPDATE alarms SET acknowledged_at = %s, acknowledged_by = %s WHERE id = %s",
                tx.now, by, alarm_id,
            )  # fmt: skip
            _tell(tx, "alarm_acknowledged", alarm_id, found[0])
            named = {"alarm_id": alarm_id, "kind": found[0].kind.value, "subject": found[0].subject}
            tx.tell(before=named | {"acknowledged": False}, after=named | {"acknowledged": True})
            return _records(tx, statement, alarm_id)[0]

        return await self._storage.write(work)

    async def snooze(self, alarm_id: int, until: datetime | None, by: str) -> AlarmRecord:
        """Keep an open alarm quiet until a moment, or wake it; a settled one is left alone. Raises alarm_not_found."""
        statement = f"SELECT {_COLUMNS} FROM alarms WHERE id = %s FOR UPDATE"

        def work(tx: Transaction) -> AlarmRecord:
            found = _records(tx, statement, alarm_id)
            if not found:
                raise GatewayError("alarm_not_found")
            if found[0].settled_at is not None:
                return found[0]
            whose = None if until is None else by
            tx.count(
                "UPDATE alarms SET snoozed_until = %s, snoozed_by = %s WHERE id = %s", until, whose, alarm_id
            )
            _tell(tx, "alarm_snoozed", alarm_id, found[0])
            named = {"alarm_id": alarm_id, "kind": found[0].kind.value, "subject": found[0].subject}
            before = {"snoozed_until": _text(found[0].snoozed_until)}
            tx.tell(before=named | before, after=named | {"snoozed_until": _text(until)})
            return _records(tx, statement, alarm_id)[0]

        return await self._storage.write(work)

    def _facts(self, tx: Transaction) -> StateFacts:
        def ago(seconds: float) -> datetime:
            return tx.now - timedelta(seconds=seconds)

        asked: list[Any] = []
        for stage in _STUCK_STAGES:
            asked += [
                STAGE_ORDER.index(stage), ago(STUCK_LATELY_S), ago(STUCK_AFTER_S[stage]), COUNT_AT_MOST,
            ]  # fmt: skip
        asked += [ago(REFUSED_WITHIN_S), ago(DRIFT_WITHIN_S), COUNT_AT_MOST, ago(self._braked_within_s)]
        asked += [COUNT_AT_MOST, ago(LAID_ASIDE_WITHIN_S), COUNT_AT_MOST]
        return _facts_of(tx.sql(_FACTS, *asked)[0])


def _facts_of(row: dict[str, Any]) -> StateFacts:
    since = [row[f"stuck_since_{n}"] for n in range(len(_STUCK_STAGES))]
    braked = row["braked"] or {"missing": 0, "held": 0}
    return StateFacts(
        stuck={stage: row[f"stuck_{n}"] for n, stage in enumerate(_STUCK_STAGES)},
        stuck_since=min((moment for moment in since if moment is not None), default=None), refusal=_refusal(row),
        refused_webhooks=[
            RefusedWebhooks(code, datetime.fromisoformat(at))
            for code, at in sorted((row["refused_webhooks"] or {}).items())
        ],
        drifted=row["drifted"], drift_at=row["drift_at"], braked_at=row["braked_at"],
        braked_missing=int(braked["missing"]), braked_held=int(braked["held"]),
        sweep_failing_since=row["failing_since"], sweep_failed_code=row["failed_code"],
        failed_calls=row["failed_calls"], failed_since=row["failed_since"], laid_aside=row["laid_aside"],
        laid_aside_at=row["laid_aside_at"],
    )  # fmt: skip


def _refusal(row: dict[str, Any]) -> TokenRefusal | None:
    if row["refused_at"] is None:
        return None
    return TokenRefusal(row["refused_code"], row["refused_at"], row["refused_fingerprint"])


def _carry_out(tx: Transaction, verdict: Verdict) -> None:
    for condition in verdict.raised:
        _raise(tx, condition)
    for renewal in verdict.renewed:
        _renew(tx, renewal)
    for alarm in verdict.settled:
        tx.count("UPDATE alarms SET settled_at = %s WHERE id = %s", tx.now, alarm.alarm_id)
        _tell(tx, "alarm_settled", alarm.alarm_id, alarm)
    if verdict.settled:
        tx.count("DELETE FROM alarms WHERE settled_at < %s", tx.now - timedelta(days=KEEP_DAYS))


def _raise(tx: Transaction, condition: Condition) -> None:
    facts = json.dumps(dict(condition.facts))
    rows = tx.sql(
        _RAISE, condition.kind.value, condition.subject, condition.level.value, facts, condition.occurrence,
        *[tx.now] * 4,
    )  # fmt: skip
    _tell(tx, "alarm_raised", rows[0]["id"], condition)


def _renew(tx: Transaction, renewal: Renewal) -> None:
    condition, alarm_id = renewal.condition, renewal.alarm_id
    tx.count(_RENEW, tx.now, alarm_id)
    if renewal.is_changed:
        facts = json.dumps(dict(condition.facts))
        tx.count(
            _CHANGE, renewal.level.value, facts, condition.occurrence, renewal.count, tx.now, alarm_id
        )  # fmt: skip
    if renewal.is_worse:
        tx.count(_AWAKE, alarm_id)
    if renewal.is_told:
        tx.count("UPDATE alarms SET told_at = %s WHERE id = %s", tx.now, alarm_id)
    if renewal.is_told or renewal.is_changed:
        _tell(tx, "alarm_told" if renewal.is_told else "alarm_changed", alarm_id, condition)


def _tell(tx: Transaction, event_type: str, alarm_id: int, about: Condition | AlarmRecord) -> None:
    tx.append(
        event_type, alarm_id=alarm_id, kind=about.kind.value, subject=about.subject, level=about.level.value
    )


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment is not None else None


def _records(tx: Transaction, statement: str, *parameters: Any) -> list[AlarmRecord]:
    return [_record(row) for row in tx.sql(statement, *parameters)]


def _record(row: dict[str, Any]) -> AlarmRecord:
    known = {"kind": AlarmKind(row["kind"]), "level": AlarmLevel(row["level"])}
    return AlarmRecord(**row | known)
