"""A backup that staff ask for: the command `gateway backup`, run as a program of its own beside the gateway."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from gateway.domain.errors import GatewayError

COMMAND: Final = (sys.executable, "-m", "gateway", "backup")
_TOLD_CHARS: Final = 500
_END_WITHIN_S: Final = 10.0
_NAME: Final = "ai-admin-%Y-%m-%d-%H%M%S.dump"
_log = logging.getLogger("gateway.backup")


@dataclass(frozen=True, slots=True)
class Making:
    """A backup on its way, or the last one that failed: who asked, since when; then when and how it failed."""

    by: str
    since: datetime
    failed_at: datetime | None = None
    failure: str | None = None


class BackupMaker:
    """Makes one backup at a time. A process of its own costs the gateway nothing, and ends with it.

    What it knows is lost with the gateway's process; a backup itself is either whole in the folder or not there.
    `record` writes a file's name into the audit before anything is begun.
    """

    def __init__(
        self,
        url: str,
        folder: Path | None,
        now: Callable[[], datetime],
        record: Callable[[str], Awaitable[object]],
        command: Sequence[str] = COMMAND,
    ) -> None:
        self._url, self._folder, self._now, self._command = url, folder, now, command
        self._record = record
        self._is_beginning = False
        self._task: asyncio.Task[None] | None = None
        self._child: asyncio.subprocess.Process | None = None
        self.making: Making | None = None
        """The backup that is being made, else the last one when it failed, else None."""

    @property
    def is_running(self) -> bool:
        """Whether a backup is being made by this process."""
        return self._task is not None and not self._task.done()

    async def begin(self, by: str) -> None:
        """Begin a backup on behalf of a member of staff. Raises backup_no_folder, backup_under_way."""
        if self._folder is None or not self._folder.is_dir():
            raise GatewayError("backup_no_folder")
        if self._is_beginning or self.is_running:
            raise GatewayError("backup_under_way")
        making = Making(by, self._now())
        file = self._folder / making.since.strftime(_NAME)
        self._is_beginning = True
        try:
            await self._record(file.name)
        finally:
            self._is_beginning = False
        self.making, self._child = making, None
        self._task = asyncio.create_task(self._make(file, making), name="backup")

    async def close(self) -> None:
        """End what is under way: its unfinished file and scratch database go with it."""
        if self._task is None or self._task.done():
            return
        if self._child is None:  # not even begun
            self._task.cancel()
            await asyncio.wait({self._task})
            return
        _end(self._child)
        done, _ = await asyncio.wait({self._task}, timeout=_END_WITHIN_S)
        if not done:
            with contextlib.suppress(ProcessLookupError):
                self._child.kill()
            await asyncio.wait({self._task})

    async def _make(self, file: Path, making: Making) -> None:
        self._child = await asyncio.create_subprocess_exec(
            *self._command, str(file), stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE, env=os.environ | {"DATABASE_URL": self._url}, start_new_session=True,
        )  # fmt: skip
        _, said = await self._child.communicate()
        if self._child.returncode == 0:
            _log.info("backup_made", extra={"file": file.name})
            self.making = None
            return
        told = said.decode(errors="replace").strip()[-_TOLD_CHARS:]
        _log.warning("backup_failed", extra={"code": self._child.returncode})
        self.making = Making(making.by, making.since, self._now(), told)


def _end(child: asyncio.subprocess.Process) -> None:
    """Ask the program to stop, and pg_dump with it. Ctrl-C would not do: in the background it may be ignored."""
    with contextlib.suppress(ProcessLookupError):
        if sys.platform == "win32":
            child.terminate()
        else:
            os.killpg(child.pid, signal.SIGTERM)
