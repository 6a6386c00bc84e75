"""Many salons at once: connected and linked without a single call to YCLIENTS, then activated as it may come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import httpx

from gateway.application.records import EntryFacts
from gateway.sandbox.catalogue import Salon
from shared.vocabulary import PairingMethod
from tests.support.harness import Harness, running_harness
from tests.support.staff import request
from tests.support.waiting import until

SHORT_TIMEOUT_S = 3.0
PATIENCE_S = 40.0


@asynccontextmanager
async def unlimited_harness(database_url: str, **settings: Any) -> AsyncIterator[Harness]:
    """Run a gateway whose partner counts no calls; the budget is lifted by the test that wants it so."""
    running = running_harness(
        database_url, sandbox_config={"enforce_limits": False}, partner_timeout_s=SHORT_TIMEOUT_S, **settings
    )
    async with running as harness:
        yield harness


async def connected(harness: Harness, salon_id: int, title: str | None = None) -> None:
    """Connect a salon and start its pairing, without a call to YCLIENTS."""
    name = title or f"Салон {salon_id}"
    harness.sandbox.market.add_salon(Salon(salon_id, name, "Тверь", "", "", "Europe/Moscow"))
    harness.sandbox.market.connect([salon_id])
    facts = EntryFacts(salon_id, name, "Тверь", "Europe/Moscow", "pending", signed=True, owner_user_id=9001)
    await harness.gateway.installs.open_for_entry(facts)
    await harness.gateway.sessions.ensure(salon_id, pairing=PairingMethod.QR)


async def linked(harness: Harness, salon_id: int, title: str | None = None) -> None:
    """Connect a salon and scan its QR; the activation is then under way."""
    await connected(harness, salon_id, title)
    answer = await harness.phone("scan", salon_id)
    assert answer.status_code == 200, answer.text


async def all_linked(harness: Harness, salon_ids: Iterable[int], at_once: int = 10) -> None:
    """Link many salons, a few at a time."""
    gate = asyncio.Semaphore(at_once)

    async def one(salon_id: int) -> None:
        async with gate:
            await linked(harness, salon_id)

    await asyncio.gather(*(one(salon_id) for salon_id in salon_ids))


async def call_row(harness: Harness, salon_id: int, kind: str = "activate") -> dict[str, Any]:
    """Return a salon's newest call of a kind as stored."""
    statement = """
        SELECT p.* FROM partner_calls p JOIN installs i ON i.id = p.install_id
        WHERE i.salon_id = %s AND p.kind = %s ORDER BY p.id DESC LIMIT 1
    """
    rows = await harness.rows(statement, salon_id, kind)
    return rows[0] if rows else {}


async def call_reaches(
    harness: Harness, salon_id: int, state: str, *, error: str | None = None, kind: str = "activate"
) -> dict[str, Any]:
    """Wait until a salon's newest call rests in a state, with this error if one is named, and return its row."""

    async def look() -> dict[str, Any] | None:
        row = await call_row(harness, salon_id, kind)
        rests = row and row["state"] == state and row["claimed_by"] is None
        return row if rests and error in (None, row["error_code"]) else None

    found = await until(look, what=f"{kind} of {salon_id} {state} {error or ''}", timeout_s=PATIENCE_S)
    assert found is not None
    return found


async def install_stands(harness: Harness, salon_id: int, state: str) -> None:
    """Wait until a salon's install has come to a partner state."""

    async def look() -> bool:
        return bool((await harness.install_row(salon_id))["partner_state"] == state)

    await until(look, what=f"install of {salon_id} {state}", timeout_s=PATIENCE_S)


class Person:
    """A member of staff who asks over HTTP."""

    def __init__(self, harness: Harness, token: str) -> None:
        self._harness = harness
        self._token = token

    async def ask(self, operation: str, **given: Any) -> httpx.Response:
        """Ask for an operation."""
        return await request(self._harness, operation, self._token, given)

    async def done(self, operation: str, **given: Any) -> Any:
        """Ask for an operation that must succeed and return its output."""
        answer = await self.ask(operation, **given)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def refused(self, operation: str, **given: Any) -> str:
        """Ask for an operation that must be refused and return the code."""
        answer = await self.ask(operation, **given)
        assert answer.status_code >= 400, answer.text
        return str(answer.json()["error"]["code"])
