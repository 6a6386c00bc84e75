"""Fixtures of the browser tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.screens import serving
from tests.support.browser import browser, chromium, new_page

__all__ = ["browser", "chromium", "gallery", "new_page"]


@pytest.fixture
async def gallery() -> AsyncIterator[str]:
    """The address of the gallery of screens."""
    async with serving() as address:
        yield address


@pytest.fixture
async def leftover_tasks_checked() -> None:
    """TEMPORARY."""
