"""Partner calls as staff see them: plain, frozen records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.domain.calls import CallFacts
from shared.vocabulary import BulkItemState, BulkState, CallState


@dataclass(frozen=True, slots=True)
class CallSelection:
    """Which calls; an empty tuple means any."""

    states: tuple[CallState, ...] = ()
    error_codes: tuple[str, ...] = ()
    salon_ids: tuple[int, ...] = ()
    call_ids: tuple[int, ...] = ()
    search: str = ""


@dataclass(frozen=True, slots=True)
class QueuePosition:
    """Where a call stands in the queue's order."""

    rank: int
    due_at: datetime
    call_id: int


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call with its salon, its install and its newest attempt."""

    call_id: int
    version: int
    salon_id: int
    title: str
    city: str | None
    timezone: str | None
    generation: int
    facts: CallFacts
    attempts: int
    nonce: int
    error_code: str | None
    error_text: str | None
    outcome_unknown: bool
    next_attempt_at: datetime
    first_attempt_at: datetime | None
    created_at: datetime
    finished_at: datetime | None
    last_status: int | None
    last_latency_ms: int | None
    reason: str | None
    position: QueuePosition


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """One request of a call and what came back."""

    number: int
    operation: str
    started_at: datetime
    finished_at: datetime | None
    http_status: int | None
    headers: Mapping[str, str] | None
    body_head: str | None
    latency_ms: int | None
    failure: str | None
    verdict: str | None


@dataclass(frozen=True, slots=True)
class CallTally:
    """Calls by state, and the failed ones by why."""

    by_state: Mapping[CallState, int]
    failed_by_code: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class BulkRecord:
    """One bulk retry with its items counted."""

    bulk_id: int
    version: int
    state: BulkState
    staff: str
    reason: str | None
    total: int
    excluded: int
    created_at: datetime
    expires_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    counts: Mapping[BulkItemState, int] = field(default_factory=dict)
    failed_by_code: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BulkItemRecord:
    """One call of a bulk retry."""

    call_id: int
    salon_id: int
    title: str
    state: BulkItemState
    outcome: str | None


@dataclass(frozen=True, slots=True)
class NewBulk:
    """Who plans what, and until when the plan may be started."""

    staff_id: int
    staff: str
    request: Mapping[str, Any]
    selection: CallSelection
    expires_at: datetime
