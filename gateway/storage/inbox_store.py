"""The webhook inbox: insert and commit first, then claim in each salon's own order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from gateway.application.records import ClaimedWebhook, NewWebhook
from gateway.storage.database import Storage, Transaction

LEASE_S = 30
COLLAPSE_WITHIN_S = 60
INBOX_CHANNEL = "webhook_inbox"


def hour_of(moment: str) -> str:
    """Return SQL for the hour in which a moment lies: what the index of the inbox begins with, then salon and digest.

    By hours, because then only the index' last part is written to, however many salons and rows there are.
    """
    return f"date_bin('1 hour', {moment}, '2000-01-01 00:00:00+00')"


def hours_before(moment: str) -> str:
    """Return SQL for the hours in which a repeat of what came at a moment can lie, as an array."""
    return f"ARRAY[{hour_of(moment)}, {hour_of(f'{moment} - make_interval(secs => {COLLAPSE_WITHIN_S})')}]"


ALL_HOURS = f"""
    SELECT hour FROM (SELECT min(received_at) AS first, max(received_at) AS last FROM webhook_inbox) all_there_are,
        generate_series({hour_of("first")}, last, interval '1 hour') AS hour
"""
"""SQL for every hour of which the inbox may hold something: a salon's webhooks are looked for in each."""

# One statement and one commit for however many. An entity notice is only kept, so it is written down as done: there is
# nothing to claim and no row to write a second time. It names no install either: to point at one is to lock it, and the
# door waits for nobody. Only what has to be worked wakes the workers.
_ACCEPT = f"""
    WITH taken AS (
        INSERT INTO webhook_inbox (received_at, next_attempt_at, peer, proof, kind, event, salon_id, application_id,
            resource_id, body, digest, sign_state, delivery_id, attempts, state, processed_at, outcome)
        SELECT g.received_at, g.received_at, g.peer, g.proof, g.kind, g.event, g.salon_id, g.application_id,
            g.resource_id, g.body, g.digest, g.sign_state, g.delivery_id, 0,
            CASE g.kind WHEN 'entity' THEN 'done' ELSE 'pending' END,
            CASE g.kind WHEN 'entity' THEN g.received_at END,
            CASE WHEN g.kind <> 'entity' THEN NULL
                 WHEN g.is_again OR EXISTS (
                     SELECT 1 FROM webhook_inbox e
                     WHERE {hour_of("e.received_at")} = ANY({hours_before("g.received_at")})
                     AND e.salon_id = g.salon_id AND e.digest = g.digest AND e.outcome = 'kept'
                     AND e.received_at >= g.received_at - make_interval(secs => {COLLAPSE_WITHIN_S}))
                 THEN 'repeated' ELSE 'kept' END
        FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[],
                $8::text[], $9::text[], $10::bytea[], $11::text[], $12::uuid[], $13::boolean[])
            WITH ORDINALITY AS g (received_at, peer, proof, kind, event, salon_id, application_id, resource_id, body,
                digest, sign_state, delivery_id, is_again, place)
        ORDER BY g.place
        ON CONFLICT DO NOTHING
        RETURNING state
    )
    SELECT pg_notify('{INBOX_CHANNEL}', '') FROM taken WHERE state = 'pending' LIMIT 1
"""
# Only a salon's oldest waiting webhook may be claimed, and none while a newer one is in hand, for an older one may have
# been made to wait again: two of one salon never run at once or out of order. Asked for each salon by itself (LIMIT):
# as a join the planner reads through an index of all that is open, and of all that was until the next vacuum.
_CLAIM = """
    UPDATE webhook_inbox SET claimed_by = %s, claimed_until = now() + make_interval(secs => %s),
        attempts = attempts + 1,
        story_after = coalesce(story_after, (SELECT c.version FROM companies c WHERE c.yclients_id = salon_id))
    WHERE id IN (
        SELECT i.id FROM webhook_inbox i
        WHERE i.state = 'pending' AND i.kind = 'lifecycle' AND i.next_attempt_at <= %s
          AND (i.claimed_until IS NULL OR i.claimed_until < now())
          AND (
              SELECT e.id FROM webhook_inbox e
              WHERE e.state = 'pending' AND e.kind = 'lifecycle' AND e.salon_id = i.salon_id
                AND (e.id < i.id OR e.id > i.id AND e.claimed_until >= now())
              LIMIT 1) IS NULL
        ORDER BY i.next_attempt_at, i.id LIMIT %s FOR UPDATE SKIP LOCKED
    )
    RETURNING id
"""
# A byte-identical body within a minute before adds nothing, if it took effect, met the same install generation, and
# that install has not moved since: what is frozen again after a payment is frozen anew. What staff have worked anew is
# worked, whatever came before it.
_CLAIMED = f"""
    SELECT w.id AS webhook_id, w.received_at, w.event, w.salon_id, w.application_id, w.body, w.sign_state,
        w.attempts, w.replayed_at,
        (SELECT e.id FROM webhook_inbox e
         WHERE w.replayed_at IS NULL AND {hour_of("e.received_at")} = ANY({hours_before("w.received_at")})
           AND e.salon_id = w.salon_id AND e.digest = w.digest AND e.id < w.id
           AND e.state = 'done' AND e.outcome IN ('applied', 'kept')
           AND e.received_at >= w.received_at - make_interval(secs => {COLLAPSE_WITHIN_S})
           AND e.install_id IS NOT DISTINCT FROM (
               SELECT i.id FROM installs i JOIN companies c ON c.id = i.company_id
               WHERE c.yclients_id = w.salon_id ORDER BY i.generation DESC LIMIT 1)
           AND NOT EXISTS (SELECT 1 FROM installs i WHERE i.id = e.install_id AND i.partner_since > e.processed_at)
         ORDER BY e.id DESC LIMIT 1) AS repeats
    FROM webhook_inbox w WHERE w.id = ANY(%s) ORDER BY w.id
"""

# What only has to be kept needs no work outside the database, so many are settled at once and in no one's hands.
_SETTLE = f"""
    WITH due AS (
        SELECT id, salon_id, digest, received_at FROM webhook_inbox
        WHERE state = 'pending' AND kind <> 'lifecycle' AND next_attempt_at <= %s
        ORDER BY next_attempt_at, id LIMIT %s FOR UPDATE SKIP LOCKED
    ), judged AS (
        SELECT d.id, i.id AS install_id, EXISTS (
            SELECT 1 FROM webhook_inbox e
            WHERE {hour_of("e.received_at")} = ANY({hours_before("d.received_at")})
              AND e.salon_id = d.salon_id AND e.digest = d.digest AND e.id < d.id
              AND e.received_at >= d.received_at - make_interval(secs => {COLLAPSE_WITHIN_S})
              AND (e.id IN (SELECT id FROM due)
                   OR e.state = 'done' AND e.outcome = 'kept' AND e.install_id IS NOT DISTINCT FROM i.id)
        ) AS is_repeat
        FROM due d LEFT JOIN installs i ON i.salon_id = d.salon_id AND i.is_newest
    )
    UPDATE webhook_inbox w SET state = 'done', outcome = CASE WHEN j.is_repeat THEN 'repeated' ELSE 'kept' END,
        install_id = j.install_id, processed_at = %s, attempts = w.attempts + 1, error = NULL,
        claimed_by = NULL, claimed_until = NULL
    FROM judged j WHERE w.id = j.id RETURNING w.id, w.salon_id, w.event, w.outcome
"""


class InboxStore:
    """Accepts webhooks durably and hands them to workers."""

    def __init__(self, storage: Storage, owner: str) -> None:
        self._storage = storage
        self._owner = owner

    async def accept(self, *webhooks: NewWebhook) -> None:
        """Commit webhooks, in this order; only after this may the sender be told 200.

        One whose delivery id is there already has been committed before and is left as it is. An entity notice is kept
        and done with, as `kept` or, when its bytes were kept within the last minute, as `repeated`.
        """
        now = self._storage.now()
        seen: set[tuple[int | None, bytes]] = set()
        rows = (_row(webhook, now, seen) for webhook in webhooks)
        await self._storage.statement(_ACCEPT, *map(list, zip(*rows, strict=True)))

    async def claim_due(self, limit: int) -> Sequence[ClaimedWebhook]:
        """Claim up to `limit` due webhooks that may change something, at most one of each salon."""

        def work(tx: Transaction) -> Sequence[ClaimedWebhook]:
            ids = [row["id"] for row in tx.sql(_CLAIM, self._owner, LEASE_S, tx.now, limit)]
            if not ids:
                return []
            return [ClaimedWebhook(**row) for row in tx.sql(_CLAIMED, ids)]

        return await self._storage.write(work)

    async def settle_kept(self, limit: int) -> int:
        """Finish up to `limit` webhooks that are only kept, and return how many; a few events tell of all of them."""

        def work(tx: Transaction) -> int:
            rows = tx.sql(_SETTLE, tx.now, limit, tx.now)
            told = Counter(
                (row["salon_id"], row["event"], row["outcome"]) for row in sorted(rows, key=_by_id)
            )
            for (salon_id, event, outcome), count in told.items():
                tx.append(
                    "webhook_processed", salon_id=salon_id, is_note=True, event=event, outcome=outcome, count=count
                )  # fmt: skip
            return len(rows)

        return await self._storage.write(work)

    async def renew(self, webhook: ClaimedWebhook) -> bool:
        """Extend the lease; False means that another worker has taken the webhook."""
        statement = """
            UPDATE webhook_inbox SET claimed_until = now() + make_interval(secs => %s)
            WHERE id = %s AND claimed_by = %s AND state = 'pending'
        """
        parameters = (LEASE_S, webhook.webhook_id, self._owner)
        return await self._storage.write(lambda tx: tx.count(statement, *parameters)) == 1

    async def release(self, webhook: ClaimedWebhook) -> None:
        """Give a claimed webhook back untouched, due at once."""
        statement = """
            UPDATE webhook_inbox SET claimed_by = NULL, claimed_until = NULL
            WHERE id = %s AND claimed_by = %s AND state = 'pending'
        """
        await self._storage.write(lambda tx: tx.count(statement, webhook.webhook_id, self._owner))

    async def finish(self, webhook: ClaimedWebhook, outcome: str, install_id: int | None) -> None:
        """Record what the webhook changed; it is kept for people to read."""

        def work(tx: Transaction) -> None:
            tx.count(
                "UPDATE webhook_inbox SET state = 'done', outcome = %s, install_id = %s, processed_at = %s, "
                "error = NULL, claimed_by = NULL, claimed_until = NULL "
                "WHERE id = %s AND claimed_by = %s AND state = 'pending'",
                outcome, install_id, tx.now, webhook.webhook_id, self._owner,
            )  # fmt: skip
            tx.append("webhook_processed", salon_id=webhook.salon_id, event=webhook.event, outcome=outcome)

        await self._storage.write(work)

    async def retry_later(
        self, webhook: ClaimedWebhook, delay_s: float, error: str, *, give_up: bool = False
    ) -> None:
        """Put a webhook back for `delay_s`, or lay it aside for staff when `give_up`."""

        def work(tx: Transaction) -> None:
            tx.count(
                "UPDATE webhook_inbox SET state = %s, next_attempt_at = %s, error = %s, claimed_by = NULL, "
                "claimed_until = NULL WHERE id = %s AND claimed_by = %s AND state = 'pending'",
                "dead" if give_up else "pending", tx.now + timedelta(seconds=delay_s), error,
                webhook.webhook_id, self._owner,
            )  # fmt: skip
            if give_up:
                tx.append("webhook_laid_aside", salon_id=webhook.salon_id, event=webhook.event, error=error)

        await self._storage.write(work)


def _by_id(row: dict[str, Any]) -> int:
    return int(row["id"])


def _row(webhook: NewWebhook, received_at: datetime, seen: set[tuple[int | None, bytes]]) -> tuple[Any, ...]:
    """Return the columns that `_ACCEPT` is given, in its order; the last is whether its salon sent it before it."""
    told = webhook.salon_id, webhook.digest
    is_again = webhook.salon_id is not None and told in seen
    seen.add(told)
    return (
        webhook.received_at or received_at, webhook.peer, webhook.proof, webhook.kind, webhook.event, webhook.salon_id,
        webhook.application_id, webhook.resource_id, webhook.body, webhook.digest, webhook.sign_state,
        webhook.delivery_id, is_again,
    )  # fmt: skip
