"""Fixing one difference: by what the gateway does anyway, asked for now. All of it is safe to repeat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from gateway.application.consistency_records import DifferenceRecord
from gateway.application.synchronise import SessionSwitch, Synchronise
from gateway.domain.errors import GatewayError
from gateway.domain.partner_answers import PartnerError, PartnerStatus, Priority
from shared.vocabulary import FIXES, DifferenceKind, Fix

Outcome = Literal["fixed", "under_way", "remains"]
_CONNECTED = (PartnerStatus.ACTIVE, PartnerStatus.FREEZED)
_REQUESTS = {Fix.READ_ANEW: 1, Fix.ACCEPT_THEIRS: 1, Fix.ACTIVATE_AGAIN: 2, Fix.FINISH_UNINSTALL: 2}


class Differences(Protocol):
    """Where differences are looked up; see `gateway.storage.difference_store`."""

    async def find(self, kind: DifferenceKind, salon_id: int) -> DifferenceRecord | None:
        """Return a salon's difference of a kind."""

    async def not_listed_after_all(self, salon_id: int) -> None:
        """YCLIENTS said of a single salon that it is not connected."""


class FixDesk(Protocol):
    """What a fix does to rows; see `gateway.storage.fix_desk`."""

    async def accept_theirs(self, salon_id: int) -> bool:
        """Hold active what YCLIENTS' last status read called active."""

    async def finish_uninstall(self, salon_id: int, reason: str) -> bool:
        """Do to rows what an uninstall leaves undone; returns whether YCLIENTS is still to be asked."""

    async def has_session_of_closed(self, salon_id: int) -> bool:
        """Whether the salon's session belongs to an install that is closed."""


class CallRetry(Protocol):
    """The retry of one call; see `gateway.storage.call_desk`."""

    async def retry(self, call_id: int) -> int:
        """Make a new attempt due now."""


@dataclass(frozen=True, slots=True)
class FixEnd:
    """What came of a fix, and YCLIENTS' word where it was asked."""

    outcome: Outcome
    theirs: str | None = None


class Fixer:
    """Fixes one difference, if it is still there and the fix suits it."""

    def __init__(
        self,
        differences: Differences,
        desk: FixDesk,
        calls: CallRetry,
        synchronise: Synchronise,
        sessions: SessionSwitch,
    ) -> None:
        self._differences = differences
        self._desk = desk
        self._calls = calls
        self._synchronise = synchronise
        self._sessions = sessions

    async def __call__(
        self,
        kind: DifferenceKind,
        fix: Fix,
        salon_id: int,
        generation: int | None,
        reason: str,
        *,
        by_hand: bool,
    ) -> FixEnd:
        """Do it and look whether the difference is gone. `by_hand`: one person waits for this one.

        Raises difference_gone, generation_changed, fix_unfit, and what the fix itself is refused with.
        """
        found = await self._differences.find(kind, salon_id)
        if found is None:
            raise GatewayError("difference_gone")
        if found.generation != generation:
            raise GatewayError("generation_changed")
        if fix not in fixes_of(found):
            raise GatewayError("fix_unfit")
        theirs, is_queued = await self._do(found, fix, reason, by_hand=by_hand)
        if is_queued:
            return FixEnd("under_way", theirs)
        remains = await self._differences.find(kind, salon_id) is not None
        return FixEnd("remains" if remains else "fixed", theirs)

    async def _do(
        self, found: DifferenceRecord, fix: Fix, reason: str, *, by_hand: bool
    ) -> tuple[str | None, bool]:
        """Return YCLIENTS' word, if it was asked, and whether the rest is the queue's to do."""
        salon_id = found.salon_id
        match fix:
            case Fix.READ_ANEW:
                return await self._read(salon_id, by_hand=by_hand), False
            case Fix.ACCEPT_THEIRS:
                theirs = await self._read(salon_id, by_hand=by_hand)
                if theirs == PartnerStatus.ACTIVE.value and not await self._desk.accept_theirs(salon_id):
                    raise GatewayError("fix_unfit")
                return theirs, False
            case Fix.ACTIVATE_AGAIN:
                assert found.call_id is not None
                await self._calls.retry(found.call_id)
                return None, True
            case Fix.STOP_BOT:
                await self._sessions.stop(salon_id)
            case Fix.START_BOT:
                await self._synchronise.resume(salon_id)
            case Fix.FINISH_UNINSTALL:
                return None, await self._finish(found, reason)
        return None, False

    async def _read(self, salon_id: int, *, by_hand: bool) -> str:
        """Read the status and follow it. Raises the `partner_…` code of why it could not be read."""
        try:
            status, _ = await self._synchronise(
                salon_id, reason="staff", priority=Priority.STATUS, is_asked_by_staff=by_hand
            )
        except PartnerError as error:
            raise GatewayError(error.kind.error_code) from None
        if status not in _CONNECTED:
            await self._differences.not_listed_after_all(salon_id)
        return status.value

    async def _finish(self, found: DifferenceRecord, reason: str) -> bool:
        if found.kind is DifferenceKind.UNINSTALL_UNFINISHED and found.close_reason is None:
            assert found.call_id is not None
            await self._calls.retry(found.call_id)
            return True
        must_ask = await self._desk.finish_uninstall(found.salon_id, reason)
        if await self._desk.has_session_of_closed(found.salon_id):
            await self._sessions.remove(found.salon_id)
        return must_ask


def fixes_of(found: DifferenceRecord) -> tuple[Fix, ...]:
    """Return what can be done about a difference as it stands, the likeliest first."""
    unfit = set()
    if found.call_id is None:
        unfit.add(Fix.ACTIVATE_AGAIN)
    if found.theirs != PartnerStatus.ACTIVE.value:
        unfit.add(Fix.ACCEPT_THEIRS)
    return tuple(fix for fix in FIXES[found.kind] if fix not in unfit)


def requests_of(fix: Fix) -> int:
    """Return how many requests to YCLIENTS a fix makes."""
    return _REQUESTS.get(fix, 0)
