"""Runs a sandbox on Hypercorn, on a loopback address and nowhere else."""

from __future__ import annotations

import argparse
import asyncio
import socket
from collections.abc import Callable, Mapping
from typing import get_args
from urllib.parse import urlsplit

from hypercorn.asyncio import serve
from hypercorn.config import Config

from gateway.clock import SystemClock
from gateway.sandbox.app import Sandbox, build_sandbox
from gateway.sandbox.config import GUIDE_PENDING_TTL_S, BrandName, SandboxConfig
from gateway.sandbox.validation import is_loopback

DEFAULT_BIND = "127.0.0.1:9090"
DEFAULT_GATEWAY = "http://127.0.0.1:8080"
DEFAULT_TOKEN = "sandbox-partner-token"
"""Opens nothing but this fake."""
DEFAULT_APPLICATION = 1
_BACKLOG = 128
_GRACE_S = 1.0


class BindRefused(ValueError):
    """The address is not a loopback one, or is not an address."""


def loopback_socket(bind: str) -> socket.socket:
    """Return a listening socket on `host:port`; port 0 takes a free one. Raises BindRefused, OSError."""
    try:
        split = urlsplit(f"//{bind}")
        host, port = split.hostname or "", split.port
    except ValueError:
        raise BindRefused(bind) from None
    if port is None or not is_loopback(host):
        raise BindRefused(bind)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(_BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


def url_of(listening: socket.socket) -> str:
    """Return the http address of a listening socket."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def serve_on(sandbox: Sandbox, listening: socket.socket, shutdown: asyncio.Event) -> None:
    """Serve a sandbox on a socket until `shutdown` is set, then close it."""
    settings = Config()
    settings.bind = [f"fd://{listening.detach()}"]
    settings.graceful_timeout = _GRACE_S
    settings.shutdown_timeout = _GRACE_S
    settings.errorlog = None
    settings.accesslog = None
    try:
        await serve(sandbox.app, settings, shutdown_trigger=shutdown.wait)
    finally:
        await sandbox.aclose()


async def serve_sandbox(
    config: SandboxConfig,
    bind: str,
    shutdown: asyncio.Event,
    *,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Build and serve a sandbox on the machine's clock until `shutdown` is set.

    `on_ready` is told the address once connections are taken. Raises BindRefused unless `bind` is loopback.
    """
    listening = loopback_socket(bind)
    address = url_of(listening)
    sandbox = build_sandbox(config, SystemClock())
    if on_ready is not None:
        on_ready(address)
    await serve_on(sandbox, listening, shutdown)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `python -m gateway sandbox`."""
    parser.add_argument("--bind", default=DEFAULT_BIND, help="loopback address to serve on (%(default)s)")
    parser.add_argument("--gateway", default=None, help=f"address of the gateway ({DEFAULT_GATEWAY})")
    parser.add_argument("--redirect-url", default=None, help="Registration Redirect URL (from --gateway)")
    parser.add_argument("--callback-url", default=None, help="where lifecycle webhooks go (from --gateway)")
    parser.add_argument("--public-url", default=None, help="the sandbox's own address (from --bind)")
    parser.add_argument("--brand", choices=get_args(BrandName), default="yclients")
    parser.add_argument("--pending-ttl", type=int, default=GUIDE_PENDING_TTL_S, metavar="SECONDS")
    parser.add_argument("--no-limits", action="store_true", help="do not answer 429 above 5/s and 200/min")
    parser.add_argument("--private-app", action="store_true", help="consent activates at once")


def config_from(args: argparse.Namespace, env: Mapping[str, str]) -> SandboxConfig:
    """Return the configuration of `add_arguments` options; token, application and gateway come from `env`.

    `PARTNER_TOKEN`, `APPLICATION_ID` and `PUBLIC_URL` are the gateway's own settings: the two must agree.
    """
    gateway = (args.gateway or env.get("PUBLIC_URL") or DEFAULT_GATEWAY).rstrip("/")
    return SandboxConfig(
        partner_token=env.get("PARTNER_TOKEN", "").strip() or DEFAULT_TOKEN,
        application_id=int(env.get("APPLICATION_ID", "").strip() or DEFAULT_APPLICATION),
        redirect_url=args.redirect_url or f"{gateway}/auth/yclients/redirect",
        callback_url=args.callback_url or f"{gateway}/webhook/yclients",
        gateway_url=gateway,
        public_url=(args.public_url or f"http://{args.bind}").rstrip("/"),
        brand=args.brand,
        pending_ttl_s=args.pending_ttl,
        enforce_limits=not args.no_limits,
        private_app=args.private_app,
    )
