"""Many installs whose activation has waited for YCLIENTS for long, written as an outage would have left them."""

from __future__ import annotations

import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import asyncpg

from gateway.bootstrap_parts import secret_box
from gateway.sandbox.catalogue import Salon
from gateway.sandbox.links import Activation
from gateway.storage.install_store import api_key_context, webhook_key_context
from tests.support.harness import Harness

FIRST = 800_001
_INSTALL = """
    WITH company AS (
        INSERT INTO companies (yclients_id, title) VALUES ($1::bigint, 'Салон') RETURNING id
    )
    INSERT INTO installs (company_id, salon_id, generation, partner_state, partner_since, stage, stage_since,
        entry_signed, registered_at, support_code, correlation, partner_status, checked_at, created_at, updated_at,
        api_key_sealed, search_text)
    SELECT id, $1::bigint, 1, 'pending', $2, 'activating', $2, true, $2, 'AA-AA-AA',
        'waiting-' || ($1::bigint)::text, 'pending', $2, $2, $2, NULL, '' FROM company RETURNING id
"""
_KEYS = """
    UPDATE installs SET api_key_sealed = $2, webhook_key_sealed = $3, partner_state = 'calling' WHERE id = $1
"""
_CALL = """
    INSERT INTO partner_calls (install_id, kind, state, attempts, next_attempt_at, first_attempt_at, outcome_unknown,
        error_code, created_at, updated_at)
    VALUES ($1, 'activate', 'waiting', 1, $2, $3, $4, $5, $3, $6) RETURNING id
"""
_ATTEMPT = """
    INSERT INTO partner_attempts (call_id, number, operation, started_at, finished_at, failure, verdict)
    VALUES ($1, 1, 'callback_redirect', $2, $2, $3, 'retry')
"""


@dataclass(slots=True)
class Waiting:
    """What an outage left behind: salons by what became of their last request."""

    never_arrived: list[int] = field(default_factory=list)
    unknown_undone: list[int] = field(default_factory=list)
    unknown_done: list[int] = field(default_factory=list)

    @property
    def all(self) -> Sequence[int]:
        """Every salon."""
        return [*self.never_arrived, *self.unknown_undone, *self.unknown_done]


async def leave_waiting(
    harness: Harness, count: int, *, unknown: float, done: float, age_s: float = 86_400, seed: int = 1
) -> Waiting:
    """Write `count` installs that wait; a share's outcome is unknown, of which a share had its effect at YCLIENTS.

    Their next attempt is due at some time of the next hour, as their back-off has it.
    """
    waiting, chance = Waiting(), random.Random(seed)
    connection = await asyncpg.connect(harness.database_url)
    try:
        async with connection.transaction():
            for salon_id in range(FIRST, FIRST + count):
                is_unknown = chance.random() < unknown
                is_done = is_unknown and chance.random() < done
                kind = waiting.never_arrived
                if is_unknown:
                    kind = waiting.unknown_done if is_done else waiting.unknown_undone
                kind.append(salon_id)
                await _leave(connection, harness, salon_id, chance, age_s, is_unknown, is_done)
    finally:
        await connection.close()
    return waiting


async def _leave(
    connection: Any, harness: Harness, salon_id: int, chance: random.Random, age_s: float, is_unknown: bool,
    is_done: bool,
) -> None:  # fmt: skip
    now = harness.gateway.clock.now()
    began, key = now - timedelta(seconds=age_s), secrets.token_hex(32)
    install_id = await connection.fetchval(_INSTALL, salon_id, began)
    box = secret_box(harness.gateway.settings)
    assert box is not None
    sealed = box.seal(key.encode(), api_key_context(install_id))
    webhook_key = box.seal(secrets.token_urlsafe(32).encode(), webhook_key_context(install_id))
    await connection.execute(_KEYS, install_id, sealed, webhook_key)
    due = now + timedelta(seconds=chance.uniform(60, 3600))
    error = "unknown_outcome" if is_unknown else "partner_unavailable"
    call_id = await connection.fetchval(
        _CALL, install_id, due, began, is_unknown, error, now - timedelta(seconds=chance.uniform(1, 3600))
    )
    await connection.execute(_ATTEMPT, call_id, began, "timeout" if is_unknown else "unreachable")
    market = harness.sandbox.market
    market.add_salon(Salon(salon_id, f"Салон {salon_id}", "Тверь", "", "", "Europe/Moscow"))
    market.connect([salon_id])
    if is_done:
        market.see_activation(salon_id, key)
        market.activate(salon_id, Activation(key, ()))


async def states_of(harness: Harness) -> dict[str, int]:
    """Count our installs by partner state."""
    rows = await harness.rows("SELECT partner_state AS state, count(*) AS n FROM installs GROUP BY 1")
    return {row["state"]: row["n"] for row in rows}


def wrongly_done(harness: Harness, salon_ids: Sequence[int]) -> list[str]:
    """Return what the sandbox's referee holds against us: other than one install with one key."""
    report = harness.sandbox.market.report()["salons"]
    found = []
    for salon_id in salon_ids:
        seen = report[str(salon_id)]
        if seen["installs"] != 1 or seen["activations"] != 1 or seen["api_keys"] != 1:
            found.append(f"salon {salon_id}: {seen}")
    return found


async def shown_too_early(harness: Harness) -> list[int]:
    """Return salons that were called active before they were active at YCLIENTS."""
    rows = await harness.rows("SELECT salon_id, activated_at FROM installs WHERE activated_at IS NOT NULL")
    links = {link.salon_id: link for link in harness.sandbox.market.links()}
    return [
        row["salon_id"]
        for row in rows
        if not any(
            change.status_to == "active" and change.changed_at <= row["activated_at"]
            for change in links[row["salon_id"]].logs
        )
    ]
