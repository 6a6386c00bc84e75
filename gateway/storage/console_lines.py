"""How many consoles of each member of staff are open, over all processes: each writes down its own."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.storage.database import Storage, Transaction

SEEN_WITHIN_S = 10
"""A process that gave no sign for so long has no open lines."""


class ConsoleLines:
    """The open lines of this process (`owner`), and everybody's."""

    def __init__(self, storage: Storage, owner: str) -> None:
        self._storage = storage
        self._owner = owner

    async def note(self, counts: Mapping[int, int]) -> None:
        """Write down how many consoles of whom are open here, in place of what was written before."""

        def work(tx: Transaction) -> None:
            tx.count("DELETE FROM console_lines WHERE owner = %s", self._owner)
            tx.sql(
                "INSERT INTO console_lines (owner, staff_id, consoles) "
                "SELECT %s, * FROM unnest(%s::bigint[], %s::int[])",
                self._owner, list(counts.keys()), list(counts.values()),
            )  # fmt: skip

        await self._storage.write(work)

    async def counts(self) -> Mapping[int, int]:
        """Return how many consoles of each member are open; a process that died is not counted."""
        statement = """
            SELECT l.staff_id, sum(l.consoles)::int AS consoles FROM console_lines l
            JOIN process_liveness p ON p.owner = l.owner
            WHERE p.seen_at > now() - make_interval(secs => %s) GROUP BY 1
        """
        rows = await self._storage.read(lambda tx: tx.sql(statement, SEEN_WITHIN_S))
        return {row["staff_id"]: row["consoles"] for row in rows}
