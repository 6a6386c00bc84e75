"""One salon with everything: where it stands, its story, its partner calls, its QR while somebody looks at it."""

from __future__ import annotations

from collections.abc import Sequence

from desktop.model.observable import Signal
from desktop.model.problem import Trouble
from shared.admin_wire import (
    AttemptView,
    CallDetail,
    CallRow,
    InstallDetail,
    InstallRow,
    SessionView,
    TimelineEntry,
    TimelinePage,
)

MOST_ENTRIES = 50_000
"""How much of one story is kept; older entries are read again when somebody goes back to them."""


class SalonModel:
    """The salon that is open; empty while none is."""

    def __init__(self) -> None:
        self.detail_changed: Signal[[]] = Signal()
        self.timeline_changed: Signal[[]] = Signal()
        self.calls_changed: Signal[[]] = Signal()
        self.attempts_changed: Signal[int] = Signal()
        self.session_changed: Signal[[]] = Signal()
        self.problem_changed: Signal[[]] = Signal()
        self.salon_id: int | None = None
        self.preview: InstallRow | None = None
        """The board's row, shown until the whole is there."""
        self.detail: InstallDetail | None = None
        self.timeline: list[TimelineEntry] = []
        """The story, the oldest first."""
        self.has_earlier = False
        self.earlier_before: int | None = None
        self.calls: list[CallRow] = []
        """The salon's calls, the newest first."""
        self.attempts: dict[int, tuple[AttemptView, ...]] = {}
        self.session: SessionView | None = None
        """The session with its QR; None unless somebody opened it."""
        self.is_loading = False
        self.problem: Trouble | None = None

    @property
    def row(self) -> InstallRow | None:
        """The salon's line of the board, as new as it is known."""
        return self.preview if self.detail is None else self.detail.row

    def opened(self, salon_id: int, preview: InstallRow | None = None) -> None:
        """Another salon: nothing of the one before stays."""
        self._clear()
        self.salon_id, self.preview, self.is_loading = salon_id, preview, True
        self._tell_all()

    def closed(self) -> None:
        """No salon is open."""
        self._clear()
        self._tell_all()

    def set_loading(self, is_loading: bool, problem: Trouble | None = None) -> None:
        """Say that the salon is being read, or what went wrong with it."""
        if (self.is_loading, self.problem) != (is_loading, problem):
            self.is_loading, self.problem = is_loading, problem
            self.problem_changed.emit()

    def set_detail(self, detail: InstallDetail) -> None:
        """Take the salon's present; an answer older than what is shown is left aside."""
        if detail.row.salon_id != self.salon_id:
            return
        if self.detail is not None and detail.cursor < self.detail.cursor:
            return
        self.detail = detail
        self.detail_changed.emit()

    def set_timeline(self, page: TimelinePage) -> None:
        """Take the newest page of the story: it joins what is shown, or replaces it when there is a gap between."""
        shown_last = self.timeline[-1].event_id if self.timeline else None
        is_joined = shown_last is not None and (
            page.next is None or any(entry.event_id <= shown_last for entry in page.rows)
        )
        if not is_joined:
            self.timeline = list(page.rows)
            self.earlier_before, self.has_earlier = page.next, page.next is not None
        else:
            self._add(page.rows)
        self.timeline_changed.emit()

    def add_earlier(self, page: TimelinePage) -> None:
        """Put an earlier page before what is shown."""
        self._add(page.rows)
        self.earlier_before, self.has_earlier = page.next, page.next is not None
        self.timeline_changed.emit()

    def set_calls(self, rows: Sequence[CallRow]) -> None:
        """Take the salon's calls; a call older than the one shown is left aside."""
        shown = {row.call_id: row for row in self.calls}
        newest = (row if (known := shown.get(row.call_id)) is None or known.version <= row.version else known
                  for row in rows)  # fmt: skip
        self.calls = sorted(newest, key=lambda row: row.call_id, reverse=True)
        self.calls_changed.emit()

    def take_call(self, row: CallRow) -> None:
        """Take one call that a command answered with."""
        if row.salon_id == self.salon_id:
            self.set_calls([*(each for each in self.calls if each.call_id != row.call_id), row])

    def set_attempts(self, detail: CallDetail) -> None:
        """Take the attempts of a call, and the call's row with them."""
        call_id = detail.row.call_id
        if detail.row.salon_id != self.salon_id:
            return
        self.attempts[call_id] = tuple(detail.attempts)
        self.take_call(detail.row)
        self.attempts_changed.emit(call_id)

    def set_session(self, view: SessionView | None) -> None:
        """Take the session with its QR, or forget it; an older one is left aside."""
        if view is not None:
            if view.salon_id != self.salon_id:
                return
            if self.session is not None and view.version < self.session.version:
                return
        self.session = view
        self.session_changed.emit()

    def _add(self, rows: Sequence[TimelineEntry]) -> None:
        joined = {entry.event_id: entry for entry in (*self.timeline, *rows)}
        self.timeline = [joined[event_id] for event_id in sorted(joined)]
        if len(self.timeline) > MOST_ENTRIES:
            self.timeline = self.timeline[-MOST_ENTRIES:]
            self.earlier_before, self.has_earlier = self.timeline[0].event_id, True

    def _clear(self) -> None:
        self.salon_id = self.preview = self.detail = self.session = self.problem = None
        self.timeline, self.has_earlier, self.earlier_before = [], False, None
        self.calls, self.attempts, self.is_loading = [], {}, False

    def _tell_all(self) -> None:
        self.detail_changed.emit()
        self.timeline_changed.emit()
        self.calls_changed.emit()
        self.session_changed.emit()
        self.problem_changed.emit()
