"""Payments: staff tell YCLIENTS that a salon has paid or was paid back, and get the address where an owner pays.

What is meant is committed before YCLIENTS is asked and no transaction is open meanwhile. Where no clear answer came the
payment is `unknown`, and is settled by YCLIENTS' own list of payments (`check`), never by telling it twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from gateway.application.admin.desk import Handler
from gateway.application.ports import Clock
from gateway.application.records import NewPayment, PaymentRecord, StaffMember
from gateway.domain.errors import GatewayError
from gateway.domain.partner_answers import (
    FailureKind,
    PartnerAnswer,
    PartnerError,
    PartnerPayment,
    StatusReading,
    envelope_data,
    failure_kind,
)
from gateway.domain.strict_json import positive_int
from shared import protocol
from shared.admin_wire import (
    DiscountGiven,
    DiscountOrder,
    PaymentLink,
    PaymentLinkQuery,
    PaymentList,
    PaymentNotice,
    PaymentRefund,
    PaymentView,
    SalonCommand,
    SalonQuery,
)

SETTLES_AFTER = timedelta(minutes=2)
"""A payment that is being sent for longer was left by a process that died."""

_UNCLEAR = frozenset(
    {FailureKind.SERVER_ERROR, FailureKind.TIMEOUT, FailureKind.UNREACHABLE, FailureKind.GARBLED}
)
_REFUSALS = frozenset({400, 409, 422})
"""Answers that say what is wrong with the payment itself: nothing happened."""

_OPEN = ("sending", "unknown")


class PaymentRows(Protocol):
    """The payments; see `gateway.storage.payment_store`."""

    async def of_salon(self, salon_id: int) -> Sequence[PaymentRecord]:
        """Return a salon's payments, the newest first."""

    async def begin(self, payment: NewPayment) -> PaymentRecord:
        """Commit that a payment is told, before it is."""

    async def begin_refund(self, salon_id: int, payment_id: int, amount: Decimal) -> PaymentRecord:
        """Commit that a refund is told, before it is."""

    async def settle(self, payment_id: int, **columns: Any) -> PaymentRecord:
        """Write what came of it."""

    async def note(self, salon_id: int, before: Mapping[str, str], after: Mapping[str, str]) -> None:
        """Tell the audit what an act changed that is no payment of ours, or several."""


class PaymentCalls(Protocol):
    """What is asked of YCLIENTS; see `gateway.yclients.client`."""

    async def notify_payment(self, payment: NewPayment) -> PartnerAnswer:
        """Tell of a payment."""

    async def refund_payment(self, partner_payment_id: int) -> PartnerAnswer:
        """Tell of a refund."""

    async def payment_link(self, salon_id: int, discount: str | None) -> PartnerAnswer:
        """Ask for the address where the owner pays."""

    async def add_discount(self, salon_ids: Sequence[int], discount: Decimal) -> PartnerAnswer:
        """Give a discount."""

    async def status(self, salon_id: int) -> StatusReading:
        """Read where the salon stands, its payments with it."""


class Payments:
    """The operations on payments. Refusals of YCLIENTS are told by their `partner_…` code."""

    def __init__(self, rows: PaymentRows, calls: PaymentCalls, clock: Clock) -> None:
        self._rows = rows
        self._calls = calls
        self._clock = clock

    async def list(self, _member: StaffMember, given: SalonQuery) -> PaymentList:
        """List a salon's payments, the newest first."""
        return self._listed(await self._rows.of_salon(given.salon_id))

    async def notify(self, _member: StaffMember, given: PaymentNotice) -> PaymentView:
        """Tell YCLIENTS of a payment. Raises salon_not_found, install_gone, payment_exists, field_invalid."""
        if given.period_to < given.period_from:
            raise GatewayError("field_invalid")
        meant = NewPayment(
            given.salon_id, _amount(given.amount), given.currency, given.paid_on, given.period_from, given.period_to
        )  # fmt: skip
        payment = await self._rows.begin(meant)
        try:
            answer = await self._calls.notify_payment(meant)
        except PartnerError as error:
            await self._rows.settle(payment.payment_id, state="refused", error_code=error.kind.error_code)
            raise GatewayError(error.kind.error_code) from None
        kind, number = failure_kind(answer), _number_in(answer)
        if kind is None and number is not None:
            done = await self._rows.settle(payment.payment_id, state="accepted", partner_payment_id=number)
            return view_of(done)
        return await self._failed(payment, "state", answer, kind or FailureKind.GARBLED)

    async def refund(self, _member: StaffMember, given: PaymentRefund) -> PaymentView:
        """Tell YCLIENTS of a refund.

        Raises payment_not_found, payment_not_refundable, amount_differs.
        """
        payment = await self._rows.begin_refund(given.salon_id, given.payment_id, _amount(given.amount))
        assert payment.partner_payment_id is not None
        try:
            answer = await self._calls.refund_payment(payment.partner_payment_id)
        except PartnerError as error:
            await self._rows.settle(
                payment.payment_id, refund_state="refused", error_code=error.kind.error_code
            )
            raise GatewayError(error.kind.error_code) from None
        kind = failure_kind(answer)
        if kind is None:
            return view_of(await self._rows.settle(payment.payment_id, refund_state="accepted"))
        return await self._failed(payment, "refund_state", answer, kind)

    async def check(self, _member: StaffMember, given: SalonCommand) -> PaymentList:
        """Settle what is unknown by YCLIENTS' own list of the salon's payments."""
        try:
            reading = await self._calls.status(given.salon_id)
        except PartnerError as error:
            raise GatewayError(error.kind.error_code) from None
        long_ago = self._clock.now() - SETTLES_AFTER
        before = await self._rows.of_salon(given.salon_id)
        for payment in before:
            theirs = _found(payment, reading.payments)
            if "sending" in (payment.state, payment.refund_state) and payment.updated_at >= long_ago:
                continue  # on its way at this moment: that their list has it not yet says nothing
            if payment.state in _OPEN:
                await self._settle_notice(payment, theirs)
            elif payment.refund_state in _OPEN and theirs is not None:
                refunded = "accepted" if theirs.is_refunded else "refused"
                await self._rows.settle(payment.payment_id, refund_state=refunded)
        after = await self._rows.of_salon(given.salon_id)
        await self._rows.note(given.salon_id, _states(before), _states(after))
        return self._listed(after)

    async def link(self, _member: StaffMember, given: PaymentLinkQuery) -> PaymentLink:
        """Return the address where the owner pays; it is YCLIENTS' own and is kept nowhere."""
        try:
            answer = await self._calls.payment_link(given.salon_id, given.discount)
        except PartnerError as error:
            raise GatewayError(error.kind.error_code) from None
        data = envelope_data(answer.json)
        url = data.get("url") if isinstance(data, dict) else None
        if (
            (kind := failure_kind(answer)) is not None
            or not isinstance(url, str)
            or not url.startswith("https://")
        ):
            raise GatewayError((kind or FailureKind.GARBLED).error_code)
        return PaymentLink(url=url)

    async def discount(self, _member: StaffMember, given: DiscountOrder) -> DiscountGiven:
        """Give a salon a discount, in percent; given again it is the same."""
        try:
            answer = await self._calls.add_discount([given.salon_id], _percent(given.discount))
        except PartnerError as error:
            raise GatewayError(error.kind.error_code) from None
        if (kind := failure_kind(answer)) is not None:
            raise GatewayError(kind.error_code)
        await self._rows.note(given.salon_id, {}, {"discount": given.discount})
        return DiscountGiven(salon_id=given.salon_id, discount=given.discount)

    async def _failed(
        self, payment: PaymentRecord, column: str, answer: PartnerAnswer, kind: FailureKind
    ) -> PaymentView:
        """Keep that it was refused and say so; where nobody knows, only keep it as unknown."""
        is_refusal = answer.http_status in _REFUSALS
        outcome = "unknown" if kind in _UNCLEAR and not is_refusal else "refused"
        code = "payment_refused" if is_refusal else kind.error_code
        changes = {column: outcome, "error_code": code}
        settled = await self._rows.settle(payment.payment_id, **changes)
        if outcome == "refused":
            raise GatewayError(code)
        return view_of(settled)

    async def _settle_notice(self, payment: PaymentRecord, theirs: PartnerPayment | None) -> None:
        number = positive_int(theirs.id, at_most=2**53) if theirs is not None else None
        if number is None:
            await self._rows.settle(payment.payment_id, state="refused", error_code="payment_not_listed")
        else:
            await self._rows.settle(
                payment.payment_id, state="accepted", partner_payment_id=number, error_code=None
            )

    def _listed(self, rows: Sequence[PaymentRecord]) -> PaymentList:
        return PaymentList(rows=[view_of(row) for row in rows])


def handlers(rows: PaymentRows, calls: PaymentCalls, clock: Clock) -> Mapping[str, Handler]:
    """Return what answers each operation on payments."""
    payments = Payments(rows, calls, clock)
    return {
        protocol.PAYMENTS_LIST.name: payments.list, protocol.PAYMENTS_NOTIFY.name: payments.notify,
        protocol.PAYMENTS_REFUND.name: payments.refund, protocol.PAYMENTS_CHECK.name: payments.check,
        protocol.PAYMENTS_LINK.name: payments.link, protocol.PAYMENTS_DISCOUNT.name: payments.discount,
    }  # fmt: skip


def view_of(payment: PaymentRecord) -> PaymentView:
    """Return a payment as it is sent."""
    return PaymentView(
        payment_id=payment.payment_id, salon_id=payment.salon_id, state=payment.state, refund=payment.refund_state,
        partner_payment_id=payment.partner_payment_id, amount=f"{payment.amount:.2f}", currency=payment.currency,
        paid_on=payment.paid_on, period_from=payment.period_from, period_to=payment.period_to,
        error_code=payment.error_code, created_at=payment.created_at,
    )  # fmt: skip


def _found(payment: PaymentRecord, theirs: Sequence[PartnerPayment]) -> PartnerPayment | None:
    """Return YCLIENTS' row of a payment: by its number, else by sum and period."""
    for row in theirs:
        if payment.partner_payment_id is not None:
            if row.id == str(payment.partner_payment_id):
                return row
            continue
        days = ((row.period_from or "")[:10], (row.period_to or "")[:10])
        if _sum_of(row) == payment.amount and days == (str(payment.period_from), str(payment.period_to)):
            return row
    return None


def _sum_of(row: PartnerPayment) -> Decimal | None:
    try:
        return Decimal(row.payment_sum or "")
    except InvalidOperation:
        return None


def _amount(text: str) -> Decimal:
    amount = Decimal(text)
    if amount <= 0:
        raise GatewayError("field_invalid")
    return amount


def _percent(text: str) -> Decimal:
    percent = Decimal(text)
    if percent > 100:
        raise GatewayError("field_invalid")
    return percent


def _number_in(answer: PartnerAnswer) -> int | None:
    data = envelope_data(answer.json)
    return positive_int(data.get("id"), at_most=2**53) if isinstance(data, dict) else None


def _states(payments: Sequence[PaymentRecord]) -> dict[str, str]:
    """Return how each payment stands, and its refund, for the audit."""
    return {f"payment {each.payment_id}": each.refund_state or each.state for each in payments}
