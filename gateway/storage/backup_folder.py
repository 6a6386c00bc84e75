"""The backups that lie in the configured folder, as files: read, never changed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gateway.storage.postgres_programs import BackupError, Programs, programs_to_read_files

MOST = 50
_BEGINS = b"PGDMP"
_OURS = re.compile(r"^\d+; \d+ \d+ TABLE DATA \w+ schema_migration ", re.MULTILINE)
"""The line in a dump's list of contents by which it is one of a gateway's database."""

_Known = dict[tuple[str, int, int], bool]


@dataclass(frozen=True, slots=True)
class BackupFile:
    """One file: its size in bytes, when it was written, whether it is a gateway's backup."""

    name: str
    size_bytes: int
    at: datetime
    is_backup: bool


class BackupFolder:
    """Lists a folder. Files that begin with a dot are backups being made and are left out.

    What a file holds is read once, by `pg_restore --list`, and again only when it was written anew. Where no such
    program is, a file is taken for what it begins as.
    """

    def __init__(
        self, folder: Path | None, find_programs: Callable[[], Programs | None] = programs_to_read_files
    ) -> None:
        self.folder = folder
        self._find_programs = find_programs
        self._known: _Known = {}

    async def files(self) -> list[BackupFile] | None:
        """Return the newest files first, at most fifty; None when there is no such folder or it cannot be read."""
        return await asyncio.to_thread(self._files)

    def _files(self) -> list[BackupFile] | None:
        if self.folder is None:
            return None
        try:
            found = [path for path in self.folder.iterdir() if path.is_file() and path.name[0] != "."]
            newest = sorted(found, key=lambda path: path.stat().st_mtime_ns, reverse=True)[:MOST]
            return self._look_at(newest)
        except OSError:
            return None

    def _look_at(self, paths: list[Path]) -> list[BackupFile]:
        before, known, files = self._known, _Known(), []
        programs: Programs | None = None
        for path in paths:
            told = path.stat()
            key = (path.name, told.st_size, told.st_mtime_ns)
            if key in before:
                known[key] = before[key]
            else:
                programs = programs or self._find_programs()
                known[key] = _begins_well(path) and (programs is None or _lists_well(path, programs))
            at = datetime.fromtimestamp(told.st_mtime, UTC)
            files.append(BackupFile(path.name, told.st_size, at, known[key]))
        self._known = known
        return files


def _begins_well(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_BEGINS)) == _BEGINS


def _lists_well(path: Path, programs: Programs) -> bool:
    """Whether its list of contents can be read and is that of a gateway's database."""
    try:
        return _OURS.search(programs.run_alone("pg_restore", "--list", str(path))) is not None
    except BackupError:
        return False
