"""The outbox as staff see it: pages of the queue, each attempt, and the commands on one call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.application.admin.call_records import (
    AttemptRecord,
    CallRecord,
    CallSelection,
    CallTally,
    QueuePosition,
)
from gateway.domain.calls import ACTIVATE, CallFacts, why_not_retried
from gateway.domain.errors import GatewayError
from gateway.domain.search import search_words
from gateway.storage.database import Storage, Transaction
from gateway.storage.install_store import lock_newest, move_install
from shared.vocabulary import CallState, PartnerState, WhatsappState

FACTS = """
    SELECT p.id AS call_id, p.kind, p.state, p.nonce, p.attempts, p.error_code, p.error_text, p.outcome_unknown,
        p.next_attempt_at, p.first_attempt_at, p.created_at, p.finished_at, p.reason, p.state_rank, p.install_id,
        i.salon_id, i.generation, i.partner_state, i.correlation,
        i.frozen_by_staff_at IS NOT NULL AS is_frozen_by_staff,
        i.is_newest AND i.closed_at IS NULL AS is_current,
        p.state = 'waiting' AND p.claimed_until IS NOT NULL AND p.claimed_until >= now() AS is_being_worked,
        EXISTS (SELECT 1 FROM partner_calls n
                WHERE n.install_id = p.install_id AND n.kind = p.kind AND n.id > p.id) AS is_superseded,
        (SELECT s.state FROM whatsapp_sessions s WHERE s.install_id = i.id) AS whatsapp_state
    FROM partner_calls p JOIN installs i ON i.id = p.install_id
"""
"""What is known of calls, for the rules; goes on with WHERE and is named `f` by those who apply them."""

RETRY_REFUSAL = """
    CASE
        WHEN NOT f.is_current THEN 'install_not_current'
        WHEN f.is_being_worked THEN 'call_being_worked'
        WHEN f.is_superseded OR f.state = 'cancelled' THEN 'call_not_retryable'
        WHEN f.kind <> 'activate' THEN CASE WHEN f.state = 'done' THEN 'call_not_retryable' END
        WHEN f.partner_state = 'frozen' OR f.is_frozen_by_staff THEN 'install_frozen'
        WHEN f.state = 'done' AND f.partner_state <> 'active' THEN 'call_not_retryable'
        WHEN f.whatsapp_state IS NULL OR f.whatsapp_state NOT IN ('connected', 'reconnecting')
            THEN 'whatsapp_not_connected'
    END
"""
"""The same rule as `gateway.domain.calls.why_not_retried`, for many calls at once; a test compares the two."""

BULK_REFUSAL = f"""
    CASE
        WHEN f.kind <> 'activate' THEN 'call_not_retryable'
        WHEN f.state NOT IN ('failed', 'held', 'waiting') THEN 'call_not_failed'
        ELSE {RETRY_REFUSAL}
    END
"""
"""The same rule as `gateway.domain.calls.why_not_in_bulk`."""

_ROWS = """
    SELECT f.*, c.version, c.title, c.city, c.timezone, a.http_status AS last_status, a.latency_ms AS last_latency_ms
    FROM ({facts}) f JOIN companies c ON c.yclients_id = f.salon_id
    LEFT JOIN LATERAL (SELECT http_status, latency_ms FROM partner_attempts
                       WHERE call_id = f.call_id ORDER BY number DESC LIMIT 1) a ON true
    ORDER BY f.state_rank, f.next_attempt_at, f.call_id
"""
_UNFINISHED = (PartnerState.PENDING, PartnerState.REFUSED, PartnerState.EXPIRED)


class CallDeskStore:
    """Reads the outbox for staff and carries out their commands; each tells its event and the audit."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def page(
        self, selection: CallSelection, after: QueuePosition | None, limit: int
    ) -> tuple[Sequence[CallRecord], int]:
        """Return calls in the queue's order past a position, and the event number they are at least as new as."""

        def work(tx: Transaction) -> tuple[Sequence[CallRecord], int]:
            cursor = newest_event(tx)
            return rows_of(tx, selection, after=after, limit=limit), cursor

        return await self._storage.read(work)

    async def tally(self, selection: CallSelection) -> tuple[CallTally, int]:
        """Count the calls by state, whatever states are selected, and the failed ones by code, whatever codes are."""
        anywhere = CallSelection(salon_ids=selection.salon_ids, search=selection.search)
        condition, values = condition_of(anywhere)
        statement = f"""
            SELECT p.state, p.error_code, count(*) AS n
            FROM partner_calls p JOIN installs i ON i.id = p.install_id WHERE {condition}
            GROUP BY 1, 2 ORDER BY 3 DESC, 2
        """

        def work(tx: Transaction) -> tuple[CallTally, int]:
            cursor = newest_event(tx)
            return _tally(tx.sql(statement, *values), selection.error_codes), cursor

        return await self._storage.read(work)

    async def get(self, call_id: int) -> CallRecord:
        """Return one call. Raises call_not_found."""
        return await self._storage.read(lambda tx: _one(tx, call_id))

    async def attempts(self, call_id: int) -> Sequence[AttemptRecord]:
        """Return every attempt of a call, the oldest first."""
        statement = """
            SELECT number, operation, started_at, finished_at, http_status, headers, body_head, latency_ms, failure,
                verdict FROM partner_attempts WHERE call_id = %s ORDER BY number
        """
        rows = await self._storage.read(lambda tx: tx.sql(statement, call_id))
        return [AttemptRecord(**row) for row in rows]

    async def retry(self, call_id: int) -> int:
        """Make a new attempt due now and return the number of the call that makes it.

        Raises call_not_found and the codes of `why_not_retried`.
        """

        def work(tx: Transaction) -> int:
            row = locked(tx, call_id)
            refusal = why_not_retried(facts_of(row))
            if refusal is not None:
                raise GatewayError(refusal)
            again = retry_locked(tx, row)
            tx.tell(
                before=_told(row), after=_told(_facts(tx, again)) | {"nonce": row["nonce"] + 1},
                salon_id=row["salon_id"],
            )  # fmt: skip
            return again

        return await self._storage.write(work)

    async def hold(self, call_id: int, reason: str) -> None:
        """Keep a waiting call from being tried. Raises call_not_found, call_being_worked, call_not_waiting."""

        def work(tx: Transaction) -> None:
            row = locked(tx, call_id)
            if row["is_being_worked"]:
                raise GatewayError("call_being_worked")
            if row["state"] != CallState.WAITING:
                raise GatewayError("call_not_waiting")
            _move(tx, row, "held", "reason = %s", reason, event="call_held")

        await self._storage.write(work)

    async def release(self, call_id: int) -> None:
        """Let a held call go on now. Raises call_not_found, call_not_held."""

        def work(tx: Transaction) -> None:
            row = locked(tx, call_id)
            if row["state"] != CallState.HELD:
                raise GatewayError("call_not_held")
            _move(tx, row, "waiting", "reason = NULL, next_attempt_at = %s", tx.now, event="call_released")

        await self._storage.write(work)

    async def resolve(self, call_id: int, reason: str) -> None:
        """Mark a failed or held call as dealt with; its install stays as it is, for only YCLIENTS makes it active.

        Raises call_not_found, call_not_failed.
        """

        def work(tx: Transaction) -> None:
            row = locked(tx, call_id)
            if row["state"] not in (CallState.FAILED, CallState.HELD):
                raise GatewayError("call_not_failed")
            changes = "reason = %s, finished_at = coalesce(finished_at, %s)"
            _move(tx, row, "resolved", changes, reason, tx.now, event="call_resolved")

        await self._storage.write(work)


def newest_event(tx: Transaction) -> int:
    """Return the newest event's number; what is read after it is at least as new."""
    return int(tx.sql("SELECT coalesce(max(id), 0) AS id FROM marketplace_events")[0]["id"])


def condition_of(selection: CallSelection) -> tuple[str, list[Any]]:
    """Return the condition on `p` and `i` that selects calls, and its parameters."""
    terms: list[str] = ["true"]
    values: list[Any] = []
    lists = (
        ("p.state", [state.value for state in selection.states]), ("p.error_code", list(selection.error_codes)),
        ("i.salon_id", list(selection.salon_ids)), ("p.id", list(selection.call_ids)),
    )  # fmt: skip
    for column, wanted in lists:
        if wanted:
            terms.append(f"{column} = ANY(%s)")
            values.append(wanted)
    for word in search_words(selection.search):
        terms.append("i.search_text LIKE %s")
        values.append(_containing(word))
    return " AND ".join(terms), values


def rows_of(
    tx: Transaction, selection: CallSelection, *, after: QueuePosition | None = None, limit: int
) -> Sequence[CallRecord]:
    """Read calls in the queue's order."""
    condition, values = condition_of(selection)
    if after is not None:
        condition += " AND (p.state_rank, p.next_attempt_at, p.id) > (%s, %s, %s)"
        values += [after.rank, after.due_at, after.call_id]
    facts = f"{FACTS} WHERE {condition} ORDER BY p.state_rank, p.next_attempt_at, p.id LIMIT %s"
    return [_record(row) for row in tx.sql(_ROWS.format(facts=facts), *values, limit)]


def locked(tx: Transaction, call_id: int) -> dict[str, Any]:
    """Lock a call's salon and then the call, and return its facts. Raises call_not_found."""
    salon = tx.sql(
        "SELECT i.salon_id FROM partner_calls p JOIN installs i ON i.id = p.install_id WHERE p.id = %s",
        call_id,
    )
    if not salon:
        raise GatewayError("call_not_found")
    lock_newest(tx, salon[0]["salon_id"])
    tx.sql("SELECT id FROM partner_calls WHERE id = %s FOR UPDATE", call_id)
    return _facts(tx, call_id)


def facts_of(row: dict[str, Any]) -> CallFacts:
    """Return what decides about a call."""
    return CallFacts(
        kind=row["kind"], state=CallState(row["state"]), partner_state=PartnerState(row["partner_state"]),
        whatsapp_state=WhatsappState(row["whatsapp_state"]) if row["whatsapp_state"] else None,
        is_current=row["is_current"], is_superseded=row["is_superseded"],
        is_frozen_by_staff=row["is_frozen_by_staff"], is_being_worked=row["is_being_worked"],
    )  # fmt: skip


def retry_locked(tx: Transaction, row: dict[str, Any], *, bulk_id: int | None = None) -> int:
    """Make a new attempt of a locked, retryable call due now; returns the number of the call that makes it.

    An open call comes due, a finished one is opened again with its back-off and its three days anew. One that has
    had its effect is left as the record of it: a new call sends it again. What is unknown stays unknown, so that the
    status is read before anything is sent twice.
    """
    was = CallState(row["state"])
    call_id = _sent_again(tx, row) if was is CallState.DONE else _reopened(tx, row, bulk_id)
    install = lock_newest(tx, row["salon_id"])
    if row["kind"] == ACTIVATE and install is not None and install.partner_state in _UNFINISHED:
        move_install(tx, install, PartnerState.QUEUED)
    bulk = {} if bulk_id is None else {"bulk_id": bulk_id}
    _story(tx, row, "call_retried", call_id=call_id, nonce=row["nonce"] + 1, was=was.value, **bulk)
    return call_id


def _reopened(tx: Transaction, row: dict[str, Any], bulk_id: int | None) -> int:
    changes, values = "", list[Any]()
    if bulk_id is None:  # somebody looks at this one: it does not wait for the list
        changes = ", confirm_singly = true"
    if row["state"] not in (CallState.WAITING, CallState.HELD):
        changes += ", finished_at = NULL, first_attempt_at = NULL, retried_at = %s"
        values = [tx.now]
    tx.count(
        "UPDATE partner_calls SET state = 'waiting', next_attempt_at = %s, updated_at = %s, nonce = nonce + 1, "
        "error_code = NULL, error_text = NULL, reason = NULL, claimed_by = NULL, claimed_until = NULL"
        f"{changes} WHERE id = %s",
        tx.now, tx.now, *values, row["call_id"],
    )  # fmt: skip
    return int(row["call_id"])


def _sent_again(tx: Transaction, row: dict[str, Any]) -> int:
    rows = tx.sql(
        "INSERT INTO partner_calls (install_id, kind, state, next_attempt_at, nonce, retried_at, created_at, "
        "updated_at) VALUES (%s, %s, 'waiting', %s, %s, %s, %s, %s) RETURNING id",
        row["install_id"], row["kind"], tx.now, row["nonce"] + 1, tx.now, tx.now, tx.now,
    )  # fmt: skip
    return int(rows[0]["id"])


def _move(tx: Transaction, row: dict[str, Any], state: str, changes: str, *values: Any, event: str) -> None:
    tx.count(
        f"UPDATE partner_calls SET state = %s, updated_at = %s, {changes} WHERE id = %s",
        state, tx.now, *values, row["call_id"],
    )  # fmt: skip
    _story(tx, row, event, call_id=row["call_id"])
    tx.tell(before=_told(row), after=_told(_facts(tx, row["call_id"])), salon_id=row["salon_id"])


def _story(tx: Transaction, row: dict[str, Any], event_type: str, **data: Any) -> None:
    tx.append(
        event_type, salon_id=row["salon_id"], install_id=row["install_id"], correlation=row["correlation"],
        kind=row["kind"], **data,
    )  # fmt: skip


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """Return what the audit keeps of a call."""
    return {
        "call_id": row["call_id"], "kind": row["kind"], "state": row["state"], "partner_state": row["partner_state"],
        "error_code": row["error_code"], "next_attempt_at": row["next_attempt_at"].isoformat(),
    }  # fmt: skip


def _facts(tx: Transaction, call_id: int) -> dict[str, Any]:
    return tx.sql(f"{FACTS} WHERE p.id = %s", call_id)[0]


def _one(tx: Transaction, call_id: int) -> CallRecord:
    rows = rows_of(tx, CallSelection(call_ids=(call_id,)), limit=1)
    if not rows:
        raise GatewayError("call_not_found")
    return rows[0]


def _tally(groups: Sequence[dict[str, Any]], error_codes: Sequence[str]) -> CallTally:
    by_state = dict.fromkeys(CallState, 0)
    for group in groups:
        if not error_codes or group["error_code"] in error_codes:
            by_state[CallState(group["state"])] += int(group["n"])
    failed = [group for group in groups if group["state"] == CallState.FAILED and group["error_code"]]
    return CallTally(by_state, {group["error_code"]: int(group["n"]) for group in failed})


def _containing(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _record(row: dict[str, Any]) -> CallRecord:
    return CallRecord(
        call_id=row["call_id"], version=row["version"], salon_id=row["salon_id"], title=row["title"],
        city=row["city"], timezone=row["timezone"], generation=row["generation"], facts=facts_of(row),
        attempts=row["attempts"], nonce=row["nonce"], error_code=row["error_code"], error_text=row["error_text"],
        outcome_unknown=row["outcome_unknown"], next_attempt_at=row["next_attempt_at"],
        first_attempt_at=row["first_attempt_at"], created_at=row["created_at"], finished_at=row["finished_at"],
        last_status=row["last_status"], last_latency_ms=row["last_latency_ms"], reason=row["reason"],
        position=QueuePosition(row["state_rank"], row["next_attempt_at"], row["call_id"]),
    )  # fmt: skip
