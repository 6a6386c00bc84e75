"""Staff's personal tokens: made once, shown once, kept as a digest, taken away at once."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from gateway.application.links import NO_OTHERS, OtherSecrets, derive_key, secret_id
from gateway.application.ports import Clock
from gateway.application.records import StaffAct, StaffMember, StaffRecord
from gateway.domain.errors import GatewayError
from shared import protocol
from shared.admin_wire import (
    Nothing,
    StaffList,
    StaffNew,
    StaffQuery,
    StaffRevocation,
    StaffRow,
    StaffToken,
    StaffView,
    Welcome,
)
from shared.vocabulary import StaffRole

PREFIX = "aiadmin_"
TOKEN_BYTES = 32
LIFETIME_DAYS = 90
MAX_LIFETIME_DAYS = 3650
MAX_NAME_CHARS = 100
TOUCH_EVERY_S = 60
IDLE_DAYS = 30
"""A token that nobody has used for so long ends before its time."""

CLI = "cli"
"""Who acts when a command line does; nobody of staff can be called so."""

_TOKEN_CHARS = len(PREFIX) + 43
Acting = Callable[[StaffAct], AbstractContextManager[None]]


class StaffStore(Protocol):
    """The members of staff; see `gateway.storage.staff_store`."""

    async def add(
        self, name: str, role: StaffRole, digest: bytes, expires_at: datetime | None, *, key_id: str
    ) -> StaffRecord:
        """Add a member."""

    async def by_digests(self, digests: Sequence[bytes]) -> tuple[StaffRecord, bytes] | None:
        """Return whose token has one of these digests, and which."""

    async def redigest(self, staff_id: int, known: bytes, digest: bytes, key_id: str) -> None:
        """Keep a token by another digest from now on, unless it is not `known` by this one any more."""

    async def get(self, staff_id: int) -> StaffRecord | None:
        """Return a member."""

    async def by_name(self, name: str) -> StaffRecord | None:
        """Return the member of this name who is not revoked."""

    async def list(self, *, include_revoked: bool) -> Sequence[StaffRecord]:
        """Return the members by name."""

    async def some(self, staff_ids: Iterable[int]) -> Sequence[StaffRecord]:
        """Return these members."""

    async def revoke(self, staff_id: int) -> StaffRecord | None:
        """Take a member's token away."""

    async def touch(self, staff_id: int) -> None:
        """Note that a token was used."""


class AuditStore(Protocol):
    """The part of the audit that is needed here."""

    async def record(self, act: StaffAct) -> None:
        """Write an act in a transaction of its own."""


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new member and the token that is shown this once."""

    staff: StaffRecord
    token: str = field(repr=False)


class StaffTokens:
    """Makes, checks and takes away tokens, under a key derived for staff alone."""

    def __init__(
        self,
        jwt_secret: str | None,
        store: StaffStore,
        audit: AuditStore,
        acting: Acting,
        clock: Clock,
        others: OtherSecrets = NO_OTHERS,
    ) -> None:
        self._key = None if jwt_secret is None else derive_key(jwt_secret, "staff token")
        self._key_id = "" if jwt_secret is None else secret_id(jwt_secret)
        self._next_key = None if others.next is None else derive_key(others.next, "staff token")
        self._other_keys = others.keys("staff token")
        self._store = store
        self._audit = audit
        self._acting = acting
        self._clock = clock

    async def add(
        self, name: str, role: StaffRole, *, expires_in_days: int = LIFETIME_DAYS, by: str = CLI
    ) -> IssuedToken:
        """Add a member and return the token. Raises GatewayError: not_configured, field_invalid, staff_name_taken."""
        with self._acting(_act_of(by, "staff.add")):
            return await self.issue(name, role, expires_in_days)

    async def issue(self, name: str, role: StaffRole, expires_in_days: int) -> IssuedToken:
        """Add a member within whatever act is under way; refuses as `add` does."""
        key = self._require_key()
        if not is_name(name) or not 0 < expires_in_days <= MAX_LIFETIME_DAYS:
            raise GatewayError("field_invalid")
        token = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
        expires_at = self._clock.now() + timedelta(days=expires_in_days)
        known_as = unicodedata.normalize("NFC", name.strip())
        digest = _digest(token, key)
        staff = await self._store.add(known_as, role, digest, expires_at, key_id=self._key_id)
        return IssuedToken(staff, token)

    async def verify(self, token: str | None) -> StaffRecord:
        """Return whose token it is and note its use.

        Raises GatewayError: not_configured, staff_token_missing, staff_token_invalid, and of what once was good
        staff_token_revoked, staff_token_expired.
        """
        if not token:
            raise GatewayError("staff_token_missing")
        key = self._require_key()
        if len(token) != _TOKEN_CHARS or not token.isascii() or not token.startswith(PREFIX):
            raise GatewayError("staff_token_invalid")
        # Looked up by a keyed digest: how far a guess agrees with a stored digest says nothing about the token.
        found = await self._store.by_digests([_digest(token, each) for each in (key, *self._other_keys)])
        if found is None:
            raise GatewayError("staff_token_invalid")
        record, known = found
        await self._carry_over(record, known, token, key)
        return await self._used(record)

    async def _carry_over(self, record: StaffRecord, known: bytes, token: str, key: bytes) -> None:
        """Keep a token by the current secret once it is used; one by the next secret is ahead of us and stays."""
        next_key, digest = self._next_key, _digest(token, key)
        is_ahead = next_key is not None and hmac.compare_digest(known, _digest(token, next_key))
        is_kept_so = hmac.compare_digest(known, digest) and record.key_id == self._key_id
        if not is_ahead and not is_kept_so:
            await self._store.redigest(record.staff_id, known, digest, self._key_id)

    async def current(self, staff_id: int) -> StaffRecord:
        """Return a member whose token was checked before, if it is still good. Raises as `verify` does."""
        record = await self._store.get(staff_id)
        if record is None:
            raise GatewayError("staff_token_invalid")
        return await self._used(record)

    async def refused(self, staff_ids: Iterable[int]) -> dict[int, str]:
        """Return who of these may not go on, with the code of why."""
        found = {record.staff_id: self._refusal_of(record) for record in await self._store.some(staff_ids)}
        return {staff_id: code for staff_id, code in found.items() if code is not None}

    async def list(self, *, include_revoked: bool = False) -> Sequence[StaffRecord]:
        """Return the members by name."""
        return await self._store.list(include_revoked=include_revoked)

    async def revoke(self, name_or_id: str, *, reason: str | None = None, by: str = CLI) -> StaffRecord:
        """Take away the token of whoever has this name or number. Raises GatewayError staff_not_found."""
        self._require_key()
        record = await self._find(name_or_id)
        act = _act_of(by, "staff.revoke", reason)
        with self._acting(act):
            revoked = await self._store.revoke(record.staff_id)
        if not act.is_recorded:
            await self._audit.record(act)
        return revoked or record

    async def _find(self, name_or_id: str) -> StaffRecord:
        name = name_or_id.strip()
        is_number = name.isascii() and name.isdigit() and len(name) <= 18
        record = await (self._store.get(int(name)) if is_number else self._store.by_name(name))
        if record is None:
            raise GatewayError("staff_not_found")
        return record

    async def _used(self, record: StaffRecord) -> StaffRecord:
        code = self._refusal_of(record)
        if code is not None:
            raise GatewayError(code)
        now = self._clock.now()
        if record.last_used_at is None or (now - record.last_used_at).total_seconds() >= TOUCH_EVERY_S:
            await self._store.touch(record.staff_id)
        return record

    def _refusal_of(self, record: StaffRecord) -> str | None:
        if record.revoked_at is not None:
            return "staff_token_revoked"
        now = self._clock.now()
        used_at = record.last_used_at or record.created_at
        if now - used_at > timedelta(days=IDLE_DAYS):
            return "staff_token_expired"
        if record.expires_at is not None and record.expires_at <= now:
            return "staff_token_expired"
        return None

    def _require_key(self) -> bytes:
        if self._key is None:
            raise GatewayError("not_configured")
        return self._key


@dataclass(frozen=True, slots=True)
class GatewayFacts:
    """What a console is told of the gateway it speaks to."""

    version: str
    public_url: str | None
    is_demo: bool


class StaffDesk:
    """The operations about staff themselves."""

    def __init__(
        self,
        store: StaffStore,
        tokens: StaffTokens,
        open_consoles: Callable[[], Awaitable[Mapping[int, int]]],
        last_event_id: Callable[[], Awaitable[int]],
        facts: GatewayFacts,
        clock: Clock,
    ) -> None:
        self._store = store
        self._tokens = tokens
        self._open_consoles = open_consoles
        self._last_event_id = last_event_id
        self._facts = facts
        self._clock = clock

    async def me(self, member: StaffMember, _given: Nothing) -> Welcome:
        """Say who is asking and what the gateway speaks."""
        record = await self._store.get(member.staff_id)
        if record is None:
            raise GatewayError("staff_not_found")
        return Welcome(
            protocol=protocol.PROTOCOL_VERSION, gateway_version=self._facts.version, server_time=self._clock.now(),
            cursor=await self._last_event_id(), staff=view_of(record), permissions=sorted(member.permissions),
            public_url=self._facts.public_url, is_demo=self._facts.is_demo,
        )  # fmt: skip

    async def list(self, _member: StaffMember, given: StaffQuery) -> StaffList:
        """List the members."""
        records = await self._store.list(include_revoked=given.include_revoked)
        consoles = await self._open_consoles()
        return StaffList(rows=[_row_of(record, consoles.get(record.staff_id, 0)) for record in records])

    async def add(self, _member: StaffMember, given: StaffNew) -> StaffToken:
        """Add a member; the token is in this answer and nowhere else."""
        issued = await self._tokens.issue(given.name, given.role, given.expires_in_days)
        return StaffToken(staff=view_of(issued.staff), token=issued.token)

    async def revoke(self, member: StaffMember, given: StaffRevocation) -> StaffView:
        """Take a member's token away; never one's own, which would be a slip of the hand."""
        if given.staff_id == member.staff_id:
            raise GatewayError("revoking_yourself")
        record = await self._store.revoke(given.staff_id)
        if record is None:
            raise GatewayError("staff_not_found")
        return view_of(record)


def view_of(record: StaffRecord) -> StaffView:
    """Return a member as they are shown."""
    return StaffView(
        id=record.staff_id, name=record.name, role=record.role, created_at=record.created_at,
        expires_at=record.expires_at, last_used_at=record.last_used_at, revoked_at=record.revoked_at,
    )  # fmt: skip


def _row_of(record: StaffRecord, consoles: int) -> StaffRow:
    return StaffRow(**view_of(record).model_dump(), ends_at=ends_at(record), consoles=consoles)


def ends_at(record: StaffRecord) -> datetime:
    """Return when a token ends by itself: at its term, or before that by disuse."""
    disused = (record.last_used_at or record.created_at) + timedelta(days=IDLE_DAYS)
    return disused if record.expires_at is None else min(disused, record.expires_at)


def _digest(token: str, key: bytes) -> bytes:
    return hmac.new(key, token.encode(), hashlib.sha256).digest()


def _act_of(by: str, operation: str, reason: str | None = None) -> StaffAct:
    return StaffAct(None, by, by, operation, secrets.token_hex(8), reason=reason)


def is_name(name: str) -> bool:
    """Whether a member can be called so: told from a number and from the command line, printed on one line."""
    name = name.strip()
    return (
        0 < len(name) <= MAX_NAME_CHARS and name.isprintable() and not name.isdigit() and name.lower() != CLI
    )
