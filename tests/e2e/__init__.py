"""The whole product through its public doors, the page in a real browser among them."""

from __future__ import annotations
