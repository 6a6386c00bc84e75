"""Postgres goes away under a connected console: it says so, shows nothing old as the present, and comes back exact."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest

from desktop.model.connection import ConnectionState
from shared.vocabulary import StaffRole
from tests.support.console_core import board_of, board_shown, profile_of, quiet_salons, running_core
from tests.support.harness import running_harness
from tests.support.postgres_gate import gate_before_postgres
from tests.support.traffic import change
from tests.support.waiting import until


@pytest.mark.expects_log(
    "database_", "job_waits", "work_waits", "listener_reconnecting", "refused", "Error rolling"
)
async def test_a_console_tells_that_the_database_is_away_and_catches_up_when_it_is_back(
    tmp_path: Path, database_url: str
) -> None:
    await quiet_salons(database_url, 20)
    async with (
        gate_before_postgres(database_url) as gate,
        running_harness(gate.url) as harness,
        running_core(tmp_path) as core,
    ):
        token = (await harness.gateway.staff.add("Anna", StaffRole.ADMIN)).token
        await core.console.connect(profile_of(harness.url), token)
        await core.is_so(lambda: len(core.models.board.rows) == 20, "rows")
        connection = core.models.connection

        await gate.cut("refused")
        await core.is_so(lambda: connection.state is ConnectionState.RECONNECTING, "said that it is not live")
        await core.is_so(
            lambda: connection.problem and connection.problem.code == "database_unavailable", "told why"
        )
        assert connection.last_live_at is not None
        elsewhere = await asyncpg.connect(database_url)
        await change(elsewhere, [300_001, 300_007])
        await elsewhere.close()

        await gate.restore()
        await core.is_so(lambda: connection.is_live, "live again by itself", timeout_s=40)
        await core.has_caught_up(database_url)

        async def is_equal() -> bool:
            return board_shown(core.models) == await board_of(database_url, 20)

        await until(is_equal, what="the database's rows")
