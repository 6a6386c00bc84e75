"""What session servers tell by webhook waits here for the process that owns the session; kept a day for its ids."""

from __future__ import annotations

from typing import Any

STATEMENTS = (
    """
    CREATE TABLE whatsapp_hints (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        instance text NOT NULL,
        event_id text NOT NULL,
        salon_id bigint NOT NULL,
        kind text NOT NULL CONSTRAINT whatsapp_hints_kind_is_known
            CHECK (kind IN ('status', 'engine', 'message', 'receipt')),
        at timestamptz NOT NULL,
        generation bigint,
        received_at timestamptz NOT NULL,
        details_sealed bytea,
        settled_at timestamptz,
        CONSTRAINT whatsapp_hints_event_key UNIQUE (instance, event_id)
    )
    """,
    "CREATE INDEX whatsapp_hints_waiting_idx ON whatsapp_hints (salon_id, id) WHERE settled_at IS NULL",
)


def up(migrator: Any, db: Any) -> None:
    """Make the table; runs inside one transaction."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
