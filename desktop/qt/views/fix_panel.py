"""Differences fixed together: the plan, its progress, its report. It goes on at the gateway whoever looks."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QTableWidget, QTableWidgetItem, QWidget

from desktop.model.problem import Trouble
from desktop.qt.dialogs.confirm import ConfirmDialog, Question
from desktop.qt.explanations import explained
from desktop.qt.texts import (
    age_text,
    bulk_item_word,
    bulk_word,
    isolate,
    number_text,
    salon_text,
    salons_text,
    translate,
)
from desktop.qt.tools import Tools
from desktop.qt.troubles import TroubleBanner
from desktop.qt.view import View
from desktop.qt.views.asking import Asking
from desktop.qt.views.bulk import GOING_ON
from desktop.qt.views.difference_texts import DANGEROUS, does_text, theirs_text, title_of, verb_of
from desktop.qt.views.permits import permit, refusal_of
from desktop.qt.widgets.basics import Card, button, flowing, label, name_it, row, tool_button
from desktop.qt.widgets.state_word import StateWord
from shared.admin_wire import FixPlanView
from shared.vocabulary import FIX_PERMISSIONS, BulkItemState, BulkState

_LOOKS: Final = {
    BulkState.PLANNED: ("queue", "info"), BulkState.RUNNING: ("refresh", "accent"),
    BulkState.CANCELLING: ("stop", "warn"), BulkState.CANCELLED: ("stage-gone", "text-quiet"),
    BulkState.DONE: ("check-circle", "ok"), BulkState.EXPIRED: ("clock", "text-quiet"),
}  # fmt: skip
_OVER: Final = frozenset({BulkState.CANCELLED, BulkState.DONE})
_ROWS_SHOWN: Final = 6


class FixPanel(View):
    """The plan that is open. Closing the panel ends nothing."""

    salon_opened = Signal(int)

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self.setProperty("role", "scrolled")
        self._model = tools.console.models.consistency
        self._asking = Asking(self, self._permit_all, self._show_trouble)
        self.card = Card(margin=12, spacing=8)
        self.state, self.head = StateWord(tools.icons, "strong"), label("quiet", is_wrapped=True)
        self.head.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.close_panel = tool_button()
        tools.icons.dress(self.close_panel, "cross")
        self.trouble = TroubleBanner(tools.icons)
        self.told = label(is_wrapped=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.counts = label("quiet", is_wrapped=True)
        self.rows = QTableWidget(0, 3)
        self.more_rows = button("link")
        self.start, self.cancel, self.dismiss = button("primary"), button(), button()
        self._build()
        self.watch(self._model.progressed, self.refresh)
        self.watch(tools.console.models.connection.changed, self._permit_all)
        self.watch(tools.console.models.safety.changed, self._permit_all)
        self.retranslate()

    def retranslate(self) -> None:
        """Set every text anew."""
        self.start.setText(translate("FixPanel", "Start…"))
        self.cancel.setText(translate("FixPanel", "Stop"))
        self.dismiss.setText(translate("FixPanel", "Not now"))
        self.more_rows.setText(translate("FixPanel", "Show more"))
        name_it(self.close_panel, translate("FixPanel", "Close; what was started goes on"))
        self.trouble.retranslate()
        self.refresh()

    def refresh(self) -> None:
        """Show the plan, the progress or the report."""
        plan = self._model.plan
        self.setVisible(plan is not None)
        if plan is None:
            return
        icon, colour = _LOOKS[plan.state]
        self.state.set_state(icon, colour, bulk_word(plan.state))
        self.head.setText(f"{verb_of(plan.fix)} · {title_of(plan.kind)}")
        is_planned = plan.state is BulkState.PLANNED
        self.told.setText(self._told_text(plan))
        self.bar.setVisible(not is_planned)
        self.bar.setMaximum(max(1, plan.total))
        self.bar.setValue(plan.total - plan.pending - plan.running)
        self.bar.setAccessibleName(translate("FixPanel", "Progress"))
        self.counts.setText(self._counts_text(plan))
        self.counts.setVisible(not is_planned)
        self._show_rows(plan)
        for control, is_shown in (
            (self.start, is_planned), (self.dismiss, is_planned), (self.cancel, plan.state in GOING_ON),
        ):  # fmt: skip
            control.setVisible(is_shown)
        self._permit_all()

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
        self.start.clicked.connect(self._ask_start)
        self.cancel.clicked.connect(self._cancel)
        self.dismiss.clicked.connect(self._close)
        self.close_panel.clicked.connect(self._close)
        self.more_rows.clicked.connect(lambda: self.run(self.tools.console.load_more_fix_items))
        body = self.card.body
        body.addLayout(row(self.state, self.head, self.close_panel))
        for part in (self.trouble, self.told, self.bar, self.counts, self.rows):
            body.addWidget(part)
        body.addWidget(self.more_rows, 0, Qt.AlignmentFlag.AlignLeft)
        body.addLayout(flowing(self.start, self.dismiss, self.cancel))
        self.setLayout(row(self.card))

    # --------------------------------------------------------------------------------------------- what is shown

    def _told_text(self, plan: FixPlanView) -> str:
        if plan.state is BulkState.PLANNED:
            told = translate("FixPanel", "{salons}, about {time} at YCLIENTS' limits.").format(
                salons=salons_text(plan.total), time=age_text(max(1.0, plan.eta_s))
            )
            return f"{told} {does_text(plan.fix)}"
        who = translate("FixPanel", "Started by {staff}").format(staff=isolate(plan.staff))
        return f"{who}: {isolate(plan.reason)}" if plan.reason else who

    def _counts_text(self, plan: FixPlanView) -> str:
        done = plan.total - plan.pending - plan.running
        parts = [
            translate("FixPanel", "{done} of {total}").format(
                done=number_text(done), total=number_text(plan.total)
            )
        ]
        for state, count in (
            (BulkItemState.SUCCEEDED, plan.succeeded), (BulkItemState.DELAYED, plan.delayed),
            (BulkItemState.FAILED, plan.failed), (BulkItemState.SKIPPED, plan.skipped),
            (BulkItemState.CANCELLED, plan.cancelled),
        ):  # fmt: skip
            if count:
                parts.append(f"{_item_word(state)}: {number_text(count)}")
        parts += [
            f"{explained(code).title}: {number_text(count)}" for code, count in plan.failed_by_code.items()
        ]
        if plan.state is BulkState.RUNNING and plan.eta_s > 0:
            parts.append(translate("FixPanel", "about {time} left").format(time=age_text(plan.eta_s)))
        return " · ".join(parts)

    def _show_rows(self, plan: FixPlanView) -> None:
        if plan.state in _OVER:
            lines = [
                (item.salon_id, isolate(item.title) if item.title else str(item.salon_id), _item_word(item.state),
                 explained(item.outcome).title if item.outcome else "")
                for item in self._model.items
            ]  # fmt: skip
            self.rows.setAccessibleName(translate("FixPanel", "The report, salon by salon"))
        elif plan.state is BulkState.PLANNED:
            lines = [
                (each.salon_id, salon_text(each.title, each.city) if each.title else str(each.salon_id),
                 str(each.salon_id), theirs_text(each))
                for each in self._model.sample
            ]  # fmt: skip
            self.rows.setAccessibleName(translate("FixPanel", "A sample of the salons"))
        else:
            lines = []
        self.rows.setRowCount(len(lines))
        for at, (salon_id, *texts) in enumerate(lines):
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setData(Qt.ItemDataRole.UserRole, salon_id)
                item.setToolTip(text)
                self.rows.setItem(at, column, item)
            self.rows.setRowHeight(at, self.tools.theme.px(26))
        for column, width in ((0, 260), (1, 170)):
            self.rows.setColumnWidth(column, self.tools.theme.px(width))
        self.rows.setVisible(bool(lines))
        self.rows.setFixedHeight(self.tools.theme.px(26) * min(len(lines), _ROWS_SHOWN) + 4)
        self.more_rows.setVisible(plan.state in _OVER and self._model.has_more_items)

    def _permit_all(self) -> None:
        plan = self._model.plan
        if plan is None:
            return
        sent = translate("Refusal", "Sent; waiting for the gateway.")
        right = None
        if not self.tools.console.models.connection.may(FIX_PERMISSIONS[plan.fix]):
            right = translate("Refusal", "Your role does not allow this. An administrator can.")
        permit(self.start, refusal_of(self.tools, "fixes.start") or right)
        is_ending = plan.state is BulkState.CANCELLING or self._asking.is_busy("fixes.cancel")
        permit(self.cancel, refusal_of(self.tools, "fixes.cancel") or (sent if is_ending else None))

    def _show_trouble(self, trouble: Trouble | None) -> None:
        self.trouble.show_trouble(trouble)

    # --------------------------------------------------------------------------------------- what a person does

    def _ask_start(self) -> ConfirmDialog | None:
        plan = self._model.plan
        if plan is None:
            return None
        title = translate("FixPanel", "{verb}: {salons}?").format(
            verb=verb_of(plan.fix), salons=salons_text(plan.total)
        )
        question = Question(
            title,
            does_text(plan.fix),
            verb_of(plan.fix),
            is_dangerous=plan.fix in DANGEROUS,
            needs_reason=True,
        )
        console = self.tools.console
        return self._asking.confirm(question, lambda reason: console.start_fixes(plan.plan_id, reason))

    def _cancel(self) -> None:
        if self._model.plan is not None:
            self._asking.ask("fixes.cancel", self.tools.console.cancel_fixes, self._model.plan.plan_id)

    def _close(self) -> None:
        self.run(self.tools.console.close_fixes)

    def _on_row_activated(self, at: int, _column: int) -> None:
        item = self.rows.item(at, 0)
        if item is not None:
            self.salon_opened.emit(item.data(Qt.ItemDataRole.UserRole))


def _item_word(state: BulkItemState) -> str:
    if state is BulkItemState.DELAYED:
        return translate("FixPanel", "Under way at YCLIENTS")
    return bulk_item_word(state)
