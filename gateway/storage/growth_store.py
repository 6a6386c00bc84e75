"""What grows: how large the tables are, how old their oldest rows, when what was kept long enough was destroyed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gateway.application.admin.running_records import TableRecord
from gateway.storage.database import Storage, Transaction

_TABLES = """
    SELECT c.relname AS name, s.n_live_tup AS rows, pg_total_relation_size(c.oid) AS size_bytes
    FROM pg_class c JOIN pg_stat_user_tables s ON s.relid = c.oid
    WHERE c.relkind = 'r' AND s.schemaname = 'public' ORDER BY size_bytes DESC, name
"""
_OLDEST = {
    "webhook_inbox": "SELECT received_at AS at FROM webhook_inbox ORDER BY id LIMIT 1",
    "marketplace_events": "SELECT at FROM marketplace_events ORDER BY id LIMIT 1",
    "whatsapp_messages": "SELECT at FROM whatsapp_messages ORDER BY at LIMIT 1",
    "whatsapp_sends": "SELECT at FROM whatsapp_sends ORDER BY at LIMIT 1",
}
"""Each reads the first row of an index."""


class GrowthStore:
    """Reads the catalogue; nothing here changes anything."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def tables(self) -> tuple[Sequence[TableRecord], datetime | None]:
        """Return every table, the largest first, and when the retention had its last round."""

        def work(tx: Transaction) -> tuple[Sequence[TableRecord], datetime | None]:
            oldest = {name: rows[0]["at"] for name, asked in _OLDEST.items() if (rows := tx.sql(asked))}
            tables = [TableRecord(**row, oldest_at=oldest.get(row["name"])) for row in tx.sql(_TABLES)]
            rounds = tx.sql("SELECT at FROM retention_rounds WHERE id = 1")
            return tables, rounds[0]["at"] if rounds else None

        return await self._storage.read(work)
