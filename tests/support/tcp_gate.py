"""A gate on the network between two programs: open, cut with or without a word, or slow."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Literal

_CHUNK = 64 * 1024

Cut = Literal["silent", "refused"]
"""`silent`: what is sent disappears and connections stay, as when a cable is out. `refused`: connections end at once
and new ones are not taken, as when a machine goes down."""


class TcpGate:
    """Passes bytes on between whoever connects here and one address, while it is open."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._server: asyncio.Server | None = None
        self._port = 0
        self._open = asyncio.Event()
        self._open.set()
        self._delay_s = 0.0
        self._links: dict[asyncio.Task[None], None] = {}

    @property
    def url(self) -> str:
        """Where to connect."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def links(self) -> int:
        """How many connections go through the gate now."""
        return len(self._links)

    async def start(self) -> None:
        """Listen, always on the same port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and end every connection."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        await self._end_links()
        if server is not None:
            await server.wait_closed()

    async def cut(self, how: Cut = "silent") -> None:
        """Let nothing through any more."""
        if how == "refused":
            await self.stop()
        else:
            self._open.clear()

    async def restore(self) -> None:
        """Let everything through again; what was held back silently is lost with its connection."""
        self._open.set()
        if self._server is None:
            await self.start()

    def slow(self, delay_s: float) -> None:
        """Hold each piece back so long in either direction; 0 ends it."""
        self._delay_s = delay_s

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._links[task] = None
        try:
            await self._open.wait()
            with contextlib.suppress(OSError):
                await self._link(reader, writer)
        except asyncio.CancelledError:
            pass  # the gate was closed
        finally:
            del self._links[task]
            writer.close()

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, here = await self._connect()
        try:
            ways = (self._pass(reader, here), self._pass(there, writer))
            tasks = {asyncio.create_task(way, name="gate") for way in ways}
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            here.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(*self._target)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass bytes on until one side ends; a piece that meets a closed gate is lost, and the connection with it."""
        while piece := await reader.read(_CHUNK):
            if self._delay_s:
                await asyncio.sleep(self._delay_s)
            if not self._open.is_set():
                await self._open.wait()
                return
            writer.write(piece)
            await writer.drain()

    async def _end_links(self) -> None:
        links = tuple(self._links)
        for link in links:
            link.cancel()
        await asyncio.gather(*links, return_exceptions=True)


@contextlib.asynccontextmanager
async def gate_before(url: str) -> AsyncIterator[TcpGate]:
    """Put a gate before `http://host:port`."""
    host, port = url.removeprefix("http://").rstrip("/").rsplit(":", 1)
    gate = TcpGate(host, int(port))
    await gate.start()
    try:
        yield gate
    finally:
        await gate.stop()
