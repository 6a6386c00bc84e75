"""The deadlines of one session: named, moved and cleared at will, waited for by a single task."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from enum import StrEnum

from gateway.application.ports import Clock
from gateway.whatsapp.tasks import TaskBox

_RESOLUTION_S = 1e-6


class Timer(StrEnum):
    """What a session may be waiting for."""

    START = "start"
    SOCKET = "socket"
    NEXT_QR = "next_qr"
    WIPE_QR = "wipe_qr"
    WIPE_CODE = "wipe_code"
    PASSKEY = "passkey"
    LINKING = "linking"
    RECONNECT = "reconnect"
    RESPAWN = "respawn"


class Timers:
    """Deadlines on the monotonic clock. `fired` is called when one is due; `take_due` then tells which."""

    def __init__(self, clock: Clock, tasks: TaskBox, name: str, fired: Callable[[], None]) -> None:
        self._clock = clock
        self._tasks = tasks
        self._name = name
        self._fired = fired
        self._deadlines: dict[Timer, float] = {}
        self._alarm: asyncio.Task[None] | None = None
        self._alarm_at = 0.0

    def set(self, timer: Timer, seconds: float) -> None:
        """Let `timer` be due after `seconds`, whatever it was before."""
        self._deadlines[timer] = self._clock.monotonic() + seconds
        self._arm()

    def clear(self, *timers: Timer) -> None:
        """Forget deadlines."""
        for timer in timers:
            self._deadlines.pop(timer, None)
        self._arm()

    def is_set(self, timer: Timer) -> bool:
        """Whether `timer` is running."""
        return timer in self._deadlines

    def take_due(self) -> Sequence[Timer]:
        """Return the timers whose moment has come, and forget them."""
        now = self._clock.monotonic() + _RESOLUTION_S
        due = [timer for timer, at in sorted(self._deadlines.items(), key=lambda item: item[1]) if at <= now]
        self.clear(*due)
        return due

    def _arm(self) -> None:
        earliest = min(self._deadlines.values(), default=None)
        if self._alarm is not None:
            if earliest == self._alarm_at and not self._alarm.done():
                return
            self._alarm.cancel()
            self._alarm = None
        if earliest is not None:
            self._alarm_at = earliest
            self._alarm = self._tasks.spawn(self._ring(earliest), f"{self._name}:alarm")

    async def _ring(self, at: float) -> None:
        await self._clock.sleep(at - self._clock.monotonic())
        self._fired()
