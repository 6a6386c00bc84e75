"""A pretended engine: the timing and the manners of a real one, including the bad ones."""

from __future__ import annotations

import logging
from collections.abc import Coroutine, Sequence
from datetime import datetime
from typing import Any

from gateway.domain.errors import GatewayError
from gateway.domain.session_records import EngineCondition, InboundMessage, MessageReceipt, ReceiptKind
from gateway.domain.sessions import (
    FIRST_QR_S,
    NEXT_QR_S,
    PASSKEY_S,
    QR_CODES_PER_SOCKET,
    CloseCause,
    SessionFault,
)
from gateway.whatsapp.engine import Engine, EngineError, EngineSink
from gateway.whatsapp.simulator.world import Device, SimulatedMessage, SimulatedWorld
from gateway.whatsapp.tasks import TaskBox
from shared.vocabulary import PasskeyStage, session_id_of

FIRST_QR_DELAY_S = 0.15
RESTART_DELAY_S = 0.1
LOGIN_DELAY_S = 0.2
DROP_S = 1.0
_HANGS_S = 3600.0

log = logging.getLogger("gateway.whatsapp.simulator")


class SimulatedEngines:
    """Makes engines that meet in one world; with `auto_scan_after_s` a phone scans each first QR by itself."""

    name = "simulator"

    def __init__(self, world: SimulatedWorld, *, auto_scan_after_s: float | None = None) -> None:
        self._world = world
        self._auto_scan_after_s = auto_scan_after_s
        self._made: list[SimulatedEngine] = []

    @property
    def version(self) -> str:
        """Version of the client."""
        return f"simulator-{self._world.version}"

    def make(self) -> Engine:
        """Return a fresh engine."""
        engine = SimulatedEngine(self._world, self._auto_scan_after_s)
        self._made = [other for other in self._made if not other.is_over]
        self._made.append(engine)
        return engine

    async def settle(self, salon_id: int, credentials: bytes | None) -> None:
        """See `Engines.settle`: the row keeps everything."""

    def lose_power(self) -> None:
        """Every engine made here falls silent at once, as when its process is killed."""
        for engine in self._made:
            engine.lose_power()


class SimulatedEngine:
    """One connection. The public methods beyond `Engine` are what a phone or the server does to it."""

    def __init__(self, world: SimulatedWorld, auto_scan_after_s: float | None) -> None:
        self._world = world
        self._clock = world.clock
        self._auto_scan_after_s = auto_scan_after_s
        self._tasks = TaskBox()
        self._sink: EngineSink | None = None
        self._salon_id = 0
        self._generation = 0
        self.device: Device | None = None
        """What it logs in with."""

        self._code: tuple[str, str] | None = None
        self._is_muted = False
        self.qr: str | None = None
        """The text a phone could scan now."""

        self.is_open = False
        self.is_awaiting_passkey = False
        self.is_over = False

    # ------------------------------------------------------------------------------ as the pool sees it

    async def start(
        self, salon_id: int, generation: int, credentials: bytes | None, sink: EngineSink
    ) -> None:
        """See `Engine.start`."""
        if salon_id in self._world.offline:
            self.is_over = True
            raise EngineError(SessionFault.NETWORK_UNREACHABLE)
        self._salon_id, self._generation, self._sink = salon_id, generation, sink
        self._world.accept(salon_id, self)
        if credentials is None:
            self._spawn(self._show_codes(), "codes")
        else:
            self.device = Device.from_bytes(credentials)
            self._spawn(self._log_in(LOGIN_DELAY_S), "login")

    async def stop(self, *, kill: bool) -> None:
        """See `Engine.stop`. Politely stopped it reports its own end at once, as some libraries do."""
        sink = self._sink
        if sink is not None and not kill and not self.is_over:
            await sink.closed(CloseCause.DROPPED)
        self._finish()
        await self._tasks.close()

    def condition(self) -> EngineCondition:
        """See `Telling.condition`."""
        if self.is_over:
            return EngineCondition("over", is_open=False)
        if self.is_open:
            return EngineCondition("open", is_open=True)
        if self.is_awaiting_passkey:
            return EngineCondition("passkey", is_open=False)
        return EngineCondition("pairing" if self.device is None else "connecting", is_open=False)

    async def request_code(self, phone: str) -> str:
        """See `Engine.request_code`."""
        if self.qr is None:
            raise EngineError(SessionFault.NOT_PAIRING)
        self._code = (self._world.code(self._salon_id, self._generation), phone)
        return self._code[0]

    async def logout(self) -> None:
        """See `Engine.logout`."""
        if not self.is_open or self.device is None or self._is_muted:
            raise EngineError(SessionFault.NOT_CONNECTED)
        self._world.take_off(self.device)
        self._finish()

    async def send_text(self, to: str, text: str, client_ref: str) -> str:
        """See `Engine.send_text`."""
        if self._is_muted:
            await self._clock.sleep(_HANGS_S)
        if not self.is_open:
            raise EngineError(SessionFault.NOT_CONNECTED)
        fault = self._world.next_send_fault(to)
        if fault is not None:
            raise EngineError(fault)
        message_id = self._world.message_id(self._salon_id, client_ref)
        sent = SimulatedMessage(self._salon_id, to, text, message_id, self._clock.now())
        self._world.outbox.append(sent)
        return message_id

    # ------------------------------------------------------------------------------ as phone and server see it

    async def link(self, phone: str | None) -> None:
        """The phone links this device: by the QR on show, or after a code or passkey was accepted.

        Raises GatewayError("not_pairing") when there is nothing to link or nobody took it in.
        """
        sink = self._reachable()
        if self.qr is None and not self.is_awaiting_passkey:
            raise GatewayError(SessionFault.NOT_PAIRING.value)
        device = self._world.new_device(self._salon_id, phone)
        self.qr, self.is_awaiting_passkey = None, False
        if not await sink.paired(device.to_bytes(), device.account):
            raise GatewayError(SessionFault.NOT_PAIRING.value)
        self.device = device
        self._spawn(self._ask_restart(), "restart")

    async def enter_code(self, code: str | None) -> None:
        """The phone's owner types a code, or reads off the valid one. Raises not_pairing, pairing_rejected."""
        self._reachable()
        if self._code is None:
            raise GatewayError(SessionFault.NOT_PAIRING.value)
        symbols, phone = self._code
        if code is not None and code.replace("-", "").upper() != symbols:
            raise GatewayError(SessionFault.PAIRING_REJECTED.value)
        await self.link(phone)

    async def passkey(self, stage: PasskeyStage | None = None) -> None:
        """The phone demands a passkey; done a second time, it has got it, or wants it confirmed (stage `confirm`)."""
        sink = self._reachable()
        if self.is_awaiting_passkey and stage is PasskeyStage.CONFIRM:
            await sink.passkey_required(PASSKEY_S, stage)
            return
        if self.is_awaiting_passkey:
            await self.link(None)
            return
        if self.qr is None:
            raise GatewayError(SessionFault.NOT_PAIRING.value)
        self.qr, self._code, self.is_awaiting_passkey = None, None, True
        await sink.passkey_required(PASSKEY_S)

    async def receive(self, sender: str, text: str, message_id: str, at: datetime) -> None:
        """Somebody has written to the salon."""
        message = InboundMessage(message_id, f"{sender}@s.whatsapp.net", at, text)
        if not await self._logged_in().received(message):
            raise GatewayError("pool_unavailable")

    async def acknowledge(self, message_ids: Sequence[str], kind: ReceiptKind) -> None:
        """Messages of the salon were delivered or read."""
        receipt = MessageReceipt(tuple(message_ids), kind, self._clock.now())
        if not await self._logged_in().receipted(receipt):
            raise GatewayError("pool_unavailable")

    async def drop(self, seconds: float = DROP_S) -> None:
        """The connection is lost; a logged-in engine brings it back by itself after a while."""
        sink = self._reachable()
        if not self.is_open:
            await self.close(CloseCause.DROPPED)
            return
        self.is_open = False
        await sink.reconnecting(CloseCause.DROPPED)
        self._spawn(self._log_in(seconds), "login")

    async def close(self, cause: CloseCause) -> None:
        """The connection ends for the given cause."""
        sink = self._reachable()
        self._finish()
        until = self._world.banned_until(self._salon_id)
        await sink.closed(cause, until if cause is CloseCause.TEMP_BANNED else None)

    async def refuse_login(self) -> None:
        """The server ends the connection and refuses the next login, for whatever reason it then has."""
        sink = self._reachable()
        if self.is_open:
            self.is_open = False
            await sink.reconnecting(CloseCause.DROPPED)
        await self._log_in(0)

    async def unlink(self) -> None:
        """Our device is removed on the phone."""
        self._reachable()
        if self.device is None:
            raise GatewayError(SessionFault.NOT_CONNECTED.value)
        self._world.take_off(self.device)
        if self.is_open:
            await self.close(CloseCause.LOGGED_OUT)

    def mute(self) -> None:
        """The engine hangs: it reports nothing any more and does nothing."""
        self._is_muted = True

    def lose_power(self) -> None:
        """The process is gone: nothing is reported, nothing is reachable."""
        self._is_muted = True
        self._finish()

    # ------------------------------------------------------------------------------ its own doings

    async def _show_codes(self) -> None:
        await self._clock.sleep(FIRST_QR_DELAY_S)
        if self._world.is_outdated(self._salon_id):
            await self._report_closed(CloseCause.OUTDATED)
            return
        for seq in range(1, QR_CODES_PER_SOCKET + 1):
            lifetime_s = FIRST_QR_S if seq == 1 else NEXT_QR_S
            if not await self._show(seq, lifetime_s):
                return
            if seq == 1 and self._auto_scan_after_s is not None:
                self._spawn(self._auto_scan(self._auto_scan_after_s), "auto-scan")
            await self._clock.sleep(lifetime_s)
            if self.qr is None or self._is_muted:
                return
        await self._report_closed(CloseCause.REFS_EXHAUSTED)

    async def _show(self, seq: int, lifetime_s: float) -> bool:
        text = self._world.qr_text(self._salon_id, self._generation, seq)
        self.qr = text
        if self._sink is None or self._is_muted or not await self._sink.qr(text, lifetime_s):
            return False
        return self.qr is text

    async def _auto_scan(self, seconds: float) -> None:
        await self._clock.sleep(seconds)
        try:
            await self.link(None)
        except GatewayError as error:
            log.info("auto_scan_failed", extra={"salon_id": self._salon_id, "code": error.code})

    async def _ask_restart(self) -> None:
        await self._clock.sleep(RESTART_DELAY_S)
        if self._sink is not None and not self._is_muted:
            await self._sink.restart_required()

    async def _log_in(self, delay_s: float) -> None:
        await self._clock.sleep(delay_s)
        if self._is_muted or self.is_over or self._sink is None or self.device is None:
            return
        if self._salon_id in self._world.offline:
            await self._report_closed(CloseCause.NETWORK_UNREACHABLE)
        elif self._world.is_taken_off(self.device):
            await self._report_closed(CloseCause.LOGGED_OUT)
        elif self._world.banned_until(self._salon_id) is not None:
            await self._report_closed(CloseCause.TEMP_BANNED)
        elif self._world.is_outdated(self._salon_id):
            await self._report_closed(CloseCause.OUTDATED)
        else:
            await self._open(self._sink, self.device)

    async def _open(self, sink: EngineSink, device: Device) -> None:
        """Log in; an older connection of the same device is thrown out, as the server does it."""
        for other in self._world.sockets(self._salon_id):
            if other is not self and other.is_open and other.device == device:
                await other.close(CloseCause.REPLACED)
        self.is_open = True
        if not await sink.opened(device.account):
            self._finish()

    async def _report_closed(self, cause: CloseCause) -> None:
        if not self._is_muted and not self.is_over:
            await self.close(cause)

    def _reachable(self) -> EngineSink:
        """Return the sink of a connection that phone and server can reach. Raises pool_unavailable."""
        if self._sink is None or self._is_muted or self.is_over:
            raise GatewayError("pool_unavailable")
        return self._sink

    def _logged_in(self) -> EngineSink:
        sink = self._reachable()
        if not self.is_open:
            raise GatewayError(SessionFault.NOT_CONNECTED.value)
        return sink

    def _finish(self) -> None:
        self.is_over, self.is_open, self.is_awaiting_passkey = True, False, False
        self.qr, self._code = None, None
        self._world.hang_up(self._salon_id, self)

    def _spawn(self, work: Coroutine[Any, Any, None], what: str) -> None:
        self._tasks.spawn(work, f"simulator:{session_id_of(self._salon_id)}:{what}")
