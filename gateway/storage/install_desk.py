"""What staff do to an install, each as one transaction with its event and its row in the audit."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from gateway.application.records import InstallRecord
from gateway.domain.calls import UNINSTALL
from gateway.domain.errors import GatewayError
from gateway.storage.database import Storage, Transaction
from gateway.storage.install_store import is_assistant_on, lock_newest
from gateway.storage.session_store import stop_session
from gateway.storage.tables import Company, Install, PartnerCall
from shared.vocabulary import PartnerState

UNINSTALL_AFTER_S = 10
"""How long an uninstall can be taken back before it is sent."""

_OPEN_UNINSTALL = """
    SELECT id, attempts, next_attempt_at FROM partner_calls
    WHERE install_id = %s AND kind = 'uninstall' AND finished_at IS NULL FOR UPDATE
"""


class InstallDeskStore:
    """Carries out what staff want of an install; a command for another generation than the newest is refused."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def require_open(self, salon_id: int) -> InstallRecord:
        """Return the salon's open install. Raises salon_not_found, install_gone."""
        return await self._storage.write(lambda tx: _open_install(tx, salon_id))

    async def freeze(self, salon_id: int, generation: int, reason: str) -> None:
        """Stop the bot and keep it stopped: from this commit on nothing starts it.

        Raises salon_not_found, install_gone, generation_changed, already_frozen.
        """

        def work(tx: Transaction) -> None:
            install = _open_install(tx, salon_id, generation)
            if install.is_frozen_by_staff:
                raise GatewayError("already_frozen")
            _change(tx, install, frozen_by_staff_at=tx.now, frozen_reason=reason)
            stop_session(tx, salon_id)
            _story(tx, install, "frozen_by_staff")
            tx.tell(
                before={"is_frozen_by_staff": False}, after={"is_frozen_by_staff": True, "generation": generation},
                salon_id=salon_id,
            )  # fmt: skip

        await self._storage.write(work)

    async def unfreeze(self, salon_id: int, generation: int) -> bool:
        """Take staff's stop away; returns whether the bot may run, which YCLIENTS' own freeze still forbids.

        Raises salon_not_found, install_gone, generation_changed, not_frozen.
        """

        def work(tx: Transaction) -> bool:
            install = _open_install(tx, salon_id, generation)
            if not install.is_frozen_by_staff:
                raise GatewayError("not_frozen")
            may_run = install.partner_state is not PartnerState.FROZEN
            _change(tx, install, frozen_by_staff_at=None, frozen_reason=None, resume_due=may_run)
            _story(tx, install, "unfrozen_by_staff")
            tx.tell(
                before={"is_frozen_by_staff": True}, after={"is_frozen_by_staff": False, "generation": generation},
                salon_id=salon_id,
            )  # fmt: skip
            return may_run

        return await self._storage.write(work)

    async def switch_assistant(self, salon_id: int, is_on: bool, reason: str) -> None:
        """Let the assistant answer the salon's customers, or not; the switch is the salon's and outlasts a reinstall.

        Nothing changes where it stands so already. Raises salon_not_found, install_gone.
        """

        def work(tx: Transaction) -> None:
            _open_install(tx, salon_id)
            was_on = is_assistant_on(tx, salon_id)
            told = {"is_assistant_on": was_on}, {"is_assistant_on": is_on}
            if was_on != is_on:
                off = {
                    "assistant_off_at": None if is_on else tx.now,
                    "assistant_off_reason": None if is_on else reason,
                }
                Company.update(updated_at=tx.now, **off).where(Company.yclients_id == salon_id).execute(tx.db)
            tx.tell(before=told[0], after=told[1], salon_id=salon_id)

        await self._storage.write(work)

    async def queue_uninstall(self, salon_id: int, generation: int, reason: str) -> None:
        """Queue the partner call that ends the install, due in UNINSTALL_AFTER_S.

        Raises salon_not_found, install_gone, generation_changed, uninstall_pending.
        """

        def work(tx: Transaction) -> None:
            install = _open_install(tx, salon_id, generation)
            if tx.sql(_OPEN_UNINSTALL, install.install_id):
                raise GatewayError("uninstall_pending")
            due_at = tx.now + timedelta(seconds=UNINSTALL_AFTER_S)
            PartnerCall.insert(
                install=install.install_id, kind=UNINSTALL, state="waiting", next_attempt_at=due_at, reason=reason,
                created_at=tx.now, updated_at=tx.now,
            ).execute(tx.db)  # fmt: skip
            _story(tx, install, "uninstall_queued", next_attempt_at=due_at.isoformat())
            tx.tell(
                before={"partner_state": install.partner_state.value},
                after={"uninstall": "waiting", "generation": generation, "next_attempt_at": due_at.isoformat()},
                salon_id=salon_id,
            )  # fmt: skip

        await self._storage.write(work)

    async def keep(self, salon_id: int) -> None:
        """Cancel an uninstall of which no attempt was begun. Raises salon_not_found, uninstall_not_pending."""

        def work(tx: Transaction) -> None:
            install = _newest(tx, salon_id)
            pending = tx.sql(_OPEN_UNINSTALL, install.install_id)
            if not pending or pending[0]["attempts"]:
                raise GatewayError("uninstall_not_pending")
            tx.count(
                "UPDATE partner_calls SET state = 'cancelled', finished_at = %s, updated_at = %s, claimed_by = NULL, "
                "claimed_until = NULL WHERE id = %s",
                tx.now, tx.now, pending[0]["id"],
            )  # fmt: skip
            _story(tx, install, "uninstall_cancelled")
            tx.tell(before={"uninstall": "waiting"}, after={"uninstall": "cancelled"}, salon_id=salon_id)

        await self._storage.write(work)

    async def note_link(self, salon_id: int, generation: int, expires_at: datetime) -> None:
        """Write that a link to this generation's page was made; the link itself is written nowhere.

        Raises salon_not_found, install_gone, generation_changed.
        """

        def work(tx: Transaction) -> None:
            install = _open_install(tx, salon_id, generation)
            _story(tx, install, "link_issued", expires_at=expires_at.isoformat())
            made = {"generation": generation, "expires_at": expires_at.isoformat()}
            tx.tell(before={}, after=made, salon_id=salon_id)

        await self._storage.write(work)


def _newest(tx: Transaction, salon_id: int) -> InstallRecord:
    install = lock_newest(tx, salon_id)
    if install is None:
        raise GatewayError("salon_not_found")
    return install


def _open_install(tx: Transaction, salon_id: int, generation: int | None = None) -> InstallRecord:
    install = _newest(tx, salon_id)
    if generation is not None and install.generation != generation:
        raise GatewayError("generation_changed")
    if not install.is_open:
        raise GatewayError("install_gone")
    return install


def _change(tx: Transaction, install: InstallRecord, **columns: Any) -> None:
    Install.update(updated_at=tx.now, **columns).where(Install.id == install.install_id).execute(tx.db)


def _story(tx: Transaction, install: InstallRecord, event_type: str, **data: Any) -> None:
    tx.append(
        event_type,
        salon_id=install.salon_id,
        install_id=install.install_id,
        correlation=install.correlation,
        **data,
    )
