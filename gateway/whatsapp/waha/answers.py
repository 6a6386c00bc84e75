"""WAHA's answers, read strictly where we rely on them and not at all where we do not."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gateway.whatsapp.engine import Account
from gateway.whatsapp.waha.errors import BadAnswerError
from shared.vocabulary import salon_id_of

MIN_VERSION = (2026, 6, 1)
"""Older WAHA images know one session only, and former Plus features are missing."""

RIGHT_ENGINE = "GOWS"
MAX_QR_CHARS = 2_000
_VERSION = re.compile(r"(\d{4})\.(\d{1,2})\.(\d{1,3})")


class RemoteStatus(StrEnum):
    """WAHA's states of a session."""

    STOPPED = "STOPPED"
    STARTING = "STARTING"
    SCAN_QR_CODE = "SCAN_QR_CODE"
    PASSKEY_REQUIRED = "PASSKEY_REQUIRED"
    PASSKEY_CONFIRMATION_REQUIRED = "PASSKEY_CONFIRMATION_REQUIRED"
    WORKING = "WORKING"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class ServerVersion:
    """Which WAHA answers, with which engine."""

    version: str
    engine: str

    @property
    def is_supported(self) -> bool:
        """Whether it is new enough; a version nobody can read is not."""
        match = _VERSION.match(self.version)
        return match is not None and tuple(map(int, match.groups())) >= MIN_VERSION


@dataclass(frozen=True, slots=True)
class RemoteSession:
    """One session as WAHA holds it."""

    name: str
    status: RemoteStatus
    account: Account | None = field(default=None, repr=False)
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def salon_id(self) -> int | None:
        """The salon, when the name is one of ours."""
        return salon_id_of(self.name)

    @property
    def generation(self) -> int | None:
        """The start it was made for."""
        told = self.metadata.get("generation", "")
        return int(told) if told.isascii() and told.isdigit() and len(told) < 18 else None


def read_version(answer: object) -> ServerVersion:
    """Read `GET /api/version`. Raises BadAnswerError."""
    fields = _object(answer)
    return ServerVersion(_text(fields, "version", 40), _text(fields, "engine", 20))


def read_sessions(answer: object) -> Sequence[RemoteSession]:
    """Read the list of sessions. Raises BadAnswerError."""
    if not isinstance(answer, list):
        raise BadAnswerError
    return [read_session(item) for item in answer]


def read_session(answer: object) -> RemoteSession:
    """Read one session. Raises BadAnswerError."""
    fields = _object(answer)
    try:
        status = RemoteStatus(_text(fields, "status", 40))
    except ValueError:
        raise BadAnswerError from None
    config = fields.get("config")
    metadata = config.get("metadata") if isinstance(config, Mapping) else None
    told = metadata if isinstance(metadata, Mapping) else {}
    plain = {str(key): str(value) for key, value in told.items()}
    return RemoteSession(_text(fields, "name", 200), status, account_of(fields.get("me")), plain)


def account_of(me: object) -> Account | None:
    """Return whose account a session is, None while WAHA does not know."""
    if not isinstance(me, Mapping):
        return None
    told = me.get("jid") or me.get("id")
    if not isinstance(told, str) or not 0 < len(told) <= 200:
        return None
    name = me.get("pushName")
    return Account(told.replace("@c.us", "@s.whatsapp.net"), name if isinstance(name, str) and name else None)


def read_qr(answer: object) -> str:
    """Read the raw QR. Raises BadAnswerError."""
    return _text(_object(answer), "value", MAX_QR_CHARS)


def read_code(answer: object) -> str:
    """Read a pairing code's symbols. Raises BadAnswerError."""
    return _text(_object(answer), "code", 20)


def read_challenge_s(answer: object) -> float | None:
    """Return the seconds a passkey challenge lives, None when it does not say (WebAuthn's `timeout` is in ms)."""
    fields = answer if isinstance(answer, Mapping) else {}
    inner = fields.get("publicKey")
    for place in (fields, inner if isinstance(inner, Mapping) else {}):
        timeout = place.get("timeout")
        if isinstance(timeout, int | float) and not isinstance(timeout, bool) and 0 < timeout <= 600_000:
            return timeout / 1000
    return None


def _object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise BadAnswerError
    return value


def _text(fields: Mapping[str, Any], name: str, at_most: int) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= at_most:
        raise BadAnswerError
    return value
