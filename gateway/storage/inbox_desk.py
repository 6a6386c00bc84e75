"""The inbox as staff see it: pages, the newest first, one webhook with what it changed, and its replay.

The inbox may hold tens of millions of rows, nearly all of them entity notices. A page is found in the order of an
index, among the rows that its filter leaves in that index: those that are open, those that are no entity notice, those
of one salon, else all. What an index does not know is looked up row by row, and no page looks at more than `LOOK` of
them: one that is not full then says how far it looked, and the next one goes on from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from gateway.application.admin.board_records import StoryRecord
from gateway.application.admin.webhook_records import (
    InboxPage,
    InboxPosition,
    InboxTally,
    NewlyCome,
    RefusedLately,
    WebhookContents,
    WebhookRecord,
    WebhookSelection,
)
from gateway.domain.errors import GatewayError
from gateway.domain.webhook_replay import why_not_replayed
from gateway.storage.database import Storage, Transaction
from gateway.storage.event_store import newest_event
from gateway.storage.inbox_store import INBOX_CHANNEL, hour_of
from shared.vocabulary import WebhookKind, WebhookOutcome, WebhookProof, WebhookState

LOOK, LOOK_OF_SALON = 20_000, 2_000
"""Rows that one page looks at: in the order of an index, and of one salon, whose rows lie apart."""

COUNT_AT_MOST = 1_000
LATELY = timedelta(days=1)
CAUSED_AT_MOST = 50
_BELOW_ALL = 1
"""The number of a position before its whole moment: no webhook's is smaller."""

_NOT_OF_ENTITIES = frozenset(WebhookOutcome) - {WebhookOutcome.KEPT, WebhookOutcome.REPEATED}

_COLUMNS = """
    id, received_at, kind, event, proof, sign_state, salon_id, resource_id, state, outcome, error, attempts,
    next_attempt_at, processed_at, replayed_at, claimed_until
"""
_ROW = """
    w.id AS webhook_id, w.received_at, w.kind, w.event, w.proof, w.sign_state, w.salon_id, c.title, c.city, c.timezone,
    w.resource_id, w.state, w.outcome, w.error, w.attempts, w.next_attempt_at, w.processed_at, w.replayed_at,
    w.state = 'pending' AND w.claimed_until IS NOT NULL AND w.claimed_until >= now() AS is_being_worked
"""
_WITH_SALON = "webhook_inbox w LEFT JOIN companies c ON c.yclients_id = w.salon_id"
_IN_ORDER = f"""
    SELECT {_COLUMNS} FROM webhook_inbox WHERE {{condition}} ORDER BY received_at DESC, id DESC LIMIT {LOOK}
"""
# A salon's rows lie in the parts of the hours: each hour is asked, the newest first, until there are enough.
_OF_SALON = f"""
    SELECT own.* FROM (
        SELECT hour FROM generate_series({hour_of("%s::timestamptz")},
            (SELECT {hour_of("min(received_at)")} FROM webhook_inbox), interval '-1 hour') AS hour
        ) hours
    CROSS JOIN LATERAL (
        SELECT {_COLUMNS} FROM webhook_inbox i WHERE {hour_of("i.received_at")} = hours.hour AND {{condition}}
        ORDER BY received_at DESC, id DESC LIMIT {LOOK_OF_SALON}) own
    ORDER BY hours.hour DESC, own.received_at DESC, own.id DESC LIMIT {LOOK_OF_SALON}
"""
_PAGE = f"""
    SELECT {_ROW} FROM ({{looked}}) w LEFT JOIN companies c ON c.yclients_id = w.salon_id
    WHERE {{matches}} AND (w.received_at, w.id) < (%s, %s) ORDER BY w.received_at DESC, w.id DESC LIMIT %s
"""
_END = """
    SELECT received_at, id, count(*) OVER () AS looked FROM ({looked}) w ORDER BY received_at, id LIMIT 1
"""
_NEWER = """
    SELECT id, {matches} AS is_wanted FROM (SELECT * FROM webhook_inbox WHERE id > %s ORDER BY id LIMIT %s) w
    ORDER BY id
"""
_NEWEST_ID = "SELECT coalesce(max(id), 0) AS newest_id FROM webhook_inbox"
_TALLY = """
    SELECT
        (SELECT count(*) FROM (SELECT 1 FROM webhook_inbox WHERE state = 'pending' AND state <> 'done' LIMIT %s) p)
            AS pending,
        (SELECT count(*) FROM (SELECT 1 FROM webhook_inbox WHERE state = 'dead' LIMIT %s) d) AS dead,
        (SELECT count(*) FROM (SELECT 1 FROM webhook_inbox
            WHERE kind = 'unknown' AND kind <> 'entity' AND received_at > %s LIMIT %s) u) AS unknown_lately
"""
_REFUSED = """
    SELECT coalesce(data ->> 'code', 'unknown') AS code, count(*)::int AS minutes, max(at) AS last_at
    FROM marketplace_events WHERE type = 'webhook_refused' AND salon_id IS NULL AND at > %s
    GROUP BY 1 ORDER BY 2 DESC, 1
"""
_CONTENTS = f"""
    SELECT {_ROW}, w.body, w.digest, w.application_id, w.story_after, i.generation,
        coalesce(i.is_newest AND i.closed_at IS NULL, false) AS is_current_install
    FROM {_WITH_SALON} LEFT JOIN installs i ON i.id = w.install_id WHERE w.id = %s
"""
_CAUSED = """
    SELECT e.id AS event_id, e.at, e.type, i.generation, e.data FROM marketplace_events e
    LEFT JOIN installs i ON i.id = e.install_id
    WHERE e.salon_id = %s AND e.id > %s AND e.at <= %s ORDER BY e.id LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class _Look:
    """Where a page looks: the statement that yields its rows, what that is given, and after how many it stops."""

    statement: str
    values: tuple[Any, ...]
    most: int


class InboxDeskStore:
    """Reads the inbox for staff, and has a webhook worked anew; that tells its event and the audit."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def page(self, selection: WebhookSelection, after: InboxPosition | None, limit: int) -> InboxPage:
        """Return the newest webhooks that match past a position, and how far the look for them went.

        Fewer than `limit` rows with a `looked_to` mean that there may be more beyond it.
        """

        def work(tx: Transaction) -> InboxPage:
            cursor, newest_id = newest_event(tx), tx.sql(_NEWEST_ID)[0]["newest_id"]
            start = after or _above_all(tx, selection)
            look = _look(selection, start)
            matches, values = _matching(selection)
            asked = _PAGE.format(looked=look.statement, matches=matches)
            here = start.received_at, start.webhook_id
            rows = [_record(row) for row in tx.sql(asked, *look.values, *values, *here, limit + 1)]
            if len(rows) > limit:
                return InboxPage(rows[:limit], rows[limit - 1].position, newest_id, cursor)
            return InboxPage(rows, _end_of(tx, look), newest_id, cursor)

        return await self._storage.read(work)

    async def rows(
        self, selection: WebhookSelection, webhook_ids: Sequence[int]
    ) -> tuple[Sequence[WebhookRecord], int]:
        """Of some webhooks, return those that match, and the event number they are at least as new as."""
        matches, values = _matching(selection)
        statement = f"SELECT {_ROW} FROM {_WITH_SALON} WHERE w.id = ANY(%s) AND {matches}"

        def work(tx: Transaction) -> tuple[Sequence[WebhookRecord], int]:
            cursor = newest_event(tx)
            return [_record(row) for row in tx.sql(statement, list(webhook_ids), *values)], cursor

        return await self._storage.read(work)

    async def newer(self, selection: WebhookSelection, after_id: int, limit: int) -> NewlyCome:
        """Of the `limit` webhooks that came next after a number, return the numbers of those that match."""
        matches, values = _matching(selection)
        statement = _NEWER.format(matches=matches)
        found = await self._storage.read(lambda tx: tx.sql(statement, *values, after_id, limit + 1))
        looked = found[:limit]
        wanted = [int(row["id"]) for row in looked if row["is_wanted"]]
        return NewlyCome(wanted, int(looked[-1]["id"]) if looked else after_id, len(found) > limit)

    async def tally(self) -> InboxTally:
        """Count what calls for a look, each up to `COUNT_AT_MOST`, and what was refused within the last day."""

        def work(tx: Transaction) -> InboxTally:
            cursor, most, since = newest_event(tx), COUNT_AT_MOST, tx.now - LATELY
            row = tx.sql(_TALLY, most, most, since, most)[0]
            refused = [RefusedLately(**each) for each in tx.sql(_REFUSED, since)]
            return InboxTally(**row, refused=refused, cursor=cursor)

        return await self._storage.read(work)

    async def contents(self, webhook_id: int) -> tuple[WebhookContents, int]:
        """Return one webhook with everything, and the event it is at least as new as. Raises webhook_not_found."""

        def work(tx: Transaction) -> tuple[WebhookContents, int]:
            cursor = newest_event(tx)
            found = tx.sql(_CONTENTS, webhook_id)
            if not found:
                raise GatewayError("webhook_not_found")
            row = found[0]
            story_after, rest = row.pop("story_after"), {name: row.pop(name) for name in _BEYOND_ROW}
            record = _record(row)
            caused = _caused(tx, record, story_after)
            return WebhookContents(row=record, **rest, caused=caused), cursor

        return await self._storage.read(work)

    async def replay(self, webhook_id: int) -> None:
        """Make a webhook due for a new attempt now, after the older ones of its salon that wait.

        Its attempts count on, its three days begin anew. Raises webhook_not_found and the codes of `why_not_replayed`.
        """
        statement = """
            SELECT id, kind, state, event, salon_id, outcome, attempts FROM webhook_inbox WHERE id = %s FOR UPDATE
        """

        def work(tx: Transaction) -> None:
            found = tx.sql(statement, webhook_id)
            if not found:
                raise GatewayError("webhook_not_found")
            row = found[0]
            refusal = why_not_replayed(WebhookKind(row["kind"]), WebhookState(row["state"]))
            if refusal is not None:
                raise GatewayError(refusal)
            _set_pending(tx, row)

        await self._storage.write(work)


_BEYOND_ROW = ("body", "digest", "application_id", "generation", "is_current_install")


def _set_pending(tx: Transaction, row: dict[str, Any]) -> None:
    tx.count(
        "UPDATE webhook_inbox SET state = 'pending', outcome = NULL, error = NULL, processed_at = NULL, "
        "install_id = NULL, story_after = NULL, next_attempt_at = %s, replayed_at = %s, claimed_by = NULL, "
        "claimed_until = NULL WHERE id = %s",
        tx.now, tx.now, row["id"],
    )  # fmt: skip
    named = {"webhook_id": row["id"], "event": row["event"]}
    tx.append("webhook_replayed", salon_id=row["salon_id"], **named, was=row["outcome"] or row["state"])
    was = {"state": row["state"], "outcome": row["outcome"], "attempts": row["attempts"]}
    tx.tell(
        before=named | was,
        after=named | was | {"state": "pending", "outcome": None},
        salon_id=row["salon_id"],
    )
    tx.sql(f"SELECT pg_notify('{INBOX_CHANNEL}', '')")


def _caused(tx: Transaction, row: WebhookRecord, story_after: int | None) -> Sequence[StoryRecord]:
    """Return what the salon's story tells of the time in which the webhook was worked."""
    if row.salon_id is None or story_after is None:
        return ()
    found = tx.sql(_CAUSED, row.salon_id, story_after, row.processed_at or tx.now, CAUSED_AT_MOST)
    return [StoryRecord(**each) for each in found]


def _above_all(tx: Transaction, selection: WebhookSelection) -> InboxPosition:
    """Return a position before the first row there can be: clocks of several machines may differ a little."""
    return InboxPosition(selection.until or tx.now + timedelta(days=1), _BELOW_ALL)


def _end_of(tx: Transaction, look: _Look) -> InboxPosition | None:
    """Return where the look ended, or None when there is nothing beyond."""
    found = tx.sql(_END.format(looked=look.statement), *look.values)
    if not found or found[0]["looked"] < look.most:
        return None
    return InboxPosition(found[0]["received_at"], found[0]["id"])


def _look(selection: WebhookSelection, start: InboxPosition) -> _Look:
    """Return where to look: in the smallest index that holds everything that can match."""
    known = ["received_at <= %s", "(received_at, id) < (%s, %s)"]
    values: list[Any] = [start.received_at, start.received_at, start.webhook_id]
    if selection.since is not None:
        known.append("received_at >= %s")
        values.append(selection.since)
    if _is_open_only(selection):
        known.append("state <> 'done'")
    elif selection.salon_id is not None:
        condition = " AND ".join(["salon_id = %s", *known])
        return _Look(
            _OF_SALON.format(condition=condition),
            (start.received_at, selection.salon_id, *values),
            LOOK_OF_SALON,
        )
    elif _is_rare_only(selection):
        known.append("kind <> 'entity'")
    return _Look(_IN_ORDER.format(condition=" AND ".join(known)), tuple(values), LOOK)


def _is_open_only(selection: WebhookSelection) -> bool:
    return bool(selection.states) and WebhookState.DONE not in selection.states


def _is_rare_only(selection: WebhookSelection) -> bool:
    """Whether no entity notice can match: the name of every one of them has a point in it."""
    if selection.kinds and WebhookKind.ENTITY not in selection.kinds:
        return True
    if selection.outcomes and _NOT_OF_ENTITIES.issuperset(selection.outcomes):
        return True
    return bool(selection.event) and "." not in selection.event


def _matching(selection: WebhookSelection) -> tuple[str, tuple[Any, ...]]:
    """Return the whole filter as a condition on `w`, and its values."""
    conditions, values = ["true"], list[Any]()
    for name, wanted in (
        ("kind", selection.kinds), ("state", selection.states), ("proof", selection.proofs),
        ("outcome", selection.outcomes),
    ):  # fmt: skip
        if wanted:
            conditions.append(f"coalesce(w.{name}, '') = ANY(%s)")
            values.append([str(each) for each in wanted])
    for condition, value in (
        ("w.salon_id IS NOT DISTINCT FROM %s", selection.salon_id), ("w.event = %s", selection.event or None),
        ("w.received_at >= %s", selection.since), ("w.received_at < %s", selection.until),
    ):  # fmt: skip
        if value is not None:
            conditions.append(condition)
            values.append(value)
    return "(" + " AND ".join(conditions) + ")", tuple(values)


def _record(row: dict[str, Any]) -> WebhookRecord:
    known = {
        "kind": WebhookKind(row["kind"]), "proof": WebhookProof(row["proof"]), "state": WebhookState(row["state"]),
    }  # fmt: skip
    return WebhookRecord(**row | known)
