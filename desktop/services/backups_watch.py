"""The gateway's backups: read with the check, and again while one is being made."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from desktop.model.backups import BackupsModel
from desktop.model.clock import Clock
from desktop.services.errors import ConsoleError
from desktop.services.feeds import Call, Screen
from desktop.services.tasks import Tasks, end
from shared import admin_wire as wire
from shared import protocol

LOOK_EVERY_S: Final = 2.0


class BackupsWatch:
    """Keeps the list. Nobody is told when a backup is done, so it is looked at until it is."""

    def __init__(self, backups: BackupsModel, call: Call, screen: Screen, clock: Clock, tasks: Tasks) -> None:
        self._backups, self._call, self._screen = backups, call, screen
        self._clock, self._tasks = clock, tasks
        self._looking: asyncio.Task[None] | None = None

    async def load(self) -> None:
        """Read the list."""
        try:
            listed = await self._listed()
        except ConsoleError as error:
            trouble = error.trouble
            await self._screen.ask(lambda: self._backups.take(None, trouble))
        else:
            await self.take(listed)

    async def take(self, listed: wire.BackupList) -> None:
        """Show a list, and go on looking while a backup is being made."""
        await self._screen.ask(lambda: self._backups.take(listed))
        self.live()

    def live(self) -> None:
        """The connection is there: look whether a backup that was being made is done."""
        if self._backups.is_being_made and (self._looking is None or self._looking.done()):
            self._looking = self._tasks.start("backups", self._look_on())

    def pause(self) -> None:
        """The connection is gone."""
        if self._looking is not None:
            self._looking.cancel()

    async def forget(self) -> None:
        """Another gateway."""
        await end(self._looking)
        await self._screen.ask(lambda: self._backups.take(None))

    async def _look_on(self) -> None:
        while self._backups.is_being_made:
            await self._clock.sleep(LOOK_EVERY_S)
            with contextlib.suppress(ConsoleError):  # what was known stays, and the next look may do better
                await self.take(await self._listed())

    async def _listed(self) -> wire.BackupList:
        listed: wire.BackupList = await self._call(protocol.BACKUPS_LIST, wire.Nothing())
        return listed
