"""Workers as real processes: confined, watched, killed, never outliving their gateway."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.clock import SystemClock
from gateway.domain.sessions import SessionFault
from gateway.storage.secret_box import SecretBox
from gateway.whatsapp.engine import Engine, EngineError
from gateway.whatsapp.neonize.engine import NeonizeEngines
from gateway.whatsapp.neonize.files import FileSets
from gateway.whatsapp.neonize.process import ProcessSpawner, worker_environment
from gateway.whatsapp.pool import ReconcilingPool
from shared.vocabulary import PairingMethod, WhatsappState
from tests.contract.simulator_bench import PlainSealer
from tests.fakes.engine_sink import Notes
from tests.fakes.neonize_worker import SECRETS
from tests.fakes.session_store import InMemorySessionStore
from tests.support.waiting import until
from tests.support.workers import is_running, workers_of

SALON = 101
PARENT = """
import asyncio, sys
from pathlib import Path
from tests.fakes.engine_sink import Notes
from tests.unit.whatsapp.neonize.test_processes import engines_of, SALON

async def main():
    notes = Notes()
    engine = engines_of(Path(sys.argv[2]), sys.argv[1]).make()
    await engine.start(SALON, 1, None, notes)
    while not notes.texts:
        await asyncio.sleep(0.01)
    print(notes.texts[0], flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


_others: set[int] = set()
"""Children of the tests' own process that were there before: a browser's driver, for instance."""


@pytest.fixture(autouse=True)
def _know_the_others() -> None:
    _others.clear()
    _others.update(workers_of(os.getpid()))


def workers_left() -> list[int]:
    """Return the workers that run now."""
    return [pid for pid in workers_of(os.getpid()) if pid not in _others]


class QuickClock(SystemClock):
    """Real time, but faster for whoever sleeps."""

    def __init__(self, times: float) -> None:
        self._times = times

    async def sleep(self, seconds: float) -> None:
        """Wait for a part of it."""
        await super().sleep(seconds / self._times)


def engines_of(
    folder: Path,
    mode: str,
    clock: SystemClock | None = None,
    *,
    max_workers: int = 4,
    module: str = "tests.fakes.neonize_worker",
) -> NeonizeEngines:
    """Return engines whose workers have the given manners."""
    spawn = ProcessSpawner((sys.executable, "-m", module, mode))
    return NeonizeEngines(
        FileSets(folder, SecretBox), spawn, clock or SystemClock(), version="test", max_workers=max_workers,
        quiet_hour=0,
    )  # fmt: skip


class Started:
    """One started engine with what it told."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._engines: list[Engine] = []
        self.notes = Notes()

    async def start(self, mode: str, clock: SystemClock | None = None) -> Engine:
        """Start an engine of its own kind."""
        engine = engines_of(self._folder, mode, clock).make()
        self._engines.append(engine)
        await engine.start(SALON, 1, None, self.notes)
        return engine

    async def told(self, what: str) -> None:
        """Wait until it was told."""

        async def look() -> bool:
            return what in self.notes.told

        await until(look, what=f"{what} in {self.notes.told}")

    async def close(self) -> None:
        """End what was started."""
        for engine in self._engines:
            await engine.stop(kill=True)


@pytest.fixture
async def started(tmp_path: Path) -> AsyncIterator[Started]:
    """Return what starts engines and ends them."""
    made = Started(tmp_path)
    yield made
    await made.close()


async def test_a_worker_pairs_opens_and_ends_with_its_pipe(started: Started) -> None:
    engine = await started.start("scan")
    await started.told("opened")
    assert started.notes.told == ["qr 60", "paired", "opened"]
    await engine.stop(kill=False)
    assert started.notes.told == ["qr 60", "paired", "opened"], "its end concerns nobody any more"


async def test_a_worker_is_confined(started: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARTNER_TOKEN", "a token nobody else may see")
    monkeypatch.setenv("DATA_KEY", "a key nobody else may see")
    await started.start("facts")
    await started.told("qr 60")
    facts = json.loads(started.notes.texts[0])
    assert facts["core"] == [0, 0]
    assert facts["files"] == [256, 256]
    assert facts["umask"] == 0o077
    environment = facts["environment"]
    assert environment.keys() <= worker_environment(os.environ).keys() | {"LC_CTYPE"}
    assert environment["NEONIZE_BOT_TAG"] == "off"
    assert "nobody else" not in json.dumps(facts)
    # standard streams, pipe and lock; the loop's own three; the listing itself
    assert facts["descriptors"] is None or facts["descriptors"] <= 10


@pytest.mark.parametrize("mode", ["garbage", "long", "unknown", "states", "pongs"])
@pytest.mark.expects_log("worker_broke_protocol")
async def test_a_worker_that_breaks_the_protocol_is_killed(started: Started, mode: str) -> None:
    engine = await started.start(mode)
    await started.told("closed crashed")
    await engine.stop(kill=False)
    with pytest.raises(EngineError):
        await engine.request_code("79161234567")


async def test_a_flood_of_messages_is_held_back_and_ends_the_worker(
    started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    database_is_back = asyncio.Event()

    async def received(_message: object) -> bool:
        await database_is_back.wait()
        return True

    monkeypatch.setattr(started.notes, "received", received)
    engine = await started.start("flood")

    async def is_gone() -> bool:
        return not workers_left()

    await until(is_gone, timeout_s=60, what="the worker ends by itself")
    assert started.notes.told == []
    database_is_back.set()
    await started.told("closed crashed")
    await engine.stop(kill=False)


@pytest.mark.parametrize(("mode", "fault"), [("version", "engine_missing"), ("nonsense", "engine_crashed")])
async def test_a_worker_that_cannot_begin_is_an_error_and_leaves_nothing(
    tmp_path: Path, mode: str, fault: str
) -> None:
    module = "tests.fakes.neonize_worker" if mode == "version" else "tests.fakes.no_such_module"
    engines = engines_of(tmp_path, mode, max_workers=1, module=module)
    for _ in range(2):  # the one place is free again
        with pytest.raises(EngineError) as caught:
            await engines.make().start(SALON, 1, None, Notes())
        assert caught.value.fault == fault
    assert workers_left() == []
    assert [path.name for path in (tmp_path / "company_101").iterdir()] == ["lock"]


async def test_a_slow_start_is_waited_for(started: Started) -> None:
    await started.start("slow")
    await started.told("qr 60")


async def test_an_aborted_worker_is_a_crash_and_the_gateway_lives(started: Started) -> None:
    engine = await started.start("abort")
    await started.told("closed crashed")
    await engine.stop(kill=False)
    again = await started.start("scan")
    await started.told("opened")
    await again.stop(kill=False)


async def test_a_worker_that_keeps_aborting_is_started_three_times_with_pauses_and_given_up(
    tmp_path: Path,
) -> None:
    clock = QuickClock(5)  # starting may still take 6 s
    store = InMemorySessionStore(clock)
    pool = ReconcilingPool(store, PlainSealer(), engines_of(tmp_path, "abort", clock), clock, owner="one")
    await pool.restore()
    try:
        begun = clock.monotonic()
        await pool.ensure(SALON, pairing=PairingMethod.QR)

        async def has_failed() -> bool:
            return (await pool.get(SALON)).state is WhatsappState.FAILED

        await until(has_failed, what="given up")
        session = await pool.get(SALON)
        assert (session.error, session.generation) == ("engine_crashed", 3)
        assert clock.monotonic() - begun > 0.8 * (1 + 2) / 5
    finally:
        await pool.close()
    assert workers_left() == []


async def test_what_the_library_says_at_its_end_is_the_cause(started: Started) -> None:
    await started.start("replaced")
    await started.told("closed replaced")


@pytest.mark.expects_log("worker_hung")
async def test_a_hung_worker_is_found_by_its_missing_heartbeat_and_killed(started: Started) -> None:
    engine = await started.start("hang", QuickClock(100))
    await started.told("closed crashed")
    await engine.stop(kill=False)
    assert workers_left() == []


async def test_stopping_a_hung_worker_takes_half_a_second(started: Started) -> None:
    engine = await started.start("hang")
    await started.told("qr 60")
    begun = SystemClock().monotonic()
    await engine.stop(kill=False)
    assert 0.4 < SystemClock().monotonic() - begun < 3
    assert workers_left() == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
@pytest.mark.parametrize("mode", ["facts", "hang"])
async def test_no_worker_outlives_a_killed_gateway(tmp_path: Path, mode: str) -> None:
    """`facts` would see the end of its pipe; `hang` stands still and can only be ended by the system."""
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, mode, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    pid = int(json.loads(await parent.stdout.readline())["pid"])
    assert is_running(pid)
    parent.kill()
    await parent.communicate()

    async def is_gone() -> bool:
        return not is_running(pid)

    await until(is_gone, timeout_s=5, what="the worker ends")
    (tmp_path / "company_101" / "lock").unlink()


async def test_what_workers_print_is_cleaned_cut_and_never_in_the_way(
    started: Started, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "gateway.whatsapp.neonize")
    await started.start("chatty")

    async def is_printed() -> bool:
        return any("the end" in said for said in printed())

    def printed() -> list[str]:
        return [vars(each)["reason"] for each in caplog.records if each.getMessage() == "worker_printed"]

    await until(is_printed, what="the last line")
    assert all(len(said) <= 300 for said in printed())
    assert sum("fatal error:" in said for said in printed()) == len(SECRETS)
    for secret in SECRETS:
        assert not any(secret in said for said in printed()), secret


async def test_the_files_of_a_session_have_one_worker_on_a_machine(started: Started, tmp_path: Path) -> None:
    first = await started.start("facts")
    with pytest.raises(EngineError) as caught:
        await engines_of(tmp_path, "facts").make().start(SALON, 2, None, Notes())
    assert caught.value.fault is SessionFault.POOL_UNAVAILABLE
    await started.told("qr 60")
    await first.stop(kill=False)
    second = engines_of(tmp_path, "facts").make()
    await second.start(SALON, 2, None, Notes())
    await second.stop(kill=True)


@pytest.mark.expects_log("engines_at_capacity")
async def test_no_more_workers_start_than_may_run(tmp_path: Path) -> None:
    engines = engines_of(tmp_path, "facts", max_workers=1)
    first, second = engines.make(), engines.make()
    await first.start(SALON, 1, None, Notes())
    with pytest.raises(EngineError) as caught:
        await second.start(SALON + 1, 1, None, Notes())
    assert caught.value.fault is SessionFault.POOL_UNAVAILABLE
    await first.stop(kill=False)
    third = engines.make()
    await third.start(SALON + 1, 1, None, Notes())
    await third.stop(kill=True)


@pytest.mark.parametrize("after_s", [0.0, 0.01, 0.05, 0.2])
async def test_a_start_that_is_interrupted_leaves_nothing(tmp_path: Path, after_s: float) -> None:
    engine = engines_of(tmp_path, "slow").make()
    starting = asyncio.create_task(engine.start(SALON, 1, None, Notes()))
    await asyncio.sleep(after_s)
    starting.cancel()
    await asyncio.wait({starting})
    await engine.stop(kill=True)
    assert workers_left() == []
    again = engines_of(tmp_path, "facts").make()
    await again.start(SALON, 1, None, Notes())
    await again.stop(kill=True)
