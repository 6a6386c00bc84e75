"""The console's side of `bench soak`: the real window, offscreen, used all the time; it prints its memory as JSON."""

from __future__ import annotations

import gc
import json
import os
import random
import sys
import time
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEventLoop, QTimer

from desktop.bootstrap import Program, make_app
from desktop.qt.links import VIEWS
from desktop.qt.main_window import MainWindow
from tests.bench._machine import resident_mib
from tests.support.console_window import running_console, wait_until

STEP_S: Final = 2.0
SAMPLE_S: Final = 15.0
WORDS: Final = ("барбершоп", "жемчужная елка", "1234", "")


def main() -> int:
    """Use the console for so many seconds."""
    url, folder, seconds = sys.argv[1:]
    token = sys.stdin.readline().strip()
    with running_console(make_app(), Path(folder), url, token) as (program, window):
        window.resize(1400, 900)
        wait_until(lambda: len(program.console.models.board.rows) > 0, "rows", 60.0)
        _use(program, window, float(seconds))
    return 0


def _use(program: Program, window: MainWindow, seconds: float) -> None:
    began, chance = time.monotonic(), random.Random(11)
    steps, sampled = 0, 0.0
    while (at := time.monotonic() - began) < seconds:
        if at >= sampled:
            _sample(at, steps)
            sampled += SAMPLE_S
        _step(program, window, steps, chance)
        steps += 1
        _run_for(STEP_S)
    _sample(seconds, steps)


def _step(program: Program, window: MainWindow, number: int, chance: random.Random) -> None:
    """Do one of the things that staff do all day: look into a view, search, open a salon, close it."""
    board = program.console.models.board
    match number % 4:
        case 0:
            window.show_view(VIEWS[number // 4 % len(VIEWS)])
        case 1:
            window.views.installs.search.setText(chance.choice(WORDS))
        case 2 if board.rows:
            window.open_salon(chance.choice(board.rows).salon_id)
        case _:
            window.close_salon()


def _run_for(seconds: float) -> None:
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


def _sample(at_s: float, steps: int) -> None:
    told = {
        "at_s": at_s,
        "console_mib": resident_mib(os.getpid()),
        "steps": steps,
        "objects": len(gc.get_objects()),
    }
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    sys.exit(main())
