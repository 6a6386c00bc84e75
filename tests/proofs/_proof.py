"""What every proof has in common: its runs, its seed, what it counts, how it tells of itself and how it is kept.

A proof is one program of this folder with a `PROOF`. It is run as `python3 dev.py prove NAME [--runs N | --short]
[--seed S] [--record]`; the tests run the same work with fewer runs. The same seed makes the same choices.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from tests.proofs._record import record
from tests.support.databases import Databases, server_for_tests

DEFAULT_SEED = 20261
SCORES = "AI_ADMIN_PROOF_SCORES"
"""Names the file in which every proof leaves its sums, for whoever runs all of them (`dev.py prove`)."""

FINDINGS_SHOWN = 10
_BAR_CHARS = 24
_TELL_EVERY_S = 10.0

GOALS: dict[str, str] = {
    "R1": "a process killed anywhere loses nothing and doubles nothing",
    "R2": "Postgres killed: nothing that was accepted is lost",
    "R3": "Postgres away: webhooks are still accepted, and arrive in order",
    "R4": "YCLIENTS away or odd: exactly one effect, never above its limits",
    "R5": "any sequence of events ends where YCLIENTS says",
    "R6": "concurrent activations have one effect",
    "R7": "a dead process' work goes on within 30 s",
    "R9": "an uninstall that was never delivered heals; a sweep is cheap",
    "R11": "a rolling restart refuses no request",
    "R12": "clocks that are wrong or jump change nothing",
    "R13": "a manual retry is always a new attempt",
    "R14": "a full disk, no descriptors, no connections: refused with 503, then healed",
    "S1": "thousands of pages dropped at once come back",
    "S2": "abandoned connections do not pile up",
    "S3": "without WebSocket and without Socket.IO the flow still ends",
    "S4": "foreign origins are refused",
    "S5": "a suspended tab catches up",
    "S6": "a WhatsApp session never has two owners, is back within 45 s and is never paired again",
    "B1": "slow and idle connections are reaped, honest ones served",
    "B2": "hostile bodies are refused, memory stays flat",
    "B3": "generated requests never meet a 5xx or a broken schema",
    "B4": "secrets are compared in constant time",
    "B5": "no credential reads or writes what is not its own",
    "B6": "planted secrets are found nowhere",
    "B7": "no connection leaves the allow-list",
    "B8": "limits stop attackers and no honest salon",
    "B9": "a wrong PARTNER_TOKEN in a webhook alarms within 10 s",
    "K1": "keys are rotated without a failed request",
    "K2": "a backup brings everything back, and what it cannot know heals",
    "W1": "workers killed at any moment leave nothing in the gateway",
    "A1": "the audit tells everything and notices every edit",
}
"""The goals of reliability and security by id, in the order of the table in docs/proofs.md."""


@dataclass(slots=True)
class Score:
    """What was counted for one goal.

    `lost` is what was acknowledged and did not take effect, `double` what took effect more than once; `broken` counts
    every other promise of the goal that did not hold.
    """

    goal: str
    proof: str
    runs: int = 0
    lost: int = 0
    double: int = 0
    broken: int = 0
    figures: dict[str, str] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether the goal was run at all and nothing was found against it."""
        return self.runs > 0 and not (self.lost or self.double or self.broken)

    @property
    def bound(self) -> str:
        """How rare a failure is at least, with 95 % confidence, when none was seen (the rule of three)."""
        return f"< {3 / self.runs:.2g}" if self.holds else "—"


class Proving:
    """One proof under way: what its work needs and where it counts."""

    def __init__(self, proof: Proof, databases: Databases, folder: Path, runs: int, seed: int) -> None:
        self.databases = databases
        self.folder = folder
        self.runs = runs
        self.seed = seed
        self.chance = random.Random(seed)
        self.scores = {goal: Score(goal, proof.name) for goal in proof.goals}
        self._bar = _Bar(proof.name)

    def expect(self, steps: int) -> None:
        """Say how many steps there will be, for the progress bar."""
        self._bar.total = steps

    def step(self, what: str = "") -> None:
        """One step is done."""
        self._bar.step(what)

    def ran(self, goal: str, runs: int = 1) -> None:
        """Count runs of a goal."""
        self.scores[goal].runs += runs

    def lost(self, goal: str, finding: str) -> None:
        """Something that was acknowledged did not take effect."""
        self.scores[goal].lost += 1
        self._found(goal, f"LOST: {finding}")

    def doubled(self, goal: str, finding: str) -> None:
        """Something took effect more than once."""
        self.scores[goal].double += 1
        self._found(goal, f"DOUBLE: {finding}")

    def broke(self, goal: str, finding: str) -> None:
        """Another promise of a goal did not hold."""
        self.scores[goal].broken += 1
        self._found(goal, finding)

    def holds(self, goal: str, is_so: bool, finding: str) -> bool:
        """Note it as broken unless it is so; returns whether it is."""
        if not is_so:
            self.broke(goal, finding)
        return is_so

    def figure(self, goal: str, name: str, value: str) -> None:
        """Keep something measured, for the table."""
        self.scores[goal].figures[name] = value

    def _found(self, goal: str, finding: str) -> None:
        self.scores[goal].findings.append(finding)
        self._bar.say(f"{goal}: {finding}")


@dataclass(frozen=True, slots=True)
class Proof:
    """One proof: the goals it speaks of and its work; `runs` is the full form's number, `short` the tests'.

    `brief` is the number of `--short`, for somebody who has a minute or two; the tests' when it is not given.
    """

    name: str
    goals: tuple[str, ...]
    work: Callable[[Proving], Awaitable[None]]
    runs: int
    short: int
    brief: int | None = None


async def prove(
    proof: Proof, databases: Databases, folder: Path, *, runs: int | None = None, seed: int = DEFAULT_SEED
) -> dict[str, Score]:
    """Run a proof on a prepared server and return its scores by goal; `runs` defaults to the short form's."""
    proving = Proving(proof, databases, folder, proof.short if runs is None else runs, seed)
    await proof.work(proving)
    return proving.scores


def assert_holds(scores: dict[str, Score]) -> None:
    """Fail a test with what was found."""
    found = [f"{goal}: {finding}" for goal, score in scores.items() for finding in score.findings]
    assert not found, "\n".join(found)
    assert all(score.holds for score in scores.values()), scores


def main(proof: Proof, arguments: Sequence[str] | None = None) -> int:
    """Run a proof from the command line; 0 when every goal held."""
    options = _parser(proof).parse_args(arguments)
    runs = options.runs or (_brief(proof) if options.short else proof.runs)
    signal.signal(signal.SIGTERM, _leave)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=f"ai-admin-{proof.name}-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with server_for_tests(folder / "postgres") as server:
            scores = asyncio.run(_prepared(proof, Databases(server), folder, runs, options.seed))
    took_s = time.monotonic() - started
    _tell(proof, scores, options.seed, took_s)
    if options.record:
        record(
            GOALS, scores.values(), f"python3 dev.py prove {proof.name} --runs {runs} --seed {options.seed}"
        )
    return 0 if all(score.holds for score in scores.values()) else 1


def _leave(number: int, _frame: object) -> NoReturn:
    """End the orderly way: the gateways of a proof that just disappears would live on."""
    raise SystemExit(128 + number)


async def _prepared(
    proof: Proof, databases: Databases, folder: Path, runs: int, seed: int
) -> dict[str, Score]:
    await databases.prepare()
    return await prove(proof, databases, folder, runs=runs, seed=seed)


def _parser(proof: Proof) -> argparse.ArgumentParser:
    told = "; ".join(f"{goal}: {GOALS[goal]}" for goal in proof.goals)
    parser = argparse.ArgumentParser(prog=f"dev.py prove {proof.name}", description=told)
    parser.add_argument(
        "--runs", type=_positive, default=None, metavar="N", help=f"how often (default {proof.runs})"
    )
    parser.add_argument("--short", action="store_true", help=f"a minute or two: --runs {_brief(proof)}")
    parser.add_argument(
        "--seed", type=int, default=DEFAULT_SEED, metavar="S", help="the same seed, the same choices"
    )
    parser.add_argument("--record", action="store_true", help="keep the result in docs/proofs.md")
    return parser


def _brief(proof: Proof) -> int:
    return proof.short if proof.brief is None else proof.brief


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _tell(proof: Proof, scores: dict[str, Score], seed: int, took_s: float) -> None:
    print()
    for goal, score in scores.items():
        figures = "".join(f", {name} {value}" for name, value in score.figures.items())
        verdict = "ok " if score.holds else "NOT"
        print(
            f"{verdict} {goal:4} {score.runs:,} runs, {score.lost} lost, {score.double} double, {score.broken} broken"
            f"{figures}  ({GOALS[goal]})"
        )
        for finding in score.findings[:FINDINGS_SHOWN]:
            print(f"         {finding}")
    runs, lost, double = (
        sum(getattr(score, name) for score in scores.values()) for name in ("runs", "lost", "double")
    )
    if SCORES in os.environ:
        with Path(os.environ[SCORES]).open("a", encoding="utf-8") as kept:
            kept.write(f"{runs} {lost} {double}\n")
    verdict = "ok" if all(score.holds for score in scores.values()) else "FAILED"
    print(
        f"{proof.name}: {verdict}: {runs:,} runs, {lost} lost, {double} double; seed {seed}, {took_s:.0f} s",
        flush=True,
    )


class _Bar:
    """A progress bar with the time left; on no terminal a line every ten seconds."""

    def __init__(self, name: str) -> None:
        self.total = 0
        self._name = name
        self._done = 0
        self._started = time.monotonic()
        self._told_at = self._started
        self._is_terminal = sys.stderr.isatty()

    def step(self, what: str) -> None:
        self._done += 1
        now = time.monotonic()
        is_last = self._done >= self.total
        if not is_last and now - self._told_at < (0.2 if self._is_terminal else _TELL_EVERY_S):
            return
        self._told_at = now
        self._write(self._line(what, now))

    def say(self, text: str) -> None:
        self._write(f"{self._name}: {text}", is_lasting=True)

    def _line(self, what: str, now: float) -> str:
        share = min(1.0, self._done / self.total) if self.total else 0.0
        left_s = (now - self._started) / self._done * max(0, self.total - self._done)
        bar = "█" * round(share * _BAR_CHARS)
        left = f"{int(left_s) // 60}:{int(left_s) % 60:02}"
        return f"{self._name} {bar:░<{_BAR_CHARS}} {self._done:,}/{self.total:,}  left {left}  {what}"

    def _write(self, text: str, *, is_lasting: bool = False) -> None:
        end = "\n" if is_lasting or not self._is_terminal else ""
        start = "\r\x1b[K" if self._is_terminal else ""
        print(f"{start}{text}", end=end, file=sys.stderr, flush=True)
