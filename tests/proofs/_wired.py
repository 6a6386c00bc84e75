"""The simulated engine with a real connection to the referee, and gateways that are made to use it.

The product has no hook for it: a forked process puts this in the simulator's place before it starts (`wire`).
"""

from __future__ import annotations

import asyncio
import json
import os
from collections import deque
from functools import partial
from typing import Final

from gateway import bootstrap
from gateway.domain.sessions import CloseCause, SessionFault
from gateway.storage import session_store
from gateway.whatsapp.engine import Engine, EngineError, EngineSink
from gateway.whatsapp.owner import NotOursError, SessionOwner
from gateway.whatsapp.simulator import SimulatedEngines, SimulatedWorld
from gateway.whatsapp.simulator.engine import SimulatedEngine
from gateway.whatsapp.simulator.world import Device

BREAKS: Final = {
    "unfenced": "takes linked sessions that another process holds, and does not mind when its own are taken"
}
"""Ways to break a gateway that the proof must notice."""


def wire(path: str, broken: str | None) -> None:
    """Let this process' simulator log in at the referee that listens at `path`, and break it if asked to."""

    class Wired(SimulatedEngines):
        def __init__(self, world: SimulatedWorld, *, auto_scan_after_s: float | None = None) -> None:
            super().__init__(world, auto_scan_after_s=auto_scan_after_s)
            self._wired = (world, auto_scan_after_s)

        def make(self) -> Engine:
            return WiredEngine(path, *self._wired)

    vars(bootstrap)["SimulatedEngines"] = Wired
    if broken == "unfenced":
        _unfence()


def _unfence() -> None:
    held = "(lease_owner IS NULL OR"
    assert held in session_store._CLAIM
    vars(session_store)["_CLAIM"] = session_store._CLAIM.replace(held, f"{held} linked_at IS NOT NULL OR")

    async def reload(self: SessionOwner) -> None:
        record = await self._persist(partial(self._parts.store.load, self.salon_id))
        if record is None:
            raise NotOursError
        self._record = record

    setattr(SessionOwner, "_reload", reload)  # noqa: B010 - mypy knows better than to let a method be assigned


class WiredEngine(SimulatedEngine):
    """Pairs as the simulated engine does; once linked, its connection is a real one and ends with its process."""

    def __init__(self, path: str, world: SimulatedWorld, auto_scan_after_s: float | None) -> None:
        super().__init__(world, auto_scan_after_s)
        self._path = path
        self._writer: asyncio.StreamWriter | None = None
        self._answers: deque[asyncio.Future[None]] = deque()

    async def send_text(self, to: str, text: str, client_ref: str) -> str:
        """Send, and wait until the referee has it."""
        if self._writer is None or not self.is_open:
            raise EngineError(SessionFault.NOT_CONNECTED)
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._answers.append(answer)
        self._writer.write(_line(message=f"{self._salon_id} {client_ref}"))
        await answer
        return await super().send_text(to, text, client_ref)

    async def _open(self, sink: EngineSink, device: Device) -> None:
        """Log in at the referee first."""
        try:
            reader, writer = await asyncio.open_unix_connection(self._path)
        except OSError:
            await self._report_closed(CloseCause.NETWORK_UNREACHABLE)
            return
        try:
            writer.write(
                _line(
                    salon_id=self._salon_id,
                    device=device.device_id,
                    generation=self._generation,
                    pid=os.getpid(),
                )
            )
            is_welcome = bool(await reader.readline())
            if is_welcome and not self.is_over:
                self._writer = writer
        finally:
            if self._writer is None:
                writer.close()
        if self._writer is None:
            await self._report_closed(CloseCause.DROPPED)
            return
        self._spawn(self._listen(reader), "wire")
        await super()._open(sink, device)

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            if "replaced" in json.loads(line):
                await self._report_closed(CloseCause.REPLACED)
                return
            self._answers.popleft().set_result(None)
        await self._report_closed(CloseCause.DROPPED)

    def _finish(self) -> None:
        super()._finish()
        if self._writer is not None:
            self._writer.close()
        for answer in self._answers:
            if not answer.done():
                answer.set_exception(EngineError(SessionFault.OUTCOME_UNKNOWN))


def _line(**fields: object) -> bytes:
    return json.dumps(fields).encode() + b"\n"
