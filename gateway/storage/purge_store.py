"""Destroying a salon's personal data once it is gone; what accounting needs (numbers and times) stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from gateway.application.destruction import Destroyed, DestructionReport, Purge, ReportSeal, body_of
from gateway.domain.errors import GatewayError
from gateway.storage.cleared_events import note_cleared
from gateway.storage.database import Storage, Transaction
from gateway.storage.inbox_store import ALL_HOURS, hour_of
from gateway.storage.install_store import lock_newest

_REPORT = "id AS report_id, at, salon_id, ground, actor, body, key_id, mac"


class StillInstalledError(Exception):
    """The salon is connected: its data is needed."""


class PurgeStore:
    """Purges closed installs and keeps the reports."""

    def __init__(self, storage: Storage, seal: ReportSeal) -> None:
        self._storage = storage
        self._seal = seal

    async def due(self, closed_before: datetime, limit: int) -> Sequence[int]:
        """Return salons with an install that was closed before this moment and not purged."""
        statement = """
            SELECT DISTINCT salon_id FROM (
                SELECT salon_id FROM installs WHERE closed_at < %s AND purged_at IS NULL ORDER BY closed_at LIMIT %s
            ) i
        """
        rows = await self._storage.read(lambda tx: tx.sql(statement, closed_before, limit))
        return [row["salon_id"] for row in rows]

    async def purge(self, purge: Purge, *, closed_before: datetime | None = None) -> DestructionReport | None:
        """Destroy what is personal of a salon's closed installs, and report it; None when there was none to purge.

        With `closed_before` a salon that is connected again keeps what belongs to its present install. Without it,
        raises StillInstalledError for a salon that is connected.
        """
        return await self._storage.write(lambda tx: self._purge(tx, purge, closed_before))

    async def purge_on_request(self, purge: Purge, generation: int) -> DestructionReport:
        """Destroy what is personal of a salon that has left and whose newest install is this generation.

        Raises salon_not_found, generation_changed, still_installed, nothing_to_destroy.
        """

        def work(tx: Transaction) -> DestructionReport:
            newest = lock_newest(tx, purge.salon_id)
            if newest is None:
                raise GatewayError("salon_not_found")
            if newest.generation != generation:
                raise GatewayError("generation_changed")
            if newest.is_open:
                raise GatewayError("still_installed")
            report = self._purge(tx, purge, None)
            if report is None:
                raise GatewayError("nothing_to_destroy")
            return report

        return await self._storage.write(work)

    async def reports(self, salon_id: int | None = None) -> Sequence[DestructionReport]:
        """Return the reports, the newest first."""
        where, parameters = ("", ()) if salon_id is None else ("WHERE salon_id = %s", (salon_id,))
        statement = f"SELECT {_REPORT} FROM destruction_reports {where} ORDER BY id DESC"
        return [_report(row) for row in await self._storage.read(lambda tx: tx.sql(statement, *parameters))]

    def _purge(
        self, tx: Transaction, purge: Purge, closed_before: datetime | None
    ) -> DestructionReport | None:
        newest = lock_newest(tx, purge.salon_id)
        is_gone = newest is not None and not newest.is_open
        if closed_before is None and newest is not None and not is_gone:
            raise StillInstalledError
        rows = tx.sql(
            "SELECT id, generation FROM installs WHERE salon_id = %s AND closed_at < %s AND purged_at IS NULL",
            purge.salon_id, closed_before or tx.now,
        )  # fmt: skip
        if not rows:
            return None
        installs = {row["id"]: row["generation"] for row in rows}
        is_last = is_gone and newest is not None and newest.install_id in installs
        destroyed = _destroy(tx, purge.salon_id, list(installs), whole_salon=is_last)
        report = self._keep(tx, purge, installs, destroyed)
        tx.append("personal_data_destroyed", salon_id=purge.salon_id, report_id=report.report_id)
        told = {"report_id": report.report_id, "report_sha256": report.digest}
        tx.tell(before={"installs": sorted(installs)}, after=told, salon_id=purge.salon_id)
        return report

    def _keep(
        self, tx: Transaction, purge: Purge, installs: dict[int, int], destroyed: dict[str, Destroyed]
    ) -> DestructionReport:
        report_id = tx.sql("SELECT nextval(pg_get_serial_sequence('destruction_reports', 'id')) AS id")[0][
            "id"
        ]
        body = body_of(report_id, tx.now, purge, installs, destroyed)
        key_id, mac = self._seal.sign(body)
        tx.count(
            "INSERT INTO destruction_reports (id, at, salon_id, ground, actor, reason, body, key_id, mac) "
            "OVERRIDING SYSTEM VALUE VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            report_id, tx.now, purge.salon_id, purge.ground.value, purge.actor, purge.reason, body, key_id, mac,
        )  # fmt: skip
        return DestructionReport(
            report_id, tx.now, purge.salon_id, purge.ground.value, purge.actor, body, key_id, mac
        )


def _destroy(
    tx: Transaction, salon_id: int, installs: list[int], *, whole_salon: bool
) -> dict[str, Destroyed]:
    """Destroy what is personal of these installs; of a salon that is gone, also what belongs to no one install."""
    sessions = "SELECT salon_id FROM whatsapp_sessions WHERE install_id = ANY(%s)"
    tx.count(
        "UPDATE companies c SET whatsapp_generation = greatest(whatsapp_generation, s.generation), "
        "whatsapp_seq = greatest(whatsapp_seq, s.last_seq) FROM whatsapp_sessions s "
        "WHERE s.salon_id = c.yclients_id AND s.install_id = ANY(%s)",
        installs,
    )  # fmt: skip
    destroyed = {
        "webhook_inbox": _ids(tx, _WEBHOOKS, salon_id, whole_salon, installs, installs),
        "marketplace_events": _events(tx, salon_id, installs, whole_salon=whole_salon),
        "partner_attempts": _ids(
            tx, "UPDATE partner_attempts a SET headers = NULL, body_head = NULL FROM partner_calls c "
            "WHERE c.id = a.call_id AND c.install_id = ANY(%s) "
            "AND (a.headers IS NOT NULL OR a.body_head IS NOT NULL) RETURNING a.id AS id", installs,
        ),
        "partner_calls": _ids(
            tx, "UPDATE partner_calls SET reason = NULL, error_text = NULL WHERE install_id = ANY(%s) "
            "AND (reason IS NOT NULL OR error_text IS NOT NULL) RETURNING id", installs,
        ),
        "whatsapp_messages": Destroyed(
            tx.count(f"DELETE FROM whatsapp_messages WHERE salon_id IN ({sessions})", installs)
        ),
        "whatsapp_sends": Destroyed(
            tx.count(f"DELETE FROM whatsapp_sends WHERE salon_id IN ({sessions})", installs)
        ),
        "whatsapp_sessions": Destroyed(tx.count("DELETE FROM whatsapp_sessions WHERE install_id = ANY(%s)", installs)),
        "installs": _ids(
            tx, "UPDATE installs SET owner_user_id = NULL, error_text = NULL, frozen_reason = NULL, search_text = '', "
            "purged_at = %s WHERE id = ANY(%s) RETURNING id", tx.now, installs,
        ),
    }  # fmt: skip
    if whole_salon:
        destroyed["whatsapp_hints"] = Destroyed(
            tx.count("DELETE FROM whatsapp_hints WHERE salon_id = %s", salon_id)
        )
        destroyed["companies"] = _ids(
            tx,
            "UPDATE companies SET title = '', city = NULL, "
            "assistant_off_reason = CASE WHEN assistant_off_at IS NOT NULL THEN '' END "
            "WHERE yclients_id = %s RETURNING id",
            salon_id,
        )
    return destroyed


# An entity notice names no install: it belongs to the one that was open when it came.
_WEBHOOKS = f"""
    DELETE FROM webhook_inbox WHERE {hour_of("received_at")} IN ({ALL_HOURS}) AND salon_id = %s AND (
        %s OR install_id = ANY(%s)
        OR install_id IS NULL AND received_at <= (SELECT max(closed_at) FROM installs WHERE id = ANY(%s)))
    RETURNING id
"""


def _events(tx: Transaction, salon_id: int, installs: list[int], *, whole_salon: bool) -> Destroyed:
    statement = (
        "DELETE FROM marketplace_events WHERE type <> 'staff_acted' AND salon_id = %s AND (%s OR install_id = ANY(%s)) "
        "RETURNING id, type"
    )
    rows = tx.sql(statement, salon_id, whole_salon, installs)
    note_cleared(tx, rows)
    return _told(rows)


def _ids(tx: Transaction, statement: str, *parameters: Any) -> Destroyed:
    return _told(tx.sql(statement, *parameters))


def _told(rows: Sequence[dict[str, Any]]) -> Destroyed:
    ids = [row["id"] for row in rows]
    return Destroyed(len(ids), min(ids), max(ids)) if ids else Destroyed(0)


def _report(row: dict[str, Any]) -> DestructionReport:
    return DestructionReport(**{**row, "mac": bytes(row["mac"])})
