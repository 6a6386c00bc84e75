"""WhatsApp over WAHA: sessions live in servers of their own, which this adapter steers and follows over HTTP."""

from __future__ import annotations

from gateway.whatsapp.waha.client import WahaClient, WahaInstance
from gateway.whatsapp.waha.engines import WahaEngines
from gateway.whatsapp.waha.fleet import WahaFleet, WahaTooOldError, look_at
from gateway.whatsapp.waha.sweep import WahaSweep

__all__ = [
    "WahaClient", "WahaEngines", "WahaFleet", "WahaInstance", "WahaSweep", "WahaTooOldError", "look_at",
]  # fmt: skip
