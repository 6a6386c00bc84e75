"""What the overview is made of, as the store counts it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.vocabulary import WhatsappState

TIME_EDGES_S = (60, 120, 300, 600, 1800, 3600, 21600, 86400)
"""Where the bars of the times to active end, in seconds; the last bar has no end."""


@dataclass(frozen=True, slots=True)
class Steps:
    """How many installs came as far as each step; see `OverviewStore.report`."""

    redirected: int
    shown: int
    linked: int
    active: int


@dataclass(frozen=True, slots=True)
class Activations:
    """How long installs took to become active; `counts` has one more than TIME_EDGES_S, times are in seconds."""

    total: int
    p50_s: float | None
    p90_s: float | None
    counts: Sequence[int]


@dataclass(frozen=True, slots=True)
class Cause:
    """How often something failed for one reason; `side` is partner or session."""

    side: str
    code: str
    count: int


@dataclass(frozen=True, slots=True)
class Answers:
    """Requests of partner calls in one part of the period; latencies in milliseconds, None when none was measured."""

    requests: int = 0
    p50_ms: float | None = None
    p95_ms: float | None = None
    busiest_minute: int = 0


@dataclass(frozen=True, slots=True)
class Overview:
    """The report; `parts` has an entry for each part of the period, `whole` is over all of it."""

    steps: Steps
    activations: Activations
    causes: Sequence[Cause]
    parts: Sequence[Answers]
    whole: Answers
    budget_used: int
    sessions: Mapping[WhatsappState, int]
    read_at: datetime
