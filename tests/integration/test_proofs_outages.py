"""The short forms of the proofs about what goes away: Postgres, resources, a gateway that is restarted."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.proofs import postgres_away, postgres_killed, rolling_restart
from tests.proofs._proof import assert_holds, prove
from tests.support.databases import Databases

pytestmark = pytest.mark.slow


async def test_postgres_away(databases: Databases, tmp_path: Path) -> None:
    assert_holds(await prove(postgres_away.PROOF, databases, tmp_path))


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
async def test_postgres_killed(databases: Databases, tmp_path: Path) -> None:
    assert_holds(await prove(postgres_killed.PROOF, databases, tmp_path))


async def test_rolling_restart(databases: Databases, tmp_path: Path) -> None:
    assert_holds(await prove(rolling_restart.PROOF, databases, tmp_path))


@pytest.mark.skipif(sys.platform != "linux", reason="limits of another process, /proc")
async def test_exhaustion(databases: Databases, tmp_path: Path) -> None:
    from tests.proofs import exhaustion

    assert_holds(await prove(exhaustion.PROOF, databases, tmp_path))
