"""Sweeps as rows: asked for by staff or come by themselves, followed while they run, the newest kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from gateway.application.consistency_records import Sweep, SweepRecord
from gateway.application.records import StaffMember
from gateway.storage.database import Storage, Transaction
from gateway.storage.event_store import newest_event
from shared.vocabulary import SweepState

LEASE_S = 120
"""How long a sweep belongs to its process without a sign of progress."""

KEPT = 30
_COLUMNS = """
    id AS sweep_id, version, state, staff, requested_at, started_at, finished_at, phase, done, total, found, failed_code
"""
_ASKED_FOR = "((staff IS NOT NULL)) WHERE finished_at IS NULL AND staff IS NOT NULL"
# What staff asked for and nobody makes, or whose process is gone; one that came by itself is simply given up then.
_CLAIM = f"""
    UPDATE sweeps SET state = 'running', started_at = %s, done = 0, total = NULL, phase = 'list', claimed_by = %s,
        claimed_until = now() + make_interval(secs => {LEASE_S})
    WHERE id = (SELECT id FROM sweeps WHERE state = 'waiting'
                    OR (state = 'running' AND staff IS NOT NULL AND claimed_until < now())
                ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id
"""


class SweepStore:
    """Asks for, claims, follows and ends sweeps."""

    def __init__(self, storage: Storage, owner: str) -> None:
        self._storage = storage
        self._owner = owner

    async def request(self, member: StaffMember) -> SweepRecord:
        """Ask for a sweep; one that staff asked for and that is not over yet is the one that is meant."""

        def work(tx: Transaction) -> SweepRecord:
            rows = tx.sql(
                "INSERT INTO sweeps (state, staff_id, staff, requested_at) VALUES ('waiting', %s, %s, %s) "
                f"ON CONFLICT {_ASKED_FOR} DO NOTHING RETURNING id",
                member.staff_id, member.name, tx.now,
            )  # fmt: skip
            if rows:
                _changed(tx, rows[0]["id"])
            else:
                rows = tx.sql("SELECT id FROM sweeps WHERE finished_at IS NULL AND staff IS NOT NULL")
            tx.tell(before={}, after={"sweep_id": rows[0]["id"]})
            return _one(tx, "WHERE id = %s", rows[0]["id"])

        return await self._storage.write(work)

    async def begin(self) -> Sweep:
        """Begin a sweep that comes by itself."""

        def work(tx: Transaction) -> Sweep:
            tx.count("DELETE FROM sweeps WHERE state = 'running' AND staff IS NULL AND claimed_until < now()")
            rows = tx.sql(
                "INSERT INTO sweeps (state, requested_at, started_at, claimed_by, claimed_until) "
                f"VALUES ('running', %s, %s, %s, now() + make_interval(secs => {LEASE_S})) RETURNING id",
                tx.now, tx.now, self._owner,
            )  # fmt: skip
            _changed(tx, rows[0]["id"])
            return Sweep(rows[0]["id"])

        return await self._storage.write(work)

    async def claim(self) -> Sweep | None:
        """Claim a sweep that was asked for; None when there is none to make."""

        def work(tx: Transaction) -> Sweep | None:
            rows = tx.sql(_CLAIM, tx.now, self._owner)
            if not rows:
                return None
            _changed(tx, rows[0]["id"])
            return Sweep(rows[0]["id"])

        return await self._storage.write(work)

    async def progress(self, sweep: Sweep, phase: str, done: int, total: int | None) -> None:
        """Write how far it is."""

        def work(tx: Transaction) -> None:
            if tx.count(
                "UPDATE sweeps SET phase = %s, done = %s, total = %s, "
                f"claimed_until = now() + make_interval(secs => {LEASE_S}) WHERE id = %s AND claimed_by = %s",
                phase, done, total, sweep.sweep_id, self._owner,
            ):  # fmt: skip
                _changed(tx, sweep.sweep_id)

        await self._storage.write(work)

    async def finish(self, sweep: Sweep, found: Mapping[str, int], failed_code: str | None = None) -> None:
        """End it, with what was found or why it failed, and keep the newest alone."""

        def work(tx: Transaction) -> None:
            if not tx.count(
                "UPDATE sweeps SET state = %s, finished_at = %s, found = %s::jsonb, failed_code = %s, "
                "claimed_by = NULL, claimed_until = NULL WHERE id = %s AND claimed_by = %s",
                "done" if failed_code is None else "failed", tx.now, json.dumps(dict(found)), failed_code,
                sweep.sweep_id, self._owner,
            ):  # fmt: skip
                return
            tx.count(
                "DELETE FROM sweeps WHERE finished_at IS NOT NULL AND id <= "
                f"(SELECT id FROM sweeps ORDER BY id DESC OFFSET {KEPT} LIMIT 1)"
            )
            _changed(tx, sweep.sweep_id)

        await self._storage.write(work)

    async def newest(self) -> tuple[SweepRecord | None, SweepRecord | None, int]:
        """Return the newest sweep, the newest that read the list, and the event number they are as new as."""

        def work(tx: Transaction) -> tuple[SweepRecord | None, SweepRecord | None, int]:
            cursor = newest_event(tx)
            newest = _maybe(tx, "ORDER BY id DESC LIMIT 1")
            return newest, _maybe(tx, "WHERE state = 'done' ORDER BY finished_at DESC LIMIT 1"), cursor

        return await self._storage.read(work)


def _changed(tx: Transaction, sweep_id: int) -> None:
    tx.append("sweep_changed", sweep_id=sweep_id)


def _one(tx: Transaction, which: str, *values: Any) -> SweepRecord:
    found = _maybe(tx, which, *values)
    assert found is not None
    return found


def _maybe(tx: Transaction, which: str, *values: Any) -> SweepRecord | None:
    rows = tx.sql(f"SELECT {_COLUMNS} FROM sweeps {which}", *values)
    if not rows:
        return None
    row = rows[0]
    found = row["found"]
    kept = json.loads(found) if isinstance(found, str) else found
    return SweepRecord(**row | {"state": SweepState(row["state"]), "found": kept})
