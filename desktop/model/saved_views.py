"""Filters that a person gave a name: kept in the settings, for each gateway apart.

A filter is kept as its view wrote it, without moments in time: those were of that day.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

MOST: Final = 50
MOST_NAME_CHARS: Final = 60
MOST_FILTER_CHARS: Final = 4000


@dataclass(frozen=True, slots=True)
class SavedView:
    """A name, the view it belongs to, and the view's filter as JSON."""

    name: str
    view: str
    filter: str


def read_saved(text: str) -> tuple[SavedView, ...]:
    """Return what the settings hold; what makes no sense is left out."""
    try:
        rows = json.loads(text) if text else []
    except (ValueError, RecursionError):
        return ()
    kept: dict[str, SavedView] = {}
    for row in rows if isinstance(rows, list) else ():
        values = [row.get(name) for name in ("name", "view", "filter")] if isinstance(row, dict) else []
        texts = [value for value in values if isinstance(value, str)]
        if len(texts) != 3:
            continue
        one = SavedView(*texts)
        if plain_name(one.name) == one.name and one.name and len(one.filter) <= MOST_FILTER_CHARS:
            kept.setdefault(one.name.casefold(), one)
    return tuple(kept.values())[:MOST]


def saved_text(views: Sequence[SavedView]) -> str:
    """Return them as the settings hold them."""
    rows = [{"name": one.name, "view": one.view, "filter": one.filter} for one in views]
    return json.dumps(rows, ensure_ascii=False)


def plain_name(name: str) -> str:
    """Return a name as it is kept."""
    return " ".join(name.split())[:MOST_NAME_CHARS].strip()


def find_saved(views: Sequence[SavedView], name: str) -> SavedView | None:
    """Return the one of a name; large and small letters are the same."""
    wanted = plain_name(name).casefold()
    return next((one for one in views if one.name.casefold() == wanted), None)


def with_saved(views: Sequence[SavedView], added: SavedView) -> tuple[SavedView, ...]:
    """Return them with one more, in the place of one of the same name."""
    others = [one for one in views if one.name.casefold() != added.name.casefold()]
    return tuple(sorted((*others, added), key=lambda one: one.name.casefold()))


def without_saved(views: Sequence[SavedView], name: str) -> tuple[SavedView, ...]:
    """Return them without one."""
    return tuple(one for one in views if one.name.casefold() != name.casefold())


def renamed(views: Sequence[SavedView], old: str, new: str) -> tuple[SavedView, ...]:
    """Return them with one under another name."""
    found = find_saved(views, old)
    return with_saved(without_saved(views, old), replace(found, name=new)) if found else tuple(views)
