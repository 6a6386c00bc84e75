"""Short messages that come and go: what was done, what went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from desktop.model.observable import Signal

MOST = 50


class NoticeLevel(StrEnum):
    """How loud a notice is."""

    INFO = "info"
    DONE = "done"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Notice:
    """One message. `key` finds its sentence, `params` fill it, `detail` is the machine's own words."""

    id: int
    level: NoticeLevel
    key: str
    params: Mapping[str, str] = field(default_factory=dict)
    detail: str = ""


class Notices:
    """The newest notices, at most fifty. The same one twice in a row is one."""

    def __init__(self) -> None:
        self.added: Signal[Notice] = Signal()
        self.removed: Signal[Notice] = Signal()
        self._rows: list[Notice] = []
        self._next_id = 1

    @property
    def rows(self) -> tuple[Notice, ...]:
        """Every notice, the oldest first."""
        return tuple(self._rows)

    def add(
        self, level: NoticeLevel, key: str, params: Mapping[str, str] | None = None, detail: str = ""
    ) -> Notice:
        """Show a notice and return it."""
        given = dict(params or {})
        last = self._rows[-1] if self._rows else None
        if last is not None and (last.level, last.key, last.params, last.detail) == (
            level,
            key,
            given,
            detail,
        ):
            self.remove(last.id)
        notice = Notice(self._next_id, level, key, given, detail)
        self._next_id += 1
        self._rows.append(notice)
        while len(self._rows) > MOST:
            self.removed.emit(self._rows.pop(0))
        self.added.emit(notice)
        return notice

    def remove(self, notice_id: int) -> None:
        """Take a notice away; nothing happens when it is gone already."""
        for at, notice in enumerate(self._rows):
            if notice.id == notice_id:
                del self._rows[at]
                self.removed.emit(notice)
                return
