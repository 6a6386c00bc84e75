"""How a model tells that it has changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, ParamSpec

P = ParamSpec("P")


class Signal(Generic[P]):
    """A thing that has happened, told to whoever wants to know, in the order they asked.

    Slots may connect and disconnect while it is told; a slot that has been taken away is not called any more.
    """

    def __init__(self) -> None:
        self._slots: dict[int, Callable[P, object]] = {}
        self._next_key = 0

    def connect(self, slot: Callable[P, object]) -> Callable[[], None]:
        """Call `slot` from now on; returns what takes it away again, as often as one likes."""
        key = self._next_key
        self._next_key += 1
        self._slots[key] = slot
        return lambda: self._disconnect(key)

    def emit(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Tell everybody who is connected now."""
        for key in tuple(self._slots):
            slot = self._slots.get(key)
            if slot is not None:
                slot(*args, **kwargs)

    def _disconnect(self, key: int) -> None:
        self._slots.pop(key, None)
