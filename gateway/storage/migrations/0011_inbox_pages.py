"""A webhook touches fewer pages: its repeats are looked for among its salon's own, so one index serves for both.

Each index over random values costs every insert, and every change of state, a page of its own: read, and after a
checkpoint written whole to the log. With many salons that was most of what a webhook cost.
"""

from __future__ import annotations

from typing import Any

STATEMENTS = (
    "DROP INDEX webhook_inbox_digest_idx",
    "DROP INDEX webhook_inbox_salon_idx",
    "CREATE INDEX webhook_inbox_salon_idx ON webhook_inbox (salon_id, digest, received_at)",
)


def up(migrator: Any, db: Any) -> None:
    """Make the index anew; runs inside one transaction."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
