"""Chromium for the tests: one browser a run, a fresh context a test, and what the tests look at in a page."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.support.waiting import until

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
    # The browser's own address bar is a page too, drawn anew for each context: a third of what a context costs.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup",
)
PATIENCE_MS = 15_000
IS_THOROUGH = "AI_ADMIN_THOROUGH" in os.environ
"""Set by `dev.py prove screens`: everything in every guise. Otherwise each theme, language and extreme width once."""

ROOT = Path(__file__).resolve().parents[2]
_START_S = 30.0
_AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
_AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

NewPage = Callable[..., Awaitable[Page]]


def chromium_path() -> str:
    """Return the browser's path: `AI_ADMIN_CHROMIUM`, else `chromium` on the PATH."""
    path = os.environ.get("AI_ADMIN_CHROMIUM") or shutil.which("chromium")
    assert path is not None, "no Chromium: the marker `browser` should have left this test out"
    return path


@contextmanager
def running_chromium(folder: Path) -> Iterator[str]:
    """Run Chromium with its profile in `folder`; yields the address it is driven by."""
    command = [chromium_path(), *FLAGS, f"--user-data-dir={folder}", "about:blank"]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield f"http://127.0.0.1:{_port(folder / 'DevToolsActivePort', process)}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)


def _port(file: Path, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and process.poll() is None:
        lines = file.read_text().split() if file.exists() else []
        if lines:
            return lines[0]
        time.sleep(0.05)
    raise AssertionError("Chromium did not start")


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The run's one Chromium."""
    with running_chromium(tmp_path_factory.mktemp("chromium")) as endpoint:
        yield endpoint


@asynccontextmanager
async def driven(endpoint: str) -> AsyncIterator[Browser]:
    """Drive a running Chromium from this loop; the pages opened meanwhile are closed at the end."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect_over_cdp(endpoint)
        yield browser
        await close_pages(browser)
        await browser.close()


async def close_pages(browser: Browser) -> None:
    """Close every context but the browser's own, and with them their pages."""
    for context in browser.contexts[1:]:
        await context.close()


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """The run's Chromium, driven from this test's loop."""
    async with driven(chromium) as made:
        yield made


@pytest.fixture
def new_page(browser: Browser) -> NewPage:
    """Make pages: `await new_page(width=390, dark=True)`; each in a context of its own unless one is given."""
    return page_maker(browser)


def page_maker(browser: Browser) -> NewPage:
    """Return what makes pages in a browser."""

    async def make(
        *,
        width: int = 1280,
        height: int = 900,
        dark: bool = False,
        context: BrowserContext | None = None,
        **options: Any,
    ) -> Page:
        narrow = width < 600
        settings: dict[str, Any] = {
            "viewport": {"width": width, "height": height},
            "color_scheme": "dark" if dark else "light",
            "locale": "ru-RU",
            "is_mobile": narrow,
            "has_touch": narrow,
        }
        page = await (context or await browser.new_context(**(settings | options))).new_page()
        page.set_default_timeout(PATIENCE_MS)
        return page

    return make


async def on_screen(page: Page, name: str, timeout_ms: float = PATIENCE_MS) -> None:
    """Wait until the page shows a screen."""
    await page.wait_for_selector(f'main[data-screen="{name}"]', timeout=timeout_ms)


def decoded(picture: bytes) -> list[str]:
    """Return the texts of the QR codes an independent decoder finds in a picture."""
    with Image.open(io.BytesIO(picture)) as image:
        return [found.text for found in zxingcpp.read_barcodes(image.convert("L"))]


async def violations(page: Page) -> list[str]:
    """Return what axe-core calls serious or critical in the page as it is now."""
    if not await page.evaluate("() => 'axe' in globalThis"):
        # Through the protocol, not as an element: the page's policy rightly refuses foreign scripts.
        await page.evaluate(_axe_source())
    # A screen that fades in is judged when it has come: until then its contrast is on the way.
    await page.evaluate(
        "() => Promise.allSettled(document.getAnimations()"
        ".filter((one) => one.effect.getComputedTiming().endTime !== Infinity).map((one) => one.finished))"
    )
    found = await page.evaluate(
        "async (tags) => (await axe.run(document, {runOnly: tags, resultTypes: ['violations']})).violations",
        _AXE_RULES,
    )
    return [_told(one) for one in found if one["impact"] in ("serious", "critical")]


def _axe_source() -> str:
    assert _AXE.is_file(), "axe-core is missing: `npm install` puts it into node_modules"
    return _AXE.read_text(encoding="utf-8") + "\n;undefined"


def _told(violation: dict[str, Any]) -> str:
    targets = [" ".join(str(part) for part in node["target"]) for node in violation["nodes"]]
    return f"{violation['id']}: {violation['help']}: {targets}"


async def storage_of(page: Page) -> str:
    """Return everything the page keeps in the browser's storage and cookies, as one text."""
    kept = await page.evaluate("() => [{...localStorage}, {...sessionStorage}, document.cookie]")
    return json.dumps([kept, await page.context.cookies()])


async def eventually(condition: Callable[[], Awaitable[Any]], what: str, timeout_s: float = 15) -> None:
    """Wait until a condition of the page holds."""
    await until(condition, what=what, timeout_s=timeout_s)
