"""The jobs that keep the gateway honest: signs of life, burials, heals, the quarter-hourly sweep."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from gateway.application.ports import Clock, InstallStore
from gateway.application.reconcile import SweepReport
from gateway.application.synchronise import SessionSwitch
from gateway.domain.errors import DatabaseUnavailableError, GatewayError
from gateway.domain.partner_answers import PartnerError

ALIVE_EVERY_S = 1.0
HEAL_EVERY_S = 20.0
SWEEP_RETRY_S = 60.0
_log = logging.getLogger("gateway.housekeeping")


class Liveness(Protocol):
    """This process' sign of life."""

    async def stamp(self) -> None:
        """Say that this process lives."""

    async def bury_dead(self) -> object:
        """Free what dead processes held."""


class Housekeeping:
    """Each method is one endless job for the supervisor."""

    def __init__(
        self,
        installs: InstallStore,
        liveness: Liveness,
        sessions: SessionSwitch,
        sweep: Callable[[], Awaitable[SweepReport]],
        clock: Clock,
        *,
        reconcile_every_s: float,
        can_reconcile: bool,
        is_paused: Callable[[], Awaitable[bool]],
    ) -> None:
        self._installs = installs
        self._liveness = liveness
        self._sessions = sessions
        self._sweep = sweep
        self._clock = clock
        self._reconcile_every_s = reconcile_every_s
        self._can_reconcile = can_reconcile
        self._is_paused = is_paused

    async def keep_alive(self) -> None:
        """Stamp this process and bury the dead, every second."""
        while True:
            await self._liveness.stamp()
            buried = await self._liveness.bury_dead()
            if buried:
                _log.info("dead_process_buried", extra={"owner": buried})
            await self._clock.sleep(ALIVE_EVERY_S)

    async def run(self) -> None:
        """Heal what a crash can leave between two commits: unqueued activations, sessions that did not follow."""
        while True:
            await self.heal()
            await self._clock.sleep(HEAL_EVERY_S)

    async def heal(self) -> None:
        """Run one round of heals."""
        for salon_id in await self._installs.linked_but_not_queued():
            _log.info("activation_requeued", extra={"salon_id": salon_id})
            await self._installs.queue_activation(salon_id)
        for salon_id in await self._installs.sessions_of_closed_installs():
            await self._heal_session(salon_id, "session_outlived_install", self._sessions.remove)
        for salon_id in await self._installs.sessions_of_frozen_installs():
            await self._heal_session(salon_id, "session_outlived_freeze", self._sessions.stop)
        for salon_id in await self._installs.resumes_due():
            await self._heal_session(salon_id, "session_resumed_late", self._resume)

    async def _resume(self, salon_id: int) -> None:
        await self._sessions.resume(salon_id)
        await self._installs.note_resumed(salon_id)

    async def _heal_session(self, salon_id: int, what: str, heal: Callable[[int], Awaitable[object]]) -> None:
        """Do what was left undone for one session; one that cannot be healed now does not hold up the others."""
        _log.info(what, extra={"salon_id": salon_id})
        try:
            await heal(salon_id)
        except DatabaseUnavailableError:
            raise
        except GatewayError as error:
            _log.warning("session_not_healed", extra={"salon_id": salon_id, "code": error.code})

    async def sweep(self) -> None:
        """Compare with YCLIENTS' list at start and then every quarter of an hour, unless it refuses our token."""
        while self._can_reconcile:
            delay_s = self._reconcile_every_s
            if await self._is_paused():
                await self._clock.sleep(min(SWEEP_RETRY_S, delay_s))
                continue
            try:
                report = await self._sweep()
                _log.info(
                    "swept", extra={"listed": report.listed, "held": report.held, "healed": report.healed,
                                    "missing": report.missing_at_partner, "unknown": len(report.unknown_to_us),
                                    "unreadable": report.unreadable},
                )  # fmt: skip
            except PartnerError as error:
                _log.warning("sweep_failed", extra={"cause": str(error)})
                delay_s = min(SWEEP_RETRY_S, delay_s)
            await self._clock.sleep(delay_s)
