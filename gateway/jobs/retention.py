"""Keeping nothing personal for longer than it is needed: hourly, in small steps, in one process at a time."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from gateway.application.destruction import DestructionReport, Ground, Purge
from gateway.application.ports import Clock

EVERY_S = 3600.0
PAUSE_S = 0.05
PURGES_AT_ONCE = 20
ACTOR = "retention"
_log = logging.getLogger("gateway.keeping")


@dataclass(frozen=True, slots=True)
class Terms:
    """For how many days things are kept; `purge_after` counts from the uninstall."""

    bodies: int
    events: int
    messages: int
    purge_after: int


def keep_days_of(terms: Terms) -> Mapping[str, int]:
    """Return after how many days rows of which table are destroyed; events of open installs and the audit's stay."""
    return {
        "webhook_inbox": terms.bodies, "marketplace_events": terms.events, "whatsapp_messages": terms.messages,
        "whatsapp_sends": terms.messages,
    }  # fmt: skip


class RetentionStore(Protocol):
    """See `gateway.storage.retention_store`."""

    async def webhooks(self, before: datetime) -> int | None:
        """Delete a page of old webhooks."""

    async def attempts(self, before: datetime) -> int | None:
        """Wipe a page of old answers."""

    async def events(self, before: datetime) -> int | None:
        """Delete a page of old events."""

    async def messages(self, before: datetime) -> int | None:
        """Delete a page of old messages."""

    async def commands(self, now: datetime) -> None:
        """Delete old answers of commands."""

    async def hints(self, now: datetime) -> None:
        """Delete old hints of session servers."""

    async def note_round(self, now: datetime) -> None:
        """Note that a round is over."""


class PurgeStore(Protocol):
    """See `gateway.storage.purge_store`."""

    async def due(self, closed_before: datetime, limit: int) -> Sequence[int]:
        """Return salons to purge."""

    async def purge(self, purge: Purge, *, closed_before: datetime | None = None) -> DestructionReport | None:
        """Purge one."""


class Retention:
    """One endless job; without a store of purges (there is no secret to sign reports with) nothing is purged."""

    def __init__(self, store: RetentionStore, purges: PurgeStore | None, terms: Terms, clock: Clock) -> None:
        self._store = store
        self._purges = purges
        self._terms = terms
        self._clock = clock

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await self.round()
            await self._clock.sleep(EVERY_S)

    async def round(self) -> None:
        """Destroy everything that was kept long enough."""
        now = self._clock.now()
        terms = self._terms
        bodies, events = now - timedelta(days=terms.bodies), now - timedelta(days=terms.events)
        destroyed = await self._all(self._store.webhooks, bodies)
        destroyed += await self._all(self._store.attempts, bodies)
        destroyed += await self._all(self._store.events, events)
        destroyed += await self._all(self._store.messages, now - timedelta(days=terms.messages))
        await self._store.commands(now)
        await self._store.hints(now)
        if destroyed:
            _log.info("retention_done", extra={"count": destroyed})
        if self._purges is not None:
            await self._purge(self._purges, now - timedelta(days=self._terms.purge_after))
        await self._store.note_round(self._clock.now())

    async def _all(self, step: Callable[[datetime], Awaitable[int | None]], before: datetime) -> int:
        """Go on until there is no more to do, with a breath between the steps."""
        destroyed = 0
        while (done := await step(before)) is not None:
            destroyed += done
            await self._clock.sleep(PAUSE_S)
        return destroyed

    async def _purge(self, purges: PurgeStore, closed_before: datetime) -> None:
        while due := await purges.due(closed_before, PURGES_AT_ONCE):
            for salon_id in due:
                purge = Purge(salon_id, Ground.UNINSTALLED, ACTOR)
                report = await purges.purge(purge, closed_before=closed_before)
                if report is not None:
                    _log.info("personal_data_destroyed", extra={"salon_id": salon_id})
                await self._clock.sleep(PAUSE_S)
