"""How many consoles of whom are open at each process, and alarms that are not told again for a while."""

from __future__ import annotations

from typing import Any

STATEMENTS = (
    """
    CREATE TABLE console_lines (
        owner text NOT NULL,
        staff_id bigint NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
        consoles integer NOT NULL CHECK (consoles > 0),
        PRIMARY KEY (owner, staff_id)
    )
    """,
    """
    ALTER TABLE alarms ADD COLUMN snoozed_until timestamptz, ADD COLUMN snoozed_by text,
        ADD CONSTRAINT alarms_snoozed_by_somebody CHECK ((snoozed_until IS NULL) = (snoozed_by IS NULL))
    """,
)


def up(migrator: Any, db: Any) -> None:
    """Add both; runs inside one transaction."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
