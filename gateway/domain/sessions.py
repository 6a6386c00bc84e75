"""The life of a WhatsApp session, as data: states, legal moves, causes, error codes, limits of time.

Invariants:

* `connected` is only ever reached from a login that the engine reports as open.
* A resting state has no engine. Only a person's act leaves `replaced`, `logged_out`, `pairing_expired` and `stopped`;
  a temporary ban ends by itself, an outdated engine when another version runs.
* Whatever is not in `TRANSITIONS` is a defect: it is logged, counted and not done.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import product
from typing import NamedTuple

from shared.vocabulary import WhatsappState

W = WhatsappState

RESTING_STATES = frozenset(
    {W.REPLACED, W.LOGGED_OUT, W.TEMP_BANNED, W.OUTDATED, W.PAIRING_EXPIRED, W.FAILED, W.STOPPED}
)
"""States without an engine."""

RUNNING_STATES = frozenset(WhatsappState) - RESTING_STATES

PAIRING_STATES = frozenset({W.STARTING, W.PAIRING, W.AWAITING_PASSKEY})
"""States in which a session without credentials waits for its phone."""

# ------------------------------------------------------------------------------------------ limits of time

FIRST_QR_S = 60.0
NEXT_QR_S = 20.0
QR_CODES_PER_SOCKET = 6
SOCKET_S = FIRST_QR_S + NEXT_QR_S * (QR_CODES_PER_SOCKET - 1)
SOCKET_GRACE_S = 10.0
QR_GRACE_S = 10.0
"""No new QR this long after one expired: the engine lost it, the socket counts as used up."""

PAIRING_WINDOW_S = 300.0
"""How long after the owner's last request a used-up socket is replaced by a new one."""

MIN_CODE_LIFE_S = 60.0
"""A pairing code dies with its socket: one that would live shorter than this gets a fresh socket first."""

CODE_PAUSE_S = 60.0
CODES_PER_HOUR = 5
HOUR_S = 3600.0

START_S = 30.0
LINKING_S = 60.0
PASSKEY_S = 60.0
RECONNECT_S = 300.0
START_TRIES = 3

RESPAWN_STEPS_S = (1.0, 2.0, 5.0, 15.0, 30.0, 60.0, 300.0)
RESPAWN_JITTER = 0.2
MAX_CRASHES = 10
CRASH_WINDOW_S = 600.0

LEASE_TTL_S = 30.0
LEASE_RENEW_S = 10.0
LEASE_LOST_S = 20.0
"""An owner that could not renew for this long ends its engines, before anybody else may take the sessions."""


class SessionFault(StrEnum):
    """Why a session is in trouble, or why it refused something; stable, shown to people through the texts."""

    NETWORK_UNREACHABLE = "network_unreachable"
    UPSTREAM_TIMEOUT = "upstream_timeout"
    UPSTREAM_UNAVAILABLE = "upstream_unavailable"
    RATE_LIMITED = "rate_limited"
    OUTCOME_UNKNOWN = "outcome_unknown"
    NOT_CONNECTED = "whatsapp_not_connected"
    NOT_PAIRING = "not_pairing"
    QR_EXPIRED = "qr_expired"
    PAIRING_EXPIRED = "pairing_expired"
    PAIRING_REJECTED = "pairing_rejected"
    PASSKEY_REQUIRED = "passkey_required"
    RECIPIENT_UNKNOWN = "recipient_unknown"
    SEND_REJECTED = "send_rejected"
    CONNECTION_REPLACED = "connection_replaced"
    LOGGED_OUT = "logged_out"
    ACCOUNT_RESTRICTED = "account_restricted"
    TEMP_BANNED = "temp_banned"
    CLIENT_OUTDATED = "client_outdated"
    STORE_CORRUPT = "store_corrupt"
    ENGINE_CRASHED = "engine_crashed"
    ENGINE_MISSING = "engine_missing"
    REMOTE_UNREACHABLE = "remote_unreachable"
    REMOTE_AUTH = "remote_auth"
    REMOTE_FULL = "remote_full"
    POOL_UNAVAILABLE = "pool_unavailable"
    INTERNAL = "internal"


class CloseCause(StrEnum):
    """Why an engine's connection ended."""

    REPLACED = "replaced"
    LOGGED_OUT = "logged_out"
    MAIN_DEVICE_GONE = "main_device_gone"
    TEMP_BANNED = "temp_banned"
    OUTDATED = "outdated"
    DROPPED = "dropped"
    CRASHED = "crashed"
    REFS_EXHAUSTED = "refs_exhausted"
    PAIR_ERROR = "pair_error"
    PASSKEY_UNSUPPORTED = "passkey_unsupported"
    NETWORK_UNREACHABLE = "network_unreachable"
    REMOTE_UNREACHABLE = "remote_unreachable"
    REMOTE_AUTH = "remote_auth"


class StartReason(StrEnum):
    """Why an engine starts."""

    CREATED = "created"
    RESTART = "restart"
    RESTORE = "restore"
    CRASH = "crash"
    RESUME = "resume"
    RELINK = "relink"
    FRESH_CODES = "fresh_codes"


class EventType(StrEnum):
    """The steps of a session's story."""

    STARTING = "session.starting"
    QR = "session.qr"
    PAIRING_CODE = "session.pairing_code"
    PAIRING_CODE_FAILED = "session.pairing_code_failed"
    PASSKEY_REQUIRED = "session.passkey_required"
    PAIRING_EXPIRED = "session.pairing_expired"
    PAIRED = "session.paired"
    PHONE_CHANGED = "session.phone_changed"
    PHONE_CONFIRMED = "session.phone_confirmed"
    CONNECTED = "session.connected"
    RECONNECTING = "session.reconnecting"
    CONNECTION_REPLACED = "session.connection_replaced"
    LOGGED_OUT = "session.logged_out"
    TEMP_BANNED = "session.temp_banned"
    CLIENT_OUTDATED = "session.client_outdated"
    FAILED = "session.failed"
    STOPPED = "session.stopped"
    REMOVED = "session.removed"
    MESSAGE_RECEIVED = "message.received"
    MESSAGE_RECEIPT = "message.receipt"


class Ending(NamedTuple):
    """Where a session rests after its connection ended for good."""

    state: WhatsappState
    fault: SessionFault
    event: EventType


ENDINGS: Mapping[CloseCause, Ending] = {
    CloseCause.REPLACED: Ending(W.REPLACED, SessionFault.CONNECTION_REPLACED, EventType.CONNECTION_REPLACED),
    CloseCause.LOGGED_OUT: Ending(W.LOGGED_OUT, SessionFault.LOGGED_OUT, EventType.LOGGED_OUT),
    CloseCause.MAIN_DEVICE_GONE: Ending(W.LOGGED_OUT, SessionFault.ACCOUNT_RESTRICTED, EventType.LOGGED_OUT),
    CloseCause.TEMP_BANNED: Ending(W.TEMP_BANNED, SessionFault.TEMP_BANNED, EventType.TEMP_BANNED),
    CloseCause.OUTDATED: Ending(W.OUTDATED, SessionFault.CLIENT_OUTDATED, EventType.CLIENT_OUTDATED),
    CloseCause.PAIR_ERROR: Ending(W.FAILED, SessionFault.PAIRING_REJECTED, EventType.FAILED),
    CloseCause.PASSKEY_UNSUPPORTED: Ending(W.FAILED, SessionFault.PASSKEY_REQUIRED, EventType.FAILED),
}
"""Causes after which trying again by itself would be useless or harmful; after any other one it is tried again."""

TRANSIENT_FAULTS: Mapping[CloseCause, SessionFault] = {
    CloseCause.DROPPED: SessionFault.NETWORK_UNREACHABLE,
    CloseCause.NETWORK_UNREACHABLE: SessionFault.NETWORK_UNREACHABLE,
    CloseCause.REMOTE_UNREACHABLE: SessionFault.REMOTE_UNREACHABLE,
    CloseCause.REMOTE_AUTH: SessionFault.REMOTE_AUTH,
    CloseCause.CRASHED: SessionFault.ENGINE_CRASHED,
    CloseCause.REFS_EXHAUSTED: SessionFault.PAIRING_EXPIRED,
}


class SessionTransition(NamedTuple):
    """One allowed move and what leads to it."""

    current: WhatsappState
    target: WhatsappState
    triggers: tuple[str, ...]


class IllegalSessionMoveError(Exception):
    """A session may not go from `current` to `target`."""

    def __init__(self, current: WhatsappState, target: WhatsappState) -> None:
        super().__init__(f"a session cannot go from {current} to {target}")
        self.current = current
        self.target = target


def _moves(
    current: Iterable[WhatsappState], target: Iterable[WhatsappState], *triggers: str
) -> list[SessionTransition]:
    return [SessionTransition(a, b, triggers) for a, b in product(sorted(current), sorted(target))]


_LOGIN_STATES = (W.STARTING, W.LINKING, W.RECONNECTING)

TRANSITIONS: tuple[SessionTransition, ...] = (
    *_moves(RUNNING_STATES, (W.STARTING,), "restart", "relink", "worker crash", "restore"),
    *_moves(RESTING_STATES, (W.STARTING,), "ensure", "restart", "relink", "ban over"),
    *_moves((W.STARTING, W.PAIRING), (W.PAIRING,), "next QR", "code issued"),
    *_moves(
        (W.STARTING, W.PAIRING, W.AWAITING_PASSKEY), (W.PAIRING_EXPIRED,), "codes used up and window over"
    ),
    *_moves((W.PAIRING, W.AWAITING_PASSKEY), (W.AWAITING_PASSKEY,), "passkey request", "its confirmation"),
    *_moves((W.PAIRING, W.AWAITING_PASSKEY), (W.LINKING,), "pair-success"),
    *_moves((W.LINKING,), (W.LINKING,), "stream restart", "restore"),
    *_moves(_LOGIN_STATES, (W.CONNECTED,), "login"),
    *_moves((W.STARTING, W.CONNECTED, W.RECONNECTING), (W.RECONNECTING,), "drop", "dial failed", "restore"),
    *_moves(_LOGIN_STATES, (W.LOGGED_OUT, W.TEMP_BANNED), "login refused"),
    *_moves((*_LOGIN_STATES, W.PAIRING), (W.OUTDATED,), "login refused"),
    *_moves((*_LOGIN_STATES, W.CONNECTED), (W.REPLACED,), "conflict replaced"),
    *_moves((W.CONNECTED,), (W.LOGGED_OUT,), "device removed"),
    *_moves(RUNNING_STATES - {W.CONNECTED}, (W.FAILED,), "gave up", "refused"),
    *_moves(frozenset(WhatsappState), (W.STOPPED,), "stop"),
)
"""Every allowed move. Anything else is a defect and is not made."""

_ALLOWED = frozenset((move.current, move.target) for move in TRANSITIONS)


def can_move(current: WhatsappState, target: WhatsappState) -> bool:
    """Whether the move is in the table."""
    return (current, target) in _ALLOWED


def check_move(current: WhatsappState, target: WhatsappState) -> None:
    """Raise IllegalSessionMoveError unless the move is in the table."""
    if not can_move(current, target):
        raise IllegalSessionMoveError(current, target)


def respawn_delay_s(attempt: int, rng: random.Random) -> float:
    """Seconds to wait before the given new try (1 is the first) to bring a session back."""
    step = RESPAWN_STEPS_S[min(max(attempt, 1), len(RESPAWN_STEPS_S)) - 1]
    return step * rng.uniform(1 - RESPAWN_JITTER, 1 + RESPAWN_JITTER)


def code_wait_s(requested_at: Iterable[datetime], now: datetime) -> float:
    """Seconds until the next pairing code may be asked for: one a minute, five an hour; 0 when it may be now."""
    recent = sorted(at for at in requested_at if (now - at).total_seconds() < HOUR_S)
    if not recent:
        return 0.0
    free_at = recent[-1] + timedelta(seconds=CODE_PAUSE_S)
    if len(recent) >= CODES_PER_HOUR:
        free_at = max(free_at, recent[-CODES_PER_HOUR] + timedelta(seconds=HOUR_S))
    return max(0.0, (free_at - now).total_seconds())


def window_closes_at(started_at: datetime) -> datetime:
    """Return when the pairing window that began at `started_at` is over."""
    return started_at + timedelta(seconds=PAIRING_WINDOW_S)
