"""The gateway's backups, as they were listed last."""

from __future__ import annotations

from desktop.model.observable import Signal
from desktop.model.problem import Trouble
from shared.admin_wire import BackupList


class BackupsModel:
    """What lies in the folder, or why it is not known."""

    def __init__(self) -> None:
        self.changed: Signal[[]] = Signal()
        self.report: BackupList | None = None
        self.problem: Trouble | None = None

    @property
    def is_being_made(self) -> bool:
        """Whether the gateway is making one, as far as is known."""
        making = self.report.making if self.report else None
        return making is not None and making.failed_at is None

    def take(self, report: BackupList | None, problem: Trouble | None = None) -> None:
        """Show what was read, or why it could not be."""
        self.report, self.problem = report, problem
        self.changed.emit()
