"""The audit's chain: each act is written with the hash of the one before, so that no row can be altered unseen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Protocol

from gateway.application.records import StaffAct
from gateway.domain.errors import CommandRepeatedError

GENESIS = hashlib.sha256(b"ai-admin audit\x00").digest()
"""What the first row names as the one before it."""

_HASHED = (
    "at",
    "staff_id",
    "staff",
    "role",
    "operation",
    "salon_id",
    "before",
    "after",
    "reason",
    "request_id",
)


class _Statements(Protocol):
    """The part of a transaction that is needed here."""

    now: Any

    def sql(self, statement: str, *parameters: Any) -> list[dict[str, Any]]:
        """Run one statement and return its rows."""


def hash_of(row: Mapping[str, Any], previous: bytes) -> bytes:
    """Return the hash of one row, given the hash of the row before it."""
    said = {name: row[name].isoformat() if name == "at" else row[name] for name in _HASHED}
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(previous + text.encode()).digest()


def mark_done(tx: _Statements, act: StaffAct) -> None:
    """Mark the command of the act's idempotency key as carried out by this transaction.

    Raises CommandRepeatedError, which undoes the transaction, when it has been carried out before.
    """
    if act.idempotency_key is None:
        return
    marked = tx.sql(
        "UPDATE staff_commands SET done_at = %s WHERE staff_id = %s AND idempotency_key = %s AND done_at IS NULL "
        "RETURNING 1 AS one",
        tx.now, act.staff_id, act.idempotency_key,
    )  # fmt: skip
    if not marked:
        raise CommandRepeatedError


def record_act(tx: _Statements, act: StaffAct) -> bytes:
    """Write one act and return the chain's new head; the caller holds the lock that orders all writers."""
    newest = tx.sql("SELECT hash FROM audit_log ORDER BY id DESC LIMIT 1")
    previous = bytes(newest[0]["hash"]) if newest else GENESIS
    row = {name: getattr(act, name) for name in _HASHED if name != "at"} | {"at": tx.now}
    head = hash_of(row, previous)
    tx.sql(
        "INSERT INTO audit_log (at, staff_id, staff, role, operation, salon_id, before, after, reason, request_id, "
        "previous_hash, hash) VALUES (%s, %s, %s, %s, %s, %s, %s::jsonb, %s::jsonb, %s, %s, %s, %s)",
        tx.now, act.staff_id, act.staff, act.role, act.operation, act.salon_id, json.dumps(act.before),
        json.dumps(act.after), act.reason, act.request_id, previous, head,
    )  # fmt: skip
    return head
