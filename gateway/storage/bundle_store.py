"""The newest webhooks of one salon, for its support bundle."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.application.admin.bundle import WebhookRecord
from gateway.storage.database import Storage

_NEWEST = """
    SELECT received_at, kind, event, proof, state, outcome, error, body FROM webhook_inbox
    WHERE salon_id = %s ORDER BY id DESC LIMIT %s
"""


class BundleStore:
    """Reads what no other store tells."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def newest_of(self, salon_id: int, limit: int) -> Sequence[WebhookRecord]:
        """Return the newest webhooks of a salon, the newest first."""
        rows = await self._storage.read(lambda tx: tx.sql(_NEWEST, salon_id, limit))
        return [WebhookRecord(**row) for row in rows]
