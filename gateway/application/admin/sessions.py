"""WhatsApp sessions: staff start, restart and stop them, and see the QR and the code that an owner needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol

from gateway.application.admin.board_records import SessionPart
from gateway.application.admin.desk import Handler
from gateway.application.admin.session_views import part_of
from gateway.application.ports import Clock
from gateway.application.records import InstallRecord, StaffMember
from gateway.application.tickets import code_view, qr_view
from gateway.domain.errors import GatewayError
from gateway.domain.phones import normalise_phone
from gateway.domain.session_records import CodeTicket, SentMessage, SessionSnapshot
from gateway.domain.sessions import SessionFault
from shared import protocol
from shared.admin_wire import (
    PairingCodeRequest,
    SalonCommand,
    SalonQuery,
    SessionRestart,
    SessionStart,
    SessionTest,
    SessionTestOutcome,
    SessionView,
    WhatsappPart,
)
from shared.vocabulary import PairingMethod, PartnerState, WhatsappState

_OUTCOMES: Mapping[str, Literal["refused", "unknown"]] = {
    SessionFault.RECIPIENT_UNKNOWN.value: "refused", SessionFault.SEND_REJECTED.value: "refused",
    SessionFault.OUTCOME_UNKNOWN.value: "unknown",
}  # fmt: skip
"""Ends of a message that was handed over: answers, not failures of the command."""


class SessionControl(Protocol):
    """The part of the session pool that staff use; see `gateway.whatsapp.port`."""

    async def ensure(
        self, salon_id: int, *, pairing: PairingMethod, phone: str | None = None
    ) -> SessionSnapshot:
        """Want the session running."""

    async def get(self, salon_id: int) -> SessionSnapshot:
        """Return the session. Raises session_not_found."""

    async def request_pairing_code(self, salon_id: int, phone: str) -> CodeTicket:
        """Return a pairing code."""

    async def restart(self, salon_id: int, *, force: bool = False) -> SessionSnapshot:
        """Start anew."""

    async def stop(self, salon_id: int) -> SessionSnapshot | None:
        """End the engine and keep the credentials."""

    async def relink(
        self, salon_id: int, *, pairing: PairingMethod = PairingMethod.QR, phone: str | None = None
    ) -> SessionSnapshot:
        """Forget the present phone and pair anew."""

    async def confirm_phone(self, salon_id: int) -> SessionSnapshot:
        """Keep the number that was linked in place of another one."""

    async def send_text(
        self, salon_id: int, to: str | None, text: str, *, client_ref: str, is_of_assistant: bool = True
    ) -> SentMessage:
        """Send a text."""


class SessionRows(Protocol):
    """The sessions' rows; see `gateway.storage.board_store`."""

    async def session(self, salon_id: int) -> tuple[SessionPart, int]:
        """Return a salon's session and the version it is at least as new as."""


class OpenInstalls(Protocol):
    """The installs that may have a session; see `gateway.storage.install_desk`."""

    async def require_open(self, salon_id: int) -> InstallRecord:
        """Return the salon's open install. Raises salon_not_found, install_gone."""


class Sessions:
    """The operations on sessions. Only `view` answers with a QR or a code, and neither is kept or logged anywhere."""

    def __init__(
        self, installs: OpenInstalls, rows: SessionRows, pool: SessionControl, clock: Clock, test_text: str
    ) -> None:
        self._installs = installs
        self._rows = rows
        self._pool = pool
        self._clock = clock
        self._test_text = test_text

    async def start(self, _member: StaffMember, given: SessionStart) -> WhatsappPart:
        """Start pairing, or bring a stopped or replaced session back.

        Raises salon_not_found, install_gone, install_frozen, invalid_phone, rate_limited.
        """
        await self._want_running(given.salon_id, given.method, given.phone)
        return await self._part(given.salon_id)

    async def restart(self, _member: StaffMember, given: SessionRestart) -> WhatsappPart:
        """Start the session's engine anew.

        Raises salon_not_found, install_gone, install_frozen, session_not_found, temp_banned, client_outdated.
        """
        await self._require_usable(given.salon_id)
        await self._pool.restart(given.salon_id, force=given.force)
        return await self._part(given.salon_id)

    async def stop(self, _member: StaffMember, given: SalonCommand) -> WhatsappPart:
        """Stop the session and keep its credentials. Raises salon_not_found, pool_unavailable."""
        await self._rows.session(given.salon_id)
        await self._pool.stop(given.salon_id)
        return await self._part(given.salon_id)

    async def pairing_code(self, _member: StaffMember, given: PairingCodeRequest) -> SessionView:
        """Ask for a pairing code for a phone and wait for it; pairing begins if it has not.

        Raises what `start` raises, and not_pairing, pool_unavailable.
        """
        digits = normalise_phone(given.phone)
        await self._want_running(given.salon_id, PairingMethod.CODE, digits)
        await self._pool.request_pairing_code(given.salon_id, digits)
        return await self.view(given.salon_id)

    async def relink(self, _member: StaffMember, given: SalonCommand) -> WhatsappPart:
        """Take our device off the linked phone and start pairing anew.

        Raises salon_not_found, install_gone, install_frozen, session_not_found.
        """
        await self._require_usable(given.salon_id)
        await self._pool.relink(given.salon_id)
        return await self._part(given.salon_id)

    async def confirm_phone(self, _member: StaffMember, given: SalonCommand) -> WhatsappPart:
        """Keep the number that was linked in place of another one. Raises salon_not_found, session_not_found."""
        await self._rows.session(given.salon_id)
        await self._pool.confirm_phone(given.salon_id)
        return await self._part(given.salon_id)

    async def send_test(self, _member: StaffMember, given: SessionTest) -> SessionTestOutcome:
        """Send the test message and tell what became of it; asked again by the same reference, only tell.

        Raises salon_not_found, install_gone, install_frozen, session_not_found, invalid_phone, rate_limited, and
        whatsapp_not_connected when nothing was queued or sent.
        """
        await self._require_usable(given.salon_id)
        reference = f"test:{given.message_ref}"
        try:
            sent = await self._pool.send_text(
                given.salon_id, given.to, self._test_text, client_ref=reference, is_of_assistant=False
            )
        except GatewayError as error:
            if error.code not in _OUTCOMES:
                raise
            outcome = _OUTCOMES[error.code]
            return SessionTestOutcome(salon_id=given.salon_id, outcome=outcome, code=error.code, at=None)
        return SessionTestOutcome(salon_id=given.salon_id, outcome="sent", code=None, at=sent.at)

    async def qr(self, _member: StaffMember, given: SalonQuery) -> SessionView:
        """Read the QR and the code that are valid now. Raises salon_not_found, session_not_found."""
        return await self.view(given.salon_id)

    async def view(self, salon_id: int) -> SessionView:
        """Return a session with the QR and the code that are valid now; its version is read before the rest.

        Raises salon_not_found, session_not_found.
        """
        _, version = await self._rows.session(salon_id)
        snapshot = await self._pool.get(salon_id)
        session, _ = await self._rows.session(salon_id)
        is_same = session.state is snapshot.state  # else the session has gone on, and its QR is over
        now = self._clock.now()
        return SessionView(
            salon_id=salon_id, version=version, server_time=now, whatsapp=part_of(session, now),
            qr=qr_view(snapshot.qr) if is_same else None,
            pairing_code=code_view(snapshot.pairing_code) if is_same else None,
        )  # fmt: skip

    async def _want_running(self, salon_id: int, method: PairingMethod, phone: str | None) -> None:
        await self._require_usable(salon_id)
        session, _ = await self._rows.session(salon_id)
        if session.state is WhatsappState.REPLACED:
            await self._pool.restart(salon_id)
        else:
            await self._pool.ensure(salon_id, pairing=method, phone=phone)

    async def _require_usable(self, salon_id: int) -> None:
        install = await self._installs.require_open(salon_id)
        if install.partner_state is PartnerState.FROZEN or install.is_frozen_by_staff:
            raise GatewayError("install_frozen")

    async def _part(self, salon_id: int) -> WhatsappPart:
        session, _ = await self._rows.session(salon_id)
        return part_of(session, self._clock.now())


def handlers(
    installs: OpenInstalls, rows: SessionRows, pool: SessionControl, clock: Clock, test_text: str
) -> Mapping[str, Handler]:
    """Return what answers each operation on sessions; `test_text` is what a test message says."""
    sessions = Sessions(installs, rows, pool, clock, test_text)
    return {
        protocol.SESSIONS_START.name: sessions.start, protocol.SESSIONS_RESTART.name: sessions.restart,
        protocol.SESSIONS_STOP.name: sessions.stop, protocol.SESSIONS_PAIRING_CODE.name: sessions.pairing_code,
        protocol.SESSIONS_RELINK.name: sessions.relink, protocol.SESSIONS_CONFIRM_PHONE.name: sessions.confirm_phone,
        protocol.SESSIONS_SEND_TEST.name: sessions.send_test, protocol.SESSIONS_QR.name: sessions.qr,
    }  # fmt: skip
