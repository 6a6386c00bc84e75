"""The console's own first start and its own breaking, as the whole program: nothing here needs a gateway."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from desktop.qt.crash_dialog import CrashDialog
from desktop.qt.main_window import MainWindow
from desktop.qt.views.guide import GuideDialog
from shared.version import VERSION
from tests.support.console_window import running_console, settle, wait_until

pytestmark = pytest.mark.qt


def guides(window: MainWindow) -> list[GuideDialog]:
    return [one for one in window.findChildren(GuideDialog) if isValid(one) and one.isVisible()]


def test_the_guide_opens_at_every_start_without_a_gateway_until_it_is_put_away(
    qapp: QApplication, tmp_path: Path
) -> None:
    with running_console(qapp, tmp_path, None, None, language="en") as (program, window):
        wait_until(lambda: bool(guides(window)), "it opens by itself")
    with running_console(qapp, tmp_path, None, None, language="en") as (program, window):
        wait_until(lambda: bool(guides(window)), "closing it alone was no wish")
        (dialog,) = guides(window)
        dialog.again.click()
        wait_until(lambda: program.console.models.preferences.is_guide_dismissed, "put away for good")
    with running_console(qapp, tmp_path, None, None, language="en") as (program, window):
        wait_until(window.isVisible, "started")
        assert guides(window) == []


@pytest.mark.expects_log("unexpected")
def test_a_crash_is_told_once_a_run_and_every_one_is_kept_with_the_console_s_version(
    qapp: QApplication, tmp_path: Path
) -> None:
    with running_console(qapp, tmp_path, None, None, language="en") as (program, window):
        for number in range(3):
            program.bridge.crashed.emit(ValueError(f"broken {number}"))
        settle(0)
        told = window.findChildren(CrashDialog)
        assert len(told) == 1
        assert f"Console {VERSION} " in told[0].view.text.toPlainText()
        told[0].close()
        program.bridge.crashed.emit(ValueError("broken again"))
        settle(0)
        assert [one for one in window.findChildren(CrashDialog) if isValid(one) and one.isVisible()] == []
        assert len(program.crashes.files()) == 4
    with running_console(qapp, tmp_path, None, None, language="en") as (program, window):
        program.bridge.crashed.emit(ValueError("in the next run"))
        wait_until(lambda: bool(window.findChildren(CrashDialog)), "a new run tells of its own")
