"""One fake WAHA or several on a clock that stands still, and engines that follow them into notes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import httpx

from gateway.application.receive_hint import HintDelivery, ReceiveHint
from gateway.domain.errors import GatewayError
from gateway.whatsapp.waha import WahaFleet, WahaInstance
from gateway.whatsapp.waha.credentials import RemoteLink
from gateway.whatsapp.waha.engine import WahaEngine
from tests.fakes.clock import FakeClock, settle
from tests.fakes.engine_sink import Notes
from tests.fakes.hint_store import InMemoryHintStore
from tests.fakes.waha import API_KEY, FakeWaha

SALON = 101
NAME = "company_101"
SECRET = "hook-secret-for-tests-7be2"


class Way(httpx.AsyncBaseTransport):
    """The way to one fake: in process, and closed while the fake is away."""

    def __init__(self, waha: FakeWaha) -> None:
        self._waha = waha
        self._asgi = httpx.ASGITransport(app=waha)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a request on."""
        if self._waha.is_away:
            raise httpx.ConnectError("connection refused")
        return await self._asgi.handle_async_request(request)


class World:
    """Clock, hints, instances `main` and, with `count`, more, and the fleet over them."""

    def __init__(self, count: int = 1) -> None:
        self.clock = FakeClock()
        self.hints = InMemoryHintStore()
        self.wahas = {
            name: FakeWaha(self.clock, self._deliver) for name in ("main", "second", "third")[:count]
        }
        self.waha = self.wahas["main"]
        instances = [
            WahaInstance(name, f"http://{name}.test", API_KEY, SECRET, 3, f"http://gateway.test/{name}")
            for name in self.wahas
        ]
        self.fleet = WahaFleet(
            instances, self.hints, self.clock, transport_of=lambda instance: Way(self.wahas[instance.name])
        )
        self.notes = Notes()
        self.engines: list[WahaEngine] = []
        self._door = ReceiveHint(dict.fromkeys(self.wahas, SECRET), self.hints.keep, self.clock, _counted)

    async def started(self, credentials: bytes | None = None, *, generation: int = 1) -> WahaEngine:
        """Return an engine that was started, with notes of its own."""
        engine = WahaEngine(self.fleet)
        self.engines.append(engine)
        self.notes = Notes()
        await self.clock.drive(engine.start(SALON, generation, credentials, self.notes))
        await settle()
        return engine

    async def linked(self) -> WahaEngine:
        """Return an engine that was linked by QR."""
        engine = await self.started()
        await self.told("qr 60")
        self.waha.scan(SALON)
        await self.told("opened")
        return engine

    async def told(self, *what: str, at_most_s: float = 65.0) -> None:
        """Let time pass until the last notes are these."""
        wanted = list(what)
        try:
            await self.clock.advance_until(
                lambda: self.notes.told[-len(wanted) :] == wanted, at_most_s=at_most_s
            )
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.notes.told}") from None

    async def until(self, is_so: Callable[[], bool], *, at_most_s: float = 65.0) -> None:
        """Let time pass until a fact holds."""
        await self.clock.advance_until(is_so, at_most_s=at_most_s)

    def link(self, instance: str = "main") -> bytes:
        """Return credentials of the salon's session."""
        return RemoteLink(instance, NAME).to_bytes()

    async def close(self) -> None:
        """End everything."""
        for engine in self.engines:
            await engine.leave()
        await self.fleet.aclose()
        for waha in self.wahas.values():
            await waha.aclose()

    async def _deliver(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        signature, algorithm = headers["X-Webhook-Hmac"], headers["X-Webhook-Hmac-Algorithm"]
        try:
            await self._door(HintDelivery(url.rpartition("/")[2], body, signature, algorithm))
        except GatewayError:
            return 401
        return 200


async def _counted(_code: str) -> None:
    return None
