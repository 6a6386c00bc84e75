"""WhatsApp over WAHA: sessions live in servers of their own, which this adapter steers and follows over HTTP."""

from __future__ import annotations

from gateway.whatsapp.waha.client import WahaInstance
from gateway.whatsapp.waha.engines import WahaEngines
from gateway.whatsapp.waha.fleet import WahaFleet, WahaTooOldError

__all__ = ["WahaEngines", "WahaFleet", "WahaInstance", "WahaTooOldError"]
