"""Keeping: which key a staff token is kept by, which keys a process uses, what was destroyed and why."""

from __future__ import annotations

from typing import Any

STATEMENTS = (
    "ALTER TABLE staff ADD COLUMN key_id text",
    # What a live process seals and signs with: the doctor sees by it when an earlier key can go.
    "ALTER TABLE process_liveness ADD COLUMN data_key_id text, ADD COLUMN jwt_key_id text",
    # A report outlives what it tells of; its body is the very text that was signed.
    """
    CREATE TABLE destruction_reports (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL,
        salon_id bigint NOT NULL,
        ground text NOT NULL CONSTRAINT destruction_reports_ground_is_known
            CHECK (ground IN ('uninstalled', 'request')),
        actor text NOT NULL,
        reason text,
        body text NOT NULL,
        key_id text NOT NULL,
        mac bytea NOT NULL
    )
    """,
    "CREATE INDEX destruction_reports_salon_idx ON destruction_reports (salon_id, id)",
    # How far the retention has come through a table whose rows are not all destroyed.
    "CREATE TABLE retention_marks (name text PRIMARY KEY, last_id bigint NOT NULL)",
    "ALTER TABLE installs ADD COLUMN purged_at timestamptz",
    "CREATE INDEX installs_to_purge_idx ON installs (closed_at) WHERE closed_at IS NOT NULL AND purged_at IS NULL",
    """
    CREATE INDEX partner_attempts_kept_idx ON partner_attempts (id)
        WHERE headers IS NOT NULL OR body_head IS NOT NULL
    """,
)


def up(migrator: Any, db: Any) -> None:
    """Add the columns and tables; runs inside one transaction."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
