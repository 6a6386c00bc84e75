"""The one way out: connections to the configured partner alone, checked on the address that is really dialled."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import ssl
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx

_DEFAULT_PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_RESERVED = ipaddress.IPv4Network("192.0.0.0/24")
"""Where some clouds serve their metadata; newer versions of Python know it as not global, older ones do not."""

_log = logging.getLogger("gateway.yclients")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class OutboundRefusedError(httpcore.ConnectError):
    """A connection that must not be made; nothing was sent."""


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Dials the host and port of one base URL, and of what its name resolves to public addresses only.

    A base URL on a loopback address, as of the sandbox, reaches loopback addresses alone. The address that was
    checked is the one that is dialled: a name that answers differently the second time gains nothing.
    """

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        self._host = (parts.hostname or "").lower()
        self._port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
        self._is_local = _is_loopback_name(self._host)
        self._dialler = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  the library's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, check and dial. Raises OutboundRefusedError, httpcore.ConnectError or ConnectTimeout."""
        if (host.lower(), port) != (self._host, self._port):
            raise _refused("another host")
        try:
            async with asyncio.timeout(timeout):
                return await self._dial(await self._checked(host, port), port, local_address, socket_options)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109  the library's signature
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Refuse."""
        raise _refused("a local socket")

    async def sleep(self, seconds: float) -> None:
        """Wait between two attempts of the library."""
        await asyncio.sleep(seconds)

    async def _checked(self, host: str, port: int) -> Sequence[str]:
        """Return the addresses of a name; all of them must be allowed, for any of them could be dialled."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from error
        addresses = [str(each[4][0]) for each in found]
        if not addresses or not all(may_dial(each, is_local=self._is_local) for each in addresses):
            raise _refused("an address that is not public")
        return addresses

    async def _dial(
        self, addresses: Sequence[str], port: int, local_address: str | None, options: Iterable[Any] | None
    ) -> httpcore.AsyncNetworkStream:
        last: httpcore.ConnectError | None = None
        for address in addresses:
            try:
                return await self._dialler.connect_tcp(
                    address, port, local_address=local_address, socket_options=options
                )
            except httpcore.ConnectError as error:
                last = error
        raise last or httpcore.ConnectError("no address")


class GuardedTransport(httpx.AsyncHTTPTransport):
    """HTTP over connections that `GuardedBackend` lets out; no proxy, no second protocol."""

    def __init__(self, base_url: str, tls: ssl.SSLContext) -> None:
        super().__init__(verify=tls, trust_env=False)
        # The library takes no network of one's own, so its pool is replaced by one that has it.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls, max_connections=100, max_keepalive_connections=20, keepalive_expiry=5.0,
            network_backend=GuardedBackend(base_url),
        )  # fmt: skip


def may_dial(address: str, *, is_local: bool) -> bool:
    """Whether an address may be dialled: a public one, or with `is_local` one of this machine and no other."""
    try:
        given = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if is_local:
        return given.is_loopback or (
            given.version == 6 and bool(given.ipv4_mapped and given.ipv4_mapped.is_loopback)
        )
    found = _innermost(given)
    if found in _RESERVED:
        return False
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def _innermost(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one stands for, if it does: that is who would answer."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _is_loopback_name(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refused(what: str) -> OutboundRefusedError:
    _log.warning("outbound_refused", extra={"cause": what})
    return OutboundRefusedError(f"refused to connect to {what}")
