"""What staff type to find a salon, and what of a salon is searched: both brought to one plain form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

MAX_WORDS = 8
MAX_TITLE_CHARS = 400
MAX_CITY_CHARS = 100
"""So much of a name is searched and no more: a row of an index holds 2,704 bytes, and a letter has up to four."""

MAX_GRAMS = 64
"""Letter triples that are looked for; more would exclude next to nothing."""

_SPACES = re.compile(r"\s+")
_NOT_DIGITS = re.compile(r"\D")


def plain(text: str) -> str:
    """Return text without case, accents that people leave out (ё), control characters and doubled spaces."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е").replace("\0", "")
    return _SPACES.sub(" ", folded).strip()


def search_text(
    salon_id: int, title: str, city: str | None, support_code: str, phone_masked: str | None
) -> str:
    """Return what is searched of one install: name, city, number, support code, the end of the linked phone."""
    tail = _NOT_DIGITS.sub("", phone_masked or "")[-4:]
    named = (plain(title)[:MAX_TITLE_CHARS], plain(city or "")[:MAX_CITY_CHARS])
    parts = (*named, f"#{salon_id}", plain(support_code), plain(f"…{tail}") if tail else "")
    return " ".join(part for part in parts if part)


def search_words(asked: str) -> tuple[str, ...]:
    """Return the words that must all be found, the longest first, for it excludes most."""
    words = dict.fromkeys(plain(asked).split(" "))
    return tuple(sorted((word for word in words if word), key=len, reverse=True)[:MAX_WORDS])


def grams(words: Sequence[str]) -> list[str]:
    """Return the letter triples of all words, as `search_grams` makes them in the database; shorter words have none."""
    found = dict.fromkeys(word[n : n + 3] for word in words for n in range(len(word) - 2))
    return list(found)[:MAX_GRAMS]
