"""Addresses of things in the console, such as `admin://install/123`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from shared.vocabulary import MAX_SALON_ID

SCHEME: Final = "admin"
_LINK: Final = re.compile(r"admin://(?P<what>install|view)/(?P<which>[a-z0-9]{1,20})/?", re.IGNORECASE)
VIEWS: Final = (
    "installs", "queue", "doctor", "alarms", "webhooks", "sessions", "consistency", "overview", "audit", "staff",
    "settings",
)  # fmt: skip
"""The names of the views, in their order."""


@dataclass(frozen=True, slots=True)
class Link:
    """Where to go: to a salon, or to a view."""

    salon_id: int | None = None
    view: str | None = None


def link_of_salon(salon_id: int) -> str:
    """Return a salon's address."""
    return f"{SCHEME}://install/{salon_id}"


def read_link(text: str) -> Link | None:
    """Return where an address leads, or None when it is none of ours."""
    match = _LINK.fullmatch(text.strip())
    if match is None:
        return None
    which = match["which"].lower()
    if match["what"].lower() == "view":
        return Link(view=which) if which in VIEWS else None
    if not which.isascii() or not which.isdigit() or not 0 < int(which) <= MAX_SALON_ID:
        return None
    return Link(salon_id=int(which))
