"""The transport below Socket.IO, made for thousands of connections that are silent most of the time.

The library gives each WebSocket four tasks beside the server's own two: a writer, what the writer waits for, what the
reader waits for, and the next ping. Here a silent one has none: its reader is the server's task, a writer lives as long
as there is something to write, and pings are timers.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any

import engineio
from engineio.async_socket import AsyncSocket
from engineio.exceptions import SocketIsClosedError, UnknownPacketError
from engineio.packet import PING, Packet

WRITTEN_WITHIN_S = 3.0
_log = logging.getLogger("gateway.live")


class Engine(engineio.AsyncServer):  # type: ignore[misc]
    """Knows its background tasks, and never waits for a client to let itself be closed."""

    def __init__(self, **options: Any) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._writers: set[asyncio.Task[None]] = set()
        super().__init__(**options)

    def start_background_task(
        self, target: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = super().start_background_task(target, *args, **kwargs)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def start_writer(
        self, write: Callable[[Any], Coroutine[Any, Any, None]], line: Any
    ) -> asyncio.Task[None]:
        """Start what writes to one line; at the end it may finish, so that whoever is sent away is told."""
        task = self.start_background_task(write, line)
        self._tasks.discard(task)
        self._writers.add(task)
        task.add_done_callback(self._writers.discard)
        return task

    async def disconnect(self, sid: str | None = None) -> None:
        """Close one connection at once; the library would wait for the client to fetch what is queued for it."""
        socket = self.sockets.pop(sid, None)
        if socket is not None:
            await socket.close(wait=False, reason=self.reason.SERVER_DISCONNECT)
            hang_up(socket)

    async def end_tasks(self) -> None:
        """Let the writers finish, cancel what else runs in the background, and wait for its end."""
        if self._writers:
            await asyncio.wait(self._writers, timeout=WRITTEN_WITHIN_S)
        tasks = (*self._tasks, *self._writers)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _trigger_event(self, event: str, *args: Any, **kwargs: Any) -> Any:
        if event == "connect":  # the library has no way to say of which class its sockets shall be
            self.sockets[args[0]].__class__ = LeanSocket
        return await super()._trigger_event(event, *args, **kwargs)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.error("socket_task_failed", exc_info=task.exception())


class LeanSocket(AsyncSocket):  # type: ignore[misc]
    """One connection. A poll is served as the library does it, a WebSocket by the task of its request alone."""

    last_ping: float | None
    connected: bool
    _line: Any = None
    """The WebSocket, while there is one that began as one."""

    _writing: asyncio.Task[None] | None = None
    _ping: asyncio.TimerHandle | None = None

    async def send(self, packet: Packet) -> None:
        """Queue a packet for the client."""
        if await self.check_ping_timeout():
            self.queue.put_nowait(packet)
            self.write()

    def write(self) -> None:
        """Have what is queued written, by a task that ends with the queue."""
        if self._line is not None and self._writing is None:
            self._writing = self.server.start_writer(self._write_all, self._line)

    def schedule_ping(self) -> None:
        """Ping after the usual pause, unless that is on its way already."""
        if self.last_ping:
            self.last_ping = None
            self._ping = asyncio.get_running_loop().call_later(self.server.ping_interval, self._ping_now)

    def _ping_now(self) -> None:
        if not self.closing and not self.closed:
            self.last_ping = time.time()
            self.queue.put_nowait(Packet(PING))
            self.write()

    async def _websocket_handler(self, line: Any) -> None:
        if self.connected:  # a poll that becomes a WebSocket: rare, and as the library does it
            await super()._websocket_handler(line)
            return
        self.connected = self.upgraded = True
        self._line = line
        self.write()
        try:
            await self._hear_all(line)
        finally:
            self._line = None
            if self._writing is not None:
                self._writing.cancel()
            await self.close(wait=False, abort=True, reason=self.server.reason.TRANSPORT_CLOSE)
            if self._ping is not None:
                self._ping.cancel()

    async def _hear_all(self, line: Any) -> None:
        """Take what the client says until it leaves, is closed, or is silent for longer than its pings allow."""
        patience_s = self.server.ping_interval + self.server.ping_timeout
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError, TimeoutError, SocketIsClosedError):
            async with asyncio.timeout(None) as limit:
                while True:
                    limit.reschedule(loop.time() + patience_s)
                    said = await line.wait()
                    limit.reschedule(None)
                    if not said or len(said) > self.server.max_http_buffer_size:
                        return
                    with contextlib.suppress(UnknownPacketError):
                        await self.receive(Packet(encoded_packet=said))

    async def _write_all(self, line: Any) -> None:
        try:
            while not self.queue.empty():
                packet = self.queue.get_nowait()
                self.queue.task_done()
                if packet is None:
                    await line.close()
                    return
                await line.send(packet.encode())
        except Exception as error:  # whatever the server below raises for a line that is gone
            _log.info("line_gone", extra={"cause": type(error).__name__})
            await line.close()
        finally:
            self._writing = None


def hang_up(socket: Any) -> None:
    """End what writes to a connection, after what is queued, and the transport with it."""
    socket.queue.put_nowait(None)
    if isinstance(socket, LeanSocket):
        socket.write()
