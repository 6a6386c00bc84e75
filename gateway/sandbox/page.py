"""The marketplace page: static files of our own, and the page the owner lands on after activation."""

from __future__ import annotations

from html import escape
from pathlib import Path

from quart import Blueprint, Response, redirect, request
from quart.typing import ResponseReturnValue

from gateway.sandbox.calls import as_id
from gateway.sandbox.doors import refusal_code
from gateway.sandbox.market import Market

WEB = Path(__file__).resolve().parents[2] / "resources" / "web"
FILES = WEB / "sandbox"
TOKENS = WEB / "static" / "tokens.css"

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".svg": "image/svg+xml",
}
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def page_blueprint(market: Market) -> Blueprint:
    """Return the routes of the page; only this machine may read it."""
    blueprint = Blueprint("page", __name__)

    @blueprint.before_request
    async def guard() -> Response | None:
        refused = refusal_code(request, market.config.public_url)
        return None if refused is None else Response(refused, status=403, content_type="text/plain")

    @blueprint.get("/")
    async def home() -> ResponseReturnValue:
        return redirect("/sandbox/")

    @blueprint.get("/sandbox/")
    async def page() -> Response:
        return _file(FILES / "index.html")

    @blueprint.get("/sandbox/files/<name>")
    async def file(name: str) -> Response:
        return _tokens() if name == "tokens.css" else _file(FILES / Path(name).name)

    @blueprint.get("/appstore/<salon_id>/applications/<application_id>/installed")
    async def installed(salon_id: str, application_id: str) -> Response:
        number = as_id(salon_id)
        salon = market.salons.get(number) if number is not None else None
        return _secured(_installed_page(market.brand.title, salon.title if salon else ""), ".html")

    return blueprint


def _secured(body: str | bytes, suffix: str, status: int = 200) -> Response:
    response = Response(body, status=status, content_type=_TYPES[suffix])
    response.headers.update(SECURITY_HEADERS)
    return response


def _file(path: Path) -> Response:
    if path.suffix not in _TYPES or not path.is_file():
        return _secured("not found", ".html", 404)
    return _secured(path.read_bytes(), path.suffix)


def _tokens() -> Response:
    """Return the palette both programs share; before it is built the page's own fallbacks serve."""
    return _secured(TOKENS.read_bytes() if TOKENS.is_file() else "/* no palette */", ".css")


def _installed_page(brand: str, salon: str) -> str:
    return (
        "<!DOCTYPE html><html lang=ru><head><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width, initial-scale=1">'
        f"<title>{escape(brand)}</title>"
        '<link rel=stylesheet href="/sandbox/files/tokens.css">'
        '<link rel=stylesheet href="/sandbox/files/sandbox.css">'
        f'</head><body><main class="landing"><h1>{escape(brand)}</h1>'
        f"<p>Приложение подключено. {escape(salon)}</p>"
        "<p lang=en>The application is installed.</p></main></body></html>"
    )
