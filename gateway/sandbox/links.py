"""The state of one application in one salon, and which moves between states are legal."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

LOG_ROWS_KEPT = 500
MAX_WEBHOOK_URLS = 10


class LinkStatus(StrEnum):
    """Where a salon stands with the application; `freezed` is the platform's own spelling."""

    UNINSTALLED = "uninstalled"
    PENDING = "pending"
    ACTIVE = "active"
    FREEZED = "freezed"


TRANSITIONS: frozenset[tuple[LinkStatus, LinkStatus]] = frozenset(
    {
        (LinkStatus.UNINSTALLED, LinkStatus.PENDING),
        (LinkStatus.UNINSTALLED, LinkStatus.ACTIVE),  # private applications only
        (LinkStatus.PENDING, LinkStatus.ACTIVE),
        (LinkStatus.PENDING, LinkStatus.UNINSTALLED),
        (LinkStatus.ACTIVE, LinkStatus.FREEZED),
        (LinkStatus.ACTIVE, LinkStatus.UNINSTALLED),
        (LinkStatus.FREEZED, LinkStatus.ACTIVE),
        (LinkStatus.FREEZED, LinkStatus.UNINSTALLED),
    }
)


@dataclass(frozen=True, slots=True)
class LogRow:
    """One change of status and who made it."""

    changed_at: datetime
    status_from: LinkStatus
    status_to: LinkStatus
    source: str


@dataclass(slots=True)
class Payment:
    """One payment of a salon, told by the partner or taken by the platform. The sum is in major units."""

    id: int
    salon_id: int
    payment_sum: Decimal
    currency_iso: str
    payment_date: datetime
    period_from: datetime
    period_to: datetime
    refunded_at: datetime | None = None

    def covers(self, moment: datetime) -> bool:
        """Tell whether this payment pays for `moment`."""
        return self.refunded_at is None and self.period_from <= moment <= self.period_to


@dataclass(frozen=True, slots=True)
class Activation:
    """What a partner sends to activate a salon."""

    api_key: str | None = field(default=None, repr=False)
    webhook_urls: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    """Names of further fields sent; kept only so that the log can show them."""


@dataclass(slots=True)
class Link:
    """One salon's link to the application. `install` counts consents that began a new install."""

    salon_id: int
    status: LinkStatus = LinkStatus.UNINSTALLED
    install: int = 0
    created_at: datetime | None = None
    """When the owner consented to the present install."""
    since: datetime | None = None
    logs: list[LogRow] = field(default_factory=list)
    webhook_urls: tuple[str, ...] = ()
    channels: dict[str, bool] = field(default_factory=dict)
    short_names: tuple[str, ...] = ()

    def move(self, to: LinkStatus, at: datetime, source: str) -> None:
        """Change the status and keep the row; a move outside TRANSITIONS is a fault of the sandbox itself."""
        if (self.status, to) not in TRANSITIONS:
            raise AssertionError(f"illegal move {self.status} -> {to}")
        self.logs.append(LogRow(at, self.status, to, source))
        del self.logs[:-LOG_ROWS_KEPT]
        self.status = to
        self.since = at

    @property
    def installed(self) -> bool:
        """Whether the application holds any link to the salon: pending, active or freezed."""
        return self.status is not LinkStatus.UNINSTALLED

    def forget_settings(self) -> None:
        """Drop what the ended install had set."""
        self.webhook_urls = ()
        self.channels = {}
        self.short_names = ()
