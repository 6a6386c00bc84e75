"""A connection to a gateway, as the rest of the console knows it.

`desktop.services.socket_line` has the real one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any, Protocol
from urllib.parse import urlsplit

from desktop.services.errors import ConnectFailedError


class LineLostError(Exception):
    """The connection is gone; whether what was sent last arrived is not known."""


class Hearer(Protocol):
    """Who hears what comes over a line, in the order it came."""

    def heard(self, event: str, data: Any) -> None:
        """The gateway sent an event."""

    def hung_up(self) -> None:
        """The line is gone, without our doing."""


class Line(Protocol):
    """A connection to one gateway; `SocketLine` is the real one."""

    async def open(self, url: str, auth: Mapping[str, Any]) -> None:
        """Connect and be let in. Raises ConnectFailedError."""

    async def ask(self, event: str, *args: Any) -> asyncio.Future[tuple[Any, ...]]:
        """Send an event; the future holds what it was acknowledged with, or LineLostError."""

    async def close(self) -> None:
        """Hang up; nothing is heard any more."""


FINAL = frozenset({
    "staff_token_missing", "staff_token_invalid", "staff_token_expired", "staff_token_revoked", "forbidden",
    "protocol_too_old", "protocol_too_new",
})  # fmt: skip
"""Refusals of the gateway itself that trying again cannot change."""


def checked_url(url: str) -> str:
    """Return a gateway's address without path and slash. Raises ConnectFailedError `address_invalid`."""
    try:
        parts = urlsplit(url.strip())
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good or parts.username is not None or parts.password is not None:
        raise ConnectFailedError("address_invalid", is_final=True)
    if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        raise ConnectFailedError("address_not_secure", is_final=True)
    return f"{parts.scheme}://{parts.netloc}"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
