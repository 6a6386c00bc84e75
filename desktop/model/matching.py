"""Whether what a person types means one of many names: by the beginnings of words, in any keyboard layout."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_LATIN: Final = "`qwertyuiop[]asdfghjkl;'zxcvbnm,."
_CYRILLIC: Final = "ёйцукенгшщзхъфывапролджэячсмитьбю"
_SWAPPED: Final = str.maketrans(_LATIN + _CYRILLIC, _CYRILLIC + _LATIN)
_WORD: Final = re.compile(r"[^\W_]+")
_MOST_WORDS: Final = 16
_LEAST_INSIDE: Final = 3

WHOLE, BEGINNING, WORDS, PIECES, INSIDE = 100, 80, 60, 30, 10
"""How well something fits: the whole name, its beginning, beginnings of its words, pieces of several, anywhere."""
STRONG: Final = WORDS
"""From here on it is what was meant, most likely."""


def plain(text: str) -> str:
    """Return a text as it is compared."""
    return " ".join(text.casefold().replace("ё", "е").split())


def swapped(text: str) -> str:
    """Return what the same keys write in the other layout, Russian for English and the other way round."""
    return text.casefold().translate(_SWAPPED)


def score(query: str, names: Sequence[str]) -> int | None:
    """Return how well a query fits the best of something's names, or None when it fits none. Empty fits all."""
    if not query.strip():
        return WHOLE
    asked = dict.fromkeys((plain(query), plain(swapped(query))))
    found = [fit for one in asked for name in names if (fit := _fit(one, plain(name))) is not None]
    return max(found, default=None)


def _fit(query: str, name: str) -> int | None:
    if not query:
        return None
    if query == name:
        return WHOLE
    if name.startswith(query):
        return BEGINNING
    words = _WORD.findall(name)[:_MOST_WORDS]
    terms = _WORD.findall(query)
    fits = [_fit_of_term(term, words) for term in terms]
    if not fits or any(fit is None for fit in fits):
        return None
    return min(fit for fit in fits if fit is not None)


def _fit_of_term(term: str, words: Sequence[str]) -> int | None:
    if any(word.startswith(term) for word in words):
        return WORDS
    if _is_of_pieces(term, words):
        return PIECES
    if len(term) >= _LEAST_INSIDE and any(term in word for word in words):
        return INSIDE
    return None


def _is_of_pieces(term: str, words: Sequence[str]) -> bool:
    """Whether a term is made of beginnings of words in their order: `копссы` of “копировать ссылку”."""
    reached = {0}
    for word in words:
        reached |= {
            at + size
            for at in reached
            for size in range(1, len(word) + 1)
            if term[at : at + size] == word[:size]
        }
        if len(term) in reached:
            return True
    return False
