"""The overview in the real window against a real gateway: numbers after an install went through the sandbox."""

from __future__ import annotations

import asyncio
import csv
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.model.overview import PeriodKind
from desktop.qt.views.overview import KEPT
from desktop.services import overview_watch
from shared.vocabulary import StaffRole
from tests.support.backstage import Backstage
from tests.support.console_window import running_console, wait_until
from tests.support.databases import Databases
from tests.support.harness import OTHER_SALON, SALON

pytestmark = pytest.mark.qt


@pytest.fixture
def backstage(databases: Databases) -> Iterator[Backstage]:
    """A gateway with its sandbox, beside the window."""
    made = Backstage(asyncio.run(databases.fresh()))
    try:
        made.start()
        yield made
    finally:
        made.stop()


def test_an_install_that_went_through_the_sandbox_is_in_every_plot_and_in_the_files(
    qapp: QApplication, backstage: Backstage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview_watch, "AT_MOST_EVERY_S", 0.2)
    harness = backstage.harness
    backstage.do(harness.install(SALON))
    token = backstage.staff_token(role=StaffRole.VIEWER)
    with running_console(qapp, tmp_path, harness.url, token, language="en") as (program, window):
        view, overview = window.views.overview, program.console.models.overview
        wait_until(lambda: program.console.is_live, "it is connected")
        was_read = overview.report is not None
        assert not was_read, "nothing is read that nobody looks at"
        window.activateWindow()
        QTest.keyClick(window, Qt.Key.Key_8, Qt.KeyboardModifier.ControlModifier)
        wait_until(lambda: overview.report is not None, "it is read")
        funnel = view.cards["funnel"]
        assert [bar.value for bar in funnel.plot.figure.bars] == [1, 1, 1, 1]
        assert sum(bar.value or 0 for bar in view.cards["time-to-active"].plot.figure.bars) == 1
        assert view.cards["sessions"].plot.figure.rows == (("Connected", "1"),)
        (asked,) = backstage.do(harness.rows("SELECT count(*) AS n FROM partner_attempts"))
        assert overview.report is not None
        assert overview.report.whole.requests == asked["n"] > 0
        assert view.cards["failures"].nothing.isVisible()
        backstage.do(harness.enter(OTHER_SALON))
        backstage.do(harness.phone("unlink"))
        wait_until(
            lambda: [bar.value for bar in funnel.plot.figure.bars] == [2, 1, 1, 1], "the next one is counted"
        )
        wait_until(
            lambda: view.cards["failures"].plot.figure.rows == (("WhatsApp", "Unlinked on the phone", "1"),),
            "the ended connection is counted",
        )
        view.choose(PeriodKind.TODAY)
        wait_until(lambda: overview.report is not None and len(overview.report.answers) <= 25, "by the hour")
        assert [bar.value for bar in funnel.plot.figure.bars] == [2, 1, 1, 1]
        funnel.save_picture(str(tmp_path / "funnel.png"))
        wait_until(lambda: (tmp_path / "funnel.png").exists(), "the picture is written")
        assert not QImage(str(tmp_path / "funnel.png")).isNull()
        funnel.save_data(str(tmp_path / "funnel.csv"))
        wait_until(lambda: (tmp_path / "funnel.csv").exists(), "the figures are written")
        with (tmp_path / "funnel.csv").open(encoding="utf-8-sig", newline="") as file:
            assert [row["installs"] for row in csv.DictReader(file)] == ["2", "1", "1", "1"]
        wait_until(
            lambda: program.console.models.preferences.filters.get(KEPT) == "today", "the period is kept"
        )
        before = overview.report
        QTest.keyClick(window, Qt.Key.Key_F5)
        wait_until(lambda: overview.report is not before, "F5 reads it again")
    with running_console(qapp, tmp_path, harness.url, token, language="en") as (_, window):
        assert window.views.overview.chosen().kind is PeriodKind.TODAY
        assert window.view_name == "overview"
