"""Records of the admin wire as a gateway would send them, with sensible defaults."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.admin_wire import (
    AlarmView,
    BulkView,
    CallDetail,
    CallRow,
    InstallDetail,
    InstallRow,
    PartnerPart,
    SessionView,
    StaffView,
    TimelineEntry,
    Welcome,
    WhatsappPart,
)
from shared.vocabulary import (
    ROLE_PERMISSIONS,
    AlarmKind,
    AlarmLevel,
    BulkState,
    CallState,
    NextStep,
    PartnerState,
    StaffRole,
    Stage,
)

NOON = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)


def moment(minutes: float) -> datetime:
    """Return a moment so many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


def install(
    salon_id: int = 1, *, version: int = 1, stage: Stage = Stage.NEW, since: float = 0, **more: Any
) -> InstallRow:
    """Return a line of the board."""
    values: dict[str, Any] = {
        "salon_id": salon_id, "version": version, "generation": 1, "title": f"Salon {salon_id}", "city": None,
        "timezone": "Europe/Moscow", "stage": stage, "stage_since": moment(since),
        "partner_state": PartnerState.PENDING, "partner_since": moment(since), "whatsapp_state": None, "phone": None,
        "error_code": None, "next_step": NextStep.LINK_PHONE, "next_attempt_at": None, "call_id": None,
        "call_state": None, "is_frozen_by_staff": False, "is_open": True, "support_code": "7F-2C-19",
        "registered_at": NOON,
    }  # fmt: skip
    return InstallRow(**(values | more))


def call(
    call_id: int = 1, *, salon_id: int = 1, version: int = 1, state: CallState = CallState.FAILED, due: float = 0,
    **more: Any,
) -> CallRow:  # fmt: skip
    """Return a line of the queue."""
    values: dict[str, Any] = {
        "call_id": call_id, "version": version, "salon_id": salon_id, "title": f"Salon {salon_id}", "city": None,
        "timezone": None, "generation": 1, "is_current": True, "kind": "activate", "state": state,
        "partner_state": PartnerState.REFUSED, "attempts": 1, "error_code": "rejected", "error_text": None,
        "outcome_unknown": False, "is_being_worked": False, "next_attempt_at": moment(due), "first_attempt_at": NOON,
        "created_at": NOON, "finished_at": None, "last_status": 422, "last_latency_ms": 40, "reason": None,
        "can_retry": True, "cannot_retry_because": None,
    }  # fmt: skip
    return CallRow(**(values | more))


def call_detail(row: CallRow | None = None) -> CallDetail:
    """Return a call without attempts."""
    return CallDetail(row=row or call(), attempts=[])


def whatsapp() -> WhatsappPart:
    """Return a session that was never started."""
    return WhatsappPart(
        state=None, since=None, wanted=None, method=None, phone=None, generation=0, error=None, error_at=None,
        linked_at=None, banned_until=None, pairing_until=None, has_qr=False, has_code=False,
    )  # fmt: skip


def detail(row: InstallRow | None = None, *, cursor: int = 1) -> InstallDetail:
    """Return everything about a salon."""
    return InstallDetail(
        row=row or install(), entry_signed=True, owner_user_id=None, activated_at=None, last_payment_at=None,
        paid_until=None, error_text=None, closed_at=None, close_reason=None, frozen_by_staff_at=None,
        frozen_reason=None, theirs=PartnerPart(status=None, checked_at=None), whatsapp=whatsapp(), differences=[],
        generations=[], cursor=cursor,
    )  # fmt: skip


def session(salon_id: int = 1, *, version: int = 1) -> SessionView:
    """Return a session as those see it who opened its QR."""
    return SessionView(
        salon_id=salon_id, version=version, server_time=NOON, whatsapp=whatsapp(), qr=None, pairing_code=None
    )


def entry(event_id: int, *, type: str = "registration_started") -> TimelineEntry:
    """Return a line of a story."""
    return TimelineEntry(event_id=event_id, at=NOON, type=type, generation=1, data={})


def bulk(
    bulk_id: int = 1, *, version: int = 1, state: BulkState = BulkState.PLANNED, **more: Any
) -> BulkView:
    """Return a bulk retry."""
    values: dict[str, Any] = {
        "bulk_id": bulk_id, "version": version, "state": state, "total": 2, "pending": 2, "running": 0,
        "succeeded": 0, "failed": 0, "delayed": 0, "skipped": 0, "cancelled": 0, "eta_s": 1.0, "per_minute": 100.0,
        "excluded": 0, "sample": [], "failed_by_code": {}, "reason": None, "staff": "Ann", "created_at": NOON,
        "expires_at": moment(10), "started_at": None, "finished_at": None,
    }  # fmt: skip
    return BulkView(**(values | more))


def welcome(
    *, cursor: int = 10, protocol: int = 1, role: StaffRole = StaffRole.ADMIN, **more: Any
) -> Welcome:
    """Return a gateway's greeting."""
    staff = StaffView(
        id=1, name="Ann", role=role, created_at=NOON, expires_at=None, last_used_at=None, revoked_at=None
    )
    values: dict[str, Any] = {
        "protocol": protocol, "gateway_version": "0.1.0", "server_time": NOON, "cursor": cursor, "staff": staff,
        "permissions": sorted(ROLE_PERMISSIONS[role]), "public_url": None, "is_demo": True,
    }  # fmt: skip
    return Welcome(**(values | more))


def alarm(
    alarm_id: int = 1, kind: AlarmKind = AlarmKind.DISK_LOW, *, told: float = 0, **more: Any
) -> AlarmView:
    """Return an open alarm that was told so many minutes after noon."""
    values: dict[str, Any] = {
        "alarm_id": alarm_id, "kind": kind, "subject": "", "level": AlarmLevel.WARN, "facts": {},
        "raised_at": NOON, "seen_at": NOON, "count": 1, "told_at": moment(told), "acknowledged_at": None,
        "acknowledged_by": None, "settled_at": None,
    }  # fmt: skip
    return AlarmView(**(values | more))
