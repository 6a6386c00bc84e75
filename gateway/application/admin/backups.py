"""Backups: which there are, and one more. They are brought back by a command on the gateway's own machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from gateway.application.admin.desk import Handler
from gateway.application.records import StaffMember
from shared import protocol
from shared.admin_wire import BackupList, BackupMaking, BackupView, Nothing


class BackupFile(Protocol):
    """One file of the folder; see `gateway.storage.backup_folder`."""

    @property
    def name(self) -> str:
        """Its name, without the folder."""

    @property
    def size_bytes(self) -> int:
        """Its size."""

    @property
    def at(self) -> datetime:
        """When it was written."""

    @property
    def is_backup(self) -> bool:
        """Whether it is a gateway's backup, by its list of contents."""


class Folder(Protocol):
    """The folder of backups; see `gateway.storage.backup_folder`."""

    async def files(self) -> Sequence[BackupFile] | None:
        """Return the newest files first, or None when the folder cannot be read."""


class MakingBackup(Protocol):
    """A backup on its way, or one that failed; see `gateway.jobs.backup_maker`."""

    @property
    def by(self) -> str:
        """Who asked for it."""

    @property
    def since(self) -> datetime:
        """When."""

    @property
    def failed_at(self) -> datetime | None:
        """When it failed, None while it is under way."""

    @property
    def failure(self) -> str | None:
        """What the program said."""


class Maker(Protocol):
    """Makes backups; see `gateway.jobs.backup_maker`."""

    @property
    def making(self) -> MakingBackup | None:
        """The backup that is being made, else the last one when it failed."""

    async def begin(self, by: str) -> None:
        """Begin one. Raises backup_no_folder, backup_under_way."""


class Backups:
    """The operations on backups."""

    def __init__(self, folder: Folder, maker: Maker, *, is_configured: bool) -> None:
        self._folder, self._maker = folder, maker
        self._is_configured = is_configured

    async def list(self, _member: StaffMember, _given: Nothing) -> BackupList:
        """List the backups in BACKUP_DIR, the newest first."""
        files = await self._folder.files()
        views = [
            BackupView(name=file.name, size_bytes=file.size_bytes, at=file.at, is_backup=file.is_backup)
            for file in files or ()
        ]
        making = self._maker.making
        return BackupList(
            files=views, is_configured=self._is_configured, is_readable=files is not None,
            making=None if making is None else BackupMaking(
                by=making.by, since=making.since, failed_at=making.failed_at, failure=making.failure
            ),
        )  # fmt: skip

    async def make(self, member: StaffMember, given: Nothing) -> BackupList:
        """Begin a backup; it is done when the list tells of it no more. Raises backup_no_folder, backup_under_way."""
        await self._maker.begin(member.name)
        return await self.list(member, given)


def handlers(folder: Folder, maker: Maker, *, is_configured: bool) -> Mapping[str, Handler]:
    """Return what answers the operations on backups."""
    backups = Backups(folder, maker, is_configured=is_configured)
    return {protocol.BACKUPS_LIST.name: backups.list, protocol.BACKUPS_MAKE.name: backups.make}
