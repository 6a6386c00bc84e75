"""Which language to answer in: Russian, unless the person asks for English."""

from __future__ import annotations

from quart import Request, Websocket, has_request_context, has_websocket_context, request, websocket

LANGUAGES = ("ru", "en")


def current_request() -> Request | Websocket | None:
    """Return the request being answered, be it for a page or for a WebSocket; None outside of both."""
    if has_request_context():
        return request
    return websocket if has_websocket_context() else None


def language_of_request() -> str:
    """Return the language of `?lang=`; the marketplace and its owners are Russian, so nothing else changes it."""
    asking = current_request()
    wanted = asking.args.get("lang", "") if asking is not None else ""
    return wanted if wanted in LANGUAGES else LANGUAGES[0]
