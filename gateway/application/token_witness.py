"""Which PARTNER_TOKEN proved something last, and what: staff see by it when the previous one can go.

Noticing costs the request next to nothing: what was seen is kept in memory, and a job of its own writes it, each kind
of proof at most once a minute.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.application.ports import Clock
from gateway.domain.signatures import fingerprint, token_problem

NOTE_EVERY_S = 60.0


@dataclass(frozen=True, slots=True)
class TokenMatch:
    """When a token last proved something, and what: entry, webhook_token, webhook_signature or payment."""

    at: datetime
    by: str


class MatchStore(Protocol):
    """Where matches are kept; see `gateway.storage.token_store`."""

    async def note(self, token_fingerprint: str, match: TokenMatch) -> None:
        """Keep a match unless a later one is kept."""


class TokenWitness:
    """Sees which of the tokens proved something. Never fails whoever tells it, and never waits."""

    def __init__(self, tokens: Iterable[str | None], store: MatchStore, clock: Clock) -> None:
        usable = [token for token in tokens if token is not None and token_problem(token) is None]
        self._tokens = {token.encode(): fingerprint(token) for token in usable}
        self._store = store
        self._clock = clock
        self._noted_at: dict[tuple[str, str], float] = {}
        self._waiting: dict[str, TokenMatch] = {}
        self._news = asyncio.Event()

    def saw(self, by: str, proves: Callable[[bytes], bool]) -> None:
        """A proof of this kind held; `proves` tells for one token whether it was made with it."""
        known = iter(self._tokens)
        token = next(known, None) if len(self._tokens) == 1 else next(filter(proves, known), None)
        if token is None:
            return
        name, moment = self._tokens[token], self._clock.monotonic()
        last = self._noted_at.get((name, by))
        if last is not None and moment - last < NOTE_EVERY_S:
            return
        self._noted_at[name, by] = moment
        self._waiting[name] = TokenMatch(self._clock.now(), by)
        self._news.set()

    async def run(self) -> None:
        """Write what was seen until cancelled; what could not be written is tried again at the next start."""
        while True:
            await self._news.wait()
            while self._waiting:
                name, match = next(iter(self._waiting.items()))
                await self._store.note(name, match)
                if self._waiting[name] is match:
                    del self._waiting[name]
            self._news.clear()
