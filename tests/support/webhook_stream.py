"""A stream of webhooks from many salons, and what became of each: whether it was promised, and what is there of it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

import asyncpg
import httpx

from tests.support.harness import APPLICATION_ID, PARTNER_TOKEN

FIRST_SALON = 910_001
"""Salons without installs: their webhooks are kept and change nothing."""

IDLE_S = 1.0
"""How long a connection without a request is kept."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One webhook: status 0 means that no answer came."""

    salon_id: int
    number: int
    status: int
    at: float
    took_s: float


@dataclass(slots=True)
class Stream:
    """Each salon sends one webhook after the other, so that its order is known; nothing is ever sent twice."""

    urls: Sequence[str]
    salons: int = 10
    per_second: float = 20.0
    filler_bytes: int = 0
    sent: list[Sent] = field(default_factory=list)
    _numbers: dict[int, Iterator[int]] = field(default_factory=lambda: defaultdict(count))
    _ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Send until `end`."""
        self._ended.clear()
        # As for a balancer: connections that idle are closed by the side that sends, before the gateway does.
        limits = httpx.Limits(
            max_keepalive_connections=self.salons, max_connections=self.salons, keepalive_expiry=IDLE_S
        )
        async with (
            httpx.AsyncClient(trust_env=False, timeout=20, limits=limits) as http,
            asyncio.TaskGroup() as group,
        ):
            for index in range(self.salons):
                group.create_task(self._salon(http, FIRST_SALON + index, index))

    def end(self) -> None:
        """Let every salon finish the webhook in hand and stop."""
        self._ended.set()

    def promised(self) -> list[Sent]:
        """Return what was answered 200."""
        return [each for each in self.sent if each.status == 200]

    def between(self, start: float, stop: float) -> list[Sent]:
        """Return what was sent in a time (`time.monotonic`)."""
        return [each for each in self.sent if start <= each.at < stop]

    async def _salon(self, http: httpx.AsyncClient, salon_id: int, index: int) -> None:
        pause_s = self.salons / self.per_second
        due = time.monotonic() + pause_s * index / self.salons
        while not await self._ends_before(due):
            await self._send(http, salon_id, next(self._numbers[salon_id]))
            due = max(due + pause_s, time.monotonic())

    async def _ends_before(self, due: float) -> bool:
        try:
            async with asyncio.timeout(max(0.0, due - time.monotonic())):
                await self._ended.wait()
        except TimeoutError:
            return False
        return True

    async def _send(self, http: httpx.AsyncClient, salon_id: int, number: int) -> None:
        body = {
            "partner_token": PARTNER_TOKEN, "application_id": APPLICATION_ID, "company_id": salon_id,
            "resource": "record", "resource_id": number, "status": "create",
            "data": {"n": number, "filler": "x" * self.filler_bytes},
        }  # fmt: skip
        url = self.urls[number % len(self.urls)]
        started = time.monotonic()
        try:
            status = (await http.post(f"{url}/webhook/yclients", json=body)).status_code
        except httpx.TransportError:
            status = 0
        self.sent.append(Sent(salon_id, number, status, started, time.monotonic() - started))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the inbox shows of a stream: promised and not there, there more than once, out of their salon's order."""

    lost: Sequence[tuple[int, int]]
    doubled: Sequence[tuple[int, int]]
    disordered: Sequence[int]


async def judge(url: str, stream: Stream) -> Verdict:
    """Compare what was promised with the inbox of the database at `url`."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT salon_id, resource_id FROM webhook_inbox WHERE salon_id >= $1 ORDER BY id", FIRST_SALON
        )
    finally:
        await connection.close()
    there = [(row["salon_id"], int(row["resource_id"])) for row in rows]
    counted = Counter(there)
    promised = {(each.salon_id, each.number) for each in stream.promised()}
    order: dict[int, list[int]] = defaultdict(list)
    for salon_id, number in there:
        order[salon_id].append(number)
    return Verdict(
        sorted(promised - set(counted)), sorted(each for each, times in counted.items() if times > 1),
        sorted(salon_id for salon_id, numbers in order.items() if numbers != sorted(numbers)),
    )  # fmt: skip


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` of all are at or below; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0
