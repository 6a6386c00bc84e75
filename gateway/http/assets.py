"""Static files of the page, from `resources/web/static`, and the one installed script."""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from quart import Blueprint, Response, request
from quart_schema import hide

from gateway.domain.errors import GatewayError
from resources import ROOT, STATIC

SOCKET_CLIENT = "socket.io.esm.min.js"
_SOCKET_CLIENT_FILE = Path("node_modules/socket.io-client/dist") / SOCKET_CLIENT
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class _Asset:
    body: bytes
    content_type: str
    etag: str


class AssetFiles:
    """The files that may be served, read once at start; nothing else on disk can be reached."""

    def __init__(self, root: Path, project_root: Path) -> None:
        self._assets = {
            file.relative_to(root).as_posix(): _load(file)
            for file in sorted(root.rglob("*"))
            if file.is_file()
        }
        client = project_root / _SOCKET_CLIENT_FILE
        self.has_socket_client = client.is_file()
        if self.has_socket_client:
            self._assets[SOCKET_CLIENT] = _load(client)

    def get(self, name: str) -> _Asset:
        """Return a file by its name below the root. Raises GatewayError not_found."""
        asset = self._assets.get(name)
        if asset is None:
            raise GatewayError("not_found")
        return asset


def assets_blueprint(files: AssetFiles) -> Blueprint:
    """Return the route of the static files."""
    blueprint = Blueprint("assets", __name__)

    @blueprint.get("/marketplace/assets/<path:name>")
    @hide
    async def asset(name: str) -> Response:
        """Serve one file with an entity tag; browsers ask again each time and mostly hear 304."""
        found = files.get(name)
        response = Response(found.body, content_type=found.content_type)
        response.headers["Cache-Control"] = "no-cache"
        response.set_etag(found.etag)
        return await response.make_conditional(request)

    return blueprint


def default_assets() -> AssetFiles:
    """Return the product's own files."""
    return AssetFiles(STATIC, ROOT.parent)


def _load(file: Path) -> _Asset:
    body = file.read_bytes()
    kind = _TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    charset = "; charset=utf-8" if kind.startswith("text/") or kind.endswith(("json", "xml")) else ""
    return _Asset(body, kind + charset, hashlib.sha256(body).hexdigest()[:32])
