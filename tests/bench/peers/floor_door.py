"""The floor under the webhook door: the same server, the same proof, an answer, and nothing kept.

Usage: python -m tests.bench.peers.floor_door SERVER PORT KEYS.json
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from gateway.commands import run_async
from gateway.config import HttpServer
from gateway.server import Listening, serve_application, stop_event

ANSWER = b'{"success":true,"received":true}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(ANSWER))]
PREFIX = "/webhook/yclients/"

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class Floor:
    """Reads, proves and answers."""

    def __init__(self, salons: Mapping[bytes, int]) -> None:
        self._salons = salons

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        raw = b""
        while True:
            message = await receive()
            raw += message.get("body", b"")
            if not message.get("more_body"):
                break
        body = json.loads(raw)
        digest = hashlib.sha256(scope["path"].removeprefix(PREFIX).encode()).digest()
        status = 200 if self._salons.get(digest) == body["company_id"] else 401
        await send({"type": "http.response.start", "status": status, "headers": HEADERS})
        await send({"type": "http.response.body", "body": ANSWER})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return


async def _serve(server: HttpServer, port: int, keys: Mapping[str, int]) -> None:
    salons = {hashlib.sha256(key.encode()).digest(): salon_id for key, salon_id in keys.items()}
    listening = Listening.open(f"127.0.0.1:{port}")
    print("ready", flush=True)
    await serve_application(Floor(salons), listening, stop_event(), server=server)


def main() -> int:
    """Serve until SIGTERM."""
    server: HttpServer = "uvicorn" if sys.argv[1] == "uvicorn" else "hypercorn"
    run_async(_serve(server, int(sys.argv[2]), json.loads(Path(sys.argv[3]).read_text())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
