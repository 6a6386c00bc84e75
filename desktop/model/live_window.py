"""The first rows of a live query, kept exact while the world changes, without jumping under the mouse."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any, Generic, Protocol, TypeVar

from desktop.model.observable import Signal

Key = tuple[Any, ...]
MOST_SINGLE_STEPS = 200
"""More insertions, moves and removals than this at once are told as one `reset`."""


class VersionedRow(Protocol):
    """A row that says how new it is."""

    @property
    def version(self) -> int:
        """A larger one is newer."""


Row = TypeVar("Row", bound=VersionedRow)


class LiveWindow(Generic[Row]):
    """All rows of a query up to an edge, in the query's order.

    What is asked for again after a change is a *group*: a salon. Of the rows that were found, those within the edge
    are shown; a row of the group that was not found is gone. A row older than the one shown is left aside. While
    the window `is_held`, shown rows are updated where they stand, but none comes, goes or moves: they wait.

    Each step is told before (`inserting`, `removing`, `moving`, `resetting`) and after it is done (`rows_inserted`,
    `rows_removed`, `row_moved`, `reset`), with the first and last index, for toolkits that must know both. `row_moved`
    has the index before and the index after.
    """

    def __init__(
        self, key_of: Callable[[Row], Key], id_of: Callable[[Row], int], group_of: Callable[[Row], int]
    ) -> None:
        self.resetting: Signal[[]] = Signal()
        self.reset: Signal[[]] = Signal()
        self.inserting: Signal[int, int] = Signal()
        self.rows_inserted: Signal[int, int] = Signal()
        self.removing: Signal[int, int] = Signal()
        self.rows_removed: Signal[int, int] = Signal()
        self.moving: Signal[int, int] = Signal()
        self.row_moved: Signal[int, int] = Signal()
        self.rows_changed: Signal[int, int] = Signal()
        self.state_changed: Signal[[]] = Signal()
        self.is_complete = False
        """Whether the window holds every row of the query."""
        self._key_of, self._id_of, self._group_of = key_of, id_of, group_of
        self._rows: list[Row] = []
        self._keys: list[Key] = []  # where each row stands; while held, not always its own key
        self._key_by_id: dict[int, Key] = {}
        self._ids_by_group: dict[int, set[int]] = {}
        self._edge: Key | None = None
        self._is_held = False
        self._is_showing = False
        self._waiting: dict[int, Row | None] = {}

    @property
    def rows(self) -> Sequence[Row]:
        """The rows shown. The list changes in place: take no copy of it on a hot path, and keep none."""
        return self._rows

    @property
    def waiting_count(self) -> int:
        """How many rows wait to come, go or move."""
        return len(self._waiting)

    @property
    def is_held(self) -> bool:
        """Whether rows wait."""
        return self._is_held

    @property
    def size(self) -> int:
        """How many rows there will be when nobody holds the window any more."""
        coming = sum(row is not None and id_ not in self._key_by_id for id_, row in self._waiting.items())
        going = sum(row is None for row in self._waiting.values())
        return len(self._rows) + coming - going

    @property
    def edge(self) -> Key | None:
        """The key up to which the window is exact; None when it holds everything, or nothing was loaded."""
        return self._edge

    def index_of(self, row_id: int) -> int | None:
        """Return where a row stands."""
        key = self._key_by_id.get(row_id)
        return None if key is None else bisect_left(self._keys, key)

    def find(self, row_id: int) -> Row | None:
        """Return the row of an id, if it is shown."""
        at = self.index_of(row_id)
        return None if at is None else self._rows[at]

    def groups(self) -> tuple[int, ...]:
        """Return every group that has a row here."""
        return tuple(self._ids_by_group)

    def hold(self) -> None:
        """Let rows wait: the pointer is in the list."""
        self._is_held = True

    def release(self) -> None:
        """Let rows come, go and move again, and those that waited first."""
        self._is_held = False
        self.show_waiting()

    def show_waiting(self) -> None:
        """Show what waits now; a held window stays held."""
        if not self._waiting:
            return
        wanted = {id_: row for id_, row in self._waiting.items() if row is not None}
        self._is_showing = True
        self._take(wanted, set(self._waiting))
        self._is_showing = False
        self.state_changed.emit()

    def start(self, rows: Iterable[Row], *, is_complete: bool) -> None:
        """Show another query's first page."""
        self._waiting = {}
        self.resetting.emit()
        self._fill(rows)
        self._set_edge(self._keys[-1] if self._keys else None, is_complete)
        self.reset.emit()
        self.state_changed.emit()

    def extend(self, rows: Sequence[Row], *, is_complete: bool) -> None:
        """Add the page after the edge; a person asked for it, so it does not wait while the window is held."""
        last = max((self._key_of(row) for row in rows), default=self._edge)
        self._set_edge(last, is_complete)
        found = {self._id_of(row): row for row in rows}
        self._is_showing = True
        self._settle(found, set(found))
        self._is_showing = False
        self.state_changed.emit()

    def replace_range(
        self, rows: Sequence[Row], *, after: Key | None, is_last: bool, is_complete: bool
    ) -> Key | None:
        """Take a page of the same query read anew, the first one or the one after the key `after`.

        Rows that are still there keep their place; what is shown within the page's range and is not in it is gone.
        With `is_last` the window ends where the page ends. Returns the page's last key, for the page that follows.
        """
        last = max((self._key_of(row) for row in rows), default=after)
        first = 0 if after is None else bisect_right(self._keys, after)
        until = len(self._keys) if is_last or last is None else bisect_right(self._keys, last)
        if is_last:
            self._set_edge(last, is_complete)
        elif not self.is_complete and last is not None and (self._edge is None or last > self._edge):
            self._edge = last
        found = {self._id_of(row): row for row in rows}
        within = {
            id_ for row in self._rows[first:until] if self._waiting.get(id_ := self._id_of(row)) is None
        }
        self._settle(found, within | set(found) | self._waiting_between(after, None if is_last else last))
        self.state_changed.emit()
        return last

    def apply(self, rows_found: Iterable[Row], groups_asked: Iterable[int]) -> None:
        """Take what was found of some groups; whatever of them is shown and was not found is gone."""
        waited = len(self._waiting)
        found = {self._id_of(row): row for row in rows_found}
        self._settle(found, set(found) | self._ids_of(groups_asked))
        if len(self._waiting) != waited:
            self.state_changed.emit()

    # ------------------------------------------------------------------------------------------- in between

    def _set_edge(self, edge: Key | None, is_complete: bool) -> None:
        self.is_complete = is_complete
        self._edge = None if is_complete else edge

    def _is_within(self, row: Row) -> bool:
        if self.is_complete:
            return True
        return self._edge is not None and self._key_of(row) <= self._edge

    def _ids_of(self, groups: Iterable[int]) -> set[int]:
        return {id_ for group in groups for id_ in self._ids_by_group.get(group, ())}

    def _waiting_between(self, after: Key | None, until: Key | None) -> set[int]:
        keys = ((id_, self._key_of(row)) for id_, row in self._waiting.items() if row is not None)
        return {
            id_ for id_, key in keys if (after is None or key > after) and (until is None or key <= until)
        }

    def _settle(self, found: dict[int, Row], touched: set[int]) -> None:
        """Bring the touched rows to what was found of them: within the edge, and never back to an older version."""
        wanted = {}
        for id_, row in found.items():
            known = self._waiting.get(id_) or self.find(id_)
            newest = row if known is None or known.version <= row.version else known
            if self._is_within(newest):
                wanted[id_] = newest
        self._take(wanted, touched)

    def _take(self, wanted: dict[int, Row], touched: set[int]) -> None:
        changed: list[int] = []
        coming: list[Row] = []
        leaving: list[int] = []
        moving: list[Row] = []
        for id_ in touched:
            row, stands, waited = wanted.get(id_), self._key_by_id.get(id_), self._waiting.pop(id_, None)
            if stands is None:
                if row is not None:
                    coming.append(row)
                elif waited is not None:
                    self._forget(waited)
                continue
            if row is None:
                leaving.append(id_)
                continue
            at = bisect_left(self._keys, stands)
            if stands != self._key_of(row):
                moving.append(row)
            if self._rows[at] != row:
                self._rows[at] = row
                changed.append(id_)
        if self._is_held and not self._is_showing:
            self._keep_waiting(coming, leaving, moving)
        elif len(coming) + len(leaving) + len(moving) > MOST_SINGLE_STEPS:
            self._rebuild(coming, leaving, moving)
            return
        else:
            self._remove(leaving)
            for row in moving:
                self._move(row)
            self._insert(coming)
        self._tell_changed(changed)

    def _keep_waiting(self, coming: list[Row], leaving: list[int], moving: list[Row]) -> None:
        for row in coming:
            self._waiting[self._id_of(row)] = row
            self._remember(row)
        self._waiting.update(dict.fromkeys(leaving))
        self._waiting.update((self._id_of(row), row) for row in moving)

    def _remember(self, row: Row) -> None:
        self._ids_by_group.setdefault(self._group_of(row), set()).add(self._id_of(row))

    def _forget(self, row: Row) -> None:
        ids = self._ids_by_group[self._group_of(row)]
        ids.discard(self._id_of(row))
        if not ids:
            del self._ids_by_group[self._group_of(row)]

    # ---------------------------------------------------------------------------------------------- the steps

    def _fill(self, rows: Iterable[Row]) -> None:
        newest: dict[int, Row] = {}
        for row in rows:
            known = newest.get(self._id_of(row))
            if known is None or known.version <= row.version:
                newest[self._id_of(row)] = row
        self._rows[:] = sorted(newest.values(), key=self._key_of)
        self._keys = [self._key_of(row) for row in self._rows]
        self._key_by_id = {self._id_of(row): key for row, key in zip(self._rows, self._keys, strict=True)}
        self._ids_by_group = {}
        for row in self._rows:
            self._remember(row)

    def _rebuild(self, coming: list[Row], leaving: list[int], moving: list[Row]) -> None:
        """Do many steps as one; what stays is in order already, so this costs little more than a copy."""
        self.resetting.emit()
        for id_ in leaving:
            key = self._key_by_id.pop(id_)
            self._forget(self._rows[bisect_left(self._keys, key)])
        for row in (*coming, *moving):
            self._key_by_id[self._id_of(row)] = self._key_of(row)
            self._remember(row)
        stays = (pair for pair in zip(self._keys, self._rows, strict=True)
                 if self._key_by_id.get(self._id_of(pair[1])) == pair[0])  # fmt: skip
        ordered = sorted(
            (*stays, *((self._key_of(row), row) for row in (*coming, *moving))), key=itemgetter(0)
        )
        self._keys = [key for key, _ in ordered]
        self._rows[:] = [row for _, row in ordered]
        self.reset.emit()

    def _remove(self, ids: list[int]) -> None:
        places = sorted((bisect_left(self._keys, self._key_by_id[id_]) for id_ in ids), reverse=True)
        for last, first in _runs_downwards(places):
            self.removing.emit(first, last)
            for row in self._rows[first : last + 1]:
                del self._key_by_id[self._id_of(row)]
                self._forget(row)
            del self._rows[first : last + 1]
            del self._keys[first : last + 1]
            self.rows_removed.emit(first, last)

    def _move(self, row: Row) -> None:
        """Move one row to where it belongs; its new content is in its old place already."""
        row_id, new_key = self._id_of(row), self._key_of(row)
        source = bisect_left(self._keys, self._key_by_id[row_id])
        target = bisect_left(self._keys, new_key)
        if target > source:
            target -= 1  # it leaves a gap before
        is_elsewhere = target != source
        if is_elsewhere:
            self.moving.emit(source, target)
        del self._rows[source], self._keys[source]
        self._rows.insert(target, row)
        self._keys.insert(target, new_key)
        self._key_by_id[row_id] = new_key
        if is_elsewhere:
            self.row_moved.emit(source, target)

    def _insert(self, rows: list[Row]) -> None:
        ordered = sorted(rows, key=self._key_of)
        at = 0
        while at < len(ordered):
            place = bisect_left(self._keys, self._key_of(ordered[at]))
            until = self._keys[place] if place < len(self._keys) else None
            run = [ordered[at]]
            while at + len(run) < len(ordered):
                following = ordered[at + len(run)]
                if until is not None and self._key_of(following) > until:
                    break
                run.append(following)
            last = place + len(run) - 1
            self.inserting.emit(place, last)
            self._rows[place:place] = run
            self._keys[place:place] = [self._key_of(row) for row in run]
            for row in run:
                self._key_by_id[self._id_of(row)] = self._key_of(row)
                self._remember(row)
            self.rows_inserted.emit(place, last)
            at += len(run)

    def _tell_changed(self, ids: list[int]) -> None:
        places = sorted((at for id_ in ids if (at := self.index_of(id_)) is not None), reverse=True)
        for last, first in _runs_downwards(places):
            self.rows_changed.emit(first, last)


def _runs_downwards(places: Sequence[int]) -> list[tuple[int, int]]:
    """Return runs of neighbours as (last, first), of indices in falling order."""
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and runs[-1][1] == place + 1:
            runs[-1] = (runs[-1][0], place)
        else:
            runs.append((place, place))
    return runs
