"""Where a person's phone, or a salon, is found in what we keep.

Phones are kept sealed or masked, so there is no index to ask: every sealed account, pairing phone and waiting message
is opened and compared, and the bodies of webhooks are read through. That takes as long as there is data.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.domain.phones import split_jid
from gateway.storage.database import Storage, Transaction
from gateway.storage.inbox_store import ALL_HOURS, hour_of
from gateway.storage.sealed_columns import SEALED, SealedColumn
from gateway.storage.secret_box import SealError, SecretBox

PAGE = 1000
_WITH_PHONES = (
    "account_sealed", "earlier_account_sealed", "code_phone_sealed", "payload_sealed", "content_sealed",
)  # fmt: skip
_OF_SALON = {
    "companies": "yclients_id = %s",
    "install_search": "install_id IN (SELECT id FROM installs WHERE salon_id = %s)",
    "installs": "salon_id = %s",
    "marketplace_events": "salon_id = %s",
    "webhook_inbox": f"{hour_of('received_at')} IN ({ALL_HOURS}) AND salon_id = %s",
    "whatsapp_sessions": "salon_id = %s",
    "whatsapp_sends": "salon_id = %s",
    "whatsapp_hints": "salon_id = %s",
    "whatsapp_messages": "salon_id = %s",
    "partner_attempts": "call_id IN (SELECT c.id FROM partner_calls c JOIN installs i ON i.id = c.install_id "
    "WHERE i.salon_id = %s)",
    "audit_log": "salon_id = %s",
}


@dataclass(frozen=True, slots=True)
class Found:
    """Something that was found: where, of which salon, how often."""

    place: str
    salon_id: int | None
    count: int


class PersonFinder:
    """Looks, and tells places and counts alone."""

    def __init__(self, storage: Storage, box: SecretBox | None) -> None:
        self._storage = storage
        self._box = box

    async def by_salon(self, salon_id: int) -> Sequence[Found]:
        """Count what is kept of a salon, table by table."""

        def work(tx: Transaction) -> Sequence[Found]:
            counts = {
                table: tx.sql(f"SELECT count(*) AS count FROM {table} WHERE {condition}", salon_id)[0][
                    "count"
                ]
                for table, condition in _OF_SALON.items()
            }
            return [Found(table, salon_id, count) for table, count in counts.items() if count]

        return await self._storage.read(work)

    async def by_phone(self, digits: str) -> Sequence[Found]:
        """Find a phone, given as international digits without a plus, in everything that can hold one."""
        found: Counter[tuple[str, int | None]] = Counter()
        for column in SEALED:
            if column.column in _WITH_PHONES and self._box is not None:
                found.update(await self._sealed(column, digits, self._box))
        found.update(await self._webhooks(digits))
        return [Found(place, salon_id, count) for (place, salon_id), count in sorted(found.items(), key=str)]

    async def _sealed(
        self, column: SealedColumn, digits: str, box: SecretBox
    ) -> Counter[tuple[str, int | None]]:
        found: Counter[tuple[str, int | None]] = Counter()
        after: tuple[Any, ...] = (0, *[""] * (len(column.key) - 1))
        place = f"{column.table}.{column.column}"
        names = ", ".join(column.key)
        marks = ", ".join(["%s"] * len(column.key))
        statement = f"""
            SELECT {names}, {column.column} AS sealed FROM {column.table}
            WHERE ({names}) > ({marks}) AND {column.column} IS NOT NULL ORDER BY {names} LIMIT {PAGE}
        """
        while rows := await self._page(statement, after):
            after = tuple(rows[-1][name] for name in column.key)
            for row in rows:
                if digits in _phones(box, column, row):
                    found[place, row["salon_id"]] += 1
        return found

    async def _webhooks(self, digits: str) -> Counter[tuple[str, int | None]]:
        """Read the bodies through; a phone is written with or without its country code and signs."""
        found: Counter[tuple[str, int | None]] = Counter()
        local, last = digits[-10:], 0
        statement = f"""
            SELECT id, salon_id, strpos(regexp_replace(body, '[-+ ()]', '', 'g'), %s) > 0 AS is_in FROM webhook_inbox
            WHERE id > %s ORDER BY id LIMIT {PAGE}
        """
        while rows := await self._page(statement, (local, last)):
            last = rows[-1]["id"]
            for row in rows:
                found["webhook_inbox.body", row["salon_id"]] += bool(row["is_in"])
        return +found

    async def _page(self, statement: str, parameters: tuple[Any, ...]) -> list[dict[str, Any]]:
        return await self._storage.read(lambda tx: tx.sql(statement, *parameters))


def _phones(box: SecretBox, column: SealedColumn, row: dict[str, Any]) -> Iterator[str]:
    """Yield the phones inside one sealed value; none when it does not open."""
    try:
        plain = box.open(bytes(row["sealed"]), column.context(row)).decode()
    except SealError:
        return
    if column.column == "code_phone_sealed":
        yield plain
    elif column.column == "payload_sealed":
        yield json.loads(plain)[0]
    elif column.column == "content_sealed":
        yield split_jid(json.loads(plain)[0]).phone or ""
    else:
        yield split_jid(json.loads(plain)["jid"]).phone or ""
