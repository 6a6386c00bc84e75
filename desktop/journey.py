"""`--journey FOLDER`: the whole console against a running gateway, without a person: looks, and changes nothing.

It goes where staff go (board, salon, queue, doctor, settings), waits at each station until what belongs there has
come, and leaves a picture of it. The packaged program is proved with it.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer

from desktop import bootstrap
from desktop.model.connection import ConnectionState
from desktop.model.models import Models
from desktop.qt.main_window import MainWindow
from desktop.services.keychain import MemoryKeychain

_WITHIN_MS = 30_000
_LOOK_EVERY_MS = 20
_SIZE = (1280, 800)


class JourneyError(Exception):
    """Something did not come in time; the text says what."""


def run(options: bootstrap.Options, pictures: Path) -> int:
    """Go to every station, with a picture and a line for each; 0 when all came."""
    pictures.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    app = bootstrap.make_app()
    with tempfile.TemporaryDirectory() as folder:
        program = bootstrap.Program(app, options, Path(folder), MemoryKeychain())
        try:
            program.start()
            _wait_until(lambda: program.window is not None, "the window")
            assert program.window is not None
            for number, (name, go) in enumerate(_stations(program, program.window), start=1):
                go()
                program.window.grab().save(str(pictures / f"{number}-{name}.png"))
                print(f"{time.monotonic() - started:6.2f} s  {name}", flush=True)
        except JourneyError as error:
            print(f"journey failed: {error}", file=sys.stderr)
            return 1
        finally:
            program.close()
    print("journey: ok")
    return 0


def _stations(program: bootstrap.Program, window: MainWindow) -> list[tuple[str, Callable[[], None]]]:
    models = program.console.models

    def connect() -> None:
        window.resize(*_SIZE)
        _wait_until(lambda: _is_live(models), "the connection")

    def board() -> None:
        window.show_view("installs")
        _wait_until(lambda: bool(models.board.rows), "a row on the board")

    def salon() -> None:
        row = models.board.rows[0]
        window.open_salon(row.salon_id)
        _wait_until(lambda: models.salon.detail is not None and bool(models.salon.timeline), "the salon")

    def queue() -> None:
        window.close_salon()
        window.show_view("queue")
        _wait_until(lambda: not models.queue.is_loading, "the callback queue")

    def doctor() -> None:
        window.show_view("doctor")
        program.bridge.run(program.console.examine)
        _wait_until(lambda: models.doctor.report is not None, "the doctor's report")

    return [
        ("connected", connect),
        ("board", board),
        ("salon", salon),
        ("queue", queue),
        ("doctor", doctor),
        ("settings", lambda: window.show_view("settings")),
    ]


def _is_live(models: Models) -> bool:
    connection = models.connection
    if connection.state is ConnectionState.REFUSED:
        raise JourneyError(f"the gateway refused: {connection.problem and connection.problem.code}")
    return connection.is_live


def _wait_until(is_there: Callable[[], bool], what: str) -> None:
    """Wait for a fact while the window lives on. Raises JourneyError when it does not come in time."""
    loop = QEventLoop()
    problems: list[JourneyError] = []

    def look() -> None:
        try:
            if is_there():
                loop.quit()
        except JourneyError as error:
            problems.append(error)
            loop.quit()

    timer = QTimer(loop, interval=_LOOK_EVERY_MS)
    timer.timeout.connect(look)
    timer.start()
    QTimer.singleShot(_WITHIN_MS, loop, loop.quit)
    loop.exec()
    if problems:
        raise problems[0]
    if not is_there():
        raise JourneyError(f"{what} did not come within {_WITHIN_MS // 1000} s")
