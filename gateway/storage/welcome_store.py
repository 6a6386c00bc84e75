"""Which installs are to be welcomed, as their rows and the outbox tell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from gateway.application.records import WelcomeDue
from gateway.storage.database import Storage, Transaction

WITHIN_HOURS = 24
"""An install that was confirmed longer ago is not welcomed any more: setting a text greets nobody of old."""

# A message that certainly was not sent (its connection ended first) is made anew under the next name; one that is on
# its way is waited for, and after any other no second one is made.
_DUE = """
    SELECT i.id AS install_id, i.salon_id, i.generation, m.tried, m.is_settled
    FROM installs i JOIN whatsapp_sessions s ON s.install_id = i.id
    CROSS JOIN LATERAL (
        SELECT count(*) AS tried, coalesce(bool_or(status IN ('queued', 'sending')), false) AS is_pending,
            coalesce(bool_or(status IN ('sent', 'unknown')
                OR (status = 'failed' AND error <> 'whatsapp_not_connected')), false) AS is_settled
        FROM whatsapp_sends
        WHERE salon_id = i.salon_id AND starts_with(client_ref, 'welcome:' || i.generation || ':')) m
    WHERE i.is_newest AND i.partner_state = 'active' AND i.welcomed_at IS NULL AND i.frozen_by_staff_at IS NULL
      AND i.activated_at > %s AND s.state = 'connected' AND s.expected_phone_masked IS NULL AND NOT m.is_pending
      AND NOT EXISTS (SELECT 1 FROM companies c WHERE c.id = i.company_id AND c.assistant_off_at IS NOT NULL)
    ORDER BY i.activated_at LIMIT %s
"""


class WelcomeStore:
    """Reads what is due and notes what is done."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def due(self, limit: int) -> Sequence[WelcomeDue]:
        """Return installs that became active lately, are connected, and were not welcomed in their generation.

        One whose assistant is switched off waits: the welcome would promise what nobody keeps.
        """

        def work(tx: Transaction) -> Sequence[WelcomeDue]:
            rows = tx.sql(_DUE, tx.now - timedelta(hours=WITHIN_HOURS), limit)
            return [_due(row) for row in rows]

        return await self._storage.read(work)

    async def note_welcomed(self, install_id: int) -> None:
        """Note that an install needs no welcome any more."""
        await self._storage.write(
            lambda tx: tx.count(
                "UPDATE installs SET welcomed_at = %s WHERE id = %s AND welcomed_at IS NULL",
                tx.now,
                install_id,
            )
        )


def _due(row: dict[str, Any]) -> WelcomeDue:
    reference = f"welcome:{row['generation']}:{row['tried']}"
    return WelcomeDue(row["install_id"], row["salon_id"], reference, is_settled=row["is_settled"])
