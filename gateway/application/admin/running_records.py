"""What runs, as staff see it: sessions with their owners, processes, tables. Plain, frozen records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.vocabulary import DrainState, WhatsappState


@dataclass(frozen=True, slots=True)
class SessionSelection:
    """Which sessions; an empty tuple means any, `salon_ids` None means all salons."""

    states: tuple[WhatsappState, ...] = ()
    adapters: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    is_unowned: bool = False
    search: str = ""
    salon_ids: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class SessionPosition:
    """Where a session stands in the list's order."""

    rank: int
    since: datetime
    salon_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedSession:
    """A session with what its engine and its owner said of themselves last."""

    salon_id: int
    version: int
    title: str
    city: str | None
    timezone: str | None
    state: WhatsappState
    since: datetime
    wanted: str
    adapter: str
    engine_state: str | None
    engine_is_open: bool | None
    engine_memory_bytes: int | None
    engine_at: datetime | None
    generation: int
    phone_masked: str | None
    linked_at: datetime | None
    owner: str | None
    owned_since: datetime | None
    lease_until: datetime | None
    owner_version: str | None
    owner_is_draining: bool
    is_unowned: bool
    error: str | None
    last_close: str | None
    last_closed_at: datetime | None
    reconnects: int
    banned_until: datetime | None
    position: SessionPosition


@dataclass(frozen=True, slots=True)
class SessionTally:
    """How many sessions stand where; each number is counted by the rest of the selection."""

    by_state: Mapping[WhatsappState, int]
    by_adapter: Mapping[str, int]
    unowned: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRecord:
    """A gateway process as its last sign of life says."""

    name: str
    version: str | None
    started_at: datetime
    seen_at: datetime
    is_silent: bool
    sessions: int
    pairing: int
    sockets: int
    jobs: int
    memory_bytes: int | None
    drain: DrainState | None
    drain_at: datetime | None
    drain_by: str | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a process at this moment."""

    unowned: int
    calls_due: int
    webhooks_pending: int


@dataclass(frozen=True, slots=True)
class TableRecord:
    """One table: about how many rows, how many bytes with its indexes, of which time its oldest row is."""

    name: str
    rows: int
    size_bytes: int
    oldest_at: datetime | None


def host_of(name: str) -> str:
    """Return the host of a process' name, `host:pid:random`."""
    return name.split(":", 1)[0]
