"""Ending what nobody wants any more: sessions in WAHA that a killed process or an unreachable WAHA has left behind.

Every process compares WAHA's lists with the rows once a minute. Only what looks superfluous twice in a row is touched,
so nothing is ended that is only just beginning.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from gateway.application.ports import Clock
from gateway.domain.errors import DatabaseUnavailableError
from gateway.domain.session_records import Desired, SessionRecord
from gateway.domain.sessions import RESTING_STATES
from gateway.whatsapp.engine import EngineError
from gateway.whatsapp.seals import BrokenSealError, Sealer, SessionSeals
from gateway.whatsapp.store import SessionStore
from gateway.whatsapp.waha.answers import RemoteSession, RemoteStatus
from gateway.whatsapp.waha.client import WahaClient
from gateway.whatsapp.waha.credentials import RemoteLink
from gateway.whatsapp.waha.engines import WahaEngines
from gateway.whatsapp.waha.errors import WahaError
from gateway.whatsapp.waha.fleet import WahaFleet

EVERY_S = 60.0
STOP, DELETE = "stop", "delete"
_QUIET = frozenset({RemoteStatus.STOPPED, RemoteStatus.FAILED})

log = logging.getLogger("gateway.whatsapp.waha")


class WahaSweep:
    """One endless job. `revive` is called when an instance has become another version."""

    def __init__(
        self,
        fleet: WahaFleet,
        store: SessionStore,
        sealer: Sealer,
        clock: Clock,
        revive: Callable[[], Awaitable[None]],
    ) -> None:
        self._fleet = fleet
        self._store = store
        self._seals = SessionSeals(sealer)
        self._clock = clock
        self._revive = revive
        self._suspects: set[tuple[str, str, str]] = set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await self._clock.sleep(EVERY_S)
            try:
                await self.round()
            except DatabaseUnavailableError:
                self._suspects.clear()

    async def round(self) -> None:
        """Compare every instance with the rows and end what was superfluous a round ago too.

        Raises DatabaseUnavailableError.
        """
        before = self._fleet.version
        await self._fleet.look()
        if self._fleet.version != before:
            await self._revive()
        seen: set[tuple[str, str, str]] = set()
        for client in self._fleet.clients:
            try:
                for session in await client.sessions():
                    await self._judge(client, session, seen)
            except WahaError as error:
                log.info("waha_not_swept", extra={"instance": client.instance.name, "code": error.fault})
        self._suspects = seen

    async def _judge(
        self, client: WahaClient, session: RemoteSession, seen: set[tuple[str, str, str]]
    ) -> None:
        salon_id = session.salon_id
        if salon_id is None or session.metadata.get("session_id") != session.name:
            return  # somebody has made it by hand
        record = await self._store.load(salon_id)
        verdict = self._verdict(client.instance.name, session, record)
        if verdict is None:
            return
        suspect = (client.instance.name, session.name, verdict)
        seen.add(suspect)
        if suspect not in self._suspects:
            return
        log.info("waha_leftover_ended", extra={"salon_id": salon_id, "instance": client.instance.name})
        await (client.delete if verdict == DELETE else client.stop)(session.name)

    def _verdict(self, instance: str, session: RemoteSession, record: SessionRecord | None) -> str | None:
        """Say what shall become of a remote session; None: nothing."""
        if record is None:
            return DELETE
        if record.adapter != WahaEngines.name or record.desired is Desired.REMOVED or record.unlink:
            return None
        is_at_rest = record.state in RESTING_STATES
        if record.credentials_sealed is None:
            return DELETE if is_at_rest else None
        link = self._link(record)
        if link is None:
            return None
        if link != RemoteLink(instance, session.name):
            return DELETE
        return STOP if is_at_rest and session.status not in _QUIET else None

    def _link(self, record: SessionRecord) -> RemoteLink | None:
        try:
            sealed = record.credentials_sealed or b""
            return RemoteLink.from_bytes(self._seals.open_credentials(record.salon_id, sealed))
        except (BrokenSealError, EngineError):
            return None
