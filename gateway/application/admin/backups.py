"""Backups: which there are. They are made and brought back by commands on the gateway's own machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from gateway.application.admin.desk import Handler
from gateway.application.records import StaffMember
from shared import protocol
from shared.admin_wire import BackupList, BackupView, Nothing


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


class Backups:
    """The operation on backups."""

    def __init__(self, folder: Folder, *, is_configured: bool) -> None:
        self._folder = folder
        self._is_configured = is_configured

    async def list(self, _member: StaffMember, _given: Nothing) -> BackupList:
        """List the backups in BACKUP_DIR, the newest first."""
        files = await self._folder.files()
        views = [
            BackupView(name=file.name, size_bytes=file.size_bytes, at=file.at, is_backup=file.is_backup)
            for file in files or ()
        ]
        return BackupList(files=views, is_configured=self._is_configured, is_readable=files is not None)


def handlers(folder: Folder, *, is_configured: bool) -> Mapping[str, Handler]:
    """Return what answers the operation on backups."""
    return {protocol.BACKUPS_LIST.name: Backups(folder, is_configured=is_configured).list}
