"""Webhooks as staff see them: plain, frozen records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gateway.application.admin.board_records import StoryRecord
from shared.vocabulary import WebhookKind, WebhookProof, WebhookState


@dataclass(frozen=True, slots=True)
class WebhookSelection:
    """Which webhooks; an empty tuple means any. `event` is a whole name, and an empty one means any."""

    salon_id: int | None = None
    event: str = ""
    kinds: tuple[WebhookKind, ...] = ()
    states: tuple[WebhookState, ...] = ()
    proofs: tuple[WebhookProof, ...] = ()
    outcomes: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class InboxPosition:
    """Where a webhook stands in the inbox's order, the newest first."""

    received_at: datetime
    webhook_id: int


@dataclass(frozen=True, slots=True)
class WebhookRecord:
    """One webhook with its salon, without its body."""

    webhook_id: int
    received_at: datetime
    kind: WebhookKind
    event: str | None
    proof: WebhookProof
    sign_state: str | None
    salon_id: int | None
    title: str | None
    city: str | None
    timezone: str | None
    resource_id: str | None
    state: WebhookState
    outcome: str | None
    error: str | None
    attempts: int
    next_attempt_at: datetime
    processed_at: datetime | None
    replayed_at: datetime | None
    is_being_worked: bool

    @property
    def position(self) -> InboxPosition:
        """Where it stands."""
        return InboxPosition(self.received_at, self.webhook_id)


@dataclass(frozen=True, slots=True)
class InboxPage:
    """Webhooks that match, and how far the look for them went.

    `looked_to` is None when there is nothing beyond. They are at least as new as the event `cursor`, and what is not
    among them though it matches has a number above `newest_id`.
    """

    rows: Sequence[WebhookRecord]
    looked_to: InboxPosition | None
    newest_id: int
    cursor: int


@dataclass(frozen=True, slots=True)
class NewlyCome:
    """Which of the webhooks past a number match; `is_behind` says that more came than were looked at."""

    webhook_ids: Sequence[int]
    newest_id: int
    is_behind: bool


@dataclass(frozen=True, slots=True)
class RefusedLately:
    """Webhooks that were refused at the door for one reason: in how many minutes of the last day, and when last."""

    code: str
    minutes: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class InboxTally:
    """How many webhooks call for a look; each number stops at a bound."""

    pending: int
    dead: int
    unknown_lately: int
    refused: Sequence[RefusedLately]
    cursor: int


@dataclass(frozen=True, slots=True)
class WebhookContents:
    """What a look at one webhook needs beyond its row."""

    row: WebhookRecord
    body: str = field(repr=False)
    digest: bytes
    application_id: int | None
    generation: int | None
    is_current_install: bool
    caused: Sequence[StoryRecord]
