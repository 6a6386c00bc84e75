"""What was just done to salons and can be taken back for ten seconds: a pause, and a disconnection that waits.

Both are known by what the gateway says of the salon, so it does not matter who did it, nor which salon is shown since.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from desktop.model.observable import Signal
from desktop.model.salon import SalonModel
from shared.admin_wire import CallRow, InstallDetail, InstallRow
from shared.vocabulary import CallState

UNDO_S: Final = 10
"""How long a pause is offered to be taken back; a disconnection waits as long at the gateway."""


class Deed(StrEnum):
    """What can be taken back."""

    PAUSE = "pause"
    DISCONNECTION = "disconnection"


@dataclass(frozen=True, slots=True)
class Undoable:
    """One thing that can be taken back until a moment of the gateway's clock."""

    deed: Deed
    salon_id: int
    generation: int
    title: str
    city: str | None
    until: datetime
    call_id: int | None = None
    """The call that will disconnect the salon, once it is known."""
    can_hurry: bool = False
    """Whether the gateway would carry it out at once."""
    is_hidden: bool = False
    """Somebody put the offer away; it is told no more, and taken back by nothing."""

    @property
    def key(self) -> tuple[Deed, int]:
        """What there is one of at a time."""
        return self.deed, self.salon_id


class UndoModel:
    """The offers, the newest first. `now` is the gateway's clock."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.changed: Signal[[]] = Signal()
        self._now = now
        self._kept: list[Undoable] = []

    @property
    def rows(self) -> list[Undoable]:
        """What is offered now."""
        now = self._now()
        return [each for each in self._kept if not each.is_hidden and each.until > now]

    def follow(self, salon: SalonModel) -> None:
        """Learn from what is known of a salon that is open somewhere, for as long as its model lives."""

        def learn_present() -> None:
            if salon.detail is not None:
                self.saw_detail(salon.detail)

        salon.detail_changed.connect(learn_present)
        salon.calls_changed.connect(lambda: self.saw_calls(salon.row, salon.calls))

    def saw_detail(self, detail: InstallDetail) -> None:
        """Offer to take back the pause that this salon was put in a moment ago; forget one that is over."""
        row, paused_at = detail.row, detail.frozen_by_staff_at
        if not row.is_frozen_by_staff or paused_at is None:
            self._forget(Deed.PAUSE, row.salon_id)
        else:
            self._offer(_of(row, Deed.PAUSE, paused_at + timedelta(seconds=UNDO_S)))
        if not row.is_open:
            self._forget(Deed.DISCONNECTION, row.salon_id)

    def saw_calls(self, row: InstallRow | None, calls: list[CallRow]) -> None:
        """Offer to take back the disconnection that waits among a salon's calls; forget one that does not any more."""
        if row is None or not calls:
            return
        call = waiting_disconnection(calls, self._now())
        if call is not None:
            made = _of(row, Deed.DISCONNECTION, call.next_attempt_at)
            self._offer(replace(made, call_id=call.call_id, can_hurry=call.can_retry))
            return
        key = (Deed.DISCONNECTION, row.salon_id)
        known = next((each.call_id for each in self._kept if each.key == key), None)
        if known is not None and any(each.call_id == known for each in calls):
            self._forget(*key)

    def disconnecting(self, row: InstallRow) -> None:
        """The gateway was just asked to disconnect a salon; the very moment is learnt with its calls."""
        if not any(each.key == (Deed.DISCONNECTION, row.salon_id) for each in self._kept):
            self._offer(_of(row, Deed.DISCONNECTION, self._now() + timedelta(seconds=UNDO_S)))

    def kept(self, salon_id: int) -> None:
        """A disconnection was taken back, or carried out."""
        self._forget(Deed.DISCONNECTION, salon_id)

    def hide(self, one: Undoable) -> None:
        """Offer it no more."""
        self._kept = [replace(each, is_hidden=True) if each.key == one.key else each for each in self._kept]
        self.changed.emit()

    def tick(self) -> None:
        """Forget what can be taken back no more; called each second by whoever shows the offers."""
        now = self._now()
        left = [each for each in self._kept if each.until > now]
        if len(left) != len(self._kept):
            self._kept = left
            self.changed.emit()

    def cleared(self) -> None:
        """Another gateway: nothing of the one before is offered."""
        if self._kept:
            self._kept = []
            self.changed.emit()

    def _offer(self, made: Undoable) -> None:
        """Put an offer first; one that is known already stays where it is, and hidden when it was."""
        if made.until <= self._now():
            return
        known = next((each for each in self._kept if each.key == made.key), None)
        is_same = known is not None and abs(made.until - known.until) < timedelta(seconds=UNDO_S / 2)
        if known is not None and is_same:
            made = replace(made, is_hidden=known.is_hidden)
            if made == known:
                return
            self._kept[self._kept.index(known)] = made
        else:
            self._kept = [made, *(each for each in self._kept if each.key != made.key)]
        self.changed.emit()

    def _forget(self, deed: Deed, salon_id: int) -> None:
        left = [each for each in self._kept if each.key != (deed, salon_id)]
        if len(left) != len(self._kept):
            self._kept = left
            self.changed.emit()


def waiting_disconnection(calls: list[CallRow], now: datetime) -> CallRow | None:
    """Return the call that will disconnect a salon and can still be taken back."""
    return next(
        (
            call for call in calls
            if call.kind == "uninstall" and call.state is CallState.WAITING and not call.attempts
            and not call.is_being_worked and call.next_attempt_at > now
        ),
        None,
    )  # fmt: skip


def _of(row: InstallRow, deed: Deed, until: datetime) -> Undoable:
    return Undoable(deed, row.salon_id, row.generation, row.title, row.city, until)
