"""A crowd of salons, written straight into a database: what lists and searches are measured with.

Of each hundred salons about seventy are active and linked, some are stuck in every way there is, and twenty never
began to link. The rows hold what the gateway itself would have written, made by a few statements instead of its use.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg

FIRST_SALON = 200_001
RARE_SALON_EVERY = 25_000
"""One salon in so many is called «Жемчужная Ёлка»: a search that finds few."""

# A salon's number decides everything about it, so that two crowds are alike. `n % 97` and its like are independent.
_COMPANIES = """
    INSERT INTO companies (yclients_id, title, city, timezone, version, created_at, updated_at)
    SELECT $1 + n,
        CASE WHEN n % 25000 = 7 THEN 'Жемчужная Ёлка'
             ELSE (ARRAY['Салон красоты', 'Барбершоп', 'Студия', 'Beauty Bar', 'Клиника', 'Ногти', 'SPA'])[1 + n % 7]
                  || ' ' || (ARRAY['Ромашка', 'Бородач', 'Лаванда', 'Орхидея', 'Мята', 'Гармония', 'Престиж', 'Версаль',
                  'Аура', 'Шарм', 'Афродита'])[1 + n % 11] || ' №' || n END,
        (ARRAY['Москва', 'Санкт-Петербург', 'Казань', 'Екатеринбург', 'Нижний Новгород', 'Алматы'])[1 + n % 6],
        'Europe/Moscow', 0, now() - interval '60 days', now()
    FROM generate_series(0, $2 - 1) AS n
"""
_INSTALLS = """
    INSERT INTO installs (company_id, salon_id, generation, partner_state, partner_since, stage, stage_since,
        registered_at, support_code, correlation, search_text, webhook_key_digest, api_key_sealed, closed_at,
        error_code)
    SELECT id, yclients_id, 1, partner, at, stage, at, at, code, 'crowd-' || n,
        replace(replace(lower((title || ' ' || city || ' #' || yclients_id || ' ' || code
            || CASE WHEN phone = '' THEN '' ELSE ' ...' || right(phone, 4) END) COLLATE "pg_c_utf8"),
            'ё', 'е'), '№', 'no'),
        CASE WHEN partner NOT IN ('pending', 'uninstalled')
            THEN sha256('ai-admin webhook key'::bytea || '\\x00' || ('key-' || yclients_id)::bytea) END,
        CASE WHEN partner IN ('queued', 'calling') THEN '\\x00'::bytea END,
        CASE WHEN stage = 'gone' THEN at END,
        CASE partner WHEN 'refused' THEN 'not_requested' END
    FROM (
        SELECT c.*, c.yclients_id - $1 AS n, now() - make_interval(secs => (c.yclients_id - $1) * 37 % 4000000) AS at,
            upper(substr(md5(c.yclients_id::text), 1, 2) || '-' || substr(md5(c.yclients_id::text), 3, 2) || '-'
                || substr(md5(c.yclients_id::text), 5, 2)) AS code,
            CASE WHEN (c.yclients_id - $1) % 10 < 8 AND (c.yclients_id - $1) % 97 <> 6
                THEN '+7 9** ***-' || lpad(((c.yclients_id - $1) % 10000)::text, 4, '0') ELSE '' END AS phone,
            CASE WHEN (c.yclients_id - $1) % 10 >= 8 THEN 'pending'
                 WHEN (c.yclients_id - $1) % 97 = 3 THEN 'queued' WHEN (c.yclients_id - $1) % 97 = 4 THEN 'refused'
                 WHEN (c.yclients_id - $1) % 97 = 5 THEN 'frozen' WHEN (c.yclients_id - $1) % 97 = 6 THEN 'uninstalled'
                 ELSE 'active' END AS partner
        FROM companies c WHERE c.yclients_id BETWEEN $1 AND $1 + $2 - 1
    ) s,
    LATERAL (SELECT CASE partner
        WHEN 'pending' THEN 'new' WHEN 'queued' THEN 'activating' WHEN 'refused' THEN 'attention'
        WHEN 'frozen' THEN 'frozen' WHEN 'uninstalled' THEN 'gone'
        ELSE CASE WHEN n % 89 = 1 THEN 'attention' ELSE 'active' END END AS stage) t
"""
_SESSIONS = """
    INSERT INTO whatsapp_sessions (salon_id, install_id, session_id, adapter, desired, state, since, created_at,
        version, generation, last_seq, method, account_phone_masked, linked_at, error, error_at)
    SELECT salon_id, id, 'company_' || salon_id, 'simulator', 'running',
        CASE WHEN stage = 'attention' AND partner_state = 'active' THEN 'logged_out' ELSE 'connected' END,
        stage_since, stage_since, nextval('whatsapp_session_version_seq'), 1, 4, 'qr',
        '+7 9** ***-' || lpad(((salon_id - $1) % 10000)::text, 4, '0'), stage_since,
        CASE WHEN stage = 'attention' AND partner_state = 'active' THEN 'logged_out' END,
        CASE WHEN stage = 'attention' AND partner_state = 'active' THEN stage_since END
    FROM installs WHERE salon_id BETWEEN $1 AND $1 + $2 - 1 AND (salon_id - $1) % 10 < 8 AND closed_at IS NULL
"""
_CALLS = """
    INSERT INTO partner_calls (install_id, kind, state, attempts, next_attempt_at, first_attempt_at, error_code,
        created_at, updated_at, finished_at)
    SELECT id, 'activate', CASE partner_state WHEN 'queued' THEN 'waiting' WHEN 'refused' THEN 'failed' ELSE 'done' END,
        3, CASE partner_state WHEN 'queued' THEN now() + interval '1 day' ELSE stage_since + interval '1 minute' END,
        stage_since,
        CASE partner_state WHEN 'queued' THEN 'partner_unavailable' WHEN 'refused' THEN 'not_requested' END,
        stage_since, stage_since, CASE WHEN partner_state <> 'queued' THEN stage_since END
    FROM installs WHERE salon_id BETWEEN $1 AND $1 + $2 - 1
        AND (partner_state IN ('queued', 'refused') OR (partner_state = 'active' AND (salon_id - $1) % 30 = 2))
"""
_EVENTS = """
    INSERT INTO marketplace_events (at, salon_id, install_id, type, data)
    SELECT i.registered_at + make_interval(secs => step * 5), i.salon_id, i.id,
        (ARRAY['registration_started', 'session.starting', 'session.qr', 'session.paired', 'session.connected',
               'activation_queued', 'integration_activated'])[step],
        CASE WHEN step BETWEEN 2 AND 5 THEN jsonb_build_object('seq', step, 'generation', 1, 'data', '{}'::jsonb, 'at',
            to_char(i.registered_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')) ELSE '{}' END
    FROM generate_series(1, 7) AS step, installs i WHERE i.salon_id BETWEEN $1 AND $1 + $2 - 1
"""
# What the trigger on installs would have done row by row.
_SEARCHED = """
    INSERT INTO install_search (install_id, searched)
    SELECT id, search_text FROM installs WHERE salon_id BETWEEN $1 AND $1 + $2 - 1
"""
_INDEXES = """
    SELECT c.relname AS name, pg_get_indexdef(c.oid) AS made FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indrelid = ANY($1::text[]::regclass[])
        AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = c.oid)
"""
_VERSIONS = """
    UPDATE companies c SET version = e.last
    FROM (SELECT salon_id, max(id) AS last FROM marketplace_events GROUP BY salon_id) e WHERE e.salon_id = c.yclients_id
"""
# What years of use leave behind: webhooks that were dealt with, oldest first, and the events that tell of them.
_WEBHOOKS = """
    INSERT INTO webhook_inbox (received_at, next_attempt_at, peer, proof, kind, event, salon_id, application_id,
        resource_id, body, digest, state, outcome, attempts, processed_at, delivery_id)
    SELECT at, at, '203.0.113.7', 'install_key', 'entity', 'record', $1 + (n * 7919) % $2, NULL, n::text,
        '{"company_id":' || $1 + (n * 7919) % $2 || ',"resource":"record","resource_id":' || n
            || ',"status":"update","data":{"id":' || n || ',"services":[{"id":731,"title":"Маникюр"}],"staff_id":81,'
            || '"date":"2026-01-01 12:00:00","length":3600,"filler":"' || repeat(md5(n::text), 5) || '"}}',
        sha256(n::text::bytea), 'done', 'kept', 1, at + interval '1 second',
        (lpad(to_hex(n), 12, '0') || '7000' || '8000' || substr(md5(n::text), 1, 12))::uuid
    FROM (SELECT n, now() - make_interval(secs => 7776000.0 * ($5 - n) / $5) AS at
          FROM generate_series($3::bigint, $4::bigint - 1) AS n) s
"""
_TOLD = """
    INSERT INTO marketplace_events (at, salon_id, type, data)
    SELECT now() - make_interval(secs => 7776000.0 * ($5 - n) / $5), $1 + (n * 7919) % $2, 'webhook_processed',
        '{"event": "record", "count": 1, "outcome": "kept"}'
    FROM generate_series($3::bigint, $4::bigint - 1) AS n
"""
HISTORY_STEP = 500_000
_STEPS = (
    ("companies", _COMPANIES), ("installs", _INSTALLS), ("searched", _SEARCHED), ("sessions", _SESSIONS),
    ("calls", _CALLS), ("events", _EVENTS),
)  # fmt: skip


async def seed(url: str, salons: int, *, told: Callable[[str], None] = lambda _: None) -> None:
    """Fill an empty, migrated database with so many salons; `told` hears the name of each step that is done.

    No trigger and no check of references runs for each row: the statements keep what those would see to.
    """
    connection = await asyncpg.connect(url)
    try:
        async with _without_indexes(connection, "install_search", "marketplace_events"):
            for name, statement in _STEPS:
                async with connection.transaction():
                    await connection.execute(
                        "SET LOCAL synchronous_commit = off; SET LOCAL session_replication_role = replica"
                    )
                    await connection.execute(statement, FIRST_SALON, salons, timeout=900)
                told(name)
        await connection.execute(_VERSIONS, timeout=900)
        await connection.execute("VACUUM (ANALYZE)", timeout=900)
        told("vacuum")
    finally:
        await connection.close()


async def seed_history(
    url: str, salons: int, *, webhooks: int, events: int, told: Callable[[str], None] = lambda _: None
) -> None:
    """Add webhooks that were dealt with and events about them to a crowd; every salon has its share of them.

    The indexes are made afterwards: row by row ten million would take an hour. So they are fuller than in use.
    """
    connection = await asyncpg.connect(url)
    try:
        async with _without_indexes(connection, "webhook_inbox", "marketplace_events"):
            for name, statement, rows in (("webhooks", _WEBHOOKS, webhooks), ("told", _TOLD, events)):
                for start in range(0, rows, HISTORY_STEP):
                    end = min(start + HISTORY_STEP, rows)
                    await connection.execute(statement, FIRST_SALON, salons, start, end, rows, timeout=900)
                told(name)
        told("indexes")
        await connection.execute(_VERSIONS, timeout=900)
        await connection.execute("VACUUM (ANALYZE)", timeout=900)
        told("vacuum")
    finally:
        await connection.close()


@asynccontextmanager
async def _without_indexes(connection: asyncpg.Connection, *tables: str) -> AsyncIterator[None]:
    """Take these tables' indexes away, but for those of constraints, and make them again at the end."""
    indexes = await connection.fetch(_INDEXES, tables)
    for index in indexes:
        await connection.execute(f"DROP INDEX {index['name']}")
    yield
    await connection.execute("SET maintenance_work_mem = '512MB'")
    for index in indexes:
        await connection.execute(index["made"], timeout=900)
