"""One call of the partner API as it came in, read once and leniently; the checks come later."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from gateway.sandbox.operations import Operation

MAX_ID_DIGITS = 10


class NotJson(ValueError):
    """The body is not JSON, or not in UTF-8, or nested too deep."""


@dataclass(slots=True)
class Call:
    """One call. `complaints` gathers what a careful partner would not have sent."""

    operation: Operation
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    arguments: dict[str, str]
    peer: str
    complaints: list[str] = field(default_factory=list)

    def argument(self, name: str) -> int | None:
        """Return a number of the path, or None when it is not a plausible id."""
        return as_id(self.arguments.get(name, ""))

    def header(self, name: str) -> str:
        """Return a header by its lower-case name, or an empty text."""
        return self.headers.get(name, "")

    def json(self) -> Any:
        """Return the body as JSON, numbers with a fraction as Decimal; raises NotJson."""
        try:
            return json.loads(self.body.decode(), parse_float=Decimal, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            raise NotJson from error

    def salon_id(self) -> int | None:
        """Return the salon this call is about, as far as it can be told before any check."""
        source = self.operation.salon
        if source == "path":
            return self.argument("salon_id")
        if source == "query":
            return as_id(self.query.get("salon_id", ""))
        return self._salon_of_body() if source == "body" else None

    def _salon_of_body(self) -> int | None:
        try:
            body = self.json()
        except NotJson:
            return None
        value = body.get("salon_id") if isinstance(body, dict) else None
        return as_id(str(value)) if isinstance(value, int | str) else None


def as_id(text: str) -> int | None:
    """Return a decimal id, or None for anything else."""
    plain = text.isascii() and text.isdigit() and len(text) <= MAX_ID_DIGITS
    return int(text) if plain else None


def query_of(raw: bytes) -> dict[str, str]:
    """Return the first value of each query parameter."""
    pairs = parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True, errors="replace")
    return dict(reversed(pairs))


def _refuse(constant: str) -> Any:
    raise ValueError(constant)
