"""What is known of YCLIENTS as a whole: away or back, and what its list of salons may be used for."""

from __future__ import annotations

from typing import Any

STATEMENTS = (
    "ALTER TABLE partner_calls ADD COLUMN confirm_singly boolean NOT NULL DEFAULT false",
    """
    ALTER TABLE partner_budget
        ADD COLUMN failures_in_row integer NOT NULL DEFAULT 0,
        ADD COLUMN away_since timestamptz,
        ADD COLUMN away_probe_at timestamptz,
        ADD COLUMN back_at timestamptz,
        ADD COLUMN list_read_at timestamptz,
        ADD COLUMN list_useless_at timestamptz,
        ADD COLUMN list_proved_at timestamptz
    """,
    """
    CREATE INDEX partner_calls_unconfirmed_idx ON partner_calls (id)
        WHERE state = 'waiting' AND outcome_unknown AND NOT confirm_singly
    """,
)


def up(migrator: Any, db: Any) -> None:
    """Add what the backlog needs; runs inside one transaction."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
