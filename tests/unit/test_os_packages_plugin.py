"""What a run says and returns when Chromium or Node is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SUITE = """
import pytest

def test_plain(): pass

@pytest.mark.browser
def test_page(): pass

@pytest.mark.browser
@pytest.mark.node
def test_page_and_client(): pass

@pytest.mark.node
def test_client(): pass
"""
WINDOWS = """
import a_library_that_is_not_here

def test_window(): pass

def test_dialog(): pass
"""
PYTEST_INI = "[pytest]\nmarkers =\n    browser: x\n    node: x\n    qt: x\n"


def run_suite(folder: Path, *arguments: str, **variables: str) -> tuple[int, str]:
    """Run the little suite in a process of its own; returns the exit code and what was printed."""
    (folder / "test_suite.py").write_text(SUITE, encoding="utf-8")
    (folder / "pytest.ini").write_text(PYTEST_INI, encoding="utf-8")
    inherited = {name: value for name, value in os.environ.items() if name != "CI" and "AI_ADMIN" not in name}
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "tests.plugins.os_packages",
            "-p",
            "no:cacheprovider",
            *arguments,
        ],
        cwd=folder,
        env={**inherited, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout


def test_with_every_program_there_all_tests_run_and_nothing_is_reported(tmp_path: Path) -> None:
    code, said = run_suite(tmp_path, AI_ADMIN_CHROMIUM="/somewhere", AI_ADMIN_NODE="/somewhere")
    assert code == 0
    assert "4 passed" in said
    assert "NOT RUN" not in said


def test_a_missing_program_leaves_out_its_tests_says_so_and_the_rest_pass(tmp_path: Path) -> None:
    code, said = run_suite(
        tmp_path, AI_ADMIN_NODE="/somewhere", AI_ADMIN_BROWSER_ADVICE="sudo apt-get install chromium"
    )
    assert code == 0
    assert "2 passed, 2 deselected" in said
    assert "NOT RUN: 2 tests need Chromium: sudo apt-get install chromium" in said


def test_each_missing_program_is_counted_by_itself_and_no_test_twice(tmp_path: Path) -> None:
    code, said = run_suite(tmp_path)
    assert code == 0
    assert "1 passed, 3 deselected" in said
    assert "2 tests need Chromium" in said
    assert "1 test needs Node with node_modules" in said


@pytest.mark.parametrize("ci", ["true", "True", "1"])
def test_in_ci_a_missing_program_fails_the_run(tmp_path: Path, ci: str) -> None:
    code, said = run_suite(tmp_path, CI=ci, AI_ADMIN_NODE="/somewhere")
    assert code == 1
    assert "That makes this run a failure." in said


def test_scripts_that_could_not_be_installed_fail_the_run_outside_ci_too(tmp_path: Path) -> None:
    code, said = run_suite(
        tmp_path, AI_ADMIN_CHROMIUM="/somewhere", AI_ADMIN_NODE_PROBLEM="npm had no network"
    )
    assert code == 1
    assert "NOT RUN: 2 tests need Node with node_modules: npm had no network" in said


def test_a_program_that_no_chosen_test_needs_is_not_missed(tmp_path: Path) -> None:
    code, said = run_suite(tmp_path, "-k", "plain", CI="true")
    assert code == 0
    assert "NOT RUN" not in said


def test_a_run_of_missing_tests_only_is_a_failure_in_ci(tmp_path: Path) -> None:
    code, _ = run_suite(tmp_path, "-m", "browser", CI="true")
    assert code == 1


def test_counts_of_worker_processes_reach_the_summary(tmp_path: Path) -> None:
    """In a parallel run only the workers look at the tests; what they left out must still be told."""
    code, said = run_suite(tmp_path, "-p", "xdist", "-n", "2", CI="true")
    assert code == 1
    assert "NOT RUN: 2 tests need Chromium" in said
    assert "NOT RUN: 1 test needs Node" in said
    assert "1 passed" in said


def with_windows(folder: Path) -> Path:
    """Add the tests of windows, which cannot be imported, and return the folder."""
    gui = folder / "tests" / "gui"
    gui.mkdir(parents=True)
    (gui / "test_windows.py").write_text(WINDOWS, encoding="utf-8")
    return folder


def test_tests_that_cannot_even_be_imported_are_left_out_and_counted(tmp_path: Path) -> None:
    code, said = run_suite(
        with_windows(tmp_path), AI_ADMIN_CHROMIUM="/somewhere", AI_ADMIN_NODE="/somewhere",
        AI_ADMIN_QT_ADVICE="sudo apt-get install libegl1",
    )  # fmt: skip
    assert code == 0
    assert "4 passed" in said
    assert "NOT RUN: 2 tests need Qt's system libraries: sudo apt-get install libegl1" in said


def test_windows_are_not_missed_where_only_other_tests_were_asked_for(tmp_path: Path) -> None:
    code, said = run_suite(
        with_windows(tmp_path), "test_suite.py", AI_ADMIN_CHROMIUM="/somewhere", AI_ADMIN_NODE="/somewhere"
    )
    assert code == 0
    assert "NOT RUN" not in said


def test_in_ci_missing_libraries_of_qt_fail_the_run(tmp_path: Path) -> None:
    code, said = run_suite(
        with_windows(tmp_path), CI="true", AI_ADMIN_CHROMIUM="/somewhere", AI_ADMIN_NODE="/somewhere"
    )
    assert code == 1
    assert "NOT RUN: 2 tests need Qt's system libraries" in said
