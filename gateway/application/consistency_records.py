"""Differences between YCLIENTS and us, sweeps and plans as they are known inside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from shared.vocabulary import (
    BulkItemState,
    BulkState,
    DifferenceKind,
    Fix,
    PartnerState,
    SweepState,
    WhatsappState,
)


@dataclass(frozen=True, slots=True)
class DifferencePosition:
    """A place in the list of differences."""

    rank: int
    since: datetime
    salon_id: int


@dataclass(frozen=True, slots=True)
class DifferenceSelection:
    """Which differences; empty means any."""

    kinds: tuple[DifferenceKind, ...] = ()
    search: str = ""
    salon_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class DifferenceRecord:
    """One difference as it stands now. `is_listed` is None where the list is not in question."""

    kind: DifferenceKind
    salon_id: int
    title: str
    city: str | None
    timezone: str | None
    generation: int | None
    since: datetime
    checked_at: datetime | None
    theirs: str | None
    is_listed: bool | None
    partner_state: PartnerState | None
    whatsapp_state: WhatsappState | None
    call_id: int | None
    close_reason: str | None
    position: DifferencePosition


@dataclass(frozen=True, slots=True)
class SweepRecord:
    """One sweep. `found` holds counts by the names of `SweepReport`."""

    sweep_id: int
    version: int
    state: SweepState
    staff: str | None
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    phase: str
    done: int
    total: int | None
    found: Mapping[str, int]
    failed_code: str | None


@dataclass(frozen=True, slots=True)
class Sweep:
    """A sweep that this process makes."""

    sweep_id: int


@dataclass(frozen=True, slots=True)
class NewFixPlan:
    """A plan to be written down."""

    kind: DifferenceKind
    fix: Fix
    selection: DifferenceSelection
    staff_id: int | None
    staff: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class FixPlanRecord:
    """A plan with its items counted."""

    plan_id: int
    version: int
    kind: DifferenceKind
    fix: Fix
    state: BulkState
    staff: str
    reason: str | None
    total: int
    created_at: datetime
    expires_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    counts: Mapping[BulkItemState, int] = field(default_factory=dict)
    failed_by_code: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FixItemRecord:
    """One salon of a plan."""

    salon_id: int
    title: str
    state: BulkItemState
    outcome: str | None


@dataclass(frozen=True, slots=True)
class ClaimedFix:
    """One item that this process carries out."""

    plan_id: int
    salon_id: int
    generation: int | None
    kind: DifferenceKind
    fix: Fix
    reason: str
