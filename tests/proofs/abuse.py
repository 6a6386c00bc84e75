"""What a hostile network does to a gateway process (goals B1, B2 and B8).

B1: idle connections, request heads and bodies that drip, all at once, while honest requests are served. B2: bodies that
are too large, too deep, compressed, broken or ambiguous, again and again, while the process' memory is watched. B8:
thirty salons of one office go through the whole flow while somebody at the same address sends ten times as much.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import statistics
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from gateway.sandbox.catalogue import Salon
from tests.proofs._proof import Proof, Proving, main
from tests.support.processes import Town, running_town

REAPED_WITHIN_S = 12.0
"""Ten seconds of the goal, and two for a busy machine to notice."""

DRIP_EVERY_S = 1.0
FLAT_BYTES = 10 * 1024 * 1024
OFFICE_SALONS, ATTACK = 30, 10
OFFICE_S, POLL_EVERY_S = 24.0, 2.5
OFFICE_ADDRESS = "192.0.2.7"
FIRST_SALON = 170_001

Ask = Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]


async def work(proving: Proving) -> None:
    """Open `runs` connections of each kind, send a tenth as many hostile bodies of each, and fill one office."""
    proving.expect(3)
    url = await proving.databases.fresh()
    folder = proving.folder / "town"
    folder.mkdir()
    async with running_town(
        folder, DATABASE_URL=url, RATE_LIMITS="true", TRUSTED_PROXIES="1",
        sandbox_config={"enforce_limits": False},
    ) as town:  # fmt: skip
        await town.gateway.start()
        await _slow_connections(proving, town)
        proving.step("slow connections")
        await _hostile_bodies(proving, town)
        proving.step("hostile bodies")
        await _office(proving, town)
        proving.step("an office")
        proving.holds("B1", town.gateway.program.is_running, "the gateway ended")
        await town.gateway.stop()
    await proving.databases.drop(url)


# ---------------------------------------------------------------------------------------------- B1: slowness


async def slow_connections(url: str, each: int) -> dict[str, list[float]]:
    """Hold connections of three kinds open as long as the gateway lets them; return how long each lasted, by kind."""
    kinds = {
        "idle": (b"", b""),
        "dripping head": (b"GET /marketplace/health HTTP/1.1\r\nHost: a\r\nX: ", b"y"),
    }
    for kind, path in (
        ("dripping webhook", "/webhook/yclients"),
        ("dripping command", "/marketplace/activate"),
    ):
        head = f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{{"
        kinds[kind] = (head.encode(), b" ")
    count = {
        "idle": each,
        "dripping head": each,
        "dripping webhook": each // 2,
        "dripping command": each - each // 2,
    }
    held = [asyncio.gather(*(_held(url, *kinds[kind]) for _ in range(count[kind]))) for kind in kinds]
    lasted = dict(zip(kinds, await asyncio.gather(*held), strict=True))
    return {kind: [each for each in times if each >= 0] for kind, times in lasted.items()}


async def _held(url: str, head: bytes, drip: bytes) -> float:
    """Open a connection, send a head and then a drop a second; return after how long the gateway closed it."""
    parts = urlsplit(url)
    try:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    except OSError:
        return -1.0
    started = time.monotonic()
    writer.write(head)
    reading = asyncio.create_task(_until_closed(reader))
    try:
        while not reading.done() and time.monotonic() - started < 4 * REAPED_WITHIN_S:
            await asyncio.wait([reading], timeout=DRIP_EVERY_S)
            if drip and not reading.done():
                with contextlib.suppress(OSError):
                    writer.write(drip)
    finally:
        reading.cancel()
        writer.close()
    return time.monotonic() - started


async def _until_closed(reader: asyncio.StreamReader) -> None:
    with contextlib.suppress(OSError):
        while await reader.read(4_096):
            pass


async def _slow_connections(proving: Proving, town: Town) -> None:
    latencies: list[float] = []
    async with _measuring(town.gateway.url, latencies):
        await asyncio.sleep(2)
        alone = len(latencies)
        lasted = await slow_connections(town.gateway.url, proving.runs)
    for kind, times in lasted.items():
        proving.ran("B1", len(times))
        proving.figure("B1", f"{kind} closed after", f"{max(times):.1f} s at most")
        late = [each for each in times if each > REAPED_WITHIN_S]
        proving.holds("B1", not late, f"{len(late)} {kind} connections lasted up to {max(times):.0f} s")
    proving.figure("B1", "honest requests", f"{len(latencies):,}")
    for name, some in (("alone", latencies[:alone]), ("meanwhile", latencies[alone:])):
        proving.figure("B1", f"p99 {name}", f"{_percentile(some, 99) * 1000:.0f} ms")
    proving.holds("B1", len(latencies) > alone, "no honest request was served")


@contextlib.asynccontextmanager
async def _measuring(url: str, latencies: list[float]) -> AsyncIterator[None]:
    """Ask for the health check ten times a second, each time over a new connection, and keep how long it takes."""

    async def ask() -> None:
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as http:
            started = time.monotonic()
            answer = await http.get("/marketplace/health")
            assert answer.status_code == 200
            latencies.append(time.monotonic() - started)

    async def endlessly() -> None:
        while True:
            await ask()
            await asyncio.sleep(0.1)

    task = asyncio.create_task(endlessly(), name="honest")
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else 0.0


# ----------------------------------------------------------------------------------------------- B2: bodies


def hostile_bodies() -> dict[str, tuple[bytes, dict[str, str]]]:
    """Return bodies no door takes, by what is wrong with them, with the headers they are sent with."""
    bomb = gzip.compress(b"[" * 10_000_000)
    return {
        "oversize": (b'{"a":"' + b"x" * 2_000_000 + b'"}', {}), "deep": (b"[" * 10_000, {}),
        "deep objects": (b'{"a":' * 10_000, {}), "bomb": (bomb, {"Content-Encoding": "gzip"}),
        "not UTF-8": (b'{"a":"\xff\xfe"}', {}), "duplicate keys": (b'{"event":"a","event":"b"}', {}),
        "a list": (b"[1,2,3]", {}), "a number": (b"1" * 9_000, {}), "nothing": (b"", {}), "NaN": (b'{"a":NaN}', {}),
        "another type": (b"<xml/>", {"Content-Type": "text/xml"}), "wrong types": (b'{"event":[],"salon_id":{}}', {}),
    }  # fmt: skip


async def _hostile_bodies(proving: Proving, town: Town) -> None:
    doors = ("/webhook/yclients", "/marketplace/activate")
    pid, statuses = town.gateway.program.pid, Counter[int]()
    rounds = max(1, proving.runs // 100)
    await _send_bodies(
        proving, town, doors, statuses, rounds
    )  # to warm up: buffers and caches reach their size
    before = _rss(pid)
    await _send_bodies(proving, town, doors, statuses, 3 * rounds)
    grown = _rss(pid) - before
    proving.figure("B2", "memory", f"{grown / 1024 / 1024:+.1f} MiB")
    proving.figure(
        "B2", "statuses", " ".join(f"{status}×{count}" for status, count in sorted(statuses.items()))
    )
    proving.holds("B2", grown <= FLAT_BYTES, f"memory grew by {grown / 1024 / 1024:.1f} MiB")


async def _send_bodies(
    proving: Proving, town: Town, doors: Sequence[str], statuses: Counter[int], rounds: int
) -> None:
    async with httpx.AsyncClient(base_url=town.gateway.url, trust_env=False, timeout=30) as http:
        for number in range(rounds):
            for what, (body, headers) in hostile_bodies().items():
                for door in doors:
                    sent = {
                        "Content-Type": "application/json",
                        "X-Forwarded-For": f"198.51.{number % 256}.9",
                    } | headers
                    try:
                        status = (await http.post(door, content=body, headers=sent)).status_code
                    except httpx.TransportError:
                        status = 413  # closed before all of it was sent: not read past the cap
                    statuses[status] += 1
                    proving.ran("B2")
                    proving.holds("B2", 400 <= status < 500, f"{what} at {door}: {status}")


def _rss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("the process has no memory")


# ----------------------------------------------------------------------------------------------- B8: an office


async def _office(proving: Proving, town: Town) -> None:
    salons = range(FIRST_SALON, FIRST_SALON + OFFICE_SALONS)
    for salon_id in salons:
        town.sandbox.market.add_salon(
            Salon(salon_id, f"Салон {salon_id}", "Тверь", "", "", "Europe/Moscow", owner_id=salon_id)
        )
    honest, attack = Counter[int](), Counter[int]()
    over = asyncio.Event()
    attacking = asyncio.create_task(_attack(town, honest, attack, over), name="attacker")
    refused = await asyncio.gather(*(_salon_flow(town, salon_id, honest) for salon_id in salons))
    over.set()
    await attacking
    wrong = [each for some in refused for each in some if ": 429 " in each]
    slow = sum(status >= 500 for status in honest.elements())
    proving.ran("B8", sum(honest.values()))
    proving.figure("B8", "honest requests", f"{sum(honest.values()):,}, refused {len(wrong)}")
    proving.figure("B8", "honest requests a busy machine was too slow for", str(slow))
    proving.figure("B8", "hostile requests", f"{sum(attack.values()):,}, refused with 429 {attack[429]:,}")
    for finding in wrong:
        proving.broke("B8", finding)
    proving.holds("B8", attack[429] > 0, "the attacker was never refused")
    proving.holds(
        "B8", attack[500] == 0 and honest[500] == 0, f"a failure of ours: {dict(honest)}, {dict(attack)}"
    )


async def _salon_flow(town: Town, salon_id: int, seen: Counter[int]) -> list[str]:
    """Go through the flow as a page without sockets does, and then some; return what went wrong."""
    refused: list[str] = []
    office = {"X-Forwarded-For": OFFICE_ADDRESS}
    async with httpx.AsyncClient(base_url=town.gateway.url, trust_env=False, timeout=60) as http:

        async def ask(
            what: str, method: str, path: str, ok: tuple[int, ...] = (200,), **more: Any
        ) -> httpx.Response:
            answer = await http.request(method, path, **({"headers": office} | more))
            seen[answer.status_code] += 1
            if answer.status_code not in ok:
                refused.append(f"{what} of {salon_id}: {answer.status_code} {answer.text[:120]}")
            return answer

        await asyncio.sleep(salon_id % OFFICE_SALONS / 4)
        entered = await ask("entry", "GET", town.sandbox.market.connect([salon_id]).redirect_url, (302,))
        token = parse_qs(urlsplit(entered.headers.get("location", "")).query).get("token", [""])[0]
        if not token:
            return refused
        bearer: dict[str, Any] = {"headers": office | {"Authorization": f"Bearer {token}"}}
        await ask("page", "GET", f"/marketplace/onboarding?token={token}")
        await ask("reload", "GET", "/marketplace/onboarding", (401,))
        await ask("handshake", "GET", "/socket.io/?EIO=4&transport=polling")
        phone = f"+7999{salon_id:07}"
        await ask("code", "POST", "/marketplace/api/pairing-code", json={"phone": phone}, **bearer)
        started = time.monotonic()
        while time.monotonic() - started < OFFICE_S / 2:
            await ask("state", "GET", "/marketplace/api/state", **bearer)
            await asyncio.sleep(POLL_EVERY_S)
        await ask("code scan", "POST", f"/simulator/{salon_id}/scan", (200, 409), json={})
        await ask("state", "GET", "/marketplace/api/state", **bearer)
    return refused


async def _attack(town: Town, honest: Counter[int], seen: Counter[int], over: asyncio.Event) -> None:
    """Send ten times what the honest send, from the same address, of everything that can be sent without a proof."""
    headers = {"X-Forwarded-For": OFFICE_ADDRESS}
    unsigned = town.sandbox.market.entry_url([FIRST_SALON], user_data=False)
    wrong = headers | {"Authorization": "Bearer wrong"}
    async with httpx.AsyncClient(base_url=town.gateway.url, trust_env=False, timeout=60) as http:
        asks: list[Ask] = [
            lambda http: http.get("/marketplace/api/state", headers=wrong),
            lambda http: http.get("/marketplace/onboarding?token=x", headers=headers),
            lambda http: http.get("/socket.io/?EIO=4&transport=polling", headers=headers),
            lambda http: http.post(
                "/marketplace/api/pairing-code", json={"phone": "+79990000000"}, headers=wrong
            ),
            lambda http: http.get("/admin/api/v1/me", headers=wrong),
            lambda http: http.post(
                "/webhook/yclients", json={"event": "x", "partner_token": "y"}, headers=headers
            ),
            lambda http: http.get("/openapi.json", headers=headers),
            lambda http: http.get(unsigned, headers=headers),
        ]
        gate = asyncio.Semaphore(40)
        tasks: set[asyncio.Task[None]] = set()

        async def one(ask: Ask) -> None:
            async with gate:
                with contextlib.suppress(httpx.TransportError):
                    seen[(await ask(http)).status_code] += 1

        sent = 0
        while not over.is_set():
            due = ATTACK * sum(honest.values())
            while sent < due and len(tasks) < 400:
                task = asyncio.create_task(one(asks[sent % len(asks)]))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
                sent += 1
            await asyncio.sleep(0.05)
        await asyncio.gather(*tasks, return_exceptions=True)


PROOF = Proof("abuse", ("B1", "B2", "B8"), work, runs=1_000, short=20)

if __name__ == "__main__":
    sys.exit(main(PROOF))
