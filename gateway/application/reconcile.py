"""The sweep: the partner's list against ours every quarter of an hour, healing what webhooks never told us."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from gateway.application.ports import Clock, EventStore, InstallStore, PartnerApi
from gateway.application.synchronise import Synchronise
from gateway.domain.partner_answers import PartnerError, Priority
from shared.vocabulary import PartnerState

ROLLING_CHECKS = 50
"""Statuses re-read per sweep although the list looks right: the list does not tell freezed from active."""

MAX_PAGES = 1000
BRAKE_AT_LEAST = 5
BRAKE_SHARE = 0.25
"""More installs than both missing at once looks like the partner's trouble, not like so many owners leaving."""

_HELD = (PartnerState.ACTIVE, PartnerState.FROZEN)
_OPEN = tuple(state for state in PartnerState if state is not PartnerState.UNINSTALLED)
_log = logging.getLogger("gateway.reconcile")


@dataclass(slots=True)
class SweepReport:
    """What one sweep saw and mended, as counts and salon ids."""

    listed: int = 0
    held: int = 0
    missing_at_partner: list[int] = field(default_factory=list)
    unknown_to_us: list[int] = field(default_factory=list)
    healed: list[int] = field(default_factory=list)
    unreadable: int = 0
    is_braked: bool = False

    def counts(self) -> dict[str, int]:
        """Return it as numbers alone."""
        return {
            "listed": self.listed, "held": self.held, "missing": len(self.missing_at_partner),
            "unknown": len(self.unknown_to_us), "healed": len(self.healed), "unreadable": self.unreadable,
            "is_braked": int(self.is_braked),
        }  # fmt: skip


Progress = Callable[[str, int, int | None], Awaitable[None]]
"""Told how far a sweep is: in what (`list` by pages, `statuses` by salons), how many done, of how many if known."""


class ListMemory(Protocol):
    """What is kept of the list; see `gateway.storage.difference_store`."""

    async def keep_list(self, missing: Collection[int], listed: Collection[int], read_at: datetime) -> None:
        """Keep in what a list read at this moment differs."""


class Reconcile:
    """One sweep; safe to run from several processes and to interrupt anywhere."""

    def __init__(
        self,
        installs: InstallStore,
        events: EventStore,
        partner: PartnerApi,
        synchronise: Synchronise,
        memory: ListMemory,
        clock: Clock,
    ) -> None:
        self._installs = installs
        self._events = events
        self._partner = partner
        self._synchronise = synchronise
        self._memory = memory
        self._clock = clock

    async def __call__(self, tell: Progress | None = None) -> SweepReport:
        """Compare and heal. Raises PartnerError when the list itself cannot be read."""
        tell = tell or _untold
        report = SweepReport()
        read_at = self._clock.now()
        listed = await listed_salons(self._partner, Priority.SWEEP, tell)
        ours = await self._installs.open_by_partner_state(_OPEN)
        held = {salon_id for salon_id, state in ours.items() if state in _HELD}
        report.listed, report.held = len(listed), len(held)
        report.missing_at_partner = sorted(held - listed)
        report.unknown_to_us = sorted(listed - set(ours))
        await self._memory.keep_list(report.missing_at_partner, report.unknown_to_us, read_at)
        rolling = [
            each for each in await self._installs.least_recently_checked(ROLLING_CHECKS) if each in listed
        ]
        missing = len(report.missing_at_partner)
        report.is_braked = is_beyond_belief(missing, report.held)
        if report.is_braked:
            _log.error("sweep_braked", extra={"missing": missing, "held": report.held})
            await self._events.note("sweep_braked", missing=missing, held=report.held)
        await self._check(
            report, rolling if report.is_braked else [*report.missing_at_partner, *rolling], tell
        )
        for salon_id in report.unknown_to_us:
            await self._installs.note_drift(salon_id, theirs="listed", ours="unknown")
        return report

    async def _check(self, report: SweepReport, salon_ids: list[int], tell: Progress) -> None:
        for number, salon_id in enumerate(salon_ids):
            await tell("statuses", number, len(salon_ids))
            try:
                status, applied = await self._synchronise(salon_id, reason="sweep", priority=Priority.SWEEP)
            except PartnerError:
                report.unreadable += 1
                continue
            if applied.changed and applied.before is not None:
                report.healed.append(salon_id)
                _log.info("drift_healed", extra={"salon_id": salon_id, "theirs": status.value})
                await self._installs.note_drift(salon_id, theirs=status.value, ours=applied.before.value)


async def _untold(_phase: str, _done: int, _total: int | None) -> None:
    """Nobody asked."""


async def listed_salons(partner: PartnerApi, priority: Priority, tell: Progress = _untold) -> set[int]:
    """Read YCLIENTS' whole list of salons connected to us. Raises PartnerError."""
    listed: set[int] = set()
    for page in range(1, MAX_PAGES + 1):
        await tell("list", page - 1, None)
        answer = await partner.salons(page, priority)
        found = {item.id for item in answer.items}
        if answer.is_last or found <= listed:
            return listed | found
        listed |= found
    return listed


def is_beyond_belief(missing: int, held: int) -> bool:
    """Whether so many installs are missing from a list that it is the list which must be wrong."""
    return missing > max(BRAKE_AT_LEAST, BRAKE_SHARE * held)
