"""Salons in the middle of pairing, each with a page, and their QR codes changing as engines in another process do it.

A rotation writes what the session store writes: the row with its sealed QR, the event, the salon's version, and both
notifications, in the order of locks of every writer. Many salons share a transaction here, so that the maker of the
rotations is not what is measured. A code is said to be valid for long, so that a page that comes back finds one.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import random
import secrets
import time
from collections.abc import Sequence

import asyncpg

from gateway.application.links import LinkTokens
from gateway.clock import SystemClock
from gateway.storage.secret_box import SecretBox
from gateway.whatsapp.seals import SessionSeals
from tests.support.processes import DATA_KEY, JWT_SECRET

FIRST_SALON = 500_001
ROTATE_EVERY_S = 20.0
"""How long WhatsApp shows one QR."""

BATCHES_PER_S = 50
OWNER = "engines-elsewhere"
_EVENT_ORDER_LOCK = 0x41_49_41_44_4D_49_4E

_SEED = (
    """
    INSERT INTO companies (yclients_id, title, city, timezone, created_at, updated_at)
    SELECT $1::bigint + n, 'Салон красоты №' || n, 'Москва', 'Europe/Moscow', now(), now()
    FROM generate_series(0, $2::int - 1) AS n
    """,
    """
    INSERT INTO installs (company_id, salon_id, generation, partner_state, partner_since, stage, stage_since,
        registered_at, support_code, correlation, search_text)
    SELECT id, yclients_id, 1, 'pending', now(), 'linking', now(), now(),
        upper(substr(md5(yclients_id::text), 1, 6)), 'pages-' || yclients_id, 'салон'
    FROM companies WHERE yclients_id BETWEEN $1::bigint AND $1::bigint + $2::int - 1
    """,
    f"""
    INSERT INTO whatsapp_sessions (salon_id, install_id, session_id, adapter, desired, state, since, created_at,
        version, generation, engine_generation, last_seq, method, pairing_started_at, needs_owner_at, lease_owner,
        lease_epoch, lease_expires_at)
    SELECT salon_id, id, 'company_' || salon_id, 'simulator', 'running', 'pairing', now(), now(),
        nextval('whatsapp_session_version_seq'), 1, 1, 1, 'qr', now(), now(), '{OWNER}', 1, now() + interval '1 day'
    FROM installs WHERE salon_id BETWEEN $1::bigint AND $1::bigint + $2::int - 1
    """,
)
# Whoever holds these sessions lives, as far as any gateway can see.
_ALIVE = f"""
    INSERT INTO process_liveness (owner, lock_key, seen_at)
    VALUES ('{OWNER}', 20170, now() + interval '1 day')
"""
_LOCK = "SELECT id FROM companies WHERE yclients_id = ANY($1::bigint[]) ORDER BY yclients_id FOR UPDATE"
_SHOW = """
    UPDATE whatsapp_sessions s SET qr_sealed = told.sealed, qr_seq = qr_seq + 1, qr_issued_at = now(),
        qr_expires_at = now() + interval '15 minutes', last_seq = last_seq + 1, updated_at = now(),
        version = nextval('whatsapp_session_version_seq')
    FROM unnest($1::bigint[], $2::bytea[]) AS told (salon_id, sealed) WHERE s.salon_id = told.salon_id
"""
_HEAR = "SELECT pg_notify('whatsapp_sessions', salon_id::text) FROM unnest($1::bigint[]) AS told (salon_id)"
_TELL = """
    WITH told AS (
        INSERT INTO marketplace_events (at, salon_id, install_id, type, data, correlation)
        SELECT now(), s.salon_id, s.install_id, 'session.qr', jsonb_build_object('seq', s.last_seq, 'generation', 1,
            'at', now(), 'data', jsonb_build_object('qr_seq', s.qr_seq, 'issued_at', s.qr_issued_at,
            'expires_at', s.qr_expires_at)), 'pages-' || s.salon_id
        FROM whatsapp_sessions s WHERE s.salon_id = ANY($1::bigint[]) RETURNING id, salon_id
    )
    UPDATE companies c SET version = told.id FROM told WHERE c.yclients_id = told.salon_id
"""


async def seed(url: str, pages: int) -> None:
    """Fill a migrated database with so many salons whose sessions show a QR, held by a process that lives on."""
    connection = await asyncpg.connect(url)
    try:
        for statement in _SEED:
            await connection.execute(statement, FIRST_SALON, pages, timeout=120)
        await connection.execute(_ALIVE)
        await connection.execute("VACUUM (ANALYZE)", timeout=120)
    finally:
        await connection.close()


def links(pages: int) -> list[tuple[int, str]]:
    """Return each salon with the token of its page."""
    tokens = LinkTokens(JWT_SECRET, SystemClock())
    salons = range(FIRST_SALON, FIRST_SALON + pages)
    return [(salon_id, tokens.issue({salon_id: 1})) for salon_id in salons]


class Rotation:
    """Shows new QR codes and remembers when the commit of each was sent, by its stamp, in ms since 1970."""

    def __init__(self, url: str) -> None:
        self.sent_at: dict[tuple[int, str], float] = {}
        """By salon and stamp."""

        self._url = url
        self._seals = SessionSeals(SecretBox(base64.b64decode(DATA_KEY)))
        self._stamps = itertools.count(1)

    async def show_all(self, salons: Sequence[int]) -> None:
        """Give every salon a first code."""
        connection = await asyncpg.connect(self._url)
        try:
            for first in range(0, len(salons), 500):
                await self._show(connection, salons[first : first + 500])
        finally:
            await connection.close()

    async def keep_showing(self, salons: Sequence[int], per_second: float, ended: asyncio.Event) -> int:
        """Rotate round the salons at this rate, some in each transaction; returns how many rotations were made."""
        connection = await asyncpg.connect(self._url)
        loop = asyncio.get_running_loop()
        order = itertools.cycle(random.Random(7).sample(list(salons), len(salons)))
        began, made = loop.time(), 0
        try:
            while not ended.is_set():
                due = round((loop.time() - began) * per_second) - made
                if due > 0:
                    await self._show(connection, list(itertools.islice(order, min(due, 200))))
                    made += min(due, 200)
                await asyncio.sleep(1 / BATCHES_PER_S)
            return made
        finally:
            await connection.close()

    async def keep_showing_one(self, salon_id: int, every_s: float, ended: asyncio.Event) -> int:
        """Rotate one salon's code, each in a transaction of its own; returns how many rotations were made."""
        connection = await asyncpg.connect(self._url)
        made = 0
        try:
            while not ended.is_set():
                await self._show(connection, [salon_id])
                made += 1
                await asyncio.sleep(every_s)
            return made
        finally:
            await connection.close()

    async def _show(self, connection: asyncpg.Connection, salons: Sequence[int]) -> None:
        stamp = str(next(self._stamps))
        sealed = [self._seals.seal_qr(salon_id, _qr_text(stamp)) for salon_id in salons]
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(_LOCK, salons)
        await connection.execute(_SHOW, salons, sealed)
        await connection.execute(_HEAR, salons)
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _EVENT_ORDER_LOCK)
        await connection.execute(_TELL, salons)
        await connection.execute("SELECT pg_notify('marketplace_events', '')")
        now = time.time() * 1000
        self.sent_at |= {(salon_id, stamp): now for salon_id in salons}
        await transaction.commit()


def _qr_text(stamp: str) -> str:
    """Return a text as long as WhatsApp's, 240 characters or so, that begins with its stamp."""
    keys = (base64.b64encode(secrets.token_bytes(32)).decode() for _ in range(4))
    return ",".join((f"2@{stamp}", base64.b64encode(secrets.token_bytes(36)).decode(), *keys))
