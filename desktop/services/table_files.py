"""Writing tables to files: the one home of CSV, with the rule against formulas, and of the same rows as JSON.

Whatever people typed somewhere can stand in a cell, and a spreadsheet runs a cell that looks like a formula. A text
that begins as one gets an apostrophe before it, which spreadsheets show as nothing and take for "this is text".
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final

FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
"""A cell that begins with one of these may be run by a spreadsheet (ASVS 1.2.10); the last four are the wide ones."""


def guarded(value: object) -> str:
    """Return what a cell of CSV says: numbers as they are, texts that look like a formula defused."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


class TableFile:
    """A table on its way into a file: JSON where the name ends so, else CSV.

    It is written beside and gets its name when it is whole (`finish`); whoever leaves before leaves nothing behind.
    CSV begins with a byte order mark, by which spreadsheets know UTF-8. Raises OSError.
    """

    def __init__(self, path: Path, columns: Sequence[str], separator: str = ",") -> None:
        self._path, self._columns = path, tuple(columns)
        self._is_json = path.suffix.lower() == ".json"
        self._separator = separator
        self._beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        self._rows = 0
        descriptor = os.open(self._beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(descriptor, "w", encoding="utf-8", newline="")
        self._file.write("[" if self._is_json else "\ufeff" + self._line(self._columns))

    def __enter__(self) -> TableFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        with contextlib.suppress(FileNotFoundError):
            self._beside.unlink()

    def write(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write rows; a column that a row does not have is empty."""
        said = [self._said(row) for row in rows]
        self._file.write("".join(said))

    def finish(self) -> None:
        """Everything is there: give the file its name."""
        if self._is_json:
            self._file.write("\n]\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        os.replace(self._beside, self._path)

    def _said(self, row: Mapping[str, Any]) -> str:
        self._rows += 1
        if not self._is_json:
            return self._line([guarded(row.get(column)) for column in self._columns])
        known = {column: row.get(column) for column in self._columns}
        return ("\n" if self._rows == 1 else ",\n") + json.dumps(known, ensure_ascii=False)

    def _line(self, cells: Sequence[str]) -> str:
        line = io.StringIO()
        csv.writer(line, delimiter=self._separator, quoting=csv.QUOTE_ALL).writerow(cells)
        return line.getvalue()


def write_table(
    path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]], separator: str = ","
) -> None:
    """Write a whole table at once. Raises OSError."""
    with TableFile(path, columns, separator) as file:
        file.write(rows)
        file.finish()
