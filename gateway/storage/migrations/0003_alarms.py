"""Alarms: what calls for a person; how the sweeps go; and the indexes that make looking for causes cheap."""

from __future__ import annotations

from typing import Any

STATEMENTS = (
    """
    CREATE TABLE alarms (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        kind text NOT NULL CONSTRAINT alarms_kind_is_known CHECK (kind IN
            ('stuck_installs', 'token_refused', 'webhooks_refused', 'sweep_drift', 'sweep_braked', 'sweep_failing',
             'calls_failed', 'webhooks_laid_aside', 'spool_in_use', 'spool_full', 'disk_low', 'descriptors_low',
             'database_busy')),
        subject text NOT NULL DEFAULT '',
        level text NOT NULL CONSTRAINT alarms_level_is_known CHECK (level IN ('warn', 'bad')),
        facts jsonb NOT NULL DEFAULT '{}',
        occurrence text NOT NULL DEFAULT '',
        raised_at timestamptz NOT NULL,
        seen_at timestamptz NOT NULL,
        changed_at timestamptz NOT NULL,
        told_at timestamptz NOT NULL,
        count integer NOT NULL DEFAULT 1 CHECK (count > 0),
        acknowledged_at timestamptz,
        acknowledged_by text,
        settled_at timestamptz,
        CONSTRAINT alarms_acknowledged_by_somebody CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL))
    )
    """,
    "CREATE UNIQUE INDEX alarms_one_open ON alarms (kind, subject) WHERE settled_at IS NULL",
    "CREATE INDEX alarms_settled_idx ON alarms (settled_at, id) WHERE settled_at IS NOT NULL",
    # How the sweeps go: until now a sweep that failed left nothing behind but a line in one process' log.
    """
    CREATE TABLE sweep_health (
        id integer PRIMARY KEY CHECK (id = 1),
        failing_since timestamptz,
        failed_code text,
        CONSTRAINT sweep_health_failing_has_code CHECK ((failing_since IS NULL) = (failed_code IS NULL))
    )
    """,
    "INSERT INTO sweep_health (id) VALUES (1)",
    "CREATE INDEX marketplace_events_drift_idx ON marketplace_events (at) WHERE type = 'drift_found'",
    "CREATE INDEX webhook_inbox_dead_idx ON webhook_inbox (received_at) WHERE state = 'dead'",
)


def up(migrator: Any, db: Any) -> None:
    """Create everything; runs inside one transaction."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
