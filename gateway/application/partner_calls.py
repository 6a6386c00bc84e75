"""The outbox's worker: which calls may be taken up now, and who works a call of which kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from gateway.application.ports import BacklogStore, CallStore, TokenMemory
from gateway.application.records import ClaimedCall


class CallWork(Protocol):
    """Works claimed calls of one kind; never raises for what the partner does."""

    async def work(self, call: ClaimedCall) -> None:
        """Take one call as far as it goes: settled, put back for later, or dropped because the claim was lost."""


class PartnerCalls:
    """Claims due calls and hands each to the work of its kind."""

    def __init__(
        self,
        token_fingerprint: str,
        calls: CallStore,
        backlog: BacklogStore,
        memory: TokenMemory,
        works: Mapping[str, CallWork],
    ) -> None:
        self._token_fingerprint = token_fingerprint
        self._calls = calls
        self._backlog = backlog
        self._memory = memory
        self._works = works

    async def is_paused(self) -> bool:
        """Whether our token stands refused, so that only one call a minute is tried."""
        return (await self._backlog.outlook()).is_refused

    async def claim(self, limit: int) -> Sequence[ClaimedCall]:
        """Claim due calls: none while YCLIENTS is away, one a minute while it refuses our token.

        That minute's turn is only taken when there is a call to take it with. Every event wakes whoever asks here, and
        few events make a call due: a transaction is only begun for those.
        """
        outlook = await self._backlog.outlook()
        if outlook.is_away or not outlook.has_due:
            return []
        if not outlook.is_refused:
            return await self._calls.claim_due(limit, bulk=outlook.is_bulk)
        if not await self._memory.may_try(self._token_fingerprint):
            return []
        return await self._calls.claim_due(1)

    async def work(self, call: ClaimedCall) -> None:
        """Work one call by its kind."""
        await self._works[call.kind].work(call)
