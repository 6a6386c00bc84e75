"""What grows: the database's tables, how long their rows are kept, when the old ones were destroyed last."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from desktop.qt.running_texts import size_text
from desktop.qt.texts import age_text, here_text, marked, number_text, translate
from desktop.qt.tools import Tools
from desktop.qt.troubles import TroubleBanner
from desktop.qt.view import View
from desktop.qt.widgets.basics import Card, label
from desktop.qt.widgets.headings import set_headings
from desktop.qt.widgets.rolling import WholeTable
from shared.admin_wire import TableView

_SHOWN: Final = 8
_HEADINGS: Final = (
    marked("Storage", "Table"), marked("Storage", "Rows"), marked("Storage", "On disk"), marked("Storage", "Kept for"),
    marked("Storage", "Oldest row"),
)  # fmt: skip
_NUMBERS: Final = (1, 2)
_WORDS: Final = {
    "marketplace_events": marked("Storage", "Story of the installs"),
    "webhook_inbox": marked("Storage", "Webhooks"),
    "whatsapp_sessions": marked("Storage", "WhatsApp sessions"),
    "whatsapp_messages": marked("Storage", "Messages that came in"),
    "whatsapp_sends": marked("Storage", "Messages that were sent"),
    "partner_calls": marked("Storage", "Calls to YCLIENTS"),
    "partner_attempts": marked("Storage", "Attempts of calls"),
    "companies": marked("Storage", "Salons"),
    "installs": marked("Storage", "Installs"),
    "install_search": marked("Storage", "Search index"),
    "audit_log": marked("Storage", "Audit"),
    "staff_commands": marked("Storage", "Answers to staff"),
    "alarms": marked("Storage", "Alarms"),
    "staff": marked("Storage", "Staff"),
    "bulk_retries": marked("Storage", "Bulk retries"),
    "whatsapp_hints": marked("Storage", "Hints of WAHA servers"),
    "destruction_reports": marked("Storage", "Destruction reports"),
    "process_liveness": marked("Storage", "Processes"),
    "bulk_items": marked("Storage", "Calls of bulk retries"),
    "session_engines": marked("Storage", "What engines say"),
}


class StorageCard(View):
    """The largest tables, read with each check. Nothing can be pressed: the gateway cleans up by itself, every hour."""

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self.setProperty("role", "scrolled")
        self._storage = tools.console.models.storage
        self.card = Card(margin=12, spacing=8)
        self.told = label("quiet", is_wrapped=True)
        self.trouble = TroubleBanner(tools.icons)
        self.tables = WholeTable(len(_HEADINGS))
        self._build()
        self.watch(self._storage.changed, self.refresh)
        self.retranslate()

    def retranslate(self) -> None:
        """Set every text anew."""
        self.card.set_heading(translate("Storage", "What grows"))
        self.tables.setAccessibleName(translate("Storage", "The largest tables of the database"))
        set_headings(self.tables, [translate("Storage", source) for source in _HEADINGS], _NUMBERS)
        self.trouble.retranslate()
        self.refresh()

    def refresh(self) -> None:
        """Show the newest report."""
        report = self._storage.report
        self.trouble.show_trouble(self._storage.problem)
        self.tables.setVisible(report is not None)
        if report is None:
            self.told.setText(translate("Storage", "Sizes and terms appear as soon as the gateway answers."))
            return
        self.told.setText(self._told_text())
        self._show(report.tables[:_SHOWN])

    def _build(self) -> None:
        header = self.tables.horizontalHeader()
        header.setSectionsClickable(False)
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        self.tables.verticalHeader().hide()
        self.tables.setShowGrid(False)
        self.tables.setWordWrap(False)
        self.tables.setTabKeyNavigation(False)
        self.tables.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.tables.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        self.tables.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.card.body.addWidget(self.told)
        self.card.body.addWidget(self.trouble)
        self.card.body.addWidget(self.tables)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.card)

    def _told_text(self) -> str:
        report = self._storage.report
        if report is None:
            return ""
        whole = translate("Storage", "The database takes {size}.").format(size=size_text(report.total_bytes))
        if report.retention_at is None:
            not_yet = translate("Storage", "Nothing was cleaned up yet; it is done every hour.")
            return f"{whole} {not_yet}"
        age = age_text(self.tools.ticker.age_s(report.retention_at))
        cleaned = translate("Storage", "Old rows were destroyed {age} ago; it is done every hour.")
        return f"{whole} {cleaned.format(age=age)}"

    def _show(self, tables: list[TableView]) -> None:
        self.tables.setRowCount(len(tables))
        for at, table in enumerate(tables):
            word = _WORDS.get(table.name)
            kept = "—" if table.keep_days is None else translate("Storage", "%n days", "", table.keep_days)
            oldest = here_text(table.oldest_at, self.tools.ticker.now_here()).text if table.oldest_at else ""
            cells = (
                translate("Storage", word) if word else table.name, number_text(table.rows),
                size_text(table.size_bytes), kept, oldest,
            )  # fmt: skip
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                item.setToolTip(table.name if column == 0 else text)
                if column in _NUMBERS:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.tables.setItem(at, column, item)
        px = self.tools.theme.px
        self.tables.verticalHeader().setDefaultSectionSize(px(28))
        for column, width in enumerate((260, 100, 100, 110)):
            self.tables.setColumnWidth(column, px(width))
        self.tables.updateGeometry()
