"""Staff and what they wanted: members with the digests of their tokens, and the idempotency keys of their commands."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from gateway.application.records import CommandClaim, StaffMember, StaffRecord
from gateway.domain.errors import GatewayError
from gateway.storage.database import Storage, Transaction
from shared.vocabulary import StaffRole

TOUCH_EVERY_S = 60
CLAIM_S = 60
KEEP_DAYS = 7
_COLUMNS = "id AS staff_id, name, role, created_at, expires_at, last_used_at, revoked_at, key_id"


class StaffStore:
    """The members of staff; a revoked one stays, for the audit names them.

    Names are compared without case by Python: a database's idea of case depends on how it was set up.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def add(
        self, name: str, role: StaffRole, digest: bytes, expires_at: datetime | None, *, key_id: str
    ) -> StaffRecord:
        """Add a member. Raises GatewayError staff_name_taken while a member of that name is not revoked."""

        def work(tx: Transaction) -> StaffRecord:
            rows = tx.sql(
                "INSERT INTO staff (name, name_key, role, token_digest, created_at, expires_at, key_id) "
                "VALUES (%s, %s, %s, %s, %s, %s, %s) "
                f"ON CONFLICT (name_key) WHERE revoked_at IS NULL DO NOTHING RETURNING {_COLUMNS}",
                name, name.casefold(), role.value, digest, tx.now, expires_at, key_id,
            )  # fmt: skip
            if not rows:
                raise GatewayError("staff_name_taken")
            added = _record(rows[0])
            tx.append("staff_added", staff_id=added.staff_id, role=role.value)
            until = expires_at.isoformat() if expires_at else None
            tx.tell(before={}, after={"staff_id": added.staff_id, "role": role.value, "expires_at": until})
            return added

        return await self._storage.write(work)

    async def by_digests(self, digests: Sequence[bytes]) -> tuple[StaffRecord, bytes] | None:
        """Return whose token has one of these digests, and which; the digests are of one token by several keys."""
        statement = f"SELECT {_COLUMNS}, token_digest FROM staff WHERE token_digest = ANY(%s::bytea[])"
        rows = await self._storage.read(lambda tx: tx.sql(statement, list(digests)))
        if not rows:
            return None
        digest = bytes(rows[0].pop("token_digest"))
        return _record(rows[0]), digest

    async def redigest(self, staff_id: int, known: bytes, digest: bytes, key_id: str) -> None:
        """Keep a token by another digest from now on, unless it is not `known` by this one any more."""
        statement = "UPDATE staff SET token_digest = %s, key_id = %s WHERE id = %s AND token_digest = %s"
        await self._storage.write(lambda tx: tx.count(statement, digest, key_id, staff_id, known))

    async def get(self, staff_id: int) -> StaffRecord | None:
        """Return a member."""
        rows = await self._read(f"SELECT {_COLUMNS} FROM staff WHERE id = %s", staff_id)
        return rows[0] if rows else None

    async def by_name(self, name: str) -> StaffRecord | None:
        """Return the member of this name who is not revoked."""
        rows = await self._read(
            f"SELECT {_COLUMNS} FROM staff WHERE name_key = %s AND revoked_at IS NULL", name.casefold()
        )
        return rows[0] if rows else None

    async def list(self, *, include_revoked: bool) -> Sequence[StaffRecord]:
        """Return the members by name."""
        which = "" if include_revoked else "WHERE revoked_at IS NULL"
        return await self._read(f"SELECT {_COLUMNS} FROM staff {which} ORDER BY name_key, id")

    async def some(self, staff_ids: Iterable[int]) -> Sequence[StaffRecord]:
        """Return these members."""
        return await self._read(f"SELECT {_COLUMNS} FROM staff WHERE id = ANY(%s)", sorted(staff_ids))

    async def revoke(self, staff_id: int) -> StaffRecord | None:
        """Take a member's token away; None when there is no such member. Revoking twice changes nothing."""

        def work(tx: Transaction) -> StaffRecord | None:
            rows = tx.sql(f"SELECT {_COLUMNS} FROM staff WHERE id = %s FOR UPDATE", staff_id)
            if not rows or rows[0]["revoked_at"] is not None:
                return _record(rows[0]) if rows else None
            tx.sql("UPDATE staff SET revoked_at = %s WHERE id = %s", tx.now, staff_id)
            tx.append("staff_revoked", staff_id=staff_id)
            after = {"staff_id": staff_id, "revoked_at": tx.now.isoformat()}
            tx.tell(before={"staff_id": staff_id, "revoked_at": None}, after=after)
            return _record(rows[0] | {"revoked_at": tx.now})

        return await self._storage.write(work)

    async def touch(self, staff_id: int) -> None:
        """Note that a token was used, at most once a minute."""

        def work(tx: Transaction) -> None:
            tx.count(
                "UPDATE staff SET last_used_at = %s WHERE id = %s AND (last_used_at IS NULL OR last_used_at <= %s)",
                tx.now, staff_id, tx.now - timedelta(seconds=TOUCH_EVERY_S),
            )  # fmt: skip

        await self._storage.write(work)

    async def _read(self, statement: str, *parameters: Any) -> Sequence[StaffRecord]:
        return await self._storage.read(lambda tx: [_record(row) for row in tx.sql(statement, *parameters)])


class CommandStore:
    """The idempotency keys of commands: claimed before the work, done with it, answered from afterwards.

    A claim whose process died runs out after a minute and is then anybody's who brings the same key. Keys are kept for
    a week.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def claim(
        self, member: StaffMember, key: str, operation: str, digest: bytes, others: Sequence[bytes] = ()
    ) -> CommandClaim:
        """Claim a key for a command, or return what is known of whoever claimed it before.

        `others` are what the same input was digested to under another secret.
        """

        def work(tx: Transaction) -> CommandClaim:
            until, too_old = tx.now + timedelta(seconds=CLAIM_S), tx.now - timedelta(days=KEEP_DAYS)
            tx.count("DELETE FROM staff_commands WHERE at < %s", too_old)  # nobody repeats those any more
            tx.sql(
                "INSERT INTO staff_commands (staff_id, idempotency_key, operation, input_digest, at, claimed_until) "
                "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                member.staff_id, key, operation, digest, tx.now, tx.now,
            )  # fmt: skip
            taken = tx.sql(
                "UPDATE staff_commands SET claimed_until = %s WHERE staff_id = %s AND idempotency_key = %s "
                "AND done_at IS NULL AND claimed_until <= %s AND operation = %s "
                "AND input_digest = ANY(%s::bytea[]) RETURNING 1 AS one",
                until, member.staff_id, key, tx.now, operation, [digest, *others],
            )  # fmt: skip
            rows = tx.sql(
                "SELECT operation, input_digest, done_at IS NOT NULL AS is_done, claimed_until > %s AS is_live, answer "
                "FROM staff_commands WHERE staff_id = %s AND idempotency_key = %s",
                tx.now, member.staff_id, key,
            )  # fmt: skip
            if not rows:  # let go of in between: whoever asks again will find it free
                return CommandClaim(operation, digest, is_live=True)
            known = rows[0] | {"input_digest": bytes(rows[0]["input_digest"])}
            return CommandClaim(is_ours=bool(taken), **known)

        return await self._storage.write(work)

    async def finish(self, member: StaffMember, key: str, answer: Mapping[str, Any] | None) -> None:
        """Keep what a command that was carried out is answered with, for repeats."""
        await self._write(
            "UPDATE staff_commands SET answer = %s::jsonb, claimed_until = at "
            "WHERE staff_id = %s AND idempotency_key = %s AND done_at IS NOT NULL",
            None if answer is None else json.dumps(answer), member.staff_id, key,
        )  # fmt: skip

    async def release(self, member: StaffMember, key: str) -> None:
        """Let go of a claim whose command was not carried out, so that the same key may be tried again."""
        await self._write(
            "DELETE FROM staff_commands WHERE staff_id = %s AND idempotency_key = %s AND done_at IS NULL",
            member.staff_id, key,
        )  # fmt: skip
        await self.finish(member, key, None)

    async def _write(self, statement: str, *parameters: Any) -> None:
        await self._storage.write(lambda tx: tx.count(statement, *parameters))


def _record(row: Mapping[str, Any]) -> StaffRecord:
    return StaffRecord(**{**row, "role": StaffRole(row["role"])})
