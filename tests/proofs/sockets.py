"""Sockets under bad networks and worse clients (goals S1 to S5).

S1: the gateway is killed under a crowd of pages and consoles, which all come back and see the final state. S2:
handshakes that are abandoned, and sessions whose polls are flooded. S3: the flow without WebSocket, and without
Socket.IO. S4: origins that are not ours. S5: a tab suspended while the phone is linked.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import httpx

from gateway.sandbox.catalogue import Salon
from shared.vocabulary import StaffRole
from tests.e2e.test_page_flow import done, enter, to_code
from tests.proofs._proof import Proof, Proving, main
from tests.support.browser import driven, running_chromium
from tests.support.harness import SALON, running_harness
from tests.support.hostile import foreign_origins
from tests.support.processes import Town, run_command, running_town
from tests.support.waiting import until

CONSOLES, CROWD_SALONS = 20, 10
FIRST_SALON = 180_001
BACK_WITHIN_S = 30.0
STORM_BYTES = 100 * 1024 * 1024
CAUGHT_UP_WITHIN_S = 2.0
HANDSHAKE = "/socket.io/?EIO=4&transport=polling"
AT_ONCE = 40


async def work(proving: Proving) -> None:
    """A crowd of `runs` pages; ten times as many abandoned handshakes; a flow of each kind for each fifty pages."""
    proving.expect(5)
    for name, part in (
        ("S1", _crowd),
        ("S2", _storm),
        ("S3", _blocked),
        ("S4", _origins),
        ("S5", _suspended),
    ):
        await part(proving)
        proving.step(name)


@contextlib.asynccontextmanager
async def _town(proving: Proving, name: str, **settings: str) -> AsyncIterator[Town]:
    folder = proving.folder / name
    folder.mkdir()
    url = await proving.databases.fresh()
    async with running_town(
        folder, sandbox_config={"enforce_limits": False}, DATABASE_URL=url, **settings
    ) as town:
        await town.gateway.start()
        yield town
        await town.gateway.stop()
    await proving.databases.drop(url)


def _add(town: Town, salon_id: int) -> int:
    town.sandbox.market.add_salon(Salon(salon_id, f"Салон {salon_id}", "Тверь", "", "", "Europe/Moscow"))
    return salon_id


# ------------------------------------------------------------------------------------------------- S1: a crowd


class _Page:
    """A page or a console on a WebSocket, as the official client behaves: it comes back, ever more slowly."""

    def __init__(self, session: aiohttp.ClientSession, url: str, namespace: str, token: str) -> None:
        self.is_in = False
        self.stage = ""
        self.came_at = 0.0
        self._session = session
        self._url = url.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
        self._namespace = namespace
        self._auth = json.dumps({"token": token})

    async def live(self) -> None:
        """Connect, stay, come back; until cancelled."""
        wait_s = 1.0
        while True:
            try:
                async with self._session.ws_connect(self._url) as line:
                    await line.send_str(f"40{self._namespace},{self._auth}")
                    async for message in line:
                        await self._heard(line, str(message.data))
                        wait_s = 1.0
            except (aiohttp.ClientError, OSError, TimeoutError):
                wait_s = min(wait_s * 2, 5.0)
            self.is_in = False
            await asyncio.sleep(wait_s * random.uniform(0.5, 1.5))

    async def _heard(self, line: aiohttp.ClientWebSocketResponse, said: str) -> None:
        if said == "2":
            await line.send_str("3")
        elif said.startswith(f"40{self._namespace}"):
            self.is_in, self.came_at = True, time.monotonic()
        elif said.startswith(f'42{self._namespace},["state",'):
            self.stage = json.loads(said[said.index("[") :])[1]["stage"]


async def _crowd(proving: Proving) -> None:
    async with (
        _town(proving, "crowd") as town,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session,
    ):
        links = [await town.harness.link(_add(town, FIRST_SALON + number)) for number in range(CROWD_SALONS)]
        settings = dict(town.gateway.program.settings)
        added = await run_command(
            "staff", "add", "a", "--role", StaffRole.ADMIN, settings=settings, folder=town.folder
        )
        url = town.gateway.url
        pages = [
            _Page(session, url, "/marketplace", links[each % CROWD_SALONS]) for each in range(proving.runs)
        ]
        consoles = [_Page(session, url, "/admin", added.out.strip()) for _ in range(CONSOLES)]
        everybody = pages + consoles
        living = [asyncio.create_task(page.live()) for page in everybody]
        try:
            await _all_in(everybody)
            town.sandbox.market.disconnect(FIRST_SALON)
            await until(lambda: _delivered(town), what="the webhook acknowledged")
            town.gateway.kill()
            await town.gateway.start()
            started = time.monotonic()
            await _all_in(everybody, after=started)
            back = sorted(page.came_at - started for page in everybody)
            p99 = statistics.quantiles(back, n=100, method="inclusive")[98]
            proving.ran("S1", len(everybody))
            proving.figure("S1", "back after", f"{p99:.1f} s (p99), {back[-1]:.1f} s at most")
            proving.holds("S1", p99 <= BACK_WITHIN_S, f"p99 of coming back is {p99:.1f} s")
            watching = pages[::CROWD_SALONS]

            async def told() -> bool:
                return all(page.stage == "gone" for page in watching)

            with contextlib.suppress(AssertionError):
                await until(told, timeout_s=60, what="gone")
            for stage, count in Counter(page.stage for page in watching if page.stage != "gone").items():
                proving.lost("S1", f"{count} pages show {stage!r} of a salon that is gone")
        finally:
            for task in living:
                task.cancel()
            await asyncio.gather(*living, return_exceptions=True)


async def _delivered(town: Town) -> bool:
    return town.sandbox.webhooks_busy == 0 and bool(await town.harness.rows("SELECT 1 FROM webhook_inbox"))


async def _all_in(pages: list[_Page], after: float = 0.0) -> None:
    async def look() -> bool:
        return all(page.is_in and page.came_at >= after for page in pages)

    await until(look, timeout_s=180, every_s=0.1, what="everybody in")


# --------------------------------------------------------------------------------------- S2: abandoned, flooded


async def _storm(proving: Proving) -> None:
    async with _town(proving, "storm", RATE_LIMITS="true", TRUSTED_PROXIES="1") as town:
        statuses, gate = Counter[int](), asyncio.Semaphore(AT_ONCE)
        before = _rss(town)

        async def abandon(number: int) -> None:
            async with gate:
                answer = await town.gateway.http.get(
                    HANDSHAKE, headers={"X-Forwarded-For": f"198.51.100.{number % 8}"}
                )
                statuses[answer.status_code] += 1

        count = 10 * proving.runs
        await asyncio.gather(*(abandon(number) for number in range(count)))
        await _flood(proving, town)
        grown = _rss(town) - before
        proving.ran("S2", count)
        proving.figure(
            "S2", "handshakes", " ".join(f"{status}×{n:,}" for status, n in sorted(statuses.items()))
        )
        proving.figure("S2", "memory", f"{grown / 1024 / 1024:+.0f} MiB")
        proving.holds("S2", grown <= STORM_BYTES, f"memory grew by {grown / 1024 / 1024:.0f} MiB")
        proving.holds("S2", set(statuses) <= {200, 429}, f"handshakes were answered {dict(statuses)}")
        proving.holds(
            "S2", statuses[200] <= 4_000 + 200 * 60 and (count < 4_000 or statuses[429] > 0), "no limit held"
        )
        honest = await town.gateway.http.get(HANDSHAKE, headers={"X-Forwarded-For": "203.0.113.5"})
        proving.holds(
            "S2", honest.status_code == 200, f"an honest handshake was answered {honest.status_code}"
        )


async def _flood(proving: Proving, town: Town) -> None:
    """Poll one session many times at once and post it more than it may hold, as was done to another server."""
    opened = await town.gateway.http.get(HANDSHAKE, headers={"X-Forwarded-For": "203.0.113.6"})
    line = f"{HANDSHAKE}&sid={json.loads(opened.text[1:])['sid']}"

    async def hit(number: int) -> int:
        with contextlib.suppress(httpx.TransportError):
            if number % 2:
                return (await town.gateway.http.get(line)).status_code
            return (await town.gateway.http.post(line, content=b"\x1e".join([b"4x"] * 10_000))).status_code
        return 0

    seen = Counter(await asyncio.gather(*(hit(number) for number in range(60))))
    proving.figure(
        "S2", "one session flooded", " ".join(f"{status}×{n}" for status, n in sorted(seen.items()))
    )
    proving.holds(
        "S2", not any(status >= 500 for status in seen), f"a flooded session was answered {dict(seen)}"
    )


def _rss(town: Town) -> int:
    status = Path(f"/proc/{town.gateway.program.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS:")).split()[1]) * 1024


# ------------------------------------------------------------------------------------------- S3, S4: the ways in


async def _blocked(proving: Proving) -> None:
    """Take a salon to active hearing of it by long polls alone, and by asking alone."""
    async with _town(proving, "blocked") as town:
        for number in range(max(1, proving.runs // 50)):
            for by_polls in (True, False):
                salon_id = _add(town, FIRST_SALON + 1_000 + 2 * number + by_polls)
                token = await town.harness.link(salon_id)
                proving.ran("S3")
                try:
                    await town.harness.scan(token, salon_id)
                    if by_polls:
                        await _active_by_polls(town, token)
                    else:
                        await town.harness.reaches(token, "active", salon_id, timeout_s=40)
                except AssertionError as error:
                    proving.broke("S3", f"by {'polls' if by_polls else 'asking'}: {str(error)[:200]}")


async def _active_by_polls(town: Town, token: str) -> None:
    http = town.gateway.http
    opened = await http.get(HANDSHAKE)
    line = f"{HANDSHAKE}&sid={json.loads(opened.text[1:])['sid']}"
    await http.post(line, content=f'40/marketplace,{{"token":"{token}"}}'.encode())
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        said = (await http.get(line, timeout=40)).text
        if '"stage":"active"' in said:
            return
        if said == "2":
            await http.post(line, content=b"3")
    raise AssertionError("not told of active in 40 s")


async def _origins(proving: Proving) -> None:
    url = await proving.databases.fresh()
    async with running_harness(url) as harness, aiohttp.ClientSession() as session:
        for origin in foreign_origins(harness.url):
            polled = await harness.http.get(HANDSHAKE, headers={"Origin": origin})
            proving.ran("S4", 2)
            proving.holds("S4", polled.status_code == 400, f"{origin} polls: {polled.status_code}")
            address = harness.url.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
            try:
                async with session.ws_connect(address, headers={"Origin": origin}):
                    proving.broke("S4", f"{origin} opened a WebSocket")
            except aiohttp.WSServerHandshakeError as error:
                proving.holds("S4", error.status == 403, f"{origin} by WebSocket: {error.status}")
        own = await harness.http.get(HANDSHAKE, headers={"Origin": harness.url})
        proving.holds("S4", own.status_code == 200, "our own origin is refused")
    await proving.databases.drop(url)


# ---------------------------------------------------------------------------------------------- S5: a suspended tab


async def _suspended(proving: Proving) -> None:
    """Freeze the tab while its code is entered on the phone; with a hundred runs or more for three minutes."""
    frozen_s = 180.0 if proving.runs >= 100 else 3.0
    url = await proving.databases.fresh()
    with running_chromium(proving.folder / "chromium") as endpoint:
        async with driven(endpoint) as browser, running_harness(url) as harness:
            page = await (await browser.new_context(viewport={"width": 390, "height": 844})).new_page()
            await enter(harness, page)
            code = await to_code(page)
            session = await page.context.new_cdp_session(page)
            await session.send("Page.setWebLifecycleState", {"state": "frozen"})
            await asyncio.sleep(frozen_s / 2)
            entered = await harness.phone("enter-code", SALON, code=code)
            proving.ran("S5")
            proving.holds(
                "S5",
                entered.status_code == 200,
                f"after {frozen_s / 2:.0f} s the code was {entered.text[:120]}",
            )
            await asyncio.sleep(frozen_s / 2)
            started = time.monotonic()
            await session.send("Page.setWebLifecycleState", {"state": "active"})
            await done(harness, page)
            took_s = time.monotonic() - started
            proving.figure("S5", f"after {frozen_s:.0f} s frozen, up to date in", f"{took_s:.2f} s")
            proving.holds("S5", took_s <= CAUGHT_UP_WITHIN_S + 3, f"caught up after {took_s:.1f} s")
    await proving.databases.drop(url)


PROOF = Proof("sockets", ("S1", "S2", "S3", "S4", "S5"), work, runs=500, short=10)

if __name__ == "__main__":
    sys.exit(main(PROOF))
