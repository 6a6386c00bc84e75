"""Every fault of the sandbox as a real client sees it, and whether the call was carried out behind it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from gateway.clock import SystemClock
from gateway.sandbox.app import build_sandbox
from gateway.sandbox.faults import KINDS
from tests.unit.sandbox.support import APPLICATION, CONFIG, SALON, MovedClock, Running, running, until

NEVER_ANSWERED = (httpx.ReadError, httpx.RemoteProtocolError, httpx.WriteError)


@pytest.fixture
async def it() -> AsyncIterator[Running]:
    async with running(SystemClock()) as made:
        made.market.connect(SALON)
        yield made


def carried_out(it: Running) -> bool:
    return it.market.status(SALON).value == "active"


@pytest.mark.parametrize(
    ("kind", "status", "content_type", "done"),
    [
        ("401", 401, "application/json", False),
        ("403_foreign", 403, "application/json", False),
        ("403_installed", 403, "application/json", False),
        ("400_aggregator", 400, "application/json", False),
        ("404", 404, "application/json", False),
        ("422", 422, "application/json", False),
        ("429", 429, "application/json", False),
        ("429_retry_after", 429, "application/json", False),
        ("500", 500, "application/json", False),
        ("502", 502, "text/html", False),
        ("503", 503, "text/html", False),
        ("200_html", 200, "text/html", True),
        ("200_json", 200, "application/json", True),
        ("201_empty", 201, "", True),
        ("204", 204, "", True),
        ("301_location", 301, "text/html", True),
        ("301_bare", 301, "text/html", True),
        ("302", 302, "text/html", True),
        ("cut_json", 201, "application/json", True),
        ("huge_body", 200, "application/json", True),
        ("meta_object", 201, "", True),
        ("meta_list", 201, "", True),
        ("meta_absent", 201, "", True),
        ("string_ids", 201, "", True),
    ],
)
async def test_an_activation_meets_the_fault(
    it: Running, kind: str, status: int, content_type: str, done: bool
) -> None:
    it.market.faults.put(kind, count=1, megabytes=1)
    answer = await it.activate()
    assert answer.status_code == status
    assert answer.headers.get("content-type", "").startswith(content_type)
    assert bool(answer.headers.get("content-type")) is bool(content_type)
    assert carried_out(it) is done
    assert it.market.log.entries()[-1].fault == kind
    assert it.market.report()["faults"] == {kind: 1}


def test_every_fault_is_seen_by_a_client_here() -> None:
    elsewhere = {"hang", "stall", "reset_before", "reset_after", "short_body"}
    marks = test_an_activation_meets_the_fault.pytestmark  # type: ignore[attr-defined]
    assert {case[0] for case in marks[0].args[1]} | elsewhere == {kind.name for kind in KINDS}


@pytest.mark.parametrize(("kind", "done"), [("reset_before", False), ("reset_after", True)])
async def test_a_reset_connection_gives_no_answer_at_all(it: Running, kind: str, done: bool) -> None:
    it.market.faults.put(kind, count=1)
    with pytest.raises(NEVER_ANSWERED):
        await it.activate()
    assert carried_out(it) is done
    assert it.market.log.entries()[-1].status is None
    assert (await it.partner.get(it.status_path())).status_code == 200


async def test_a_reset_is_a_reset_on_the_wire(it: Running) -> None:
    it.market.faults.put("reset_after", count=1)
    reader, writer = await asyncio.open_connection(*it.url.removeprefix("http://").split(":"))
    writer.write(b"GET /api/v1/company/101001 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    with pytest.raises(ConnectionResetError):
        await reader.read()
    writer.close()


async def test_a_body_may_break_off_half_way(it: Running) -> None:
    it.market.faults.put("short_body", count=1)
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        await it.activate()
    assert carried_out(it)


async def test_a_broken_body_still_shows_its_head_to_who_reads_it_piecemeal(it: Running) -> None:
    it.market.faults.put("short_body", count=1)
    async with it.partner.stream("GET", it.status_path()) as answer:
        assert answer.status_code == 200
        first = await anext(answer.aiter_bytes())
    assert json.loads(first)["success"] is True


async def test_a_hanging_call_is_silent_and_then_dropped(it: Running) -> None:
    it.market.faults.put("hang", count=1, seconds=0.2)
    with pytest.raises(NEVER_ANSWERED):
        await it.activate()
    assert not carried_out(it)


async def test_a_client_that_gives_up_on_a_hanging_call_is_logged(it: Running) -> None:
    it.market.faults.put("hang", count=1, seconds=60)
    with pytest.raises(httpx.ReadTimeout):
        await it.partner.get(it.status_path(), timeout=httpx.Timeout(60.0, read=0.1))
    entry = await until(lambda: it.market.log.entries()[-1:])
    assert (entry[0].fault, entry[0].status) == ("hang", None)


async def test_a_stalled_call_is_done_at_once_and_answered_late(it: Running) -> None:
    it.market.faults.put("stall", count=1, seconds=60)
    with pytest.raises(httpx.ReadTimeout):
        await it.partner.post(
            "/marketplace/partner/callback",
            json={"salon_id": SALON, "application_id": APPLICATION},
            timeout=httpx.Timeout(60.0, read=0.15),
        )
    await until(lambda: carried_out(it))
    it.market.faults.put("stall", count=1, seconds=0.05)
    assert (await it.partner.get(it.status_path())).json()["data"]["connection_status"]["status"] == "active"


async def test_a_hanging_call_does_not_keep_the_sandbox_from_ending() -> None:
    clock = SystemClock()
    began = clock.monotonic()
    async with running(clock) as it:
        it.market.faults.put("hang", count=1, seconds=3000)
        call = asyncio.get_running_loop().create_task(it.partner.get(it.status_path(), timeout=30))
        await until(lambda: not it.market.faults.wire())
        await it.sandbox.aclose()
        with pytest.raises(NEVER_ANSWERED):
            await call
    assert clock.monotonic() - began < 5


async def test_a_huge_body_comes_in_pieces_and_may_be_left(it: Running) -> None:
    it.market.faults.put("huge_body", count=1, megabytes=256)
    received = 0
    async with it.partner.stream("GET", it.status_path()) as answer:
        async for chunk in answer.aiter_bytes():
            received += len(chunk)
            if received > 2_000_000:
                break
    assert "content-length" not in answer.headers
    assert (await it.partner.get(it.status_path())).status_code == 200


async def test_a_huge_body_is_as_long_as_asked(it: Running) -> None:
    it.market.faults.put("huge_body", count=1, megabytes=3)
    answer = await it.partner.get(it.status_path())
    assert len(json.loads(answer.content)["data"]) == 3 * 2**20


@pytest.mark.parametrize(("kind", "location"), [("301_location", True), ("301_bare", False), ("302", True)])
async def test_a_redirect_leads_to_a_page_or_nowhere(it: Running, kind: str, location: bool) -> None:
    it.market.faults.put(kind, count=1)
    answer = await it.activate()
    assert ("location" in answer.headers) is location
    if location:
        assert (await it.bare.get(answer.headers["location"])).status_code == 200


async def test_cut_json_has_the_length_it_says_and_is_no_json(it: Running) -> None:
    it.market.faults.put("cut_json", count=1)
    answer = await it.partner.get(it.status_path())
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()


@pytest.mark.parametrize(("kind", "meta"), [("meta_object", {}), ("meta_list", []), ("meta_absent", None)])
async def test_meta_takes_the_form_asked_for(it: Running, kind: str, meta: Any) -> None:
    it.market.faults.put(kind, operation="company")
    assert (await it.partner.get("/api/v1/company/101001")).json().get("meta") == meta


async def test_ids_come_as_strings(it: Running) -> None:
    it.market.faults.put("string_ids", operation="company")
    data = (await it.partner.get("/api/v1/company/101001")).json()["data"]
    assert (data["id"], data["country_id"], data["coordinate_lat"]) == ("101001", "1", 55.7558)


async def test_retry_after_says_the_seconds_asked_for(it: Running) -> None:
    it.market.faults.put("429_retry_after", seconds=17)
    assert (await it.activate()).headers["retry-after"] == "17"


async def test_a_500_may_hide_that_the_call_was_done(it: Running) -> None:
    it.market.faults.put("500", count=1, effect=True)
    assert (await it.activate()).status_code == 500
    assert carried_out(it)
    assert it.market.log.entries()[-1].note == "true answer 201"


async def test_an_html_page_may_hide_that_nothing_was_done(it: Running) -> None:
    it.market.faults.put("200_html", count=1, effect=False)
    assert (await it.activate()).status_code == 200
    assert not carried_out(it)


async def test_a_fault_does_not_let_a_wrong_token_do_anything(it: Running) -> None:
    it.market.faults.put("200_json", count=1)
    answer = await it.partner.post(
        "/marketplace/partner/callback",
        json={"salon_id": SALON, "application_id": APPLICATION},
        headers={"Authorization": "Bearer wrong"},
    )
    assert answer.status_code == 200
    assert not carried_out(it)


async def test_a_fault_of_one_salon_leaves_others_alone(it: Running) -> None:
    it.market.faults.put("500", operation="callback", salon_id=101002)
    assert (await it.activate()).status_code == 201
    it.market.connect(101002)
    assert (await it.activate(101002)).status_code == 500
    assert (await it.partner.get(it.status_path(101002))).status_code == 200


async def test_under_another_server_a_drop_is_still_no_whole_answer() -> None:
    sandbox = build_sandbox(CONFIG, MovedClock())
    sandbox.market.faults.put("reset_before", count=1)
    transport = httpx.ASGITransport(app=sandbox.app, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        answer = await client.get("/api/v1/company/101001")
    assert int(answer.headers["content-length"]) > len(answer.content)
    await sandbox.aclose()
