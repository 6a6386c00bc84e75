"""Consistency: what the last list of YCLIENTS did not agree with, sweeps as rows, differences fixed together."""

from __future__ import annotations

from typing import Any

STATEMENTS = (
    # What of the last list is not as we hold it, and since which list. Whether it still holds is asked of the installs.
    """
    CREATE TABLE list_differences (
        salon_id bigint PRIMARY KEY,
        kind text NOT NULL CONSTRAINT list_differences_kind_is_known CHECK (kind IN ('missing', 'listed')),
        since timestamptz NOT NULL,
        seen_at timestamptz NOT NULL
    )
    """,
    """
    CREATE TABLE sweeps (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        state text NOT NULL CONSTRAINT sweeps_state_is_known
            CHECK (state IN ('waiting', 'running', 'done', 'failed')),
        version bigint NOT NULL DEFAULT 0,
        staff_id bigint REFERENCES staff (id) ON DELETE SET NULL,
        staff text,
        requested_at timestamptz NOT NULL,
        started_at timestamptz,
        finished_at timestamptz,
        phase text NOT NULL DEFAULT 'list',
        done integer NOT NULL DEFAULT 0,
        total integer,
        found jsonb NOT NULL DEFAULT '{}',
        failed_code text,
        claimed_by text,
        claimed_until timestamptz,
        CONSTRAINT sweeps_finished_is_over CHECK ((finished_at IS NULL) = (state IN ('waiting', 'running'))),
        CONSTRAINT sweeps_failed_has_code CHECK ((failed_code IS NULL) = (state <> 'failed'))
    )
    """,
    """
    CREATE UNIQUE INDEX sweeps_one_asked_for ON sweeps ((staff IS NOT NULL))
        WHERE finished_at IS NULL AND staff IS NOT NULL
    """,
    """
    CREATE TABLE fix_plans (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        kind text NOT NULL,
        fix text NOT NULL,
        state text NOT NULL CONSTRAINT fix_plans_state_is_known
            CHECK (state IN ('planned', 'running', 'cancelling', 'cancelled', 'done', 'expired')),
        version bigint NOT NULL DEFAULT 0,
        staff_id bigint REFERENCES staff (id) ON DELETE RESTRICT,
        staff text NOT NULL,
        reason text,
        total integer NOT NULL CHECK (total >= 0),
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        started_at timestamptz,
        finished_at timestamptz,
        CONSTRAINT fix_plans_started_has_reason CHECK (started_at IS NULL OR reason IS NOT NULL)
    )
    """,
    "CREATE INDEX fix_plans_open_idx ON fix_plans (id) WHERE state IN ('planned', 'running', 'cancelling')",
    """
    CREATE TABLE fix_items (
        plan_id bigint NOT NULL REFERENCES fix_plans (id) ON DELETE CASCADE,
        salon_id bigint NOT NULL,
        generation integer,
        state text NOT NULL DEFAULT 'pending' CONSTRAINT fix_items_state_is_known CHECK
            (state IN ('pending', 'running', 'succeeded', 'failed', 'delayed', 'skipped', 'cancelled')),
        outcome text,
        claimed_by text,
        claimed_until timestamptz,
        changed_at timestamptz,
        PRIMARY KEY (plan_id, salon_id)
    )
    """,
    "CREATE INDEX fix_items_state_idx ON fix_items (plan_id, state, salon_id)",
)


def up(migrator: Any, db: Any) -> None:
    """Create everything; runs inside one transaction."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
