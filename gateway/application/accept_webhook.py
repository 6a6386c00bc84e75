"""The moment a webhook becomes ours: committed in Postgres, or kept in the spool while Postgres is away."""

from __future__ import annotations

from typing import Protocol

from gateway.application.ports import DatabaseWatch
from gateway.application.records import NewWebhook
from gateway.domain.errors import DatabaseUnavailableError

PATIENCE_S = 0.35
"""How long Postgres may take over a webhook before the spool is used: its sender is answered within 500 ms."""


class WebhookInbox(Protocol):
    """The inbox, as the door sees it."""

    async def accept(self, webhook: NewWebhook) -> None:
        """Commit a webhook. Raises DatabaseUnavailableError when that takes too long: it may be committed yet."""


class WebhookSpool(Protocol):
    """The spool, as the door sees it."""

    @property
    def is_in_use(self) -> bool:
        """Whether webhooks wait in it."""

    async def until_free(self) -> None:
        """Wait for the drain's last step."""

    async def keep(self, webhook: NewWebhook) -> None:
        """Keep a webhook durably."""


class AcceptWebhook:
    """Makes a webhook durable. Whichever way it takes, its delivery id lets it into the inbox once.

    While anything waits in the spool, what arrives queues behind it, so that each salon's order is kept.
    """

    def __init__(self, inbox: WebhookInbox, spool: WebhookSpool, watch: DatabaseWatch) -> None:
        self._inbox = inbox
        self._spool = spool
        self._watch = watch

    async def __call__(self, webhook: NewWebhook) -> None:
        """Return once the webhook is on a disk. Raises GatewayError (spool_full, database_unavailable) if it is not."""
        await self._spool.until_free()
        if self._watch.is_up and not self._spool.is_in_use and await self._committed(webhook):
            return
        await self._spool.keep(webhook)

    async def _committed(self, webhook: NewWebhook) -> bool:
        """Whether it was committed in time; if not it may be yet, which its delivery id makes harmless."""
        try:
            await self._inbox.accept(webhook)
        except DatabaseUnavailableError:
            self._watch.suspect()
            return False
        return True
