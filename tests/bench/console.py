"""The console against 100,000 installs: first rows, search, 500 changes a second for a minute, memory.

Postgres, the gateway, the console and the maker of changes are processes of their own, as at work. Beside the figures
of the console stand those of a peer in the same run: Qt's own filter over the same rows in memory, which is what a
console without a server-side search would do.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg

from tests.support.crowd import FIRST_SALON, seed
from tests.support.databases import Databases, server_for_tests
from tests.support.processes import ROOT, clean_environment, run_command, running_town
from tests.support.traffic import keep_changing

SEARCHES = ("жемчужная елка", "барбершоп", "1234", "нет такого салона", "ромашка казань")
SHOWN = 200
LIMITS = {"first_rows_ms": 1000, "search_ms": 150, "stall_ms": 50, "rss_mib": 250}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code is 1 when a limit is not kept."""
    parser = argparse.ArgumentParser(prog="bench console", description=__doc__)
    parser.add_argument("--installs", type=int, default=100_000)
    parser.add_argument("--changes", type=int, default=500, help="changes a second")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the changes last")
    parser.add_argument("--no-peer", action="store_true", help="leave the peer out")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="ai-admin-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with server_for_tests(folder / "postgres") as server:
            databases = Databases(server)
            return asyncio.run(_measure(databases, folder, options))


async def _measure(databases: Databases, folder: Path, options: argparse.Namespace) -> int:
    await databases.prepare()
    url = await databases.fresh()
    _say(f"seeding {options.installs:,} installs")
    await seed(url, options.installs)
    async with running_town(folder, DATABASE_URL=url) as town:
        await town.gateway.start()
        made = await run_command(
            "staff", "add", "Bench", "--role", "admin", settings=town.gateway.program.settings, folder=folder
        )
        assert made.code == 0, made.said
        figures = await _with_probe(town.gateway.url, made.out.strip(), url, folder, options)
    peer = None if options.no_peer else _peer(options.installs)
    return _print(figures, peer, options)


async def _with_probe(
    gateway_url: str, token: str, database_url: str, folder: Path, options: argparse.Namespace
) -> dict[str, Any]:
    """Run the console's process; changes are made while it says that it watches."""
    arguments = [gateway_url, str(folder / "settings"), str(options.seconds), *SEARCHES]
    probe = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench._console_probe", *arguments, cwd=ROOT, limit=2**22,
        env=clean_environment({"QT_QPA_PLATFORM": "offscreen"}),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert probe.stdin is not None
    assert probe.stdout is not None
    probe.stdin.write(f"{token}\n".encode())
    figures: dict[str, Any] = {}
    while line := await probe.stdout.readline():
        said = json.loads(line)
        if said.get("is_watching"):
            _say(f"making {options.changes} changes a second for {options.seconds:.0f} s")
            figures |= await _change(database_url, options)
            figures["database"] = await _first_rows(database_url, 2 * SHOWN)
            probe.stdin.write(b"settled\n")
        else:
            figures |= said
    assert await probe.wait() == 0, "the console's process failed"
    return figures


async def _change(url: str, options: argparse.Namespace) -> dict[str, Any]:
    """Change, every other time, one of the salons that stand first now: that is what costs the console work."""
    shown: list[int] = []

    def pick(chance: random.Random) -> int:
        if shown and chance.random() < 0.5:
            return chance.choice(shown)
        return FIRST_SALON + chance.randrange(options.installs)

    async def look() -> None:
        while not ended.is_set():
            shown[:] = [salon_id for salon_id, _ in await _first_rows(url, SHOWN)]
            await asyncio.sleep(1.0)

    ended = asyncio.Event()
    asyncio.get_running_loop().call_later(options.seconds, ended.set)
    made, _, idle = await asyncio.gather(
        keep_changing(url, options.changes, ended, pick), look(), _idle_peer(options.seconds)
    )
    return {"made": made, **idle}


async def _idle_peer(seconds: float) -> dict[str, Any]:
    """Have a program that does nothing tell how long the machine itself let it stand still meanwhile."""
    peer = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench._pulse_peer", str(seconds), cwd=ROOT,
        env=clean_environment({"QT_QPA_PLATFORM": "offscreen"}), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await peer.communicate()
    told: dict[str, Any] = json.loads(out)
    return told


async def _first_rows(url: str, count: int) -> list[list[Any]]:
    """Return the board's first rows as the database has them."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT salon_id, stage FROM installs WHERE is_newest ORDER BY stage_rank, stage_since, salon_id LIMIT $1",
            count,
        )
    finally:
        await connection.close()
    return [[row["salon_id"], row["stage"]] for row in rows]


def _peer(installs: int) -> dict[str, Any]:
    _say("measuring the peer: QSortFilterProxyModel over the same number of rows")
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench._proxy_peer", str(installs), *SEARCHES], cwd=ROOT, check=True,
        capture_output=True, env=clean_environment({"QT_QPA_PLATFORM": "offscreen"}), stdin=subprocess.DEVNULL,
    )  # fmt: skip
    peer: dict[str, Any] = json.loads(done.stdout)
    return peer


def _print(figures: dict[str, Any], peer: dict[str, Any] | None, options: argparse.Namespace) -> int:
    searches = {word: round(ms) for word, ms in figures["search_ms"].items()}
    worst = max(figures["search_ms"].values())
    shown = figures["rows"]
    agrees = len(shown) > 0 and shown == figures["database"][: len(shown)]
    rows = (
        ("first rows after connecting", figures["first_rows_ms"], LIMITS["first_rows_ms"], "ms"),
        ("slowest search, from the last key to the rows", worst, LIMITS["search_ms"], "ms"),
        ("longest stall of the window under changes", figures["stall_ms"], LIMITS["stall_ms"], "ms"),
        ("memory at its largest", figures["rss_mib"], LIMITS["rss_mib"], "MiB"),
    )
    print(
        f"\nconsole, {options.installs:,} installs, {options.changes} changes/s for {options.seconds:.0f} s"
    )
    for name, value, limit, unit in rows:
        mark = "ok " if value <= limit else "NOT"
        print(f"  {mark}  {name:48} {value:8.0f} {unit:3}  (at most {limit})")
    print(f"       searches: {searches}")
    print(
        f"       changes made {figures['made']:,}; rows that changed, came, moved or went {figures['told']:,}"
    )
    print(f"       99.9 % of ticks within {figures['p999_ms']:.1f} ms, {figures['late_ticks']} over 16 ms")
    print(
        f"       a Qt program that does nothing, meanwhile: longest stall {figures['idle_stall_ms']:.0f} ms, "
        f"{figures['idle_late_ticks']} over 16 ms"
    )
    print(
        f"  {'ok ' if agrees else 'NOT'}  the {len(figures['rows'])} rows shown are the database's first rows"
    )
    if peer is not None:
        print(f"peer, QSortFilterProxyModel over {options.installs:,} rows in memory: slowest search "
              f"{max(peer['search_ms'].values()):.0f} ms, memory {peer['rss_mib']:.0f} MiB")  # fmt: skip
    return 0 if agrees and all(value <= limit for _, value, limit, _ in rows) else 1


def _say(text: str) -> None:
    print(f"… {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
