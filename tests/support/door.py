"""What the tests at the gateway's doors share: one gateway for a file, refusals told apart, raw connections."""

from __future__ import annotations

import asyncio
import contextlib
import html
import logging
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio

from resources.texts import LANGUAGES, text
from tests.support.databases import Databases
from tests.support.harness import SALON, Harness, running_harness

BACKGROUND_TABLES = frozenset(
    {
        "process_liveness",
        "partner_budget",
        "marketplace_events",
        "alarms",
        "console_lines",
        "session_engines",
        "sweeps",
    }
)
"""What changes without anybody at the door; events are counted by type instead."""

_REFERENCE = re.compile(r"[0-9A-F]{2}-[0-9A-F]{2}-[0-9A-F]{2}")
_REFUSED_EVENT = "webhook_refused"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(databases: Databases) -> AsyncIterator[Harness]:
    """One gateway for all tests of a file: for tests that change nothing, on the file's own loop."""
    url = await databases.fresh()
    async with running_harness(url) as made:
        yield made
    await databases.drop(url)


class Refusals:
    """The gateway's refusals during one test, as its log tells them."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, logger="gateway.http")
        self._caplog = caplog

    @property
    def told(self) -> list[tuple[str, str]]:
        """Code and reference of every «refused» line, in order."""
        lines = [record for record in self._caplog.records if record.getMessage() == "refused"]
        return [(record.code, record.reference) for record in lines]  # type: ignore[attr-defined]

    def clear(self) -> None:
        """Forget what was told so far."""
        self._caplog.clear()


@pytest.fixture
def refusals(caplog: pytest.LogCaptureFixture) -> Refusals:
    """Collect this test's refusals."""
    return Refusals(caplog)


def assert_problem(answer: httpx.Response, code: str, status: int | None = None) -> str:
    """Check that an answer is a refusal in the one shape there is, and return its reference."""
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text[:200])
    assert status in (None, answer.status_code)
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert set(body) == {"error"}
    problem = body["error"]
    assert set(problem) == {"code", "message", "reference"}
    assert problem["code"] == code, problem
    assert problem["message"] in {sentence(code, language) for language in LANGUAGES}
    assert _REFERENCE.fullmatch(problem["reference"])
    return str(problem["reference"])


def assert_problem_page(answer: httpx.Response, code: str, status: int) -> str:
    """Check that an answer is the page that explains a code, and return its reference."""
    assert answer.status_code == status, answer.text[:200]
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    page = html.unescape(answer.text)
    for part in ("title", "text", "action"):
        assert text("ru", f"errors.{code}.{part}") in page
    return reference_on(page)


def reference_on(page: str) -> str:
    """Return the support code a page shows."""
    found = _REFERENCE.search(page)
    assert found is not None
    return found[0]


def sentence(code: str, language: str = "ru") -> str:
    """Return what a program is told about a code."""
    return text(language, f"errors.{code}.text")


async def row_counts(harness: Harness) -> dict[str, int]:
    """Count the rows of every table, and the events other than those about refused webhooks, alarms and sweeps."""
    tables = await harness.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    names = sorted(row["tablename"] for row in tables if row["tablename"] not in BACKGROUND_TABLES)
    counted = [f"SELECT '{name}' AS name, count(*) AS rows FROM {name}" for name in names]
    counted.append(
        f"SELECT 'events', count(*) FROM marketplace_events WHERE type <> '{_REFUSED_EVENT}' "
        "AND NOT starts_with(type, 'alarm_') AND NOT starts_with(type, 'sweep_')"
    )
    return {row["name"]: row["rows"] for row in await harness.rows(" UNION ALL ".join(counted))}


def webhook_key(harness: Harness, salon_id: int = SALON) -> str:
    """Return the key of the address that an active salon registered for its webhooks."""
    return harness.sandbox.market.link(salon_id).webhook_urls[0].rpartition("/")[2]


@contextlib.asynccontextmanager
async def connection(harness: Harness) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Open a plain TCP connection to the gateway."""
    parts = urlsplit(harness.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def raw_exchange(harness: Harness, request: bytes, *, timeout_s: float = 10) -> tuple[int, bytes]:
    """Send bytes as they are; return the answer's status and all that came until the gateway closed."""
    async with connection(harness) as (reader, writer):
        writer.write(request)
        with contextlib.suppress(OSError):
            await writer.drain()
        return await received(reader, timeout_s=timeout_s)


async def received(reader: asyncio.StreamReader, *, timeout_s: float = 10) -> tuple[int, bytes]:
    """Read an answer until the gateway closes the connection."""
    answer = bytearray()
    async with asyncio.timeout(timeout_s):
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(65_536):
                answer += chunk
    status = answer.split(b" ", 2)[1:2]
    return int(status[0]) if status else 0, bytes(answer)


def head(method: str, path: str, **headers: Any) -> bytes:
    """Return the head of a request, `Content_Length=5` for a header of that name."""
    lines = [f"{method} {path} HTTP/1.1", "Host: gateway"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def upgrade(path: str = "/socket.io/?EIO=4&transport=websocket", **more: Any) -> bytes:
    """Return the request that opens a WebSocket."""
    return head(
        "GET",
        path,
        Connection="Upgrade",
        Upgrade="websocket",
        Sec_WebSocket_Version=13,
        Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ==",
        **more,
    )
