"""Questions asked of every control of every view: names, keys, room for longer texts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, Qt, QTranslator
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QSpinBox,
    QTabWidget,
    QTextEdit,
    QWidget,
)

from desktop.qt.links import VIEWS
from desktop.qt.main_window import MainWindow
from desktop.qt.tools import Tools
from desktop.qt.widgets.basics import ElidedLabel
from tests.fakes.console import AskedConsole
from tests.gui import conftest
from tests.gui.windows import full_window

_CONTROLS = (
    QAbstractButton, QAbstractItemView, QComboBox, QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QProgressBar,
)  # fmt: skip


class PseudoLocale(QTranslator):
    """Every text half as long again and in brackets, as the longest translation would be."""

    def isEmpty(self) -> bool:
        """Qt tells nobody of a translator that is empty."""
        return False

    def translate(self, context: str, source: str, comment: str | None = None, n: int = -1) -> str:
        """Return the text as it might be in a wordy language."""
        if context.startswith("Q"):
            return source
        return f"[{source}{'~' * (len(source) // 2)}]".replace("%n", str(n))


@pytest.fixture
def window(tools: Tools, console: AskedConsole, stage: conftest.Stage) -> MainWindow:
    return stage.show(full_window(tools, console), 1600, 1000)


def pages(window: MainWindow) -> Iterator[str]:
    """Show every view and every page of tabs, one after another."""
    for name in VIEWS:
        window.show_view(name)
        tabs = window.findChildren(QTabWidget)
        for tab in tabs:
            for number in range(tab.count()):
                tab.setCurrentIndex(number)
                QApplication.processEvents()
                yield f"{name}, page {number}"
        if not tabs:
            yield name


def seen(window: MainWindow) -> list[QWidget]:
    return [one for one in window.findChildren(QWidget) if one.isVisible()]


def told(widget: QWidget) -> str:
    """Return what a screen reader says of a control."""
    if widget.accessibleName():
        return widget.accessibleName()
    if isinstance(widget, QAbstractButton) and widget.text():
        return widget.text()
    buddies = [one for one in widget.window().findChildren(QLabel) if one.buddy() is widget]
    return buddies[0].text() if buddies else ""


def is_qts_own(widget: QWidget) -> bool:
    """Whether Qt made the widget inside one of its own: a field's clear button, a scroll bar's arrow."""
    parent = widget.parentWidget()
    return widget.objectName().startswith("qt_") or isinstance(
        parent, QLineEdit | QComboBox | QAbstractItemView
    )


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_control_of_every_view_has_a_name(window: MainWindow, language: str) -> None:
    window.tools.language.use(language)
    unnamed = {
        f"{page}: {type(one).__name__} in {type(one.parentWidget()).__name__}"
        for page in pages(window)
        for one in seen(window)
        if isinstance(one, _CONTROLS) and not is_qts_own(one) and not told(one)
    }
    assert unnamed == set()


def test_every_button_can_be_reached_by_the_keyboard(window: MainWindow) -> None:
    out_of_reach = {
        f"{page}: {told(one)}"
        for page in pages(window)
        for one in seen(window)
        if isinstance(one, QAbstractButton)
        and not is_qts_own(one)
        and not one.focusPolicy() & Qt.FocusPolicy.TabFocus
    }
    assert out_of_reach == set()


def test_no_letter_of_a_menu_opens_two(window: MainWindow) -> None:
    for language in ("ru", "en"):
        window.tools.language.use(language)
        QApplication.processEvents()
        titles = [action.text() for action in window.menuBar().actions()]
        letters = [title[title.index("&") + 1].lower() for title in titles]
        assert len(set(letters)) == len(letters)


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_longer_texts_are_never_cut_without_a_tooltip(window: MainWindow, scale: float) -> None:
    """What does not fit ends with … and has the whole of it in its tooltip; buttons always fit."""
    window.tools.theme.apply("light", scale)
    window.resize(round(1600 * scale), round(1000 * scale))
    pseudo = PseudoLocale()
    QCoreApplication.installTranslator(pseudo)
    try:
        for _ in range(3):
            QApplication.processEvents()
        assert window.views.installs.title.text().startswith("[Installs")
        cut = {
            f"{page}: {problem}"
            for page in pages(window)
            for one in seen(window)
            if (problem := cut_text(one))
        }
    finally:
        QCoreApplication.removeTranslator(pseudo)
        QApplication.processEvents()
    assert sorted(cut) == []


def cut_text(widget: QWidget) -> str | None:
    """Return the text of a widget of which something is not seen, when there is no tooltip either."""
    if isinstance(widget, ElidedLabel):
        return widget.text() if widget.is_elided() and not widget.toolTip() else None
    if isinstance(widget, QLabel) and widget.text() and widget.pixmap().isNull():
        needed = widget.heightForWidth(widget.width()) if widget.wordWrap() else widget.sizeHint().height()
        is_wide = widget.wordWrap() or widget.sizeHint().width() <= widget.width() + 1
        return None if is_wide and needed <= widget.height() + 1 else widget.text()
    if isinstance(widget, QAbstractButton) and widget.text() and not is_qts_own(widget):
        needed = widget.fontMetrics().horizontalAdvance(widget.text().replace("&", ""))
        return widget.text() if needed > widget.width() and not widget.toolTip() else None
    return None
