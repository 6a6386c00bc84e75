"""The operator's guide: every job has its row, every test it names is there, every picture is one of the command's."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from shared.protocol import OPERATIONS
from shared.vocabulary import AlarmKind

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "operator.ru.md"
_ROW = re.compile(r"^\| (J\d+) \| (.+) \| (.+) \| `([a-z_.]+)` \| (.+) \|$", re.MULTILINE)
_TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")


def rows() -> list[tuple[str, str, str, str, str]]:
    """Return the rows of the table of jobs."""
    return _ROW.findall(GUIDE.read_text(encoding="utf-8"))


def test_every_job_has_one_row() -> None:
    assert [row[0] for row in rows()] == [f"J{number}" for number in range(1, 29)]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_every_test_that_a_job_names_is_there(row: tuple[str, str, str, str, str]) -> None:
    named = _TEST.findall(row[4])
    assert named or row[4] == "нет", f"{row[0]} names no test"
    for path, name in named:
        found = ast.parse((ROOT / "tests" / path).read_text(encoding="utf-8"))
        tests = {
            node.name for node in ast.walk(found) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        assert name in tests, f"{path} has no {name}"


def test_every_command_that_a_job_names_is_one_of_the_headless_twin() -> None:
    known = {operation.name for operation in OPERATIONS if not operation.is_for_sockets}
    assert [(row[0], row[3]) for row in rows() if row[3] not in known] == []


def pictures() -> list[str]:
    """Return the pictures the guide shows."""
    return re.findall(r"\]\(screens/([^)]+)\)", GUIDE.read_text(encoding="utf-8"))


def test_every_picture_is_made_by_the_command() -> None:
    source = ast.parse((ROOT / "tests" / "console_screens.py").read_text(encoding="utf-8"))
    (made,) = [
        node.value
        for node in ast.walk(source)
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and node.target.id == "PICTURES"
    ]
    assert isinstance(made, ast.Dict)
    names = {key.value for key in made.keys if isinstance(key, ast.Constant)}
    assert pictures()
    for picture in pictures():
        match = re.fullmatch(r"console-(.+)-(ru|en)-(light|dark)\.png", picture)
        assert match is not None, picture
        assert match.group(1) in names, f"python3 dev.py screens console makes no {picture}"


def test_every_picture_is_there() -> None:
    missing = [name for name in pictures() if not (ROOT / "docs" / "screens" / name).is_file()]
    assert missing == [], "python3 dev.py screens console makes them"


def test_every_alarm_is_told_of() -> None:
    told = GUIDE.read_text(encoding="utf-8")
    assert [kind.value for kind in AlarmKind if f"`{kind.value}`" not in told] == []
