"""A program of ours under `tests/bench/peers`, run by Node: orders go in as lines of JSON, answers come out."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import shutil
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

PEERS = Path(__file__).resolve().parent / "peers"
_LONGEST_LINE = 64 << 20


class NodePeer:
    """One running program."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    async def ask(self, do: str, *, within_s: float = 600.0, **order: Any) -> dict[str, Any]:
        """Give an order and return its answer. Raises TimeoutError, or EOFError when the program has ended."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **order}).encode() + b"\n")
        return await self.said(within_s)

    async def said(self, within_s: float) -> dict[str, Any]:
        """Wait for the next answer."""
        assert self._process.stdout is not None
        async with asyncio.timeout(within_s):
            line = await self._process.stdout.readline()
        if not line:
            raise EOFError("the Node program has ended")
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()
        await self._process.wait()


def node() -> str:
    """Return the program `node`. AssertionError without one."""
    found = os.environ.get("AI_ADMIN_NODE") or shutil.which("node")
    assert found is not None, "no Node: run dev.py, which brings one"
    return found


def allow_many_files() -> int:
    """Let this process and those it starts open as many files as the system permits, and return how many."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


@contextlib.asynccontextmanager
async def node_peer(script: str, *arguments: str) -> AsyncIterator[NodePeer]:
    """Run one program of `tests/bench/peers`; it is killed at the end if it still runs."""
    process = await asyncio.create_subprocess_exec(
        node(), "--expose-gc", PEERS / script, *arguments, stdin=PIPE, stdout=PIPE, limit=_LONGEST_LINE
    )
    try:
        yield NodePeer(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
