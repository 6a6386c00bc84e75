"""Personal data: where somebody is found, the data of a salon that left destroyed, the reports of it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.model.problem import Trouble
from desktop.qt.dialogs.confirm import ConfirmDialog, Question
from desktop.qt.dialogs.save import save_dialog
from desktop.qt.texts import here_text, isolate, marked, number_text, translate
from desktop.qt.tools import Tools
from desktop.qt.troubles import TroubleBanner
from desktop.qt.view import View
from desktop.qt.views.asking import Asking
from desktop.qt.views.permits import permit, refusal_of
from desktop.qt.widgets.banner import Banner
from desktop.qt.widgets.basics import button, label, row
from desktop.qt.widgets.headings import set_headings
from desktop.qt.widgets.rolling import Rolling, open_at
from shared.admin_wire import DestructionView, PersonFound, PersonPlace

_SALON_DIGITS: Final = 9
"""A number with at most as many digits is a salon; phones have more."""

_PLACES: Final = {
    "companies": marked("PersonalData", "Name and city"),
    "install_search": marked("PersonalData", "Search words"),
    "installs": marked("PersonalData", "Installs"),
    "marketplace_events": marked("PersonalData", "Story"),
    "webhook_inbox": marked("PersonalData", "Webhooks"),
    "whatsapp_sessions": marked("PersonalData", "WhatsApp session"),
    "whatsapp_sends": marked("PersonalData", "Messages sent"),
    "whatsapp_hints": marked("PersonalData", "Hints of WAHA"),
    "whatsapp_messages": marked("PersonalData", "Messages received"),
    "partner_attempts": marked("PersonalData", "Requests to YCLIENTS"),
    "audit_log": marked("PersonalData", "Log of staff"),
}


class PersonalDataView(View):
    """Finds a person or a salon, purges, and shows the reports."""

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self._asking = Asking(self, self._permit_all, self._show_trouble)
        self._found: PersonFound | None = None
        self._reports: list[DestructionView] = []
        self.about = label("quiet", is_wrapped=True)
        self.who, self.search = QLineEdit(), button("primary")
        self.trouble, self.done = TroubleBanner(tools.icons), Banner(tools.icons, "ok", is_closable=True)
        self.told = label(is_wrapped=True)
        self.places = QTableWidget(0, 3)
        self.purge = button("danger")
        self.heading = label("heading")
        self.reports = QTableWidget(0, 4)
        self.save = button()
        self._build()
        models = tools.console.models
        self.watch(models.connection.changed, self._permit_all)
        self.watch(models.safety.changed, self._permit_all)
        self.retranslate()
        self._load_reports()

    def retranslate(self) -> None:
        """Set every text anew."""
        self.about.setText(
            translate(
                "PersonalData",
                "Type a phone or a salon's number. Everything that is kept is looked through, which takes a while; "
                "the search goes into the log without the phone. Only a salon that has left can be purged.",
            )
        )
        self.who.setPlaceholderText(translate("PersonalData", "Phone or salon number"))
        self.who.setAccessibleName(translate("PersonalData", "Whom to find: a phone or a salon's number"))
        self.search.setText(translate("PersonalData", "Find"))
        self.purge.setText(translate("PersonalData", "Destroy the salon's personal data…"))
        self.heading.setText(translate("PersonalData", "Reports of destruction"))
        self.save.setText(translate("PersonalData", "Save the report…"))
        set_headings(self.places, [
            translate("PersonalData", "Where"), translate("PersonalData", "Salon"),
            translate("PersonalData", "How often"),
        ])  # fmt: skip
        self.places.setAccessibleName(translate("PersonalData", "Where it is found"))
        set_headings(self.reports, [
            translate("PersonalData", "When"), translate("PersonalData", "Salon"), translate("PersonalData", "By whom"),
            translate("PersonalData", "What"),
        ])  # fmt: skip
        self.reports.setAccessibleName(translate("PersonalData", "Reports of destruction"))
        self.trouble.retranslate()
        self._show_found()
        self._show_reports()

    # ------------------------------------------------------------------------------------------------- build

    def _build(self) -> None:
        for table in (self.places, self.reports):
            table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
            table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
            table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
            table.setShowGrid(False)
            table.setTabKeyNavigation(False)
            table.verticalHeader().hide()
            table.horizontalHeader().setStretchLastSection(True)
            table.horizontalHeader().setHighlightSections(False)
            table.horizontalHeader().setDefaultAlignment(
                Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            )
            table.itemSelectionChanged.connect(self._permit_all)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(8)
        layout.addWidget(self.about)
        head = row(self.who, self.search)
        head.setStretch(0, 1)
        layout.addLayout(head)
        for part in (self.trouble, self.done, self.told):
            layout.addWidget(part)
        layout.addWidget(self.places, 3)
        layout.addLayout(row(self.purge, None))
        layout.addWidget(self.heading)
        layout.addWidget(self.reports, 2)
        layout.addLayout(row(self.save, None))
        layout.addStretch(0)
        self.done.hide()
        self.done.closed.connect(self.done.hide)
        self.search.clicked.connect(self.look)
        self.who.returnPressed.connect(self.look)
        self.who.textChanged.connect(self._permit_all)
        self.purge.clicked.connect(self.ask_purge)
        self.save.clicked.connect(self._choose_file)
        self.setFocusProxy(self.who)

    # --------------------------------------------------------------------------------------------- what is shown

    def _show_found(self) -> None:
        found = self._found
        rows = found.rows if found is not None else []
        self._fill(self.places, [
            (place_text(each.place), self._salon_of(each), number_text(each.count)) for each in rows
        ], (330, 330))  # fmt: skip
        self.places.setVisible(bool(rows))
        self.purge.setVisible(bool(rows))
        self.told.setVisible(found is not None)
        if found is not None:
            told = translate("PersonalData", "{who}: found in %n places.", "", len(rows)).format(
                who=found.sought
            )
            if not rows:
                told = translate("PersonalData", "{who}: nothing is kept.").format(who=found.sought)
            self.told.setText(told)
        self._permit_all()

    def _salon_of(self, place: PersonPlace) -> str:
        if place.salon_id is None:
            return "—"
        state = (
            translate("PersonalData", "connected") if place.is_open else translate("PersonalData", "has left")
        )
        return (
            f"{isolate(place.title)} {place.salon_id}, {state}"
            if place.title
            else f"{place.salon_id}, {state}"
        )

    def _show_reports(self) -> None:
        now = self.tools.ticker.now_here()
        self._fill(self.reports, [
            (here_text(each.at, now).text, str(each.salon_id), isolate(each.actor),
             ", ".join(f"{_word_of(table)}: {number_text(count)}" for table, count in each.destroyed.items()))
            for each in self._reports
        ], (140, 110, 140))  # fmt: skip
        for part in (self.heading, self.reports, self.save):
            part.setVisible(bool(self._reports))
        self._permit_all()

    def _fill(self, table: QTableWidget, lines: list[tuple[str, ...]], widths: tuple[int, ...]) -> None:
        table.setRowCount(len(lines))
        for at, texts in enumerate(lines):
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                table.setItem(at, column, item)
        for column, width in enumerate(widths):
            table.setColumnWidth(column, self.tools.theme.px(width))

    def _permit_all(self) -> None:
        is_busy = self._asking.is_busy("find")
        looking = translate("PersonalData", "It is being looked for…") if is_busy else None
        empty = None if self.who.text().strip() else translate("PersonalData", "Type whom to find first.")
        permit(self.search, refusal_of(self.tools, "personal_data.find") or looking or empty)
        permit(self.purge, refusal_of(self.tools, "personal_data.purge") or self._why_no_purge())
        chosen = None if self._chosen_report() else translate("PersonalData", "Choose a report first.")
        permit(self.save, chosen)

    def _why_no_purge(self) -> str | None:
        place = self._chosen_place()
        if place is None or place.generation is None:
            return translate("PersonalData", "Choose a line with a salon first.")
        if place.is_open:
            return translate(
                "PersonalData", "The salon is connected: its data is needed. Disconnect it first."
            )
        return None

    def _chosen_place(self) -> PersonPlace | None:
        rows = self.places.selectionModel().selectedRows()
        found = self._found.rows if self._found is not None else []
        return found[rows[0].row()] if rows and rows[0].row() < len(found) else None

    def _chosen_report(self) -> DestructionView | None:
        rows = self.reports.selectionModel().selectedRows()
        return self._reports[rows[0].row()] if rows and rows[0].row() < len(self._reports) else None

    def _show_trouble(self, trouble: Trouble | None) -> None:
        self.trouble.show_trouble(trouble)
        if trouble is not None:
            self.done.hide()

    # --------------------------------------------------------------------------------------- what a person does

    def look(self) -> None:
        """Look for whom is typed."""
        said = self.who.text().strip()
        if not said or not self.search.isEnabled():
            return
        is_salon = said.isascii() and said.isdigit() and len(said) <= _SALON_DIGITS
        given = (None, int(said)) if is_salon else (said, None)
        self._asking.ask("find", self.tools.console.find_person, *given, done=self._on_found)

    def ask_purge(self) -> ConfirmDialog | None:
        """Ask before the data of the chosen line's salon is destroyed."""
        place = self._chosen_place()
        if place is None or place.salon_id is None or place.generation is None:
            return None
        salon_id, generation = place.salon_id, place.generation
        question = Question(
            translate("PersonalData", "Destroy the personal data of salon {salon}?").format(salon=salon_id),
            translate(
                "PersonalData",
                "Webhooks, the story, messages, the session and names of the salon are destroyed for good; numbers and "
                "times for accounting stay. A signed report is kept. Write nothing personal as the reason.",
            ),
            translate("PersonalData", "Destroy"), is_dangerous=True, needs_reason=True,
            typed_name=place.title or str(salon_id),
        )  # fmt: skip
        console = self.tools.console
        return self._asking.confirm(
            question, lambda reason: console.purge_person(salon_id, generation, reason), done=self._on_purged
        )

    def save_report(self, report: DestructionView, path: str) -> None:
        """Write a report to a file."""
        self._asking.ask(
            "save", self.tools.console.save_text, Path(path), report.file,
            done=lambda saved: self._tell(translate("PersonalData", "Saved: {file}").format(file=isolate(saved.name))),
        )  # fmt: skip

    def _choose_file(self) -> None:
        report = self._chosen_report()
        if report is None:
            return
        dialog = save_dialog(self.window(), report.file_name, translate("PersonalData", "Report (*.json)"))
        dialog.fileSelected.connect(lambda path: self.save_report(report, path))
        dialog.open()

    def _on_found(self, found: PersonFound) -> None:
        self._found = found
        self._show_found()

    def _on_purged(self, report: DestructionView) -> None:
        told = translate("PersonalData", "Destroyed; the report is No. {number}.").format(
            number=report.report_id
        )
        self._tell(told)
        self._reports = [report, *(each for each in self._reports if each.report_id != report.report_id)]
        self._show_reports()
        self.reports.selectRow(0)
        self.look()

    def _load_reports(self) -> None:
        if refusal_of(self.tools, "personal_data.reports") is None:
            self._asking.ask("reports", self.tools.console.destruction_reports, done=self._on_reports)

    def _on_reports(self, reports: list[DestructionView] | None) -> None:
        self._reports = list(reports or [])
        self._show_reports()

    def _tell(self, text: str) -> None:
        self.done.set_text(text)
        self.done.set_close_name(translate("PersonalData", "Put this away"))
        self.done.show()


def place_text(place: str) -> str:
    """Return a place in words, with the table's name (and its column's) for whoever runs the gateway."""
    word = _word_of(place)
    return f"{word} ({place})" if word != place else place


def _word_of(place: str) -> str:
    source = _PLACES.get(place.partition(".")[0])
    return translate("PersonalData", source) if source else place


class PersonalDataDialog(QDialog):
    """The view in a window of its own, beside the main one; it blocks nothing."""

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(translate("PersonalData", "Personal data"))
        self.view = PersonalDataView(tools)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(Rolling(self.view))
        open_at(self, tools.theme.px(820), tools.theme.px(620))
        self.view.setFocus()
        self.finished.connect(lambda _: self.view.release())
