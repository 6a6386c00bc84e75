"""The sandbox's partner API over a real socket: every call, every documented answer, every check."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from gateway.sandbox.operations import OPERATIONS
from tests.unit.sandbox.support import APPLICATION, KEY, OTHER, SALON, TOKEN, MovedClock, Running, running

DATES = {
    "payment_date": "2026-01-01 10:00:00",
    "period_from": "2026-01-01 00:00:00",
    "period_to": "2026-01-31 23:59:59",
}
PAYMENT = {
    "salon_id": SALON,
    "application_id": APPLICATION,
    "payment_sum": 990.99,
    "currency_iso": "RUB",
    **DATES,
}


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
async def it(clock: MovedClock) -> AsyncIterator[Running]:
    async with running(clock) as made:
        yield made


@pytest.fixture
async def active(it: Running) -> Running:
    it.market.connect(SALON)
    assert (await it.activate()).status_code == 201
    return it


def path_of(name: str, *, salon: int = SALON, application: int = APPLICATION) -> tuple[str, str]:
    operation = next(each for each in OPERATIONS if each.name == name)
    filled = operation.path.replace("<salon_id>", str(salon)).replace("<application_id>", str(application))
    return operation.method, filled.replace("<payment_id>", "1")


def assert_refused(answer: httpx.Response, status: int, message: str | None) -> None:
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert (body["success"], body["data"]) == (False, None)
    assert body["meta"].get("message") == message


# -- what every call checks ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header", [None, "Bearer wrong", "Bearer", f"bearer {TOKEN}", f"Basic {TOKEN}", TOKEN]
)
async def test_without_the_partner_token_no_call_is_carried_out(it: Running, header: str | None) -> None:
    it.market.connect(SALON)
    headers = {"Accept": it.market.brand.accept} | ({} if header is None else {"Authorization": header})
    for operation in OPERATIONS:
        method, path = path_of(operation.name)
        body = None if method == "GET" else {"salon_id": SALON, "application_id": APPLICATION}
        answer = await it.bare.request(method, path, headers=headers, json=body)
        assert_refused(answer, 401, "Необходима авторизация")
    assert it.market.status(SALON) == "pending"


@pytest.mark.parametrize("accept", ["application/json", "*/*", "application/vnd.api.v2+json"])
async def test_the_second_version_must_be_asked_for(it: Running, accept: str) -> None:
    answer = await it.partner.get("/api/v1/company/101001", headers={"Accept": accept})
    assert answer.status_code == 400
    assert it.market.report()["complaints"][0]["text"].startswith("Accept")


async def test_an_accept_that_lists_more_is_fine(it: Running) -> None:
    answer = await it.partner.get(
        "/api/v1/company/101001", headers={"Accept": f"{it.market.brand.accept}, */*"}
    )
    assert answer.status_code == 200


async def test_a_user_token_may_follow_the_partners(it: Running) -> None:
    answer = await it.partner.get(
        "/api/v1/company/101001", headers={"Authorization": f"Bearer {TOKEN}, User u1"}
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("name", ["status", "salons", "uninstall", "tariffs", "grant_access"])
async def test_a_foreign_application_in_the_path_is_403(it: Running, name: str) -> None:
    method, path = path_of(name, application=APPLICATION + 1)
    assert_refused(await it.partner.request(method, path), 403, "Доступ запрещен.")


@pytest.mark.parametrize("path", ["callback", "callback/redirect", "payment", "short_names"])
async def test_a_foreign_application_in_the_body_is_403(it: Running, path: str) -> None:
    it.market.connect(SALON)
    body = PAYMENT | {"application_id": APPLICATION + 1, "short_names": ["AI"]}
    assert_refused(await it.partner.post(f"/marketplace/partner/{path}", json=body), 403, "Доступ запрещен.")
    assert it.market.status(SALON) == "pending"


@pytest.mark.parametrize("name", ["status", "company", "uninstall"])
async def test_an_unknown_salon_is_404(it: Running, name: str) -> None:
    method, path = path_of(name)
    for salon in ("5", "0", "abc", "-1", "9" * 20, "9" * 5000, "1.5"):
        answer = await it.partner.request(method, path.replace(str(SALON), salon))
        assert_refused(answer, 404, "Не найдено")


BODIES = ("callback", "callback_redirect", "payment", "short_names", "add_discount", "update_channel")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b'{"salon_id": NaN}', b"[" * 50_000])
async def test_a_body_that_is_no_json_object_is_422(it: Running, body: bytes) -> None:
    for name in BODIES:
        method, path = path_of(name)
        answer = await it.partner.request(
            method, path, content=body, headers={"Content-Type": "application/json"}
        )
        assert_refused(answer, 422, "Произошла ошибка")
        assert [error["field"] for error in answer.json()["meta"]["errors"]] == ["body"]


async def test_the_body_must_be_said_to_be_json(it: Running) -> None:
    it.market.connect(SALON)
    answer = await it.partner.post(
        "/marketplace/partner/callback", data={"salon_id": str(SALON), "application_id": str(APPLICATION)}
    )
    assert [error["field"] for error in answer.json()["meta"]["errors"]] == ["Content-Type"]
    assert it.market.status(SALON) == "pending"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"salon_id": str(SALON)}, "salon_id"),
        ({"salon_id": None}, "salon_id"),
        ({"application_id": True}, "application_id"),
        ({"api_key": {"k": 1}}, "api_key"),
        ({"webhook_urls": "https://x.example"}, "webhook_urls"),
        ({"webhook_urls": ["http://x.example/w"]}, "webhook_urls"),
        ({"webhook_urls": [f"https://x.example/{n}" for n in range(11)]}, "webhook_urls"),
    ],
)
@pytest.mark.parametrize("call", ["callback", "redirect"])
async def test_a_wrong_field_of_an_activation_is_named_and_nothing_is_activated(
    it: Running, call: str, wrong: dict[str, Any], field: str
) -> None:
    it.market.connect(SALON)
    answer = await it.activate(call=call, **wrong)
    assert_refused(answer, 422, "Произошла ошибка")
    assert [error["field"] for error in answer.json()["meta"]["errors"]] == [field]
    assert it.market.status(SALON) == "pending"
    assert it.market.report()["complaints_total"] == 1


async def test_what_is_not_there_is_answered_in_the_platforms_form(it: Running) -> None:
    assert_refused(await it.partner.get("/marketplace/nothing"), 404, "Не найдено")
    assert_refused(await it.partner.get("/marketplace/partner/callback"), 405, "Произошла ошибка")
    assert_refused(
        await it.partner.post("/marketplace/partner/callback", content=b"x" * 300_000),
        413,
        "Произошла ошибка",
    )


# -- activation ------------------------------------------------------------------------------------------


async def test_activation_answers_201_with_an_empty_body(it: Running) -> None:
    it.market.connect(SALON)
    answer = await it.activate(webhook_urls=["https://a.example/w"], channels=["whatsapp"])
    assert (answer.status_code, answer.content) == (201, b"")
    assert "content-type" not in answer.headers
    link = it.market.link(SALON)
    assert (link.status, link.webhook_urls, link.channels) == (
        "active",
        ("https://a.example/w",),
        {"whatsapp": True},
    )


@pytest.mark.parametrize(
    ("form", "body"),
    [("null", None), ("list", []), ("object", {"success": True, "data": {"user_id": 9100001}, "meta": {}})],
)
async def test_the_undocumented_body_of_201_can_take_other_forms(it: Running, form: str, body: Any) -> None:
    it.market.connect(SALON)
    await it.control("PATCH", "switches", activation_body=form)
    answer = await it.activate()
    assert (answer.status_code, answer.json()) == (201, body)


async def test_the_redirect_variant_answers_301_to_a_web_page_and_has_no_json(it: Running) -> None:
    it.market.connect(SALON)
    answer = await it.activate(call="redirect")
    assert answer.status_code == 301
    assert answer.headers["content-type"].startswith("text/html")
    assert it.market.status(SALON) == "active"
    landing = await it.bare.get(answer.headers["location"])
    assert landing.status_code == 200
    assert landing.headers["content-type"].startswith("text/html")
    assert "Ёлка" in landing.text


@pytest.mark.parametrize("call", ["callback", "redirect"])
async def test_a_repeat_is_403_in_the_platforms_words_and_changes_nothing(active: Running, call: str) -> None:
    answer = await active.activate(call=call, api_key="other", webhook_urls=["https://b.example"])
    assert_refused(answer, 403, "Пользователь уже установил это приложение.")
    assert active.market.link(SALON).webhook_urls == ()
    report = active.market.report()["salons"][str(SALON)]
    assert (report["installs"], report["api_keys"]) == (1, 2)
    assert report["by_install"][0]["refused_repeats"] == 1


async def test_a_salon_that_never_consented_is_not_activated(it: Running) -> None:
    assert_refused(await it.activate(), 403, "Доступ запрещен.")
    assert_refused(await it.activate(5), 404, "Не найдено")


async def test_an_activation_after_the_deadline_is_refused(it: Running, clock: MovedClock) -> None:
    it.market.connect(SALON)
    clock.move(3600)
    assert_refused(await it.activate(), 403, "Доступ запрещен.")
    assert (await it.partner.get(it.status_path())).status_code == 404


async def test_a_private_application_is_active_at_once(clock: MovedClock) -> None:
    async with running(clock, private_app=True) as it:
        it.market.connect(SALON)
        status = (await it.partner.get(it.status_path())).json()["data"]["connection_status"]["status"]
        assert status == "active"
        assert_refused(await it.activate(), 403, "Пользователь уже установил это приложение.")


@pytest.mark.parametrize(
    "path", ["/marketplace/partner/callback/", "/marketplace/partner/callback/redirect/"]
)
async def test_a_trailing_slash_is_accepted(it: Running, path: str) -> None:
    it.market.connect(SALON)
    answer = await it.partner.post(path, json={"salon_id": SALON, "application_id": APPLICATION})
    assert answer.status_code in (201, 301)
    assert it.market.status(SALON) == "active"


# -- reading ---------------------------------------------------------------------------------------------


async def test_the_status_tells_log_payments_and_connection_in_moscow_time(
    active: Running, clock: MovedClock
) -> None:
    clock.move(60)
    await active.partner.post("/marketplace/partner/payment", json=PAYMENT)
    body = (await active.partner.get(active.status_path())).json()
    at = "2026-01-01 03:00:00"
    paid = {
        "id": 70001,
        "payment_sum": 990.99,
        "currency_iso": "RUB",
        "is_refunded": False,
        "refunded_at": None,
    }
    assert body["data"] == {
        "logs": [
            {"changed_at": at, "status_from": "uninstalled", "status_to": "pending", "source": "marketplace"},
            {"changed_at": at, "status_from": "pending", "status_to": "active", "source": "partner_api"},
        ],
        "payments": [paid | DATES],
        "connection_status": {"status": "active", "created_at": at},
    }


async def test_freezed_is_spelled_as_the_platform_spells_it(active: Running) -> None:
    active.market.expire(SALON)
    status = (await active.partner.get(active.status_path())).json()["data"]["connection_status"]["status"]
    assert status == "freezed"


@pytest.mark.parametrize("ended", [False, True])
async def test_a_salon_without_the_application_is_404_with_an_empty_meta(it: Running, ended: bool) -> None:
    if ended:
        it.market.connect(SALON)
        it.market.disconnect(SALON)
    answer = await it.partner.get(it.status_path())
    assert_refused(answer, 404, None)
    assert answer.json()["meta"] == {}


async def test_the_company_has_what_a_page_shows(it: Running) -> None:
    company = (await it.partner.get("/api/v1/company/101001")).json()["data"]
    assert (company["id"], company["title"], company["city"]) == (101001, "Ёлка", "Москва")
    assert company["address"].startswith("ул. Тверская")
    assert (company["phone"], company["timezone"]) == ("+7 999 000-99-01", "Europe/Moscow")
    long = (await it.partner.get("/api/v1/company/101004")).json()["data"]["title"]
    assert len(long) > 100
    latin = (await it.partner.get("/api/v1/company/101005")).json()["data"]["title"]
    assert latin.isascii()


async def test_the_list_is_paged_from_one_and_types_ids_as_strings(it: Running) -> None:
    for salon in (101001, 101002, 101003):
        it.market.connect(salon)
        await it.activate(salon)

    async def page(number: int, count: int = 2) -> list[str]:
        path = f"/marketplace/application/{APPLICATION}/salons?page={number}&count={count}"
        body = (await it.partner.get(path)).json()
        assert body["meta"] == []
        return [item["id"] for item in body["data"]]

    assert await page(1) == ["101001", "101002"]
    assert await page(0) == ["101001", "101002"]
    assert await page(2) == ["101003"]
    assert await page(3) == []
    assert await page(1, 1000) == ["101001", "101002", "101003"]


@pytest.mark.parametrize(
    "query", ["", "?page=1", "?count=5", "?page=x&count=5", "?page=1&count=0", "?page=1&count=1001"]
)
async def test_the_list_wants_both_numbers_and_no_more_than_a_thousand(it: Running, query: str) -> None:
    answer = await it.partner.get(f"/marketplace/application/{APPLICATION}/salons{query}")
    assert_refused(answer, 422, "Произошла ошибка")


async def test_altegio_speaks_english_and_types_ids_as_numbers(clock: MovedClock) -> None:
    async with running(clock, brand="altegio") as it:
        it.market.connect(SALON)
        await it.activate()
        listed = await it.partner.get(f"/marketplace/application/{APPLICATION}/salons?page=1&count=5")
        assert [item["id"] for item in listed.json()["data"]] == [SALON]
        assert_refused(await it.activate(), 403, "The user has already installed this application.")
        assert_refused(await it.bare.get("/api/v1/company/101001"), 401, "Authentication needed.")
        yclients = {"Accept": "application/vnd.yclients.v2+json"}
        assert (await it.partner.get("/api/v1/company/101001", headers=yclients)).status_code == 400
        link = f"/marketplace/application/payment_link?salon_id={SALON}&application_id={APPLICATION}"
        assert (await it.partner.get(link)).status_code == 422
        assert "https://app.alteg.io/" in (await it.partner.get(link + "&tariff_option_id=5011")).text


# -- money, names, channels ------------------------------------------------------------------------------


async def test_a_payment_gets_an_id_that_a_refund_needs(active: Running) -> None:
    paid = await active.partner.post("/marketplace/partner/payment", json=PAYMENT)
    assert paid.json() == {"success": True, "data": {"id": 70001}, "meta": {}}
    refund = await active.partner.post(
        "/marketplace/partner/payment/refund/70001", json={"application_id": APPLICATION}
    )
    assert refund.json() == {"success": True, "data": None, "meta": []}
    assert_refused(
        await active.partner.post("/marketplace/partner/payment/refund/70001"), 422, "Произошла ошибка"
    )
    assert_refused(
        await active.partner.post("/marketplace/partner/payment/refund/1"), 422, "Произошла ошибка"
    )
    payments = (await active.partner.get(active.status_path())).json()["data"]["payments"]
    assert [(each["id"], each["is_refunded"]) for each in payments] == [(70001, True)]


async def test_a_payment_needs_an_install_and_every_field(it: Running) -> None:
    assert_refused(await it.partner.post("/marketplace/partner/payment", json=PAYMENT), 404, None)
    for field in PAYMENT:
        body = {name: value for name, value in PAYMENT.items() if name != field}
        assert (await it.partner.post("/marketplace/partner/payment", json=body)).status_code == 422


async def test_short_names_answer_201(active: Running) -> None:
    body = {"salon_id": SALON, "application_id": APPLICATION, "short_names": ["AI-Admin", "YC"]}
    answer = await active.partner.post("/marketplace/partner/short_names", json=body)
    assert (answer.status_code, answer.content) == (201, b"")
    assert active.market.link(SALON).short_names == ("AI-Admin", "YC")


async def test_tariffs_and_the_payment_link(active: Running) -> None:
    tariffs = (await active.partner.get(f"/marketplace/application/{APPLICATION}/tariffs")).json()["data"]
    assert set(tariffs[0]["options"][0]) == {
        *(
            "id",
            "title",
            "overall_price",
            "duration_in_months",
            "staff_amount",
            "free_period_in_months",
            "currency_iso",
        )
    }
    link = (
        f"/marketplace/application/payment_link?salon_id={SALON}&application_id={APPLICATION}&discount=15.55"
    )
    url = (await active.partner.get(link)).json()["data"]["url"]
    assert url.startswith("https://yclients.com/appstore/payment/?")
    assert "discount=15.55" in url
    assert len(url.split("&sign=")[1]) == 64
    assert (await active.partner.get(link.replace("15.55", "115"))).status_code == 422
    await active.control("PATCH", "switches", free_app=True)
    assert_refused(await active.partner.get(link), 404, "Произошла ошибка")
    assert (await active.partner.get(f"/marketplace/application/{APPLICATION}/tariffs")).json()["data"] == []


async def test_discounts_and_channels_answer_200_without_data(active: Running) -> None:
    discount = {"salon_ids": [SALON, OTHER], "application_id": APPLICATION, "discount": 15.55}
    answer = await active.partner.post("/marketplace/application/add_discount", json=discount)
    assert answer.json() == {"success": True, "data": None, "meta": []}
    channel = {
        "salon_id": SALON,
        "application_id": APPLICATION,
        "channel_slug": "whatsapp",
        "is_available": True,
    }
    answer = await active.partner.post("/marketplace/application/update_channel", json=channel)
    assert answer.json()["success"] is True
    assert active.market.link(SALON).channels == {"whatsapp": True}
    assert str(active.market.discounts[OTHER]) == "15.55"


# -- ending and beginning --------------------------------------------------------------------------------


async def test_uninstalling_answers_null_and_may_be_repeated(active: Running) -> None:
    path = f"{active.status_path()}/uninstall"
    for _ in range(2):
        answer = await active.partner.post(path)
        assert answer.json() == {"success": True, "data": None, "meta": []}
    assert active.market.status(SALON) == "uninstalled"
    assert_refused(await active.partner.post(path.replace(str(SALON), str(OTHER))), 404, None)


async def test_the_owner_consents_over_the_api_with_a_token_of_their_own(it: Running) -> None:
    method, path = path_of("grant_access")
    assert_refused(await it.partner.request(method, path), 401, "Необходима авторизация")
    owner = {"Authorization": f"Bearer {TOKEN}, User owner"}
    answer = await it.partner.request(method, path, headers=owner)
    assert answer.json() == {"success": True, "data": None, "meta": []}
    assert it.market.status(SALON) == "pending"


# -- the referee -----------------------------------------------------------------------------------------


async def test_every_call_is_in_the_log_with_its_secrets_masked(it: Running) -> None:
    it.market.connect(SALON)
    await it.activate(webhook_urls=["https://gateway.example/webhook/yclients/path-secret"])
    entry = it.market.log.entries()[-1]
    assert (entry.direction, entry.operation, entry.salon_id, entry.status) == ("in", "callback", SALON, 201)
    assert json.loads(entry.request_body)["salon_id"] == SALON
    told = json.dumps(it.market.log.after(0))
    assert TOKEN not in told
    assert KEY not in told
    assert "path-secret" not in told


async def test_fields_nobody_documented_are_remarked_upon_but_taken(it: Running) -> None:
    it.market.connect(SALON)
    assert (await it.activate(colour="green")).status_code == 201
    assert it.market.report()["complaints"] == [{"operation": "callback", "text": "unknown field colour"}]


async def test_calls_are_counted_by_name_and_answer(it: Running) -> None:
    await it.partner.get(it.status_path())
    await it.partner.get("/api/v1/company/101001")
    report = it.market.report()
    assert report["calls"] == {"company": 1, "status": 1}
    assert report["answers"] == {"200": 1, "404": 1}
    assert (report["max_per_second"], report["max_per_minute"]) == (2, 2)


# -- limits ----------------------------------------------------------------------------------------------


async def test_the_sixth_call_of_a_second_is_429(clock: MovedClock) -> None:
    async with running(clock, enforce_limits=True) as it:
        statuses = [(await it.partner.get("/api/v1/company/101001")).status_code for _ in range(6)]
        assert statuses == [200] * 5 + [429]
        clock.move(1)
        assert (await it.partner.get("/api/v1/company/101001")).status_code == 200
        report = it.market.report()
        assert (report["limited"], report["max_per_second"]) == (1, 6)


async def test_the_two_hundred_and_first_call_of_a_minute_is_429(clock: MovedClock) -> None:
    async with running(clock, enforce_limits=True) as it:
        for _ in range(200):
            assert (await it.partner.get("/api/v1/company/101001")).status_code == 200
            clock.move(0.25)
        answer = await it.partner.get("/api/v1/company/101001")
        assert_refused(answer, 429, "Слишком много запросов")
        assert "retry-after" not in answer.headers


async def test_retry_after_can_be_switched_on(clock: MovedClock) -> None:
    async with running(clock, enforce_limits=True) as it:
        await it.control("PATCH", "switches", retry_after=True)
        for _ in range(5):
            await it.partner.get("/api/v1/company/101001")
        assert (await it.partner.get("/api/v1/company/101001")).headers["retry-after"] == "2"
        await it.control("PATCH", "switches", enforce_limits=False)
        assert (await it.partner.get("/api/v1/company/101001")).status_code == 200


async def test_a_limited_call_is_not_carried_out_and_meets_no_fault(clock: MovedClock) -> None:
    async with running(clock, enforce_limits=True) as it:
        it.market.connect(SALON)
        for _ in range(5):
            await it.partner.get("/api/v1/company/101001")
        it.market.faults.put("500", count=1)
        assert (await it.activate()).status_code == 429
        assert it.market.status(SALON) == "pending"
        assert len(it.market.faults.wire()) == 1


async def test_the_control_api_is_not_limited(clock: MovedClock) -> None:
    async with running(clock, enforce_limits=True) as it:
        assert {(await it.control("GET", "report")).status_code for _ in range(12)} == {200}
        assert it.market.report()["calls_total"] == 0
