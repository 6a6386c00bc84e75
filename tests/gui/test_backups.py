"""Backups in the check: which there are, what is late, and the commands to copy."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from desktop.model.problem import Trouble
from desktop.qt.tools import Tools
from desktop.qt.views.backups import MAKE_COMMAND, BackupsCard
from shared.admin_wire import BackupList, BackupMaking
from tests.fakes.console import AskedConsole
from tests.gui import samples
from tests.gui.conftest import Stage
from tests.gui.seeing import unnamed_controls
from tests.gui.test_undo import eventually


def test_the_newest_backup_s_age_is_told_and_the_command_for_the_chosen_one_is_copied(
    tools: Tools, stage: Stage, console: AskedConsole
) -> None:
    card = stage.show(BackupsCard(tools), 800, 420)
    console.models.backups.take(samples.backups())
    assert card.told.text().startswith("The newest backup is ")
    assert "More than a day" in card.told.text()
    card.restore.click()
    told = QGuiApplication.clipboard().text()
    assert told.startswith('python3 dev.py gateway restore "$BACKUP_DIR/ai-admin-2026-03-13.dump" --into ')
    assert "--replace" not in told, "what is in use is not touched"
    card.files.selectRow(1)
    assert not card.restore.isEnabled(), "a file that is no backup is not brought back"
    card.make.click()
    assert QGuiApplication.clipboard().text() == MAKE_COMMAND
    assert unnamed_controls(card) == []


def test_one_more_is_made_by_a_button_and_how_it_goes_is_told(
    tools: Tools, stage: Stage, console: AskedConsole, qtbot: QtBot
) -> None:
    card = stage.show(BackupsCard(tools), 800, 420)
    assert not card.now.isEnabled(), "nobody knows yet whether there is a folder"
    console.models.backups.take(samples.backups())
    card.now.click()
    eventually(qtbot, lambda: "make_backup" in console.names())
    eventually(qtbot, card.now.isEnabled)
    making = BackupMaking(by="Мария", since=samples.NOW, failed_at=None, failure=None)
    console.models.backups.take(samples.backups().model_copy(update={"making": making}))
    assert card.bar.isVisible()
    assert "Мария" in card.making.text()
    assert card.now.toolTip() == "One is being made already."
    failed = making.model_copy(
        update={"failed_at": samples.NOW, "failure": "pg_dump: no space left on device"}
    )
    console.models.backups.take(samples.backups().model_copy(update={"making": failed}))
    assert not card.bar.isVisible()
    assert "no space left" in card.making.text()
    assert card.now.isEnabled(), "it may be tried again"
    console.models.backups.take(samples.backups())
    assert not card.making.isVisible()


def test_without_a_folder_or_a_backup_it_is_said_what_to_do(
    tools: Tools, stage: Stage, console: AskedConsole
) -> None:
    card = stage.show(BackupsCard(tools), 800, 420)
    for given, said in (
        ((False, False), "BACKUP_DIR is not set"), ((True, False), "cannot be read"), ((True, True), "no backup yet"),
    ):  # fmt: skip
        is_configured, is_readable = given
        console.models.backups.take(
            BackupList(files=[], is_configured=is_configured, is_readable=is_readable)
        )
        assert said in card.told.text()
    console.models.backups.take(None, Trouble("request_timeout", reference="ref12345"))
    assert "ref12345" in card.trouble.text.text()
