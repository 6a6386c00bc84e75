"""Reports of destruction: what was destroyed, when, why and by whom, signed so that nobody can alter one unseen.

A report holds numbers and names of tables, no personal data. It is signed with a key derived of JWT_SECRET; after
that secret has been rotated away, the gateway's own row and the audit still vouch for it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from gateway.application.links import NO_OTHERS, OtherSecrets, derive_key, secret_id
from gateway.domain.errors import GatewayError

VERSION = 1
_PURPOSE = "destruction report"


class Ground(StrEnum):
    """Why data was destroyed: the term after the uninstall was over, or somebody asked for it."""

    UNINSTALLED = "uninstalled"
    REQUEST = "request"


@dataclass(frozen=True, slots=True)
class Purge:
    """Whose data is to be destroyed, and why."""

    salon_id: int
    ground: Ground
    actor: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Destroyed:
    """What was destroyed in one table: how many rows or values, and the range of the rows' numbers."""

    count: int
    first_id: int | None = None
    last_id: int | None = None


@dataclass(frozen=True, slots=True)
class DestructionReport:
    """One report as it is kept."""

    report_id: int
    at: datetime
    salon_id: int
    ground: str
    actor: str
    body: str
    key_id: str
    mac: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        """What the audit keeps of it."""
        return hashlib.sha256(self.body.encode()).hexdigest()

    @property
    def file_name(self) -> str:
        """Under what name it is kept."""
        return f"destruction-{self.salon_id}-{self.report_id}.json"

    def as_file(self) -> str:
        """Return the report as a file: one canonical line of JSON."""
        return (
            canonical({"key_id": self.key_id, "mac": self.mac.hex(), "report": json.loads(self.body)}) + "\n"
        )


class ReportSeal:
    """Signs reports with the current secret and verifies them with any that is accepted. Raises not_configured."""

    def __init__(self, jwt_secret: str | None, others: OtherSecrets = NO_OTHERS) -> None:
        self._secret = jwt_secret
        self._keys = (() if jwt_secret is None else (derive_key(jwt_secret, _PURPOSE),)) + others.keys(
            _PURPOSE
        )

    def sign(self, body: str) -> tuple[str, bytes]:
        """Return the name of the secret and the signature."""
        if self._secret is None:
            raise GatewayError("not_configured")
        return secret_id(self._secret), _mac(body, self._keys[0])

    def verify(self, body: str, mac: bytes) -> bool:
        """Whether one of the secrets signed this body."""
        return any([hmac.compare_digest(_mac(body, key), mac) for key in self._keys])


def body_of(
    report_id: int,
    at: datetime,
    purge: Purge,
    installs: Mapping[int, int],
    destroyed: Mapping[str, Destroyed],
) -> str:
    """Return the text that is signed; `installs` are their numbers and generations."""
    told = {
        table: {"count": each.count, "ids": [each.first_id, each.last_id] if each.first_id is not None else None}
        for table, each in destroyed.items() if each.count
    }  # fmt: skip
    return canonical({
        "version": VERSION, "report_id": report_id, "at": at.isoformat(), "salon_id": purge.salon_id,
        "ground": purge.ground.value, "actor": purge.actor, "reason": purge.reason,
        "installs": [{"id": each, "generation": generation} for each, generation in sorted(installs.items())],
        "destroyed": told,
    })  # fmt: skip


def canonical(value: Mapping[str, Any]) -> str:
    """Return the one spelling of a JSON object."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _mac(body: str, key: bytes) -> bytes:
    return hmac.new(key, body.encode(), hashlib.sha256).digest()
