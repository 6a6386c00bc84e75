"""The table of docs/proofs.md: one row a goal and proof, replaced when the proof is run with `--record`."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "proofs.md"
START, END = "<!-- table: written by --record -->", "<!-- end of table -->"
_HEAD = (
    "| goal | what it says | runs | lost | double | failure rate (95 %) | measured | date | commit | command |",
    "| --- | --- | ---: | ---: | ---: | --- | --- | --- | --- | --- |",
)


class Scored(Protocol):
    """The part of a score that is kept."""

    goal: str
    proof: str
    runs: int
    lost: int
    double: int
    broken: int
    figures: dict[str, str]

    @property
    def bound(self) -> str:
        """How rare a failure is at least."""


def record(goals: Mapping[str, str], scores: Iterable[Scored], command: str) -> None:
    """Put each score's row in its place."""
    text = TABLE.read_text(encoding="utf-8")
    before, _, rest = text.partition(START)
    table, _, after = rest.partition(END)
    rows = {line.split("|")[1].strip(): line for line in table.splitlines() if line.startswith("| ")}
    rows = {name: line for name, line in rows.items() if name.partition(" ")[0] in goals}
    for score in scores:
        rows[f"{score.goal} {score.proof}"] = _row(goals[score.goal], score, command)
    ordered = [rows[name] for goal in goals for name in sorted(rows) if name.partition(" ")[0] == goal]
    TABLE.write_text("\n".join((before + START, "", *_HEAD, *ordered, "", END + after)), encoding="utf-8")


def _row(says: str, score: Scored, command: str) -> str:
    figures = "; ".join(f"{name} {value}" for name, value in score.figures.items())
    failed = f" **{score.broken} broken**" if score.broken else ""
    cells = (
        f"{score.goal} {score.proof}", says, f"{score.runs:,}", str(score.lost), str(score.double), score.bound,
        figures + failed, datetime.now(UTC).date().isoformat(), commit_run(), f"`{command}`",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def commit_run() -> str:
    """Return the commit that was run, with a + when the tree differs from it in code."""
    commit = _git("rev-parse", "--short", "HEAD")
    return commit + ("+" if _git("status", "--porcelain", "--", ":!docs") else "")


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False, text=True)
    return done.stdout.strip()
