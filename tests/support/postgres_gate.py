"""A gate on the network before Postgres, and a webhook's journey through it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from tests.support.tcp_gate import Cut, TcpGate


class _SocketGate(TcpGate):
    """A gate whose other side is a socket in a folder, where the embedded server listens."""

    def __init__(self, path: str) -> None:
        super().__init__("", 0)
        self._path = path

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_unix_connection(self._path)


@dataclass(slots=True)
class PostgresGate:
    """Postgres behind a gate: `url` leads through it."""

    gate: TcpGate
    url: str

    async def cut(self, how: Cut) -> None:
        """Take Postgres away."""
        await self.gate.cut(how)

    async def restore(self) -> None:
        """Bring it back."""
        await self.gate.restore()


@contextlib.asynccontextmanager
async def gate_before_postgres(url: str) -> AsyncIterator[PostgresGate]:
    """Put a gate before a database of the embedded server."""
    parts = urlsplit(url)
    folder = parse_qs(parts.query)["host"][0]
    gate = _SocketGate(f"{folder}/.s.PGSQL.5432")
    await gate.start()
    try:
        port = gate.url.rpartition(":")[2]
        yield PostgresGate(gate, f"postgresql://postgres@127.0.0.1:{port}{parts.path}?sslmode=disable")
    finally:
        await gate.restore()
        await gate.stop()
