"""What staff did: looked through, each act with what it changed and why; the chain checked; written to a file."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final

from PySide6.QtCore import QDate, QModelIndex, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QIntValidator, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDateEdit,
    QHeaderView,
    QLineEdit,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from desktop.model.audit import ChainCheck
from desktop.qt.audit_table import REASON, SALON, TIME, WHAT, WHO, AuditTable, who_text
from desktop.qt.audit_texts import act_text, differences, known_acts, outcome_word
from desktop.qt.texts import here_text, isolate, marked, number_text, translate
from desktop.qt.tools import Tools
from desktop.qt.troubles import TroubleBanner
from desktop.qt.view import View
from desktop.qt.views.absence import explain_absence
from desktop.qt.views.long_work import (
    WorkLine,
    choose_table,
    export_text,
    look_of,
    separator,
    trouble_sentence,
)
from desktop.qt.views.permits import permit, refusal_of
from desktop.qt.widgets.basics import (
    Card,
    ElidedLabel,
    button,
    flowing,
    label,
    name_it,
    row,
    scrolled,
)
from desktop.qt.widgets.copyable import CopyableId
from desktop.qt.widgets.empty import EmptyState
from desktop.qt.widgets.flow import FlowLayout
from desktop.qt.widgets.rolling import TurningSplitter
from desktop.qt.widgets.search_field import SearchField
from shared.admin_wire import MAX_SEARCH_CHARS, AuditEntry, AuditQuery
from shared.vocabulary import MAX_SALON_ID, AuditOutcome

ANY_TIME, TODAY, WEEK, MONTH, CHOSEN = "any", "today", "week", "month", "chosen"
_PERIODS: Final = {
    ANY_TIME: marked("Audit", "At any time"), TODAY: marked("Audit", "Today"), WEEK: marked("Audit", "Last 7 days"),
    MONTH: marked("Audit", "Last 30 days"), CHOSEN: marked("Audit", "Chosen days"),
}  # fmt: skip
_DAYS: Final = {TODAY: 0, WEEK: 6, MONTH: 29}
_PROBLEMS: Final = {
    "altered": marked("Audit", "Row {row} was altered after it was written."),
    "displaced": marked("Audit", "Before row {row} a row was taken out, put in or moved."),
    "cut_off": marked("Audit", "The rows after {row} were taken out."),
    "untold": marked("Audit", "Row {row} was put in past the gateway: the event log does not know it."),
}
_SEARCH_MS: Final = 250
_WIDE: Final = 720


class AuditView(View):
    """The acts at the left, the chosen one at the right. It is read when it is shown, and on F5."""

    salon_opened = Signal(int)

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self._audit = tools.console.models.audit
        self.title = ElidedLabel("title")
        self.check, self.export = button(), button()
        self.who = SearchField(tools.icons, MAX_SEARCH_CHARS)
        self.words = SearchField(tools.icons, MAX_SEARCH_CHARS)
        self.salon = QLineEdit()
        self.act, self.outcome, self.period = QComboBox(), QComboBox(), QComboBox()
        self.since, self.until = QDateEdit(), QDateEdit()
        self.reset = button("link")
        self.trouble = TroubleBanner(tools.icons)
        self.work = _Work(tools)
        self.table = AuditTable(self._audit, tools.ticker)
        self.list = QTableView()
        self.details = ActCard(tools)
        self.empty = EmptyState(tools.icons, "audit")
        self.stack = QStackedWidget()
        self._later = QTimer(self, singleShot=True, interval=_SEARCH_MS)
        self._later.timeout.connect(self.search)
        self._build()
        self._connect()
        self.retranslate()

    def showEvent(self, event: QShowEvent) -> None:
        """Read what is newest when somebody comes to look."""
        super().showEvent(event)
        if not event.spontaneous():
            self.search()

    def release(self) -> None:
        """Look for nothing any more, then go."""
        self._later.stop()
        self.work.release()
        super().release()

    def use_filter(self, kept: str) -> None:
        """Show what a kept filter says. Raises ValidationError."""
        given = AuditQuery.model_validate_json(kept)
        self.who.put(given.staff)
        self.words.put(given.search)
        self.salon.setText(str(given.salon_id) if given.salon_id else "")
        self.act.setCurrentIndex(max(0, self.act.findData(given.operation)))
        self.outcome.setCurrentIndex(max(0, self.outcome.findData(given.outcome)))
        self.period.setCurrentIndex(0)
        self.search()

    def kept_filter(self) -> AuditQuery:
        """Return what the view is filtered by."""
        return self.query()

    def focus_search(self) -> None:
        """Go to the field to search in."""
        self.words.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def query(self) -> AuditQuery:
        """Return what is asked for by the fields."""
        since, until = self._bounds()
        salon = int(self.salon.text()) if self.salon.hasAcceptableInput() else None
        return AuditQuery(
            staff=self.who.text().strip(), search=self.words.text().strip(), salon_id=salon,
            operation=self.act.currentData() or "", outcome=self.outcome.currentData(), since=since, until=until,
        )  # fmt: skip

    def search(self) -> None:
        """Look for what the fields ask for, if it may be read at all."""
        self._later.stop()
        self.refresh()
        if refusal_of(self.tools, "audit.list") is None:
            self.run(self.tools.console.search_audit, self.query())

    # ------------------------------------------------------------------------------------------------- texts

    def retranslate(self) -> None:
        """Set every text anew."""
        self.title.setText(translate("Audit", "Audit"))
        self.check.setText(translate("Audit", "Check the chain"))
        self.export.setText(translate("Audit", "Export…"))
        self.reset.setText(translate("Audit", "Show everything"))
        for field, name in (
            (self.who, translate("Audit", "Who")), (self.words, translate("Audit", "Reason or request")),
            (self.salon, translate("Audit", "Salon number")),
        ):  # fmt: skip
            field.setPlaceholderText(name)
            field.setAccessibleName(name)
        name_it(self.act, translate("Audit", "What was done"))
        name_it(self.outcome, translate("Audit", "What came of it"))
        name_it(self.period, translate("Audit", "When"))
        name_it(self.since, translate("Audit", "From this day"))
        name_it(self.until, translate("Audit", "To this day"))
        self.list.setAccessibleName(translate("Audit", "Acts of staff"))
        self._fill_choices()
        self.table.retranslate()
        self.trouble.retranslate()
        self.work.retranslate()
        self.details.retranslate()
        self.refresh()

    def refresh(self) -> None:
        """Show what the model holds."""
        self.table.show_rows()
        self.trouble.show_trouble(self._audit.problem)
        refusal = refusal_of(self.tools, "audit.list")
        permit(self.check, refusal, translate("Audit", "Follows every row to see that none was altered."))
        permit(
            self.export,
            refusal,
            translate("Audit", "Writes everything that matches, not only what is shown."),
        )
        self.reset.setVisible(self.query() != AuditQuery())
        is_chosen = self.period.currentData() == CHOSEN
        self.since.setVisible(is_chosen)
        self.until.setVisible(is_chosen)
        if not self._audit.rows:
            self._explain_emptiness()
        self.stack.setCurrentIndex(0 if self._audit.rows else 1)
        if self.table.rowCount() and not self.list.currentIndex().isValid():
            self.list.setCurrentIndex(self.table.index(0, 0))
        self._show_details()

    # ------------------------------------------------------------------------------------------------- build

    def _build(self) -> None:
        self.salon.setValidator(QIntValidator(1, MAX_SALON_ID, self))
        self.salon.setMaxLength(10)
        self.salon.setClearButtonEnabled(True)
        self.tools.theme.fit(self.salon, max_width=150)
        self.tools.theme.fit(self.who, max_width=150)
        self.tools.theme.fit(self.act, max_width=220)
        for field in (self.since, self.until):
            field.setCalendarPopup(True)
            field.setDate(QDate.currentDate())
        filters = QWidget()
        filters.setProperty("role", "scrolled")
        flow = FlowLayout(filters, spacing=8)
        parts: list[QWidget] = [self.words, self.who, self.act, self.salon, self.outcome, self.period]
        for part in (*parts, self.since, self.until, self.reset):
            flow.addWidget(part)
        self._build_list()
        self.stack.addWidget(self.list)
        self.stack.addWidget(self.empty)
        side = scrolled(self.details)
        splitter = TurningSplitter(self.tools.theme, _WIDE)
        splitter.addWidget(self.stack)
        splitter.addWidget(side)
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 2)
        splitter.setSizes([600, 360])
        self.tools.theme.fit(side, min_width=260)
        head = flowing(self.title, None, self.check, self.export)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addLayout(head)
        layout.addWidget(filters)
        layout.addWidget(self.trouble)
        layout.addWidget(self.work)
        layout.addWidget(splitter, 1)
        self.setFocusProxy(self.words)

    def _build_list(self) -> None:
        self.list.setModel(self.table)
        self.list.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.list.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.list.setShowGrid(False)
        self.list.setWordWrap(False)
        self.list.setTabKeyNavigation(False)
        self.list.setCornerButtonEnabled(False)
        self.list.verticalHeader().hide()
        self.list.verticalHeader().setDefaultSectionSize(self.tools.theme.row_height)
        header = self.list.horizontalHeader()
        header.setSectionsClickable(False)
        header.setHighlightSections(False)
        for column in (TIME, WHO, SALON):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(WHAT, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(REASON, QHeaderView.ResizeMode.Stretch)
        header.setMaximumSectionSize(self.tools.theme.px(280))

    def _connect(self) -> None:
        models = self.tools.console.models
        self.watch(self._audit.changed, self.refresh)
        self.watch(self._audit.work_changed, self.work.refresh)
        self.watch(models.connection.changed, self._on_connection_changed)
        self.tools.theme.changed.connect(self._on_theme_changed)
        self.who.searched.connect(lambda _: self._later.start())
        self.words.searched.connect(lambda _: self._later.start())
        self.salon.textChanged.connect(lambda _: self._later.start())
        for field in (self.act, self.outcome, self.period):
            field.activated.connect(lambda _: self.search())
        for day in (self.since, self.until):
            day.dateChanged.connect(lambda _: self._later.start())
        self.reset.clicked.connect(self.show_everything)
        self.check.clicked.connect(lambda: self.run(self.tools.console.check_audit))
        self.export.clicked.connect(self._choose_export)
        self.table.more_wanted.connect(lambda: self.run(self.tools.console.load_more_audit))
        self.list.selectionModel().currentRowChanged.connect(self._on_row_changed)
        self.details.salon_opened.connect(self.salon_opened)
        self.empty.acted.connect(self.show_everything)

    # --------------------------------------------------------------------------------------------- what is shown

    def _fill_choices(self) -> None:
        acts = sorted(known_acts(), key=lambda name: act_text(name).casefold())
        choices: tuple[tuple[QComboBox, list[tuple[str, object]]], ...] = (
            (self.act, [(translate("Audit", "Any act"), ""), *((act_text(name), name) for name in acts)]),
            (
                self.outcome,
                [
                    (translate("Audit", "Any outcome"), None),
                    *((outcome_word(one), one) for one in AuditOutcome),
                ],
            ),
            (self.period, [(translate("Audit", source), name) for name, source in _PERIODS.items()]),
        )
        for field, options in choices:
            with QSignalBlocker(field):
                chosen = field.currentData()
                field.clear()
                for text, value in options:
                    field.addItem(text, value)
                field.setCurrentIndex(max(0, field.findData(chosen)))

    def _bounds(self) -> tuple[datetime | None, datetime | None]:
        """Return since and until when, in whole days of this machine."""
        period = self.period.currentData()
        today = self.tools.ticker.now_here().astimezone().date()
        if period == CHOSEN:
            first, last = sorted((_day_of(self.since), _day_of(self.until)))
            return _start_of(first), _start_of(last + timedelta(days=1))
        if period in _DAYS:
            return _start_of(today - timedelta(days=_DAYS[period])), None
        return None, None

    def _explain_emptiness(self) -> None:
        refusal = refusal_of(self.tools, "audit.list")
        if explain_absence(self, self.empty):
            return
        self.empty.set_icon("search" if self._audit.is_filtered and self._audit.is_known else "audit")
        if refusal is not None:
            self.empty.set_texts(translate("Audit", "The audit cannot be read now"), refusal)
        elif not self._audit.is_known:
            self.empty.set_texts(
                translate("Audit", "Reading the audit…"),
                translate("Audit", "It appears as soon as the gateway answers."),
            )
        elif self._audit.is_filtered:
            self.empty.set_texts(
                translate("Audit", "Nobody did such a thing"),
                translate("Audit", "No act matches everything that is asked for above."),
                translate("Audit", "Show everything"),
            )
        else:
            self.empty.set_texts(
                translate("Audit", "Nobody has done anything yet"),
                translate(
                    "Audit",
                    "Every command of staff is written down here with who, when, why and what was before and after. "
                    "Retry a call or pause a salon in the sandbox to see one.",
                ),
            )

    def _show_details(self) -> None:
        index = self.list.currentIndex()
        is_there = index.isValid() and index.row() < self.table.rowCount()
        self.details.show_act(self.table.row_at(index.row()) if is_there else None)

    # ---------------------------------------------------------------------------------------- what a person does

    def show_everything(self) -> None:
        """Ask for everything again."""
        for field in (self.who, self.words):
            field.put("")
        self.salon.clear()
        for choice in (self.act, self.outcome, self.period):
            choice.setCurrentIndex(0)
        self.search()

    def _choose_export(self) -> None:
        choose_table(self.window(), f"audit-{self.tools.ticker.now_here():%Y-%m-%d}", self.export_to)

    def export_to(self, path: str) -> None:
        """Write what matches to a file, in the background."""
        self.run(self.tools.console.export_audit, Path(path), separator())

    def _on_row_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        self._show_details()

    def _on_connection_changed(self) -> None:
        if self.isVisible() and not self._audit.is_known and not self._audit.is_loading:
            self.search()
        else:
            self.refresh()

    def _on_theme_changed(self) -> None:
        self.list.verticalHeader().setDefaultSectionSize(self.tools.theme.row_height)
        self.who.refresh_icon()
        self.words.refresh_icon()


class ActCard(Card):
    """One act: who, when, why, and what was before and after."""

    salon_opened = Signal(int)

    def __init__(self, tools: Tools) -> None:
        super().__init__(margin=12, spacing=8)
        self._tools = tools
        self._act: AuditEntry | None = None
        self.hint = label("quiet", is_wrapped=True)
        self.what = label("heading", is_wrapped=True)
        self.who, self.when = label(is_wrapped=True), label("quiet", is_wrapped=True)
        self.reason = label(is_wrapped=True, is_selectable=True)
        self.reason.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.salon = button("link")
        self.request = CopyableId(tools.icons, tools.theme)
        self.changes_title = label("strong")
        self.changes = label(is_wrapped=True, is_selectable=True)
        self.changes.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        for part in (self.hint, self.what, self.who, self.when, self.reason):
            self.body.addWidget(part)
        self.body.addLayout(row(self.salon, None))
        self.body.addWidget(self.changes_title)
        self.body.addWidget(self.changes)
        self.body.addWidget(self.request)
        self.body.addStretch(1)
        self.salon.clicked.connect(self._on_salon_clicked)

    def show_act(self, act: AuditEntry | None) -> None:
        """Show an act, or that none is chosen."""
        self._act = act
        self.hint.setVisible(act is None)
        for part in (
            self.what, self.who, self.when, self.reason, self.salon, self.changes_title, self.changes, self.request,
        ):  # fmt: skip
            part.setVisible(act is not None)
        self.retranslate()

    def retranslate(self) -> None:
        """Set every text anew."""
        self.hint.setText(translate("Audit", "Choose an act to see what was before and after it."))
        act = self._act
        if act is None:
            return
        self.what.setText(act_text(act.operation))
        self.who.setText(who_text(act))
        when = here_text(act.at)
        self.when.setText(when.text)
        self.when.setToolTip(when.tooltip)
        why = isolate(act.reason) if act.reason else translate("Audit", "no reason given")
        self.reason.setText(translate("Audit", "Why: {reason}").format(reason=why))
        self.salon.setVisible(act.salon_id is not None)
        self.salon.setText(translate("Audit", "Open salon {number}").format(number=act.salon_id or ""))
        rows = differences(act.before, act.after)
        self.changes_title.setText(
            translate("Audit", "What was and what is") if rows else translate("Audit", "It changed nothing")
        )
        self.changes.setVisible(bool(rows))
        self.changes.setText("\n".join(_change_text(*each) for each in rows))
        self.request.set_text(act.request_id, translate("Audit", "Copy the request's name"))
        self.request.setToolTip(translate("Audit", "The request's name, as the log has it"))
        self.setAccessibleName(f"{self.what.text()}, {self.who.text()}, {self.when.text()}")

    def _on_salon_clicked(self) -> None:
        if self._act is not None and self._act.salon_id is not None:
            self.salon_opened.emit(self._act.salon_id)


class _Work(View):
    """The long work: how far the check of the chain and the export are, and how they came out."""

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools)
        self.setProperty("role", "scrolled")
        self._audit = tools.console.models.audit
        self.check = WorkLine(tools, tools.console.stop_audit_check, lambda: self._audit.check_is(None))
        self.export = WorkLine(tools, tools.console.stop_audit_export, lambda: self._audit.export_is(None))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.check)
        layout.addWidget(self.export)
        self.refresh()

    def retranslate(self) -> None:
        """Set every text anew."""
        self.check.retranslate()
        self.export.retranslate()
        self.refresh()

    def refresh(self) -> None:
        """Show what the model holds."""
        check, export = self._audit.check, self._audit.export
        self.check.setVisible(check is not None)
        if check is not None:
            look, tone = look_of(check.is_running, check.is_whole, bool(check.problem or check.trouble))
            done = (check.checked_to, max(check.newest, 1)) if check.is_running else None
            self.check.show_work(look, tone, _check_text(check), check.is_running, done)
        self.export.setVisible(export is not None)
        if export is not None:
            look, tone = look_of(export.is_running, export.is_done, export.trouble is not None)
            self.export.show_work(look, tone, export_text(export), export.is_running, None)
        self.setVisible(check is not None or export is not None)


def _day_of(field: QDateEdit) -> date:
    chosen = field.date()
    return date(chosen.year(), chosen.month(), chosen.day())


def _start_of(day: date) -> datetime:
    """Return the moment at which a day of this machine begins."""
    return datetime.combine(day, time()).astimezone(UTC)


def _change_text(name: str, was: str, became: str, is_different: bool) -> str:
    if not is_different:
        return f"{name}: {isolate(became)}"
    return f"{name}: {isolate(was)} → {isolate(became)}"


def _check_text(check: ChainCheck) -> str:
    if check.trouble is not None:
        return trouble_sentence(
            translate("Audit", "The chain could not be checked to its end."), check.trouble
        )
    count = number_text(check.checked)
    if check.is_running:
        return translate("Audit", "Checking the chain: {count} rows fit so far").format(count=count)
    if check.is_stopped:
        return translate("Audit", "The check was stopped after {count} rows that fit").format(count=count)
    if check.problem is None:
        return translate("Audit", "The chain is whole: all {count} rows fit.").format(count=count)
    source = _PROBLEMS.get(check.problem, marked("Audit", "Row {row} does not fit."))
    said = translate("Audit", source).format(row=check.broken_at)
    advice = translate("Audit", "Leave the database as it is, and compare it with a backup.")
    return f"{said} {advice}"
