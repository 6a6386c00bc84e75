"""Backups: which there are, how old and how large, one more, and the commands that make and bring back others."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QProgressBar, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from desktop.qt.running_texts import size_text
from desktop.qt.texts import age_text, here_text, isolate, marked, translate
from desktop.qt.tools import Tools
from desktop.qt.troubles import TroubleBanner
from desktop.qt.view import View
from desktop.qt.views.asking import Asking
from desktop.qt.views.permits import permit, refusal_of
from desktop.qt.widgets.basics import Card, button, flowing, label
from desktop.qt.widgets.copyable import copy_text
from desktop.qt.widgets.headings import set_headings
from desktop.qt.widgets.rolling import WholeTable
from shared.admin_wire import BackupView

MAKE_COMMAND: Final = 'python3 dev.py gateway backup "$BACKUP_DIR/ai-admin-$(date +%F).dump"'
PRACTISE: Final = "postgresql://…/ai_admin_restored"
_SHOWN: Final = 10
_OLD_S: Final = 26 * 3600
_HEADINGS: Final = (
    marked("Backups", "File"), marked("Backups", "Age"), marked("Backups", "Size"), marked("Backups", "Written"),
    marked("Backups", "State"),
)  # fmt: skip


def restore_command(name: str) -> str:
    """Return the command that brings a file back beside the database in use, which it leaves alone."""
    return f'python3 dev.py gateway restore "$BACKUP_DIR/{name}" --into {PRACTISE}'


class BackupsCard(View):
    """Read with each check. One more is made by a button; what makes them daily and brings one back is copied."""

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self.setProperty("role", "scrolled")
        self._backups = tools.console.models.backups
        self.card = Card(margin=12, spacing=8)
        self.told, self.hint = label("quiet", is_wrapped=True), label("quiet", is_long=True)
        self.making = label(is_wrapped=True, is_selectable=True)
        self.making.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.trouble = TroubleBanner(tools.icons)
        self.files = WholeTable(len(_HEADINGS))
        self.now, self.make, self.restore = button("primary"), button(), button()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setMaximum(0)
        self._asking = Asking(self, self._permit, self.trouble.show_trouble)
        self._build()
        self.watch(self._backups.changed, self.refresh)
        self.watch(tools.console.models.connection.changed, self._permit)
        self.watch(tools.console.models.safety.changed, self._permit)
        self.retranslate()

    def retranslate(self) -> None:
        """Set every text anew."""
        self.card.set_heading(translate("Backups", "Backups"))
        self.files.setAccessibleName(translate("Backups", "The newest backups"))
        set_headings(self.files, [translate("Backups", source) for source in _HEADINGS])
        self.now.setText(translate("Backups", "Make a backup now"))
        self.bar.setAccessibleName(translate("Backups", "How far it is"))
        self.make.setText(translate("Backups", "Copy the command that makes one"))
        self.restore.setText(translate("Backups", "Copy the command that brings it back"))
        self.hint.setText(
            translate(
                "Backups",
                "The commands run on the gateway's machine. A backup gets its name only after it was restored into a "
                "scratch database and compared row by row. Bringing back goes into a database of its own: put its "
                "address after --into, look at it, and only then let it take the place of the one in use "
                "(docs/operations.md, “Backup and restore”).",
            )
        )
        self.trouble.retranslate()
        self.refresh()

    def refresh(self) -> None:
        """Show what was listed."""
        report = self._backups.report
        files = report.files[:_SHOWN] if report else []
        self.trouble.show_trouble(self._backups.problem)
        self.files.setVisible(bool(files))
        self.told.setText(self._told_text())
        self.making.setText(self._making_text())
        self.making.setVisible(bool(self.making.text()))
        self.bar.setVisible(self._backups.is_being_made)
        self._show(files)
        self._permit()

    def _told_text(self) -> str:
        report = self._backups.report
        if report is None:
            return translate("Backups", "The backups appear as soon as the gateway answers.")
        if not report.is_configured:
            return translate(
                "Backups", "BACKUP_DIR is not set, so the gateway does not know where backups lie."
            )
        if not report.is_readable:
            return translate("Backups", "The folder BACKUP_DIR cannot be read: make it, or mend its rights.")
        good = [file for file in report.files if file.is_backup]
        if not good:
            return translate("Backups", "There is no backup yet. Make one now, then every day.")
        age_s = self.tools.ticker.age_s(good[0].at)
        text = translate("Backups", "The newest backup is {age} old.").format(age=age_text(age_s))
        late = translate("Backups", "More than a day: look whether the daily run still works.")
        return f"{text} {late}" if age_s > _OLD_S else text

    def _build(self) -> None:
        header = self.files.horizontalHeader()
        header.setSectionsClickable(False)
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        self.files.verticalHeader().hide()
        self.files.setShowGrid(False)
        self.files.setWordWrap(False)
        self.files.setTabKeyNavigation(False)
        self.files.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.files.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        self.files.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        for part in (self.told, self.trouble, self.making, self.bar, self.files):
            self.card.body.addWidget(part)
        self.card.body.addLayout(flowing(self.now, self.make, self.restore))
        self.card.body.addWidget(self.hint)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.card)
        self.now.clicked.connect(lambda: self._asking.ask("backups.make", self.tools.console.make_backup))
        self.make.clicked.connect(lambda: copy_text(MAKE_COMMAND))
        self.restore.clicked.connect(self._copy_restore)
        self.files.itemSelectionChanged.connect(self._permit)

    def _making_text(self) -> str:
        """Say what becomes of the backup that was asked for: under way, or how it failed."""
        making = self._backups.report.making if self._backups.report else None
        if making is None:
            return ""
        if making.failed_at is None:
            told = translate(
                "Backups", "{name} is having a backup made; it is being compared row by row at its end."
            )
            return told.format(name=isolate(making.by))
        at = here_text(making.failed_at, self.tools.ticker.now_here()).text
        told = translate("Backups", "The backup that {name} asked for failed, {time}: {why}")
        return told.format(name=isolate(making.by), time=at, why=isolate(making.failure or "—"))

    def _chosen(self) -> BackupView | None:
        report, at = self._backups.report, self.files.currentRow()
        return report.files[at] if report and 0 <= at < min(len(report.files), _SHOWN) else None

    def _permit(self) -> None:
        report = self._backups.report
        no_folder = report is None or not (report.is_configured and report.is_readable)
        sent = translate("Refusal", "Sent; waiting for the gateway.")
        why_not = refusal_of(self.tools, "backups.make")
        if why_not is None and self._asking.is_busy("backups.make"):
            why_not = sent
        if why_not is None and no_folder:
            why_not = translate("Backups", "The gateway has no folder for backups (BACKUP_DIR).")
        if why_not is None and self._backups.is_being_made:
            why_not = translate("Backups", "One is being made already.")
        permit(self.now, why_not, translate("Backups", "Nothing is stopped for it."))
        chosen = self._chosen()
        why = None
        if chosen is None:
            why = translate("Backups", "Choose a file first.")
        elif not chosen.is_backup:
            why = translate("Backups", "This file is no backup.")
        permit(self.restore, why)

    def _copy_restore(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            copy_text(restore_command(chosen.name))

    def _show(self, files: list[BackupView]) -> None:
        self.files.setRowCount(len(files))
        for at, file in enumerate(files):
            state = (
                translate("Backups", "Verified when it was made")
                if file.is_backup
                else translate("Backups", "No backup, or damaged")
            )
            when = here_text(file.at, self.tools.ticker.now_here())
            age = age_text(self.tools.ticker.age_s(file.at))
            for column, text in enumerate((file.name, age, size_text(file.size_bytes), when.text, state)):
                item = QTableWidgetItem(text)
                item.setToolTip(isolate(text) if column == 0 else text)
                self.files.setItem(at, column, item)
        px = self.tools.theme.px
        self.files.verticalHeader().setDefaultSectionSize(px(28))
        for column, width in enumerate((260, 90, 90, 130)):
            self.files.setColumnWidth(column, px(width))
        self.files.updateGeometry()
        if files and self.files.currentRow() < 0:
            self.files.selectRow(0)
