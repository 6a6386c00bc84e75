"""The sandbox's control API: what a person does on the page, done by program; and who may do it."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from gateway.sandbox.app import build_sandbox
from gateway.sandbox.user_data import sign
from tests.unit.sandbox.support import (
    CONFIG,
    NOWHERE,
    OTHER,
    SALON,
    TOKEN,
    MovedClock,
    Receiver,
    Running,
    receiving,
    running,
)


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as made:
        yield made


@pytest.fixture
async def it(clock: MovedClock, receiver: Receiver) -> AsyncIterator[Running]:
    async with running(clock, gateway_url=receiver.url, callback_url=f"{receiver.url}/w") as made:
        yield made


def assert_problem(answer: httpx.Response, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["code"] == code
    assert answer.json()["error"]["message"]


# -- salons ----------------------------------------------------------------------------------------------


async def test_connecting_consents_and_gives_the_signed_way_in(it: Running) -> None:
    answer = (await it.control("POST", f"salons/{SALON}/connect")).json()
    assert (answer["salon"]["status"], answer["consented"], answer["unchanged"]) == ("pending", [SALON], [])
    assert answer["redirect_url"].startswith(f"{CONFIG.redirect_url}?salon_id={SALON}&user_data=")
    query = parse_qs(urlsplit(answer["redirect_url"]).query)
    data = query["user_data"][0].replace("-", "+").replace("_", "/")
    assert sign(base64.b64decode(data, validate=True), TOKEN) == query["user_data_sign"][0]


@pytest.mark.parametrize("form", ["salon_ids[]", "salon_ids[n]", "salon_ids_comma"])
@pytest.mark.parametrize("alphabet", ["standard", "urlsafe"])
async def test_several_branches_are_connected_together_in_every_form(
    it: Running, form: str, alphabet: str
) -> None:
    answer = await it.control(
        "POST",
        f"salons/{SALON}/connect",
        branches=[SALON, OTHER],
        form=form,
        alphabet=alphabet,
        user_data=False,
    )
    assert answer.json()["consented"] == [SALON, OTHER]
    assert "user_data" not in answer.json()["redirect_url"]
    assert it.market.status(OTHER) == "pending"


async def test_the_settings_tab_consents_to_nothing(it: Running) -> None:
    answer = await it.control("POST", f"salons/{SALON}/open")
    assert answer.json()["redirect_url"].startswith(CONFIG.redirect_url)
    assert it.market.status(SALON) == "uninstalled"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"form": "x"}, "form"),
        ({"user_data": "no"}, "user_data"),
        ({"branches": "1"}, "branches"),
        ({"alphabet": 5}, "alphabet"),
    ],
)
async def test_a_wrong_option_is_named_and_nothing_is_connected(
    it: Running, body: dict[str, Any], field: str
) -> None:
    answer = await it.control("POST", f"salons/{SALON}/connect", **body)
    assert_problem(answer, 422, "field_invalid")
    assert answer.json()["error"]["field"] == field
    assert it.market.status(SALON) == "uninstalled"


@pytest.mark.parametrize("action", ["connect", "open", "disconnect", "expire", "pay", "emit"])
async def test_an_unknown_salon_is_404(it: Running, action: str) -> None:
    for salon in ("5", "abc", "0", "-1", "9" * 5000):
        assert_problem(await it.control("POST", f"salons/{salon}/{action}"), 404, "unknown_salon")


async def test_the_branches_must_exist(it: Running) -> None:
    assert_problem(await it.control("POST", f"salons/{SALON}/connect", branches=[5]), 404, "unknown_salon")


async def test_what_cannot_be_done_now_is_409(it: Running) -> None:
    assert_problem(await it.control("POST", f"salons/{SALON}/expire"), 409, "not_active")
    assert_problem(await it.control("POST", f"salons/{SALON}/pay"), 409, "not_installed")
    assert_problem(await it.control("POST", f"salons/{SALON}/emit"), 409, "not_active")
    assert (await it.control("POST", f"salons/{SALON}/disconnect")).json()["changed"] is False


async def test_a_salon_can_be_added_and_connected(it: Running) -> None:
    added = (await it.control("POST", "salons", title="Новый салон", city="Тула")).json()["salon"]
    assert (added["id"], added["title"], added["status"]) == (101008, "Новый салон", "uninstalled")
    await it.control("POST", f"salons/{added['id']}/connect")
    assert (await it.control("GET", f"salons/{added['id']}")).json()["salon"]["status"] == "pending"
    assert_problem(await it.control("POST", "salons", title="Ещё", id=added["id"]), 409, "salon_exists")
    assert_problem(await it.control("POST", "salons"), 422, "field_invalid")


async def test_every_salon_is_listed_with_where_it_stands(it: Running) -> None:
    it.market.connect(SALON)
    salons = (await it.control("GET", "salons")).json()["salons"]
    assert len(salons) == 7
    assert (salons[0]["status"], salons[0]["install"]) == ("pending", 1)
    assert salons[0]["pending_until"] == "2026-01-01T01:00:00+00:00"
    assert salons[1]["pending_until"] is None


# -- faults, switches, clock, log --------------------------------------------------------------------------


async def test_faults_are_put_met_shown_and_cleared(it: Running) -> None:
    put = await it.control(
        "PUT", "faults", kind="500", operation="company", salon_id=SALON, count=2, effect=True, seconds=1
    )
    fault = put.json()["fault"]
    assert (fault["kind"], fault["remaining"], fault["effect"]) == ("500", 2, True)
    assert (await it.partner.get(f"/api/v1/company/{SALON}")).status_code == 500
    assert (await it.control("GET", "faults")).json()["faults"][0]["taken"] == 1
    assert (await it.control("DELETE", f"faults/{fault['id']}")).json() == {"cleared": 1}
    await it.control("POST", "faults", kind="404")
    assert (await it.control("DELETE", "faults")).json() == {"cleared": 1}
    assert (await it.partner.get(f"/api/v1/company/{SALON}")).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({}, "kind"),
        ({"kind": "x"}, "kind"),
        ({"kind": "500", "operation": "x"}, "operation"),
        ({"kind": "500", "count": 0}, "count"),
        ({"kind": "500", "seconds": -1}, "seconds"),
        ({"kind": "500", "megabytes": 9999}, "megabytes"),
        ({"kind": "500", "effect": 1}, "effect"),
    ],
)
async def test_a_fault_that_cannot_be_set_is_named(it: Running, wrong: dict[str, Any], field: str) -> None:
    answer = await it.control("PUT", "faults", **wrong)
    assert_problem(answer, 422, "field_invalid")
    assert answer.json()["error"]["field"] == field


async def test_the_clock_is_shifted_and_put_back(it: Running) -> None:
    it.market.connect(SALON)
    assert (await it.control("POST", "clock", shift_s=3600)).json()["clock"] == {
        "now": "2026-01-01T01:00:00+00:00",
        "shift_s": 3600.0,
    }
    assert it.market.status(SALON) == "uninstalled"
    assert (await it.control("POST", "clock", reset=True)).json()["clock"]["shift_s"] == 0
    assert_problem(await it.control("POST", "clock", shift_s=1e12), 422, "field_invalid")


async def test_the_log_is_read_by_cursor(it: Running) -> None:
    await it.partner.get(f"/api/v1/company/{SALON}")
    first = (await it.control("GET", "log")).json()
    assert [entry["operation"] for entry in first["entries"]] == ["company"]
    await it.partner.get(it.status_path())
    second = (await it.control("GET", f"log?after={first['next']}")).json()
    assert [entry["operation"] for entry in second["entries"]] == ["status"]
    assert (await it.control("GET", f"log?after={second['next']}")).json()["entries"] == []
    assert len((await it.control("GET", "log?after=nonsense")).json()["entries"]) == 2


async def test_the_overview_is_all_that_the_page_shows(it: Running) -> None:
    overview = (await it.control("GET", "overview?after=0")).json()
    assert set(overview) == {"clock", "switches", "salons", "faults", "report", "log"}
    about = (await it.control("GET", "about")).json()
    assert {"brand", "operations", "fault_kinds", "phone_actions", "branch_forms"} <= set(about)
    assert all(kind["ru"] and kind["en"] for kind in about["fault_kinds"])


async def test_the_report_says_what_the_referee_saw(it: Running) -> None:
    it.market.connect(SALON)
    await it.activate()
    report = (await it.control("GET", "report")).json()
    assert report["salons"][str(SALON)]["installs"] == 1
    assert report["webhooks_busy"] == 0


async def test_reset_starts_afresh(it: Running) -> None:
    it.market.connect(SALON)
    await it.activate()
    overview = (await it.control("POST", "reset")).json()
    assert {salon["status"] for salon in overview["salons"]} == {"uninstalled"}
    assert overview["report"]["calls_total"] == 0
    assert overview["log"]["entries"] == []


# -- the phone -------------------------------------------------------------------------------------------


async def test_the_phone_panel_passes_the_click_to_the_gateway(it: Running, receiver: Receiver) -> None:
    receiver.answer = '{"success": true, "message": "Сканировано"}'.encode()
    answer = await it.control("POST", f"phone/{SALON}/enter-code", code="ABCD-1234")
    assert answer.json() == {"status": 200, "body": {"success": True, "message": "Сканировано"}}
    assert receiver.heads[0].startswith(f"POST /simulator/{SALON}/enter-code HTTP/1.1")
    assert receiver.bodies[0] == b'{"code":"ABCD-1234"}'


async def test_the_gateways_refusal_is_shown_as_it_is(it: Running, receiver: Receiver) -> None:
    receiver.statuses, receiver.answer = [409], b"not json"
    assert (await it.control("POST", f"phone/{SALON}/scan")).json() == {"status": 409, "body": "not json"}


async def test_a_phone_that_cannot_do_it_and_a_gateway_that_is_away(clock: MovedClock) -> None:
    async with running(clock, gateway_url=NOWHERE) as it:
        assert_problem(await it.control("POST", f"phone/{SALON}/dance"), 404, "unknown_action")
        assert_problem(await it.control("POST", f"phone/{SALON}/scan"), 502, "gateway_unreachable")


# -- who may -----------------------------------------------------------------------------------------------

CHANGING = [
    ("POST", "salons"),
    ("POST", f"salons/{SALON}/connect"),
    ("POST", f"salons/{SALON}/disconnect"),
    ("POST", f"phone/{SALON}/scan"),
    ("PUT", "faults"),
    ("POST", "faults"),
    ("DELETE", "faults"),
    ("DELETE", "faults/1"),
    ("PATCH", "switches"),
    ("POST", "clock"),
    ("POST", "reset"),
]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"X-Sandbox": "0"},
        {"Origin": "null"},
    ],
)
async def test_another_sites_page_cannot_drive_it(it: Running, headers: dict[str, str]) -> None:
    for method, path in CHANGING:
        answer = await it.bare.request(method, f"/sandbox/api/{path}", headers=headers)
        assert_problem(answer, 403, "cross_site")
    assert it.market.status(SALON) == "uninstalled"


async def test_its_own_page_may(it: Running) -> None:
    answer = await it.bare.post(
        f"/sandbox/api/salons/{SALON}/connect", headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:9090", "127.0.0.1.evil.example", "[::", ""])
async def test_a_rebound_name_reads_nothing(it: Running, host: str) -> None:
    for path in ("/", "/sandbox/", "/sandbox/api/overview", "/sandbox/files/main.js"):
        assert (await it.bare.get(path, headers={"Host": host})).status_code == 403


@pytest.mark.parametrize("client", ["10.0.0.5", "192.168.0.7", "2001:db8::1"])
async def test_only_this_machine_may_read_or_drive_it(client: str) -> None:
    sandbox = build_sandbox(CONFIG, MovedClock())
    transport = httpx.ASGITransport(app=sandbox.app, client=(client, 4000))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as stranger:
        assert (await stranger.get("/sandbox/")).status_code == 403
        answer = await stranger.post("/sandbox/api/reset", headers={"X-Sandbox": "1"})
    assert_problem(answer, 403, "not_local")
    await sandbox.aclose()


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b"\xff", b"[" * 50_000, b'{"a": NaN}'])
async def test_a_body_that_is_no_object_is_400(it: Running, body: bytes) -> None:
    answer = await it.bare.post("/sandbox/api/salons", content=body, headers={"X-Sandbox": "1"})
    assert_problem(answer, 400, "json_invalid")


async def test_errors_are_told_in_the_language_asked_for(it: Running) -> None:
    path = "/sandbox/api/salons/5"
    assert (await it.bare.get(path)).json()["error"]["message"] == "Такого салона нет."
    english = await it.bare.get(path, headers={"Accept-Language": "en"})
    assert english.json()["error"]["message"] == "There is no such salon."
    assert (await it.bare.get(path + "?lang=en")).json() == english.json()
    assert_problem(await it.bare.get("/sandbox/api/nothing"), 404, "not_found")
    assert_problem(
        await it.bare.put("/sandbox/api/reset", headers={"X-Sandbox": "1"}), 405, "method_not_allowed"
    )
    huge = await it.bare.post("/sandbox/api/salons", content=b"x" * 300_000, headers={"X-Sandbox": "1"})
    assert_problem(huge, 413, "body_too_large")


# -- the page ----------------------------------------------------------------------------------------------


async def test_the_page_and_its_files_come_with_a_strict_policy(it: Running) -> None:
    home = await it.bare.get("/")
    assert (home.status_code, home.headers["location"]) == (302, "/sandbox/")
    for path in (
        "/sandbox/",
        *(f"/sandbox/files/{name}" for name in ("main.js", "sandbox.css", "tokens.css", "texts.json")),
    ):
        answer = await it.bare.get(path)
        assert answer.status_code == 200, path
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "name", ["nothing.js", "..%2F..%2Fpyproject.toml", "%2Fetc%2Fpasswd", "index.php", ".html"]
)
async def test_nothing_but_the_pages_files_is_served(it: Running, name: str) -> None:
    assert (await it.bare.get(f"/sandbox/files/{name}")).status_code in (403, 404)


async def test_a_salons_name_is_no_markup_on_the_landing_page(it: Running) -> None:
    await it.control("POST", "salons", id=7, title="<script>alert(1)</script>")
    text = (await it.bare.get("/appstore/7/applications/77/installed")).text
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
