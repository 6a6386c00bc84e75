"""The short form of the proof about alarms."""

from __future__ import annotations

from pathlib import Path

from tests.proofs._proof import assert_holds, prove
from tests.proofs.webhook_alarm import PROOF
from tests.support.databases import Databases


async def test_a_refused_webhook_is_an_alarm_within_ten_seconds_and_many_are_one(
    databases: Databases, tmp_path: Path
) -> None:
    assert_holds(await prove(PROOF, databases, tmp_path))
