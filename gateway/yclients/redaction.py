"""Taking our secrets out of what the partner echoes back, before any of it is kept."""

from __future__ import annotations

import json
from collections.abc import Iterable
from urllib.parse import quote, urlsplit

MASK = "***"
MIN_SECRET_CHARS = 6
"""Shorter secrets are not looked for: masking every `1` would hide the answer, not the secret."""


class Redactor:
    """Replaces every known secret, in any spelling JSON or an address would give it, by `***`."""

    def __init__(self, secrets: Iterable[str]) -> None:
        spellings = {
            form for secret in secrets if len(secret) >= MIN_SECRET_CHARS for form in _spellings(secret)
        }
        self._spellings = sorted(spellings, key=len, reverse=True)

    def __repr__(self) -> str:
        return f"Redactor({len(self._spellings)} spellings)"

    def text(self, text: str) -> str:
        """Return the text without secrets."""
        for spelling in self._spellings:
            text = text.replace(spelling, MASK)
        return text

    def head(self, text: str, limit: int, *, is_cut: bool) -> str:
        """Return at most `limit` first characters without secrets.

        With `is_cut` the text's own end may hold the beginning of a secret, so as much as a secret's length
        is left out there.
        """
        clean = self.text(text)
        if is_cut and self._spellings:
            clean = clean[: max(0, len(clean) - len(self._spellings[0]) + 1)]
        return clean[:limit]

    def tree(self, value: object) -> object:
        """Return a JSON value without secrets, in keys too."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.tree(item) for item in value]
        if isinstance(value, dict):
            return {self.text(key): self.tree(item) for key, item in value.items()}
        return value


def secret_parts_of_url(url_text: str) -> list[str]:
    """Return the long path segments and query values of an address we registered: its key is one of them."""
    parts = urlsplit(url_text)
    candidates = [*parts.path.split("/"), *(pair.partition("=")[2] for pair in parts.query.split("&"))]
    return [part for part in candidates if len(part) >= 16]


def _spellings(secret: str) -> set[str]:
    in_json = json.dumps(secret)[1:-1]
    return {secret, in_json, in_json.replace("/", "\\/"), quote(secret, safe=""), quote(secret)}
