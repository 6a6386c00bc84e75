"""Photograph every state of the page: `python -m tests.screens [--out docs/screens] [--only NAME …]`.

Each picture is taken in Chromium from the gallery, checked to show the screen it is named for, and written
as a small PNG. `AI_ADMIN_CHROMIUM` names the browser when it is not `chromium` on the PATH.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.e2e.gallery import CASES, FAILURES, Case, Gallery
from tests.support.pictures import write_small

OUT = Path(__file__).resolve().parent.parent / "docs" / "screens"
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
)
_PATIENCE_MS = 20_000
_SETTLE = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  await frame();
  await document.fonts.ready;
  await Promise.allSettled([...document.images].map((image) => image.decode()));
  const ending = document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime !== Infinity);
  await Promise.allSettled(ending.map((one) => one.finished));
  await frame();
}"""
"""A page is looked at when its fonts and pictures are there and what moves on its way in has come."""


@dataclass(frozen=True)
class Shot:
    """One picture: which page, how wide, in which language and theme."""

    page: str
    width: int
    lang: str = "ru"
    dark: bool = False

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        extras = [self.lang] if self.lang != "ru" else []
        return "-".join(
            [self.page.replace("_", "-"), str(self.width), *extras, *(["dark"] if self.dark else [])]
        )

    @property
    def height(self) -> int:
        """The window's height."""
        return {320: 568, 390: 844}.get(self.width, 860)


_ALSO_DARK = ("consent", "qr", "active", "branches")
_ALSO_SMALL = (
    "branches",
    "consent",
    "way-phone",
    "qr",
    "code",
    "number-wrong",
    "linking",
    "linked",
    "activating-long",
    "delayed",
    "active",
    "failed",
    "stale",
    "long-names",
    "temp-banned",
)


def shots() -> Iterator[Shot]:
    """Yield every picture of the set kept in the repository."""
    for name, case in CASES.items():
        for width in (390, 1280):
            fits = case.device is None or (case.device == "phone") == (width < 600)
            if case.is_pictured and fits:
                yield Shot(name, width)
    for name in _ALSO_SMALL:
        yield Shot(name, 320, "en", dark=True)
    for name in _ALSO_DARK:
        yield Shot(name, 1280, dark=True)
    for code in FAILURES:
        yield Shot(f"failure-{code}", 390)
    yield Shot("already-page", 390)
    yield Shot("failure-signature_invalid", 1280)
    yield Shot("failure-partner_timeout", 1280, "en", dark=True)


@asynccontextmanager
async def serving() -> AsyncIterator[str]:
    """Serve the gallery on a free loopback port for as long as the block runs; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    ended = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(
            Gallery().app.run_task("127.0.0.1", port, shutdown_trigger=ended.wait),  # type: ignore[arg-type]
            name="gallery",
        )
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            ended.set()


async def take(browser: Browser, base: str, shot: Shot, out: Path) -> None:
    """Take one picture. Raises TimeoutError when the page does not reach the screen it should show."""
    context = await _context(browser, shot)
    try:
        page = await context.new_page()
        await reach(page, base, shot)
        await page.evaluate("scrollTo(0, 0); document.activeElement?.blur()")
        _write(await page.screenshot(full_page=True, animations="disabled"), out / f"{shot.name}.png")
    finally:
        await context.close()


async def _context(browser: Browser, shot: Shot) -> BrowserContext:
    return await browser.new_context(
        viewport={"width": shot.width, "height": shot.height},
        locale="ru-RU" if shot.lang == "ru" else "en-GB",
        color_scheme="dark" if shot.dark else "light",
        device_scale_factor=1 if shot.width > 600 else 1.5,
        timezone_id="Europe/Moscow",
        is_mobile=shot.width < 600,
        has_touch=shot.width < 600,
    )


async def reach(page: Page, base: str, shot: Shot) -> None:
    """Bring a page to the screen of a shot. Raises TimeoutError when it does not get there."""
    suffix = "" if shot.lang == "ru" else f"lang={shot.lang}"
    if shot.page.startswith("failure-"):
        await page.goto(f"{base}/failure/{shot.page.removeprefix('failure-')}?{suffix}")
    elif shot.page == "already-page":
        await page.goto(f"{base}/already?{suffix}")
    else:
        await _reach_screen(
            page,
            f"{base}/marketplace/onboarding?token={shot.page}.{shot.name}&{suffix}",
            CASES[shot.page],
            shot,
        )


async def _reach_screen(page: Page, address: str, case: Case, shot: Shot) -> None:
    if case.screen == "offline":
        await page.context.route("**/api/state*", lambda route: route.abort())
    await page.goto(address, wait_until="domcontentloaded")
    for step in case.press:
        await _press(page, step, narrow=shot.width < 600)
    if shot.page == "passive":
        await page.wait_for_selector("main[data-screen=consent]", timeout=_PATIENCE_MS)
        other = await page.context.new_page()
        await other.goto(address)
    if shot.page == "offline-qr":
        await page.wait_for_selector("main[data-screen=qr]", timeout=_PATIENCE_MS)
        await page.context.set_offline(True)
        await page.wait_for_selector("#notice > *", timeout=_PATIENCE_MS)
    await page.wait_for_selector(f"main[data-screen={case.screen}]", timeout=_PATIENCE_MS)
    if case.waits:
        await page.wait_for_timeout(11_000)
    await page.evaluate(_SETTLE)


async def _press(page: Page, step: str, *, narrow: bool) -> None:
    if step == "type-number":
        await page.fill("#phone", "+7 999 123-45-67")
        return
    selector = f"#screen .choice:nth-child({1 if narrow else 2})" if step == "way-code" else step
    await page.click(selector, timeout=_PATIENCE_MS)


def _write(picture: bytes, path: Path) -> None:
    with Image.open(io.BytesIO(picture)) as image:
        write_small(image, path)


async def run(out: Path, only: list[str]) -> int:
    """Take the pictures whose name contains one of the words (all without words); return how many failed."""
    browser_path = os.environ.get("AI_ADMIN_CHROMIUM") or shutil.which("chromium")
    wanted = [shot for shot in shots() if not only or any(word in shot.name for word in only)]
    failed = 0
    async with serving() as base, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=browser_path, args=list(_FLAGS))
        for start in range(0, len(wanted), 4):
            batch = wanted[start : start + 4]
            results = await asyncio.gather(
                *(take(browser, base, shot, out) for shot in batch), return_exceptions=True
            )
            for shot, result in zip(batch, results, strict=True):
                failed += result is not None
                sys.stdout.write(f"{shot.name}: {'ok' if result is None else result}\n")
        await browser.close()
    return failed


def main() -> int:
    """Read the command line and take the pictures; the exit code is 1 when any failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--only", nargs="*", default=[])
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    return 1 if asyncio.run(run(options.out, options.only)) else 0


if __name__ == "__main__":
    sys.exit(main())
