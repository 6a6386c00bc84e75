"""Sealing values anew under the current DATA_KEY, and telling how many are still under another one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gateway.application.keys import JwtKeyIds, KeyFacts
from gateway.storage.database import Storage, Transaction
from gateway.storage.sealed_columns import SEALED, SealedColumn
from gateway.storage.secret_box import SealError, SecretBox

BATCH = 100
_KEY_ID = "substring({column} from 2 for 4)"
"""Where a sealed value names its key; see `gateway.storage.secret_box`."""

LIVE_WITHIN_S = 10.0
"""A process that stamped itself as recently as this is taken for alive."""


@dataclass(frozen=True, slots=True)
class Resealed:
    """What one round over every column did."""

    done: int = 0
    unopenable: int = 0


class ResealStore:
    """Seals anew in small transactions that wait for nobody; any number of processes may do it together."""

    def __init__(self, storage: Storage, box: SecretBox) -> None:
        self._storage = storage
        self._box = box

    async def round(self) -> Resealed:
        """Seal anew every value under the previous key that is not locked just now.

        A value that does not open stays as it is and is counted.
        """
        done = unopenable = 0
        if self._box.previous_key_id is None:
            return Resealed()
        for column in SEALED:
            after: tuple[Any, ...] | None = None
            while True:
                after, batch = await self._batch(column, after)
                done, unopenable = done + batch.done, unopenable + batch.unopenable
                if after is None:
                    break
        return Resealed(done, unopenable)

    async def _batch(
        self, column: SealedColumn, after: tuple[Any, ...] | None
    ) -> tuple[tuple[Any, ...] | None, Resealed]:
        """Work one page of rows and return its last key, None when it was the last page."""

        def work(tx: Transaction) -> tuple[tuple[Any, ...] | None, Resealed]:
            rows = tx.sql(*self._page(column, after))
            resealed = sum(self._reseal(tx, column, row) for row in rows)
            last = tuple(rows[-1][name] for name in column.key) if len(rows) == BATCH else None
            return last, Resealed(resealed, len(rows) - resealed)

        return await self._storage.write(work)

    def _page(self, column: SealedColumn, after: tuple[Any, ...] | None) -> tuple[Any, ...]:
        key, parameters = ", ".join(column.key), [self._box.previous_key_id]
        onwards = ""
        if after is not None:
            onwards = f"AND ({key}) > ({', '.join(['%s'] * len(after))})"
            parameters += after
        # Rows that somebody has locked are passed over: whoever waits for nobody is in nobody's deadlock.
        statement = f"""
            SELECT {key}, {column.column} AS sealed FROM {column.table}
            WHERE {_KEY_ID.format(column=column.column)} = %s {onwards}
            ORDER BY {key} LIMIT {BATCH} FOR NO KEY UPDATE SKIP LOCKED
        """
        return statement, *parameters

    def _reseal(self, tx: Transaction, column: SealedColumn, row: dict[str, Any]) -> bool:
        context = column.context(row)
        try:
            plain = self._box.open(bytes(row["sealed"]), context)
        except SealError:
            return False
        where = " AND ".join(f"{name} = %s" for name in column.key)
        tx.count(
            f"UPDATE {column.table} SET {column.column} = %s{column.also} WHERE {where}",
            self._box.seal(plain, context), *(row[name] for name in column.key),
        )  # fmt: skip
        return True


async def key_facts(
    storage: Storage, box: SecretBox | None, jwt: JwtKeyIds, *, examine_at_most: int = 1000
) -> KeyFacts:
    """Count what is still under another key than the current one, in the database and in live processes."""
    return await storage.read(lambda tx: _facts(tx, box, jwt, examine_at_most))


def _facts(tx: Transaction, box: SecretBox | None, jwt: JwtKeyIds, examine_at_most: int) -> KeyFacts:
    previous = box.previous_key_id if box else None
    by_key = _sealed_by_key(tx)
    known = box.known_key_ids if box else frozenset()
    processes = tx.sql(
        "SELECT count(*) FILTER (WHERE data_key_id = %s) AS sealing, count(*) FILTER (WHERE jwt_key_id = %s) AS "
        "signing FROM process_liveness WHERE seen_at > now() - make_interval(secs => %s)",
        previous.hex() if previous else "", jwt.previous or "", LIVE_WITHIN_S,
    )[0]  # fmt: skip
    return KeyFacts(
        sealed_previous=by_key.get(previous, 0) if previous else 0,
        damaged=_damaged(tx, box, examine_at_most) if box and by_key.get(previous) else 0,
        sealed_unknown=sum(count for key, count in by_key.items() if key not in known),
        sealing_with_previous=processes["sealing"], signing_with_previous=processes["signing"],
        **_staff_facts(tx, jwt),
    )  # fmt: skip


def _sealed_by_key(tx: Transaction) -> dict[bytes | None, int]:
    """Return how many values there are by the id of the key they name."""
    counts: dict[bytes | None, int] = {}
    for column in SEALED:
        statement = f"""
            SELECT {_KEY_ID.format(column=column.column)} AS key_id, count(*) AS count FROM {column.table}
            WHERE {column.column} IS NOT NULL GROUP BY 1
        """
        for row in tx.sql(statement):
            key = bytes(row["key_id"])
            counts[key] = counts.get(key, 0) + row["count"]
    return counts


def _damaged(tx: Transaction, box: SecretBox, at_most: int) -> int:
    """Return how many of the first values under the previous key do not open at all: they never leave it."""
    damaged = 0
    for column in SEALED:
        statement = f"""
            SELECT {", ".join(column.key)}, {column.column} AS sealed FROM {column.table}
            WHERE {_KEY_ID.format(column=column.column)} = %s LIMIT %s
        """
        for row in tx.sql(statement, box.previous_key_id, at_most):
            damaged += not _opens(box, bytes(row["sealed"]), column.context(row))
    return damaged


def _opens(box: SecretBox, sealed: bytes, context: str) -> bool:
    try:
        box.open(sealed, context)
    except SealError:
        return False
    return True


def _staff_facts(tx: Transaction, jwt: JwtKeyIds) -> dict[str, int]:
    """Count the good tokens that are kept by the previous secret, and by one that is gone.

    One whose secret was not noted is from before that was kept: it is by the previous one at the latest.
    """
    accepted = [each for each in (jwt.current, jwt.previous, jwt.next) if each]
    return tx.sql(
        "SELECT count(*) FILTER (WHERE %s AND (key_id = %s OR key_id IS NULL)) AS staff_by_previous, "
        "count(*) FILTER (WHERE key_id IS NOT NULL AND NOT key_id = ANY(%s)) AS staff_lost "
        "FROM staff WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > %s)",
        jwt.previous is not None, jwt.previous or "", accepted, tx.now,
    )[0]  # fmt: skip
