"""Which language to answer in: Russian, unless the person asks for English."""

from __future__ import annotations

from quart import request

LANGUAGES = ("ru", "en")


def language_of_request() -> str:
    """Return the language of `?lang=`; the marketplace and its owners are Russian, so nothing else changes it."""
    wanted = request.args.get("lang", "")
    return wanted if wanted in LANGUAGES else LANGUAGES[0]
