"""Messages that came in, the passkey's stage, the number that was linked before, and the welcome of an install."""

from __future__ import annotations

from typing import Any

STATEMENTS = (
    """
    ALTER TABLE whatsapp_sessions
        ADD COLUMN passkey_stage text CONSTRAINT whatsapp_sessions_passkey_stage_is_known
            CHECK (passkey_stage IN ('challenge', 'confirm')),
        ADD COLUMN passkey_expires_at timestamptz,
        ADD COLUMN earlier_account_sealed bytea,
        ADD COLUMN earlier_phone_masked text,
        ADD COLUMN expected_phone_masked text
    """,
    "ALTER TABLE installs ADD COLUMN welcomed_at timestamptz",
    "CREATE INDEX whatsapp_sends_recent_idx ON whatsapp_sends (salon_id, at)",
    "CREATE INDEX whatsapp_sends_at_idx ON whatsapp_sends (at)",
    """
    CREATE TABLE whatsapp_messages (
        salon_id bigint NOT NULL REFERENCES whatsapp_sessions (salon_id) ON DELETE CASCADE,
        kind text NOT NULL CONSTRAINT whatsapp_messages_kind_is_known
            CHECK (kind IN ('received', 'delivered', 'read', 'played')),
        message_id text NOT NULL,
        at timestamptz NOT NULL,
        content_sealed bytea,
        PRIMARY KEY (salon_id, kind, message_id)
    )
    """,
    "CREATE INDEX whatsapp_messages_at_idx ON whatsapp_messages (at)",
    "CREATE INDEX marketplace_events_messages_idx ON marketplace_events (id) WHERE left(type, 8) = 'message.'",
)


def up(migrator: Any, db: Any) -> None:
    """Add them; runs inside one transaction."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
