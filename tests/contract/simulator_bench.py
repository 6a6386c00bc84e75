"""The bench over the simulator: a fake clock, a store in memory, processes that can be killed at any write."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar, cast

from gateway.domain.errors import DatabaseUnavailableError, GatewayError
from gateway.domain.session_records import (
    ReceiptKind,
    SessionEvent,
    SessionRecord,
    SessionSnapshot,
)
from gateway.domain.sessions import SessionFault, can_move
from gateway.whatsapp.engine import Engines
from gateway.whatsapp.pool import ReconcilingPool
from gateway.whatsapp.port import SessionPool
from gateway.whatsapp.simulator import SimulatedEngines, SimulatedWorld, SimulatorControls
from gateway.whatsapp.store import SessionStore
from shared.vocabulary import PasskeyStage, WhatsappState
from tests.fakes.clock import FakeClock, settle
from tests.fakes.session_store import InMemorySessionStore

Value = TypeVar("Value")

_STORE_METHODS = frozenset(
    name for name, each in vars(InMemorySessionStore).items() if asyncio.iscoroutinefunction(each)
)


class PlainSealer:
    """Seals so that a test can tell sealed from clear, and another salon's from one's own."""

    def seal(self, plain: bytes, context: str) -> bytes:
        """Return `plain` hidden."""
        return b"sealed:" + context.encode() + b":" + bytes(byte ^ 0xA5 for byte in plain)

    def open(self, sealed: bytes, context: str) -> bytes:
        """Return what was sealed."""
        head = b"sealed:" + context.encode() + b":"
        if not sealed.startswith(head):
            raise ValueError("another context")
        return bytes(byte ^ 0xA5 for byte in sealed[len(head) :])


class WatchfulStore(InMemorySessionStore):
    """Notes what no session may ever do: illegal moves, lost events, secrets that outlast their state."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.broken_rules: list[str] = []

    async def save(self, record: SessionRecord, events: Sequence[SessionEvent] = ()) -> SessionRecord | None:
        """Save, and note what should not have been."""
        before = self.rows.get(record.salon_id)
        saved = await super().save(record, events)
        if saved is not None and before is not None:
            self.broken_rules += _broken_rules(before, saved, events)
        return saved


def _broken_rules(before: SessionRecord, after: SessionRecord, events: Sequence[SessionEvent]) -> list[str]:
    numbers = [event.seq for event in events]
    is_pairing = after.state is WhatsappState.PAIRING
    rules = {
        f"move {before.state} to {after.state}": before.state is after.state
        or can_move(before.state, after.state),
        "generations only grow": before.generation <= after.generation >= after.engine_generation,
        "no number is missing": numbers == list(range(before.last_seq + 1, after.last_seq + 1)),
        "a QR outlived pairing": is_pairing or after.qr_sealed is None,
        "a code outlived pairing": is_pairing or after.code_sealed is None,
        "connected without credentials": after.state is not WhatsappState.CONNECTED
        or bool(after.credentials_sealed),
        "a move without an event": before.state is after.state or bool(events),
    }
    return [rule for rule, is_kept in rules.items() if not is_kept]


class Life:
    """Whether a process lives, and when it dies: never, or around the n-th use of its store."""

    def __init__(self) -> None:
        self.is_dead = False
        self.is_cut_off = False
        self.slept_s = 0.0
        """Seconds that passed for everybody else while this process was stopped."""

        self.burial = asyncio.Event()
        self.uses = 0
        self.dies_at: tuple[int, bool] | None = None
        """(n, after): killed at the n-th use of the store, before it is done or right after."""

        self.last_will: Callable[[], None] = lambda: None

    def end(self) -> None:
        """The process is killed."""
        self.is_dead = True
        self.last_will()

    async def check(self) -> None:
        """Return while the process lives; a dead one gets no further."""
        if self.is_dead:
            await self.burial.wait()
            raise asyncio.CancelledError
        if self.is_cut_off:
            raise DatabaseUnavailableError


class MortalStore:
    """One process's way to the shared store."""

    def __init__(self, store: InMemorySessionStore, life: Life) -> None:
        self._store = store
        self._life = life

    def watch(self, changed: Callable[[int | None], None]) -> Callable[[], None]:
        """Watch while alive and connected."""

        def heard(salon_id: int | None) -> None:
            if not self._life.is_dead and not self._life.is_cut_off:
                changed(salon_id)

        return self._store.watch(heard)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)
        return self._mortal(method) if name in _STORE_METHODS else method

    def _mortal(
        self, method: Callable[..., Coroutine[Any, Any, Any]]
    ) -> Callable[..., Coroutine[Any, Any, Any]]:
        async def call(*args: Any, **kwargs: Any) -> Any:
            life = self._life
            await life.check()
            life.uses += 1
            if life.dies_at == (life.uses, False):
                life.end()
            await life.check()
            answer = await method(*args, **kwargs)
            if life.dies_at == (life.uses, True):
                life.end()
            await life.check()
            return answer

        return call


class MortalClock:
    """One process's view of the time."""

    def __init__(self, clock: FakeClock, life: Life) -> None:
        self._clock = clock
        self._life = life
        self._seen_s = clock.monotonic()

    def now(self) -> datetime:
        """Return the present moment."""
        return self._clock.now()

    def monotonic(self) -> float:
        """Return seconds; for a dead process the time stands still."""
        if not self._life.is_dead:
            self._seen_s = self._clock.monotonic() + self._life.slept_s
        return self._seen_s

    async def sleep(self, seconds: float) -> None:
        """Wait; a dead process sleeps for ever."""
        await self._clock.sleep(seconds)
        if self._life.is_dead:
            await self._life.burial.wait()
            raise asyncio.CancelledError


class Power(Protocol):
    """What falls silent when a process is killed."""

    def lose_power(self) -> None:
        """Fall silent."""


@dataclass(slots=True)
class Process:
    """One running pool."""

    pool: ReconcilingPool
    life: Life
    engines: Power


class SimulatorPhone:
    """Satisfies `PhoneDriver` through the simulator's own controls, as the product plays them."""

    def __init__(self, bench: SimulatorBench) -> None:
        self._bench = bench

    async def scan(self, salon_id: int, phone: str | None = None) -> None:
        """The phone scans."""
        await self._act(salon_id, "scan", phone=phone)

    async def enter_code(self, salon_id: int, code: str | None = None) -> None:
        """The phone's owner types a code."""
        await self._act(salon_id, "enter-code", code=code)

    async def passkey(self, salon_id: int, stage: PasskeyStage = PasskeyStage.CHALLENGE) -> None:
        """A passkey is demanded or given."""
        await self._act(salon_id, "passkey", stage=stage.value)

    async def writes(
        self, salon_id: int, text: str = "hello", *, message_id: str | None = None, ago_s: float = 0
    ) -> None:
        """Somebody writes."""
        await self._act(salon_id, "receive", text=text, message_id=message_id, seconds=ago_s)

    async def receipt(self, salon_id: int, message_id: str, kind: ReceiptKind) -> None:
        """Delivered or read."""
        await self._act(salon_id, "receipt", message_id=message_id, kind=kind.value)

    async def reject(self, salon_id: int) -> None:
        """The pairing fails."""
        await self._act(salon_id, "reject")

    async def drop(self, salon_id: int, seconds: float = 1.0) -> None:
        """The connection is lost."""
        await self._act(salon_id, "drop", seconds=seconds)

    async def replace(self, salon_id: int) -> None:
        """Opened elsewhere."""
        await self._act(salon_id, "replace")

    async def unlink(self, salon_id: int) -> None:
        """Taken off the phone."""
        await self._act(salon_id, "unlink")

    async def ban(self, salon_id: int, seconds: float) -> None:
        """Refused for a while."""
        await self._act(salon_id, "ban", seconds=seconds)

    async def outdated(self, salon_id: int) -> None:
        """Client refused."""
        await self._act(salon_id, "outdated")

    async def upgrade(self, salon_id: int) -> None:
        """Another client."""
        await self._act(salon_id, "upgrade")

    async def crash(self, salon_id: int) -> None:
        """The engine dies."""
        await self._act(salon_id, "crash")

    async def mute(self, salon_id: int) -> None:
        """The engine hangs."""
        await self._act(salon_id, "mute")

    async def offline(self, salon_id: int) -> None:
        """No network."""
        self._bench.world.offline.add(salon_id)

    async def online(self, salon_id: int) -> None:
        """Network again."""
        self._bench.world.offline.discard(salon_id)

    def phone_of(self, salon_id: int) -> str:
        """Return the salon's phone."""
        return self._bench.world.phone_of(salon_id)

    def sockets(self, salon_id: int) -> int:
        """Return the connections the server sees."""
        return len(self._bench.world.sockets(salon_id))

    def received(self, salon_id: int) -> Sequence[tuple[str, str]]:
        """Return what arrived."""
        return [(sent.to, sent.text) for sent in self._bench.world.outbox if sent.salon_id == salon_id]

    def refuse_sends(self, to: str, *faults: SessionFault) -> None:
        """Script failures."""
        self._bench.world.script_send_faults(to, *faults)

    async def _act(self, salon_id: int, action: str, **params: Any) -> None:
        controls = SimulatorControls(self._bench.living_pool(), self._bench.world, self._bench.clock)
        await self._bench.drive(controls.act(salon_id, action, **params))


class SimulatorBench:
    """Satisfies `PoolBench`."""

    def __init__(self, *, seed: int = 0) -> None:
        self.clock = FakeClock()
        self.store = WatchfulStore(self.clock)
        self.world = SimulatedWorld(self.clock, seed=seed)
        self.phone = SimulatorPhone(self)
        self.processes: dict[str, Process] = {}
        self._seed = seed

    async def process(
        self,
        owner: str,
        *,
        is_owning: bool = True,
        send_per_minute: int = 30,
        keeps_text: bool = False,
        dies_at: tuple[int, bool] | None = None,
    ) -> ReconcilingPool:
        """Start a process; `dies_at` counts the uses of its store, from its very first."""
        life = Life()
        life.dies_at = dies_at
        clock = MortalClock(self.clock, life)
        engines, power = await self._engines(clock, life)
        life.last_will = power.lose_power
        pool = ReconcilingPool(
            cast(SessionStore, MortalStore(self.store, life)), PlainSealer(), engines, clock, owner=owner,
            rng=random.Random(self._seed),
            send_per_minute=send_per_minute, keeps_text=keeps_text,
        )  # fmt: skip
        self.processes[owner] = Process(pool, life, power)
        if is_owning:
            await pool.restore()
            await settle()
        return pool

    async def _engines(self, clock: MortalClock, life: Life) -> tuple[Engines, Power]:
        """Return the engines of a new process, and what ends with it."""
        engines = SimulatedEngines(self.world)
        return engines, engines

    async def kill(self, owner: str) -> None:
        """End a process as SIGKILL does; the database sees its connection break."""
        self.processes[owner].life.end()
        self.store.process_died(owner)
        await settle()

    async def cut_off(self, owner: str) -> None:
        """Take the database away from one process."""
        self.processes[owner].life.is_cut_off = True

    async def reconnect(self, owner: str) -> None:
        """Give it back."""
        self.processes[owner].life.is_cut_off = False

    async def advance(self, seconds: float) -> None:
        """Let time pass."""
        await self.clock.advance(seconds)

    async def drive(self, work: Coroutine[Any, Any, Value], *, at_most_s: float = 60.0) -> Value:
        """Let time pass while `work` waits."""
        return await self.clock.drive(work, at_most_s=at_most_s)

    async def stored_secrets(self) -> bytes:
        """Return everything the store holds."""
        rows = [_all_fields(row) for row in self.store.rows.values()]
        return repr([rows, self.store.log, self.store.sends, self.store.messages]).encode()

    async def is_in(
        self, pool: SessionPool, salon_id: int, *states: WhatsappState, at_most_s: float = 60.0
    ) -> SessionSnapshot:
        """Let time pass until the session is in one of these states."""
        return await self.until(pool, salon_id, lambda session: session.state in states, at_most_s=at_most_s)

    async def until(
        self,
        pool: SessionPool,
        salon_id: int,
        is_so: Callable[[SessionSnapshot], bool],
        *,
        at_most_s: float = 60.0,
    ) -> SessionSnapshot:
        """Let time pass until a fact holds of the session."""
        seen: list[SessionSnapshot] = []

        async def look() -> SessionSnapshot:
            while True:
                seen.append(await pool.get(salon_id))
                if is_so(seen[-1]):
                    return seen[-1]
                await self.clock.sleep(0.05)

        try:
            return await self.drive(look(), at_most_s=at_most_s)
        except AssertionError as error:
            raise AssertionError(f"{error}; last seen: {seen[-1]}") from None

    async def survive(
        self, owner: str, work: Coroutine[Any, Any, object], *, at_most_s: float = 900.0
    ) -> bool:
        """Let a process do `work`; False when it was killed before the end, which the others then know."""
        process = self.processes[owner]
        task = asyncio.create_task(work, name="bench:survive")
        try:
            await self.clock.advance_until(lambda: task.done() or process.life.is_dead, at_most_s=at_most_s)
        finally:
            task.cancel()
            await asyncio.wait({task})
        if process.life.is_dead:
            await self.kill(owner)
            return False
        task.result()
        return True

    def living_pool(self) -> ReconcilingPool:
        """Return the pool of a process that runs."""
        living = [each for each in self.processes.values() if not each.life.is_dead]
        if not living:
            raise GatewayError("pool_unavailable")
        return living[-1].pool

    async def close(self) -> None:
        """End all processes, the dead ones too, and check that no task is left."""
        for process in self.processes.values():
            process.life.burial.set()
            process.life.is_cut_off = False
        for process in self.processes.values():
            process.engines.lose_power()
            closing = asyncio.create_task(process.pool.close(), name="bench:close")
            await self.clock.advance_until(closing.done)
            await closing
        assert self.store.broken_rules == []
        left = [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith(_OUR_TASKS)]
        assert left == [], f"tasks left behind: {left}"


_OUR_TASKS = ("whatsapp-", "simulator:", "waha:")


def _all_fields(row: SessionRecord) -> Mapping[str, Any]:
    return {name: getattr(row, name) for name in SessionRecord.__slots__}
