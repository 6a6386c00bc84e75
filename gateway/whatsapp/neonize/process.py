"""Starting a worker as a process of its own: executed, never forked, for the library's runtime does not survive a fork.

It gets a clean environment, one end of a socket pair to talk over and the session's lock file, both inherited; what it
and its library print goes to a pipe that ends in our log.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol

from gateway.whatsapp.neonize.pipe import MAX_LINE_BYTES

WORKER = ("-E", "-s", "-m", "gateway.whatsapp.neonize.worker")
_ROOT = Path(__file__).resolve().parents[3]
_HANDED_ON = (
    "LANG", "LC_ALL", "PATH", "SSL_CERT_DIR", "SSL_CERT_FILE", "SYSTEMROOT", "TMPDIR", "TZ",
)  # fmt: skip
"""All that a worker gets of the gateway's environment, which holds secrets."""


class Worker(Protocol):
    """A running worker as the engine sees it."""

    reports: asyncio.StreamReader
    """What it says over the pipe."""

    printed: asyncio.StreamReader
    """What it and its library print."""

    @property
    def pid(self) -> int:
        """The process' id."""

    def tell(self, line: bytes) -> None:
        """Send it an order; one that cannot be delivered is lost with the worker."""

    def hang_up(self) -> None:
        """Close the pipe, which tells it to end."""

    def kill(self) -> None:
        """End it at once."""

    async def ended(self) -> int:
        """Return its exit code once it is gone and everything of it is free; negative is a signal's number."""


Spawner = Callable[[IO[bytes]], Awaitable[Worker]]
"""Starts the worker of a session, which inherits its lock. Raises OSError."""


class ProcessSpawner:
    """Starts workers as processes of this machine."""

    def __init__(
        self, command: Sequence[str] = (sys.executable, *WORKER), extra: Mapping[str, str] | None = None
    ) -> None:
        """`extra` is added to what the workers' environment has anyway."""
        self._command = tuple(command)
        self._extra = dict(extra or {})

    async def __call__(self, lock: IO[bytes]) -> Worker:
        """See `Spawner`."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                process = await asyncio.create_subprocess_exec(
                    *self._command, str(theirs.fileno()), str(lock.fileno()), str(os.getpid()),
                    stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.STDOUT, limit=MAX_LINE_BYTES, cwd=_ROOT,
                    env=worker_environment(os.environ) | self._extra,
                    pass_fds=(theirs.fileno(), lock.fileno()), start_new_session=True,
                )  # fmt: skip
            except BaseException:
                ours.close()
                raise
        reports, writer = await asyncio.open_unix_connection(sock=ours, limit=MAX_LINE_BYTES)
        return _ProcessWorker(process, reports, writer)


class _ProcessWorker:
    def __init__(
        self, process: asyncio.subprocess.Process, reports: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        assert process.stdout is not None
        self.reports = reports
        self.printed = process.stdout
        self._process = process
        self._writer = writer

    @property
    def pid(self) -> int:
        """The process' id."""
        return self._process.pid

    def tell(self, line: bytes) -> None:
        if not self._writer.is_closing():
            self._writer.write(line)

    def hang_up(self) -> None:
        self._writer.close()

    def kill(self) -> None:
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                # Not by `send_signal`: that reaps a child which has just ended, behind the back of asyncio's watcher.
                os.kill(self._process.pid, signal.SIGKILL)

    async def ended(self) -> int:
        code = await self._process.wait()
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()
        return code


def worker_environment(ours: Mapping[str, str]) -> dict[str, str]:
    """Return a worker's environment: nothing of the gateway's but what says where things are.

    NEONIZE_BOT_TAG: without it the library adds a bot's mark to every message to one person (neonize 0.5.2).
    """
    handed_on = {name: ours[name] for name in _HANDED_ON if name in ours}
    return {**handed_on, "NEONIZE_BOT_TAG": "off", "PYTHONUNBUFFERED": "1"}
