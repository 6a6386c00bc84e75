"""The keys of the salons' webhook addresses, known by heart: they prove a webhook also while Postgres is away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence

from gateway.application.ports import DatabaseWatch, InstallStore
from gateway.application.records import EventRecord
from gateway.domain.errors import DatabaseUnavailableError, GatewayError
from gateway.domain.signatures import webhook_key_digest

CHANGING_EVENTS = frozenset({"registration_started", "activation_queued", "uninstalled"})
"""After these a salon may have another key, or none."""


class WebhookKeys:
    """Says whose a key is. Only digests are kept, of open installs, as the event log told of them.

    A key of an install that has ended is known until that news has come, for some milliseconds; what it lets in is kept
    like anything else, and changes nothing that YCLIENTS is not asked about first.
    """

    def __init__(self, installs: InstallStore, watch: DatabaseWatch, patience_s: float) -> None:
        self._installs = installs
        self._watch = watch
        self._patience_s = patience_s
        self._salon_of: dict[bytes, int] = {}
        self._digest_of: dict[int, bytes] = {}

    async def salon_of(self, key: str) -> int | None:
        """Return the salon whose open install registered this key, None when nobody did.

        Memory answers for the keys it holds; of another one Postgres is asked, for it may be a new salon's. Raises
        database_unavailable for such a key while Postgres is away.
        """
        known = self._salon_of.get(webhook_key_digest(key))
        if known is not None:
            return known
        if self._watch.is_up:
            try:
                async with asyncio.timeout(self._patience_s):
                    install = await self._installs.by_webhook_key(key)
                return None if install is None else install.salon_id
            except (DatabaseUnavailableError, TimeoutError):
                self._watch.suspect()
        raise GatewayError("database_unavailable")

    async def run(self, started: Callable[[], Awaitable[None]]) -> None:
        """Learn every key once `started` says that news of changes will come."""
        await started()
        for salon_id, digest in (await self._installs.webhook_key_digests()).items():
            self._learn(salon_id, digest)

    async def follow(self, batch: Sequence[EventRecord]) -> None:
        """Learn anew what events tell of."""
        changed = {event.salon_id for event in batch if event.type in CHANGING_EVENTS}
        await self._refresh(salon_id for salon_id in changed if salon_id is not None)

    async def _refresh(self, salons: Iterable[int]) -> None:
        wanted = sorted(salons)
        if wanted:
            held = await self._installs.webhook_key_digests(wanted)
            for salon_id in wanted:
                self._learn(salon_id, held.get(salon_id))

    def _learn(self, salon_id: int, digest: bytes | None) -> None:
        earlier = self._digest_of.pop(salon_id, None)
        if earlier is not None:
            self._salon_of.pop(earlier, None)
        if digest is not None:
            self._digest_of[salon_id] = digest
            self._salon_of[digest] = salon_id
