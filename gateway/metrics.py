"""The counters behind `/metrics`."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge


class Metrics:
    """Prometheus counters of one gateway process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.webhook_refused = Counter(
            "webhook_refused", "Webhooks refused at the door, by code", ["code"], registry=registry
        )

    def follow_spool(self, rows: Callable[[], float], used_bytes: Callable[[], float]) -> None:
        """Show how many webhooks wait in the spool and what they take of the disk."""
        Gauge("spool_rows", "Webhooks waiting in the spool", registry=self.registry).set_function(rows)
        Gauge("spool_bytes", "Bytes the spool takes on the disk", registry=self.registry).set_function(
            used_bytes
        )
