"""Changes at a steady rate, written straight into a database: what a busy day looks like to whoever watches.

Each change moves a salon to another stage and tells it in the event log, in the order of commits, as the gateway does.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence

import asyncpg

BATCHES_PER_S = 10
_EVENT_ORDER_LOCK = 0x41_49_41_44_4D_49_4E

_MOVE = """
    UPDATE installs SET stage_since = now(), stage = CASE stage
        WHEN 'attention' THEN 'active' WHEN 'active' THEN 'linking' ELSE 'attention' END
    WHERE salon_id = ANY($1::bigint[]) AND is_newest
"""
_TELL = """
    WITH told AS (
        INSERT INTO marketplace_events (at, salon_id, install_id, type, data)
        SELECT now(), salon_id, id, 'drift_found', '{}' FROM installs
        WHERE salon_id = ANY($1::bigint[]) AND is_newest RETURNING id, salon_id
    )
    UPDATE companies c SET version = told.id FROM told WHERE c.yclients_id = told.salon_id
"""


async def change(connection: asyncpg.Connection, salons: Sequence[int]) -> None:
    """Move these salons, each once, in one transaction."""
    async with connection.transaction():
        await connection.execute(_MOVE, salons)
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _EVENT_ORDER_LOCK)
        await connection.execute(_TELL, salons)
        await connection.execute("SELECT pg_notify('marketplace_events', '')")


async def keep_changing(
    url: str, per_second: float, ended: asyncio.Event, pick: Callable[[random.Random], int], seed: int = 7
) -> int:
    """Change `per_second` salons a second until `ended` is set; returns how many changes were made.

    When the machine cannot keep the pace, the changes that are late are made as soon as it can.
    """
    connection = await asyncpg.connect(url)
    chance, loop = random.Random(seed), asyncio.get_running_loop()
    started, made = loop.time(), 0
    try:
        while not ended.is_set():
            due = round((loop.time() - started) * per_second) - made
            if due > 0:
                salons = sorted({pick(chance) for _ in range(min(due, 200))})
                await change(connection, salons)
                made += len(salons)
            await asyncio.sleep(1 / BATCHES_PER_S)
        return made
    finally:
        await connection.close()
