"""Headers every answer carries, and who may frame the page."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from quart import Response

PAGE_CACHE = "no-store"


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
        self._policy = content_security_policy(frame_ancestors, public_url)
        self._is_https = bool(public_url and public_url.startswith("https:"))

    async def complete(self, response: Response) -> Response:
        """Complete one response."""
        headers = response.headers
        headers.setdefault("Content-Security-Policy", self._policy)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "no-referrer")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
        headers.setdefault("Cache-Control", PAGE_CACHE)
        if self._is_https:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        return response
