"""The bench over WAHA's adapter: a fake WAHA on the fake clock, reached in process, and our door for its webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

import httpx

from gateway.application.ports import Clock
from gateway.application.receive_hint import HintDelivery, ReceiveHint
from gateway.domain.errors import DatabaseUnavailableError, GatewayError
from gateway.domain.session_hints import SessionHint
from gateway.domain.session_records import ReceiptKind, SessionSnapshot
from gateway.domain.sessions import PAIRING_STATES, SessionFault
from gateway.whatsapp.engine import Engines
from gateway.whatsapp.waha import WahaEngines, WahaFleet, WahaInstance
from shared.vocabulary import PasskeyStage, WhatsappState, session_id_of
from tests.contract.simulator_bench import Life, MortalClock, Power, SimulatorBench
from tests.fakes.hint_store import InMemoryHintStore
from tests.fakes.waha import API_KEY, FakeWaha

W = WhatsappState

SECRET = "hook-secret-for-tests-7be2"
LATENCY_S = 1 / 128
"""What a call to WAHA takes."""

_ACKS = {ReceiptKind.DELIVERED: 2, ReceiptKind.READ: 3, ReceiptKind.PLAYED: 4}
READY_S = 5.0
LOOK_S = 0.05


class MortalHints:
    """One process's way to the shared hints."""

    def __init__(self, store: InMemoryHintStore, life: Life) -> None:
        self._store = store
        self._life = life

    async def waiting(self, salon_id: int) -> Sequence[SessionHint]:
        """Read while alive and connected."""
        await self._life.check()
        return await self._store.waiting(salon_id)

    async def settle(self, hints: Sequence[SessionHint]) -> None:
        """Settle while alive and connected."""
        await self._life.check()
        await self._store.settle(hints)

    def watch(self, came: Callable[[int | None], None]) -> Callable[[], None]:
        """Watch while alive and connected."""

        def heard(salon_id: int | None) -> None:
            if not self._life.is_dead and not self._life.is_cut_off:
                came(salon_id)

        return self._store.watch(heard)


class MortalTransport(httpx.AsyncBaseTransport):
    """One process's way to WAHA: it takes a moment, and ends with the process."""

    def __init__(self, waha: FakeWaha, clock: Clock, life: Life) -> None:
        self._waha = waha
        self._asgi = httpx.ASGITransport(app=waha)
        self._clock = clock
        self._life = life

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a request on, unless nobody is there."""
        await self._clock.sleep(LATENCY_S)
        if self._life.is_dead:
            await self._life.burial.wait()
            raise asyncio.CancelledError
        if self._waha.is_away:
            raise httpx.ConnectError("connection refused")
        return await self._asgi.handle_async_request(request)


class NoPower:
    """A process with WAHA's engines: nothing of theirs is to be switched off, the connections are WAHA's."""

    def lose_power(self) -> None:
        """Do nothing."""


class WahaPhone:
    """Satisfies `PhoneDriver`: each deed is done to the fake WAHA once the session is where it can happen."""

    def __init__(self, bench: WahaBench) -> None:
        self._bench = bench
        self._waha = bench.waha

    async def scan(self, salon_id: int, phone: str | None = None) -> None:
        """The phone scans."""
        await self._pair(salon_id, lambda: self._waha.scan(salon_id, phone))

    async def enter_code(self, salon_id: int, code: str | None = None) -> None:
        """The phone's owner types a code."""
        await self._pair(salon_id, lambda: self._waha.enter_code(salon_id, code), with_code=True)

    async def passkey(self, salon_id: int, stage: PasskeyStage = PasskeyStage.CHALLENGE) -> None:
        """A passkey is demanded, then given, or its confirmation demanded."""
        is_asked = (await self._session(salon_id)).state is W.AWAITING_PASSKEY
        if is_asked and stage is PasskeyStage.CONFIRM:
            self._waha.ask_confirmation(salon_id)
            await self._taken_in(salon_id, lambda s: s.passkey_stage is stage)
        elif is_asked:
            self._waha.scan(salon_id)
            await self._taken_in(salon_id, lambda s: s.state is not W.AWAITING_PASSKEY)
        else:
            await self._pair(salon_id, lambda: self._waha.ask_passkey(salon_id))

    async def writes(
        self, salon_id: int, text: str = "hello", *, message_id: str | None = None, ago_s: float = 0
    ) -> None:
        """Somebody writes."""
        self._waha.write_in(salon_id, text, message_id=message_id, ago_s=ago_s)
        await self._hints_are_used_up(salon_id)

    async def receipt(self, salon_id: int, message_id: str, kind: ReceiptKind) -> None:
        """Delivered or read."""
        self._waha.acknowledge(salon_id, message_id, _ACKS[kind])
        await self._hints_are_used_up(salon_id)

    async def reject(self, salon_id: int) -> None:
        """The pairing fails."""
        await self._pair(salon_id, lambda: self._waha.reject(salon_id))

    async def drop(self, salon_id: int, seconds: float = 1.0) -> None:
        """The connection is lost."""
        await self._disturb(salon_id, lambda: self._waha.drop(salon_id, seconds))

    async def replace(self, salon_id: int) -> None:
        """Opened elsewhere."""
        await self._disturb(salon_id, lambda: self._waha.replace(salon_id))

    async def unlink(self, salon_id: int) -> None:
        """Taken off the phone."""
        await self._disturb(salon_id, lambda: self._waha.unlink(salon_id))

    async def ban(self, salon_id: int, seconds: float) -> None:
        """Refused for a while."""
        await self._disturb(salon_id, lambda: self._waha.ban(salon_id, seconds))

    async def outdated(self, salon_id: int) -> None:
        """Client refused."""
        await self._disturb(salon_id, lambda: self._waha.outdate(salon_id))

    async def upgrade(self, salon_id: int) -> None:
        """WAHA is upgraded."""
        self._waha.version = "2026.9.1"

    async def crash(self, salon_id: int) -> None:
        """The engine dies."""
        await self._disturb(salon_id, lambda: self._waha.crash(salon_id))

    async def mute(self, salon_id: int) -> None:
        """The session hangs."""
        self._waha.mute(salon_id)

    async def offline(self, salon_id: int) -> None:
        """WAHA cannot reach WhatsApp."""
        self._waha.offline.add(session_id_of(salon_id))

    async def online(self, salon_id: int) -> None:
        """It can again."""
        self._waha.offline.discard(session_id_of(salon_id))

    def phone_of(self, salon_id: int) -> str:
        """Return the salon's phone."""
        return self._waha.phone_of(salon_id)

    def sockets(self, salon_id: int) -> int:
        """Return the connections WhatsApp sees: WAHA's."""
        return self._waha.sockets(salon_id)

    def received(self, salon_id: int) -> Sequence[tuple[str, str]]:
        """Return what arrived."""
        name = session_id_of(salon_id)
        return [(sent.to, sent.text) for sent in self._waha.outbox if sent.salon == name]

    def refuse_sends(self, to: str, *faults: SessionFault) -> None:
        """Script failures."""
        self._waha.refuse_sends(to, *faults)

    async def _session(self, salon_id: int) -> SessionSnapshot:
        return await self._bench.living_pool().get(salon_id)

    async def _pair(self, salon_id: int, deed: Callable[[], None], *, with_code: bool = False) -> None:
        def can_be(session: SessionSnapshot) -> bool:
            if session.state not in PAIRING_STATES:
                raise GatewayError("not_pairing")
            is_shown = session.state is W.PAIRING and session.qr is not None
            return is_shown and (not with_code or session.pairing_code is not None)

        try:
            await self._until(salon_id, can_be)
        except AssertionError:
            raise GatewayError("not_pairing") from None
        deed()
        await self._taken_in(salon_id, lambda session: session.state is not W.PAIRING)

    async def _disturb(self, salon_id: int, deed: Callable[[], None]) -> None:
        before = await self._session(salon_id)
        deed()
        await self._taken_in(salon_id, lambda session: session.last_seq > before.last_seq)

    async def _hints_are_used_up(self, salon_id: int) -> None:
        await self._bench.advance(LOOK_S)  # the webhook is on its way

        async def look() -> None:
            while await self._bench.hints.waiting(salon_id):
                await self._bench.clock.sleep(LOOK_S)

        await self._bench.clock.drive(look(), at_most_s=READY_S)

    async def _taken_in(self, salon_id: int, is_so: Callable[[SessionSnapshot], bool]) -> None:
        await self._until(salon_id, is_so)

    async def _until(self, salon_id: int, is_so: Callable[[SessionSnapshot], bool]) -> None:
        clock = self._bench.clock

        async def look() -> None:
            while not is_so(await self._session(salon_id)):
                await clock.sleep(LOOK_S)

        await clock.drive(look(), at_most_s=READY_S)


class WahaBench(SimulatorBench):
    """Satisfies `PoolBench`: the processes and their deaths are the simulator bench's, what they steer is a WAHA."""

    def __init__(self, *, seed: int = 0) -> None:
        super().__init__(seed=seed)
        self.hints = InMemoryHintStore()
        self.waha = FakeWaha(self.clock, self._deliver)
        self.instance = WahaInstance(
            "main", "http://waha.test", API_KEY, SECRET, 50, "http://gateway.test/main"
        )
        self.fleets: list[WahaFleet] = []
        self.phone = WahaPhone(self)  # type: ignore[assignment]
        self._door = ReceiveHint({"main": SECRET}, self.hints.keep, self.clock, _counted)

    async def _engines(self, clock: MortalClock, life: Life) -> tuple[Engines, Power]:
        fleet = WahaFleet(
            [self.instance], MortalHints(self.hints, life), clock,
            transport_of=lambda _: MortalTransport(self.waha, clock, life),
        )  # fmt: skip
        self.fleets.append(fleet)
        await self.clock.drive(fleet.check())
        return WahaEngines(fleet), NoPower()

    async def close(self) -> None:
        """End all processes, then WAHA."""
        await super().close()
        for fleet in self.fleets:
            await fleet.aclose()
        await self.waha.aclose()

    async def _deliver(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        signature, algorithm = headers["X-Webhook-Hmac"], headers["X-Webhook-Hmac-Algorithm"]
        try:
            await self._door(HintDelivery(url.rpartition("/")[2], body, signature, algorithm))
        except DatabaseUnavailableError:
            return 503
        except GatewayError as error:
            return 401 if error.code.startswith("webhook_") else 400
        return 200


async def _counted(_code: str) -> None:
    return None
