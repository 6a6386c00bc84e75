"""A webhook's delivery id: what came by way of the spool is inserted once, whatever died in between."""

from __future__ import annotations

from typing import Any

STATEMENTS = (
    # Rows from before have none; adding it so rewrites nothing.
    "ALTER TABLE webhook_inbox ADD COLUMN delivery_id uuid",
    "CREATE UNIQUE INDEX webhook_inbox_delivery_id_key ON webhook_inbox (delivery_id)",
)


def up(migrator: Any, db: Any) -> None:
    """Add it; runs inside one transaction."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
