"""What runs: the WhatsApp sessions of a filter, the gateway's processes, what grows, and restarts of many sessions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from desktop.model.counted_list import CountedList
from desktop.model.live_window import Key
from desktop.model.observable import Signal
from desktop.model.problem import Trouble
from shared.admin_wire import (
    ProcessList,
    ProcessView,
    SessionCounts,
    SessionFilter,
    SessionRow,
    StorageReport,
)
from shared.vocabulary import SESSION_ORDER, DrainState, WhatsappState

_RANK = {state: rank for rank, state in enumerate(SESSION_ORDER)}


def session_key(row: SessionRow) -> Key:
    """Return a session's place in the gateway's order: by its state, then the longest in it, then salon id."""
    return (_RANK[row.state], row.since, row.salon_id)


def _salon_of(row: SessionRow) -> int:
    return row.salon_id


class SessionsList(CountedList[SessionRow, SessionFilter, SessionCounts]):
    """The sessions shown, what they are filtered by, and how many there are in each state."""

    def __init__(self) -> None:
        super().__init__(session_key, _salon_of, _salon_of, SessionFilter())

    def count_of(self, state: WhatsappState) -> int:
        """Return how many sessions stand in a state, of those that match the rest of the filter."""
        return 0 if self.counts is None else self.counts.by_state.get(state, 0)

    @property
    def total(self) -> int | None:
        """How many sessions match the filter, its states included; None while it is not known."""
        if self.counts is None:
            return None
        return sum(self.count_of(state) for state in set(self.filter.states) or WhatsappState)


class ProcessesModel:
    """The gateway's processes as they were read last."""

    def __init__(self) -> None:
        self.changed: Signal[[]] = Signal()
        self.list: ProcessList | None = None
        self.problem: Trouble | None = None

    @property
    def rows(self) -> Sequence[ProcessView]:
        """The processes, the oldest first."""
        return () if self.list is None else self.list.rows

    @property
    def pairing(self) -> int:
        """How many owners are linking a phone right now."""
        return sum(process.pairing for process in self.rows)

    def can_take_over(self, name: str) -> bool:
        """Whether there is another process that could take this one's sessions."""
        return any(
            process.name != name and not process.is_silent and not is_out(process) for process in self.rows
        )

    def take(self, found: ProcessList) -> None:
        """Show what was read."""
        self.list, self.problem = found, None
        self.changed.emit()

    def failed(self, problem: Trouble) -> None:
        """They could not be read; what was read before stays."""
        self.problem = problem
        self.changed.emit()

    def cleared(self) -> None:
        """Another gateway."""
        self.list, self.problem = None, None
        self.changed.emit()


def is_out(process: ProcessView) -> bool:
    """Whether a process takes no sessions because staff want it so."""
    return process.drain in (DrainState.ASKED, DrainState.DRAINED)


class StorageModel:
    """What grows, as it was read last."""

    def __init__(self) -> None:
        self.changed: Signal[[]] = Signal()
        self.report: StorageReport | None = None
        self.problem: Trouble | None = None

    def take(self, report: StorageReport | None, problem: Trouble | None = None) -> None:
        """Show what was read, or why it could not be; what was read before stays then."""
        self.report = report if problem is None else self.report
        self.problem = problem
        self.changed.emit()

    def cleared(self) -> None:
        """Another gateway."""
        self.report, self.problem = None, None
        self.changed.emit()


class RestartState(StrEnum):
    """Where one of many restarts stands."""

    WAITING = "waiting"
    ASKED = "asked"
    DONE = "done"
    REFUSED = "refused"
    LEFT = "left"
    """It was not asked for: the person stopped, or the connection ended."""


@dataclass(frozen=True, slots=True)
class Restart:
    """One of many restarts; `trouble` says why it was refused."""

    salon_id: int
    title: str
    city: str | None = None
    state: RestartState = RestartState.WAITING
    trouble: Trouble | None = None


class Restarts:
    """Restarts of many sessions, one after another: which, how far, what became of each."""

    def __init__(self) -> None:
        self.changed: Signal[[]] = Signal()
        self.rows: tuple[Restart, ...] = ()
        self.is_running = False
        self.is_stopping = False

    def count(self, state: RestartState) -> int:
        """Return how many stand so."""
        return sum(row.state is state for row in self.rows)

    @property
    def settled(self) -> int:
        """How many have an answer, or will get none."""
        return len(self.rows) - self.count(RestartState.WAITING) - self.count(RestartState.ASKED)

    def begin(self, rows: Iterable[Restart]) -> None:
        """Show which will be restarted."""
        self.rows, self.is_running, self.is_stopping = tuple(rows), True, False
        self.changed.emit()

    def move(self, salon_id: int, state: RestartState, trouble: Trouble | None = None) -> None:
        """Note how far one is."""
        self.rows = tuple(
            replace(row, state=state, trouble=trouble) if row.salon_id == salon_id else row
            for row in self.rows
        )
        self.changed.emit()

    def stop(self) -> None:
        """Ask for no more of them."""
        self.is_stopping = self.is_running
        self.changed.emit()

    def end(self) -> None:
        """No more will be asked for: those that were not are left as they are."""
        self.rows = tuple(
            replace(row, state=RestartState.LEFT) if row.state is RestartState.WAITING else row
            for row in self.rows
        )
        self.is_running = self.is_stopping = False
        self.changed.emit()

    def cleared(self) -> None:
        """Show none."""
        self.rows, self.is_running, self.is_stopping = (), False, False
        self.changed.emit()
