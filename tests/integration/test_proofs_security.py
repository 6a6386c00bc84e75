"""Short forms of the proofs of security; the long ones are run by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proofs import abuse, matrix, outbound, timing
from tests.proofs._proof import assert_holds, prove
from tests.support.databases import Databases
from tests.support.harness import Harness


@pytest.mark.expects_log("refused")
async def test_no_credential_reads_or_writes_what_is_not_its_own(
    databases: Databases, tmp_path: Path
) -> None:
    assert_holds(await prove(matrix.PROOF, databases, tmp_path))


@pytest.mark.expects_log("outbound_refused")
async def test_no_connection_leaves_the_allow_list(databases: Databases, tmp_path: Path) -> None:
    assert_holds(await prove(outbound.PROOF, databases, tmp_path))


async def test_the_time_of_a_comparison_says_nothing(databases: Databases, tmp_path: Path) -> None:
    assert_holds(await prove(timing.PROOF, databases, tmp_path))


async def test_slow_and_idle_connections_are_reaped(harness: Harness) -> None:
    """Trap 3.4 and goal B1: no connection is kept that neither asks nor ends."""
    lasted = await abuse.slow_connections(harness.url, 6)
    assert {kind: len(times) for kind, times in lasted.items()} == {
        "idle": 6, "dripping head": 6, "dripping webhook": 3, "dripping command": 3,
    }  # fmt: skip
    assert all(each <= 2 * abuse.REAPED_WITHIN_S for times in lasted.values() for each in times), lasted
