"""The bench over the neonize adapter: real files, the worker's own code, a pretended library."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import IO, Any

from gateway.storage.secret_box import SecretBox
from gateway.whatsapp.engine import Engines
from gateway.whatsapp.neonize.engine import NeonizeEngines
from gateway.whatsapp.neonize.files import FileSets, OpenFiles
from gateway.whatsapp.neonize.pipe import MAX_LINE_BYTES
from gateway.whatsapp.neonize.process import Worker
from gateway.whatsapp.neonize.worker import Session
from gateway.whatsapp.simulator import SimulatedWorld
from tests.contract.simulator_bench import Life, MortalClock, Power, SimulatorBench, SimulatorPhone
from tests.fakes.clock import settle
from tests.fakes.neonize_library import PretendLibrary

KILLED = -9


class WorkerHere:
    """Satisfies `Worker`: the worker's own session over a pipe in memory, on the test's loop."""

    def __init__(self, world: SimulatedWorld, number: int) -> None:
        self.pid = os.getpid()
        self.reports = asyncio.StreamReader(MAX_LINE_BYTES)
        self.printed = asyncio.StreamReader(MAX_LINE_BYTES)
        self.printed.feed_eof()
        self._orders = asyncio.StreamReader(MAX_LINE_BYTES)
        self._library = PretendLibrary(world, number, self.kill)
        self._gone: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._live(), name=f"whatsapp-worker:{number}")
        self._task.add_done_callback(lambda task: self._end(KILLED if task.cancelled() else task.result()))

    def tell(self, line: bytes) -> None:
        """See `Worker.tell`."""
        if not self._gone.done() and not self._orders.at_eof():
            self._orders.feed_data(line)

    def hang_up(self) -> None:
        """See `Worker.hang_up`."""
        self._orders.feed_eof()

    def kill(self) -> None:
        """See `Worker.kill`."""
        self._end(KILLED)
        self._task.cancel()

    async def ended(self) -> int:
        """See `Worker.ended`."""
        return await asyncio.shield(self._gone)

    async def _live(self) -> int:
        try:
            return await Session(self._orders, self._said, self._library).run()
        finally:
            await self._library.engine.stop(kill=True)

    def _said(self, line: bytes) -> None:
        if not self._gone.done():
            self.reports.feed_data(line)

    def _end(self, code: int) -> None:
        if not self._gone.done():
            self._gone.set_result(code)
            self._library.engine.lose_power()
            self.reports.feed_eof()


class MortalNeonize(NeonizeEngines):
    """The engines of one process, which dies with its workers and lets go of its locks."""

    def __init__(self, folder: Path, world: SimulatedWorld, clock: MortalClock, life: Life) -> None:
        self._opened: list[OpenFiles] = []
        self._workers: list[WorkerHere] = []
        self._life = life
        self._world = world

        async def spawn(_lock: IO[bytes]) -> Worker:
            self._workers.append(WorkerHere(world, next(_numbers)))
            return self._workers[-1]

        super().__init__(
            _RecordedFiles(folder, self._opened), spawn, clock, version=str(world.version), max_workers=100,
            quiet_hour=1, in_thread=self._while_alive,
        )  # fmt: skip

    def lose_power(self) -> None:
        """Everything of the process is gone."""
        for worker in self._workers:
            worker.kill()
        for files in self._opened:
            files.unlock()

    async def _while_alive(self, work: Callable[..., Any], *args: Any) -> Any:
        if self._life.is_dead:
            await self._life.burial.wait()
            raise asyncio.CancelledError
        return work(*args)


class _RecordedFiles(FileSets):
    def __init__(self, folder: Path, opened: list[OpenFiles]) -> None:
        super().__init__(folder, SecretBox)
        self._all = opened

    def open(self, salon_id: int, credentials: bytes | None) -> OpenFiles:
        files = super().open(salon_id, credentials)
        self._all.append(files)
        return files


class NeonizePhone(SimulatorPhone):
    """The simulator's phone; what it did has to come through a pipe before the pool has taken it in."""

    async def _act(self, salon_id: int, action: str, **params: Any) -> None:
        await super()._act(salon_id, action, **params)
        await settle()


class NeonizeBench(SimulatorBench):
    """Satisfies `PoolBench`."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.phone = NeonizePhone(self)

    async def _engines(self, clock: MortalClock, life: Life) -> tuple[Engines, Power]:
        engines = MortalNeonize(self.folder, self.world, clock, life)
        return engines, engines


_numbers = count(1)
