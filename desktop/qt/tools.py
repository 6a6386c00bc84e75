"""What every view is handed at composition."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from desktop.qt.bridge import Bridge
from desktop.qt.icons import Icons
from desktop.qt.texts import Language
from desktop.qt.theme import Theme
from desktop.qt.ticker import Ticker

if TYPE_CHECKING:
    from desktop.services.console import Console
    from desktop.services.salon_watch import SalonWatch


@dataclass(frozen=True, slots=True)
class Tools:
    """The services a view asks, the bridge it asks them over, and its looks, language and clock."""

    console: Console
    bridge: Bridge
    theme: Theme
    icons: Icons
    language: Language
    ticker: Ticker
    salon: SalonWatch
    """The salon that is shown where these tools are used: in the window's pane, or in a window of its own."""

    def with_salon(self, salon: SalonWatch) -> Tools:
        """Return the same tools for a place that shows another salon."""
        return replace(self, salon=salon)
