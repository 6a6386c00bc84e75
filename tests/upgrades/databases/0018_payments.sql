--
-- PostgreSQL database dump
--


-- Dumped from database version 18.4
-- Dumped by pg_dump version 18.4

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: install_search_follows(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.install_search_follows() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
        IF NEW.search_text = '' THEN
            DELETE FROM install_search WHERE install_id = NEW.id;
        ELSE
            INSERT INTO install_search (install_id, searched) VALUES (NEW.id, NEW.search_text)
            ON CONFLICT (install_id) DO UPDATE SET searched = excluded.searched
            WHERE install_search.searched <> excluded.searched;
        END IF;
        RETURN NULL;
    END $$;


--
-- Name: search_grams(text); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.search_grams(searched text) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT COST 10000 PARALLEL SAFE
    AS $$
        SELECT ARRAY(SELECT letter[n] || letter[n + 1] || letter[n + 2]
                     FROM generate_series(1, cardinality(letter) - 2) AS n)
        FROM (SELECT string_to_array(searched, NULL) AS letter) s
    $$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: alarms; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.alarms (
    id bigint NOT NULL,
    kind text NOT NULL,
    subject text DEFAULT ''::text NOT NULL,
    level text NOT NULL,
    facts jsonb DEFAULT '{}'::jsonb NOT NULL,
    occurrence text DEFAULT ''::text NOT NULL,
    raised_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    told_at timestamp with time zone NOT NULL,
    count integer DEFAULT 1 NOT NULL,
    acknowledged_at timestamp with time zone,
    acknowledged_by text,
    settled_at timestamp with time zone,
    snoozed_until timestamp with time zone,
    snoozed_by text,
    CONSTRAINT alarms_acknowledged_by_somebody CHECK (((acknowledged_at IS NULL) = (acknowledged_by IS NULL))),
    CONSTRAINT alarms_count_check CHECK ((count > 0)),
    CONSTRAINT alarms_kind_is_known CHECK ((kind = ANY (ARRAY['stuck_installs'::text, 'token_refused'::text, 'webhooks_refused'::text, 'sweep_drift'::text, 'sweep_braked'::text, 'sweep_failing'::text, 'calls_failed'::text, 'webhooks_laid_aside'::text, 'spool_in_use'::text, 'spool_full'::text, 'disk_low'::text, 'descriptors_low'::text, 'database_busy'::text]))),
    CONSTRAINT alarms_level_is_known CHECK ((level = ANY (ARRAY['warn'::text, 'bad'::text]))),
    CONSTRAINT alarms_snoozed_by_somebody CHECK (((snoozed_until IS NULL) = (snoozed_by IS NULL)))
);


--
-- Name: alarms_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.alarms ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.alarms_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: audit_log; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit_log (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    staff_id bigint,
    staff text NOT NULL,
    role text NOT NULL,
    operation text NOT NULL,
    salon_id bigint,
    before jsonb DEFAULT '{}'::jsonb NOT NULL,
    after jsonb DEFAULT '{}'::jsonb NOT NULL,
    reason text,
    request_id text NOT NULL,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL
);


--
-- Name: audit_log_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.audit_log ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.audit_log_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: bulk_items; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.bulk_items (
    bulk_id bigint NOT NULL,
    call_id bigint NOT NULL,
    state text DEFAULT 'pending'::text NOT NULL,
    outcome text,
    nonce integer,
    changed_at timestamp with time zone,
    CONSTRAINT bulk_items_state_is_known CHECK ((state = ANY (ARRAY['pending'::text, 'running'::text, 'succeeded'::text, 'failed'::text, 'delayed'::text, 'skipped'::text, 'cancelled'::text])))
);


--
-- Name: bulk_retries; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.bulk_retries (
    id bigint NOT NULL,
    state text NOT NULL,
    version bigint DEFAULT 0 NOT NULL,
    staff_id bigint,
    staff text NOT NULL,
    reason text,
    request jsonb NOT NULL,
    total integer NOT NULL,
    excluded integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    CONSTRAINT bulk_retries_started_has_reason CHECK (((started_at IS NULL) OR (reason IS NOT NULL))),
    CONSTRAINT bulk_retries_state_is_known CHECK ((state = ANY (ARRAY['planned'::text, 'running'::text, 'cancelling'::text, 'cancelled'::text, 'done'::text, 'expired'::text]))),
    CONSTRAINT bulk_retries_total_check CHECK ((total >= 0))
);


--
-- Name: bulk_retries_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.bulk_retries ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.bulk_retries_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: companies; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.companies (
    id bigint NOT NULL,
    yclients_id bigint NOT NULL,
    title text DEFAULT ''::text NOT NULL,
    city text,
    timezone text,
    version bigint DEFAULT 0 NOT NULL,
    whatsapp_generation bigint DEFAULT 0 NOT NULL,
    whatsapp_seq bigint DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    assistant_off_at timestamp with time zone,
    assistant_off_reason text,
    CONSTRAINT companies_assistant_off_has_a_reason CHECK (((assistant_off_at IS NULL) = (assistant_off_reason IS NULL))),
    CONSTRAINT companies_whatsapp_generation_check CHECK ((whatsapp_generation >= 0)),
    CONSTRAINT companies_whatsapp_seq_check CHECK ((whatsapp_seq >= 0)),
    CONSTRAINT companies_yclients_id_is_positive CHECK ((yclients_id > 0))
);


--
-- Name: companies_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.companies ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.companies_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: console_lines; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.console_lines (
    owner text NOT NULL,
    staff_id bigint NOT NULL,
    consoles integer NOT NULL,
    CONSTRAINT console_lines_consoles_check CHECK ((consoles > 0))
);


--
-- Name: destruction_reports; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.destruction_reports (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    salon_id bigint NOT NULL,
    ground text NOT NULL,
    actor text NOT NULL,
    reason text,
    body text NOT NULL,
    key_id text NOT NULL,
    mac bytea NOT NULL,
    CONSTRAINT destruction_reports_ground_is_known CHECK ((ground = ANY (ARRAY['uninstalled'::text, 'request'::text])))
);


--
-- Name: destruction_reports_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.destruction_reports ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.destruction_reports_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: fix_items; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.fix_items (
    plan_id bigint NOT NULL,
    salon_id bigint NOT NULL,
    generation integer,
    state text DEFAULT 'pending'::text NOT NULL,
    outcome text,
    claimed_by text,
    claimed_until timestamp with time zone,
    changed_at timestamp with time zone,
    CONSTRAINT fix_items_state_is_known CHECK ((state = ANY (ARRAY['pending'::text, 'running'::text, 'succeeded'::text, 'failed'::text, 'delayed'::text, 'skipped'::text, 'cancelled'::text])))
);


--
-- Name: fix_plans; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.fix_plans (
    id bigint NOT NULL,
    kind text NOT NULL,
    fix text NOT NULL,
    state text NOT NULL,
    version bigint DEFAULT 0 NOT NULL,
    staff_id bigint,
    staff text NOT NULL,
    reason text,
    total integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    CONSTRAINT fix_plans_started_has_reason CHECK (((started_at IS NULL) OR (reason IS NOT NULL))),
    CONSTRAINT fix_plans_state_is_known CHECK ((state = ANY (ARRAY['planned'::text, 'running'::text, 'cancelling'::text, 'cancelled'::text, 'done'::text, 'expired'::text]))),
    CONSTRAINT fix_plans_total_check CHECK ((total >= 0))
);


--
-- Name: fix_plans_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.fix_plans ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.fix_plans_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: install_search; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.install_search (
    install_id bigint NOT NULL,
    searched text NOT NULL COLLATE pg_catalog."C"
);


--
-- Name: installs; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.installs (
    id bigint NOT NULL,
    company_id bigint NOT NULL,
    generation integer NOT NULL,
    partner_state text NOT NULL,
    partner_since timestamp with time zone NOT NULL,
    stage text NOT NULL,
    stage_since timestamp with time zone NOT NULL,
    entry_signed boolean DEFAULT false NOT NULL,
    owner_user_id bigint,
    registered_at timestamp with time zone NOT NULL,
    support_code text NOT NULL,
    correlation text NOT NULL,
    api_key_sealed bytea,
    webhook_key_sealed bytea,
    webhook_key_digest bytea,
    error_code text,
    error_text text,
    partner_status text,
    checked_at timestamp with time zone,
    activated_at timestamp with time zone,
    last_payment_at timestamp with time zone,
    paid_until timestamp with time zone,
    closed_at timestamp with time zone,
    close_reason text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    salon_id bigint NOT NULL,
    is_newest boolean DEFAULT true NOT NULL,
    search_text text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    resume_due boolean DEFAULT false NOT NULL,
    frozen_by_staff_at timestamp with time zone,
    frozen_reason text,
    stage_rank smallint GENERATED ALWAYS AS (
CASE stage
    WHEN 'attention'::text THEN 0
    WHEN 'activating'::text THEN 1
    WHEN 'linking'::text THEN 2
    WHEN 'new'::text THEN 3
    WHEN 'frozen'::text THEN 4
    WHEN 'active'::text THEN 5
    ELSE 6
END) STORED NOT NULL,
    purged_at timestamp with time zone,
    welcomed_at timestamp with time zone,
    CONSTRAINT installs_calling_has_key CHECK (((partner_state <> ALL (ARRAY['queued'::text, 'calling'::text])) OR (api_key_sealed IS NOT NULL))),
    CONSTRAINT installs_closed_is_uninstalled CHECK (((closed_at IS NULL) = (partner_state <> 'uninstalled'::text))),
    CONSTRAINT installs_generation_check CHECK ((generation > 0)),
    CONSTRAINT installs_partner_state_is_known CHECK ((partner_state = ANY (ARRAY['pending'::text, 'queued'::text, 'calling'::text, 'active'::text, 'refused'::text, 'expired'::text, 'frozen'::text, 'uninstalled'::text]))),
    CONSTRAINT installs_stage_is_known CHECK ((stage = ANY (ARRAY['new'::text, 'linking'::text, 'activating'::text, 'active'::text, 'attention'::text, 'frozen'::text, 'gone'::text])))
);


--
-- Name: installs_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.installs ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.installs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: list_differences; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.list_differences (
    salon_id bigint NOT NULL,
    kind text NOT NULL,
    since timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    CONSTRAINT list_differences_kind_is_known CHECK ((kind = ANY (ARRAY['missing'::text, 'listed'::text])))
);


--
-- Name: marketplace_events; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.marketplace_events (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    salon_id bigint,
    install_id bigint,
    type text NOT NULL,
    data jsonb DEFAULT '{}'::jsonb NOT NULL,
    correlation text
);


--
-- Name: marketplace_events_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.marketplace_events ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.marketplace_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: partner_attempts; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.partner_attempts (
    id bigint NOT NULL,
    call_id bigint NOT NULL,
    number integer NOT NULL,
    operation text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    http_status integer,
    headers jsonb,
    body_head text,
    latency_ms integer,
    failure text,
    verdict text,
    CONSTRAINT partner_attempts_number_check CHECK ((number > 0))
);


--
-- Name: partner_attempts_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.partner_attempts ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.partner_attempts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: partner_budget; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.partner_budget (
    id integer NOT NULL,
    granted_at double precision[] DEFAULT '{}'::double precision[] NOT NULL,
    blocked_until timestamp with time zone,
    refused_at timestamp with time zone,
    refused_code text,
    refused_fingerprint text,
    refused_probe_at timestamp with time zone,
    failures_in_row integer DEFAULT 0 NOT NULL,
    away_since timestamp with time zone,
    away_probe_at timestamp with time zone,
    back_at timestamp with time zone,
    list_read_at timestamp with time zone,
    list_useless_at timestamp with time zone,
    list_proved_at timestamp with time zone,
    CONSTRAINT partner_budget_id_check CHECK ((id = 1))
);


--
-- Name: partner_calls; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.partner_calls (
    id bigint NOT NULL,
    install_id bigint NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    next_attempt_at timestamp with time zone NOT NULL,
    first_attempt_at timestamp with time zone,
    claimed_by text,
    claimed_until timestamp with time zone,
    outcome_unknown boolean DEFAULT false NOT NULL,
    error_code text,
    nonce integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    reason text,
    error_text text,
    retried_at timestamp with time zone,
    state_rank smallint GENERATED ALWAYS AS (
CASE state
    WHEN 'failed'::text THEN 0
    WHEN 'held'::text THEN 1
    WHEN 'waiting'::text THEN 2
    ELSE 3
END) STORED NOT NULL,
    confirm_singly boolean DEFAULT false NOT NULL,
    CONSTRAINT partner_calls_finished_has_time CHECK (((finished_at IS NULL) = (state = ANY (ARRAY['waiting'::text, 'held'::text])))),
    CONSTRAINT partner_calls_kind_is_known CHECK ((kind = ANY (ARRAY['activate'::text, 'uninstall'::text]))),
    CONSTRAINT partner_calls_state_is_known CHECK ((state = ANY (ARRAY['waiting'::text, 'done'::text, 'failed'::text, 'held'::text, 'cancelled'::text, 'resolved'::text])))
);


--
-- Name: partner_calls_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.partner_calls ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.partner_calls_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: payments; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.payments (
    id bigint NOT NULL,
    install_id bigint NOT NULL,
    salon_id bigint NOT NULL,
    state text NOT NULL,
    refund_state text,
    partner_payment_id bigint,
    amount numeric(12,2) NOT NULL,
    currency text NOT NULL,
    paid_on date NOT NULL,
    period_from date NOT NULL,
    period_to date NOT NULL,
    error_code text,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT payments_amount_check CHECK ((amount > (0)::numeric)),
    CONSTRAINT payments_check CHECK ((period_to >= period_from)),
    CONSTRAINT payments_check1 CHECK (((refund_state IS NULL) OR (partner_payment_id IS NOT NULL))),
    CONSTRAINT payments_refund_state_is_known CHECK ((refund_state = ANY (ARRAY['sending'::text, 'accepted'::text, 'refused'::text, 'unknown'::text]))),
    CONSTRAINT payments_state_is_known CHECK ((state = ANY (ARRAY['sending'::text, 'accepted'::text, 'refused'::text, 'unknown'::text])))
);


--
-- Name: payments_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.payments_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: payments_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.payments_id_seq OWNED BY public.payments.id;


--
-- Name: process_liveness; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.process_liveness (
    owner text NOT NULL,
    lock_key bigint NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL,
    data_key_id text,
    jwt_key_id text,
    version text,
    sessions integer DEFAULT 0 NOT NULL,
    pairing integer DEFAULT 0 NOT NULL,
    sockets integer DEFAULT 0 NOT NULL,
    jobs integer DEFAULT 0 NOT NULL,
    memory_bytes bigint,
    drain text,
    drain_at timestamp with time zone,
    drain_by text,
    CONSTRAINT process_liveness_drain_is_known CHECK ((drain = ANY (ARRAY['asked'::text, 'drained'::text, 'stayed'::text])))
);


--
-- Name: retention_marks; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.retention_marks (
    name text NOT NULL,
    last_id bigint NOT NULL
);


--
-- Name: retention_rounds; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.retention_rounds (
    id integer NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT retention_rounds_id_check CHECK ((id = 1))
);


--
-- Name: schema_migration; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.schema_migration (
    id integer NOT NULL,
    name character varying(255) NOT NULL,
    applied timestamp without time zone NOT NULL
);


--
-- Name: schema_migration_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.schema_migration_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: schema_migration_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.schema_migration_id_seq OWNED BY public.schema_migration.id;


--
-- Name: session_engines; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.session_engines (
    salon_id bigint NOT NULL,
    owner text NOT NULL,
    state text NOT NULL,
    is_open boolean NOT NULL,
    memory_bytes bigint,
    at timestamp with time zone NOT NULL
);


--
-- Name: staff; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.staff (
    id bigint NOT NULL,
    name text NOT NULL,
    name_key text NOT NULL,
    role text NOT NULL,
    token_digest bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    key_id text,
    CONSTRAINT staff_name_is_there CHECK (((length(btrim(name)) >= 1) AND (length(btrim(name)) <= 100))),
    CONSTRAINT staff_role_is_known CHECK ((role = ANY (ARRAY['viewer'::text, 'operator'::text, 'admin'::text])))
);


--
-- Name: staff_commands; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.staff_commands (
    staff_id bigint NOT NULL,
    idempotency_key text NOT NULL,
    operation text NOT NULL,
    input_digest bytea NOT NULL,
    at timestamp with time zone NOT NULL,
    claimed_until timestamp with time zone NOT NULL,
    done_at timestamp with time zone,
    answer jsonb,
    CONSTRAINT staff_commands_answer_is_of_done CHECK (((answer IS NULL) OR (done_at IS NOT NULL)))
);


--
-- Name: staff_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.staff ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.staff_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: sweep_health; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sweep_health (
    id integer NOT NULL,
    failing_since timestamp with time zone,
    failed_code text,
    CONSTRAINT sweep_health_failing_has_code CHECK (((failing_since IS NULL) = (failed_code IS NULL))),
    CONSTRAINT sweep_health_id_check CHECK ((id = 1))
);


--
-- Name: sweeps; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sweeps (
    id bigint NOT NULL,
    state text NOT NULL,
    version bigint DEFAULT 0 NOT NULL,
    staff_id bigint,
    staff text,
    requested_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    phase text DEFAULT 'list'::text NOT NULL,
    done integer DEFAULT 0 NOT NULL,
    total integer,
    found jsonb DEFAULT '{}'::jsonb NOT NULL,
    failed_code text,
    claimed_by text,
    claimed_until timestamp with time zone,
    CONSTRAINT sweeps_failed_has_code CHECK (((failed_code IS NULL) = (state <> 'failed'::text))),
    CONSTRAINT sweeps_finished_is_over CHECK (((finished_at IS NULL) = (state = ANY (ARRAY['waiting'::text, 'running'::text])))),
    CONSTRAINT sweeps_state_is_known CHECK ((state = ANY (ARRAY['waiting'::text, 'running'::text, 'done'::text, 'failed'::text])))
);


--
-- Name: sweeps_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.sweeps ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.sweeps_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: token_matches; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.token_matches (
    fingerprint text NOT NULL,
    last_matched_at timestamp with time zone NOT NULL,
    last_matched_by text NOT NULL,
    CONSTRAINT token_matches_by_is_known CHECK ((last_matched_by = ANY (ARRAY['entry'::text, 'webhook_token'::text, 'webhook_signature'::text, 'payment'::text])))
);


--
-- Name: webhook_inbox; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.webhook_inbox (
    id bigint NOT NULL,
    received_at timestamp with time zone DEFAULT now() NOT NULL,
    peer text,
    proof text NOT NULL,
    kind text NOT NULL,
    event text,
    salon_id bigint,
    application_id bigint,
    resource_id text,
    body text NOT NULL,
    digest bytea NOT NULL,
    sign_state text,
    state text DEFAULT 'pending'::text NOT NULL,
    outcome text,
    error text,
    attempts integer DEFAULT 0 NOT NULL,
    next_attempt_at timestamp with time zone DEFAULT now() NOT NULL,
    claimed_by text,
    claimed_until timestamp with time zone,
    install_id bigint,
    processed_at timestamp with time zone,
    delivery_id uuid,
    replayed_at timestamp with time zone,
    story_after bigint,
    CONSTRAINT webhook_inbox_kind_is_known CHECK ((kind = ANY (ARRAY['lifecycle'::text, 'entity'::text, 'unknown'::text]))),
    CONSTRAINT webhook_inbox_proof_is_known CHECK ((proof = ANY (ARRAY['partner_token'::text, 'signature'::text, 'install_key'::text]))),
    CONSTRAINT webhook_inbox_sign_state_is_known CHECK (((sign_state IS NULL) OR (sign_state = ANY (ARRAY['valid'::text, 'invalid'::text, 'absent'::text])))),
    CONSTRAINT webhook_inbox_state_is_known CHECK ((state = ANY (ARRAY['pending'::text, 'done'::text, 'dead'::text])))
);


--
-- Name: webhook_inbox_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.webhook_inbox ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.webhook_inbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: whatsapp_hints; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.whatsapp_hints (
    id bigint NOT NULL,
    instance text NOT NULL,
    event_id text NOT NULL,
    salon_id bigint NOT NULL,
    kind text NOT NULL,
    at timestamp with time zone NOT NULL,
    generation bigint,
    received_at timestamp with time zone NOT NULL,
    details_sealed bytea,
    settled_at timestamp with time zone,
    CONSTRAINT whatsapp_hints_kind_is_known CHECK ((kind = ANY (ARRAY['status'::text, 'engine'::text, 'message'::text, 'receipt'::text])))
);


--
-- Name: whatsapp_hints_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.whatsapp_hints ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.whatsapp_hints_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: whatsapp_messages; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.whatsapp_messages (
    salon_id bigint NOT NULL,
    kind text NOT NULL,
    message_id text NOT NULL,
    at timestamp with time zone NOT NULL,
    content_sealed bytea,
    CONSTRAINT whatsapp_messages_kind_is_known CHECK ((kind = ANY (ARRAY['received'::text, 'delivered'::text, 'read'::text, 'played'::text])))
);


--
-- Name: whatsapp_sends; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.whatsapp_sends (
    salon_id bigint NOT NULL,
    client_ref text NOT NULL,
    status text NOT NULL,
    at timestamp with time zone NOT NULL,
    payload_sealed bytea,
    message_id text,
    error text,
    CONSTRAINT whatsapp_sends_status_is_known CHECK ((status = ANY (ARRAY['queued'::text, 'sending'::text, 'sent'::text, 'failed'::text, 'unknown'::text])))
);


--
-- Name: whatsapp_session_version_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.whatsapp_session_version_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: whatsapp_sessions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.whatsapp_sessions (
    salon_id bigint NOT NULL,
    install_id bigint NOT NULL,
    session_id text NOT NULL,
    adapter text NOT NULL,
    desired text NOT NULL,
    state text NOT NULL,
    since timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    version bigint NOT NULL,
    generation bigint NOT NULL,
    engine_generation bigint DEFAULT 0 NOT NULL,
    last_seq bigint NOT NULL,
    method text NOT NULL,
    pairing_started_at timestamp with time zone,
    qr_sealed bytea,
    qr_seq integer DEFAULT 0 NOT NULL,
    qr_issued_at timestamp with time zone,
    qr_expires_at timestamp with time zone,
    code_sealed bytea,
    code_phone_sealed bytea,
    code_phone_masked text,
    code_issued_at timestamp with time zone,
    code_expires_at timestamp with time zone,
    code_requests integer DEFAULT 0 NOT NULL,
    code_answers integer DEFAULT 0 NOT NULL,
    code_error text,
    code_requested_at timestamp with time zone[] DEFAULT '{}'::timestamp with time zone[] NOT NULL,
    credentials_sealed bytea,
    account_sealed bytea,
    account_phone_masked text,
    linked_at timestamp with time zone,
    unlink boolean DEFAULT false NOT NULL,
    error text,
    error_at timestamp with time zone,
    banned_until timestamp with time zone,
    engine_version text,
    needs_owner_at timestamp with time zone,
    lease_owner text,
    lease_epoch bigint DEFAULT 0 NOT NULL,
    lease_expires_at timestamp with time zone,
    passkey_stage text,
    passkey_expires_at timestamp with time zone,
    earlier_account_sealed bytea,
    earlier_phone_masked text,
    expected_phone_masked text,
    lease_since timestamp with time zone,
    state_rank smallint GENERATED ALWAYS AS (
CASE state
    WHEN 'failed'::text THEN 0
    WHEN 'replaced'::text THEN 1
    WHEN 'logged_out'::text THEN 2
    WHEN 'temp_banned'::text THEN 3
    WHEN 'outdated'::text THEN 4
    WHEN 'reconnecting'::text THEN 5
    WHEN 'starting'::text THEN 6
    WHEN 'linking'::text THEN 7
    WHEN 'awaiting_passkey'::text THEN 8
    WHEN 'pairing'::text THEN 9
    WHEN 'pairing_expired'::text THEN 10
    WHEN 'connected'::text THEN 11
    ELSE 12
END) STORED NOT NULL,
    CONSTRAINT whatsapp_sessions_answers_have_requests CHECK ((code_answers <= code_requests)),
    CONSTRAINT whatsapp_sessions_code_has_expiry CHECK (((code_sealed IS NULL) = (code_expires_at IS NULL))),
    CONSTRAINT whatsapp_sessions_desired_is_known CHECK ((desired = ANY (ARRAY['running'::text, 'stopped'::text, 'removed'::text]))),
    CONSTRAINT whatsapp_sessions_generation_check CHECK ((generation >= 0)),
    CONSTRAINT whatsapp_sessions_last_seq_check CHECK ((last_seq >= 0)),
    CONSTRAINT whatsapp_sessions_lease_is_whole CHECK (((lease_owner IS NULL) = (lease_expires_at IS NULL))),
    CONSTRAINT whatsapp_sessions_method_is_known CHECK ((method = ANY (ARRAY['qr'::text, 'code'::text]))),
    CONSTRAINT whatsapp_sessions_passkey_stage_is_known CHECK ((passkey_stage = ANY (ARRAY['challenge'::text, 'confirm'::text]))),
    CONSTRAINT whatsapp_sessions_qr_has_expiry CHECK (((qr_sealed IS NULL) = (qr_expires_at IS NULL))),
    CONSTRAINT whatsapp_sessions_session_id_is_ours CHECK ((session_id = ('company_'::text || (salon_id)::text))),
    CONSTRAINT whatsapp_sessions_state_is_known CHECK ((state = ANY (ARRAY['starting'::text, 'pairing'::text, 'awaiting_passkey'::text, 'linking'::text, 'connected'::text, 'reconnecting'::text, 'replaced'::text, 'logged_out'::text, 'temp_banned'::text, 'outdated'::text, 'pairing_expired'::text, 'failed'::text, 'stopped'::text])))
);


--
-- Name: payments id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.payments ALTER COLUMN id SET DEFAULT nextval('public.payments_id_seq'::regclass);


--
-- Name: schema_migration id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.schema_migration ALTER COLUMN id SET DEFAULT nextval('public.schema_migration_id_seq'::regclass);


--
-- Data for Name: alarms; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: audit_log; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: bulk_items; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: bulk_retries; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: companies; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.companies OVERRIDING SYSTEM VALUE VALUES (1, 101001, 'Ёлка', 'Москва', 'Europe/Moscow', 13, 0, 0, '2026-11-27 02:58:41.882075+00', '2026-11-27 02:58:41.882075+00', NULL, NULL);


--
-- Data for Name: console_lines; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: destruction_reports; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: fix_items; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: fix_plans; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: install_search; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.install_search VALUES (1, 'елка москва #101001 82-b6-e0 ...1001');


--
-- Data for Name: installs; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.installs OVERRIDING SYSTEM VALUE VALUES (1, 1, 1, 'active', '2026-11-27 02:58:43.203835+00', 'active', '2026-11-27 02:58:43.203835+00', true, 9001, '2026-11-27 02:58:41.882075+00', '82-B6-E0', 'ef0a8e9dfe7d10a7', '\x01ad1216d44041dc3f846df74d336e4e1a2539d0dd0dd278cbd3fc76404fd4f5dc1c670391a3292e58c2f7d07d85cf530e86607344f784fa936b9b953878d9b8d289e2febbe0339d62eb1bfcc84cdb3aa850f4d97615d54fbbfab269c0aa2713a0', '\x01ad1216d44e25e7d30066674693af53837c14c020ff3a1dd8d351632369562cfe83268d276e4dacc4b1005ec7df5dbd942ebb9c38e7939946798034366a1831503a98b940fdc6aa665be2d2', '\xfbb84328062e8f9fb13c5dcb06886c9f08d59b01bedbe796b44e4e389cd53021', NULL, NULL, 'active', '2026-11-27 02:58:43.203835+00', '2026-11-27 02:58:43.203835+00', NULL, NULL, NULL, NULL, '2026-11-27 02:58:41.882075+00', '2026-11-27 02:58:43.203835+00', 101001, true, 'елка москва #101001 82-b6-e0 ...1001', false, NULL, NULL, DEFAULT, NULL, NULL);


--
-- Data for Name: list_differences; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: marketplace_events; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.marketplace_events OVERRIDING SYSTEM VALUE VALUES (1, '2026-11-27 02:58:41.755968+00', NULL, NULL, 'sweep_changed', '{"sweep_id": 1}', NULL);
INSERT INTO public.marketplace_events OVERRIDING SYSTEM VALUE VALUES (2, '2026-11-27 02:58:41.836707+00', NULL, NULL, 'sweep_changed', '{"sweep_id": 1}', NULL);
INSERT INTO public.marketplace_events OVERRIDING SYSTEM VALUE VALUES (3, '2026-11-27 02:58:41.882075+00', 101001, 1, 'registration_started', '{"signed": true, "generation": 1}', 'ef0a8e9dfe7d10a7');
INSERT INTO public.marketplace_events OVERRIDING SYSTEM VALUE VALUES (4, '2026-11-27 02:58:41.942412+00', NULL, NULL, 'sweep_changed', '{"sweep_id": 1}', NULL);
INSERT INTO public.marketplace_events OVERRIDING SYSTEM VALUE VALUES (5, '2026-11-27 02:58:42.008044+00', 101001, 1, 'session.starting', '{"at": "2026-11-27T02:58:42.003760+00:00", "seq": 1, "data": {"reason": "created"}, "generation": 1}', 'ef0a8e9dfe7d10a7');
INSERT INTO public.marketplace_events OVERRIDING SYSTEM VALUE VALUES (6, '2026-11-27 02:58:42.239847+00', 101001, 1, 'session.qr', '{"at": "2026-11-27T02:58:42.235743+00:00", "seq": 2, "data": {"qr_seq": 1, "issued_at": "2026-11-27T02:58:42.235743+00:00", "expires_at": "2026-11-27T02:59:42.235743+00:00"}, "generation": 1}', 'ef0a8e9dfe7d10a7');
INSERT INTO public.marketplace_events OVERRIDING SYSTEM VALUE VALUES (7, '2026-11-27 02:58:42.314054+00', 101001, 1, 'session.paired', '{"at": "2026-11-27T02:58:42.312998+00:00", "seq": 3, "data": {"phone": "+7 *** ***-10-01"}, "generation": 1}', 'ef0a8e9dfe7d10a7');
INSERT INTO public.marketplace_events OVERRIDING SYSTEM VALUE VALUES (8, '2026-11-27 02:58:42.695856+00', 101001, 1, 'session.connected', '{"at": "2026-11-27T02:58:42.692443+00:00", "seq": 4, "data": {"phone": "+7 *** ***-10-01", "resumed": false}, "generation": 2}', 'ef0a8e9dfe7d10a7');
INSERT INTO public.marketplace_events OVERRIDING SYSTEM VALUE VALUES (9, '2026-11-27 02:58:42.695856+00', 101001, 1, 'activation_queued', '{}', 'ef0a8e9dfe7d10a7');
INSERT INTO public.marketplace_events OVERRIDING SYSTEM VALUE VALUES (10, '2026-11-27 02:58:42.803808+00', 101001, 1, 'activation_calling', '{}', 'ef0a8e9dfe7d10a7');
INSERT INTO public.marketplace_events OVERRIDING SYSTEM VALUE VALUES (11, '2026-11-27 02:58:43.109313+00', 101001, 1, 'partner_attempt', '{"number": 1, "failure": null, "verdict": "accepted", "latency_ms": 27, "http_status": 301}', 'ef0a8e9dfe7d10a7');
INSERT INTO public.marketplace_events OVERRIDING SYSTEM VALUE VALUES (12, '2026-11-27 02:58:43.178336+00', 101001, 1, 'partner_attempt', '{"number": 2, "failure": null, "verdict": "status_active", "latency_ms": 23, "http_status": 200}', 'ef0a8e9dfe7d10a7');
INSERT INTO public.marketplace_events OVERRIDING SYSTEM VALUE VALUES (13, '2026-11-27 02:58:43.203835+00', 101001, 1, 'integration_activated', '{}', 'ef0a8e9dfe7d10a7');


--
-- Data for Name: partner_attempts; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.partner_attempts OVERRIDING SYSTEM VALUE VALUES (1, 1, 1, 'callback_redirect', '2026-11-27 02:58:42.803808+00', '2026-11-27 02:58:43.109313+00', 301, '{"date": "Fri, 27 Nov 2026 02:58:43 GMT", "server": "hypercorn-h11", "location": "http://127.0.0.1:41345/appstore/101001/applications/4321/installed", "content-type": "text/html; charset=utf-8", "content-length": "141"}', '<!DOCTYPE html><html><head><meta charset=utf-8><title>301 Moved Permanently</title></head><body><h1>301 Moved Permanently</h1></body></html>
', 27, NULL, 'accepted');
INSERT INTO public.partner_attempts OVERRIDING SYSTEM VALUE VALUES (2, 1, 2, 'status', '2026-11-27 02:58:43.124681+00', '2026-11-27 02:58:43.178336+00', 200, '{"date": "Fri, 27 Nov 2026 02:58:43 GMT", "server": "hypercorn-h11", "content-type": "application/json; charset=utf-8", "content-length": "376"}', '{"success": true, "data": {"logs": [{"changed_at": "2026-11-27 05:58:41", "status_from": "uninstalled", "status_to": "pending", "source": "marketplace"}, {"changed_at": "2026-11-27 05:58:43", "status_from": "pending", "status_to": "active", "source": "partner_api"}], "payments": [], "connection_status": {"status": "active", "created_at": "2026-11-27 05:58:41"}}, "meta": {}}', 23, NULL, 'status_active');


--
-- Data for Name: partner_budget; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.partner_budget VALUES (1, '{1795748321.83777,1795748321.85696,1795748321.894417,1795748323.111814,1795748323.181647}', NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL);


--
-- Data for Name: partner_calls; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.partner_calls OVERRIDING SYSTEM VALUE VALUES (1, 1, 'activate', 'done', 2, '2026-11-27 02:58:42.695856+00', '2026-11-27 02:58:42.803808+00', NULL, NULL, false, NULL, 0, '2026-11-27 02:58:42.695856+00', '2026-11-27 02:58:43.203835+00', '2026-11-27 02:58:43.203835+00', NULL, NULL, NULL, DEFAULT, false);


--
-- Data for Name: payments; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: process_liveness; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: retention_marks; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: retention_rounds; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.retention_rounds VALUES (1, '2026-11-27 02:58:41.91663+00');


--
-- Data for Name: schema_migration; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.schema_migration VALUES (1, '0001_initial', '2026-11-27 02:58:39.36207');
INSERT INTO public.schema_migration VALUES (2, '0002_staff', '2026-11-27 02:58:39.462199');
INSERT INTO public.schema_migration VALUES (3, '0003_alarms', '2026-11-27 02:58:39.48584');
INSERT INTO public.schema_migration VALUES (4, '0004_spool', '2026-11-27 02:58:39.49648');
INSERT INTO public.schema_migration VALUES (5, '0005_keeping', '2026-11-27 02:58:39.516973');
INSERT INTO public.schema_migration VALUES (6, '0006_backlog', '2026-11-27 02:58:39.527276');
INSERT INTO public.schema_migration VALUES (7, '0007_inbox_kinds', '2026-11-27 02:58:39.5336');
INSERT INTO public.schema_migration VALUES (8, '0008_messages', '2026-11-27 02:58:39.556941');
INSERT INTO public.schema_migration VALUES (9, '0009_session_hints', '2026-11-27 02:58:39.569879');
INSERT INTO public.schema_migration VALUES (10, '0010_search', '2026-11-27 02:58:39.586677');
INSERT INTO public.schema_migration VALUES (11, '0011_inbox_pages', '2026-11-27 02:58:39.589652');
INSERT INTO public.schema_migration VALUES (12, '0012_inbox_desk', '2026-11-27 02:58:39.60171');
INSERT INTO public.schema_migration VALUES (13, '0013_sessions_list', '2026-11-27 02:58:39.640412');
INSERT INTO public.schema_migration VALUES (14, '0014_consistency', '2026-11-27 02:58:39.678168');
INSERT INTO public.schema_migration VALUES (15, '0015_consoles_and_snoozes', '2026-11-27 02:58:39.687589');
INSERT INTO public.schema_migration VALUES (16, '0016_overview', '2026-11-27 02:58:39.701322');
INSERT INTO public.schema_migration VALUES (17, '0017_assistant', '2026-11-27 02:58:39.704297');
INSERT INTO public.schema_migration VALUES (18, '0018_payments', '2026-11-27 02:58:39.715366');


--
-- Data for Name: session_engines; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: staff; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: staff_commands; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: sweep_health; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.sweep_health VALUES (1, NULL, NULL);


--
-- Data for Name: sweeps; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.sweeps OVERRIDING SYSTEM VALUE VALUES (1, 'done', 4, NULL, NULL, '2026-11-27 02:58:41.755968+00', '2026-11-27 02:58:41.755968+00', '2026-11-27 02:58:41.942412+00', 'list', 0, NULL, '{"held": 0, "healed": 0, "listed": 0, "missing": 0, "unknown": 0, "is_braked": 0, "unreadable": 0}', NULL, NULL, NULL);


--
-- Data for Name: token_matches; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.token_matches VALUES ('403c3c2b', '2026-11-27 02:58:41.725089+00', 'entry');


--
-- Data for Name: webhook_inbox; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: whatsapp_hints; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: whatsapp_messages; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: whatsapp_sends; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: whatsapp_sessions; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.whatsapp_sessions VALUES (101001, 1, 'company_101001', 'simulator', 'running', 'connected', '2026-11-27 02:58:42.692443+00', '2026-11-27 02:58:41.981581+00', '2026-11-27 02:58:42.695856+00', 8, 2, 2, 4, 'qr', '2026-11-27 02:58:42.00376+00', NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, NULL, '{}', '\x01ad1216d4b5cc36e7f800a6dd9787c7d04bd22b4124e75848e190b8049a538f04578e18a3333c89b51c287b0d9e070f5e0afc0fac04c9e62dbf5b61480011afeb532a5b61fe07043c6081fa0f7ab8c9b679bb18b057d65b0b78fd655e24e1ad358e9a4307489239112a1b464b7c7ecbf164297cbcda08a0700b1b438fa7d3b074a88e3e4a1f', '\x01ad1216d4ce4f4419c2aa58f8909cae3882c84065433bda326c90a6d73d399b4e8eeaf165a3ebc95edc78ce38a25b313b7ceda48fda816b85c9805c3535bb2031323736a1e6ef003054ecaf9c44c66dffd2181e2d51a2355afc41fa705f85b1', '+7 *** ***-10-01', '2026-11-27 02:58:42.692443+00', false, NULL, NULL, NULL, NULL, '2026-11-27 02:58:42.692443+00', NULL, 1, NULL, NULL, NULL, NULL, NULL, NULL, '2026-11-27 02:58:42.057535+00', DEFAULT);


--
-- Name: alarms_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.alarms_id_seq', 1, false);


--
-- Name: audit_log_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.audit_log_id_seq', 1, false);


--
-- Name: bulk_retries_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.bulk_retries_id_seq', 1, false);


--
-- Name: companies_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.companies_id_seq', 1, true);


--
-- Name: destruction_reports_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.destruction_reports_id_seq', 1, false);


--
-- Name: fix_plans_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.fix_plans_id_seq', 1, false);


--
-- Name: installs_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.installs_id_seq', 1, true);


--
-- Name: marketplace_events_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.marketplace_events_id_seq', 13, true);


--
-- Name: partner_attempts_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.partner_attempts_id_seq', 2, true);


--
-- Name: partner_calls_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.partner_calls_id_seq', 1, true);


--
-- Name: payments_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.payments_id_seq', 1, false);


--
-- Name: schema_migration_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.schema_migration_id_seq', 18, true);


--
-- Name: staff_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.staff_id_seq', 1, false);


--
-- Name: sweeps_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.sweeps_id_seq', 1, true);


--
-- Name: webhook_inbox_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.webhook_inbox_id_seq', 1, false);


--
-- Name: whatsapp_hints_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.whatsapp_hints_id_seq', 1, false);


--
-- Name: whatsapp_session_version_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.whatsapp_session_version_seq', 8, true);


--
-- Name: alarms alarms_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.alarms
    ADD CONSTRAINT alarms_pkey PRIMARY KEY (id);


--
-- Name: audit_log audit_log_hash_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_log
    ADD CONSTRAINT audit_log_hash_key UNIQUE (hash);


--
-- Name: audit_log audit_log_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_log
    ADD CONSTRAINT audit_log_pkey PRIMARY KEY (id);


--
-- Name: bulk_items bulk_items_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.bulk_items
    ADD CONSTRAINT bulk_items_pkey PRIMARY KEY (bulk_id, call_id);


--
-- Name: bulk_retries bulk_retries_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.bulk_retries
    ADD CONSTRAINT bulk_retries_pkey PRIMARY KEY (id);


--
-- Name: companies companies_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.companies
    ADD CONSTRAINT companies_pkey PRIMARY KEY (id);


--
-- Name: companies companies_yclients_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.companies
    ADD CONSTRAINT companies_yclients_id_key UNIQUE (yclients_id);


--
-- Name: console_lines console_lines_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.console_lines
    ADD CONSTRAINT console_lines_pkey PRIMARY KEY (owner, staff_id);


--
-- Name: destruction_reports destruction_reports_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.destruction_reports
    ADD CONSTRAINT destruction_reports_pkey PRIMARY KEY (id);


--
-- Name: fix_items fix_items_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.fix_items
    ADD CONSTRAINT fix_items_pkey PRIMARY KEY (plan_id, salon_id);


--
-- Name: fix_plans fix_plans_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.fix_plans
    ADD CONSTRAINT fix_plans_pkey PRIMARY KEY (id);


--
-- Name: install_search install_search_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.install_search
    ADD CONSTRAINT install_search_pkey PRIMARY KEY (install_id);


--
-- Name: installs installs_correlation_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.installs
    ADD CONSTRAINT installs_correlation_key UNIQUE (correlation);


--
-- Name: installs installs_generation_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.installs
    ADD CONSTRAINT installs_generation_key UNIQUE (company_id, generation);


--
-- Name: installs installs_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.installs
    ADD CONSTRAINT installs_pkey PRIMARY KEY (id);


--
-- Name: installs installs_webhook_key_digest_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.installs
    ADD CONSTRAINT installs_webhook_key_digest_key UNIQUE (webhook_key_digest);


--
-- Name: list_differences list_differences_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.list_differences
    ADD CONSTRAINT list_differences_pkey PRIMARY KEY (salon_id);


--
-- Name: marketplace_events marketplace_events_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.marketplace_events
    ADD CONSTRAINT marketplace_events_pkey PRIMARY KEY (id);


--
-- Name: partner_attempts partner_attempts_number_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.partner_attempts
    ADD CONSTRAINT partner_attempts_number_key UNIQUE (call_id, number);


--
-- Name: partner_attempts partner_attempts_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.partner_attempts
    ADD CONSTRAINT partner_attempts_pkey PRIMARY KEY (id);


--
-- Name: partner_budget partner_budget_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.partner_budget
    ADD CONSTRAINT partner_budget_pkey PRIMARY KEY (id);


--
-- Name: partner_calls partner_calls_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.partner_calls
    ADD CONSTRAINT partner_calls_pkey PRIMARY KEY (id);


--
-- Name: payments payments_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.payments
    ADD CONSTRAINT payments_pkey PRIMARY KEY (id);


--
-- Name: process_liveness process_liveness_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.process_liveness
    ADD CONSTRAINT process_liveness_pkey PRIMARY KEY (owner);


--
-- Name: retention_marks retention_marks_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.retention_marks
    ADD CONSTRAINT retention_marks_pkey PRIMARY KEY (name);


--
-- Name: retention_rounds retention_rounds_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.retention_rounds
    ADD CONSTRAINT retention_rounds_pkey PRIMARY KEY (id);


--
-- Name: schema_migration schema_migration_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.schema_migration
    ADD CONSTRAINT schema_migration_pkey PRIMARY KEY (id);


--
-- Name: session_engines session_engines_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.session_engines
    ADD CONSTRAINT session_engines_pkey PRIMARY KEY (salon_id);


--
-- Name: staff_commands staff_commands_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.staff_commands
    ADD CONSTRAINT staff_commands_pkey PRIMARY KEY (staff_id, idempotency_key);


--
-- Name: staff staff_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.staff
    ADD CONSTRAINT staff_pkey PRIMARY KEY (id);


--
-- Name: staff staff_token_digest_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.staff
    ADD CONSTRAINT staff_token_digest_key UNIQUE (token_digest);


--
-- Name: sweep_health sweep_health_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sweep_health
    ADD CONSTRAINT sweep_health_pkey PRIMARY KEY (id);


--
-- Name: sweeps sweeps_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sweeps
    ADD CONSTRAINT sweeps_pkey PRIMARY KEY (id);


--
-- Name: token_matches token_matches_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.token_matches
    ADD CONSTRAINT token_matches_pkey PRIMARY KEY (fingerprint);


--
-- Name: webhook_inbox webhook_inbox_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.webhook_inbox
    ADD CONSTRAINT webhook_inbox_pkey PRIMARY KEY (id);


--
-- Name: whatsapp_hints whatsapp_hints_event_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.whatsapp_hints
    ADD CONSTRAINT whatsapp_hints_event_key UNIQUE (instance, event_id);


--
-- Name: whatsapp_hints whatsapp_hints_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.whatsapp_hints
    ADD CONSTRAINT whatsapp_hints_pkey PRIMARY KEY (id);


--
-- Name: whatsapp_messages whatsapp_messages_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.whatsapp_messages
    ADD CONSTRAINT whatsapp_messages_pkey PRIMARY KEY (salon_id, kind, message_id);


--
-- Name: whatsapp_sends whatsapp_sends_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.whatsapp_sends
    ADD CONSTRAINT whatsapp_sends_pkey PRIMARY KEY (salon_id, client_ref);


--
-- Name: whatsapp_sessions whatsapp_sessions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.whatsapp_sessions
    ADD CONSTRAINT whatsapp_sessions_pkey PRIMARY KEY (salon_id);


--
-- Name: alarms_one_open; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX alarms_one_open ON public.alarms USING btree (kind, subject) WHERE (settled_at IS NULL);


--
-- Name: alarms_settled_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX alarms_settled_idx ON public.alarms USING btree (settled_at, id) WHERE (settled_at IS NOT NULL);


--
-- Name: audit_log_salon_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_log_salon_idx ON public.audit_log USING btree (salon_id, id);


--
-- Name: bulk_items_state_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX bulk_items_state_idx ON public.bulk_items USING btree (bulk_id, state, call_id);


--
-- Name: bulk_retries_open_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX bulk_retries_open_idx ON public.bulk_retries USING btree (id) WHERE (state = ANY (ARRAY['running'::text, 'cancelling'::text]));


--
-- Name: destruction_reports_salon_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX destruction_reports_salon_idx ON public.destruction_reports USING btree (salon_id, id);


--
-- Name: fix_items_state_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX fix_items_state_idx ON public.fix_items USING btree (plan_id, state, salon_id);


--
-- Name: fix_plans_open_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX fix_plans_open_idx ON public.fix_plans USING btree (id) WHERE (state = ANY (ARRAY['planned'::text, 'running'::text, 'cancelling'::text]));


--
-- Name: install_search_grams_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX install_search_grams_idx ON public.install_search USING gin (public.search_grams(searched)) WITH (fastupdate=off);


--
-- Name: installs_activated_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX installs_activated_idx ON public.installs USING btree (activated_at, created_at) WHERE (activated_at IS NOT NULL);


--
-- Name: installs_board_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX installs_board_idx ON public.installs USING btree (stage_rank, stage_since, salon_id) INCLUDE (id, search_text) WHERE is_newest;


--
-- Name: installs_created_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX installs_created_idx ON public.installs USING btree (created_at);


--
-- Name: installs_error_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX installs_error_idx ON public.installs USING btree (error_code) WHERE (is_newest AND (error_code IS NOT NULL));


--
-- Name: installs_one_newest_per_company; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX installs_one_newest_per_company ON public.installs USING btree (company_id) WHERE is_newest;


--
-- Name: installs_one_open_per_company; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX installs_one_open_per_company ON public.installs USING btree (company_id) WHERE (closed_at IS NULL);


--
-- Name: installs_salon_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX installs_salon_idx ON public.installs USING btree (salon_id, generation);


--
-- Name: installs_stage_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX installs_stage_idx ON public.installs USING btree (stage, stage_since) WHERE (closed_at IS NULL);


--
-- Name: installs_to_purge_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX installs_to_purge_idx ON public.installs USING btree (closed_at) WHERE ((closed_at IS NOT NULL) AND (purged_at IS NULL));


--
-- Name: marketplace_events_close_times_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX marketplace_events_close_times_idx ON public.marketplace_events USING btree (at) WHERE ((type = ANY (ARRAY['session.reconnecting'::text, 'session.connection_replaced'::text, 'session.logged_out'::text, 'session.temp_banned'::text, 'session.client_outdated'::text, 'session.failed'::text, 'session.pairing_expired'::text])) AND ((data #>> '{data,cause}'::text[]) IS DISTINCT FROM 'restore'::text));


--
-- Name: marketplace_events_closes_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX marketplace_events_closes_idx ON public.marketplace_events USING btree (salon_id, at) WHERE ((type = ANY (ARRAY['session.reconnecting'::text, 'session.connection_replaced'::text, 'session.logged_out'::text, 'session.temp_banned'::text, 'session.client_outdated'::text, 'session.failed'::text, 'session.pairing_expired'::text])) AND ((data #>> '{data,cause}'::text[]) IS DISTINCT FROM 'restore'::text));


--
-- Name: marketplace_events_drift_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX marketplace_events_drift_idx ON public.marketplace_events USING btree (at) WHERE (type = 'drift_found'::text);


--
-- Name: marketplace_events_messages_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX marketplace_events_messages_idx ON public.marketplace_events USING btree (id) WHERE ("left"(type, 8) = 'message.'::text);


--
-- Name: marketplace_events_salon_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX marketplace_events_salon_idx ON public.marketplace_events USING btree (salon_id, id);


--
-- Name: marketplace_events_steps_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX marketplace_events_steps_idx ON public.marketplace_events USING btree (install_id, type) WHERE (type = ANY (ARRAY['session.qr'::text, 'session.pairing_code'::text, 'session.paired'::text]));


--
-- Name: marketplace_events_type_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX marketplace_events_type_idx ON public.marketplace_events USING btree (type, at) WHERE (salon_id IS NULL);


--
-- Name: partner_attempts_kept_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX partner_attempts_kept_idx ON public.partner_attempts USING btree (id) WHERE ((headers IS NOT NULL) OR (body_head IS NOT NULL));


--
-- Name: partner_attempts_started_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX partner_attempts_started_idx ON public.partner_attempts USING btree (started_at);


--
-- Name: partner_calls_due_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX partner_calls_due_idx ON public.partner_calls USING btree (next_attempt_at, id) WHERE (state = 'waiting'::text);


--
-- Name: partner_calls_install_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX partner_calls_install_idx ON public.partner_calls USING btree (install_id, id);


--
-- Name: partner_calls_one_open; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX partner_calls_one_open ON public.partner_calls USING btree (install_id, kind) WHERE (finished_at IS NULL);


--
-- Name: partner_calls_queue_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX partner_calls_queue_idx ON public.partner_calls USING btree (state_rank, next_attempt_at, id);


--
-- Name: partner_calls_unconfirmed_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX partner_calls_unconfirmed_idx ON public.partner_calls USING btree (id) WHERE ((state = 'waiting'::text) AND outcome_unknown AND (NOT confirm_singly));


--
-- Name: payments_once_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX payments_once_idx ON public.payments USING btree (install_id, amount, currency, period_from, period_to) WHERE ((state <> 'refused'::text) AND (refund_state IS DISTINCT FROM 'accepted'::text));


--
-- Name: payments_salon_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX payments_salon_idx ON public.payments USING btree (salon_id, id DESC);


--
-- Name: schema_migration_name; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX schema_migration_name ON public.schema_migration USING btree (name);


--
-- Name: staff_commands_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX staff_commands_at_idx ON public.staff_commands USING btree (at);


--
-- Name: staff_one_per_name; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX staff_one_per_name ON public.staff USING btree (name_key) WHERE (revoked_at IS NULL);


--
-- Name: sweeps_one_asked_for; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX sweeps_one_asked_for ON public.sweeps USING btree (((staff IS NOT NULL))) WHERE ((finished_at IS NULL) AND (staff IS NOT NULL));


--
-- Name: webhook_inbox_dead_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX webhook_inbox_dead_idx ON public.webhook_inbox USING btree (received_at) WHERE (state = 'dead'::text);


--
-- Name: webhook_inbox_delivery_id_key; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX webhook_inbox_delivery_id_key ON public.webhook_inbox USING btree (delivery_id);


--
-- Name: webhook_inbox_due_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX webhook_inbox_due_idx ON public.webhook_inbox USING btree (next_attempt_at, id) WHERE ((state = 'pending'::text) AND (kind = 'lifecycle'::text));


--
-- Name: webhook_inbox_hour_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX webhook_inbox_hour_idx ON public.webhook_inbox USING btree (date_bin('01:00:00'::interval, received_at, '2000-01-01 00:00:00+00'::timestamp with time zone), salon_id, digest);


--
-- Name: webhook_inbox_kept_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX webhook_inbox_kept_idx ON public.webhook_inbox USING btree (next_attempt_at, id) WHERE ((state = 'pending'::text) AND (kind <> 'lifecycle'::text));


--
-- Name: webhook_inbox_newest_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX webhook_inbox_newest_idx ON public.webhook_inbox USING btree (received_at, id);


--
-- Name: webhook_inbox_open_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX webhook_inbox_open_idx ON public.webhook_inbox USING btree (received_at, id) WHERE (state <> 'done'::text);


--
-- Name: webhook_inbox_rare_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX webhook_inbox_rare_idx ON public.webhook_inbox USING btree (received_at, id) WHERE (kind <> 'entity'::text);


--
-- Name: webhook_inbox_salon_pending_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX webhook_inbox_salon_pending_idx ON public.webhook_inbox USING btree (salon_id, id) WHERE ((state = 'pending'::text) AND (kind = 'lifecycle'::text));


--
-- Name: whatsapp_hints_waiting_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX whatsapp_hints_waiting_idx ON public.whatsapp_hints USING btree (salon_id, id) WHERE (settled_at IS NULL);


--
-- Name: whatsapp_messages_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX whatsapp_messages_at_idx ON public.whatsapp_messages USING btree (at);


--
-- Name: whatsapp_sends_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX whatsapp_sends_at_idx ON public.whatsapp_sends USING btree (at);


--
-- Name: whatsapp_sends_recent_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX whatsapp_sends_recent_idx ON public.whatsapp_sends USING btree (salon_id, at);


--
-- Name: whatsapp_sessions_error_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX whatsapp_sessions_error_idx ON public.whatsapp_sessions USING btree (error) WHERE (error IS NOT NULL);


--
-- Name: whatsapp_sessions_install_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX whatsapp_sessions_install_idx ON public.whatsapp_sessions USING btree (install_id);


--
-- Name: whatsapp_sessions_list_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX whatsapp_sessions_list_idx ON public.whatsapp_sessions USING btree (state_rank, since, salon_id);


--
-- Name: whatsapp_sessions_needs_owner_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX whatsapp_sessions_needs_owner_idx ON public.whatsapp_sessions USING btree (needs_owner_at) WHERE (needs_owner_at IS NOT NULL);


--
-- Name: whatsapp_sessions_unowned_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX whatsapp_sessions_unowned_idx ON public.whatsapp_sessions USING btree (needs_owner_at) WHERE ((lease_owner IS NULL) AND (needs_owner_at IS NOT NULL));


--
-- Name: installs install_search_follows; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER install_search_follows AFTER INSERT OR UPDATE OF search_text ON public.installs FOR EACH ROW EXECUTE FUNCTION public.install_search_follows();


--
-- Name: audit_log audit_log_staff_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_log
    ADD CONSTRAINT audit_log_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES public.staff(id) ON DELETE RESTRICT;


--
-- Name: bulk_items bulk_items_bulk_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.bulk_items
    ADD CONSTRAINT bulk_items_bulk_id_fkey FOREIGN KEY (bulk_id) REFERENCES public.bulk_retries(id) ON DELETE CASCADE;


--
-- Name: bulk_items bulk_items_call_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.bulk_items
    ADD CONSTRAINT bulk_items_call_id_fkey FOREIGN KEY (call_id) REFERENCES public.partner_calls(id) ON DELETE CASCADE;


--
-- Name: bulk_retries bulk_retries_staff_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.bulk_retries
    ADD CONSTRAINT bulk_retries_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES public.staff(id) ON DELETE RESTRICT;


--
-- Name: console_lines console_lines_staff_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.console_lines
    ADD CONSTRAINT console_lines_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES public.staff(id) ON DELETE CASCADE;


--
-- Name: fix_items fix_items_plan_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.fix_items
    ADD CONSTRAINT fix_items_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES public.fix_plans(id) ON DELETE CASCADE;


--
-- Name: fix_plans fix_plans_staff_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.fix_plans
    ADD CONSTRAINT fix_plans_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES public.staff(id) ON DELETE RESTRICT;


--
-- Name: install_search install_search_install_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.install_search
    ADD CONSTRAINT install_search_install_id_fkey FOREIGN KEY (install_id) REFERENCES public.installs(id) ON DELETE CASCADE;


--
-- Name: installs installs_company_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.installs
    ADD CONSTRAINT installs_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.companies(id) ON DELETE RESTRICT;


--
-- Name: installs installs_salon_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.installs
    ADD CONSTRAINT installs_salon_id_fkey FOREIGN KEY (salon_id) REFERENCES public.companies(yclients_id) ON DELETE RESTRICT;


--
-- Name: marketplace_events marketplace_events_install_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.marketplace_events
    ADD CONSTRAINT marketplace_events_install_id_fkey FOREIGN KEY (install_id) REFERENCES public.installs(id) ON DELETE SET NULL;


--
-- Name: partner_attempts partner_attempts_call_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.partner_attempts
    ADD CONSTRAINT partner_attempts_call_id_fkey FOREIGN KEY (call_id) REFERENCES public.partner_calls(id) ON DELETE CASCADE;


--
-- Name: partner_calls partner_calls_install_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.partner_calls
    ADD CONSTRAINT partner_calls_install_id_fkey FOREIGN KEY (install_id) REFERENCES public.installs(id) ON DELETE CASCADE;


--
-- Name: payments payments_install_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.payments
    ADD CONSTRAINT payments_install_id_fkey FOREIGN KEY (install_id) REFERENCES public.installs(id) ON DELETE CASCADE;


--
-- Name: session_engines session_engines_salon_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.session_engines
    ADD CONSTRAINT session_engines_salon_id_fkey FOREIGN KEY (salon_id) REFERENCES public.whatsapp_sessions(salon_id) ON DELETE CASCADE;


--
-- Name: staff_commands staff_commands_staff_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.staff_commands
    ADD CONSTRAINT staff_commands_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES public.staff(id) ON DELETE CASCADE;


--
-- Name: sweeps sweeps_staff_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sweeps
    ADD CONSTRAINT sweeps_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES public.staff(id) ON DELETE SET NULL;


--
-- Name: webhook_inbox webhook_inbox_install_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.webhook_inbox
    ADD CONSTRAINT webhook_inbox_install_id_fkey FOREIGN KEY (install_id) REFERENCES public.installs(id) ON DELETE SET NULL;


--
-- Name: whatsapp_messages whatsapp_messages_salon_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.whatsapp_messages
    ADD CONSTRAINT whatsapp_messages_salon_id_fkey FOREIGN KEY (salon_id) REFERENCES public.whatsapp_sessions(salon_id) ON DELETE CASCADE;


--
-- Name: whatsapp_sends whatsapp_sends_salon_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.whatsapp_sends
    ADD CONSTRAINT whatsapp_sends_salon_id_fkey FOREIGN KEY (salon_id) REFERENCES public.whatsapp_sessions(salon_id) ON DELETE CASCADE;


--
-- Name: whatsapp_sessions whatsapp_sessions_install_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.whatsapp_sessions
    ADD CONSTRAINT whatsapp_sessions_install_id_fkey FOREIGN KEY (install_id) REFERENCES public.installs(id) ON DELETE CASCADE;


--
-- Name: whatsapp_sessions whatsapp_sessions_salon_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.whatsapp_sessions
    ADD CONSTRAINT whatsapp_sessions_salon_id_fkey FOREIGN KEY (salon_id) REFERENCES public.companies(yclients_id) ON DELETE CASCADE;


--
-- PostgreSQL database dump complete
--


