"""Rows are drawn once and copied: what is seen is nevertheless always what a fresh drawing would show."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.qt.board_table import BoardTable
from desktop.qt.install_cells import Column
from desktop.qt.row_actions import RowAction
from desktop.qt.tools import Tools
from desktop.qt.views.installs import InstallsView
from shared.admin_wire import InstallRow
from tests.fakes.console import AskedConsole
from tests.gui import conftest
from tests.gui.seeing import picture_of, settled_picture_of
from tests.gui.windows import counts_of, installs

ROWS = installs()


@pytest.fixture
def view(tools: Tools, console: AskedConsole, stage: conftest.Stage) -> InstallsView:
    made = InstallsView(tools)
    console.models.board.start(ROWS, is_complete=True)
    console.models.board.set_counts(counts_of(ROWS))
    return stage.show(made, 1280, 800)


@pytest.fixture
def shown(view: InstallsView) -> BoardTable:
    """Return the table after it has been seen once: its rows are kept now."""
    view.list.grab()
    return view.list


@pytest.fixture
def drawn(shown: BoardTable, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that takes the salon of every cell that is drawn and not copied."""
    told: list[int] = []
    draw_cell = shown.drawing.draw_cell

    def tell(painter: object, area: object, row: InstallRow, column: int, look: object) -> None:
        told.append(row.salon_id)
        draw_cell(painter, area, row, column, look)  # type: ignore[arg-type]

    monkeypatch.setattr(shown.drawing, "draw_cell", tell)
    return told


def visible(table: BoardTable) -> int:
    """Return how many rows there is room for, the cut one at the end included."""
    return -(-table.viewport().height() // table.rowHeight(0))


def test_rows_that_look_as_before_are_copied(shown: BoardTable, drawn: list[int]) -> None:
    shown.grab()
    shown.grab()
    assert drawn == []


def test_of_a_thousand_changes_only_the_changed_row_is_drawn(
    shown: BoardTable, drawn: list[int], console: AskedConsole
) -> None:
    changed = ROWS[2].model_copy(update={"title": "Renamed", "version": 1000})
    console.models.board.apply([changed], [changed.salon_id])
    shown.grab()
    assert set(drawn) == {changed.salon_id}
    assert len(drawn) == len([column for column in Column if not shown.isColumnHidden(column)])


def test_a_table_that_is_said_anew_is_drawn_anew(shown: BoardTable, drawn: list[int]) -> None:
    shown.table.retranslate()
    shown.grab()
    assert len(set(drawn)) >= min(visible(shown) - 1, len(ROWS))


def test_no_more_rows_are_kept_than_two_windows_show(
    shown: BoardTable, drawn: list[int], console: AskedConsole
) -> None:
    console.models.board.start(installs(400), is_complete=True)
    shown.grab()
    for _ in range(6):
        shown.verticalScrollBar().setValue(shown.verticalScrollBar().value() + shown.viewport().height())
        shown.grab()
    seen = len(set(drawn))
    assert seen > 5 * visible(shown)
    drawn.clear()
    shown.verticalScrollBar().setValue(0)
    shown.grab()
    assert len(set(drawn)) >= visible(shown) - 1


class Scene:
    """What a change may work on."""

    def __init__(
        self, view: InstallsView, tools: Tools, console: AskedConsole, clock: conftest.StillClock
    ) -> None:
        self.view, self.table, self.tools, self.console, self.clock = view, view.list, tools, console, clock

    def change_row(self) -> None:
        """Rename the first salon."""
        row = ROWS[0].model_copy(update={"title": "Renamed", "version": 1000})
        self.console.models.board.apply([row], [row.salon_id])

    def remove_row(self) -> None:
        """Take the first salon away."""
        self.console.models.board.apply([], [ROWS[0].salon_id])

    def let_time_pass(self) -> None:
        """Grow older by a day."""
        self.clock.move(86_400)
        self.tools.ticker.second_passed.emit()

    def select(self) -> None:
        """Select a row."""
        self.table.selectRow(1)

    def point_at(self) -> None:
        """Bring the pointer over a row."""
        place = self.table.visualRect(self.table.model().index(2, Column.SALON)).center()
        QTest.mouseMove(self.table.viewport(), place)

    def focus(self) -> None:
        """Come by the keyboard."""
        self.table.setFocus(Qt.FocusReason.TabFocusReason)

    def refuse(self) -> None:
        """Forbid what the rows offer."""
        self.table.refuse(frozenset(RowAction))

    def widen(self) -> None:
        """Give a column another width."""
        self.table.setColumnWidth(Column.SALON, self.table.columnWidth(Column.SALON) + 120)

    def scroll_aside(self) -> None:
        """Look at the columns further right."""
        self.table.setColumnWidth(Column.SALON, 2000)
        self.table.horizontalScrollBar().setValue(self.table.horizontalScrollBar().maximum())

    def darken(self) -> None:
        """Change the theme."""
        self.tools.theme.apply("dark")

    def enlarge(self) -> None:
        """Change the size of text."""
        self.tools.theme.apply("light", 1.5)

    def translate(self) -> None:
        """Change the language."""
        self.tools.language.use("ru")
        self.view.retranslate()


@pytest.mark.parametrize(
    "change",
    [
        Scene.change_row, Scene.remove_row, Scene.let_time_pass, Scene.select, Scene.point_at, Scene.focus,
        Scene.refuse, Scene.widen, Scene.scroll_aside, Scene.darken, Scene.enlarge, Scene.translate,
    ],
    ids=lambda change: change.__name__,
)  # fmt: skip
def test_whatever_changes_is_seen_as_if_everything_were_drawn_anew(
    change: Callable[[Scene], None],
    view: InstallsView,
    shown: BoardTable,
    tools: Tools,
    console: AskedConsole,
    clock: conftest.StillClock,
) -> None:
    before = picture_of(shown)
    change(Scene(view, tools, console, clock))
    kept = settled_picture_of(shown)
    shown.drawing.forget()
    fresh = picture_of(shown)
    assert kept.tobytes() == fresh.tobytes()
    assert kept.tobytes() != before.tobytes()


def test_a_row_that_the_pointer_left_looks_as_before(shown: BoardTable) -> None:
    before = picture_of(shown)
    QTest.mouseMove(shown.viewport(), QPoint(100, 50))
    assert picture_of(shown).tobytes() != before.tobytes()
    QApplication.sendEvent(shown, QEvent(QEvent.Type.Leave))
    assert picture_of(shown).tobytes() == before.tobytes()
