"""Why something failed, what to do about it and who can: for every code the console can meet."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Who(StrEnum):
    """Who can do something about it."""

    NOBODY = "nobody"
    """It mends itself; waiting is enough."""
    OWNER = "owner"
    OPERATOR = "operator"
    ADMIN = "admin"
    PARTNER = "partner"
    """YCLIENTS' support."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Keys of `desktop.qt.explanations`: a title, the cause, what to do. `who` names who can do it."""

    code: str
    title: str
    cause: str
    advice: str
    who: Who


def explain(code: str | None) -> Explanation:
    """Return the explanation of a code; one that nobody knows is explained as just that."""
    known = code or "unknown"
    return Explanation(known, f"{known}.title", f"{known}.cause", f"{known}.advice", Who.OPERATOR)
