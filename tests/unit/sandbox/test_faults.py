"""The faults: which call meets which, how often, and what may be set."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.sandbox.faults import KINDS, MAX_FAULTS, FaultBoard, FaultError

REQUIRED = {
    *("401", "403_foreign", "403_installed", "400_aggregator", "404", "422", "429", "429_retry_after"),
    *("500", "502", "503", "hang", "stall", "200_html", "200_json", "201_empty", "204"),
    *("301_location", "301_bare", "302", "cut_json", "huge_body", "reset_before", "reset_after"),
    *("meta_object", "meta_list", "meta_absent", "string_ids"),
}


def test_every_fault_the_protocol_page_asks_for_is_there_and_labelled_in_two_languages() -> None:
    assert {kind.name for kind in KINDS} >= REQUIRED
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    assert all(kind.ru and kind.en and "\n" not in kind.ru + kind.en for kind in KINDS)


def test_a_fault_is_met_by_its_call_in_its_salon_only() -> None:
    board = FaultBoard()
    board.put("500", operation="status", salon_id=5)
    assert board.take("callback", 5) is None
    assert board.take("status", 6) is None
    assert board.take("status", None) is None
    assert board.take("status", 5) is not None


def test_a_fault_for_any_call_in_any_salon_is_met_by_all() -> None:
    board = FaultBoard()
    board.put("500")
    assert all(board.take(operation, salon) for operation in ("status", "refund") for salon in (None, 3))


def test_a_counted_fault_goes_out_by_itself() -> None:
    board = FaultBoard()
    board.put("500", count=2)
    assert [board.take("status", 1) is not None for _ in range(3)] == [True, True, False]
    assert board.wire() == []


def test_the_fault_set_first_is_met_first() -> None:
    board = FaultBoard()
    board.put("500", count=1)
    board.put("404", count=1)
    kinds = [fault.kind.name for fault in (board.take("status", 1), board.take("status", 1)) if fault]
    assert kinds == ["500", "404"]


def test_one_fault_can_be_cleared_and_all_can() -> None:
    board = FaultBoard()
    first, _ = board.put("500"), board.put("404")
    assert board.clear(first.id) == 1
    assert [fault["kind"] for fault in board.wire()] == ["404"]
    assert board.clear(99) == 0
    assert board.clear() == 1
    assert board.wire() == []


def test_whether_the_call_is_carried_out_can_be_turned_round() -> None:
    board = FaultBoard()
    assert board.put("500").effect is False
    assert board.put("500", effect=True).effect is True
    assert board.put("reset_after").effect is True
    assert board.put("200_html", effect=False).effect is False


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "418"}, "kind"),
        ({"operation": "launch"}, "operation"),
        ({"count": 0}, "count"),
        ({"count": 10_001}, "count"),
        ({"seconds": -1.0}, "seconds"),
        ({"seconds": 4000.0}, "seconds"),
        ({"seconds": float("nan")}, "seconds"),
        ({"megabytes": 0}, "megabytes"),
        ({"megabytes": 100_000}, "megabytes"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_by_field(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(FaultError, match=f"^{field}$"):
        FaultBoard().put(**({"kind": "500"} | wrong))


def test_faults_cannot_be_heaped_up_without_end() -> None:
    board = FaultBoard()
    for _ in range(MAX_FAULTS):
        board.put("500")
    with pytest.raises(FaultError, match="too_many"):
        board.put("500")
