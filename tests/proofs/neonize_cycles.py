"""Workers are started and ended at any moment: no process, descriptor, thread, task or file is left (goal W1).

Offline, with the pretended library and, where a Python has it (AI_ADMIN_NEONIZE), with the genuine one, which then
hangs at a proxy on this machine that never answers. At the end 1 and 10 workers are weighed: their own memory (PSS).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import statistics
import sys
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import NamedTuple

from gateway.clock import SystemClock
from gateway.storage.secret_box import SecretBox
from gateway.whatsapp.engine import Engine, EngineError
from gateway.whatsapp.neonize.engine import NeonizeEngines
from gateway.whatsapp.neonize.files import FileSets
from gateway.whatsapp.neonize.process import ProcessSpawner
from tests.fakes.engine_sink import Notes
from tests.proofs._proof import Proof, Proving, main
from tests.support.neonize_python import VARIABLE, genuine_engines, neonize_python
from tests.support.workers import workers_of

GOAL = "W1"
WEIGHED = (1, 10)
LATEST_KILL_S = 2.0
CLOCK = SystemClock()


class Left(NamedTuple):
    """What a process holds."""

    workers: int
    descriptors: int
    threads: int
    tasks: int


def held() -> Left:
    """Return what this process holds now."""
    descriptors = len(os.listdir("/proc/self/fd"))
    return Left(len(workers_of(os.getpid())), descriptors, threading.active_count(), len(asyncio.all_tasks()))


async def work(proving: Proving) -> None:
    """Run the cycles with each library there is, then weigh its workers."""
    if not sys.platform.startswith("linux"):
        proving.broke(GOAL, "only Linux tells what a process holds")
        return
    async with silent_proxy() as proxy:
        kinds = {"pretended": lambda folder: pretended_engines(folder)}
        python = neonize_python()
        if python is not None:
            kinds["genuine"] = lambda folder: genuine_engines(folder, python, {"HTTPS_PROXY": proxy})
        else:
            proving.figure(GOAL, "genuine", f"not run: {VARIABLE} names no Python that has it")
        weighed = WEIGHED if proving.runs > PROOF.short else ()
        proving.expect(len(kinds) * (proving.runs + len(weighed)))
        for name, engines_in in kinds.items():
            await _cycles(proving, name, engines_in)
            for count in weighed:
                await _weigh(proving, name, engines_in, count)


def pretended_engines(folder: Path) -> NeonizeEngines:
    """Return engines over workers whose library only pretends; a phone links them at once."""
    spawn = ProcessSpawner((sys.executable, "-m", "tests.fakes.neonize_worker", "scan"))
    return NeonizeEngines(
        FileSets(folder, SecretBox), spawn, CLOCK, version="pretended", max_workers=100, quiet_hour=0
    )


async def _cycles(proving: Proving, name: str, engines_in: Callable[[Path], NeonizeEngines]) -> None:
    folder = proving.folder / name
    engines = engines_in(folder)
    await _cycle(proving, engines)  # the first brings the threads that stay
    before, kills = held(), []
    for number in range(proving.runs):
        kills.append(await _cycle(proving, engines))
        proving.ran(GOAL)
        now = held()
        # The pool of threads grows to its bound and stays; everything else must be as it was.
        is_clean = now._replace(threads=0) == before._replace(threads=0)
        proving.holds(GOAL, is_clean, f"{name} {number}: {before} became {now}")
        left = {path.suffix for path in folder.rglob("*") if path.is_file()} - {"", ".sealed"}
        proving.holds(GOAL, not left, f"{name} {number}: files left: {left}")
        proving.step(name)
    proving.holds(
        GOAL,
        held().threads <= before.threads + 8,
        f"{name}: threads {before.threads} became {held().threads}",
    )
    median_ms, most_ms = statistics.median(kills) * 1000, max(kills) * 1000
    proving.figure(GOAL, f"{name}, told to gone", f"{median_ms:.0f} ms (median), {most_ms:.0f} ms (most)")


async def _cycle(proving: Proving, engines: NeonizeEngines) -> float:
    """Start an engine and end it at a random moment, politely or not; return how long the end took."""
    engine = engines.make()
    starting = asyncio.create_task(_started(engine, Notes()), name="proof:start")
    await asyncio.wait({starting}, timeout=proving.chance.uniform(0, LATEST_KILL_S))
    begun = CLOCK.monotonic()
    starting.cancel()
    await engine.stop(kill=proving.chance.random() < 0.5)
    await asyncio.wait({starting})
    return CLOCK.monotonic() - begun


async def _started(engine: Engine, notes: Notes, salon_id: int = 1) -> None:
    with contextlib.suppress(EngineError):
        await engine.start(salon_id, 1, None, notes)
        await asyncio.get_running_loop().create_future()


async def _weigh(
    proving: Proving, name: str, engines_in: Callable[[Path], NeonizeEngines], count: int
) -> None:
    engines = engines_in(proving.folder / f"{name}-{count}")
    others = set(workers_of(os.getpid()))
    running = [engines.make() for _ in range(count)]
    begun = CLOCK.monotonic()
    await asyncio.gather(*(engine.start(salon, 1, None, Notes()) for salon, engine in enumerate(running, 1)))
    took_s = CLOCK.monotonic() - begun
    await CLOCK.sleep(2)
    pids = set(workers_of(os.getpid())) - others
    weights = [pss_mb(pid) for pid in pids]
    threads = [len(os.listdir(f"/proc/{pid}/task")) for pid in pids]
    proving.holds(GOAL, len(pids) == count, f"{name}: {len(pids)} processes for {count} sessions")
    proving.figure(
        GOAL, f"{name} ×{count}",
        f"{sum(weights) / count:.1f} MB each, {max(threads)} threads, all ready after {took_s:.1f} s",
    )  # fmt: skip
    await asyncio.gather(*(engine.stop(kill=True) for engine in running))
    proving.step(f"{name} ×{count}")


def pss_mb(pid: int) -> float:
    """Return the memory of a process with its share of what it shares, in MB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


@contextlib.asynccontextmanager
async def silent_proxy() -> AsyncIterator[str]:
    """Listen on this machine, take every connection and never answer."""
    taken: set[asyncio.StreamWriter] = set()

    async def take(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.add(writer)
        with contextlib.suppress(ConnectionError):
            while await _reader.read(4096):
                pass
        taken.discard(writer)
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in taken:
            writer.close()
        await server.wait_closed()


PROOF = Proof("neonize_cycles", (GOAL,), work, runs=100, short=3)

if __name__ == "__main__":
    sys.exit(main(PROOF))
