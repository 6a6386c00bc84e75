"""The engines of `WHATSAPP_POOL=waha`."""

from __future__ import annotations

from gateway.whatsapp.engine import Engine
from gateway.whatsapp.waha.engine import WahaEngine
from gateway.whatsapp.waha.fleet import WahaFleet


class WahaEngines:
    """Makes engines that are carried by a fleet of WAHA instances."""

    name = "waha"

    def __init__(self, fleet: WahaFleet) -> None:
        self._fleet = fleet

    @property
    def version(self) -> str:
        """Versions and engines of the instances as they were last seen."""
        return self._fleet.version

    def make(self) -> Engine:
        """Return a fresh engine."""
        return WahaEngine(self._fleet)

    async def settle(self, salon_id: int, credentials: bytes | None) -> None:
        """See `Engines.settle`: the sweep ends what a remote session leaves behind."""
