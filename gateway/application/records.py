"""What the stores answer with: plain, frozen records without table classes."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from shared.vocabulary import ROLE_PERMISSIONS, PartnerState, Permission, StaffRole, Stage, WhatsappState


@dataclass(frozen=True, slots=True)
class InstallRecord:
    """One generation of one salon's installation, with its salon."""

    install_id: int
    salon_id: int
    title: str
    city: str | None
    version: int
    generation: int
    partner_state: PartnerState
    partner_since: datetime
    stage: Stage
    stage_since: datetime
    entry_signed: bool
    owner_user_id: int | None
    registered_at: datetime
    support_code: str
    correlation: str
    error_code: str | None
    closed_at: datetime | None
    is_frozen_by_staff: bool = False

    @property
    def is_open(self) -> bool:
        """Whether this generation is still the salon's present one."""
        return self.closed_at is None


@dataclass(frozen=True, slots=True)
class InstallView:
    """Everything the page of one salon shows, read in one statement."""

    install: InstallRecord
    whatsapp_state: WhatsappState | None
    whatsapp_since: datetime | None
    call_next_attempt_at: datetime | None
    call_attempts: int
    call_error: str | None


@dataclass(frozen=True, slots=True)
class WelcomeDue:
    """An install to welcome: the message's reference, and whether an earlier one makes another needless."""

    install_id: int
    salon_id: int
    client_ref: str
    is_settled: bool


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """What one accepted entry tells about a salon."""

    salon_id: int
    title: str
    city: str | None
    timezone: str | None
    partner_status: str | None
    signed: bool
    owner_user_id: int | None


@dataclass(frozen=True, slots=True)
class OpenedInstall:
    """The install an entry leads to and what the entry did.

    `outcome` is created, refreshed, reinstalled, already_active or frozen; `must_drop_session` asks the caller to
    remove the WhatsApp session of the generation that was just closed.
    """

    install: InstallRecord
    outcome: str
    must_drop_session: bool = False


@dataclass(frozen=True, slots=True)
class ClaimedCall:
    """One partner call this process may work on until its lease ends. Holds secrets in clear: never log it.

    The keys are empty when the call sends none.
    """

    call_id: int
    install_id: int
    salon_id: int
    generation: int
    kind: str
    failed_tries: int
    nonce: int
    outcome_unknown: bool
    first_attempt_at: datetime | None
    correlation: str
    api_key: str = field(repr=False)
    webhook_key: str = field(repr=False)
    is_backlog: bool = False
    """One of many that wait for long: fresh ones go first, and it is confirmed together with others by the list."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What decides which calls are taken up now, and how.

    `is_bulk` says that so many calls wait that YCLIENTS' list confirms them instead of single reads, `has_due` that one
    could be claimed now.
    """

    is_refused: bool
    is_away: bool
    is_bulk: bool
    has_due: bool


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """A claimed activation whose outcome is not known: the verdict on its last request, and what came with it."""

    call: ClaimedCall
    verdict: str | None
    body_head: str = field(repr=False)


def new_delivery_id() -> UUID:
    """Return an id that no other delivery has, larger than those of earlier milliseconds (a UUID of version 7).

    Ids that follow time are neighbours in their index; ids by chance would each touch a page of their own.
    """
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10))
    return UUID(int=value & ~(0xF << 76) & ~(0x3 << 62) | 7 << 76 | 2 << 62)


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """One authenticated webhook on its way into the inbox; the body holds no token any more.

    `delivery_id` makes it one row however often it is inserted; `received_at` is None for the moment of the insert.
    """

    proof: str
    kind: str
    event: str | None
    salon_id: int | None
    application_id: int | None
    resource_id: str | None
    body: str
    digest: bytes
    sign_state: str | None
    peer: str | None
    received_at: datetime | None = None
    delivery_id: UUID = field(default_factory=new_delivery_id)


@dataclass(frozen=True, slots=True)
class SpooledWebhook:
    """One webhook that waits in the spool of this machine."""

    row_id: int
    webhook: NewWebhook


@dataclass(frozen=True, slots=True)
class ClaimedWebhook:
    """One inbox row this process may work on until its lease ends."""

    webhook_id: int
    received_at: datetime
    event: str | None
    salon_id: int | None
    application_id: int | None
    body: str
    sign_state: str | None
    attempts: int
    replayed_at: datetime | None
    repeats: int | None


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One line of the event log."""

    event_id: int
    at: datetime
    salon_id: int | None
    type: str
    data: Mapping[str, Any]
    correlation: str | None


@dataclass(frozen=True, slots=True)
class StatusApplied:
    """What a status read by the partner changed here."""

    before: PartnerState | None
    after: PartnerState | None
    must_drop_session: bool = False
    must_stop_session: bool = False
    must_run_session: bool = False

    @property
    def changed(self) -> bool:
        """Whether our state moved."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class TokenRefusal:
    """YCLIENTS refuses our PARTNER_TOKEN: all activations wait until it accepts again or the token changes."""

    code: str
    at: datetime
    fingerprint: str


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Who asks, once their token has been checked."""

    staff_id: int
    name: str
    role: StaffRole

    @property
    def permissions(self) -> frozenset[Permission]:
        """What they may do; everything else they may not."""
        return ROLE_PERMISSIONS[self.role]


@dataclass(frozen=True, slots=True)
class StaffRecord:
    """One member of staff as stored, without the token's digest."""

    staff_id: int
    name: str
    role: StaffRole
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    key_id: str | None = None
    """Which JWT_SECRET the digest was made under; None for one from before that was kept."""

    @property
    def member(self) -> StaffMember:
        """What of it goes with every operation."""
        return StaffMember(self.staff_id, self.name, self.role)


@dataclass(frozen=True, slots=True)
class CommandClaim:
    """What is known of an idempotency key.

    `is_ours`: the command is now ours to carry out. `is_live`: somebody is carrying it out. Else it `is_done`, with
    its `answer` if that is kept.
    """

    operation: str
    input_digest: bytes
    is_ours: bool = False
    is_live: bool = False
    is_done: bool = False
    answer: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One row of the audit with its place in the chain."""

    audit_id: int
    at: datetime
    staff_id: int | None
    staff: str
    role: str
    operation: str
    salon_id: int | None
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    reason: str | None
    request_id: str


@dataclass(frozen=True, slots=True)
class ChainReport:
    """How the audit's chain was found.

    `broken_at` names the first row that does not fit; its `problem` is altered, displaced, cut_off or untold.
    """

    count: int
    head: str
    broken_at: int | None = None
    problem: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether every row fits."""
        return self.problem is None


@dataclass(frozen=True, slots=True)
class ChainStep:
    """How far the audit's chain was followed and what was found; `head` is the hash of the last row that fits."""

    checked: int
    checked_to: int
    head: str
    newest: int
    is_done: bool
    broken_at: int | None = None
    problem: str | None = None


@dataclass(slots=True)
class StaffAct:
    """One command of a member of staff, on its way into the audit.

    It is written by the transaction that carries the command out (`Transaction.tell` says which one that is), so what
    was done and who did it are one commit. `before` and `after` hold nothing secret.
    """

    staff_id: int | None
    staff: str
    role: str
    operation: str
    request_id: str
    salon_id: int | None = None
    reason: str | None = None
    idempotency_key: str | None = None
    input_digest: bytes = b""
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    is_recorded: bool = False


@dataclass(frozen=True, slots=True)
class NewPayment:
    """A payment as YCLIENTS is told of it; the sum in major units, the period with both its days."""

    salon_id: int
    amount: Decimal
    currency: str
    paid_on: date
    period_from: date
    period_to: date


@dataclass(frozen=True, slots=True)
class PaymentRecord:
    """A payment that was told: `state` and `refund_state` are sending, accepted, refused or unknown."""

    payment_id: int
    salon_id: int
    state: str
    refund_state: str | None
    partner_payment_id: int | None
    amount: Decimal
    currency: str
    paid_on: date
    period_from: date
    period_to: date
    error_code: str | None
    created_at: datetime
    updated_at: datetime
