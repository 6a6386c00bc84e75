"""The operator's guide: every job has its row, every test it names is there, every picture is one of the command's."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "operator.ru.md"
_ROW = re.compile(r"^\| (J\d+) \| (.+) \| (.+) \| (.+) \|$", re.MULTILINE)
_TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")


def rows() -> list[tuple[str, str, str, str]]:
    """Return the rows of the table of jobs."""
    return _ROW.findall(GUIDE.read_text(encoding="utf-8"))


def test_every_job_has_one_row() -> None:
    assert [row[0] for row in rows()] == [f"J{number}" for number in range(1, 29)]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_every_test_that_a_job_names_is_there(row: tuple[str, str, str, str]) -> None:
    named = _TEST.findall(row[3])
    assert named or row[3] == "нет", f"{row[0]} names no test"
    for path, name in named:
        found = ast.parse((ROOT / "tests" / path).read_text(encoding="utf-8"))
        tests = {
            node.name for node in ast.walk(found) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        assert name in tests, f"{path} has no {name}"
