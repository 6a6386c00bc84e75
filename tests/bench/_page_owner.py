"""An owner at a computer: the real page in Chromium, which tells when it showed what."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from playwright.async_api import Browser, Page

from tests.support.browser import driven, on_screen, page_maker, running_chromium

PATIENCE_MS = 60_000
_WATCH = """
  const marks = globalThis.marks = {};
  const now = () => performance.timeOrigin + performance.now();
  const painted = (name) => requestAnimationFrame(() => setTimeout(() => {
    marks[name] ??= now();
    document.documentElement.setAttribute(`data-seen-${name}`, "");
  }));
  addEventListener("click", () => { marks.clicked = now(); }, { capture: true });
  document.addEventListener("load", ({ target }) => {
    if (target instanceof HTMLImageElement && target.classList.contains("qr-image")) painted("qr");
  }, { capture: true });
  const look = () => {
    const screen = document.querySelector("main")?.dataset.screen;
    if (screen === "consent") painted("usable");
    if (screen === "active") painted("active");
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributeFilter: ["data-screen"] });
"""
_NAVIGATION = """() => {
  const one = performance.getEntriesByType("navigation")[0];
  return Object.fromEntries(["redirectStart", "redirectEnd", "responseEnd", "domContentLoadedEventEnd"]
    .map((name) => [name, performance.timeOrigin + one[name]]));
}"""


class PageOwner:
    """Goes the whole way through the page, each time as somebody who has never been there."""

    def __init__(self, browser: Browser, phone: httpx.AsyncClient) -> None:
        self._new_page = page_maker(browser)
        self._phone = phone

    async def onboard(self, salon_id: int, entry: str) -> dict[str, float]:
        """Go from «Подключить» to «Готово»; returns the moments, in milliseconds since 1970."""
        page = await self._new_page()
        page.set_default_timeout(PATIENCE_MS)
        await page.add_init_script(_WATCH)
        try:
            return await self._go(page, salon_id, entry)
        finally:
            await page.context.close()

    async def _go(self, page: Page, salon_id: int, entry: str) -> dict[str, float]:
        marks = {"entered": time.time() * 1000}
        await page.goto(entry, wait_until="commit")
        await on_screen(page, "consent", PATIENCE_MS)
        await page.click("#screen .primary")
        await page.click("#screen .choice:has-text('QR')")
        await page.wait_for_selector("html[data-seen-qr]")
        marks["scanned"] = time.time() * 1000
        answer = await self._phone.post(f"/simulator/{salon_id}/scan", json={})
        assert answer.status_code == 200, answer.text
        await page.wait_for_selector("html[data-seen-active]")
        moments: dict[str, float] = await page.evaluate(_NAVIGATION)
        seen: dict[str, float] = await page.evaluate("() => marks")
        return marks | moments | {"redirected": moments["redirectEnd"]} | seen


@asynccontextmanager
async def page_owners(profile: Path, url: str) -> AsyncIterator[PageOwner]:
    """Run Chromium and yield an owner who uses it."""
    with running_chromium(profile) as endpoint:
        async with driven(endpoint) as browser, httpx.AsyncClient(base_url=url, trust_env=False) as phone:
            yield PageOwner(browser, phone)
