"""Payments of one salon: what YCLIENTS was told, a new one, a refund, a discount, an address where the owner pays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from PySide6.QtCore import QDate, QRegularExpression, Qt
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import (
    QDateEdit,
    QDialog,
    QFormLayout,
    QLabel,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.model.problem import Trouble
from desktop.qt.dialogs.confirm import ConfirmDialog, Question
from desktop.qt.explanations import explained
from desktop.qt.texts import isolate, marked, number_text, translate
from desktop.qt.tools import Tools
from desktop.qt.troubles import TroubleBanner
from desktop.qt.view import View
from desktop.qt.views.asking import Asking
from desktop.qt.views.permits import permit, refusal_of
from desktop.qt.widgets.banner import Banner
from desktop.qt.widgets.basics import button, flowing, label, row
from desktop.qt.widgets.copyable import copy_text
from desktop.qt.widgets.headings import set_headings
from desktop.qt.widgets.rolling import Rolling, open_at
from shared.admin_wire import DiscountGiven, PaymentLink, PaymentList, PaymentView

_LEAST_TABLE: Final = 110
_SUM: Final = QRegularExpression(r"[0-9]{1,9}([.,][0-9]{1,2})?")
_PERCENT: Final = QRegularExpression(r"(100|[0-9]{1,2})([.,][0-9]{1,2})?")
_LABELS: Final = 104
"""As wide as the longest, so that the fields of both forms begin in one line."""
_HEADINGS: Final = (
    marked("Payments", "Sum"), marked("Payments", "Period"), marked("Payments", "Paid on"),
    marked("Payments", "Number at YCLIENTS"), marked("Payments", "State"),
)  # fmt: skip
_STATES: Final = {
    "sending": marked("Payments", "Being sent"),
    "accepted": marked("Payments", "Accepted"),
    "refused": marked("Payments", "Refused"),
    "unknown": marked("Payments", "Unknown: compare with YCLIENTS"),
}
_REFUNDS: Final = {
    "sending": marked("Payments", "Refund being sent"),
    "accepted": marked("Payments", "Paid back"),
    "refused": marked("Payments", "Refund refused"),
    "unknown": marked("Payments", "Refund unknown: compare with YCLIENTS"),
}


def state_text(payment: PaymentView) -> str:
    """Return how a payment stands, its refund before the rest, and why it was refused."""
    source = _REFUNDS[payment.refund] if payment.refund else _STATES[payment.state]
    text = translate("Payments", source)
    return f"{text}: {explained(payment.error_code).title}" if payment.error_code else text


def money_text(payment: PaymentView) -> str:
    """Return a payment's sum as people write it."""
    sign = "₽" if payment.currency == "RUB" else payment.currency
    return f"{number_text(float(payment.amount), 2)}\u00a0{sign}"


class PaymentsView(View):
    """The payments of the salon it was opened for."""

    def __init__(self, tools: Tools, salon_id: int, title: str, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self._salon_id, self._title = salon_id, title
        self._rows: list[PaymentView] = []
        self._is_read = False
        self._asking = Asking(self, self._permit_all, self._show_trouble)
        self.about, self.nothing = label("quiet", is_wrapped=True), label("quiet", is_wrapped=True)
        self.trouble, self.done = TroubleBanner(tools.icons), Banner(tools.icons, "ok", is_closable=True)
        self.table = QTableWidget(0, len(_HEADINGS))
        self.check, self.refund = button(), button("danger")
        self.amount, self.percent = QLineEdit(), QLineEdit()
        self.paid_on, self.since, self.until = QDateEdit(), QDateEdit(), QDateEdit()
        self.notify, self.link, self.discount = button("primary"), button(), button()
        self._labels = {name: QLabel() for name in ("amount", "paid_on", "since", "until", "percent")}
        self.new_heading, self.link_heading = label("heading"), label("heading")
        self._build()
        models = tools.console.models
        self.watch(models.connection.changed, self._permit_all)
        self.watch(models.safety.changed, self._permit_all)
        self.retranslate()
        self._read()

    def retranslate(self) -> None:
        """Set every text anew."""
        self.about.setText(
            translate(
                "Payments", "What YCLIENTS was told of {name}. A payment is told once for a sum and a period."
            ).format(name=isolate(self._title))
        )
        self.table.setAccessibleName(translate("Payments", "Payments"))
        set_headings(self.table, [translate("Payments", source) for source in _HEADINGS], {0})
        fields = (
            ("amount", translate("Payments", "S&um, roubles"), self.amount),
            ("paid_on", translate("Payments", "&Paid on"), self.paid_on),
            ("since", translate("Payments", "Period &from"), self.since),
            ("until", translate("Payments", "Period &to"), self.until),
            ("percent", translate("Payments", "D&iscount, %"), self.percent),
        )
        for name, text, field in fields:
            self._labels[name].setText(text)
            self._labels[name].setBuddy(field)
            field.setAccessibleName(text.replace("&", ""))
        self.new_heading.setText(translate("Payments", "Tell of a payment"))
        self.link_heading.setText(translate("Payments", "Address to pay at, and discount"))
        self.check.setText(translate("Payments", "&Compare with YCLIENTS"))
        self.refund.setText(translate("Payments", "Pay &back…"))
        self.notify.setText(translate("Payments", "Tell &YCLIENTS…"))
        self.link.setText(translate("Payments", "Copy the &address"))
        self.discount.setText(translate("Payments", "&Give the discount…"))
        self.trouble.retranslate()
        self._show()

    def _build(self) -> None:
        for field, form in ((self.amount, _SUM), (self.percent, _PERCENT)):
            field.setValidator(QRegularExpressionValidator(form, field))
            field.textChanged.connect(self._permit_all)
        today = QDate.currentDate()
        for edge, day in (
            (self.paid_on, today),
            (self.since, today),
            (self.until, today.addMonths(1).addDays(-1)),
        ):
            edge.setCalendarPopup(True)
            edge.setDisplayFormat("dd.MM.yyyy")
            edge.setDate(day)
            edge.dateChanged.connect(self._permit_all)
        self.table.verticalHeader().hide()
        self.table.setMinimumHeight(self.tools.theme.px(_LEAST_TABLE))
        header = self.table.horizontalHeader()
        header.setStretchLastSection(True)
        header.setSectionsClickable(False)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.itemSelectionChanged.connect(self._permit_all)
        new, more = QFormLayout(), QFormLayout()
        for name, edited in (
            ("amount", self.amount), ("paid_on", self.paid_on), ("since", self.since), ("until", self.until),
        ):  # fmt: skip
            new.addRow(self._labels[name], edited)
        more.addRow(self._labels["percent"], self.percent)
        for each in (new, more):
            each.setHorizontalSpacing(16)
        for name in self._labels:
            self.tools.theme.fit(self._labels[name], min_width=_LABELS)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 8)
        layout.setSpacing(12)
        for part in (self.about, self.trouble, self.done, self.nothing):
            layout.addWidget(part)
        layout.addWidget(self.table, 1)
        layout.addLayout(flowing(self.check, self.refund))
        layout.addWidget(self.new_heading)
        layout.addLayout(new)
        layout.addLayout(row(self.notify, None))
        layout.addWidget(self.link_heading)
        layout.addLayout(more)
        layout.addLayout(flowing(self.link, self.discount))
        self.done.hide()
        self.done.closed.connect(self.done.hide)
        self.check.clicked.connect(self._check)
        self.refund.clicked.connect(self.ask_refund)
        self.notify.clicked.connect(self.ask_notify)
        self.link.clicked.connect(self._copy_link)
        self.discount.clicked.connect(self.ask_discount)

    # ------------------------------------------------------------------------------------------------ what is shown

    def _show(self) -> None:
        empty = translate("Payments", "Nothing yet. When the owner has paid you directly, tell of it below.")
        self.nothing.setText(
            empty if self._is_read else translate("Payments", "The payments are being read…")
        )
        self.nothing.setVisible(not self._rows)
        self.table.setVisible(bool(self._rows))
        self.table.setRowCount(len(self._rows))
        for at, payment in enumerate(self._rows):
            period = f"{payment.period_from:%d.%m.%Y}–{payment.period_to:%d.%m.%Y}"
            number = str(payment.partner_payment_id or "—")
            cells = (
                money_text(payment), period, f"{payment.paid_on:%d.%m.%Y}", number,
                state_text(payment),
            )  # fmt: skip
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                if column == 0:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(at, column, item)
        for column, width in enumerate((110, 180, 100, 150)):
            self.table.setColumnWidth(column, self.tools.theme.px(width))
        self._permit_all()

    def _chosen(self) -> PaymentView | None:
        at = self.table.currentRow()
        return self._rows[at] if 0 <= at < len(self._rows) else None

    def _permit_all(self) -> None:
        chosen = self._chosen()
        no_sum = None if self.amount.hasAcceptableInput() else translate("Payments", "Type the sum first.")
        if no_sum is None and self.until.date() < self.since.date():
            no_sum = translate("Payments", "The period ends before it begins.")
        no_percent = (
            None if self.percent.hasAcceptableInput() else translate("Payments", "Type the percent first.")
        )
        bad_percent = no_percent if self.percent.text() else None
        no_choice = None
        if chosen is None:
            no_choice = translate("Payments", "Choose a payment first.")
        elif chosen.refund in ("sending", "unknown"):
            no_choice = translate(
                "Payments", "Whether the refund came is not known: compare with YCLIENTS first."
            )
        elif chosen.state != "accepted" or chosen.refund == "accepted":
            no_choice = translate("Payments", "Only a payment that YCLIENTS accepted can be paid back.")
        for control, operation, why in (
            (self.notify, "payments.notify", no_sum), (self.refund, "payments.refund", no_choice),
            (self.check, "payments.check", None), (self.link, "payments.link", bad_percent),
            (self.discount, "payments.discount", no_percent),
        ):  # fmt: skip
            busy = (
                translate("Refusal", "Sent; waiting for the gateway.")
                if self._asking.is_busy(operation)
                else None
            )
            permit(control, refusal_of(self.tools, operation) or busy or why)

    # ------------------------------------------------------------------------------------------------ what is asked

    def _read(self) -> None:
        self._asking.ask("payments.list", self.tools.console.payments, self._salon_id, done=self._take)

    def _check(self) -> None:
        self._asking.ask("payments.check", self.tools.console.check_payments, self._salon_id, done=self._take)

    def _take(self, listed: PaymentList) -> None:
        self._rows, self._is_read = list(listed.rows), True
        self._show()

    def ask_notify(self) -> ConfirmDialog:
        """Ask before YCLIENTS is told of a payment."""
        given: dict[str, Any] = {
            "amount": _number(self.amount), "paid_on": _day(self.paid_on), "period_from": _day(self.since),
            "period_to": _day(self.until),
        }  # fmt: skip
        question = Question(
            translate("Payments", "Tell YCLIENTS that {name} paid {sum} roubles?").format(
                name=isolate(self._title), sum=given["amount"]
            ),
            translate("Payments", "YCLIENTS counts the period as paid. It can be taken back only as a refund."),
            translate("Payments", "Tell of the payment"), is_dangerous=True, needs_reason=True,
        )  # fmt: skip
        console = self.tools.console
        return self._confirm(
            question,
            lambda reason: console.notify_payment(self._salon_id, reason=reason, **given),
            self._on_told,
        )

    def ask_refund(self) -> ConfirmDialog | None:
        """Ask before YCLIENTS is told of a refund; the sum is typed once more."""
        chosen = self._chosen()
        if chosen is None:
            return None
        question = Question(
            translate("Payments", "Pay {sum} back to {name}?").format(
                sum=money_text(chosen), name=isolate(self._title)
            ),
            translate(
                "Payments",
                "If the period still runs, YCLIENTS disables the salon within the hour.",
            ),
            translate("Payments", "Pay it back"), is_dangerous=True, needs_reason=True, typed_name=chosen.amount,
            typed_label=translate("Payments", "Type the sum: {name}"),
        )  # fmt: skip
        console, salon_id = self.tools.console, self._salon_id
        return self._confirm(
            question,
            lambda reason: console.refund_payment(salon_id, chosen.payment_id, chosen.amount, reason),
            self._on_told,
        )

    def ask_discount(self) -> ConfirmDialog:
        """Ask before a discount is given."""
        percent = _number(self.percent)
        question = Question(
            translate("Payments", "Give {name} a discount of {percent} %?").format(
                name=isolate(self._title), percent=percent
            ),
            translate("Payments", "It holds for the salon's next payments at YCLIENTS."),
            translate("Payments", "Give the discount"), needs_reason=True,
        )  # fmt: skip
        console = self.tools.console
        return self._confirm(
            question, lambda reason: console.give_discount(self._salon_id, percent, reason), self._on_discount
        )

    def _copy_link(self) -> None:
        percent = _number(self.percent) if self.percent.text() else None
        self._asking.ask(
            "payments.link", self.tools.console.payment_link, self._salon_id, percent, done=self._on_link
        )

    def _confirm(
        self, question: Question, command: Callable[[str], Any], done: Callable[[Any], object]
    ) -> ConfirmDialog:
        return self._asking.confirm(question, command, done)

    def _on_told(self, payment: PaymentView) -> None:
        self._tell(state_text(payment))
        self.amount.clear()
        self._read()

    def _on_discount(self, given: DiscountGiven) -> None:
        self._tell(translate("Payments", "The discount is {percent} % now.").format(percent=given.discount))

    def _on_link(self, link: PaymentLink) -> None:
        copy_text(link.url)
        self._tell(translate("Payments", "The address is copied: send it to the owner."))

    def _tell(self, text: str) -> None:
        self.done.set_text(text)
        self.done.set_close_name(translate("Salon", "Put this away"))
        self.done.show()

    def _show_trouble(self, trouble: Trouble | None) -> None:
        self.trouble.show_trouble(trouble)


class PaymentsDialog(QDialog):
    """The same in a window of its own, beside the main one; Esc closes it."""

    def __init__(self, tools: Tools, salon_id: int, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(translate("Payments", "Payments"))
        self.payments = PaymentsView(tools, salon_id, title)
        close = button()
        close.setText(translate("Payments", "Close"))
        close.setAutoDefault(False)
        close.clicked.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 12)
        layout.addWidget(Rolling(self.payments), 1)
        foot = row(None, close)
        foot.setContentsMargins(24, 0, 24, 0)
        layout.addLayout(foot)
        self.finished.connect(lambda _: self.payments.release())
        open_at(self, tools.theme.px(760), tools.theme.px(720))


def _number(field: QLineEdit) -> str:
    return field.text().strip().replace(",", ".")


def _day(field: QDateEdit) -> str:
    return field.date().toString(Qt.DateFormat.ISODate)
