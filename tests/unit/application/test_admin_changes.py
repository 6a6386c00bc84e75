"""What a console is told to read again, gathered by thing and told in parts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.application.admin.changes import Gathered, changes_of
from gateway.application.records import EventRecord
from shared.admin_wire import Change
from shared.protocol import CHANGE_KINDS

SALON = 101001


def event(kind: str, salon_id: int | None = SALON, **data: Any) -> EventRecord:
    return EventRecord(7, datetime(2026, 5, 1, tzinfo=UTC), salon_id, kind, data, None)


def change(thing: int, version: int) -> Change:
    return Change(kind="install", id=thing, version=version)


@pytest.mark.parametrize(
    ("happened", "told"),
    [
        (event("session.qr"), {("install", SALON)}),
        (event("webhook_processed"), {("install", SALON), ("webhook", 0)}),
        (event("webhook_replayed", webhook_id=4), {("install", SALON), ("webhook", 4)}),
        (event("webhook_laid_aside", None), {("webhook", 0)}),
        (event("payment_received"), {("install", SALON)}),
        (event("partner_attempt"), {("install", SALON), ("call", SALON)}),
        (event("activation_queued"), {("install", SALON), ("call", SALON)}),
        (event("uninstalled"), {("install", SALON), ("call", SALON)}),
        (event("frozen"), {("install", SALON), ("call", SALON)}),
        (event("staff_acted", staff_id=3), {("install", SALON), ("call", SALON), ("staff", 3)}),
        (event("staff_acted", None, staff_id=None), {("staff", 0)}),
        (event("staff_revoked", None, staff_id=3), {("staff", 3)}),
        (event("bulk_changed", None, bulk_id=5), {("bulk", 5)}),
        (event("alarm_raised", None, alarm_id=9), {("alarm", 9)}),
        (event("alarm_settled", None, alarm_id=9), {("alarm", 9)}),
        (event("token_refused", None), {("token", 0)}),
        (event("token_accepted", None), {("token", 0)}),
        (event("webhook_refused", None), {("webhook", 0)}),
        (event("something_new", None), set()),
    ],
    ids=lambda value: value.type if isinstance(value, EventRecord) else "",
)
def test_an_event_is_told_as_the_things_it_may_have_changed(
    happened: EventRecord, told: set[tuple[str, int]]
) -> None:
    changes = list(changes_of(happened))
    assert {(each.kind, each.id) for each in changes} == told
    assert all(each.version == happened.event_id and each.kind in CHANGE_KINDS for each in changes)


def test_a_thing_is_told_once_with_its_newest_version() -> None:
    gathered = Gathered(10)
    gathered.add([change(1, 5), change(2, 6), change(1, 7)])
    assert gathered.take(10, 7) == ([change(2, 6), change(1, 7)], 7)
    assert len(gathered) == 0


def test_what_was_read_later_and_is_older_stands_before_what_is_newer() -> None:
    gathered = Gathered(10)
    gathered.add([change(1, 9), change(2, 10)])
    gathered.add([change(3, 4), change(1, 5)])
    gathered.sort()
    assert gathered.take(10, 10) == ([change(3, 4), change(1, 9), change(2, 10)], 10)


def test_too_many_things_are_forgotten_and_the_rest_is_not_kept() -> None:
    gathered = Gathered(3)
    gathered.add(change(thing, thing) for thing in range(1, 5))
    assert (gathered.overflowed, len(gathered)) == (True, 0)
    gathered.add([change(9, 9)])
    assert len(gathered) == 0
    gathered.forget()
    gathered.add([change(9, 10)])
    assert (gathered.overflowed, len(gathered)) == (False, 1)


@given(st.lists(st.integers(1, 6), max_size=40), st.integers(1, 7))
def test_the_parts_cursors_never_pass_what_is_still_untold(things: list[int], at_most: int) -> None:
    """Two changes may share a version, as an install and its calls do: a cursor between them would lose one."""
    gathered, newest = Gathered(100), len(things)
    changes = [Change(kind=kind, id=thing, version=version) for version, thing in enumerate(things, 1)
               for kind in ("install", "call")]  # fmt: skip
    gathered.add(changes)
    told: dict[tuple[str, int], int] = {}
    cursor = 0
    while len(gathered):
        part, cursor_after = gathered.take(at_most, newest)
        assert cursor <= cursor_after <= newest
        cursor = cursor_after
        told |= {(each.kind, each.id): each.version for each in part}
        lost = [
            each
            for each in changes
            if each.version <= cursor and told.get((each.kind, each.id), 0) < each.version
        ]
        assert all(any(later.version > cursor and (later.kind, later.id) == (each.kind, each.id) for later in changes)
                   for each in lost)  # fmt: skip
    assert told == {(each.kind, each.id): each.version for each in changes}
    assert cursor == newest or not things
