"""The audit as it is looked through: a search, what was found, how the check of the chain and an export get on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desktop.model.exports import Export
from desktop.model.observable import Signal
from desktop.model.problem import Trouble
from shared.admin_wire import AuditCheck, AuditEntry, AuditQuery


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """How far the check of the chain is, and how it came out once it is over."""

    checked: int = 0
    checked_to: int = 0
    newest: int = 0
    is_running: bool = True
    is_stopped: bool = False
    broken_at: int | None = None
    problem: str | None = None
    trouble: Trouble | None = None

    @property
    def is_whole(self) -> bool:
        """Whether every row was followed and fits."""
        return not (self.is_running or self.is_stopped or self.problem or self.trouble)


class AuditModel:
    """The acts of staff that match a search, the newest first, page after page."""

    def __init__(self) -> None:
        self.changed: Signal[[]] = Signal()
        self.work_changed: Signal[[]] = Signal()
        self.query = AuditQuery()
        self.rows: tuple[AuditEntry, ...] = ()
        self.is_known = False
        self.is_loading = False
        self.next: int | None = None
        self.problem: Trouble | None = None
        self.check: ChainCheck | None = None
        self.export: Export | None = None

    @property
    def is_filtered(self) -> bool:
        """Whether only some of the acts are asked for."""
        return self.query != AuditQuery()

    def searching(self, query: AuditQuery) -> None:
        """Something is being looked for; what was found before stays until the answer is there."""
        self.query, self.is_loading, self.problem = query, True, None
        self.changed.emit()

    def found(self, rows: Sequence[AuditEntry], following: int | None, *, is_first: bool) -> None:
        """Take a page."""
        self.rows = tuple(rows) if is_first else (*self.rows, *rows)
        self.next, self.is_known, self.is_loading, self.problem = following, True, False, None
        self.changed.emit()

    def failed(self, problem: Trouble) -> None:
        """It could not be read; what was read before stays."""
        self.is_loading, self.problem = False, problem
        self.changed.emit()

    def check_is(self, check: ChainCheck | None) -> None:
        """Show how far the check is."""
        self.check = check
        self.work_changed.emit()

    def export_is(self, export: Export | None) -> None:
        """Show how far the export is."""
        self.export = export
        self.work_changed.emit()

    def cleared(self) -> None:
        """Another gateway."""
        self.rows, self.is_known, self.is_loading, self.next, self.problem = (), False, False, None, None
        self.check = self.export = None
        self.changed.emit()
        self.work_changed.emit()


def went_on(check: ChainCheck, step: AuditCheck) -> ChainCheck:
    """Return a check after one more step."""
    return ChainCheck(
        check.checked + step.checked, step.checked_to, step.newest, not step.is_done, False, step.broken_at,
        step.problem,
    )  # fmt: skip
