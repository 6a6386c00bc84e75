"""A small load balancer: each connection goes to a gateway whose `/readyz` says that it is ready."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Sequence
from urllib.parse import urlsplit

import httpx

LOOK_EVERY_S = 0.2
_CHUNK = 64 * 1024


class Balancer:
    """Passes connections on in turn; asks every gateway a few times a second whether it may."""

    def __init__(self, backends: Sequence[str], port: int) -> None:
        self._backends = tuple(backends)
        self._port = port
        self._turns = itertools.count()
        self._links: set[asyncio.Task[None]] = set()
        self.ready: frozenset[str] = frozenset()

    @property
    def url(self) -> str:
        """Where people connect."""
        return f"http://127.0.0.1:{self._port}"

    async def run(self) -> None:
        """Serve until cancelled."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=2) as http:
                while True:
                    answers = await asyncio.gather(*(self._is_ready(http, each) for each in self._backends))
                    self.ready = frozenset(itertools.compress(self._backends, answers))
                    await asyncio.sleep(LOOK_EVERY_S)
        finally:
            server.close()
            for link in tuple(self._links):
                link.cancel()
            await asyncio.gather(*self._links, return_exceptions=True)

    async def _is_ready(self, http: httpx.AsyncClient, backend: str) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return (await http.get(f"{backend}/readyz", headers={"Connection": "close"})).status_code == 200
        return False

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._links.add(task)
        try:
            with contextlib.suppress(OSError):
                there, here = await self._connected()
                await _linked((reader, here), (there, writer))
        except asyncio.CancelledError:
            pass  # the balancer ends
        finally:
            self._links.discard(task)
            writer.close()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to the next gateway that is ready; one that has just gone is passed over."""
        usable = sorted(self.ready) or list(self._backends)
        first = next(self._turns)
        for offset in range(len(usable)):
            parts = urlsplit(usable[(first + offset) % len(usable)])
            with contextlib.suppress(OSError):
                return await asyncio.open_connection(parts.hostname, parts.port)
        raise ConnectionRefusedError


async def _linked(*ways: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
    tasks = {asyncio.create_task(_pass(*way), name="balancer") for way in ways}
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for _, writer in ways:
            writer.close()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(_CHUNK):
        writer.write(piece)
        await writer.drain()


@contextlib.asynccontextmanager
async def balanced(backends: Sequence[str], port: int) -> AsyncIterator[Balancer]:
    """Run a balancer on a port."""
    balancer = Balancer(backends, port)
    task = asyncio.create_task(balancer.run(), name="balancer")
    try:
        yield balancer
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
