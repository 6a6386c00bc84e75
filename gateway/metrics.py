"""The counters behind `/metrics`."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter


class Metrics:
    """Prometheus counters of one gateway process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.webhook_refused = Counter(
            "webhook_refused", "Webhooks refused at the door, by code", ["code"], registry=registry
        )
