"""What is known of YCLIENTS as a whole and of all that waits for it; shared by every process."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.application.records import Outlook
from gateway.storage.call_store import DUE, FRESH_S, UNCONFIRMED
from gateway.storage.database import Storage, Transaction

BULK_FROM = 50
"""So many activations waiting for long are confirmed by the list: a page of it costs what one status read costs."""

PULLED_AT_ONCE = 50
DUE_AT_MOST = 200
"""Work for about a minute; more is not made due at once, so that what comes due has its turn soon."""

AWAY_PROBE_EVERY_S = 15
LIST_EVERY_S = 120
"""How often the whole list is read while many wait: ten pages every two minutes are a fortieth of the budget."""

LIST_SOON_S = 10
"""The same when nothing else is due: what is unconfirmed then has nothing to wait for."""

LIST_USELESS_S = 300
LIST_PROVED_S = 6 * 3600

_WAITS_LONG = (
    "state = 'waiting' AND NOT confirm_singly AND kind = 'activate' "
    f"AND created_at <= %s::timestamptz - make_interval(secs => {FRESH_S})"
)
_CLAIMABLE = (
    "state = 'waiting' AND next_attempt_at <= %s "
    "AND NOT (%s::boolean AND outcome_unknown AND NOT confirm_singly)"
)
_OUTLOOK = f"""
    SELECT refused_fingerprint, away_since IS NOT NULL AS is_away,
        coalesce(list_useless_at > now() - make_interval(secs => {LIST_USELESS_S}), false) AS is_list_useless,
        (SELECT count(*) FROM (SELECT 1 FROM partner_calls
            WHERE {_WAITS_LONG} AND (outcome_unknown OR next_attempt_at <= %s) LIMIT %s) many) AS waiting,
        EXISTS (SELECT 1 FROM partner_calls WHERE {DUE}) AS has_due
    FROM partner_budget WHERE id = 1
"""
_PULLED_CODES = ("partner_unavailable", "unknown_outcome", "rate_limited", "token_refused")
_PUT_BACK = """
    p.state = 'waiting' AND p.next_attempt_at > %s AND p.error_code = ANY(%s) AND p.updated_at < b.back_at
    AND (p.claimed_until IS NULL OR p.claimed_until < now()) AND NOT (%s::boolean AND p.outcome_unknown)
"""


class BacklogStore:
    """Answers what the workers of the outbox must know before they take up a call."""

    def __init__(self, storage: Storage, token_fingerprint: str) -> None:
        self._storage = storage
        self._token_fingerprint = token_fingerprint

    async def outlook(self) -> Outlook:
        """Return whether YCLIENTS can be called now, and whether so much waits that its list is to confirm it."""
        rows = await self._storage.read(lambda tx: tx.sql(_OUTLOOK, tx.now, tx.now, BULK_FROM, tx.now))
        row = rows[0]
        is_refused = row["refused_fingerprint"] == self._token_fingerprint
        can_list = not (is_refused or row["is_away"] or row["is_list_useless"])
        is_bulk = can_list and row["waiting"] >= BULK_FROM
        return Outlook(is_refused, row["is_away"], is_bulk, row["has_due"])

    async def may_probe(self) -> bool:
        """Take the turn, one each quarter of a minute, to ask whether YCLIENTS is back, if anything waits for it."""
        return await self._turn(
            "away_probe_at", AWAY_PROBE_EVERY_S,
            "away_since IS NOT NULL AND (EXISTS (SELECT 1 FROM partner_calls WHERE state = 'waiting') "
            "OR EXISTS (SELECT 1 FROM webhook_inbox WHERE state = 'pending'))",
        )  # fmt: skip

    async def may_read_list(self) -> bool:
        """Take the turn to confirm by the list, if enough is unconfirmed."""
        statement = (
            f"SELECT (SELECT count(*) FROM partner_calls WHERE {UNCONFIRMED}) AS unconfirmed, "
            f"EXISTS (SELECT 1 FROM partner_calls WHERE {_CLAIMABLE}) AS is_busy"
        )
        row = (await self._storage.read(lambda tx: tx.sql(statement, tx.now, tx.now, True)))[0]
        every_s = LIST_EVERY_S if row["is_busy"] else min(LIST_SOON_S, LIST_EVERY_S)
        return row["unconfirmed"] >= BULK_FROM and await self._turn("list_read_at", every_s, "true")

    async def note_list(self, *, is_useful: bool) -> None:
        """Keep what the list turned out to be: proven to hold no pending salons, or of no use for a while."""
        column = "list_proved_at = now()" if is_useful else "list_useless_at = now(), list_proved_at = NULL"
        await self._storage.write(lambda tx: tx.count(f"UPDATE partner_budget SET {column} WHERE id = 1"))

    async def is_list_proved(self) -> bool:
        """Whether it was shown of late that the list holds no pending salons."""
        statement = (
            f"SELECT coalesce(list_proved_at > now() - make_interval(secs => {LIST_PROVED_S}), false) AS proved "
            "FROM partner_budget WHERE id = 1"
        )
        return bool((await self._storage.read(lambda tx: tx.sql(statement)))[0]["proved"])

    async def not_sent_yet(self, limit: int) -> Sequence[int]:
        """Return salons whose activation waits and was not sent, or had no effect; the newest first."""
        statement = """
            SELECT i.salon_id FROM partner_calls p JOIN installs i ON i.id = p.install_id
            WHERE p.state = 'waiting' AND p.kind = 'activate' AND NOT p.outcome_unknown ORDER BY p.id DESC LIMIT %s
        """
        return await self._storage.read(lambda tx: [row["salon_id"] for row in tx.sql(statement, limit)])

    async def pull_forward(self, *, is_bulk: bool) -> int:
        """Make some calls due that were put back while YCLIENTS was away, the oldest first; returns how many.

        What the list will confirm is not among them, and no more come due than can soon be made.
        """
        return await self._storage.write(lambda tx: _pull(tx, is_bulk))

    async def pull_webhooks(self) -> int:
        """Make every webhook due whose processing was put back; returns how many."""
        statement = (
            "UPDATE webhook_inbox SET next_attempt_at = %s WHERE state = 'pending' AND error IS NOT NULL "
            "AND next_attempt_at > %s AND claimed_by IS NULL"
        )
        return await self._storage.write(lambda tx: tx.count(statement, tx.now, tx.now))

    async def back_at(self) -> str | None:
        """Return what tells one return of YCLIENTS from another, None when it was never away."""
        rows = await self._storage.read(
            lambda tx: tx.sql("SELECT back_at::text AS at FROM partner_budget WHERE id = 1")
        )
        return str(rows[0]["at"]) if rows[0]["at"] else None

    async def _turn(self, column: str, every_s: int, condition: str) -> bool:
        statement = (
            f"UPDATE partner_budget SET {column} = now() WHERE id = 1 AND {condition} "
            f"AND coalesce({column} < now() - make_interval(secs => %s), true)"
        )
        return await self._storage.write(lambda tx: tx.count(statement, every_s)) == 1


def _pull(tx: Transaction, is_bulk: bool) -> int:
    due = tx.sql(
        f"SELECT count(*) AS n FROM partner_calls WHERE {_CLAIMABLE}", tx.now, is_bulk
    )[0]["n"]  # fmt: skip
    room = min(PULLED_AT_ONCE, DUE_AT_MOST - int(due))
    if room <= 0:
        return 0
    put_back = (tx.now, list(_PULLED_CODES), is_bulk)
    salons = tx.sql(
        "SELECT p.id, i.salon_id FROM partner_calls p JOIN installs i ON i.id = p.install_id, partner_budget b "
        f"WHERE {_PUT_BACK} ORDER BY p.id LIMIT %s",
        *put_back, room,
    )  # fmt: skip
    if not salons:
        return 0
    # The lock order of every writer: companies by number, then calls.
    numbers = sorted(row["salon_id"] for row in salons)
    tx.sql("SELECT id FROM companies WHERE yclients_id = ANY(%s) ORDER BY yclients_id FOR UPDATE", numbers)
    pulled = tx.sql(
        "UPDATE partner_calls p SET next_attempt_at = %s FROM partner_budget b, installs i "
        f"WHERE i.id = p.install_id AND p.id = ANY(%s) AND {_PUT_BACK} "
        "RETURNING i.salon_id, i.id AS install_id, i.correlation",
        tx.now, [row["id"] for row in salons], *put_back,
    )  # fmt: skip
    for row in pulled:
        tx.append("call_due_again", **row)
    return len(pulled)
