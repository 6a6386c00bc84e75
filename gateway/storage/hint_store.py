"""Hints of session servers in Postgres: committed by whichever process met them, for the one that owns the session.

What a hint says is sealed (a message's text may be in it) and wiped once it is settled; the bare row stays for a day,
so that a repeated delivery is known.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from typing import Any

from gateway.domain.errors import GatewayError
from gateway.domain.session_hints import HintKind, SessionHint, to_json
from gateway.storage.database import Storage, Transaction
from gateway.storage.sealed_columns import hint_context
from gateway.storage.secret_box import SealError, SecretBox

HINT_CHANNEL = "whatsapp_hints"
_BATCH = 200

_INSERT = """
    INSERT INTO whatsapp_hints (instance, event_id, salon_id, kind, at, generation, received_at, details_sealed)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT ON CONSTRAINT whatsapp_hints_event_key DO NOTHING
"""
_WAITING = """
    SELECT instance, event_id, salon_id, kind, at, generation, details_sealed FROM whatsapp_hints
    WHERE salon_id = %s AND settled_at IS NULL ORDER BY id LIMIT %s
"""
_SETTLE = """
    UPDATE whatsapp_hints SET settled_at = %s, details_sealed = NULL
    WHERE settled_at IS NULL AND (instance, event_id) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
"""

log = logging.getLogger("gateway.whatsapp")


class SqlHintStore:
    """Satisfies `gateway.whatsapp.waha.hints.HintStore`, and keeps what the door takes."""

    def __init__(self, storage: Storage, box: SecretBox | None) -> None:
        self._storage = storage
        self._box = box
        self._watchers: list[Callable[[int | None], None]] = []

    async def keep(self, hint: SessionHint) -> bool:
        """Commit a hint and wake its owner; False when it is known already.

        Raises GatewayError: not_configured (it must be sealed and there is no key), database_unavailable.
        """
        sealed = self._sealed(hint)

        def work(tx: Transaction) -> bool:
            kept = tx.count(
                _INSERT, hint.instance, hint.event_id, hint.salon_id, hint.kind.value, hint.at, hint.generation,
                tx.now, sealed,
            )  # fmt: skip
            if kept:
                tx.sql("SELECT pg_notify(%s, %s)", HINT_CHANNEL, str(hint.salon_id))
            return bool(kept)

        return await self._storage.write(work)

    async def waiting(self, salon_id: int) -> Sequence[SessionHint]:
        """See `HintStore.waiting`; what cannot be opened any more is left out."""
        rows = await self._storage.read(lambda tx: tx.sql(_WAITING, salon_id, _BATCH))
        return [hint for row in rows if (hint := self._opened(row)) is not None]

    async def settle(self, hints: Sequence[SessionHint]) -> None:
        """See `HintStore.settle`."""
        instances, ids = [hint.instance for hint in hints], [hint.event_id for hint in hints]
        if hints:
            await self._storage.write(lambda tx: tx.count(_SETTLE, tx.now, instances, ids))

    def watch(self, came: Callable[[int | None], None]) -> Callable[[], None]:
        """See `HintStore.watch`; `heard` feeds it from the listener."""
        self._watchers.append(came)
        return lambda: self._watchers.remove(came)

    def heard(self, payload: str) -> None:
        """Pass on a notification; an empty payload means that some may have been missed."""
        salon_id = int(payload) if payload else None
        for came in tuple(self._watchers):
            came(salon_id)

    def _sealed(self, hint: SessionHint) -> bytes | None:
        if not hint.details:
            return None
        if self._box is None:
            raise GatewayError("not_configured")
        return self._box.seal(to_json(hint.details), hint_context(hint.instance, hint.event_id))

    def _opened(self, row: dict[str, Any]) -> SessionHint | None:
        sealed, details = row.pop("details_sealed"), {}
        if sealed is not None:
            try:
                if self._box is None:
                    raise SealError("no key")
                details = json.loads(
                    self._box.open(bytes(sealed), hint_context(row["instance"], row["event_id"]))
                )
            except SealError:
                log.warning("hint_does_not_open", extra={"salon_id": row["salon_id"]})
                return None
        return SessionHint(**row | {"kind": HintKind(row["kind"])}, details=details)
