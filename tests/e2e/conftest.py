"""Fixtures of the tests in a browser and in the console's window."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from desktop.bootstrap import Program
from desktop.qt.main_window import MainWindow
from tests.support.backstage import Backstage, running_backstage
from tests.support.browser import browser, chromium, new_page
from tests.support.console_window import running_console, wait_until
from tests.support.databases import Databases

__all__ = ["browser", "chromium", "new_page"]


@pytest.fixture
def backstage(databases: Databases) -> Iterator[Backstage]:
    """A gateway with its sandbox, beside the window."""
    with running_backstage(databases) as made:
        yield made


@pytest.fixture
def console(qapp: QApplication, backstage: Backstage, tmp_path: Path) -> Iterator[tuple[Program, MainWindow]]:
    """The whole console, connected as an administrator."""
    with running_console(qapp, tmp_path, backstage.harness.url, backstage.staff_token()) as (program, window):
        wait_until(lambda: program.console.models.connection.is_live, "connected")
        yield program, window
