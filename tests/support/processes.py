"""The gateway as a process of its own, to be stopped and killed like one."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import httpx

from gateway.bootstrap import Gateway
from gateway.clock import SystemClock
from gateway.sandbox.app import Sandbox
from gateway.storage.database import Storage
from gateway.storage.embedded import EmbeddedPostgres
from tests.support.harness import APPLICATION_ID, PARTNER_TOKEN, Harness, running_sandbox
from tests.support.waiting import until

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0
JWT_SECRET = "jwt-secret-for-tests-0123456789abcdef"
DATA_KEY = base64.b64encode(bytes(range(32))).decode()


def free_port() -> int:
    """Return a loopback port that nobody uses now, and that no outgoing connection will be given meanwhile."""
    for _ in range(100):
        port = random.randrange(12_000, 30_000)  # below the ports that systems hand out by themselves
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no free port")


def command_of(*arguments: str, module: str = "gateway") -> list[str]:
    """Return the command line of `python -m gateway` (or of a module that stands in for it) with arguments."""
    return [sys.executable, "-m", module, *arguments]


def clean_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return an environment with these settings and nothing of the machine's own; a spool is where one is started."""
    kept = ("PATH", "HOME", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "LANG")
    own = {name: os.environ[name] for name in kept if name in os.environ}
    return (
        own
        | {
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "PYTHONIOENCODING": "utf-8",
            "SPOOL_DIR": "spool",
        }
        | dict(settings)
    )


@dataclass(slots=True)
class Finished:
    """What a command that ended left behind."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Both outputs."""
        return self.out + self.err


async def run_command(
    *arguments: str, settings: Mapping[str, str], folder: Path, timeout_s: float = START_TIMEOUT_S
) -> Finished:
    """Run one command of the gateway in `folder` to its end."""

    def run() -> Finished:
        done = subprocess.run(
            command_of(*arguments), cwd=folder, env=clean_environment(settings), capture_output=True, check=False,
            text=True, encoding="utf-8", timeout=timeout_s, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return Finished(done.returncode, done.stdout, done.stderr)

    return await asyncio.to_thread(run)


@dataclass(slots=True)
class Program:
    """One long-running command of the gateway and its output, kept over restarts."""

    folder: Path
    arguments: tuple[str, ...]
    settings: Mapping[str, str]
    module: str = "gateway"
    starts: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Number of the process."""
        assert self._process is not None
        return self._process.pid

    def launch(self) -> None:
        """Start the process and do not wait for anything."""
        assert not self.is_running
        self.starts += 1
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command_of(*self.arguments, module=self.module), cwd=self.folder, env=clean_environment(self.settings),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

    def kill(self) -> None:
        """End the process as a power cut would: SIGKILL, nothing is told to it."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(STOP_TIMEOUT_S)

    async def stop(self) -> int:
        """Ask the process to end and return its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return await self.ended()

    async def ended(self, timeout_s: float = STOP_TIMEOUT_S) -> int:
        """Wait until the process has ended by itself and return its exit code."""
        process = self._process
        assert process is not None

        async def has_ended() -> bool:
            return process.poll() is not None

        await until(has_ended, timeout_s=timeout_s, what=f"the end of {self.arguments}")
        return int(process.returncode)

    def output(self) -> str:
        """Return everything the process has said, over all its lives."""
        return self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""

    @property
    def _log(self) -> Path:
        return self.folder / f"{self.arguments[0]}-{id(self)}.log"


@dataclass(slots=True)
class ServingGateway:
    """`python -m gateway serve` on a port of its own."""

    program: Program
    url: str
    http: httpx.AsyncClient

    async def start(self) -> None:
        """Start and wait until the health check answers. AssertionError with its words when it ends instead."""
        self.program.launch()
        await self.is_up()

    async def is_up(self) -> None:
        """Wait until the health check answers."""

        async def answers() -> bool:
            assert self.program.is_running, f"serve ended: {self.program.output()[-3000:]}"
            with contextlib.suppress(httpx.TransportError):
                return (await self.http.get(f"{self.url}/marketplace/health")).status_code == 200
            return False

        await until(answers, timeout_s=START_TIMEOUT_S, what="serve answers its health check")

    def kill(self) -> None:
        """SIGKILL."""
        self.program.kill()

    async def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        return await self.program.stop()

    async def restart(self) -> None:
        """Kill and start again."""
        self.kill()
        await self.start()


def settings_of(port: int, sandbox_url: str, **more: str) -> dict[str, str]:
    """Return the environment of a gateway that talks to a sandbox; on which server, our own environment may say."""
    url = f"http://127.0.0.1:{port}"
    chosen = {name: os.environ[name] for name in ("HTTP_SERVER",) if name in os.environ}
    return chosen | {
        "PARTNER_TOKEN": PARTNER_TOKEN, "APPLICATION_ID": str(APPLICATION_ID), "PUBLIC_URL": url,
        "BIND": f"127.0.0.1:{port}", "JWT_SECRET": JWT_SECRET, "DATA_KEY": DATA_KEY, "YCLIENTS_API_URL": sandbox_url,
        "MARKETPLACE_URL": sandbox_url,
    } | more  # fmt: skip


@dataclass(slots=True)
class Town:
    """A sandbox in this process and a gateway in another."""

    gateway: ServingGateway
    sandbox: Sandbox
    sandbox_url: str
    harness: Harness
    """Speaks to the gateway over HTTP and reads its database; knows nothing of its insides."""

    folder: Path

    def another(self, port: int) -> ServingGateway:
        """Return a second gateway on the same database, not started yet."""
        settings = dict(self.gateway.program.settings) | {"BIND": f"127.0.0.1:{port}"}
        program = Program(self.folder, ("serve",), settings)
        return ServingGateway(program, f"http://127.0.0.1:{port}", self.gateway.http)


@dataclass(slots=True)
class _Distant:
    """The one part of a gateway in another process that can be reached from here: its database."""

    storage: Storage


@contextlib.contextmanager
def embedded_data_dir() -> Iterator[Path]:
    """A DATA_DIR that leaves nothing behind: no server, and no cluster, which root would put into a system folder."""
    folder = Path(tempfile.mkdtemp(prefix="ai-admin-"))
    folder.chmod(0o755)
    data_dir = folder / "data"
    try:
        yield data_dir
    finally:
        for note in folder.rglob("postmaster.pid"):
            with EmbeddedPostgres(note.parents[2]):  # to leave as its last user stops it
                pass
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.asynccontextmanager
async def running_town(
    folder: Path, *, sandbox_config: Mapping[str, Any] | None = None, **settings: str
) -> AsyncIterator[Town]:
    """Run a sandbox and make ready to `serve` beside it; `settings` name DATABASE_URL or DATA_DIR.

    Whatever of it still runs at the end is killed.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    async with contextlib.AsyncExitStack() as stack:
        sandbox, sandbox_url = await stack.enter_async_context(running_sandbox(url, **(sandbox_config or {})))
        http = await stack.enter_async_context(
            httpx.AsyncClient(base_url=url, trust_env=False, timeout=20, verify=False)
        )
        program = Program(folder, ("serve",), settings_of(port, sandbox_url, **settings))
        stack.callback(end, program)
        database_url = settings.get("DATABASE_URL", "postgresql://nowhere/")
        storage = Storage(database_url, pool_size=4, now=SystemClock().now)
        stack.push_async_callback(storage.close)
        harness = Harness(cast(Gateway, _Distant(storage)), sandbox, http, url, database_url)
        yield Town(ServingGateway(program, url, http), sandbox, sandbox_url, harness, folder)


def end(program: Program) -> None:
    """Kill a program if it still runs."""
    if program.is_running:
        program.kill()


def kill_server(pgdata: Path) -> None:
    """SIGKILL a server: the postmaster and everything it has started."""
    postmaster = int((pgdata / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
    started = [int(each) for each in _children_of(postmaster)]
    for process in (postmaster, *started):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def _children_of(process: int) -> list[str]:
    try:
        return Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
    except OSError:
        return []  # they end by themselves when they miss the postmaster
