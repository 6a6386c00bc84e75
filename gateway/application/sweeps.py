"""Sweeps that can be followed: those that come by themselves and those that staff ask for leave the same row."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from gateway.application.consistency_records import Sweep
from gateway.application.ports import Clock
from gateway.application.reconcile import Reconcile, SweepReport
from gateway.domain.partner_answers import PartnerError

TELL_EVERY_S = 0.5


class SweepLog(Protocol):
    """The sweeps' rows; see `gateway.storage.sweep_store`."""

    async def begin(self) -> Sweep:
        """Begin one that comes by itself."""

    async def claim(self) -> Sweep | None:
        """Claim one that was asked for."""

    async def progress(self, sweep: Sweep, phase: str, done: int, total: int | None) -> None:
        """Write how far it is."""

    async def finish(self, sweep: Sweep, found: Mapping[str, int], failed_code: str | None = None) -> None:
        """End it."""


class Sweeps:
    """Makes sweeps and writes down how they go. Raises PartnerError when the list cannot be read."""

    def __init__(
        self, log: SweepLog, reconcile: Reconcile, note: Callable[[str | None], Awaitable[None]], clock: Clock
    ) -> None:
        self._log = log
        self._reconcile = reconcile
        self._note = note
        self._clock = clock

    async def scheduled(self) -> SweepReport:
        """Make one by ourselves."""
        return await self._make(await self._log.begin())

    async def asked_for(self) -> SweepReport | None:
        """Make one that staff asked for; None when nobody did."""
        sweep = await self._log.claim()
        return None if sweep is None else await self._make(sweep)

    async def _make(self, sweep: Sweep) -> SweepReport:
        told_at, told_phase = float("-inf"), ""

        async def tell(phase: str, done: int, total: int | None) -> None:
            nonlocal told_at, told_phase
            now = self._clock.monotonic()
            if phase == told_phase and now - told_at < TELL_EVERY_S:
                return
            told_at, told_phase = now, phase
            await self._log.progress(sweep, phase, done, total)

        try:
            report = await self._reconcile(tell)
        except PartnerError as error:
            await self._note(error.kind.error_code)
            await self._log.finish(sweep, {}, error.kind.error_code)
            raise
        await self._note(None)
        await self._log.finish(sweep, report.counts())
        return report
