"""WhatsApp as a referee: every simulated engine of every gateway process logs in to it over a real socket.

It sees what the real one sees. The kernel closes a killed process' connections at once, so nothing has to be sampled:
each connection is one entry of a history, with the moment it was opened and the moment it ended. A second login of the
same phone replaces the older connection, as WhatsApp does it, and is judged at that moment.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

AWAKE_S = 1.0
"""How soon a process that was stopped must have ended its engines after it woke up."""

_TURNS = 8


@dataclass(slots=True, eq=False)
class Connection:
    """One login of one session, by which process, and how long it lasted; moments are monotonic."""

    salon_id: int
    device: str
    generation: int
    pid: int
    opened_at: float
    writer: asyncio.StreamWriter = field(repr=False)
    closed_at: float | None = None
    replaced_at: float | None = None

    @property
    def is_present(self) -> bool:
        """Whether messages would reach the phone through it, as far as the server can see."""
        return self.closed_at is None and self.replaced_at is None


class Referee:
    """The server: who is logged in, who was, what was sent. `doubled` hears of each proof of two owners at once."""

    def __init__(self, doubled: Callable[[str], None]) -> None:
        self.history: list[Connection] = []
        self.sent: Counter[str] = Counter()
        self.replaced_asleep = 0
        """Connections of stopped processes that a newer login replaced."""

        self.longest_after_waking_s = 0.0
        """How long a connection was still open after its process had woken up."""

        self._doubled = doubled
        self._present: dict[int, Connection] = {}
        self._generations: dict[int, int] = {}
        self._asleep: set[int] = set()
        self._woke_at: dict[int, float] = {}

    @contextlib.asynccontextmanager
    async def listening(self, path: Path) -> AsyncIterator[None]:
        """Serve on a Unix socket."""
        server = await asyncio.start_unix_server(self._serve, path)
        try:
            yield
        finally:
            server.close()
            for each in self.history:
                each.writer.close()

    def falls_asleep(self, pid: int) -> None:
        """A process is about to be stopped: what it holds open from now on it cannot use."""
        self._asleep.add(pid)

    def wakes_up(self, pid: int) -> None:
        """It is about to go on."""
        self._asleep.discard(pid)
        self._woke_at[pid] = time.monotonic()

    def present(self, pid: int | None = None) -> set[int]:
        """Return the salons that are logged in, by one process or by any; those of stopped processes do not count."""
        return {
            salon_id
            for salon_id, each in self._present.items()
            if (each.pid == pid if pid is not None else each.pid not in self._asleep)
        }

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            login = await reader.readline()
            if login:
                await self._host(json.loads(login), reader, writer)
        writer.close()

    async def _host(
        self, login: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        for _ in range(_TURNS):  # ends of older connections that the kernel already knows are taken in first
            await asyncio.sleep(0)
        connection = Connection(**login, opened_at=time.monotonic(), writer=writer)
        self._judge(connection)
        self._present[connection.salon_id] = connection
        self.history.append(connection)
        writer.write(b'{"ok": true}\n')
        try:
            while line := await reader.readline():
                self._take(connection, str(json.loads(line)["message"]))
        finally:
            self._ended(connection)

    def _judge(self, newer: Connection) -> None:
        """Decide whether a login proves two owners, and replace the connection it meets."""
        salon_id = newer.salon_id
        if newer.generation <= self._generations.get(salon_id, 0):
            self._doubled(f"{salon_id}: generation {newer.generation} logs in after a newer one")
        self._generations[salon_id] = max(newer.generation, self._generations.get(salon_id, 0))
        older = self._present.get(salon_id)
        if older is None:
            return
        is_waking = newer.opened_at - self._woke_at.get(older.pid, -AWAKE_S) < AWAKE_S
        if older.pid in self._asleep or is_waking:
            self.replaced_asleep += 1
        else:
            self._doubled(f"{salon_id}: process {newer.pid} logs in while {older.pid} is and lives")
        older.replaced_at = newer.opened_at
        older.writer.write(b'{"replaced": true}\n')

    def _take(self, connection: Connection, message: str) -> None:
        self.sent[message] += 1
        if not connection.is_present:
            self._doubled(f"{connection.salon_id}: {message} from a process whose session is another's")
        connection.writer.write(b'{"ok": true}\n')

    def _ended(self, connection: Connection) -> None:
        connection.closed_at = time.monotonic()
        if self._present.get(connection.salon_id) is connection:
            del self._present[connection.salon_id]
        woke_at = self._woke_at.get(connection.pid)
        if connection.replaced_at is None:
            return  # nobody had taken the session while its process slept: it may renew its lease and go on
        if woke_at is not None and connection.opened_at < woke_at:
            open_s = connection.closed_at - woke_at
            self.longest_after_waking_s = max(self.longest_after_waking_s, open_s)
            if open_s > AWAKE_S:
                self._doubled(
                    f"{connection.salon_id}: open for {open_s:.1f} s after its process had woken up"
                )
