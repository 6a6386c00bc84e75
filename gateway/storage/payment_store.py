"""Payments told to YCLIENTS by staff: what is meant is committed first, what came of it afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from gateway.application.records import NewPayment, PaymentRecord
from gateway.domain.errors import GatewayError
from gateway.storage.database import Storage, Transaction
from gateway.storage.install_store import lock_newest

MOST = 100
_COLUMNS = (
    "id AS payment_id, salon_id, state, refund_state, partner_payment_id, amount, currency, paid_on, period_from, "
    "period_to, error_code, created_at, updated_at"
)


class PaymentStore:
    """The rows of payments."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def of_salon(self, salon_id: int) -> Sequence[PaymentRecord]:
        """Return a salon's payments, the newest first, at most a hundred."""
        statement = f"SELECT {_COLUMNS} FROM payments WHERE salon_id = %s ORDER BY id DESC LIMIT {MOST}"
        return await self._storage.read(lambda tx: [_record(row) for row in tx.sql(statement, salon_id)])

    async def begin(self, payment: NewPayment) -> PaymentRecord:
        """Commit that a payment is told, before it is. Raises salon_not_found, install_gone, payment_exists."""

        def work(tx: Transaction) -> PaymentRecord:
            install = lock_newest(tx, payment.salon_id)
            if install is None:
                raise GatewayError("salon_not_found")
            if not install.is_open:
                raise GatewayError("install_gone")
            rows = tx.sql(
                f"""
                INSERT INTO payments (install_id, salon_id, state, amount, currency, paid_on, period_from, period_to,
                    created_at, updated_at)
                VALUES (%s, %s, 'sending', %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING {_COLUMNS}
                """,
                install.install_id, payment.salon_id, payment.amount, payment.currency, payment.paid_on,
                payment.period_from, payment.period_to, tx.now, tx.now,
            )  # fmt: skip
            if not rows:
                raise GatewayError("payment_exists")
            tx.tell(before={}, after=_told(_record(rows[0])), salon_id=payment.salon_id)
            return _record(rows[0])

        return await self._storage.write(work)

    async def begin_refund(self, salon_id: int, payment_id: int, amount: Decimal) -> PaymentRecord:
        """Commit that a refund is told, before it is.

        Raises payment_not_found, payment_not_refundable (never accepted, refunded already, or told with an outcome that
        is unknown until YCLIENTS' list settles it), amount_differs.
        """

        def work(tx: Transaction) -> PaymentRecord:
            rows = tx.sql(
                f"SELECT {_COLUMNS} FROM payments WHERE id = %s AND salon_id = %s FOR UPDATE",
                payment_id,
                salon_id,
            )
            if not rows:
                raise GatewayError("payment_not_found")
            before = _record(rows[0])
            if before.state != "accepted" or before.refund_state not in (None, "refused"):
                raise GatewayError("payment_not_refundable")
            if before.amount != amount:
                raise GatewayError("amount_differs")
            after = _change(tx, payment_id, refund_state="sending", error_code=None)
            tx.tell(before=_told(before), after=_told(after), salon_id=salon_id)
            return after

        return await self._storage.write(work)

    async def settle(self, payment_id: int, **columns: Any) -> PaymentRecord:
        """Write what came of a payment or a refund."""
        return await self._storage.write(lambda tx: _change(tx, payment_id, **columns))

    async def note(self, salon_id: int, before: Mapping[str, str], after: Mapping[str, str]) -> None:
        """Tell the audit what an act changed that is no row of ours, or several."""
        await self._storage.write(lambda tx: tx.tell(before=before, after=after, salon_id=salon_id))


def _change(tx: Transaction, payment_id: int, **columns: Any) -> PaymentRecord:
    assignments = ", ".join(f"{name} = %s" for name in columns)
    rows = tx.sql(
        f"UPDATE payments SET {assignments}, updated_at = %s WHERE id = %s RETURNING {_COLUMNS}",
        *columns.values(), tx.now, payment_id,
    )  # fmt: skip
    return _record(rows[0])


def _record(row: dict[str, Any]) -> PaymentRecord:
    return PaymentRecord(**row)


def _told(payment: PaymentRecord) -> dict[str, Any]:
    """What the audit keeps of a payment."""
    return {
        "payment_id": payment.payment_id, "state": payment.state, "refund": payment.refund_state,
        "amount": str(payment.amount), "currency": payment.currency,
        "period": f"{payment.period_from}/{payment.period_to}",
    }  # fmt: skip
