"""Salons and their installs by generation: opening, moving between states, closing, reading."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from gateway.application.records import EntryFacts, InstallRecord, InstallView, OpenedInstall, StatusApplied
from gateway.domain.errors import GatewayError
from gateway.domain.installs import check_transition
from gateway.domain.signatures import webhook_key_digest
from gateway.storage.database import Storage, Transaction
from gateway.storage.grouped import GroupedReads
from gateway.storage.secret_box import SecretBox
from gateway.storage.tables import Install, PartnerCall
from shared.vocabulary import PartnerState, Stage, WhatsappState

_COLUMNS = """
    i.id AS install_id, c.yclients_id AS salon_id, c.title, c.city, c.version, i.generation, i.partner_state,
    i.partner_since, i.stage, i.stage_since, i.entry_signed, i.owner_user_id, i.registered_at, i.support_code,
    i.correlation, i.error_code, i.closed_at, i.frozen_by_staff_at IS NOT NULL AS is_frozen_by_staff
"""
_NEWEST = f"""
    SELECT {_COLUMNS} FROM companies c JOIN installs i ON i.company_id = c.id
    WHERE c.yclients_id = %s ORDER BY i.generation DESC LIMIT 1
"""
NEVER_READ_AT_ONCE = 500
"""How many installs that only the list called active one sweep reads singly: four minutes of its share."""

_OURS_AT_PARTNER = (PartnerState.ACTIVE, PartnerState.FROZEN)
_ENDED_AT_PARTNER = ("pending", "uninstalled")
_WAITING_FOR_PARTNER = (PartnerState.QUEUED, PartnerState.CALLING)


class InstallStore:
    """Reads and moves installs; every change writes its event in the same transaction."""

    def __init__(self, storage: Storage, box: SecretBox | None) -> None:
        self._storage = storage
        self._box = box
        self._views = GroupedReads(self._read_views, storage.start)

    async def open_for_entry(self, facts: EntryFacts) -> OpenedInstall:
        """Open, refresh or re-open the install an accepted entry belongs to. An active one is left as it is."""
        return await self._storage.write(lambda tx: self._open(tx, facts))

    async def newest(self, salon_id: int) -> InstallRecord | None:
        """Return the salon's newest install, open or closed."""
        return await self._storage.read(lambda tx: _one(tx.sql(_NEWEST, salon_id)))

    async def view(self, salon_id: int) -> InstallView | None:
        """Return the newest install with its WhatsApp state and its open partner call."""
        return await self._views.of(salon_id)

    async def _read_views(self, salon_ids: Sequence[int]) -> dict[int, InstallView]:
        return await self._storage.read(lambda tx: _views(tx, salon_ids))

    async def by_webhook_key(self, key: str) -> InstallRecord | None:
        """Return the open install whose registered webhook address holds this key."""
        statement = f"""
            SELECT {_COLUMNS} FROM companies c JOIN installs i ON i.company_id = c.id
            WHERE i.webhook_key_digest = %s AND i.closed_at IS NULL
        """
        return await self._storage.read(lambda tx: _one(tx.sql(statement, webhook_key_digest(key))))

    async def webhook_key_digests(self, salons: Sequence[int] | None = None) -> dict[int, bytes]:
        """Return the digests of open installs' webhook keys by salon, of these salons or of all."""
        statement = """
            SELECT i.salon_id, i.webhook_key_digest FROM installs i
            WHERE i.closed_at IS NULL AND i.webhook_key_digest IS NOT NULL
                AND (%s::bigint[] IS NULL OR i.salon_id = ANY(%s))
        """
        wanted = None if salons is None else list(salons)
        rows = await self._storage.read(lambda tx: tx.sql(statement, wanted, wanted))
        return {row["salon_id"]: bytes(row["webhook_key_digest"]) for row in rows}

    async def queue_activation(self, salon_id: int) -> bool:
        """Queue the activation of a salon whose WhatsApp is connected; returns whether anything was queued."""
        return await self._storage.write(lambda tx: queue_activation(tx, self._box, salon_id))

    async def linked_but_not_queued(self) -> Sequence[int]:
        """Return salons whose WhatsApp is connected while their install still waits to be queued."""
        statement = """
            SELECT s.salon_id FROM whatsapp_sessions s JOIN installs i ON i.id = s.install_id
            WHERE s.state = 'connected' AND i.partner_state = 'pending' AND i.closed_at IS NULL ORDER BY s.salon_id
        """
        return await self._storage.read(lambda tx: [row["salon_id"] for row in tx.sql(statement)])

    async def apply_partner_status(self, salon_id: int, status: str, *, reason: str) -> StatusApplied:
        """Bring our newest install in line with a status YCLIENTS has just told us.

        `status` is pending, active, freezed or uninstalled. Only this makes an install active or frozen.
        """

        def work(tx: Transaction) -> StatusApplied:
            applied = self._apply(tx, salon_id, status, reason)
            tx.tell(
                before={"partner_state": applied.before}, after={"partner_state": applied.after, "theirs": status},
                salon_id=salon_id,
            )  # fmt: skip
            return applied

        return await self._storage.write(work)

    async def record_payment(self, salon_id: int, paid_at: datetime, until: datetime | None) -> None:
        """Keep when the salon last paid and until when; a payment from before the last one changes neither."""
        statement = """
            UPDATE installs
            SET last_payment_at = greatest(last_payment_at, paid.at), updated_at = %s,
                paid_until = CASE
                    WHEN last_payment_at > paid.at THEN paid_until ELSE coalesce(paid.until, paid_until) END
            FROM (SELECT %s::timestamptz AS at, %s::timestamptz AS until) paid
            WHERE closed_at IS NULL AND company_id = (SELECT id FROM companies WHERE yclients_id = %s)
        """

        def work(tx: Transaction) -> None:
            install = lock_newest(tx, salon_id)
            if install is not None and tx.count(statement, tx.now, paid_at, until, salon_id):
                _story(tx, install, "payment_received", paid_until=until.isoformat() if until else None)

        await self._storage.write(work)

    async def sessions_of_closed_installs(self) -> Sequence[int]:
        """Return salons that still have a WhatsApp session although its install is closed."""
        statement = """
            SELECT s.salon_id FROM whatsapp_sessions s JOIN installs i ON i.id = s.install_id
            WHERE i.closed_at IS NOT NULL ORDER BY s.salon_id
        """
        return await self._storage.read(lambda tx: [row["salon_id"] for row in tx.sql(statement)])

    async def sessions_of_frozen_installs(self) -> Sequence[int]:
        """Return salons whose WhatsApp session is still wanted although YCLIENTS froze the install."""
        statement = """
            SELECT s.salon_id FROM whatsapp_sessions s JOIN installs i ON i.id = s.install_id
            WHERE i.partner_state = 'frozen' AND s.desired = 'running' ORDER BY s.salon_id
        """
        return await self._storage.read(lambda tx: [row["salon_id"] for row in tx.sql(statement)])

    async def resumes_due(self) -> Sequence[int]:
        """Return salons whose install may run again and whose session was not started again yet."""
        statement = """
            SELECT salon_id FROM installs
            WHERE resume_due AND is_newest AND closed_at IS NULL AND partner_state <> 'frozen'
                AND frozen_by_staff_at IS NULL
            ORDER BY salon_id
        """
        return await self._storage.read(lambda tx: [row["salon_id"] for row in tx.sql(statement)])

    async def note_resumed(self, salon_id: int) -> None:
        """Note that the session was started again."""
        statement = "UPDATE installs SET resume_due = false WHERE salon_id = %s AND resume_due"
        await self._storage.write(lambda tx: tx.count(statement, salon_id))

    async def open_by_partner_state(self, states: Sequence[PartnerState]) -> dict[int, PartnerState]:
        """Return the open installs in the given partner states as salon → state."""
        statement = """
            SELECT c.yclients_id AS salon_id, i.partner_state FROM installs i JOIN companies c ON c.id = i.company_id
            WHERE i.closed_at IS NULL AND i.partner_state = ANY(%s) ORDER BY c.yclients_id
        """
        rows = await self._storage.read(lambda tx: tx.sql(statement, [state.value for state in states]))
        return {row["salon_id"]: PartnerState(row["partner_state"]) for row in rows}

    async def least_recently_checked(self, limit: int) -> Sequence[int]:
        """Return the active and frozen salons whose status at YCLIENTS was read longest ago.

        Those that are active on the list's word alone come first, and are more than `limit` when there are many.
        """
        statement = """
            WITH held AS (SELECT salon_id, checked_at, id FROM installs
                          WHERE closed_at IS NULL AND partner_state IN ('active', 'frozen'))
            SELECT salon_id FROM held ORDER BY checked_at NULLS FIRST, id
            LIMIT greatest(%s, least(%s, (SELECT count(*) FROM held WHERE checked_at IS NULL)))
        """
        return await self._storage.read(
            lambda tx: [row["salon_id"] for row in tx.sql(statement, limit, NEVER_READ_AT_ONCE)]
        )

    async def note_drift(self, salon_id: int, theirs: str, ours: str) -> None:
        """Write that YCLIENTS' list and ours disagree about a salon."""

        def work(tx: Transaction) -> None:
            tx.append("drift_found", salon_id=salon_id, theirs=theirs, ours=ours)

        await self._storage.write(work)

    def _open(self, tx: Transaction, facts: EntryFacts) -> OpenedInstall:
        company_id = _upsert_company(tx, facts)
        current = lock_newest(tx, facts.salon_id)
        if current is not None and current.is_open:
            if current.partner_state in _OURS_AT_PARTNER and facts.partner_status not in _ENDED_AT_PARTNER:
                is_frozen = current.is_frozen_by_staff or current.partner_state is PartnerState.FROZEN
                outcome = "frozen" if is_frozen else "already_active"
                return OpenedInstall(current, outcome)
            if current.partner_state not in _OURS_AT_PARTNER:
                return OpenedInstall(self._refresh(tx, current, facts), "refreshed")
            # YCLIENTS does not know what we hold to be active: it was disconnected, and perhaps connected again.
            close_install(tx, current, reason="reconnected_at_partner")
        record = self._create(tx, company_id, facts, current)
        must_drop = current is not None
        return OpenedInstall(record, "reinstalled" if must_drop else "created", must_drop_session=must_drop)

    def _create(
        self, tx: Transaction, company_id: int, facts: EntryFacts, last: InstallRecord | None
    ) -> InstallRecord:
        """Open the next generation. Staff's stop is about the salon, so that connecting anew does not end it."""
        generation = last.generation + 1 if last else 1
        if last is not None:  # what YCLIENTS was still to be told about the one before would hit this one
            _cancel_calls(tx, last.install_id)
        Install.update(is_newest=False).where(Install.company == company_id, Install.is_newest).execute(tx.db)
        Install.insert(
            company=company_id, salon_id=facts.salon_id, generation=generation,
            partner_state=PartnerState.PENDING.value, partner_since=tx.now, stage=Stage.NEW.value,
            stage_since=tx.now, entry_signed=facts.signed, owner_user_id=facts.owner_user_id,
            registered_at=tx.now, support_code=new_support_code(), correlation=secrets.token_hex(8),
            partner_status=facts.partner_status, checked_at=tx.now, created_at=tx.now, updated_at=tx.now,
        ).execute(tx.db)  # fmt: skip
        if last is not None and last.is_frozen_by_staff:
            tx.count(
                "UPDATE installs n SET frozen_by_staff_at = o.frozen_by_staff_at, frozen_reason = o.frozen_reason "
                "FROM installs o WHERE o.id = %s AND n.company_id = o.company_id AND n.is_newest",
                last.install_id,
            )
        record = _require(tx, facts.salon_id)
        _story(tx, record, "registration_started", signed=facts.signed, generation=generation)
        return record

    def _refresh(self, tx: Transaction, current: InstallRecord, facts: EntryFacts) -> InstallRecord:
        changes: dict[str, Any] = {
            "registered_at": tx.now,
            "partner_status": facts.partner_status,
            "checked_at": tx.now,
        }
        changes |= {"entry_signed": facts.signed or current.entry_signed, "updated_at": tx.now}
        if facts.owner_user_id is not None and current.owner_user_id is None:
            changes["owner_user_id"] = facts.owner_user_id
        if (
            current.partner_state in (PartnerState.REFUSED, PartnerState.EXPIRED)
            and facts.partner_status != "active"
        ):
            changes |= _moved(tx, current, PartnerState.PENDING)
        Install.update(**changes).where(Install.id == current.install_id).execute(tx.db)
        _story(tx, current, "registration_started", signed=facts.signed, generation=current.generation)
        if _is_connected(tx, current.install_id):
            queue_activation(tx, self._box, facts.salon_id)
        return _require(tx, facts.salon_id)

    def _apply(self, tx: Transaction, salon_id: int, status: str, reason: str) -> StatusApplied:
        current = lock_newest(tx, salon_id)
        if current is None or not current.is_open:
            return StatusApplied(None, None)
        Install.update(partner_status=status, checked_at=tx.now).where(
            Install.id == current.install_id
        ).execute(tx.db)
        before = current.partner_state
        if status == "active":
            return self._apply_active(tx, current, reason)
        if status == "freezed" and before is not PartnerState.FROZEN:
            _move(tx, current, PartnerState.FROZEN)
            _cancel_calls(tx, current.install_id)
            _story(tx, current, "frozen", reason=reason)
            return StatusApplied(before, PartnerState.FROZEN, must_stop_session=True)
        gone = status == "uninstalled" or (status == "pending" and before in _OURS_AT_PARTNER)
        if gone:
            close_install(tx, current, reason=reason)
            return StatusApplied(before, PartnerState.UNINSTALLED, must_drop_session=True)
        return StatusApplied(before, before)

    def _apply_active(self, tx: Transaction, current: InstallRecord, reason: str) -> StatusApplied:
        before = current.partner_state
        if before is PartnerState.FROZEN:
            _move(tx, current, PartnerState.ACTIVE, resume_due=not current.is_frozen_by_staff)
            _story(tx, current, "unfrozen", reason=reason)
            return StatusApplied(before, PartnerState.ACTIVE, must_run_session=not current.is_frozen_by_staff)
        if before in _WAITING_FOR_PARTNER:
            mark_active(tx, current)
            return StatusApplied(before, PartnerState.ACTIVE)
        return StatusApplied(before, before)


def queue_activation(
    tx: Transaction, box: SecretBox | None, salon_id: int, *, of_install: int | None = None
) -> bool:
    """Queue the partner call of a pending install: key, state and outbox row in the caller's transaction.

    The api_key is made once per generation and committed, sealed, before anything sends it. Safe to repeat. With
    `of_install` nothing is queued unless that is the salon's newest install: a session that outlives its install
    must not activate the next one.
    """
    install = lock_newest(tx, salon_id)
    if install is None or not install.is_open or install.partner_state is not PartnerState.PENDING:
        return False
    if of_install is not None and of_install != install.install_id:
        return False
    _ensure_keys(tx, box, install)
    _move(tx, install, PartnerState.QUEUED)
    PartnerCall.insert(
        install=install.install_id, kind="activate", state="waiting", next_attempt_at=tx.now,
        created_at=tx.now, updated_at=tx.now,
    ).execute(tx.db)  # fmt: skip
    _story(tx, install, "activation_queued")
    return True


def _ensure_keys(tx: Transaction, box: SecretBox | None, install: InstallRecord) -> None:
    held = tx.sql(
        "SELECT api_key_sealed IS NOT NULL AS held FROM installs WHERE id = %s", install.install_id
    )[0]["held"]
    if held:
        return
    if box is None:
        raise GatewayError("not_configured")
    webhook_key = secrets.token_urlsafe(32)
    Install.update(
        api_key_sealed=box.seal(secrets.token_hex(32).encode(), api_key_context(install.install_id)),
        webhook_key_sealed=box.seal(webhook_key.encode(), webhook_key_context(install.install_id)),
        webhook_key_digest=webhook_key_digest(webhook_key),
    ).where(Install.id == install.install_id).execute(tx.db)  # fmt: skip


def mark_active(tx: Transaction, install: InstallRecord) -> None:
    """YCLIENTS has confirmed the install: active, its call done, the event written."""
    _move(tx, install, PartnerState.ACTIVE)
    Install.update(
        activated_at=tx.now, partner_status="active", checked_at=tx.now, error_code=None, error_text=None
    ).where(Install.id == install.install_id).execute(tx.db)
    tx.count(
        "UPDATE partner_calls SET state = 'done', finished_at = %s, updated_at = %s, claimed_by = NULL, "
        "claimed_until = NULL, outcome_unknown = false, error_code = NULL, error_text = NULL "
        "WHERE install_id = %s AND kind = 'activate' AND finished_at IS NULL",
        tx.now, tx.now, install.install_id,
    )  # fmt: skip
    _story(tx, install, "integration_activated")


def close_install(tx: Transaction, install: InstallRecord, *, reason: str) -> None:
    """End a generation: state, calls and keys; the WhatsApp session is removed by the pool afterwards."""
    _move(tx, install, PartnerState.UNINSTALLED, closed_at=tx.now, close_reason=reason)
    Install.update(api_key_sealed=None, webhook_key_sealed=None, webhook_key_digest=None).where(
        Install.id == install.install_id
    ).execute(tx.db)
    tx.count(  # an uninstall that was sent has done its work, whoever noticed first
        "UPDATE partner_calls SET state = 'done', finished_at = %s, updated_at = %s, error_code = NULL, "
        "error_text = NULL, outcome_unknown = false, claimed_by = NULL, claimed_until = NULL "
        "WHERE install_id = %s AND kind = 'uninstall' AND attempts > 0 AND finished_at IS NULL",
        tx.now, tx.now, install.install_id,
    )  # fmt: skip
    _cancel_calls(tx, install.install_id)
    _story(tx, install, "uninstalled", reason=reason)


def move_install(tx: Transaction, install: InstallRecord, to: PartnerState, **columns: Any) -> None:
    """Move the partner state along a legal transition; raises on an illegal one."""
    _move(tx, install, to, **columns)


def lock_newest(tx: Transaction, salon_id: int) -> InstallRecord | None:
    """Lock a salon for the rest of the transaction (company row first) and return its newest install."""
    tx.sql("SELECT id FROM companies WHERE yclients_id = %s FOR UPDATE", salon_id)
    return _one(tx.sql(_NEWEST, salon_id))


def is_assistant_on(tx: Transaction, salon_id: int) -> bool:
    """Whether the assistant may answer the salon's customers: so it is until staff switch it off."""
    rows = tx.sql("SELECT assistant_off_at IS NULL AS is_on FROM companies WHERE yclients_id = %s", salon_id)
    return not rows or bool(rows[0]["is_on"])


def new_support_code() -> str:
    """Return a short code an owner can read out, like 7F-2C-19."""
    digits = secrets.token_hex(3).upper()
    return "-".join((digits[:2], digits[2:4], digits[4:]))


def api_key_context(install_id: int) -> str:
    """What a sealed api_key is bound to."""
    return f"install:{install_id}:api_key"


def webhook_key_context(install_id: int) -> str:
    """What a sealed webhook key is bound to."""
    return f"install:{install_id}:webhook_key"


def _story(tx: Transaction, install: InstallRecord, event_type: str, **data: Any) -> None:
    tx.append(
        event_type,
        salon_id=install.salon_id,
        install_id=install.install_id,
        correlation=install.correlation,
        **data,
    )


def _move(tx: Transaction, install: InstallRecord, to: PartnerState, **columns: Any) -> None:
    changes = _moved(tx, install, to) | columns
    Install.update(**changes).where(Install.id == install.install_id).execute(tx.db)


def _moved(tx: Transaction, install: InstallRecord, to: PartnerState) -> dict[str, Any]:
    check_transition(install.partner_state, to)
    cleared = {"error_code": None, "error_text": None}
    return {"partner_state": to.value, "partner_since": tx.now, "updated_at": tx.now} | cleared


def _cancel_calls(tx: Transaction, install_id: int) -> None:
    tx.count(
        "UPDATE partner_calls SET state = 'cancelled', finished_at = %s, updated_at = %s, claimed_by = NULL, "
        "claimed_until = NULL WHERE install_id = %s AND finished_at IS NULL",
        tx.now, tx.now, install_id,
    )  # fmt: skip


def _upsert_company(tx: Transaction, facts: EntryFacts) -> int:
    rows = tx.sql(
        """
        INSERT INTO companies (yclients_id, title, city, timezone, created_at, updated_at)
        VALUES (%s, %s, %s, %s, %s, %s)
        ON CONFLICT (yclients_id) DO UPDATE SET
            title = CASE WHEN excluded.title = '' THEN companies.title ELSE excluded.title END,
            city = coalesce(excluded.city, companies.city),
            timezone = coalesce(excluded.timezone, companies.timezone), updated_at = excluded.updated_at
        RETURNING id
        """,
        facts.salon_id, facts.title, facts.city, facts.timezone, tx.now, tx.now,
    )  # fmt: skip
    return int(rows[0]["id"])


def _is_connected(tx: Transaction, install_id: int) -> bool:
    rows = tx.sql(
        "SELECT 1 AS one FROM whatsapp_sessions WHERE install_id = %s AND state = 'connected'", install_id
    )
    return bool(rows)


def _views(tx: Transaction, salon_ids: Sequence[int]) -> dict[int, InstallView]:
    rows = tx.sql(
        f"""
        SELECT {_COLUMNS}, s.state AS whatsapp_state, s.since AS whatsapp_since,
            p.next_attempt_at AS call_next_attempt_at, p.attempts AS call_attempts, p.error_code AS call_error
        FROM companies c JOIN installs i ON i.company_id = c.id AND i.is_newest
        LEFT JOIN whatsapp_sessions s ON s.install_id = i.id
        LEFT JOIN partner_calls p ON p.install_id = i.id AND p.kind = 'activate' AND p.finished_at IS NULL
        WHERE c.yclients_id = ANY(%s)
        """,
        list(salon_ids),
    )
    return {row["salon_id"]: _view(row) for row in rows}


def _view(row: dict[str, Any]) -> InstallView:
    return InstallView(
        install=_record(row),
        whatsapp_state=WhatsappState(row["whatsapp_state"]) if row["whatsapp_state"] else None,
        whatsapp_since=row["whatsapp_since"],
        call_next_attempt_at=row["call_next_attempt_at"],
        call_attempts=row["call_attempts"] or 0,
        call_error=row["call_error"],
    )


def _require(tx: Transaction, salon_id: int) -> InstallRecord:
    record = _one(tx.sql(_NEWEST, salon_id))
    assert record is not None
    return record


def _one(rows: Sequence[dict[str, Any]]) -> InstallRecord | None:
    return _record(rows[0]) if rows else None


def _record(row: dict[str, Any]) -> InstallRecord:
    return InstallRecord(
        install_id=row["install_id"], salon_id=row["salon_id"], title=row["title"], city=row["city"],
        version=row["version"], generation=row["generation"], partner_state=PartnerState(row["partner_state"]),
        partner_since=row["partner_since"], stage=Stage(row["stage"]), stage_since=row["stage_since"],
        entry_signed=row["entry_signed"], owner_user_id=row["owner_user_id"], registered_at=row["registered_at"],
        support_code=row["support_code"], correlation=row["correlation"], error_code=row["error_code"],
        closed_at=row["closed_at"], is_frozen_by_staff=row["is_frozen_by_staff"],
    )  # fmt: skip
