"""Sessions as staff see them: what of a session is sent, with and without QR and code."""

from __future__ import annotations

from datetime import datetime

from gateway.application.admin.board_records import SessionPart
from gateway.domain.sessions import PAIRING_STATES, window_closes_at
from shared.admin_wire import WhatsappPart
from shared.vocabulary import WhatsappState


def part_of(session: SessionPart, now: datetime) -> WhatsappPart:
    """Return a session without QR and code: only whether there is one that still holds."""
    is_pairing = session.state is WhatsappState.PAIRING
    started_at = session.pairing_started_at if session.state in PAIRING_STATES else None
    return WhatsappPart(
        state=session.state, since=session.since, wanted=session.wanted, method=session.method,
        phone=session.phone_masked, generation=session.generation, error=session.error, error_at=session.error_at,
        linked_at=session.linked_at, banned_until=session.banned_until,
        pairing_until=window_closes_at(started_at) if started_at is not None else None,
        passkey_stage=session.passkey_stage, expected_phone=session.expected_phone_masked,
        has_qr=is_pairing and _holds(session.qr_expires_at, now),
        has_code=is_pairing and _holds(session.code_expires_at, now),
    )  # fmt: skip


def _holds(until: datetime | None, now: datetime) -> bool:
    return until is not None and now < until
