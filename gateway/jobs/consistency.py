"""Carrying out what staff asked for about differences: sweeps at once, and plans a few salons at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from gateway.application.consistency import FixEnd
from gateway.application.consistency_records import ClaimedFix
from gateway.application.ports import Clock
from gateway.application.reconcile import SweepReport
from gateway.application.records import EventRecord
from gateway.domain.errors import DatabaseUnavailableError, GatewayError
from gateway.domain.partner_answers import PartnerError
from shared.vocabulary import BulkItemState, DifferenceKind, Fix

AT_ONCE = 4
"""Items that one process carries out side by side; the partner's limiter paces those that ask YCLIENTS."""

IDLE_EVERY_S = 5.0
TELL_EVERY_S = 0.5
REMAINS = "difference_remains"
_SKIPPED = ("difference_gone", "generation_changed", "fix_unfit")
_ENDS = {
    "fixed": (BulkItemState.SUCCEEDED, None), "under_way": (BulkItemState.DELAYED, None),
    "remains": (BulkItemState.FAILED, REMAINS),
}  # fmt: skip
_log = logging.getLogger("gateway.consistency")


class FixSteps(Protocol):
    """The steps of a plan; see `gateway.storage.fix_store` for the promises."""

    async def under_way(self) -> Sequence[int]:
        """Return the plans that are not over."""

    async def expire(self) -> None:
        """Make old plans void."""

    async def claim(self, plan_id: int) -> ClaimedFix | None:
        """Claim the next item."""

    async def settle(self, item: ClaimedFix, state: BulkItemState, outcome: str | None) -> None:
        """Write what became of it."""

    async def finish(self, plan_id: int) -> bool:
        """End a plan of which nothing is left."""

    async def tell_progress(self, plan_id: int) -> None:
        """Write that a plan has come further."""


class Fixing(Protocol):
    """Fixes one difference; see `gateway.application.consistency.Fixer`."""

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
        """Do it and look whether the difference is gone."""


class FixRunner:
    """One endless job; run it in as many processes as there are."""

    def __init__(self, steps: FixSteps, fixer: Fixing, clock: Clock) -> None:
        self._steps = steps
        self._fixer = fixer
        self._clock = clock
        self._wake = asyncio.Event()

    async def follow(self, events: Sequence[EventRecord]) -> None:
        """Look at once when a plan was started or cancelled."""
        if any(event.type == "fix_changed" for event in events):
            self._wake.set()

    async def run(self) -> None:
        """Carry out whatever is under way until cancelled."""
        while True:
            self._wake.clear()
            await self._steps.expire()
            for plan_id in await self._steps.under_way():
                await self._carry_out(plan_id)
            await _wait(self._wake)

    async def _carry_out(self, plan_id: int) -> None:
        """Take items until none is left, or only what other processes have in hand."""
        told_at = self._clock.monotonic()

        async def work() -> None:
            nonlocal told_at
            while (item := await self._steps.claim(plan_id)) is not None:
                await self._steps.settle(item, *await self._end_of(item))
                if self._clock.monotonic() - told_at >= TELL_EVERY_S:
                    told_at = self._clock.monotonic()
                    await self._steps.tell_progress(plan_id)

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(work(), name="fix")
        await self._steps.finish(plan_id)

    async def _end_of(self, item: ClaimedFix) -> tuple[BulkItemState, str | None]:
        try:
            end = await self._fixer(
                item.kind, item.fix, item.salon_id, item.generation, item.reason, by_hand=False
            )
        except DatabaseUnavailableError:
            raise
        except GatewayError as error:
            is_skipped = error.code in _SKIPPED
            return BulkItemState.SKIPPED if is_skipped else BulkItemState.FAILED, error.code
        return _ENDS[end.outcome]


class SweepRunner:
    """Makes the sweeps that staff ask for; one endless job."""

    def __init__(self, asked_for: Callable[[], Awaitable[SweepReport | None]]) -> None:
        self._asked_for = asked_for
        self._wake = asyncio.Event()

    async def follow(self, events: Sequence[EventRecord]) -> None:
        """Look at once when one was asked for."""
        if any(event.type == "sweep_changed" for event in events):
            self._wake.set()

    async def run(self) -> None:
        """Make whatever was asked for until cancelled."""
        while True:
            self._wake.clear()
            try:
                if await self._asked_for() is not None:
                    continue
            except PartnerError as error:
                _log.warning("sweep_failed", extra={"cause": str(error)})
                continue
            await _wait(self._wake)


async def _wait(wake: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(IDLE_EVERY_S):
            await wake.wait()
    except TimeoutError:
        return
