"""One sandbox YCLIENTS, one database and gateways of their own processes: where a proof lets things happen.

Salons are made as they are needed, so that every run has one that nothing has happened to.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
import httpx

from gateway.sandbox.app import Sandbox
from gateway.sandbox.catalogue import default_salons
from tests.proofs._forked import ForkedGateway
from tests.support.databases import Databases
from tests.support.harness import running_sandbox
from tests.support.processes import free_port, settings_of
from tests.support.waiting import until

FIRST_SALON = 500_001


@dataclass(slots=True)
class Town:
    """A sandbox, a database, a gateway, and whoever lives there."""

    sandbox: Sandbox
    gateway: ForkedGateway
    http: httpx.AsyncClient
    database_url: str
    connection: asyncpg.Pool
    others: list[ForkedGateway] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=partial(itertools.count, FIRST_SALON), repr=False)

    def another_gateway(self, **settings: str) -> ForkedGateway:
        """Return a second gateway on the same database, not started yet; links lead to the first one's address."""
        port = free_port()
        given = dict(self.gateway.settings) | {"BIND": f"127.0.0.1:{port}"} | settings
        other = ForkedGateway(given, self.gateway.folder, f"http://127.0.0.1:{port}", self.gateway.broken)
        self.others.append(other)
        return other

    def new_salon(self) -> int:
        """Return a salon that nothing has happened to."""
        salon_id = next(self._numbers)
        self.sandbox.market.add_salon(replace(default_salons()[0], id=salon_id, title=f"Салон {salon_id}"))
        return salon_id

    async def rows(self, statement: str, *given: Any) -> list[dict[str, Any]]:
        """Read rows of the gateway's database."""
        return [dict(row) for row in await self.connection.fetch(statement, *given)]

    async def enter(self, salon_id: int) -> str | None:
        """Press «Подключить» and return the link's token, None when the gateway did not send the browser on."""
        connected = self.sandbox.market.connect([salon_id])
        answer = await self.http.get(connected.redirect_url)
        if answer.status_code != 302:
            return None
        return parse_qs(urlsplit(answer.headers["location"]).query)["token"][0]

    async def ask(self, what: str, token: str, **body: Any) -> httpx.Response:
        """Do what the page does."""
        return await self.http.post(
            f"/marketplace/api/{what}", json=body, headers={"Authorization": f"Bearer {token}"}
        )

    async def phone(self, salon_id: int, action: str, **details: Any) -> bool:
        """Play the phone; whether it worked. It is near the engine, so each gateway is asked until one has it."""
        for gateway in (self.gateway, *self.others):
            with contextlib.suppress(httpx.TransportError):
                answer = await self.http.post(f"{gateway.url}/simulator/{salon_id}/{action}", json=details)
                if answer.status_code == 200:
                    return True
        return False

    async def states(self, salon_id: int) -> dict[str, Any]:
        """Return where a salon stands on both sides: ours, whatsapp, theirs, and what of its webhooks waits."""
        found = await self.rows(
            """
            SELECT i.partner_state AS ours, s.state AS whatsapp, (SELECT count(*) FROM webhook_inbox w
                WHERE w.salon_id = i.salon_id AND w.state = 'pending') AS waiting
            FROM installs i LEFT JOIN whatsapp_sessions s ON s.salon_id = i.salon_id
            WHERE i.salon_id = $1 AND i.is_newest
            """,
            salon_id,
        )
        ours = found[0] if found else {"ours": None, "whatsapp": None, "waiting": 0}
        return {**ours, "theirs": str(self.sandbox.market.status(salon_id).value)}

    async def is_active(self, salon_id: int) -> bool:
        """Whether both sides agree that the salon is connected, and its phone is."""
        at = await self.states(salon_id)
        return (at["ours"], at["theirs"], at["whatsapp"], at["waiting"]) == (
            "active",
            "active",
            "connected",
            0,
        )

    async def is_gone(self, salon_id: int) -> bool:
        """Whether both sides agree that the salon is disconnected, and nothing of its session is left."""
        at = await self.states(salon_id)
        return (at["ours"], at["theirs"], at["whatsapp"], at["waiting"]) == (
            "uninstalled",
            "uninstalled",
            None,
            0,
        )

    async def install(self, salon_id: int, timeout_s: float = 30) -> None:
        """Take a salon the whole way; the gateway must be running."""
        token = await self.enter(salon_id)
        assert token is not None, "the entry was refused"
        shown = await self.ask("qr", token)
        assert shown.status_code == 200, shown.text
        assert await self.phone(salon_id, "scan"), "the phone could not scan"
        await until(lambda: self.is_active(salon_id), what=f"{salon_id} active", timeout_s=timeout_s)

    def accepted(self, salon_id: int) -> int:
        """Return how many webhooks about a salon the gateway has answered with 200, of those the log still holds."""
        sent = (entry for entry in self.sandbox.market.log.entries() if entry.direction == "out")
        return sum(entry.status == 200 for entry in sent if entry.salon_id == salon_id)

    async def kept(self, salon_id: int) -> int:
        """Return how many webhooks about a salon are in the inbox."""
        found = await self.rows("SELECT count(*) AS n FROM webhook_inbox WHERE salon_id = $1", salon_id)
        return int(found[0]["n"])

    def effects(self, salon_id: int) -> list[tuple[int, int]]:
        """Return activations and distinct api_keys of each of a salon's installs, as the referee counted them."""
        counted = self.sandbox.market.report()["salons"][str(salon_id)]["by_install"]
        return [(each["activations"], each["api_keys"]) for each in counted]


@contextlib.asynccontextmanager
async def running_town(
    databases: Databases,
    folder: Path,
    *,
    broken: str | None = None,
    database_url: str | None = None,
    **settings: str,
) -> AsyncIterator[Town]:
    """Make ready a town on a fresh database (or the one given); gateways are killed at the end."""
    await asyncio.to_thread(folder.mkdir, exist_ok=True)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    own_url = database_url or await databases.fresh()
    async with contextlib.AsyncExitStack() as stack:
        sandbox, sandbox_url = await stack.enter_async_context(running_sandbox(url))
        given = settings_of(port, sandbox_url, DATABASE_URL=own_url, DATA_DIR=str(folder), **settings)
        gateway = ForkedGateway(given, folder, url, broken)
        # The server ends idle connections after 5 s; a client that keeps them as long meets one just as it ends.
        kept = httpx.Limits(keepalive_expiry=2.0)
        client = httpx.AsyncClient(base_url=url, trust_env=False, timeout=20, verify=False, limits=kept)
        http = await stack.enter_async_context(client)
        pool = await stack.enter_async_context(asyncpg.create_pool(own_url, min_size=1, max_size=4))
        town = Town(sandbox, gateway, http, own_url, pool)
        try:
            yield town
        finally:
            for each in (gateway, *town.others):
                each.kill()
    if database_url is None:
        await databases.drop(own_url)
