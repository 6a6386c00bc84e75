"""Knowing which gateway processes are alive, so that a dead one's work is taken over at once.

Each process holds a session-level advisory lock on a connection of its own and stamps its row every second.
Postgres frees the lock the moment a killed process' socket closes. A process counts as dead when its lock is free
and its stamp is old; either sign alone could be a hiccup. Claims also end by their lease, so this only saves time.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime

from gateway.storage.database import Storage, Transaction

STAMP_EVERY_S = 1.0
DEAD_AFTER_S = 2.5

_RELEASES = (
    "UPDATE webhook_inbox SET claimed_by = NULL, claimed_until = NULL WHERE claimed_by = %s AND state = 'pending'",
    "UPDATE partner_calls SET claimed_by = NULL, claimed_until = NULL WHERE claimed_by = %s AND state = 'waiting'",
    "UPDATE whatsapp_sessions SET lease_owner = NULL, lease_expires_at = NULL WHERE lease_owner = %s",
    "DELETE FROM console_lines WHERE owner = %s",
)


class ProcessLiveness:
    """This process' sign of life, and the burial of others; `told_time` hears the database's time with each sign."""

    def __init__(
        self,
        storage: Storage,
        owner: str,
        told_time: Callable[[datetime], None] = lambda _: None,
        *,
        data_key_id: str | None = None,
        jwt_key_id: str | None = None,
    ) -> None:
        self._storage = storage
        self._told_time = told_time
        self._keys = (data_key_id, jwt_key_id)
        self.owner = owner
        self.lock_key = secrets.randbits(62)

    async def stamp(self) -> None:
        """Say that this process lives, and pass on what time the database has."""
        statement = """
            INSERT INTO process_liveness (owner, lock_key, data_key_id, jwt_key_id) VALUES (%s, %s, %s, %s)
            ON CONFLICT (owner) DO UPDATE SET seen_at = now() RETURNING clock_timestamp() AS now
        """
        rows = await self._storage.write(lambda tx: tx.sql(statement, self.owner, self.lock_key, *self._keys))
        self._told_time(rows[0]["now"])

    async def bury_dead(self) -> Sequence[str]:
        """Free everything that dead processes had claimed and return their names."""
        return await self._storage.write(self._bury)

    async def leave(self) -> None:
        """Take this process off the list: it ends properly and holds nothing any more."""
        await self._storage.write(lambda tx: _forget(tx, self.owner))

    def _bury(self, tx: Transaction) -> Sequence[str]:
        rows = tx.sql(
            "SELECT owner FROM process_liveness WHERE owner <> %s AND seen_at < now() - make_interval(secs => %s) "
            "AND pg_try_advisory_xact_lock(lock_key) ORDER BY owner",
            self.owner, DEAD_AFTER_S,
        )  # fmt: skip
        for row in rows:
            _forget(tx, row["owner"])
        if rows:
            tx.sql("SELECT pg_notify('whatsapp_sessions', '')")
        return [row["owner"] for row in rows]


def _forget(tx: Transaction, owner: str) -> None:
    for statement in _RELEASES:
        tx.count(statement, owner)
    tx.count("DELETE FROM process_liveness WHERE owner = %s", owner)
