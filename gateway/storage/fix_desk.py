"""What a fix of a difference does to an install's rows, each as one transaction."""

from __future__ import annotations

from typing import Any

from gateway.application.records import InstallRecord
from gateway.domain.calls import ACTIVATE, UNINSTALL
from gateway.storage.database import Storage, Transaction
from gateway.storage.install_store import lock_newest, mark_active
from shared.vocabulary import PartnerState

_NOT_CONFIRMED = (PartnerState.PENDING, PartnerState.REFUSED, PartnerState.EXPIRED)
_CANCEL = """
    UPDATE partner_calls p SET state = 'cancelled', finished_at = %s, updated_at = %s, claimed_by = NULL,
        claimed_until = NULL
    FROM installs i
    WHERE i.id = p.install_id AND i.salon_id = %s AND i.closed_at IS NOT NULL AND p.kind = %s AND p.finished_at IS NULL
"""


class FixDeskStore:
    """Carries out what is needed for a fix and what no other command does."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def accept_theirs(self, salon_id: int) -> bool:
        """Hold active what YCLIENTS' last status read called active; False when it cannot be.

        It can when our activation was sent at some time: without a key of ours YCLIENTS has somebody else's.
        """

        def work(tx: Transaction) -> bool:
            install = lock_newest(tx, salon_id)
            if install is None or install.partner_state not in _NOT_CONFIRMED:
                return install is not None and install.partner_state is PartnerState.ACTIVE
            known = tx.sql(
                "SELECT api_key_sealed IS NOT NULL AND partner_status = 'active' AS is_ours FROM installs "
                "WHERE id = %s",
                install.install_id,
            )
            if not known[0]["is_ours"]:
                return False
            mark_active(tx, install)
            tx.tell(
                before={"partner_state": install.partner_state.value}, after={"partner_state": "active"},
                salon_id=salon_id,
            )  # fmt: skip
            return True

        return await self._storage.write(work)

    async def finish_uninstall(self, salon_id: int, reason: str) -> bool:
        """Take what a closed install left: its open calls and its keys; queue the uninstall if YCLIENTS lists it still.

        Returns whether YCLIENTS is to be asked. An open install is left as it is.
        """

        def work(tx: Transaction) -> bool:
            install = lock_newest(tx, salon_id)
            if install is None:
                return False
            left = {
                "calls": tx.count(_CANCEL, tx.now, tx.now, salon_id, ACTIVATE),
                "keys": tx.count(
                    "UPDATE installs SET api_key_sealed = NULL, webhook_key_sealed = NULL, webhook_key_digest = NULL "
                    "WHERE salon_id = %s AND closed_at IS NOT NULL "
                    "AND (api_key_sealed IS NOT NULL OR webhook_key_sealed IS NOT NULL)", salon_id,
                ),
            }  # fmt: skip
            must_ask = not install.is_open and _is_listed(tx, salon_id)
            if must_ask:
                _queue(tx, install, reason)
            elif not install.is_open:
                left["calls"] += tx.count(_CANCEL, tx.now, tx.now, salon_id, UNINSTALL)
            _story(tx, install, "uninstall_finished", asks_partner=must_ask, **left)
            tx.tell(before=left, after={"asks_partner": must_ask}, salon_id=salon_id)
            return must_ask

        return await self._storage.write(work)

    async def has_session_of_closed(self, salon_id: int) -> bool:
        """Whether the salon's session belongs to an install that is closed."""
        statement = """
            SELECT 1 AS one FROM whatsapp_sessions s JOIN installs i ON i.id = s.install_id
            WHERE s.salon_id = %s AND i.closed_at IS NOT NULL
        """
        return bool(await self._storage.read(lambda tx: tx.sql(statement, salon_id)))


def _is_listed(tx: Transaction, salon_id: int) -> bool:
    return bool(
        tx.sql("SELECT 1 AS one FROM list_differences WHERE salon_id = %s AND kind = 'listed'", salon_id)
    )


def _queue(tx: Transaction, install: InstallRecord, reason: str) -> None:
    """Have YCLIENTS asked to end the link: by the call that is open, else by a new one."""
    again = tx.count(
        "UPDATE partner_calls SET state = 'waiting', next_attempt_at = %s, updated_at = %s, nonce = nonce + 1, "
        "reason = %s, error_code = NULL, error_text = NULL, claimed_by = NULL, claimed_until = NULL "
        "WHERE install_id = %s AND kind = %s AND finished_at IS NULL",
        tx.now, tx.now, reason, install.install_id, UNINSTALL,
    )  # fmt: skip
    if not again:
        tx.count(
            "INSERT INTO partner_calls (install_id, kind, state, next_attempt_at, reason, created_at, updated_at) "
            "VALUES (%s, %s, 'waiting', %s, %s, %s, %s)",
            install.install_id, UNINSTALL, tx.now, reason, tx.now, tx.now,
        )  # fmt: skip


def _story(tx: Transaction, install: InstallRecord, event_type: str, **data: Any) -> None:
    tx.append(
        event_type,
        salon_id=install.salon_id,
        install_id=install.install_id,
        correlation=install.correlation,
        **data,
    )
