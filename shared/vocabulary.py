"""The words both programs use for states, stages and ids.

Spelled once, here: tables, events, wire records and texts all take them from this module.
"""

from __future__ import annotations

import re
from enum import StrEnum

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
