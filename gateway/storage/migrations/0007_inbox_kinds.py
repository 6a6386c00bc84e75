"""The two ways through the inbox have an index each: what may change something, and what is only kept."""

from __future__ import annotations

from typing import Any

STATEMENTS = (
    "DROP INDEX webhook_inbox_due_idx",
    """
    CREATE INDEX webhook_inbox_due_idx ON webhook_inbox (next_attempt_at, id)
        WHERE state = 'pending' AND kind = 'lifecycle'
    """,
    """
    CREATE INDEX webhook_inbox_kept_idx ON webhook_inbox (next_attempt_at, id)
        WHERE state = 'pending' AND kind <> 'lifecycle'
    """,
    "DROP INDEX webhook_inbox_salon_pending_idx",
    """
    CREATE INDEX webhook_inbox_salon_pending_idx ON webhook_inbox (salon_id, id)
        WHERE state = 'pending' AND kind = 'lifecycle'
    """,
)


def up(migrator: Any, db: Any) -> None:
    """Make the indexes anew; runs inside one transaction."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
