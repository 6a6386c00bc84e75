"""The members of staff: who they are, when they were here, which consoles of theirs are open."""

from __future__ import annotations

from collections.abc import Sequence

from desktop.model.observable import Signal
from desktop.model.problem import Trouble
from shared.admin_wire import StaffRow


class StaffModel:
    """The members as they were read last. There are few of them: they are read whole."""

    def __init__(self) -> None:
        self.changed: Signal[[]] = Signal()
        self.rows: tuple[StaffRow, ...] = ()
        self.is_known = False
        self.shows_revoked = False
        self.problem: Trouble | None = None

    def take(self, rows: Sequence[StaffRow]) -> None:
        """Show what was read."""
        self.rows, self.is_known, self.problem = tuple(rows), True, None
        self.changed.emit()

    def show_revoked(self, is_shown: bool) -> None:
        """Remember whether those whose token was taken away are wanted too."""
        self.shows_revoked = is_shown
        if not is_shown:
            self.rows = tuple(row for row in self.rows if row.revoked_at is None)
        self.changed.emit()

    def failed(self, problem: Trouble) -> None:
        """They could not be read; what was read before stays."""
        self.problem = problem
        self.changed.emit()

    def cleared(self) -> None:
        """Another gateway."""
        self.rows, self.is_known, self.problem = (), False, None
        self.changed.emit()
