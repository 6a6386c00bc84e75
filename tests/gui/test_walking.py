"""The walk's questions, asked of what is wrong on purpose: one that finds nothing there would find nothing anywhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.qt.tools import Tools
from desktop.qt.widgets.basics import button, label, name_it, tool_button
from desktop.qt.widgets.headings import set_headings
from tests.gui import conftest, walking

Make = Callable[[Tools], QWidget]


def pressed(text: str) -> QPushButton:
    made = button()
    made.setText(text)
    return made


def said(text: str) -> QLabel:
    made = label()
    made.setText(text)
    return made


def with_icon(tools: Tools, name: str = "") -> QToolButton:
    made = tool_button()
    tools.icons.dress(made, "copy")
    if name:
        name_it(made, name)
    return made


def never_by_tab() -> QPushButton:
    made = pressed("Go")
    made.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
    return made


def written(*, is_trap: bool) -> QPlainTextEdit:
    made = QPlainTextEdit()
    made.setAccessibleName("Why")
    made.setTabChangesFocus(not is_trap)
    return made


def faint(style: str) -> QLabel:
    made = said("Nothing is configured yet")
    made.setStyleSheet(style)
    return made


def without_ring() -> QPushButton:
    made = pressed("Go")
    made.setStyleSheet(
        "QPushButton, QPushButton:focus { border: 2px solid #888; outline: none; background: #eee }"
    )
    return made


def narrow(text: str, width: int) -> QLabel:
    made = said(text)
    made.setFixedWidth(width)
    return made


def table(tooltip: str = "") -> QTableWidget:
    made = QTableWidget(1, 1)
    made.setAccessibleName("Installs")
    item = QTableWidgetItem("A name that is longer than its column by far")
    item.setToolTip(tooltip)
    made.setItem(0, 0, item)
    made.setColumnWidth(0, 60)
    return made


def headed(text: str, *, is_told: bool) -> QTableWidget:
    made = QTableWidget(0, 1)
    made.setAccessibleName("Installs")
    if is_told:
        set_headings(made, [text])
    else:
        made.setHorizontalHeaderLabels([text])
    made.setColumnWidth(0, 60)
    return made


def page(*parts: QWidget) -> QWidget:
    """Return a window with the parts one under the other."""
    made = QWidget()
    made.setProperty("role", "page")
    made.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    lines = QVBoxLayout(made)
    for part in parts:
        lines.addWidget(part)
    return made


def out_of_order() -> QWidget:
    first, second, third = pressed("1"), pressed("2"), pressed("3")
    made = page(first, second, third)
    QWidget.setTabOrder(first, third)
    QWidget.setTabOrder(third, second)
    return made


def beyond_the_edge(*, can_roll: bool) -> QWidget:
    inside = QWidget()
    far = pressed("Far")
    far.setParent(inside)
    far.move(0, 900)
    area = QScrollArea()
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(inside)
    inside.setFixedSize(QSize(200, 1000 if can_roll else 400))
    return page(area)


WRONG: dict[str, tuple[Callable[[QWidget], list[str]], Make, Make]] = {
    "a button without a name": (
        walking.unnamed, lambda tools: page(with_icon(tools)), lambda tools: page(with_icon(tools, "Copy")),
    ),
    "a field without a name": (
        walking.unnamed, lambda tools: page(QLineEdit()), lambda tools: page(pressed("Go")),
    ),
    "two buttons of one name": (
        walking.alike,
        lambda tools: page(pressed("Go"), pressed("Go")),
        lambda tools: page(pressed("Go"), pressed("Stay")),
    ),
    "a button that Tab passes by": (
        walking.out_of_tab, lambda tools: page(never_by_tab()), lambda tools: page(pressed("Go")),
    ),
    "an order that jumps about": (
        walking.focus_problems,
        lambda tools: out_of_order(),
        lambda tools: page(pressed("1"), pressed("2"), pressed("3")),
    ),
    "a field that eats Tab": (
        walking.focus_traps, lambda tools: page(written(is_trap=True)), lambda tools: page(written(is_trap=False)),
    ),
    "grey on grey": (
        walking.contrast_problems,
        lambda tools: page(faint("color: #808080; background: #707070")),
        lambda tools: page(faint("color: #202020; background: #f0f0f0")),
    ),
    "a focus that nothing shows": (
        walking.ring_problems, lambda tools: page(without_ring()), lambda tools: page(pressed("Go")),
    ),
    "a text that is cut": (
        walking.cut_texts,
        lambda tools: page(narrow("The salon's whole story", 40)),
        lambda tools: page(narrow("Hi", 200)),
    ),
    "a cell that is cut": (
        walking.cells_out_of_reach, lambda tools: page(table()), lambda tools: page(table("The whole of it")),
    ),
    "a heading that is cut": (
        walking.cells_out_of_reach,
        lambda tools: page(headed("The longest of all the headings", is_told=False)),
        lambda tools: page(headed("The longest of all the headings", is_told=True)),
    ),
    "what nobody can roll to": (
        walking.room_problems,
        lambda tools: beyond_the_edge(can_roll=False),
        lambda tools: beyond_the_edge(can_roll=True),
    ),
    "a text that was not translated": (
        lambda root: walking.untranslated_texts(root, walking.DATA),
        lambda tools: page(said("Nothing is configured yet")),
        lambda tools: page(said(walking.lengthened("Nothing is configured yet"))),
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_the_walk_finds(what: str, tools: Tools, stage: conftest.Stage) -> None:
    question, wrong, right = WRONG[what]
    assert len(question(stage.show(wrong(tools), 400, 300))) > 0, "what is wrong is found"
    assert question(stage.show(right(tools), 400, 300)) == [], "and the same in order is let pass"
