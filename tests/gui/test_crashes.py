"""Crash reports: what they hold and what they never hold, that they are told of once, and leave only by a press."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from pytestqt.qtbot import QtBot

from desktop.qt.crash_dialog import CrashDialog
from desktop.qt.tools import Tools
from desktop.services.crashes import KEPT, CrashFolder, report_of, text_of
from shared.admin_wire import CrashReceipt
from shared.version import VERSION
from tests.fakes.console import AskedConsole
from tests.gui.conftest import Stage

TOKEN, PHONE, NAME = "aiadmin_" + "s" * 43, "+79991234567", "Мария Петрова"
NOW = datetime(2026, 3, 14, 9, 5, tzinfo=UTC)


def broken() -> Exception:
    """Return an error that is full of what must not be told, raised by a function of a name nobody expects."""
    try:
        eval(compile(f"raise ValueError({TOKEN + PHONE + NAME!r})", str(Path.home() / NAME), "exec"))
    except ValueError as error:
        return error
    raise AssertionError


def test_a_report_says_where_and_nothing_of_what(tmp_path: Path) -> None:
    report = report_of(broken(), "6.9.0")
    path = CrashFolder(tmp_path).keep(report, NOW)
    assert path is not None
    kept = path.read_text(encoding="utf-8")
    assert (report.error, report.frames[0].function) == ("ValueError", "broken")
    assert report.console.split()[0] == VERSION
    assert f"Console {VERSION} " in text_of(report)
    for text in (kept, text_of(report)):
        for secret in (TOKEN, "s" * 20, PHONE, "9991234567", NAME, "Мария", str(Path.home()), str(tmp_path)):
            assert secret not in text
    assert path.stat().st_mode & 0o077 == 0


def test_the_newest_ten_are_kept_and_a_damaged_one_is_none(tmp_path: Path) -> None:
    folder, report = CrashFolder(tmp_path), report_of(broken(), "6.9.0")
    paths = [folder.keep(report, NOW + timedelta(seconds=number)) for number in range(KEPT + 3)]
    assert folder.files() == list(reversed(paths[3:]))
    assert folder.read(folder.files()[0]) == report
    folder.files()[0].write_text("{", encoding="utf-8")
    assert folder.read(folder.files()[0]) is None
    (tmp_path / "file").write_text("")
    assert CrashFolder(tmp_path / "file").keep(report, NOW) is None, (
        "where nothing can be written nothing breaks"
    )


def test_a_report_is_shown_and_leaves_only_by_a_press(
    tools: Tools, stage: Stage, console: AskedConsole, qtbot: QtBot, tmp_path: Path
) -> None:
    folder, report = CrashFolder(tmp_path), report_of(broken(), "6.9.0")
    path = folder.keep(report, NOW)
    assert path is not None
    dialog = stage.show(CrashDialog(tools, folder, path, report), 560, 420)
    assert dialog.view.close_it.isDefault()
    dialog.view.show_it.click()
    assert "broken" in dialog.view.text.toPlainText()
    assert console.names() == []
    console.answers["send_crash"] = CrashReceipt(reference="7F2C")
    dialog.view.send.click()
    qtbot.waitUntil(lambda: "7F2C" in dialog.view.told.text())
    assert console.last("send_crash") == (report,)
    assert not dialog.view.send.isEnabled()
    dialog.view.release()


def test_a_report_is_deleted_and_without_a_gateway_not_sent(
    tools: Tools, stage: Stage, console: AskedConsole, tmp_path: Path
) -> None:
    console.models.connection.ended()
    folder, report = CrashFolder(tmp_path), report_of(broken(), "6.9.0")
    path = folder.keep(report, NOW)
    assert path is not None
    dialog = stage.show(CrashDialog(tools, folder, path, report), 560, 420)
    assert not dialog.view.send.isEnabled()
    dialog.view.delete.click()
    assert folder.files() == []
    dialog.view.release()
