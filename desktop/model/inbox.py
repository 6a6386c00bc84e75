"""The webhooks that are shown, and the one that is open."""

from __future__ import annotations

from datetime import datetime

from desktop.model.counted_list import CountedList
from desktop.model.live_window import Key
from desktop.model.observable import Signal
from desktop.model.problem import Trouble
from shared.admin_wire import WebhookCounts, WebhookDetail, WebhookFilter, WebhookRow
from shared.vocabulary import WebhookState


def inbox_key(row: WebhookRow) -> Key:
    """Return a webhook's place in the gateway's order, the newest first."""
    return (-row.received_at.timestamp(), -row.webhook_id)


def _id_of(row: WebhookRow) -> int:
    return row.webhook_id


class Inbox(CountedList[WebhookRow, WebhookFilter, WebhookCounts]):
    """The newest webhooks of a filter. Each is a group of its own: it is asked for again by its number."""

    def __init__(self) -> None:
        super().__init__(inbox_key, _id_of, _id_of, WebhookFilter())
        self.looked_back_to: datetime | None = None
        """How far back the look for more went, when it ended before it found a page; the window is exact so far."""

    @property
    def pending_ids(self) -> list[int]:
        """The shown ones that still wait, the newest first."""
        return [row.webhook_id for row in self.rows if row.state is WebhookState.PENDING]

    @property
    def calling(self) -> int:
        """How many call for a look: those laid aside, and the unknown ones of the last day."""
        return 0 if self.counts is None else self.counts.dead + self.counts.unknown_lately

    def looked(self, back_to: datetime | None) -> None:
        """Remember how far back the page that comes next was looked for."""
        self.looked_back_to = back_to

    def _set_edge(self, edge: Key | None, is_complete: bool) -> None:
        if self.looked_back_to is not None:
            reached = (-self.looked_back_to.timestamp(), 0)
            edge = reached if edge is None else max(edge, reached)
        super()._set_edge(edge, is_complete)


class OpenWebhook:
    """The one webhook that is looked at, as it was read last."""

    def __init__(self) -> None:
        self.changed: Signal[[]] = Signal()
        self.webhook_id: int | None = None
        self.detail: WebhookDetail | None = None
        self.problem: Trouble | None = None

    def opened(self, webhook_id: int) -> None:
        """Another one is looked at, or none was before."""
        if webhook_id != self.webhook_id:
            self.webhook_id, self.detail, self.problem = webhook_id, None, None
            self.changed.emit()

    def closed(self) -> None:
        """None is looked at any more."""
        self.webhook_id, self.detail, self.problem = None, None, None
        self.changed.emit()

    def take(self, detail: WebhookDetail) -> None:
        """Show what was read, if it is still the one that is looked at."""
        if detail.row.webhook_id == self.webhook_id:
            self.detail, self.problem = detail, None
            self.changed.emit()

    def failed(self, problem: Trouble) -> None:
        """It could not be read; what was read before stays."""
        self.problem = problem
        self.changed.emit()
