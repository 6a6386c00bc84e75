"""The list of sessions and of processes: an order that is read by its index, what each process says of itself.

A drain is a wish in the process' own row, which it reads with each of its signs of life.
"""

from __future__ import annotations

from typing import Any

STATEMENTS = (
    """
    ALTER TABLE whatsapp_sessions
        ADD COLUMN lease_since timestamptz,
        ADD COLUMN state_rank smallint NOT NULL GENERATED ALWAYS AS (CASE state
            WHEN 'failed' THEN 0 WHEN 'replaced' THEN 1 WHEN 'logged_out' THEN 2 WHEN 'temp_banned' THEN 3
            WHEN 'outdated' THEN 4 WHEN 'reconnecting' THEN 5 WHEN 'starting' THEN 6 WHEN 'linking' THEN 7
            WHEN 'awaiting_passkey' THEN 8 WHEN 'pairing' THEN 9 WHEN 'pairing_expired' THEN 10
            WHEN 'connected' THEN 11 ELSE 12 END) STORED
    """,
    "CREATE INDEX whatsapp_sessions_list_idx ON whatsapp_sessions (state_rank, since, salon_id)",
    # Few at any moment, so that they are counted at once however many sessions there are.
    """
    CREATE INDEX whatsapp_sessions_unowned_idx ON whatsapp_sessions (needs_owner_at)
        WHERE lease_owner IS NULL AND needs_owner_at IS NOT NULL
    """,
    # Why a salon's connection ended last, and how often it did lately; a takeover by another process is no loss.
    """
    CREATE INDEX marketplace_events_closes_idx ON marketplace_events (salon_id, at)
        WHERE type IN ('session.reconnecting', 'session.connection_replaced', 'session.logged_out',
            'session.temp_banned', 'session.client_outdated', 'session.failed', 'session.pairing_expired')
        AND data #>> '{data,cause}' IS DISTINCT FROM 'restore'
    """,
    # What an engine says of itself; it counts only while its process still owns the session.
    """
    CREATE TABLE session_engines (
        salon_id bigint PRIMARY KEY REFERENCES whatsapp_sessions (salon_id) ON DELETE CASCADE,
        owner text NOT NULL,
        state text NOT NULL,
        is_open boolean NOT NULL,
        memory_bytes bigint,
        at timestamptz NOT NULL
    )
    """,
    """
    ALTER TABLE process_liveness
        ADD COLUMN version text,
        ADD COLUMN sessions integer NOT NULL DEFAULT 0,
        ADD COLUMN pairing integer NOT NULL DEFAULT 0,
        ADD COLUMN sockets integer NOT NULL DEFAULT 0,
        ADD COLUMN jobs integer NOT NULL DEFAULT 0,
        ADD COLUMN memory_bytes bigint,
        ADD COLUMN drain text CONSTRAINT process_liveness_drain_is_known
            CHECK (drain IN ('asked', 'drained', 'stayed')),
        ADD COLUMN drain_at timestamptz,
        ADD COLUMN drain_by text
    """,
    """
    CREATE TABLE retention_rounds (
        id integer PRIMARY KEY CHECK (id = 1),
        at timestamptz NOT NULL
    )
    """,
)


def up(migrator: Any, db: Any) -> None:
    """Add the columns, tables and indexes; runs inside one transaction."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
