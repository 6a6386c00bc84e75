"""Addresses of things in the console, such as `admin://install/123`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from desktop.model.saved_views import MOST_NAME_CHARS
from shared.vocabulary import MAX_SALON_ID

SCHEME: Final = "admin"
_LINK: Final = re.compile(r"admin://(?P<what>install|view)/(?P<which>[^/?#\s]{1,720})/?", re.IGNORECASE)
VIEWS: Final = (
    "installs", "queue", "doctor", "alarms", "webhooks", "sessions", "consistency", "overview", "audit", "staff",
    "settings",
)  # fmt: skip
"""The names of the views, in their order."""


@dataclass(frozen=True, slots=True)
class Link:
    """Where to go: to a salon, to a view, or to a saved view by its name."""

    salon_id: int | None = None
    view: str | None = None
    saved: str | None = None


def link_of_salon(salon_id: int) -> str:
    """Return a salon's address."""
    return f"{SCHEME}://install/{salon_id}"


def link_of_view(name: str) -> str:
    """Return the address of a saved view."""
    return f"{SCHEME}://view/{quote(name, safe='')}"


def read_link(text: str) -> Link | None:
    """Return where an address leads, or None when it is none of ours."""
    match = _LINK.fullmatch(text.strip())
    if match is None:
        return None
    which = unquote(match["which"])
    if match["what"].lower() == "view":
        return Link(view=which.lower()) if which.lower() in VIEWS else _saved(which)
    if not which.isascii() or not which.isdigit() or len(which) > 20 or not 0 < int(which) <= MAX_SALON_ID:
        return None
    return Link(salon_id=int(which))


def _saved(name: str) -> Link | None:
    return Link(saved=name) if name.isprintable() and len(name) <= MOST_NAME_CHARS else None


class OpenedLinks(QObject):
    """Hears of links that macOS hands to the running program, as it does instead of starting it with them."""

    link_opened = Signal(str)

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take such an event; every other goes on."""
        if event.type() == QEvent.Type.FileOpen and isinstance(event, QFileOpenEvent):
            self.link_opened.emit(event.url().toString())
            return True
        return super().eventFilter(watched, event)
