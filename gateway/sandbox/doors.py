"""Who may use the page and the control API: this machine's people and programs, never a random web page."""

from __future__ import annotations

from urllib.parse import urlsplit

from quart import Request

from gateway.sandbox.validation import is_loopback

_READING = ("GET", "HEAD")


def refusal_code(request: Request, public_url: str) -> str | None:
    """Return why this request is refused, or None: `not_local`, `bad_host` or `cross_site`."""
    client = request.scope.get("client")
    if client is not None and not is_loopback(str(client[0])):
        return "not_local"
    if not _host_ok(request.headers.get("Host", ""), public_url):
        return "bad_host"
    if request.method not in _READING and not _ours(request):
        return "cross_site"
    return None


def _host_ok(host: str, public_url: str) -> bool:
    """Accept names of this machine and our own public one: a rebound name of somebody else is neither."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return is_loopback(name) or name == urlsplit(public_url).hostname


def _ours(request: Request) -> bool:
    """Tell a call of our own page, or of a program, from one another site's page could cause.

    A page of another site can neither set a header of its own here (no CORS answer allows it) nor forge
    `Sec-Fetch-Site`.
    """
    return request.headers.get("X-Sandbox") == "1" or request.headers.get("Sec-Fetch-Site") == "same-origin"
