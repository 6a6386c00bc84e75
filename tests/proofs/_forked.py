"""Gateways as processes of their own that start in a fraction of a second.

A server that has imported the gateway forks each of them (`multiprocessing`'s forkserver), so that hundreds of lives
fit into minutes. Apart from where the code comes from it is `python -m gateway serve`: its own process, its own
settings, killed by SIGKILL.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import httpx

from gateway import __main__ as gateway_program
from gateway.http import admin_api
from gateway.yclients import client as yclients
from shared.protocol import OPERATIONS
from tests.proofs import _crash_points
from tests.support.processes import clean_environment
from tests.support.waiting import until

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.proofs._forked"])
_FOR_READINESS_S = 30.0


def _warm() -> None:
    """Do what every process does once, so that those that are forked need not: it is most of what a start costs."""
    importlib.import_module("anyio._backends._asyncio")
    yclients._tls()
    for operation in OPERATIONS:
        admin_api._without_path(operation)
        admin_api._kinds_of(operation)


_warm()


@dataclass(slots=True)
class ForkedGateway:
    """One gateway on one address, over all its lives; `broken` is one of `_crash_points.BREAKS`."""

    settings: Mapping[str, str]
    folder: Path
    url: str
    broken: str | None = None
    prepare: Callable[[], None] | None = None
    """Called in the new process before it serves; must be picklable."""

    lives: int = 0
    armed: Any = field(default_factory=lambda: _context.RawValue("i", 0))
    clock_ahead_s: Any = field(default_factory=lambda: _context.RawValue("d", 0.0))
    """How far the machine's clock, as this gateway sees it, is ahead of the true one; may be set at any moment."""

    _process: ForkServerProcess | None = field(default=None, repr=False)

    @property
    def is_running(self) -> bool:
        """Whether the present life goes on."""
        return self._process is not None and self._process.exitcode is None

    @property
    def pid(self) -> int:
        """Number of the present process."""
        assert self._process is not None
        return int(self._process.pid or 0)

    @property
    def log(self) -> Path:
        """Where all lives write what they have to say."""
        return self.folder / f"gateway-{self.url.rpartition(':')[2]}.log"

    async def start(self, http: httpx.AsyncClient) -> None:
        """Begin a life with no point armed and wait until it answers."""
        assert not self.is_running
        self.lives += 1
        self.armed.value = 0
        environment = clean_environment(self.settings)
        told = (self.armed, self.clock_ahead_s, self.broken, self.prepare)
        given = (environment, str(self.folder), str(self.log), *told)
        self._process = _context.Process(target=_serve, args=given, daemon=True)
        await asyncio.to_thread(self._process.start)
        await until(lambda: self._answers(http), what="the gateway answers", timeout_s=_FOR_READINESS_S)

    def kill(self) -> None:
        """End this life as a power cut does."""
        if self._process is not None:
            self._process.kill()
            self._process.join(10)

    def signal(self, number: int) -> None:
        """Send a signal: SIGTERM, SIGSTOP, SIGCONT."""
        os.kill(self.pid, number)

    async def leave(self, timeout_s: float) -> int | None:
        """Ask this life to end (SIGTERM) and return its exit code, None when it did not end in time."""
        assert self._process is not None
        self._process.terminate()
        await asyncio.to_thread(self._process.join, timeout_s)
        return self._process.exitcode

    async def has_died(self, timeout_s: float) -> bool:
        """Wait for this life to end by itself; whether it did, by SIGKILL."""
        assert self._process is not None
        await asyncio.to_thread(self._process.join, timeout_s)
        return self._process.exitcode == -signal.SIGKILL

    async def _answers(self, http: httpx.AsyncClient) -> bool:
        assert self.is_running, f"the gateway ended:\n{self._last_words()}"
        with contextlib.suppress(httpx.TransportError):
            return (await http.get(f"{self.url}/marketplace/health")).status_code == 200
        return False

    def _last_words(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")[-2000:] if self.log.exists() else ""


def _serve(
    environment: dict[str, str],
    folder: str,
    log: str,
    armed: Any,
    clock_ahead_s: Any,
    broken: str | None,
    prepare: Callable[[], None] | None,
) -> None:
    """Become the gateway; runs in the forked process."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    with open(log, "ab") as kept:
        os.dup2(kept.fileno(), 1)
        os.dup2(kept.fileno(), 2)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the proof, which ends its gateways
    _crash_points.install(armed)
    _crash_points.set_clock(clock_ahead_s)
    if broken is not None:
        _crash_points.break_it(broken)
    if prepare is not None:
        prepare()
    sys.exit(gateway_program.main(["serve"]))
