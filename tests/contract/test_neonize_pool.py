"""The pool over neonize's workers, held to the suite: real files, the worker's own code, a pretended library."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gateway.domain.sessions import CloseCause
from gateway.whatsapp.neonize import engine as engine_module
from gateway.whatsapp.neonize.engine import recycle_at
from gateway.whatsapp.port import SessionPool
from shared.vocabulary import WhatsappState
from tests.contract.neonize_bench import NeonizeBench
from tests.contract.session_pool_suite import SALON, SessionPoolSuite, connected, pool, shown, types_of
from tests.fakes.clock import settle

__all__ = ["pool"]

W = WhatsappState


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[NeonizeBench]:
    """Return an empty world."""
    made = NeonizeBench(tmp_path / "neonize")
    yield made
    await made.close()


class TestNeonizePool(SessionPoolSuite):
    """The run."""


# ------------------------------------------------------------------------------------ beyond the suite


def files_of(bench: NeonizeBench, salon: int = SALON) -> set[str]:
    """Return the kinds of files that lie in a salon's folder."""
    folder = bench.folder / f"company_{salon}"
    return {path.suffix for path in folder.iterdir()} - {""} if folder.exists() else set()


async def test_files_are_plain_only_while_a_worker_runs(bench: NeonizeBench, pool: SessionPool) -> None:
    await connected(bench, pool)
    assert files_of(bench) == {".db"}
    await bench.drive(pool.stop(SALON))
    assert files_of(bench) == {".sealed"}
    await pool.resume(SALON)
    await bench.is_in(pool, SALON, W.CONNECTED)
    assert files_of(bench) == {".db"}


@pytest.mark.parametrize("is_stopped", [False, True], ids=["running", "stopped"])
async def test_a_removed_session_leaves_no_file(
    bench: NeonizeBench, pool: SessionPool, is_stopped: bool
) -> None:
    await connected(bench, pool)
    if is_stopped:
        await bench.drive(pool.stop(SALON))
    await bench.drive(pool.remove(SALON))
    assert not (bench.folder / f"company_{SALON}").exists()


async def test_a_relinked_session_keeps_nothing_of_its_old_phone(
    bench: NeonizeBench, pool: SessionPool
) -> None:
    await connected(bench, pool)
    before = {path.name for path in (bench.folder / f"company_{SALON}").iterdir()}
    await pool.relink(SALON)
    await bench.is_in(pool, SALON, W.PAIRING)
    after = {path.name for path in (bench.folder / f"company_{SALON}").iterdir()}
    assert before & after == {"lock"}


async def test_what_a_killed_process_left_plain_is_sealed_when_the_session_is_stopped(
    bench: NeonizeBench, pool: SessionPool
) -> None:
    await connected(bench, pool)
    clerk = await bench.process("clerk", is_owning=False)
    await bench.kill("first")
    assert files_of(bench) == {".db"}
    stopping = asyncio.create_task(clerk.stop(SALON))
    await settle()
    await bench.process("second")
    await bench.advance(1)
    await stopping
    assert files_of(bench) == {".sealed"}


async def test_files_that_are_gone_or_another_machines_need_a_new_link(
    bench: NeonizeBench, pool: SessionPool
) -> None:
    await connected(bench, pool)
    await bench.drive(pool.stop(SALON))
    next((bench.folder / f"company_{SALON}").glob("*.sealed")).unlink()
    await pool.resume(SALON)
    session = await bench.is_in(pool, SALON, W.FAILED)
    assert session.error == "store_corrupt"
    await pool.relink(SALON)
    await bench.is_in(pool, SALON, W.PAIRING)


async def test_a_worker_is_replaced_in_the_quiet_hour_once_it_is_old(
    bench: NeonizeBench, pool: SessionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "RECYCLE_AFTER", timedelta(minutes=10))
    before = await connected(bench, pool)
    await bench.advance(3600)  # the fake clock begins at midnight, the quiet hour is 1
    assert (await pool.get(SALON)) == before
    session = await bench.until(pool, SALON, lambda s: s.generation > before.generation, at_most_s=3600)
    session = await bench.is_in(pool, SALON, W.CONNECTED, at_most_s=2)
    assert (session.generation, session.linked_at) == (before.generation + 1, before.linked_at)
    assert bench.phone.sockets(SALON) == 1
    assert (await types_of(pool)).count("qr") == 1


async def test_a_passkey_that_the_library_cannot_answer_fails_the_pairing(
    bench: NeonizeBench, pool: SessionPool
) -> None:
    await shown(bench, pool)
    await bench.world.sockets(SALON)[0].close(CloseCause.PASSKEY_UNSUPPORTED)
    session = await bench.is_in(pool, SALON, W.FAILED, at_most_s=1)
    assert session.error == "passkey_required"
    assert bench.phone.sockets(SALON) == 0


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-05-01T12:00", "2026-05-09T03:01:41"), ("2026-05-01T02:59", "2026-05-08T03:01:41"),
        ("2026-05-01T03:00", "2026-05-08T03:01:41"), ("2026-05-01T03:01", "2026-05-09T03:01:41"),
    ],
)  # fmt: skip
def test_a_worker_is_replaced_in_the_first_quiet_hour_after_a_week(now: str, expected: str) -> None:
    begun = datetime.fromisoformat(f"{now}+00:00")
    assert recycle_at(begun, 3, 101) == datetime.fromisoformat(f"{expected}+00:00")
