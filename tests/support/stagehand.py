"""What a picture of the console is arranged with: the program, its window, and ways to wait for both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from desktop.bootstrap import Program
from desktop.qt.main_window import MainWindow
from desktop.qt.views.call_queue import QueueView
from desktop.qt.views.salon import SalonView
from tests.support.console_window import settle, wait_until


@dataclass(frozen=True, slots=True)
class Stagehand:
    """What a picture is arranged with."""

    program: Program
    window: MainWindow

    @property
    def salon(self) -> SalonView:
        """The salon's pane."""
        return self.window.views.salon

    @property
    def queue(self) -> QueueView:
        """The callback queue."""
        return self.window.views.queue

    def run(self, work: Callable[..., Any], *args: Any, **named: Any) -> None:
        """Have something done by the console and wait for it."""
        self.answer(work, *args, **named)

    def answer(self, work: Callable[..., Any], *args: Any, **named: Any) -> Any:
        """Have something done by the console and return what came of it."""
        ended: list[Any] = []
        self.program.bridge.run(work, *args, done=ended.append, failed=ended.append, **named)
        wait_until(lambda: ended, "the console is done")
        if isinstance(ended[0], Exception):
            raise ended[0]
        return ended[0]

    def quiet(self) -> None:
        """Wait until everything known has been read and shown."""
        settle(0.3)
        wait_until(lambda: self.program.console.is_quiet, "quiet")
        settle(0.3)

    def open_salon(self, salon_id: int, tab: int = 0) -> None:
        """Open a salon at one of its tabs."""
        self.window.open_salon(salon_id)
        wait_until(lambda: self.program.console.models.salon.detail is not None, "the salon is read")
        self.salon.tabs.setCurrentIndex(tab)
        self.quiet()
