"""From a row to what may be shown of it."""

from __future__ import annotations

from datetime import datetime

from gateway.domain.session_records import CodeTicket, QrTicket, SessionRecord, SessionSnapshot
from gateway.domain.sessions import PAIRING_STATES, window_closes_at
from gateway.whatsapp.changes import code_is_valid
from gateway.whatsapp.seals import BrokenSealError, SessionSeals
from shared.vocabulary import WhatsappState, session_id_of


def snapshot_of(record: SessionRecord, now: datetime, seals: SessionSeals | None) -> SessionSnapshot:
    """Return the snapshot of a row; without `seals` QR and code are left out. What has expired is never in it."""
    is_pairing = record.state in PAIRING_STATES and record.pairing_started_at is not None
    return SessionSnapshot(
        salon_id=record.salon_id,
        session_id=session_id_of(record.salon_id),
        state=record.state,
        since=record.since,
        desired=record.desired,
        generation=record.generation,
        last_seq=record.last_seq,
        method=record.method,
        phone_masked=record.account_phone_masked,
        linked_at=record.linked_at,
        qr=_qr(record, now, seals) if seals else None,
        pairing_code=_code(record, now, seals) if seals else None,
        pairing_until=window_closes_at(record.pairing_started_at)
        if is_pairing and record.pairing_started_at
        else None,
        error=record.error,
        banned_until=record.banned_until,
        passkey_stage=record.passkey_stage,
        passkey_until=record.passkey_expires_at,
        expected_phone_masked=record.expected_phone_masked,
    )


def _qr(record: SessionRecord, now: datetime, seals: SessionSeals) -> QrTicket | None:
    if record.state is not WhatsappState.PAIRING or record.qr_sealed is None:
        return None
    if record.qr_issued_at is None or record.qr_expires_at is None or record.qr_expires_at <= now:
        return None
    try:
        text = seals.open_qr(record.salon_id, record.qr_sealed)
    except BrokenSealError:
        return None
    return QrTicket(text, record.qr_seq, record.qr_issued_at, record.qr_expires_at)


def _code(record: SessionRecord, now: datetime, seals: SessionSeals) -> CodeTicket | None:
    if record.state is not WhatsappState.PAIRING or not code_is_valid(record, now):
        return None
    if record.code_sealed is None or record.code_issued_at is None or record.code_expires_at is None:
        return None
    try:
        code = seals.open_code(record.salon_id, record.code_sealed)
    except BrokenSealError:
        return None
    return CodeTicket(code, record.code_phone_masked or "", record.code_issued_at, record.code_expires_at)
