"""Fixtures of the browser tests."""

from __future__ import annotations

from tests.support.browser import browser, chromium, new_page

__all__ = ["browser", "chromium", "new_page"]
