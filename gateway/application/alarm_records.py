"""Alarms as plain records: what holds, what was made of it, and the port through which a machine speaks of itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias

from gateway.application.records import TokenRefusal
from shared.vocabulary import AlarmKind, AlarmLevel, Stage

Facts: TypeAlias = Mapping[str, str | int]
Identity: TypeAlias = tuple[AlarmKind, str]


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that calls for a person and holds now. Kind and subject are its identity.

    `facts` fill the sentences staff read: nothing secret or personal. `occurrence` names the newest time the cause
    came, where it is one that comes again and again; a new one counts.
    """

    kind: AlarmKind
    level: AlarmLevel
    subject: str = ""
    facts: Facts = field(default_factory=dict)
    occurrence: str = ""

    @property
    def identity(self) -> Identity:
        """What makes two conditions the same one."""
        return self.kind, self.subject


class Gauge(Protocol):
    """What a machine or a part of this process can say of itself, beside what the database knows.

    It is asked every few seconds on the event loop, also while the database is away: it must answer at once, and
    returns every condition that holds now (`subject` is the machine's name, so that machines have alarms of their
    own). What it no longer returns settles by itself. Pass it in at `gateway.bootstrap`; nothing else is needed.
    """

    def __call__(self) -> Iterable[Condition]:
        """Return what holds now."""


@dataclass(frozen=True, slots=True)
class AlarmRecord:
    """One alarm as stored."""

    alarm_id: int
    kind: AlarmKind
    subject: str
    level: AlarmLevel
    facts: Facts
    occurrence: str
    raised_at: datetime
    seen_at: datetime
    changed_at: datetime
    told_at: datetime
    count: int
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    settled_at: datetime | None
    snoozed_until: datetime | None = None
    snoozed_by: str | None = None

    @property
    def identity(self) -> Identity:
        """What makes two alarms the same one."""
        return self.kind, self.subject


@dataclass(frozen=True, slots=True)
class RefusedWebhooks:
    """Webhooks refused lately for one reason, at most one counted a minute."""

    code: str
    last_at: datetime


@dataclass(frozen=True, slots=True)
class StateFacts:
    """What the database says about what may call for a person."""

    stuck: Mapping[Stage, int] = field(default_factory=dict)
    stuck_since: datetime | None = None
    refusal: TokenRefusal | None = None
    refused_webhooks: Sequence[RefusedWebhooks] = ()
    drifted: int = 0
    drift_at: datetime | None = None
    braked_at: datetime | None = None
    braked_missing: int = 0
    braked_held: int = 0
    sweep_failing_since: datetime | None = None
    sweep_failed_code: str | None = None
    failed_calls: int = 0
    failed_since: datetime | None = None
    laid_aside: int = 0
    laid_aside_at: datetime | None = None
