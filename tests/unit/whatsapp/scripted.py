"""An engine that does what a test says, for manners the simulator does not have."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from gateway.whatsapp.engine import Account, Engine, EngineError, EngineSink

ACCOUNT = Account("79161234567:3@s.whatsapp.net", "Анна")
HANGS = object()


@dataclass(slots=True)
class Manners:
    """How the next engine behaves.

    `HANGS` never returns, a future is waited for, an exception is raised, anything else is the answer.
    """

    start: object = None
    stop: object = None
    kill: object = None
    code: object = "ABCD1234"
    logout: object = None
    send: object = "message-1"
    talks_while_stopping: bool = False


class ScriptedEngine:
    """One engine; the test reports through `sink`."""

    def __init__(self, manners: Manners) -> None:
        self.manners = manners
        self.salon_id = 0
        self.generation = 0
        self.credentials: bytes | None = None
        self.said: list[str] = []
        self.answers: list[bool] = []
        self._sink: EngineSink | None = None

    @property
    def sink(self) -> EngineSink:
        """Where it reports."""
        assert self._sink is not None
        return self._sink

    async def start(
        self, salon_id: int, generation: int, credentials: bytes | None, sink: EngineSink
    ) -> None:
        """See `Engine.start`."""
        self.salon_id, self.generation, self.credentials, self._sink = salon_id, generation, credentials, sink
        self.said.append("start")
        await _act(self.manners.start)

    async def stop(self, *, kill: bool) -> None:
        """See `Engine.stop`."""
        self.said.append("kill" if kill else "stop")
        if self.manners.talks_while_stopping and self._sink is not None:
            self.answers.append(await self._sink.opened(ACCOUNT))
        await _act(self.manners.kill if kill else self.manners.stop)

    async def request_code(self, phone: str) -> str:
        """See `Engine.request_code`."""
        self.said.append(f"code {phone}")
        return str(await _act(self.manners.code))

    async def logout(self) -> None:
        """See `Engine.logout`."""
        self.said.append("logout")
        await _act(self.manners.logout)

    async def send_text(self, to: str, text: str, client_ref: str) -> str:
        """See `Engine.send_text`."""
        self.said.append(f"send {client_ref}")
        return str(await _act(self.manners.send))


@dataclass(slots=True)
class ScriptedEngines:
    """Makes engines with the manners lined up; the last ones stay."""

    manners: list[Manners] = field(default_factory=lambda: [Manners()])
    made: list[ScriptedEngine] = field(default_factory=list)
    name: str = "scripted"
    version: str = "1"

    def make(self) -> Engine:
        """Return a fresh engine."""
        engine = ScriptedEngine(self.manners.pop(0) if len(self.manners) > 1 else self.manners[0])
        self.made.append(engine)
        return engine

    async def settle(self, salon_id: int, credentials: bytes | None) -> None:
        """See `Engines.settle`."""


async def _act(manner: object) -> object:
    if manner is HANGS:
        await asyncio.get_running_loop().create_future()
    if isinstance(manner, asyncio.Future):
        return await manner
    if isinstance(manner, BaseException):
        raise manner
    return manner


__all__ = ["ACCOUNT", "HANGS", "EngineError", "Manners", "ScriptedEngine", "ScriptedEngines"]
