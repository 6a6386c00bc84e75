"""The marketplace page in a real browser, against a receiver that plays the gateway."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from playwright.async_api import ConsoleMessage, Page

from gateway.clock import SystemClock
from tests.support.browser import NewPage, browser, chromium, new_page, violations
from tests.unit.sandbox.support import SALON, Receiver, Running, receiving, running, until

__all__ = ["browser", "chromium", "new_page"]

pytestmark = pytest.mark.browser
LONG = 101004


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as made:
        yield made


@pytest.fixture
async def it(receiver: Receiver) -> AsyncIterator[Running]:
    gateway = receiver.url
    async with running(
        SystemClock(),
        gateway_url=gateway,
        callback_url=f"{gateway}/webhook/yclients",
        redirect_url=f"{gateway}/auth/yclients/redirect",
    ) as made:
        yield made


@pytest.fixture
def troubles() -> Iterator[list[str]]:
    """What the page complained of; nothing, if all is well."""
    told: list[str] = []
    yield told
    assert told == []


async def opened(
    new_page: NewPage, it: Running, troubles: list[str], query: str = "", **options: Any
) -> Page:
    page = await new_page(**options)

    def hear(line: ConsoleMessage) -> None:
        if line.type == "error":
            troubles.append(line.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    await page.goto(f"{it.url}/sandbox/{query}")
    await page.wait_for_selector(f'[data-salon="{SALON}"]')
    return page


def card(page: Page, what: str, salon_id: int = SALON) -> str:
    return f'[data-salon="{salon_id}"] {what}'


async def eventful(it: Running) -> None:
    """Bring every state, some log, some faults and the longest name onto the page."""
    it.market.connect([SALON, LONG, 101005, 101006], form="salon_ids[]")
    for salon in (SALON, LONG):
        await it.activate(salon, call="redirect")
        await it.partner.get(it.status_path(salon))
    await it.activate(api_key=1.5)
    it.market.expire(LONG)
    it.market.faults.put("reset_after", operation="callback", count=3)
    it.market.faults.put("200_html", salon_id=LONG)
    await it.partner.get(it.status_path(LONG))


async def test_connecting_opens_the_gateway_in_a_new_tab_and_shows_the_phone(
    new_page: NewPage, it: Running, troubles: list[str], receiver: Receiver
) -> None:
    page = await opened(new_page, it, troubles)
    assert not await page.is_visible(card(page, '[data-phone="scan"]'))
    async with page.context.expect_page() as waiting:
        await page.click(card(page, '[data-action="connect"]'))
    tab = await waiting.value
    await tab.wait_for_url(f"{receiver.url}/auth/yclients/redirect?salon_id={SALON}&user_data=*")
    await page.wait_for_selector(card(page, ".badge.pending"))
    await page.click(card(page, '[data-phone="scan"]'))
    await page.wait_for_selector(card(page, ".phone .result.ok"))
    assert any(head.startswith(f"POST /simulator/{SALON}/scan ") for head in receiver.heads)


async def test_a_salon_is_seen_to_become_active_and_to_end(
    new_page: NewPage, it: Running, troubles: list[str]
) -> None:
    page = await opened(new_page, it, troubles)
    it.market.connect(SALON)
    await it.activate()
    await page.wait_for_selector(card(page, ".badge.active"))
    await page.wait_for_selector(".entry.in >> text=Активация")
    await page.click(card(page, '[data-action="disconnect"]'))
    await page.wait_for_selector(card(page, ".badge.uninstalled"))
    await page.wait_for_selector(".entry.out >> text=Вебхук установки")
    assert it.market.status(SALON) == "uninstalled"


async def test_ticked_branches_join_the_connection(
    new_page: NewPage, it: Running, troubles: list[str], receiver: Receiver
) -> None:
    page = await opened(new_page, it, troubles)
    await page.click(".options summary")
    await page.check('.branches input[value="101002"]')
    await page.check('.branches input[value="101003"]')
    await page.uncheck(".options > div > label input")
    async with page.context.expect_page() as waiting:
        await page.click(card(page, '[data-action="connect"]'))
    await (await waiting.value).wait_for_url(
        f"{receiver.url}/auth/yclients/redirect?salon_ids%5B%5D=101001&salon_ids%5B%5D=101002&salon_ids%5B%5D=101003"
    )
    assert it.market.status(101003) == "pending"


async def test_a_code_is_typed_into_the_phone(
    new_page: NewPage, it: Running, troubles: list[str], receiver: Receiver
) -> None:
    page = await opened(new_page, it, troubles)
    await page.click(card(page, '[data-toggle="phone"]'))
    await page.fill(card(page, ".by-code input"), "abcd-1234")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(card(page, ".phone .result.ok"))
    assert receiver.bodies[-1] == b'{"code":"ABCD-1234"}'


async def test_the_phones_refusal_is_read_out(
    new_page: NewPage, it: Running, troubles: list[str], receiver: Receiver
) -> None:
    receiver.statuses = [409]
    receiver.answer = '{"error": {"code": "not_pairing", "message": "QR сейчас не показан"}}'.encode()
    page = await opened(new_page, it, troubles)
    await page.click(card(page, '[data-toggle="phone"]'))
    await page.click(card(page, '[data-phone="ban"]'))
    told = await page.wait_for_selector(card(page, ".phone .result.bad"))
    assert told is not None
    assert await told.text_content() == "Бан: 409 · QR сейчас не показан"


async def test_a_late_answer_of_the_phone_does_not_hide_a_newer_one(
    new_page: NewPage, it: Running, troubles: list[str], receiver: Receiver
) -> None:
    receiver.statuses = [1, 200]
    page = await opened(new_page, it, troubles)
    await page.click(card(page, '[data-toggle="phone"]'))
    await page.click(card(page, '[data-phone="scan"]'))
    await until(lambda: receiver.bodies)
    await page.click(card(page, '[data-phone="drop"]'))
    await page.wait_for_selector(card(page, ".phone .result >> text=Обрыв связи: Готово"))
    async with page.expect_response("**/phone/*/scan"):
        receiver.released.set()
    async with page.expect_response("**/overview*"):
        pass
    assert await page.text_content(card(page, ".phone .result")) == "Обрыв связи: Готово"


async def test_a_fault_is_switched_on_shown_and_switched_off(
    new_page: NewPage, it: Running, troubles: list[str]
) -> None:
    page = await opened(new_page, it, troubles)
    await page.select_option("#faults select >> nth=0", "hang")
    await page.fill('#faults input[type="number"] >> nth=0', "7")
    await page.click('#faults button[type="submit"]')
    await page.wait_for_selector(".fault >> text=Молчит")
    (fault,) = it.market.faults.wire()
    assert (fault["kind"], fault["seconds"], fault["remaining"], fault["effect"]) == ("hang", 7.0, 1, False)
    await page.click(".fault button")
    await until(lambda: not it.market.faults.wire())
    await page.wait_for_selector("#faults >> text=Все вызовы отвечают как обычно.")


async def test_rules_clock_and_salons_are_changed_from_the_page(
    new_page: NewPage, it: Running, troubles: list[str]
) -> None:
    page = await opened(new_page, it, troubles)
    await page.check('[data-switch="private_app"]')
    await until(lambda: it.market.switches.private_app)
    await page.select_option('[data-switch="pending_ttl_s"]', "43200")
    await until(lambda: it.market.switches.pending_ttl_s == 43200)
    await page.click("#clock button >> nth=0")
    await until(lambda: it.market.shift_s == 3600)
    await page.click(".popover summary")
    await page.fill('.popover input[type="text"] >> nth=0', "Салон <b>«Новый»</b>")
    await page.keyboard.press("Enter")
    await page.wait_for_selector('[data-salon="101008"] h3 >> text=<b>')


async def test_resetting_asks_first_and_empties_the_page(
    new_page: NewPage, it: Running, troubles: list[str]
) -> None:
    await eventful(it)
    page = await opened(new_page, it, troubles)
    await page.wait_for_selector(".entry")
    await page.click(".reset button")
    assert it.market.status(SALON) == "active"
    await page.click(".reset button")
    await page.wait_for_selector(card(page, ".badge.uninstalled"))
    await page.wait_for_selector(".empty >> text=Здесь появится")
    assert await page.locator(".entry").count() == 0


async def test_the_language_is_switched_and_remembered(
    new_page: NewPage, it: Running, troubles: list[str]
) -> None:
    page = await opened(new_page, it, troubles)
    assert await page.get_attribute("html", "lang") == "ru"
    await page.click('button[data-lang="en"]')
    await page.wait_for_selector("text=Reset the sandbox")
    await page.reload()
    await page.wait_for_selector("text=Reset the sandbox")
    assert await page.evaluate("Object.keys(localStorage)") == ["lang"]


async def test_an_entry_of_the_log_opens_to_request_and_answer(
    new_page: NewPage, it: Running, troubles: list[str]
) -> None:
    await eventful(it)
    page = await opened(new_page, it, troubles)
    row = page.locator(".entry.in", has_text="Активация с переходом").first
    await row.locator("summary").click()
    inside = await row.locator(".inside").text_content()
    assert inside is not None
    assert "POST /marketplace/partner/callback/redirect" in inside
    assert "Bearer ***" in inside
    assert '"salon_id": ' in inside
    assert "location:" in inside.lower()
    await page.select_option("#log select", "101007")
    await page.wait_for_selector(".empty >> text=вызовов ещё не было")


@pytest.mark.parametrize(("language", "dark"), [("ru", False), ("en", True)])
async def test_the_page_fits_and_reads_well_at_every_width(
    new_page: NewPage, it: Running, troubles: list[str], language: str, dark: bool
) -> None:
    await eventful(it)
    page = await opened(new_page, it, troubles, f"?lang={language}", width=360, dark=dark)
    await page.click(".options summary")
    await page.click(card(page, '[data-toggle="phone"]', LONG))
    await page.click(card(page, '[data-toggle="more"]'))
    await page.locator(".entry summary").first.click()
    for width in (360, 390, 800, 1280, 1600):
        await page.set_viewport_size({"width": width, "height": 900})
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        assert await page.evaluate(CUT_OFF) == []
    assert await violations(page) == []


CUT_OFF = """() => [...document.querySelectorAll("button, .badge, h1, h2, dd, dt, .status, legend, .label")]
  .filter((each) => each.offsetParent && getComputedStyle(each).display !== "inline")
  .filter((each) => each.scrollWidth > each.clientWidth + 1)
  .map((each) => each.textContent)"""
