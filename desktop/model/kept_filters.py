"""How a list was filtered when the program ended, read before there is a view to show it."""

from __future__ import annotations

from typing import Final, TypeVar

from pydantic import ValidationError

from desktop.model.preferences import Preferences
from shared.admin_wire import CallFilter, InstallFilter
from shared.vocabulary import CallState
from shared.wire import WireRecord

Filter = TypeVar("Filter", bound=WireRecord)

INSTALLS: Final = "installs"
QUEUE: Final = "queue"
USUAL_CALLS: Final = (CallState.FAILED, CallState.HELD, CallState.WAITING)


def kept(preferences: Preferences, name: str, usual: Filter) -> Filter:
    """Return the filter that is kept under a list's name; the usual one where there is none that makes sense."""
    try:
        return type(usual).model_validate_json(preferences.filters.get(name, ""))
    except ValidationError:
        return usual


def kept_installs(preferences: Preferences) -> InstallFilter:
    """Return how the board is filtered: usually not at all."""
    return kept(preferences, INSTALLS, InstallFilter())


def kept_calls(preferences: Preferences) -> CallFilter:
    """Return how the queue is filtered: usually to what somebody or something has to see to."""
    return kept(preferences, QUEUE, CallFilter(states=[*USUAL_CALLS]))
