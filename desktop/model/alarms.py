"""The alarms: what calls for a person now, and what did lately."""

from __future__ import annotations

from collections.abc import Sequence

from desktop.model.observable import Signal
from desktop.model.problem import Trouble
from shared.admin_wire import AlarmView
from shared.vocabulary import AlarmKind

Identity = tuple[AlarmKind, str]


class AlarmsModel:
    """The open alarms as they were read last, and the settled ones when they are wanted."""

    def __init__(self) -> None:
        self.changed: Signal[[]] = Signal()
        self.rows: tuple[AlarmView, ...] = ()
        self.is_known = False
        self.shows_settled = False
        self.problem: Trouble | None = None
        self._told: dict[int, AlarmView] = {}

    @property
    def open(self) -> tuple[AlarmView, ...]:
        """Those that are not settled, the newest first."""
        return tuple(alarm for alarm in self.rows if alarm.settled_at is None)

    @property
    def settled(self) -> tuple[AlarmView, ...]:
        """Those that are, the newest settled first."""
        return tuple(alarm for alarm in self.rows if alarm.settled_at is not None)

    @property
    def waiting(self) -> int:
        """How many open ones nobody has acknowledged."""
        return sum(is_waiting(alarm) for alarm in self.rows)

    def take(self, rows: Sequence[AlarmView]) -> tuple[AlarmView, ...]:
        """Show what was read; returns the alarms that are news: told since the last reading, acknowledged by nobody.

        At the first reading nothing is: what stands already is shown by the view and by its count.
        """
        before, was_known = self._told, self.is_known
        self.rows, self.is_known, self.problem = tuple(rows), True, None
        self._told = {alarm.alarm_id: alarm for alarm in self.open}
        self.changed.emit()
        if not was_known:
            return ()
        return tuple(
            alarm
            for alarm in self.open
            if is_waiting(alarm)
            and (alarm.alarm_id not in before or before[alarm.alarm_id].told_at < alarm.told_at)
        )

    def show_settled(self, is_shown: bool) -> None:
        """Remember whether the settled ones are wanted too."""
        self.shows_settled = is_shown
        if not is_shown:
            self.rows = self.open
        self.changed.emit()

    def failed(self, problem: Trouble) -> None:
        """They could not be read; what was read before stays."""
        self.problem = problem
        self.changed.emit()

    def cleared(self) -> None:
        """Another gateway: its alarms are not this one's."""
        self.rows, self.is_known, self.problem, self._told = (), False, None, {}
        self.changed.emit()


def identity_of(alarm: AlarmView) -> Identity:
    """Return what makes two alarms the same cause."""
    return alarm.kind, alarm.subject


def is_waiting(alarm: AlarmView) -> bool:
    """Whether an alarm is open, nobody looks after it yet and nobody has put it off."""
    return alarm.settled_at is None and alarm.acknowledged_at is None and not is_snoozed(alarm)


def is_snoozed(alarm: AlarmView) -> bool:
    """Whether an open alarm is quiet for now; it is over once the gateway told it at or after the moment."""
    until = alarm.snoozed_until
    return alarm.settled_at is None and until is not None and alarm.told_at < until
