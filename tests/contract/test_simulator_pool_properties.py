"""Whatever commands, phones, time and processes do, in any order: the pool keeps its rules."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from gateway.domain.errors import GatewayError
from gateway.domain.session_records import ReceiptKind
from gateway.domain.sessions import RESTING_STATES
from gateway.whatsapp.pool import ReconcilingPool
from shared.vocabulary import PairingMethod, PasskeyStage, WhatsappState
from tests.contract.session_pool_suite import (
    GUEST,
    OTHER_PHONE,
    PHONE,
    SALON,
    connected,
    events_of,
    owner_goes_on,
    shown,
)
from tests.contract.simulator_bench import SimulatorBench

W = WhatsappState

KNOWN_REFUSALS = frozenset(
    {
        "session_not_found", "not_pairing", "rate_limited", "temp_banned", "client_outdated", "pool_unavailable",
        "pairing_rejected", "whatsapp_not_connected", "outcome_unknown", "network_unreachable", "upstream_timeout",
        "engine_crashed", "passkey_required", "pairing_expired", "logged_out",
    }
)  # fmt: skip

NAP_S = 25.0
"""Longer than an owner may live on a lease that it did not renew, shorter than the lease."""

Step = tuple[str, object]

COMMANDS = st.sampled_from(
    [
        "ensure",
        "ensure_code",
        "code",
        "stop",
        "resume",
        "restart",
        "force",
        "relink",
        "relink_code",
        "remove",
        "send",
        "confirm_phone",
    ]
)
PHONE_DEEDS = st.sampled_from(
    [
        "scan", "scan", "scan", "enter_code", "passkey", "reject", "drop", "replace", "unlink", "ban", "outdated",
        "upgrade", "crash", "mute", "offline", "online", "scan_other", "passkey_confirm", "writes", "writes", "repeats",
        "receipt",
    ]
)  # fmt: skip
PAUSES = st.sampled_from([0.0, 0.1, 0.2, 0.35, 1.5, 7.0, 30.0, 61.0, 165.0, 320.0, 700.0])
ACCIDENTS = st.sampled_from(["kill", "kill", "close", "another", "cut_off", "reconnect", "nap", "drain"])

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("command"), COMMANDS),
        st.tuples(st.just("phone"), PHONE_DEEDS),
        st.tuples(st.just("pause"), PAUSES),
        st.tuples(st.just("accident"), ACCIDENTS),
    ),
    min_size=4,
    max_size=25,
)


@dataclass(slots=True)
class Tale:
    """One random history."""

    bench: SimulatorBench = field(default_factory=SimulatorBench)
    processes: int = 0
    sends: int = 0

    async def begin_with(self, chapter: str) -> None:
        """Start a process and bring the session to where the tale begins."""
        await self.begin()
        if chapter == "pairing":
            await shown(self.bench, self._living()[0])
        elif chapter == "connected":
            await connected(self.bench, self._living()[0])

    async def begin(self) -> None:
        """Start another process."""
        self.processes += 1
        await self.bench.process(f"p{self.processes}")

    async def take(self, step: Step) -> None:
        """Take a step; a refusal must be one that the port names."""
        kind, what = step
        try:
            if kind == "pause":
                assert isinstance(what, float)
                await self._pause(what)
            elif kind == "accident":
                await self._accident(str(what))
            elif kind == "phone":
                await self._phone(str(what))
            else:
                await self.bench.drive(self._commands()[str(what)]())
        except GatewayError as error:
            assert error.code in KNOWN_REFUSALS, error.code
            event(f"refused: {error.code}")

    async def check(self) -> None:
        """Check what must hold at every moment."""
        assert self.bench.store.broken_rules == []
        assert self.bench.phone.sockets(SALON) <= 1, "two engines for one session"
        row = self.bench.store.rows.get(SALON)
        if row is not None:
            event(f"state: {row.state}")
        if row is not None:
            assert (row.passkey_stage is not None) == (row.state is W.AWAITING_PASSKEY)
            assert row.expected_phone_masked is None or row.credentials_sealed is not None
        if row is not None and row.state in RESTING_STATES:
            assert self.bench.phone.sockets(SALON) == 0, "an engine in a state of rest"
        for pool in self._living():
            await self._check_snapshot(pool)
            assert (pool.counters.defects, pool.counters.illegal_moves) == (0, 0)

    async def end(self) -> None:
        """Whatever happened: in better times the owner can link again, and the next removal leaves nothing."""
        for owner in self.bench.processes:
            await self.bench.kill(owner)
        self.bench.world.offline.clear()
        self.bench.world.version += 1
        await self.bench.advance(301)
        await self.begin()
        (pool,) = self._living()
        await owner_goes_on(self.bench, pool)
        await self.bench.advance(120)
        assert (await pool.get(SALON)).is_connected
        await self.check()
        self._check_messages()
        await self.bench.drive(pool.remove(SALON))
        assert await pool.list() == []
        assert self.bench.phone.sockets(SALON) == 0
        assert self.bench.store.messages == {}
        await events_of(pool)
        await self.bench.close()

    def _check_messages(self) -> None:
        """No message was told twice in one life of the session, whoever reported it and however often."""
        told = list[str]()
        for stored in self.bench.store.log:
            if stored.event.type == "session.removed":
                told.clear()
            elif stored.event.type == "message.received":
                told.append(stored.event.data["message_id"])
                assert told.count(told[-1]) == 1

    async def _check_snapshot(self, pool: ReconcilingPool) -> None:
        if self._is_cut_off(pool):
            return
        try:
            session = await pool.get(SALON)
        except GatewayError:
            return
        now = self.bench.clock.now()
        if session.qr is not None:
            assert session.state is W.PAIRING
            assert session.qr.expires_at > now
            assert session.qr.text.startswith(f"SIM:company_{SALON}:{session.generation}:{session.qr.seq},")
        if session.pairing_code is not None:
            assert session.state is W.PAIRING
            assert session.pairing_code.expires_at > now

    async def _pause(self, seconds: float) -> None:
        while seconds > 0:
            slice_s = min(seconds, 10.0)
            await self.bench.advance(slice_s)
            assert self.bench.phone.sockets(SALON) <= 1
            seconds -= slice_s

    async def _phone(self, deed: str) -> None:
        phone = self.bench.phone
        if deed == "ban":
            await phone.ban(SALON, 300)
        elif deed == "scan_other":
            await phone.scan(SALON, OTHER_PHONE)
        elif deed == "passkey_confirm":
            await phone.passkey(SALON, PasskeyStage.CONFIRM)
        elif deed == "repeats":
            await phone.writes(SALON, message_id="the same again")
        elif deed == "receipt":
            await phone.receipt(SALON, "some message", ReceiptKind.READ)
        else:
            await getattr(phone, deed)(SALON)

    async def _accident(self, what: str) -> None:
        names = [name for name, process in self.bench.processes.items() if not process.life.is_dead]
        if what == "another" and len(names) < 3:
            await self.begin()
        elif what == "cut_off" and len(names) > 1:
            await self.bench.cut_off(names[0])
        elif what == "reconnect":
            for name in names:
                await self.bench.reconnect(name)
        elif what == "nap":
            self.bench.processes[names[0]].life.slept_s += NAP_S
        elif what == "drain" and not self.bench.processes[names[0]].life.is_cut_off:
            await self.bench.drive(self.bench.processes[names[0]].pool.drain())
        elif what in ("kill", "close") and not self.bench.processes[names[-1]].life.is_cut_off:
            await self._replace(names[-1], what)

    async def _replace(self, name: str, what: str) -> None:
        if what == "close":
            await self.bench.drive(self.bench.processes[name].pool.close())
        await self.bench.kill(name)
        await self.begin()

    def _commands(self) -> dict[str, Callable[[], Coroutine[Any, Any, object]]]:
        pool = self._living()[-1]
        qr, code = PairingMethod.QR, PairingMethod.CODE
        self.sends += 1
        return {
            "ensure": lambda: pool.ensure(SALON, pairing=qr),
            "ensure_code": lambda: pool.ensure(SALON, pairing=code, phone=PHONE),
            "code": lambda: pool.request_pairing_code(SALON, OTHER_PHONE),
            "stop": lambda: pool.stop(SALON),
            "resume": lambda: pool.resume(SALON),
            "restart": lambda: pool.restart(SALON),
            "force": lambda: pool.restart(SALON, force=True),
            "relink": lambda: pool.relink(SALON),
            "relink_code": lambda: pool.relink(SALON, pairing=code, phone=OTHER_PHONE),
            "remove": lambda: pool.remove(SALON),
            "confirm_phone": lambda: pool.confirm_phone(SALON),
            "send": lambda: pool.send_text(SALON, GUEST, "hello", client_ref=str(self.sends)),
        }

    def _is_cut_off(self, pool: ReconcilingPool) -> bool:
        return any(
            process.life.is_cut_off for process in self.bench.processes.values() if process.pool is pool
        )

    def _living(self) -> Sequence[ReconcilingPool]:
        return [process.pool for process in self.bench.processes.values() if not process.life.is_dead]


@pytest.mark.expects_log("lease_", "unlink_failed", "send_outcome_unknown")
@settings(max_examples=150, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(chapter=st.sampled_from(["nothing", "pairing", "connected"]), steps=STEPS)
def test_no_history_breaks_a_rule(chapter: str, steps: list[Step]) -> None:
    async def play() -> None:
        tale = Tale()
        await tale.begin_with(chapter)
        for step in steps:
            await tale.take(step)
            await tale.check()
        await tale.end()

    asyncio.run(play())
