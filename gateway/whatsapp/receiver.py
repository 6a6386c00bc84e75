"""Keeping what an engine reports of messages, in its order, many in one transaction when many come at once.

Messages do not pass through the owner's mailbox: they change nothing of the session, so a flood of them holds up
neither its deadlines nor its commands.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from gateway.domain.session_records import MessageBatch
from gateway.whatsapp.tasks import TaskBox

log = logging.getLogger("gateway.whatsapp")

AT_ONCE = 200

Keep = Callable[[Sequence[MessageBatch]], Awaitable[bool]]


class Receiver:
    """Takes the reports of one engine and ends with it; what was not kept by then is answered with False."""

    def __init__(self, keep: Keep, tasks: TaskBox, name: str) -> None:
        self._keep = keep
        self._tasks = tasks
        self._name = name
        self._waiting: list[tuple[MessageBatch, asyncio.Future[bool]]] = []
        self._is_busy = False

    async def take(self, batch: MessageBatch) -> bool:
        """Return True once it is committed."""
        reply: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((batch, reply))
        if not self._is_busy:
            self._is_busy = True
            self._tasks.spawn(self._work(), self._name).add_done_callback(self._on_end)
        return await reply

    async def _work(self) -> None:
        while self._waiting:
            taken = self._waiting[:AT_ONCE]
            is_kept = await self._keep([batch for batch, _ in taken])
            del self._waiting[: len(taken)]
            for _, reply in taken:
                if not reply.done():
                    reply.set_result(is_kept)
        self._is_busy = False

    def _on_end(self, task: asyncio.Task[None]) -> None:
        """Answer what waits when the engine has ended, perhaps before the work was begun, or keeping has failed."""
        if not task.cancelled() and task.exception() is None:
            return
        if not task.cancelled():
            log.error("messages_not_kept", exc_info=task.exception())
        self._is_busy = False
        for _, reply in self._waiting:
            if not reply.done():
                reply.set_result(False)
        self._waiting.clear()
