"""Installs as staff see them: plain, frozen records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.vocabulary import CallState, PairingMethod, PartnerState, PasskeyStage, Stage, WhatsappState


@dataclass(frozen=True, slots=True)
class InstallSelection:
    """Which installs; an empty tuple means any, `salon_ids` None means all salons."""

    stages: tuple[Stage, ...] = ()
    partner_states: tuple[PartnerState, ...] = ()
    whatsapp_states: tuple[WhatsappState, ...] = ()
    error_codes: tuple[str, ...] = ()
    search: str = ""
    salon_ids: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class BoardPosition:
    """Where an install stands in the board's order."""

    rank: int
    since: datetime
    salon_id: int


@dataclass(frozen=True, slots=True)
class BoardRecord:
    """A salon's newest install with its session's state and its newest partner call."""

    salon_id: int
    version: int
    generation: int
    title: str
    city: str | None
    timezone: str | None
    stage: Stage
    stage_since: datetime
    partner_state: PartnerState
    partner_since: datetime
    whatsapp_state: WhatsappState | None
    phone_masked: str | None
    is_phone_in_question: bool
    error_code: str | None
    next_attempt_at: datetime | None
    call_id: int | None
    call_state: CallState | None
    is_frozen_by_staff: bool
    is_assistant_on: bool
    is_open: bool
    support_code: str
    registered_at: datetime
    position: BoardPosition


@dataclass(frozen=True, slots=True)
class SessionPart:
    """A salon's session as its row tells it; all None while there is none."""

    state: WhatsappState | None = None
    since: datetime | None = None
    wanted: str | None = None
    method: PairingMethod | None = None
    phone_masked: str | None = None
    generation: int = 0
    error: str | None = None
    error_at: datetime | None = None
    linked_at: datetime | None = None
    banned_until: datetime | None = None
    pairing_started_at: datetime | None = None
    qr_expires_at: datetime | None = None
    code_expires_at: datetime | None = None
    passkey_stage: PasskeyStage | None = None
    expected_phone_masked: str | None = None


@dataclass(frozen=True, slots=True)
class GenerationRecord:
    """One install of a salon, in short."""

    generation: int
    registered_at: datetime
    partner_state: PartnerState
    closed_at: datetime | None
    close_reason: str | None


@dataclass(frozen=True, slots=True)
class SalonRecord:
    """Everything about one salon's newest install."""

    row: BoardRecord
    entry_signed: bool
    owner_user_id: int | None
    activated_at: datetime | None
    last_payment_at: datetime | None
    paid_until: datetime | None
    error_text: str | None
    closed_at: datetime | None
    close_reason: str | None
    frozen_by_staff_at: datetime | None
    frozen_reason: str | None
    assistant_off_at: datetime | None
    assistant_off_reason: str | None
    partner_status: str | None
    checked_at: datetime | None
    session: SessionPart
    generations: tuple[GenerationRecord, ...]


@dataclass(frozen=True, slots=True)
class StoryRecord:
    """One event of a salon's story."""

    event_id: int
    at: datetime
    type: str
    generation: int | None
    data: Mapping[str, Any]
