"""Personal data as administrators see it: where somebody is found, and the data of a salon that left destroyed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Protocol

from gateway.application.admin.desk import Handler
from gateway.application.destruction import DestructionReport, Ground, Purge
from gateway.application.records import InstallRecord, StaffMember
from gateway.domain.errors import GatewayError
from gateway.domain.phones import mask_phone, normalise_phone
from shared import protocol
from shared.admin_wire import (
    DestructionList,
    DestructionsQuery,
    DestructionView,
    PersonFound,
    PersonPlace,
    PersonQuery,
    PurgeRequest,
)


class Place(Protocol):
    """Something that was found; see `gateway.storage.person_finder.Found`."""

    @property
    def place(self) -> str:
        """Where."""

    @property
    def salon_id(self) -> int | None:
        """Of which salon."""

    @property
    def count(self) -> int:
        """How often."""


class PersonFinder(Protocol):
    """Who looks; see `gateway.storage.person_finder`."""

    async def by_salon(self, salon_id: int) -> Sequence[Place]:
        """Count what is kept of a salon."""

    async def by_phone(self, digits: str) -> Sequence[Place]:
        """Find a phone in everything that can hold one."""


class PurgeStore(Protocol):
    """Who destroys and keeps the reports; see `gateway.storage.purge_store`."""

    async def purge_on_request(self, purge: Purge, generation: int) -> DestructionReport:
        """Destroy what is personal of a salon that has left."""

    async def reports(self, salon_id: int | None = None) -> Sequence[DestructionReport]:
        """Return the reports, the newest first."""


class NewestInstalls(Protocol):
    """The salons' newest installs; see `gateway.storage.install_store`."""

    async def newest(self, salon_id: int) -> InstallRecord | None:
        """Return the salon's newest install."""


class PersonalData:
    """The operations on personal data."""

    def __init__(self, finder: PersonFinder, purges: PurgeStore, installs: NewestInstalls) -> None:
        self._finder = finder
        self._purges = purges
        self._installs = installs

    async def find(self, _member: StaffMember, given: PersonQuery) -> PersonFound:
        """Tell where a phone or a salon is found. Raises field_missing, invalid_phone.

        It takes as long as there is data; see `gateway.storage.person_finder`.
        """
        if given.phone is None:
            if given.salon_id is None:
                raise GatewayError("field_missing")
            return await self._told(str(given.salon_id), await self._finder.by_salon(given.salon_id))
        digits = normalise_phone(given.phone)
        return await self._told(mask_phone(digits), await self._finder.by_phone(digits))

    async def purge(self, member: StaffMember, given: PurgeRequest) -> DestructionView:
        """Destroy the personal data of a salon that has left.

        Raises salon_not_found, generation_changed, still_installed, nothing_to_destroy, not_configured.
        """
        purge = Purge(given.salon_id, Ground.REQUEST, member.name, given.reason)
        return view_of(await self._purges.purge_on_request(purge, given.generation))

    async def reports(self, _member: StaffMember, given: DestructionsQuery) -> DestructionList:
        """List the reports, the newest first."""
        found = await self._purges.reports(given.salon_id)
        return DestructionList(rows=[view_of(each) for each in found[: given.limit]])

    async def _told(self, sought: str, found: Sequence[Place]) -> PersonFound:
        installs = {
            salon_id: await self._installs.newest(salon_id)
            for salon_id in sorted({each.salon_id for each in found if each.salon_id is not None})
        }
        rows = []
        for each in found:
            install = installs.get(each.salon_id) if each.salon_id is not None else None
            rows.append(
                PersonPlace(
                    place=each.place, salon_id=each.salon_id, title=install.title if install else "", count=each.count,
                    generation=install.generation if install else None, is_open=install is not None and install.is_open,
                )
            )  # fmt: skip
        return PersonFound(sought=sought, rows=rows)


def handlers(finder: PersonFinder, purges: PurgeStore, installs: NewestInstalls) -> Mapping[str, Handler]:
    """Return what answers each operation on personal data."""
    data = PersonalData(finder, purges, installs)
    return {
        protocol.PERSONAL_DATA_FIND.name: data.find, protocol.PERSONAL_DATA_PURGE.name: data.purge,
        protocol.PERSONAL_DATA_REPORTS.name: data.reports,
    }  # fmt: skip


def view_of(report: DestructionReport) -> DestructionView:
    """Return a report as it is sent."""
    told = json.loads(report.body)["destroyed"]
    return DestructionView(
        report_id=report.report_id, at=report.at, salon_id=report.salon_id, ground=report.ground, actor=report.actor,
        destroyed={table: each["count"] for table, each in told.items()}, file_name=report.file_name,
        file=report.as_file(),
    )  # fmt: skip
