"""The worker: one session's library in a process of its own.

`python -m gateway.whatsapp.neonize.worker PIPE LOCK PARENT`: two inherited descriptors and the gateway's process id.
It ends with its pipe, with its parent and after anything final that its library reports, never by itself otherwise.
Only this process ever imports the library.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import ctypes
import os
import resource
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, Protocol

from gateway.domain.sessions import CloseCause, SessionFault
from gateway.whatsapp.engine import EngineError
from gateway.whatsapp.neonize import pipe
from gateway.whatsapp.neonize.pipe import PipeError, Tell

MAX_DESCRIPTORS = 256
MAX_UNSENT_BYTES = 8 * 1024 * 1024
"""What may wait for the gateway; a library that tells more ends the worker, as any defect does."""

THREADS = 8
"""The library keeps one thread of asyncio's executor for its whole life; the default pool may be as small as 5."""

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_BAD_ORDER = 2

Call = Callable[..., Awaitable[str | None]]


class Library(Protocol):
    """What carries the session in this process. Its calls are never made two at a time."""

    def load(self) -> str:
        """Load it and return its name and version. Raises EngineError(engine_missing)."""

    async def connect(self, hello: pipe.Hello, tell: Tell) -> None:
        """Begin to connect with the database's credentials, or to pair without; report with `tell` from then on."""

    async def pair_code(self, phone: str) -> str:
        """Return a pairing code's symbols. Raises EngineError."""

    async def send(self, number: int, to: str, text: str) -> str:
        """Send a text and return its message id; `number` is the order's. Raises EngineError."""

    async def logout(self) -> None:
        """Take our device off the phone. Raises EngineError."""


class Session:
    """Serves one pipe until its end."""

    def __init__(
        self, reader: asyncio.StreamReader, write: Callable[[bytes], None], library: Library
    ) -> None:
        self._reader = reader
        self._write = write
        self._library = library
        self._calls = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._over = asyncio.get_running_loop().create_future()

    async def run(self) -> int:
        """Return the process' exit code once there is nothing more to do."""
        serving = asyncio.create_task(self._serve(), name="worker:serve")
        try:
            await asyncio.wait({serving, self._over}, return_when=asyncio.FIRST_COMPLETED)
            return serving.result() if serving.done() else 0
        finally:
            for task in (serving, *self._tasks):
                task.cancel()
            await asyncio.gather(serving, *self._tasks, return_exceptions=True)

    async def _serve(self) -> int:
        try:
            if not await self._greet():
                return 0
            while line := await self._reader.readline():
                self._obey(pipe.read_order(line))
        except (PipeError, ValueError):
            return _BAD_ORDER
        except ConnectionError:
            pass
        return 0

    async def _greet(self) -> bool:
        line = await self._reader.readline()
        if not line:
            return False
        hello = pipe.read_order(line)
        if not isinstance(hello, pipe.Hello):
            raise PipeError("hello")
        if hello.version != pipe.VERSION:
            self._tell(pipe.Exit(SessionFault.ENGINE_MISSING))
            return False
        try:
            name = self._library.load()
        except EngineError as error:
            self._tell(pipe.Exit(error.fault))
            return False
        self._tell(pipe.Ready(pipe.VERSION, name))
        self._spawn(self._library.connect(hello, self._tell), "connect")
        return True

    def _obey(self, order: pipe.Order) -> None:
        match order:
            case pipe.Ping():
                self._tell(pipe.Pong(order.id))
            case pipe.PairCode():
                self._call(order.id, self._library.pair_code, order.phone)
            case pipe.Send():
                self._call(order.id, self._library.send, order.id, order.to, order.text)
            case pipe.Logout():
                self._call(order.id, self._library.logout)
            case _:
                raise PipeError("hello")

    def _call(self, number: int, call: Call, *args: object) -> None:
        self._spawn(self._answer(number, call, args), f"order-{number}")

    async def _answer(self, number: int, call: Call, args: Sequence[object]) -> None:
        value: str | None = None
        fault: SessionFault | None = None
        async with self._calls:
            try:
                value = await call(*args)
            except EngineError as error:
                fault = error.fault
        self._tell(pipe.Result(number, value, fault))

    def _tell(self, report: pipe.Report) -> None:
        if self._over.done():
            return
        try:
            self._write(pipe.report_line(report))
        except BufferError:
            self._over.set_result(None)
        if isinstance(report, pipe.Exit) and not self._over.done():
            self._over.set_result(None)

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=f"worker:{name}")
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            print(f"{task.get_name()}: {type(task.exception()).__name__}", file=sys.stderr)
            self._tell(pipe.Exit(CloseCause.CRASHED))


def harden(parent: int) -> None:
    """Die with the parent, leave no core file, take few descriptors, make files for nobody else.

    Linux' parent-death signal belongs to the parent's thread that started us: the event loop's, which lasts.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we could say so
        os._exit(0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    few = MAX_DESCRIPTORS if most == resource.RLIM_INFINITY else min(MAX_DESCRIPTORS, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (few, few))
    os.umask(0o077)


def main(arguments: Sequence[str], library: Library) -> None:
    """Serve the inherited pipe with a library and end the process, whatever threads the library still has."""
    line, lock, parent = (int(each) for each in arguments)
    os.set_inheritable(line, False)
    os.set_inheritable(lock, False)
    harden(parent)
    os._exit(asyncio.run(_serve(socket.socket(fileno=line), library)))


async def _serve(line: socket.socket, library: Library) -> int:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(concurrent.futures.ThreadPoolExecutor(THREADS))
    reader, writer = await asyncio.open_unix_connection(sock=line, limit=pipe.MAX_LINE_BYTES)

    def write(report: bytes) -> None:
        writer.write(report)
        if writer.transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            raise BufferError("the gateway does not take it in")

    code = await Session(reader, write, library).run()
    with suppress(ConnectionError, TimeoutError):
        await asyncio.wait_for(writer.drain(), 1)
    writer.close()
    with suppress(ConnectionError, TimeoutError):
        await asyncio.wait_for(writer.wait_closed(), 1)
    # Not by returning: the loop would wait for threads that the library never gives back.
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    from gateway.whatsapp.neonize.library import NeonizeLibrary

    main(sys.argv[1:], NeonizeLibrary())
