"""The job that watches for alarms: every few seconds, and at once when an event says that there may be one."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from gateway.application.alarm_records import AlarmRecord, Gauge
from gateway.application.alarms import AlarmStore, AlarmWatch, Verdict
from gateway.application.ports import Clock
from gateway.application.records import EventRecord
from shared.vocabulary import AlarmKind

LOOK_EVERY_S = 3.0
REST_S = 0.5
"""The least pause between two looks, however much happens."""

_CAUSES = frozenset({
    "webhook_refused", "token_refused", "token_accepted", "sweep_braked", "drift_found", "webhook_laid_aside",
})  # fmt: skip
_log = logging.getLogger("gateway.alarms")


class AlarmJob:
    """Looks until cancelled. `on_open` is told how many alarms of each kind are open after each look."""

    def __init__(
        self,
        store: AlarmStore,
        gauges: Mapping[str, Gauge],
        fingerprint: str,
        clock: Clock,
        on_open: Callable[[Mapping[AlarmKind, int]], None],
    ) -> None:
        self._watch = AlarmWatch(store, gauges, fingerprint, clock, self._gauge_failed)
        self._clock = clock
        self._on_open = on_open
        self._wake = asyncio.Event()
        self._failed_gauges: set[str] = set()

    async def follow(self, events: Sequence[EventRecord]) -> None:
        """Look at once after an event that may be a cause, or that acknowledges."""
        if any(event.type in _CAUSES for event in events):
            self._wake.set()

    async def run(self) -> None:
        """Watch; after the database was away it goes on with what is still true."""
        while True:
            self._wake.clear()
            await self.look()
            await asyncio.sleep(REST_S)
            await self._wait()

    async def look(self) -> None:
        """Look once."""
        verdict, open_alarms = await self._watch.look()
        _tell(verdict, open_alarms)
        self._on_open(Counter(alarm.kind for alarm in open_alarms))

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(LOOK_EVERY_S):
                await self._wake.wait()
        except TimeoutError:
            return

    def _gauge_failed(self, name: str) -> None:
        """Say so once; called while the error is at hand."""
        if name not in self._failed_gauges:
            self._failed_gauges.add(name)
            _log.warning("gauge_failed", extra={"kind": name}, exc_info=True)


def _tell(verdict: Verdict, open_alarms: Iterable[AlarmRecord]) -> None:
    for condition in verdict.raised:
        said = {"kind": condition.kind.value, "subject": condition.subject, "severity": condition.level.value}
        _log.warning("alarm_raised", extra=said)
    told = {renewal.alarm_id for renewal in verdict.renewed if renewal.is_told}
    for alarm in open_alarms:
        if alarm.alarm_id in told:
            said = {"kind": alarm.kind.value, "subject": alarm.subject, "severity": alarm.level.value}
            _log.warning("alarm_stands", extra=said)
