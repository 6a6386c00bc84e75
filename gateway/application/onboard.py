"""What the onboarding page may see and ask: one snapshot, and the few commands of its owner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.application.limits import Limits
from gateway.application.links import OnboardingLink
from gateway.application.ports import Clock, InstallStore
from gateway.application.qr_image import qr_data_address
from gateway.application.records import InstallView
from gateway.application.tickets import code_view, qr_view
from gateway.domain.errors import GatewayError
from gateway.domain.phones import normalise_phone
from gateway.domain.session_records import CodeTicket, QrTicket, SessionSnapshot
from shared.vocabulary import PairingMethod, PartnerState, WhatsappState, session_id_of
from shared.wire import (
    BranchView,
    LinksView,
    PairingCodeAnswer,
    PartnerView,
    QrAnswer,
    SalonView,
    SessionStatusAnswer,
    Snapshot,
    WhatsappView,
)

QR_WAIT_S = 10.0
LOOK_EVERY_S = 0.1
_WAITING = (PartnerState.QUEUED, PartnerState.CALLING)
_WILL_SHOW_QR = (WhatsappState.STARTING, WhatsappState.PAIRING)


class OnboardingSessions(Protocol):
    """The part of the session pool that the owner uses; see `gateway.whatsapp.port`."""

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

    async def relink(
        self, salon_id: int, *, pairing: PairingMethod = PairingMethod.QR, phone: str | None = None
    ) -> SessionSnapshot:
        """Forget the present phone and pair anew."""

    async def confirm_phone(self, salon_id: int) -> SessionSnapshot:
        """Keep the number that was linked in place of another one."""


@dataclass(frozen=True, slots=True)
class PageLinks:
    """Addresses the page offers."""

    marketplace: str
    support: str | None


class Onboard:
    """Snapshots and commands of the page. A link sees its own salons in its own generation, nothing else."""

    def __init__(
        self,
        installs: InstallStore,
        sessions: OnboardingSessions,
        page_links: PageLinks,
        limits: Limits,
        clock: Clock,
    ) -> None:
        self._installs = installs
        self._sessions = sessions
        self._page_links = page_links
        self._limits = limits
        self._clock = clock

    async def snapshot(self, link: OnboardingLink, salon_id: int) -> Snapshot:
        """Return everything the page shows. Raises install_gone when the link's generation is no longer known.

        The version is read before the rest, so a snapshot is never older than the version it carries.
        """
        view = await self._view(link, salon_id)
        session = await self._session(salon_id) if view.install.is_open else None
        install = view.install
        return Snapshot(
            version=install.version, server_time=self._clock.now(),
            salon=SalonView(id=salon_id, title=install.title, city=install.city),
            branches=await self._branches(link, view), session_id=session_id_of(salon_id),
            generation=install.generation, stage=install.stage, stage_since=install.stage_since,
            partner=_partner_view(view), whatsapp=_whatsapp_view(session),
            qr=qr_view(session.qr if session else None),
            pairing_code=code_view(session.pairing_code if session else None),
            support_code=install.support_code,
            links=LinksView(marketplace=self._page_links.marketplace, support=self._page_links.support),
            link_expires_at=link.expires_at,
        )  # fmt: skip

    async def require_known(self, link: OnboardingLink, salon_id: int) -> None:
        """Raise install_gone when the link's generation is no longer known."""
        await self._view(link, salon_id)

    async def start_qr(self, link: OnboardingLink, salon_id: int) -> None:
        """Want a QR shown; a live session is left as it is."""
        await self._require_usable(link, salon_id)
        session = await self._session(salon_id)
        if session is not None and session.state is WhatsappState.REPLACED:
            await self._sessions.restart(salon_id)
            return
        await self._sessions.ensure(salon_id, pairing=PairingMethod.QR)

    async def qr(self, link: OnboardingLink, salon_id: int) -> QrAnswer:
        """Want a QR and wait up to ten seconds for one that can be scanned. Raises not_pairing, pool_unavailable."""
        await self.start_qr(link, salon_id)
        deadline = self._clock.monotonic() + QR_WAIT_S
        while self._clock.monotonic() < deadline:
            session = await self._sessions.get(salon_id)
            if session.qr is not None:
                return self._qr_answer(salon_id, session.qr)
            if session.state not in _WILL_SHOW_QR:
                raise GatewayError("not_pairing")
            await self._clock.sleep(LOOK_EVERY_S)
        raise GatewayError("pool_unavailable")

    async def request_code(self, link: OnboardingLink, salon_id: int, phone: object) -> CodeTicket:
        """Want a pairing code for a phone. Raises invalid_phone, rate_limited, not_pairing, pool_unavailable."""
        if not isinstance(phone, str):
            raise GatewayError("invalid_phone")
        digits = normalise_phone(phone)
        await self._require_usable(link, salon_id)
        self._limits.pairing_code(digits)
        session = await self._session(salon_id)
        if session is not None and session.state is WhatsappState.REPLACED:
            await self._sessions.restart(salon_id)
        else:
            await self._sessions.ensure(salon_id, pairing=PairingMethod.CODE, phone=digits)
        return await self._sessions.request_pairing_code(salon_id, digits)

    async def pairing_code(self, link: OnboardingLink, salon_id: int, phone: str) -> PairingCodeAnswer:
        """`request_code` for the REST side."""
        ticket = await self.request_code(link, salon_id, phone)
        return PairingCodeAnswer(
            success=True, code=ticket.code, phone=ticket.phone_masked, session_id=session_id_of(salon_id),
            expires_in=self._seconds_until(ticket.expires_at), expires_at=ticket.expires_at,
        )  # fmt: skip

    async def relink(self, link: OnboardingLink, salon_id: int) -> None:
        """Unlink the present phone and start over with a QR."""
        await self._require_usable(link, salon_id)
        await self._sessions.relink(salon_id)

    async def confirm_phone(self, link: OnboardingLink, salon_id: int) -> None:
        """Keep the number that was linked in place of another one. Raises session_not_found."""
        await self._require_usable(link, salon_id)
        await self._sessions.confirm_phone(salon_id)

    def status_of(self, snapshot: Snapshot) -> SessionStatusAnswer:
        """Describe a session in the words of the earlier system."""
        state = snapshot.whatsapp.state
        return SessionStatusAnswer(
            success=True, status=state.value if state else "not_initialized",
            connected=state is WhatsappState.CONNECTED, session_id=snapshot.session_id,
        )  # fmt: skip

    async def _view(self, link: OnboardingLink, salon_id: int) -> InstallView:
        view = await self._installs.view(salon_id)
        if view is None or view.install.generation != link.generations.get(salon_id):
            raise GatewayError("install_gone")
        return view

    async def _require_usable(self, link: OnboardingLink, salon_id: int) -> None:
        install = (await self._view(link, salon_id)).install
        if not install.is_open:
            raise GatewayError("install_gone")
        if install.partner_state is PartnerState.FROZEN or install.is_frozen_by_staff:
            raise GatewayError("install_frozen")

    async def _session(self, salon_id: int) -> SessionSnapshot | None:
        try:
            return await self._sessions.get(salon_id)
        except GatewayError as error:
            if error.code == "session_not_found":
                return None
            raise

    async def _branches(self, link: OnboardingLink, first: InstallView) -> list[BranchView]:
        branches = []
        for salon_id in link.salon_ids:
            view = first if salon_id == first.install.salon_id else await self._installs.view(salon_id)
            if view is not None:
                install = view.install
                branches.append(
                    BranchView(
                        id=salon_id,
                        title=install.title,
                        city=install.city,
                        stage=install.stage,
                        stage_since=install.stage_since,
                    )
                )
        return branches

    def _qr_answer(self, salon_id: int, ticket: QrTicket) -> QrAnswer:
        return QrAnswer(
            success=True, qr=ticket.text, qr_image=qr_data_address(ticket.text), session_id=session_id_of(salon_id),
            expires_in=self._seconds_until(ticket.expires_at), expires_at=ticket.expires_at,
        )  # fmt: skip

    def _seconds_until(self, moment: datetime) -> int:
        return max(0, int((moment - self._clock.now()).total_seconds()))


def _partner_view(view: InstallView) -> PartnerView:
    install = view.install
    is_waiting = install.partner_state in _WAITING
    is_delayed = is_waiting and view.call_error is not None
    return PartnerView(
        state=install.partner_state, since=install.partner_since, delayed=is_delayed,
        next_attempt_at=view.call_next_attempt_at if is_delayed else None,
        error=view.call_error if is_waiting else install.error_code,
    )  # fmt: skip


def _whatsapp_view(session: SessionSnapshot | None) -> WhatsappView:
    if session is None:
        return WhatsappView(
            state=None, since=None, generation=0, method=None, phone=None, error=None, banned_until=None,
            pairing_until=None, passkey_stage=None, expected_phone=None,
        )  # fmt: skip
    return WhatsappView(
        state=session.state, since=session.since, generation=session.generation, method=session.method,
        phone=session.phone_masked, error=session.error, banned_until=session.banned_until,
        pairing_until=session.pairing_until, passkey_stage=session.passkey_stage,
        expected_phone=session.expected_phone_masked,
    )  # fmt: skip
