"""Every text a person sees, in Russian and English, taken by a dotted key.

A key that is missing is an error, never an empty string: the same is held by a test over both files.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from resources import path_of

LANGUAGES: Final = ("ru", "en")
"""The languages there are; the first is the one used unless a person asks for another."""

PAGE_ERRORS: Final = (
    "database_unavailable",
    "install_frozen",
    "install_gone",
    "internal",
    "invalid_phone",
    "not_pairing",
    "pool_unavailable",
    "rate_limited",
    "request_timeout",
    "salon_not_in_token",
    "session_not_found",
)
"""The error codes the onboarding page can meet while it is open."""

_PAGE_GROUPS: Final = ("stage", "common", "steps", "screens", "ui", "partner_errors")


def language_of(asked: str | None) -> str:
    """Return the language for what a person asked for: Russian unless it is one of ours."""
    return asked if asked in LANGUAGES else LANGUAGES[0]


def text(lang: str, key: str, **params: object) -> str:
    """Return the text of a dotted key such as `errors.internal.title`, with its `{names}` filled in.

    A key with plural forms takes its form from the parameter `n`. Raises KeyError for an unknown
    language, key or missing parameter.
    """
    found = entry(lang, key)
    if isinstance(found, Mapping):
        if "other" not in found:
            raise KeyError(f"{key} is a group of texts")
        found = found[plural_form(lang, int(str(params["n"])))]
    return str(found).format_map(params) if params else str(found)


def entry(lang: str, key: str) -> Any:
    """Return whatever stands at a dotted key: a text, plural forms or a group. Raises KeyError."""
    found: Any = _load(lang)
    for part in key.split("."):
        if not isinstance(found, Mapping) or part not in found:
            raise KeyError(f"no text {key!r} in {lang!r}")
        found = found[part]
    return found


def plural_form(lang: str, number: int) -> str:
    """Return which plural form a whole number takes: one, few, many or other."""
    if lang != "ru":
        return "one" if number == 1 else "other"
    if number % 10 == 1 and number % 100 != 11:
        return "one"
    if number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14):
        return "few"
    return "many"


def page_context(lang: str) -> dict[str, object]:
    """Return what every template needs about language: the asked language and the other one."""
    other = next(one for one in LANGUAGES if one != lang)
    return {"lang": lang, "t": _lookup(lang), "other_lang": other, "t_other": _lookup(other)}


def page_texts(lang: str) -> dict[str, object]:
    """Return the texts of one language that the onboarding page's script needs."""
    groups: dict[str, object] = {group: entry(lang, group) for group in _PAGE_GROUPS}
    return {**groups, "errors": {code: entry(lang, f"errors.{code}") for code in PAGE_ERRORS}}


def _lookup(lang: str) -> Callable[[str], str]:
    def look_up(key: str, **params: object) -> str:
        return text(lang, key, **params)

    return look_up


@cache
def _load(lang: str) -> Mapping[str, Any]:
    if lang not in LANGUAGES:
        raise KeyError(f"no language {lang!r}")
    texts: dict[str, Any] = json.loads(path_of(f"texts/{lang}.json").read_text(encoding="utf-8"))
    return MappingProxyType(texts)
