"""The words both programs use for states, stages and ids.

Spelled once, here: tables, events, wire records and texts all take them from this module.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

MAX_SALON_ID = 2**31 - 1
"""Largest salon id taken as genuine: YCLIENTS' ids are signed 32-bit integers."""

_SESSION_ID = re.compile(r"company_([1-9][0-9]{0,9})")


class PartnerState(StrEnum):
    """Where one install stands with YCLIENTS."""

    PENDING = "pending"
    QUEUED = "queued"
    CALLING = "calling"
    ACTIVE = "active"
    REFUSED = "refused"
    EXPIRED = "expired"
    FROZEN = "frozen"
    UNINSTALLED = "uninstalled"


class WhatsappState(StrEnum):
    """Where one salon's WhatsApp session stands."""

    STARTING = "starting"
    PAIRING = "pairing"
    AWAITING_PASSKEY = "awaiting_passkey"
    LINKING = "linking"
    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    REPLACED = "replaced"
    LOGGED_OUT = "logged_out"
    TEMP_BANNED = "temp_banned"
    OUTDATED = "outdated"
    PAIRING_EXPIRED = "pairing_expired"
    FAILED = "failed"
    STOPPED = "stopped"


class Stage(StrEnum):
    """What people see: one word derived from the partner state and the WhatsApp state."""

    NEW = "new"
    LINKING = "linking"
    ACTIVATING = "activating"
    ACTIVE = "active"
    ATTENTION = "attention"
    FROZEN = "frozen"
    GONE = "gone"


class PairingMethod(StrEnum):
    """How the owner links the phone."""

    QR = "qr"
    CODE = "code"


class PasskeyStage(StrEnum):
    """How far the passkey step of a link has come: the phone's account asks for proof, then for a confirmation."""

    CHALLENGE = "challenge"
    CONFIRM = "confirm"


class NextStep(StrEnum):
    """What should happen next, and by whom: the owner's steps come first, then staff's, then ours."""

    LINK_PHONE = "link_phone"
    FINISH_LINKING = "finish_linking"
    RELINK_PHONE = "relink_phone"
    CONFIRM_PHONE = "confirm_phone"
    WAIT_FOR_BAN_END = "wait_for_ban_end"
    PRESS_CONNECT_AGAIN = "press_connect_again"
    PAY = "pay"
    RETRY_ACTIVATION = "retry_activation"
    UNFREEZE = "unfreeze"
    UPDATE_ENGINE = "update_engine"
    WAIT_FOR_PHONE = "wait_for_phone"
    WAIT_FOR_PARTNER = "wait_for_partner"
    NOTHING = "nothing"


class CallState(StrEnum):
    """Where one partner call stands: `waiting` and `held` are open, the others ended."""

    WAITING = "waiting"
    HELD = "held"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    RESOLVED = "resolved"


class BulkState(StrEnum):
    """Where a bulk retry stands."""

    PLANNED = "planned"
    RUNNING = "running"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    DONE = "done"
    EXPIRED = "expired"


class BulkItemState(StrEnum):
    """Where one call of a bulk retry stands."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    DELAYED = "delayed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


class CheckLevel(StrEnum):
    """How a check of the doctor came out."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


class AlarmKind(StrEnum):
    """What an alarm is about; `docs/operations.md` says what raises each, what settles it and what to do."""

    STUCK_INSTALLS = "stuck_installs"
    TOKEN_REFUSED = "token_refused"
    WEBHOOKS_REFUSED = "webhooks_refused"
    SWEEP_DRIFT = "sweep_drift"
    SWEEP_BRAKED = "sweep_braked"
    SWEEP_FAILING = "sweep_failing"
    CALLS_FAILED = "calls_failed"
    WEBHOOKS_LAID_ASIDE = "webhooks_laid_aside"
    SPOOL_IN_USE = "spool_in_use"
    SPOOL_FULL = "spool_full"
    DISK_LOW = "disk_low"
    DESCRIPTORS_LOW = "descriptors_low"
    DATABASE_BUSY = "database_busy"


class AlarmLevel(StrEnum):
    """How bad an alarm is."""

    WARN = "warn"
    BAD = "bad"


class AuditOutcome(StrEnum):
    """What came of an act of staff: something is different now, or not (a look, or what was so already)."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"


class StaffRole(StrEnum):
    """What a member of staff may do; see `ROLE_PERMISSIONS`."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


class Permission(StrEnum):
    """What one admin operation asks for."""

    READ = "read"
    VIEW_QR = "qr.view"
    REPAIR_CALLS = "calls.repair"
    CONTROL_SESSIONS = "sessions.control"
    ISSUE_LINKS = "links.issue"
    FREEZE = "installs.freeze"
    UNINSTALL = "installs.uninstall"
    ACKNOWLEDGE_ALARMS = "alarms.acknowledge"
    READ_AUDIT = "audit.read"
    MANAGE_STAFF = "staff.manage"


_OF_OPERATOR = frozenset({
    Permission.READ, Permission.VIEW_QR, Permission.REPAIR_CALLS, Permission.CONTROL_SESSIONS,
    Permission.ISSUE_LINKS, Permission.FREEZE, Permission.ACKNOWLEDGE_ALARMS,
})  # fmt: skip
ROLE_PERMISSIONS: Mapping[StaffRole, frozenset[Permission]] = MappingProxyType({
    StaffRole.VIEWER: frozenset({Permission.READ}),
    StaffRole.OPERATOR: _OF_OPERATOR,
    StaffRole.ADMIN: frozenset(Permission),
})  # fmt: skip
"""What each role may do; whatever is not here it may not."""

STAGE_ORDER: tuple[Stage, ...] = (
    Stage.ATTENTION, Stage.ACTIVATING, Stage.LINKING, Stage.NEW, Stage.FROZEN, Stage.ACTIVE, Stage.GONE,
)  # fmt: skip
"""The board's order: who is stuck comes first."""


def session_id_of(salon_id: int) -> str:
    """Return the session id of a salon: `company_{salon_id}`, the only place that spells it."""
    return f"company_{salon_id}"


def salon_id_of(session_id: str) -> int | None:
    """Return the salon of a session id, or None when it is not one of ours."""
    match = _SESSION_ID.fullmatch(session_id)
    if match is None:
        return None
    salon_id = int(match.group(1))
    return salon_id if salon_id <= MAX_SALON_ID else None
