"""The overview on the screen: what plots say to the mouse and to the keyboard, as tables, in files, when empty."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QTableWidget, QToolTip
from pytestqt.qtbot import QtBot

from desktop.model.overview import Period, PeriodKind
from desktop.model.problem import Trouble
from desktop.qt.overview_figures import length_text
from desktop.qt.tools import Tools
from desktop.qt.views.overview import KEPT, OverviewView, PlotCard, own_zone
from desktop.qt.widgets.plots import rounded_up
from desktop.services.errors import InputInvalidError
from desktop.services.table_files import write_table
from tests.fakes.console import AskedConsole
from tests.gui import samples
from tests.gui.conftest import Stage
from tests.gui.seeing import press, unnamed_controls


@pytest.fixture
def view(tools: Tools, stage: Stage, console: AskedConsole) -> OverviewView:
    console.models.overview.take(samples.overview())
    return stage.show(OverviewView(tools), 1200, 1000)


def texts(table: QTableWidget) -> list[list[str]]:
    found = []
    for row in range(table.rowCount()):
        items = [table.item(row, column) for column in range(table.columnCount())]
        found.append([item.text() for item in items if item is not None])
    return found


def bars_of(card: PlotCard) -> list[float | None]:
    return [bar.value for bar in card.plot.figure.bars]


def test_every_plot_shows_the_reports_figures(view: OverviewView) -> None:
    assert bars_of(view.cards["funnel"]) == [48, 44, 37, 34]
    assert bars_of(view.cards["time-to-active"]) == [3, 12, 9, 4, 2, 1, 0, 1, 2]
    assert bars_of(view.cards["failures"]) == [31, 12, 3, 1]
    assert bars_of(view.cards["latency"]) == [None, 110, 120, 130, 140, 150, 160]
    assert [bar.outer for bar in view.cards["latency"].plot.figure.bars] == [
        None,
        450,
        500,
        550,
        600,
        650,
        700,
    ]
    assert bars_of(view.cards["budget"]) == [0, 30, 60, 90, 120, 150, 180]
    assert view.cards["budget"].plot.figure.limit == 200
    assert bars_of(view.cards["sessions"]) == [1204, 7, 3]
    assert view.stamp.text() == "8 Mar 2026 – 14 Mar 2026; read at 11:05:00"
    assert view.cards["funnel"].told.text() == "71 % of 48 installs became active"
    assert view.cards["time-to-active"].told.text() == "Half within 2 min 11 s, 90 % within 1 h 10 min"
    assert view.cards["budget"].told.text() == "Now: 12 of 200 in the last minute, with reads of lists"


def test_failures_are_told_in_words(view: OverviewView) -> None:
    assert [bar.label for bar in view.cards["failures"].plot.figure.bars] == [
        "YCLIENTS: the time ran out", "WhatsApp: WhatsApp cannot be reached",
        "YCLIENTS: 403: installed already, or not allowed", "WhatsApp: Unlinked on the phone",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "at", "told"),
    [
        ("funnel", 1, "Saw a QR or a code: 44, 92 % of all"),
        ("time-to-active", 8, "over 24 h: 2 installs"),
        ("latency", 3, "Wed, 11 March: half within 130 ms, 95 % within 550 ms; 120 requests"),
        ("budget", 6, "Sat, 14 March: 180 in the busiest minute; 240 requests"),
        ("sessions", 0, "Connected: 1,204"),
    ],
)
def test_what_is_under_the_mouse_is_told(view: OverviewView, name: str, at: int, told: str) -> None:
    card = view.cards[name]
    before = card.told.text()
    QTest.mouseMove(card.plot, card.plot.area_of(at).center().toPoint())
    QApplication.processEvents()
    assert card.told.text() == told == card.plot.accessibleDescription()
    assert QToolTip.text() == told
    QTest.mouseMove(card.plot, QPoint(-5, -5))
    QApplication.sendEvent(card.plot, QEvent(QEvent.Type.Leave))
    assert card.told.text() == before
    QToolTip.hideText()


def test_the_arrow_keys_go_from_bar_to_bar(view: OverviewView) -> None:
    card = view.cards["failures"]
    card.plot.setFocus(Qt.FocusReason.TabFocusReason)
    assert card.told.text() == "YCLIENTS: the time ran out, 31"
    press(card.plot, Qt.Key.Key_Down)
    assert card.told.text() == "WhatsApp: WhatsApp cannot be reached, 12"
    press(card.plot, Qt.Key.Key_End)
    press(card.plot, Qt.Key.Key_Right)
    assert card.plot.accessibleDescription() == "WhatsApp: Unlinked on the phone, 1"
    press(card.plot, Qt.Key.Key_Home)
    press(card.plot, Qt.Key.Key_Left)
    assert card.plot.at == 0
    view.cards["budget"].plot.setFocus(Qt.FocusReason.TabFocusReason)
    assert card.told.text() == "Requests to YCLIENTS: 34, ended connections: 13"
    QToolTip.hideText()


def test_a_bar_that_is_marked_stays_so_when_the_figures_change(
    view: OverviewView, console: AskedConsole
) -> None:
    plot = view.cards["funnel"].plot
    plot.setFocus(Qt.FocusReason.TabFocusReason)
    press(plot, Qt.Key.Key_End)
    funnel = samples.overview().funnel.model_copy(update={"active": 36})
    console.models.overview.take(samples.overview(funnel=funnel))
    assert view.cards["funnel"].told.text() == "Became active: 36, 75 % of all"
    console.models.overview.take(samples.overview(failures=[]))
    assert view.cards["failures"].plot.at == -1
    QToolTip.hideText()


def test_each_plot_has_the_same_figures_as_a_table(view: OverviewView) -> None:
    card = view.cards["latency"]
    card.as_table.setFocus()
    press(card.as_table, Qt.Key.Key_Space)
    assert card.table.isVisible()
    assert not card.plot.isVisible()
    assert card.table.accessibleName() == "Answers of YCLIENTS, table"
    headings = [card.table.horizontalHeaderItem(n) for n in range(4)]
    assert [one.text() for one in headings if one] == ["Day", "Half within", "95 % within", "Requests"]
    rows = texts(card.table)
    assert rows[0] == ["Sun, 8 March", "—", "—", "0"]
    assert rows[6] == ["Sat, 14 March", "160 ms", "700 ms", "240"]
    assert len(rows) == 7
    press(card.as_table, Qt.Key.Key_Space)
    assert card.plot.isVisible()


def test_hours_stand_for_themselves_in_a_short_period(view: OverviewView, console: AskedConsole) -> None:
    report = samples.overview()
    console.models.overview.take(
        report.model_copy(update={"until": report.answers[1].begins, "answers": report.answers[:1]})
    )
    assert [bar.label for bar in view.cards["budget"].plot.figure.bars] == ["00:00"]
    assert view.cards["latency"].plot.figure.headings[0] == "Hour"
    assert view.stamp.text().startswith("8 Mar 2026; read")


def test_a_plot_is_saved_as_a_picture_of_what_is_seen(
    view: OverviewView, console: AskedConsole, qtbot: QtBot, tmp_path: Path
) -> None:
    card = view.cards["budget"]
    console.answers["save_picture"] = lambda path, picture: path.write_bytes(picture) and path
    card.save_picture(str(tmp_path / "budget.png"))
    qtbot.waitUntil(lambda: card.saved.isVisible())
    assert card.saved.text().endswith("budget.png\u2069")
    image = QImage(str(tmp_path / "budget.png"))
    assert image.width() >= 2 * card.plot.width()
    tone = view.tools.theme.colour("accent").rgb()
    colours = {image.pixel(x, y) for x in range(0, image.width(), 5) for y in range(0, image.height(), 5)}
    assert {tone, view.tools.theme.colour("raised").rgb()} <= colours
    assert view.tools.theme.colour("accent-soft").rgb() not in colours  # no bar is marked in it


def test_a_plots_figures_are_saved_as_csv_in_the_languages_manner(
    view: OverviewView, console: AskedConsole, qtbot: QtBot, tmp_path: Path
) -> None:
    def save(path: Path, columns: tuple[str, ...], rows: tuple[dict[str, object], ...], sign: str) -> Path:
        write_table(path, columns, rows, sign)
        return path

    console.answers["save_table"] = save
    path = tmp_path / "failures.csv"
    view.tools.language.use("ru")
    card = view.cards["failures"]
    card.save_data(str(path))
    qtbot.waitUntil(lambda: card.saved.isVisible())
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert [(row["side"], row["code"], row["count"]) for row in rows] == [
        (each.side, each.code, str(each.count)) for each in samples.overview().failures
    ]
    view.cards["funnel"].save_data(str(tmp_path / "funnel.csv"))
    qtbot.waitUntil(lambda: view.cards["funnel"].saved.isVisible())
    lines = (tmp_path / "funnel.csv").read_text("utf-8-sig").splitlines()
    assert lines[0] == '"step";"installs";"share_percent"'
    assert lines[-1] == '"active";"34";"70.8"'


def test_the_question_where_to_save_proposes_a_name_and_takes_the_answer(
    view: OverviewView, console: AskedConsole, qtbot: QtBot, tmp_path: Path
) -> None:
    card = view.cards["sessions"]
    console.answers["save_table"] = lambda path, *_: path
    card.as_data.setFocus()
    press(card.as_data, Qt.Key.Key_Space)
    (dialog,) = view.window().findChildren(QFileDialog)
    assert Path(dialog.selectedFiles()[0]).name == "sessions-2026-03-14.csv"
    dialog.fileSelected.emit(str(tmp_path / "x.csv"))
    dialog.close()
    qtbot.waitUntil(lambda: "save_table" in console.names())
    path, columns, records, sign = console.last("save_table")
    assert (path, columns, sign) == (tmp_path / "x.csv", ("state", "sessions"), ",")
    assert records[0] == {"state": "connected", "sessions": 1204}


def test_a_file_that_cannot_be_written_is_told(
    view: OverviewView, console: AskedConsole, qtbot: QtBot
) -> None:
    console.answers["save_picture"] = InputInvalidError("export_failed")
    view.cards["funnel"].save_picture("/nowhere/at/all.png")
    qtbot.waitUntil(lambda: view.trouble.isVisible())
    assert view.trouble.trouble == Trouble("export_failed")


def test_where_nothing_happened_every_plot_says_so_and_what_to_do(
    view: OverviewView, console: AskedConsole
) -> None:
    console.models.overview.take(samples.empty_overview())
    for card in view.cards.values():
        assert card.nothing.isVisible()
        assert card.nothing.text()
        assert not card.plot.isVisible()
        assert not any(one.isEnabled() for one in (card.as_table, card.as_picture, card.as_data))
    assert "Press “Connect” in the sandbox" in view.cards["funnel"].nothing.text()
    assert view.cards["budget"].told.text().startswith("Now: 0 of 200")
    console.models.overview.take(samples.overview())
    assert view.cards["funnel"].plot.isVisible()


def test_without_a_connection_and_before_the_answer_it_is_said(
    tools: Tools, stage: Stage, console: AskedConsole
) -> None:
    view = stage.show(OverviewView(tools), 900, 700)
    assert view.empty.title.text() == "Counting…"
    console.models.connection.ended()
    assert view.empty.title.text() == "Not connected to a gateway"
    console.models.overview.failed(Trouble("request_timeout"))
    assert view.trouble.isVisible()


def test_a_report_that_cannot_be_read_anew_stays_and_the_problem_is_told(
    view: OverviewView, console: AskedConsole
) -> None:
    console.models.overview.failed(Trouble("request_timeout"))
    assert view.trouble.isVisible()
    assert view.cards["funnel"].isVisible()
    console.models.overview.take(samples.overview())
    assert not view.trouble.isVisible()


def test_it_is_read_while_it_is_seen_for_the_chosen_period_in_this_machines_zone(
    view: OverviewView, console: AskedConsole, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: "show_overview" in console.names())
    period, zone = console.last("show_overview")
    assert (period.kind, zone) == (PeriodKind.DAYS_7, own_zone())
    view.choose(PeriodKind.DAYS_30)
    qtbot.waitUntil(lambda: console.last("show_overview")[0].kind is PeriodKind.DAYS_30)
    qtbot.waitUntil(lambda: "update_preferences" in console.names())
    assert console.last("update_preferences") == ({KEPT: "days_30"},)
    view.hide()
    qtbot.waitUntil(lambda: "hide_overview" in console.names())


def test_the_period_is_kept_between_starts(tools: Tools, stage: Stage, console: AskedConsole) -> None:
    console.models.preferences.update(filters={KEPT: "2026-02-01/2026-02-14", "sessions": "{}"})
    view = stage.show(OverviewView(tools), 900, 700)
    assert view.chosen() == Period(PeriodKind.CHOSEN, date(2026, 2, 1), date(2026, 2, 14))
    assert view.first.isVisible()
    console.models.preferences.update(filters={KEPT: "nonsense"})
    assert stage.show(OverviewView(tools)).chosen().kind is PeriodKind.DAYS_7


def test_chosen_days_are_asked_for_once_they_are_chosen(
    view: OverviewView, console: AskedConsole, qtbot: QtBot
) -> None:
    assert not view.first.isVisible()
    view.choose(PeriodKind.CHOSEN)
    assert view.first.isVisible()
    view.first.setDate(view.first.date().addDays(-5))
    day = view.first.date()
    chosen = date(day.year(), day.month(), day.day())
    qtbot.waitUntil(lambda: console.last("show_overview")[0].first == chosen)


def test_everything_has_a_name_and_no_two_controls_have_the_same(view: OverviewView) -> None:
    assert unnamed_controls(view) == []
    names = [
        control.accessibleName()
        for card in view.cards.values()
        for control in (card.plot, card.table, card.as_table, card.as_picture, card.as_data)
    ]
    assert "" not in names
    assert len(set(names)) == len(names)


def test_the_cards_stand_in_one_column_where_there_is_no_room_for_two(view: OverviewView) -> None:
    first, second = view.cards["funnel"], view.cards["time-to-active"]
    assert first.y() == second.y()
    view.resize(700, 900)
    QApplication.processEvents()
    QApplication.processEvents()
    assert first.x() == second.x()
    assert first.y() < second.y()


def test_grids_end_at_round_numbers_and_lengths_are_told_in_two_units() -> None:
    assert [rounded_up(value) for value in (0, 2, 3, 7, 10, 11, 180, 201, 5001)] == [
        2, 2, 4, 8, 10, 20, 200, 400, 6000,
    ]  # fmt: skip


def test_lengths_of_time_are_told_in_two_units(tools: Tools) -> None:
    told = [length_text(seconds) for seconds in (None, 0.4, 59, 60, 131, 3600, 4210, 86400, 400_000)]
    assert told == ["—", "0 s", "59 s", "1 min", "2 min 11 s", "1 h", "1 h 10 min", "24 h", "4 d"]
