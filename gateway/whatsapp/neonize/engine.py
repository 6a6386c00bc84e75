"""Engines that live in worker processes: the gateway's side of the pipe.

Whatever a worker does wrong ends in one way: it is killed and the engine reports `crashed`. Its library aborts the
whole process on concurrent use, hangs while a QR is shown and leaks, all measured with neonize 0.5.2. A process of its
own makes that one session's affair, and is killed in milliseconds.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from gateway.application.ports import Clock
from gateway.domain.session_records import EngineCondition, InboundMessage, MessageReceipt
from gateway.domain.sessions import CloseCause, SessionFault
from gateway.whatsapp.engine import Account, Engine, EngineError, EngineSink
from gateway.whatsapp.memory import resident_bytes
from gateway.whatsapp.neonize import pipe
from gateway.whatsapp.neonize.files import FileSets, OpenFiles
from gateway.whatsapp.neonize.pipe import PipeError
from gateway.whatsapp.neonize.process import Spawner, Worker
from gateway.whatsapp.tasks import TaskBox, within
from shared.vocabulary import session_id_of

HEARTBEAT_S = 5.0
SILENT_PINGS = 3
"""A worker that let so many pings pass without a word is dead: 15 s."""

POLITE_S = 0.5
"""How long a worker may take to end by itself after its pipe was closed."""

MAX_WAITING = 256
"""Reports taken in and not yet handled; then the pipe fills up and the worker waits. 16 MiB at most."""

STATES_A_MINUTE = 120
"""A worker that reports more than that, messages and receipts not counted, has gone mad."""

SETTLE_TRIES = 10
SETTLE_PAUSE_S = 0.2
RECYCLE_AFTER = timedelta(days=7)
MAX_PRINTED_LINES = 200
_MAX_PRINTED_CHARS = 300
_LAST_SECOND_SPREAD_S = 3600
_WORDS: Mapping[type, str] = {
    pipe.Qr: "pairing", pipe.Passkey: "passkey", pipe.Paired: "connecting", pipe.Opened: "open",
    pipe.Reconnecting: "reconnecting",
}  # fmt: skip
"""What a worker's report says of its connection."""

log = logging.getLogger("gateway.whatsapp.neonize")


@dataclass(slots=True)
class Places:
    """How many workers may run in this process at once."""

    free: int


@dataclass(frozen=True, slots=True)
class EngineParts:
    """What all engines of a process share."""

    files: FileSets
    spawn: Spawner
    clock: Clock
    places: Places
    quiet_hour: int
    """Hour of the day, UTC, in which workers that are old are replaced."""

    in_thread: Callable[..., Awaitable[Any]]
    """Runs what blocks on the disk."""


class NeonizeEngines:
    """Makes engines over workers."""

    name = "neonize"

    def __init__(
        self,
        files: FileSets,
        spawn: Spawner,
        clock: Clock,
        *,
        version: str,
        max_workers: int,
        quiet_hour: int,
        in_thread: Callable[..., Awaitable[Any]] = asyncio.to_thread,
    ) -> None:
        """`version` is the library's; `in_thread` runs what blocks on the disk."""
        self.version = f"neonize-{version}"
        self._parts = EngineParts(files, spawn, clock, Places(max_workers), quiet_hour, in_thread)

    def make(self) -> Engine:
        """Return a fresh engine."""
        return NeonizeEngine(self._parts)

    async def settle(self, salon_id: int, credentials: bytes | None) -> None:
        """See `Engines.settle`; a worker that is just being ended is given a moment to let go of the files."""
        for is_last in (*[False] * SETTLE_TRIES, True):
            try:
                await self._parts.in_thread(self._parts.files.settle, salon_id, credentials)
            except EngineError as error:
                if is_last or error.fault is not SessionFault.POOL_UNAVAILABLE:
                    raise
                await self._parts.clock.sleep(SETTLE_PAUSE_S)
            else:
                return


class NeonizeEngine:
    """One worker from its start to its end."""

    def __init__(self, parts: EngineParts) -> None:
        self._parts = parts
        self._clock = parts.clock
        self._tasks = TaskBox()
        self._lasting = TaskBox()
        """What a cancelled caller must not interrupt: beginning and ending."""

        self._beginning: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None
        self._files: OpenFiles | None = None
        self._worker: Worker | None = None
        self._sink: EngineSink | None = None
        self._name = "neonize"
        self._salon_id = 0
        self._ready: asyncio.Future[None] | None = None
        self._answers: dict[int, asyncio.Future[str]] = {}
        self._unanswered: set[int] = set()
        self._states = 0
        self._minute_ends = 0.0
        self._last_order = 0
        self._silent_pings = 0
        self._exit: pipe.Exit | None = None
        self._recycling = False
        self._said = "starting"
        """What the worker reported of its connection last."""

    # ------------------------------------------------------------------------------ as the pool sees it

    async def start(
        self, salon_id: int, generation: int, credentials: bytes | None, sink: EngineSink
    ) -> None:
        """See `Engine.start`. Returns once the worker has loaded its library.

        Raises EngineError: pool_unavailable (no place free, files held or disk full), store_corrupt, engine_missing,
        engine_crashed.
        """
        self._salon_id, self._sink = salon_id, sink
        self._name = f"neonize:{session_id_of(salon_id)}"
        try:
            self._beginning = self._lasting.spawn(self._begin(credentials), f"{self._name}:begin")
            await asyncio.shield(self._beginning)
            assert self._ready is not None
            await self._ready
        except BaseException:
            await self.stop(kill=True)
            raise

    async def stop(self, *, kill: bool) -> None:
        """See `Engine.stop`. Its files are sealed before it returns."""
        if kill and self._worker is not None:
            self._worker.kill()
        if self._ending is None:
            self._ending = self._lasting.spawn(self._end(), f"{self._name}:end")
        await asyncio.shield(self._ending)

    def condition(self) -> EngineCondition:
        """See `Telling.condition`."""
        memory = None if self._worker is None else resident_bytes(self._worker.pid)
        return EngineCondition(self._said, is_open=self._said == "open", memory_bytes=memory)

    async def request_code(self, phone: str) -> str:
        """See `Engine.request_code`."""
        return await self._ask(lambda number: pipe.PairCode(number, phone))

    async def logout(self) -> None:
        """See `Engine.logout`."""
        await self._ask(pipe.Logout)

    async def send_text(self, to: str, text: str, client_ref: str) -> str:
        """See `Engine.send_text`. The library takes no message id of ours, so `client_ref` stays here."""
        return await self._ask(lambda number: pipe.Send(number, to, text))

    # ------------------------------------------------------------------------------ beginning and end

    async def _begin(self, credentials: bytes | None) -> None:
        if self._parts.places.free <= 0:
            log.warning("engines_at_capacity", extra={"salon_id": self._salon_id})
            raise EngineError(SessionFault.POOL_UNAVAILABLE)
        self._parts.places.free -= 1
        try:
            self._files = await self._parts.in_thread(self._parts.files.open, self._salon_id, credentials)
            self._worker = worker = await self._parts.spawn(self._files.lock)
        except BaseException as error:
            if self._files is None:
                self._parts.places.free += 1
            if isinstance(error, OSError):
                raise EngineError(SessionFault.ENGINE_CRASHED) from error
            raise
        self._ready = asyncio.get_running_loop().create_future()
        self._say(pipe.Hello(pipe.VERSION, self._salon_id, str(self._files.database)))
        waiting: asyncio.Queue[pipe.Report | None] = asyncio.Queue(MAX_WAITING)
        self._tasks.spawn(self._read(worker, waiting), f"{self._name}:reports")
        self._tasks.spawn(self._handle_all(waiting), f"{self._name}:handle")
        self._tasks.spawn(self._keep_printed(worker), f"{self._name}:printed")

    async def _end(self) -> None:
        if self._beginning is not None:
            await asyncio.wait({self._beginning})
        worker, files = self._worker, self._files
        if worker is not None:
            worker.hang_up()
            await self._gone(worker)
        await self._tasks.close()
        self._refuse_answers()
        if files is not None:
            try:
                await self._parts.in_thread(files.close)
            except (EngineError, OSError) as error:
                log.error(
                    "files_not_sealed", extra={"salon_id": self._salon_id, "cause": type(error).__name__}
                )
            finally:
                self._parts.places.free += 1

    def _refuse_answers(self) -> None:
        answers, self._answers = self._answers, {}
        for answer in (*answers.values(), self._ready):
            if answer is not None and not answer.done():
                answer.set_exception(EngineError(SessionFault.OUTCOME_UNKNOWN))
                answer.exception()  # nobody may be waiting any more

    # ------------------------------------------------------------------------------ orders

    async def _ask(self, order_of: Callable[[int], pipe.Order]) -> str:
        """Give an order and return the answer to it. Raises EngineError."""
        if self._worker is None or self._ending is not None:
            raise EngineError(SessionFault.NOT_CONNECTED)
        number = self._next_number()
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        try:
            self._say(order_of(number))
        except ValueError:
            raise EngineError(SessionFault.SEND_REJECTED) from None
        else:
            return await answer
        finally:
            self._answers.pop(number, None)

    def _next_number(self) -> int:
        self._last_order += 1
        self._unanswered.add(self._last_order)
        return self._last_order

    def _say(self, order: pipe.Order) -> None:
        if self._worker is not None:
            self._worker.tell(pipe.order_line(order))

    # ------------------------------------------------------------------------------ reports

    async def _read(self, worker: Worker, waiting: asyncio.Queue[pipe.Report | None]) -> None:
        """Take in what the worker says until its end; whatever does not fit the protocol is its end."""
        try:
            while (line := await worker.reports.readline()).endswith(b"\n"):  # else torn off: it was killed
                self._silent_pings = 0
                report = pipe.read_report(line)
                self._check_rate(report)
                if isinstance(report, pipe.Ready):
                    self._on_ready(report)
                    self._tasks.spawn(self._watch(worker, waiting), f"{self._name}:heartbeat")
                elif not self._settled_here(report):
                    await waiting.put(report)
                if self._exit is not None:
                    break
        except (PipeError, ValueError) as error:
            # ValueError: a line longer than the protocol's, of which the reader says only that
            self._accuse("worker_broke_protocol", type(error).__name__)
            worker.kill()
        except ConnectionError:
            pass
        code = await self._gone(worker)
        if self._exit is None and self._ending is None:
            log.info("worker_died", extra={"salon_id": self._salon_id, "code": code})
        await waiting.put(None)

    async def _gone(self, worker: Worker) -> int:
        """Return the exit code of a worker that should be ending; one that does not is killed."""
        with suppress(TimeoutError):
            return await within(self._clock, POLITE_S, worker.ended(), f"{self._name}:polite")
        worker.kill()
        return await worker.ended()

    def _settled_here(self, report: pipe.Report) -> bool:
        """Whether a report was settled at once; everything else waits its turn."""
        match report:
            case pipe.Pong():
                self._check_number(report.id)
            case pipe.Result():
                self._on_result(report)
            case pipe.Exit():
                self._exit = report
            case _:
                return False
        return True

    def _on_ready(self, report: pipe.Ready) -> None:
        assert self._ready is not None
        if report.version != pipe.VERSION:
            self._exit = pipe.Exit(SessionFault.ENGINE_MISSING)
        elif not self._ready.done():
            self._ready.set_result(None)
        elif not self._ready.cancelled():
            raise PipeError("ready")

    def _check_rate(self, report: pipe.Report) -> None:
        if isinstance(report, InboundMessage | MessageReceipt | pipe.Pong | pipe.Result):
            return
        now = self._clock.monotonic()
        if now >= self._minute_ends:
            self._minute_ends, self._states = now + 60, 0
        self._states += 1
        if self._states > STATES_A_MINUTE:
            raise PipeError("flood")

    def _check_number(self, number: int) -> None:
        """Raise PipeError when no order of that number waits for an answer."""
        try:
            self._unanswered.remove(number)
        except KeyError:
            raise PipeError("id") from None

    def _on_result(self, report: pipe.Result) -> None:
        self._check_number(report.id)
        answer = self._answers.get(report.id)
        if answer is None or answer.done():
            return
        if report.fault is not None:
            answer.set_exception(EngineError(report.fault))
        else:
            answer.set_result(report.value or "")

    async def _handle_all(self, waiting: asyncio.Queue[pipe.Report | None]) -> None:
        """Report to the sink, one after the other, until the worker's end, which comes last."""
        assert self._sink is not None
        while (report := await waiting.get()) is not None:
            if (
                self._ending is None
                and not await self._handle(self._sink, report)
                and self._worker is not None
            ):
                self._worker.kill()  # not wanted any more: it must not go on
        assert self._ready is not None
        cause, until = _cause_of(self._exit), self._exit.until if self._exit else None
        if not self._ready.done():
            self._ready.set_exception(EngineError(_start_fault(self._exit)))
        elif self._ending is None:
            self._refuse_answers()
            await self._sink.closed(cause, until)

    async def _handle(self, sink: EngineSink, report: pipe.Report) -> bool:
        self._said = _WORDS.get(type(report), self._said)
        match report:
            case pipe.Qr():
                return await sink.qr(report.text, report.lifetime_s)
            case pipe.Passkey():
                return await sink.passkey_required(report.lifetime_s, report.stage)
            case pipe.Paired():
                return await self._on_paired(sink, report)
            case pipe.Opened():
                return await self._on_opened(sink, report)
            case pipe.Reconnecting():
                return await sink.reconnecting(report.cause)
            case InboundMessage():  # the library has acknowledged these itself: there is nothing to take back
                await sink.received(report)
            case MessageReceipt():
                await sink.receipted(report)
        return True

    async def _on_paired(self, sink: EngineSink, report: pipe.Paired) -> bool:
        assert self._files is not None
        is_kept = await sink.paired(self._files.key.to_bytes(), Account(report.jid, report.name))
        self._files.is_linked = self._files.is_linked or is_kept
        return is_kept

    async def _on_opened(self, sink: EngineSink, report: pipe.Opened) -> bool:
        is_wanted = await sink.opened(Account(report.jid, report.name))
        if is_wanted and not self._recycling:
            self._recycling = True
            self._tasks.spawn(self._recycle(sink), f"{self._name}:recycle")
        return is_wanted

    # ------------------------------------------------------------------------------ watching

    async def _watch(self, worker: Worker, waiting: asyncio.Queue[pipe.Report | None]) -> None:
        """Ask for a sign of life; a worker that gives none is killed, which its pipe's end then tells."""
        while self._silent_pings < SILENT_PINGS:  # counted, not timed: we may have stood still ourselves
            self._silent_pings += not waiting.full()  # else it is we who do not listen
            self._say(pipe.Ping(self._next_number()))
            await self._clock.sleep(HEARTBEAT_S)
        self._accuse("worker_hung", "heartbeat")
        worker.kill()

    async def _recycle(self, sink: EngineSink) -> None:
        """Replace the worker once it is a week old, in the quiet hour: the library leaks."""
        now = self._clock.now()
        await self._clock.sleep(
            (recycle_at(now, self._parts.quiet_hour, self._salon_id) - now).total_seconds()
        )
        log.info("worker_recycled", extra={"salon_id": self._salon_id})
        await sink.restart_required()

    async def _keep_printed(self, worker: Worker) -> None:
        """Log what the worker prints, cleaned, the first lines of it; the rest is read and dropped."""
        for _ in range(MAX_PRINTED_LINES):
            try:
                line = await worker.printed.readline()
            except ValueError:  # longer than anybody needs
                continue
            if not line:
                return
            log.info("worker_printed", extra={"salon_id": self._salon_id, "reason": cleaned(line)})
        while await worker.printed.read(pipe.MAX_LINE_BYTES):
            pass

    def _accuse(self, what: str, cause: str) -> None:
        log.warning(what, extra={"salon_id": self._salon_id, "cause": cause})


def _cause_of(exit_: pipe.Exit | None) -> CloseCause:
    return exit_.cause if exit_ is not None and isinstance(exit_.cause, CloseCause) else CloseCause.CRASHED


def _start_fault(exit_: pipe.Exit | None) -> SessionFault:
    if exit_ is not None and isinstance(exit_.cause, SessionFault):
        return exit_.cause
    is_offline = exit_ is not None and exit_.cause is CloseCause.NETWORK_UNREACHABLE
    return SessionFault.NETWORK_UNREACHABLE if is_offline else SessionFault.ENGINE_CRASHED


def recycle_at(now: datetime, quiet_hour: int, salon_id: int) -> datetime:
    """Return the first quiet hour (UTC) a week from now, each salon at a second of its own in it."""
    earliest = now.astimezone(UTC) + RECYCLE_AFTER
    start = datetime.combine(earliest.date(), time(quiet_hour), UTC)
    if start < earliest:
        start += timedelta(days=1)
    return start + timedelta(seconds=salon_id % _LAST_SECOND_SPREAD_S)


_HIDDEN = "…"
_SECRET_SHAPES = (
    re.compile(r"\S*(://|wa\.me)\S*"),
    re.compile(r"\S*@\S*"),
    re.compile(r"[\w+/=,.-]{24,}"),
    re.compile(r"\b[A-Z0-9]{4}-?[A-Z0-9]{4}\b"),
    re.compile(r"\+?\d[\d ()-]{4,}\d"),
    re.compile(r"\"[^\"]*\"|'[^']*'"),
)


def cleaned(line: bytes) -> str:
    """Return a printed line without what looks like an address, a key, a code, a number or a quotation."""
    text = line.decode(errors="replace").strip()[:_MAX_PRINTED_CHARS]
    for shape in _SECRET_SHAPES:
        text = shape.sub(_HIDDEN, text)
    return "".join(char if char.isprintable() else " " for char in text)
