"""A gateway and its sandbox on a thread of their own, beside a real window of the console in this one."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

from gateway.sandbox.app import Sandbox
from gateway.server import Listening
from shared.vocabulary import StaffRole
from tests.support.console_window import PATIENCE_S, wait_until
from tests.support.databases import Databases
from tests.support.harness import Harness, running_harness, running_sandbox

T = TypeVar("T")


class Backstage:
    """Runs one harness on its own event loop; the thread that calls keeps its window alive meanwhile."""

    def __init__(self, database_url: str, **settings: Any) -> None:
        self._database_url, self._settings = database_url, settings
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="backstage")
        self._stack, self._gateway = contextlib.AsyncExitStack(), contextlib.AsyncExitStack()
        self._partner: tuple[Sandbox, str] | None = None
        self._harness: Harness | None = None

    @property
    def harness(self) -> Harness:
        """The running gateway with its sandbox."""
        assert self._harness is not None, "not started"
        return self._harness

    def start(self) -> None:
        """Start gateway and sandbox."""
        self._thread.start()
        listening = Listening.open("127.0.0.1:0")
        partner = running_sandbox(listening.url, **self._settings.pop("sandbox_config", {}))
        self._partner = self.do(self._stack.enter_async_context(partner))
        self._enter(listening)

    def restart(self, **settings: Any) -> None:
        """Stop the gateway and start it at the same address with these settings changed; YCLIENTS stays as it is."""
        address = self.harness.url.removeprefix("http://")
        self._leave()
        self._settings |= settings
        self._enter(Listening.open(address))

    def stop(self) -> None:
        """End them, and the thread."""
        if self._thread.is_alive():
            try:
                self._leave()
                self.do(self._stack.aclose())
            finally:
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._thread.join(PATIENCE_S)
        self._loop.close()

    def _enter(self, listening: Listening) -> None:
        running = running_harness(
            self._database_url, partner=self._partner, listening=listening, **self._settings
        )
        self._harness = self.do(self._gateway.enter_async_context(running))

    def _leave(self) -> None:
        self.do(self._gateway.aclose())
        self._gateway = contextlib.AsyncExitStack()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine beside the gateway and return what it returns; the window goes on meanwhile."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        wait_until(future.done, "the gateway's side is done")
        return future.result()

    def staff_token(self, name: str = "Мария Петрова", role: StaffRole = StaffRole.ADMIN) -> str:
        """Return the personal token of a new member of staff."""
        return self.do(self.harness.gateway.staff.add(name, role)).token


@contextlib.contextmanager
def running_backstage(databases: Databases, **settings: Any) -> Iterator[Backstage]:
    """Run a gateway with its sandbox on a new database; `settings` are those of `running_harness`."""
    made = Backstage(asyncio.run(databases.fresh()), **settings)
    try:
        made.start()
        yield made
    finally:
        made.stop()
