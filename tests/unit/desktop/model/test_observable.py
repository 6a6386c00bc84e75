from __future__ import annotations

from desktop.model.observable import Signal


def test_every_slot_is_told_in_the_order_it_asked() -> None:
    told: list[str] = []
    signal: Signal[str] = Signal()
    signal.connect(lambda what: told.append(f"first {what}"))
    signal.connect(lambda what: told.append(f"second {what}"))
    signal.emit("news")
    assert told == ["first news", "second news"]


def test_a_slot_that_was_taken_away_is_told_no_more() -> None:
    told: list[int] = []
    signal: Signal[int] = Signal()
    disconnect = signal.connect(told.append)
    signal.emit(1)
    disconnect()
    disconnect()
    signal.emit(2)
    assert told == [1]


def test_a_slot_may_take_another_away_while_they_are_told() -> None:
    told: list[str] = []
    signal: Signal[[]] = Signal()
    signal.connect(lambda: disconnect())
    disconnect = signal.connect(lambda: told.append("never"))
    signal.emit()
    assert told == []


def test_a_slot_that_comes_while_they_are_told_waits_for_the_next_time() -> None:
    told: list[str] = []
    signal: Signal[[]] = Signal()
    signal.connect(lambda: signal.connect(lambda: told.append("late")))
    signal.emit()
    assert told == []
