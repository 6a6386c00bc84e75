"""The proof of session ownership in short form, and that it notices gateways that ignore each other's leases."""

from __future__ import annotations

from pathlib import Path

from tests.proofs import sessions
from tests.proofs._proof import assert_holds, prove
from tests.support.databases import Databases


async def test_a_killed_and_a_drained_gateway_hand_their_sessions_on_unharmed(
    databases: Databases, tmp_path: Path
) -> None:
    assert_holds(await prove(sessions.PROOF, databases, tmp_path))


async def test_gateways_that_ignore_each_others_leases_are_noticed(
    databases: Databases, tmp_path: Path
) -> None:
    scores = await prove(sessions.broken_proof("unfenced"), databases, tmp_path)
    assert scores["S6"].double
