"""Delivery ids."""

from __future__ import annotations

import pytest

from gateway.application.records import new_delivery_id


def test_delivery_ids_follow_time_and_never_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = []
    for ms in (1_700_000_000_000, 1_700_000_000_001, 1_900_000_000_000):
        monkeypatch.setattr("time.time_ns", lambda ms=ms: ms * 1_000_000)
        made = {new_delivery_id() for _ in range(500)}
        assert len(made) == 500
        assert {(each.version, each.variant, each.int >> 80) for each in made} == {
            (7, "specified in RFC 4122", ms)
        }
        ids.append(made)
    assert max(ids[0]) < min(ids[1])
    assert max(ids[1]) < min(ids[2])
