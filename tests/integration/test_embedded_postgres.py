"""The embedded Postgres: whose folders it touches, who shares it, what it survives, what it says when it cannot."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

import asyncpg
import pytest

from gateway.storage import embedded
from gateway.storage.embedded import EmbeddedPostgres, EmbeddedPostgresError
from tests.support.processes import ROOT, clean_environment, kill_server
from tests.support.waiting import until

IS_ROOT = os.name == "posix" and os.geteuid() == 0

_USER = """
import sys
from pathlib import Path
from gateway.storage import embedded
embedded.SYSTEM_DIR = Path(sys.argv[2])
with embedded.EmbeddedPostgres(Path(sys.argv[1])) as server:
    print(server.url, flush=True)
    sys.stdin.readline()
"""
"""A process that uses the server until a line comes on its input."""


@pytest.fixture(autouse=True)
def system_dir(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A system folder for clusters that this test alone uses; others may pass through it, as through the real one."""
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    folder.chmod(0o755)
    monkeypatch.setattr(embedded, "SYSTEM_DIR", folder)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """A data folder's path inside a folder that nobody else may enter."""
    parent = tmp_path / "private"
    parent.mkdir(mode=0o700)
    return parent / "data"


class User:
    """Another process that uses the server of a data folder."""

    def __init__(self, data_dir: Path, system_dir: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _USER, str(data_dir), str(system_dir)], cwd=ROOT, env=clean_environment({}),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def has_entered(self) -> str:
        """Wait until it uses the server and return the server's address."""
        assert self.process.stdout is not None
        url = self.process.stdout.readline().strip()
        assert url, self.process.communicate(timeout=60)[1]
        return url

    def leave(self) -> None:
        """Let it leave properly."""
        assert self.process.communicate("\n", timeout=60)[1] == ""
        assert self.process.returncode == 0

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.communicate(timeout=60)

    def kill_when(self, moment: Callable[[], bool]) -> None:
        """SIGKILL at a moment that may be over in a few milliseconds."""
        while not moment():
            assert self.process.poll() is None, "the moment never came"
            time.sleep(0.001)
        self.kill()


@contextmanager
def using(data_dir: Path, system_dir: Path) -> Iterator[User]:
    user = User(data_dir, system_dir)
    try:
        yield user
    finally:
        if user.process.poll() is None:
            user.kill()


async def answer(url: str, question: str = "SELECT 42") -> object:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def wrote(url: str, value: int) -> None:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        await connection.execute("CREATE TABLE IF NOT EXISTS kept (value integer)")
        await connection.execute("INSERT INTO kept VALUES ($1)", value)
    finally:
        await connection.close()


async def stays_silent(url: str) -> bool:
    try:
        await answer(url)
    except (OSError, asyncpg.PostgresError):
        return True
    return False


def modes(*folders: Path) -> dict[Path, int]:
    return {folder: folder.stat().st_mode for folder in folders}


def is_for_its_owner_alone(folder: Path) -> bool:
    """Whether others can neither look into a folder nor pass it, and Postgres, which refuses to be root, owns it."""
    about = folder.stat()
    return not about.st_mode & 0o077 and about.st_uid != 0


def is_there(folder: Path) -> bool:
    return folder.exists()


def cluster_of(data_dir: Path) -> Path:
    note = data_dir / "postgres.location"
    return Path(note.read_text(encoding="utf-8").strip()) if note.exists() else data_dir / "postgres"


async def test_no_folder_that_is_not_ours_is_opened_to_others(private: Path, system_dir: Path) -> None:
    """The wheel's own starter, run by root, lets the world into every parent of the data folder."""
    above = [private.parent, *private.parent.parents]
    programs = Path(sys.prefix)
    before = modes(*above, programs, programs.parent)
    with EmbeddedPostgres(private) as server:
        assert await answer(server.url) == 42
        assert modes(*above, programs, programs.parent) == before
        cluster = cluster_of(private)
        assert server.pgdata.parent == cluster
        assert is_for_its_owner_alone(cluster)
        assert is_for_its_owner_alone(server.pgdata)
        assert cluster.is_relative_to(system_dir / "clusters" if IS_ROOT else private)
    with EmbeddedPostgres(private) as again:
        assert again.pgdata.parent == cluster
    assert modes(*above, programs, programs.parent) == before


async def test_a_data_folder_that_everybody_may_pass_through_holds_the_cluster_itself(
    system_dir: Path,
) -> None:
    data_dir = system_dir / "data"
    with EmbeddedPostgres(data_dir) as server:
        assert await answer(server.url) == 42
        assert server.pgdata.parent == data_dir / "postgres"
        assert cluster_of(data_dir) == data_dir / "postgres"
        assert is_for_its_owner_alone(data_dir / "postgres")


async def test_a_folder_name_too_long_for_a_socket_is_no_obstacle(system_dir: Path) -> None:
    data_dir = system_dir / ("long-" * 30)
    with EmbeddedPostgres(data_dir) as server:
        assert await answer(server.url) == 42
        socket_dir = Path(unquote(server.url.partition("host=")[2]))
        assert socket_dir != server.pgdata.parent
        assert is_for_its_owner_alone(socket_dir)
    assert not is_there(socket_dir)
    with EmbeddedPostgres(data_dir) as again:
        assert await answer(again.url) == 42


async def test_two_processes_share_the_server_and_the_last_one_stops_it(
    private: Path, system_dir: Path
) -> None:
    with using(private, system_dir) as first, using(private, system_dir) as second:
        url = first.has_entered()
        assert second.has_entered() == url
        await wrote(url, 7)
        first.leave()
        assert await answer(url, "SELECT value FROM kept") == 7
        second.leave()
        assert await stays_silent(url)
    with EmbeddedPostgres(private) as later:
        assert await answer(later.url, "SELECT value FROM kept") == 7


async def test_a_killed_process_leaves_the_server_to_the_next_one(private: Path, system_dir: Path) -> None:
    with using(private, system_dir) as first:
        url = first.has_entered()
        started = await answer(url, "SELECT pg_postmaster_start_time()")
        first.kill()
        assert await answer(url) == 42
    with EmbeddedPostgres(private) as server:
        assert server.url == url
        assert await answer(url, "SELECT pg_postmaster_start_time()") == started
    assert await stays_silent(url)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
async def test_a_server_that_died_is_started_again_at_its_address(private: Path, system_dir: Path) -> None:
    with EmbeddedPostgres(private) as server:
        url = server.url
        assert not server.revive()
        kill_server(server.pgdata)
        await until(lambda: asyncio.to_thread(server.revive), what="a server that is missed")
        assert not server.revive()
        connection = await asyncpg.connect(url)
        assert await connection.fetchval("SELECT 1") == 1
        await connection.close()


async def test_writes_are_durable_unless_a_test_says_otherwise(private: Path) -> None:
    with EmbeddedPostgres(private) as server:
        shown = [
            await answer(server.url, f"SHOW {name}")
            for name in ("fsync", "synchronous_commit", "full_page_writes")
        ]
        assert shown == ["on", "on", "on"]
        assert await answer(server.url, "SHOW listen_addresses") == ""
        assert await answer(server.url, "SHOW TimeZone") == "UTC"


@pytest.mark.parametrize("left_over", ["pgdata", "pgdata.new", "pgdata.new.0a1b2c3d"])
async def test_what_an_interrupted_initdb_left_is_cleared_away(private: Path, left_over: str) -> None:
    with EmbeddedPostgres(private) as server:
        cluster = server.pgdata.parent
    half_made(cluster / "pgdata", cluster / left_over)
    with EmbeddedPostgres(private) as server:
        assert await answer(server.url) == 42
    assert clusters_in(cluster) == ["pgdata"]


def half_made(pgdata: Path, left_over: Path) -> None:
    """Leave a cluster the way an initdb that was cut short leaves it: without its last file, PG_VERSION."""
    (pgdata / "PG_VERSION").unlink()
    pgdata.rename(left_over)


def clusters_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("pgdata*"))


async def test_a_kill_in_the_middle_of_initdb_does_not_hinder_the_next_start(
    private: Path, system_dir: Path
) -> None:
    """The killed process' initdb goes on working in its folder while the next one makes another."""
    with using(private, system_dir) as first:
        first.kill_when(lambda: any(cluster_of(private).glob("pgdata.new*/global")))
    with EmbeddedPostgres(private) as server:
        assert await answer(server.url) == 42
        assert await answer(server.url, "SELECT count(*) > 100 FROM pg_class") is True
    with EmbeddedPostgres(private) as again:
        assert await answer(again.url) == 42


async def test_a_kill_while_the_server_starts_does_not_hinder_the_next_start(
    private: Path, system_dir: Path
) -> None:
    with EmbeddedPostgres(private) as server:
        await wrote(server.url, 1)
    with using(private, system_dir) as first:
        first.kill_when((cluster_of(private) / "pgdata" / "postmaster.pid").exists)
    with EmbeddedPostgres(private) as server:
        assert await answer(server.url, "SELECT value FROM kept") == 1


def test_a_broken_cluster_is_told_with_the_end_of_its_log(private: Path) -> None:
    with EmbeddedPostgres(private) as server:
        pgdata = server.pgdata
    (pgdata / "PG_VERSION").write_text("9.6\n")
    with pytest.raises(EmbeddedPostgresError, match=r"did not start; its log .*\n(.*\n)*.*version 9\.6"):
        EmbeddedPostgres(private).__enter__()
    shutil.rmtree(pgdata / "global")
    (pgdata / "PG_VERSION").write_text("18\n")
    with pytest.raises(EmbeddedPostgresError, match="did not start"):
        EmbeddedPostgres(private).__enter__()


def test_a_cluster_that_is_gone_is_never_replaced_by_an_empty_one(private: Path, system_dir: Path) -> None:
    private.mkdir()
    gone = system_dir / "clusters" / "0123456789ab"
    (private / "postgres.location").write_text(f"{gone}\n")
    if not IS_ROOT:  # only root keeps a cluster apart from its data folder
        return
    with pytest.raises(EmbeddedPostgresError, match=r"is gone.*postgres\.location"):
        EmbeddedPostgres(private).__enter__()


def test_a_data_folder_that_cannot_be_used_is_told_in_a_sentence(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    with pytest.raises(EmbeddedPostgresError, match=r"cannot use its folder: .*file.*DATA_DIR"):
        EmbeddedPostgres(in_the_way / "data").__enter__()


def test_a_server_that_refuses_to_start_leaves_no_lock_behind(private: Path) -> None:
    with pytest.raises(EmbeddedPostgresError, match="did not start"):
        EmbeddedPostgres(private, options=("-c", "no_such_setting=1")).__enter__()
    with EmbeddedPostgres(private) as server:
        assert server.pgdata.exists()
