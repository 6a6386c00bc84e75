"""Tells once that something broke: look at the report, send it, delete it. Nothing leaves without a press."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.model.problem import Trouble
from desktop.qt.texts import isolate, translate
from desktop.qt.tools import Tools
from desktop.qt.troubles import TroubleBanner
from desktop.qt.view import View
from desktop.qt.views.asking import Asking
from desktop.qt.views.permits import permit
from desktop.qt.widgets.basics import button, flowing, label
from desktop.qt.widgets.rolling import Rolling, open_at
from desktop.services.crashes import CrashFolder, text_of
from shared.admin_wire import CrashReceipt, CrashReport


class CrashView(View):
    """One report: shown, sent, deleted."""

    def __init__(
        self,
        tools: Tools,
        reports: CrashFolder,
        path: Path,
        report: CrashReport,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(tools, parent)
        self._reports, self._path, self._report = reports, path, report
        self._is_over = False
        self._asking = Asking(self, self.refresh, self._show_trouble)
        self.title, self.about = label("heading", is_wrapped=True), label(is_long=True)
        self.text = QPlainTextEdit(text_of(report))
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.hide()
        self.told, self.trouble = label("quiet", is_wrapped=True), TroubleBanner(tools.icons)
        self.show_it, self.send, self.delete, self.close_it = button(), button(), button(), button()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(12)
        for part in (self.title, self.about, self.text, self.told, self.trouble):
            layout.addWidget(part)
        layout.addLayout(flowing(self.show_it, self.send, self.delete, None, self.close_it))
        self.show_it.clicked.connect(lambda: self.text.setVisible(self.text.isHidden()))
        self.send.clicked.connect(self._send)
        self.delete.clicked.connect(self._delete)
        self.watch(tools.console.models.connection.changed, self.refresh)
        self.retranslate()

    def retranslate(self) -> None:
        """Set every text anew."""
        self.title.setText(translate("Crash", "Something broke in the console"))
        self.about.setText(
            translate(
                "Crash",
                "It goes on working. What happened was written into a report on this computer: the place in the "
                "program and versions, nothing of salons or people. It is sent to the connected gateway only if you "
                "press “Send”.",
            )
        )
        self.show_it.setText(translate("Crash", "Show &report"))
        self.send.setText(translate("Crash", "&Send"))
        self.delete.setText(translate("Crash", "&Delete"))
        self.close_it.setText(translate("Crash", "Close"))
        self.text.setAccessibleName(translate("Crash", "Report"))
        self.refresh()

    def refresh(self) -> None:
        """Permit what can be done now."""
        offline = None
        if not self.tools.console.models.connection.is_live:
            offline = translate("Crash", "Connect to a gateway first.")
        over = translate("Crash", "This report is dealt with.") if self._is_over else None
        permit(self.send, over or offline)
        permit(self.delete, over)
        self.told.setVisible(bool(self.told.text()))

    def _send(self) -> None:
        self._asking.ask("crashes.report", self.tools.console.send_crash, self._report, done=self._on_sent)

    def _on_sent(self, receipt: CrashReceipt) -> None:
        told = translate("Crash", "Sent. The gateway's log has it as {reference}.")
        self._end(told.format(reference=isolate(receipt.reference)))

    def _delete(self) -> None:
        self._reports.delete(self._path)
        self._end(translate("Crash", "Deleted."))

    def _end(self, text: str) -> None:
        self._is_over = True
        self.told.setText(text)
        self.close_it.setFocus()
        self.refresh()

    def _show_trouble(self, trouble: Trouble | None) -> None:
        self.trouble.show_trouble(trouble)


class CrashDialog(QDialog):
    """The same in a window of its own; not modal, Esc closes it and keeps the report."""

    def __init__(
        self,
        tools: Tools,
        reports: CrashFolder,
        path: Path,
        report: CrashReport,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(translate("Crash", "Something broke in the console"))
        self.view = CrashView(tools, reports, path, report)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(Rolling(self.view))
        self.view.close_it.clicked.connect(self.reject)
        self.finished.connect(lambda _: self.view.release())
        self.view.show_it.clicked.connect(self._fit)
        self._width = tools.theme.px(520)
        self._fit()
        self.view.close_it.setDefault(True)
        self.view.close_it.setFocus()

    def _fit(self) -> None:
        """As high as what is shown needs."""
        width = max(self._width, self.width() if self.isVisible() else 0)
        open_at(self, width, max(self.height() if self.isVisible() else 0, self.view.heightForWidth(width)))
