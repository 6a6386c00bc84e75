"""Staff in tests: members with tokens, consoles on the admin socket, requests to the admin API."""

from __future__ import annotations

import itertools
import secrets
from typing import Any

import httpx

from shared import protocol
from shared.vocabulary import StaffRole
from tests.support.harness import Harness
from tests.support.node_clients import NodeClients

_numbers = itertools.count(1)


async def member(harness: Harness, role: StaffRole | str = StaffRole.ADMIN, **options: Any) -> str:
    """Add a member of staff under a name of their own and return the token."""
    issued = await harness.gateway.staff.add(f"{role} {next(_numbers)}", StaffRole(role), **options)
    return issued.token


def new_key() -> str:
    """Return an idempotency key nobody used."""
    return secrets.token_hex(8)


class Console:
    """One console on the admin socket, by the official client."""

    def __init__(self, clients: NodeClients, name: str) -> None:
        self.clients = clients
        self.name = name

    @classmethod
    async def joined(cls, clients: NodeClients, name: str, token: str, **options: Any) -> Console:
        """Connect and wait for the welcome."""
        console = cls(clients, name)
        console.open(token, **options)
        await clients.told(name, "event", event=protocol.WELCOME)
        return console

    def open(self, token: str | None, *, mute: bool = False, **auth: Any) -> None:
        """Start connecting; `auth` is what else goes with the token."""
        spoken = {"token": token} | auth
        self.clients.open(self.name, None, namespace=protocol.NAMESPACE, mute=mute, auth=spoken)

    async def ask(self, operation: str, given: Any = None, **meta: Any) -> dict[str, Any]:
        """Ask for an operation, a command with a key of its own, and return the acknowledgement."""
        known = protocol.BY_NAME.get(operation)
        if known is not None and known.is_command:
            meta.setdefault("idempotency_key", new_key())
        answer: dict[str, Any] = await self.clients.ask(
            self.name, operation, {} if given is None else given, meta
        )
        return answer

    async def done(self, operation: str, given: Any = None, **meta: Any) -> Any:
        """Ask for an operation that must succeed and return its output."""
        answer = await self.ask(operation, given, **meta)
        assert answer["ok"] is True, answer
        return answer["data"]

    async def refusal(self, operation: str, given: Any = None, **meta: Any) -> str:
        """Ask for an operation that must be refused and return the code."""
        answer = await self.ask(operation, given, **meta)
        assert answer["ok"] is False, answer
        return str(answer["error"]["code"])

    def changes(self) -> list[dict[str, Any]]:
        """Return every change told so far."""
        told = self.clients.events(self.name, protocol.CHANGES)
        return [change for each in told for change in each["changes"]]


async def request(
    harness: Harness, operation: str, token: str | None, given: dict[str, Any] | None = None, **headers: str
) -> httpx.Response:
    """Ask for an operation over HTTP, a command with a key of its own."""
    known = protocol.BY_NAME[operation]
    path, rest = protocol.HTTP_ROOT + known.path, dict(given or {})
    for name in list(rest):
        if "{" + name + "}" in path:
            path = path.replace("{" + name + "}", str(rest.pop(name)))
    sent = {} if token is None else {b"Authorization": f"Bearer {token}".encode()}
    if known.is_command:
        sent[b"Idempotency-Key"] = new_key().encode()
    sent |= {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
    if known.method == "GET":
        return await harness.http.get(path, params=rest, headers=sent)
    return await harness.http.post(path, json=rest, headers=sent)
