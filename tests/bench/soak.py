"""Half an hour at the console: 50 changes a second while somebody goes from view to view; does its memory grow?

Postgres, the gateway, the console and the maker of changes are processes of their own. The console's window is used
all the time: every few seconds another view, another salon, another search. The first sixth of the time is not counted:
what a program learns once, fonts, pictures of rows, compiled statements, it learns then.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench._machine import resident_mib
from tests.bench._report import Report, command_of, finish, parser, say
from tests.support.crowd import FIRST_SALON, seed
from tests.support.databases import Databases, server_for_tests
from tests.support.processes import ROOT, clean_environment, run_command, running_town
from tests.support.traffic import keep_changing

GROWTH = 0.10
WARM_UP_SHARE, COMPARED_SHARE = 1 / 6, 1 / 6
ROWS = 12


def main(arguments: Sequence[str] | None = None) -> int:
    """Use the console for a while; the exit code is 1 when it has grown by more than the goal."""
    given = parser("soak", __doc__)
    given.add_argument("--minutes", type=float, default=30.0, help="how long")
    given.add_argument("--changes", type=float, default=50.0, help="changes a second")
    given.add_argument("--installs", type=int, default=10_000, help="salons in the database")
    options = given.parse_args(arguments)
    report = Report(
        "soak",
        "The console, used for long",
        command_of("soak", sys.argv[1:] if arguments is None else arguments),
    )
    with tempfile.TemporaryDirectory(prefix="ai-admin-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with server_for_tests(folder / "postgres") as server:
            samples, made = asyncio.run(_soak(Databases(server), folder, options))
    _tell(report, samples, made, options)
    return finish(report, is_recorded=options.record)


async def _soak(
    databases: Databases, folder: Path, options: argparse.Namespace
) -> tuple[list[dict[str, float]], int]:
    await databases.prepare()
    url = await databases.fresh()
    await seed(url, options.installs)
    async with running_town(folder, DATABASE_URL=url) as town:
        await town.gateway.start()
        settings = town.gateway.program.settings
        made = await run_command("staff", "add", "Bench", "--role", "admin", settings=settings, folder=folder)
        assert made.code == 0, made.said
        return await _with_console(
            town.gateway.url, made.out.strip(), url, town.gateway.program.pid, folder, options
        )


async def _with_console(
    gateway_url: str,
    token: str,
    database_url: str,
    gateway_pid: int,
    folder: Path,
    options: argparse.Namespace,
) -> tuple[list[dict[str, float]], int]:
    """Run the console's process while changes are made, and return its samples and how many changes there were."""
    seconds = options.minutes * 60
    probe = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench._soak_probe", gateway_url, str(folder / "settings"), str(seconds), cwd=ROOT,
        env=clean_environment({"QT_QPA_PLATFORM": "offscreen"}),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert probe.stdin is not None
    assert probe.stdout is not None
    probe.stdin.write(f"{token}\n".encode())
    ended = asyncio.Event()

    def pick(chance: random.Random) -> int:
        return FIRST_SALON + chance.randrange(options.installs)

    changing = asyncio.create_task(keep_changing(database_url, options.changes, ended, pick))
    samples: list[dict[str, float]] = []
    try:
        while line := await probe.stdout.readline():
            sample: dict[str, Any] = json.loads(line)
            samples.append(sample | {"gateway_mib": resident_mib(gateway_pid)})
            say(
                f"{sample['at_s'] / 60:.1f} min: {sample['console_mib']:.0f} MiB after {sample['steps']:.0f} steps"
            )
        assert await probe.wait() == 0, "the console's process failed"
    finally:
        ended.set()
        made = await changing
    return samples, made


def _tell(report: Report, samples: list[dict[str, float]], made: int, options: argparse.Namespace) -> None:
    table = report.table(
        "Memory (PSS), MiB", "minute", "console", "gateway", "steps at the console", "its new Python objects"
    )
    every = max(1, len(samples) // ROWS)
    for sample in samples[::every]:
        table.add(
            f"{sample['at_s'] / 60:.1f}", sample["console_mib"], sample["gateway_mib"], f"{sample['steps']:.0f}",
            f"{sample['objects']:.0f}",
        )  # fmt: skip
    report.note(
        f"{made:,} changes were made meanwhile, each told to the console; {options.installs:,} installs."
    )
    for whose in ("console", "gateway"):
        _hold(report, whose, [sample[f"{whose}_mib"] for sample in samples])
    report.figures = {"samples": samples, "changes": made}


def _hold(report: Report, whose: str, mib: list[float]) -> None:
    """Hold the last part of the time against the first that counts."""
    first = round(len(mib) * WARM_UP_SHARE)
    part = max(1, round(len(mib) * COMPARED_SHARE))
    before, after = statistics.median(mib[first : first + part]), statistics.median(mib[-part:])
    grown = after / before - 1
    report.goal(
        f"the {whose}'s memory grows by", f"< {GROWTH:.0%}", f"{grown:.1%} ({before:.0f} → {after:.0f} MiB)",
        is_met=grown < GROWTH,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
