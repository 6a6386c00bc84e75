"""Bringing one salon in line with what YCLIENTS says about it; webhooks, payments and the sweep all end here."""

from __future__ import annotations

from typing import Protocol

from gateway.application.ports import InstallStore, PartnerApi, TokenMemory
from gateway.application.records import StatusApplied
from gateway.domain.partner_answers import (
    TOKEN_REFUSALS,
    FailureKind,
    PartnerAnswer,
    PartnerError,
    PartnerStatus,
    Priority,
    StatusReading,
)


class SessionSwitch(Protocol):
    """The part of the session pool that follows the partner state."""

    async def stop(self, salon_id: int) -> object:
        """Stop the salon's session and keep its credentials."""

    async def resume(self, salon_id: int) -> object:
        """Start a stopped session again, if the salon has one."""

    async def remove(self, salon_id: int) -> object:
        """End the session and wipe its credentials."""


class Synchronise:
    """Read the status, apply it, and let the session follow. Safe to repeat and to interrupt anywhere."""

    def __init__(
        self,
        installs: InstallStore,
        partner: PartnerApi,
        sessions: SessionSwitch,
        memory: TokenMemory,
        token_fingerprint: str,
    ) -> None:
        self._installs = installs
        self._partner = partner
        self._sessions = sessions
        self._memory = memory
        self._token_fingerprint = token_fingerprint

    async def __call__(
        self, salon_id: int, *, reason: str, priority: Priority, is_asked_by_staff: bool = False
    ) -> tuple[PartnerStatus, StatusApplied]:
        """Return the partner's word and what changed. Raises PartnerError when the status cannot be read.

        While our token stands refused only the minute's one try is made; who of staff asks is answered all the same.
        """
        if not is_asked_by_staff and not await self._memory.may_try(self._token_fingerprint):
            raise PartnerError(FailureKind.UNAUTHORIZED, PartnerAnswer("status", None, 0))
        reading = await self._read(salon_id, priority)
        applied = await self._installs.apply_partner_status(salon_id, reading.status.value, reason=reason)
        await self.follow(salon_id, applied)
        return reading.status, applied

    async def _read(self, salon_id: int, priority: Priority) -> StatusReading:
        """Read the status, and remember what it says of our token."""
        try:
            reading = await self._partner.status(salon_id, priority)
        except PartnerError as error:
            if error.kind in TOKEN_REFUSALS:
                await self._memory.refuse(error.kind.value, self._token_fingerprint)
            raise
        await self._memory.accept()
        return reading

    async def follow(self, salon_id: int, applied: StatusApplied) -> None:
        """Let the WhatsApp session follow a changed partner state."""
        if applied.must_drop_session:
            await self._sessions.remove(salon_id)
        elif applied.must_stop_session:
            await self._sessions.stop(salon_id)
        elif applied.must_run_session:
            await self.resume(salon_id)

    async def resume(self, salon_id: int) -> None:
        """Start the session of an install that may run again; until it is noted, housekeeping does it too."""
        await self._sessions.resume(salon_id)
        await self._installs.note_resumed(salon_id)
