"""What an alarm says: its name, what was seen, what to do. The sentences are shared; what fills them is put here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from desktop.qt.explanations import explained
from desktop.qt.texts import here_text, isolate, number_text, shared_text
from shared.admin_wire import AlarmView
from shared.vocabulary import AlarmKind

_MOMENTS: Final = ("since", "last_at")
_CODES_OF_OURS: Final = (AlarmKind.WEBHOOKS_REFUSED,)
"""Kinds whose `code` is one of our own refusals; for the others it is what YCLIENTS did."""


class _Words(dict[str, str]):
    """What fills a sentence; a fact that was not sent is shown as a dash."""

    def __missing__(self, name: str) -> str:
        return "—"


def title_text(kind: AlarmKind) -> str:
    """Return an alarm's name."""
    return shared_text(f"alarms.{kind}.title")


def seen_text(alarm: AlarmView, now: datetime) -> str:
    """Return what was seen."""
    return shared_text(f"alarms.{alarm.kind}.seen").format_map(_words(alarm, now))


def do_text(kind: AlarmKind) -> str:
    """Return what to do about it."""
    return shared_text(f"alarms.{kind}.do")


def _words(alarm: AlarmView, now: datetime) -> Mapping[str, str]:
    words = _Words({name: _word(name, value, now) for name, value in alarm.facts.items()})
    if alarm.subject:
        words["subject"] = isolate(alarm.subject)
    code = alarm.facts.get("code")
    if isinstance(code, str):
        known = explained(code)
        words["reason"] = known.cause if alarm.kind in _CODES_OF_OURS else f"{known.title}."
    return words


def _word(name: str, value: str | int, now: datetime) -> str:
    if isinstance(value, int):
        return number_text(value)
    if name in _MOMENTS:
        try:
            return here_text(datetime.fromisoformat(value), now).text
        except ValueError:
            return value
    return isolate(value)
