"""How far the log of session events was cleared away: who follows it from further back has missed some."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.storage.database import Transaction

_NAME = "session_events_cleared"


def note_cleared(tx: Transaction, deleted: Iterable[Mapping[str, Any]]) -> None:
    """Remember the newest session event among deleted events (rows with `id` and `type`)."""
    ours = ("session.", "message.")
    newest = max((row["id"] for row in deleted if row["type"].startswith(ours)), default=0)
    if newest:
        tx.count(
            "INSERT INTO retention_marks (name, last_id) VALUES (%s, %s) ON CONFLICT (name) DO UPDATE "
            "SET last_id = greatest(retention_marks.last_id, excluded.last_id)",
            _NAME, newest,
        )  # fmt: skip


def last_cleared(tx: Transaction) -> int:
    """Return the newest session event that was ever cleared away, 0 when none was."""
    rows = tx.sql("SELECT last_id FROM retention_marks WHERE name = %s", _NAME)
    return int(rows[0]["last_id"]) if rows else 0
