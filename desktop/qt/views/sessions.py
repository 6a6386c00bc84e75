"""All WhatsApp sessions: state, engine, owner, last close; started, restarted, stopped; and the processes above."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtCore import QItemSelectionModel, QPoint, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QMenu, QStackedLayout, QVBoxLayout, QWidget

from desktop.model.kept_filters import kept
from desktop.model.problem import Trouble
from desktop.model.sessions import Restart
from desktop.qt import shortcuts
from desktop.qt.dialogs.confirm import ConfirmDialog, Question
from desktop.qt.live_table import LiveTable
from desktop.qt.running_texts import adapter_text, process_text
from desktop.qt.texts import capitalised, isolate, number_text, translate, whatsapp_word
from desktop.qt.tools import Tools
from desktop.qt.troubles import TroubleBanner
from desktop.qt.view import View
from desktop.qt.views.absence import explain_absence
from desktop.qt.views.asking import Asking
from desktop.qt.views.permits import permit, refusal_of
from desktop.qt.views.processes import ProcessesPanel
from desktop.qt.views.restarts import RestartsPanel
from desktop.qt.views.sessions_table import STATE_LOOKS, SessionCells, SessionTable
from desktop.qt.widgets.basics import ElidedLabel, button, flowing, label, name_it
from desktop.qt.widgets.chips import ChipRow
from desktop.qt.widgets.empty import EmptyState
from desktop.qt.widgets.search_field import SearchField
from shared.admin_wire import MAX_IDS, MAX_SEARCH_CHARS, SessionFilter, SessionRow
from shared.vocabulary import SESSION_ORDER, WhatsappState

_NAME: Final = "sessions"
_SAVE_MS: Final = 400
_LOOK_EVERY: Final = 5
"""After so many seconds what no change tells of is read again: processes, leases, what engines say."""
_ALWAYS: Final = frozenset({WhatsappState.CONNECTED, WhatsappState.RECONNECTING, WhatsappState.PAIRING})
"""States whose counters are there at 0 too; the others come with the first session that stands so."""
_NOBODY: Final = "-"
"""In the choice of a process: sessions without one."""


class SessionsView(View):
    """Processes, counters that filter, a search, the list, and what can be done with what is selected."""

    salon_opened = Signal(int)

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        models = tools.console.models
        self._sessions, self._processes = models.sessions, models.processes
        self._asking = Asking(self, self._permit_all, self._show_trouble)
        self.dialog: ConfirmDialog | None = None
        self.title, self.total = label("title"), label("quiet")
        self.waiting = button()
        self.waiting.hide()
        self.search = SearchField(tools.icons, MAX_SEARCH_CHARS)
        self.processes = ProcessesPanel(tools, self)
        self.chips = ChipRow(tools.icons)
        self.owners, self.adapters = QComboBox(), QComboBox()
        self.trouble = TroubleBanner(tools.icons)
        self.restarts = RestartsPanel(tools, self)
        self.selection_bar = QWidget()
        self.selected = ElidedLabel("strong")
        self.start, self.restart, self.stop = button(), button("primary"), button()
        self.clear_selected = button("link")
        self.table = LiveTable(self._sessions, SessionCells(tools.ticker))
        self.list = SessionTable(tools, self.table)
        self.empty = EmptyState(tools.icons, "sessions")
        self._save_filter = QTimer(self, singleShot=True, interval=_SAVE_MS)
        self._kept: set[int] = set()
        self._seconds = 0
        self._build()
        self._connect()
        self._restore()
        self.retranslate()

    # ------------------------------------------------------------------------------------ what others ask of it

    def use_filter(self, kept: str) -> None:
        """Show what a kept filter says. Raises ValidationError."""
        given = SessionFilter.model_validate_json(kept)
        self.search.put(given.search)
        self.chips.choose([*given.states])
        adapter = given.adapters[0] if given.adapters else None
        if adapter is not None and self.adapters.findData(adapter) < 0:
            self.adapters.addItem(adapter, adapter)
        self.adapters.setCurrentIndex(max(0, self.adapters.findData(adapter)) if adapter else 0)
        self.owners.setCurrentIndex(0)
        self._on_filter_chosen()

    def focus_search(self) -> None:
        """Put the cursor into the search field."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def kept_filter(self) -> SessionFilter:
        """Return what the view is filtered by: to be asked for when the program starts."""
        owner, adapter = self.owners.currentData(), self.adapters.currentData()
        return SessionFilter(
            states=[WhatsappState(key) for key in self.chips.chosen_keys()], search=self.search.text(),
            owners=[owner] if owner and owner != _NOBODY else [], is_unowned=owner == _NOBODY,
            adapters=[adapter] if adapter else [],
        )  # fmt: skip

    def selected_rows(self) -> list[SessionRow]:
        """Return the selected sessions, in the list's order."""
        numbers = sorted({index.row() for index in self.list.selectionModel().selectedRows()})
        return [self.table.row_at(number) for number in numbers]

    def release(self) -> None:
        """Hear of no model any more."""
        super().release()
        self.table.release()
        self.list.release()
        self.processes.release()
        self.restarts.release()

    def showEvent(self, event: QShowEvent) -> None:
        """Read what runs while it is looked at."""
        super().showEvent(event)
        self.run(self.tools.console.show_running, True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Read no more."""
        super().hideEvent(event)
        self.run(self.tools.console.show_running, False)

    def retranslate(self) -> None:
        """Set every text anew."""
        self.title.setText(translate("Sessions", "Sessions"))
        self.search.setPlaceholderText(translate("Sessions", "Salon, city, number, support code…"))
        name_it(self.search, translate("Sessions", "Search the sessions"), shortcuts.key_text("find"))
        self.chips.setAccessibleName(translate("Sessions", "States"))
        for state in SESSION_ORDER:
            self.chips.set_word(state, capitalised(whatsapp_word(state)))
        name_it(self.owners, translate("Sessions", "Process that owns the session"))
        name_it(self.adapters, translate("Sessions", "Kind of engine"))
        self.list.setAccessibleName(translate("Sessions", "WhatsApp sessions, what is broken first"))
        self.start.setText(translate("Sessions", "Start"))
        self.stop.setText(translate("Sessions", "Stop…"))
        self.clear_selected.setText(translate("Sessions", "Clear the selection"))
        self.trouble.retranslate()
        self.table.retranslate()
        self._show_counts()
        self._show_processes()
        self._show_state()
        self._show_selection()

    # ------------------------------------------------------------------------------------------------- build

    def _build(self) -> None:
        for state in SESSION_ORDER:
            icon, colour = STATE_LOOKS[state]
            self.chips.add(state, icon, colour)
        self.tools.theme.fit(self.search, min_width=220)
        for choice in (self.owners, self.adapters):
            choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            choice.setMinimumContentsLength(22)
        self.tools.icons.dress(self.restart, "refresh", "accent-text")
        head = flowing(self.title, self.total, None, self.waiting, self.search, spacing=12)
        head.setAlignment(self.total, Qt.AlignmentFlag.AlignBottom)
        filters = flowing(self.owners, self.adapters, spacing=12)
        self.selection_bar.setLayout(
            flowing(self.selected, None, self.restart, self.start, self.stop, self.clear_selected)
        )
        self.selection_bar.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addLayout(head)
        layout.addWidget(self.processes)
        layout.addWidget(self.chips)
        layout.addLayout(filters)
        for part in (self.trouble, self.restarts, self.selection_bar):
            layout.addWidget(part)
        self._stack = QStackedLayout()
        layout.addLayout(self._stack, 1)
        self._stack.addWidget(self.list)
        self._stack.addWidget(self.empty)
        self.setFocusProxy(self.list)

    def _connect(self) -> None:
        models, sessions = self.tools.console.models, self._sessions
        self.watch(sessions.counts_changed, self._show_counts)
        self.watch(sessions.state_changed, self._show_state)
        self.watch(sessions.resetting, self._keep_selection)
        self.watch(sessions.reset, self._restore_selection)
        self.watch(sessions.rows_inserted, lambda first, last: self._show_state())
        self.watch(sessions.rows_removed, lambda first, last: self._show_state())
        self.watch(sessions.rows_changed, lambda first, last: self._show_selection())
        self.watch(self._processes.changed, self._show_processes)
        self.watch(models.connection.changed, self._on_connection_changed)
        self.watch(models.safety.changed, self._permit_all)
        self.watch(models.restarts.changed, self._permit_all)
        self.table.more_wanted.connect(self._on_more_wanted)
        self.search.searched.connect(self._on_filter_chosen)
        self.chips.chosen.connect(self._on_filter_chosen)
        self.owners.activated.connect(self._on_filter_chosen)
        self.adapters.activated.connect(self._on_filter_chosen)
        self.waiting.clicked.connect(sessions.show_waiting)
        self.list.row_opened.connect(self.salon_opened)
        self.list.menu_wanted.connect(self._on_menu_wanted)
        self.list.pointer_entered.connect(sessions.hold)
        self.list.pointer_left.connect(sessions.release)
        self.list.selectionModel().selectionChanged.connect(self._show_selection)
        self.restart.clicked.connect(lambda: self._ask_restart(self.selected_rows()))
        self.start.clicked.connect(lambda: self._start(self.selected_rows()))
        self.stop.clicked.connect(lambda: self._ask_stop(self.selected_rows()))
        self.clear_selected.clicked.connect(self.list.clearSelection)
        self.empty.acted.connect(self._clear_filter)
        self.restarts.salon_opened.connect(self.salon_opened)
        self._save_filter.timeout.connect(self._on_save_filter_timeout)
        self.tools.ticker.second_passed.connect(self._on_second_passed)

    # --------------------------------------------------------------------------------------------- what is shown

    def _show_counts(self) -> None:
        counts = self._sessions.counts
        chosen = set(self.chips.chosen_keys())
        for state in SESSION_ORDER:
            count = self._sessions.count_of(state) if counts else None
            self.chips.set_count(state, count)
            self.chips.chip(state).setVisible(bool(count) or state in chosen or state in _ALWAYS)
        total = self._sessions.total
        self.total.setText("" if total is None else translate("Sessions", "%n sessions", "", total))
        self._show_adapters()

    def _show_adapters(self) -> None:
        chosen = self.adapters.currentData()
        by_adapter = dict(self._sessions.counts.by_adapter) if self._sessions.counts else {}
        if chosen:
            by_adapter.setdefault(chosen, 0)
        with QSignalBlocker(self.adapters):
            self.adapters.clear()
            self.adapters.addItem(translate("Sessions", "Any engine"), "")
            for adapter, count in sorted(by_adapter.items()):
                self.adapters.addItem(f"{adapter_text(adapter)} ({number_text(count)})", adapter)
            self.adapters.setCurrentIndex(max(0, self.adapters.findData(chosen)))

    def _show_processes(self) -> None:
        chosen = self.owners.currentData()
        found = self._processes.list
        names = {process.name: process.sessions for process in self._processes.rows}
        if chosen and chosen != _NOBODY:
            names.setdefault(chosen, 0)
        nobody = translate("Sessions", "Without a process ({count})").format(
            count=number_text(found.unowned if found else 0)
        )
        with QSignalBlocker(self.owners):
            self.owners.clear()
            self.owners.addItem(translate("Sessions", "Any process"), "")
            self.owners.addItem(nobody, _NOBODY)
            for name, sessions in names.items():
                self.owners.addItem(f"{process_text(name)} ({number_text(sessions)})", name)
            self.owners.setCurrentIndex(max(0, self.owners.findData(chosen)))

    def _show_state(self) -> None:
        waiting = self._sessions.waiting_count
        self.waiting.setVisible(waiting > 0)
        if waiting:
            self.waiting.setText(translate("Sessions", "%n changes wait", "", waiting))
        if self._sessions.problem is not None:
            self.trouble.show_trouble(self._sessions.problem)
        has_rows = bool(self._sessions.rows)
        self._stack.setCurrentWidget(self.list if has_rows else self.empty)
        if not has_rows:
            self._show_empty()

    def _show_empty(self) -> None:
        connection = self.tools.console.models.connection
        if explain_absence(self, self.empty):
            return
        if not self._sessions.is_complete or connection.welcome is None:
            self.empty.set_icon("clock")
            self.empty.set_texts(
                translate("Sessions", "Reading the sessions…"),
                translate("Sessions", "The list appears as soon as the gateway answers."),
            )
        elif self.kept_filter() != SessionFilter():
            self.empty.set_icon("search")
            self.empty.set_texts(
                translate("Sessions", "No session matches"),
                translate(
                    "Sessions",
                    "Nothing fits these states, this process, this engine and these words together.",
                ),
                translate("Sessions", "Clear the filter"),
            )
        else:
            self.empty.set_icon("sessions")
            self.empty.set_texts(
                translate("Sessions", "No sessions yet"),
                translate(
                    "Sessions",
                    "A salon's WhatsApp session appears here once its owner begins to link a phone. To try it, press "
                    "“Connect” at the sandbox's page and scan the code.",
                ),
            )

    def _show_selection(self, *_: object) -> None:
        rows = self.selected_rows()
        self.selection_bar.setVisible(bool(rows))
        if len(rows) == 1:
            self.selected.setText(isolate(rows[0].title))
        else:
            self.selected.setText(translate("Sessions", "%n selected", "", len(rows)))
        self._permit_all()

    def _permit_all(self) -> None:
        rows = self.selected_rows()
        is_one = len(rows) == 1
        self.start.setVisible(is_one and rows[0].wanted != "running")
        self.stop.setVisible(is_one and rows[0].wanted == "running")
        running = [each for each in rows if each.wanted == "running"]
        if is_one:
            self.restart.setText(translate("Sessions", "Restart…"))
        else:
            self.restart.setText(
                translate("Sessions", "Restart ({count})…").format(count=number_text(len(running)))
            )
        permit(self.restart, self._why_not_restarted(rows))
        busy = translate("Refusal", "Sent; waiting for the gateway.") if self._asking.is_busy("one") else None
        permit(self.start, refusal_of(self.tools, "sessions.start") or busy)
        permit(self.stop, refusal_of(self.tools, "sessions.stop") or busy)

    def _why_not_restarted(self, rows: list[SessionRow]) -> str | None:
        refusal = refusal_of(self.tools, "sessions.restart")
        if refusal is not None:
            return refusal
        if self.tools.console.models.restarts.is_running:
            return translate("Sessions", "Others are being restarted; wait for their end.")
        if not any(each.wanted == "running" for each in rows):
            return translate("Sessions", "Stopped on purpose: start it instead.")
        if len(rows) > MAX_IDS:
            return translate("Sessions", "Too many at once: select at most {most}.").format(
                most=number_text(MAX_IDS)
            )
        return None

    # ---------------------------------------------------------------------------------------------- what is asked

    def _ask_restart(self, rows: list[SessionRow]) -> None:
        """Say how many exactly and what it means, then restart them."""
        running = [each for each in rows if each.wanted == "running"]
        connected = sum(each.state is WhatsappState.CONNECTED for each in running)
        left = len(rows) - len(running)
        parts = [
            translate("Sessions", "%n sessions will get a new engine.", "", len(running)),
            translate(
                "Sessions", "%n of them are connected and will be away for some seconds.", "", connected
            )
            if connected
            else "",
            translate("Sessions", "%n were stopped on purpose and stay stopped.", "", left) if left else "",
            translate("Sessions", "Phones that are linked stay linked."),
        ]
        title = (
            translate("Sessions", "Restart the session of {name}?").format(name=isolate(running[0].title))
            if len(running) == 1
            else translate("Sessions", "Restart %n sessions?", "", len(running))
        )
        question = Question(
            title=title, text=" ".join(part for part in parts if part), verb=translate("Sessions", "Restart"),
        )  # fmt: skip
        chosen = [Restart(each.salon_id, each.title, each.city) for each in running]
        self.dialog = self._asking.confirm(question, lambda _: self.tools.console.restart_sessions(chosen))

    def _start(self, rows: list[SessionRow]) -> None:
        for each in rows[:1]:
            self._asking.ask("one", self.tools.console.start_session, each.salon_id)

    def _ask_stop(self, rows: list[SessionRow]) -> None:
        if not rows:
            return
        salon_id = rows[0].salon_id
        question = Question(
            title=translate("Sessions", "Stop the session of {name}?").format(name=isolate(rows[0].title)),
            text=translate("Sessions", "The bot will not answer until it is started again. The phone stays linked."),
            verb=translate("Sessions", "Stop the session"), is_dangerous=True, needs_reason=True,
        )  # fmt: skip
        self.dialog = self._asking.confirm(
            question, lambda reason: self.tools.console.stop_session(salon_id, reason)
        )

    def row_menu(self, salon_id: int) -> QMenu:
        """Return the menu of one session."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        found = self._sessions.find(salon_id)
        menu.addAction(translate("Sessions", "Open the salon")).triggered.connect(
            lambda: self.salon_opened.emit(salon_id)
        )
        if found is None:
            return menu
        menu.addSeparator()
        again = menu.addAction(translate("Sessions", "Restart…"))
        again.triggered.connect(partial(self._ask_restart, [found]))
        permit(again, self._why_not_restarted([found]))
        if found.wanted == "running":
            stop = menu.addAction(translate("Sessions", "Stop…"))
            stop.triggered.connect(partial(self._ask_stop, [found]))
            permit(stop, refusal_of(self.tools, "sessions.stop"))
        else:
            start = menu.addAction(translate("Sessions", "Start"))
            start.triggered.connect(partial(self._start, [found]))
            permit(start, refusal_of(self.tools, "sessions.start"))
        return menu

    def _on_menu_wanted(self, salon_id: int, place: QPoint) -> None:
        self.row_menu(salon_id).popup(place)

    def _on_filter_chosen(self, *_: object) -> None:
        self._save_filter.start()
        self.run(self.tools.console.set_session_filter, self.kept_filter())
        self._show_counts()

    def _clear_filter(self) -> None:
        self.search.put("")
        self.owners.setCurrentIndex(0)
        self.adapters.setCurrentIndex(0)
        self.chips.choose([])
        self._on_filter_chosen()

    def _on_more_wanted(self) -> None:
        if not self._sessions.is_loading:
            self.run(self.tools.console.load_more_sessions)

    def _on_second_passed(self) -> None:
        self._seconds += 1
        is_seen = self.isVisible() and not self.window().isMinimized()
        if self._seconds % _LOOK_EVERY == 0 and is_seen and self.tools.console.models.connection.is_live:
            self.run(self.tools.console.look_again, self.list.seen_ids())

    # ----------------------------------------------------------------------------------------------- what happened

    def _on_connection_changed(self) -> None:
        self._permit_all()
        self._show_state()

    def _show_trouble(self, trouble: Trouble | None) -> None:
        self.trouble.show_trouble(trouble)

    # ---------------------------------------------------------------------------- kept between runs and over a reset

    def _restore(self) -> None:
        """Take the filter of the last run; a process' name does not outlive the process, so that one is left."""
        found = kept(self.tools.console.models.preferences, _NAME, SessionFilter())
        self.chips.choose([*found.states])
        self.search.put(found.search)
        if found.adapters:
            self.adapters.addItem("", found.adapters[0])
            self.adapters.setCurrentIndex(0)

    def _on_save_filter_timeout(self) -> None:
        kept = {**self.tools.console.models.preferences.filters, _NAME: self.kept_filter().model_dump_json()}
        self.run(self.tools.console.update_preferences, filters=kept)

    def _keep_selection(self) -> None:
        self._kept = {each.salon_id for each in self.selected_rows()}

    def _restore_selection(self) -> None:
        flags = QItemSelectionModel.SelectionFlag
        chooser = self.list.selectionModel()
        with QSignalBlocker(chooser):
            for salon_id in self._kept:
                at = self._sessions.index_of(salon_id)
                if at is not None:
                    chooser.select(self.table.index(at, 0), flags.Select | flags.Rows)
        self.list.viewport().update()
        self._show_state()
        self._show_selection()
