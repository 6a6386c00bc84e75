"""Staff: who they are, what they did, what they wanted twice; the board's order; bulk retries; token proofs."""

from __future__ import annotations

from typing import Any

from gateway.domain.search import search_text

BATCH = 1000
STATEMENTS = (
    # The board shows a salon's newest install: stuck first, found by a search text made of what staff type.
    """
    ALTER TABLE installs
        ADD COLUMN salon_id bigint REFERENCES companies (yclients_id) ON DELETE RESTRICT,
        ADD COLUMN is_newest boolean NOT NULL DEFAULT true,
        ADD COLUMN search_text text COLLATE "C" NOT NULL DEFAULT '',
        ADD COLUMN resume_due boolean NOT NULL DEFAULT false,
        ADD COLUMN frozen_by_staff_at timestamptz,
        ADD COLUMN frozen_reason text,
        ADD COLUMN stage_rank smallint NOT NULL GENERATED ALWAYS AS (CASE stage
            WHEN 'attention' THEN 0 WHEN 'activating' THEN 1 WHEN 'linking' THEN 2 WHEN 'new' THEN 3
            WHEN 'frozen' THEN 4 WHEN 'active' THEN 5 ELSE 6 END) STORED
    """,
    """
    UPDATE installs i SET salon_id = c.yclients_id,
        is_newest = i.generation = (SELECT max(n.generation) FROM installs n WHERE n.company_id = i.company_id)
    FROM companies c WHERE c.id = i.company_id
    """,
    "ALTER TABLE installs ALTER COLUMN salon_id SET NOT NULL",
    "CREATE UNIQUE INDEX installs_one_newest_per_company ON installs (company_id) WHERE is_newest",
    # The text that is searched is in the index too: a search that finds nothing reads the index alone.
    """
    CREATE INDEX installs_board_idx ON installs (stage_rank, stage_since, salon_id) INCLUDE (id, search_text)
        WHERE is_newest
    """,
    "CREATE INDEX installs_salon_idx ON installs (salon_id, generation)",
    "CREATE INDEX installs_error_idx ON installs (error_code) WHERE is_newest AND error_code IS NOT NULL",
    "CREATE INDEX whatsapp_sessions_error_idx ON whatsapp_sessions (error) WHERE error IS NOT NULL",
    # A person may hold a call, resolve it, and try it again.
    "ALTER TABLE partner_calls DROP CONSTRAINT partner_calls_state_is_known",
    """
    ALTER TABLE partner_calls
        ADD CONSTRAINT partner_calls_state_is_known
            CHECK (state IN ('waiting', 'done', 'failed', 'held', 'cancelled', 'resolved')),
        ADD COLUMN reason text,
        ADD COLUMN error_text text,
        ADD COLUMN retried_at timestamptz,
        ADD COLUMN state_rank smallint NOT NULL GENERATED ALWAYS AS (CASE state
            WHEN 'failed' THEN 0 WHEN 'held' THEN 1 WHEN 'waiting' THEN 2 ELSE 3 END) STORED
    """,
    "CREATE INDEX partner_calls_queue_idx ON partner_calls (state_rank, next_attempt_at, id)",
    "CREATE INDEX partner_calls_install_idx ON partner_calls (install_id, id)",
    """
    CREATE TABLE staff (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name text NOT NULL CONSTRAINT staff_name_is_there CHECK (length(btrim(name)) BETWEEN 1 AND 100),
        name_key text NOT NULL,
        role text NOT NULL CONSTRAINT staff_role_is_known CHECK (role IN ('viewer', 'operator', 'admin')),
        token_digest bytea NOT NULL CONSTRAINT staff_token_digest_key UNIQUE,
        created_at timestamptz NOT NULL,
        expires_at timestamptz,
        last_used_at timestamptz,
        revoked_at timestamptz
    )
    """,
    "CREATE UNIQUE INDEX staff_one_per_name ON staff (name_key) WHERE revoked_at IS NULL",
    # Each row holds the hash of the one before: a row that was changed, added or taken out later breaks the chain.
    """
    CREATE TABLE audit_log (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL,
        staff_id bigint REFERENCES staff (id) ON DELETE RESTRICT,
        staff text NOT NULL,
        role text NOT NULL,
        operation text NOT NULL,
        salon_id bigint,
        before jsonb NOT NULL DEFAULT '{}',
        after jsonb NOT NULL DEFAULT '{}',
        reason text,
        request_id text NOT NULL,
        previous_hash bytea NOT NULL,
        hash bytea NOT NULL CONSTRAINT audit_log_hash_key UNIQUE
    )
    """,
    "CREATE INDEX audit_log_salon_idx ON audit_log (salon_id, id)",
    # A claim comes first; the transaction that carries the command out sets done_at, so that it can do so only once.
    """
    CREATE TABLE staff_commands (
        staff_id bigint NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
        idempotency_key text NOT NULL,
        operation text NOT NULL,
        input_digest bytea NOT NULL,
        at timestamptz NOT NULL,
        claimed_until timestamptz NOT NULL,
        done_at timestamptz,
        answer jsonb,
        PRIMARY KEY (staff_id, idempotency_key),
        CONSTRAINT staff_commands_answer_is_of_done CHECK (answer IS NULL OR done_at IS NOT NULL)
    )
    """,
    "CREATE INDEX staff_commands_at_idx ON staff_commands (at)",
    """
    CREATE TABLE bulk_retries (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        state text NOT NULL CONSTRAINT bulk_retries_state_is_known
            CHECK (state IN ('planned', 'running', 'cancelling', 'cancelled', 'done', 'expired')),
        version bigint NOT NULL DEFAULT 0,
        staff_id bigint REFERENCES staff (id) ON DELETE RESTRICT,
        staff text NOT NULL,
        reason text,
        request jsonb NOT NULL,
        total integer NOT NULL CHECK (total >= 0),
        excluded integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        started_at timestamptz,
        finished_at timestamptz,
        CONSTRAINT bulk_retries_started_has_reason CHECK (started_at IS NULL OR reason IS NOT NULL)
    )
    """,
    "CREATE INDEX bulk_retries_open_idx ON bulk_retries (id) WHERE state IN ('running', 'cancelling')",
    """
    CREATE TABLE bulk_items (
        bulk_id bigint NOT NULL REFERENCES bulk_retries (id) ON DELETE CASCADE,
        call_id bigint NOT NULL REFERENCES partner_calls (id) ON DELETE CASCADE,
        state text NOT NULL DEFAULT 'pending' CONSTRAINT bulk_items_state_is_known CHECK
            (state IN ('pending', 'running', 'succeeded', 'failed', 'delayed', 'skipped', 'cancelled')),
        outcome text,
        nonce integer,
        changed_at timestamptz,
        PRIMARY KEY (bulk_id, call_id)
    )
    """,
    "CREATE INDEX bulk_items_state_idx ON bulk_items (bulk_id, state, call_id)",
    """
    CREATE TABLE token_matches (
        fingerprint text PRIMARY KEY,
        last_matched_at timestamptz NOT NULL,
        last_matched_by text NOT NULL CONSTRAINT token_matches_by_is_known
            CHECK (last_matched_by IN ('entry', 'webhook_token', 'webhook_signature', 'payment'))
    )
    """,
)


_SEARCHED = """
    SELECT i.id, c.yclients_id, c.title, c.city, i.support_code, s.account_phone_masked
    FROM installs i JOIN companies c ON c.id = i.company_id LEFT JOIN whatsapp_sessions s ON s.install_id = i.id
    WHERE i.is_newest ORDER BY i.id
"""
_FOUND_BY = """
    UPDATE installs SET search_text = found.by FROM unnest(%s::bigint[], %s::text[]) AS found (id, by)
    WHERE installs.id = found.id
"""


def up(migrator: Any, db: Any) -> None:
    """Create everything; runs inside one transaction."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
    rows = [tuple(row) for row in db.execute_sql(_SEARCHED).fetchall()]
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        found_by = [search_text(*searched) for _, *searched in batch]
        db.execute_sql(_FOUND_BY, ([install_id for install_id, *_ in batch], found_by))
