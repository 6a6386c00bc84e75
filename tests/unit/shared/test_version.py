"""One version for both programs, and the very one that is released."""

from __future__ import annotations

import tomllib
from pathlib import Path

from shared.version import VERSION

ROOT = Path(__file__).resolve().parents[3]


def test_the_programs_tell_the_version_that_is_released() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert told["project"]["version"] == VERSION
