"""Headers every answer carries, and who may frame the page."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from quart import Response

PAGE_CACHE = "no-store"

Headers = list[tuple[bytes, bytes]]

_FOR_PROGRAMS = frozenset({"X-Content-Type-Options", "Cache-Control", "Strict-Transport-Security"})
"""No page is made of an answer that is JSON and says so; Hypercorn checks each header of each answer anew."""


def content_security_policy(frame_ancestors: Sequence[str], public_url: str | None) -> str:
    """Return the policy of our pages: our own files only, no inline script, framed by the partner alone."""
    socket = ""
    if public_url:
        parts = urlsplit(public_url)
        socket = f" {'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}"
    ancestors = " ".join(frame_ancestors) or "'none'"
    return "; ".join(
        (
            "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:",
            f"connect-src 'self'{socket}", "base-uri 'none'", "form-action 'none'", f"frame-ancestors {ancestors}",
        )
    )  # fmt: skip


class SecurityHeaders:
    """Adds the headers; installed once on the application."""

    def __init__(self, frame_ancestors: Sequence[str], public_url: str | None) -> None:
        self._values = {
            "Content-Security-Policy": content_security_policy(frame_ancestors, public_url),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
            "Cache-Control": PAGE_CACHE,
        }
        if public_url and public_url.startswith("https:"):
            self._values["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"

    @property
    def for_programs(self) -> Headers:
        """Those that mean something to a program that gets JSON, as ASGI takes them."""
        return [
            (name.lower().encode(), value.encode())
            for name, value in self._values.items()
            if name in _FOR_PROGRAMS
        ]

    async def complete(self, response: Response) -> Response:
        """Complete one response."""
        for name, value in self._values.items():
            response.headers.setdefault(name, value)
        return response
