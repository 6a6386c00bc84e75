"""The real page in Chromium, against a real gateway, the sandbox YCLIENTS and the simulated phone."""

from __future__ import annotations

import gzip
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, Request, Response

from tests.support.browser import IS_THOROUGH, NewPage, decoded, eventually, on_screen, storage_of, violations
from tests.support.harness import BRANCHES, SALON, Harness
from tests.support.waiting import until

pytestmark = pytest.mark.browser

NUMBER = "9991234567"
NO_WEBSOCKETS = """
  const Real = globalThis.WebSocket;
  globalThis.WebSocket = class extends Real {
    constructor(address, ...more) { super(address.replace("/socket.io/", "/nowhere/"), ...more); }
  };
"""
COUNT_SHIFTS = """
  globalThis.seen = {shift: 0, paint: 0};
  const note = (type, take) =>
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({type, buffered: true});
  note("layout-shift", (one) => { if (!one.hadRecentInput) globalThis.seen.shift += one.value; });
  note("largest-contentful-paint", (one) => { globalThis.seen.paint = one.startTime; });
"""


async def enter(harness: Harness, page: Page, *salons: int, lang: str = "") -> None:
    """Press «Подключить» in this browser and arrive at the page."""
    form: Literal["salon_id", "salon_ids[]"] = "salon_ids[]" if len(salons) > 1 else "salon_id"
    connected = harness.sandbox.market.connect(list(salons or (SALON,)), form=form)
    await page.goto(connected.redirect_url, wait_until="domcontentloaded")
    if lang:
        await page.click(f"[data-lang={lang}]")


async def agree(page: Page) -> None:
    """Give consent."""
    await on_screen(page, "consent")
    await page.click("#screen .primary")
    await on_screen(page, "way")


async def to_qr(page: Page) -> None:
    """Give consent and choose the QR."""
    await agree(page)
    await page.click("#screen .choice:has-text('QR')")
    await on_screen(page, "qr")
    await page.wait_for_selector(".qr-image[src]")


async def to_code(page: Page) -> str:
    """Give consent, choose the number and return the code shown."""
    await agree(page)
    await page.click("#screen .choice:first-child")
    await on_screen(page, "number")
    await page.type("#phone", NUMBER)
    await page.click("#screen .primary")
    await on_screen(page, "code")
    return await shown_code(page)


async def shown_code(page: Page) -> str:
    """Return the pairing code on the page."""
    return (await page.inner_text(".letters")).replace("\n", "").replace(" ", "")


async def link_of(page: Page) -> str:
    """Return the page's token, which only its fragment holds."""
    fragment: str = await page.evaluate("location.hash")
    return fragment.removeprefix("#token=")


async def done(harness: Harness, page: Page) -> None:
    """Wait for «Готово» and check that YCLIENTS agrees."""
    await on_screen(page, "active")
    assert await page.inner_text("h1") == "Готово! Бот работает."
    assert harness.sandbox.market.status(SALON) == "active"


async def scan(harness: Harness, salon_id: int = SALON) -> None:
    """Let the phone scan the QR that is valid now."""
    assert (await harness.phone("scan", salon_id)).status_code == 200


def complaints(page: Page) -> list[str]:
    """Collect what the browser refuses or a script throws, from now on."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda said: found.append(said.text) if said.type == "error" else None)
    return found


# -- the two ways ------------------------------------------------------------


async def test_an_owner_at_a_computer_scans_the_qr_and_reads_done(
    harness: Harness, new_page: NewPage
) -> None:
    page = await new_page()
    found = complaints(page)
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(urlsplit(socket.url).path))
    await enter(harness, page)
    await to_qr(page)
    snapshot = await harness.state(await link_of(page))
    assert decoded(await page.screenshot()) == [snapshot["qr"]["text"]]
    await scan(harness)
    await done(harness, page)
    assert sockets == ["/socket.io/"]
    assert found == []


async def test_an_owner_on_the_phone_itself_types_the_code_and_reads_done(
    harness: Harness, new_page: NewPage
) -> None:
    page = await new_page(width=390, height=844)
    await enter(harness, page)
    await agree(page)
    assert await page.inner_text("#screen .choice:first-child strong") == "С этого телефона"
    await page.reload()
    await on_screen(page, "way")
    await page.click("#screen .choice:first-child")
    await page.type("#phone", "8" + NUMBER)
    await page.click("#screen .primary")
    await on_screen(page, "code")
    assert "45\u201167" in await page.inner_text("#screen p.quiet")
    assert (await harness.phone("enter-code", code=await shown_code(page))).status_code == 200
    await done(harness, page)
    assert "45\u201167" in await page.inner_text(".number-line")


async def test_the_way_can_be_changed_and_a_phone_that_was_not_typed_is_asked_about(
    harness: Harness, new_page: NewPage
) -> None:
    page = await new_page()
    await enter(harness, page)
    await to_qr(page)
    await page.click("text=Подключить по номеру телефона")
    await on_screen(page, "number")
    await page.type("#phone", NUMBER)
    await page.click("#screen .primary")
    await on_screen(page, "code")
    await page.click("text=Показать QR-код")
    await on_screen(page, "qr")
    await page.wait_for_selector(".qr-image[src]")
    await scan(harness)
    await on_screen(page, "other_phone")
    await page.click("#screen .primary")
    await done(harness, page)


async def test_a_number_whatsapp_does_not_know_is_said_beside_the_field(
    harness: Harness, new_page: NewPage
) -> None:
    page = await new_page(width=390)
    await enter(harness, page)
    await agree(page)
    await page.click("#screen .choice:first-child")
    await page.fill("#phone", "+1 23")
    await page.click("#screen .primary")
    assert "Не хватает" in await page.inner_text("#phone-wrong")
    await page.fill("#phone", "+99999999")
    await page.click("#screen .primary")
    await eventually(
        lambda: page.evaluate("document.querySelector('#phone-wrong')?.textContent.includes('WhatsApp')"), ""
    )


# -- bad networks ------------------------------------------------------------


async def test_with_websockets_blocked_the_flow_goes_on_by_long_polling(
    harness: Harness, new_page: NewPage
) -> None:
    page = await new_page()
    await page.add_init_script(NO_WEBSOCKETS)
    polled: list[str] = []
    page.on(
        "request", lambda request: polled.append(request.url) if "transport=polling" in request.url else None
    )
    await enter(harness, page)
    await to_qr(page)
    await eventually(lambda: _some(polled), "a long poll")
    await scan(harness)
    await done(harness, page)


async def _some(found: list[Any]) -> bool:
    return bool(found)


@pytest.mark.parametrize("blocked", ["**/socket.io/**", "**/socket.io.esm.min.js*"])
async def test_with_sockets_blocked_altogether_the_flow_goes_on_by_asking(
    harness: Harness, new_page: NewPage, blocked: str
) -> None:
    page = await new_page(width=390)
    await page.add_init_script(NO_WEBSOCKETS)
    await page.route(blocked, lambda route: route.abort())
    await page.route("**/socket.io/**", lambda route: route.abort())
    await enter(harness, page)
    code = await to_code(page)
    assert (await harness.phone("enter-code", code=code)).status_code == 200
    await done(harness, page)


async def test_a_network_lost_while_the_phone_scans_ends_in_done_when_it_is_back(
    harness: Harness, new_page: NewPage
) -> None:
    page = await new_page()
    await enter(harness, page)
    await to_qr(page)
    await page.context.set_offline(True)
    await page.wait_for_selector("#notice >> text=Нет связи")
    await scan(harness)
    await until(lambda: _is_active(harness), what="active without the page")
    await page.context.set_offline(False)
    await done(harness, page)
    assert await page.inner_text("#notice") == ""


async def _is_active(harness: Harness) -> bool:
    return bool(harness.sandbox.market.status(SALON) == "active")


# -- the page is only a view ------------------------------------------------------------


async def test_a_reload_at_every_step_shows_the_same_step_and_starts_nothing(
    harness: Harness, new_page: NewPage
) -> None:
    page = await new_page(width=390)
    await enter(harness, page)

    async def reloaded(screen: str) -> None:
        await on_screen(page, screen)
        await page.reload()
        await on_screen(page, screen, timeout_ms=4000)

    await reloaded("consent")
    await page.click("#screen .primary")
    await reloaded("way")
    await page.click("#screen .choice:first-child")
    await reloaded("number")
    await page.type("#phone", NUMBER)
    await page.click("#screen .primary")
    await on_screen(page, "code")
    code, before = await shown_code(page), await harness.state(await link_of(page))
    await reloaded("code")
    assert await shown_code(page) == code
    assert (await harness.state(await link_of(page)))["whatsapp"]["generation"] == before["whatsapp"][
        "generation"
    ]
    harness.sandbox.market.faults.put("503", operation="callback_redirect")
    harness.sandbox.market.faults.put("503", operation="callback")
    await harness.phone("enter-code", code=code)
    await reloaded("delayed")
    harness.sandbox.market.faults.clear()
    await on_screen(page, "active", timeout_ms=30_000)
    await reloaded("active")


async def test_a_closed_tab_changes_nothing_and_another_day_it_says_already(
    harness: Harness, new_page: NewPage
) -> None:
    page = await new_page()
    await enter(harness, page)
    await to_qr(page)
    link = page.url
    await scan(harness)
    await page.close()
    await until(lambda: _is_active(harness), what="active without the page")
    again = await new_page()
    await again.goto(link)
    await on_screen(again, "already")


async def test_two_tabs_of_one_salon_show_one_qr_and_the_newer_drives(
    harness: Harness, new_page: NewPage
) -> None:
    older = await new_page()
    await enter(harness, older)
    await to_qr(older)
    newer = await new_page(context=older.context)
    await newer.goto(older.url)
    await on_screen(newer, "qr")
    await on_screen(older, "passive")
    await older.click("text=Продолжить здесь")
    await on_screen(older, "qr")
    await on_screen(newer, "passive")
    rows = await harness.rows("SELECT generation FROM whatsapp_sessions")
    assert [row["generation"] for row in rows] == [1]
    await scan(harness)
    await done(harness, older)


async def test_done_waits_for_yclients_however_long_that_takes(harness: Harness, new_page: NewPage) -> None:
    """Defect D17: success on a timer."""
    page = await new_page()
    harness.sandbox.market.faults.put("stall", operation="callback_redirect", seconds=4)
    await enter(harness, page)
    await to_qr(page)
    await scan(harness)
    await on_screen(page, "activating")
    assert await page.inner_text("h1") == "Сообщаем YCLIENTS…"
    assert (await harness.state(await link_of(page)))["stage"] != "active"
    await done(harness, page)


async def test_several_branches_are_connected_one_by_one(harness: Harness, new_page: NewPage) -> None:
    page = await new_page()
    await enter(harness, page, *BRANCHES)
    await on_screen(page, "branches")
    assert await page.locator("#screen .choice").count() == len(BRANCHES)
    await page.click("#screen li:nth-child(2) .choice")
    await to_qr(page)
    await scan(harness, BRANCHES[1])
    await on_screen(page, "active")
    await page.click("text=Следующий филиал")
    await on_screen(page, "way")
    await page.click("#all-branches")
    await on_screen(page, "branches")
    await page.wait_for_selector("text=Подключён 1 филиал из 3")
    assert await page.locator(".stage.active").count() == 1


# -- what the phone can do ------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "screen"),
    [("unlink", "logged_out"), ("replace", "replaced"), ("ban", "temp_banned"), ("outdated", "outdated")],
)
async def test_what_happens_on_the_phone_is_told_with_what_to_do(
    harness: Harness, new_page: NewPage, action: str, screen: str
) -> None:
    page = await new_page(width=390)
    await enter(harness, page)
    await to_qr(page)
    await scan(harness)
    await done(harness, page)
    assert (await harness.phone(action)).status_code == 200
    await on_screen(page, screen)
    assert await page.locator("#screen .primary").count() == 1
    assert await violations(page) == []
    if screen == "logged_out":
        await page.click("text=Подключить заново")
        await on_screen(page, "way")
    if screen == "replaced":
        await page.click("text=Подключить заново")
        await on_screen(page, "active")


async def test_another_number_is_asked_about_first_and_then_linked(
    harness: Harness, new_page: NewPage
) -> None:
    page = await new_page()
    await enter(harness, page)
    await to_qr(page)
    await scan(harness)
    await done(harness, page)
    await page.click("text=Другой номер")
    await on_screen(page, "relink")
    await page.click("text=Оставить как есть")
    await on_screen(page, "active")
    await page.click("text=Другой номер")
    await page.click("text=Отключить номер")
    await on_screen(page, "qr")
    await page.wait_for_selector(".qr-image[src]")
    await scan(harness)
    await done(harness, page)


async def test_the_app_removed_in_yclients_is_told_at_once(harness: Harness, new_page: NewPage) -> None:
    page = await new_page()
    await enter(harness, page)
    await to_qr(page)
    await scan(harness)
    await done(harness, page)
    harness.sandbox.market.disconnect(SALON)
    await on_screen(page, "gone")
    assert await page.get_attribute("#screen .primary", "href") is not None


# -- the link ------------------------------------------------------------


@pytest.mark.parametrize(
    "address", ["", "?token=", "?token=not-a-token", "?token=a.b.c#token=a.b.c", "#token=a.b.c"]
)
async def test_a_link_that_does_not_work_says_so_and_leads_back(
    harness: Harness, new_page: NewPage, address: str
) -> None:
    page = await new_page(width=390)
    answer = await page.goto(f"{harness.url}/marketplace/onboarding{address}")
    assert answer is not None
    assert answer.status == 401
    await on_screen(page, "stale")
    assert await page.inner_text("h1") == "Ссылка устарела"
    assert "нажмите «Подключить» ещё раз" in await page.inner_text("#screen")
    assert (await page.get_attribute("#screen .primary", "href") or "").startswith("http")


async def test_the_token_is_in_no_address_referrer_or_storage(harness: Harness, new_page: NewPage) -> None:
    page = await new_page()
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    await enter(harness, page)
    await to_qr(page)
    await scan(harness)
    await done(harness, page)
    token = await link_of(page)
    assert token.count(".") == 2
    assert urlsplit(page.url).query == ""
    first = next(index for index, request in enumerate(asked) if "onboarding?token=" in request.url)
    later = asked[first + 1 :]
    assert len(later) > 3
    assert [request.url for request in later if token in request.url or "token=" in request.url] == []
    assert [request.url for request in later if "token" in request.headers.get("referer", "")] == []
    assert token not in await storage_of(page)
    assert await page.evaluate("document.referrer.includes('token')") is False
    assert token not in await page.evaluate("JSON.stringify(history.state)")


# -- weight, speed, looks ------------------------------------------------------------


async def test_the_first_load_is_light_and_asks_nobody_else(harness: Harness, new_page: NewPage) -> None:
    page = await new_page()
    asked: list[str] = []
    bodies: list[Response] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.on("response", lambda answer: bodies.append(answer))
    token = await harness.link()
    await page.goto(f"{harness.url}/marketplace/onboarding?token={token}")
    await on_screen(page, "consent")
    await page.wait_for_load_state("networkidle")
    assert len(asked) <= 8, asked
    assert {urlsplit(url).netloc for url in asked} == {urlsplit(harness.url).netloc}
    sizes = [len(gzip.compress(await answer.body())) for answer in bodies]
    assert sum(sizes) <= 60 * 1024, sizes


async def test_on_a_slow_network_and_phone_it_is_there_soon_and_does_not_jump(
    harness: Harness, new_page: NewPage, capsys: pytest.CaptureFixture[str]
) -> None:
    page = await new_page(width=390)
    await page.add_init_script(COUNT_SHIFTS)
    await _slow_down(page)
    await page.goto(f"{harness.url}/marketplace/onboarding?token={await harness.link()}")
    await on_screen(page, "consent")
    await page.wait_for_load_state("networkidle")
    seen = await page.evaluate("globalThis.seen")
    with capsys.disabled():
        print(f"\nslow 4G, processor at a quarter: LCP {seen['paint']:.0f} ms, CLS {seen['shift']:.3f}")
    assert seen["shift"] <= 0.1
    assert seen["paint"] > 0


async def _slow_down(page: Page) -> None:
    session = await page.context.new_cdp_session(page)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    slow_4g = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 93_750}
    await session.send("Network.emulateNetworkConditions", slow_4g)


GUISES = [("ru", True, 320), ("en", False, 390), ("en", True, 1280)]


@pytest.mark.parametrize(("lang", "dark", "width"), GUISES if IS_THOROUGH else GUISES[:1])
async def test_every_step_of_the_real_flow_is_accessible(
    harness: Harness, new_page: NewPage, lang: str, dark: bool, width: int
) -> None:
    page = await new_page(width=width, dark=dark)
    await enter(harness, page, lang=lang)
    problems: list[str] = []
    for step in (agree, to_qr):
        await _back_to_start(harness, page)
        await step(page)
        problems += await violations(page)
    await scan(harness)
    await on_screen(page, "active")
    problems += await violations(page)
    assert problems == []
    assert await page.evaluate("document.documentElement.lang") == lang


async def _back_to_start(harness: Harness, page: Page) -> None:
    await page.goto(f"{harness.url}/marketplace/onboarding?token={await harness.link()}")


@pytest.mark.parametrize("scale", [1, 2, 3] if IS_THOROUGH else [2])
async def test_the_servers_qr_is_read_from_the_screen_at_every_density(
    harness: Harness, new_page: NewPage, scale: int
) -> None:
    page = await new_page(width=390, dark=True, device_scale_factor=scale)
    await enter(harness, page)
    await to_qr(page)
    snapshot = await harness.state(await link_of(page))
    assert decoded(await page.locator(".qr-box").screenshot()) == [snapshot["qr"]["text"]]


async def test_a_failure_page_of_the_gateway_helps_and_leads_back(
    harness: Harness, new_page: NewPage
) -> None:
    page = await new_page(width=390)
    answer = await page.goto(f"{harness.url}/auth/yclients/redirect")
    assert answer is not None
    assert answer.status == 400
    assert await page.locator("h1 >> visible=true").inner_text() == "Не указан филиал"
    assert await page.locator(".support code >> visible=true").inner_text() != ""
    assert await violations(page) == []
    await page.click("[data-lang=en] >> visible=true")
    assert await page.locator("h1 >> visible=true").inner_text() == "No branch was given"
