"""The Socket.IO server and how it shares one ASGI application with the HTTP routes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import socketio

PING_INTERVAL_S = 15
PING_TIMEOUT_S = 10
MAX_MESSAGE_BYTES = 64 * 1024


def build_server(allowed_origins: Sequence[str]) -> socketio.AsyncServer:
    """Return the server; a browser's Origin must equal one of `allowed_origins`, programs send none."""
    return socketio.AsyncServer(
        async_mode="asgi", cors_allowed_origins=list(allowed_origins), ping_interval=PING_INTERVAL_S,
        ping_timeout=PING_TIMEOUT_S, max_http_buffer_size=MAX_MESSAGE_BYTES, http_compression=False,
        namespaces=[], logger=logging.getLogger("socketio"), engineio_logger=logging.getLogger("engineio"),
    )  # fmt: skip


def with_sockets(server: socketio.AsyncServer, application: Any) -> Any:
    """Return one ASGI application: `/socket.io/` for the sockets, everything else for the routes."""
    return socketio.ASGIApp(server, application, socketio_path="socket.io")
