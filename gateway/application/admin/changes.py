"""From events to changes: what a console has to read again after something happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway.application.records import EventRecord
from shared.admin_wire import Change

_CALLS = (
    "activation_", "call_", "partner_", "uninstall", "integration_", "staff_", "registration_", "frozen", "unfrozen",
)  # fmt: skip
"""How events begin that may change a salon's partner calls; all others are the phone's or a webhook's alone."""


def changes_of(event: EventRecord) -> Iterator[Change]:
    """Yield what changed with one event; the rule is told in `shared.protocol`."""
    if event.salon_id is not None:
        yield Change(kind="install", id=event.salon_id, version=event.event_id)
        if event.type.startswith(_CALLS):
            yield Change(kind="call", id=event.salon_id, version=event.event_id)
    if event.type.startswith("bulk_"):
        yield Change(kind="bulk", id=_number(event, "bulk_id"), version=event.event_id)
    elif event.type == "sweep_changed":
        yield Change(kind="sweep", id=_number(event, "sweep_id"), version=event.event_id)
    elif event.type.startswith("fix_"):
        yield Change(kind="fix", id=_number(event, "plan_id"), version=event.event_id)
    elif event.type.startswith("alarm_"):
        yield Change(kind="alarm", id=_number(event, "alarm_id"), version=event.event_id)
    elif event.type.startswith("token_"):
        yield Change(kind="token", id=0, version=event.event_id)
    elif event.type.startswith("staff_"):
        yield Change(kind="staff", id=_number(event, "staff_id"), version=event.event_id)
    elif event.type == "webhook_refused":
        yield Change(kind="webhook", id=0, version=event.event_id)
    elif event.type.startswith("webhook_"):
        yield Change(kind="webhook", id=_number(event, "webhook_id"), version=event.event_id)
    elif event.type.startswith("process_"):
        yield Change(kind="process", id=0, version=event.event_id)


class Gathered:
    """Changed things that were not told yet, in the order of their versions, each at most once.

    It never holds more than `at_most` things: then it forgets them all and has `overflowed`.
    """

    def __init__(self, at_most: int) -> None:
        self._at_most = at_most
        self._things: dict[tuple[str, int], Change] = {}
        self.overflowed = False

    def __len__(self) -> int:
        return len(self._things)

    def add(self, changes: Iterable[Change]) -> None:
        """Add changes, the oldest first; a thing that is already in it moves to its new version."""
        for change in changes:
            if self.overflowed:
                return
            thing = (change.kind, change.id)
            known = self._things.pop(thing, None)
            self._things[thing] = change if known is None or known.version < change.version else known
            if len(self._things) > self._at_most:
                self.forget()
                self.overflowed = True

    def sort(self) -> None:
        """Bring the things into the order of their versions, after older ones were added to newer ones."""
        self._things = dict(sorted(self._things.items(), key=lambda item: item[1].version))

    def take(self, at_most: int, cursor: int) -> tuple[list[Change], int]:
        """Take out the oldest changes, with the cursor up to which everything is told then."""
        taken = [self._things.pop(thing) for thing in list(self._things)[:at_most]]
        left = next(iter(self._things.values()), None)
        return taken, cursor if left is None else min(cursor, left.version - 1)

    def forget(self) -> None:
        """Drop everything."""
        self._things.clear()
        self.overflowed = False


def _number(event: EventRecord, name: str) -> int:
    value = event.data.get(name)
    return value if isinstance(value, int) else 0
