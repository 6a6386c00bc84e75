"""Waiting for facts instead of for time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

Value = TypeVar("Value")


async def until(
    look: Callable[[], Awaitable[Value]], *, timeout_s: float = 15.0, every_s: float = 0.03, what: str = ""
) -> Value:
    """Look again and again until something truthy is seen and return it; AssertionError after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while True:
        seen = await look()
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"not seen within {timeout_s} s: {what or look}; last seen: {seen!r}")
        await asyncio.sleep(every_s)
