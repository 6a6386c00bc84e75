"""The welcome: one message to a salon's own number once YCLIENTS has confirmed its install, and never a second one.

Nobody has to remember that it is due: an install that became active a short while ago and has not been welcomed is.
So a killed process loses nothing, and a phone that is linked again later makes nothing due.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from typing import Protocol

from gateway.application.records import EventRecord, WelcomeDue
from gateway.domain.errors import DatabaseUnavailableError, GatewayError
from gateway.domain.session_records import SentMessage
from gateway.domain.sessions import SessionFault

LOOK_EVERY_S = 30.0
_AT_ONCE = 100
_NOT_SENT = frozenset({
    SessionFault.NOT_CONNECTED.value, SessionFault.RATE_LIMITED.value, "session_not_found", "database_unavailable",
})  # fmt: skip
"""What certainly left the message unsent and may pass: it stays due. After anything else it is never tried again."""

_log = logging.getLogger("gateway.welcome")


class WelcomeStore(Protocol):
    """See `gateway.storage.welcome_store`."""

    async def due(self, limit: int) -> Sequence[WelcomeDue]:
        """Return installs to welcome."""

    async def note_welcomed(self, install_id: int) -> None:
        """Note that an install needs no welcome any more."""


class Sending(Protocol):
    """The part of the session pool that is needed; see `gateway.whatsapp.port`."""

    async def send_text(
        self, salon_id: int, to: str | None, text: str, *, client_ref: str, is_of_assistant: bool = True
    ) -> SentMessage:
        """Send a text."""


class Welcome:
    """One endless job; several processes may run it, the message's reference keeps them from sending twice."""

    def __init__(self, store: WelcomeStore, sessions: Sending, text: str) -> None:
        self._store = store
        self._sessions = sessions
        self._text = text
        self._news = asyncio.Event()

    async def follow(self, events: Sequence[EventRecord]) -> None:
        """Look at once when an install becomes active or a phone is linked (a feed follower)."""
        told = {event.type for event in events}
        if told & {"integration_activated", "session.connected", "session.phone_confirmed"}:
            self._news.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            self._news.clear()
            await self.round()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._news.wait()

    async def round(self) -> None:
        """Welcome every install that is due."""
        for due in await self._store.due(_AT_ONCE):
            outcome = "settled" if due.is_settled else await self._welcome(due)
            if outcome not in _NOT_SENT:
                await self._store.note_welcomed(due.install_id)
            _log.info("welcomed", extra={"salon_id": due.salon_id, "outcome": outcome})

    async def _welcome(self, due: WelcomeDue) -> str:
        try:
            await self._sessions.send_text(
                due.salon_id, None, self._text, client_ref=due.client_ref, is_of_assistant=False
            )
        except DatabaseUnavailableError:
            raise
        except GatewayError as error:
            return error.code
        return "sent"
