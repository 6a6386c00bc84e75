"""Short forms of the proofs of security; the long ones are run by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proofs import matrix, outbound, timing
from tests.proofs._proof import assert_holds, prove
from tests.support.databases import Databases


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
