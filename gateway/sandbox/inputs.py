"""Reads the bodies of the control API; every wrong value is named."""

from __future__ import annotations

import re
from dataclasses import fields
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from gateway.sandbox.catalogue import Salon
from gateway.sandbox.config import Switches
from gateway.sandbox.problems import Problem
from gateway.sandbox.redirects import ALPHABETS, BRANCH_FORMS
from gateway.sandbox.validation import is_int

MAX_BRANCHES = 100
MAX_REPEAT = 100
MAX_TTL_S = 30 * 86400
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?")
_WORD = re.compile(r"[a-z_]{1,40}")
_CHOICES = {
    "activation_body": ("empty", "null", "list", "object"),
    "listed_statuses": ("connected", "active", "all"),
}


def invalid(name: str) -> Problem:
    """Return the refusal of one field."""
    return Problem("field_invalid", field=name)


class Input:
    """A JSON object whose fields are taken out one by one, checked."""

    def __init__(self, body: Any) -> None:
        if not isinstance(body, dict):
            raise Problem("json_invalid")
        self._body = body

    def has(self, name: str) -> bool:
        """Tell whether the field is there and not null."""
        return self._body.get(name) is not None

    def plain(self) -> dict[str, Any]:
        """Return the whole object as it came."""
        return self._body

    def boolean(self, name: str, default: bool) -> bool:
        """Return true or false."""
        value = self._body.get(name, default)
        if not isinstance(value, bool):
            raise invalid(name)
        return value

    def integer(self, name: str, default: int | None, low: int, high: int) -> int | None:
        """Return an integer between `low` and `high`; null counts as absent."""
        value = self._body.get(name)
        if value is None:
            return default
        if not is_int(value) or not low <= value <= high:
            raise invalid(name)
        return cast("int", value)

    def number(self, name: str, default: float, low: float, high: float) -> float:
        """Return a number between `low` and `high`."""
        value = self._body.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise invalid(name)
        return float(value)

    def choice(self, name: str, default: str, among: tuple[str, ...]) -> str:
        """Return one of the words given."""
        value = self._body.get(name, default)
        if value not in among:
            raise invalid(name)
        return str(value)

    def word(self, name: str, default: str) -> str:
        """Return a lower-case word."""
        value = self._body.get(name, default)
        if not isinstance(value, str) or not _WORD.fullmatch(value):
            raise invalid(name)
        return value

    def text(self, name: str, default: str, longest: int = 200) -> str:
        """Return a text of at most `longest` characters."""
        value = self._body.get(name, default)
        if not isinstance(value, str) or len(value) > longest:
            raise invalid(name)
        return value

    def decimal_text(self, name: str) -> str | None:
        """Return a number as the text it was given in: a JSON number, or a text that holds one."""
        value = self._body.get(name)
        if value is None:
            return None
        text = str(value) if not isinstance(value, bool) else ""
        try:
            Decimal(text)
        except InvalidOperation:
            raise invalid(name) from None
        if not _NUMBER.fullmatch(text):
            raise invalid(name)
        return text

    def mapping(self, name: str) -> dict[str, Any] | None:
        """Return an object, or None when absent."""
        value = self._body.get(name)
        if value is not None and not isinstance(value, dict):
            raise invalid(name)
        return value

    def branches(self, salon_id: int) -> list[int]:
        """Return the branches to connect: those named, led by the salon of the address if it is missing."""
        value = self._body.get("branches")
        if value is None:
            return [salon_id]
        if (
            not isinstance(value, list)
            or len(value) > MAX_BRANCHES
            or not all(is_int(each) for each in value)
        ):
            raise invalid("branches")
        return list(value) if salon_id in value else [salon_id, *value]

    def entry(self) -> dict[str, Any]:
        """Return how the redirect is to be built."""
        return {
            "form": self.choice("form", "salon_id", BRANCH_FORMS),
            "user_data": self.boolean("user_data", True),
            "alphabet": self.choice("alphabet", "urlsafe", ALPHABETS),
        }

    def salon(self, next_id: int) -> Salon:
        """Return a new salon; only a title is required."""
        if not self.text("title", "").strip():
            raise invalid("title")
        return Salon(
            self.integer("id", next_id, 1, 2**31 - 1) or next_id,
            self.text("title", ""),
            self.text("city", "Москва"),
            self.text("address", ""),
            self.text("phone", "", 40),
            self.text("timezone", "Europe/Moscow", 64),
        )

    def turn(self, switches: Switches) -> None:
        """Turn the switches named; all are checked before any is changed."""
        known = {each.name: getattr(switches, each.name) for each in fields(switches)}
        unknown = set(self._body) - set(known)
        if unknown:
            raise invalid(sorted(unknown)[0])
        for name, value in {name: self._switch(name, known[name]) for name in self._body}.items():
            setattr(switches, name, value)

    def _switch(self, name: str, present: Any) -> Any:
        if name in _CHOICES:
            return self.choice(name, str(present), _CHOICES[name])
        if isinstance(present, bool):
            return self.boolean(name, present)
        value = self.integer(name, None, 1, MAX_TTL_S)
        if value is None:
            raise invalid(name)
        return value
