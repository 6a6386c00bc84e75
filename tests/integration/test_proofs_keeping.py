"""The short forms of the proofs about keeping: the audit, backups.

That of `rotation` starts eight processes under traffic, which is too long for here: `test_rotation.py` holds its parts.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proofs import audit, restore_drill
from tests.proofs._proof import Proof, assert_holds, prove
from tests.support.databases import Databases


@pytest.mark.parametrize("proof", [restore_drill.PROOF, audit.PROOF], ids=lambda proof: proof.name)
async def test_the_short_form_holds(proof: Proof, databases: Databases, tmp_path: Path) -> None:
    assert_holds(await prove(proof, databases, tmp_path))
