"""Postgres goes away while the page is open, and before: the owner is told, and nothing has to be pressed again."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page

from resources.texts import text
from tests.e2e.test_page_flow import agree, done, enter
from tests.support.browser import NewPage, eventually, on_screen
from tests.support.harness import Harness, running_harness
from tests.support.postgres_gate import PostgresGate, gate_before_postgres

pytestmark = [
    pytest.mark.browser,
    pytest.mark.expects_log(
        "database_", "job_waits", "work_waits", "listener_reconnecting", "refused", "Error rolling back"
    ),
]

TROUBLE = text("ru", "ui.trouble")


@pytest.fixture
async def postgres_gate(database_url: str) -> AsyncIterator[PostgresGate]:
    async with gate_before_postgres(database_url) as gate:
        yield gate


@pytest.fixture
async def town(postgres_gate: PostgresGate) -> AsyncIterator[Harness]:
    async with running_harness(postgres_gate.url) as harness:
        yield harness


async def notice_is(page: Page, words: str) -> None:
    """Wait until the bar above the screen says this."""

    async def look() -> bool:
        return await page.inner_text("#notice") == words

    await eventually(look, f"notice {words!r}")


async def test_the_flow_ends_by_itself_after_postgres_was_away(
    town: Harness, postgres_gate: PostgresGate, new_page: NewPage
) -> None:
    page = await new_page()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    await enter(town, page)
    await agree(page)

    await postgres_gate.cut("refused")
    await notice_is(page, TROUBLE)  # told by the gateway: the page had nothing to ask
    await page.click("#screen .choice:has-text('QR')")
    await on_screen(page, "preparing")
    requests.clear()
    await page.wait_for_timeout(4_000)
    assert len(requests) <= 4, requests
    await notice_is(page, TROUBLE)
    assert not await page.query_selector("#notice button")

    await postgres_gate.restore()
    await on_screen(page, "qr")
    await notice_is(page, "")
    await page.wait_for_selector(".qr-image[src]")
    await town.phone("scan")
    await done(town, page)


async def test_an_entry_while_postgres_is_away_goes_on_once_it_is_back(
    town: Harness, postgres_gate: PostgresGate, new_page: NewPage
) -> None:
    page = await new_page()
    await postgres_gate.cut("refused")
    await enter(town, page)
    assert text("ru", "errors.database_unavailable.title") in await page.content()
    await postgres_gate.restore()
    await page.wait_for_url("**/marketplace/onboarding**", timeout=20_000)
    await on_screen(page, "consent")
