"""The webhooks as the doctor looks at them: the newest one that was accepted, the newest one that was refused."""

from __future__ import annotations

from gateway.application.doctor import WebhookFacts
from gateway.storage.database import Storage

_FACTS = """
    SELECT (SELECT received_at FROM webhook_inbox ORDER BY id DESC LIMIT 1) AS received_at,
        r.at AS refused_at, r.code AS refused_code,
        EXISTS (SELECT 1 FROM installs WHERE is_newest AND stage = 'active' AND closed_at IS NULL) AS has_active_install
    FROM (SELECT 1) always
    LEFT JOIN LATERAL (
        SELECT at, data ->> 'code' AS code FROM marketplace_events
        WHERE type = 'webhook_refused' AND salon_id IS NULL ORDER BY at DESC LIMIT 1) r ON true
"""


class WebhookLook:
    """Reads when webhooks came."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def facts(self) -> WebhookFacts:
        """Return what is known of the webhooks so far."""
        rows = await self._storage.read(lambda tx: tx.sql(_FACTS))
        return WebhookFacts(**rows[0])
