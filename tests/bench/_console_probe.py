"""The console's side of `bench console`: the real window, offscreen, that measures itself and prints JSON lines."""

from __future__ import annotations

import json
import os
import resource
import sys
import threading
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.bootstrap import make_app
from desktop.qt.main_window import MainWindow
from tests.bench._machine import resident_mib
from tests.bench._pulse import Pulse
from tests.support.console_window import running_console, type_text, wait_until

PATIENCE_S = 60.0
SETTLE_S = 3.0


def main() -> int:
    """Measure first rows, searches, stalls and idling, in this order; with `--start` the start alone."""
    url, *arguments = sys.argv[1:]
    token = sys.stdin.readline().strip()
    # Tests bring it, the console's own lock file does not; where it is, engineio loads it for another kind of client.
    sys.modules["requests"] = None  # type: ignore[assignment]
    app = make_app()
    if arguments[0] == "--start":
        return _start(app, url, token, Path(arguments[1]))
    folder, seconds, idle_s, *searches = arguments
    with running_console(app, Path(folder), url, token) as (program, window):
        board = program.console.models.board
        window.resize(1400, 900)
        connection = program.console.models.connection
        wait_until(lambda: connection.is_live, "connected", PATIENCE_S)
        connected = time.perf_counter()
        wait_until(lambda: len(board.rows) > 0, "rows", PATIENCE_S)
        _say(first_rows_ms=(time.perf_counter() - connected) * 1000)
        _say(search_ms={word: _search(window, board, word) for word in searches})
        _search(window, board, "")
        _watch(app, program, board, float(seconds))
        _say(pss_mib=resident_mib(os.getpid()))
        _say(shown=_idle(float(idle_s)))
        window.showMinimized()
        _say(minimised=_idle(float(idle_s)))
    _say(rss_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return 0


def _start(app: QApplication, url: str, token: str, folder: Path) -> int:
    """Tell when the first rows are painted."""
    with running_console(app, folder, url, token) as (program, window):
        wait_until(lambda: len(program.console.models.board.rows) > 0, "rows", PATIENCE_S)
        window.views.installs.repaint()
        _say(usable_at=time.time())
    return 0


def _idle(seconds: float) -> dict[str, float]:
    """Let the program run as it does when nobody does anything, and tell what that costs."""
    _run_for(SETTLE_S)
    cpu, wakes = time.process_time(), resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw
    _run_for(seconds)
    woken = resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw - wakes
    return {"share": (time.process_time() - cpu) / seconds, "wakes_per_s": woken / seconds}


def _run_for(seconds: float) -> None:
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


def _search(window: MainWindow, board: Any, word: str) -> float:
    """Type a word as a person does, and return the milliseconds from its last key to the rows."""
    field = window.views.installs.search
    seen: list[float] = []
    disconnect = board.reset.connect(lambda: seen.append(time.perf_counter()))
    try:
        field.setFocus()
        field.selectAll()
        for letter in word[:-1]:
            type_text(field, letter)
            QTest.qWait(30)
        wait_until(lambda: _is_quiet(board), "quiet", PATIENCE_S)
        seen.clear()
        began = time.perf_counter()
        if word:
            type_text(field, word[-1])
        else:
            field.clear()
        wait_until(lambda: seen, f"rows of {word!r}", PATIENCE_S)
        return (seen[-1] - began) * 1000
    finally:
        disconnect()


def _is_quiet(board: Any) -> bool:
    QTest.qWait(400)
    return not board.is_loading


def _watch(app: QApplication, program: Any, board: Any, seconds: float) -> None:
    """Measure while changes come; the parent says when they have ended."""
    told = 0

    def count(first: int, last: int) -> None:
        nonlocal told
        told += last - first + 1

    watched = (board.rows_changed, board.rows_inserted, board.rows_removed)
    disconnects = [signal.connect(count) for signal in watched]
    disconnects.append(board.row_moved.connect(lambda source, target: count(0, 0)))
    pulse, settled = Pulse(), threading.Event()
    wait_until(lambda: program.console.is_quiet, "quiet", PATIENCE_S)
    threading.Thread(target=_await_line, args=(settled,), daemon=True).start()
    _say(is_watching=True)
    pulse.start()
    wait_until(settled.is_set, "the changes' end", seconds + PATIENCE_S)
    pulse.stop()
    for disconnect in disconnects:
        disconnect()
    wait_until(lambda: program.console.is_quiet, "quiet again", PATIENCE_S)
    QTest.qWait(500)
    wait_until(lambda: program.console.is_quiet, "quiet again", PATIENCE_S)
    gaps = sorted(pulse.gaps_ms)
    _say(
        stall_ms=gaps[-1], p999_ms=gaps[int(len(gaps) * 0.999)], late_ticks=sum(gap > 16 for gap in gaps), told=told,
        rows=[[row.salon_id, row.stage.value] for row in board.rows],
    )  # fmt: skip


def _await_line(heard: threading.Event) -> None:
    sys.stdin.readline()
    heard.set()


def _say(**figures: object) -> None:
    print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    sys.exit(main())
