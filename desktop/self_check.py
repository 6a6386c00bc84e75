"""`--self-check`: everything the program is made of, loaded and shown without a window or a network."""

from __future__ import annotations

import asyncio
import json
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PySide6 import __version__ as pyside_version
from PySide6.QtCore import QEventLoop, QTimer, qVersion
from PySide6.QtWidgets import QApplication

from desktop import bootstrap
from desktop.model.preferences import LANGUAGES
from desktop.qt.bridge import Bridge
from desktop.qt.icons import icon_names
from desktop.qt.links import VIEWS
from desktop.qt.main_window import MainWindow
from desktop.qt.texts import stage_word
from desktop.qt.tools import Tools
from desktop.services.keychain import MemoryKeychain
from resources import path_of
from shared.protocol import PROTOCOL_VERSION
from shared.version import VERSION
from shared.vocabulary import Stage

WINDOW_IS_THERE = "window: painted"
"""The line that start-up is measured to."""

_WITHIN_MS = 20_000
_ROUND_TRIP = 42
_THEMES = ("light", "dark")


class SelfCheckError(Exception):
    """Something the program needs is not as it must be."""


def run() -> int:
    """Check, print what was found and return the exit code."""
    app = bootstrap.make_app()
    print(
        f"Console {VERSION}, Python {platform.python_version()}, PySide6 {pyside_version}, Qt {qVersion()}, "
        f"protocol {PROTOCOL_VERSION}"
    )
    try:
        with tempfile.TemporaryDirectory() as folder, _program(app, Path(folder)) as program:
            for line in _checks(program):
                print(line, flush=True)
    except Exception as error:
        print(f"self-check failed: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    print("self-check: ok")
    return 0


@contextmanager
def _program(app: QApplication, folder: Path) -> Iterator[bootstrap.Program]:
    program = bootstrap.Program(app, bootstrap.Options(), folder, MemoryKeychain())
    try:
        _wait(lambda done: program.start(is_ready=done), "the window was not built")
        yield program
    finally:
        program.close()


def _checks(program: bootstrap.Program) -> Iterator[str]:
    window = program.window
    if window is None:
        raise SelfCheckError("there is no window")
    _is_painted(window)
    yield WINDOW_IS_THERE
    _round_trip(program.bridge)
    yield "bridge: a coroutine went there and back"
    yield f"views: {_show_all(program.tools, window)} pictures of {len(VIEWS)} views and the salon"
    yield f"icons: {_draw_all(program.tools)}"
    yield f"texts: {_read_texts()} in each language"


def _round_trip(bridge: Bridge) -> None:
    answers: list[int] = []

    def take(number: int, done: Callable[[], None]) -> None:
        answers.append(number)
        done()

    async def echo(number: int) -> int:
        await asyncio.sleep(0)
        return number

    def ask(done: Callable[[], None]) -> None:
        bridge.run(echo, _ROUND_TRIP, done=lambda number: take(number, done))

    _wait(ask, "the coroutine did not come back")
    if answers != [_ROUND_TRIP]:
        raise SelfCheckError(f"the coroutine answered {answers}")


def _show_all(tools: Tools, window: MainWindow) -> int:
    count = 0
    words = set()
    for language in LANGUAGES:
        tools.language.use(language)
        words.add(stage_word(Stage.ATTENTION))
        for theme in _THEMES:
            tools.theme.apply("dark" if theme == "dark" else "light")
            for name in VIEWS:
                window.show_view(name)
                count += _is_painted(window)
        window.show_pane()
        count += _is_painted(window)
        window.pane.hide()
    if len(words) != len(LANGUAGES):
        raise SelfCheckError(f"a translation is missing: {sorted(words)}")
    return count


def _is_painted(window: MainWindow) -> int:
    QApplication.processEvents()
    picture = window.grab().toImage()
    corner = picture.pixelColor(0, 0)
    if all(picture.pixelColor(x, picture.height() // 2) == corner for x in range(0, picture.width(), 8)):
        raise SelfCheckError(f"nothing is painted in {window.view_name}")
    return 1


def _draw_all(tools: Tools) -> int:
    names = icon_names()
    for name in names:
        picture = tools.icons.pixmap(name, "text", 20).toImage()
        if all(
            picture.pixelColor(x, y).alpha() == 0
            for x in range(picture.width())
            for y in range(picture.height())
        ):
            raise SelfCheckError(f"the icon {name} is empty")
    return len(names)


def _read_texts() -> int:
    counts = {}
    for language in LANGUAGES:
        counts[language] = _count(json.loads(path_of(f"texts/{language}.json").read_text(encoding="utf-8")))
    if len(set(counts.values())) != 1:
        raise SelfCheckError(f"the languages have different texts: {counts}")
    return counts[LANGUAGES[0]]


def _count(texts: Any) -> int:
    """Count the texts of a group; the plural forms of one text are one."""
    if not isinstance(texts, Mapping) or "other" in texts:
        return 1
    return sum(map(_count, texts.values()))


def _wait(begin: Callable[[Callable[[], None]], object], problem: str) -> None:
    """Begin something and wait until it calls back. Raises SelfCheckError when it does not in time."""
    loop = QEventLoop()
    is_done: list[bool] = []

    def done() -> None:
        is_done.append(True)
        loop.quit()

    QTimer.singleShot(_WITHIN_MS, loop, loop.quit)
    QTimer.singleShot(0, loop, lambda: begin(done))
    loop.exec()
    if not is_done:
        raise SelfCheckError(problem)
