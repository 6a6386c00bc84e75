"""The optional server does what Hypercorn does about clients that are slow, huge or no clients at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from gateway.server import KEEP_ALIVE_S
from tests.proofs.abuse import REAPED_WITHIN_S, slow_connections
from tests.support.databases import Databases
from tests.support.door import connection, head, received
from tests.support.harness import SALON, Harness, running_harness

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(databases: Databases) -> AsyncIterator[Harness]:
    """One gateway on uvicorn."""
    url = await databases.fresh()
    async with running_harness(url, http_server="uvicorn") as made:
        yield made
    await databases.drop(url)


async def test_a_salon_goes_the_whole_way(shared: Harness) -> None:
    await shared.install(SALON)
    assert (await shared.webhook({"event": "visit", "salon_id": SALON})).status_code == 401


async def test_slow_and_idle_connections_are_reaped(shared: Harness) -> None:
    held = await slow_connections(shared.url, 4)
    assert {kind: len(times) for kind, times in held.items()} == {
        "idle": 4, "dripping head": 4, "dripping webhook": 2, "dripping command": 2,
    }  # fmt: skip
    assert all(lasted < REAPED_WITHIN_S for times in held.values() for lasted in times), held


async def test_a_second_request_s_head_that_drips_is_not_waited_for(shared: Harness) -> None:
    async with connection(shared) as (reader, writer):
        writer.write(head("GET", "/marketplace/health"))
        assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
        reading = asyncio.create_task(reader.read(), name="until it is closed")
        for _ in range(4 * KEEP_ALIVE_S):
            writer.write(b"X")
            if (await asyncio.wait([reading], timeout=0.5))[0]:
                break
        assert reading.done()
        assert not reading.exception()


@pytest.mark.parametrize(
    "request_bytes",
    [
        head("GET", "/marketplace/health", X="a" * 1_000_000).removesuffix(b"\r\n\r\n"),
        b"GET /" + b"a" * 1_000_000,
        b"GET /\xff\xfe HTTP/1.1\r\nHost: gateway\r\n\r\n",
        b"POST /webhook/yclients HTTP/1.1\r\nHost: g\r\nContent-Length: -5\r\n\r\n",
        b"POST /webhook/yclients HTTP/1.1\r\nHost: g\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"POST /webhook/yclients HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\x16\x03\x01\x02\x00",
        b"nonsense\r\n\r\n",
    ],
    ids=[
        "endless header",
        "endless address",
        "address bytes",
        "negative length",
        "two lengths",
        "chunk",
        "TLS",
        "words",
    ],
)
async def test_what_is_no_request_is_refused_by_the_server_itself(
    shared: Harness, request_bytes: bytes
) -> None:
    async with connection(shared) as (reader, writer):
        writer.write(request_bytes)
        status, _ = await received(reader, timeout_s=20)
    assert status in (400, 431)
    assert (await shared.http.get("/marketplace/health")).status_code == 200


async def test_a_body_that_nobody_reads_ends_the_connection(shared: Harness) -> None:
    async with connection(shared) as (reader, writer):
        writer.write(head("POST", "/nowhere", Content_Length=100_000))
        status, _ = await received(reader, timeout_s=20)
        assert status == 404
        assert await reader.read() == b""
