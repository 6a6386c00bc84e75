"""What a comparison found: tables for people, figures for programs, and the goals it was measured against.

`--record` puts a comparison's section into docs/performance.md and its figures into docs/performance/NAME.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "performance.md"
FIGURES = ROOT / "docs" / "performance"
NAMES = (
    "door", "onboarding", "sockets", "fanout", "console", "soak", "backlog", "growth", "processes", "scale",
)  # fmt: skip
"""The comparisons in the order of docs/performance.md."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some measurements, the smallest and the largest."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Sum up one measurement or more."""
        return cls(statistics.median(values), min(values), max(values))

    def __str__(self) -> str:
        return f"{shown(self.median)} ({shown(self.least)}–{shown(self.most)})"


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal: what it says, the limit in words, what was measured, and whether that keeps it."""

    says: str
    limit: str
    measured: str
    is_met: bool


@dataclass(slots=True)
class Table:
    """Rows of words under a heading; the first column names the row, the others are figures."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def add(self, *cells: object) -> None:
        """Add a row; numbers are written the same way everywhere."""
        assert len(cells) == len(self.columns)
        self.rows.append(tuple(cell if isinstance(cell, str) else shown(cell) for cell in cells))


@dataclass(slots=True)
class Report:
    """Everything one comparison has to say."""

    name: str
    title: str
    command: str
    tables: list[Table] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    """What was measured, run by run, for the JSON file."""

    def table(self, title: str, *columns: str) -> Table:
        """Begin a table."""
        made = Table(title, columns)
        self.tables.append(made)
        return made

    def goal(self, says: str, limit: str, measured: object, *, is_met: bool) -> None:
        """Hold a measurement against its goal."""
        words = measured if isinstance(measured, str) else shown(measured)
        self.goals.append(Goal(says, limit, words, is_met))

    def note(self, text: str) -> None:
        """Say in a sentence what a reader of the tables has to know."""
        self.notes.append(text)


def parser(name: str, text: str | None) -> argparse.ArgumentParser:
    """Return a parser of the options that every comparison takes."""
    made = argparse.ArgumentParser(prog=f"bench {name}", description=text)
    made.add_argument("--record", action="store_true", help="write docs/performance.md and the figures' JSON")
    return made


def command_of(name: str, arguments: Sequence[str]) -> str:
    """Return the command that makes this measurement again."""
    kept = [each for each in arguments if each != "--record"]
    return " ".join(["python3", "dev.py", "bench", name, *kept])


def finish(report: Report, *, is_recorded: bool) -> int:
    """Print the report, write it down if asked, and return the exit code: 1 when a goal is missed."""
    print("\n" + "\n".join(_plain(report)), flush=True)
    if is_recorded:
        record(report)
    return 0 if all(goal.is_met for goal in report.goals) else 1


def record(report: Report) -> None:
    """Put the report in its place in docs/performance.md, and its figures beside it."""
    stamp = {
        "command": report.command, "date": datetime.now(UTC).date().isoformat(), "commit": commit_run(),
        "machine": machine(),
    }  # fmt: skip
    FIGURES.mkdir(parents=True, exist_ok=True)
    kept = stamp | {"goals": [goal_figures(goal) for goal in report.goals], "figures": report.figures}
    text = json.dumps(kept, ensure_ascii=False, indent=1) + "\n"
    (FIGURES / f"{report.name}.json").write_text(text, encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8")
    start, end = f"<!-- {report.name} -->", f"<!-- end of {report.name} -->"
    before, found, rest = page.partition(start)
    if not found:
        raise SystemExit(f"docs/performance.md has no place for {report.name}")
    _, _, after = rest.partition(end)
    section = "\n".join((start, "", *_markdown(report, stamp), "", end))
    PAGE.write_text(before + section + after, encoding="utf-8")


def goal_figures(goal: Goal) -> dict[str, Any]:
    """Return a goal as it is kept in the JSON file."""
    return {"says": goal.says, "limit": goal.limit, "measured": goal.measured, "is_met": goal.is_met}


def machine() -> str:
    """Return in a few words what was measured on."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = f"{platform.system()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, {system}"


def commit_run() -> str:
    """Return the commit that was run, with a + when the tree differs from it in code."""
    commit = _git("rev-parse", "--short", "HEAD")
    return commit + ("+" if _git("status", "--porcelain", "--", ":!docs") else "")


def shown(value: object) -> str:
    """Write a number with three digits that mean something, thousands apart."""
    if not isinstance(value, int | float):
        return str(value)
    if value == 0 or abs(value) >= 100 or isinstance(value, int):
        return f"{value:,.0f}"
    return f"{value:.3g}"


def say(text: str) -> None:
    """Tell whoever waits what happens now."""
    print(f"… {text}", file=sys.stderr, flush=True)


def _plain(report: Report) -> list[str]:
    lines = [report.title]
    for table in report.tables:
        widths = [
            max(len(row[place]) for row in (table.columns, *table.rows))
            for place in range(len(table.columns))
        ]
        lines += ["", f"  {table.title}"]
        for row in (table.columns, *table.rows):
            cells = [
                cell.ljust(widths[0]) if not place else cell.rjust(widths[place])
                for place, cell in enumerate(row)
            ]
            lines.append("    " + "  ".join(cells))
    lines += ["", *(f"  {note}" for note in report.notes)] if report.notes else []
    lines.append("")
    for goal in report.goals:
        lines.append(f"  {'ok ' if goal.is_met else 'NOT'}  {goal.says}: {goal.measured} ({goal.limit})")
    return lines


def _markdown(report: Report, stamp: dict[str, str]) -> list[str]:
    lines = [
        f"## {report.title}", "",
        f"`{stamp['command']}` · {stamp['date']} · commit {stamp['commit']} · {stamp['machine']}",
    ]  # fmt: skip
    for table in report.tables:
        lines += [
            "",
            f"**{table.title}**",
            "",
            _row(table.columns),
            _row(("---", *["---:"] * (len(table.columns) - 1))),
        ]
        lines += [_row(row) for row in table.rows]
    if report.goals:
        lines += ["", "| goal | limit | measured | kept |", "| --- | --- | --- | --- |"]
        lines += [
            _row((goal.says, goal.limit, goal.measured, "yes" if goal.is_met else "**no**"))
            for goal in report.goals
        ]
    for note in report.notes:
        lines += ["", note]
    return lines


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False, text=True)
    return done.stdout.strip()
