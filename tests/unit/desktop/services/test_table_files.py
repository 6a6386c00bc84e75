"""Tables in files: no cell that a spreadsheet would run, every other one as it was, and never half a file."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.services.table_files import FORMULA_SIGNS, TableFile, guarded

HOSTILE = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\x00=1", '=cmd|"/C calc"!A0', "＝1+1", "＋1",
    "－1", "＠A1",    '=HYPERLINK("http://example.org")', "+7 *** ***-12-34",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_a_formula_becomes_a_text(text: str) -> None:
    assert guarded(text) == "'" + text


@given(st.text())
def test_no_cell_begins_as_a_formula(text: str) -> None:
    said = guarded(text)
    assert not said.startswith(FORMULA_SIGNS)
    assert said.removeprefix("'") == text.removeprefix("'") or said == text


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, ""), (True, "true"), (False, "false"), (-5, "-5"), (2.5, "2.5"), ("", ""), ("Ёлка", "Ёлка"),
        ({"state": "ждёт"}, '{"state": "ждёт"}'), (["=1"], '["=1"]'), ("a=b", "a=b"),
    ],
)  # fmt: skip
def test_what_is_no_formula_stays_as_it_is(value: object, said: str) -> None:
    assert guarded(value) == said


ROWS: list[dict[str, Any]] = [
    {"n": 1, "who": 'Анна; "админ"', "what": {"a": [1]}, "secret": "not a column"},
    {"n": -2, "who": "=1+1\nвторая строка", "what": None},
]


@pytest.mark.parametrize("separator", [",", ";"])
def test_a_spreadsheet_reads_what_was_written(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "audit.csv"
    with TableFile(path, ["n", "who", "what"], separator) as file:
        for row in ROWS:
            file.write([row])
        file.finish()
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as read:
        rows = list(csv.reader(read, delimiter=separator))
    assert rows == [
        ["n", "who", "what"], ["1", 'Анна; "админ"', '{"a": [1]}'], ["-2", "'=1+1\nвторая строка", ""],
    ]  # fmt: skip


@pytest.mark.parametrize("rows", [[], ROWS[:1], ROWS])
def test_json_holds_the_values_themselves(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    path = tmp_path / "audit.JSON"
    with TableFile(path, ["n", "who", "what"]) as file:
        file.write(rows)
        file.finish()
    told = json.loads(path.read_text(encoding="utf-8"))
    assert told == [{name: row[name] for name in ("n", "who", "what")} for row in rows]


def test_a_file_is_there_whole_or_not_at_all_and_is_nobody_else_s(tmp_path: Path) -> None:
    path = tmp_path / "audit.csv"
    path.write_text("before", encoding="utf-8")
    with TableFile(path, ["n"]) as file:
        file.write([{"n": 1}])
    assert path.read_text(encoding="utf-8") == "before"
    assert list(tmp_path.iterdir()) == [path]
    with TableFile(path, ["n"]) as file:
        file.finish()
    assert path.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == [path]
