"""Onboarding pages by the thousand on one gateway process: memory, connecting, QR delivery, and coming back.

Beside it the prior stack, Node with Express and socket.io 4, holds as many pages and sends them the same messages. The
pages are the official client in a Node process; every salon's QR changes every 20 s, written by a process that is
not the gateway, as engines elsewhere do. Then the server is killed under all pages and started again.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import aiohttp

from gateway.application.links import derive_key
from tests.bench._machine import cpu_seconds, percentile, resident_mib
from tests.bench._node import NodePeer, allow_many_files, node_peer
from tests.bench._pages import FIRST_SALON, ROTATE_EVERY_S, Rotation, links, seed
from tests.bench._report import Report, command_of, finish, parser, say
from tests.support.databases import Databases, server_for_tests
from tests.support.processes import JWT_SECRET, Town, free_port, running_town

PAGES = (2_000, 10_000)
SERVERS = ("hypercorn", "uvicorn")
ONE_EVERY_S = 0.25
AT_ONCE = 100
MOST_MIB = 1536
MOST_DELAY_MS = 250
BACK_WITHIN_S = 30
BACK_PATIENCE_S = 180
_SETTLED_MIB = 1.0


class Side(Protocol):
    """A server that holds pages; it can be killed and started again on the same port."""

    name: str

    @property
    def url(self) -> str:
        """Its address."""

    @property
    def pid(self) -> int:
        """Number of its process."""

    async def kill(self) -> None:
        """SIGKILL."""

    async def start(self) -> None:
        """Start and wait until it answers."""

    async def collect(self) -> None:
        """Give garbage back where the garbage collector works when it pleases."""

    async def rotate(self, salons: Sequence[int], per_second: float, seconds: float) -> _Sent:
        """Show new codes for so long."""


@dataclass(slots=True)
class _Sent:
    """What was sent meanwhile: how many codes, and when each of them was, in ms since 1970."""

    made: int
    sent_at: Any
    """From (salon, stamp) to ms."""


@dataclass(slots=True)
class Ours:
    """The gateway."""

    town: Town
    rotation: Rotation
    name: str

    @property
    def url(self) -> str:
        """Its address."""
        return self.town.gateway.url

    @property
    def pid(self) -> int:
        """See `Side`."""
        return self.town.gateway.program.pid

    async def kill(self) -> None:
        """See `Side`."""
        self.town.gateway.kill()

    async def start(self) -> None:
        """See `Side`."""
        await self.town.gateway.start()

    async def collect(self) -> None:
        """See `Side`; Python counts references."""

    async def rotate(self, salons: Sequence[int], per_second: float, seconds: float) -> _Sent:
        """See `Side`; the first salon's codes have transactions of their own."""
        ended = asyncio.Event()
        asyncio.get_running_loop().call_later(seconds, ended.set)
        made = await asyncio.gather(
            self.rotation.keep_showing(salons[1:], per_second, ended),
            self.rotation.keep_showing_one(salons[0], ONE_EVERY_S, ended),
        )
        sent = dict(self.rotation.sent_at)
        return _Sent(sum(made), lambda salon, stamp: sent.get((salon, stamp)))


@dataclass(slots=True)
class Prior:
    """The prior stack."""

    config: dict[str, Any]
    name: str = "prior stack"
    _stack: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)
    _peer: NodePeer | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.config['port']}"

    @property
    def pid(self) -> int:
        """See `Side`."""
        return self._running.pid

    async def kill(self) -> None:
        """See `Side`."""
        await self._running.kill()
        await self._stack.aclose()

    async def start(self) -> None:
        """See `Side`."""
        self._stack = contextlib.AsyncExitStack()
        peer = node_peer("pages_server.mjs", json.dumps(self.config))
        self._peer = await self._stack.enter_async_context(peer)
        await self._peer.said(20)

    async def collect(self) -> None:
        """See `Side`."""
        await self._running.ask("collect")

    async def rotate(self, salons: Sequence[int], per_second: float, seconds: float) -> _Sent:
        """See `Side`; a stamp is the time itself here."""
        began = time.time() * 1000
        await self._running.ask("rotate", salons=list(salons), per_second=per_second)
        await asyncio.sleep(seconds)
        await self._running.ask("rest")
        made = round(per_second * seconds)
        return _Sent(made, lambda _salon, stamp: float(stamp) if float(stamp) >= began else None)

    @property
    def _running(self) -> NodePeer:
        assert self._peer is not None
        return self._peer


@dataclass(slots=True)
class Figures:
    """What was measured of one side with so many pages."""

    kib_a_page: float
    total_mib: float
    total_mib_at_work: float
    connects_per_s: float
    made_per_s: float
    arrived: float
    """The share of the codes made that reached their page, 0 to 1."""

    one_p50_ms: float
    one_p99_ms: float
    p50_ms: float
    p99_ms: float
    cores: float
    """How much of one core the server used meanwhile."""

    up_after_s: float
    """From the kill until the server answered again."""

    back_p50_s: float
    back_p99_s: float
    """From the kill until the page had a snapshot again."""

    transports: dict[str, int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and return 1 when a goal is missed."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options_parser = parser("sockets", __doc__)
    options_parser.add_argument("--pages", type=int, nargs="+", default=list(PAGES))
    options_parser.add_argument("--seconds", type=float, default=ROTATE_EVERY_S, help="how long codes change")
    options_parser.add_argument(
        "--servers", nargs="+", choices=SERVERS, default=list(SERVERS), help="HTTP_SERVER"
    )
    options_parser.add_argument("--no-peer", action="store_true", help="leave the prior stack out")
    options = options_parser.parse_args(given)
    assert max(options.pages) + 1000 <= allow_many_files(), "the system permits too few open files"
    report = Report("sockets", "Sockets: onboarding pages on one process", command_of("sockets", given))
    with tempfile.TemporaryDirectory(prefix="ai-admin-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with server_for_tests(folder / "postgres") as server:
            asyncio.run(_measure(report, Databases(server), folder, options))
    return finish(report, is_recorded=options.record)


async def _measure(report: Report, databases: Databases, folder: Path, options: argparse.Namespace) -> None:
    await databases.prepare()
    for pages in options.pages:
        found: dict[str, Figures] = {}
        for server in options.servers:
            async with _ours(databases, folder, pages, server) as ours:
                prior = Prior(await _prior_config(ours))
                found[ours.name] = await _of(ours, pages, options.seconds)
        if not options.no_peer:
            await prior.start()
            found[prior.name] = await _of(prior, pages, options.seconds)
            await prior.kill()
        _tell(report, pages, found)
    report.note(
        "Pages connect from one loopback address, so the gateway's limits for strangers are off (RATE_LIMITS=false). "
        "A delay runs from the moment COMMIT is sent (prior stack: from the call of emit) to the page's own handler."
    )


@contextlib.asynccontextmanager
async def _ours(databases: Databases, folder: Path, pages: int, server: str) -> AsyncIterator[Ours]:
    """The gateway on one of its servers with so many salons in the middle of pairing."""
    url = await databases.fresh()
    say(f"seeding {pages:,} salons")
    await seed(url, pages)
    rotation = Rotation(url)
    await rotation.show_all(range(FIRST_SALON, FIRST_SALON + pages))
    async with running_town(folder, DATABASE_URL=url, RATE_LIMITS="false", HTTP_SERVER=server) as town:
        await town.gateway.start()
        yield Ours(town, rotation, f"gateway on {server}")


async def _prior_config(ours: Ours) -> dict[str, Any]:
    """What the prior stack sends is made of one of our own snapshots, so both send as much."""
    token = links(1)[0][1]
    address = f"{ours.url}/marketplace/api/state"
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession() as session, session.get(address, headers=headers) as answer:
        state = await answer.json()
    assert state["qr"] is not None, "the first page's QR has run out"
    state["qr"]["text"] = state["qr"]["text"].split(",", 1)[1]
    return {
        "port": free_port(), "database_url": ours.town.harness.database_url, "state": state,
        "key": base64.b64encode(derive_key(JWT_SECRET, "onboarding link")).decode(),
        "old": {"qr": state["qr"]["text"], "expiresIn": 60},
    }  # fmt: skip


async def _of(side: Side, pages: int, seconds: float) -> Figures:
    """Measure one side."""
    given = links(pages)
    salons = [salon_id for salon_id, _ in given]
    before = await _settled_mib(side)
    async with node_peer("pages_client.mjs") as client:
        say(f"{side.name}: {pages:,} pages connect")
        opened = await client.ask("open", url=side.url, pages=given, at_once=AT_ONCE)
        held = await _settled_mib(side)
        await client.ask("arrivals")
        say(f"{side.name}: their codes change for {seconds:.0f} s")
        cpu, began = cpu_seconds(side.pid), time.monotonic()
        sent = await side.rotate(salons, pages / ROTATE_EVERY_S, seconds)
        cores = (cpu_seconds(side.pid) - cpu) / (time.monotonic() - began)
        await asyncio.sleep(2)
        heard = (await client.ask("arrivals"))["arrivals"]
        at_work = resident_mib(side.pid)
        say(f"{side.name}: killed under its pages")
        dropped = time.time() * 1000
        await side.kill()
        await side.start()
        up_after_s = time.time() - dropped / 1000
        back = await _all_back(client)
        await client.ask("close")
    delays = [(salon, at - when) for salon, stamp, at in heard if (when := sent.sent_at(salon, stamp))]
    one = [delay for salon, delay in delays if salon == salons[0]]
    everyone = [delay for _, delay in delays]
    returns = [(at - dropped) / 1000 for at in back["at"]]
    figures = Figures(
        kib_a_page=(held - before) * 1024 / pages, total_mib=held, total_mib_at_work=at_work,
        connects_per_s=pages / opened["seconds"], made_per_s=sent.made / seconds,
        arrived=len(delays) / sent.made, one_p50_ms=percentile(one, 0.5), one_p99_ms=percentile(one, 0.99),
        p50_ms=percentile(everyone, 0.5), p99_ms=percentile(everyone, 0.99), cores=cores, up_after_s=up_after_s,
        back_p50_s=percentile(returns, 0.5), back_p99_s=percentile(returns, 0.99),
        transports=opened["transports"],
    )  # fmt: skip
    say(f"{side.name}: {figures}")
    return figures


async def _all_back(client: NodePeer) -> dict[str, Any]:
    """Wait until all pages are back. AssertionError, with what those that are not are doing, after some minutes."""
    try:
        return await client.ask("back", within_s=BACK_PATIENCE_S)
    except TimeoutError:
        missing = await client.ask("missing")
        raise AssertionError(f"pages are not back after {BACK_PATIENCE_S} s: {missing}") from None


async def _settled_mib(side: Side) -> float:
    """Return the memory of a process once it stays the same for two seconds, or after twenty."""
    await side.collect()
    last = resident_mib(side.pid)
    for _ in range(10):
        await asyncio.sleep(2)
        now = resident_mib(side.pid)
        if abs(now - last) < _SETTLED_MIB:
            return now
        last = now
    return last


def _tell(report: Report, pages: int, found: dict[str, Figures]) -> None:
    title = f"{pages:,} pages, {pages / ROTATE_EVERY_S:.0f} new codes a second"
    table = report.table(title, "", *found)
    rows = (
        ("memory a page, KiB", "kib_a_page"), ("memory, MiB", "total_mib"),
        ("memory after the codes, MiB", "total_mib_at_work"),
        ("pages connected a second", "connects_per_s"), ("codes made a second", "made_per_s"),
        ("share of codes that arrived", "arrived"), ("one salon's code, p50 ms", "one_p50_ms"),
        ("one salon's code, p99 ms", "one_p99_ms"), ("any code, p50 ms", "p50_ms"), ("any code, p99 ms", "p99_ms"),
        ("cores used meanwhile", "cores"), ("answers again after, s", "up_after_s"),
        ("pages back, p50 s", "back_p50_s"), ("pages back, p99 s", "back_p99_s"),
    )  # fmt: skip
    for words, name in rows:
        table.add(words, *(float(getattr(figures, name)) for figures in found.values()))
    report.figures[str(pages)] = {name: _figures(figures) for name, figures in found.items()}
    for name, figures in found.items():
        if name.startswith("gateway"):
            _judge(report, f"{name}, {pages:,} pages", figures)


def _judge(report: Report, side: str, ours: Figures) -> None:
    mib = max(ours.total_mib, ours.total_mib_at_work)
    report.goal(f"{side}: memory, MiB", f"at most {MOST_MIB:,}", mib, is_met=mib <= MOST_MIB)
    is_quick = ours.one_p99_ms <= MOST_DELAY_MS and ours.arrived > 0.99
    says = f"{side}: one salon's new QR while all change, p99 ms"
    report.goal(says, f"at most {MOST_DELAY_MS}", ours.one_p99_ms, is_met=is_quick)
    says = f"{side}: all back after the drop (S1), p99 s"
    report.goal(says, f"at most {BACK_WITHIN_S}", ours.back_p99_s, is_met=ours.back_p99_s <= BACK_WITHIN_S)


def _figures(figures: Figures) -> dict[str, Any]:
    return {name: getattr(figures, name) for name in Figures.__slots__}


if __name__ == "__main__":
    sys.exit(main())
