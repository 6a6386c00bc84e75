"""Every screen of the page as people meet it: readable, reachable, and the same in every theme, width and language."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.e2e.gallery import CASES, FAILURES, NEXT_QR_TEXT, QR_TEXT
from tests.screens import Shot, reach, serving
from tests.support.browser import (
    IS_THOROUGH,
    NewPage,
    close_pages,
    decoded,
    driven,
    eventually,
    on_screen,
    page_maker,
    storage_of,
    violations,
)

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

Guise = tuple[int, Literal["light", "dark"], str]
TWO_GUISES: tuple[Guise, ...] = ((320, "dark", "en"), (1280, "light", "ru"))
ALL_GUISES: tuple[Guise, ...] = (*TWO_GUISES, (390, "light", "en"), (1280, "dark", "ru"))
LOOKED_AT = [name for name, case in CASES.items() if case.is_pictured and not case.waits]
WITH_A_LAYOUT_OF_THEIR_OWN = {
    "branches", "consent", "way-phone", "way-desktop", "qr", "number-wrong", "code", "linked", "activating",
    "delayed", "active", "stale", "offline-qr", "long-names", "failed",
}  # fmt: skip
_TOO_WIDE = "() => document.scrollingElement.scrollWidth - document.documentElement.clientWidth"
_COUNT_SHIFTS = """
  globalThis.shift = 0;
  const count = (one) => { if (!one.hadRecentInput) globalThis.shift += one.value; };
  new PerformanceObserver((list) => list.getEntries().forEach(count)).observe({type: "layout-shift", buffered: true});
"""
_WATCH_QR = """() => {
  const image = document.querySelector(".qr-image");
  const look = () => globalThis.seen.push([image.checkVisibility() && image.getAttribute("src"), performance.now()]);
  globalThis.seen = [];
  globalThis.first = image.getAttribute("src");
  setInterval(look, 20);
  return {src: globalThis.first, seenAt: performance.now()};
}"""
_SMALL_TARGETS = """() => [...document.querySelectorAll("button, a, input")]
  .filter((one) => one.checkVisibility())
  .map((one) => [one.textContent.trim(), one.getBoundingClientRect()])
  .filter(([, box]) => box.height < 43.5 || box.width < 43.5)
  .map(([name, box]) => `${name}: ${box.width} x ${box.height}`)"""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def gallery() -> AsyncIterator[str]:
    """The address of the gallery, which serves as long as these tests run."""
    async with serving() as address:
        yield address


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def gallery_browser(chromium: str) -> AsyncIterator[Browser]:
    """The run's Chromium, driven from the loop of these tests."""
    async with driven(chromium) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def new_page(gallery_browser: Browser) -> AsyncIterator[NewPage]:
    """Make pages, closed after the test."""
    yield page_maker(gallery_browser)
    await close_pages(gallery_browser)


async def problems_in(page: Page, guises: tuple[Guise, ...]) -> list[str]:
    """Look at the page as it is in several guises and tell what is wrong in each."""
    problems: list[str] = []
    for width, scheme, lang in guises:
        await page.set_viewport_size({"width": width, "height": 800})
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await page.click(f'[data-lang="{lang}"] >> visible=true')
        found = [*await violations(page), *await page.evaluate(_SMALL_TARGETS), *await too_wide(page)]
        problems += [f"{width} {scheme} {lang}: {one}" for one in found]
    return problems


def _guises_of(name: str) -> tuple[Guise, ...]:
    """A screen that is laid out as others are is looked at once beside them; `dev.py prove screens` looks at more."""
    if name not in WITH_A_LAYOUT_OF_THEIR_OWN:
        return TWO_GUISES if IS_THOROUGH else TWO_GUISES[:1]
    return ALL_GUISES if IS_THOROUGH else TWO_GUISES


async def too_wide(page: Page) -> list[str]:
    """Tell whether something sticks out to the right of the window."""
    return ["wider than the window"] if await page.evaluate(_TOO_WIDE) > 0 else []


@pytest.mark.parametrize("name", LOOKED_AT)
async def test_every_screen_is_accessible_in_both_languages_and_themes(
    gallery: str, new_page: NewPage, name: str
) -> None:
    is_desktop = CASES[name].device == "desktop"
    shot = Shot(name, 1280 if is_desktop else 390)
    page = await new_page(width=shot.width)
    await reach(page, gallery, shot)
    problems = await problems_in(page, _guises_of(name))
    await page.evaluate("document.documentElement.style.fontSize = '200%'")
    await page.set_viewport_size({"width": 390, "height": 800})
    await page.wait_for_function("innerWidth === 390")  # the window is told of its new size a moment later
    problems += [f"text at 200 %: {found}" for found in await too_wide(page)]
    assert problems == []


@pytest.mark.parametrize("code", ["signature_invalid", "partner_timeout", "link_stale"])
async def test_failure_pages_are_accessible_and_switch_language_without_asking_again(
    gallery: str, new_page: NewPage, code: str
) -> None:
    page = await new_page(width=390)
    await page.goto(f"{gallery}/failure/{code}")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    assert await problems_in(page, ALL_GUISES) == []
    assert [address for address in asked if "/assets/" not in address] == []


async def test_a_failure_page_switches_language_without_script_too(gallery: str, new_page: NewPage) -> None:
    page = await new_page(java_script_enabled=False)
    for code in FAILURES[:3]:
        await page.goto(f"{gallery}/failure/{code}")
        await page.click("[data-lang=en] >> visible=true")
        assert await page.locator("text=Back to YCLIENTS").is_visible()
        assert not await page.locator("text=Вернуться в YCLIENTS").is_visible()


DENSITIES = [(scale, guise) for scale in (1, 2, 3) for guise in ("light", "dark", "forced")]


@pytest.mark.parametrize(("scale", "guise"), DENSITIES if IS_THOROUGH else DENSITIES[::4])
async def test_the_qr_on_screen_is_read_by_an_independent_decoder(
    gallery: str, new_page: NewPage, scale: int, guise: str
) -> None:
    for width in (320, 1280):
        forced: dict[str, Any] = {"forced_colors": "active"} if guise == "forced" else {}
        page = await new_page(width=width, dark=guise != "light", device_scale_factor=scale, **forced)
        await reach(page, gallery, Shot("qr", width))
        part = page if width == 320 else page.locator(".qr-box")
        assert decoded(await part.screenshot()) == [QR_TEXT]
        await page.context.close()


async def test_a_qr_past_its_end_is_taken_off_the_page(gallery: str, new_page: NewPage) -> None:
    page = await new_page()
    await reach(page, gallery, Shot("qr-renewing", 1280))
    assert await page.locator(".qr-image").get_attribute("src") is None
    assert not await page.locator(".qr-image").is_visible()
    assert decoded(await page.screenshot()) == []


async def test_a_new_qr_takes_the_place_of_the_old_one_which_is_never_seen_past_its_end(
    gallery: str, new_page: NewPage
) -> None:
    page = await new_page()
    await reach(page, gallery, Shot("qr-next", 1280))
    assert decoded(await page.screenshot()) == [QR_TEXT]
    first = await page.evaluate(_WATCH_QR)
    await eventually(
        lambda: page.evaluate("globalThis.seen.some(([src]) => src && src !== globalThis.first)"), "a new QR"
    )
    seen = await page.evaluate("globalThis.seen")
    ends = first["seenAt"] + 4000
    assert max(at for src, at in seen if src == first["src"]) <= ends
    assert min(at for src, at in seen if src and src != first["src"]) <= ends + 3500
    assert decoded(await page.screenshot()) == [NEXT_QR_TEXT]


async def test_focus_moves_to_the_new_heading(gallery: str, new_page: NewPage) -> None:
    page = await new_page(width=390)
    await page.goto(f"{gallery}/marketplace/onboarding?token=consent.focus")
    await on_screen(page, "consent")
    await page.click("#screen .primary")
    await on_screen(page, "way")
    assert await page.evaluate("document.activeElement.tagName") == "H1"
    assert await page.title() == "Где WhatsApp салона? — AI-Admin"


async def test_the_way_to_the_number_can_be_walked_with_the_keyboard_alone(
    gallery: str, new_page: NewPage
) -> None:
    page = await new_page()
    await page.goto(f"{gallery}/marketplace/onboarding?token=consent.keys")
    await on_screen(page, "consent")
    for screen, tabs in (("way", 1), ("number", 2)):
        for _ in range(tabs):
            await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await on_screen(page, screen)
    await page.keyboard.press("Tab")
    await page.keyboard.type("9991234567")
    assert await page.input_value("#phone") == "+7 999 123-45-67"
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#phone[aria-invalid]")
    assert "WhatsApp не узнаёт такой номер" in await page.inner_text("#phone-wrong")


async def test_the_code_can_be_copied_without_the_clipboard_interface(
    gallery: str, new_page: NewPage
) -> None:
    page = await new_page(width=390)
    await page.add_init_script(
        "Object.defineProperty(navigator, 'clipboard', {value: undefined});"
        "addEventListener('copy', () => { globalThis.copied = String(document.activeElement.value); });"
    )
    await reach(page, gallery, Shot("code", 390))
    await page.click("text=Скопировать код")
    await page.wait_for_selector("text=Скопировано")
    assert await page.evaluate("globalThis.copied") == "WKXB-4M7T"


async def test_the_code_is_spelled_for_screen_readers(gallery: str, new_page: NewPage) -> None:
    page = await new_page(width=390)
    await reach(page, gallery, Shot("code", 390))
    assert await page.text_content(".code .visually-hidden") == "Код по знакам: W, K, X, B, дефис, 4, M, 7, T"
    assert await page.get_attribute(".letters", "aria-hidden") == "true"


async def test_the_number_field_understands_habits(gallery: str, new_page: NewPage) -> None:
    page = await new_page(width=390)
    await reach(page, gallery, Shot("number", 390))
    for typed, shown in {
        "8 (999) 123-45-67": "+7 999 123-45-67",
        "+375291234567": "+375 291 234 567",
    }.items():
        await page.fill("#phone", "")
        await page.type("#phone", typed)
        assert await page.input_value("#phone") == shown


async def test_choosing_a_language_is_remembered_and_nothing_else_is_kept(
    gallery: str, new_page: NewPage
) -> None:
    page = await new_page(width=390)
    await page.goto(f"{gallery}/marketplace/onboarding?token=consent.lang&lang=ru")
    await on_screen(page, "consent")
    await page.click("[data-lang=en]")
    assert await page.inner_text("h1") == "Connect the salon’s WhatsApp?"
    assert await page.evaluate("document.documentElement.lang") == "en"
    await page.reload()
    await on_screen(page, "consent")
    assert await page.inner_text("h1") == "Connect the salon’s WhatsApp?"
    assert await storage_of(page) == '[[{"lang": "en"}, {}, ""], []]'
    assert page.url.endswith("/marketplace/onboarding#token=consent.lang")


async def test_without_script_the_page_says_what_to_do(gallery: str, new_page: NewPage) -> None:
    page = await new_page(width=390, java_script_enabled=False)
    await page.goto(f"{gallery}/marketplace/onboarding?token=consent")
    assert await page.locator("h1").inner_text() == "Проверяем подключение к YCLIENTS…"
    assert await page.locator("noscript").inner_text() != ""


async def test_paper_gets_nothing(gallery: str, new_page: NewPage) -> None:
    page = await new_page()
    await reach(page, gallery, Shot("qr", 1280))
    await page.emulate_media(media="print")
    assert not await page.locator("body").is_visible()


async def test_who_wants_little_motion_gets_none(gallery: str, new_page: NewPage) -> None:
    page = await new_page(reduced_motion="reduce")
    await reach(page, gallery, Shot("linking", 1280))
    running = "() => document.getAnimations().filter((one) => one.playState === 'running').length"
    assert await page.evaluate(running) == 0


async def test_waiting_long_explains_itself(gallery: str, new_page: NewPage) -> None:
    page = await new_page(width=390)
    await page.clock.install()
    await page.goto(f"{gallery}/marketplace/onboarding?token=activating.long")
    await on_screen(page, "activating")
    assert not await page.locator("#screen .advice").is_visible()
    await page.clock.fast_forward(11_000)
    await page.wait_for_selector("text=страницу можно закрыть")


async def test_an_older_tab_steps_back_and_can_take_over(gallery: str, new_page: NewPage) -> None:
    older = await new_page(width=390)
    await older.goto(f"{gallery}/marketplace/onboarding?token=consent.tabs")
    await on_screen(older, "consent")
    newer = await new_page(context=older.context)
    await newer.goto(f"{gallery}/marketplace/onboarding?token=consent.tabs")
    await on_screen(newer, "consent")
    await on_screen(older, "passive")
    await older.click("text=Продолжить здесь")
    await on_screen(older, "consent")
    await on_screen(newer, "passive")
    await older.close()
    await newer.bring_to_front()
    await on_screen(newer, "consent")


async def test_a_lost_network_is_said_and_its_return_too(gallery: str, new_page: NewPage) -> None:
    page = await new_page(width=390)
    await reach(page, gallery, Shot("qr", 390))
    await page.context.set_offline(True)
    await page.wait_for_selector("#notice >> text=Нет связи")
    await page.context.set_offline(False)
    await eventually(
        lambda: page.evaluate("!document.querySelector('#notice').textContent"), "the notice goes"
    )


async def test_the_page_does_not_jump_while_it_loads(gallery: str, new_page: NewPage) -> None:
    for width in (390, 1280):
        page = await new_page(width=width)
        await page.add_init_script(_COUNT_SHIFTS)
        for case, screen in (("consent", "consent"), ("qr", "qr"), ("stale", "stale")):
            await page.goto(f"{gallery}/marketplace/onboarding?token={case}.cls{width}")
            await on_screen(page, screen)
            shift = await page.evaluate(
                "new Promise((done) => setTimeout(() => done(globalThis.shift), 300))"
            )
            assert shift <= 0.1, (width, case)
