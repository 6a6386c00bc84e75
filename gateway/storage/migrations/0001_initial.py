"""The first schema: salons, installs by generation, the event log, the webhook inbox, the partner outbox."""

from __future__ import annotations

from typing import Any

STATEMENTS = (
    """
    CREATE TABLE companies (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        yclients_id bigint NOT NULL CONSTRAINT companies_yclients_id_key UNIQUE
            CONSTRAINT companies_yclients_id_is_positive CHECK (yclients_id > 0),
        title text NOT NULL DEFAULT '',
        city text,
        timezone text,
        version bigint NOT NULL DEFAULT 0,
        whatsapp_generation bigint NOT NULL DEFAULT 0 CHECK (whatsapp_generation >= 0),
        whatsapp_seq bigint NOT NULL DEFAULT 0 CHECK (whatsapp_seq >= 0),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE installs (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        company_id bigint NOT NULL REFERENCES companies (id) ON DELETE RESTRICT,
        generation integer NOT NULL CHECK (generation > 0),
        partner_state text NOT NULL CONSTRAINT installs_partner_state_is_known CHECK (partner_state IN
            ('pending', 'queued', 'calling', 'active', 'refused', 'expired', 'frozen', 'uninstalled')),
        partner_since timestamptz NOT NULL,
        stage text NOT NULL CONSTRAINT installs_stage_is_known CHECK (stage IN
            ('new', 'linking', 'activating', 'active', 'attention', 'frozen', 'gone')),
        stage_since timestamptz NOT NULL,
        entry_signed boolean NOT NULL DEFAULT false,
        owner_user_id bigint,
        registered_at timestamptz NOT NULL,
        support_code text NOT NULL,
        correlation text NOT NULL CONSTRAINT installs_correlation_key UNIQUE,
        api_key_sealed bytea,
        webhook_key_sealed bytea,
        webhook_key_digest bytea CONSTRAINT installs_webhook_key_digest_key UNIQUE,
        error_code text,
        error_text text,
        partner_status text,
        checked_at timestamptz,
        activated_at timestamptz,
        last_payment_at timestamptz,
        paid_until timestamptz,
        closed_at timestamptz,
        close_reason text,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT installs_generation_key UNIQUE (company_id, generation),
        CONSTRAINT installs_closed_is_uninstalled CHECK ((closed_at IS NULL) = (partner_state <> 'uninstalled')),
        CONSTRAINT installs_calling_has_key CHECK
            (partner_state NOT IN ('queued', 'calling') OR api_key_sealed IS NOT NULL)
    )
    """,
    "CREATE UNIQUE INDEX installs_one_open_per_company ON installs (company_id) WHERE closed_at IS NULL",
    "CREATE INDEX installs_stage_idx ON installs (stage, stage_since) WHERE closed_at IS NULL",
    """
    CREATE TABLE marketplace_events (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL,
        salon_id bigint,
        install_id bigint REFERENCES installs (id) ON DELETE SET NULL,
        type text NOT NULL,
        data jsonb NOT NULL DEFAULT '{}',
        correlation text
    )
    """,
    "CREATE INDEX marketplace_events_salon_idx ON marketplace_events (salon_id, id)",
    "CREATE INDEX marketplace_events_type_idx ON marketplace_events (type, at) WHERE salon_id IS NULL",
    """
    CREATE TABLE webhook_inbox (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        received_at timestamptz NOT NULL DEFAULT now(),
        peer text,
        proof text NOT NULL CONSTRAINT webhook_inbox_proof_is_known
            CHECK (proof IN ('partner_token', 'signature', 'install_key')),
        kind text NOT NULL CONSTRAINT webhook_inbox_kind_is_known CHECK (kind IN ('lifecycle', 'entity', 'unknown')),
        event text,
        salon_id bigint,
        application_id bigint,
        resource_id text,
        body text NOT NULL,
        digest bytea NOT NULL,
        sign_state text CONSTRAINT webhook_inbox_sign_state_is_known
            CHECK (sign_state IS NULL OR sign_state IN ('valid', 'invalid', 'absent')),
        state text NOT NULL DEFAULT 'pending' CONSTRAINT webhook_inbox_state_is_known
            CHECK (state IN ('pending', 'done', 'dead')),
        outcome text,
        error text,
        attempts integer NOT NULL DEFAULT 0,
        next_attempt_at timestamptz NOT NULL DEFAULT now(),
        claimed_by text,
        claimed_until timestamptz,
        install_id bigint REFERENCES installs (id) ON DELETE SET NULL,
        processed_at timestamptz
    )
    """,
    "CREATE INDEX webhook_inbox_due_idx ON webhook_inbox (next_attempt_at, id) WHERE state = 'pending'",
    "CREATE INDEX webhook_inbox_salon_pending_idx ON webhook_inbox (salon_id, id) WHERE state = 'pending'",
    "CREATE INDEX webhook_inbox_salon_idx ON webhook_inbox (salon_id, id)",
    "CREATE INDEX webhook_inbox_digest_idx ON webhook_inbox (digest, received_at)",
    """
    CREATE TABLE partner_calls (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        install_id bigint NOT NULL REFERENCES installs (id) ON DELETE CASCADE,
        kind text NOT NULL CONSTRAINT partner_calls_kind_is_known CHECK (kind IN ('activate', 'uninstall')),
        state text NOT NULL CONSTRAINT partner_calls_state_is_known
            CHECK (state IN ('waiting', 'done', 'failed', 'held', 'cancelled')),
        attempts integer NOT NULL DEFAULT 0,
        next_attempt_at timestamptz NOT NULL,
        first_attempt_at timestamptz,
        claimed_by text,
        claimed_until timestamptz,
        outcome_unknown boolean NOT NULL DEFAULT false,
        error_code text,
        nonce integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        finished_at timestamptz,
        CONSTRAINT partner_calls_finished_has_time CHECK ((finished_at IS NULL) = (state IN ('waiting', 'held')))
    )
    """,
    "CREATE UNIQUE INDEX partner_calls_one_open ON partner_calls (install_id, kind) WHERE finished_at IS NULL",
    "CREATE INDEX partner_calls_due_idx ON partner_calls (next_attempt_at, id) WHERE state = 'waiting'",
    """
    CREATE TABLE partner_attempts (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        call_id bigint NOT NULL REFERENCES partner_calls (id) ON DELETE CASCADE,
        number integer NOT NULL CHECK (number > 0),
        operation text NOT NULL,
        started_at timestamptz NOT NULL,
        finished_at timestamptz,
        http_status integer,
        headers jsonb,
        body_head text,
        latency_ms integer,
        failure text,
        verdict text,
        CONSTRAINT partner_attempts_number_key UNIQUE (call_id, number)
    )
    """,
    """
    CREATE TABLE partner_budget (
        id integer PRIMARY KEY CHECK (id = 1),
        granted_at double precision[] NOT NULL DEFAULT '{}',
        blocked_until timestamptz,
        refused_at timestamptz,
        refused_code text,
        refused_fingerprint text,
        refused_probe_at timestamptz
    )
    """,
    "INSERT INTO partner_budget (id) VALUES (1)",
    "CREATE SEQUENCE whatsapp_session_version_seq",
    """
    CREATE TABLE whatsapp_sessions (
        salon_id bigint PRIMARY KEY REFERENCES companies (yclients_id) ON DELETE CASCADE,
        install_id bigint NOT NULL REFERENCES installs (id) ON DELETE CASCADE,
        session_id text NOT NULL CONSTRAINT whatsapp_sessions_session_id_is_ours
            CHECK (session_id = 'company_' || salon_id::text),
        adapter text NOT NULL,
        desired text NOT NULL CONSTRAINT whatsapp_sessions_desired_is_known
            CHECK (desired IN ('running', 'stopped', 'removed')),
        state text NOT NULL CONSTRAINT whatsapp_sessions_state_is_known CHECK (state IN
            ('starting', 'pairing', 'awaiting_passkey', 'linking', 'connected', 'reconnecting', 'replaced',
             'logged_out', 'temp_banned', 'outdated', 'pairing_expired', 'failed', 'stopped')),
        since timestamptz NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now(),
        version bigint NOT NULL,
        generation bigint NOT NULL CHECK (generation >= 0),
        engine_generation bigint NOT NULL DEFAULT 0,
        last_seq bigint NOT NULL CHECK (last_seq >= 0),
        method text NOT NULL CONSTRAINT whatsapp_sessions_method_is_known CHECK (method IN ('qr', 'code')),
        pairing_started_at timestamptz,
        qr_sealed bytea,
        qr_seq integer NOT NULL DEFAULT 0,
        qr_issued_at timestamptz,
        qr_expires_at timestamptz,
        code_sealed bytea,
        code_phone_sealed bytea,
        code_phone_masked text,
        code_issued_at timestamptz,
        code_expires_at timestamptz,
        code_requests integer NOT NULL DEFAULT 0,
        code_answers integer NOT NULL DEFAULT 0,
        code_error text,
        code_requested_at timestamptz[] NOT NULL DEFAULT '{}',
        credentials_sealed bytea,
        account_sealed bytea,
        account_phone_masked text,
        linked_at timestamptz,
        unlink boolean NOT NULL DEFAULT false,
        error text,
        error_at timestamptz,
        banned_until timestamptz,
        engine_version text,
        needs_owner_at timestamptz,
        lease_owner text,
        lease_epoch bigint NOT NULL DEFAULT 0,
        lease_expires_at timestamptz,
        CONSTRAINT whatsapp_sessions_qr_has_expiry CHECK ((qr_sealed IS NULL) = (qr_expires_at IS NULL)),
        CONSTRAINT whatsapp_sessions_code_has_expiry CHECK ((code_sealed IS NULL) = (code_expires_at IS NULL)),
        CONSTRAINT whatsapp_sessions_answers_have_requests CHECK (code_answers <= code_requests),
        CONSTRAINT whatsapp_sessions_lease_is_whole CHECK ((lease_owner IS NULL) = (lease_expires_at IS NULL))
    )
    """,
    "CREATE INDEX whatsapp_sessions_install_idx ON whatsapp_sessions (install_id)",
    """
    CREATE INDEX whatsapp_sessions_needs_owner_idx ON whatsapp_sessions (needs_owner_at)
        WHERE needs_owner_at IS NOT NULL
    """,
    """
    CREATE TABLE whatsapp_sends (
        salon_id bigint NOT NULL REFERENCES whatsapp_sessions (salon_id) ON DELETE CASCADE,
        client_ref text NOT NULL,
        status text NOT NULL CONSTRAINT whatsapp_sends_status_is_known
            CHECK (status IN ('queued', 'sending', 'sent', 'failed', 'unknown')),
        at timestamptz NOT NULL,
        payload_sealed bytea,
        message_id text,
        error text,
        PRIMARY KEY (salon_id, client_ref)
    )
    """,
    """
    CREATE TABLE process_liveness (
        owner text PRIMARY KEY,
        lock_key bigint NOT NULL,
        started_at timestamptz NOT NULL DEFAULT now(),
        seen_at timestamptz NOT NULL DEFAULT now()
    )
    """,
)


def up(migrator: Any, db: Any) -> None:
    """Create everything; runs inside one transaction."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
