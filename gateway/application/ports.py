"""What the use cases need from the outside, as small protocols; the adapters satisfy them by shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

from gateway.application.records import (
    ClaimedCall,
    ClaimedWebhook,
    EntryFacts,
    EventRecord,
    InstallRecord,
    InstallView,
    NewWebhook,
    OpenedInstall,
    Outlook,
    StatusApplied,
    TokenRefusal,
    Unconfirmed,
)
from gateway.domain.partner_answers import (
    ActivationBody,
    ActivationCall,
    Company,
    PartnerAnswer,
    Priority,
    ProbeResult,
    SalonPage,
    StatusReading,
)
from shared.vocabulary import PartnerState


class Clock(Protocol):
    """Time, so that tests can move it."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""

    def monotonic(self) -> float:
        """Return seconds on a clock that never steps back."""

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds`."""


class DatabaseWatch(Protocol):
    """Who knows whether Postgres answers; see `gateway.storage.database_watch`."""

    @property
    def is_up(self) -> bool:
        """Whether it answered when it was last asked."""

    def suspect(self) -> None:
        """Take it for away until it answers."""


class PartnerApi(Protocol):
    """YCLIENTS. Reads raise `PartnerError`; writes answer with what came back, whatever it was."""

    async def company(self, salon_id: int, priority: Priority) -> Company:
        """Read a salon."""

    async def status(self, salon_id: int, priority: Priority) -> StatusReading:
        """Read where a salon's link to our application stands."""

    async def salons(self, page: int, priority: Priority) -> SalonPage:
        """Read one page (from 1) of the connected salons."""

    async def activate(self, call: ActivationCall, body: ActivationBody, priority: Priority) -> PartnerAnswer:
        """Tell YCLIENTS that an install is active."""

    async def uninstall(self, salon_id: int, priority: Priority) -> PartnerAnswer:
        """Ask YCLIENTS to end an install."""

    async def probe(self, priority: Priority) -> ProbeResult:
        """Ask whether YCLIENTS knows our token."""


class InstallStore(Protocol):
    """Salons and installs; see `gateway.storage.install_store` for the promises."""

    async def open_for_entry(self, facts: EntryFacts) -> OpenedInstall:
        """Open, refresh or re-open the install an entry belongs to."""

    async def newest(self, salon_id: int) -> InstallRecord | None:
        """Return the salon's newest install."""

    async def view(self, salon_id: int) -> InstallView | None:
        """Return the newest install with its WhatsApp state and open call."""

    async def by_webhook_key(self, key: str) -> InstallRecord | None:
        """Return the open install that registered this webhook key."""

    async def webhook_key_digests(self, salons: Sequence[int] | None = None) -> dict[int, bytes]:
        """Return the digests of open installs' webhook keys by salon."""

    async def queue_activation(self, salon_id: int) -> bool:
        """Queue the activation of a linked salon."""

    async def linked_but_not_queued(self) -> Sequence[int]:
        """Return linked salons whose activation was never queued."""

    async def apply_partner_status(self, salon_id: int, status: str, *, reason: str) -> StatusApplied:
        """Bring our state in line with the partner's."""

    async def record_payment(self, salon_id: int, paid_at: datetime, until: datetime | None) -> None:
        """Keep a payment."""

    async def sessions_of_closed_installs(self) -> Sequence[int]:
        """Return salons whose session outlived its install."""

    async def sessions_of_frozen_installs(self) -> Sequence[int]:
        """Return salons whose session is still wanted although their install is frozen."""

    async def resumes_due(self) -> Sequence[int]:
        """Return salons whose session is to be started again."""

    async def note_resumed(self, salon_id: int) -> None:
        """Note that a session was started again."""

    async def open_by_partner_state(self, states: Sequence[PartnerState]) -> dict[int, PartnerState]:
        """Return open installs in these states."""

    async def least_recently_checked(self, limit: int) -> Sequence[int]:
        """Return the salons whose status was read longest ago."""

    async def note_drift(self, salon_id: int, theirs: str, ours: str) -> None:
        """Write a disagreement with the partner's list."""


class CallStore(Protocol):
    """The outbox of partner calls."""

    async def claim_due(self, limit: int, *, bulk: bool = False) -> Sequence[ClaimedCall]:
        """Claim due calls."""

    async def claim_unconfirmed(self, limit: int) -> Sequence[Unconfirmed]:
        """Claim activations whose outcome is unknown, to be confirmed together."""

    async def await_list(self, call: ClaimedCall) -> None:
        """Leave an answered activation to the partner's list."""

    async def confirm_singly(self, call: ClaimedCall) -> None:
        """Leave an activation to a status read of its own."""

    async def send_again(self, call: ClaimedCall) -> None:
        """Note that the last request had no effect; due now."""

    async def renew(self, call: ClaimedCall) -> bool:
        """Extend a claim; False when it is lost."""

    async def begin_attempt(self, call: ClaimedCall, operation: str) -> int | None:
        """Commit that a request is about to be sent."""

    async def finish_attempt(self, call: ClaimedCall, number: int, **answer: Any) -> None:
        """Keep what came back."""

    async def settle_active(self, call: ClaimedCall) -> bool:
        """Mark the install active."""

    async def settle_listed(self, call: ClaimedCall) -> bool:
        """Mark the install active on the list's word."""

    async def settle_uninstalled(self, call: ClaimedCall) -> StatusApplied:
        """Close the install."""

    async def settle_failed(
        self,
        call: ClaimedCall,
        to: PartnerState,
        code: str,
        text: str | None,
        *,
        outcome_unknown: bool = False,
    ) -> bool:
        """Mark the call failed, and the install of an activation refused or expired."""

    async def retry_at(self, call: ClaimedCall, at: datetime, code: str, *, outcome_unknown: bool) -> None:
        """Put the call back until `at`."""

    async def release(self, call: ClaimedCall, *, delay_s: float = 0.0) -> None:
        """Give the call back untouched."""


class BacklogStore(Protocol):
    """What all processes know of YCLIENTS as a whole; see `gateway.storage.backlog_store`."""

    async def outlook(self) -> Outlook:
        """Return whether YCLIENTS can be called, and whether its list confirms."""

    async def may_probe(self) -> bool:
        """Take the turn to ask whether YCLIENTS is back."""

    async def may_read_list(self) -> bool:
        """Take the turn to confirm by the list."""

    async def note_list(self, *, is_useful: bool) -> None:
        """Keep what the list turned out to be."""

    async def is_list_proved(self) -> bool:
        """Whether the list is known to hold no pending salons."""

    async def not_sent_yet(self, limit: int) -> Sequence[int]:
        """Return salons whose activation had no effect yet."""

    async def pull_forward(self, *, is_bulk: bool) -> int:
        """Make some calls due that waited for YCLIENTS."""

    async def pull_webhooks(self) -> int:
        """Make every webhook due that waited for YCLIENTS."""

    async def back_at(self) -> str | None:
        """Return what tells one return of YCLIENTS from another."""


class InboxStore(Protocol):
    """The webhook inbox."""

    async def accept(self, *webhooks: NewWebhook) -> None:
        """Commit webhooks in this order, each once."""

    async def claim_due(self, limit: int) -> Sequence[ClaimedWebhook]:
        """Claim due webhooks, at most one a salon."""

    async def finish(self, webhook: ClaimedWebhook, outcome: str, install_id: int | None) -> None:
        """Record what a webhook changed."""

    async def retry_later(
        self, webhook: ClaimedWebhook, delay_s: float, error: str, *, give_up: bool = False
    ) -> None:
        """Put a webhook back, or lay it aside."""


class EventStore(Protocol):
    """The event log."""

    async def last_id(self) -> int:
        """Return the newest id."""

    async def after(self, cursor: int, limit: int = 500) -> Sequence[EventRecord]:
        """Return events past a cursor."""

    async def note(self, event_type: str, **data: Any) -> None:
        """Write an event that belongs to no salon."""


class TokenWitness(Protocol):
    """Who remembers which PARTNER_TOKEN proved something; see `gateway.application.token_witness`."""

    def saw(self, by: str, proves: Callable[[bytes], bool]) -> None:
        """A proof held."""


class TokenMemory(Protocol):
    """What all processes know about a PARTNER_TOKEN that YCLIENTS refuses."""

    async def refuse(self, code: str, fingerprint: str) -> bool:
        """Note a refusal; True when it is news."""

    async def accept(self) -> None:
        """Note that the token works."""

    async def may_try(self, fingerprint: str) -> bool:
        """Whether a call may be tried with this token now."""

    async def refusal(self) -> TokenRefusal | None:
        """Return the standing refusal."""
