"""Webhooks as staff see them: the inbox, one with its masked body and what it changed, its replay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from gateway.application.admin.desk import Handler
from gateway.application.admin.webhook_records import (
    InboxPage,
    InboxPosition,
    InboxTally,
    NewlyCome,
    WebhookContents,
    WebhookRecord,
    WebhookSelection,
)
from gateway.application.records import StaffMember
from gateway.domain.errors import GatewayError
from gateway.domain.personal_json import MASK, in_lines, without_people
from gateway.domain.strict_json import JsonError, parse_json_object
from gateway.domain.webhook_replay import why_not_replayed
from shared import protocol
from shared.admin_wire import (
    NewWebhooks,
    NewWebhooksQuery,
    Nothing,
    RefusedWebhooks,
    TimelineEntry,
    WebhookCommand,
    WebhookCounts,
    WebhookDetail,
    WebhookFilter,
    WebhookQuery,
    WebhookRow,
    WebhookRows,
    WebhookRowsQuery,
    WebhooksPage,
    WebhooksQuery,
)
from shared.vocabulary import WebhookOutcome, WebhookState

NEWER_AT_MOST = 500
MAX_BODY_CHARS = 60_000


class InboxDeskStore(Protocol):
    """The inbox as staff see it; see `gateway.storage.inbox_desk` for the promises."""

    async def page(self, selection: WebhookSelection, after: InboxPosition | None, limit: int) -> InboxPage:
        """Return the newest webhooks that match past a position."""

    async def rows(
        self, selection: WebhookSelection, webhook_ids: Sequence[int]
    ) -> tuple[Sequence[WebhookRecord], int]:
        """Of some webhooks, return those that match."""

    async def newer(self, selection: WebhookSelection, after_id: int, limit: int) -> NewlyCome:
        """Return which of the webhooks after a number match."""

    async def tally(self) -> InboxTally:
        """Count what calls for a look."""

    async def contents(self, webhook_id: int) -> tuple[WebhookContents, int]:
        """Return one webhook with everything."""

    async def replay(self, webhook_id: int) -> None:
        """Make a webhook due for a new attempt now."""


class Webhooks:
    """The operations on webhooks. A committed replay wakes the inbox's workers itself."""

    def __init__(self, store: InboxDeskStore, count_at_most: int) -> None:
        self._store = store
        self._count_at_most = count_at_most

    async def list(self, _member: StaffMember, given: WebhooksQuery) -> WebhooksPage:
        """Read a page of the inbox. Raises cursor_invalid."""
        page = await self._store.page(selection_of(given), position_of(given.after), given.limit)
        end = page.looked_to
        return WebhooksPage(
            rows=[row_of(each, page.cursor) for each in page.rows], next=cursor_of(end) if end else None,
            looked_back_to=end.received_at if end else None, newest_id=page.newest_id, cursor=page.cursor,
        )  # fmt: skip

    async def rows(self, _member: StaffMember, given: WebhookRowsQuery) -> WebhookRows:
        """Of some webhooks, read those that match a filter."""
        found, cursor = await self._store.rows(selection_of(given), given.webhook_ids)
        return WebhookRows(rows=[row_of(each, cursor) for each in found], cursor=cursor)

    async def newer(self, _member: StaffMember, given: NewWebhooksQuery) -> NewWebhooks:
        """Say which of the webhooks that came after a number match a filter."""
        found = await self._store.newer(selection_of(given), given.after_id, NEWER_AT_MOST)
        return NewWebhooks(
            webhook_ids=list(found.webhook_ids), newest_id=found.newest_id, is_behind=found.is_behind
        )

    async def counts(self, _member: StaffMember, _given: Nothing) -> WebhookCounts:
        """Count the webhooks that call for a look."""
        tally = await self._store.tally()
        refused = [
            RefusedWebhooks(code=each.code, minutes=each.minutes, last_at=each.last_at)
            for each in tally.refused
        ]
        return WebhookCounts(
            pending=tally.pending, dead=tally.dead, unknown_lately=tally.unknown_lately, at_most=self._count_at_most,
            refused=refused, cursor=tally.cursor,
        )  # fmt: skip

    async def get(self, _member: StaffMember, given: WebhookQuery) -> WebhookDetail:
        """Read a webhook with its masked body and what it changed. Raises webhook_not_found."""
        found, cursor = await self._store.contents(given.webhook_id)
        return detail_of(found, cursor)

    async def replay(self, _member: StaffMember, given: WebhookCommand) -> WebhookRow:
        """Work a webhook anew. Raises webhook_not_found, webhook_not_replayable, webhook_not_finished."""
        await self._store.replay(given.webhook_id)
        found, cursor = await self._store.contents(given.webhook_id)
        return row_of(found.row, cursor)


def handlers(store: InboxDeskStore, count_at_most: int) -> Mapping[str, Handler]:
    """Return what answers each operation on webhooks."""
    webhooks = Webhooks(store, count_at_most)
    return {
        protocol.WEBHOOKS_LIST.name: webhooks.list, protocol.WEBHOOKS_ROWS.name: webhooks.rows,
        protocol.WEBHOOKS_NEWER.name: webhooks.newer, protocol.WEBHOOKS_COUNTS.name: webhooks.counts,
        protocol.WEBHOOKS_GET.name: webhooks.get, protocol.WEBHOOKS_REPLAY.name: webhooks.replay,
    }  # fmt: skip


def selection_of(given: WebhookFilter) -> WebhookSelection:
    """Return what a filter selects."""
    return WebhookSelection(
        given.salon_id, given.event, tuple(given.kinds), tuple(given.states), tuple(given.proofs),
        tuple(given.outcomes), given.since, given.until,
    )  # fmt: skip


def row_of(webhook: WebhookRecord, version: int) -> WebhookRow:
    """Return a webhook as it is sent."""
    refusal = why_not_replayed(webhook.kind, webhook.state)
    return WebhookRow(
        webhook_id=webhook.webhook_id, version=version, received_at=webhook.received_at, kind=webhook.kind,
        event=webhook.event, proof=webhook.proof, payment_sign=webhook.sign_state, salon_id=webhook.salon_id,
        title=webhook.title, city=webhook.city, timezone=webhook.timezone, resource_id=webhook.resource_id,
        state=webhook.state, outcome=WebhookOutcome(webhook.outcome) if webhook.outcome else None,
        error=webhook.error, attempts=webhook.attempts, is_being_worked=webhook.is_being_worked,
        next_attempt_at=webhook.next_attempt_at if webhook.state is WebhookState.PENDING else None,
        processed_at=webhook.processed_at, replayed_at=webhook.replayed_at, can_replay=refusal is None,
        cannot_replay_because=refusal,
    )  # fmt: skip


def detail_of(found: WebhookContents, version: int) -> WebhookDetail:
    """Return a webhook with everything as it is sent."""
    body = _shown_body(found.body)
    caused = [
        TimelineEntry(
            event_id=each.event_id, at=each.at, type=each.type, generation=each.generation, data=dict(each.data)
        )
        for each in found.caused
    ]  # fmt: skip
    return WebhookDetail(
        row=row_of(found.row, version), body=body[:MAX_BODY_CHARS], is_body_cut=len(body) > MAX_BODY_CHARS,
        digest=found.digest.hex(), application_id=found.application_id, generation=found.generation,
        is_current_install=found.is_current_install, caused=caused,
    )  # fmt: skip


def cursor_of(position: InboxPosition) -> str:
    """Return a position as the text a page's `next` holds."""
    return f"{position.received_at.isoformat()}~{position.webhook_id}"


def position_of(cursor: str | None) -> InboxPosition | None:
    """Read a page's `next`. Raises cursor_invalid for anything else."""
    if cursor is None:
        return None
    try:
        received, number = cursor.split("~")
        position = InboxPosition(datetime.fromisoformat(received), int(number))
    except ValueError:
        raise GatewayError("cursor_invalid") from None
    if cursor_of(position) != cursor or position.received_at.tzinfo is None:
        raise GatewayError("cursor_invalid")
    if not 0 < position.webhook_id < 2**63:
        raise GatewayError("cursor_invalid")
    return position


def _shown_body(body: str) -> str:
    """Return a body as staff may see it; of one that cannot be read, nothing."""
    try:
        return in_lines(without_people(parse_json_object(body.encode())))
    except (JsonError, UnicodeEncodeError):
        return MASK
