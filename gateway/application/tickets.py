"""A QR and a pairing code as they are shown, to owners and to staff."""

from __future__ import annotations

from gateway.application.qr_image import qr_data_address
from gateway.domain.session_records import CodeTicket, QrTicket
from shared.wire import PairingCodeView, QrView


def qr_view(ticket: QrTicket | None) -> QrView | None:
    """Return a QR with its image."""
    if ticket is None:
        return None
    return QrView(
        text=ticket.text, image=qr_data_address(ticket.text), seq=ticket.seq, issued_at=ticket.issued_at,
        expires_at=ticket.expires_at,
    )  # fmt: skip


def code_view(ticket: CodeTicket | None) -> PairingCodeView | None:
    """Return a pairing code."""
    if ticket is None:
        return None
    return PairingCodeView(
        code=ticket.code, phone=ticket.phone_masked, issued_at=ticket.issued_at, expires_at=ticket.expires_at
    )
