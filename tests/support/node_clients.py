"""The official Socket.IO client in a Node process, driven from a test; see `tests/integration/node/clients.mjs`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from tests.support.waiting import until

NAMESPACE = "/marketplace"
_SCRIPT = Path(__file__).resolve().parents[1] / "integration" / "node" / "clients.mjs"
_LONGEST_LINE = 4 << 20

Report = dict[str, Any]


class NodeClients:
    """Any number of clients by name, and all they have reported so far, in order."""

    def __init__(self, url: str, process: Process) -> None:
        self.reports: list[Report] = []
        self._url = url
        self._process = process
        self._asked = 0

    def open(
        self, name: str, token: str | None, *, namespace: str = NAMESPACE, mute: bool = False, **options: Any
    ) -> None:
        """Start connecting, as the page does; a mute client acknowledges nothing."""
        auth = {} if token is None else {"auth": {"token": token}}
        order = {
            "name": name,
            "url": self._url,
            "namespace": namespace,
            "options": auth | options,
            "mute": mute,
        }
        self._order(do="open", **order)

    async def joined(self, name: str, token: str, **options: Any) -> None:
        """Connect and wait until the client says it is and has its first snapshot."""
        self.open(name, token, **options)
        await self.told(name, "event", event="state")

    async def ask(self, name: str, event: str, *args: Any) -> Any:
        """Emit an event and return what it was acknowledged with."""
        self._asked += 1
        number, before = (
            self._asked,
            len(self.reports),
        )  # looking through all there ever were would take all the time
        self._order(do="emit", name=name, event=event, args=list(args), id=number)
        answer = await self.told(name, "ack", after=before, id=number)
        assert not answer["late"], f"{event} was never acknowledged"
        return answer["values"][0] if answer["values"] else None

    def tell(self, name: str, event: str, *args: Any) -> None:
        """Emit an event and wait for nothing."""
        self._order(do="emit", name=name, event=event, args=list(args), id=0)

    def cut(self, name: str) -> None:
        """Break the client's line."""
        self._order(do="cut", name=name)

    def close(self, name: str) -> None:
        """Leave for good."""
        self._order(do="close", name=name)

    async def told(self, name: str, what: str, *, after: int = 0, **facts: Any) -> Report:
        """Wait for a client's report of a kind with these facts, past the first `after` reports of all."""

        async def look() -> Report | None:
            matching = (each for each in self.reports[after:] if _is(each, client=name, what=what, **facts))
            return next(matching, None)

        found = await until(look, what=f"{name}: {what} {facts}")
        assert found is not None
        return found

    async def event(self, name: str, event: str, *, after: int = 0) -> Any:
        """Wait for an event and return its only argument."""
        (argument,) = (await self.told(name, "event", after=after, event=event))["args"]
        return argument

    async def reaches(self, name: str, stage: str) -> dict[str, Any]:
        """Wait for a snapshot of a stage and return it."""

        async def look() -> dict[str, Any] | None:
            return next((each for each in self.events(name, "state") if each["stage"] == stage), None)

        found = await until(look, what=f"{name}: stage {stage}")
        assert found is not None
        return found

    def events(self, name: str, event: str) -> list[Any]:
        """Return the arguments of every such event so far."""
        return [each["args"][0] for each in self.reports if _is(each, client=name, what="event", event=event)]

    def names(self, name: str) -> list[str]:
        """Return what a client was told so far, as names only."""
        mine = (each for each in self.reports if each["client"] == name)
        return [str(each.get("event", each["what"])) for each in mine]

    def _order(self, **order: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")

    async def _collect(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            self.reports.append(json.loads(line))


def _is(report: Report, **facts: Any) -> bool:
    return all(report.get(name) == value for name, value in facts.items())


@contextlib.asynccontextmanager
async def node_clients(url: str) -> AsyncIterator[NodeClients]:
    """Run Node with the official client; everything is disconnected at the end."""
    node = os.environ.get("AI_ADMIN_NODE") or shutil.which("node")
    assert node is not None, "no Node: the marker `node` should have left this test out"
    process = await asyncio.create_subprocess_exec(
        node, _SCRIPT, stdin=PIPE, stdout=PIPE, limit=_LONGEST_LINE
    )
    clients = NodeClients(url, process)
    collecting = asyncio.create_task(clients._collect(), name="node-reports")
    try:
        yield clients
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await asyncio.wait_for(process.wait(), timeout=20)
        await collecting
