"""Nothing is dialled but the partner, whatever an address is written like or a name answers (goal B7)."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import httpcore
import httpx
import pytest

from gateway.yclients.client import _tls
from gateway.yclients.outbound import GuardedBackend, GuardedTransport, OutboundRefusedError, may_dial
from tests.support.hostile import NOT_PUBLIC, hostile_urls
from tests.unit.yclients.loopback import loopback, says

PARTNER = "https://api.partner.example"
PUBLIC = ("1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "64:ff9b::101:101", "2002:101:101::1")


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_public_is_not_dialled(address: str) -> None:
    assert not may_dial(address, is_local=False)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_dialled_unless_the_partner_is_the_sandbox(address: str) -> None:
    assert may_dial(address, is_local=False)
    assert not may_dial(address, is_local=True)


def test_the_sandbox_is_on_this_machine_and_nowhere_else() -> None:
    local = [address for address in NOT_PUBLIC if may_dial(address, is_local=True)]
    assert local
    assert all("127." in address or address.endswith("::1") or "7f00" in address for address in local)


class Resolver:
    """Stands where the system resolves names; each name has a list of answers, the last one for ever."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: tuple[str, ...]) -> None:
        self.asked = 0
        self._answers = list(answers)
        monkeypatch.setattr(socket, "getaddrinfo", self.resolve)

    def resolve(self, host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        self.asked += 1
        addresses = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [
            (socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port))
            for each in addresses
        ]


class Dialler(httpcore.AsyncMockBackend):
    """Notes what is dialled and connects to nobody."""

    def __init__(self) -> None:
        super().__init__([])
        self.dialled: list[tuple[str, int]] = []

    async def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        self.dialled.append((host, port))
        raise httpcore.ConnectError("nobody")


def guarded(base_url: str = PARTNER) -> tuple[GuardedBackend, Dialler]:
    backend, dialler = GuardedBackend(base_url), Dialler()
    backend._dialler = dialler  # type: ignore[assignment]
    return backend, dialler


@pytest.mark.expects_log("outbound_refused")
@pytest.mark.parametrize("address", NOT_PUBLIC)
async def test_a_name_that_answers_with_such_an_address_is_refused_even_beside_a_public_one(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    backend, dialler = guarded()
    Resolver(monkeypatch, ("1.1.1.1", address))
    with pytest.raises(OutboundRefusedError):
        await backend.connect_tcp("api.partner.example", 443)
    assert dialler.dialled == []


async def test_what_is_dialled_is_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that answers publicly first and privately next is asked once."""
    backend, dialler = guarded()
    resolver = Resolver(monkeypatch, ("1.1.1.1", "2606:4700:4700::1111"), ("127.0.0.1",))
    with pytest.raises(httpcore.ConnectError):
        await backend.connect_tcp("api.partner.example", 443)
    assert dialler.dialled == [("1.1.1.1", 443), ("2606:4700:4700::1111", 443)]
    assert resolver.asked == 1


@pytest.mark.expects_log("outbound_refused")
async def test_fifty_hostile_addresses_lead_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    urls = hostile_urls()
    assert len(urls) >= 50
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("a name was looked up"))
    transport = GuardedTransport(PARTNER, _tls())
    async with httpx.AsyncClient(transport=transport, trust_env=False) as http:
        for url in urls:
            with pytest.raises((httpx.HTTPError, httpx.InvalidURL)):
                await http.get(url)


@pytest.mark.expects_log("outbound_refused")
async def test_a_local_socket_is_never_dialled() -> None:
    with pytest.raises(OutboundRefusedError):
        await GuardedBackend(PARTNER).connect_unix_socket("/run/postgresql/.s.PGSQL.5432")


@pytest.mark.expects_log("outbound_refused")
async def test_the_sandbox_is_reached_on_its_own_port_alone() -> None:
    async with loopback(says(204)) as server, loopback(says(200)) as other:
        transport = GuardedTransport(server.url, _tls())
        async with httpx.AsyncClient(transport=transport, trust_env=False) as http:
            assert (await http.get(server.url + "/x")).status_code == 204
            with pytest.raises(httpx.ConnectError):
                await http.get(other.url)
    assert other.requests == []


async def test_a_name_that_takes_for_ever_to_resolve_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    backend, _ = guarded()

    async def never(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", never, raising=False)
    with pytest.raises(httpcore.ConnectTimeout):
        await backend.connect_tcp("api.partner.example", 443, timeout=0.05)
