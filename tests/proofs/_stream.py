"""A steady stream of webhooks, each with a number of its own, and what became of each."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import asyncpg
import httpx

from tests.support.harness import PARTNER_TOKEN

PATIENCE_S = 10.0


@dataclass(slots=True)
class Stream:
    """Posts bookings of some salons in turn at a steady pace, each once, to an address that is asked for every time."""

    salons: Sequence[int]
    url: Callable[[], str]
    per_second: float
    accepted: dict[int, float] = field(default_factory=dict)
    """Number → seconds until the 200."""

    refused: dict[int, int] = field(default_factory=dict)
    """Number → status of an answer that was no 200."""

    unanswered: set[int] = field(default_factory=set)
    """Numbers whose request broke; they may have been taken or not."""

    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def run(self, ended: asyncio.Event) -> None:
        """Post until `ended` is set, then wait for the answers that are under way."""
        loop = asyncio.get_running_loop()
        limits = httpx.Limits(max_keepalive_connections=20)
        async with (
            httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S, limits=limits) as http,
            asyncio.TaskGroup() as under_way,
        ):
            started = loop.time()
            for count in itertools.count():
                if ended.is_set():
                    return
                under_way.create_task(self._post(http, next(self._numbers)))
                await asyncio.sleep(max(0.0, started + (count + 1) / self.per_second - loop.time()))

    async def _post(self, http: httpx.AsyncClient, number: int) -> None:
        salon_id = self.salons[number % len(self.salons)]
        body = {
            "company_id": salon_id, "resource": "record", "resource_id": number, "status": "create",
            "data": {"id": number}, "partner_token": PARTNER_TOKEN,
        }  # fmt: skip
        began = time.monotonic()
        try:
            answer = await http.post(f"{self.url()}/webhook/yclients", json=body)
        except httpx.TransportError:
            self.unanswered.add(number)
            return
        if answer.status_code == 200:
            self.accepted[number] = time.monotonic() - began
        else:
            self.refused[number] = answer.status_code

    async def kept(self, connection: asyncpg.Pool) -> list[int]:
        """Return the numbers in the inbox in its order; one that is there twice is named twice."""
        found = await connection.fetch(
            "SELECT resource_id FROM webhook_inbox WHERE salon_id = ANY($1::bigint[]) AND kind = 'entity' ORDER BY id",
            list(self.salons),
        )
        return [int(row["resource_id"]) for row in found]

    def slowest(self, share: float = 0.99) -> float:
        """Return within how many seconds this share of the accepted ones was answered."""
        times = sorted(self.accepted.values())
        return times[min(len(times) - 1, int(len(times) * share))] if times else 0.0
