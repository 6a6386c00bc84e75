"""The backups that lie in the configured folder, as files: read, never changed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

MOST = 50
_BEGINS = b"PGDMP"


@dataclass(frozen=True, slots=True)
class BackupFile:
    """One file: its size in bytes, when it was written, whether it begins as a backup does."""

    name: str
    size_bytes: int
    at: datetime
    is_backup: bool


class BackupFolder:
    """Lists a folder. Files that begin with a dot are backups being made and are left out."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    async def files(self) -> list[BackupFile] | None:
        """Return the newest files first, at most fifty; None when there is no such folder or it cannot be read."""
        return await asyncio.to_thread(self._files)

    def _files(self) -> list[BackupFile] | None:
        if self.folder is None:
            return None
        try:
            found = [path for path in self.folder.iterdir() if path.is_file() and path.name[0] != "."]
            files = sorted((_look(path) for path in found), key=lambda file: file.at, reverse=True)
        except OSError:
            return None
        return files[:MOST]


def _look(path: Path) -> BackupFile:
    told = path.stat()
    with path.open("rb") as file:
        is_backup = file.read(len(_BEGINS)) == _BEGINS
    return BackupFile(path.name, told.st_size, datetime.fromtimestamp(told.st_mtime, UTC), is_backup)
