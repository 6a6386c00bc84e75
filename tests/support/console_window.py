"""A real window of the console in this thread: run against a gateway, waited for, typed into."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QEvent, QEventLoop, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

from desktop.bootstrap import Options, Program
from desktop.model.profiles import ProfileKind
from desktop.qt.main_window import MainWindow
from desktop.services.keychain import MemoryKeychain

PATIENCE_S = 30.0


def wait_until(holds: Callable[[], object], what: str, timeout_s: float = PATIENCE_S) -> None:
    """Keep the window alive until something holds. Raises AssertionError when it does not in time."""
    deadline = time.monotonic() + timeout_s
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout_s} s: {what}")
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        time.sleep(0.002)


def settle(seconds: float) -> None:
    """Keep the window alive for a while: for pictures, which show whatever there is."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 10)
        time.sleep(0.002)


def type_text(widget: QWidget, text: str) -> None:
    """Type letters of any alphabet into a widget, as a keyboard would; QTest knows Latin ones only."""
    for letter in text:
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, letter)
            QApplication.sendEvent(widget, event)


@contextlib.contextmanager
def running_console(
    app: QApplication,
    folder: Path,
    url: str | None,
    token: str | None,
    *,
    kind: ProfileKind = ProfileKind.DEMO,
    language: str = "ru",
    theme: str = "light",
) -> Iterator[tuple[Program, MainWindow]]:
    """Run the whole program, from its settings to its window; without `url` it knows no gateway at first."""
    options = Options(url=url, token=token, kind=kind, language=language, theme=theme, folder=folder)
    program = Program(app, options, folder, MemoryKeychain())
    program.start()
    try:
        wait_until(lambda: program.window is not None, "the window is there")
        assert program.window is not None
        yield program, program.window
    finally:
        window = program.window
        program.close()
        if window is not None:
            window.close()
            window.deleteLater()
        QApplication.processEvents()
