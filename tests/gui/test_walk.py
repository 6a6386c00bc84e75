"""A walk over every view, pane, dialog and window of the console: names, focus, contrast, room, translation.

What there is to walk over is found in the program itself: a view or a window that is new is walked over from the first
day, or the walk fails because nobody said how to show it.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import QCoreApplication, QSettings, QSize
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QMainWindow, QPushButton, QTabWidget, QWidget

import desktop.qt
import resources.texts
from desktop.bootstrap import build_window
from desktop.qt import shortcuts
from desktop.qt.crash_dialog import CrashDialog
from desktop.qt.dialogs.confirm import ConfirmDialog, Question
from desktop.qt.dialogs.snooze import SnoozeDialog
from desktop.qt.keys_sheet import KeysSheet
from desktop.qt.links import VIEWS
from desktop.qt.main_window import MainWindow
from desktop.qt.palette import Palette
from desktop.qt.salon_window import SalonWindow
from desktop.qt.saved_views import SavedViewsDialog
from desktop.qt.theme import Choice
from desktop.qt.tools import Tools
from desktop.qt.views.guide import GuideDialog
from desktop.qt.views.payments import PaymentsDialog
from desktop.qt.views.personal_data import PersonalDataDialog
from desktop.qt.views.qr import QrWindow
from desktop.qt.widgets import rolling
from desktop.qt.windows_scheme import WindowsScheme
from desktop.services.crashes import CrashFolder, report_of
from shared.admin_wire import PaymentList
from tests.fakes.console import AskedConsole
from tests.gui import conftest, samples, walking
from tests.gui.test_undo import leaving
from tests.gui.windows import full_window

LARGE, LAPTOP, SMALL = (1600, 1000), (1280, 800), (1024, 700)
THEMES: tuple[Choice, ...] = ("light", "dark")

QUESTION = Question(
    samples.LONG_NAME[:90], samples.LONG_NAME[:220], "Ёлка", is_dangerous=True, needs_reason=True, typed_name="Ёлка"
)  # fmt: skip


def a_salon_window(tools: Tools) -> SalonWindow:
    """Return a salon's own window, with something that can be taken back."""
    made = SalonWindow(tools, 123)
    model, row = made.tools.salon.model, samples.install(title=samples.LONG_NAME[:300])
    model.opened(row.salon_id, row)
    model.set_detail(samples.detail(row))
    model.set_calls([samples.call(7), leaving()])
    return made


WINDOWS: dict[type[QWidget], Callable[[Tools, QWidget], QWidget]] = {
    ConfirmDialog: lambda tools, parent: ConfirmDialog(tools.icons, QUESTION, parent),
    SnoozeDialog: lambda tools, parent: SnoozeDialog(samples.NOW, parent),
    KeysSheet: lambda tools, parent: KeysSheet(tools.theme, parent),
    PersonalDataDialog: PersonalDataDialog,
    QrWindow: QrWindow,
    SalonWindow: lambda tools, parent: a_salon_window(tools),
    GuideDialog: GuideDialog,
    PaymentsDialog: lambda tools, parent: PaymentsDialog(tools, 123, samples.LONG_NAME[:90], parent),
    CrashDialog: lambda tools, parent: CrashDialog(
        tools, CrashFolder(Path("nowhere")), Path("nowhere"), report_of(ValueError(), "6.9.0"), parent
    ),
    SavedViewsDialog: lambda tools, parent: cast(MainWindow, parent).show_saved_views(),
    Palette: lambda tools, parent: cast(MainWindow, parent).palette_desk.open(),
}
"""How to open each window that is not the main one."""


def windows_there_are() -> set[type[QWidget]]:
    """Return every class of the console that is a window of its own."""
    found: set[type[QWidget]] = set()
    for module in pkgutil.walk_packages(desktop.qt.__path__, "desktop.qt."):
        for each in vars(importlib.import_module(module.name)).values():
            if not inspect.isclass(each) or each.__module__ != module.name or not issubclass(each, QWidget):
                continue
            if issubclass(each, QDialog | QMainWindow) or "Qt.WindowType.Window" in inspect.getsource(each):
                found.add(each)
    return found - {MainWindow}


def test_the_walk_knows_every_window_there_is() -> None:
    assert {each.__name__ for each in windows_there_are()} == {each.__name__ for each in WINDOWS}


@pytest.fixture(autouse=True)
def _payments(console: AskedConsole) -> None:
    console.answers["payments"] = PaymentList(rows=[samples.payment()])


@pytest.fixture
def full(tools: Tools, console: AskedConsole, stage: conftest.Stage, tmp_path: Path) -> MainWindow:
    scheme = WindowsScheme(
        Path("console.exe"), lambda: QSettings(str(tmp_path / "key.ini"), QSettings.Format.IniFormat)
    )
    return stage.show(full_window(tools, console, scheme=scheme), *LARGE)


@pytest.fixture
def empty(tools: Tools, console: AskedConsole, stage: conftest.Stage) -> MainWindow:
    return stage.show(build_window(tools), *LARGE)


def settle() -> None:
    for _ in range(3):
        QApplication.processEvents()


def pages(window: MainWindow) -> Iterator[tuple[str, QWidget]]:
    """Show every view, then the salon's pane at each of its pages, and every other window."""
    for name in VIEWS:
        window.show_view(name)
        yield from turned(name, window.view)
    yield "around the views", window
    if window.tools.console.models.salon.detail is not None:
        window.show_view(VIEWS[0])
        window.show_pane()
        yield from turned("salon", window.pane)
        window.show_view(VIEWS[0])
        window.pane.hide()
    for kind, make in WINDOWS.items():
        opened = make(window.tools, window)
        opened.show()
        settle()
        yield kind.__name__, opened
        opened.close()
        opened.deleteLater()
    about = window.show_about()
    settle()
    yield "about", about
    about.close()


def turned(name: str, root: QWidget) -> Iterator[tuple[str, QWidget]]:
    """Turn every page of the tabs of a view."""
    settle()
    tabs = [one for one in root.findChildren(QTabWidget) if one.isVisible()]
    if not tabs:
        yield name, root
    for tab in tabs:
        for number in range(tab.count()):
            tab.setCurrentIndex(number)
            settle()
            yield f"{name}, page {number}", root


def problems(window: MainWindow, *questions: Callable[[QWidget], list[str]]) -> list[str]:
    """Ask the questions of everything; a problem is told once."""
    found: dict[str, str] = {}
    for name, root in pages(window):
        for question in questions:
            for problem in question(root):
                found.setdefault(problem, name)
    return sorted(f"{name}: {problem}" for problem, name in found.items())


def test_every_control_has_a_name_of_its_own_and_tab_leads_to_it_in_the_order_of_reading(
    full: MainWindow,
) -> None:
    for language in ("ru", "en"):
        full.tools.language.use(language)
        keys = (walking.key_conflicts, walking.keys_not_told)
        assert problems(full, walking.unnamed, walking.alike, *keys) == []
    assert problems(full, walking.out_of_tab, walking.focus_problems, walking.focus_traps) == []


def test_an_empty_console_is_named_and_walked_through_and_shows_its_focus(empty: MainWindow) -> None:
    assert problems(empty, walking.unnamed, walking.alike) == []
    assert problems(empty, walking.out_of_tab, walking.focus_problems, walking.focus_traps) == []
    for theme in THEMES:
        empty.tools.theme.apply(theme)
        assert problems(empty, walking.ring_problems) == []


def test_whatever_has_the_focus_shows_it(full: MainWindow) -> None:
    """In the light theme: the empty console is asked in both."""
    assert problems(full, walking.ring_problems) == []


def test_every_text_stands_out_from_what_is_behind_it(full: MainWindow) -> None:
    """At 200 %, where the middle of a stroke has the colour that was chosen for it."""
    for theme in THEMES:
        full.tools.theme.apply(theme, 2.0)
        full.resize(*LARGE)
        assert problems(full, walking.contrast_problems) == []


def test_nothing_is_cut_or_out_of_reach_on_a_laptop(full: MainWindow) -> None:
    full.resize(*LAPTOP)
    for language in ("ru", "en"):
        full.tools.language.use(language)
        settle()
        assert full.size().toTuple() == LAPTOP
        assert problems(full, walking.room_problems) == []


@pytest.mark.parametrize("which", ["full", "empty"])
def test_with_letters_twice_as_large_nothing_is_out_of_reach_on_a_small_screen(
    which: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In Russian, which is the longer language. The smaller screen comes last: what grew must shrink again."""
    window: MainWindow = request.getfixturevalue(which)
    window.tools.language.use("ru")
    window.tools.theme.apply("light", 2.0)
    for size in (LAPTOP, SMALL):
        monkeypatch.setattr(rolling, "room_of", lambda _, size=size: QSize(*size))
        window.resize(*size)
        settle()
        assert window.size().toTuple() == size
        assert problems(window, walking.room_problems, no_larger_than(size)) == []
    assert problems(window, walking.focus_problems) == []


def no_larger_than(size: tuple[int, int]) -> Callable[[QWidget], list[str]]:
    """Return the question whether a window fits on a screen."""

    def question(root: QWidget) -> list[str]:
        width, height = root.window().size().expandedTo(root.window().minimumSize()).toTuple()
        return (
            [f"is larger than the screen: {width} × {height}"] if width > size[0] or height > size[1] else []
        )

    return question


@pytest.fixture
def pseudo(monkeypatch: pytest.MonkeyPatch) -> Iterator[walking.PseudoLocale]:
    """Everything said is said in the pseudo-locale: Qt's texts and those that gateway and console share."""
    entry, translator = resources.texts.entry, walking.PseudoLocale()

    def lengthened(lang: str, key: str) -> object:
        found = entry(lang, key)
        return walking.lengthened(found) if isinstance(found, str) else found

    monkeypatch.setattr(resources.texts, "entry", lengthened)
    yield translator
    QCoreApplication.removeTranslator(translator)
    settle()


def test_every_text_is_translated_and_longer_ones_are_never_cut(
    full: MainWindow, pseudo: walking.PseudoLocale
) -> None:
    QCoreApplication.installTranslator(pseudo)
    assert problems(full, lambda root: walking.untranslated_texts(root, walking.DATA)) == []
    for scale in (1.0, 2.0):
        full.tools.theme.apply("light", scale)
        full.resize(round(LARGE[0] * scale), round(LARGE[1] * scale))
        settle()
        assert problems(full, walking.cut_texts) == []


def test_every_text_of_an_empty_console_is_translated_and_fits(
    empty: MainWindow, pseudo: walking.PseudoLocale
) -> None:
    QCoreApplication.installTranslator(pseudo)
    settle()
    assert problems(empty, walking.room_problems) == []
    assert problems(empty, lambda root: walking.untranslated_texts(root, walking.DATA)) == []


def test_a_key_that_is_bound_twice_or_told_nowhere_is_found(empty: MainWindow) -> None:
    assert walking.key_conflicts(empty) == walking.keys_not_told(empty) == []
    again = QShortcut("Ctrl+1", empty)
    letter = QPushButton("&File", empty.view)
    letter.show()
    untold = QAction("Untold", empty, shortcut=QKeySequence("Ctrl+J"))
    empty.addAction(untold)
    assert [problem.partition(" ")[0] for problem in walking.key_conflicts(empty)] == ["Ctrl+1", "Alt+F"]
    assert walking.keys_not_told(empty) == ["not in the sheet: Ctrl+J (Untold)"]
    for one in (again, letter, untold):
        one.deleteLater()


def test_the_sheet_tells_every_key_with_what_it_does(empty: MainWindow) -> None:
    sheet = empty.show_keys()
    texts = {one.text() for one in sheet.findChildren(QLabel)}
    native = QKeySequence.SequenceFormat.NativeText
    for shortcut in shortcuts.ALL.values():
        assert {shortcut.sequence().toString(native), shortcut.text()} <= texts
    sheet.close()


def test_no_letter_of_a_menu_or_a_salon_is_there_twice_whatever_state_it_is_in(full: MainWindow) -> None:
    """The letters of a salon's actions, shown or not, beside those of the menus of both windows it stands in."""
    window = a_salon_window(full.tools)
    view = window.salon
    of_salon = [
        act.control for act in view._acts if act.control is not view.unfreeze
    ]  # it takes the place of freeze
    for language in ("ru", "en"):
        full.tools.language.use(language)
        settle()
        for menus in (full.menuBar(), window.menuBar()):
            texts = [action.text() for action in menus.actions()] + [one.text() for one in of_salon]
            letters = [text[text.index("&") + 1].lower() for text in texts]
            assert sorted(set(letters)) == sorted(letters), texts
    window.close()
