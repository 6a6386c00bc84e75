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


class DifferenceKind(StrEnum):
    """In what YCLIENTS and we, or two things of ours, disagree about a salon."""

    NOT_LISTED = "not_listed"
    LISTED_CLOSED = "listed_closed"
    LISTED_UNKNOWN = "listed_unknown"
    STATUS_DIFFERS = "status_differs"
    BOT_AFTER_UNINSTALL = "bot_after_uninstall"
    KEYS_LEFT = "keys_left"
    BOT_WHILE_FROZEN = "bot_while_frozen"
    BOT_STOPPED = "bot_stopped"
    NOT_LINKED = "not_linked"
    CALL_OF_CLOSED = "call_of_closed"
    UNINSTALL_UNFINISHED = "uninstall_unfinished"


class Fix(StrEnum):
    """What staff can do about a difference."""

    READ_ANEW = "read_anew"
    ACTIVATE_AGAIN = "activate_again"
    ACCEPT_THEIRS = "accept_theirs"
    FINISH_UNINSTALL = "finish_uninstall"
    STOP_BOT = "stop_bot"
    START_BOT = "start_bot"


FIXES: Mapping[DifferenceKind, tuple[Fix, ...]] = MappingProxyType({
    DifferenceKind.NOT_LISTED: (Fix.READ_ANEW,),
    DifferenceKind.LISTED_CLOSED: (Fix.READ_ANEW, Fix.FINISH_UNINSTALL),
    DifferenceKind.LISTED_UNKNOWN: (Fix.READ_ANEW,),
    DifferenceKind.STATUS_DIFFERS: (Fix.ACCEPT_THEIRS, Fix.ACTIVATE_AGAIN, Fix.READ_ANEW),
    DifferenceKind.BOT_AFTER_UNINSTALL: (Fix.FINISH_UNINSTALL,),
    DifferenceKind.KEYS_LEFT: (Fix.FINISH_UNINSTALL,),
    DifferenceKind.BOT_WHILE_FROZEN: (Fix.STOP_BOT, Fix.READ_ANEW),
    DifferenceKind.BOT_STOPPED: (Fix.START_BOT, Fix.READ_ANEW),
    DifferenceKind.NOT_LINKED: (Fix.READ_ANEW,),
    DifferenceKind.CALL_OF_CLOSED: (Fix.FINISH_UNINSTALL,),
    DifferenceKind.UNINSTALL_UNFINISHED: (Fix.FINISH_UNINSTALL, Fix.READ_ANEW),
})  # fmt: skip
"""What can be done about each kind, the likeliest first."""


class SweepState(StrEnum):
    """Where one sweep stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


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


class WebhookKind(StrEnum):
    """What a webhook may do: change an install, tell of something inside the salon, or nobody knows."""

    LIFECYCLE = "lifecycle"
    ENTITY = "entity"
    UNKNOWN = "unknown"


class WebhookState(StrEnum):
    """Where the work on a webhook stands; a dead one was laid aside for staff."""

    PENDING = "pending"
    DONE = "done"
    DEAD = "dead"


class WebhookProof(StrEnum):
    """By what a webhook proved that YCLIENTS sent it."""

    PARTNER_TOKEN = "partner_token"
    SIGNATURE = "signature"
    INSTALL_KEY = "install_key"


class WebhookOutcome(StrEnum):
    """What a webhook changed, once it was worked."""

    APPLIED = "applied"
    CONTRADICTED = "contradicted"
    KEPT = "kept"
    REPEATED = "repeated"
    NO_INSTALL = "no_install"
    FOREIGN_APPLICATION = "foreign_application"
    BAD_SIGN = "bad_sign"


class DrainState(StrEnum):
    """How far a gateway process is with handing its WhatsApp sessions to the others."""

    ASKED = "asked"
    """It hands them over, one after another, and takes no new ones."""
    DRAINED = "drained"
    """It holds none, and takes none until it is told to take part again or is started anew."""
    STAYED = "stayed"
    """Nobody took them: it holds the rest of them and takes part as before."""


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
    MANAGE_PROCESSES = "processes.manage"
    COLLECT_EVIDENCE = "evidence.collect"
    PERSONAL_DATA = "personal_data.manage"
    MANAGE_PAYMENTS = "payments.manage"


_OF_OPERATOR = frozenset({
    Permission.READ, Permission.VIEW_QR, Permission.REPAIR_CALLS, Permission.CONTROL_SESSIONS,
    Permission.ISSUE_LINKS, Permission.FREEZE, Permission.ACKNOWLEDGE_ALARMS,
    Permission.COLLECT_EVIDENCE,
})  # fmt: skip
ROLE_PERMISSIONS: Mapping[StaffRole, frozenset[Permission]] = MappingProxyType({
    StaffRole.VIEWER: frozenset({Permission.READ}),
    StaffRole.OPERATOR: _OF_OPERATOR,
    StaffRole.ADMIN: frozenset(Permission),
})  # fmt: skip
"""What each role may do; whatever is not here it may not."""

FIX_PERMISSIONS: Mapping[Fix, Permission] = MappingProxyType({
    Fix.READ_ANEW: Permission.REPAIR_CALLS, Fix.ACTIVATE_AGAIN: Permission.REPAIR_CALLS,
    Fix.ACCEPT_THEIRS: Permission.REPAIR_CALLS, Fix.FINISH_UNINSTALL: Permission.UNINSTALL,
    Fix.STOP_BOT: Permission.CONTROL_SESSIONS, Fix.START_BOT: Permission.CONTROL_SESSIONS,
})  # fmt: skip
"""What each fix asks for, on top of the operation's own permission."""

STAGE_ORDER: tuple[Stage, ...] = (
    Stage.ATTENTION, Stage.ACTIVATING, Stage.LINKING, Stage.NEW, Stage.FROZEN, Stage.ACTIVE, Stage.GONE,
)  # fmt: skip
"""The board's order: who is stuck comes first."""


SESSION_ORDER: tuple[WhatsappState, ...] = (
    WhatsappState.FAILED, WhatsappState.REPLACED, WhatsappState.LOGGED_OUT, WhatsappState.TEMP_BANNED,
    WhatsappState.OUTDATED, WhatsappState.RECONNECTING, WhatsappState.STARTING, WhatsappState.LINKING,
    WhatsappState.AWAITING_PASSKEY, WhatsappState.PAIRING, WhatsappState.PAIRING_EXPIRED, WhatsappState.CONNECTED,
    WhatsappState.STOPPED,
)  # fmt: skip
"""The order of the list of sessions: what does not come back by itself first, then what is on its way."""


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
