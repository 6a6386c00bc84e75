"""The partner client over real sockets: what it sends, and every way an answer goes wrong (I-01, I-02)."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import socket
import tracemalloc
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from gateway.domain.partner_answers import (
    ActivationBody,
    ActivationCall,
    Failure,
    FailureKind,
    PartnerAnswer,
    PartnerError,
    PartnerStatus,
    Priority,
    Verdict,
    classify_activation,
    classify_status,
)
from gateway.yclients.client import YclientsClient
from tests.unit.yclients.loopback import (
    Hangs,
    LoopbackServer,
    Script,
    closes,
    floods,
    free_port,
    loopback,
    reset,
    response,
    says,
    says_json,
)

TOKEN = "partner-token/example+1"
ACCEPT = "application/vnd.yclients.v2+json"
API_KEY = "0123456789abcdef" * 4
WEBHOOK_KEY = "k" * 43
BODY = ActivationBody(123, API_KEY, (f"https://ai-admin.example/webhook/yclients/{WEBHOOK_KEY}",))
HTML = "<!DOCTYPE html><html><head><title>YCLIENTS — онлайн-запись</title></head></html>".encode()
NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


class StillClock:
    """A clock that stands at one moment but measures real waiting."""

    def now(self) -> datetime:
        """Return the one moment."""
        return NOW

    def monotonic(self) -> float:
        """Return the loop's own time."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class OpenLimiter:
    """A limiter that lets everyone through and remembers who asked and for how long the partner paused us."""

    def __init__(self) -> None:
        self.asked: list[Priority] = []
        self.settled: list[float] = []
        self.paused_s: list[float] = []

    async def acquire(self, priority: Priority) -> float:
        """Remember who asked; places are numbered from 1."""
        self.asked.append(priority)
        return float(len(self.asked))

    async def settle(self, place: float, heard: bool | None = None) -> None:
        """Remember whose call has ended."""
        self.settled.append(place)

    async def pause(self, seconds: float) -> None:
        """Remember the pause."""
        self.paused_s.append(seconds)


def client_for(url: str, limiter: OpenLimiter | None = None, **options: Any) -> YclientsClient:
    """Build a client of application 45."""
    return YclientsClient(
        base_url=url,
        token=options.pop("token", TOKEN),
        accept=ACCEPT,
        application_id=45,
        limiter=limiter or OpenLimiter(),
        clock=StillClock(),
        **options,
    )


def patience_s(script: Script) -> float:
    """Give up soon on a server known to hang, and late on one known to answer, however loaded the machine."""
    return 0.3 if isinstance(script, Hangs) else 20.0


async def activate_against(
    script: Script, call: ActivationCall = "redirect", **options: Any
) -> tuple[PartnerAnswer, LoopbackServer]:
    """Make one activation call against a scripted server."""
    async with loopback(script) as server, client_for(server.url, **options) as client:
        return await client.activate(call, BODY), server


async def status_against(script: Script, **options: Any) -> Any:
    """Make one status call against a scripted server."""
    async with loopback(script) as server, client_for(server.url, **options) as client:
        return await client.status(123)


# ------------------------------------------------------------------------------------------ what is sent


@pytest.mark.parametrize(
    ("call", "path"),
    [("redirect", "/marketplace/partner/callback/redirect"), ("callback", "/marketplace/partner/callback")],
)
async def test_activation_sends_exactly_the_documented_fields(call: ActivationCall, path: str) -> None:
    _, server = await activate_against(says(201), call)
    [request] = server.requests
    assert (request.method, request.target) == ("POST", path)
    assert request.json == {
        "salon_id": 123,
        "application_id": 45,
        "api_key": API_KEY,
        "webhook_urls": list(BODY.webhook_urls),
    }
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["accept"] == ACCEPT
    assert request.headers["content-type"] == "application/json"
    assert "ai-admin" in request.headers["user-agent"].lower()


async def test_channels_go_with_the_callback_variant_only() -> None:
    body = ActivationBody(123, API_KEY, (), channels=("whatsapp",))
    async with loopback(says(201)) as server, client_for(server.url) as client:
        await client.activate("callback", body)
        await client.activate("redirect", body)
    with_channels, without = (request.json for request in server.requests)
    assert isinstance(with_channels, dict)
    assert isinstance(without, dict)
    assert with_channels["channels"] == ["whatsapp"]
    assert "channels" not in without


async def test_reads_go_to_the_documented_addresses() -> None:
    async with loopback(says_json(200, {"data": []})) as server, client_for(server.url + "/") as client:
        for read in (client.company(7), client.status(7)):
            with pytest.raises(PartnerError):
                await read
        await client.salons(2, count=50)
        await client.uninstall(7)
        await client.probe()
    assert [(request.method, request.target) for request in server.requests] == [
        ("GET", "/api/v1/company/7"),
        ("GET", "/marketplace/salon/7/application/45"),
        ("GET", "/marketplace/application/45/salons?page=2&count=50"),
        ("POST", "/marketplace/salon/7/application/45/uninstall"),
        ("GET", "/marketplace/application/45/salons?page=1&count=1"),
    ]


async def test_every_call_asks_the_limiter_with_its_priority() -> None:
    limiter = OpenLimiter()
    async with loopback(says_json(200, {"data": []})) as server, client_for(server.url, limiter) as client:
        await client.activate("redirect", BODY)
        await client.salons(1)
        await client.salons(1, Priority.STATUS)
        await client.probe()
        await client.uninstall(7, Priority.SWEEP)
    assert limiter.asked == [
        Priority.ACTIVATION,
        Priority.SWEEP,
        Priority.STATUS,
        Priority.STATUS,
        Priority.SWEEP,
    ]


@pytest.mark.parametrize("script", [says(201), closes(), reset()], ids=["answered", "closed", "reset"])
async def test_every_place_is_given_back_when_its_call_has_ended_however_it_ended(script: Script) -> None:
    limiter = OpenLimiter()
    await activate_against(script, limiter=limiter)
    assert limiter.settled == [1.0]


async def test_waiting_for_the_limiter_does_not_eat_the_calls_time() -> None:
    class SlowLimiter(OpenLimiter):
        async def acquire(self, priority: Priority) -> float:
            await asyncio.sleep(1.1)
            return 0.0

    answer, _ = await activate_against(says(201), limiter=SlowLimiter(), total_timeout_s=1.0)
    assert answer.http_status == 201
    assert answer.latency_ms < 1_000


async def test_cookies_are_never_kept() -> None:
    script = says_json(200, {"data": []}, set_cookie="session=abc; Path=/")
    async with loopback(script) as server, client_for(server.url) as client:
        await client.salons(1)
        await client.salons(1)
    assert len(server.requests) == 2
    assert all("cookie" not in request.headers for request in server.requests)


async def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    answer, _ = await activate_against(says(201))
    assert answer.http_status == 201


@pytest.mark.parametrize(
    "token", ["", "to ken", "token\r\nX-Evil: 1", "токен", "token\x00", "tok\N{NO-BREAK SPACE}en"]
)
async def test_a_token_that_cannot_be_a_header_is_unauthorized_before_anything_is_sent(token: str) -> None:
    limiter = OpenLimiter()
    async with loopback(says(201)) as server, client_for(server.url, limiter, token=token) as client:
        calls: list[Callable[[], Awaitable[object]]] = [
            lambda: client.activate("redirect", BODY),
            lambda: client.status(1),
            lambda: client.company(1),
            lambda: client.uninstall(1),
        ]
        for call in calls:
            with pytest.raises(PartnerError) as caught:
                await call()
            assert caught.value.kind is FailureKind.UNAUTHORIZED
            assert "oken" not in str(caught.value)
        assert (await client.probe()).kind is FailureKind.UNAUTHORIZED
    assert not server.connections
    assert not limiter.asked


# --------------------------------------------------------------------------------------- activation faults


@pytest.mark.parametrize("status", [301, 302, 307])
async def test_redirects_are_never_followed(status: int) -> None:
    async with loopback(says(200, HTML)) as elsewhere:
        answer, server = await activate_against(says(status, HTML, location=elsewhere.url + "/further"))
        assert not elsewhere.connections
    assert len(server.requests) == 1
    assert answer.http_status == status
    assert answer.headers["location"] == elsewhere.url + "/further"
    assert (classify_activation(answer) is Verdict.ACCEPTED) == (status in (301, 302))


ENVELOPE = {"success": False, "data": None, "meta": {"message": "Пользователь уже установил это приложение."}}


@pytest.mark.parametrize(
    ("script", "verdict"),
    [
        pytest.param(
            says(301, HTML, content_type="text/html"), Verdict.ACCEPTED, id="301-html-without-location"
        ),
        pytest.param(says(302), Verdict.ACCEPTED, id="302-without-location"),
        pytest.param(says_json(200, {"success": True}), Verdict.ACCEPTED, id="200-json"),
        pytest.param(says(200, HTML, content_type="text/html"), Verdict.ACCEPTED, id="200-html"),
        pytest.param(says(201), Verdict.ACCEPTED, id="201-empty"),
        pytest.param(closes(b"HTTP/1.1 204 No Content\r\n\r\n"), Verdict.ACCEPTED, id="204"),
        pytest.param(says(400, "Агрегатор не найден".encode()), Verdict.AGGREGATOR_NOT_FOUND, id="400-text"),
        pytest.param(says(400, b"Bad Request"), Verdict.REJECTED, id="400-other-text"),
        pytest.param(says_json(401, ENVELOPE), Verdict.TOKEN_REFUSED, id="401"),
        pytest.param(says_json(403, ENVELOPE), Verdict.ALREADY_INSTALLED_OR_REFUSED, id="403"),
        pytest.param(says_json(404, {"meta": []}), Verdict.NOT_FOUND, id="404"),
        pytest.param(says_json(422, ENVELOPE), Verdict.REJECTED, id="422"),
        pytest.param(says(429), Verdict.RATE_LIMITED, id="429"),
        pytest.param(says(500, HTML), Verdict.RETRY, id="500"),
        pytest.param(says(503), Verdict.RETRY, id="503"),
        pytest.param(reset(), Verdict.RETRY, id="reset-before-answer"),
        pytest.param(closes(), Verdict.RETRY, id="close-before-answer"),
        pytest.param(closes(b"HTTP/1.1 2"), Verdict.RETRY, id="cut-status-line"),
        pytest.param(
            Hangs(response(201, b'{"succ', content_length="500")), Verdict.ACCEPTED, id="201-cut-and-silent"
        ),
        pytest.param(closes(response(201, b'{"s', content_length="500")), Verdict.ACCEPTED, id="201-cut"),
        pytest.param(
            reset(response(201, b'{"s', content_length="500")), Verdict.ACCEPTED, id="201-reset-after"
        ),
        pytest.param(Hangs(), Verdict.RETRY, id="hang"),
        pytest.param(closes(b"SSH-2.0-OpenSSH_9\r\n"), Verdict.RETRY, id="not-http"),
        pytest.param(floods(b"HTTP/1.1 200 OK\r\n\r\n"), Verdict.ACCEPTED, id="200-huge"),
        pytest.param(floods(b"HTTP/1.1 500 Oops\r\n\r\n"), Verdict.RETRY, id="500-huge"),
    ],
)
@pytest.mark.parametrize("call", ["redirect", "callback"])
async def test_every_fault_of_an_activation_has_its_verdict(
    script: Script, verdict: Verdict, call: ActivationCall
) -> None:
    answer, server = await activate_against(script, call, total_timeout_s=patience_s(script))
    assert classify_activation(answer) is verdict
    assert len(server.requests) == 1, "the client itself never tries again"
    assert len(answer.body_head) <= 2_000


@pytest.mark.parametrize(
    ("script", "failure", "status"),
    [
        pytest.param(Hangs(), "timeout", None, id="no-answer"),
        pytest.param(Hangs(b"HTTP/1.1 200"), "timeout", None, id="half-a-line"),
        pytest.param(Hangs(response(200, b"{", content_length="9")), "timeout", 200, id="half-a-body"),
        pytest.param(reset(), "reset", None, id="reset"),
        pytest.param(closes(), "reset", None, id="closed"),
        pytest.param(closes(response(200, b"{", content_length="9")), "reset", 200, id="closed-in-body"),
        pytest.param(closes(b"nonsense\r\n\r\n"), "protocol", None, id="nonsense"),
        pytest.param(floods(b"HTTP/1.1 200 OK\r\n\r\n"), "too_large", 200, id="endless"),
        pytest.param(
            says(200, gzip.compress(b"0" * 50_000_000), content_encoding="gzip"),
            "protocol",
            200,
            id="zip-bomb",
        ),
    ],
)
async def test_every_broken_exchange_names_its_failure(
    script: Script, failure: Failure, status: int | None
) -> None:
    answer, _ = await activate_against(script, total_timeout_s=patience_s(script))
    assert (answer.failure, answer.http_status, answer.json) == (failure, status, None)


async def test_nobody_listening_is_unreachable_and_certainly_without_effect() -> None:
    async with client_for(f"http://127.0.0.1:{free_port()}") as client:
        answer = await client.activate("redirect", BODY)
    assert answer.failure == "unreachable"
    assert not answer.is_outcome_unknown


async def test_a_name_that_does_not_resolve_is_a_dns_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def knows_no_name(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", knows_no_name)
    async with client_for("http://partner.invalid") as client:
        answer = await client.activate("redirect", BODY)
    assert answer.failure == "dns"


async def test_plain_text_where_tls_was_expected_is_a_tls_failure() -> None:
    async def speaks_plainly(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    listener = await asyncio.start_server(speaks_plainly, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    async with listener, client_for(f"https://127.0.0.1:{port}") as client:
        answer = await client.activate("redirect", BODY)
    assert answer.failure == "tls"
    assert not answer.is_outcome_unknown


async def test_a_connection_that_never_opens_is_unreachable() -> None:
    def never_connects(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("no route", request=request)

    async with client_for("http://127.0.0.1:9", transport=httpx.MockTransport(never_connects)) as client:
        answer = await client.activate("redirect", BODY)
    assert answer.failure == "unreachable"


async def test_a_slow_drip_cannot_hold_a_call_past_its_total_time() -> None:
    async def drips(writer: asyncio.StreamWriter) -> None:
        writer.write(response(200, content_length="100000"))
        while not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    answer, _ = await activate_against(drips, total_timeout_s=0.3)
    assert answer.failure == "timeout"
    assert answer.http_status == 200
    assert 250 <= answer.latency_ms < 3_000


async def test_a_cancelled_call_is_cancelled_and_hangs_up() -> None:
    async with loopback(Hangs()) as server, client_for(server.url) as client:
        async with asyncio.timeout(5):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await client.activate("redirect", BODY)
            await server.hung_up.wait()
    assert len(server.requests) == 1


async def test_an_endless_body_never_fills_memory() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n"
    async with loopback(floods(head)) as server, client_for(server.url) as client:
        tracemalloc.start()
        answer = await client.activate("redirect", BODY)
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        await server.hung_up.wait()
    assert answer.failure == "too_large"
    assert peak_bytes < 4 * 1024 * 1024


@pytest.mark.parametrize("size", [65_536, 65_537])
async def test_the_cap_of_an_answer_is_64_kib(size: int) -> None:
    body = b'{"a":"' + b"x" * (size - 8) + b'"}'
    answer, _ = await activate_against(says(200, body))
    assert (answer.json is not None) == (size == 65_536)
    assert answer.failure == (None if size == 65_536 else "too_large")
    assert answer.body_head == body[:2000].decode()


# --------------------------------------------------------------------------------------------- rate limit


@pytest.mark.parametrize(
    ("headers", "kept", "paused_s"),
    [
        ({"retry_after": "17"}, 17.0, 17.0),
        ({"retry_after": "Thu, 01 Jan 2026 12:00:30 GMT"}, 30.0, 30.0),
        ({"retry_after": "86400"}, 3600.0, 600.0),
        ({"retry_after": "0"}, 0.0, 1.0),
        ({"retry_after": "soon"}, None, 5.0),
        ({}, None, 5.0),
    ],
)
async def test_429_pauses_everybody_for_as_long_as_the_partner_asks(
    headers: dict[str, Any], kept: float | None, paused_s: float
) -> None:
    limiter = OpenLimiter()
    answer, _ = await activate_against(says(429, **headers), limiter=limiter)
    assert answer.retry_after_s == kept
    assert limiter.paused_s == [paused_s]


async def test_only_429_pauses() -> None:
    limiter = OpenLimiter()
    await activate_against(says(503, retry_after="17"), limiter=limiter)
    assert limiter.paused_s == []


async def test_429_on_a_read_pauses_and_raises() -> None:
    limiter = OpenLimiter()
    with pytest.raises(PartnerError) as caught:
        await status_against(says(429, retry_after="9"), limiter=limiter)
    assert caught.value.kind is FailureKind.RATE_LIMITED
    assert caught.value.answer.retry_after_s == 9
    assert limiter.paused_s == [9]


# ----------------------------------------------------------------------------------------------- secrets


ECHO = json.dumps({
    "api_key": API_KEY,
    "auth": f"Bearer {TOKEN}",
    "hooks": list(BODY.webhook_urls),
    API_KEY: TOKEN,
    "note": "kept",
})  # fmt: skip


@pytest.mark.parametrize(
    "body", [ECHO, ECHO.replace("/", "\\/"), f"<p>{API_KEY} {TOKEN} {WEBHOOK_KEY} kept</p>"]
)
async def test_secrets_the_partner_echoes_are_not_kept(body: str) -> None:
    answer, _ = await activate_against(
        says(422, body.encode(), location=f"https://x.example/?k={API_KEY}&t={TOKEN}")
    )
    shown = f"{answer.body_head} {answer.json} {dict(answer.headers)} {answer!r}"
    for secret in (API_KEY, TOKEN, TOKEN.replace("/", "\\/"), WEBHOOK_KEY):
        assert secret not in shown
    assert "kept" in answer.body_head
    assert answer.headers["location"] == "https://x.example/?k=***&t=***"


async def test_a_secret_cut_at_any_limit_is_not_kept_in_part() -> None:
    pads = iter(range(1_930, 2_005))

    async def echoes(writer: asyncio.StreamWriter) -> None:
        writer.write(response(422, b"x" * next(pads) + API_KEY.encode() + b"y" * 3_000))

    async with loopback(echoes) as server, client_for(server.url) as client:
        for _ in range(1_930, 2_005):
            answer = await client.activate("redirect", BODY)
            assert answer.http_status == 422
            assert API_KEY[:8] not in answer.body_head
    broken = b"x" * 100 + API_KEY[:40].encode()
    answer, _ = await activate_against(closes(response(422, broken, content_length="5000")))
    assert answer.http_status == 422
    assert API_KEY[:8] not in answer.body_head


async def test_only_a_few_headers_are_kept() -> None:
    answer, _ = await activate_against(
        says(
            201,
            content_type="application/json",
            set_cookie="s=1",
            x_secret="1",
            x_request_id="abc",
            server="nginx",
        )
    )
    assert dict(answer.headers) == {
        "content-type": "application/json",
        "content-length": "0",
        "server": "nginx",
        "x-request-id": "abc",
    }


async def test_the_token_is_in_no_repr_log_or_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with (
        loopback(says_json(401, {"meta": {"message": TOKEN}})) as server,
        client_for(server.url) as client,
    ):
        with pytest.raises(PartnerError) as caught:
            await client.status(123)
        shown = f"{client!r} {client} {caught.value!r} {caught.value} {caught.value.answer!r} {caplog.text}"
    assert server.requests[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in shown
    assert caught.value.answer.message == "***"
    assert caught.value.__cause__ is None


async def test_body_head_can_be_stored_whatever_the_bytes() -> None:
    answer, _ = await activate_against(says(500, b"\x00\xff\xed\xa0\x80" + "Ёлка".encode()))
    answer.body_head.encode("utf-8")
    assert "\x00" not in answer.body_head
    assert "Ёлка" in answer.body_head


# ------------------------------------------------------------------------------------------------- reads


def link(status: str, **data: object) -> dict[str, object]:
    """Build the body of a status answer."""
    return {
        "success": True,
        "data": {"connection_status": {"status": status, "created_at": "2026-01-01 10:00:00"}, **data},
    }


@pytest.mark.parametrize("status", list(PartnerStatus))
async def test_status_is_read(status: PartnerStatus) -> None:
    reading = await status_against(says_json(200, {**link(status.value), "meta": []}))
    assert (reading.salon_id, reading.status) == (123, status)


async def test_status_keeps_logs_and_payments_in_the_partners_words() -> None:
    logs = [
        {
            "changed_at": "2026-01-01 10:00:00",
            "status_from": "pending",
            "status_to": "active",
            "source": "partner_api",
        }
    ]
    payments = [
        {
            "id": 17,
            "payment_sum": 990.99,
            "currency_iso": "RUB",
            "payment_date": "2026-01-01 10:00:00",
            "period_from": "2026-01-01 00:00:00",
            "period_to": "2026-01-31 00:00:00",
            "is_refunded": False,
            "refunded_at": None,
        },
        "junk",
        {"id": "18", "is_refunded": 1},
    ]
    reading = await status_against(says_json(200, link("active", logs=logs, payments=payments)))
    assert reading.since == "2026-01-01 10:00:00"
    assert [(change.status_from, change.status_to, change.source) for change in reading.logs] == [
        ("pending", "active", "partner_api")
    ]
    assert [(payment.id, payment.payment_sum, payment.is_refunded) for payment in reading.payments] == [
        ("17", "990.99", False),
        ("18", None, True),
    ]


async def test_not_installed_is_a_reading() -> None:
    reading = await status_against(says_json(404, {"success": False, "data": None, "meta": []}))
    assert reading.status is PartnerStatus.UNINSTALLED
    assert (reading.since, reading.logs, reading.payments) == (None, (), ())


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        pytest.param(says(200, HTML, content_type="text/html"), FailureKind.GARBLED, id="200-html"),
        pytest.param(says(404, HTML, content_type="text/html"), FailureKind.GARBLED, id="404-html"),
        pytest.param(
            says(200, b'{"data":{"conn', content_type="application/json"), FailureKind.GARBLED, id="cut-json"
        ),
        pytest.param(says(200, b"[" * 20_000), FailureKind.GARBLED, id="deep"),
        pytest.param(says(200), FailureKind.GARBLED, id="empty"),
        pytest.param(says_json(200, {"data": None}), FailureKind.GARBLED, id="data-null"),
        pytest.param(says_json(200, [1]), FailureKind.GARBLED, id="list"),
        pytest.param(says_json(200, link("deleted")), FailureKind.GARBLED, id="unknown-word"),
        pytest.param(says(301, HTML, location="/"), FailureKind.GARBLED, id="301"),
        pytest.param(says_json(401, ENVELOPE), FailureKind.UNAUTHORIZED, id="401"),
        pytest.param(says_json(403, ENVELOPE), FailureKind.FORBIDDEN, id="403"),
        pytest.param(says(429), FailureKind.RATE_LIMITED, id="429"),
        pytest.param(says(500, HTML), FailureKind.SERVER_ERROR, id="500"),
        pytest.param(Hangs(), FailureKind.TIMEOUT, id="hang"),
        pytest.param(reset(), FailureKind.UNREACHABLE, id="reset"),
        pytest.param(
            closes(response(200, b'{"d', content_length="99")), FailureKind.UNREACHABLE, id="closed-in-body"
        ),
        pytest.param(floods(b"HTTP/1.1 200 OK\r\n\r\n", b" " * 65_536), FailureKind.GARBLED, id="huge"),
    ],
)
async def test_every_fault_of_a_read_has_its_kind(script: Script, kind: FailureKind) -> None:
    with pytest.raises(PartnerError) as caught:
        await status_against(script, total_timeout_s=patience_s(script))
    assert caught.value.kind is kind
    assert classify_status(caught.value.answer) is kind
    async with (
        loopback(script) as server,
        client_for(server.url, total_timeout_s=patience_s(script)) as client,
    ):
        with pytest.raises(PartnerError):
            await client.company(123)
        if kind is not FailureKind.GARBLED:
            with pytest.raises(PartnerError) as listed:
                await client.salons(1)
            assert listed.value.kind is kind


async def test_company_is_read_with_its_id_as_text_too() -> None:
    data = {
        "id": "123",
        "title": " Салон «Ёлка» ",
        "city": "Москва",
        "address": "",
        "timezone_name": "Europe/Moscow",
    }
    script = says_json(200, {"success": True, "data": data, "meta": []})
    async with loopback(script) as server, client_for(server.url) as client:
        company = await client.company(123)
    assert (company.id, company.title, company.city) == (123, "Салон «Ёлка»", "Москва")
    assert (company.address, company.timezone_name) == (None, "Europe/Moscow")


async def test_another_company_than_asked_for_is_garbled() -> None:
    script = says_json(200, {"data": {"id": 124, "title": "x"}})
    async with loopback(script) as server, client_for(server.url) as client:
        with pytest.raises(PartnerError) as caught:
            await client.company(123)
    assert caught.value.kind is FailureKind.GARBLED


async def test_a_company_not_found_is_not_found() -> None:
    async with loopback(says_json(404, ENVELOPE)) as server, client_for(server.url) as client:
        with pytest.raises(PartnerError) as caught:
            await client.company(123)
    assert caught.value.kind is FailureKind.NOT_FOUND


def salon(salon_id: object) -> dict[str, object]:
    """Build a list item as the partner does, with about as many fields."""
    extra = {f"field_{number}": "значение" * 4 for number in range(24)}
    return {
        "id": salon_id,
        "title": f"Салон {salon_id}",
        "city": "Москва",
        "coordinate_lat": "55.75",
        **extra,
    }


async def test_a_full_page_of_a_thousand_salons_is_read_and_odd_items_are_counted() -> None:
    items = [salon(str(number) if number % 2 else number) for number in range(1, 999)]
    items += [salon("x"), {"title": "no id"}]
    script = says_json(200, {"success": True, "data": items, "meta": []})
    async with loopback(script) as server, client_for(server.url) as client:
        page = await client.salons(1)
    assert [company.id for company in page.items] == list(range(1, 999))
    assert (page.page, page.skipped, page.is_last) == (1, 2, False)


@pytest.mark.parametrize(("items", "is_last"), [(0, True), (1, True), (2, False)])
async def test_a_short_page_is_the_last(items: int, is_last: bool) -> None:
    script = says_json(200, {"data": [salon(number) for number in range(1, items + 1)]})
    async with loopback(script) as server, client_for(server.url) as client:
        page = await client.salons(3, count=2)
    assert (len(page.items), page.is_last) == (items, is_last)


# ------------------------------------------------------------------------------------------------- probe


async def test_probe_says_that_the_token_is_known_and_how_far_the_clocks_differ() -> None:
    ahead = (NOW + timedelta(seconds=90)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    async with loopback(says_json(200, {"data": []}, date=ahead)) as server, client_for(server.url) as client:
        result = await client.probe()
    assert (result.kind, result.http_status) == (None, 200)
    assert result.clock_offset_s == pytest.approx(90.5, abs=1)


@pytest.mark.parametrize(
    ("script", "kind", "status"),
    [
        (says_json(401, {"meta": {"message": "Необходима авторизация"}}), FailureKind.UNAUTHORIZED, 401),
        (says_json(403, {"meta": {"message": "Необходима авторизация"}}), FailureKind.FORBIDDEN, 403),
        (says(200, HTML), FailureKind.GARBLED, 200),
        (reset(), FailureKind.UNREACHABLE, None),
    ],
)
async def test_probe_tells_refusals_apart_and_never_raises(
    script: Script, kind: FailureKind, status: int | None
) -> None:
    async with loopback(script) as server, client_for(server.url) as client:
        result = await client.probe()
    assert (result.kind, result.http_status) == (kind, status)
    assert result.clock_offset_s is None
    assert result.message == ("Необходима авторизация" if status in (401, 403) else None)
