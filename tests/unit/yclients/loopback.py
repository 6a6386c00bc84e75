"""A server on the loopback address that says, byte for byte, what a test scripts."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Script = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class SeenRequest:
    """One request as it arrived: header names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> object:
        """The body's JSON."""
        return json.loads(self.body)


@dataclass
class LoopbackServer:
    """Answers every request by `script`; keeps the requests and how many connections came."""

    script: Script
    requests: list[SeenRequest] = field(default_factory=list)
    connections: int = 0
    url: str = ""
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)
    handlers: dict[asyncio.Task[None], asyncio.StreamWriter] = field(default_factory=dict)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until the client leaves or the script closes it."""
        self.connections += 1
        handler = asyncio.current_task()
        assert handler is not None
        self.handlers[handler] = writer
        try:
            while (request := await _read_request(reader)) is not None:
                self.requests.append(request)
                await self.script(writer)
                if writer.is_closing():
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.hung_up.set()
            writer.close()

    async def hang_up(self) -> None:
        """Break what connections are left and see every handler end."""
        for writer in self.handlers.values():
            writer.transport.abort()
        await asyncio.gather(*self.handlers)


@asynccontextmanager
async def loopback(script: Script) -> AsyncIterator[LoopbackServer]:
    """Run a server for the length of the block."""
    server = LoopbackServer(script)
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listener.close()
        await server.hang_up()


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def says(status: int, body: bytes = b"", **headers: str) -> Script:
    """Answer with a status and a body; `content_type` and the like name headers."""

    async def script(writer: asyncio.StreamWriter) -> None:
        writer.write(response(status, body, **headers))
        await writer.drain()

    return script


def says_json(status: int, value: object, **headers: str) -> Script:
    """Answer with JSON as the partner labels it."""
    return says(
        status, json.dumps(value, ensure_ascii=False).encode(), content_type="application/json", **headers
    )


def response(status: int, body: bytes = b"", **headers: str) -> bytes:
    """Build the bytes of a whole answer; a header given here replaces the usual one."""
    fields = {"content-length": str(len(body))} | {
        name.replace("_", "-"): text for name, text in headers.items()
    }
    lines = [f"HTTP/1.1 {status} Scripted", *(f"{name}: {text}" for name, text in fields.items())]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def reset(before: bytes = b"") -> Script:
    """Send some bytes, then break the connection with a reset."""

    async def script(writer: asyncio.StreamWriter) -> None:
        writer.write(before)
        await writer.drain()
        connection = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    return script


def closes(after: bytes = b"") -> Script:
    """Send some bytes, then close the connection politely."""

    async def script(writer: asyncio.StreamWriter) -> None:
        writer.write(after)
        await writer.drain()
        writer.close()

    return script


@dataclass(frozen=True)
class Hangs:
    """Send some bytes, then nothing more until the client gives up."""

    after: bytes = b""

    async def __call__(self, writer: asyncio.StreamWriter) -> None:
        """Send what there is to send."""
        writer.write(self.after)
        await writer.drain()


def floods(head: bytes, chunk: bytes = b"x" * 65_536) -> Script:
    """Send a body without an end, until the client has heard enough."""

    async def script(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while not writer.is_closing():
            writer.write(chunk)
            await writer.drain()

    return script


async def _read_request(reader: asyncio.StreamReader) -> SeenRequest | None:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")[:-2]
    method, target, _ = first.split(" ")
    headers = {name.lower(): text.strip() for name, _, text in (line.partition(":") for line in rest)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return SeenRequest(method, target, headers, body)
