"""The console without its window: models and services against a real gateway, and what the database says to it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from desktop.model.models import Models, build_models
from desktop.model.profiles import Profile, ProfileKind
from desktop.services.clock import SystemClock
from desktop.services.console import Console
from desktop.services.keychain import Keychain, MemoryKeychain
from shared.vocabulary import STAGE_ORDER
from tests.support.tcp_gate import Cut, TcpGate
from tests.support.traffic import keep_changing
from tests.support.waiting import until

_RANK = " ".join(f"WHEN '{stage}' THEN {rank}" for rank, stage in enumerate(STAGE_ORDER))
_BOARD = f"""
    SELECT i.salon_id, c.title, i.stage, i.stage_since, c.version FROM installs i
    JOIN companies c ON c.id = i.company_id WHERE i.is_newest
    ORDER BY CASE i.stage {_RANK} END, i.stage_since, i.salon_id LIMIT $1
"""
_QUEUE = """
    SELECT p.id, i.salon_id, p.state, p.next_attempt_at, c.version FROM partner_calls p
    JOIN installs i ON i.id = p.install_id JOIN companies c ON c.id = i.company_id
    ORDER BY p.state_rank, p.next_attempt_at, p.id LIMIT $1
"""
_COMPANIES = """
    INSERT INTO companies (yclients_id, title, city, timezone, version, created_at, updated_at)
    SELECT 300000 + n, 'Салон №' || n, 'Казань', 'Europe/Moscow', 0, now(), now() FROM generate_series(1, $1) AS n
"""
_INSTALLS = """
    INSERT INTO installs (company_id, salon_id, generation, partner_state, partner_since, stage, stage_since,
        registered_at, support_code, correlation, search_text)
    SELECT id, yclients_id, 1, 'pending', now(), 'new', now() - make_interval(secs => yclients_id % 997), now(),
        'AA-BB-CC', 'quiet-' || yclients_id, lower(title) FROM companies
"""


@dataclass(frozen=True, slots=True)
class Core:
    """A console that is run by hand."""

    console: Console
    models: Models

    async def is_so(self, holds: Callable[[], object], what: str, timeout_s: float = 20.0) -> None:
        """Wait until something holds."""

        async def look() -> bool:
            return bool(holds())

        def last() -> str:
            return f"{what}; connection {self.models.connection.state}, {self.models.connection.problem}"

        try:
            await until(look, what=what, timeout_s=timeout_s)
        except AssertionError:
            raise AssertionError(last()) from None

    async def has_caught_up(self, database_url: str, timeout_s: float = 30.0) -> None:
        """Wait until everything that is in the event log now was told and read."""
        newest = await _value(database_url, "SELECT coalesce(max(id), 0) FROM marketplace_events")
        await self.is_so(
            lambda: (self.console.cursor or 0) >= newest and self.console.is_quiet, "caught up", timeout_s
        )


@contextlib.asynccontextmanager
async def running_core(folder: Path, keychain: Keychain | None = None) -> AsyncIterator[Core]:
    """Run a console whose models are changed on this very loop."""
    clock = SystemClock()
    models = build_models(clock)
    loop = asyncio.get_running_loop()
    console = Console(
        models,
        lambda call: _post(loop, call),
        clock=clock,
        keychain=keychain or MemoryKeychain(),
        folder=folder,
    )
    await console.start()
    try:
        yield Core(console, models)
    finally:
        await console.close()


def profile_of(url: str, kind: ProfileKind = ProfileKind.DEMO) -> Profile:
    """Return a profile of a gateway."""
    return Profile(f"profile of {url}", "Test", url, kind)


async def quiet_salons(database_url: str, count: int) -> None:
    """Write salons that nobody works on: they have come from the marketplace and gone again."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(_COMPANIES, count)
        await connection.execute(_INSTALLS)
    finally:
        await connection.close()


async def board_of(database_url: str, count: int) -> list[tuple[Any, ...]]:
    """Return the board's first rows as the database has them."""
    return await _rows(database_url, _BOARD, count)


def board_shown(models: Models) -> list[tuple[Any, ...]]:
    """Return the board's rows as the console shows them, in the same form."""
    return [
        (row.salon_id, row.title, row.stage.value, row.stage_since, row.version) for row in models.board.rows
    ]


async def queue_of(database_url: str, count: int) -> list[tuple[Any, ...]]:
    """Return the queue's first rows as the database has them."""
    return await _rows(database_url, _QUEUE, count)


def queue_shown(models: Models) -> list[tuple[Any, ...]]:
    """Return the queue's rows as the console shows them, in the same form."""
    return [
        (row.call_id, row.salon_id, row.state.value, row.next_attempt_at, row.version)
        for row in models.queue.rows
    ]


@dataclass(frozen=True, slots=True)
class Outage:
    """What came of a cut of the network: how long the console took, and whether its rows are the database's."""

    cut_s: float
    changes: int
    live_after_s: float
    """From the network's return until the console was live again."""
    equal_after_s: float
    """From the network's return until everything that had changed was shown."""
    rows: int
    are_equal: bool


async def cut_under_changes(
    core: Core,
    gate: TcpGate,
    database_url: str,
    *,
    cut_s: float,
    how: Cut = "silent",
    per_second: float = 50.0,
) -> Outage:
    """Cut the network for a while under steady changes, let it come back, and compare what is shown with the database.

    The changes go on for two seconds after the network is back, so that the console catches up while there are more.
    """
    salons = [row[0] for row in await _rows(database_url, "SELECT salon_id FROM installs WHERE is_newest")]
    ended = asyncio.Event()
    changing = asyncio.create_task(
        keep_changing(database_url, per_second, ended, lambda chance: chance.choice(salons)), name="changes"
    )
    try:
        await asyncio.sleep(0.5)
        await gate.cut(how)
        await asyncio.sleep(cut_s)
        await gate.restore()
        back = time.monotonic()
        await core.is_so(lambda: core.models.connection.is_live and core.console.is_live, "live again", 60.0)
        live_after_s = time.monotonic() - back
        await asyncio.sleep(2.0)
    finally:
        ended.set()
        made = await changing
    await core.has_caught_up(database_url, 60.0)
    shown = board_shown(core.models)
    expected = await board_of(database_url, len(shown))
    return Outage(cut_s, made, live_after_s, time.monotonic() - back, len(shown), shown == expected)


def _post(loop: asyncio.AbstractEventLoop, call: Callable[[], Any]) -> None:
    """Make a call later, as a thread of its own would."""
    loop.call_soon(call)


async def _rows(database_url: str, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(database_url)
    try:
        return [tuple(row.values()) for row in await connection.fetch(statement, *parameters)]
    finally:
        await connection.close()


async def _value(database_url: str, statement: str) -> Any:
    return (await _rows(database_url, statement))[0][0]
