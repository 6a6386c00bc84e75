"""Staff look through the inbox, newest first, and have a webhook worked anew.

An entity notice goes into one of the new indexes only, at its right end: there is no page of it that is met by chance.
"""

from __future__ import annotations

from typing import Any

STATEMENTS = (
    "ALTER TABLE webhook_inbox ADD COLUMN replayed_at timestamptz",
    "ALTER TABLE webhook_inbox ADD COLUMN story_after bigint",
    "CREATE INDEX webhook_inbox_newest_idx ON webhook_inbox (received_at, id)",
    "CREATE INDEX webhook_inbox_rare_idx ON webhook_inbox (received_at, id) WHERE kind <> 'entity'",
    "CREATE INDEX webhook_inbox_open_idx ON webhook_inbox (received_at, id) WHERE state <> 'done'",
)


def up(migrator: Any, db: Any) -> None:
    """Add the columns, then the indexes; runs inside one transaction."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
