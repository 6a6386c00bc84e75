"""The proofs of kills and clocks in short form, and that each of them notices a gateway that is broken."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from tests.proofs import clocks, kill, random_kills
from tests.proofs._proof import Proof, assert_holds, prove
from tests.support.databases import Databases


async def test_a_kill_at_any_point_loses_nothing_and_doubles_nothing(
    databases: Databases, tmp_path: Path
) -> None:
    assert_holds(await prove(kill.PROOF, databases, tmp_path))


@pytest.mark.parametrize(("how", "points"), [("answer_first", ["W4"]), ("careless", ["A7"])])
async def test_a_gateway_that_is_broken_does_not_survive_the_kills(
    databases: Databases, tmp_path: Path, how: str, points: list[str]
) -> None:
    work = partial(kill.work_at, points=points, broken=how)
    score = (await prove(Proof("kill", ("R1",), work, runs=2, short=2), databases, tmp_path))["R1"]
    assert score.lost if how == "answer_first" else score.double
    assert not score.holds


async def test_kills_at_random_moments_lose_nothing_and_all_is_taken_over(
    databases: Databases, tmp_path: Path
) -> None:
    assert_holds(await prove(random_kills.PROOF, databases, tmp_path))


async def test_clocks_that_are_wrong_and_are_set_change_nothing(databases: Databases, tmp_path: Path) -> None:
    assert_holds(await prove(clocks.PROOF, databases, tmp_path))


async def test_a_gateway_that_trusts_its_machines_clock_is_noticed(
    databases: Databases, tmp_path: Path
) -> None:
    scores = await prove(clocks.broken_proof("own_clock"), databases, tmp_path, runs=1)
    assert not scores["R12"].holds
