"""The overview counts over a period: each figure finds its rows by an index that holds little else.

Of the events only those that are counted are in an index, so that a period's millions of others are never met. All but
the first index grow at their right end.
"""

from __future__ import annotations

from typing import Any

STATEMENTS = (
    """
    CREATE INDEX marketplace_events_steps_idx ON marketplace_events (install_id, type)
        WHERE type IN ('session.qr', 'session.pairing_code', 'session.paired')
    """,
    # The same events as in marketplace_events_closes_idx, in the order of time.
    """
    CREATE INDEX marketplace_events_close_times_idx ON marketplace_events (at)
        WHERE type IN ('session.reconnecting', 'session.connection_replaced', 'session.logged_out',
            'session.temp_banned', 'session.client_outdated', 'session.failed', 'session.pairing_expired')
        AND data #>> '{data,cause}' IS DISTINCT FROM 'restore'
    """,
    "CREATE INDEX installs_created_idx ON installs (created_at)",
    "CREATE INDEX installs_activated_idx ON installs (activated_at, created_at) WHERE activated_at IS NOT NULL",
    "CREATE INDEX partner_attempts_started_idx ON partner_attempts (started_at)",
)


def up(migrator: Any, db: Any) -> None:
    """Make the indexes; runs inside one transaction."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
