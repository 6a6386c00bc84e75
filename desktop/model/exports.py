"""Lists on their way into files: how far each is, and how it came out."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.model.observable import Signal
from desktop.model.problem import Trouble


@dataclass(frozen=True, slots=True)
class Export:
    """How far an export is: rows written, and the file's name once they are all there."""

    file_name: str
    rows: int = 0
    is_running: bool = True
    is_stopped: bool = False
    trouble: Trouble | None = None

    @property
    def is_done(self) -> bool:
        """Whether the file is there, whole."""
        return not (self.is_running or self.is_stopped or self.trouble)


class ExportsModel:
    """At most one export of each list, by the view's name."""

    def __init__(self) -> None:
        self.changed: Signal[[]] = Signal()
        self.by_view: dict[str, Export] = {}

    def export_is(self, view: str, export: Export | None) -> None:
        """Show how far an export is, or no more of it."""
        if export is None:
            self.by_view.pop(view, None)
        else:
            self.by_view[view] = export
        self.changed.emit()

    def cleared(self) -> None:
        """Another gateway."""
        self.by_view.clear()
        self.changed.emit()
