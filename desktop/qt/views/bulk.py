"""A bulk retry on the screen: plan, reason, progress, report. It goes on at the gateway whoever looks."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from desktop.model.problem import Trouble
from desktop.qt.dialogs.confirm import LEAST_REASON_CHARS
from desktop.qt.explanations import explained
from desktop.qt.texts import (
    age_text,
    bulk_item_word,
    bulk_word,
    calls_text,
    isolate,
    number_text,
    salon_text,
    translate,
    when_text,
)
from desktop.qt.tools import Tools
from desktop.qt.troubles import TroubleBanner
from desktop.qt.view import View
from desktop.qt.views.asking import Asking
from desktop.qt.views.permits import permit, refusal_of
from desktop.qt.widgets.basics import Card, button, flowing, label, name_it, row, tool_button
from desktop.qt.widgets.state_word import StateWord
from shared.admin_wire import MAX_REASON_CHARS, BulkView
from shared.vocabulary import BulkItemState, BulkState

_LOOKS: Final = {
    BulkState.PLANNED: ("queue", "info"), BulkState.RUNNING: ("refresh", "accent"),
    BulkState.CANCELLING: ("stop", "warn"), BulkState.CANCELLED: ("stage-gone", "text-quiet"),
    BulkState.DONE: ("check-circle", "ok"), BulkState.EXPIRED: ("clock", "text-quiet"),
}  # fmt: skip
GOING_ON: Final = frozenset({BulkState.RUNNING, BulkState.CANCELLING})
_OVER: Final = frozenset({BulkState.CANCELLED, BulkState.DONE})
_ROWS_SHOWN: Final = 5


def done_of(view: BulkView) -> int:
    """Return how many calls of it are through, whatever came of them."""
    return view.total - view.pending - view.running


class BulkPanel(View):
    """The bulk retry that is open. Closing the panel ends nothing; opened again it shows where things stand."""

    call_opened = Signal(int, int)
    """A call of the report: its salon and its number."""

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self.setProperty("role", "scrolled")
        self._bulk = tools.console.models.bulk
        self._asking = Asking(self, self._permit_all, self._show_trouble)
        self._loaded_items_of: int | None = None
        self.card = Card(margin=12, spacing=8)
        self.state, self.head = StateWord(tools.icons, "strong"), label("quiet", is_wrapped=True)
        self.head.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.close_panel = tool_button()
        tools.icons.dress(self.close_panel, "cross")
        self.trouble = TroubleBanner(tools.icons)
        self.plan = label(is_wrapped=True)
        self.excluded = label("quiet", is_wrapped=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.rate = label("quiet", is_wrapped=True)
        self.outcomes = QGridLayout()
        self._outcome_labels: list[QWidget] = []
        self.rows = QTableWidget(0, 3)
        self.more_rows = button("link")
        self.reason = QLineEdit()
        self.reason.setMaxLength(MAX_REASON_CHARS)
        self.start, self.cancel, self.dismiss = button("primary"), button(), button()
        self._build()
        self.watch(self._bulk.changed, self.refresh)
        self.watch(tools.console.models.connection.changed, self._permit_all)
        self.watch(tools.console.models.safety.changed, self._permit_all)
        tools.ticker.second_passed.connect(self._show_time)
        self.retranslate()

    def retranslate(self) -> None:
        """Set every text anew."""
        self.reason.setPlaceholderText(translate("Bulk", "Why: goes into the log with your name"))
        self.reason.setAccessibleName(translate("Bulk", "Reason for the bulk retry"))
        self.more_rows.setText(translate("Bulk", "Show more"))
        self.cancel.setText(translate("Bulk", "Stop the retry"))
        self.dismiss.setText(translate("Bulk", "Not now"))
        name_it(self.close_panel, translate("Bulk", "Close; the retry goes on"))
        self.trouble.retranslate()
        self.refresh()

    def refresh(self) -> None:
        """Show the plan, the progress or the report."""
        view = self._bulk.view
        self.setVisible(view is not None or self._bulk.is_loading or self._bulk.problem is not None)
        if self._bulk.problem is not None:
            self.trouble.show_trouble(self._bulk.problem)
        is_planned = view is not None and view.state is BulkState.PLANNED
        for part in (self.plan, self.excluded, self.reason, self.start, self.dismiss):
            part.setVisible(is_planned)
        is_begun = view is not None and view.state in GOING_ON | _OVER
        self.bar.setVisible(is_begun)
        self.rate.setVisible(is_begun)
        self.cancel.setVisible(view is not None and view.state in GOING_ON)
        self.rows.setVisible(view is not None and (is_planned or view.state in _OVER))
        self.more_rows.setVisible(False)
        if view is None:
            self._show_no_view()
            return
        icon, colour = _LOOKS[view.state]
        self.state.set_state(icon, colour, bulk_word(view.state))
        self.head.setText(self._head_text(view))
        if is_planned:
            self._show_plan(view)
        elif is_begun:
            self._show_progress(view)
        if view.state in _OVER:
            self._show_report(view)
        self._permit_all()

    def outcome_texts(self) -> list[str]:
        """Return what came of its calls, line by line."""
        return [
            each.word.text() if isinstance(each, StateWord) else each.text()
            for each in self._outcome_labels
            if isinstance(each, StateWord | QLabel)
        ]

    # ------------------------------------------------------------------------------------------------- build

    def _build(self) -> None:
        self.rows.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.rows.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.rows.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        self.rows.setShowGrid(False)
        self.rows.setTabKeyNavigation(False)
        self.rows.verticalHeader().hide()
        self.rows.horizontalHeader().hide()
        self.rows.horizontalHeader().setStretchLastSection(True)
        self.rows.cellActivated.connect(self._on_row_activated)
        self.start.clicked.connect(self._start)
        self.cancel.clicked.connect(self._cancel)
        self.dismiss.clicked.connect(self._close)
        self.close_panel.clicked.connect(self._close)
        self.more_rows.clicked.connect(lambda: self.run(self.tools.console.load_more_items))
        self.reason.textChanged.connect(self._permit_all)
        self.tools.theme.fit(self.rate, size="small")
        body = self.card.body
        body.addLayout(row(self.state, self.head, self.close_panel))
        for part in (self.trouble, self.plan, self.excluded, self.bar, self.rate):
            body.addWidget(part)
        self.outcomes.setHorizontalSpacing(16)
        body.addLayout(self.outcomes)
        body.addWidget(self.rows)
        body.addWidget(self.more_rows, 0, Qt.AlignmentFlag.AlignLeft)
        self.tools.theme.fit(self.reason, min_width=160)
        body.addLayout(flowing(self.reason, self.start, self.dismiss, self.cancel))
        layout = row(self.card)
        self.setLayout(layout)

    # --------------------------------------------------------------------------------------------- what is shown

    def _show_no_view(self) -> None:
        self._clear_outcomes()
        is_loading = self._bulk.is_loading
        self.state.set_state(
            "clock", "text-quiet", translate("Bulk", "Counting the calls…") if is_loading else ""
        )
        self.state.setVisible(is_loading)
        self.head.setText("")

    def _head_text(self, view: BulkView) -> str:
        when = when_text(view.started_at or view.created_at, None, self.tools.ticker.now()).text
        told = translate("Bulk", "Bulk retry No. {number} · {staff} · {time}").format(
            number=view.bulk_id, staff=isolate(view.staff), time=f"{when} UTC"
        )
        return f"{told} · {isolate(view.reason)}" if view.reason else told

    def _show_plan(self, view: BulkView) -> None:
        self.state.show()
        self.start.setText(translate("Bulk", "Retry %n calls", "", view.total))
        told = translate(
            "Bulk", "{calls} will be retried, in about {time}: YCLIENTS lets {rate} a minute through."
        )
        self.plan.setText(
            told.format(
                calls=calls_text(view.total), time=age_text(view.eta_s), rate=number_text(view.per_minute)
            )
        )
        if not view.total:
            self.plan.setText(translate("Bulk", "None of these calls can be retried now."))
        self.excluded.setText(
            translate("Bulk", "%n calls match but cannot be retried now.", "", view.excluded)
        )
        self.excluded.setVisible(view.excluded > 0)
        self._clear_outcomes()
        sample = self._bulk.sample
        self._fill_rows([
            (each.salon_id, each.call_id, salon_text(each.title, each.city), str(each.salon_id),
             explained(each.error_code).title if each.error_code else "")
            for each in sample
        ])  # fmt: skip
        if view.total > len(sample) > 0:
            self.rows.setAccessibleName(translate("Bulk", "A sample of the calls"))
            self.more_rows.setVisible(False)

    def _show_progress(self, view: BulkView) -> None:
        self.state.show()
        done = done_of(view)
        self.bar.setMaximum(max(1, view.total))
        self.bar.setValue(done)
        self._show_time()
        self._show_outcomes(view)

    def _show_time(self) -> None:
        view = self._bulk.view
        if view is None or view.state not in GOING_ON | _OVER:
            return
        done = translate("Bulk", "{done} of {total}").format(
            done=number_text(done_of(view)), total=number_text(view.total)
        )
        self.bar.setAccessibleName(done)
        if view.state is BulkState.RUNNING:
            rest = translate("Bulk", "{rate} a minute, about {time} left").format(
                rate=number_text(self._rate_of(view)), time=age_text(view.eta_s)
            )
            self.rate.setText(f"{done} · {rest}")
        elif view.state is BulkState.CANCELLING:
            self.rate.setText(f"{done} · {translate('Bulk', 'what is being sent is waited for')}")
        else:
            self.rate.setText(done)

    def _rate_of(self, view: BulkView) -> float:
        """Return how many calls a minute went through so far; the partner's limit while none did."""
        if view.started_at is None or not done_of(view):
            return view.per_minute
        minutes = max(1.0, self.tools.ticker.age_s(view.started_at)) / 60
        return min(view.per_minute, done_of(view) / minutes) if view.per_minute else done_of(view) / minutes

    def _show_outcomes(self, view: BulkView) -> None:
        self._clear_outcomes()
        states = (
            (BulkItemState.SUCCEEDED, view.succeeded, "check-circle", "ok"),
            (BulkItemState.FAILED, view.failed, "stage-attention", "bad"),
            (BulkItemState.DELAYED, view.delayed, "clock", "warn"),
            (BulkItemState.SKIPPED, view.skipped, "stage-gone", "text-quiet"),
            (BulkItemState.CANCELLED, view.cancelled, "stop", "text-quiet"),
        )
        column = 0
        for state, count, icon, colour in states:
            if count:
                made = StateWord(self.tools.icons)
                made.set_state(icon, colour, f"{bulk_item_word(state)}: {number_text(count)}")
                self._add_outcome(made, 0, column)
                column += 1
        for number, (code, count) in enumerate(
            sorted(view.failed_by_code.items(), key=lambda each: -each[1])
        ):
            told = label("quiet", is_wrapped=True)
            told.setText(f"{explained(code).title}: {number_text(count)}")
            self._add_outcome(told, number + 1, 0, span=max(1, column))
        self.outcomes.setColumnStretch(max(column, 5), 1)

    def _add_outcome(self, widget: QWidget, line: int, column: int, span: int = 1) -> None:
        self.outcomes.addWidget(widget, line, column, 1, span)
        self._outcome_labels.append(widget)

    def _clear_outcomes(self) -> None:
        for widget in self._outcome_labels:
            self.outcomes.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self._outcome_labels = []

    def _show_report(self, view: BulkView) -> None:
        if not self._bulk.items and self._loaded_items_of != view.bulk_id:
            self._loaded_items_of = view.bulk_id
            self.run(self.tools.console.load_more_items)
        self.rows.setAccessibleName(translate("Bulk", "The report, call by call"))
        self._fill_rows([
            (item.salon_id, item.call_id, isolate(item.title), bulk_item_word(item.state),
             explained(item.outcome).title if item.outcome else "")
            for item in self._bulk.items
        ])  # fmt: skip
        self.more_rows.setVisible(self._bulk.has_more_items)

    def _fill_rows(self, lines: list[tuple[int, int, str, str, str]]) -> None:
        self.rows.setRowCount(len(lines))
        for at, (salon_id, call_id, *texts) in enumerate(lines):
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setData(Qt.ItemDataRole.UserRole, (salon_id, call_id))
                item.setToolTip(text)
                self.rows.setItem(at, column, item)
            self.rows.setRowHeight(at, self.tools.theme.px(26))
        for column, width in ((0, 240), (1, 130)):
            self.rows.setColumnWidth(column, self.tools.theme.px(width))
        self.rows.setVisible(bool(lines))
        self.rows.setFixedHeight(self.tools.theme.px(26) * min(len(lines), _ROWS_SHOWN) + 4)

    def _permit_all(self) -> None:
        view = self._bulk.view
        if view is None:
            return
        missing = translate("Bulk", "Say why first: three letters or more.")
        has_reason = len(self.reason.text().strip()) >= LEAST_REASON_CHARS
        nothing = translate("Bulk", "There is nothing to retry.") if not view.total else None
        sent = translate("Refusal", "Sent; waiting for the gateway.")
        is_busy = self._asking.is_busy("bulk.start")
        permit(
            self.start,
            refusal_of(self.tools, "bulk.start") or nothing or (sent if is_busy else None)
            or (None if has_reason else missing),
        )  # fmt: skip
        is_ending = view.state is BulkState.CANCELLING or self._asking.is_busy("bulk.cancel")
        permit(self.cancel, refusal_of(self.tools, "bulk.cancel") or (sent if is_ending else None))

    # ---------------------------------------------------------------------------------------------- what is asked

    def _start(self) -> None:
        view = self._bulk.view
        if view is not None:
            self._asking.ask(
                "bulk.start", self.tools.console.start_bulk, view.bulk_id, self.reason.text().strip(),
                done=lambda _: self.reason.clear(),
            )  # fmt: skip

    def _cancel(self) -> None:
        view = self._bulk.view
        if view is not None:
            self._asking.ask("bulk.cancel", self.tools.console.cancel_bulk, view.bulk_id)

    def _close(self) -> None:
        self.trouble.show_trouble(None)
        self.run(self.tools.console.close_bulk)

    def _on_row_activated(self, at: int, _: int) -> None:
        item = self.rows.item(at, 0)
        if item is not None:
            salon_id, call_id = item.data(Qt.ItemDataRole.UserRole)
            self.call_opened.emit(salon_id, call_id)

    def _show_trouble(self, trouble: Trouble | None) -> None:
        self.trouble.show_trouble(trouble)
        self.refresh()
