"""Whether the assistant answers a salon's customers: the salon's own switch, which outlasts a reinstall."""

from __future__ import annotations

from typing import Any

STATEMENTS = (
    """
    ALTER TABLE companies ADD COLUMN assistant_off_at timestamptz, ADD COLUMN assistant_off_reason text,
        ADD CONSTRAINT companies_assistant_off_has_a_reason
            CHECK ((assistant_off_at IS NULL) = (assistant_off_reason IS NULL))
    """,
)


def up(migrator: Any, db: Any) -> None:
    """Add it; runs inside one transaction."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
