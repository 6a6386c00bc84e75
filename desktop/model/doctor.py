"""What the doctor found when it was asked last."""

from __future__ import annotations

from desktop.model.observable import Signal
from desktop.model.problem import Trouble
from shared.admin_wire import DoctorReport


class DoctorModel:
    """The newest report, kept while a new examination runs."""

    def __init__(self) -> None:
        self.changed: Signal[[]] = Signal()
        self.report: DoctorReport | None = None
        self.is_running = False
        self.problem: Trouble | None = None
        self.is_outdated = False
        """Whether YCLIENTS refused or accepted the token since the report."""

    def began(self) -> None:
        """An examination runs."""
        self.is_running, self.problem = True, None
        self.changed.emit()

    def reported(self, report: DoctorReport) -> None:
        """It ended with a report."""
        self.report, self.is_running, self.problem, self.is_outdated = report, False, None, False
        self.changed.emit()

    def failed(self, problem: Trouble) -> None:
        """It could not be done."""
        self.is_running, self.problem = False, problem
        self.changed.emit()

    def outdate(self) -> None:
        """Something about the token is different since the report."""
        self.is_outdated = self.report is not None
        self.changed.emit()

    def cleared(self) -> None:
        """Another gateway: its report is not this one's."""
        self.report, self.is_running, self.problem, self.is_outdated = None, False, None, False
        self.changed.emit()
