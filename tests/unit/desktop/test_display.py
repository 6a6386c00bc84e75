"""What is said where no window can be shown, without Qt."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from desktop.display import PACKAGES, missing_library, no_display, qt_problem

_SCREENS = frozenset({"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"})
ROOT = Path(__file__).resolve().parents[3]


def never() -> bool:
    raise AssertionError("nobody was to ask the X server")


@pytest.mark.parametrize(
    ("environment", "system"),
    [
        ({}, "win32"),
        ({}, "darwin"),
        ({"QT_QPA_PLATFORM": "offscreen"}, "linux"),
        ({"QT_QPA_PLATFORM": "offscreen:size=1x1"}, "linux"),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux"),
    ],
)
def test_where_there_is_a_screen_or_none_is_needed_nothing_is_said(
    environment: dict[str, str], system: str
) -> None:
    assert no_display(environment, system, never) is None


def test_an_x_server_that_answers_is_a_screen() -> None:
    assert no_display({"DISPLAY": ":0"}, "linux", lambda: True) is None


@pytest.mark.parametrize(
    "environment",
    [{}, {"DISPLAY": ""}, {"DISPLAY": ":7"}, {"WAYLAND_DISPLAY": "w", "QT_QPA_PLATFORM": "xcb"}],
)
def test_without_a_screen_it_is_said_how_to_get_one_in_both_languages(environment: dict[str, str]) -> None:
    told = no_display(environment, "linux", lambda: False)
    assert told is not None
    for way in ("ssh -X", "xvfb-run", "QT_QPA_PLATFORM=offscreen", "Здесь нет экрана", "There is no display"):
        assert way in told


@pytest.mark.parametrize("library", sorted(PACKAGES))
def test_a_missing_library_is_named_with_its_package(library: str) -> None:
    error = ImportError(f"{library}: cannot open shared object file: No such file or directory")
    told = missing_library(error)
    assert told is not None
    assert library in told
    assert f"apt-get install {PACKAGES[library]}" in told


def test_an_unknown_library_is_named_with_a_way_to_find_its_package() -> None:
    told = missing_library(ImportError("libodd.so.3: cannot open shared object file: No such file"))
    assert told is not None
    assert "apt-file search libodd.so.3" in told


def test_an_error_of_another_kind_is_told_as_it_is() -> None:
    assert missing_library(ImportError("no module named PySide6")) is None
    assert "no module named PySide6" in qt_problem(ImportError("no module named PySide6"))


AS_ON_LINUX = "import desktop.__main__ as it, sys; sys.platform = 'linux'; sys.exit(it.main([]))"


def test_the_program_ends_with_2_and_a_way_out_instead_of_a_crash() -> None:
    without = {name: value for name, value in os.environ.items() if name not in _SCREENS}
    done = subprocess.run(
        [sys.executable, "-c", AS_ON_LINUX], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        env={**without, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 2
    assert "ssh -X" in done.stderr
    assert done.stdout == ""
