"""The outbox: partner calls claimed with a lease, and every attempt kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from gateway.application.records import ClaimedCall, InstallRecord, StatusApplied, Unconfirmed
from gateway.domain.calls import ACTIVATE
from gateway.storage.database import Storage, Transaction
from gateway.storage.install_store import (
    api_key_context,
    close_install,
    lock_newest,
    mark_active,
    move_install,
    webhook_key_context,
)
from gateway.storage.secret_box import SealError, SecretBox
from gateway.storage.tables import Install, PartnerAttempt
from shared.vocabulary import PartnerState

UNREADABLE = "DATA_KEY: сохранённый ключ салона не открывается / the salon's stored key cannot be opened"
"""Why a call is held whose api_key was sealed under another DATA_KEY."""

LEASE_S = 30
"""How long a claimed call belongs to its worker; a call's whole attempt must fit or renew."""

LIST_LEASE_S = 600
"""The same for calls that the list is to confirm, thousands at a time; a dead process' are freed within seconds."""

FRESH_S = 600
"""How long an owner who has just linked a phone goes before those who have waited for long."""

KEPT_FOR_FRESH = 2
"""Places of a worker that the backlog leaves free, so that a fresh owner need not wait for one."""

UNCONFIRMED = f"""
    state = 'waiting' AND outcome_unknown AND NOT confirm_singly AND kind = 'activate'
    AND created_at <= %s::timestamptz - make_interval(secs => {FRESH_S})
"""
"""Activations that YCLIENTS' list may confirm; takes the present moment."""

DUE = "state = 'waiting' AND next_attempt_at <= %s AND (claimed_until IS NULL OR claimed_until < now())"
"""Calls that may be claimed; takes the present moment."""

_CLAIM = f"""
    UPDATE partner_calls SET claimed_by = %s, claimed_until = now() + make_interval(secs => %s)
    WHERE id IN (
        SELECT id FROM partner_calls WHERE {DUE} AND %s::boolean = (
            kind = 'activate' AND created_at <= %s::timestamptz - make_interval(secs => {FRESH_S}))
            AND NOT (%s::boolean AND ({UNCONFIRMED}))
        ORDER BY next_attempt_at, id LIMIT %s FOR UPDATE SKIP LOCKED
    )
    RETURNING id
"""
# A try is a call with the status reads that belong to it; each one that failed is told once in the event log. What
# staff began anew begins anew in this, too.
_CLAIMED = """
    SELECT p.id AS call_id, p.install_id, c.yclients_id AS salon_id, i.generation, p.kind, p.nonce,
        p.outcome_unknown, p.confirm_singly, p.first_attempt_at, i.correlation, i.api_key_sealed, i.webhook_key_sealed,
        (SELECT count(*) FROM marketplace_events e
         WHERE e.salon_id = c.yclients_id AND e.install_id = p.install_id
           AND e.type = CASE p.kind WHEN 'activate' THEN 'activation_delayed' ELSE 'uninstall_delayed' END
           AND e.at >= coalesce(p.retried_at, p.created_at)
           AND e.data ->> 'code' <> 'token_refused') AS failed_tries
    FROM partner_calls p JOIN installs i ON i.id = p.install_id JOIN companies c ON c.id = i.company_id
    WHERE p.id = ANY(%s) ORDER BY p.next_attempt_at, p.id
"""
_CLAIM_UNCONFIRMED = f"""
    UPDATE partner_calls SET claimed_by = %s, claimed_until = now() + make_interval(secs => %s)
    WHERE id IN (
        SELECT id FROM partner_calls WHERE {UNCONFIRMED} AND (claimed_until IS NULL OR claimed_until < now())
        ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
    )
    RETURNING id
"""
_UNCONFIRMED_ROWS = """
    SELECT p.id AS call_id, p.install_id, i.salon_id, i.generation, p.kind, p.nonce, p.outcome_unknown,
        p.first_attempt_at, i.correlation, a.verdict, coalesce(a.body_head, '') AS body_head
    FROM partner_calls p JOIN installs i ON i.id = p.install_id
    LEFT JOIN LATERAL (SELECT verdict, body_head FROM partner_attempts
                       WHERE call_id = p.id AND operation <> 'status' ORDER BY number DESC LIMIT 1) a ON true
    WHERE p.id = ANY(%s) ORDER BY p.id
"""


class CallStore:
    """Claims, records and settles partner calls. A settled or re-claimed call refuses late writers."""

    def __init__(self, storage: Storage, box: SecretBox | None, owner: str) -> None:
        self._storage = storage
        self._box = box
        self._owner = owner

    async def claim_due(self, limit: int, *, bulk: bool = False) -> Sequence[ClaimedCall]:
        """Claim up to `limit` due calls for LEASE_S seconds, those of fresh owners first.

        In `bulk` what waits for long leaves a little room to the fresh, and activations of unknown outcome are left
        to the list.
        """
        if self._box is None:
            return []
        return await self._storage.write(lambda tx: self._claim(tx, limit, bulk))

    async def claim_unconfirmed(self, limit: int) -> Sequence[Unconfirmed]:
        """Claim activations whose outcome is unknown, to be confirmed together; no key is opened for it."""

        def work(tx: Transaction) -> Sequence[Unconfirmed]:
            ids = [row["id"] for row in tx.sql(_CLAIM_UNCONFIRMED, self._owner, LIST_LEASE_S, tx.now, limit)]
            return [_unconfirmed(dict(row)) for row in tx.sql(_UNCONFIRMED_ROWS, ids)] if ids else []

        return await self._storage.write(work)

    async def await_list(self, call: ClaimedCall) -> None:
        """Leave an answered activation to YCLIENTS' list, which confirms it together with others."""

        def work(tx: Transaction) -> None:
            if self._put_back(tx, call, "outcome_unknown = true, error_code = 'unknown_outcome'"):
                _story(tx, call, "activation_awaits_list")

        await self._storage.write(work)

    async def confirm_singly(self, call: ClaimedCall) -> None:
        """Take an activation out of those that the list confirms: its own status is read, now."""
        await self._storage.write(lambda tx: self._put_back(tx, call, "confirm_singly = true"))

    async def send_again(self, call: ClaimedCall) -> None:
        """The list does not know the salon: the request had no effect and may be made again, now."""

        def work(tx: Transaction) -> None:
            if self._put_back(tx, call, "outcome_unknown = false"):
                _story(tx, call, "call_due_again")

        await self._storage.write(work)

    async def renew(self, call: ClaimedCall) -> bool:
        """Extend the lease; False means that another worker has taken the call."""
        statement = """
            UPDATE partner_calls SET claimed_until = now() + make_interval(secs => %s)
            WHERE id = %s AND claimed_by = %s AND nonce = %s AND state = 'waiting'
        """
        renewed = await self._storage.write(
            lambda tx: tx.count(statement, LEASE_S, call.call_id, self._owner, call.nonce)
        )
        return renewed == 1

    async def begin_attempt(self, call: ClaimedCall, operation: str) -> int | None:
        """Commit that a request is about to be sent; returns its number, or None when the claim is lost.

        From here until `finish_attempt` the outcome counts as unknown: whoever takes over reads the status first.
        """
        return await self._storage.write(lambda tx: self._begin(tx, call, operation))

    async def finish_attempt(self, call: ClaimedCall, number: int, **answer: Any) -> None:
        """Keep what came back: http_status, headers, body_head, latency_ms, failure, verdict."""

        def work(tx: Transaction) -> None:
            PartnerAttempt.update(finished_at=tx.now, **answer).where(
                (PartnerAttempt.call == call.call_id) & (PartnerAttempt.number == number)
            ).execute(tx.db)
            seen: dict[str, Any] = {
                key: answer.get(key) for key in ("http_status", "latency_ms", "failure", "verdict")
            }
            tx.append(
                "partner_attempt", salon_id=call.salon_id, install_id=call.install_id,
                correlation=call.correlation, number=number, **seen,
            )  # fmt: skip

        await self._storage.write(work)

    async def settle_active(self, call: ClaimedCall) -> bool:
        """YCLIENTS confirmed: install active, call done. False when the install has moved on meanwhile.

        A call that was sent again for an install that is active already is done, and the install is left as it is.
        """
        return await self._storage.write(lambda tx: self._settle_active(tx, call) is not None)

    async def settle_listed(self, call: ClaimedCall) -> bool:
        """The same on the word of YCLIENTS' list, which does not tell freezed from active: the sweep reads it soon."""

        def work(tx: Transaction) -> bool:
            install = self._settle_active(tx, call)
            if install is not None:
                Install.update(checked_at=None).where(Install.id == install.install_id).execute(tx.db)
            return install is not None

        return await self._storage.write(work)

    async def settle_uninstalled(self, call: ClaimedCall) -> StatusApplied:
        """YCLIENTS confirmed that the link has ended: install closed, call done; tells what the session must do."""

        def work(tx: Transaction) -> StatusApplied:
            install = self._mine(tx, call)
            if install is None:
                return StatusApplied(None, None)
            if (
                not install.is_open
            ):  # the uninstall of an install that was closed here before it was at YCLIENTS
                _finish(tx, call, "done")
                tx.count("DELETE FROM list_differences WHERE salon_id = %s", install.salon_id)
                _story(tx, call, "call_done", call_id=call.call_id, kind=call.kind)
                return StatusApplied(PartnerState.UNINSTALLED, PartnerState.UNINSTALLED)
            close_install(tx, install, reason="uninstalled_by_staff")
            Install.update(partner_status="uninstalled", checked_at=tx.now).where(
                Install.id == install.install_id
            ).execute(tx.db)
            return StatusApplied(install.partner_state, PartnerState.UNINSTALLED, must_drop_session=True)

        return await self._storage.write(work)

    async def settle_failed(
        self,
        call: ClaimedCall,
        to: PartnerState,
        code: str,
        text: str | None,
        *,
        outcome_unknown: bool = False,
    ) -> bool:
        """No further attempt will help by itself: the call failed, with the partner's words for staff.

        The install of an activation goes `to` refused or expired. One that is active stays so, and so does every
        install whose uninstall failed. What is unknown of the outcome stays unknown.
        """

        def work(tx: Transaction) -> bool:
            install = self._mine(tx, call)
            if install is None:
                return False
            _finish(tx, call, "failed", code, text, outcome_unknown=outcome_unknown)
            if call.kind != ACTIVATE or install.partner_state is PartnerState.ACTIVE:
                _story(tx, call, "call_failed", call_id=call.call_id, kind=call.kind, code=code)
                return True
            move_install(tx, install, to)
            Install.update(error_code=code, error_text=text).where(Install.id == install.install_id).execute(
                tx.db
            )
            _story(tx, call, f"activation_{to.value}", code=code)
            return True

        return await self._storage.write(work)

    async def retry_at(self, call: ClaimedCall, at: datetime, code: str, *, outcome_unknown: bool) -> None:
        """Put the call back until `at`."""

        def work(tx: Transaction) -> None:
            changed = tx.count(
                "UPDATE partner_calls SET next_attempt_at = %s, error_code = %s, outcome_unknown = %s, "
                "updated_at = %s, claimed_by = NULL, claimed_until = NULL "
                "WHERE id = %s AND claimed_by = %s AND nonce = %s AND state = 'waiting'",
                at, code, outcome_unknown, tx.now, call.call_id, self._owner, call.nonce,
            )  # fmt: skip
            if changed:
                what = "activation_delayed" if call.kind == ACTIVATE else "uninstall_delayed"
                _story(tx, call, what, code=code, next_attempt_at=at.isoformat())

        await self._storage.write(work)

    async def release(self, call: ClaimedCall, *, delay_s: float = 0.0) -> None:
        """Give a claimed call back untouched, due again after `delay_s`."""

        def work(tx: Transaction) -> None:
            tx.count(
                "UPDATE partner_calls SET claimed_by = NULL, claimed_until = NULL, next_attempt_at = %s "
                "WHERE id = %s AND claimed_by = %s AND nonce = %s AND state = 'waiting'",
                tx.now + timedelta(seconds=delay_s), call.call_id, self._owner, call.nonce,
            )  # fmt: skip

        await self._storage.write(work)

    def _settle_active(self, tx: Transaction, call: ClaimedCall) -> InstallRecord | None:
        install = self._mine(tx, call)
        if install is None:
            return None
        if install.partner_state in (PartnerState.QUEUED, PartnerState.CALLING):
            mark_active(tx, install)
        else:
            _finish(tx, call, "done")
            _story(tx, call, "call_done", call_id=call.call_id, kind=call.kind)
        return install

    def _put_back(self, tx: Transaction, call: ClaimedCall, changes: str) -> bool:
        """Give a claimed call back with these changes, due now."""
        changed = tx.count(
            f"UPDATE partner_calls SET {changes}, claimed_by = NULL, claimed_until = NULL, next_attempt_at = %s, "
            "updated_at = %s WHERE id = %s AND claimed_by = %s AND nonce = %s AND state = 'waiting'",
            tx.now, tx.now, call.call_id, self._owner, call.nonce,
        )  # fmt: skip
        return changed == 1

    def _claim(self, tx: Transaction, limit: int, bulk: bool) -> Sequence[ClaimedCall]:
        fresh = self._claimed_ids(tx, limit, bulk, is_backlog=False)
        room = limit - max(len(fresh), KEPT_FOR_FRESH if bulk else 0)
        old = self._claimed_ids(tx, room, bulk, is_backlog=True) if room > 0 else []
        claimed = []
        for row in tx.sql(_CLAIMED, [*fresh, *old]) if fresh or old else ():
            try:
                claimed.append(self._opened(dict(row), is_backlog=bulk and row["call_id"] in old))
            except SealError:  # sealed under another DATA_KEY: a person must see to it, and the others go on
                _hold_unreadable(tx, row)
        return claimed

    def _claimed_ids(self, tx: Transaction, limit: int, bulk: bool, *, is_backlog: bool) -> list[int]:
        rows = tx.sql(_CLAIM, self._owner, LEASE_S, tx.now, is_backlog, tx.now, bulk, tx.now, limit)
        return [row["id"] for row in rows]

    def _opened(self, row: dict[str, Any], *, is_backlog: bool) -> ClaimedCall:
        """Open what an activation sends; an uninstall sends no key, so none is opened for it."""
        confirms_singly = row.pop("confirm_singly")
        api_key = self._unsealed(row, "api_key_sealed", api_key_context(row["install_id"]))
        webhook_key = self._unsealed(row, "webhook_key_sealed", webhook_key_context(row["install_id"]))
        return ClaimedCall(
            **row, api_key=api_key, webhook_key=webhook_key, is_backlog=is_backlog and not confirms_singly
        )

    def _unsealed(self, row: dict[str, Any], column: str, context: str) -> str:
        assert self._box is not None
        sealed = row.pop(column)
        return self._box.open(bytes(sealed), context).decode() if row["kind"] == ACTIVATE else ""

    def _begin(self, tx: Transaction, call: ClaimedCall, operation: str) -> int | None:
        install = self._mine(tx, call)
        if install is None:
            return None
        if call.kind == ACTIVATE and install.partner_state is PartnerState.QUEUED:
            move_install(tx, install, PartnerState.CALLING)
            _story(tx, call, "activation_calling")
        rows = tx.sql(
            "UPDATE partner_calls SET attempts = attempts + 1, outcome_unknown = outcome_unknown OR %s, "
            "first_attempt_at = coalesce(first_attempt_at, %s), updated_at = %s, "
            "claimed_until = now() + make_interval(secs => %s) "
            "WHERE id = %s RETURNING attempts",
            operation != "status", tx.now, tx.now, LEASE_S, call.call_id,
        )  # fmt: skip
        number = int(rows[0]["attempts"])
        PartnerAttempt.insert(
            call=call.call_id, number=number, operation=operation, started_at=tx.now
        ).execute(tx.db)
        return number

    def _mine(self, tx: Transaction, call: ClaimedCall) -> InstallRecord | None:
        """Lock the salon and return its install if this call is still ours to settle."""
        install = lock_newest(tx, call.salon_id)
        held = tx.sql(
            "SELECT id FROM partner_calls "
            "WHERE id = %s AND claimed_by = %s AND nonce = %s AND state = 'waiting' FOR UPDATE",
            call.call_id, self._owner, call.nonce,
        )  # fmt: skip
        return install if held and install is not None and install.install_id == call.install_id else None


def _unconfirmed(row: dict[str, Any]) -> Unconfirmed:
    verdict, body_head = row.pop("verdict"), row.pop("body_head")
    return Unconfirmed(ClaimedCall(**row, failed_tries=0, api_key="", webhook_key=""), verdict, body_head)


def _hold_unreadable(tx: Transaction, row: dict[str, Any]) -> None:
    tx.count(
        "UPDATE partner_calls SET state = 'held', error_code = %s, reason = %s, updated_at = %s, claimed_by = NULL, "
        "claimed_until = NULL WHERE id = %s",
        "not_configured", UNREADABLE, tx.now, row["call_id"],
    )  # fmt: skip
    tx.append(
        "call_held", salon_id=row["salon_id"], install_id=row["install_id"], correlation=row["correlation"],
        code="not_configured", reason=UNREADABLE,
    )  # fmt: skip


def _finish(
    tx: Transaction, call: ClaimedCall, state: str, code: str | None = None, text: str | None = None, *,
    outcome_unknown: bool = False,
) -> None:  # fmt: skip
    tx.count(
        "UPDATE partner_calls SET state = %s, finished_at = %s, updated_at = %s, error_code = %s, error_text = %s, "
        "outcome_unknown = %s, claimed_by = NULL, claimed_until = NULL WHERE id = %s",
        state, tx.now, tx.now, code, text, outcome_unknown, call.call_id,
    )  # fmt: skip


def _story(tx: Transaction, call: ClaimedCall, event_type: str, **data: Any) -> None:
    tx.append(
        event_type, salon_id=call.salon_id, install_id=call.install_id, correlation=call.correlation, **data
    )
