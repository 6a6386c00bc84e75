"""Sealing values anew under the current DATA_KEY, in the background, while an earlier key is still configured."""

from __future__ import annotations

import logging
from typing import Protocol

from gateway.application.ports import Clock

AGAIN_AFTER_S = 5.0
"""While an owner wants to write a copy it read before, or has a row locked, a value is passed over: look again."""

LOOK_EVERY_S = 15.0
_log = logging.getLogger("gateway.keeping")


class Resealed(Protocol):
    """What a round did."""

    @property
    def done(self) -> int:
        """How many values were sealed anew."""

    @property
    def unopenable(self) -> int:
        """How many values no key opens; they stay as they are."""


class ResealStore(Protocol):
    """See `gateway.storage.reseal_store`."""

    async def round(self) -> Resealed:
        """Seal anew what is under the previous key."""


class Reseal:
    """One endless job; run it in as many processes as there are, end it anywhere."""

    def __init__(self, store: ResealStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._told_unopenable = 0

    async def run(self) -> None:
        """Seal anew until cancelled: other processes may write under the previous key for a while yet."""
        while True:
            resealed = await self._store.round()
            self._tell(resealed)
            await self._clock.sleep(AGAIN_AFTER_S if resealed.done else LOOK_EVERY_S)

    def _tell(self, resealed: Resealed) -> None:
        if resealed.done:
            _log.info("sealed_anew", extra={"count": resealed.done})
        if resealed.unopenable != self._told_unopenable:
            self._told_unopenable = resealed.unopenable
            _log.error("sealed_values_do_not_open", extra={"count": resealed.unopenable})
