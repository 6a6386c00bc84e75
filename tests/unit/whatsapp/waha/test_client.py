"""The client: what it sends, what it accepts, and what stays out of logs."""

from __future__ import annotations

import logging
from collections.abc import Callable

import httpx
import pytest

from gateway.clock import SystemClock
from gateway.domain.sessions import SessionFault
from gateway.whatsapp.waha.answers import ServerVersion, read_challenge_s
from gateway.whatsapp.waha.client import BODY_CAP_BYTES, WahaClient, WahaInstance
from gateway.whatsapp.waha.errors import WahaError
from tests.fakes.waha import FakeWaha, serving_waha

KEY = "the-key-of-waha-5d11"
Answering = Callable[[httpx.Request], httpx.Response]


def client_that_meets(answer: Answering) -> WahaClient:
    instance = WahaInstance(
        "main", "http://waha.test/base", KEY, "secret-of-the-hooks", 5, "http://gateway.test"
    )
    return WahaClient(instance, SystemClock(), httpx.MockTransport(answer))


async def test_the_key_is_in_the_header_alone(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(500, json={"message": f"oh {KEY}"})

    client = client_that_meets(answer)
    with caplog.at_level(logging.DEBUG), pytest.raises(WahaError) as caught:
        await client.send_text("company_1", "79990001122", "a private word", "3EB0")
    await client.aclose()
    (request,) = seen
    assert request.headers["x-api-key"] == KEY
    assert KEY not in str(request.url)
    for shown in (repr(client), repr(client.instance), str(caught.value), caplog.text):
        for secret in (KEY, "secret-of-the-hooks", "a private word", "79990001122"):
            assert secret not in shown


async def test_redirects_proxies_and_cookies_are_not_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(302, headers={"location": "http://elsewhere.test/", "set-cookie": "a=b"})

    client = client_that_meets(answer)
    for _ in range(2):
        with pytest.raises(WahaError):
            await client.version()
    await client.aclose()
    assert [request.url.host for request in seen] == ["waha.test", "waha.test"]
    assert "cookie" not in seen[1].headers
    waha = FakeWaha(SystemClock(), api_key=KEY)
    async with serving_waha(waha) as url:
        real = WahaClient(WahaInstance("main", url, KEY, "s", 1, "http://gateway.test"), SystemClock())
        assert (await real.version()).version == "2026.7.1"
        assert real.server_now is not None
        await real.aclose()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"[]", b"not json", b'{"name": "a"}', b'{"name": "a", "status": "SLEEPING"}',
        b'{"name": 1, "status": "WORKING"}',
    ],
)  # fmt: skip
async def test_an_answer_that_is_none_is_waha_s_fault(content: bytes) -> None:
    client = client_that_meets(lambda _: httpx.Response(200, content=content))
    with pytest.raises(WahaError) as caught:
        await client.session("company_1")
    assert caught.value.fault is SessionFault.UPSTREAM_UNAVAILABLE
    await client.aclose()


async def test_an_endless_answer_is_cut() -> None:
    client = client_that_meets(lambda _: httpx.Response(200, content=b" " * (BODY_CAP_BYTES + 1)))
    with pytest.raises(WahaError):
        await client.sessions()
    await client.aclose()


@pytest.mark.parametrize(
    ("version", "is_supported"),
    [
        ("2026.6.1", True), ("2026.10.2", True), ("2027.1.1", True), ("2026.6.0", False), ("2025.12.9", False),
        ("latest", False), ("", False),
    ],
)  # fmt: skip
def test_versions_are_compared_as_numbers(version: str, is_supported: bool) -> None:
    assert ServerVersion(version, "GOWS").is_supported is is_supported


def test_a_challenge_s_time_is_read_where_it_is_written() -> None:
    assert read_challenge_s({"publicKey": {"timeout": 45_000}}) == 45
    assert read_challenge_s({"timeout": 30_000.0}) == 30
    silent: list[object] = [
        None,
        [],
        {},
        {"timeout": "60"},
        {"timeout": True},
        {"timeout": -1},
        {"timeout": 10**9},
    ]
    assert [each for each in silent if read_challenge_s(each) is not None] == []
