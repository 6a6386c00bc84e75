"""No connection leaves the allow-list (goal B7): hostile addresses, redirects, names that answer falsely.

Every connection this process opens is noted where Python opens it; what leads off this machine is only noted.
The gateway's client is given each hostile address as what to call, as where to be redirected to and as what the
partner's name resolves to; then a whole install is driven.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx

from gateway.clock import SystemClock
from gateway.domain.partner_answers import ActivationBody, Priority
from gateway.yclients.client import YclientsClient, _tls
from gateway.yclients.outbound import GuardedBackend, GuardedTransport
from tests.proofs._proof import Proof, Proving, main
from tests.support.harness import SALON, running_harness
from tests.support.hostile import NOT_PUBLIC, hostile_urls
from tests.unit.yclients.loopback import loopback, says

GOAL = "B7"
PARTNER = "https://api.partner.example"
BODY = ActivationBody(123, "a" * 64, ("https://ai-admin.example/webhook/yclients/k",))
_CONNECTS = ("socket.connect", "socket.sendto")
_watched: list[list[Any]] = []


class _Unlimited:
    async def acquire(self, priority: Priority) -> float:
        return 0.0

    async def settle(self, place: float, heard: bool | None = None) -> None:
        return None

    async def pause(self, seconds: float) -> None:
        return None


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _CONNECTS:
        for dialled in _watched:
            dialled.append(arguments[1])


sys.addaudithook(_note)


@contextmanager
def _watching() -> Iterator[list[Any]]:
    """Yield where this process connects to meanwhile."""
    dialled: list[Any] = []
    _watched.append(dialled)
    try:
        yield dialled
    finally:
        _watched.remove(dialled)


async def work(proving: Proving) -> None:
    """Try every hostile form `runs` times, and drive one install."""
    proving.expect(4 * proving.runs)
    for _ in range(proving.runs):
        await _as_address(proving)
        await _as_answer_of_a_name(proving)
        await _as_redirect(proving)
        await _whole_install(proving)
    proving.figure(GOAL, "hostile forms", str(len(hostile_urls()) + len(NOT_PUBLIC)))


class _Noting(httpcore.AsyncMockBackend):
    """Notes what would be dialled and dials nobody: were the guard broken, nothing must leave this machine."""

    def __init__(self, dialled: list[Any]) -> None:
        super().__init__([])
        self._dialled = dialled

    async def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        self._dialled.append((host, port))
        raise httpcore.ConnectError("only noted")


def _only_noting(transport: GuardedTransport) -> list[Any]:
    """Let a transport note what its guard lets out instead of dialling it; returns the notes."""
    dialled: list[Any] = []
    backend = transport._pool._network_backend
    assert isinstance(backend, GuardedBackend)
    backend._dialler = _Noting(dialled)  # type: ignore[assignment]
    return dialled


async def _as_address(proving: Proving) -> None:
    """Call each hostile URL with the partner's transport."""
    transport = GuardedTransport(PARTNER, _tls())
    dialled = _only_noting(transport)
    async with httpx.AsyncClient(transport=transport, trust_env=False) as http:
        for url in hostile_urls():
            dialled.clear()
            with _resolving("127.0.0.1"):
                try:
                    answer = await http.get(url)
                    proving.broke(GOAL, f"{url} answered {answer.status_code}")
                except (httpx.HTTPError, httpx.InvalidURL):
                    pass
            proving.ran(GOAL)
            proving.holds(GOAL, not dialled, f"{url} dialled {dialled}")
    proving.step("as addresses")


async def _as_answer_of_a_name(proving: Proving) -> None:
    """Let the partner's name resolve to each address, alone and beside a public one."""
    for address in NOT_PUBLIC:
        for answers in ((address,), ("1.1.1.1", address)):
            transport = GuardedTransport(PARTNER, _tls())
            dialled = _only_noting(transport)
            with _resolving(*answers):
                answer = await _activate(PARTNER, transport)
            proving.ran(GOAL)
            proving.holds(GOAL, answer.failure in ("unreachable", "dns"), f"{answers}: {answer.failure}")
            proving.holds(GOAL, not dialled, f"{answers} dialled {dialled}")
    proving.step("as answers of a name")


async def _as_redirect(proving: Proving) -> None:
    """Let the partner redirect to a listener of ours that must hear nothing, in every status and spelling."""
    async with loopback(says(200)) as elsewhere:
        port = urlsplit(elsewhere.url).port
        for status in (301, 302, 303, 307, 308):
            for target in (
                elsewhere.url,
                f"//127.0.0.1:{port}/",
                f"http://localhost:{port}/",
                f"http://127.1:{port}/",
            ):
                async with loopback(says(status, location=target)) as partner:
                    with _watching() as dialled:
                        answer = await _activate(partner.url)
                proving.ran(GOAL)
                proving.holds(GOAL, answer.http_status == status, f"{status} to {target}: {answer.failure}")
                proving.holds(
                    GOAL, all(each[1] != port for each in dialled), f"{status} to {target} was followed"
                )
        proving.holds(GOAL, not elsewhere.requests, "a redirect was followed")
    proving.step("as redirects")


async def _whole_install(proving: Proving) -> None:
    """Drive an install: the sandbox, the gateway's own door and Postgres are all that is ever dialled."""
    url = await proving.databases.fresh()
    with _watching() as dialled:
        async with running_harness(url) as harness:
            await harness.install(SALON)
            await harness.gateway.reconcile()
            known = {urlsplit(harness.url).port, urlsplit(harness.sandbox.market.config.public_url).port}
    strange = [each for each in dialled if not _is_known(each, known)]
    proving.ran(GOAL)
    proving.holds(GOAL, bool(dialled) and not strange, f"an install dialled {strange[:5]}")
    await proving.databases.drop(url)
    proving.step("a whole install")


def _is_known(dialled: Any, ports: set[int | None]) -> bool:
    if isinstance(dialled, str | bytes):
        return b".s.PGSQL." in (dialled.encode() if isinstance(dialled, str) else dialled)
    return dialled[0] in ("127.0.0.1", "::1") and dialled[1] in ports


async def _activate(url: str, transport: httpx.AsyncBaseTransport | None = None) -> Any:
    async with YclientsClient(
        base_url=url, token="token", accept="application/json", application_id=1, limiter=_Unlimited(),
        clock=SystemClock(), total_timeout_s=5, transport=transport,
    ) as client:  # fmt: skip
        return await client.activate("redirect", BODY)


@contextmanager
def _resolving(*addresses: str) -> Iterator[None]:
    kept = socket.getaddrinfo

    def resolve(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        kind = [socket.AF_INET6 if ":" in each else socket.AF_INET for each in addresses]
        return [
            (family, socket.SOCK_STREAM, 6, "", (each, port))
            for family, each in zip(kind, addresses, strict=True)
        ]

    socket.getaddrinfo = resolve  # type: ignore[assignment]
    try:
        yield
    finally:
        socket.getaddrinfo = kept


PROOF = Proof("outbound", (GOAL,), work, runs=5, short=1)

if __name__ == "__main__":
    sys.exit(main(PROOF))
