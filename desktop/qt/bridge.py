"""Where asyncio meets Qt: one thread runs the event loop, everything it has to say arrives in the GUI thread.

`run` starts a coroutine there and `post` brings a call back here. Calls are made in the order they were posted, in
slices short enough that the window stays quick however much arrives.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final, NamedTuple, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from desktop.qt.garbage import Garbage

T = TypeVar("T")

SLICE_S: Final = 0.008
"""How long one slice of posted calls may take before paint and input get their turn."""

_STOP_S: Final = 5.0
_log = logging.getLogger("desktop.bridge")


class Job:
    """A coroutine on its way: `cancel` ends it; after that neither `done` nor `failed` is called."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._task: asyncio.Task[Any] | None = None
        self.is_cancelled = False

    def cancel(self) -> None:
        """End the coroutine, from the GUI thread; harmless when it has ended."""
        self.is_cancelled = True
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._cancel)

    def bind(self, task: asyncio.Task[Any]) -> None:
        """Take the task that runs the coroutine; on the loop's thread."""
        self._task = task
        if self.is_cancelled:
            task.cancel()

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()


class _Answer(NamedTuple):
    """Who is called with what a job ends in. Widgets may hang on it, so it never leaves the GUI thread."""

    done: Callable[[Any], object] | None
    failed: Callable[[Exception], object] | None


class Bridge(QObject):
    """Owner of the console's asyncio thread."""

    crashed = Signal(object)
    """An exception that nobody waits for: of a coroutine without `failed`, a posted call, or the loop itself."""

    _posted = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(self._on_loop_error)
        self._thread = threading.Thread(target=self._serve, name="console-io", daemon=True)
        self.garbage = Garbage(self)
        self._answers: dict[Job, _Answer] = {}
        self._calls: deque[Callable[[], None]] = deque()
        self._lock = threading.Lock()
        self._is_announced = False
        self._is_stopped = False
        self._next_slice = QTimer(self, singleShot=True, interval=0)
        self._next_slice.timeout.connect(self._make_calls)
        self._posted.connect(self._make_calls, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        """Start the thread."""
        self.garbage.start()
        self._thread.start()

    def stop(self) -> None:
        """End every task, then the thread. Calls that were posted and not made yet are dropped."""
        if self._is_stopped:
            return
        self._is_stopped = True
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(_STOP_S)
        elif not self._loop.is_closed():
            self._loop.close()
        self.garbage.stop()
        self._next_slice.stop()
        with self._lock:
            self._calls.clear()
        self._answers.clear()

    def run(
        self,
        coroutine_function: Callable[..., Coroutine[Any, Any, T]],
        *args: Any,
        done: Callable[[T], object] | None = None,
        failed: Callable[[Exception], object] | None = None,
        **named: Any,
    ) -> Job:
        """Run a coroutine on the loop; `done` or `failed` is called in the GUI thread when it ends."""
        job = Job(self._loop)
        name = f"console:{getattr(coroutine_function, '__qualname__', 'coroutine')}"

        def begin() -> None:
            task = self._loop.create_task(coroutine_function(*args, **named), name=name)
            task.add_done_callback(partial(self._hand_over, job))
            job.bind(task)

        if not self._is_stopped:
            self._answers[job] = _Answer(done, failed)
            self._loop.call_soon_threadsafe(begin)
        return job

    def post(self, call: Callable[[], None]) -> None:
        """Have a call made in the GUI thread, after all that were posted before; from any thread."""
        with self._lock:
            if self._is_stopped:
                return
            self._calls.append(call)
            is_first = not self._is_announced
            self._is_announced = True
        if is_first:
            self._posted.emit()

    def _hand_over(self, job: Job, task: asyncio.Task[Any]) -> None:
        """Bring a job's end to the GUI thread; on the loop's thread."""
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        result = None if error is not None else task.result()
        self.post(partial(self._end, job, result, error))

    def _end(self, job: Job, result: object, error: BaseException | None) -> None:
        answer = self._answers.pop(job)
        if job.is_cancelled or isinstance(error, asyncio.CancelledError):
            return
        if error is None:
            if answer.done is not None:
                answer.done(result)
        elif answer.failed is not None and isinstance(error, Exception):
            answer.failed(error)
        else:
            self._report(error)

    def _make_calls(self) -> None:
        end = time.perf_counter() + SLICE_S
        while True:
            with self._lock:
                if not self._calls:
                    self._is_announced = False
                    return
                call = self._calls.popleft()
            try:
                call()
            except Exception as error:
                self._report(error)
            if time.perf_counter() >= end:
                self._next_slice.start()
                return

    def _report(self, error: BaseException) -> None:
        _log.error("console_task_failed: %s", type(error).__name__, exc_info=error)
        self.crashed.emit(error)

    def _on_loop_error(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception") or RuntimeError(str(context.get("message")))
        self.post(lambda: self._report(error))

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(_end_tasks())
        finally:
            asyncio.set_event_loop(None)
            self._loop.close()


async def _end_tasks() -> None:
    loop = asyncio.get_running_loop()
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await loop.shutdown_asyncgens()
    await loop.shutdown_default_executor()
