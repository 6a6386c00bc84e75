"""The callback queue: what YCLIENTS did not take, by state and reason, one by one or together."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QItemSelectionModel, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QMenu, QStackedLayout, QVBoxLayout, QWidget

from desktop.model.kept_filters import QUEUE, USUAL_CALLS, kept_calls
from desktop.model.problem import Trouble
from desktop.qt import shortcuts
from desktop.qt.explanations import explained
from desktop.qt.live_table import LiveTable
from desktop.qt.texts import bulk_word, call_word, calls_text, isolate, number_text, translate, when_text
from desktop.qt.tools import Tools
from desktop.qt.troubles import TroubleBanner
from desktop.qt.view import View
from desktop.qt.views.absence import explain_absence
from desktop.qt.views.asking import Asking
from desktop.qt.views.bulk import GOING_ON, BulkPanel
from desktop.qt.views.calls import CALL_LOOKS
from desktop.qt.views.permits import permit, refusal_of
from desktop.qt.views.queue_table import CallCells, QueueTable
from desktop.qt.widgets.basics import button, flowing, label, name_it
from desktop.qt.widgets.chips import ChipRow
from desktop.qt.widgets.empty import EmptyState
from desktop.qt.widgets.search_field import SearchField
from shared.admin_wire import MAX_IDS, MAX_SEARCH_CHARS, BulkPlanRequest, CallFilter, CallRow
from shared.vocabulary import CallState

_SAVE_MS: Final = 400
_STATES: Final = (
    CallState.FAILED, CallState.HELD, CallState.WAITING, CallState.DONE, CallState.RESOLVED, CallState.CANCELLED,
)  # fmt: skip
_RETRIABLE: Final = (CallState.FAILED, CallState.HELD, CallState.WAITING)


class QueueView(View):
    """Counters that filter, reasons that filter, a search, the list, and the bulk retry."""

    salon_opened = Signal(int)
    call_opened = Signal(int, int)
    """A call to be looked at: its salon and its number."""

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self._queue = tools.console.models.queue
        self._bulk = tools.console.models.bulk
        self._has_asked_for_bulks = False
        self._looks_for_running = False
        self._asking = Asking(self, self._permit_all, self._show_trouble)
        self.title, self.total = label("title"), label("quiet")
        self.waiting = button()
        self.waiting.hide()
        self.search = SearchField(tools.icons, MAX_SEARCH_CHARS)
        self.chips = ChipRow(tools.icons)
        self.reasons = QComboBox()
        self.retry_all, self.recent = button(), button("link")
        self.trouble = TroubleBanner(tools.icons)
        self.bulk = BulkPanel(tools, self)
        self.selection_bar = QWidget()
        self.selected, self.retry_selected, self.clear_selected = (
            label("strong"),
            button("primary"),
            button("link"),
        )
        self.table = LiveTable(self._queue, CallCells(tools.ticker))
        self.list = QueueTable(tools, self.table)
        self.empty = EmptyState(tools.icons, "queue")
        self._save_filter = QTimer(self, singleShot=True, interval=_SAVE_MS)
        self._kept: set[int] = set()
        self._build()
        self._connect()
        self._restore()
        self.retranslate()

    # ------------------------------------------------------------------------------------ what others ask of it

    def plan_calls(self, call_ids: list[int]) -> None:
        """Plan a retry of these calls together."""
        if call_ids:
            self._plan(BulkPlanRequest(states=list(_RETRIABLE), call_ids=call_ids[:MAX_IDS]))

    def show_states(self, states: list[CallState]) -> None:
        """Show the calls of some states, whatever their salons are called."""
        self.search.put("")
        self.chips.choose([*states])
        self._on_filter_chosen()

    def use_filter(self, kept: str) -> None:
        """Show what a kept filter says. Raises ValidationError."""
        given = CallFilter.model_validate_json(kept)
        self.search.put(given.search)
        self.chips.choose([*given.states])
        code = given.error_codes[0] if given.error_codes else None
        if code is not None and self.reasons.findData(code) < 0:
            self.reasons.addItem("", code)
        self.reasons.setCurrentIndex(max(0, self.reasons.findData(code)) if code else 0)
        self._on_filter_chosen()

    def focus_search(self) -> None:
        """Put the cursor into the search field."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def kept_filter(self) -> CallFilter:
        """Return what the view is filtered by: to be asked for when the program starts."""
        code = self.reasons.currentData()
        return CallFilter(
            states=[CallState(key) for key in self.chips.chosen_keys()], search=self.search.text(),
            error_codes=[code] if code else [],
        )  # fmt: skip

    def selected_rows(self) -> list[CallRow]:
        """Return the selected calls, in the queue's order."""
        numbers = sorted({index.row() for index in self.list.selectionModel().selectedRows()})
        return [self.table.row_at(number) for number in numbers]

    def release(self) -> None:
        """Hear of no model any more."""
        super().release()
        self.table.release()
        self.list.release()
        self.bulk.release()

    def retranslate(self) -> None:
        """Set every text anew."""
        self.title.setText(translate("Queue", "Queue"))
        self.search.setPlaceholderText(translate("Queue", "Salon, city, number, support code…"))
        name_it(self.search, translate("Queue", "Search the queue"), shortcuts.key_text("find"))
        self.chips.setAccessibleName(translate("Queue", "States"))
        for state in _STATES:
            self.chips.set_word(state, call_word(state))
        name_it(self.reasons, translate("Queue", "Reason of the failure"))
        name_it(self.recent, translate("Queue", "Earlier bulk retries"))
        self.recent.setText(translate("Queue", "Earlier bulk retries"))
        self.list.setAccessibleName(translate("Queue", "Calls to YCLIENTS, what needs a person first"))
        self.clear_selected.setText(translate("Queue", "Clear the selection"))
        self.trouble.retranslate()
        self.table.retranslate()
        self._show_counts()
        self._show_state()
        self._show_selection()

    # ------------------------------------------------------------------------------------------------- build

    def _build(self) -> None:
        for state in _STATES:
            icon, colour = CALL_LOOKS[state]
            self.chips.add(state, icon, colour)
        self.tools.theme.fit(self.search, min_width=220)
        self.reasons.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.reasons.setMinimumContentsLength(22)
        self.tools.icons.dress(self.retry_all, "refresh")
        head = flowing(self.title, self.total, None, self.waiting, self.search, spacing=12)
        head.setAlignment(self.total, Qt.AlignmentFlag.AlignBottom)
        filters = flowing(self.reasons, self.retry_all, None, self.recent, spacing=12)
        self.selection_bar.setLayout(flowing(self.selected, self.retry_selected, self.clear_selected))
        self.selection_bar.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addLayout(head)
        layout.addWidget(self.chips)
        layout.addLayout(filters)
        for part in (self.trouble, self.bulk, self.selection_bar):
            layout.addWidget(part)
        self._stack = QStackedLayout()
        layout.addLayout(self._stack, 1)
        self._stack.addWidget(self.list)
        self._stack.addWidget(self.empty)
        self.setFocusProxy(self.list)

    def _connect(self) -> None:
        models, queue = self.tools.console.models, self._queue
        self.watch(queue.counts_changed, self._show_counts)
        self.watch(queue.state_changed, self._show_state)
        self.watch(queue.resetting, self._keep_selection)
        self.watch(queue.reset, self._restore_selection)
        self.watch(queue.rows_inserted, lambda first, last: self._show_state())
        self.watch(queue.rows_removed, lambda first, last: self._show_state())
        self.watch(queue.rows_changed, lambda first, last: self._show_selection())
        self.watch(models.connection.changed, self._on_connection_changed)
        self.watch(models.safety.changed, self._permit_all)
        self.watch(self._bulk.changed, self._on_bulk_changed)
        self.table.more_wanted.connect(self._on_more_wanted)
        self.search.searched.connect(self._on_filter_chosen)
        self.chips.chosen.connect(self._on_filter_chosen)
        self.reasons.activated.connect(self._on_filter_chosen)
        self.waiting.clicked.connect(queue.show_waiting)
        self.list.row_opened.connect(self._on_call_opened)
        self.list.pointer_entered.connect(queue.hold)
        self.list.pointer_left.connect(queue.release)
        self.list.selectionModel().selectionChanged.connect(self._show_selection)
        self.retry_all.clicked.connect(self._on_retry_all_clicked)
        self.retry_selected.clicked.connect(self._on_retry_selected_clicked)
        self.clear_selected.clicked.connect(self.list.clearSelection)
        self.recent.clicked.connect(self._on_recent_clicked)
        self.empty.acted.connect(self._clear_filter)
        self.bulk.call_opened.connect(self.call_opened)
        self._save_filter.timeout.connect(self._on_save_filter_timeout)

    # --------------------------------------------------------------------------------------------- what is shown

    def _show_counts(self) -> None:
        counts = self._queue.counts
        for state in _STATES:
            self.chips.set_count(state, self._queue.count_of(state) if counts else None)
        chosen = [CallState(key) for key in self.chips.chosen_keys()] or list(_STATES)
        self.total.setText(calls_text(sum(self._queue.count_of(state) for state in chosen)) if counts else "")
        self._show_reasons()
        self._permit_all()

    def _show_reasons(self) -> None:
        chosen = self.reasons.currentData()
        by_code = dict(self._queue.counts.failed_by_code) if self._queue.counts else {}
        if chosen:
            by_code.setdefault(chosen, 0)
        with QSignalBlocker(self.reasons):
            self.reasons.clear()
            self.reasons.addItem(translate("Queue", "Any reason"), "")
            for code, count in sorted(by_code.items(), key=lambda each: (-each[1], each[0])):
                self.reasons.addItem(f"{explained(code).title} ({number_text(count)})", code)
            self.reasons.setCurrentIndex(max(0, self.reasons.findData(chosen)))

    def _show_state(self) -> None:
        waiting = self._queue.waiting_count
        self.waiting.setVisible(waiting > 0)
        if waiting:
            self.waiting.setText(translate("Queue", "%n changes wait", "", waiting))
        if self._queue.problem is not None or not self._asking.is_busy("bulk.plan"):
            self.trouble.show_trouble(self._queue.problem)
        has_rows = bool(self._queue.rows)
        self._stack.setCurrentWidget(self.list if has_rows else self.empty)
        if not has_rows:
            self._show_empty()

    def _show_empty(self) -> None:
        connection = self.tools.console.models.connection
        if explain_absence(self, self.empty):
            return
        if not self._queue.is_complete or connection.welcome is None:
            self.empty.set_icon("clock")
            self.empty.set_texts(
                translate("Queue", "Reading the queue…"),
                translate("Queue", "The list appears as soon as the gateway answers."),
            )
        elif self.search.text().strip() or self.reasons.currentData() or self._is_narrow():
            self.empty.set_icon("search")
            self.empty.set_texts(
                translate("Queue", "No call matches"),
                translate("Queue", "Nothing fits these states, this reason and these words together."),
                translate("Queue", "Clear the filter"),
            )
        else:
            self.empty.set_icon("check-circle")
            self.empty.set_texts(
                translate("Queue", "YCLIENTS took everything"),
                translate(
                    "Queue",
                    "A call that fails appears here with its cause and what to do. To try it, switch a fault on at the "
                    "sandbox's page and press “Connect” there.",
                ),
            )

    def _is_narrow(self) -> bool:
        return sorted(self.chips.chosen_keys()) != sorted(USUAL_CALLS)

    def _show_selection(self, *_: object) -> None:
        rows = self.selected_rows()
        self.selection_bar.setVisible(len(rows) > 1)
        self.selected.setText(translate("Queue", "%n selected", "", len(rows)))
        self._permit_all()

    def _permit_all(self) -> None:
        refusal = refusal_of(self.tools, "bulk.plan")
        if self._asking.is_busy("bulk.plan"):
            refusal = refusal or translate("Refusal", "Sent; waiting for the gateway.")
        count = self._matching_count()
        nothing = None if count else translate("Queue", "No call that matches can be retried.")
        self.retry_all.setText(
            translate("Queue", "Retry all that match ({count})…").format(count=number_text(count))
        )
        permit(self.retry_all, refusal or nothing)
        ids = self._retriable_ids()
        self.retry_selected.setText(
            translate("Queue", "Retry ({count})…").format(count=number_text(len(ids)))
        )
        permit(
            self.retry_selected,
            refusal or (None if ids else translate("Queue", "None of these can be retried.")),
        )

    def _matching_count(self) -> int:
        return sum(self._queue.count_of(state) for state in self._retriable_states())

    def _retriable_states(self) -> list[CallState]:
        chosen = [CallState(key) for key in self.chips.chosen_keys()] or list(_RETRIABLE)
        return [state for state in chosen if state in _RETRIABLE]

    def _retriable_ids(self) -> list[int]:
        return [each.call_id for each in self.selected_rows() if each.can_retry]

    # ---------------------------------------------------------------------------------------------- what is asked

    def _on_filter_chosen(self, *_: object) -> None:
        self._save_filter.start()
        self.run(self.tools.console.set_queue_filter, self.kept_filter())
        self._show_counts()

    def _clear_filter(self) -> None:
        self.search.put("")
        self.reasons.setCurrentIndex(0)
        self.chips.choose([*USUAL_CALLS])
        self._on_filter_chosen()

    def _on_more_wanted(self) -> None:
        if not self._queue.is_loading:
            self.run(self.tools.console.load_more_calls)

    def _on_call_opened(self, call_id: int) -> None:
        call = self._queue.find(call_id)
        if call is not None:
            self.call_opened.emit(call.salon_id, call_id)

    def _on_retry_all_clicked(self) -> None:
        given = self.kept_filter()
        self._plan(
            BulkPlanRequest(
                states=self._retriable_states(), error_codes=given.error_codes, search=given.search
            )
        )

    def _on_retry_selected_clicked(self) -> None:
        self.plan_calls(self._retriable_ids())

    def _plan(self, request: BulkPlanRequest) -> None:
        self._asking.ask(
            "bulk.plan", self.tools.console.plan_bulk, request, done=lambda _: self.bulk.reason.setFocus()
        )

    def _on_recent_clicked(self) -> None:
        self.run(self.tools.console.load_recent_bulks)
        self.recent_menu().popup(self.recent.mapToGlobal(self.recent.rect().bottomLeft()))

    def recent_menu(self) -> QMenu:
        """Return a menu of the newest bulk retries."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for view in self._bulk.recent:
            when = when_text(view.started_at or view.created_at, None, self.tools.ticker.now()).text
            parts = (
                translate("Queue", "No. {number}").format(number=view.bulk_id),
                bulk_word(view.state),
                calls_text(view.total),
                isolate(view.staff),
                when,
            )
            told = f"{' · '.join(parts)} UTC"
            act = menu.addAction(told.replace("&", "&&"))
            act.triggered.connect(
                lambda _=False, number=view.bulk_id: self.run(self.tools.console.open_bulk, number)
            )
        if not self._bulk.recent:
            menu.addAction(translate("Queue", "There was none yet")).setEnabled(False)
        return menu

    # ----------------------------------------------------------------------------------------------- what happened

    def _on_connection_changed(self) -> None:
        """Connected anew, a bulk retry that is still going on is shown where it stands."""
        connection = self.tools.console.models.connection
        if connection.is_live and not self._has_asked_for_bulks:
            self._has_asked_for_bulks = self._looks_for_running = True
            self.run(self.tools.console.load_recent_bulks)
        elif connection.welcome is None:
            self._has_asked_for_bulks = False
        self._permit_all()
        self._show_state()

    def _on_bulk_changed(self) -> None:
        running = next((view for view in self._bulk.recent if view.state in GOING_ON), None)
        if self._looks_for_running and self._bulk.recent:
            self._looks_for_running = False
            if running is not None and self._bulk.view is None:
                self.run(self.tools.console.open_bulk, running.bulk_id)
        self._permit_all()

    def _show_trouble(self, trouble: Trouble | None) -> None:
        self.trouble.show_trouble(trouble)

    # ---------------------------------------------------------------------------- kept between runs and over a reset

    def _restore(self) -> None:
        kept = kept_calls(self.tools.console.models.preferences)
        self.chips.choose([*kept.states])
        self.search.put(kept.search)
        if kept.error_codes:
            self.reasons.addItem("", kept.error_codes[0])
            self.reasons.setCurrentIndex(0)

    def _on_save_filter_timeout(self) -> None:
        kept = {**self.tools.console.models.preferences.filters, QUEUE: self.kept_filter().model_dump_json()}
        self.run(self.tools.console.update_preferences, filters=kept)

    def _keep_selection(self) -> None:
        self._kept = {each.call_id for each in self.selected_rows()}

    def _restore_selection(self) -> None:
        flags = QItemSelectionModel.SelectionFlag
        chooser = self.list.selectionModel()
        with QSignalBlocker(chooser):
            for call_id in self._kept:
                at = self._queue.index_of(call_id)
                if at is not None:
                    chooser.select(self.table.index(at, 0), flags.Select | flags.Rows)
        self.list.viewport().update()
        self._show_state()
        self._show_selection()
