"""The short forms of the proofs about YCLIENTS: away, odd, told twice, asked twice, never heard of."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proofs import activate_race, manual_retry, sequences, sweep
from tests.proofs._proof import Proof, assert_holds, prove
from tests.support.databases import Databases


# A hundred requests at once may take a busy machine longer than the watch waits for Postgres.
@pytest.mark.expects_log(
    "claim_lost", "sweep_braked", "session_", "refused", "database_lost", "database_back"
)
@pytest.mark.parametrize(
    "proof",
    [activate_race.PROOF, manual_retry.PROOF, sequences.PROOF, sweep.PROOF],
    ids=lambda proof: str(proof.name),
)
async def test_the_proof_holds_in_its_short_form(proof: Proof, databases: Databases, tmp_path: Path) -> None:
    assert_holds(await prove(proof, databases, tmp_path))
