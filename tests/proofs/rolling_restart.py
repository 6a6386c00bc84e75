"""Two gateways behind a balancer are stopped and started in turn under 50 requests a second and an open page."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

import httpx
import socketio

from tests.proofs._proof import Proof, Proving, main
from tests.support.balancer import Balancer, balanced
from tests.support.harness import SALON
from tests.support.processes import ServingGateway, Town, end, free_port, running_town
from tests.support.waiting import until
from tests.support.webhook_stream import IDLE_S, Stream, judge

PER_SECOND = 50.0
SHORT_PER_SECOND = 8.0
"""In the tests' short form, which shares its machine with other tests."""

DRAIN_S = "3.0"
RESUMES_WITHIN_S = 3.0
_quiet = logging.getLogger("tests.page")
_quiet.setLevel(logging.CRITICAL)


@dataclass(slots=True)
class _Page:
    """An open page: comes back as the official client does, after half a second to one and a half."""

    url: str
    token: str
    chance: random.Random
    states: int = 0
    gaps_s: list[float] = field(default_factory=list)
    _lost_at: float | None = None
    _is_closed: bool = False
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_back(self) -> bool:
        """Whether it shows the salon's state now."""
        return self.states > 0 and self._lost_at is None

    def close(self) -> None:
        """End the watching. Not by cancelling: the library swallows that, or leaves tasks of its own behind."""
        self._is_closed = True
        self._news.set()

    async def run(self) -> None:
        """Watch until the page is closed."""
        while not self._is_closed:
            self._news.clear()
            await self._watch()
            self._lost_at = self._lost_at or time.monotonic()
            if not self._is_closed:
                await asyncio.sleep(self.chance.uniform(0.5, 1.5))

    async def _watch(self) -> None:
        """Be connected once, until the connection ends or the page is closed."""
        client = socketio.AsyncClient(reconnection=False, logger=_quiet, engineio_logger=_quiet)
        client.on("state", self._shown, namespace="/marketplace")
        client.on("disconnect", lambda *_: self._news.set(), namespace="/marketplace")
        try:
            with contextlib.suppress(socketio.exceptions.SocketIOError):
                await client.connect(
                    self.url, auth={"token": self.token}, namespaces=["/marketplace"],
                    transports=["websocket"], wait_timeout=10,
                )  # fmt: skip
                if not self._is_closed:
                    await self._news.wait()
        finally:
            await client.disconnect()
            await client.eio.wait()  # its reading task; `disconnect` waits for it only when it was connected
            if client.eio.http is not None:  # the library leaves it open when a connection could not be had
                await client.eio.http.close()

    def _shown(self, _snapshot: object) -> None:
        self.states += 1
        if self._lost_at is not None:
            self.gaps_s.append(time.monotonic() - self._lost_at)
            self._lost_at = None


@dataclass(slots=True)
class _Visitors:
    """Requests of pages and checks beside the webhooks; every answer is counted."""

    url: str
    token: str
    per_second: float
    statuses: Counter[int] = field(default_factory=Counter)

    async def run(self) -> None:
        """Ask until cancelled."""
        pause_s = 1 / self.per_second
        limits = httpx.Limits(keepalive_expiry=IDLE_S)
        client = httpx.AsyncClient(trust_env=False, timeout=20, limits=limits)
        async with client as http, asyncio.TaskGroup() as asking:
            due = time.monotonic()
            while True:
                asking.create_task(self._ask(http))
                due += pause_s
                await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def _ask(self, http: httpx.AsyncClient) -> None:
        try:
            answer = await http.get(
                f"{self.url}/marketplace/api/state", headers={"Authorization": f"Bearer {self.token}"}
            )
            self.statuses[answer.status_code] += 1
        except httpx.TransportError:
            self.statuses[0] += 1


async def work(proving: Proving) -> None:
    """Restart one after the other, `runs` times in all."""
    proving.expect(proving.runs)
    url = await proving.databases.fresh()
    port = free_port()
    front = f"http://127.0.0.1:{port}"
    async with running_town(proving.folder, DATABASE_URL=url, DRAIN_S=DRAIN_S, PUBLIC_URL=front) as town:
        other = town.another(free_port())
        try:
            both = (town.gateway, other)
            await asyncio.gather(*(each.start() for each in both))
            async with balanced([each.url for each in both], port) as balancer:
                await until(lambda: _are_ready(balancer, both), what="both ready")
                await _under_load(proving, town, balancer, both, url)
            for code in await asyncio.gather(*(each.stop() for each in both)):
                proving.holds("R11", code == 0, "a gateway did not end well")
        finally:
            end(other.program)
    await proving.databases.drop(url)


async def _are_ready(balancer: Balancer, gateways: tuple[ServingGateway, ...]) -> bool:
    return balancer.ready == {each.url for each in gateways}


async def _under_load(
    proving: Proving, town: Town, balancer: Balancer, both: tuple[ServingGateway, ...], url: str
) -> None:
    token = await town.harness.link(SALON)
    per_second = PER_SECOND if proving.runs > PROOF.short else SHORT_PER_SECOND
    stream = Stream([balancer.url], salons=10, per_second=per_second / 2)
    page = _Page(balancer.url, token, proving.chance)
    visitors = _Visitors(balancer.url, token, per_second / 2)
    watching = asyncio.create_task(page.run(), name="page")
    visiting = asyncio.create_task(visitors.run(), name="visitors")
    sending = asyncio.create_task(stream.run(), name="stream")
    for number in range(proving.runs):
        await asyncio.sleep(1)
        gateway = both[number % len(both)]
        proving.holds("R11", await gateway.stop() == 0, "a gateway did not end well")
        await gateway.start()
        await until(lambda: _are_ready(balancer, both), timeout_s=30, what="both ready")
        proving.ran("R11")
        proving.step()
    await asyncio.sleep(RESUMES_WITHIN_S)
    is_back = page.is_back
    page.close()
    stream.end()
    await asyncio.gather(sending, watching)
    visiting.cancel()
    await asyncio.gather(visiting, return_exceptions=True)
    proving.holds("R11", is_back, "the page did not come back")
    await _judge(proving, stream, page, visitors, url)


async def _judge(proving: Proving, stream: Stream, page: _Page, visitors: _Visitors, url: str) -> None:
    answered = Counter(each.status for each in stream.sent) + visitors.statuses
    refused = {status: count for status, count in answered.items() if not 200 <= status < 300}
    proving.holds("R11", not refused, f"answers other than 2xx: {refused}")
    verdict = await judge(url, stream)
    for salon_id, number in verdict.lost:
        proving.lost("R11", f"webhook {number} of salon {salon_id}")
    for salon_id, number in verdict.doubled:
        proving.doubled("R11", f"webhook {number} of salon {salon_id}")
    slowest_s = max(page.gaps_s, default=0.0)
    proving.holds("R11", slowest_s <= RESUMES_WITHIN_S, f"the page was away for {slowest_s:.1f} s")
    proving.figure("R11", "requests", f"{sum(answered.values()):,}")
    proving.figure("R11", "page sent away", f"{len(page.gaps_s)}")
    proving.figure("R11", "longest absence of the page", f"{slowest_s:.1f} s")


PROOF = Proof("rolling_restart", ("R11",), work, runs=20, short=1)

if __name__ == "__main__":
    sys.exit(main(PROOF))
