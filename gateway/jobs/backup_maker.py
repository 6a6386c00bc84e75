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
    `record` writes a file's name into the audit before anything is begun; `scrub` takes secrets out of a text.
    """

    def __init__(
        self,
        url: str,
        folder: Path | None,
        now: Callable[[], datetime],
        record: Callable[[str], Awaitable[object]],
        scrub: Callable[[str], str],
        command: Sequence[str] = COMMAND,
    ) -> None:
        self._url, self._folder, self._now, self._command = url, folder, now, command
        self._record, self._scrub = record, scrub
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
        if self._is_beginning or self.is_running:
            raise GatewayError("backup_under_way")
        self._is_beginning = True
        try:
            if self._folder is None or not await asyncio.to_thread(self._folder.is_dir):
                raise GatewayError("backup_no_folder")
            making = Making(by, self._now())
            file = self._folder / making.since.strftime(_NAME)
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
        _end(self._child, is_asked=True)
        done, _ = await asyncio.wait({self._task}, timeout=_END_WITHIN_S)
        if not done:
            _end(self._child, is_asked=False)
            await asyncio.wait({self._task})

    async def _make(self, file: Path, making: Making) -> None:
        try:
            code, said = await self._run(file)
        except OSError as error:  # no program could be started
            code, said = None, str(error)
        if code == 0:
            _log.info("backup_made", extra={"subject": file.name})
            self.making = None
            return
        _log.warning("backup_failed", extra={"code": code})
        told = self._scrub(said.strip())[-_TOLD_CHARS:]
        self.making = Making(making.by, making.since, self._now(), told)

    async def _run(self, file: Path) -> tuple[int | None, str]:
        """Run the program to its end; return its exit code and what it said."""
        self._child = await asyncio.create_subprocess_exec(
            *self._command, str(file), stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE, env=os.environ | {"DATABASE_URL": self._url}, start_new_session=True,
        )  # fmt: skip
        _, said = await self._child.communicate()
        return self._child.returncode, said.decode(errors="replace")


def _end(child: asyncio.subprocess.Process, *, is_asked: bool) -> None:
    """End the program, and pg_dump with it: asked, it tidies up. In the background Ctrl-C may be ignored."""
    with contextlib.suppress(ProcessLookupError):
        if sys.platform == "win32":
            child.kill()
        else:
            os.killpg(child.pid, signal.SIGTERM if is_asked else signal.SIGKILL)
