"""Webhooks that come while others are being committed are committed next, all of them in one statement.

A commit costs the server about the same for one row as for a hundred, so the door is the faster the more is asked of
it. Each webhook is answered after its own commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.application.records import NewWebhook
from gateway.domain.errors import DatabaseUnavailableError

GROUP = 200
"""Webhooks in one statement at most, as large as the largest of them may be."""

GATHER_S = 0.002
"""Where several wait, more are on their way: those just answered send the next. One alone never waits. Without this
32 connections fall into two halves that commit in turn: twice the statements."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    webhook: NewWebhook
    committed: asyncio.Future[None]


class InboxDoor:
    """Accepts webhooks one by one and commits them in groups, one group at a time.

    `patience_s` is how long a group's commit may take: then its webhooks, and all that wait behind it, are told so, and
    may be committed yet.
    """

    def __init__(
        self,
        accept: Callable[..., Awaitable[None]],
        start: Callable[[Coroutine[Any, Any, None]], object],
        patience_s: float,
    ) -> None:
        self._accept = accept
        self._start = start
        self._patience_s = patience_s
        self._waiting: list[_Waiting] = []
        self._is_committing = False

    async def accept(self, webhook: NewWebhook) -> None:
        """Return once it is committed. Raises DatabaseUnavailableError when it is not, or not in time."""
        waiting = _Waiting(webhook, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if not self._is_committing:
            self._is_committing = True
            self._start(self._commit_all())
        await waiting.committed

    async def _commit_all(self) -> None:
        """Commit until nothing waits; what comes in the same turn of the loop is in the first group already."""
        try:
            while self._waiting:
                if len(self._waiting) > 1:
                    await asyncio.sleep(GATHER_S)
                group, self._waiting = self._waiting[:GROUP], self._waiting[GROUP:]
                await self._commit(group)
        finally:
            self._is_committing = False

    async def _commit(self, group: Sequence[_Waiting]) -> None:
        try:
            async with asyncio.timeout(self._patience_s):
                await self._accept(*(each.webhook for each in group))
        except (DatabaseUnavailableError, TimeoutError):
            behind, self._waiting = self._waiting, []
            for each in (*group, *behind):
                _settle(each, DatabaseUnavailableError())
        except Exception as error:
            await self._commit_apart(group, error)
        else:
            for each in group:
                _settle(each, None)

    async def _commit_apart(self, group: Sequence[_Waiting], error: Exception) -> None:
        """One of them cannot be stored: it alone is told so."""
        if len(group) == 1:
            _settle(group[0], error)
            return
        for each in group:
            await self._commit([each])


def _settle(waiting: _Waiting, error: Exception | None) -> None:
    if waiting.committed.done():
        return  # who sent it has gone; it is committed all the same
    if error is None:
        waiting.committed.set_result(None)
    else:
        waiting.committed.set_exception(error)
