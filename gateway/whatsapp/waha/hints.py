"""Where the hints of WAHA's webhooks wait for the process that owns their session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from gateway.domain.session_hints import SessionHint


class HintStore(Protocol):
    """Hints that were proved and committed; each stays until it is settled, at most a day."""

    async def waiting(self, salon_id: int) -> Sequence[SessionHint]:
        """Return a salon's hints that nobody has settled, in the order they came. Raises DatabaseUnavailableError."""

    async def settle(self, hints: Sequence[SessionHint]) -> None:
        """Note that these have been dealt with, and wipe what they said. Raises DatabaseUnavailableError."""

    def watch(self, came: Callable[[int | None], None]) -> Callable[[], None]:
        """Call `came(salon_id)` after each commit of a hint, `came(None)` when some may have been missed."""
