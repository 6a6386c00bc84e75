"""Tests that need a program this machine may lack: run where it is, reported as NOT RUN where it is not.

`dev.py test` looks for the programs and says in the environment where they are. A test marked `browser`, `node` or
`qt` whose program is missing is left out, and the end of the run says so in a way that is hard to overlook.
With `CI=true`, or when dev.py tried to install the program and failed, a missing one fails the run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest


@dataclass(frozen=True)
class Program:
    """A program that the tests with one marker cannot do without."""

    marker: str
    name: str
    path_variable: str
    advice_variable: str
    usual_advice: str
    problem_variable: str | None = None
    folder: str | None = None
    """A folder whose tests cannot even be imported without it, from the root of the tests."""

    def is_there(self, environment: Mapping[str, str]) -> bool:
        """Whether the environment says where it is."""
        return bool(environment.get(self.path_variable))

    def advice(self, environment: Mapping[str, str]) -> str:
        """Return how to get it on this machine."""
        return environment.get(self.advice_variable) or self.usual_advice


PROGRAMS = (
    Program(
        marker="browser",
        name="Chromium",
        path_variable="AI_ADMIN_CHROMIUM",
        advice_variable="AI_ADMIN_BROWSER_ADVICE",
        usual_advice="run `python3 dev.py test`, or set AI_ADMIN_CHROMIUM to a Chromium or Chrome",
    ),
    Program(
        marker="node",
        name="Node with node_modules",
        path_variable="AI_ADMIN_NODE",
        advice_variable="AI_ADMIN_NODE_PROBLEM",
        usual_advice="run `python3 dev.py test`, or `npm ci` and set AI_ADMIN_NODE to Node's path",
        problem_variable="AI_ADMIN_NODE_PROBLEM",
    ),
    Program(
        marker="qt",
        name="Qt's system libraries",
        path_variable="AI_ADMIN_QT",
        advice_variable="AI_ADMIN_QT_ADVICE",
        usual_advice="run `python3 dev.py test`, or set AI_ADMIN_QT to what Qt is to draw on: offscreen",
        folder="tests/gui",
    ),
)
_TEST: Final = re.compile(r"^(?:async )?def test_", re.MULTILINE)


_OUTPUT = "ai_admin_left_out"


class MissingPrograms:
    """Leaves out the tests whose program is missing, counts them, and reports them at the end."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = dict(environment)
        self._left_out: dict[Program, int] = {}

    def pytest_ignore_collect(self, collection_path: Path, config: pytest.Config) -> bool | None:
        """Do not open a folder whose tests cannot be imported here, but count what is in it."""
        for program in PROGRAMS:
            if program.folder is None or program.is_there(self._environment):
                continue
            folder = config.rootpath / program.folder
            if collection_path == folder or collection_path.is_relative_to(folder):
                if _is_asked_for(program, folder, config):
                    self._leave_out(program, collection_path)
                return True
        return None

    @pytest.hookimpl(trylast=True)  # after -k and -m have chosen: what was not asked for is not missing
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Take out the tests that cannot run here."""
        missing = [program for program in PROGRAMS if not program.is_there(self._environment)]
        kept, left_out = [], []
        for item in items:
            program = next((p for p in missing if item.get_closest_marker(p.marker)), None)
            if program is None:
                kept.append(item)
            else:
                left_out.append(item)
                self._left_out[program] = self._left_out.get(program, 0) + 1
        if left_out:
            config.hook.pytest_deselected(items=left_out)
            items[:] = kept

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over the counts of a worker process: each of them has looked at all the tests."""
        counts = getattr(node, "workeroutput", {}).get(_OUTPUT, {})
        self._left_out |= {
            program: counts[program.marker] for program in PROGRAMS if program.marker in counts
        }

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail a run that left out what it had to run; a worker process only reports."""
        if hasattr(session.config, "workeroutput"):
            counts = {program.marker: count for program, count in self._left_out.items()}
            session.config.workeroutput[_OUTPUT] = counts
            return
        if self._is_failure() and session.exitstatus in (
            pytest.ExitCode.OK,
            pytest.ExitCode.NO_TESTS_COLLECTED,
        ):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what was not run and how to run it."""
        if not self._left_out:
            return
        failed = self._is_failure()
        lines = [self._line(program, count) for program, count in self._left_out.items()]
        lines += ["That makes this run a failure."] if failed else []
        terminalreporter.section("NOT RUN", bold=True, red=failed, yellow=not failed)
        for line in lines:
            terminalreporter.write_line(line, bold=True, red=failed, yellow=not failed)

    def _leave_out(self, program: Program, path: Path) -> None:
        files = [path] if path.is_file() else path.rglob("test_*.py")
        count = sum(len(_TEST.findall(file.read_text(encoding="utf-8"))) for file in files)
        if count:
            self._left_out[program] = self._left_out.get(program, 0) + count

    def _line(self, program: Program, count: int) -> str:
        tests = "1 test needs" if count == 1 else f"{count} tests need"
        return f"NOT RUN: {tests} {program.name}: {program.advice(self._environment)}"

    def _is_failure(self) -> bool:
        if not self._left_out:
            return False
        if self._environment.get("CI", "").lower() in ("1", "true"):
            return True
        return any(p.problem_variable and self._environment.get(p.problem_variable) for p in self._left_out)


def _is_asked_for(program: Program, folder: Path, config: pytest.Config) -> bool:
    """Whether the run was to have the folder's tests, as far as can be said without opening them."""
    if config.option.keyword or (config.option.markexpr and program.marker not in config.option.markexpr):
        return False
    asked = [
        (config.invocation_params.dir / argument.partition("::")[0]).resolve() for argument in config.args
    ]
    return any(path.is_relative_to(folder) or folder.is_relative_to(path) for path in asked)


def pytest_configure(config: pytest.Config) -> None:
    """Look at the environment once, before any test can change it."""
    config.pluginmanager.register(MissingPrograms(os.environ), "ai-admin-missing-programs")
