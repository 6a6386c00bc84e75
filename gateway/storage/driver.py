"""Peewee's asyncio driver, with a round trip to the server for a statement instead of two, and none for a release.

The driver prepares every statement anew; asyncpg itself keeps prepared statements by their text, when it is asked to
fetch or to execute. It also resets a connection each time it goes back into the pool, for sessions that may have been
changed; ours never are: locks and settings of ours end with their transaction, and who listens has a connection apart.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from playhouse.pwasyncio import AsyncPostgresqlConnection, AsyncPostgresqlDatabase, CursorAdapter

_QUERY = re.compile(r"\s*(?:SELECT|WITH|VALUES|SHOW|EXPLAIN)\b", re.IGNORECASE)
_RETURNING = re.compile(r"\bRETURNING\b", re.IGNORECASE)


class PostgresDatabase(AsyncPostgresqlDatabase):  # type: ignore[misc]
    """The pool of connections, as the stores use it."""

    def __init__(self, url: str, **options: Any) -> None:
        super().__init__(url, reset=_leave_as_it_is, **options)

    async def _pool_acquire(self, pool: Any) -> _Connection:
        acquired = await super()._pool_acquire(pool)
        return _Connection(acquired.conn)

    async def fetch(self, statement: str, *parameters: Any) -> Sequence[Any]:
        """Run one statement (`$1` placeholders) that is its own transaction; no greenlet, no Peewee, one round trip.

        Raises what asyncpg raises, and TimeoutError when no connection is free in time.
        """
        pool = await self._ensure_pool()
        async with pool.acquire(timeout=self._acquire_timeout) as connection:
            rows: Sequence[Any] = await connection.fetch(statement, *parameters)
        return rows


class _Connection(AsyncPostgresqlConnection):  # type: ignore[misc]
    """One connection while it is taken out of the pool."""

    async def _execute(self, sql: str, params: Sequence[Any] | None = None) -> CursorAdapter:
        given = params or ()
        statement = self._translate_placeholders(sql) if given else sql
        if not tells_rows(statement):
            told = (await self.conn.execute(statement, *given)).rsplit(" ", 1)
            return CursorAdapter([], rowcount=int(told[-1]) if told[-1].isdigit() else 0, description=[])
        rows = await self.conn.fetch(statement, *given)
        description = [(name,) for name in tuple(rows[0].keys())] if rows else []
        return CursorAdapter(rows, rowcount=len(rows), description=description)


def tells_rows(statement: str) -> bool:
    """Whether a statement answers with rows; of what has none the server tells how many it touched."""
    return _QUERY.match(statement) is not None or _RETURNING.search(statement) is not None


async def _leave_as_it_is(_connection: object) -> None:
    """Called by the pool when a connection comes back; an open transaction has been rolled back before."""
