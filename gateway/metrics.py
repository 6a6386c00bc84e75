"""The counters behind `/metrics`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge

from shared.vocabulary import AlarmKind


class Metrics:
    """Prometheus counters and gauges of one gateway process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.webhook_refused = Counter(
            "webhook_refused", "Webhooks refused at the door, by code", ["code"], registry=registry
        )
        self._open_alarms = Gauge("open_alarms", "Alarms that are open, by kind", ["kind"], registry=registry)

    def set_open_alarms(self, counts: Mapping[AlarmKind, int]) -> None:
        """Show how many alarms of each kind are open."""
        for kind in AlarmKind:
            self._open_alarms.labels(kind=kind.value).set(counts.get(kind, 0))

    def follow_spool(self, rows: Callable[[], float], used_bytes: Callable[[], float]) -> None:
        """Show how many webhooks wait in the spool and what they take of the disk."""
        Gauge("spool_rows", "Webhooks waiting in the spool", registry=self.registry).set_function(rows)
        Gauge("spool_bytes", "Bytes the spool takes on the disk", registry=self.registry).set_function(
            used_bytes
        )
