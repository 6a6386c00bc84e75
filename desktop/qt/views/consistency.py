"""Theirs against ours: every difference in words, since when, when it was checked, and what can be done about it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.model.consistency import Identity, identity_of
from desktop.model.problem import Trouble
from desktop.qt.dialogs.confirm import ConfirmDialog, Question
from desktop.qt.explanations import explained
from desktop.qt.texts import (
    age_text,
    here_text,
    isolate,
    number_text,
    salon_text,
    translate,
    when_text,
)
from desktop.qt.tools import Tools
from desktop.qt.troubles import TroubleBanner
from desktop.qt.view import View
from desktop.qt.views.absence import explain_absence
from desktop.qt.views.asking import Asking
from desktop.qt.views.difference_texts import (
    DANGEROUS,
    chip_of,
    does_text,
    meaning_of,
    ours_text,
    theirs_text,
    title_of,
    verb_of,
)
from desktop.qt.views.fix_panel import FixPanel
from desktop.qt.views.permits import permit, refusal_of
from desktop.qt.widgets.banner import Banner
from desktop.qt.widgets.basics import Card, ElidedLabel, button, flowing, label, scrolled
from desktop.qt.widgets.chips import ChipRow
from desktop.qt.widgets.empty import EmptyState
from desktop.qt.widgets.flow import FlowLayout
from desktop.qt.widgets.headings import set_headings
from desktop.qt.widgets.search_field import SearchField
from shared.admin_wire import (
    MAX_SEARCH_CHARS,
    DifferenceFilter,
    DifferenceRow,
    FixPlanRequest,
    FixResult,
    SweepView,
)
from shared.vocabulary import FIX_PERMISSIONS, DifferenceKind, Fix, SweepState

_WHAT, _SALON, _SINCE, _CHECKED, _THEIRS, _OURS = range(6)
_WIDTHS: Final = {_WHAT: 300, _SALON: 240, _SINCE: 66, _CHECKED: 88, _THEIRS: 188}
"""At 100 %, for a usual window: all shrink alike in a narrow one, where `_OURS` would have no room left."""
_LEAST_OURS: Final = 215
_MARGINS: Final = 40
"""Between the view's edges and the table's columns."""
_LEAST_TABLE: Final = 180


class ConsistencyView(View):
    """The list of differences, the one that is chosen, and those that are fixed together."""

    salon_opened = Signal(int)

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        models = tools.console.models
        self._model = models.consistency
        self._asking = Asking(self, self._show_chosen, self._show_trouble)
        self._chosen: Identity | None = None
        self._shown: tuple[DifferenceRow, ...] = ()
        self.title, self.checked = ElidedLabel("title"), label("quiet", is_wrapped=True)
        self.check = button("primary")
        self.search = SearchField(tools.icons, MAX_SEARCH_CHARS)
        self.sweep, self.bar = label("quiet", is_wrapped=True), QProgressBar()
        self.chips = ChipRow(tools.icons)
        self.trouble, self.refused = TroubleBanner(tools.icons), TroubleBanner(tools.icons)
        self.done = Banner(tools.icons, "ok", is_closable=True)
        self.table = QTableWidget(0, 6)
        self.more = button("link")
        self.empty = EmptyState(tools.icons, "check-circle")
        self.card = Card(margin=12, spacing=6)
        self.what, self.about = label("heading", is_wrapped=True), label(is_wrapped=True, is_selectable=True)
        self.sides = label("quiet", is_wrapped=True, is_selectable=True)
        self.buttons = QWidget()
        self.fixes: dict[Fix, QPushButton] = {}
        self.open_salon, self.together = button(), button()
        self.panel = FixPanel(tools, self)
        self._build()
        self.watch(self._model.changed, self.refresh)
        self.watch(self._model.progressed, self._show_sweep)
        self.watch(models.connection.changed, self._on_connection_changed)
        self.watch(models.safety.changed, self._permit_all)
        tools.ticker.half_minute_passed.connect(self._on_half_minute_passed)
        self.retranslate()

    def retranslate(self) -> None:
        """Set every text anew."""
        self.title.setText(translate("Consistency", "Theirs against ours"))
        self.check.setText(translate("Consistency", "Check all now"))
        self.search.setPlaceholderText(translate("Consistency", "Salon, city, number"))
        self.search.setAccessibleName(translate("Consistency", "Search among the differences"))
        for kind in DifferenceKind:
            self.chips.set_word(kind.value, chip_of(kind))
            self.chips.chip(kind.value).setToolTip(title_of(kind))
        set_headings(self.table, [
            translate("Consistency", "Difference"), translate("Consistency", "Salon"),
            translate("Consistency", "For"), translate("Consistency", "Checked"),
            translate("Consistency", "YCLIENTS"), translate("Consistency", "We"),
        ])  # fmt: skip
        self.table.setAccessibleName(translate("Consistency", "Differences"))
        self.more.setText(translate("Consistency", "Show more"))
        self.open_salon.setText(translate("Consistency", "Open the salon"))
        for fix, control in self.fixes.items():
            control.setText(verb_of(fix) + "…")
        self.bar.setAccessibleName(translate("Consistency", "Progress of the check"))
        self.trouble.retranslate()
        self.refused.retranslate()
        self.refresh()

    def refresh(self) -> None:
        """Show what the model holds."""
        model = self._model
        self.trouble.show_trouble(model.problem)
        for kind in DifferenceKind:
            count = model.by_kind.get(kind) if model.is_known else None
            self.chips.set_count(kind.value, count)
            self.chips.chip(kind.value).setVisible(bool(count) or kind in model.filter.kinds)
        self.chips.setVisible(any(model.by_kind.values()) or bool(model.filter.kinds))
        self._fill()
        self.more.setVisible(model.has_more)
        self.empty.setVisible(not model.rows)
        self.table.setVisible(bool(model.rows))
        if not model.rows:
            self._explain_emptiness()
        self._show_sweep()
        self._show_chosen()

    def kept_filter(self) -> DifferenceFilter:
        """Return what the view is filtered by."""
        kinds = [DifferenceKind(key) for key in self.chips.chosen_keys()]
        return DifferenceFilter(kinds=kinds, search=self.search.text().strip())

    def use_filter(self, kept: str) -> None:
        """Show what a kept filter says. Raises ValidationError."""
        given = DifferenceFilter.model_validate_json(kept)
        self.search.put(given.search)
        self.chips.choose([*given.kinds])
        self._on_filtered()

    def focus_search(self) -> None:
        """Go to the search field."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def choose(self, identity: Identity) -> None:
        """Choose a difference that is shown."""
        for at, shown in enumerate(self._shown):
            if identity_of(shown) == identity:
                self.table.selectRow(at)

    def showEvent(self, event: QShowEvent) -> None:
        """From the first look on the differences are kept."""
        super().showEvent(event)
        if not event.spontaneous():
            self.run(self.tools.console.open_consistency)

    # ------------------------------------------------------------------------------------------------- build

    def _build(self) -> None:
        self.tools.icons.dress(self.check, "refresh", "accent-text")
        for kind in DifferenceKind:
            self.chips.add(kind.value)
        self.chips.chosen.connect(self._on_filtered)
        self.search.searched.connect(lambda _: self._on_filtered())
        self.check.clicked.connect(self._check_all)
        self.more.clicked.connect(lambda: self.run(self.tools.console.load_more_differences))
        self._build_table()
        self._build_card()
        self.bar.setTextVisible(False)
        inside = QWidget()
        inside.setProperty("role", "scrolled")
        lines = QVBoxLayout(inside)
        lines.setContentsMargins(0, 0, 4, 0)
        lines.setSpacing(8)
        lines.addWidget(self.panel)
        lines.addWidget(self.empty)
        lines.addWidget(self.table, 1)
        lines.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        lines.addWidget(self.card)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(8)
        head = flowing(self.title, None, self.search, self.check, spacing=12)
        self.tools.theme.fit(self.search, min_width=230)
        layout.addLayout(head)
        for part in (self.checked, self.sweep, self.bar, self.trouble, self.refused, self.done, self.chips):
            layout.addWidget(part)
        layout.addWidget(scrolled(inside), 1)
        self.done.closed.connect(self.done.hide)
        self.panel.salon_opened.connect(self.salon_opened)
        self.done.hide()
        self.setFocusProxy(self.table)

    def _build_table(self) -> None:
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setStretchLastSection(True)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.table.setMinimumHeight(_LEAST_TABLE)
        self.table.itemSelectionChanged.connect(self._on_row_chosen)
        self.table.cellActivated.connect(lambda *_: self._open_chosen())

    def _build_card(self) -> None:
        for wrapped in (self.what, self.about, self.sides):
            wrapped.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
            self.card.body.addWidget(wrapped)
        self.buttons.setProperty("role", "scrolled")
        flow = FlowLayout(self.buttons, spacing=8)
        for fix in Fix:
            made = self.fixes[fix] = button("danger" if fix in DANGEROUS else "plain")
            made.clicked.connect(lambda _=False, fix=fix: self.ask_fix(fix))
            flow.addWidget(made)
        for control in (self.open_salon, self.together):
            flow.addWidget(control)
        self.open_salon.clicked.connect(self._open_chosen)
        self.together.clicked.connect(self._plan_together)
        self.card.body.addWidget(self.buttons)

    # --------------------------------------------------------------------------------------------- what is shown

    def _fill(self) -> None:
        self._shown = self._model.rows
        chosen, now = self._chosen, self.tools.ticker.now()
        self.table.blockSignals(True)
        self.table.setRowCount(len(self._shown))
        for at, shown in enumerate(self._shown):
            since = when_text(shown.since, shown.timezone, now)
            checked = when_text(shown.checked_at, shown.timezone, now) if shown.checked_at else None
            name = salon_text(shown.title, shown.city) if shown.title else str(shown.salon_id)
            texts = (
                (title_of(shown.kind), ""), (name, f"{name}\n{shown.salon_id}"),
                (age_text(self.tools.ticker.age_s(shown.since)), since.tooltip),
                (checked.text if checked else "—", checked.tooltip if checked else ""),
                (theirs_text(shown), ""), (ours_text(shown), ""),
            )  # fmt: skip
            for column, (text, tooltip) in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setToolTip(tooltip or text)
                self.table.setItem(at, column, item)
            self.table.setRowHeight(at, self.tools.theme.px(30))
        self._share_width()
        self.table.clearSelection()
        if chosen is not None:
            self.choose(chosen)
        self.table.blockSignals(False)

    def _share_width(self) -> None:
        px = self.tools.theme.px
        wanted = px(sum(_WIDTHS.values()))
        room = self.width() - _MARGINS - px(_LEAST_OURS)
        share = min(1.0, max(0.6, room / wanted))
        header = self.table.horizontalHeader()
        for column, width in _WIDTHS.items():
            self.table.setColumnWidth(column, max(int(px(width) * share), header.sectionSizeHint(column)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the room anew."""
        super().resizeEvent(event)
        self._share_width()

    def _show_sweep(self) -> None:
        sweep, now = self._model.sweep, self.tools.ticker.now_here()
        at = self._model.swept_at
        self.checked.setText(
            translate("Consistency", "YCLIENTS' list was read {time}.").format(time=here_text(at, now).text)
            if at is not None else translate("Consistency", "YCLIENTS' list was not read yet.")
        )  # fmt: skip
        self.checked.setToolTip(here_text(at).tooltip if at is not None else "")
        is_sweeping = self._model.is_sweeping
        self.bar.setVisible(is_sweeping)
        self.sweep.setText(_sweep_text(sweep) if sweep is not None else "")
        self.sweep.setVisible(bool(self.sweep.text()))
        if is_sweeping and sweep is not None:
            self.bar.setMaximum(sweep.total or 0)
            self.bar.setValue(sweep.done if sweep.total else 0)
        self._permit_all()

    def _show_chosen(self) -> None:
        shown = self._model.find(self._chosen) if self._chosen is not None else None
        self.card.setVisible(shown is not None)
        if shown is None:
            return
        name = salon_text(shown.title, shown.city) if shown.title else str(shown.salon_id)
        self.what.setText(f"{title_of(shown.kind)}: {name}")
        self.about.setText(meaning_of(shown.kind))
        since = when_text(shown.since, shown.timezone, self.tools.ticker.now()).text
        self.sides.setText(
            translate("Consistency", "YCLIENTS: {theirs}. We: {ours}. Since {since}.").format(
                theirs=theirs_text(shown), ours=ours_text(shown), since=since
            )
        )
        for fix, control in self.fixes.items():
            control.setVisible(fix in shown.fixes)
        self.open_salon.setVisible(shown.generation is not None)
        count = self._model.by_kind.get(shown.kind, 0)
        self.together.setText(
            translate("Consistency", "{verb}: all %n…", "", count).format(verb=verb_of(shown.fixes[0]))
            if shown.fixes else ""
        )  # fmt: skip
        self.together.setVisible(bool(shown.fixes) and count > 1)
        self._permit_all()

    def _permit_all(self) -> None:
        sent = translate("Refusal", "Sent; waiting for the gateway.")
        running = translate("Consistency", "The check is under way.")
        is_busy = self._asking.is_busy("consistency.check")
        permit(
            self.check,
            refusal_of(self.tools, "consistency.check") or (sent if is_busy else None)
            or (running if self._model.is_sweeping else None),
            translate("Consistency", "One request to YCLIENTS for a thousand salons."),
        )  # fmt: skip
        for fix, control in self.fixes.items():
            permit(control, self._why_not(fix), does_text(fix))
        shown = self._model.find(self._chosen) if self._chosen is not None else None
        if shown is not None and shown.fixes:
            permit(self.together, self._why_not(shown.fixes[0]), does_text(shown.fixes[0]))

    def _why_not(self, fix: Fix) -> str | None:
        refusal = refusal_of(self.tools, "consistency.fix")
        if refusal is not None:
            return refusal
        if not self.tools.console.models.connection.may(FIX_PERMISSIONS[fix]):
            return translate("Refusal", "Your role does not allow this. An administrator can.")
        return None

    def _explain_emptiness(self) -> None:
        if explain_absence(self, self.empty):
            return
        if not self._model.is_known:
            self.empty.set_icon("clock")
            self.empty.set_texts(
                translate("Consistency", "Comparing…"),
                translate("Consistency", "Differences appear as soon as the gateway answers."),
            )
            return
        if self._model.filter.kinds or self._model.filter.search:
            self.empty.set_icon("search")
            self.empty.set_texts(
                translate("Consistency", "Nothing matches"),
                translate("Consistency", "Take the filter away to see the other differences."),
                translate("Consistency", "Clear the filter"),
                lambda: self.use_filter(DifferenceFilter().model_dump_json()),
            )
            return
        self.empty.set_icon("check-circle")
        self.empty.set_texts(
            translate("Consistency", "YCLIENTS and we agree about every salon"),
            translate(
                "Consistency",
                "What disagrees appears here: salons missing from YCLIENTS' list, other statuses, bots and keys left "
                "after a disconnection. It is compared every quarter of an hour; “Check all now” does it at once.",
            ),
        )

    def _on_connection_changed(self) -> None:
        if not self._model.rows:
            self._explain_emptiness()
        self._permit_all()

    def _show_trouble(self, trouble: Trouble | None) -> None:
        self.refused.show_trouble(trouble)
        if trouble is not None:
            self.done.hide()

    # --------------------------------------------------------------------------------------- what a person does

    def ask_fix(self, fix: Fix) -> ConfirmDialog | None:
        """Ask why, then do a fix to the difference that is chosen."""
        shown = self._model.find(self._chosen) if self._chosen is not None else None
        if shown is None:
            return None
        is_dangerous = fix in DANGEROUS
        needs_name = is_dangerous and self.tools.console.models.safety.needs_typed_name and bool(shown.title)
        name = isolate(shown.title) if shown.title else str(shown.salon_id)
        question = Question(
            translate("Consistency", "{verb}: {salon}?").format(verb=verb_of(fix), salon=name), does_text(fix),
            verb_of(fix), is_dangerous=is_dangerous, needs_reason=True, typed_name=shown.title if needs_name else None,
        )  # fmt: skip
        console = self.tools.console
        return self._asking.confirm(
            question, lambda reason: console.fix_difference(shown, fix, reason), done=self._on_fixed
        )

    def _on_fixed(self, result: FixResult) -> None:
        told = {
            "fixed": translate("Consistency", "Done: the difference is gone."),
            "under_way": translate(
                "Consistency", "Handed to the queue: YCLIENTS is asked, the outcome follows."
            ),
            "remains": translate(
                "Consistency", "It was done, but the difference is still there: open the salon."
            ),
        }[result.outcome]
        self.done.set_text(f"{result.salon_id} · {told}")
        self.done.set_close_name(translate("Consistency", "Put this away"))
        self.done.show()

    def _plan_together(self) -> None:
        shown = self._model.find(self._chosen) if self._chosen is not None else None
        if shown is None:
            return
        request = FixPlanRequest(kind=shown.kind, fix=shown.fixes[0], search=self._model.filter.search)
        self._asking.ask("fixes.plan", self.tools.console.plan_fixes, request)

    def _check_all(self) -> None:
        self._asking.ask("consistency.check", self.tools.console.check_all)

    def _on_filtered(self) -> None:
        self.run(self.tools.console.set_difference_filter, self.kept_filter())

    def _on_row_chosen(self) -> None:
        rows = self.table.selectionModel().selectedRows()
        at = rows[0].row() if rows else -1
        self._chosen = identity_of(self._shown[at]) if 0 <= at < len(self._shown) else None
        self._show_chosen()

    def _open_chosen(self) -> None:
        shown = self._model.find(self._chosen) if self._chosen is not None else None
        if shown is not None and shown.generation is not None:
            self.salon_opened.emit(shown.salon_id)

    def _on_half_minute_passed(self) -> None:
        if self.isVisible():
            self.run(self.tools.console.open_consistency)


def _sweep_text(sweep: SweepView) -> str:
    if sweep.state is SweepState.WAITING:
        return translate("Consistency", "The check is about to begin…")
    if sweep.state is SweepState.RUNNING:
        if sweep.phase == "list":
            return translate("Consistency", "Reading YCLIENTS' list, page {page}…").format(
                page=sweep.done + 1
            )
        return translate("Consistency", "Reading single statuses: {done} of {total}…").format(
            done=number_text(sweep.done), total=number_text(sweep.total or 0)
        )
    if sweep.state is SweepState.FAILED:
        why = explained(sweep.failed_code).title if sweep.failed_code else ""
        return translate("Consistency", "The last check failed: {why}").format(why=why)
    told = translate(
        "Consistency",
        "Last check: {listed} in their list, {held} connected here, {healed} set right by itself.",
    ).format(
        listed=number_text(sweep.listed or 0),
        held=number_text(sweep.held or 0),
        healed=number_text(sweep.healed or 0),
    )
    if sweep.is_braked:
        told += " " + translate(
            "Consistency",
            "Too many salons are missing at once: the list is not believed, nothing was closed by it.",
        )
    if sweep.unreadable:
        told += " " + translate("Consistency", "%n statuses could not be read.", "", sweep.unreadable)
    return told
