"""Knowing which gateway processes are alive, so that a dead one's work is taken over at once.

Each process holds a session-level advisory lock on a connection of its own and stamps its row every second.
Postgres frees the lock the moment a killed process' socket closes. A process counts as dead when its lock is free
and its stamp is old; either sign alone could be a hiccup. Claims also end by their lease, so this only saves time.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
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


_STAMP = """
    INSERT INTO process_liveness (owner, lock_key, data_key_id, jwt_key_id, version, sessions, pairing, sockets, jobs,
        memory_bytes) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (owner) DO UPDATE SET seen_at = now(), sessions = excluded.sessions, pairing = excluded.pairing,
        sockets = excluded.sockets, jobs = excluded.jobs, memory_bytes = excluded.memory_bytes
    RETURNING clock_timestamp() AS now, coalesce(drain IN ('asked', 'drained'), false) AS is_to_drain
"""


@dataclass(frozen=True, slots=True)
class ProcessFacts:
    """What a process says of itself with each sign of life; see `shared.admin_wire.ProcessView`."""

    sessions: int = 0
    pairing: int = 0
    sockets: int = 0
    jobs: int = 0
    memory_bytes: int | None = None


class ProcessLiveness:
    """This process' sign of life, and the burial of others; `told_time` hears the database's time with each sign.

    `facts` says what goes with each sign, `told_drain` hears whether staff want this process to hand its sessions over.
    """

    def __init__(
        self,
        storage: Storage,
        owner: str,
        told_time: Callable[[datetime], None] = lambda _: None,
        *,
        data_key_id: str | None = None,
        jwt_key_id: str | None = None,
        version: str | None = None,
    ) -> None:
        self._storage = storage
        self._told_time = told_time
        self._constant = (data_key_id, jwt_key_id, version)
        self.facts: Callable[[], ProcessFacts] = ProcessFacts
        self.told_drain: Callable[[bool], None] = lambda _: None
        self.owner = owner
        self.lock_key = secrets.randbits(62)

    async def stamp(self) -> None:
        """Say that this process lives, and pass on what time the database has."""
        facts = self.facts()
        values = (facts.sessions, facts.pairing, facts.sockets, facts.jobs, facts.memory_bytes)
        rows = await self._storage.write(
            lambda tx: tx.sql(_STAMP, self.owner, self.lock_key, *self._constant, *values)
        )
        self._told_time(rows[0]["now"])
        self.told_drain(rows[0]["is_to_drain"])

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
