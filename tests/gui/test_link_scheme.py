"""Links of colleagues: the system is told that this program opens them, and told otherwise again."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, QUrl
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.qt.links import OpenedLinks
from desktop.qt.tools import Tools
from desktop.qt.views.link_card import LinkCard
from desktop.qt.windows_scheme import WindowsScheme
from desktop.services.link_scheme import DESKTOP_ID, LinuxScheme
from tests.gui.conftest import Stage as Screen
from tests.gui.test_undo import eventually


@pytest.fixture
def linux(tmp_path: Path) -> LinuxScheme:
    environment = {"XDG_DATA_HOME": str(tmp_path / "data"), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    return LinuxScheme(tmp_path / 'a "$program" 100%', environment, tmp_path)


def test_the_links_are_taken_and_given_back_and_the_rest_of_the_list_is_kept(
    linux: LinuxScheme, tmp_path: Path
) -> None:
    kept = tmp_path / "config" / "mimeapps.list"
    kept.parent.mkdir()
    before = "[Added Associations]\ntext/html=b.desktop;\n[Default Applications]\nx-scheme-handler/admin=b.desktop;\n"
    kept.write_text(before)
    assert not linux.is_ours()
    linux.take()
    linux.take()
    assert linux.is_ours()
    assert f"x-scheme-handler/admin={DESKTOP_ID};b.desktop;" in kept.read_text()
    entry = (tmp_path / "data" / "applications" / DESKTOP_ID).read_text()
    assert '\\\\"\\\\$program\\\\" 100%%" -- %u' in entry
    linux.give_back()
    assert (linux.is_ours(), kept.read_text()) == (False, before)


@pytest.mark.skipif(shutil.which("xdg-mime") is None, reason="no xdg-mime here")
def test_the_system_itself_says_that_the_links_are_ours(linux: LinuxScheme, tmp_path: Path) -> None:
    linux.take()
    folders = {"XDG_DATA_HOME": str(tmp_path / "data"), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    asked = ["xdg-mime", "query", "default", "x-scheme-handler/admin"]
    answer = subprocess.run(
        asked, env=os.environ | folders, capture_output=True, text=True, timeout=20, check=False
    )
    assert answer.stdout.strip() == DESKTOP_ID


def test_the_registrys_key_starts_the_program_and_brings_back_what_it_started_before(tmp_path: Path) -> None:
    def key() -> QSettings:
        return QSettings(str(tmp_path / "key.ini"), QSettings.Format.IniFormat)

    key().setValue("shell/open/command/.", "other.exe")
    scheme = WindowsScheme(Path("console.exe"), key)
    scheme.take()
    assert key().value("shell/open/command/.") == '"console.exe" -- "%1"'
    scheme.give_back()
    assert key().value("shell/open/command/.") == "other.exe"


def test_a_box_in_the_settings_takes_the_links_and_gives_them_back(
    linux: LinuxScheme, tools: Tools, stage: Screen, tmp_path: Path, qtbot: QtBot
) -> None:
    card = stage.show(LinkCard(tools, linux))
    card.is_ours.click()
    eventually(qtbot, linux.is_ours)
    eventually(qtbot, card.is_ours.isEnabled)
    card.is_ours.click()
    eventually(qtbot, lambda: not linux.is_ours())
    eventually(qtbot, card.is_ours.isEnabled)
    (tmp_path / "data").rename(tmp_path / "gone")
    (tmp_path / "data").write_text("no folder")
    card.is_ours.click()
    eventually(qtbot, card.trouble.isVisible)
    eventually(qtbot, lambda: not card.is_ours.isChecked())


def test_a_link_that_macos_hands_over_is_heard(qapp: QApplication, qtbot: QtBot) -> None:
    opened = OpenedLinks(qapp)
    with qtbot.waitSignal(opened.link_opened) as told:
        QApplication.sendEvent(qapp, QFileOpenEvent(QUrl("admin://install/5")))
    assert told.args == ["admin://install/5"]
    qapp.removeEventFilter(opened)
    opened.deleteLater()
