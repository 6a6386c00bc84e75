from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run(
        [sys.executable, "-m", "desktop", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120,
        check=False, env=environment, input=given,
    )  # fmt: skip


def test_the_self_check_loads_everything_says_the_versions_and_ends_well() -> None:
    done = run("--self-check")
    assert (
        done.returncode,
        done.stderr.replace("This plugin does not support propagateSizeHints()\n", ""),
    ) == (0, "")
    for said in ("PySide6", "Qt", "protocol", "bridge", "views", "icons", "texts", "self-check: ok"):
        assert said in done.stdout


def test_an_unknown_option_is_wrong_usage() -> None:
    assert run("--no-such-option").returncode == 2
