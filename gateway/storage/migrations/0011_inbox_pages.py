"""A webhook touches fewer pages: one index by hour, salon and bytes serves repeats and the look for one salon.

An index over random values costs every insert, and every change of state, a page of its own: read, and after a
checkpoint written whole to the log. With many salons that was most of what a webhook cost. Of this index only the last
hour's part is written to, however many salons and rows there are.
"""

from __future__ import annotations

from typing import Any

STATEMENTS = (
    "DROP INDEX webhook_inbox_digest_idx",
    "DROP INDEX webhook_inbox_salon_idx",
    "CREATE INDEX webhook_inbox_hour_idx ON webhook_inbox "
    "(date_bin('1 hour', received_at, '2000-01-01 00:00:00+00'), salon_id, digest)",
)


def up(migrator: Any, db: Any) -> None:
    """Make the index anew; runs inside one transaction."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
