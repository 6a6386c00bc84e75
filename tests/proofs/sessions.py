"""200 linked sessions over two gateways that are killed, frozen and drained: one owner each, soon back, paired once.

The phones are linked through the simulator, whose phone scans each first QR by itself; the salons are opened in the
store, without YCLIENTS. Each linked engine holds a real connection to a referee (`_referee.py`) that stands for
WhatsApp, so that two owners are seen at the moment of the second login and not by looking now and then. Messages go
out all the time through a third process that owns nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import secrets
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from gateway.application.records import EntryFacts
from gateway.clock import SystemClock
from gateway.domain.errors import GatewayError
from gateway.domain.sessions import LEASE_TTL_S
from gateway.storage.database import EventListener, Storage
from gateway.storage.install_store import InstallStore
from gateway.storage.secret_box import SecretBox
from gateway.storage.session_store import SESSION_CHANNEL, SqlSessionStore
from gateway.whatsapp.pool import ReconcilingPool
from gateway.whatsapp.simulator import SimulatedEngines, SimulatedWorld
from shared.vocabulary import PairingMethod
from tests.proofs._forked import ForkedGateway
from tests.proofs._proof import Proof, Proving, main
from tests.proofs._referee import Referee
from tests.proofs._wired import BREAKS, wire
from tests.support.processes import DATA_KEY, JWT_SECRET, free_port
from tests.support.waiting import until

SESSIONS, FEW_SESSIONS = 200, 8
"""How many sessions there are; the few are for the tests' short form."""

WARM_SESSIONS = 20
"""Linked before memory is looked at first, so that what a process needs once does not count."""

BACK_S = 45.0
"""How soon each session must be logged in again: after a kill, and after the end of a frozen process' lease."""

PAUSE_S = (25.0, 40.0)
PAUSED_SHARE = 0.2
OVERLAPPING_SHARE = 0.3
"""How often the next strike does not wait until all are back from this one."""

MESSAGES_PER_S = 4.0
DRAIN_S, SHORT_DRAIN_S = 50.0, 4.0
FIRST_SALON = 600_001
GUEST = "79990001122"
_MAY_HAVE_ARRIVED = ("sent", "outcome_unknown", "database_unavailable")
"""Whoever hears that the database is away knows nothing of a message it may have kept; asking again by the same
reference tells, and sends nothing twice."""

GOAL = "S6"

_DEFECTS = ("session_owner_failed", "session_report_failed", "session_move_refused")


@dataclass(frozen=True, slots=True)
class Strike:
    """What was done to one process, when, and which salons it served."""

    kind: str
    at: float
    hit: frozenset[int]

    @property
    def limit_s(self) -> float:
        """How soon all must be back: a frozen process keeps its lease until that runs out."""
        return BACK_S + (LEASE_TTL_S if self.kind == "pause" else 0.0)


@dataclass(slots=True)
class Messages:
    """Messages to the guests of all salons, and what was answered to each."""

    clerk: ReconcilingPool
    proving: Proving
    salons: list[int]
    answers: dict[str, str] = field(default_factory=dict)

    async def run(self, ended: asyncio.Event) -> None:
        """Send at a steady pace until `ended`, then wait for the answers."""
        async with asyncio.TaskGroup() as sending:
            while not ended.is_set():
                salon_id, number = self.proving.chance.choice(self.salons), len(self.answers)
                self.answers[f"{salon_id} {number}"] = "none"
                sending.create_task(self._send(salon_id, number), name="message")
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(ended.wait(), 1 / MESSAGES_PER_S)

    def judge(self, referee: Referee) -> None:
        """What was answered with success arrived, and nothing arrived twice."""
        for message, answer in self.answers.items():
            arrived = referee.sent[message]
            if answer == "sent" and not arrived:
                self.proving.lost(GOAL, f"message {message} was answered with success and did not arrive")
            if arrived > (1 if answer in _MAY_HAVE_ARRIVED else 0):
                self.proving.doubled(GOAL, f"message {message} ({answer}) arrived {arrived} times")

    async def _send(self, salon_id: int, number: int) -> None:
        try:
            await self.clerk.send_text(salon_id, GUEST, "hello", client_ref=str(number))
            answer = "sent"
        except GatewayError as error:
            answer = error.code
        self.answers[f"{salon_id} {number}"] = answer


@dataclass(slots=True)
class Stage:
    """Two gateways, their database, the referee, and the process that only gives commands."""

    proving: Proving
    referee: Referee
    gateways: tuple[ForkedGateway, ForkedGateway]
    http: httpx.AsyncClient
    storage: Storage
    clerk: ReconcilingPool
    salons: list[int] = field(default_factory=list)
    strikes: list[Strike] = field(default_factory=list)
    linked: dict[int, Any] = field(default_factory=dict)

    @property
    def has_doubled(self) -> bool:
        """Whether two owners were seen: then there is nothing more to find out."""
        return self.proving.scores[GOAL].double > 0

    async def link(self, number: int) -> None:
        """Link so many more salons."""
        installs = InstallStore(self.storage, _box())
        first = FIRST_SALON + len(self.salons)
        more = list(range(first, first + number))
        for salon_id in more:
            facts = EntryFacts(
                salon_id, f"Салон {salon_id}", None, None, "pending", signed=False, owner_user_id=None
            )
            await installs.open_for_entry(facts)
        self.salons += more
        for salon_id in more:
            await self.clerk.ensure(salon_id, pairing=PairingMethod.QR)
        await self.all_back(90)

    async def all_back(self, timeout_s: float) -> bool:
        """Wait until every salon is logged in by a process that is awake; False when it takes too long."""

        async def is_so() -> bool:
            return self.has_doubled or self.referee.present() == set(self.salons)

        with contextlib.suppress(AssertionError):
            return await until(is_so, timeout_s=timeout_s, every_s=0.1)
        missing = sorted(set(self.salons) - self.referee.present())
        self.proving.lost(GOAL, f"not back after {timeout_s:.0f} s: {len(missing)} sessions, {missing[:5]} …")
        return False

    async def strike(self, kind: str) -> None:
        """Kill one of the two and start it anew, or freeze it for a while."""
        victim = self.proving.chance.choice(self.gateways)
        pid = victim.pid
        self.strikes.append(Strike(kind, time.monotonic(), frozenset(self.referee.present(pid))))
        if kind == "kill":
            victim.kill()
            await victim.start(self.http)
            return
        self.referee.falls_asleep(pid)
        victim.signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(self.proving.chance.uniform(*PAUSE_S))
        finally:
            self.referee.wakes_up(pid)
            victim.signal(signal.SIGCONT)

    async def drain(self) -> float:
        """Let the one that serves more leave in order; return how long a session was away at most."""
        victim = max(self.gateways, key=lambda each: len(self.referee.present(each.pid)))
        began, served = time.monotonic(), self.referee.present(victim.pid)
        code = await victim.leave(DRAIN_S + 30)
        self.proving.holds(GOAL, code == 0, f"a gateway that was asked to end did so with {code}")
        await self.all_back(BACK_S)
        gaps = self._absences(began)
        self.proving.holds(GOAL, served <= gaps.keys(), "a drained session did not move")
        return max((gaps[salon_id] for salon_id in served if salon_id in gaps), default=0.0)

    def _absences(self, since: float) -> dict[int, float]:
        """Return how long each salon that lost a connection after `since` had none, by the history."""
        ends: dict[int, float] = {}
        longest: dict[int, float] = {}
        for each in sorted(self.referee.history, key=lambda connection: connection.opened_at):
            before = ends.get(each.salon_id)
            if before is not None and before >= since:
                longest[each.salon_id] = max(longest.get(each.salon_id, 0.0), each.opened_at - before)
            ends[each.salon_id] = each.replaced_at or each.closed_at or float("inf")
        return longest

    def back_after(self, strike: Strike) -> dict[str, list[float]]:
        """Return how long after a strike each salon it hit was logged in again, and note those that were too late.

        A later strike that came before may have hit it anew: the time then counts from that one, and for its kind.
        """
        took: dict[str, list[float]] = {}
        for salon_id in strike.hit:
            logins = (each.opened_at for each in self.referee.history if each.salon_id == salon_id)
            back_at = min((at for at in logins if at > strike.at), default=None)
            if back_at is None:
                continue  # `all_back` has told of it
            last = [each for each in self.strikes if strike.at <= each.at < back_at][-1]
            back_s = back_at - last.at
            took.setdefault(last.kind, []).append(back_s)
            if back_s > max(strike.limit_s - (last.at - strike.at), last.limit_s):
                self.proving.lost(GOAL, f"{salon_id} was back {back_s:.1f} s after a {last.kind}")
        return took


async def work(proving: Proving, broken: str | None = None) -> None:
    """Link the sessions and strike `proving.runs` times; at the end let one process leave in order."""
    proving.expect(proving.runs)
    is_few = proving.runs <= PROOF.short
    async with _staged(proving, SHORT_DRAIN_S if is_few else DRAIN_S, broken) as stage:
        if is_few:
            await stage.link(FEW_SESSIONS)
        else:
            await _link_and_weigh(stage)
        stage.linked = await until(partial(_all_linked_at, stage), what="all are linked")
        messages, ended = Messages(stage.clerk, proving, stage.salons), asyncio.Event()
        sending = asyncio.create_task(messages.run(ended), name="messages")
        for kind in _kinds(proving):
            await _one(stage, kind)
        longest_s = 0.0 if stage.has_doubled else await stage.drain()
        ended.set()
        await sending
        messages.judge(stage.referee)
        await _judge(stage)
        _figures(stage, messages, longest_s)


async def _link_and_weigh(stage: Stage) -> None:
    await stage.link(WARM_SESSIONS)
    await asyncio.sleep(2)
    before = sum(_pss_kib(each.pid) for each in stage.gateways)
    await stage.link(SESSIONS - WARM_SESSIONS)
    await asyncio.sleep(5)
    after = sum(_pss_kib(each.pid) for each in stage.gateways)
    each_kib = (after - before) / (SESSIONS - WARM_SESSIONS)
    stage.proving.figure(
        GOAL, "PSS of both gateways", f"{after / 1024:.0f} MiB, {each_kib:.0f} KiB a session"
    )


def _kinds(proving: Proving) -> list[str]:
    paused = max(1, round(proving.runs * PAUSED_SHARE)) if proving.runs >= 3 else 0
    kinds = ["pause"] * paused + ["kill"] * (proving.runs - paused)
    proving.chance.shuffle(kinds)
    return kinds


async def _one(stage: Stage, kind: str) -> None:
    if stage.has_doubled:
        return
    await stage.strike(kind)
    stage.proving.ran(GOAL)
    if stage.proving.chance.random() < OVERLAPPING_SHARE:
        await asyncio.sleep(stage.proving.chance.uniform(0.5, 10))
    else:
        await stage.all_back(stage.strikes[-1].limit_s + 5)
        await asyncio.sleep(stage.proving.chance.uniform(0, 3))
    stage.proving.step(f"{kind}, {len(stage.referee.history):,} logins")


async def _judge(stage: Stage) -> None:
    """Nothing was linked a second time, and no gateway found a defect in itself."""
    proving = stage.proving
    now = await _linked_at(stage.storage)
    for salon_id, linked_at in stage.linked.items():
        if now.get(salon_id) != linked_at:
            proving.lost(GOAL, f"{salon_id} was linked anew")
    devices: dict[int, set[str]] = {}
    for each in stage.referee.history:
        devices.setdefault(each.salon_id, set()).add(each.device)
    for salon_id, seen in devices.items():
        if len(seen) > 1:
            proving.lost(GOAL, f"{salon_id} logged in with {len(seen)} devices")
    for salon_id, times in (await _paired(stage.storage)).items():
        if times != 1:
            proving.lost(GOAL, f"{salon_id} was paired {times} times")
    for gateway in stage.gateways:
        said = gateway.log.read_text(encoding="utf-8", errors="replace").splitlines()
        for line in (line for line in said if any(word in line for word in _DEFECTS)):
            proving.broke(GOAL, f"a gateway tells of a defect: {line}")


def _figures(stage: Stage, messages: Messages, drained_s: float) -> None:
    proving, referee = stage.proving, stage.referee
    took = [stage.back_after(each) for each in stage.strikes]
    for kind in ("kill", "pause"):
        times = sorted(time for each in took for time in each.get(kind, ()))
        if times:
            number = sum(each.kind == kind for each in stage.strikes)
            told = f"{times[len(times) // 2]:.1f} s (median), {times[-1]:.1f} s (most)"
            proving.figure(GOAL, f"back after a {kind} ({number} of them)", told)
    if referee.longest_after_waking_s:
        proving.figure(
            GOAL, "engines ended after waking up", f"{referee.longest_after_waking_s * 1000:.0f} ms"
        )
        proving.figure(GOAL, "replaced while frozen", str(referee.replaced_asleep))
    proving.figure(GOAL, "away while drained", f"{drained_s:.1f} s (most)")
    answers = Counter(messages.answers.values())
    told = ", ".join(f"{number:,} {answer}" for answer, number in answers.most_common())
    proving.figure(GOAL, "messages", told)
    proving.figure(GOAL, "logins", f"{len(referee.history):,}")


@contextlib.asynccontextmanager
async def _staged(proving: Proving, drain_s: float, broken: str | None) -> AsyncIterator[Stage]:
    folder = proving.folder / "stage"
    await asyncio.to_thread(folder.mkdir)
    referee, url = Referee(partial(proving.doubled, GOAL)), await proving.databases.fresh()
    door = folder / "whatsapp.sock"
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(referee.listening(door))
        http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=20))
        storage = Storage(url, pool_size=8, now=SystemClock().now)
        stack.push_async_callback(storage.close)
        clerk = await stack.enter_async_context(_clerk(storage))
        prepare = partial(wire, str(door), broken)
        first, second = (_gateway(folder, url, drain_s, prepare) for _ in range(2))
        for each in (first, second):
            stack.callback(each.kill)
            await each.start(http)
        yield Stage(proving, referee, (first, second), http, storage, clerk)
    await proving.databases.drop(url)


def _gateway(folder: Path, database_url: str, drain_s: float, prepare: partial[None]) -> ForkedGateway:
    port = free_port()
    settings = {
        "BIND": f"127.0.0.1:{port}", "JWT_SECRET": JWT_SECRET, "DATA_KEY": DATA_KEY, "DATABASE_URL": database_url,
        "DATA_DIR": str(folder), "AUTO_SCAN_AFTER_S": "0", "DRAIN_S": str(drain_s),
    }  # fmt: skip
    return ForkedGateway(settings, folder, f"http://127.0.0.1:{port}", prepare=prepare)


@contextlib.asynccontextmanager
async def _clerk(storage: Storage) -> AsyncIterator[ReconcilingPool]:
    """A pool that owns nothing and is told of every change."""
    clock, store = SystemClock(), SqlSessionStore(storage, _box())
    engines = SimulatedEngines(SimulatedWorld(clock))
    pool = ReconcilingPool(store, _box(), engines, clock, owner="the clerk")
    listener = EventListener(
        storage.url,
        (SESSION_CHANNEL,),
        lambda _, payload: store.heard(payload),
        lock_key=secrets.randbits(62),
    )
    listening = asyncio.create_task(listener.run(), name="listener")
    try:
        yield pool
    finally:
        await pool.close()
        listening.cancel()
        await asyncio.wait({listening})


def _box() -> SecretBox:
    return SecretBox(bytes(range(32)))


async def _all_linked_at(stage: Stage) -> dict[int, Any]:
    """Return when each session was linked, once the last one is written (its login was seen before that)."""
    linked = await _linked_at(stage.storage)
    return linked if None not in linked.values() or stage.has_doubled else {}


async def _linked_at(storage: Storage) -> dict[int, Any]:
    rows = await storage.read(lambda tx: tx.sql("SELECT salon_id, linked_at FROM whatsapp_sessions"))
    return {row["salon_id"]: row["linked_at"] for row in rows}


async def _paired(storage: Storage) -> dict[int, int]:
    statement = "SELECT salon_id, count(*) AS times FROM marketplace_events WHERE type = %s GROUP BY salon_id"
    rows = await storage.read(lambda tx: tx.sql(statement, "session.paired"))
    return {row["salon_id"]: row["times"] for row in rows}


def _pss_kib(pid: int) -> int:
    """Return a process' share of memory (PSS) in KiB, as Linux counts it."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    raise AssertionError("the kernel does not tell the PSS")


PROOF = Proof("sessions", (GOAL,), work, runs=22, short=1, brief=3)


def broken_proof(how: str) -> Proof:
    """Return the same proof on gateways that are broken on purpose: it must fail."""
    return Proof("sessions", (GOAL,), partial(work, broken=how), PROOF.runs, PROOF.short, PROOF.brief)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--break", dest="broken", choices=BREAKS, default=None)
    options, rest = parser.parse_known_args()
    sys.exit(main(broken_proof(options.broken) if options.broken else PROOF, rest))
