"""The inbox: the webhooks of YCLIENTS, the newest first, and the one that is looked at."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from PySide6.QtCore import QDate, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QIntValidator, QPalette, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDateEdit,
    QHBoxLayout,
    QSplitter,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from desktop.model.kept_filters import kept
from desktop.qt import shortcuts
from desktop.qt.live_table import LiveTable
from desktop.qt.texts import here_text, marked, translate
from desktop.qt.tools import Tools
from desktop.qt.troubles import TroubleBanner
from desktop.qt.view import View
from desktop.qt.views.absence import explain_absence
from desktop.qt.views.inbox_table import InboxTable, WebhookCells
from desktop.qt.views.webhook import WebhookPanel
from desktop.qt.webhook_texts import (
    KIND_LOOKS,
    STATE_LOOKS,
    kind_word,
    outcome_word,
    proof_word,
    refusal_text,
    state_word,
)
from desktop.qt.widgets.banner import Banner
from desktop.qt.widgets.basics import button, flowing, label, name_it
from desktop.qt.widgets.chips import ChipRow
from desktop.qt.widgets.empty import EmptyState
from desktop.qt.widgets.flow import FlowLayout
from desktop.qt.widgets.search_field import SearchField
from shared.admin_wire import WebhookCounts, WebhookFilter
from shared.vocabulary import WebhookKind, WebhookOutcome, WebhookProof, WebhookState

_NAME: Final = "webhooks"
_SAVE_MS: Final = 400
_SALON_CHARS: Final = 10
_EVENT_CHARS: Final = 100
_EVENTS: Final = (
    "uninstall", "freeze", "payment", "record.create", "record.update", "record.delete", "client.create",
    "client.update", "client.delete",
)  # fmt: skip
_HOURS: Final = {
    "hour": (1, marked("Webhooks", "Within an hour")),
    "day": (24, marked("Webhooks", "Within a day")),
    "week": (7 * 24, marked("Webhooks", "Within a week")),
}
_ONE_DAY: Final = "date"


class WebhooksView(View):
    """Counters and choices that filter, what was refused at the door, the list, and the open webhook below it."""

    salon_opened = Signal(int)

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self._inbox = tools.console.models.inbox
        self._opened = tools.console.models.webhook
        self.title, self.total = label("title"), label("quiet")
        self.waiting = button()
        self.waiting.hide()
        self.salon = SearchField(tools.icons, _SALON_CHARS)
        self.chips = ChipRow(tools.icons)
        self.event_name, self.outcome, self.proof, self.time = (QComboBox() for _ in range(4))
        self.day = QDateEdit()
        self.clear = button("link")
        self.refused = Banner(tools.icons, "warn")
        self.trouble = TroubleBanner(tools.icons)
        self.table = LiveTable(self._inbox, WebhookCells(tools.ticker))
        self.list = InboxTable(tools, self.table)
        self.further, self.looked = button(), label("quiet", is_wrapped=True)
        self.empty = EmptyState(tools.icons, "webhooks")
        self.panel = WebhookPanel(tools)
        self._save_filter = QTimer(self, singleShot=True, interval=_SAVE_MS)
        self._build()
        self._restore()
        self._connect()
        self.retranslate()

    # ------------------------------------------------------------------------------------ what others ask of it

    def show_salon(self, salon_id: int) -> None:
        """Show what came for a salon, and nothing else."""
        self._put(WebhookFilter(salon_id=salon_id))

    def show_dead(self) -> None:
        """Show what was laid aside, and nothing else."""
        self._put(WebhookFilter(states=[WebhookState.DEAD]))

    def use_filter(self, kept: str) -> None:
        """Show what a kept filter says. Raises ValidationError."""
        self._put(WebhookFilter.model_validate_json(kept))

    def focus_search(self) -> None:
        """Put the cursor into the salon's field."""
        self.salon.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.salon.selectAll()

    def step_back(self) -> bool:
        """Esc: close the open webhook; returns whether there was one."""
        if self._opened.webhook_id is None:
            return False
        self.close_webhook()
        return True

    def kept_filter(self) -> WebhookFilter:
        """Return what the view is filtered by: to be asked for when the program starts."""
        keys = self.chips.chosen_keys()
        since, until = self._moments()
        number = int(self.salon.text()) if self.salon.hasAcceptableInput() else 0
        return WebhookFilter(
            salon_id=number or None, event=self.event_name.currentText().strip(),
            kinds=[kind for kind in WebhookKind if kind in keys],
            states=[state for state in WebhookState if state in keys],
            proofs=[WebhookProof(self.proof.currentData())] if self.proof.currentData() else [],
            outcomes=[WebhookOutcome(self.outcome.currentData())] if self.outcome.currentData() else [],
            since=since, until=until,
        )  # fmt: skip

    def release(self) -> None:
        """Hear of no model any more."""
        super().release()
        self.tools.theme.changed.disconnect(self._dress_event_name)
        self.table.release()
        self.list.release()
        self.panel.release()

    def retranslate(self) -> None:
        """Set every text anew."""
        self.title.setText(translate("Webhooks", "Webhooks"))
        self.salon.setPlaceholderText(translate("Webhooks", "Salon's number"))
        name_it(self.salon, translate("Webhooks", "Salon's number"), shortcuts.key_text("find"))
        self.chips.setAccessibleName(translate("Webhooks", "Kinds and states"))
        for kind in WebhookKind:
            self.chips.set_word(kind, kind_word(kind))
        for state in WebhookState:
            self.chips.set_word(state, state_word(state))
        name_it(self.event_name, translate("Webhooks", "Event"),
                translate("Webhooks", "A whole name, such as record.create; Enter looks for it"))  # fmt: skip
        edit = self.event_name.lineEdit()
        if edit is not None:
            name_it(edit, translate("Webhooks", "Event"), self.event_name.toolTip())
            edit.setPlaceholderText(translate("Webhooks", "Any event"))
        name_it(self.outcome, translate("Webhooks", "What it changed"))
        name_it(self.proof, translate("Webhooks", "Proof"))
        name_it(self.time, translate("Webhooks", "When it came"))
        name_it(self.day, translate("Webhooks", "Day on which it came"))
        self._name_choices()
        self.clear.setText(translate("Webhooks", "Clear the filter"))
        self.further.setText(translate("Webhooks", "Look further back"))
        self.list.setAccessibleName(translate("Webhooks", "Webhooks, the newest first"))
        self.trouble.retranslate()
        self.table.retranslate()
        self._show_counts()
        self._show_state()

    def showEvent(self, event: QShowEvent) -> None:
        """Follow what comes while the list is looked at."""
        super().showEvent(event)
        self._dress_event_name()
        self.run(self.tools.console.watch_inbox, True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks: only the numbers are kept."""
        super().hideEvent(event)
        self.run(self.tools.console.watch_inbox, False)

    # ------------------------------------------------------------------------------------------------- build

    def _build(self) -> None:
        for kind in WebhookKind:
            self.chips.add(kind, *KIND_LOOKS[kind])
        for state in WebhookState:
            self.chips.add(state, *STATE_LOOKS[state])
        self.salon.setValidator(QIntValidator(1, 2_147_483_647, self.salon))
        self.event_name.setEditable(True)
        self.event_name.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.tools.theme.changed.connect(self._dress_event_name)
        edit = self.event_name.lineEdit()
        if edit is not None:
            edit.setMaxLength(_EVENT_CHARS)
        for combo in (self.event_name, self.outcome, self.proof, self.time):
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.day.setCalendarPopup(True)
        self.day.setDate(QDate.currentDate())
        self.day.setMaximumDate(QDate.currentDate())
        self.day.hide()
        self.tools.theme.fit(self.salon, min_width=150)
        self.tools.theme.fit(self.event_name, min_width=170)
        head = flowing(self.title, self.total, None, self.waiting, self.salon, spacing=12)
        head.setAlignment(self.total, Qt.AlignmentFlag.AlignBottom)
        filters = QWidget()
        filters.setProperty("role", "scrolled")
        flow = FlowLayout(filters, spacing=8)
        for each in (self.event_name, self.outcome, self.proof, self.time, self.day, self.clear):
            flow.addWidget(each)
        upper = QWidget()
        upper.setProperty("role", "scrolled")
        rows = QVBoxLayout(upper)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(8)
        self._stack = QStackedLayout()
        rows.addLayout(self._stack, 1)
        self._stack.addWidget(self.list)
        self._stack.addWidget(self.empty)
        self._foot = QWidget()
        self._foot.setProperty("role", "scrolled")
        foot = QHBoxLayout(self._foot)
        foot.setContentsMargins(0, 0, 0, 0)
        foot.addWidget(self.looked, 1)
        foot.addWidget(self.further)
        rows.addWidget(self._foot)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.addWidget(upper)
        self.splitter.addWidget(self.panel)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setStretchFactor(0, 2)
        self.splitter.setStretchFactor(1, 3)
        self.splitter.setHandleWidth(5)
        self.panel.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addLayout(head)
        for part in (self.chips, filters, self.refused, self.trouble):
            layout.addWidget(part)
        layout.addWidget(self.splitter, 1)
        self.setFocusProxy(self.list)

    def _connect(self) -> None:
        models, inbox = self.tools.console.models, self._inbox
        self.watch(inbox.counts_changed, self._show_counts)
        self.watch(inbox.state_changed, self._show_state)
        self.watch(inbox.reset, self._show_state)
        self.watch(inbox.rows_inserted, lambda first, last: self._show_state())
        self.watch(inbox.rows_removed, lambda first, last: self._show_state())
        self.watch(models.connection.changed, self._show_state)
        self.watch(self._opened.changed, self._show_open)
        self.table.more_wanted.connect(self._on_more_wanted)
        self.salon.searched.connect(self._on_filter_chosen)
        self.chips.chosen.connect(self._on_filter_chosen)
        for combo in (self.event_name, self.outcome, self.proof):
            combo.activated.connect(self._on_filter_chosen)
        edit = self.event_name.lineEdit()
        if edit is not None:
            edit.returnPressed.connect(self._on_filter_chosen)
        self.time.activated.connect(self._on_time_chosen)
        self.day.dateChanged.connect(self._on_filter_chosen)
        self.clear.clicked.connect(self._clear_filter)
        self.waiting.clicked.connect(inbox.show_waiting)
        self.further.clicked.connect(self._on_more_wanted)
        self.list.row_opened.connect(self._on_row_opened)
        self.list.pointer_entered.connect(inbox.hold)
        self.list.pointer_left.connect(inbox.release)
        self.empty.acted.connect(self._on_empty_acted)
        self.panel.closed.connect(self.close_webhook)
        self.panel.salon_opened.connect(self.salon_opened)
        self._save_filter.timeout.connect(self._on_save_filter_timeout)

    def _dress_event_name(self) -> None:
        """“Any event” is a choice like those beside it: a style sheet does not reach the words of a box's own field."""
        edit = self.event_name.lineEdit()
        if edit is not None:
            palette = edit.palette()
            palette.setColor(QPalette.ColorRole.PlaceholderText, self.tools.theme.colour("text"))
            edit.setPalette(palette)

    def _name_choices(self) -> None:
        """Fill the choices in the present language; what is chosen stays."""
        event = self.event_name.currentText()
        with QSignalBlocker(self.event_name):
            self.event_name.clear()
            self.event_name.addItems(["", *_EVENTS])
            self.event_name.setEditText(event)
        any_outcome, any_proof = (
            translate("Webhooks", "Whatever it changed"),
            translate("Webhooks", "Any proof"),
        )
        _fill(self.outcome, [("", any_outcome), *((each, outcome_word(each)) for each in WebhookOutcome)])
        _fill(self.proof, [("", any_proof), *((each, proof_word(each)) for each in WebhookProof)])
        times = [(key, translate("Webhooks", source)) for key, (_, source) in _HOURS.items()]
        anytime, one_day = translate("Webhooks", "At any time"), translate("Webhooks", "On one day…")
        _fill(self.time, [("", anytime), *times, (_ONE_DAY, one_day)])

    # --------------------------------------------------------------------------------------------- what is shown

    def _show_counts(self) -> None:
        counts = self._inbox.counts
        self.chips.set_count(WebhookState.DEAD, counts.dead if counts else None)
        self.chips.set_count(WebhookState.PENDING, counts.pending if counts else None)
        self.chips.set_count(WebhookKind.UNKNOWN, counts.unknown_lately if counts else None)
        self.chips.chip(WebhookKind.UNKNOWN).setToolTip(
            translate("Webhooks", "The number is that of the last day.")
        )
        self.refused.setVisible(counts is not None and bool(counts.refused))
        if counts is not None and counts.refused:
            self.refused.set_text(self._refused_text(counts))

    def _refused_text(self, counts: WebhookCounts) -> str:
        now = self.tools.ticker.now_here()
        told = []
        for each in counts.refused:
            minutes = translate("Webhooks", "in %n minutes", "", each.minutes)
            at = here_text(each.last_at, now).text
            line = translate("Webhooks", "{why} ({minutes}, last {time})")
            told.append(line.format(why=refusal_text(each.code), minutes=minutes, time=at))
        lead = translate("Webhooks", "Refused at the door within a day, and not kept: {list}.")
        return lead.format(list="; ".join(told))

    def _show_state(self) -> None:
        inbox = self._inbox
        waiting = inbox.waiting_count
        self.waiting.setVisible(waiting > 0)
        if waiting:
            self.waiting.setText(translate("Webhooks", "%n changes wait", "", waiting))
        self.trouble.show_trouble(inbox.problem)
        shown = translate("Webhooks", "%n shown", "", len(inbox.rows)) if inbox.rows else ""
        self.total.setText(shown)
        self.clear.setVisible(self._is_narrow())
        self._stack.setCurrentWidget(self.list if inbox.rows else self.empty)
        self._show_looked()
        if not inbox.rows:
            self._show_empty()

    def _show_looked(self) -> None:
        back_to = self._inbox.looked_back_to
        is_short = back_to is not None and not self._inbox.is_complete and bool(self._inbox.rows)
        self._foot.setVisible(is_short)
        if back_to is not None and is_short:
            told = translate("Webhooks", "Nothing more matches as far back as {time}.")
            self.looked.setText(told.format(time=here_text(back_to, self.tools.ticker.now_here()).text))
        self.further.setEnabled(not self._inbox.is_loading)

    def _show_empty(self) -> None:
        connection, back_to = self.tools.console.models.connection, self._inbox.looked_back_to
        if explain_absence(self, self.empty):
            return
        if self._inbox.is_loading or connection.welcome is None or not (self._inbox.is_complete or back_to):
            self.empty.set_icon("clock")
            self.empty.set_texts(
                translate("Webhooks", "Reading the webhooks…"),
                translate("Webhooks", "The list appears as soon as the gateway answers."),
            )
        elif back_to is not None and not self._inbox.is_complete:
            self.empty.set_icon("search")
            at = here_text(back_to, self.tools.ticker.now_here()).text
            self.empty.set_texts(
                translate("Webhooks", "No webhook matches so far"),
                translate("Webhooks", "Nothing matches as far back as {time}.").format(time=at),
                translate("Webhooks", "Look further back"),
            )
        elif self._is_narrow():
            self.empty.set_icon("search")
            self.empty.set_texts(
                translate("Webhooks", "No webhook matches"),
                translate("Webhooks", "Nothing that is still kept fits all of these choices together."),
                translate("Webhooks", "Clear the filter"),
            )
        else:
            self.empty.set_icon("webhooks")
            self.empty.set_texts(
                translate("Webhooks", "No webhook has come yet"),
                translate(
                    "Webhooks",
                    "What YCLIENTS posts appears here by itself: disconnections, freezes, payments, and what happens "
                    "inside the salons. To try it: press “Disconnect” on the sandbox's page.",
                ),
            )

    def _show_open(self) -> None:
        is_open = self._opened.webhook_id is not None
        if is_open and self.panel.isHidden():
            self.panel.show()
            self.splitter.setSizes([2000, 3000])
        elif not is_open and not self.panel.isHidden():
            self.panel.hide()
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _is_narrow(self) -> bool:
        return self.kept_filter() != WebhookFilter()

    # ---------------------------------------------------------------------------------------------- what is asked

    def close_webhook(self) -> None:
        """Look at no single webhook any more."""
        self.run(self.tools.console.close_webhook)

    def _on_row_opened(self, webhook_id: int) -> None:
        self.run(self.tools.console.open_webhook, webhook_id)

    def _on_more_wanted(self) -> None:
        if not self._inbox.is_loading:
            self.run(self.tools.console.load_more_webhooks)

    def _on_filter_chosen(self, *_: object) -> None:
        self._save_filter.start()
        self.run(self.tools.console.set_inbox_filter, self.kept_filter())
        self._show_state()

    def _on_time_chosen(self, *_: object) -> None:
        self.day.setVisible(self.time.currentData() == _ONE_DAY)
        self._on_filter_chosen()

    def _on_empty_acted(self) -> None:
        if self._inbox.is_complete:
            self._clear_filter()
        else:
            self._on_more_wanted()

    def _clear_filter(self) -> None:
        self._put(WebhookFilter())

    def _put(self, given: WebhookFilter) -> None:
        self._show_filter(given)
        self._on_filter_chosen()

    def _show_filter(self, given: WebhookFilter) -> None:
        """Show a filter in the controls, without asking for it. Its time is not shown: it was another day's."""
        self.salon.put(str(given.salon_id) if given.salon_id else "")
        self.chips.choose([*given.kinds, *given.states])
        with QSignalBlocker(self.event_name):
            self.event_name.setEditText(given.event)
        for combo, chosen in ((self.outcome, given.outcomes), (self.proof, given.proofs), (self.time, [])):
            combo.setCurrentIndex(max(0, combo.findData(str(chosen[0]) if chosen else "")))
        self.day.hide()

    def _moments(self) -> tuple[datetime | None, datetime | None]:
        """Return since when and until when; a day is this machine's."""
        chosen = self.time.currentData()
        if chosen in _HOURS:
            return self.tools.ticker.now() - timedelta(hours=_HOURS[chosen][0]), None
        if chosen != _ONE_DAY:
            return None, None
        day = self.day.date()
        begin = datetime(day.year(), day.month(), day.day()).astimezone()
        end = day.addDays(1)
        return begin, datetime(end.year(), end.month(), end.day()).astimezone()

    # ---- what is kept between runs

    def _restore(self) -> None:
        self._name_choices()
        self._show_filter(kept(self.tools.console.models.preferences, _NAME, WebhookFilter()))

    def _on_save_filter_timeout(self) -> None:
        kept = {**self.tools.console.models.preferences.filters, _NAME: self.kept_filter().model_dump_json()}
        self.run(self.tools.console.update_preferences, filters=kept)


def _fill(combo: QComboBox, choices: list[tuple[str, str]]) -> None:
    chosen = combo.currentData()
    with QSignalBlocker(combo):
        combo.clear()
        for key, word in choices:
            combo.addItem(word, str(key))
        combo.setCurrentIndex(max(0, combo.findData(chosen)))
